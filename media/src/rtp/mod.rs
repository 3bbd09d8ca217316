//! RTP and RTCP (RFC 3550, RFC 3551, RFC 4585). A packet's way in: `packet` (header), `receiver`
//! (is it a real source, what was lost), then `jitter_buffer` for sound or `picture_buffer` for
//! pictures. The way out: `sender`.

pub mod intra;
pub mod jitter_buffer;
pub mod packet;
pub mod payload;
pub mod picture_buffer;
pub mod receiver;
pub mod rtcp;
pub mod sender;
pub mod sequence;
pub mod telephone_event;

pub use packet::Header;
pub use receiver::Receiver;
pub use sender::Sender;

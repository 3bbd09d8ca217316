//! The vocabulary that every crate of the MCU shares: time, units, identifiers, media formats and
//! a deterministic random generator. No I/O.

pub mod format;
pub mod id;
pub mod rng;
pub mod time;

pub use format::{AudioCodec, Bitrate, Format, MediaKind, PictureSize, VideoCodec, VideoFormat};
pub use id::{CallId, ConnId, LogIndex, ParticipantId};
pub use rng::Rng;
pub use time::Instant;

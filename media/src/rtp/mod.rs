//! RTP and RTCP (RFC 3550, RFC 3551, RFC 4585).

pub mod payload;

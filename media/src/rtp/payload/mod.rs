//! Payload formats of video.

pub mod h261;
pub mod h264;

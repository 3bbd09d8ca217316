//! RTP, audio mixing and video composition: pure state machines and codecs. Sockets, clocks and
//! threads belong to the caller; `unsafe` lives in `codec/ffi` alone.

pub mod audio;
pub mod codec;
pub mod file;
pub mod picture;
pub mod plane;
pub mod room;
pub mod rtp;
pub mod video;

pub use picture::Picture;

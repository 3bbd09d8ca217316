//! Where the video codecs of a room come from: those of this crate, or a test's own.

use crate::codec::{VideoDecoder, VideoEncoder};
use base::{VideoCodec, VideoFormat};

/// Makes encoders and decoders.
pub trait Codecs: Send {
    /// An encoder of pictures of `format.size`; `None` if it cannot be had.
    fn encoder(&self, format: VideoFormat) -> Option<Box<dyn VideoEncoder>>;
    /// A decoder that awaits its first intra picture.
    fn decoder(&self, codec: VideoCodec) -> Option<Box<dyn VideoDecoder>>;
}

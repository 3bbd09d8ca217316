//! Where the video codecs of a room come from: those of this crate, or a test's own.

use crate::codec::h261::{H261Decoder, H261Encoder};
use crate::codec::h264::{Engine, H264Decoder, H264Encoder};
use crate::codec::{VideoDecoder, VideoEncoder};
use base::{VideoCodec, VideoFormat};

/// Makes encoders and decoders.
pub trait Codecs: Send {
    /// An encoder of pictures of `format.size`; `None` if it cannot be had.
    fn encoder(&self, format: VideoFormat) -> Option<Box<dyn VideoEncoder>>;
    /// A decoder that awaits its first intra picture.
    fn decoder(&self, codec: VideoCodec) -> Option<Box<dyn VideoDecoder>>;
}

/// Octets of RTP payload at most; with all headers a packet stays below 1,500 even in a tunnel.
const PAYLOAD_OCTETS_MAX: usize = 1200;

/// The same for H.261: some endpoints take no more than 1,024 octets.
const H261_PAYLOAD_OCTETS_MAX: usize = 1000;

/// The codecs of this crate.
#[derive(Debug, Clone, Copy, Default)]
pub struct BuiltIn;

impl Codecs for BuiltIn {
    fn encoder(&self, format: VideoFormat) -> Option<Box<dyn VideoEncoder>> {
        match format.codec {
            VideoCodec::H261 => {
                let rate = format.bit_rate;
                Some(Box::new(H261Encoder::new(
                    format.size,
                    rate,
                    format.frame_rate,
                    H261_PAYLOAD_OCTETS_MAX,
                )))
            }
            VideoCodec::H264 => {
                let encoder = H264Encoder::new(format, PAYLOAD_OCTETS_MAX).ok()?;
                Some(Box::new(encoder))
            }
        }
    }

    fn decoder(&self, codec: VideoCodec) -> Option<Box<dyn VideoDecoder>> {
        match codec {
            VideoCodec::H261 => Some(Box::new(H261Decoder::new())),
            VideoCodec::H264 => Some(Box::new(H264Decoder::new(Engine::default()).ok()?)),
        }
    }
}

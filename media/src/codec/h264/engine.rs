//! The two decoders that do the work, behind one function.

use super::parameter_sets::{BASELINE, SequenceParameterSet};
use crate::Picture;
use crate::codec::DecodeError;
use base::PictureSize;
use openh264::OpenH264API;
use openh264::decoder::{DecodedYUV, Decoder, DecoderConfig, Flush};
use openh264::formats::YUVSource;

/// Which decoder does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// rusty_h264: no `unsafe`, so bytes from the network cannot reach beyond its buffers.
    #[default]
    RustyH264,
    /// openh264, in C++: a second opinion.
    OpenH264,
}

/// A picture out of a decoder.
pub enum Decoded {
    /// To be shown in the order of these counts (H.264 §8.2.1).
    Ordered(i32, Picture),
    /// The decoder has put it in its place itself.
    ToShow(Picture),
    /// Kept back by the decoder, for the same reason.
    Later,
}

/// A running decoder.
pub enum Running {
    /// See [`Engine::RustyH264`].
    RustyH264(Box<rusty_h264::Decoder>),
    /// See [`Engine::OpenH264`].
    OpenH264(Decoder),
}

impl Running {
    /// Starts afresh.
    pub fn new(engine: Engine) -> Result<Self, DecodeError> {
        Ok(match engine {
            Engine::RustyH264 => Running::RustyH264(Box::default()),
            Engine::OpenH264 => {
                // It would deliver reordered pictures too early if flushed.
                let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
                Decoder::with_api_config(OpenH264API::from_source(), config)
                    .map(Running::OpenH264)
                    .map_err(|_| DecodeError::Unsupported("openh264 does not start"))?
            }
        })
    }

    /// Decodes one picture that follows `set`, a byte stream with start codes. An incomplete picture
    /// is an error.
    pub fn decode(
        &mut self,
        stream: &[u8],
        set: &SequenceParameterSet,
    ) -> Result<Decoded, DecodeError> {
        match self {
            Running::RustyH264(decoder) => {
                let frame = decoder.decode(stream).map_err(from_rusty)?;
                let frame = frame.ok_or(DecodeError::NeedIntra)?;
                // Its planes become ours without a copy.
                let picture = Picture::from_planes(set.size, frame.y, frame.u, frame.v);
                let picture = picture.ok_or(DecodeError::NeedIntra)?;
                Ok(Decoded::Ordered(decoder.last_poc(), picture))
            }
            Running::OpenH264(decoder) => match decoder.decode(stream) {
                Ok(Some(frame)) => Ok(Decoded::ToShow(copy(&frame, set.size)?)),
                Ok(None) if set.profile != BASELINE => Ok(Decoded::Later),
                Ok(None) => Err(DecodeError::NeedIntra),
                Err(_) => Err(DecodeError::NeedIntra),
            },
        }
    }
}

fn from_rusty(error: rusty_h264::DecodeError) -> DecodeError {
    match error {
        rusty_h264::DecodeError::Unsupported(what) => DecodeError::Unsupported(what),
        _ => DecodeError::NeedIntra,
    }
}

fn copy(frame: &DecodedYUV<'_>, size: PictureSize) -> Result<Picture, DecodeError> {
    let (width, height) = (usize::from(size.width), usize::from(size.height));
    if frame.dimensions() != (width, height) {
        return Err(DecodeError::NeedIntra);
    }
    let (y, u, v) = frame.strides();
    // Row by row: octet by octet costs a third of all decoding.
    let plane = |from: &[u8], stride, width: usize, height: usize| -> Vec<u8> {
        let mut plane = Vec::with_capacity(width * height);
        for row in from.chunks(stride).take(height) {
            plane.extend_from_slice(&row[..width]);
        }
        plane
    };
    Picture::from_planes(
        size,
        plane(frame.y(), y, width, height),
        plane(frame.u(), u, width / 2, height / 2),
        plane(frame.v(), v, width / 2, height / 2),
    )
    .ok_or(DecodeError::NeedIntra)
}

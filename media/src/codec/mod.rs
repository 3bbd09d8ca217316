//! Codecs. Each video codec turns pictures into the RTP payloads that carry them, and back.

use crate::Picture;
use base::Bitrate;
use bytes::Bytes;

pub mod audio;
pub mod ffi;
pub mod g711;
pub mod g722;
pub mod h261;
pub mod h264;

#[cfg(test)]
mod golden_audio;

/// One coded picture as the RTP payloads (without RTP header) that carry it, in order. The sender
/// sets the marker bit on the last one.
#[derive(Debug, Clone, Default)]
pub struct EncodedPicture {
    /// At least one.
    pub payloads: Vec<Bytes>,
    /// Decodable without any earlier picture.
    pub intra: bool,
}

/// What a receiver has of one coded picture.
#[derive(Debug, Clone, Default)]
pub struct CodedPicture {
    /// RTP timestamp, 90 kHz.
    pub timestamp: u32,
    /// RTP payloads in sequence order; `None` marks a run of lost packets.
    pub payloads: Vec<Option<Bytes>>,
}

impl CodedPicture {
    /// Whether no packet of it is known to be lost.
    pub fn is_complete(&self) -> bool {
        self.payloads.iter().all(Option::is_some)
    }
}

/// Why a coded picture gave no good picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// References are missing: nothing decodes until the next intra picture. Ask for one.
    NeedIntra,
    /// The bit stream breaks its syntax.
    Malformed {
        /// Bits from the start of the picture, as far as is known.
        at_bit: u32,
        /// The element being read.
        what: &'static str,
    },
    /// Legal, but not something this decoder does (a size beyond the limit, a profile).
    Unsupported(&'static str),
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DecodeError::NeedIntra => f.write_str("an intra picture is needed"),
            DecodeError::Malformed { at_bit, what } => {
                write!(f, "malformed {what} at bit {at_bit}")
            }
            DecodeError::Unsupported(what) => write!(f, "unsupported: {what}"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Pictures to RTP payloads.
pub trait VideoEncoder: Send {
    /// Encodes `picture`, whose size was fixed when the encoder was made. `timestamp` is in ticks
    /// of 90 kHz and paces rate control. With `intra` the picture stands alone.
    fn encode(&mut self, picture: &Picture, timestamp: u32, intra: bool) -> EncodedPicture;
    /// Changes the target from the next picture on.
    fn set_bit_rate(&mut self, rate: Bitrate);
}

/// RTP payloads to pictures. The newest picture stays readable until the next call.
pub trait VideoDecoder: Send {
    /// Decodes one coded picture in decoding order. `Ok(None)`: accepted, nothing to show yet.
    fn decode(&mut self, coded: &CodedPicture) -> Result<Option<&Picture>, DecodeError>;
    /// Whether the coded picture decoded last refers to no other.
    fn was_intra(&self) -> bool;
}

//! Media formats as signalling negotiates them and the media plane produces them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Which of a participant's two sessions (H.245 sessionID 1 and 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MediaKind {
    /// H.245 session 1.
    Audio,
    /// H.245 session 2.
    Video,
}

/// Bits per second.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Bitrate(pub u32);

impl Bitrate {
    /// From thousands of bits per second.
    pub const fn from_kbps(kbps: u32) -> Self {
        Bitrate(kbps * 1000)
    }
    /// From units of 100 bit/s, which H.245 uses.
    pub const fn from_h245(units: u32) -> Self {
        Bitrate(units.saturating_mul(100))
    }
    /// In units of 100 bit/s, which H.245 uses.
    pub const fn as_h245(self) -> u32 {
        self.0 / 100
    }
}

impl fmt::Display for Bitrate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kbit/s", self.0 / 1000)
    }
}

/// Audio codecs that are mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AudioCodec {
    /// G.711 µ-law, RTP payload type 0.
    G711Ulaw,
    /// G.711 A-law, RTP payload type 8.
    G711Alaw,
    /// G.722 at 64 kbit/s, RTP payload type 9, sampled at 16 kHz with an RTP clock of 8 kHz.
    G722,
}

impl AudioCodec {
    /// Its static RTP payload type (RFC 3551 §6).
    pub const fn payload_type(self) -> u8 {
        match self {
            AudioCodec::G711Ulaw => 0,
            AudioCodec::G711Alaw => 8,
            AudioCodec::G722 => 9,
        }
    }
    /// Samples per second of the decoded sound.
    pub const fn sample_rate_hz(self) -> u32 {
        match self {
            AudioCodec::G711Ulaw | AudioCodec::G711Alaw => 8000,
            AudioCodec::G722 => 16000,
        }
    }
    /// RTP clock; 8 kHz for all of them (RFC 3551 §4.5.2 for G.722).
    pub const fn clock_hz(self) -> u32 {
        8000
    }
    /// Octets of payload per millisecond; 8 for all of them.
    pub const fn octets_per_ms(self) -> usize {
        8
    }
}

/// Video codecs that are decoded and composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VideoCodec {
    /// ITU-T H.261, RTP payload type 31 (RFC 4587).
    H261,
    /// ITU-T H.264, a dynamic payload type (RFC 6184, H.241).
    H264,
}

/// RTP clock of all video (RFC 3551 §5).
pub const VIDEO_CLOCK_HZ: u32 = 90_000;

/// Luma samples across and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PictureSize {
    /// Samples across, even.
    pub width: u16,
    /// Samples down, even.
    pub height: u16,
}

impl PictureSize {
    /// 176×144.
    pub const QCIF: PictureSize = PictureSize::new(176, 144);
    /// 352×288.
    pub const CIF: PictureSize = PictureSize::new(352, 288);
    /// 704×576.
    pub const CIF4: PictureSize = PictureSize::new(704, 576);
    /// 1280×720.
    pub const HD720: PictureSize = PictureSize::new(1280, 720);

    /// `width` × `height` luma samples.
    pub const fn new(width: u16, height: u16) -> Self {
        PictureSize { width, height }
    }
    /// Macroblocks of 16×16, counting partial ones.
    pub const fn macroblocks(self) -> u32 {
        self.width.div_ceil(16) as u32 * self.height.div_ceil(16) as u32
    }
}

impl fmt::Display for PictureSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// What a video channel carries at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VideoFormat {
    /// The codec.
    pub codec: VideoCodec,
    /// The largest picture.
    pub size: PictureSize,
    /// Pictures per second at most.
    pub frame_rate: u8,
    /// Bits per second at most.
    pub bit_rate: Bitrate,
    /// RFC 6184 packetization mode 1 (fragmentation units allowed); H.264 only.
    pub fragments: bool,
}

/// What a logical channel carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Format {
    /// Sound in packets of `frame_ms` milliseconds.
    Audio {
        /// The codec.
        codec: AudioCodec,
        /// Milliseconds of sound in a packet, 10 to 60.
        frame_ms: u8,
    },
    /// Pictures.
    Video(VideoFormat),
}

impl Format {
    /// The session it belongs to.
    pub fn kind(&self) -> MediaKind {
        match self {
            Format::Audio { .. } => MediaKind::Audio,
            Format::Video(_) => MediaKind::Video,
        }
    }
}

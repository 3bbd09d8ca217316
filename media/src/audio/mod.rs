//! Mixing, levels, resampling, concealment and test tones. A frame is 20 ms of one channel.

use base::AudioCodec;

pub mod conceal;
pub mod level;
pub mod limiter;
pub mod mixer;
pub mod resample;
pub mod speaker;
pub mod tone;

/// Length of the frames that are mixed.
pub const FRAME_MS: u32 = 20;

/// Sampling rates that are mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rate {
    /// 8 kHz: G.711.
    Narrow,
    /// 16 kHz: G.722.
    Wide,
}

impl Rate {
    /// Samples per second.
    pub const fn hz(self) -> u32 {
        match self {
            Rate::Narrow => 8000,
            Rate::Wide => 16000,
        }
    }

    /// Samples in a frame.
    pub const fn frame_samples(self) -> usize {
        (self.hz() * FRAME_MS / 1000) as usize
    }
}

impl From<AudioCodec> for Rate {
    fn from(codec: AudioCodec) -> Self {
        match codec {
            AudioCodec::G711Ulaw | AudioCodec::G711Alaw => Rate::Narrow,
            AudioCodec::G722 => Rate::Wide,
        }
    }
}

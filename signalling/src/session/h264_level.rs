//! H.264 levels as H.241 signals them (H.241 §8.3.2.1, H.264 table A-1).

use base::{Bitrate, PictureSize, VideoFormat};
use serde::{Deserialize, Serialize};

/// What a level allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// The value of H.241's level parameter.
    pub h241: u16,
    /// Macroblocks per second.
    pub macroblock_rate: u32,
    /// Macroblocks per picture.
    pub picture_macroblocks: u32,
    /// Bits per second.
    pub bit_rate: Bitrate,
}

const fn level(h241: u16, macroblock_rate: u32, picture_macroblocks: u32, kbps: u32) -> Level {
    Level {
        h241,
        macroblock_rate,
        picture_macroblocks,
        bit_rate: Bitrate::from_kbps(kbps),
    }
}

/// Levels 1, 1b, 1.1, ... 5.1.
pub const LEVELS: [Level; 16] = [
    level(15, 1_485, 99, 64),
    level(19, 1_485, 99, 128),
    level(22, 3_000, 396, 192),
    level(29, 6_000, 396, 384),
    level(36, 11_880, 396, 768),
    level(43, 11_880, 396, 2_000),
    level(50, 19_800, 792, 4_000),
    level(57, 20_250, 1_620, 4_000),
    level(64, 40_500, 1_620, 10_000),
    level(71, 108_000, 3_600, 14_000),
    level(78, 216_000, 5_120, 20_000),
    level(85, 245_760, 8_192, 20_000),
    level(92, 245_760, 8_192, 50_000),
    level(99, 522_240, 8_704, 50_000),
    level(106, 589_824, 22_080, 135_000),
    level(113, 983_040, 36_864, 240_000),
];

/// Picture sizes we know, the largest first.
const SIZES: [PictureSize; 4] = [
    PictureSize::HD720,
    PictureSize::CIF4,
    PictureSize::CIF,
    PictureSize::QCIF,
];

/// A picture rate below which a smaller picture is the better use of a level.
const MOVING: u32 = 10;
/// A rate that is enough for everybody.
const SMOOTH: u32 = 30;

impl Level {
    /// The level that a signalled value means: unknown values mean the next lower one.
    pub fn from_h241(value: u16) -> Level {
        let below = LEVELS.iter().rev().find(|level| level.h241 <= value);
        *below.unwrap_or(&LEVELS[0])
    }

    /// The lowest level that allows `format`. Its bit rate is signalled apart (maxBitRate), so it
    /// counts only if that is lower.
    pub fn of(format: &VideoFormat) -> Level {
        let macroblocks = format.size.macroblocks();
        let enough = LEVELS.iter().find(|level| {
            macroblocks <= level.picture_macroblocks
                && macroblocks * u32::from(format.frame_rate) <= level.macroblock_rate
                && format.bit_rate <= level.bit_rate
        });
        *enough.unwrap_or(&LEVELS[LEVELS.len() - 1])
    }

    /// The largest of the usual sizes that still moves at this level.
    pub fn size(&self) -> PictureSize {
        let fits = SIZES.iter().find(|size| {
            size.macroblocks() <= self.picture_macroblocks
                && size.macroblocks() * MOVING <= self.macroblock_rate
        });
        *fits.unwrap_or(&PictureSize::QCIF)
    }

    /// Pictures of `size` per second, at most 30; zero if they are too large.
    pub fn frame_rate(&self, size: PictureSize) -> u8 {
        let macroblocks = size.macroblocks();
        if macroblocks == 0 || macroblocks > self.picture_macroblocks {
            return 0;
        }
        (self.macroblock_rate / macroblocks).min(SMOOTH) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::VideoCodec;

    #[test]
    fn levels_rise() {
        assert!(LEVELS.windows(2).all(|pair| pair[0].h241 < pair[1].h241
            && pair[0].macroblock_rate <= pair[1].macroblock_rate
            && pair[0].bit_rate <= pair[1].bit_rate));
    }

    #[test]
    fn usual_formats_have_their_usual_levels() {
        let format = |size, kbps| VideoFormat {
            codec: VideoCodec::H264,
            size,
            frame_rate: 30,
            bit_rate: Bitrate::from_kbps(kbps),
            fragments: true,
        };
        assert_eq!(Level::of(&format(PictureSize::CIF, 512)).h241, 36);
        assert_eq!(Level::of(&format(PictureSize::CIF, 1000)).h241, 43);
        assert_eq!(Level::of(&format(PictureSize::CIF4, 512)).h241, 71);
        assert_eq!(Level::of(&format(PictureSize::HD720, 1500)).h241, 71);
        for size in SIZES {
            let level = Level::of(&format(size, 64));
            assert!(level.size().macroblocks() >= size.macroblocks(), "{size}");
            assert_eq!(level.frame_rate(size), 30);
        }
        assert_eq!(Level::from_h241(57).frame_rate(PictureSize::CIF4), 12);
        assert_eq!(Level::from_h241(58), Level::from_h241(57));
        assert_eq!(Level::from_h241(0).size(), PictureSize::QCIF);
    }
}

//! Levels: how much work a stream may ask of its decoder.

use base::{Bitrate, PictureSize};
use std::fmt;

/// A level by its `level_idc`: ten times its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(pub u8);

/// H.264 Table A-1: level_idc, macroblocks per second, macroblocks per picture, and kbit/s of the
/// NAL units in baseline profile (§A.3.1: 1.2 times MaxBR of the video coding layer).
const LIMITS: [(u8, u32, u32, u32); 13] = [
    (10, 1_485, 99, 76),
    (11, 3_000, 396, 230),
    (12, 6_000, 396, 460),
    (13, 11_880, 396, 921),
    (20, 11_880, 396, 2_400),
    (21, 19_800, 792, 4_800),
    (22, 20_250, 1_620, 4_800),
    (30, 40_500, 1_620, 12_000),
    (31, 108_000, 3_600, 16_800),
    (32, 216_000, 5_120, 24_000),
    (40, 245_760, 8_192, 24_000),
    (41, 245_760, 8_192, 60_000),
    (42, 522_240, 8_704, 60_000),
];

impl Level {
    /// The lowest level that allows a stream; `None` beyond level 4.2.
    pub fn lowest_for(size: PictureSize, frame_rate: u8, rate: Bitrate) -> Option<Level> {
        let picture = size.macroblocks();
        let second = picture * u32::from(frame_rate);
        // §A.3.1: neither side may exceed the square root of eight times the largest picture.
        let side = u32::from(size.width.max(size.height)).div_ceil(16);
        (LIMITS.iter())
            .find(|&&(_, second_max, picture_max, kbps_max)| {
                second <= second_max
                    && picture <= picture_max
                    && side * side <= 8 * picture_max
                    && rate.0 / 1000 <= kbps_max
            })
            .map(|&(level_idc, ..)| Level(level_idc))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 10, self.0 % 10) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, tenth) => write!(f, "{whole}.{tenth}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_level_that_fits_is_found() {
        let level = |size, rate, kbps| {
            Level::lowest_for(size, rate, Bitrate::from_kbps(kbps)).map(|level| level.0)
        };
        assert_eq!(level(PictureSize::QCIF, 15, 64), Some(10));
        assert_eq!(level(PictureSize::QCIF, 30, 64), Some(11));
        assert_eq!(level(PictureSize::CIF, 30, 512), Some(13));
        assert_eq!(level(PictureSize::CIF, 30, 1500), Some(20));
        assert_eq!(level(PictureSize::CIF4, 30, 1500), Some(31));
        assert_eq!(level(PictureSize::CIF4, 25, 1500), Some(30));
        assert_eq!(level(PictureSize::HD720, 30, 1500), Some(31));
        assert_eq!(level(PictureSize::new(1920, 1080), 30, 4000), Some(40));
        assert_eq!(level(PictureSize::new(4096, 2160), 30, 4000), None);
        assert_eq!(level(PictureSize::new(1024, 16), 15, 64), Some(21));
    }

    #[test]
    fn a_level_is_written_as_people_say_it() {
        assert_eq!(Level(31).to_string(), "3.1");
        assert_eq!(Level(40).to_string(), "4");
    }
}

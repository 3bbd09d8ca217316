//! Sequence and picture parameter sets (H.264 §7.3.2.1, §7.3.2.2), as far as they decide whether
//! and how a stream can be decoded. They come from the network: nothing here trusts them.

use super::bits::Bits;
use super::level::Level;
use crate::codec::DecodeError;
use base::PictureSize;
use std::fmt;

/// The largest picture that is decoded, in macroblocks across and down.
const WIDTH_MACROBLOCKS_MAX: u32 = 1920 / 16;
const HEIGHT_MACROBLOCKS_MAX: u32 = 1088 / 16;
/// §7.4.2.1.1.
const SEQUENCE_ID_MAX: u32 = 31;
/// §7.4.2.2.
const PICTURE_ID_MAX: u32 = 255;
/// §A.3.1: frames in the decoded picture buffer.
const FRAMES_MAX: u32 = 16;
/// §A.2: profile_idc.
pub(super) const BASELINE: u8 = 66;
const EXTENDED: u8 = 88;
/// §7.3.2.1.1: these profiles say their chroma format, bit depth and scaling.
const HIGH_PROFILES: [u8; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
/// §E.2.1: the aspect_ratio_idc after which the ratio is spelt out.
const EXTENDED_SAR: u32 = 255;
/// §E.2.2.
const CPB_COUNT_MAX: u32 = 31;

/// A sequence parameter set of a stream that can be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceParameterSet {
    /// `profile_idc`: 66 baseline, 77 main, 100 high.
    pub profile: u8,
    /// Constraint flags 0 to 5, flag 0 in the most significant bit.
    pub constraints: u8,
    /// The level.
    pub level: Level,
    /// The picture after cropping.
    pub size: PictureSize,
    pub(super) id: u32,
    pub(super) frame_num_bits: u32,
    pub(super) frame_num_gaps_allowed: bool,
    /// Pictures that may come before one they are shown after, if the stream says.
    pub(super) reorder_frames: Option<u32>,
}

impl SequenceParameterSet {
    /// Reads a NAL unit of type 7; refuses what [`super`] omits.
    pub fn parse(nal_unit: &[u8]) -> Result<Self, DecodeError> {
        let bits = &mut Bits::new(nal_unit, "sequence parameter set");
        let profile = bits.unsigned(8)? as u8;
        let constraints = bits.unsigned(8)? as u8;
        let level = Level(bits.unsigned(8)? as u8);
        let id = bits.golomb_up_to(SEQUENCE_ID_MAX)?;
        if profile == EXTENDED {
            return Err(DecodeError::Unsupported("extended profile"));
        }
        if HIGH_PROFILES.contains(&profile) {
            skip_high_profile_fields(bits)?;
        }
        let frame_num_bits = bits.golomb_up_to(12)? + 4;
        let order_type = bits.golomb_up_to(2)?;
        match order_type {
            0 => {
                bits.golomb_up_to(12)?;
            }
            1 => {
                bits.flag()?;
                bits.signed_golomb()?;
                bits.signed_golomb()?;
                for _ in 0..bits.golomb_up_to(255)? {
                    bits.signed_golomb()?;
                }
            }
            _ => {}
        }
        bits.golomb_up_to(FRAMES_MAX)?;
        let frame_num_gaps_allowed = bits.flag()?;
        let width = bits.golomb()?.saturating_add(1);
        let height = bits.golomb()?.saturating_add(1);
        if !bits.flag()? {
            return Err(DecodeError::Unsupported("interlaced pictures"));
        }
        if width > WIDTH_MACROBLOCKS_MAX || height > HEIGHT_MACROBLOCKS_MAX {
            return Err(DecodeError::Unsupported("a picture above 1920x1088"));
        }
        bits.flag()?; // direct_8x8_inference_flag
        let size = read_cropping(bits, width, height)?;
        // Pictures are decoded in the order they are shown: baseline has no B slices, and
        // §8.2.1.3 forbids reordering with type 2.
        let in_order = profile == BASELINE || order_type == 2;
        let reorder_frames = match bits.flag()? {
            _ if in_order => Some(0),
            // What is only informative may be beyond us.
            true => read_reorder_frames(bits).unwrap_or(None),
            false => None,
        };
        Ok(SequenceParameterSet {
            profile,
            constraints,
            level,
            size,
            id,
            frame_num_bits,
            frame_num_gaps_allowed,
            reorder_frames,
        })
    }
}

impl fmt::Display for SequenceParameterSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let profile = match (self.profile, self.constraints & 0x40 != 0) {
            (BASELINE, true) => "constrained baseline",
            (BASELINE, false) => "baseline",
            (77, _) => "main",
            (100, _) => "high",
            _ => "other",
        };
        write!(f, "{profile} profile, level {}, {}", self.level, self.size)
    }
}

fn skip_high_profile_fields(bits: &mut Bits<'_>) -> Result<(), DecodeError> {
    if bits.golomb()? != 1 {
        return Err(DecodeError::Unsupported("a chroma format other than 4:2:0"));
    }
    if bits.golomb()? != 0 || bits.golomb()? != 0 {
        return Err(DecodeError::Unsupported("more than 8 bits a sample"));
    }
    bits.flag()?; // qpprime_y_zero_transform_bypass_flag
    if bits.flag()? {
        for list in 0..8 {
            if bits.flag()? {
                skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Ok(())
}

/// §7.3.2.1.1.1.
fn skip_scaling_list(bits: &mut Bits<'_>, size: u32) -> Result<(), DecodeError> {
    let mut last = 8;
    for _ in 0..size {
        last = (last + bits.signed_golomb()?).rem_euclid(256);
        if last == 0 {
            break;
        }
    }
    Ok(())
}

fn read_cropping(bits: &mut Bits<'_>, width: u32, height: u32) -> Result<PictureSize, DecodeError> {
    let (mut right, mut bottom) = (0, 0);
    if bits.flag()? {
        let left = bits.golomb()?;
        right = bits.golomb_up_to(width * 8 - 1)?;
        let top = bits.golomb()?;
        bottom = bits.golomb_up_to(height * 8 - 1)?;
        // No decoder here shifts a picture.
        if left != 0 || top != 0 {
            return Err(DecodeError::Unsupported("cropping at the left or top"));
        }
    }
    // §7.4.2.1.1: cropping counts chroma samples. The limits above keep this in 16 bits.
    let luma = |macroblocks: u32, crop: u32| (macroblocks * 16 - crop * 2) as u16;
    Ok(PictureSize::new(luma(width, right), luma(height, bottom)))
}

/// §E.1.1: `max_num_reorder_frames`, near the end of the video usability information.
fn read_reorder_frames(bits: &mut Bits<'_>) -> Result<Option<u32>, DecodeError> {
    if bits.flag()? && bits.unsigned(8)? == EXTENDED_SAR {
        bits.unsigned(32)?;
    }
    if bits.flag()? {
        bits.flag()?; // overscan_appropriate_flag
    }
    if bits.flag()? {
        bits.unsigned(4)?; // video_format, video_full_range_flag
        if bits.flag()? {
            bits.unsigned(24)?; // colour description
        }
    }
    if bits.flag()? {
        bits.golomb()?; // chroma_sample_loc_type
        bits.golomb()?;
    }
    if bits.flag()? {
        bits.unsigned(32)?; // timing
        bits.unsigned(32)?;
        bits.flag()?;
    }
    let mut buffering = false;
    for _ in 0..2 {
        if bits.flag()? {
            skip_hypothetical_decoder(bits)?;
            buffering = true;
        }
    }
    if buffering {
        bits.flag()?; // low_delay_hrd_flag
    }
    bits.flag()?; // pic_struct_present_flag
    if !bits.flag()? {
        return Ok(None);
    }
    bits.flag()?; // motion_vectors_over_pic_boundaries_flag
    for _ in 0..4 {
        bits.golomb()?;
    }
    Ok(Some(bits.golomb_up_to(FRAMES_MAX)?))
}

/// §E.1.2.
fn skip_hypothetical_decoder(bits: &mut Bits<'_>) -> Result<(), DecodeError> {
    let count = bits.golomb_up_to(CPB_COUNT_MAX)? + 1;
    bits.unsigned(8)?;
    for _ in 0..count {
        bits.golomb()?;
        bits.golomb()?;
        bits.flag()?;
    }
    bits.unsigned(20)?;
    Ok(())
}

/// A picture parameter set: which sequence parameter set a slice belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureParameterSet {
    /// What slices call it.
    pub id: u32,
    /// What it calls the sequence parameter set.
    pub sequence: u32,
}

impl PictureParameterSet {
    /// Reads a NAL unit of type 8; refuses slice groups.
    pub fn parse(nal_unit: &[u8]) -> Result<Self, DecodeError> {
        let bits = &mut Bits::new(nal_unit, "picture parameter set");
        let id = bits.golomb_up_to(PICTURE_ID_MAX)?;
        let sequence = bits.golomb_up_to(SEQUENCE_ID_MAX)?;
        bits.unsigned(2)?; // entropy_coding_mode_flag, bottom_field_pic_order_…
        if bits.golomb()? != 0 {
            return Err(DecodeError::Unsupported("slice groups"));
        }
        Ok(PictureParameterSet { id, sequence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by x264 for 1920x1080, high profile, level 4, three B frames with one as reference.
    const HIGH: &[u8] = &[
        0x67, 0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0xc0, 0x44, 0x00, 0x00,
        0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc6, 0x58,
    ];

    #[test]
    fn a_set_of_x264_is_read() {
        let set = SequenceParameterSet::parse(HIGH).unwrap();
        assert_eq!(set.to_string(), "high profile, level 4, 1920x1080");
        assert_eq!(set.reorder_frames, Some(2));
        assert_eq!(set.frame_num_bits, 4);
    }

    #[test]
    fn a_cut_set_is_an_error_and_never_a_panic() {
        for length in 0..HIGH.len() {
            let result = SequenceParameterSet::parse(&HIGH[..length]);
            assert!(result.is_err() || length > 11, "{length}");
        }
        let mut changed = HIGH.to_vec();
        for bit in 8..HIGH.len() * 8 {
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(set) = SequenceParameterSet::parse(&changed) {
                assert!(set.size.width <= 1920 && set.size.height <= 1088);
                assert!(set.size.width >= 2 && set.size.height >= 2);
            }
            changed[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

//! The start of a slice header (H.264 §7.3.3), enough to see what a slice needs.

use super::bits::Bits;
use super::parameter_sets::{PictureParameterSet, SequenceParameterSet};
use crate::codec::DecodeError;
use crate::rtp::payload::h264::nal_unit_type;
use std::collections::BTreeMap;

/// H.264 Table 7-1: a coded slice of an instantaneous decoding refresh picture.
const IDR_SLICE: u8 = 5;
/// H.264 Table 7-6: 2 is I; 7 is I of a picture that has no other slices.
const SLICE_TYPE_I: u32 = 2;
const SLICE_TYPE_MAX: u32 = 9;

/// What a slice says of its picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceHeader {
    /// It begins with the first macroblock of the picture.
    pub first: bool,
    /// It belongs to an instantaneous decoding refresh picture: nothing earlier is referred to.
    pub refresh: bool,
    /// It refers to no other picture.
    pub intra: bool,
    /// Later pictures may refer to this one.
    pub reference: bool,
    /// The sequence parameter set.
    pub sequence: u32,
    /// Counts reference pictures, modulo `1 << frame_num_bits`.
    pub frame_num: u32,
}

impl SliceHeader {
    /// Reads a NAL unit of type 1 or 5. Without its parameter sets an intra picture is needed,
    /// since those come with it.
    pub fn parse(
        nal_unit: &[u8],
        sequences: &BTreeMap<u32, SequenceParameterSet>,
        pictures: &BTreeMap<u32, PictureParameterSet>,
    ) -> Result<Self, DecodeError> {
        let bits = &mut Bits::new(nal_unit, "slice header");
        let first_macroblock = bits.golomb()?;
        let slice_type = bits.golomb_up_to(SLICE_TYPE_MAX)?;
        let picture = pictures
            .get(&bits.golomb()?)
            .ok_or(DecodeError::NeedIntra)?;
        let sequence = (sequences.get(&picture.sequence)).ok_or(DecodeError::NeedIntra)?;
        Ok(SliceHeader {
            first: first_macroblock == 0,
            refresh: nal_unit_type(nal_unit) == IDR_SLICE,
            intra: slice_type % 5 == SLICE_TYPE_I,
            reference: nal_unit.first().is_some_and(|header| header & 0x60 != 0),
            sequence: sequence.id,
            frame_num: bits.unsigned(sequence.frame_num_bits)?,
        })
    }
}

//! Decoding: what a receiver must know that the decoders do not.

use super::engine::{Decoded, Engine, Running};
use super::parameter_sets::{PictureParameterSet, SequenceParameterSet};
use super::reorder::Reorder;
use super::slice::SliceHeader;
use crate::Picture;
use crate::codec::{CodedPicture, DecodeError, VideoDecoder};
use crate::rtp::payload::h264::{append_annex_b, nal_unit_type, unpack};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};

/// H.264 Table 7-1: NAL unit types.
const SLICE: u8 = 1;
const PARTITIONS: std::ops::RangeInclusive<u8> = 2..=4;
const REFRESH_SLICE: u8 = 5;
const SEQUENCE_SET: u8 = 7;
const PICTURE_SET: u8 = 8;

/// Decodes what the RTP payloads of H.264 hold. After a loss it shows nothing until an intra
/// picture: pictures that refer to missing ones are worse than a picture that stands still.
pub struct H264Decoder {
    engine: Engine,
    running: Running,
    sequences: BTreeMap<u32, SequenceParameterSet>,
    pictures: BTreeMap<u32, PictureParameterSet>,
    /// The parameter sets as they came, by NAL unit type and id.
    received: BTreeMap<(u8, u32), Bytes>,
    /// Those of them that the engine has not been given.
    unread: BTreeSet<(u8, u32)>,
    /// The sequence parameter set of the last picture.
    active: Option<SequenceParameterSet>,
    /// `frame_num` of the last reference picture; `None` while an intra picture is awaited.
    last_reference: Option<u32>,
    /// The last picture was.
    intra: bool,
    reorder: Reorder,
    /// The NAL units of one picture as a byte stream.
    stream: Vec<u8>,
    shown: Option<Picture>,
}

impl H264Decoder {
    /// A decoder that awaits its first intra picture.
    pub fn new(engine: Engine) -> Result<Self, DecodeError> {
        Ok(H264Decoder {
            engine,
            running: Running::new(engine)?,
            sequences: BTreeMap::new(),
            pictures: BTreeMap::new(),
            received: BTreeMap::new(),
            unread: BTreeSet::new(),
            active: None,
            last_reference: None,
            intra: false,
            reorder: Reorder::default(),
            stream: Vec::new(),
            shown: None,
        })
    }

    /// Profile, level and size of the stream, once a picture of it has come.
    pub fn format(&self) -> Option<&SequenceParameterSet> {
        self.active.as_ref()
    }

    fn decode_picture(&mut self, coded: &CodedPicture) -> Result<Option<Picture>, DecodeError> {
        self.intra = false;
        // What was lost before the first packet may have been another picture's, such as those that
        // nobody sent between two nodes' reigns.
        let (lost_before, payloads) = match coded.payloads.split_first() {
            Some((None, rest)) => (true, rest),
            _ => (false, &coded.payloads[..]),
        };
        let unpacked = unpack(payloads);
        // Parameter sets are worth keeping even when the rest of the picture is lost: some
        // endpoints send them once.
        for nal_unit in &unpacked.nal_units {
            match nal_unit_type(nal_unit) {
                SEQUENCE_SET => self.take_sequence_set(nal_unit)?,
                PICTURE_SET => self.take_picture_set(nal_unit)?,
                _ => {}
            }
        }
        if !unpacked.complete {
            return Err(DecodeError::NeedIntra);
        }
        let slices = read_slices(&unpacked.nal_units, &self.sequences, &self.pictures)?;
        if lost_before && !slices.first().is_some_and(|slice| slice.first) {
            return Err(DecodeError::NeedIntra);
        }
        let Some(first) = slices.first() else {
            return Ok(None);
        };
        self.activate(first)?;
        self.intra = slices.iter().all(|slice| slice.intra);
        self.check_references(first, self.intra)?;
        self.write_stream(&unpacked.nal_units);
        let picture = self.run(first)?;
        if first.reference || self.last_reference.is_none() {
            self.last_reference = Some(first.frame_num);
        }
        Ok(picture)
    }

    fn take_sequence_set(&mut self, nal_unit: &Bytes) -> Result<(), DecodeError> {
        let set = SequenceParameterSet::parse(nal_unit)?;
        self.receive((SEQUENCE_SET, set.id), nal_unit);
        self.sequences.insert(set.id, set);
        Ok(())
    }

    fn take_picture_set(&mut self, nal_unit: &Bytes) -> Result<(), DecodeError> {
        let set = PictureParameterSet::parse(nal_unit)?;
        self.receive((PICTURE_SET, set.id), nal_unit);
        self.pictures.insert(set.id, set);
        Ok(())
    }

    /// Repetitions are common, and not worth the engine's time.
    fn receive(&mut self, key: (u8, u32), nal_unit: &Bytes) {
        if self.received.get(&key) != Some(nal_unit) {
            // A copy, so that a few octets do not keep a whole receive buffer alive.
            let copy = Bytes::copy_from_slice(nal_unit);
            self.received.insert(key, copy);
            self.unread.insert(key);
        }
    }

    /// §7.4.1.2.1: a sequence parameter set changes only at a refresh picture.
    fn activate(&mut self, slice: &SliceHeader) -> Result<(), DecodeError> {
        let set = self.sequences.get(&slice.sequence);
        if self.active.as_ref() == set {
            return Ok(());
        }
        let set = set
            .filter(|_| slice.refresh)
            .ok_or(DecodeError::NeedIntra)?;
        self.reorder.set_depth(set.reorder_frames.unwrap_or(0));
        self.active = Some(set.clone());
        // The pictures it holds may be of another size.
        self.restart()
    }

    fn restart(&mut self) -> Result<(), DecodeError> {
        self.running = Running::new(self.engine)?;
        self.unread = self.received.keys().copied().collect();
        Ok(())
    }

    /// §7.4.3: `frame_num` counts reference pictures, so a gap means lost ones. An intra picture
    /// that is no refresh heals too: some endpoints answer a fast update request with one.
    fn check_references(&self, slice: &SliceHeader, intra: bool) -> Result<(), DecodeError> {
        if slice.refresh || intra {
            return Ok(());
        }
        let (Some(last), Some(set)) = (self.last_reference, &self.active) else {
            return Err(DecodeError::NeedIntra);
        };
        let next = (last + 1) % (1 << set.frame_num_bits);
        if slice.frame_num == last || slice.frame_num == next || set.frame_num_gaps_allowed {
            return Ok(());
        }
        Err(DecodeError::NeedIntra)
    }

    fn write_stream(&mut self, nal_units: &[Bytes]) {
        self.stream.clear();
        for key in std::mem::take(&mut self.unread) {
            if let Some(set) = self.received.get(&key) {
                append_annex_b(set, &mut self.stream);
            }
        }
        for nal_unit in nal_units.iter().filter(|unit| is_slice(unit)) {
            append_annex_b(nal_unit, &mut self.stream);
        }
    }

    fn run(&mut self, slice: &SliceHeader) -> Result<Option<Picture>, DecodeError> {
        let Some(set) = &self.active else {
            return Err(DecodeError::NeedIntra);
        };
        match self.running.decode(&self.stream, set) {
            Ok(Decoded::Ordered(order, picture)) => {
                Ok(self.reorder.push(slice.refresh, order, picture))
            }
            Ok(Decoded::ToShow(picture)) => Ok(Some(picture)),
            Ok(Decoded::Later) => Ok(None),
            Err(error) => {
                // Half a picture may be left in it.
                self.restart()?;
                Err(error)
            }
        }
    }
}

impl VideoDecoder for H264Decoder {
    fn decode(&mut self, coded: &CodedPicture) -> Result<Option<&Picture>, DecodeError> {
        match self.decode_picture(coded) {
            Ok(Some(picture)) => Ok(Some(self.shown.insert(picture))),
            Ok(None) => Ok(None),
            Err(error) => {
                self.last_reference = None;
                self.reorder.clear();
                Err(error)
            }
        }
    }

    fn was_intra(&self) -> bool {
        self.intra
    }
}

fn is_slice(nal_unit: &[u8]) -> bool {
    matches!(nal_unit_type(nal_unit), SLICE | REFRESH_SLICE)
}

fn read_slices(
    nal_units: &[Bytes],
    sequences: &BTreeMap<u32, SequenceParameterSet>,
    pictures: &BTreeMap<u32, PictureParameterSet>,
) -> Result<Vec<SliceHeader>, DecodeError> {
    if (nal_units.iter()).any(|unit| PARTITIONS.contains(&nal_unit_type(unit))) {
        return Err(DecodeError::Unsupported("data partitions"));
    }
    (nal_units.iter().filter(|unit| is_slice(unit)))
        .map(|unit| SliceHeader::parse(unit, sequences, pictures))
        .collect()
}

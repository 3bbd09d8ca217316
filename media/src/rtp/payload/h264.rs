//! RTP payload format for H.264 (RFC 6184), packetization modes 0 and 1.
//!
//! A NAL unit travels whole in one packet or, in mode 1, in fragments (FU-A). Aggregates (STAP-A)
//! are understood but never sent, because H.241 endpoints in single-NAL mode do not take them.
//! The same NAL units separated by start codes (H.264 Annex B) are a `.h264` file.

use bytes::{BufMut, Bytes, BytesMut};

/// NAL unit octets of one picture that are accepted at most: four times what the largest picture
/// of level 4 may have at its lowest compression ratio.
pub const PICTURE_OCTETS_MAX: usize = 4 << 20;
/// NAL units of one picture that are accepted at most: a slice for each macroblock of 1920x1088,
/// and parameter sets.
pub const NAL_UNITS_MAX: usize = 120 * 68 + 100;

/// RFC 6184 §5.2, Table 1.
pub(in crate::rtp) const STAP_A: u8 = 24;
pub(in crate::rtp) const FU_A: u8 = 28;
/// RFC 6184 §5.8: the FU indicator and FU header before each fragment.
const FU_HEADER_OCTETS: usize = 2;

/// What a NAL unit holds (H.264 Table 7-1): its `nal_unit_type`.
pub fn nal_unit_type(nal_unit: &[u8]) -> u8 {
    nal_unit.first().map_or(0, |header| header & 0x1f)
}

/// Appends the payloads that carry `nal_unit`, none longer than `payload_max` octets if
/// `fragments` are allowed (mode 1). In mode 0 the NAL unit goes whole whatever its size.
pub fn pack(nal_unit: Bytes, payload_max: usize, fragments: bool, payloads: &mut Vec<Bytes>) {
    let (Some(&header), true) = (nal_unit.first(), fragments && nal_unit.len() > payload_max)
    else {
        payloads.push(nal_unit);
        return;
    };
    // Pieces of nearly one size leave no runt packet at the end.
    let body = &nal_unit[1..];
    let room = payload_max.saturating_sub(FU_HEADER_OCTETS).max(1);
    let count = body.len().div_ceil(room);
    let piece = body.len().div_ceil(count);
    for (index, part) in body.chunks(piece).enumerate() {
        let start = u8::from(index == 0) << 7;
        let end = u8::from((index + 1) * piece >= body.len()) << 6;
        let mut payload = BytesMut::with_capacity(FU_HEADER_OCTETS + part.len());
        payload.put_u8(header & 0xe0 | FU_A);
        payload.put_u8(start | end | header & 0x1f);
        payload.put_slice(part);
        payloads.push(payload.freeze());
    }
}

/// The NAL units of one coded picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unpacked {
    /// Whole ones, in order.
    pub nal_units: Vec<Bytes>,
    /// Nothing was lost, cut off, beyond a limit or of an unknown form.
    pub complete: bool,
}

/// Takes the payloads of one picture apart; `None` marks a run of lost packets. What arrived whole
/// is given even if the rest is damaged: it may hold parameter sets.
pub fn unpack(payloads: &[Option<Bytes>]) -> Unpacked {
    let mut unpacking = Unpacking {
        done: Unpacked {
            nal_units: Vec::with_capacity(payloads.len()),
            complete: true,
        },
        fragments: None,
        octets: 0,
    };
    for payload in payloads {
        unpacking.take(payload.as_ref());
    }
    unpacking.abandon_fragments();
    unpacking.done
}

struct Unpacking {
    done: Unpacked,
    /// A fragmented NAL unit whose end has not come.
    fragments: Option<BytesMut>,
    octets: usize,
}

impl Unpacking {
    fn take(&mut self, payload: Option<&Bytes>) {
        let Some(payload) = payload else {
            self.damage();
            return;
        };
        if nal_unit_type(payload) != FU_A {
            self.abandon_fragments();
        }
        match nal_unit_type(payload) {
            1..=23 => self.finish(payload.clone()),
            STAP_A => self.take_aggregate(payload.slice(1..)),
            FU_A => self.take_fragment(payload),
            _ => self.done.complete = false,
        }
    }

    /// RFC 6184 §5.7.1: a 16-bit size before each NAL unit.
    fn take_aggregate(&mut self, mut rest: Bytes) {
        while rest.len() >= 2 {
            let size = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
            if size == 0 || size > rest.len() - 2 {
                break;
            }
            self.finish(rest.slice(2..2 + size));
            rest = rest.slice(2 + size..);
        }
        self.done.complete &= rest.is_empty();
    }

    /// RFC 6184 §5.8.
    fn take_fragment(&mut self, payload: &Bytes) {
        let &[indicator, header, ref part @ ..] = &payload[..] else {
            return self.damage();
        };
        let (start, end) = (header & 0x80 != 0, header & 0x40 != 0);
        if start {
            self.abandon_fragments();
            let mut nal_unit = BytesMut::with_capacity(1 + part.len() * 4);
            nal_unit.put_u8(indicator & 0xe0 | header & 0x1f);
            self.fragments = Some(nal_unit);
        }
        let Some(nal_unit) = &mut self.fragments else {
            return self.damage();
        };
        if self.octets + nal_unit.len() + part.len() > PICTURE_OCTETS_MAX {
            return self.damage();
        }
        nal_unit.put_slice(part);
        if end && let Some(nal_unit) = self.fragments.take() {
            self.finish(nal_unit.freeze());
        }
    }

    fn finish(&mut self, nal_unit: Bytes) {
        if self.octets + nal_unit.len() > PICTURE_OCTETS_MAX
            || self.done.nal_units.len() == NAL_UNITS_MAX
        {
            return self.damage();
        }
        self.octets += nal_unit.len();
        self.done.nal_units.push(nal_unit);
    }

    fn damage(&mut self) {
        self.fragments = None;
        self.done.complete = false;
    }

    fn abandon_fragments(&mut self) {
        if self.fragments.is_some() {
            self.damage();
        }
    }
}

/// Splits a byte stream (H.264 Annex B) into its access units, each a list of NAL units without
/// start codes. Slices in arbitrary order (extended profile) are not told apart.
pub fn split_annex_b(stream: &Bytes) -> Vec<Vec<Bytes>> {
    let mut units: Vec<Vec<Bytes>> = Vec::new();
    let mut coded_slice_seen = true;
    for nal_unit in nal_units(stream) {
        let slice = (1..=5).contains(&nal_unit_type(&nal_unit));
        // H.264 §7.4.1.2.3: these begin an access unit once it has a slice. The first bit of a
        // slice header is set just if first_mb_in_slice is 0.
        let begins = match nal_unit_type(&nal_unit) {
            1..=5 => nal_unit.get(1).is_some_and(|octet| octet & 0x80 != 0),
            6..=9 | 14..=18 => true,
            _ => false,
        };
        if coded_slice_seen && begins || units.is_empty() {
            units.push(Vec::new());
            coded_slice_seen = false;
        }
        coded_slice_seen |= slice;
        units.last_mut().expect("one was pushed").push(nal_unit);
    }
    units
}

/// The NAL units of a byte stream, which start codes separate (H.264 §B.1).
fn nal_units(stream: &Bytes) -> Vec<Bytes> {
    let mut starts = Vec::new();
    let mut at = 0;
    while at + 3 <= stream.len() {
        match stream[at..at + 3] {
            [0, 0, 1] => {
                starts.push(at);
                at += 3;
            }
            [_, _, third] if third > 1 => at += 3,
            _ => at += 1,
        }
    }
    let ends = starts.iter().skip(1).copied().chain([stream.len()]);
    (starts.iter().zip(ends))
        .map(|(&start, end)| {
            // A NAL unit never ends in a zero octet: those belong to the next start code.
            let body = &stream[start + 3..end];
            let length = body
                .iter()
                .rposition(|&octet| octet != 0)
                .map_or(0, |at| at + 1);
            stream.slice(start + 3..start + 3 + length)
        })
        .filter(|nal_unit| !nal_unit.is_empty())
        .collect()
}

/// Appends `nal_unit` with its start code to a byte stream (H.264 Annex B).
pub fn append_annex_b(nal_unit: &[u8], stream: &mut Vec<u8>) {
    stream.extend_from_slice(&[0, 0, 0, 1]);
    stream.extend_from_slice(nal_unit);
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Rng;

    fn some(payloads: &[Bytes]) -> Vec<Option<Bytes>> {
        payloads.iter().cloned().map(Some).collect()
    }

    fn nal(length: usize) -> Bytes {
        let mut octets = vec![0x65];
        octets.extend((1..length).map(|index| index as u8));
        octets.into()
    }

    #[test]
    fn small_nal_units_go_whole_and_large_ones_in_equal_fragments() {
        for length in [1, 2, 99, 100, 101, 102, 196, 197, 198, 199, 1000, 5000] {
            let mut payloads = Vec::new();
            pack(nal(length), 100, true, &mut payloads);
            assert_eq!(payloads.len() == 1, length <= 100, "{length}");
            assert!(payloads.iter().all(|payload| payload.len() <= 100));
            let unpacked = unpack(&some(&payloads));
            assert!(unpacked.complete, "{length}");
            assert_eq!(unpacked.nal_units, [nal(length)]);
        }
        let mut payloads = Vec::new();
        pack(nal(5000), 100, false, &mut payloads);
        assert_eq!(payloads, [nal(5000)]);
    }

    #[test]
    fn the_fragment_header_is_that_of_rfc_6184() {
        let mut payloads = Vec::new();
        pack(
            Bytes::from_static(&[0x65, 1, 2, 3, 4, 5]),
            4,
            true,
            &mut payloads,
        );
        let expected: [&[u8]; 3] = [&[0x7c, 0x85, 1, 2], &[0x7c, 0x05, 3, 4], &[0x7c, 0x45, 5]];
        assert_eq!(payloads, expected);
    }

    #[test]
    fn aggregates_are_taken_apart() {
        let aggregate = Bytes::from_static(&[0x78, 0, 2, 0x67, 1, 0, 3, 0x68, 2, 3]);
        let unpacked = unpack(&[Some(aggregate.clone())]);
        assert_eq!(unpacked.nal_units, [&[0x67, 1][..], &[0x68, 2, 3]]);
        assert!(unpacked.complete);
        for cut in 1..aggregate.len() {
            let unpacked = unpack(&[Some(aggregate.slice(..cut))]);
            assert_eq!(unpacked.complete, cut == 1 || cut == 5, "cut at {cut}");
        }
    }

    #[test]
    fn a_lost_fragment_loses_its_nal_unit_alone() {
        let mut payloads = Vec::new();
        pack(nal(10), 100, true, &mut payloads);
        pack(nal(1000), 100, true, &mut payloads);
        pack(nal(20), 100, true, &mut payloads);
        let count = payloads.len();
        for lost in 1..count - 1 {
            let mut received = some(&payloads);
            received[lost] = None;
            let unpacked = unpack(&received);
            assert!(!unpacked.complete);
            assert_eq!(unpacked.nal_units, [nal(10), nal(20)]);
            // Without the mark of the loss: the end is missing, or the start.
            if lost == 1 || lost == count - 2 {
                received.remove(lost);
                assert_eq!(unpack(&received), unpacked);
            }
        }
    }

    #[test]
    fn what_exceeds_the_limit_is_dropped() {
        let part = Bytes::from(vec![0; 60_000]);
        let mut payloads = vec![Some(Bytes::from_static(&[0x7c, 0x85]))];
        let mut middle = BytesMut::from(&[0x7c, 0x05][..]);
        middle.put_slice(&part);
        payloads.extend(vec![Some(middle.freeze()); PICTURE_OCTETS_MAX / 60_000 + 1]);
        payloads.push(Some(Bytes::from_static(&[0x7c, 0x45])));
        assert_eq!(unpack(&payloads), Unpacked::default());
    }

    #[test]
    fn noise_is_survived() {
        let mut rng = Rng::new(1);
        for _ in 0..100_000 {
            let payloads: Vec<_> = (0..rng.below(6))
                .map(|_| {
                    let mut octets: Vec<u8> =
                        (0..rng.below(12)).map(|_| rng.below(256) as u8).collect();
                    if let Some(first) = octets.first_mut()
                        && rng.below(2) == 0
                    {
                        *first = [STAP_A, FU_A][rng.below(2) as usize];
                    }
                    (rng.below(8) > 0).then(|| octets.into())
                })
                .collect();
            let unpacked = unpack(&payloads);
            assert!(unpacked.nal_units.iter().all(|unit| !unit.is_empty()));
        }
    }

    #[test]
    fn a_byte_stream_falls_into_access_units() {
        let parts: [&[u8]; 7] = [
            &[0x67, 1],
            &[0x68, 2],
            &[0x65, 0x88, 7],
            &[0x65, 0x40, 7],
            &[0x41, 0x9a],
            &[0x09, 0x10],
            &[0x41, 0x9a],
        ];
        let mut stream = vec![0];
        for part in parts {
            append_annex_b(part, &mut stream);
        }
        stream.push(0);
        let units = split_annex_b(&stream.into());
        let counts: Vec<_> = units.iter().map(Vec::len).collect();
        assert_eq!(counts, [4, 1, 2]);
        assert_eq!(units.concat(), parts);
        assert!(split_annex_b(&Bytes::from_static(&[0, 0, 1])).is_empty());
        assert!(split_annex_b(&Bytes::from_static(&[5, 6, 7])).is_empty());
    }
}

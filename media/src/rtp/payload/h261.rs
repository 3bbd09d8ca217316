//! RTP payload format for H.261 (RFC 4587).
//!
//! The bit stream is cut between macroblocks, at any bit: the octet in which a cut falls is in
//! both payloads. The header of each payload says what a decoder must know to start there.

use bytes::Bytes;

/// Octets of [`Header`].
pub const HEADER_OCTETS: usize = 4;

/// What a decoder must know to start at a macroblock; all zero where a payload starts with a
/// header of a picture or of a group of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resume {
    /// Number of the group of blocks in effect, 1 to 12; 0 at the start of one.
    pub gob: u8,
    /// Address of the last macroblock before this payload, 1 to 32.
    pub address: u8,
    /// Quantiser in effect.
    pub quant: u8,
    /// Horizontal motion vector of the last macroblock, 0 if it had none.
    pub vector_x: i8,
    /// Vertical motion vector of the last macroblock, 0 if it had none.
    pub vector_y: i8,
}

/// The H.261 header of a payload (RFC 4587 §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Header {
    /// Bits to ignore in the first octet, 0 to 7.
    pub start_bits: u8,
    /// Bits to ignore in the last octet, 0 to 7.
    pub end_bits: u8,
    /// Where to resume.
    pub resume: Resume,
}

impl Header {
    /// Reads the header of a payload and gives what follows; `None` if it is too short.
    pub fn decode(payload: &[u8]) -> Option<(Header, &[u8])> {
        let (octets, rest) = payload.split_first_chunk::<HEADER_OCTETS>()?;
        let bits = u32::from_be_bytes(*octets);
        let field = |shift: u32, width: u32| (bits >> shift & ((1 << width) - 1)) as u8;
        let signed = |shift: u32| (field(shift, 5) << 3) as i8 >> 3;
        let gob = field(20, 4);
        let resume = match gob {
            0 => Resume::default(),
            _ => Resume {
                gob,
                address: field(15, 5) + 1,
                quant: field(10, 5),
                vector_x: signed(5),
                vector_y: signed(0),
            },
        };
        let header = Header {
            start_bits: field(29, 3),
            end_bits: field(26, 3),
            resume,
        };
        let used = usize::from(header.start_bits) + usize::from(header.end_bits);
        (rest.len() * 8 > used).then_some((header, rest))
    }

    /// The four octets. I is 0 and V is 1: any macroblock may be predicted, with motion.
    pub fn encode(&self) -> [u8; HEADER_OCTETS] {
        let five = |value: i8| u32::from(value as u8 & 31);
        let resume = &self.resume;
        let bits = u32::from(self.start_bits) << 29
            | u32::from(self.end_bits) << 26
            | 1 << 24
            | u32::from(resume.gob) << 20
            | u32::from(resume.address.saturating_sub(1)) << 15
            | u32::from(resume.quant) << 10
            | five(resume.vector_x) << 5
            | five(resume.vector_y);
        bits.to_be_bytes()
    }
}

/// A place where the bit stream of a picture may be cut.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    /// Bits from the start of the picture.
    pub bit: usize,
    /// What the payload that starts here says.
    pub resume: Resume,
}

/// MBA stuffing (H.261 table 1).
const STUFFING: u64 = 0b000_0000_1111;
const STUFFING_BITS: usize = 11;
/// Stuffing codes at the end of a payload. Decoders of the VIC family stop reading a payload with up
/// to 32 bits left and would lose the last macroblocks.
const STUFFINGS: usize = 3;

/// Cuts the first `end` bits of `octets` into payloads of at most `payload_max` octets, as long
/// as the bits between two cuts fit in one. `cuts` starts with the start of the picture.
pub fn split(octets: &[u8], end: usize, cuts: &[Cut], payload_max: usize) -> Vec<Bytes> {
    // The stuffing may begin within an octet.
    let room = (payload_max - HEADER_OCTETS - 1) * 8 - STUFFINGS * STUFFING_BITS;
    let size = |from: &Cut, to: usize| to.div_ceil(8) * 8 - from.bit / 8 * 8;
    let mut payloads = Vec::new();
    let mut first = 0;
    while first < cuts.len() {
        let start = &cuts[first];
        // The cut to end at: the last one that fits, or a start of a group that is far enough.
        let mut next = cuts.len();
        if size(start, end) > room {
            let fitting = (cuts[first + 1..].iter())
                .take_while(|cut| size(start, cut.bit) <= room)
                .count();
            next = first + fitting.max(1);
            let group = (first + 1..=next)
                .rev()
                .find(|&i| i < cuts.len() && cuts[i].resume.gob == 0);
            if let Some(group) = group.filter(|&i| size(start, cuts[i].bit) * 2 > room) {
                next = group;
            }
        }
        let stop = cuts.get(next).map_or(end, |cut| cut.bit);
        let stuffed = stop + STUFFINGS * STUFFING_BITS;
        let header = Header {
            start_bits: (start.bit % 8) as u8,
            end_bits: ((8 - stuffed % 8) % 8) as u8,
            resume: start.resume,
        };
        let mut payload = header.encode().to_vec();
        payload.extend_from_slice(&octets[start.bit / 8..stop.div_ceil(8)]);
        stuff(&mut payload, stop % 8);
        payloads.push(payload.into());
        first = next;
    }
    payloads
}

/// Appends the stuffing to `payload`, of whose last octet `used` bits count (0: all).
fn stuff(payload: &mut Vec<u8>, used: usize) {
    let last = if used == 0 {
        0
    } else {
        payload.pop().unwrap_or(0) >> (8 - used)
    };
    let codes = (0..STUFFINGS).fold(u64::from(last), |bits, _| bits << STUFFING_BITS | STUFFING);
    let count = used + STUFFINGS * STUFFING_BITS;
    let octets = (codes << (64 - count)).to_be_bytes();
    payload.extend_from_slice(&octets[..count.div_ceil(8)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_survives_and_matches_the_figure_of_the_rfc() {
        let header = Header {
            start_bits: 5,
            end_bits: 2,
            resume: Resume {
                gob: 12,
                address: 32,
                quant: 17,
                vector_x: -15,
                vector_y: 7,
            },
        };
        let mut payload = header.encode().to_vec();
        // 101 010 0 1  1100 1111|1 10001 10|001 00111
        assert_eq!(
            payload,
            [0b1010_1001, 0b1100_1111, 0b1100_0110, 0b0010_0111]
        );
        payload.extend([1, 2]);
        assert_eq!(Header::decode(&payload), Some((header, &[1, 2][..])));
    }

    #[test]
    fn a_payload_without_bits_is_refused() {
        let header = Header {
            start_bits: 4,
            end_bits: 4,
            ..Header::default()
        };
        let mut payload = header.encode().to_vec();
        assert_eq!(Header::decode(&payload[..3]), None);
        assert_eq!(Header::decode(&payload), None);
        payload.push(0);
        assert_eq!(Header::decode(&payload), None);
    }

    #[test]
    fn payloads_end_at_groups_where_that_wastes_little() {
        let cut = |bit, gob| Cut {
            bit,
            resume: Resume {
                gob,
                ..Resume::default()
            },
        };
        let octets = [0u8; 100];
        let cuts = [
            cut(0, 0),
            cut(130, 1),
            cut(180, 0),
            cut(230, 2),
            cut(500, 2),
        ];
        let payloads = split(&octets, 700, &cuts, HEADER_OCTETS + 46);
        let sizes: Vec<_> = payloads.iter().map(|p| p.len() - HEADER_OCTETS).collect();
        assert_eq!(sizes, [27, 11, 39, 30]);
        let (header, rest) = Header::decode(&payloads[1]).unwrap();
        assert_eq!((header.start_bits, header.end_bits), (4, 1));
        // Six bits of the picture, then three times 0000 0001 111.
        assert_eq!(
            rest[6..],
            [0, 0b0111, 0b1000_0000, 0b1111_0000, 0b0001_1110]
        );
    }
}

//! What a video packet begins, seen from its payload alone: where a decoder could start.
//!
//! H.264 says it in the NAL unit types (RFC 6184). In H.261 a picture is intra if all its macroblocks
//! are, which only decoding shows: the I bit of RFC 4587 §4.1 speaks of the whole stream, and
//! streams that carry it send only what moves.

use super::payload::h264::{FU_A, STAP_A, nal_unit_type};

/// H.264 Table 7-1: NAL unit types.
const SLICE: u8 = 1;
const REFRESH_SLICE: u8 = 5;
const SEQUENCE_SET: u8 = 7;
const PICTURE_SET: u8 = 8;
/// The first octet of a slice header whose `first_mb_in_slice` is 0 and whose `slice_type` is 7: all
/// slices of the picture are intra (H.264 Table 7-6).
const INTRA_SLICE_START: u8 = 0b1000_1000;

/// Whether an intra picture begins in this H.264 payload, or goes on.
pub fn is_intra_h264(payload: &[u8]) -> bool {
    match (nal_unit_type(payload), payload) {
        // RFC 6184 §5.8: only the first fragment has the start of the slice.
        (FU_A, &[_, header, ref part @ ..]) => {
            header & 0x80 != 0 && is_intra_slice(header & 0x1f, part.first())
        }
        (STAP_A, _) => {
            nal_units(payload).any(|unit| is_intra_slice(nal_unit_type(unit), unit.get(1)))
        }
        (kind, _) => is_intra_slice(kind, payload.get(1)),
    }
}

/// The parameter sets in this H.264 payload, which pictures long after it may need.
pub fn parameter_sets_h264(payload: &[u8]) -> impl Iterator<Item = &[u8]> {
    let may_hold = matches!(nal_unit_type(payload), SEQUENCE_SET | PICTURE_SET | STAP_A);
    let units = may_hold.then(|| nal_units(payload));
    (units.into_iter().flatten())
        .filter(|unit| matches!(nal_unit_type(unit), SEQUENCE_SET | PICTURE_SET))
}

fn is_intra_slice(kind: u8, start: Option<&u8>) -> bool {
    kind == REFRESH_SLICE || kind == SLICE && start == Some(&INTRA_SLICE_START)
}

/// The NAL units of an aggregate (RFC 6184 §5.7.1), or the only one.
fn nal_units(payload: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut single, mut rest) = match nal_unit_type(payload) {
        STAP_A => (None, &payload[1..]),
        _ => (Some(payload), &[][..]),
    };
    std::iter::from_fn(move || {
        if let Some(unit) = single.take() {
            return Some(unit);
        }
        let (size, after) = rest.split_first_chunk::<2>()?;
        let (unit, after) = after.split_at_checked(u16::from_be_bytes(*size).into())?;
        rest = after;
        Some(unit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intra_picture_is_seen_where_it_begins() {
        for intra in [
            &[0x65, 0x88][..],
            &[0x41, 0x88, 1],
            &[0x7c, 0x85, 0x88],
            &[0x7c, 0x81, 0x88],
            &[0x78, 0, 1, 0x67, 0, 2, 0x65, 0x88],
        ] {
            assert!(is_intra_h264(intra), "{intra:x?}");
        }
        for other in [
            &[][..],
            &[0x41, 0x9a],
            &[0x67, 1],
            &[0x7c, 0x05, 0x88],
            &[0x7c, 0x45, 0x88],
            &[0x7c, 0x81, 0x9a],
            &[0x7c],
            &[0x78, 0, 9, 0x65],
        ] {
            assert!(!is_intra_h264(other), "{other:x?}");
        }
    }

    #[test]
    fn parameter_sets_are_found_alone_and_in_aggregates() {
        let sets = |payload: &'static [u8]| parameter_sets_h264(payload).collect::<Vec<_>>();
        assert_eq!(sets(&[0x67, 1]), [&[0x67, 1]]);
        let aggregate = &[0x78, 0, 2, 0x67, 1, 0, 1, 0x06, 0, 2, 0x68, 2, 0, 9, 0x67];
        assert_eq!(sets(aggregate), [&[0x67, 1], &[0x68, 2]]);
        assert!(sets(&[0x65, 1]).is_empty());
        assert!(sets(&[]).is_empty());
    }

    #[test]
    fn octets_at_random_never_panic() {
        let mut rng = base::Rng::new(1);
        for _ in 0..50_000 {
            let octets: Vec<u8> = (0..rng.below(12)).map(|_| rng.next_u32() as u8).collect();
            is_intra_h264(&octets);
            parameter_sets_h264(&octets).for_each(drop);
        }
    }
}

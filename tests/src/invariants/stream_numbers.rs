//! I5 in packets: whichever node sends a stream, its source stays the same and its numbers rise, so that
//! a receiver goes on with it (RFC 3550 A.1).

use super::Verdict;
use replication::tcp::Ends;
use std::collections::BTreeMap;

/// Above that a receiver takes a jump for another source (RFC 3550 A.1).
const MAX_DROPOUT: u16 = 3000;

/// The last packet of each stream.
#[derive(Debug, Default)]
pub struct StreamNumbers {
    last: BTreeMap<Ends, (u32, u16)>,
}

impl StreamNumbers {
    /// A packet leaves on the stream that belongs to a connection.
    pub fn sent(&mut self, ends: Ends, ssrc: u32, number: u16) -> Verdict {
        let Some((known, last)) = self.last.insert(ends, (ssrc, number)) else {
            return Ok(());
        };
        let step = number.wrapping_sub(last);
        if known != ssrc {
            return Err(format!(
                "I5: the source of {} goes from {known:08x} to {ssrc:08x}",
                ends.peer
            ));
        }
        match step {
            1..=MAX_DROPOUT => Ok(()),
            _ => Err(format!(
                "I5: the numbers of {} go from {last} to {number}",
                ends.peer
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ends;
    use super::*;

    #[test]
    fn numbers_rise_and_sources_stay() {
        let mut numbers = StreamNumbers::default();
        assert_eq!(numbers.sent(ends(), 7, 65_535), Ok(()));
        assert_eq!(numbers.sent(ends(), 7, 1), Ok(()));
        assert_eq!(numbers.sent(ends(), 7, 3001), Ok(()));
        assert!(numbers.sent(ends(), 7, 3001).unwrap_err().starts_with("I5"));
        assert!(numbers.sent(ends(), 7, 3000).is_err(), "they fall");
        assert!(numbers.sent(ends(), 7, 6001).is_err(), "they jump");
        assert!(numbers.sent(ends(), 8, 6002).is_err(), "another source");
    }
}

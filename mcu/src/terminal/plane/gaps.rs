//! How long something that should keep happening did not happen.

use crate::terminal::report::{Gap, milliseconds};
use base::Instant;
use std::time::Duration;

/// Gaps that are remembered.
pub const GAPS_MAX: usize = 32;

/// The longest gaps between events.
#[derive(Debug, Clone, Default)]
pub struct Gaps {
    last: Option<Instant>,
    /// Start and length, longest first.
    longest: Vec<(Instant, Duration)>,
}

impl Gaps {
    /// It happened.
    pub fn mark(&mut self, now: Instant) {
        if let Some(last) = self.last.replace(now) {
            insert(&mut self.longest, last, now);
        }
    }

    /// Something else took from `from` to `to`.
    pub fn take(&mut self, from: Instant, to: Instant) {
        insert(&mut self.longest, from, to);
    }

    /// It is not expected to happen any more; what comes after this is no gap.
    pub fn end(&mut self, now: Instant) {
        if let Some(last) = self.last.take() {
            insert(&mut self.longest, last, now);
        }
    }

    /// The longest gaps, longest first, with the one that lasts until `now`.
    pub fn report(&self, now: Instant) -> Vec<Gap> {
        let mut longest = self.longest.clone();
        if let Some(last) = self.last {
            insert(&mut longest, last, now);
        }
        let gap = |&(start, length): &(Instant, Duration)| Gap {
            start_unix_ms: start.as_nanos() / 1_000_000,
            length_ms: milliseconds(length),
        };
        longest.iter().map(gap).collect()
    }
}

fn insert(longest: &mut Vec<(Instant, Duration)>, from: Instant, to: Instant) {
    let length = to.since(from);
    let at = longest.partition_point(|&(_, other)| other >= length);
    if at < GAPS_MAX {
        longest.truncate(GAPS_MAX - 1);
        longest.insert(at, (from, length));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_gaps_are_kept_in_order() {
        let mut gaps = Gaps::default();
        let mut at = 1000;
        for length in (1..=100).chain([7; 100]) {
            gaps.mark(Instant::from_millis(at));
            at += length;
        }
        gaps.mark(Instant::from_millis(at));
        let report = gaps.report(Instant::from_millis(at + 98));
        assert_eq!(report.len(), GAPS_MAX);
        let lengths: Vec<f64> = report.iter().map(|gap| gap.length_ms).collect();
        assert_eq!(lengths[..5], [100.0, 99.0, 98.0, 98.0, 97.0]);
        assert_eq!(report[0].start_unix_ms, 1000 + 99 * 100 / 2);
    }

    #[test]
    fn a_pause_that_was_agreed_is_no_gap() {
        let mut gaps = Gaps::default();
        gaps.mark(Instant::from_millis(0));
        gaps.end(Instant::from_millis(20));
        gaps.mark(Instant::from_millis(9000));
        gaps.mark(Instant::from_millis(9030));
        let lengths: Vec<f64> = (gaps.report(Instant::from_millis(9030)).iter())
            .map(|gap| gap.length_ms)
            .collect();
        assert_eq!(lengths, [30.0, 20.0, 0.0]);
    }
}

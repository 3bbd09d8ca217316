//! Records on their way to the backup.

use base::{Instant, LogIndex};
use std::collections::VecDeque;

/// Records that the backup has not acknowledged.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    records: VecDeque<Sent>,
    octets: usize,
}

#[derive(Debug)]
struct Sent {
    index: LogIndex,
    at: Instant,
    /// Octets of a client that it tells of.
    octets: usize,
}

impl InFlight {
    pub(super) fn sent(&mut self, index: LogIndex, at: Instant, octets: usize) {
        self.records.push_back(Sent { index, at, octets });
        self.octets += octets;
    }

    /// Every record up to `index` has arrived.
    pub(super) fn acknowledged(&mut self, index: LogIndex) {
        while self.records.front().is_some_and(|sent| sent.index <= index)
            && let Some(sent) = self.records.pop_front()
        {
            self.octets -= sent.octets;
        }
    }

    pub(super) fn clear(&mut self) {
        *self = InFlight::default();
    }

    pub(super) fn records(&self) -> usize {
        self.records.len()
    }

    /// Octets of clients that the records tell of.
    pub(super) fn octets(&self) -> usize {
        self.octets
    }

    /// When the oldest was sent.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.records.front().map(|sent| sent.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_acknowledged_is_not_in_flight() {
        let (mut in_flight, at) = (InFlight::default(), Instant::from_millis);
        for index in 1..=4 {
            in_flight.sent(LogIndex(index), at(index), 10);
        }
        in_flight.acknowledged(LogIndex(2));
        assert_eq!((in_flight.records(), in_flight.octets()), (2, 20));
        assert_eq!(in_flight.oldest(), Some(at(3)));
        in_flight.acknowledged(LogIndex(9));
        assert_eq!((in_flight.records(), in_flight.octets()), (0, 0));
        assert_eq!(in_flight.oldest(), None);
    }
}

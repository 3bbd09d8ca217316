//! I2: nothing an event causes is visible outside the pair before the backup holds that event, and
//! what clients have seen is what the surviving core has said.

use super::Verdict;
use base::LogIndex;
use replication::tcp::Ends;
use std::collections::BTreeMap;

/// What the core has said on one connection.
#[derive(Debug, Default)]
struct Stream {
    octets: Vec<u8>,
    /// Which record had the core say it, and where that part ends.
    parts: Vec<(LogIndex, u64)>,
    /// How far anybody outside has seen it.
    seen: u64,
}

/// What the core has said on all connections, and who has seen it.
#[derive(Debug, Default)]
pub struct OutputCommit {
    streams: BTreeMap<Ends, Stream>,
    /// Up to here it is known what the core says; a node that says it again says the same (I3).
    told: LogIndex,
}

impl OutputCommit {
    /// Handling `index` made a core say this. Tell records in order, those without a word too.
    pub fn said<'o>(
        &mut self,
        index: LogIndex,
        outputs: impl IntoIterator<Item = (Ends, &'o [u8])>,
    ) {
        if index <= self.told {
            return;
        }
        self.told = index;
        for (ends, octets) in outputs {
            let stream = self.streams.entry(ends).or_default();
            stream.octets.extend_from_slice(octets);
            stream.parts.push((index, stream.octets.len() as u64));
        }
    }

    /// A node sends a segment outside while the other holds the log up to `held`.
    pub fn sent(&mut self, ends: Ends, offset: u64, octets: &[u8], held: LogIndex) -> Verdict {
        if octets.is_empty() {
            return Ok(());
        }
        let Some(stream) = self.streams.get_mut(&ends) else {
            return Err(format!("I2: {} is told what no core has said", ends.peer));
        };
        let end = offset + octets.len() as u64;
        let said = stream.octets.get(offset as usize..end as usize);
        if said != Some(octets) {
            return Err(format!(
                "I2: {} is told octets {offset} to {end} of {}, which differ from what the core has said",
                ends.peer,
                stream.octets.len()
            ));
        }
        let cause = (stream.parts.iter())
            .find(|(_, until)| *until >= end)
            .map_or(LogIndex::default(), |(index, _)| *index);
        stream.seen = stream.seen.max(end);
        if cause > held {
            return Err(format!(
                "I2: {} is told octets up to {end}, caused by record {cause}, while the backup holds {held}",
                ends.peer
            ));
        }
        Ok(())
    }

    /// A node has taken over that holds no record beyond `index`. What clients have seen must be a
    /// part of what is left.
    pub fn reign(&mut self, index: LogIndex) -> Verdict {
        self.told = self.told.min(index);
        let mut verdict = Ok(());
        for (ends, stream) in &mut self.streams {
            stream.parts.retain(|(cause, _)| *cause <= index);
            let left = stream.parts.last().map_or(0, |(_, end)| *end);
            stream.octets.truncate(left as usize);
            if stream.seen > left {
                verdict = Err(format!(
                    "I2: {} has seen octets up to {}, the new primary knows {left}",
                    ends.peer, stream.seen
                ));
            }
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::super::ends;
    use super::*;

    fn said() -> OutputCommit {
        let mut commit = OutputCommit::default();
        commit.said(LogIndex(1), [(ends(), &b"one"[..])]);
        commit.said(LogIndex(2), [(ends(), &b"two"[..])]);
        commit
    }

    #[test]
    fn what_the_backup_does_not_hold_may_not_be_sent() {
        let mut commit = said();
        assert_eq!(commit.sent(ends(), 0, b"one", LogIndex(1)), Ok(()));
        let early = commit.sent(ends(), 2, b"et", LogIndex(1));
        assert!(early.unwrap_err().starts_with("I2"));
        assert_eq!(commit.sent(ends(), 2, b"et", LogIndex(2)), Ok(()));
        let other = commit.sent(ends(), 0, b"two", LogIndex(2));
        assert!(other.unwrap_err().starts_with("I2"));
        assert_eq!(commit.sent(ends(), 3, b"two", LogIndex(2)), Ok(()));
    }

    #[test]
    fn what_was_seen_may_not_be_lost_by_a_takeover() {
        let mut commit = said();
        assert_eq!(commit.sent(ends(), 0, b"one", LogIndex(2)), Ok(()));
        assert_eq!(commit.reign(LogIndex(1)), Ok(()));
        // Another history from there on.
        commit.said(LogIndex(2), [(ends(), &b"TWO"[..])]);
        assert_eq!(commit.sent(ends(), 3, b"TWO", LogIndex(2)), Ok(()));
        assert!(commit.reign(LogIndex(1)).unwrap_err().starts_with("I2"));
    }
}

//! I3: a core's state and outputs are a function of the log; both nodes' digests say so.

use super::Verdict;
use base::LogIndex;
use std::collections::BTreeMap;

/// The digest after each record, as the first node told it.
#[derive(Debug, Default)]
pub struct Determinism {
    digests: BTreeMap<LogIndex, u64>,
    compared: u64,
}

impl Determinism {
    /// A node has handled the record `index`; this is its digest now.
    pub fn handled(&mut self, node: u8, index: LogIndex, digest: u64) -> Verdict {
        match self.digests.insert(index, digest) {
            Some(other) if other != digest => Err(format!(
                "I3: after record {index} the digest is {digest:016x} on node {node} and was {other:016x} on the other"
            )),
            Some(_) => {
                self.compared += 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A node has taken over that holds no record beyond `index`: what another made of later ones is
    /// history that never was.
    pub fn reign(&mut self, index: LogIndex) {
        self.digests.split_off(&LogIndex(index.0 + 1));
    }

    /// Records that two nodes have handled.
    pub fn compared(&self) -> u64 {
        self.compared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digests_of_one_record_are_a_breach() {
        let mut determinism = Determinism::default();
        assert_eq!(determinism.handled(0, LogIndex(1), 7), Ok(()));
        assert_eq!(determinism.handled(0, LogIndex(2), 8), Ok(()));
        assert_eq!(determinism.handled(1, LogIndex(1), 7), Ok(()));
        assert_eq!(determinism.compared(), 1);
        assert!(
            determinism
                .handled(1, LogIndex(2), 9)
                .unwrap_err()
                .starts_with("I3")
        );
    }

    #[test]
    fn a_record_that_died_with_its_node_never_was() {
        let mut determinism = Determinism::default();
        assert_eq!(determinism.handled(0, LogIndex(2), 8), Ok(()));
        determinism.reign(LogIndex(1));
        assert_eq!(determinism.handled(1, LogIndex(2), 9), Ok(()));
    }
}

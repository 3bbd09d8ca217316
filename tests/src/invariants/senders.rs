//! I4 and I6 in time: at every moment one node at most may say anything to clients, and only that one does.

use super::Verdict;
use replication::failover::Epoch;
use std::collections::BTreeMap;

/// Which nodes may send.
#[derive(Debug, Default)]
pub struct Senders {
    may: BTreeMap<u8, Epoch>,
}

impl Senders {
    /// From now on a node may send in this reign, or (`None`) may not.
    pub fn may(&mut self, node: u8, epoch: Option<Epoch>) -> Verdict {
        let Some(epoch) = epoch else {
            self.may.remove(&node);
            return Ok(());
        };
        self.may.insert(node, epoch);
        match self.may.iter().find(|(other, _)| **other != node) {
            Some((other, theirs)) => Err(format!(
                "I6: node {node} may send in epoch {epoch} while node {other} may in epoch {theirs}"
            )),
            None => Ok(()),
        }
    }

    /// A node sends something to a client.
    pub fn sends(&self, node: u8, may: bool) -> Verdict {
        match may {
            true => Ok(()),
            false => Err(format!("I4: node {node} sends without the right to")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_that_may_send_are_a_breach_in_whatever_reign() {
        let mut senders = Senders::default();
        assert_eq!(senders.may(0, Some(Epoch(1))), Ok(()));
        assert_eq!(senders.may(0, Some(Epoch(2))), Ok(()));
        assert!(
            senders
                .may(1, Some(Epoch(3)))
                .unwrap_err()
                .starts_with("I6")
        );
        assert_eq!(senders.may(1, None), Ok(()));
        assert_eq!(senders.may(0, None), Ok(()));
        assert_eq!(senders.may(1, Some(Epoch(3))), Ok(()));
    }

    #[test]
    fn who_may_not_send_must_not() {
        let senders = Senders::default();
        assert_eq!(senders.sends(0, true), Ok(()));
        assert!(senders.sends(0, false).unwrap_err().starts_with("I4"));
    }
}

//! I6: at most one node serves in an epoch, and epochs rise.

use super::Verdict;
use replication::failover::Epoch;
use std::collections::BTreeMap;

/// Who has served when.
#[derive(Debug, Default)]
pub struct OneOwner {
    reigns: BTreeMap<Epoch, u8>,
    last: BTreeMap<u8, Epoch>,
}

impl OneOwner {
    /// A node serves in this epoch (and is not suspended), or does not and belongs to it. `node` is a number for life: a
    /// host that starts again gets another.
    pub fn is(&mut self, node: u8, serves: bool, epoch: Epoch) -> Verdict {
        let last = self.last.entry(node).or_insert(epoch);
        if epoch < *last {
            return Err(format!("I6: node {node} goes from epoch {last} to {epoch}"));
        }
        *last = epoch;
        if !serves {
            return Ok(());
        }
        let latest = self.reigns.last_key_value().map(|(epoch, _)| *epoch);
        let owner = *self.reigns.entry(epoch).or_insert(node);
        if owner != node {
            return Err(format!(
                "I6: nodes {owner} and {node} serve in epoch {epoch}"
            ));
        }
        match latest {
            Some(latest) if epoch < latest => Err(format!(
                "I6: node {node} serves in epoch {epoch} though {latest} has begun"
            )),
            _ => Ok(()),
        }
    }

    /// How many reigns there have been.
    pub fn reigns(&self) -> usize {
        self.reigns.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_owners_of_an_epoch_and_falling_epochs_are_breaches() {
        let mut owner = OneOwner::default();
        assert_eq!(owner.is(0, true, Epoch(1)), Ok(()));
        assert_eq!(owner.is(1, false, Epoch(1)), Ok(()));
        assert!(owner.is(1, true, Epoch(1)).unwrap_err().starts_with("I6"));
        assert_eq!(owner.is(1, true, Epoch(2)), Ok(()));
        assert!(owner.is(0, true, Epoch(1)).is_err(), "its reign is over");
        assert_eq!(owner.is(0, false, Epoch(1)), Ok(()));
        assert!(owner.is(1, true, Epoch(1)).is_err(), "an epoch falls");
        assert_eq!(owner.reigns(), 2);
    }
}

//! I1: a byte the client's TCP has seen acknowledged is known to the backup.

use super::Verdict;
use replication::tcp::Ends;
use std::collections::BTreeMap;

/// How far each client's octets are acknowledged.
#[derive(Debug, Default)]
pub struct InputSafety {
    acknowledged: BTreeMap<Ends, u64>,
}

impl InputSafety {
    /// The client's TCP has seen its stream acknowledged up to `offset`.
    pub fn acknowledged(&mut self, ends: Ends, offset: u64) {
        let most = self.acknowledged.entry(ends).or_default();
        *most = offset.max(*most);
    }

    /// The client has given the connection up.
    pub fn over(&mut self, ends: Ends) {
        self.acknowledged.remove(&ends);
    }

    /// The backup, or the node that takes over, knows the stream up to `offset`.
    pub fn known(&self, ends: Ends, offset: u64) -> Verdict {
        match self.acknowledged.get(&ends) {
            Some(&acknowledged) if acknowledged > offset => Err(format!(
                "I1: {} was told that its octets up to {acknowledged} have arrived, the backup knows {offset}",
                ends.peer
            )),
            _ => Ok(()),
        }
    }

    /// Connections of which clients have seen anything acknowledged.
    pub fn connections(&self) -> impl Iterator<Item = (Ends, u64)> {
        (self.acknowledged.iter()).map(|(ends, offset)| (*ends, *offset))
    }
}

#[cfg(test)]
mod tests {
    use super::super::ends;
    use super::*;

    #[test]
    fn an_octet_acknowledged_and_unknown_is_a_breach() {
        let mut safety = InputSafety::default();
        safety.acknowledged(ends(), 100);
        assert_eq!(safety.known(ends(), 100), Ok(()));
        assert!(safety.known(ends(), 99).unwrap_err().starts_with("I1"));
        safety.over(ends());
        assert_eq!(safety.known(ends(), 0), Ok(()));
    }
}

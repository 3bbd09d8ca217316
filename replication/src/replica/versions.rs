//! What nodes of different builds have in common.

use serde::{Deserialize, Serialize};

/// The messages between nodes as this build has them.
#[cfg(not(any(feature = "next-version", feature = "far-version")))]
pub const LINK: Versions = Versions::new(4, 4);
/// A build to come that understands this one, for tests of an upgrade.
#[cfg(all(feature = "next-version", not(feature = "far-version")))]
pub const LINK: Versions = Versions::new(5, 4);
/// One that does not any more.
#[cfg(feature = "far-version")]
pub const LINK: Versions = Versions::new(6, 6);

/// The versions of something that a build has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// The latest.
    pub newest: u16,
    /// The first that it still has, not later than that.
    pub oldest: u16,
}

impl Versions {
    /// All from `oldest` to `newest`.
    pub const fn new(newest: u16, oldest: u16) -> Self {
        Versions { newest, oldest }
    }

    /// One alone.
    pub const fn only(version: u16) -> Self {
        Versions::new(version, version)
    }

    /// The latest that both have. If there is none, what the operator can do, where `what` is what differs.
    pub fn agree(self, theirs: Versions, what: &str) -> Result<u16, String> {
        let agreed = self.newest.min(theirs.newest);
        if agreed >= self.oldest.max(theirs.oldest) {
            return Ok(agreed);
        }
        let (older, newer, node) = match self.newest < theirs.newest {
            true => (self, theirs, "this node"),
            false => (theirs, self, "the other node"),
        };
        Err(format!(
            "{what}: {node} has version {}, and its partner has none before {}; upgrade {node} first, to a \
             build that has version {}",
            older.newest, newer.oldest, newer.oldest
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_that_overlap_agree_on_the_latest_that_both_have() {
        let agreed = |ours: (u16, u16), theirs: (u16, u16)| {
            let [ours, theirs] =
                [ours, theirs].map(|(newest, oldest)| Versions::new(newest, oldest));
            let agreed = ours.agree(theirs, "link").ok();
            assert_eq!(agreed, theirs.agree(ours, "link").ok());
            agreed
        };
        assert_eq!(agreed((4, 4), (4, 4)), Some(4));
        assert_eq!(agreed((4, 4), (5, 4)), Some(4));
        assert_eq!(agreed((5, 3), (7, 5)), Some(5));
        assert_eq!(agreed((4, 4), (6, 5)), None);
    }

    #[test]
    fn both_nodes_name_the_one_to_upgrade() {
        let (old, new) = (Versions::only(4), Versions::only(6));
        let at_old = old.agree(new, "the link").unwrap_err();
        assert!(at_old.contains("upgrade this node first"), "{at_old}");
        let at_new = new.agree(old, "the link").unwrap_err();
        assert!(at_new.contains("upgrade the other node first"), "{at_new}");
        for text in [at_old, at_new] {
            assert!(text.contains("has version 4"), "{text}");
            assert!(text.contains("none before 6"), "{text}");
        }
    }
}

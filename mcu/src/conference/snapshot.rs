//! The server's whole state as octets, for a backup that was not there from the beginning.
//!
//! A version, a check of the rest, and the state in postcard's form. The rules are not part of it:
//! each host has its own configuration, which is to be the same. The rules of each room are, since
//! an operator may have changed them.

use super::Server;
use replication::core::{Replicated, SnapshotError};
use replication::log::Digest;

/// The first octet of a snapshot. It changes with the state's fields.
pub const SNAPSHOT_VERSION: u8 = 2;
/// Octets of the check.
const CHECK_OCTETS: usize = size_of::<u64>();

impl Replicated for Server {
    fn digest(&self) -> u64 {
        self.digest.value()
    }

    fn snapshot(&self) -> Vec<u8> {
        debug_assert!(
            self.outputs.is_empty(),
            "outputs are drained before a snapshot"
        );
        // The check comes before the state, and is known after it.
        let head = [&[SNAPSHOT_VERSION], &[0; CHECK_OCTETS][..]].concat();
        let mut snapshot =
            postcard::to_extend(self, head).expect("every part of the state has a form");
        let (head, state) = snapshot.split_at_mut(1 + CHECK_OCTETS);
        head[1..].copy_from_slice(&check(state).to_le_bytes());
        snapshot
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let damaged = |what: String| Err(SnapshotError(what));
        let Some((version, rest)) = snapshot.split_first() else {
            return damaged("it is empty".into());
        };
        if *version != SNAPSHOT_VERSION {
            return damaged(format!(
                "it is of version {version} and this program reads {SNAPSHOT_VERSION}; \
                 run the same program on both hosts"
            ));
        }
        let Some((expected, state)) = rest.split_first_chunk() else {
            return damaged("it ends early".into());
        };
        if check(state) != u64::from_le_bytes(*expected) {
            return damaged("it was damaged on its way, its check fails".into());
        }
        let mut restored = match postcard::take_from_bytes::<Server>(state) {
            Ok((restored, [])) => restored,
            Ok((_, more)) => {
                return damaged(format!("{} octets too many follow the state", more.len()));
            }
            Err(error) => return damaged(format!("it does not say a server's state: {error}")),
        };
        std::mem::swap(&mut restored.rules, &mut self.rules);
        *self = restored;
        Ok(())
    }
}

fn check(state: &[u8]) -> u64 {
    let mut digest = Digest::default();
    digest.octets(state);
    digest.value()
}

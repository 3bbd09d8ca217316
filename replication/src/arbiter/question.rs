//! What a node asks the arbiter, and what it says.

use crate::failover::Epoch;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A right that the arbiter has granted lasts so long from the moment it was asked for.
pub const LEASE: Duration = Duration::from_secs(2);

/// In a refusal, the number of no node: nothing is granted yet.
pub const NOBODY: u8 = 0;

/// What a node asks the arbiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// The asker holds the state of the reign before: may it begin this one?
    Claim {
        /// The reign it would begin.
        epoch: Epoch,
    },
    /// The asker has no state and sees nobody serve: may it begin at all?
    ClaimFresh,
    /// The asker reigns in this epoch and goes on.
    Keep {
        /// Its reign.
        epoch: Epoch,
    },
}

/// What the arbiter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// The asker reigns in this epoch.
    Granted(Epoch),
    /// It does not: this node has the later or equal reign, or nothing is granted yet.
    Refused {
        /// The last reign that the arbiter knows of.
        epoch: Epoch,
        /// The number of the node that has it, or [`NOBODY`].
        node: u8,
        /// The process of that node, which may be dead: differs with every start of it.
        boot: u64,
        /// It began without state.
        fresh: bool,
    },
}

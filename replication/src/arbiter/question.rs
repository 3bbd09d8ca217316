//! What nodes ask an arbiter, and what it says.

use crate::failover::Epoch;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a node that serves alone may go on after it asked the question that was granted last.
pub const LEASE: Duration = Duration::from_secs(2);

/// What a node asks the arbiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// The asker holds the state of the reign before: may it begin this one?
    Claim {
        /// The reign.
        epoch: Epoch,
    },
    /// The asker has no state and sees nobody serve: may it begin at all?
    ClaimFresh,
    /// The asker reigns in this epoch and goes on.
    Keep {
        /// The reign.
        epoch: Epoch,
    },
}

/// What the arbiter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// The asker reigns in this epoch.
    Granted(Epoch),
    /// It does not: this node has this reign, or nothing is granted yet.
    Refused {
        /// The reign on record.
        epoch: Epoch,
        /// The number of the node that has it.
        node: u8,
    },
}

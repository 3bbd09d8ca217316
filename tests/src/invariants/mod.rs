//! What must hold of a pair at every moment, each with a checker of its own. A checker is told facts
//! and says which of them cannot be; where the facts come from (simulation, lab) is nothing to it.
//!
//! | file | invariant |
//! |---|---|
//! | `input_safety` | I1: what a client's TCP has seen acknowledged is known to the backup |
//! | `output_commit` | I2: nothing is visible outside before the backup holds what caused it |
//! | `determinism` | I3: a core's state and outputs are a function of the log |
//! | `silence` | I4: only the node that serves says anything to clients |
//! | `media_continuity` | I5: a stream has one identity for life, whichever node sends it |
//! | `stream_numbers` | I5: its packets' numbers rise, without a jump |
//! | `one_owner` | I6: one node serves in an epoch, and epochs rise |
//! | `senders` | I4 and I6: one node at a time may send, and only that one does |

mod determinism;
mod input_safety;
mod media_continuity;
mod one_owner;
mod output_commit;
mod senders;
mod silence;
mod stream_numbers;

pub use determinism::Determinism;
pub use input_safety::InputSafety;
pub use media_continuity::MediaContinuity;
pub use one_owner::OneOwner;
pub use output_commit::OutputCommit;
pub use senders::Senders;
pub use silence::{Silence, Voice};
pub use stream_numbers::StreamNumbers;

/// A fact that cannot be: which, in words.
pub type Verdict = Result<(), String>;

/// Some connection, for the tests of the checkers.
#[cfg(test)]
fn ends() -> replication::tcp::Ends {
    replication::tcp::Ends {
        local: ([10, 0, 0, 1], 1720).into(),
        peer: ([10, 0, 0, 10], 40_000).into(),
    }
}

//! The H.225.0 call: its states, its timers, and what a release says.

pub mod cause;
pub mod state;
pub mod timers;

pub use cause::{Refusal, ReleaseCause};
pub use state::CallState;

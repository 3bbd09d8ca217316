//! The event log: what a record says, how an input becomes one, and how copies are compared.

mod digest;
mod record;

pub use digest::Digest;
pub use record::{Logged, Record};

//! Who reigns: roles and epochs.

pub mod membership;
mod role;
mod timeline;

pub use membership::Membership;
pub use role::{Epoch, Event, Role};
pub use timeline::{Step, Timeline};

//! Who reigns: roles and epochs.

mod role;
mod timeline;

pub use role::{Epoch, Event, Role};
pub use timeline::{Step, Timeline};

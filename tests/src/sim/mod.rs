//! Whole conferences in virtual time: one thread, no sockets, no sleeping.

mod machine;
mod world;

pub use machine::{Machine, Notebook};
pub use world::World;

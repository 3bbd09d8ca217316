//! Whole conferences in virtual time: one thread, no sockets, no sleeping.

mod capture;
mod machine;
mod world;

pub use capture::Capture;
pub use machine::{AnyCore, AnyPlane, Machine, Notebook};
pub use world::World;

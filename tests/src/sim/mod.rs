//! Whole conferences in virtual time: one thread, no sockets, no sleeping.

mod capture;
mod client;
pub mod cluster;
mod machine;
mod mirrored;
mod node;
mod pair;
mod points;
mod succession;
mod tcp;
mod watched;
mod world;

pub use capture::Capture;
pub use machine::{AnyCore, AnyPlane, Machine, Notebook};
pub use mirrored::Mirrored;
pub use pair::{Death, Fault, Finding, Loss, Pair, Side, Sign, Victim, service};
pub use points::{Runs, every_point};
pub use succession::{Sent, Succession};
pub use world::World;

//! What scenarios are made of: a simulated network with the real cores and media planes in
//! it, and the same over real sockets.

pub mod conference;
pub mod invariants;
pub mod real;
pub mod sim;

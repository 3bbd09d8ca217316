//! What scenarios are made of: a simulated network with the real cores and media planes in it.

pub mod conference;
pub mod sim;

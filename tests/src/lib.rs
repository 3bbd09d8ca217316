//! What scenarios are made of: a simulated network with the real cores and media planes in it, and
//! a lab of real processes.

pub mod sim;

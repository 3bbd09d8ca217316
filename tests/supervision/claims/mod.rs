//! What is claimed.

pub mod descriptors;
pub mod disk;
pub mod hang;
pub mod memory;

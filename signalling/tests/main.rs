//! The wire formats against messages of other implementations, and against bad input.

mod data;
mod hostile;
mod memory;
mod vectors;

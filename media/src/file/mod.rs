//! Files that a person opens: WAV, Y4M, PNG.

pub mod png;
pub mod wav;
pub mod y4m;

//! Files that a person opens: WAV, Y4M, PNG.

pub mod wav;

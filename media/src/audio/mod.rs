//! Mixing, levels, resampling, concealment and test tones. A frame is 20 ms of one channel.

pub mod conceal;

//! Mixing, levels, resampling and test tones.

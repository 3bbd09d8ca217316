//! Encoder against decoder.

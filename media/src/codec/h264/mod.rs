//! H.264 (ITU-T H.264, 2019 numbering) by way of crates.
//!
//! Pictures are encoded by openh264 as constrained baseline, and decoded by rusty_h264, which has
//! no `unsafe`, or by openh264. What the crates do not do is here: parameter sets are checked
//! before a decoder sees them, lost references stop the picture until an intra picture comes, and
//! reordered pictures (B slices) are put in order again.
//!
//! Omitted: interlaced pictures, slice groups, data partitions, more than 8 bits, other than 4:2:0.

mod bits;
mod decoder;
mod encoder;
mod engine;
mod level;
mod parameter_sets;
mod reorder;
mod slice;
#[cfg(test)]
mod tests;

pub use decoder::H264Decoder;
pub use encoder::{EncoderError, H264Encoder, PAYLOAD_MIN};
pub use engine::Engine;
pub use level::Level;
pub use parameter_sets::SequenceParameterSet;

//! H.261 (ITU-T H.261 03/93), encoder and decoder, QCIF and CIF.
//!
//! A picture is cut into groups of blocks of 33 macroblocks of 16×16 samples. A macroblock is
//! coded alone (INTRA) or as a difference from the previous picture, displaced by whole samples
//! and optionally smoothed (INTER); what did not change is not sent. Clauses cited in this folder
//! are those of the 03/93 edition.

mod bits;
mod block;
mod canvas;
mod dct;
mod decoder;
mod elementary;
mod encoder;
mod macroblock;
mod motion;
mod rate;
mod tables;
#[cfg(test)]
mod tests;

pub use decoder::H261Decoder;
pub use elementary::{join, split_elementary};
pub use encoder::{H261Encoder, PAYLOAD_OCTETS_DEFAULT, PAYLOAD_OCTETS_MIN};

/// Bits of a picture start code, 0000 0000 0000 0001 0000: a group start code with number 0.
const PICTURE_START_BITS: u32 = 20;
/// Bits of the start code of pictures and groups before the number: fifteen zeros and a one.
const START_BITS: u32 = 16;
/// Value of [`START_BITS`] bits of a start code.
const START_CODE: u32 = 1;

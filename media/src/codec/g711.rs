//! G.711 A-law and µ-law (ITU-T G.711), as the reference programs of ITU-T G.191 do them.
//!
//! Arithmetic, not tables, which the compiler turns into vector instructions. Both laws are a small
//! floating point format (3 bits of exponent, 4 of mantissa), so when encoding the bits of an `f32`
//! hold the code word already.

use super::ffi::widest;

/// Added to the magnitude before µ-law coding: 33 units of 14 bits (G.711 Table 2a).
const ULAW_BIAS: i16 = 33 << 2;
/// The largest magnitude of µ-law (G.711 Table 2a, clipping).
const ULAW_CLIP: i16 = i16::MAX - ULAW_BIAS;
/// G.711 §3.2: every second bit of an A-law code word is inverted on the line.
const ALAW_INVERT: u8 = 0x55;
/// Below this 12-bit magnitude, A-law is linear (G.711 Table 1a, segments 1 and 2).
const ALAW_LINEAR: i16 = 32;
/// Where four bits of mantissa end in an `f32`.
const MANTISSA_SHIFT: u32 = 19;
/// Exponent of an `f32` that is 1.
const F32_BIAS: u32 = 127;

/// Appends the µ-law code words of `samples` (16-bit scale) to `out`.
pub fn encode_ulaw(samples: &[i16], out: &mut Vec<u8>) {
    let code = |&sample: &i16| {
        let magnitude = (sample ^ (sample >> 15)).min(ULAW_CLIP);
        let code = float_code(magnitude + ULAW_BIAS, 7);
        // A set sign bit means positive, and all bits are inverted on the line.
        let negative = (sample >> 15) as u8 & 0x80;
        !(code | negative)
    };
    widest!(out.extend(samples.iter().map(code)));
}

/// Appends the A-law code words of `samples` (16-bit scale) to `out`.
pub fn encode_alaw(samples: &[i16], out: &mut Vec<u8>) {
    let code = |&sample: &i16| {
        let magnitude = (sample ^ (sample >> 15)) >> 4;
        let code = if magnitude < ALAW_LINEAR {
            magnitude as u8
        } else {
            float_code(magnitude, 3)
        };
        let positive = !(sample >> 15) as u8 & 0x80;
        (code | positive) ^ ALAW_INVERT
    };
    widest!(out.extend(samples.iter().map(code)));
}

/// Appends the samples (16-bit scale) of µ-law `octets` to `out`.
pub fn decode_ulaw(octets: &[u8], out: &mut Vec<i16>) {
    widest!(out.extend(octets.iter().map(|&octet| ulaw_value(octet))));
}

/// Appends the samples (16-bit scale) of A-law `octets` to `out`.
pub fn decode_alaw(octets: &[u8], out: &mut Vec<i16>) {
    widest!(out.extend(octets.iter().map(|&octet| alaw_value(octet))));
}

/// Exponent (less `exponent_base`) and four bits of mantissa of `magnitude`, truncated.
fn float_code(magnitude: i16, exponent_base: u32) -> u8 {
    let bits = f32::from(magnitude).to_bits() >> MANTISSA_SHIFT;
    bits.wrapping_sub((F32_BIAS + exponent_base) << 4) as u8
}

fn ulaw_value(octet: u8) -> i16 {
    let code = i32::from(!octet);
    let magnitude = ((((code & 15) * 2 + 33) << (code >> 4 & 7)) - 33) * 4;
    signed(magnitude, code & 0x80 != 0)
}

fn alaw_value(octet: u8) -> i16 {
    let code = i32::from(octet ^ ALAW_INVERT);
    let (exponent, mantissa) = (code >> 4 & 7, code & 15);
    // Exponent 0 has no hidden bit, and the scale of exponent 1.
    let hidden = if exponent == 0 { 0 } else { 0x100 };
    let magnitude = (mantissa * 16 + 8 + hidden) << (exponent - 1).max(0);
    signed(magnitude, code & 0x80 == 0)
}

fn signed(magnitude: i32, negative: bool) -> i16 {
    let mask = -i32::from(negative);
    ((magnitude ^ mask) - mask) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    type Encode = fn(&[i16], &mut Vec<u8>);
    type Decode = fn(&[u8], &mut Vec<i16>);

    #[test]
    fn every_code_word_survives_a_round_trip() {
        let laws: [(Encode, Decode); 2] = [(encode_ulaw, decode_ulaw), (encode_alaw, decode_alaw)];
        for (encode, decode) in laws {
            let words: Vec<u8> = (0..=255).collect();
            let (mut sound, mut again) = (Vec::new(), Vec::new());
            decode(&words, &mut sound);
            encode(&sound, &mut again);
            for (&word, &other) in words.iter().zip(&again) {
                // µ-law has a negative zero, which comes back as zero.
                assert!(
                    other == word || (word, other) == (0x7f, 0xff),
                    "{word:#x} {other:#x}"
                );
            }
        }
    }

    #[test]
    fn limits_and_decision_levels_are_those_of_the_tables() {
        let (mut ulaw, mut alaw) = (Vec::new(), Vec::new());
        // G.711 Table 2a: the first levels are 1, 3 and 31 units of 14 bits; Table 1a: 1 of 13.
        encode_ulaw(&[0, 3, 4, 11, 12, 123, 124, 32767, -32768], &mut ulaw);
        assert_eq!(ulaw, [0xff, 0xff, 0xfe, 0xfe, 0xfd, 0xf0, 0xef, 0x80, 0x00]);
        encode_alaw(&[0, 15, 16, -1, 32767, -32768], &mut alaw);
        assert_eq!(alaw, [0xd5, 0xd5, 0xd4, 0x55, 0xaa, 0x2a]);
    }
}

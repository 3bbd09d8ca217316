//! A rolling digest: two nodes that took in the same values, in the same order, have the same one.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Odd, with no pattern in its bits (2^64 divided by the golden ratio).
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
/// Distinguishes octets, words and texts that would be the same numbers.
const OCTETS: u64 = 0xff51_afd7_ed55_8ccd;

/// 64 bits over everything taken in so far. It finds bugs, not forgers: it is cheap, not a
/// cryptographic hash.
///
/// A step is a bijection of the digest so far, so that nodes which once differ do not become equal
/// by taking in equal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Digest(u64);

impl Digest {
    /// Takes in a number.
    #[inline]
    pub fn word(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_add(1).wrapping_mul(MULTIPLIER);
        self.0 = mixed ^ (mixed >> 32);
    }

    /// Takes in numbers, whose count says nothing.
    #[inline]
    pub fn words<const N: usize>(&mut self, words: [u64; N]) {
        words.into_iter().for_each(|word| self.word(word));
    }

    /// Takes in octets and how many they are.
    #[inline]
    pub fn octets(&mut self, octets: &[u8]) {
        self.word(OCTETS ^ octets.len() as u64);
        let (words, rest) = octets.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.word(u64::from_le_bytes(last));
        }
    }

    /// Takes in what `value` looks like. A hundred times as dear as a number: for what is rare.
    pub fn debug(&mut self, value: &impl fmt::Debug) {
        use fmt::Write;
        // Writing to a digest cannot fail.
        let _ = write!(Text(self), "{value:?}");
        self.word(OCTETS);
    }

    /// The digest of everything so far.
    pub fn value(self) -> u64 {
        self.0
    }
}

/// Takes in text as it is formatted.
struct Text<'a>(&'a mut Digest);

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.octets(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn of(parts: &[&[u8]]) -> u64 {
        let mut digest = Digest::default();
        parts.iter().for_each(|part| digest.octets(part));
        digest.value()
    }

    #[test]
    fn every_bit_counts() {
        let octets: Vec<u8> = (0..61).collect();
        let mut seen = BTreeSet::from([of(&[&octets])]);
        for bit in 0..octets.len() * 8 {
            let mut other = octets.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(seen.insert(of(&[&other])), "bit {bit}");
        }
    }

    #[test]
    fn order_borders_and_lengths_count() {
        let all: [&[&[u8]]; 8] = [
            &[b"ab", b"c"],
            &[b"a", b"bc"],
            &[b"abc"],
            &[b"c", b"ab"],
            &[b"abc\0"],
            &[b"abc", b""],
            &[b""],
            &[],
        ];
        let digests: BTreeSet<u64> = all.iter().map(|parts| of(parts)).collect();
        assert_eq!(digests.len(), all.len());
    }

    #[test]
    fn a_difference_never_heals() {
        let (mut one, mut other) = (Digest::default(), Digest::default());
        other.word(1);
        one.word(0);
        for word in 0..100_000 {
            one.word(word % 7);
            other.word(word % 7);
            assert_ne!(one, other);
        }
    }

    #[test]
    fn what_a_value_looks_like_counts() {
        let debug = |value: Option<u8>| {
            let mut digest = Digest::default();
            digest.debug(&value);
            digest.value()
        };
        assert_eq!(debug(Some(1)), debug(Some(1)));
        assert_ne!(debug(Some(1)), debug(Some(2)));
        assert_ne!(debug(None), debug(Some(2)));
    }
}

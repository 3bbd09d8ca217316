//! The encoder: bits, numbers, lengths and open types (X.691 clauses 11 to 20).

use super::{Error, ErrorKind, Result};
use std::ops::Range;

/// Builds an aligned PER encoding.
#[derive(Debug, Default)]
pub struct Writer {
    octets: Vec<u8>,
    /// Unused bits of the last octet.
    free: u32,
}

impl Writer {
    /// An empty encoding.
    pub fn new() -> Self {
        Self::default()
    }

    /// The complete encoding: zero-padded, and at least one octet.
    pub fn finish(mut self) -> Vec<u8> {
        if self.octets.is_empty() {
            self.octets.push(0);
        }
        self.octets
    }

    /// One bit.
    pub fn bit(&mut self, bit: bool) {
        self.bits(bit.into(), 1);
    }

    /// The `n` low bits of `value`, most significant first.
    pub fn bits(&mut self, value: u64, n: u32) {
        let mut left = n;
        while left > 0 {
            if self.free == 0 {
                self.octets.push(0);
                self.free = 8;
            }
            let take = self.free.min(left);
            let chunk = (value >> (left - take)) as u8 & (0xff >> (8 - take));
            *self.octets.last_mut().expect("an octet was just pushed") |=
                chunk << (self.free - take);
            self.free -= take;
            left -= take;
        }
    }

    /// Fills the last octet with zeros.
    pub fn align(&mut self) {
        self.free = 0;
    }

    /// `octets` at the next octet boundary.
    pub fn octets(&mut self, octets: &[u8]) {
        self.align();
        self.octets.extend_from_slice(octets);
    }

    /// A constrained whole number (§11.5).
    pub fn constrained(&mut self, value: i64, lb: i64, ub: i64) -> Result<()> {
        if !(lb..=ub).contains(&value) {
            return Err(Error::encoding(ErrorKind::Integer));
        }
        let (span, offset) = (ub.wrapping_sub(lb) as u64, value.wrapping_sub(lb) as u64);
        match span {
            0 => {}
            1..=254 => self.bits(offset, 64 - span.leading_zeros()),
            255 => {
                self.align();
                self.bits(offset, 8);
            }
            256..=65535 => {
                self.align();
                self.bits(offset, 16);
            }
            _ => {
                let most = (64 - span.leading_zeros()).div_ceil(8);
                let n = octets_of(offset);
                self.constrained(n.into(), 1, most.into())?;
                self.align();
                self.bits(offset, n * 8);
            }
        }
        Ok(())
    }

    /// A normally small non-negative whole number (§11.6).
    pub fn normally_small(&mut self, value: u64) {
        if value < 64 {
            self.bits(value, 7);
        } else {
            self.bit(true);
            self.semi_constrained(value);
        }
    }

    /// A semi-constrained whole number, as its offset from the lower bound (§11.7).
    pub fn semi_constrained(&mut self, offset: u64) {
        let n = octets_of(offset);
        self.align();
        self.bits(n.into(), 8);
        self.bits(offset, n * 8);
    }

    /// An unconstrained whole number (§11.8).
    pub fn unconstrained(&mut self, value: i64) {
        // Redundant leading sign bits beyond the one that is needed
        let spare = if value < 0 {
            value.leading_ones()
        } else {
            value.leading_zeros()
        };
        let n = (64 - spare + 1).div_ceil(8);
        self.align();
        self.bits(n.into(), 8);
        self.bits(value as u64, n * 8);
    }

    /// The length `n`, which `lb..=ub` constrains, and `body` for each fragment.
    pub fn lengths(
        &mut self,
        n: usize,
        lb: usize,
        ub: usize,
        mut body: impl FnMut(&mut Self, Range<usize>) -> Result<()>,
    ) -> Result<()> {
        if !(lb..=ub).contains(&n) {
            return Err(Error::encoding(ErrorKind::Length));
        }
        if ub < 65536 {
            self.constrained(n as i64, lb as i64, ub as i64)?;
            return body(self, 0..n);
        }
        let mut done = 0;
        loop {
            self.align();
            let k = ((n - done) / 16384).min(4);
            if k == 0 {
                let left = n - done;
                if left < 128 {
                    self.bits(left as u64, 8);
                } else {
                    self.bits(0x8000 | left as u64, 16);
                }
                return body(self, done..n);
            }
            self.bits(0xc0 | k as u64, 8);
            body(self, done..done + k * 16384)?;
            done += k * 16384;
        }
    }

    /// An octet string of `lb..=ub` octets (§17).
    pub fn octet_string(&mut self, octets: &[u8], lb: usize, ub: usize) -> Result<()> {
        if lb == ub && ub <= 2 {
            if octets.len() != ub {
                return Err(Error::encoding(ErrorKind::Length));
            }
            octets.iter().for_each(|o| self.bits((*o).into(), 8));
            return Ok(());
        }
        self.lengths(octets.len(), lb, ub, |w, range| {
            if !range.is_empty() {
                w.octets(&octets[range]);
            }
            Ok(())
        })
    }

    /// A value in an open type field.
    pub fn open(&mut self, encode: impl FnOnce(&mut Writer) -> Result<()>) -> Result<()> {
        let mut inner = Writer::new();
        encode(&mut inner)?;
        self.octet_string(&inner.finish(), 0, super::MAX)
    }

    /// The index of an alternative among the `root` ones.
    pub fn root_index(&mut self, index: u32, root: usize, extensible: bool) {
        if extensible {
            self.bit(false);
        }
        self.constrained(index.into(), 0, root as i64 - 1)
            .expect("a variant of the root");
    }

    /// The index of an alternative among the added ones.
    pub fn extension_index(&mut self, index: u32) {
        self.bit(true);
        self.normally_small(index.into());
    }

    /// The bitmap of extension additions.
    pub fn additions(&mut self, present: &[bool]) {
        debug_assert!((1..=64).contains(&present.len()));
        self.bits(present.len() as u64 - 1, 7);
        present.iter().for_each(|p| self.bit(*p));
    }
}

/// Octets that hold `value`, at least one.
fn octets_of(value: u64) -> u32 {
    (64 - value.leading_zeros()).div_ceil(8).max(1)
}

//! The decoder: bits, numbers, lengths and open types (X.691 clauses 11 to 20), within a budget.

use super::{Error, ErrorKind, MAX, Result};
use std::borrow::Cow;

/// Levels of SEQUENCE OF, recursion and open types in one message. The deepest that real endpoints
/// send is a third of it, and optimized decoding keeps within a stack of 256 KiB.
pub const DEPTH_MAX: u16 = 24;

/// Memory that decoding may take for each octet of a message.
pub const MEMORY_PER_OCTET: usize = 15;

/// Memory, in octets, that decoding may take whatever the length of the message.
pub const MEMORY_BASE: usize = 60 << 10;

/// A cursor over an aligned PER encoding.
#[derive(Debug)]
pub struct Reader<'a> {
    octets: &'a [u8],
    /// In bits.
    pos: usize,
    /// Bits of the message before `octets`.
    base: usize,
    /// Levels of nesting that are left.
    depth: u16,
    /// Octets of memory that are left.
    memory: usize,
}

/// The extension additions a sender says are present: a bitmap in the encoding itself.
#[derive(Debug)]
pub struct Additions {
    next: usize,
    end: usize,
}

impl Additions {
    /// Whether the next addition of the type is present.
    pub fn take(&mut self, r: &Reader<'_>) -> bool {
        let present = self.next < self.end && r.bit_at(self.next) == Some(true);
        self.next += 1;
        present
    }

    /// Skips the additions that a later version of the type has.
    pub fn skip_rest(mut self, r: &mut Reader<'_>) -> Result<()> {
        while self.next < self.end {
            if self.take(r) {
                r.skip_open()?;
            }
        }
        Ok(())
    }
}

impl<'a> Reader<'a> {
    /// At the start of a message. Decoding it may take [`MEMORY_PER_OCTET`] and [`MEMORY_BASE`].
    pub fn new(octets: &'a [u8]) -> Self {
        Reader {
            octets,
            pos: 0,
            base: 0,
            depth: DEPTH_MAX,
            memory: octets.len() * MEMORY_PER_OCTET + MEMORY_BASE,
        }
    }

    /// An error at this place.
    pub fn error(&self, kind: ErrorKind) -> Error {
        Error {
            at_bit: u32::try_from(self.base + self.pos).unwrap_or(u32::MAX),
            ..Error::encoding(kind)
        }
    }

    fn bit_at(&self, pos: usize) -> Option<bool> {
        Some(self.octets.get(pos / 8)? >> (7 - pos % 8) & 1 == 1)
    }

    /// One bit.
    pub fn bit(&mut self) -> Result<bool> {
        let bit = self
            .bit_at(self.pos)
            .ok_or_else(|| self.error(ErrorKind::Truncated))?;
        self.pos += 1;
        Ok(bit)
    }

    /// `n` bits, at most 64, most significant first.
    pub fn bits(&mut self, n: u32) -> Result<u64> {
        if (self.octets.len() * 8).saturating_sub(self.pos) < n as usize {
            return Err(self.error(ErrorKind::Truncated));
        }
        let (mut value, mut left) = (0u64, n);
        while left > 0 {
            let free = 8 - (self.pos % 8) as u32;
            let take = free.min(left);
            let chunk = self.octets[self.pos / 8] >> (free - take) & (0xff >> (8 - take));
            value = value << take | u64::from(chunk);
            self.pos += take as usize;
            left -= take;
        }
        Ok(value)
    }

    /// Goes to the next octet boundary.
    pub fn align(&mut self) {
        self.pos = self.pos.next_multiple_of(8);
    }

    /// `n` octets at the next octet boundary.
    pub fn octets(&mut self, n: usize) -> Result<&'a [u8]> {
        self.align();
        let start = self.pos / 8;
        let octets = start
            .checked_add(n)
            .and_then(|end| self.octets.get(start..end))
            .ok_or_else(|| self.error(ErrorKind::Truncated))?;
        self.pos += n * 8;
        Ok(octets)
    }

    /// A constrained whole number (X.691 §11.5).
    pub fn constrained(&mut self, lb: i64, ub: i64) -> Result<i64> {
        let span = ub.wrapping_sub(lb) as u64;
        let offset = match span {
            0 => 0,
            1..=254 => self.bits(64 - span.leading_zeros())?,
            255 => {
                self.align();
                self.bits(8)?
            }
            256..=65535 => {
                self.align();
                self.bits(16)?
            }
            _ => {
                let octets = (64 - span.leading_zeros()).div_ceil(8);
                let n = self.constrained(1, octets.into())?;
                self.align();
                self.bits(n as u32 * 8)?
            }
        };
        if offset > span {
            return Err(self.error(ErrorKind::Integer));
        }
        Ok(lb.wrapping_add(offset as i64))
    }

    /// A normally small non-negative whole number (§11.6).
    pub fn normally_small(&mut self) -> Result<u64> {
        match self.bit()? {
            false => self.bits(6),
            true => self.semi_constrained(),
        }
    }

    /// A semi-constrained whole number, as its offset from the lower bound (§11.7).
    pub fn semi_constrained(&mut self) -> Result<u64> {
        match self.length()? {
            (n @ 1..=8, false) => self.bits(n as u32 * 8),
            _ => Err(self.error(ErrorKind::Integer)),
        }
    }

    /// An unconstrained whole number (§11.8).
    pub fn unconstrained(&mut self) -> Result<i64> {
        match self.length()? {
            (n @ 1..=8, false) => {
                let shift = 64 - n as u32 * 8;
                Ok(((self.bits(n as u32 * 8)? << shift) as i64) >> shift)
            }
            _ => Err(self.error(ErrorKind::Integer)),
        }
    }

    /// A general length determinant (§11.9), and whether another fragment follows.
    fn length(&mut self) -> Result<(usize, bool)> {
        self.align();
        let first = self.bits(8)? as usize;
        match first >> 6 {
            0 | 1 => Ok((first, false)),
            2 => Ok(((first & 0x3f) << 8 | self.bits(8)? as usize, false)),
            _ => match first & 0x3f {
                k @ 1..=4 => Ok((k * 16384, true)),
                _ => Err(self.error(ErrorKind::Length)),
            },
        }
    }

    /// A length within `lb..=ub`, and `body` for each fragment of that many units.
    pub fn lengths(
        &mut self,
        lb: usize,
        ub: usize,
        mut body: impl FnMut(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        if ub < 65536 {
            let n = self.constrained(lb as i64, ub as i64)? as usize;
            return body(self, n);
        }
        let mut total = 0;
        loop {
            let (n, more) = self.length()?;
            total += n;
            if total > ub {
                return Err(self.error(ErrorKind::Length));
            }
            body(self, n)?;
            if !more {
                return if total < lb {
                    Err(self.error(ErrorKind::Length))
                } else {
                    Ok(())
                };
            }
        }
    }

    /// An octet string of `lb..=ub` octets (§17).
    pub fn octet_string(&mut self, lb: usize, ub: usize) -> Result<Vec<u8>> {
        if lb == ub && ub <= 2 {
            return (0..ub).map(|_| Ok(self.bits(8)? as u8)).collect();
        }
        let mut octets = Vec::new();
        self.lengths(lb, ub, |r, n| {
            if n > 0 {
                // Before room is made for them, the octets have to be there
                let fragment = r.octets(n)?;
                r.reserve(&mut octets, n)?;
                octets.extend_from_slice(fragment);
            }
            Ok(())
        })?;
        Ok(octets)
    }

    /// A value in an open type field (§11.2).
    pub fn open<T>(&mut self, decode: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        let octets = self.open_field()?;
        let base = self.base + self.pos - octets.len() * 8;
        self.nested(|r| {
            let mut inner = Reader {
                octets: &octets,
                pos: 0,
                base,
                depth: r.depth,
                memory: r.memory,
            };
            let value = decode(&mut inner)?;
            r.memory = inner.memory;
            Ok(value)
        })
    }

    /// The octets of an open type field: copied only if they come in fragments.
    fn open_field(&mut self) -> Result<Cow<'a, [u8]>> {
        let mut octets = Cow::Borrowed(&[][..]);
        loop {
            let (n, more) = self.length()?;
            let fragment = self.octets(n)?;
            if octets.is_empty() {
                octets = Cow::Borrowed(fragment);
            } else {
                self.charge(octets.len() + n)?;
                octets.to_mut().extend_from_slice(fragment);
            }
            if !more {
                return Ok(octets);
            }
        }
    }

    fn skip_open(&mut self) -> Result<()> {
        self.lengths(0, MAX, |r, n| r.octets(n).map(drop))
    }

    /// A level of nesting.
    pub fn nested<T>(&mut self, decode: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth = self
            .depth
            .checked_sub(1)
            .ok_or_else(|| self.error(ErrorKind::TooDeep))?;
        let value = decode(self)?;
        self.depth += 1;
        Ok(value)
    }

    /// Takes `octets` from the memory that is left to this message.
    pub fn charge(&mut self, octets: usize) -> Result<()> {
        self.memory = self
            .memory
            .checked_sub(octets)
            .ok_or_else(|| self.error(ErrorKind::TooLarge))?;
        Ok(())
    }

    /// Room for `n` more in `list`, if the memory that is left allows.
    pub fn reserve<T>(&mut self, list: &mut Vec<T>, n: usize) -> Result<()> {
        // An element without a size still takes time
        self.charge((list.len() + n) * size_of::<T>().max(1))?;
        list.reserve_exact(n);
        Ok(())
    }

    /// A CHOICE index or ENUMERATED value among `root`: `(index, is an extension)`.
    pub fn index(&mut self, root: usize, extensible: bool) -> Result<(u32, bool)> {
        if extensible && self.bit()? {
            let index = self.normally_small()?;
            let index = u32::try_from(index).map_err(|_| self.error(ErrorKind::Integer))?;
            return Ok((index, true));
        }
        Ok((self.constrained(0, root as i64 - 1)? as u32, false))
    }

    /// The bitmap of extension additions (§19.7-19.8).
    pub fn additions(&mut self, extended: bool) -> Result<Additions> {
        if !extended {
            return Ok(Additions { next: 0, end: 0 });
        }
        let n = match self.bit()? {
            false => self.bits(6)? as usize + 1,
            true => match self.length()? {
                (n, false) => n,
                _ => return Err(self.error(ErrorKind::Length)),
            },
        };
        let next = self.pos;
        if n > self.octets.len() * 8 - next {
            return Err(self.error(ErrorKind::Truncated));
        }
        self.pos += n;
        Ok(Additions {
            next,
            end: self.pos,
        })
    }
}

use super::{Error, Result};

/// What a decoder may spend on one message.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Levels of SEQUENCE OF, recursion and open types.
    pub depth: u16,
    /// Octets of memory for list elements and strings.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            depth: 48,
            memory: 4 << 20,
        }
    }
}

/// A cursor over an aligned PER encoding.
#[derive(Debug)]
pub struct Reader<'a> {
    octets: &'a [u8],
    /// In bits.
    pos: usize,
    limits: Limits,
}

/// The extension additions a sender says are present.
#[derive(Debug, Default)]
pub struct Additions {
    bits: std::collections::VecDeque<bool>,
}

impl Additions {
    /// Whether the next addition of the type is present.
    pub fn take(&mut self) -> bool {
        self.bits.pop_front().unwrap_or(false)
    }

    /// Skips the additions that a later version of the type has.
    pub fn skip_rest(self, r: &mut Reader<'_>) -> Result<()> {
        self.bits
            .into_iter()
            .filter(|present| *present)
            .try_for_each(|_| r.open_octets().map(drop))
    }
}

impl<'a> Reader<'a> {
    pub fn new(octets: &'a [u8]) -> Self {
        Self::with_limits(octets, Limits::default())
    }

    pub fn with_limits(octets: &'a [u8], limits: Limits) -> Self {
        Reader {
            octets,
            pos: 0,
            limits,
        }
    }

    pub fn bit(&mut self) -> Result<bool> {
        let octet = self.octets.get(self.pos / 8).ok_or(Error::Truncated)?;
        let bit = octet >> (7 - self.pos % 8) & 1;
        self.pos += 1;
        Ok(bit == 1)
    }

    /// `n` bits, at most 64, most significant first.
    pub fn bits(&mut self, n: u32) -> Result<u64> {
        if self.octets.len() * 8 - self.pos < n as usize {
            return Err(Error::Truncated);
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
            .ok_or(Error::Truncated)?;
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
            return Err(Error::Constraint("integer"));
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
            _ => Err(Error::Constraint("integer")),
        }
    }

    /// An unconstrained whole number (§11.8).
    pub fn unconstrained(&mut self) -> Result<i64> {
        match self.length()? {
            (n @ 1..=8, false) => {
                let shift = 64 - n as u32 * 8;
                Ok(((self.bits(n as u32 * 8)? << shift) as i64) >> shift)
            }
            _ => Err(Error::Constraint("integer")),
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
                _ => Err(Error::Constraint("length")),
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
                return Err(Error::Constraint("length"));
            }
            body(self, n)?;
            if !more {
                return if total < lb {
                    Err(Error::Constraint("length"))
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
                octets.extend_from_slice(r.octets(n)?);
            }
            Ok(())
        })?;
        Ok(octets)
    }

    /// The octets of an open type field (§11.2).
    pub fn open_octets(&mut self) -> Result<Vec<u8>> {
        self.octet_string(0, super::MAX)
    }

    /// A value in an open type field.
    pub fn open<T>(&mut self, decode: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        let octets = self.open_octets()?;
        self.nested(|r| {
            let mut inner = Reader::with_limits(&octets, r.limits);
            let value = decode(&mut inner)?;
            r.limits.memory = inner.limits.memory;
            Ok(value)
        })
    }

    /// A level of nesting.
    pub fn nested<T>(&mut self, decode: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.limits.depth = self.limits.depth.checked_sub(1).ok_or(Error::TooDeep)?;
        let value = decode(self)?;
        self.limits.depth += 1;
        Ok(value)
    }

    /// Takes `octets` from the memory that is left to this message.
    pub fn charge(&mut self, octets: usize) -> Result<()> {
        self.limits.memory = self
            .limits
            .memory
            .checked_sub(octets)
            .ok_or(Error::TooLarge)?;
        Ok(())
    }

    /// A CHOICE index or ENUMERATED value among `root`: `(index, is an extension)`.
    pub fn index(&mut self, root: usize, extensible: bool) -> Result<(u32, bool)> {
        if extensible && self.bit()? {
            let index = self
                .normally_small()?
                .try_into()
                .map_err(|_| Error::Constraint("index"))?;
            return Ok((index, true));
        }
        Ok((self.constrained(0, root as i64 - 1)? as u32, false))
    }

    /// The bitmap of extension additions (§19.7-19.8).
    pub fn additions(&mut self, extended: bool) -> Result<Additions> {
        let mut bits = std::collections::VecDeque::new();
        if extended {
            let n = match self.bit()? {
                false => self.bits(6)? as usize + 1,
                true => match self.length()? {
                    (n, false) => n,
                    _ => return Err(Error::Constraint("length")),
                },
            };
            for _ in 0..n {
                bits.push_back(self.bit()?);
            }
        }
        Ok(Additions { bits })
    }
}

//! Sequence numbers of TCP: 32 bits that wrap (RFC 9293 §3.4).

use std::ops::{Add, Sub};

/// A sequence number. There is no `Ord`: an order exists only between numbers less than 2^31 apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sequence(pub u32);

impl Sequence {
    /// Octets from `earlier` to `self`: negative if `self` comes first.
    pub fn since(self, earlier: Sequence) -> i32 {
        self.0.wrapping_sub(earlier.0) as i32
    }

    /// Whether `self` comes before `other`.
    pub fn before(self, other: Sequence) -> bool {
        self.since(other) < 0
    }
}

impl Add<u64> for Sequence {
    type Output = Sequence;
    /// The number of the octet at this stream offset, if `self` is the number of the first octet.
    fn add(self, offset: u64) -> Sequence {
        Sequence(self.0.wrapping_add(offset as u32))
    }
}

impl Sub<u32> for Sequence {
    type Output = Sequence;
    fn sub(self, octets: u32) -> Sequence {
        Sequence(self.0.wrapping_sub(octets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_wraps() {
        let last = Sequence(u32::MAX);
        assert!(last.before(last + 1) && !(last + 1).before(last));
        assert_eq!((last + 11).since(last), 11);
        assert_eq!(last.since(last + 11), -11);
        assert_eq!(Sequence(5) + (1 << 32), Sequence(5));
        assert_eq!(Sequence(0) - 1, last);
    }
}

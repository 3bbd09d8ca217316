//! Reading the fields of a NAL unit bit by bit.

use crate::codec::DecodeError;

/// Reads the payload of a NAL unit, leaving out the emulation prevention octets (H.264 §7.4.1).
pub struct Bits<'a> {
    rest: std::slice::Iter<'a, u8>,
    zeros: u32,
    octet: u8,
    bits_left: u32,
    read: u32,
    what: &'static str,
}

impl<'a> Bits<'a> {
    /// Starts after the one-octet header of `nal_unit`; `what` it is goes into errors.
    pub fn new(nal_unit: &'a [u8], what: &'static str) -> Self {
        Bits {
            rest: nal_unit.get(1..).unwrap_or_default().iter(),
            zeros: 0,
            octet: 0,
            bits_left: 0,
            read: 8,
            what,
        }
    }

    /// The error of a field that cannot be what it is.
    pub fn malformed(&self) -> DecodeError {
        DecodeError::Malformed {
            at_bit: self.read,
            what: self.what,
        }
    }

    /// One bit.
    pub fn flag(&mut self) -> Result<bool, DecodeError> {
        if self.bits_left == 0 {
            self.octet = self.next_octet().ok_or_else(|| self.malformed())?;
            self.bits_left = 8;
        }
        self.bits_left -= 1;
        self.read += 1;
        Ok(self.octet >> self.bits_left & 1 == 1)
    }

    fn next_octet(&mut self) -> Option<u8> {
        let mut octet = *self.rest.next()?;
        if self.zeros >= 2 && octet == 3 {
            self.zeros = 0;
            octet = *self.rest.next()?;
        }
        self.zeros = if octet == 0 { self.zeros + 1 } else { 0 };
        Some(octet)
    }

    /// u(n): `count` bits, 32 at most, most significant first.
    pub fn unsigned(&mut self, count: u32) -> Result<u32, DecodeError> {
        (0..count).try_fold(0, |value, _| Ok(value << 1 | u32::from(self.flag()?)))
    }

    /// ue(v): an unsigned Exp-Golomb code (H.264 §9.1).
    pub fn golomb(&mut self) -> Result<u32, DecodeError> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros == 32 {
                return Err(self.malformed());
            }
        }
        Ok((1 << zeros) - 1 + self.unsigned(zeros)?)
    }

    /// se(v): a signed Exp-Golomb code (H.264 §9.1.1).
    pub fn signed_golomb(&mut self) -> Result<i32, DecodeError> {
        let code = i64::from(self.golomb()?);
        let magnitude = (code + 1) / 2;
        Ok(if code % 2 == 1 { magnitude } else { -magnitude } as i32)
    }

    /// ue(v) that may be `max` at most.
    pub fn golomb_up_to(&mut self, max: u32) -> Result<u32, DecodeError> {
        let value = self.golomb()?;
        if value > max {
            return Err(self.malformed());
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_golomb_codes_are_those_of_table_9_2() {
        // 1 010 011 00100 00101 00110 0
        let octets = [0x67, 0b1010_0110, 0b0100_0010, 0b1001_1000];
        let mut bits = Bits::new(&octets, "test");
        let codes: Vec<_> = (0..6).map(|_| bits.golomb().unwrap()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5]);
        let mut bits = Bits::new(&octets, "test");
        let codes: Vec<_> = (0..6).map(|_| bits.signed_golomb().unwrap()).collect();
        assert_eq!(codes, [0, 1, -1, 2, -2, 3]);
    }

    #[test]
    fn emulation_prevention_is_left_out() {
        let mut bits = Bits::new(&[0x67, 0, 0, 3, 1, 0, 0, 3], "test");
        assert_eq!(bits.unsigned(24), Ok(1));
        assert_eq!(bits.unsigned(16), Ok(0));
        assert_eq!(
            bits.flag(),
            Err(DecodeError::Malformed {
                at_bit: 48,
                what: "test"
            })
        );
    }

    #[test]
    fn a_code_of_too_many_zeros_is_malformed() {
        assert!(
            Bits::new(&[0x67, 0, 0, 3, 0, 0, 3, 0], "test")
                .golomb()
                .is_err()
        );
        let mut octets = vec![0x67];
        octets.extend([0x55; 3]);
        assert!(Bits::new(&octets, "test").golomb_up_to(0).is_err());
    }
}

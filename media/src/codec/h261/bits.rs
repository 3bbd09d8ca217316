//! Bit strings, most significant bit first.

/// Octets [`BitReader`] wants behind the last bit, so that one load of 64 bits always fits.
pub const PADDING: usize = 8;

/// Reads bits from octets that end in [`PADDING`] octets of any value. Past the end it gives
/// zeros and whatever the padding holds; callers ask [`BitReader::overrun`].
#[derive(Clone, Copy)]
pub struct BitReader<'a> {
    octets: &'a [u8],
    position: usize,
    end: usize,
}

impl<'a> BitReader<'a> {
    /// Reads bits `start..end` of `octets`.
    pub fn new(octets: &'a [u8], start: usize, end: usize) -> Self {
        BitReader {
            octets,
            position: start,
            end,
        }
    }

    /// Bits from the start of the octets.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Whether more bits were taken than there are.
    pub fn overrun(&self) -> bool {
        self.position > self.end
    }

    /// Whether fewer than `count` bits are left.
    pub fn has_fewer_than(&self, count: usize) -> bool {
        self.position + count > self.end
    }

    /// The next 32 bits, which stay unread.
    #[inline(always)]
    pub fn peek32(&self) -> u32 {
        let at = self.position / 8;
        match self.octets.get(at..).and_then(|rest| rest.first_chunk()) {
            Some(octets) => ((u64::from_be_bytes(*octets) << (self.position % 8)) >> 32) as u32,
            None => 0,
        }
    }

    /// The next `count` bits, 1 to 32, which stay unread.
    #[inline(always)]
    pub fn peek(&self, count: u32) -> u32 {
        self.peek32() >> (32 - count)
    }

    /// Passes over `count` bits.
    #[inline(always)]
    pub fn skip(&mut self, count: usize) {
        self.position += count;
    }

    /// Reads `count` bits, 1 to 32.
    #[inline(always)]
    pub fn read(&mut self, count: u32) -> u32 {
        let bits = self.peek(count);
        self.position += count as usize;
        bits
    }
}

/// Collects bits into octets.
#[derive(Debug, Default)]
pub struct BitWriter {
    octets: Vec<u8>,
    /// The last `pending` bits written are its lowest ones.
    waiting: u64,
    pending: u32,
}

impl BitWriter {
    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.octets.clear();
        self.waiting = 0;
        self.pending = 0;
    }

    /// Bits written so far.
    pub fn position(&self) -> usize {
        self.octets.len() * 8 + self.pending as usize
    }

    /// Appends the lowest `count` bits of `bits`, at most 32; the others must be zero.
    #[inline(always)]
    pub fn write(&mut self, bits: u32, count: u32) {
        debug_assert!(count == 32 || bits >> count == 0);
        self.waiting = (self.waiting << count) | u64::from(bits);
        self.pending += count;
        if self.pending >= 32 {
            self.pending -= 32;
            let full = (self.waiting >> self.pending) as u32;
            self.octets.extend_from_slice(&full.to_be_bytes());
        }
    }

    /// Appends bits `start..end` of `octets`.
    pub fn write_slice(&mut self, octets: &[u8], start: usize, end: usize) {
        let mut at = start;
        while at < end {
            let count = (8 - at % 8).min(end - at);
            let octet = octets[at / 8] << (at % 8);
            self.write(u32::from(octet >> (8 - count)), count as u32);
            at += count;
        }
    }

    /// Everything written, filled up with zero bits to a whole octet, and the octets of the last
    /// write that were not.
    pub fn finish(&mut self) -> &[u8] {
        let spare = (8 - self.pending % 8) % 8;
        self.waiting <<= spare;
        self.pending += spare;
        while self.pending > 0 {
            self.pending -= 8;
            self.octets.push((self.waiting >> self.pending) as u8);
        }
        &self.octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let fields: Vec<(u32, u32)> = (0u32..2000)
            .map(|i| {
                let count = i * 7 % 32 + 1;
                (i.wrapping_mul(0x9e37_79b9) >> (32 - count), count)
            })
            .collect();
        let mut writer = BitWriter::default();
        for &(bits, count) in &fields {
            writer.write(bits, count);
        }
        let end = writer.position();
        let mut octets = writer.finish().to_vec();
        assert_eq!(octets.len(), end.div_ceil(8));
        octets.extend([0; PADDING]);
        let mut reader = BitReader::new(&octets, 0, end);
        for &(bits, count) in &fields {
            assert_eq!(reader.read(count), bits);
        }
        assert!(!reader.overrun() && reader.has_fewer_than(1));
    }

    #[test]
    fn slices_join_at_any_bit() {
        let octets: Vec<u8> = (0..40u8).map(|i| i.wrapping_mul(73)).collect();
        for cut in 0..=320 {
            let mut writer = BitWriter::default();
            writer.write_slice(&octets, 0, cut);
            writer.write_slice(&octets, cut, 320);
            assert_eq!(writer.finish(), octets);
        }
    }

    #[test]
    fn reading_past_the_end_is_zero_and_noticed() {
        let octets = [0xff; 1 + PADDING];
        let mut reader = BitReader::new(&octets, 0, 8);
        reader.skip(1000);
        assert_eq!(reader.read(32), 0);
        assert!(reader.overrun());
    }
}

//! The RTP fixed header (RFC 3550 §5.1). Whatever arrives parses or is refused; nothing panics.

use bytes::Bytes;

/// Octets of a header without contributing sources and extension.
pub const HEADER_OCTETS: usize = 12;
/// The version that RFC 3550 defines, in the two high bits of the first octet.
pub const VERSION: u8 = 2;

/// What the fixed header says, beyond version and what frames the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Of sound: first packet after silence. Of video: last packet of a picture.
    pub marker: bool,
    /// 0 to 127.
    pub payload_type: u8,
    /// Rises by one a packet.
    pub sequence: u16,
    /// Sampling instant of the first octet, in ticks of the payload's clock.
    pub timestamp: u32,
    /// Synchronization source.
    pub ssrc: u32,
}

/// Why octets are not an RTP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PacketError {
    /// The packet ends inside the header, its extension or its padding.
    Truncated,
    /// Not version 2.
    Version(u8),
}

impl Header {
    /// Splits a packet into header and payload, stepping over contributing sources, extension and
    /// padding.
    pub fn parse(packet: &[u8]) -> Result<(Header, &[u8]), PacketError> {
        let (fixed, mut rest) = packet
            .split_first_chunk::<HEADER_OCTETS>()
            .ok_or(PacketError::Truncated)?;
        let [first, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *fixed;
        if first >> 6 != VERSION {
            return Err(PacketError::Version(first >> 6));
        }
        let contributors = usize::from(first & 0x0f) * 4;
        rest = rest.get(contributors..).ok_or(PacketError::Truncated)?;
        if first & 0x10 != 0 {
            // RFC 3550 §5.3.1: the length counts 32-bit words after the four octets here.
            let (&[_, _, w0, w1], after) = rest
                .split_first_chunk::<4>()
                .ok_or(PacketError::Truncated)?;
            let octets = usize::from(u16::from_be_bytes([w0, w1])) * 4;
            rest = after.get(octets..).ok_or(PacketError::Truncated)?;
        }
        if first & 0x20 != 0 {
            // The last octet counts the padding, itself included.
            let padding = rest.last().copied().map_or(0, usize::from);
            if padding == 0 || padding > rest.len() {
                return Err(PacketError::Truncated);
            }
            rest = &rest[..rest.len() - padding];
        }
        let header = Header {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7f,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
        };
        Ok((header, rest))
    }

    /// The header as it goes on the wire.
    pub fn octets(&self) -> [u8; HEADER_OCTETS] {
        let mut octets = [0; HEADER_OCTETS];
        octets[0] = VERSION << 6;
        octets[1] = u8::from(self.marker) << 7 | self.payload_type & 0x7f;
        octets[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        octets[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        octets[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        octets
    }

    /// A whole packet.
    pub fn packet(&self, payload: &[u8]) -> Bytes {
        let mut packet = Vec::with_capacity(HEADER_OCTETS + payload.len());
        packet.extend_from_slice(&self.octets());
        packet.extend_from_slice(payload);
        Bytes::from(packet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header {
        marker: true,
        payload_type: 31,
        sequence: 0x1234,
        timestamp: 0xdead_beef,
        ssrc: 0x0102_0304,
    };

    #[test]
    fn what_is_built_is_read() {
        let packet = HEADER.packet(b"sound");
        assert_eq!(
            packet[..12],
            [0x80, 0x9f, 0x12, 0x34, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4]
        );
        assert_eq!(Header::parse(&packet), Ok((HEADER, &b"sound"[..])));
    }

    #[test]
    fn contributors_extension_and_padding_are_stepped_over() {
        let mut packet = HEADER.packet(b"").to_vec();
        packet[0] = 0x80 | 0x20 | 0x10 | 2;
        packet.extend_from_slice(&[9; 8]); // two contributing sources
        packet.extend_from_slice(&[0xbe, 0xde, 0, 1, 7, 7, 7, 7]); // one word of extension
        packet.extend_from_slice(b"xyz");
        packet.extend_from_slice(&[0, 0, 3]);
        assert_eq!(Header::parse(&packet), Ok((HEADER, &b"xyz"[..])));
        // Cut anywhere, it is refused or shorter: the padding count is then another octet.
        for cut in 0..packet.len() {
            if let Ok((_, payload)) = Header::parse(&packet[..cut]) {
                assert!(payload.len() < 6);
            }
        }
        assert_eq!(Header::parse(&packet[..27]), Err(PacketError::Truncated));
    }

    #[test]
    fn impossible_padding_and_other_versions_are_refused() {
        let mut packet = HEADER.packet(&[5]).to_vec();
        packet[0] |= 0x20;
        assert_eq!(Header::parse(&packet), Err(PacketError::Truncated));
        packet[0] = 0x40;
        assert_eq!(Header::parse(&packet), Err(PacketError::Version(1)));
    }
}

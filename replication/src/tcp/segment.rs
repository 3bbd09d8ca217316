//! An Ethernet frame with a TCP segment, read.
//!
//! The frames come from a packet socket, so they may be longer than any MTU (segments that the
//! network card or the kernel has joined), and their checksum may be one that the card was to fill in.

use super::Ends;
use super::sequence::Sequence;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A TCP segment on its way to the service (RFC 9293 §3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Its destination is ours, its source the peer's.
    pub ends: Ends,
    /// Of the first octet, or of the SYN.
    pub sequence: Sequence,
    /// The next octet that the peer expects; None without ACK.
    pub acknowledgement: Option<Sequence>,
    /// The first segment of a direction.
    pub syn: bool,
    /// The last segment of a direction.
    pub fin: bool,
    /// The connection is dead.
    pub rst: bool,
    /// What the peer is ready to take, as the header says it (not scaled).
    pub window: u16,
    /// Maximum segment size, octets (RFC 9293 §3.7.1).
    pub mss: Option<u16>,
    /// Window scale, bits, at most 14 (RFC 7323 §2).
    pub scale: Option<u8>,
    /// The peer offers selective acknowledgements (RFC 2018 §2).
    pub sack_permitted: bool,
    /// The peer's timestamp and the last one of ours that it has seen (RFC 7323 §3).
    pub timestamps: Option<Timestamps>,
    /// The data.
    pub payload: &'a [u8],
}

/// The timestamps option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamps {
    /// TSval, the clock of the sender.
    pub value: u32,
    /// TSecr, the clock of the receiver as the sender last saw it.
    pub echo: u32,
}

/// Who answers for the checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    /// Nobody yet.
    Verify,
    /// The kernel: it has verified it, or it is still to be filled in (the frame never left a host).
    Trusted,
}

/// Why a frame is no segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSegment {
    /// Another protocol: none of the tap's business.
    NotTcp,
    /// Media.
    Udp,
    /// A part of a datagram; TCP avoids them (RFC 9293 §3.7.2), so nobody honest misses it.
    Fragment,
    /// Headers that contradict themselves or the length of the frame: which header.
    Malformed(&'static str),
    /// Damaged on the way.
    BadChecksum,
}

/// Largest window scale (RFC 7323 §2.3), bits.
pub const SCALE_MAX: u8 = 14;

const TCP: u8 = 6;
const UDP: u8 = 17;

impl<'a> Segment<'a> {
    /// Reads an untagged Ethernet frame with IPv4 or IPv6 in it.
    pub fn parse(frame: &'a [u8], checksum: Checksum) -> Result<Self, NotSegment> {
        let packet = frame.get(14..).ok_or(NotSegment::NotTcp)?;
        let datagram = match frame[12..14] {
            [0x08, 0x00] => Datagram::parse_v4(packet, checksum)?,
            [0x86, 0xdd] => Datagram::parse_v6(packet)?,
            _ => return Err(NotSegment::NotTcp),
        };
        if checksum == Checksum::Verify && !datagram.checksum_holds() {
            return Err(NotSegment::BadChecksum);
        }
        datagram.segment()
    }
}

/// An IP packet with TCP in it.
struct Datagram<'a> {
    source: IpAddr,
    destination: IpAddr,
    /// TCP header and data.
    body: &'a [u8],
}

impl<'a> Datagram<'a> {
    /// RFC 791 §3.1.
    fn parse_v4(packet: &'a [u8], checksum: Checksum) -> Result<Self, NotSegment> {
        const MALFORMED: NotSegment = NotSegment::Malformed("IPv4 header");
        let fixed: &[u8; 20] = packet.first_chunk().ok_or(MALFORMED)?;
        match fixed[9] {
            TCP => {}
            UDP => return Err(NotSegment::Udp),
            _ => return Err(NotSegment::NotTcp),
        }
        let header_size = usize::from(fixed[0] & 15) * 4;
        let total = usize::from(be16(fixed[2], fixed[3]));
        if fixed[0] >> 4 != 4 || header_size < 20 || total < header_size {
            return Err(MALFORMED);
        }
        let packet = packet.get(..total).ok_or(MALFORMED)?;
        let (header, body) = packet.split_at(header_size);
        if checksum == Checksum::Verify && fold(sum(header)) != 0xffff {
            return Err(NotSegment::BadChecksum);
        }
        // More fragments follow, or this is not the first.
        if be16(fixed[6], fixed[7]) & 0x3fff != 0 {
            return Err(NotSegment::Fragment);
        }
        let address = |at: usize| {
            let [a, b, c, d] = [fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]];
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        };
        Ok(Datagram {
            source: address(12),
            destination: address(16),
            body,
        })
    }

    /// RFC 8200 §3 and §4; extension headers are skipped.
    fn parse_v6(packet: &'a [u8]) -> Result<Self, NotSegment> {
        const MALFORMED: NotSegment = NotSegment::Malformed("IPv6 header");
        let (fixed, rest) = packet.split_first_chunk::<40>().ok_or(MALFORMED)?;
        if fixed[0] >> 4 != 6 {
            return Err(MALFORMED);
        }
        let length = usize::from(be16(fixed[4], fixed[5]));
        let mut body = rest.get(..length).ok_or(MALFORMED)?;
        let mut next = fixed[6];
        while next != TCP {
            // Hop-by-hop options, routing, destination options: next header, then eights of octets.
            match next {
                0 | 43 | 60 => {
                    let &[following, eights] = body.first_chunk().ok_or(MALFORMED)?;
                    body = body.get((usize::from(eights) + 1) * 8..).ok_or(MALFORMED)?;
                    next = following;
                }
                44 => return Err(NotSegment::Fragment),
                UDP => return Err(NotSegment::Udp),
                _ => return Err(NotSegment::NotTcp),
            }
        }
        let address = |octets: &[u8]| {
            let octets: [u8; 16] = octets.try_into().expect("sixteen of forty");
            IpAddr::V6(Ipv6Addr::from(octets))
        };
        Ok(Datagram {
            source: address(&fixed[8..24]),
            destination: address(&fixed[24..40]),
            body,
        })
    }

    /// RFC 9293 §3.1: over a pseudo header of addresses, protocol and length, and the segment.
    fn checksum_holds(&self) -> bool {
        let addresses = match (self.source, self.destination) {
            (IpAddr::V4(a), IpAddr::V4(b)) => sum(&a.octets()) + sum(&b.octets()),
            (IpAddr::V6(a), IpAddr::V6(b)) => sum(&a.octets()) + sum(&b.octets()),
            _ => unreachable!("both come from one header"),
        };
        fold(addresses + u64::from(TCP) + self.body.len() as u64 + sum(self.body)) == 0xffff
    }

    fn segment(&self) -> Result<Segment<'a>, NotSegment> {
        const MALFORMED: NotSegment = NotSegment::Malformed("TCP header");
        let header: &[u8; 20] = self.body.first_chunk().ok_or(MALFORMED)?;
        let header_size = usize::from(header[12] >> 4) * 4;
        if header_size < 20 || header_size > self.body.len() {
            return Err(MALFORMED);
        }
        let (options, payload) = self.body.split_at(header_size);
        let flag = |bit: u8| header[13] & bit != 0;
        let number = |at: usize| Sequence(be32(&header[at..at + 4]));
        let mut segment = Segment {
            ends: Ends {
                local: SocketAddr::new(self.destination, be16(header[2], header[3])),
                peer: SocketAddr::new(self.source, be16(header[0], header[1])),
            },
            sequence: number(4),
            acknowledgement: flag(0x10).then(|| number(8)),
            syn: flag(0x02),
            fin: flag(0x01),
            rst: flag(0x04),
            window: be16(header[14], header[15]),
            mss: None,
            scale: None,
            sack_permitted: false,
            timestamps: None,
            payload,
        };
        segment.read_options(&options[20..]);
        Ok(segment)
    }
}

impl Segment<'_> {
    /// The first of a connection that the peer opens.
    pub(super) fn begins(&self) -> bool {
        self.syn && !self.rst && self.acknowledgement.is_none()
    }

    /// RFC 9293 §3.2. As in every stack, a broken list ends the options, not the segment.
    fn read_options(&mut self, mut options: &[u8]) {
        while let [kind, rest @ ..] = options {
            match kind {
                0 => return,
                1 => {
                    options = rest;
                    continue;
                }
                _ => {}
            }
            let Some(option) = rest
                .first()
                .and_then(|&size| options.get(..usize::from(size)))
                .filter(|option| option.len() >= 2)
            else {
                return;
            };
            match (kind, &option[2..]) {
                (2, &[high, low]) if self.syn => self.mss = Some(be16(high, low)),
                (3, &[bits]) if self.syn => self.scale = Some(bits.min(SCALE_MAX)),
                (4, []) if self.syn => self.sack_permitted = true,
                (8, stamps @ [_, _, _, _, _, _, _, _]) => {
                    self.timestamps = Some(Timestamps {
                        value: be32(&stamps[..4]),
                        echo: be32(&stamps[4..]),
                    });
                }
                _ => {}
            }
            options = &options[option.len()..];
        }
    }
}

fn be16(high: u8, low: u8) -> u16 {
    u16::from_be_bytes([high, low])
}

fn be32(octets: &[u8]) -> u32 {
    octets
        .iter()
        .fold(0, |number, &octet| number << 8 | u32::from(octet))
}

/// Sum of 16-bit words, the last one padded (RFC 1071), not folded. Four octets at a time: 2^16 is
/// one in the arithmetic of this checksum.
fn sum(octets: &[u8]) -> u64 {
    let (words, rest) = octets.as_chunks::<4>();
    let mut total: u64 = words
        .iter()
        .map(|&w| u64::from(u32::from_be_bytes(w)))
        .sum();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    total += u64::from(u32::from_be_bytes(last));
    total
}

fn fold(mut total: u64) -> u16 {
    while total > 0xffff {
        total = (total >> 16) + (total & 0xffff);
    }
    total as u16
}

#[cfg(test)]
mod tests;

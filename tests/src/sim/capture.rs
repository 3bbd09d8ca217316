//! A capture of the simulated network as tshark reads it: pcap, raw IPv4, TCP with a handshake and
//! growing sequence numbers, UDP.

use base::Instant;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// LINKTYPE_RAW: packets begin with their IP header.
const LINK_TYPE_RAW: u32 = 101;
/// Largest TCP payload in one packet, as on Ethernet.
const SEGMENT_MAX: usize = 1448;
const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// Packets in the order they were sent.
pub struct Capture {
    file: Vec<u8>,
    /// Next sequence number from the first address to the second.
    sequence: BTreeMap<(SocketAddr, SocketAddr), u32>,
}

impl Default for Capture {
    fn default() -> Self {
        let mut file = Vec::new();
        file.extend(0xa1b2_c3d4u32.to_le_bytes());
        file.extend([2u16, 4].map(u16::to_le_bytes).concat());
        file.extend(
            [0u32, 0, 65_535, LINK_TYPE_RAW]
                .map(u32::to_le_bytes)
                .concat(),
        );
        Capture {
            file,
            sequence: BTreeMap::new(),
        }
    }
}

impl Capture {
    /// The file so far.
    pub fn file(&self) -> &[u8] {
        &self.file
    }

    /// A connection is made.
    pub fn connect(&mut self, now: Instant, client: SocketAddr, server: SocketAddr) {
        self.segment(now, client, server, SYN, &[]);
        self.segment(now, server, client, SYN | ACK, &[]);
        self.segment(now, client, server, ACK, &[]);
    }

    /// Octets on a connection.
    pub fn data(&mut self, now: Instant, from: SocketAddr, to: SocketAddr, octets: &[u8]) {
        for part in octets.chunks(SEGMENT_MAX) {
            self.segment(now, from, to, PSH | ACK, part);
        }
    }

    /// `from` closes its direction.
    pub fn close(&mut self, now: Instant, from: SocketAddr, to: SocketAddr) {
        self.segment(now, from, to, FIN | ACK, &[]);
    }

    /// A datagram.
    pub fn datagram(&mut self, now: Instant, from: SocketAddr, to: SocketAddr, octets: &[u8]) {
        let mut udp = [from.port(), to.port(), octets.len() as u16 + 8, 0]
            .map(u16::to_be_bytes)
            .concat();
        udp.extend(octets);
        self.packet(now, from, to, 17, &udp);
    }

    fn segment(
        &mut self,
        now: Instant,
        from: SocketAddr,
        to: SocketAddr,
        flags: u8,
        octets: &[u8],
    ) {
        let acknowledged = self.sequence.get(&(to, from)).copied().unwrap_or_default();
        let next = self.sequence.entry((from, to)).or_insert(1000);
        let mut tcp = [from.port(), to.port()].map(u16::to_be_bytes).concat();
        tcp.extend(next.to_be_bytes());
        tcp.extend(acknowledged.to_be_bytes());
        tcp.extend([5 << 4, flags]);
        tcp.extend([65_535u16, 0, 0].map(u16::to_be_bytes).concat());
        tcp.extend(octets);
        let flag_octets = u32::from(flags & (SYN | FIN) != 0);
        *next = next.wrapping_add(octets.len() as u32 + flag_octets);
        self.packet(now, from, to, 6, &tcp);
    }

    fn packet(
        &mut self,
        now: Instant,
        from: SocketAddr,
        to: SocketAddr,
        protocol: u8,
        payload: &[u8],
    ) {
        let (IpAddr::V4(source), IpAddr::V4(target)) = (from.ip(), to.ip()) else {
            return;
        };
        let length = payload.len() as u16 + 20;
        let mut ip = vec![0x45, 0];
        ip.extend([length, 0, 0x4000].map(u16::to_be_bytes).concat());
        ip.extend([64, protocol, 0, 0]);
        ip.extend(source.octets());
        ip.extend(target.octets());
        let sum: u32 = ip
            .chunks(2)
            .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
            .sum();
        let checksum = !((sum & 0xffff) + (sum >> 16)) as u16;
        ip[10..12].copy_from_slice(&checksum.to_be_bytes());
        let micros = now.as_nanos() / 1000;
        let header = [
            (micros / 1_000_000) as u32,
            (micros % 1_000_000) as u32,
            length.into(),
            length.into(),
        ];
        self.file.extend(header.map(u32::to_le_bytes).concat());
        self.file.extend(ip);
        self.file.extend(payload);
    }
}

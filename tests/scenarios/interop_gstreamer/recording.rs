//! What a conference sends to its terminals across a takeover.

use base::{Instant, MediaKind};
use bytes::Bytes;
use mcu_tests::conference::{SERVER, START, judge, terminals, world};
use mcu_tests::sim::Succession;
use media::plane::Channel;
use media::rtp::Header;
use std::time::Duration;

/// RTP payload types of G.711 (RFC 3551 §6).
pub const PCMU: u8 = 0;
pub const PCMA: u8 = 8;
/// What each terminal of the conference does.
const TERMINALS: [&str; 3] = [
    "room --video h264-cif --audio g711u --duration 6",
    "room --video h264-cif --audio g711a --duration 6 --sender 1",
    "room --video h264-cif --audio g711u --duration 6 --sender 2",
];
/// From the beginning of the calls until the earliest death.
const BEFORE: Duration = Duration::from_secs(3);

/// An outgoing RTP stream, as it left.
#[derive(Debug, Clone)]
pub struct Stream {
    pub kind: MediaKind,
    pub payload_type: u8,
    pub takeover: Takeover,
    /// Each with the time since the first.
    pub packets: Vec<(Duration, Bytes)>,
    /// Of those, how many are from the plane that died.
    before: usize,
}

/// Milliseconds from [`BEFORE`] to the death, and from there to the takeover.
#[derive(Debug, Clone, Copy)]
pub struct Takeover {
    pub death_ms: u64,
    pub outage_ms: u64,
}

/// The streams of all terminals of a conference with this takeover: sound and pictures of each.
pub fn record(takeover: Takeover) -> Vec<Stream> {
    let death = START + BEFORE + Duration::from_millis(takeover.death_ms);
    let outage = Duration::from_millis(takeover.outage_ms);
    let mut world = world("", Succession::new(death, outage));
    for arguments in TERMINALS {
        let terminals = terminals(arguments, world.now(), 3);
        world.add(terminals, judge(arguments), None);
    }
    world.run_for(Duration::from_secs(8));
    let sent = world.machine(SERVER).plane::<Succession>().sent();
    let mut ports: Vec<_> = sent.iter().map(|one| one.transmit.port).collect();
    ports.sort_unstable();
    ports.dedup();
    ports.retain(|port| port.channel == Channel::Rtp);
    let stream = |port| {
        let of_port = sent.iter().filter(|one| one.transmit.port == port);
        let packets: Vec<(Instant, Bytes)> = of_port
            .map(|one| (one.at, one.transmit.packet.clone()))
            .collect();
        let (header, _) = Header::parse(&packets[0].1).unwrap();
        let begin = packets[0].0;
        Stream {
            kind: port.kind,
            payload_type: header.payload_type,
            takeover,
            before: packets.iter().filter(|(at, _)| *at < death).count(),
            packets: (packets.into_iter())
                .map(|(at, packet)| (at.since(begin), packet))
                .collect(),
        }
    };
    ports.into_iter().map(stream).collect()
}

impl Stream {
    /// Ticks of the RTP clock in a second.
    pub fn clock_hz(&self) -> u32 {
        match self.kind {
            MediaKind::Audio => 8000,
            MediaKind::Video => 90_000,
        }
    }

    /// Between two mixes or two pictures, a little more of these.
    pub fn interval(&self) -> Duration {
        match self.kind {
            MediaKind::Audio => Duration::from_millis(20),
            MediaKind::Video => Duration::from_millis(34),
        }
    }

    /// Packets from the plane that died, the time from the last of them to the first of the other
    /// plane's, and how many those are.
    pub fn pause(&self) -> (usize, Duration, usize) {
        let (first, second) = self.packets.split_at(self.before);
        let pause = match (first.last(), second.first()) {
            (Some((last, _)), Some((next, _))) => *next - *last,
            _ => Duration::MAX,
        };
        (first.len(), pause, second.len())
    }

    pub fn headers(&self) -> impl Iterator<Item = (Duration, Header)> {
        (self.packets.iter()).map(|(at, packet)| (*at, Header::parse(packet).unwrap().0))
    }

    /// Where a packet belongs by its timestamp, counted from the first.
    pub fn place(&self, header: &Header) -> Duration {
        let (first, _) = Header::parse(&self.packets[0].1).unwrap();
        let ticks = header.timestamp.wrapping_sub(first.timestamp);
        Duration::from_nanos(u64::from(ticks) * 1_000_000_000 / u64::from(self.clock_hz()))
    }

    /// Sequence numbers that were left out.
    pub fn missing(&self) -> Vec<u16> {
        let numbers: Vec<u16> = self.headers().map(|(_, header)| header.sequence).collect();
        let holes = |pair: &[u16]| {
            let first = pair[0].wrapping_add(1);
            let count = pair[1].wrapping_sub(first) as i16;
            (0..count).map(move |n| first.wrapping_add_signed(n))
        };
        numbers.windows(2).flat_map(holes).collect()
    }

    /// Instants of sampling, of which each picture has one.
    pub fn pictures(&self) -> usize {
        let mut stamps: Vec<u32> = self.headers().map(|(_, header)| header.timestamp).collect();
        stamps.dedup();
        stamps.len()
    }

    /// The same with other headers after the takeover.
    pub fn altered(&self, alter: impl Fn(&mut Header)) -> Stream {
        let mut stream = self.clone();
        for (_, packet) in &mut stream.packets[self.before..] {
            let (mut header, payload) = Header::parse(packet).unwrap();
            alter(&mut header);
            *packet = header.packet(payload);
        }
        stream
    }
}

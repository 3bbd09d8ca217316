//! Takeovers with the codecs of this crate.

use super::party::Party;
use super::real_codecs::meeting;
use crate::Picture;
use crate::codec::VideoEncoder;
use crate::plane::{Channel, Plane};
use crate::room::Rooms;
use crate::room::codecs::{BuiltIn, Codecs};
use crate::rtp::Header;
use crate::rtp::picture_buffer::PictureBuffer;
use crate::video::pattern;
use base::{Instant, MediaKind, PictureSize, VideoCodec};
use std::time::Duration;

/// A room of `count` parties whose pictures a backup keeps for `ms`; the first picture is intra.
struct Keeping {
    rooms: Rooms,
    parties: Vec<Party>,
    encoders: Vec<Box<dyn VideoEncoder>>,
    picture: Picture,
    now_ms: u64,
    kept_packets: u64,
}

impl Keeping {
    fn new(count: u8, codec: VideoCodec, ms: u64) -> Self {
        let (mut rooms, parties, encoders) = meeting(codec, count);
        rooms.prepare(Instant::ZERO);
        let mut keeping = Keeping {
            rooms,
            parties,
            encoders,
            picture: Picture::black(PictureSize::CIF),
            now_ms: 0,
            kept_packets: 0,
        };
        keeping.send(ms, Rooms::keep);
        keeping
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.now_ms)
    }

    /// Everybody sends for some milliseconds.
    fn send(
        &mut self,
        ms: u64,
        to: fn(&mut Rooms, Instant, crate::plane::Port, std::net::SocketAddr, &[u8]),
    ) {
        for _ in 0..ms {
            self.now_ms += 1;
            let now = self.now();
            if self.now_ms % 33 != 1 {
                continue;
            }
            for (party, encoder) in self.parties.iter_mut().zip(&mut self.encoders) {
                pattern::draw(party.id, (self.now_ms / 33) as u16, &mut self.picture);
                let coded = encoder.encode(&self.picture, now.ticks(90_000), false);
                let last = coded.payloads.len() - 1;
                for (at, payload) in coded.payloads.iter().enumerate() {
                    let packet = party.picture.packet(now, at == last, payload);
                    let port = party.port(MediaKind::Video, Channel::Rtp);
                    to(&mut self.rooms, now, port, party.address, &packet);
                    self.kept_packets += 1;
                }
            }
        }
    }

    /// What the first party sees in the first picture, and how many calls it took to get there.
    fn take_over(&mut self, codec: VideoCodec) -> (Picture, usize) {
        self.rooms.take_over(self.now());
        let mut eye = BuiltIn.decoder(codec).unwrap();
        let mut buffer = PictureBuffer::new();
        for calls in 1.. {
            self.rooms.handle_timeout(self.now());
            while let Some(transmit) = self.rooms.poll_transmit() {
                if transmit.port == self.parties[0].port(MediaKind::Video, Channel::Rtp) {
                    let (header, payload) = Header::parse(&transmit.packet).unwrap();
                    let sequence = header.sequence.into();
                    buffer.put(self.now(), sequence, header.timestamp, false, payload);
                    if header.marker {
                        // Another timestamp ends the picture.
                        buffer.put(self.now(), i64::from(header.sequence) + 1, 0, true, &[]);
                        let coded = buffer.take(self.now()).unwrap();
                        return (eye.decode(&coded).unwrap().unwrap().clone(), calls);
                    }
                }
            }
            assert!(self.rooms.poll_notice().is_none());
        }
        unreachable!()
    }
}

fn check(codec: VideoCodec, count: u8, ms: u64) {
    let mut keeping = Keeping::new(count, codec, ms);
    let (mosaic, calls) = keeping.take_over(codec);
    let codes = pattern::read_all(&mosaic);
    let mut senders: Vec<u8> = codes.iter().map(|(_, code)| code.sender).collect();
    senders.sort();
    assert_eq!(senders, (1..=count).collect::<Vec<u8>>(), "{codec:?}");
    let newest = (ms / 33) as u16;
    assert!(
        codes.iter().all(|(_, code)| code.frame + 1 >= newest),
        "{codes:?} of {newest}"
    );
    // One picture at a time.
    let pictures = usize::from(count) * (ms / 33) as usize;
    assert!(
        (pictures..=pictures + 4 * usize::from(count)).contains(&calls),
        "{calls}"
    );
}

#[test]
fn the_first_mosaic_in_h264_shows_everybody() {
    for ms in [40, 500, 1003, 2998] {
        check(VideoCodec::H264, 3, ms);
    }
    check(VideoCodec::H264, 9, 300);
}

#[test]
fn the_first_mosaic_in_h261_shows_everybody() {
    for ms in [200, 1003] {
        check(VideoCodec::H261, 3, ms);
    }
}

/// Figures, not a test: `cargo test --release -p media -- --ignored --nocapture how_long`.
#[test]
#[ignore = "prints how long catching up takes"]
fn how_long_catching_up_takes() {
    for (codec, count, ms) in [
        (VideoCodec::H264, 3, 2000),
        (VideoCodec::H264, 3, 9900),
        (VideoCodec::H264, 9, 2000),
        (VideoCodec::H261, 3, 2000),
        (VideoCodec::H261, 3, 9900),
    ] {
        #[expect(clippy::disallowed_methods, reason = "this is a measurement")]
        let clock = std::time::Instant::now;
        // The fastest of some runs: other work on the machine only makes it slower.
        let runs = (0..5).map(|_| {
            let mut keeping = Keeping::new(count, codec, ms);
            let memory = keeping.rooms.kept().memory();
            let begin = clock();
            keeping.rooms.take_over(keeping.now());
            let taken_over = begin.elapsed();
            let (mut calls, mut slowest) = (0, Duration::ZERO);
            while (keeping.rooms.next_timeout()).is_some_and(|at| at <= keeping.now()) {
                let call = clock();
                keeping.rooms.handle_timeout(keeping.now());
                slowest = slowest.max(call.elapsed());
                calls += 1;
            }
            let packets = keeping.kept_packets;
            (begin.elapsed(), taken_over, slowest, calls, packets, memory)
        });
        let (first, taken_over, slowest, calls, packets, memory) = runs.min().unwrap();
        println!(
            "{codec:?} {count} x {ms} ms, {packets} packets in {memory} octets: take_over {taken_over:?}, \
             first picture after {first:?} and {calls} calls, the slowest {slowest:?}",
        );
    }
}

/// The same for what a backup does all the time.
#[test]
#[ignore = "prints what keeping a packet takes"]
fn how_long_keeping_takes() {
    let mut keeping = Keeping::new(3, VideoCodec::H264, 100);
    let now = keeping.now();
    let party = &mut keeping.parties[0];
    let port = party.port(MediaKind::Video, Channel::Rtp);
    for octets in [160, 1200] {
        let packets: Vec<_> = (0..100_000)
            .map(|n| {
                let payload = [
                    &[if n % 300 == 0 { 0x65 } else { 0x41 }][..],
                    &vec![0; octets - 1],
                ]
                .concat();
                party.picture.packet(now, n % 3 == 0, &payload)
            })
            .collect();
        #[expect(clippy::disallowed_methods, reason = "this is a measurement")]
        let clock = std::time::Instant::now;
        let begin = clock();
        for (n, packet) in packets.iter().enumerate() {
            let now = Instant::from_millis(100 + n as u64);
            keeping.rooms.keep(now, port, party.address, packet);
        }
        println!(
            "{octets} octets: {:?} a packet",
            begin.elapsed() / packets.len() as u32
        );
    }
}

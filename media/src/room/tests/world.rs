//! Parties, a room and a clock.

use super::party::{ALONE, INTER, INTRA, Party};
use crate::Picture;
use crate::codec::{CodedPicture, DecodeError, EncodedPicture, VideoDecoder, VideoEncoder};
use crate::plane::{Channel, Command, Layout, Notice, Plane, RoomId, RoomSettings, StreamMark};
use crate::room::Rooms;
use crate::room::codecs::Codecs;
use crate::rtp::Header;
use crate::video::pattern;
use base::{Bitrate, Instant, MediaKind, PictureSize, VideoCodec, VideoFormat};
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub const ROOM: RoomId = RoomId(1);

pub struct World {
    pub now: Instant,
    pub rooms: Rooms,
    pub parties: Vec<Party>,
    pub notices: Vec<Notice>,
    pub codecs: FakeCodecs,
    /// Called for each packet towards the room; false loses it.
    pub passes: Box<dyn FnMut(MediaKind, u64) -> bool>,
    packets: u64,
    pub backup: Option<Backup>,
}

/// Another node, which hears what the first one hears.
pub struct Backup {
    pub rooms: Rooms,
    pub codecs: FakeCodecs,
    /// It gets a copy of all packets.
    pub is_warm: bool,
    pub serves: bool,
    /// How often it can do something.
    pub calls_per_ms: usize,
    /// Who gets what it sends.
    pub parties: Vec<Party>,
    pub notices: Vec<Notice>,
}

impl World {
    pub fn new(layout: Layout) -> Self {
        let codecs = FakeCodecs::default();
        // Not on the grid of mixes.
        let now = Instant::from_millis(100_003);
        let mut rooms = Rooms::with_codecs(1, Box::new(codecs.clone()));
        let settings = RoomSettings {
            layout,
            frame_rate: 30,
        };
        rooms.command(now, Command::Room(ROOM, settings));
        World {
            now,
            rooms,
            parties: Vec::new(),
            notices: Vec::new(),
            codecs,
            passes: Box::new(|_, _| true),
            packets: 0,
            backup: None,
        }
    }

    /// With another node that holds the same room.
    pub fn paired(mut self, is_warm: bool) -> Self {
        let World { rooms, codecs, .. } = World::new(Layout::Automatic);
        self.backup = Some(Backup {
            rooms,
            codecs,
            is_warm,
            serves: false,
            calls_per_ms: usize::MAX,
            parties: Vec::new(),
            notices: Vec::new(),
        });
        self
    }

    /// The other node goes on with what this one, which has served until `until`, had sent at `at`. This
    /// one goes on as well, to show how things would be.
    pub fn take_over(&mut self, until: Instant, at: Instant, marks: &[StreamMark]) {
        let backup = self.backup();
        backup.rooms.take_over(until);
        for mark in marks {
            backup.rooms.continue_stream(until, at, *mark);
        }
        backup.serves = true;
    }

    pub fn backup(&mut self) -> &mut Backup {
        self.backup.as_mut().unwrap()
    }

    /// Parties 1 to `count` in the room, with pictures if so wanted.
    pub fn with(mut self, count: u8, with_video: bool) -> Self {
        for id in 1..=count {
            let mut party = Party::new(id);
            party.shows = with_video;
            self.enter(party);
        }
        self
    }

    pub fn enter(&mut self, party: Party) {
        if let Some(backup) = &mut self.backup {
            backup.parties.push(Party::new(party.id));
        }
        let opening = party.opening(party.shows);
        self.command(Command::Join {
            participant: party.participant(),
            room: ROOM,
            label: format!("party {}", party.id),
        });
        opening
            .into_iter()
            .for_each(|command| self.command(command));
        self.parties.push(party);
    }

    /// A party sends a packet of a telephone event, `#`.
    pub fn press(&mut self, id: u8, flags: u8) {
        let party = self.party(id);
        let header = Header {
            marker: false,
            payload_type: 101,
            sequence: party.sound.sequence,
            timestamp: 4711,
            ssrc: party.sound.ssrc,
        };
        party.sound.sequence = party.sound.sequence.wrapping_add(1);
        let packet = header.packet(&[11, flags, 0, 160]);
        let sent = vec![(id, MediaKind::Audio, packet)];
        self.deliver(sent);
    }

    pub fn command(&mut self, command: Command) {
        if let Some(backup) = &mut self.backup {
            backup.rooms.command(self.now, command.clone());
        }
        self.rooms.command(self.now, command);
        self.collect();
    }

    pub fn party(&mut self, id: u8) -> &mut Party {
        self.parties.iter_mut().find(|p| p.id == id).unwrap()
    }

    pub fn encodings(&self) -> usize {
        self.codecs.encodings.load(Ordering::Relaxed)
    }

    pub fn run(&mut self, ms: u64) {
        for _ in 0..ms {
            self.now += Duration::from_millis(1);
            self.send();
            while self.rooms.next_timeout().is_some_and(|at| at <= self.now) {
                self.rooms.handle_timeout(self.now);
            }
            self.collect();
            if let Some(backup) = &mut self.backup {
                backup.run(self.now, &mut self.parties);
            }
        }
    }

    fn send(&mut self) {
        let (now, ms) = (self.now, self.now.as_nanos() / 1_000_000);
        let mut sent = Vec::new();
        for party in &mut self.parties {
            if party.speaks && ms % 20 == u64::from(party.id) % 20 {
                sent.push((party.id, MediaKind::Audio, party.say(now)));
            }
            if party.shows && ms % 33 == u64::from(party.id) % 33 {
                let packets = party.show(now, PictureSize::CIF);
                sent.extend(packets.map(|packet| (party.id, MediaKind::Video, packet)));
            }
        }
        self.deliver(sent);
    }

    fn deliver(&mut self, sent: Vec<(u8, MediaKind, Bytes)>) {
        for (id, kind, packet) in sent {
            self.packets += 1;
            if !(self.passes)(kind, self.packets) {
                continue;
            }
            let (now, party) = (self.now, self.party(id));
            let (port, from) = (party.port(kind, Channel::Rtp), party.address);
            self.rooms.receive(now, port, from, &packet);
            match &mut self.backup {
                Some(backup) if backup.serves => backup.rooms.receive(now, port, from, &packet),
                Some(backup) if backup.is_warm => backup.rooms.keep(now, port, from, &packet),
                _ => {}
            }
        }
    }

    fn collect(&mut self) {
        while let Some(transmit) = self.rooms.poll_transmit() {
            let to = transmit.port.participant;
            if let Some(party) = self.parties.iter_mut().find(|p| p.participant() == to) {
                party.hear(self.now, transmit.port, transmit.packet);
            }
        }
        while let Some(notice) = self.rooms.poll_notice() {
            self.notices.push(notice);
        }
    }
}

/// From a request until the sender has an intra picture.
pub const INTRA_LATENCY: Duration = Duration::from_millis(60);

impl Backup {
    fn run(&mut self, now: Instant, senders: &mut [Party]) {
        for _ in 0..self.calls_per_ms {
            if !self.serves || self.rooms.next_timeout().is_none_or(|at| at > now) {
                break;
            }
            self.rooms.handle_timeout(now);
        }
        while let Some(transmit) = self.rooms.poll_transmit() {
            let to = transmit.port.participant;
            if let Some(party) = self.parties.iter_mut().find(|p| p.participant() == to) {
                party.hear(now, transmit.port, transmit.packet);
            }
        }
        while let Some(notice) = self.rooms.poll_notice() {
            if let Notice::NeedIntra(id) = notice
                && let Some(sender) = senders.iter_mut().find(|p| p.participant() == id)
                && sender.answers
            {
                sender.intra_at.get_or_insert(now + INTRA_LATENCY);
            }
            self.notices.push(notice);
        }
    }
}

/// Codecs that do no work: a sender's picture is a number that becomes the test pattern, and a
/// mosaic travels as it is.
#[derive(Clone, Default)]
pub struct FakeCodecs {
    pub encodings: Arc<AtomicUsize>,
    pub encoders: Arc<AtomicUsize>,
    pub decodings: Arc<AtomicUsize>,
    pub decoders: Arc<AtomicUsize>,
}

impl Codecs for FakeCodecs {
    fn encoder(&self, _: VideoFormat) -> Option<Box<dyn VideoEncoder>> {
        self.encoders.fetch_add(1, Ordering::Relaxed);
        Some(Box::new(FakeEncoder(Arc::clone(&self.encodings))))
    }
    fn decoder(&self, _: VideoCodec) -> Option<Box<dyn VideoDecoder>> {
        self.decoders.fetch_add(1, Ordering::Relaxed);
        Some(Box::new(FakeDecoder {
            shown: None,
            reference: None,
            was_intra: false,
            decodings: Arc::clone(&self.decodings),
        }))
    }
}

struct FakeEncoder(Arc<AtomicUsize>);

impl VideoEncoder for FakeEncoder {
    fn encode(&mut self, picture: &Picture, _: u32, intra: bool) -> EncodedPicture {
        self.0.fetch_add(1, Ordering::Relaxed);
        let size = picture.size();
        let mut octets = size.width.to_be_bytes().to_vec();
        octets.extend(size.height.to_be_bytes());
        for plane in [&picture.y, &picture.u, &picture.v] {
            octets.extend_from_slice(plane);
        }
        let payloads = (octets.chunks(40_000))
            .map(|part| Bytes::from([&[u8::from(intra)], part].concat()))
            .collect();
        EncodedPicture { payloads, intra }
    }
    fn set_bit_rate(&mut self, _: Bitrate) {}
}

struct FakeDecoder {
    shown: Option<Picture>,
    /// Number of the last picture, if the next one can refer to it.
    reference: Option<u16>,
    was_intra: bool,
    decodings: Arc<AtomicUsize>,
}

impl VideoDecoder for FakeDecoder {
    fn decode(&mut self, coded: &CodedPicture) -> Result<Option<&Picture>, DecodeError> {
        self.decodings.fetch_add(1, Ordering::Relaxed);
        let reference = self.reference.take();
        let [Some(first), Some(_)] = coded.payloads.as_slice() else {
            return Err(DecodeError::NeedIntra);
        };
        let [kind, sender, f0, f1, w0, w1, h0, h1] = first[..] else {
            return Err(DecodeError::NeedIntra);
        };
        let number = u16::from_be_bytes([f0, f1]);
        match kind {
            ALONE | INTRA => {}
            INTER if reference == Some(number.wrapping_sub(1)) => {}
            _ => return Err(DecodeError::NeedIntra),
        }
        self.reference = Some(number);
        let [width, height] = [[w0, w1], [h0, h1]].map(u16::from_be_bytes);
        let mut picture = Picture::black(PictureSize::new(width, height));
        pattern::draw(sender, number, &mut picture);
        self.was_intra = kind != INTER;
        Ok(Some(self.shown.insert(picture)))
    }
    fn was_intra(&self) -> bool {
        self.was_intra
    }
}

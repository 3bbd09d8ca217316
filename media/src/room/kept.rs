//! What a node that does not serve keeps of the incoming streams, as it came: the latest sound, and
//! the pictures since the last one that a decoder can start from. Everything is bounded.

use super::limits::{
    INTRA_KEPT_AFTER, KEPT_OCTETS_MAX, PARAMETER_SET_OCTETS_MAX, PARAMETER_SETS_KEPT_MAX,
    PICTURE_OCTETS_KEPT_MAX, PICTURES_KEPT, PICTURES_KEPT_MAX, SOUND_KEPT, SOUND_PACKETS_KEPT_MAX,
};
use super::source::{Accepted, Held};
use crate::rtp::Header;
use crate::rtp::intra::{is_intra_h264, parameter_sets_h264};
use crate::rtp::picture_buffer::Markers;
use crate::rtp::sequence::Extended;
use base::{Instant, MediaKind, ParticipantId, VideoCodec};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};

/// A packet without its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// When it came.
    pub at: Instant,
    /// Its sequence number with wraps.
    pub sequence: Extended,
    /// Its header.
    pub header: Header,
}

impl Packet {
    /// One that came at `at` and counted.
    pub fn new(at: Instant, accepted: &Accepted<'_>) -> Self {
        Packet {
            at,
            sequence: accepted.sequence,
            header: accepted.header,
        }
    }

    /// The one before, which counts now that its source has proved itself.
    pub fn held(at: Instant, accepted: &Accepted<'_>, held: &Held) -> Self {
        Packet {
            at,
            sequence: accepted.sequence - 1,
            header: held.header,
        }
    }
}

/// Packets in the order they came. Their payloads lie in one piece of memory, so that keeping one
/// costs a copy and no allocation.
#[derive(Debug, Clone, Default)]
pub struct Packets {
    entries: VecDeque<(Packet, usize)>,
    octets: Vec<u8>,
    /// Octets at the start that are of no use any more.
    used: usize,
}

impl Packets {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Octets of their payloads.
    pub fn octets(&self) -> usize {
        self.octets.len() - self.used
    }

    /// The oldest one.
    pub fn first(&self) -> Option<&Packet> {
        self.entries.front().map(|(packet, _)| packet)
    }

    /// The newest one.
    pub fn last(&self) -> Option<&Packet> {
        self.entries.back().map(|(packet, _)| packet)
    }

    /// All of them, oldest first, with the octets of their payloads.
    pub fn iter(&self) -> impl Iterator<Item = (&Packet, usize)> {
        self.entries
            .iter()
            .map(|(packet, octets)| (packet, *octets))
    }

    /// Adds the newest one.
    pub fn push(&mut self, packet: Packet, payload: &[u8]) {
        // Moves no more octets than were added since the last time.
        if self.used > self.octets() {
            self.octets.drain(..self.used);
            self.used = 0;
        }
        self.octets.extend_from_slice(payload);
        self.entries.push_back((packet, payload.len()));
    }

    /// Takes the oldest one.
    pub fn pop(&mut self) -> Option<(Packet, &[u8])> {
        let (packet, length) = self.entries.pop_front()?;
        let start = self.used;
        self.used += length;
        Some((packet, &self.octets[start..self.used]))
    }

    /// Forgets all; the memory stays.
    fn clear(&mut self) {
        self.entries.clear();
        self.octets.clear();
        self.used = 0;
    }

    /// Octets of memory.
    fn memory(&self) -> usize {
        self.octets.capacity() + self.entries.capacity() * size_of::<(Packet, usize)>()
    }
}

/// The pictures of one stream.
#[derive(Debug, Clone, Default)]
pub struct Pictures {
    /// H.264: from the last intra picture on. H.261: the latest.
    pub packets: Packets,
    /// H.264 parameter sets, newest last; they may have come long before.
    pub parameter_sets: Vec<Bytes>,
    /// What is known of the sender's markers.
    pub markers: Markers,
    /// How many pictures the packets belong to.
    count: usize,
    highest: Option<Extended>,
}

impl Pictures {
    fn keep(&mut self, codec: VideoCodec, packet: Packet, payload: &[u8]) {
        let timestamp = packet.header.timestamp;
        if self.highest.is_none_or(|highest| packet.sequence > highest) {
            self.highest = Some(packet.sequence);
            self.markers.see(timestamp, packet.header.marker);
        }
        if codec == VideoCodec::H264 {
            parameter_sets_h264(payload).for_each(|set| self.keep_parameter_set(set));
            if is_intra_h264(payload) {
                self.begin(timestamp);
            } else if self.packets.is_empty() {
                return;
            }
        }
        let continues = self
            .packets
            .last()
            .is_some_and(|p| p.header.timestamp == timestamp);
        self.count += usize::from(!continues);
        self.packets.push(packet, payload);
        match codec {
            // Without its beginning the rest is worth nothing.
            VideoCodec::H264 if self.is_too_much() => self.forget(),
            VideoCodec::H264 => {}
            // A decoder can start anywhere, and intra macroblocks come all the time.
            VideoCodec::H261 => {
                while self.is_too_much() {
                    self.pop();
                }
            }
        }
    }

    /// An intra picture of `timestamp` has begun: nothing before it is needed.
    fn begin(&mut self, timestamp: u32) {
        if self
            .packets
            .last()
            .is_none_or(|p| p.header.timestamp != timestamp)
        {
            self.packets.clear();
            self.count = 0;
        }
        while self
            .packets
            .first()
            .is_some_and(|p| p.header.timestamp != timestamp)
        {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some((gone, _)) = self.packets.pop() else {
            return;
        };
        let ends = self
            .packets
            .first()
            .is_none_or(|p| p.header.timestamp != gone.header.timestamp);
        self.count -= usize::from(ends);
    }

    fn forget(&mut self) {
        self.packets = Packets::default();
        self.count = 0;
    }

    fn is_too_much(&self) -> bool {
        let (Some(first), Some(last)) = (self.packets.first(), self.packets.last()) else {
            return false;
        };
        last.at.since(first.at) > PICTURES_KEPT
            || self.count > PICTURES_KEPT_MAX
            || self.packets.octets() > PICTURE_OCTETS_KEPT_MAX
    }

    fn keep_parameter_set(&mut self, set: &[u8]) {
        if self.parameter_sets.last().is_some_and(|last| last == set)
            || set.len() > PARAMETER_SET_OCTETS_MAX
        {
            return;
        }
        let known = self.parameter_sets.iter().position(|other| other == set);
        let set = match known {
            Some(at) => self.parameter_sets.remove(at),
            None => Bytes::copy_from_slice(set),
        };
        if self.parameter_sets.len() == PARAMETER_SETS_KEPT_MAX {
            self.parameter_sets.remove(0);
        }
        self.parameter_sets.push(set);
    }

    fn memory(&self) -> usize {
        self.packets.memory()
    }
}

/// What is kept of all incoming streams.
#[derive(Debug, Default)]
pub struct Kept {
    sounds: BTreeMap<ParticipantId, Packets>,
    pictures: BTreeMap<ParticipantId, Pictures>,
    /// Octets of memory of both.
    memory: usize,
}

impl Kept {
    /// Keeps a packet of sound, and forgets those that are too old.
    pub fn keep_sound(&mut self, id: ParticipantId, packet: Packet, payload: &[u8]) {
        let packets = self.sounds.entry(id).or_default();
        let before = packets.memory();
        packets.push(packet, payload);
        while packets.len() > SOUND_PACKETS_KEPT_MAX
            || (packets.first()).is_some_and(|first| packet.at.since(first.at) > SOUND_KEPT)
        {
            packets.pop();
        }
        let after = packets.memory();
        if !self.account(before, after) {
            self.forget(id, MediaKind::Audio);
        }
    }

    /// Keeps a packet of a picture if a decoder can start at it or before it.
    pub fn keep_picture(
        &mut self,
        id: ParticipantId,
        codec: VideoCodec,
        packet: Packet,
        payload: &[u8],
    ) {
        let pictures = self.pictures.entry(id).or_default();
        let before = pictures.memory();
        pictures.keep(codec, packet, payload);
        let after = pictures.memory();
        if !self.account(before, after) {
            self.forget(id, MediaKind::Video);
        }
    }

    /// Forgets a stream: it has ended, or another source has begun.
    pub fn forget(&mut self, id: ParticipantId, kind: MediaKind) {
        let gone = match kind {
            MediaKind::Audio => self.sounds.remove(&id).map(|packets| packets.memory()),
            MediaKind::Video => self.pictures.remove(&id).map(|pictures| pictures.memory()),
        };
        self.memory -= gone.unwrap_or(0);
    }

    /// Whether a decoder can start from what has come since `since`.
    pub fn begins_since(&self, id: ParticipantId, codec: VideoCodec, since: Instant) -> bool {
        let Some(packets) = self.pictures.get(&id).map(|pictures| &pictures.packets) else {
            return false;
        };
        let (Some(first), Some(last)) = (packets.first(), packets.last()) else {
            return false;
        };
        match codec {
            VideoCodec::H264 => first.at >= since,
            // Where an intra picture is, is not known: one was asked for, and comes soon.
            VideoCodec::H261 => last.at.since(first.at.max(since)) >= INTRA_KEPT_AFTER,
        }
    }

    /// Octets of memory that it takes.
    pub fn memory(&self) -> usize {
        self.memory
    }

    /// The sound of everybody.
    pub fn take_sounds(&mut self) -> BTreeMap<ParticipantId, Packets> {
        let sounds = std::mem::take(&mut self.sounds);
        self.memory -= sounds.values().map(Packets::memory).sum::<usize>();
        sounds
    }

    /// The pictures of everybody.
    pub fn take_pictures(&mut self) -> BTreeMap<ParticipantId, Pictures> {
        let pictures = std::mem::take(&mut self.pictures);
        self.memory -= pictures.values().map(Pictures::memory).sum::<usize>();
        pictures
    }

    /// A stream takes other memory now; false if that is too much.
    fn account(&mut self, before: usize, after: usize) -> bool {
        self.memory = self.memory + after - before;
        self.memory <= KEPT_OCTETS_MAX
    }
}

//! What a node does instead of serving while another one serves, and how it goes on from there.
//!
//! Packets are judged as if this node served, so sources, losses and silence are known; what counts is
//! kept. At the takeover the last moments of sound are mixed once more without being sent, so that
//! everything that follows the sound is in step. Pictures are decoded one by one between other work.

use super::kept::Packet;
use super::limits::{MIX_INTERVAL, SOUND_KEPT};
use super::listener::FRAME_MS_MAX;
use super::participant::Participant;
use super::voice::Voice;
use super::{Rooms, mix_instant, mixes_until};
use crate::plane::{Channel, Notice, Plane, Port, StreamMark};
use crate::rtp::sequence::MAX_DROPOUT;
use base::{Instant, MediaKind, ParticipantId};
use std::net::SocketAddr;

/// Mixes within which the longest outgoing packet begins and ends, wherever it begins.
const MIXES_MIN: u64 = 2 * FRAME_MS_MAX as u64 / MIX_INTERVAL.as_millis() as u64;
/// Mixes of all the sound that is kept.
const MIXES_MAX: u64 = SOUND_KEPT.as_millis() as u64 / MIX_INTERVAL.as_millis() as u64 + 2;

impl Rooms {
    pub(super) fn make_ready(&mut self) {
        if std::mem::replace(&mut self.is_prepared, true) {
            return;
        }
        let codecs = self.codecs.as_ref();
        for conference in self.rooms.values_mut() {
            conference.decode_what_is_seen(&mut self.participants);
            conference.prepare(codecs);
        }
        let cameras = self
            .participants
            .values_mut()
            .filter_map(|p| p.camera.as_mut());
        cameras.for_each(|camera| camera.prepare(codecs));
    }

    pub(super) fn keep_packet(&mut self, at: Instant, port: Port, from: SocketAddr, packet: &[u8]) {
        let (id, kind) = (port.participant, port.kind);
        let Some(participant) = self.participants.get_mut(&id) else {
            return;
        };
        let link = participant.link_mut(kind);
        if port.channel == Channel::Rtcp {
            // Its own requests were answered there.
            link.take_control(at, from, packet);
            return;
        }
        let Some((accepted, _)) = link.accept(at, from, packet) else {
            return;
        };
        if accepted.begins.is_some() {
            self.kept.forget(id, kind);
        }
        let held = (accepted.begins.as_ref())
            .map(|held| (Packet::held(at, &accepted, held), &held.payload[..]));
        let packets = held
            .into_iter()
            .chain([(Packet::new(at, &accepted), accepted.payload)]);
        match kind {
            MediaKind::Audio => {
                packets.for_each(|(packet, payload)| self.kept.keep_sound(id, packet, payload));
            }
            MediaKind::Video => {
                let Some(camera) = participant.camera.as_ref().filter(|c| c.is_wanted()) else {
                    return;
                };
                let codec = camera.codec();
                packets.for_each(|(packet, payload)| {
                    self.kept.keep_picture(id, codec, packet, payload);
                });
            }
        }
    }

    pub(super) fn ask_everybody_for_intra(&mut self, now: Instant) {
        for participant in self.participants.values_mut() {
            if let Some(camera) = &mut participant.camera {
                camera.want_intra();
            }
        }
        let ids: Vec<ParticipantId> = self.participants.keys().copied().collect();
        for id in ids {
            self.advance_camera(now, id);
        }
    }

    pub(super) fn has_kept_since(&self, since: Instant) -> bool {
        let sends = |participant: &Participant| {
            (participant.video.last_packet_at()).is_some_and(|at| at >= since)
        };
        (self.participants.iter()).all(|(&id, participant)| match &participant.camera {
            Some(camera) if camera.is_wanted() && sends(participant) => {
                self.kept.begins_since(id, camera.codec(), since)
            }
            _ => true,
        })
    }

    pub(super) fn begin_to_serve(&mut self, now: Instant) {
        for participant in self.participants.values_mut() {
            participant.audio.settle(now);
            participant.video.settle(now);
        }
        self.rehearse(now);
        // Of these nothing more may be known than when they began.
        for mark in self.marks() {
            let participant = self.participants.get(&mark.participant);
            if let Some(opened_at) = participant.and_then(|p| p.link(mark.kind).opened_at()) {
                self.go_on_from(now, opened_at, mark);
            }
        }
        for conference in self.rooms.values() {
            conference.decode_what_is_seen(&mut self.participants);
        }
        self.replay_pictures(now);
        for conference in self.rooms.values_mut() {
            conference.hold(now, &self.participants);
        }
    }

    /// Mixes the sound that was kept as it was mixed there, without sending it.
    fn rehearse(&mut self, now: Instant) {
        let mut sounds = self.kept.take_sounds();
        for (id, packets) in &sounds {
            if let Some(participant) = self.participants.get_mut(id)
                && let Some(voice) = &mut participant.voice
            {
                let link = &participant.audio;
                let sound = packets
                    .iter()
                    .filter(|(packet, _)| link.is_media(&packet.header));
                let arrivals = sound
                    .map(|(packet, octets)| (packet.at, packet.header.timestamp, octets as u32));
                *voice = Voice::again(voice.codec(), arrivals);
            }
        }
        let until = mixes_until(now);
        let oldest = sounds
            .values()
            .filter_map(|packets| packets.first())
            .map(|first| first.at);
        let earliest = oldest.min().map_or(until, mixes_until).min(until);
        let count = (until + 1 - earliest).clamp(MIXES_MIN, MIXES_MAX);
        // The numbers of what is not sent are not used.
        let before = self.marks();
        for number in (until + 1).saturating_sub(count)..=until {
            let at = mix_instant(number);
            for (&id, packets) in &mut sounds {
                while packets.first().is_some_and(|first| first.at <= at) {
                    if let Some((packet, payload)) = packets.pop() {
                        self.hear(id, packet, payload);
                    }
                }
            }
            for conference in self.rooms.values_mut() {
                conference.mix(at, &mut self.participants, &mut |_| {});
            }
        }
        // What has come since the last mix is for the next one.
        for (id, mut packets) in sounds {
            while let Some((packet, payload)) = packets.pop() {
                self.hear(id, packet, payload);
            }
        }
        for mark in before {
            self.set_sender(mark);
        }
        self.mixes = until;
    }

    /// Takes a packet of the sound of `id`, which counts.
    pub(super) fn hear(&mut self, id: ParticipantId, packet: Packet, payload: &[u8]) {
        let Some(participant) = self.participants.get_mut(&id) else {
            return;
        };
        let Some(voice) = &mut participant.voice else {
            return;
        };
        let Packet { at, header, .. } = packet;
        if participant.audio.is_media(&header) {
            voice.put(at, header.timestamp, header.marker, payload);
        } else if let Some(digit) = voice.digits.take(header.timestamp, payload) {
            self.notice(Notice::Digit(id, digit, header.timestamp));
        }
    }

    /// Gives the cameras what was kept, and asks those without for an intra picture.
    fn replay_pictures(&mut self, now: Instant) {
        let mut pictures = self.kept.take_pictures();
        let mut catching_up = Vec::new();
        let codecs = self.codecs.as_ref();
        for (&id, participant) in &mut self.participants {
            let Some(camera) = &mut participant.camera else {
                continue;
            };
            let kept = pictures.remove(&id);
            let packets = kept.as_ref().map_or(0, |kept| kept.packets.len());
            if camera.take_over(kept, codecs) {
                catching_up.push((packets, id));
            }
        }
        // Those who are soon done first, so that many are there early.
        catching_up.sort();
        self.catching_up = catching_up.into_iter().map(|(_, id)| id).collect();
        let ids: Vec<ParticipantId> = self.participants.keys().copied().collect();
        for id in ids {
            self.advance_camera(now, id);
        }
    }

    /// Decodes one picture of the past. More at a time would keep the sound waiting.
    pub(super) fn catch_up(&mut self, now: Instant) {
        while let Some(&id) = self.catching_up.front() {
            if let Some(participant) = self.participants.get_mut(&id)
                && let Some(camera) = &mut participant.camera
                && camera.is_catching_up()
            {
                camera.catch_up(self.codecs.as_ref());
                if camera.is_catching_up() {
                    return;
                }
                if let Some(room) = self.rooms.get_mut(&participant.room) {
                    room.note_progress(now);
                }
                self.catching_up.pop_front();
                return self.advance_camera(now, id);
            }
            self.catching_up.pop_front();
        }
    }

    pub(super) fn go_on_from(&mut self, now: Instant, at: Instant, mut mark: StreamMark) {
        // Its clock may have been a little ahead.
        let until = now.max(at);
        self.mixes = self.mixes.max(mixes_until(until));
        let Some(participant) = self.participants.get(&mark.participant) else {
            return;
        };
        let used = match mark.kind {
            MediaKind::Audio => (participant.listener.as_ref()).map_or(0, |listener| {
                listener.packets_until(until) - listener.packets_until(at)
            }),
            MediaKind::Video => (self.rooms.get(&participant.room)).map_or(0, |room| {
                let largest = mark.sender.largest_picture;
                room.packets_between(mark.participant, (at, until), largest)
            }),
        };
        // Receivers would take more for another source.
        let used = used.min(u64::from(MAX_DROPOUT) - 1);
        mark.sender.sequence = mark.sender.sequence.wrapping_add(used as u16);
        self.set_sender(mark);
    }

    fn set_sender(&mut self, mark: StreamMark) {
        let participant = self.participants.get_mut(&mark.participant);
        if let Some(sender) = participant.and_then(|p| p.link_mut(mark.kind).sender_mut()) {
            *sender = mark.sender;
        }
    }
}

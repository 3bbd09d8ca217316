//! The conference server's media plane: everyone hears all the others and sees the mosaic.
//!
//! A packet's way: [`source`] (who may send), [`voice`] or [`camera`] (order, decoding), then at the
//! next tick [`conference`] (mix, mosaic), [`listener`] or [`output`] (encoding), [`link`]
//! (numbering, addresses, reports). Ticks lie on a grid that starts at the service's epoch, and
//! timestamps follow the clock, so that another node goes on in step.
//!
//! Commands alone cost nearly nothing: decoders and encoders are made when packets and ticks want
//! them, so a backup can follow the commands.

pub mod camera;
pub mod codecs;
pub mod conference;
mod hold;
pub mod kept;
pub mod limits;
pub mod link;
pub mod listener;
pub mod mosaic;
pub mod output;
pub mod participant;
pub mod source;
pub mod statistics;
mod takeover;
#[cfg(test)]
mod tests;
pub mod voice;

use crate::plane::{
    Channel, Command, Format, Layout, Notice, Plane, Port, RoomId, RoomSettings, StreamMark,
    Transmit,
};
use base::{Instant, MediaKind, ParticipantId, Rng};
use bytes::Bytes;
use camera::Camera;
use codecs::{BuiltIn, Codecs};
use conference::{Conference, Participants};
use kept::{Kept, Packet};
use limits::{MIX_INTERVAL, MIXES_MADE_UP_MAX, NOTICES_MAX, TRANSMITS_MAX};
use link::Flow;
use listener::Listener;
use participant::Participant;
use statistics::ParticipantStatistics;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;
use voice::Voice;

/// A room before anybody said what it is like.
const DEFAULT_SETTINGS: RoomSettings = RoomSettings {
    layout: Layout::Automatic,
    frame_rate: 30,
};

/// All rooms of one media thread.
pub struct Rooms {
    rooms: BTreeMap<RoomId, Conference>,
    participants: Participants,
    codecs: Box<dyn Codecs>,
    rng: Rng,
    /// Mixes until now, counted from the epoch.
    mixes: u64,
    transmits: VecDeque<Transmit>,
    notices: VecDeque<Notice>,
    /// What came while another node served.
    kept: Kept,
    /// Whose pictures of the past are being decoded, in this order.
    catching_up: VecDeque<ParticipantId>,
    /// Senders are asked for an intra picture so often.
    intra_interval: Option<Duration>,
    /// Nothing has changed since `prepare`.
    is_prepared: bool,
}

impl Rooms {
    /// No rooms yet. `seed` spreads the times of RTCP reports.
    pub fn new(seed: u64) -> Self {
        Rooms::with_codecs(seed, Box::new(BuiltIn))
    }

    /// The same with other video codecs than this crate's.
    pub fn with_codecs(seed: u64, codecs: Box<dyn Codecs>) -> Self {
        Rooms {
            rooms: BTreeMap::new(),
            participants: Participants::new(),
            codecs,
            rng: Rng::new(seed),
            mixes: 0,
            transmits: VecDeque::new(),
            notices: VecDeque::new(),
            kept: Kept::default(),
            catching_up: VecDeque::new(),
            intra_interval: None,
            is_prepared: false,
        }
    }

    /// Asks each sender for an intra picture when there was none for so long, so that another node that
    /// keeps the packets since then keeps few.
    pub fn set_intra_interval(&mut self, interval: Option<Duration>) {
        self.intra_interval = interval;
    }

    /// How every participant fares.
    pub fn statistics(&self) -> impl Iterator<Item = ParticipantStatistics> {
        (self.participants.iter()).map(|(&id, participant)| statistics::of(id, participant))
    }

    /// What is kept for a takeover.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// How many video encoders a room runs.
    pub fn outputs(&self, room: RoomId) -> usize {
        self.rooms.get(&room).map_or(0, Conference::outputs)
    }

    fn join(&mut self, now: Instant, id: ParticipantId, room: RoomId, label: String) {
        if self.participants.is_empty() {
            self.mixes = mixes_until(now);
        }
        match self
            .participants
            .get(&id)
            .map(|participant| participant.room)
        {
            Some(before) if before != room => self.leave_room(id, before),
            _ => {}
        }
        let participant = (self.participants.entry(id))
            .or_insert_with(|| Participant::new(id, room, String::new()));
        participant.room = room;
        participant.label = label;
        (self.rooms.entry(room))
            .or_insert_with(|| Conference::new(DEFAULT_SETTINGS))
            .join(now, id, participant);
    }

    fn leave_room(&mut self, id: ParticipantId, room: RoomId) {
        let conference = self.rooms.get_mut(&room);
        if conference.is_some_and(|conference| conference.leave(id)) {
            self.notice(Notice::ActiveSpeaker(room, None));
        }
    }

    fn leave(&mut self, now: Instant, id: ParticipantId) {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            self.close_transmit(now, id, kind);
        }
        if let Some(participant) = self.participants.remove(&id) {
            self.leave_room(id, participant.room);
        }
        for kind in [MediaKind::Audio, MediaKind::Video] {
            self.kept.forget(id, kind);
        }
    }

    fn open_receive(
        &mut self,
        now: Instant,
        id: ParticipantId,
        format: Format,
        payload_type: u8,
        rtcp: Option<SocketAddr>,
    ) {
        let Some(participant) = self.participants.get_mut(&id) else {
            return;
        };
        self.kept.forget(id, format.kind());
        (participant.link_mut(format.kind())).open_receive(now, payload_type, rtcp);
        match format {
            Format::Audio { codec, .. } => participant.voice = Some(Voice::new(codec)),
            Format::Video(format) => participant.camera = Some(Camera::new(format.codec)),
        }
    }

    fn close_receive(&mut self, id: ParticipantId, kind: MediaKind) {
        self.kept.forget(id, kind);
        if let Some(participant) = self.participants.get_mut(&id) {
            participant.link_mut(kind).close_receive();
            match kind {
                MediaKind::Audio => participant.voice = None,
                MediaKind::Video => participant.camera = None,
            }
        }
    }

    fn close_transmit(&mut self, now: Instant, id: ParticipantId, kind: MediaKind) {
        let Some(participant) = self.participants.get_mut(&id) else {
            return;
        };
        match kind {
            MediaKind::Audio => participant.listener = None,
            MediaKind::Video => participant.viewer = None,
        }
        let goodbye = participant.link_mut(kind).close_transmit(now);
        self.adapt_view(id);
        self.send_control(id, kind, goodbye);
    }

    /// What a participant can be sent has changed.
    fn adapt_view(&mut self, id: ParticipantId) {
        if let Some(participant) = self.participants.get(&id)
            && let Some(conference) = self.rooms.get_mut(&participant.room)
        {
            conference.adapt_view(id, participant);
        }
    }

    fn ask_intra(&mut self, id: ParticipantId) {
        if let Some(participant) = self.participants.get(&id)
            && let Some(conference) = self.rooms.get_mut(&participant.room)
        {
            conference.ask_intra(id);
        }
    }

    fn receive_sound(&mut self, now: Instant, id: ParticipantId, from: SocketAddr, packet: &[u8]) {
        let Some(participant) = self.participants.get_mut(&id) else {
            return;
        };
        let Some((accepted, flow)) = participant.audio.accept(now, from, packet) else {
            return;
        };
        if let (Some(_), Some(voice)) = (&accepted.begins, &mut participant.voice) {
            voice.restart();
        }
        if let Some(held) = &accepted.begins {
            self.hear(id, Packet::held(now, &accepted, held), &held.payload);
        }
        self.hear(id, Packet::new(now, &accepted), accepted.payload);
        self.notice_flow(id, MediaKind::Audio, flow);
    }

    fn receive_picture(
        &mut self,
        now: Instant,
        id: ParticipantId,
        from: SocketAddr,
        packet: &[u8],
    ) {
        let Some(participant) = self.participants.get_mut(&id) else {
            return;
        };
        let Some((accepted, flow)) = participant.video.accept(now, from, packet) else {
            return;
        };
        let Some(camera) = &mut participant.camera else {
            return;
        };
        if let Some(held) = &accepted.begins {
            camera.restart();
            camera.put(Packet::held(now, &accepted, held), &held.payload);
        }
        camera.put(Packet::new(now, &accepted), accepted.payload);
        // It has been asked by other means before it was known whom to send this to.
        let request = (accepted.begins.is_some() && camera.waits_for_intra())
            .then(|| participant.video.intra_request(now, camera.codec()));
        self.send_control(id, MediaKind::Video, request.flatten());
        self.advance_camera(now, id);
        self.notice_flow(id, MediaKind::Video, flow);
    }

    fn advance_camera(&mut self, now: Instant, id: ParticipantId) {
        let Some(participant) = self.participants.get_mut(&id) else {
            return;
        };
        let Some(camera) = &mut participant.camera else {
            return;
        };
        camera.advance(now, self.codecs.as_ref());
        // Who sends nothing will send no intra picture.
        if !participant.video.is_stalled() && camera.asks_for_intra(now, self.intra_interval) {
            let request = participant.video.intra_request(now, camera.codec());
            self.send_control(id, MediaKind::Video, request);
            self.notice(Notice::NeedIntra(id));
        }
    }

    /// What is looked after once a mix: late packets, silence, reports.
    fn look_after(&mut self, now: Instant) {
        let ids: Vec<ParticipantId> = self.participants.keys().copied().collect();
        for id in ids {
            self.advance_camera(now, id);
            for kind in [MediaKind::Audio, MediaKind::Video] {
                let Some(participant) = self.participants.get_mut(&id) else {
                    continue;
                };
                let link = participant.link_mut(kind);
                let flow = link.check_flow(now);
                let report = link.report(now, &mut self.rng);
                self.notice_flow(id, kind, flow);
                self.send_control(id, kind, report);
            }
        }
    }

    fn mix(&mut self, at: Instant) {
        let mut speakers = Vec::new();
        for (&room, conference) in &mut self.rooms {
            let transmits = &mut self.transmits;
            let speaker = conference.mix(at, &mut self.participants, &mut |transmit| {
                send(transmits, transmit);
            });
            if let Some(speaker) = speaker {
                speakers.push((room, speaker));
            }
        }
        for (room, speaker) in speakers {
            self.notice(Notice::ActiveSpeaker(room, Some(speaker)));
        }
    }

    fn notice_flow(&mut self, id: ParticipantId, kind: MediaKind, flow: Option<Flow>) {
        match flow {
            Some(Flow::Stalled) => self.notice(Notice::Stalled(id, kind)),
            Some(Flow::Resumed) => self.notice(Notice::Resumed(id, kind)),
            None => {}
        }
    }

    fn notice(&mut self, notice: Notice) {
        if self.notices.len() < NOTICES_MAX {
            self.notices.push_back(notice);
        }
    }

    fn send_control(
        &mut self,
        participant: ParticipantId,
        kind: MediaKind,
        packet: Option<(SocketAddr, Bytes)>,
    ) {
        if let Some((to, packet)) = packet {
            let channel = Channel::Rtcp;
            let port = Port {
                participant,
                kind,
                channel,
            };
            send(&mut self.transmits, Transmit { port, to, packet });
        }
    }
}

/// Late media is worth nothing: a caller that does not keep up loses the oldest.
fn send(transmits: &mut VecDeque<Transmit>, transmit: Transmit) {
    if transmits.len() >= TRANSMITS_MAX {
        transmits.pop_front();
    }
    transmits.push_back(transmit);
}

fn mixes_until(now: Instant) -> u64 {
    now.as_nanos() / MIX_INTERVAL.as_nanos() as u64
}

fn mix_instant(number: u64) -> Instant {
    Instant::from_nanos(number * MIX_INTERVAL.as_nanos() as u64)
}

impl Plane for Rooms {
    fn command(&mut self, now: Instant, command: Command) {
        self.is_prepared = false;
        match command {
            Command::Room(room, settings) => match self.rooms.get_mut(&room) {
                Some(conference) => conference.set(now, settings, &self.participants),
                None => {
                    self.rooms.insert(room, Conference::new(settings));
                }
            },
            Command::EndRoom(room) => {
                let members = (self.rooms.get(&room)).map(|c| c.members().to_vec());
                for id in members.unwrap_or_default() {
                    self.leave(now, id);
                }
                self.rooms.remove(&room);
            }
            Command::Join {
                participant,
                room,
                label,
            } => self.join(now, participant, room, label),
            Command::Leave(id) => self.leave(now, id),
            Command::OpenReceive {
                participant,
                format,
                payload_type,
                rtcp,
            } => self.open_receive(now, participant, format, payload_type, rtcp),
            Command::CloseReceive(id, kind) => self.close_receive(id, kind),
            Command::OpenTransmit {
                participant: id,
                format,
                payload_type,
                rtp,
                rtcp,
                start,
            } => {
                let Some(participant) = self.participants.get_mut(&id) else {
                    return;
                };
                (participant.link_mut(format.kind())).open_transmit(
                    now,
                    payload_type,
                    rtp,
                    rtcp,
                    start,
                );
                match format {
                    Format::Audio { codec, frame_ms } => {
                        participant.listener = Some(Listener::new(codec, frame_ms));
                    }
                    Format::Video(format) => {
                        participant.viewer = Some(format);
                        self.adapt_view(id);
                        self.ask_intra(id);
                    }
                }
            }
            Command::CloseTransmit(id, kind) => self.close_transmit(now, id, kind),
            Command::Intra(id) => self.ask_intra(id),
            Command::FlowControl(id, limit) => {
                if let Some(participant) = self.participants.get_mut(&id) {
                    participant.rate_limit = limit;
                    self.adapt_view(id);
                }
            }
            Command::Mute(id, kind, is_muted) => {
                if let Some(participant) = self.participants.get_mut(&id) {
                    match kind {
                        MediaKind::Audio => participant.is_silenced = is_muted,
                        MediaKind::Video => participant.is_hidden = is_muted,
                    }
                }
            }
        }
    }

    fn receive(&mut self, now: Instant, port: Port, source: SocketAddr, packet: &[u8]) {
        let id = port.participant;
        match (port.channel, port.kind) {
            (Channel::Rtp, MediaKind::Audio) => self.receive_sound(now, id, source, packet),
            (Channel::Rtp, MediaKind::Video) => self.receive_picture(now, id, source, packet),
            (Channel::Rtcp, kind) => {
                let wants_intra = (self.participants.get_mut(&id)).is_some_and(|participant| {
                    let link = participant.link_mut(kind);
                    link.take_control(now, source, packet)
                });
                if wants_intra && kind == MediaKind::Video {
                    self.ask_intra(id);
                }
            }
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.participants.is_empty() {
            return;
        }
        let until = mixes_until(now);
        let earliest = (until + 1).saturating_sub(u64::from(MIXES_MADE_UP_MAX));
        let due = (self.mixes + 1).max(earliest)..=until;
        if !due.is_empty() {
            self.mixes = until;
            for number in due {
                self.mix(mix_instant(number));
            }
            for conference in self.rooms.values() {
                conference.decode_what_is_seen(&mut self.participants);
            }
            self.look_after(now);
        }
        self.catch_up(now);
        for conference in self.rooms.values_mut() {
            if (conference.next_frame(&self.participants)).is_some_and(|at| at <= now) {
                let transmits = &mut self.transmits;
                let codecs = self.codecs.as_ref();
                conference.frame(now, &mut self.participants, codecs, &mut |transmit| {
                    send(transmits, transmit);
                });
            }
        }
    }

    fn next_timeout(&self) -> Option<Instant> {
        if self.participants.is_empty() {
            return None;
        }
        if !self.catching_up.is_empty() {
            return Some(mix_instant(self.mixes));
        }
        let frames = (self.rooms.values()).filter_map(|room| room.next_frame(&self.participants));
        frames.chain([mix_instant(self.mixes + 1)]).min()
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    fn poll_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    fn marks(&self) -> Vec<StreamMark> {
        let kinds = [MediaKind::Audio, MediaKind::Video];
        let streams = self.participants.iter().flat_map(|(&id, participant)| {
            kinds.into_iter().filter_map(move |kind| {
                Some(StreamMark {
                    participant: id,
                    kind,
                    sender: *participant.link(kind).sender()?,
                })
            })
        });
        streams.collect()
    }

    fn prepare(&mut self, _now: Instant) {
        self.make_ready();
    }

    fn keep(&mut self, at: Instant, port: Port, source: SocketAddr, packet: &[u8]) {
        self.keep_packet(at, port, source, packet);
    }

    fn forget(&mut self) {
        self.kept = Kept::default();
    }

    fn refresh(&mut self, now: Instant) {
        self.ask_everybody_for_intra(now);
    }

    fn is_warm(&self, since: Instant) -> bool {
        self.has_kept_since(since)
    }

    fn take_over(&mut self, until: Instant) {
        self.begin_to_serve(until);
    }

    fn continue_stream(&mut self, until: Instant, at: Instant, mark: StreamMark) {
        self.go_on_from(until, at, mark);
    }
}

//! One terminal of the plane: two sessions, what it sends in them and what it makes of what comes.

use super::camera::Camera;
use super::grid::Grid;
use super::listener::Listener;
use super::outbox::Outbox;
use super::record::Recorder;
use super::source::{PictureSource, SoundSource};
use super::talker::Talker;
use super::trace::Trace;
use super::viewer::Viewer;
use crate::terminal::report::{EndpointReport, SentReport, milliseconds};
use base::{Bitrate, Format, Instant, MediaKind, ParticipantId, Rng};
use bytes::Bytes;
use media::plane::{Channel, Notice, Port, StreamStart};
use media::room::link::{Flow, Link};
use std::net::SocketAddr;

/// What one terminal is like.
pub struct EndpointSettings {
    /// How commands call it.
    pub participant: ParticipantId,
    /// Its name, for reports and recordings.
    pub name: String,
    /// The number in its block code and behind its tone.
    pub sender: u8,
    /// Pictures a second of the grid; the same for all terminals that see each other.
    pub frame_rate: u8,
    /// What it says.
    pub sound: SoundSource,
    /// What it shows.
    pub pictures: PictureSource,
    /// Keeps what comes.
    pub recorder: Option<Recorder>,
    /// Takes note of packets and tiles.
    pub trace: Option<Trace>,
}

pub(super) struct Endpoint {
    participant: ParticipantId,
    name: String,
    sender: u8,
    grid: Grid,
    audio: Link,
    video: Link,
    talker: Talker,
    camera: Camera,
    listener: Listener,
    viewer: Viewer,
    recorder: Option<Recorder>,
    trace: Option<Trace>,
    connected: Option<Instant>,
}

impl Endpoint {
    pub fn new(settings: EndpointSettings) -> Self {
        let EndpointSettings {
            participant,
            name,
            sender,
            frame_rate,
            sound,
            pictures,
            recorder,
            trace,
        } = settings;
        let grid = Grid::new(frame_rate);
        // RFC 3550 §6.5.1: one canonical name for all streams of a source.
        let cname = format!("{name}@terminal");
        // Stands in reports only while nothing is sent; then no stream has it.
        let ssrc = participant.0 as u32;
        Endpoint {
            participant,
            name,
            sender,
            grid,
            audio: Link::new(MediaKind::Audio, ssrc, cname.clone()),
            video: Link::new(MediaKind::Video, ssrc, cname),
            talker: Talker::new(sender, sound),
            camera: Camera::new(sender, pictures, grid),
            listener: Listener::new(sender),
            viewer: Viewer::new(grid),
            recorder,
            trace,
            connected: None,
        }
    }

    fn link_mut(&mut self, kind: MediaKind) -> &mut Link {
        match kind {
            MediaKind::Audio => &mut self.audio,
            MediaKind::Video => &mut self.video,
        }
    }

    fn port(&self, kind: MediaKind, channel: Channel) -> Port {
        Port {
            participant: self.participant,
            kind,
            channel,
        }
    }

    pub fn open_receive(
        &mut self,
        now: Instant,
        format: Format,
        payload_type: u8,
        rtcp: Option<SocketAddr>,
    ) {
        self.connected.get_or_insert(now);
        (self.link_mut(format.kind())).open_receive(now, payload_type, rtcp);
        match format {
            Format::Audio { codec, .. } => self.listener.open(codec),
            Format::Video(format) => self.viewer.open(format),
        }
    }

    pub fn close_receive(&mut self, now: Instant, kind: MediaKind) {
        match kind {
            MediaKind::Audio => self.listener.close(now, &self.audio),
            MediaKind::Video => self.viewer.close(now, &self.video),
        }
        self.link_mut(kind).close_receive();
    }

    pub fn open_transmit(
        &mut self,
        now: Instant,
        format: Format,
        payload_type: u8,
        (rtp, rtcp): (SocketAddr, Option<SocketAddr>),
        start: StreamStart,
    ) {
        self.connected.get_or_insert(now);
        (self.link_mut(format.kind())).open_transmit(now, payload_type, rtp, rtcp, start);
        match format {
            Format::Audio { codec, frame_ms } => self.talker.open(codec, frame_ms),
            Format::Video(format) => self.camera.open(now, format),
        }
    }

    pub fn close_transmit(&mut self, now: Instant, kind: MediaKind, out: &mut Outbox) {
        match kind {
            MediaKind::Audio => self.talker.close(),
            MediaKind::Video => self.camera.close(),
        }
        let goodbye = self.link_mut(kind).close_transmit(now);
        out.send(self.port(kind, Channel::Rtcp), goodbye);
    }

    pub fn leave(&mut self, now: Instant, out: &mut Outbox) {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            self.close_transmit(now, kind, out);
            self.close_receive(now, kind);
        }
    }

    pub fn ask_intra(&mut self) {
        self.camera.ask_intra();
    }

    pub fn limit(&mut self, limit: Option<Bitrate>) {
        self.camera.limit(limit);
    }

    pub fn receive(
        &mut self,
        now: Instant,
        (kind, channel): (MediaKind, Channel),
        from: SocketAddr,
        packet: &[u8],
        out: &mut Outbox,
    ) {
        if channel == Channel::Rtcp {
            let link = self.link_mut(kind);
            if link.take_control(now, from, packet) && kind == MediaKind::Video {
                self.ask_intra();
            }
            return;
        }
        if let Some(trace) = &self.trace {
            trace.received(now, kind, packet);
        }
        let link = self.link_mut(kind);
        let Some((accepted, flow)) = link.accept(now, from, packet) else {
            return;
        };
        match kind {
            MediaKind::Audio => self.listener.take(now, &accepted, &self.audio),
            MediaKind::Video => {
                self.viewer.take(now, &accepted, &self.video);
                self.advance_viewer(now, out);
            }
        }
        self.notice_flow(kind, flow, out);
    }

    fn advance_viewer(&mut self, now: Instant, out: &mut Outbox) {
        self.viewer
            .advance(now, self.recorder.as_mut(), self.trace.as_ref());
        // Who sends nothing will send no intra picture.
        if self.video.is_stalled() {
            return;
        }
        if let Some(codec) = self.viewer.asks_for_intra(now) {
            let request = self.video.intra_request(now, codec);
            out.send(self.port(MediaKind::Video, Channel::Rtcp), request);
            out.notice(Notice::NeedIntra(self.participant));
        }
    }

    fn notice_flow(&self, kind: MediaKind, flow: Option<Flow>, out: &mut Outbox) {
        match flow {
            Some(Flow::Stalled) => out.notice(Notice::Stalled(self.participant, kind)),
            Some(Flow::Resumed) => out.notice(Notice::Resumed(self.participant, kind)),
            None => {}
        }
    }

    /// The 20 ms that began at `at` are over: says them, hears what came, and looks after late
    /// packets, silence and reports.
    pub fn tick(&mut self, now: Instant, at: Instant, rng: &mut Rng, out: &mut Outbox) {
        let port = self.port(MediaKind::Audio, Channel::Rtp);
        if let Some(to) = self.audio.destination()
            && let Some(sender) = self.audio.sender_mut()
        {
            let send = &mut |packet: Bytes| {
                if let Some(trace) = &self.trace {
                    trace.sent(now, MediaKind::Audio, &packet);
                }
                out.send(port, Some((to, packet)));
            };
            self.talker.speak(now, at, sender, send);
        }
        self.listener.hear(now, self.recorder.as_mut());
        self.advance_viewer(now, out);
        for kind in [MediaKind::Audio, MediaKind::Video] {
            let link = self.link_mut(kind);
            let flow = link.check_flow(now);
            let report = link.report(now, rng);
            self.notice_flow(kind, flow, out);
            out.send(self.port(kind, Channel::Rtcp), report);
        }
    }

    /// When its camera takes the next picture.
    pub fn next_picture(&self) -> Option<Instant> {
        self.camera.next()
    }

    pub fn shoot(&mut self, now: Instant, out: &mut Outbox) {
        let port = self.port(MediaKind::Video, Channel::Rtp);
        if let Some(to) = self.video.destination()
            && let Some(sender) = self.video.sender_mut()
        {
            let send = &mut |packet: Bytes| {
                if let Some(trace) = &self.trace {
                    trace.sent(now, MediaKind::Video, &packet);
                }
                out.send(port, Some((to, packet)));
            };
            self.camera.shoot(now, sender, send);
        }
    }

    pub fn is_connected(&self) -> bool {
        self.connected.is_some()
    }

    pub fn finish_recording(&mut self) -> anyhow::Result<()> {
        self.recorder.take().map_or(Ok(()), Recorder::finish)
    }

    pub fn report(&self, now: Instant) -> EndpointReport {
        let connected = self.connected.unwrap_or(now);
        EndpointReport {
            name: self.name.clone(),
            sender: self.sender,
            frame_rate: self.grid.per_second(),
            connected_unix_ms: self.connected.map(|at| at.as_nanos() / 1_000_000),
            connected_ms: milliseconds(now.since(connected)),
            sound_sent: sent(&self.audio, self.talker.report()),
            pictures_sent: sent(&self.video, self.camera.report()),
            sound: self.listener.report(now, connected),
            pictures: self.viewer.report(now, connected),
            recording_error: self.recorder.as_ref().and_then(Recorder::error),
        }
    }
}

/// With what the other side says of it.
fn sent(link: &Link, sent: SentReport) -> SentReport {
    let reported = link.reported();
    SentReport {
        round_trip_ms: link.round_trip().map(milliseconds),
        reports: reported.reports,
        reported_lost_max: reported.lost_max,
        ..sent
    }
}

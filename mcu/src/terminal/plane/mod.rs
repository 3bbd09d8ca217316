//! The media plane of test terminals: each sends a tone and a picture that only it sends, and
//! judges from what comes back who is heard and seen, how late and how smoothly.
//!
//! Out: `talker` (sound) and `camera` (pictures) play a `source`, which `load` may have
//! read from a file. In: `listener` and `viewer` decode; `arrivals` judges packets, the
//! listener tones, `sight` the block codes. `record` keeps what came, `trace` when it came.
//!
//! Sound and pictures are sampled on grids that count from the epoch of the clock. That must be
//! the UNIX epoch, so that all processes of a machine share the `grid` and a frame number tells
//! when its picture was taken.

mod arrivals;
mod camera;
mod endpoint;
pub(super) mod gaps;
mod grid;
mod listener;
pub mod load;
mod outbox;
mod record;
mod sight;
mod source;
mod talker;
#[cfg(test)]
mod tests;
mod trace;
mod viewer;

pub use endpoint::EndpointSettings;
pub use record::Recorder;
pub use source::{PictureFile, PictureSource, SoundFile, SoundSource};
pub use trace::{Trace, TraceFile};

use super::report::EndpointReport;
use base::{Instant, ParticipantId, Rng};
use endpoint::Endpoint;
use media::plane::{Command, Notice, Plane, Port, Transmit};
use outbox::Outbox;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// Sound is sampled and heard in steps of this, on a grid that starts at the epoch.
const SOUND_INTERVAL: Duration = Duration::from_millis(20);
/// Missed steps that are made up for; a longer pause of the process is skipped over.
const STEPS_MADE_UP_MAX: u64 = 5;

/// The media of all terminals of a process.
pub struct TerminalPlane {
    endpoints: BTreeMap<ParticipantId, Endpoint>,
    rng: Rng,
    /// Steps of sound until now, counted from the epoch.
    steps: u64,
    out: Outbox,
}

impl TerminalPlane {
    /// Terminals without channels.
    pub fn new(settings: Vec<EndpointSettings>) -> Self {
        // It only spreads the times of RTCP reports, within and between processes.
        let seed = settings.iter().map(|s| u64::from(s.sender)).sum();
        let endpoint = |settings: EndpointSettings| (settings.participant, Endpoint::new(settings));
        TerminalPlane {
            endpoints: settings.into_iter().map(endpoint).collect(),
            rng: Rng::new(seed),
            steps: 0,
            out: Outbox::default(),
        }
    }

    /// What each terminal has found until now.
    pub fn report(&self, now: Instant) -> Vec<EndpointReport> {
        let endpoints = self.endpoints.values();
        endpoints.map(|endpoint| endpoint.report(now)).collect()
    }

    /// Completes all recordings; gives the first error.
    pub fn finish_recordings(&mut self) -> anyhow::Result<()> {
        let endpoints = self.endpoints.values_mut();
        let results: Vec<_> = endpoints.map(Endpoint::finish_recording).collect();
        results.into_iter().collect()
    }

    fn step(&mut self, now: Instant, number: u64) {
        let at = step_instant(number - 1);
        for endpoint in self.endpoints.values_mut() {
            if endpoint.is_connected() {
                endpoint.tick(now, at, &mut self.rng, &mut self.out);
            }
        }
    }

    fn with(&mut self, id: ParticipantId, act: impl FnOnce(&mut Endpoint, &mut Outbox)) {
        if let Some(endpoint) = self.endpoints.get_mut(&id) {
            act(endpoint, &mut self.out);
        }
    }

    fn is_connected(&self) -> bool {
        self.endpoints.values().any(Endpoint::is_connected)
    }

    fn next_picture(&self) -> Option<(Instant, ParticipantId)> {
        let endpoints = self.endpoints.iter();
        endpoints
            .filter_map(|(&id, e)| Some((e.next_picture()?, id)))
            .min()
    }
}

fn steps_until(now: Instant) -> u64 {
    now.as_nanos() / SOUND_INTERVAL.as_nanos() as u64
}

fn step_instant(number: u64) -> Instant {
    Instant::from_nanos(number * SOUND_INTERVAL.as_nanos() as u64)
}

impl Plane for TerminalPlane {
    fn command(&mut self, now: Instant, command: Command) {
        if !self.is_connected() {
            // Sound begins now.
            self.steps = steps_until(now);
        }
        match command {
            Command::OpenReceive {
                participant,
                format,
                payload_type,
                rtcp,
            } => self.with(participant, |endpoint, _| {
                endpoint.open_receive(now, format, payload_type, rtcp);
            }),
            Command::OpenTransmit {
                participant,
                format,
                payload_type,
                rtp,
                rtcp,
                start,
            } => self.with(participant, |endpoint, _| {
                endpoint.open_transmit(now, format, payload_type, (rtp, rtcp), start);
            }),
            Command::CloseReceive(participant, kind) => self.with(participant, |endpoint, _| {
                endpoint.close_receive(now, kind);
            }),
            Command::CloseTransmit(participant, kind) => self.with(participant, |endpoint, out| {
                endpoint.close_transmit(now, kind, out);
            }),
            Command::Leave(participant) => self.with(participant, |endpoint, out| {
                endpoint.leave(now, out);
            }),
            Command::Intra(participant) => self.with(participant, |endpoint, _| {
                endpoint.ask_intra();
            }),
            Command::FlowControl(participant, limit) => self.with(participant, |endpoint, _| {
                endpoint.limit(limit);
            }),
            // These are for conference servers.
            Command::Room(..) | Command::EndRoom(_) | Command::Join { .. } | Command::Mute(..) => {}
        }
    }

    fn receive(&mut self, now: Instant, port: Port, source: SocketAddr, packet: &[u8]) {
        self.with(port.participant, |endpoint, out| {
            endpoint.receive(now, (port.kind, port.channel), source, packet, out);
        });
    }

    /// Sound that is due, then one picture: with many terminals the caller sends and receives
    /// between two pictures, and sound does not wait for all of them.
    fn handle_timeout(&mut self, now: Instant) {
        let until = steps_until(now);
        let earliest = (until + 1).saturating_sub(STEPS_MADE_UP_MAX);
        let due = (self.steps + 1).max(earliest)..=until;
        self.steps = self.steps.max(until);
        for number in due {
            self.step(now, number);
        }
        if let Some((at, id)) = self.next_picture()
            && at <= now
        {
            self.with(id, |endpoint, out| endpoint.shoot(now, out));
        }
    }

    fn next_timeout(&self) -> Option<Instant> {
        if !self.is_connected() {
            return None;
        }
        let picture = self.next_picture().map(|(at, _)| at);
        picture
            .into_iter()
            .chain([step_instant(self.steps + 1)])
            .min()
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.out.next_transmit()
    }

    fn poll_notice(&mut self) -> Option<Notice> {
        self.out.next_notice()
    }
}

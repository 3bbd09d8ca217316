//! The thread that beats, and listens to the beats of the other node.

use super::pulse::Pulse;
use crate::heartbeat::seal::DATAGRAM_OCTETS_MAX;
use crate::heartbeat::{Assembly, Beat, Detector, Ear, Refusal, Verdict, Voice};
use crate::os::{priority, readable};
use anyhow::Context;
use base::Instant;
use bytes::Bytes;
use ring::hmac;
use ring::rand::{SystemRandom, generate};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// Datagrams read before the next look at the clock, so that a flood cannot stop our own beats.
const READ_PER_TURN_MAX: usize = 256;

/// Between beats to a host that says that nobody listens there. It says so only about once a second,
/// and when the next process dies over there, it shall say so at once. A new one is heard first.
const REFUSED_PERIOD: Duration = Duration::from_secs(2);

/// Who beats to whom and how fast.
#[derive(Debug, Clone)]
pub struct Config {
    /// This node.
    pub node: u8,
    /// Its own address (not one that moves).
    pub own: SocketAddr,
    /// The other node's own address.
    pub peer: SocketAddr,
    /// Between beats; the same on both nodes.
    pub period: Duration,
    /// Beats in a row that must be missing.
    pub misses: u32,
    /// A critical loop that stands still for longer is a crash of the node.
    pub hang_limit: Duration,
}

/// What the thread finds out about the other node.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// It beats; with its marks if all of them are there and they are new.
    PeerBeat(Beat, Option<Bytes>),
    /// Its host lives but its process does not: the kernel over there says that nobody listens.
    PeerRefused,
    /// It is silent.
    PeerDead {
        /// When its last beat came, by the service's clock; `None` if there never was one.
        last_beat: Option<Instant>,
        /// When that was noticed.
        detected: Instant,
    },
    /// It was silent and beats again.
    PeerBack,
}

/// A running heartbeat; it ends when dropped.
#[derive(Debug)]
pub struct Heartbeat {
    socket: Arc<UdpSocket>,
    refused: Refused,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    /// Starts it. `clock` is the service's: it gives the times in beats and events, and nothing is decided
    /// by it, so it may be set. `on_stopped` is called with the time
    /// that was lost when this process stood still for so long that the other node may have taken
    /// over, before anything else is sent; it has to end the process. A critical loop that hangs ends
    /// the process too.
    pub fn start(
        config: Config,
        key: hmac::Key,
        pulse: Arc<Pulse>,
        clock: impl Fn() -> Instant + Send + 'static,
        on_stopped: impl FnMut(Duration) + Send + 'static,
        events: UnboundedSender<Event>,
    ) -> anyhow::Result<Self> {
        let socket = UdpSocket::bind(config.own)
            .with_context(|| format!("cannot send heartbeats from {}", config.own))?;
        (socket.connect(config.peer))
            .with_context(|| format!("cannot send heartbeats to {}", config.peer))?;
        socket.set_nonblocking(true)?;
        let boot = u64::from_ne_bytes(
            generate(&SystemRandom::new())
                .map_err(|_| anyhow::anyhow!("the kernel gives no random numbers"))?
                .expose(),
        );
        let (socket, stop) = (Arc::new(socket), Arc::new(AtomicBool::new(false)));
        let refused = Refused {
            events: events.clone(),
            said: Arc::default(),
        };
        let now = pulse.now();
        let turns = Turns {
            ear: Ear::new(key.clone(), config.node, boot),
            voice: Voice::new(key),
            detector: Detector::new(now, config.period, config.misses),
            assembly: Assembly::default(),
            peer_boot: None,
            last_beat: None,
            dead: false,
            boot,
            sequence: 0,
            beat_due: now,
            warned_version: false,
            socket: socket.clone(),
            refused: refused.clone(),
            stop: stop.clone(),
            config,
            pulse,
            clock,
            on_stopped,
            events,
        };
        let thread = std::thread::Builder::new()
            .name("heartbeat".to_owned())
            .spawn(move || turns.run())
            .context("cannot start the heartbeat thread")?;
        Ok(Heartbeat {
            socket,
            refused,
            stop,
            thread: Some(thread),
        })
    }

    /// Asks the kernel of the other host at once whether the process is still there; if not,
    /// [`Event::PeerRefused`] follows, even if it was said before.
    pub fn probe_now(&self) {
        self.refused.said.store(false, Ordering::SeqCst);
        // No beat, so its receiver ignores it; the answer of a closed port wakes the thread. What this
        // call returns may be the answer to an earlier datagram, which the thread does not see then.
        if let Err(error) = self.socket.send(&[]) {
            self.refused.look_at(&error);
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // It ends within one period.
            let _ = thread.join();
        }
    }
}

/// Says once that the other process is gone, until it is heard or asked for again.
#[derive(Debug, Clone)]
struct Refused {
    events: UnboundedSender<Event>,
    said: Arc<AtomicBool>,
}

impl Refused {
    fn look_at(&self, error: &io::Error) {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => {
                if !self.said.swap(true, Ordering::SeqCst) {
                    let _ = self.events.send(Event::PeerRefused);
                }
            }
            // The other node notices by itself that it hears nothing.
            _ => tracing::debug!(%error, "heartbeat socket"),
        }
    }
}

struct Turns<C, S> {
    config: Config,
    pulse: Arc<Pulse>,
    clock: C,
    on_stopped: S,
    events: UnboundedSender<Event>,
    refused: Refused,
    socket: Arc<UdpSocket>,
    stop: Arc<AtomicBool>,
    voice: Voice,
    ear: Ear,
    detector: Detector,
    assembly: Assembly,
    peer_boot: Option<u64>,
    last_beat: Option<Instant>,
    dead: bool,
    boot: u64,
    sequence: u64,
    beat_due: Instant,
    warned_version: bool,
}

impl<C: Fn() -> Instant, S: FnMut(Duration)> Turns<C, S> {
    fn run(mut self) {
        if let Err(error) = priority::real_time() {
            tracing::info!(%error, "heartbeats are sent without real-time priority");
        }
        while !self.stop.load(Ordering::SeqCst) {
            let now = self.pulse.now();
            if let Err(lost) = self.pulse.turn(now) {
                (self.on_stopped)(lost);
                return;
            }
            if let Some((name, still)) = self.pulse.hanging(now, self.config.hang_limit) {
                tracing::error!("{name} has not moved for {still:?}: this node gives up");
                std::process::abort();
            }
            self.listen(now);
            self.judge(now);
            if now >= self.beat_due {
                self.beat(now);
                // After a delay it goes on from here and does not catch up.
                let period = match self.refused.said.load(Ordering::SeqCst) {
                    true => REFUSED_PERIOD,
                    false => self.config.period,
                };
                let next = self.beat_due + period;
                self.beat_due = match next > now {
                    true => next,
                    false => now + period,
                };
            }
            // However rarely it beats, it turns once in a period: at any moment this node may become one
            // of a pair, in which a thread that has not turned for long counts as stopped.
            let deadlines = [self.detector.deadline(), Some(now + self.config.period)];
            let wake = (deadlines.into_iter().flatten()).fold(self.beat_due, Instant::min);
            if let Err(error) = readable::wait(self.socket.as_fd(), wake.since(self.pulse.now())) {
                tracing::error!(%error, "cannot wait for heartbeats: this node gives up");
                std::process::abort();
            }
        }
    }

    fn listen(&mut self, now: Instant) {
        let mut datagram = [0; DATAGRAM_OCTETS_MAX];
        for _ in 0..READ_PER_TURN_MAX {
            match self.socket.recv(&mut datagram) {
                // A probe.
                Ok(0) => {}
                Ok(octets) => {
                    if self.refused.said.swap(false, Ordering::SeqCst) {
                        // Somebody is there again. He may need our beat to be believed.
                        self.beat_due = now;
                    }
                    match self.ear.open(now, &datagram[..octets], self.sequence) {
                        Ok(beat) => self.heard(now, beat),
                        Err(refusal) => self.ignored(refusal),
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => self.refused.look_at(&error),
            }
        }
    }

    fn heard(&mut self, now: Instant, beat: Beat) {
        self.detector.beat(now);
        self.last_beat = Some((self.clock)());
        if self.peer_boot != Some(beat.boot) {
            self.peer_boot = Some(beat.boot);
            self.assembly = Assembly::default();
        }
        if std::mem::take(&mut self.dead) {
            let _ = self.events.send(Event::PeerBack);
        }
        let marks = self.assembly.take(&beat.marks);
        let _ = self.events.send(Event::PeerBeat(beat, marks));
    }

    fn ignored(&mut self, refusal: Refusal) {
        match refusal {
            Refusal::Version(version) if !self.warned_version => {
                self.warned_version = true;
                tracing::warn!(version, "heartbeats of another version: update both nodes");
            }
            _ => tracing::debug!(?refusal, "heartbeat ignored"),
        }
    }

    fn judge(&mut self, now: Instant) {
        if self.detector.verdict(now) == Verdict::Dead && !self.dead {
            self.dead = true;
            let _ = self.events.send(Event::PeerDead {
                last_beat: self.last_beat,
                detected: (self.clock)(),
            });
        }
    }

    fn beat(&mut self, now: Instant) {
        let (epoch, role, position, load_permille) = self.pulse.state();
        for marks in self.pulse.marks() {
            self.sequence += 1;
            let beat = Beat {
                node: self.config.node,
                boot: self.boot,
                sequence: self.sequence,
                sent: (self.clock)(),
                echo: self.ear.echo(now),
                epoch,
                position,
                role,
                load_permille,
                marks,
            };
            if let Err(error) = self.socket.send(&self.voice.seal(&beat)) {
                self.refused.look_at(&error);
            }
        }
    }
}

#[cfg(test)]
mod tests;

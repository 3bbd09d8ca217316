//! The thread that beats, and listens to the beats of the other node.

pub use super::hearing::Heard;
use super::hearing::{Hearing, Refused};
use super::pulse::Pulse;
use crate::heartbeat::{Beat, News, Rhythm, Voice};
use crate::os::priority;
use crate::os::readable::{Alarm, Wake};
use anyhow::Context;
use base::Instant;
use ring::hmac;
use ring::rand::{SystemRandom, generate};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// Between beats to a host that says that nobody listens there. It says so only about once a second,
/// and when the next process dies over there, it shall say so at once. A new one is heard first.
const REFUSED_PERIOD: Duration = Duration::from_secs(2);

/// A node that does not serve beats this part of a period after it has heard the one that does: so what it
/// says of having heard is as young as can be.
const ANSWER_AFTER: u32 = 4;

/// Who beats to whom and how fast.
#[derive(Debug, Clone)]
pub struct Config {
    /// This node.
    pub node: u8,
    /// Its process, as beats and the arbiter name it: see [`boot`].
    pub boot: u64,
    /// Its own address (not one that moves).
    pub own: SocketAddr,
    /// The other node.
    pub peer_node: u8,
    /// Its own address.
    pub peer: SocketAddr,
    /// Other threads beat from the same address and port.
    pub shares_port: bool,
    /// The same on all nodes.
    pub rhythm: Rhythm,
    /// A critical loop that stands still for longer is a crash of the node.
    pub hang_limit: Duration,
}

/// What is found out about the other node.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// It says of itself what it did not say before: another role, reign or boot. The beat came then,
    /// by the pulse's clock. Other beats are no event; [`Heartbeat::heard`] tells of the last.
    PeerChanged(Instant, Beat),
    /// Its host lives but its process does not: the kernel over there says that nobody listens.
    PeerRefused,
    /// It is silent, or does not hear this node, or does again.
    News(News),
}

/// A running heartbeat; it ends when dropped.
///
/// As long as the two nodes are a pair and nothing is amiss, its thread wakes once in a period: it
/// reads what has come and beats. Only errors wake it earlier: the kernel over there says so when the
/// process is gone.
pub struct Heartbeat {
    socket: Arc<UdpSocket>,
    pulse: Arc<Pulse>,
    hearing: SharedHearing,
    refused: Refused,
    speech: SharedSpeech,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    /// Starts it. `clock` is the service's: it gives the times in beats, and nothing is decided
    /// by it, so it may be set. `on_beat` is shown each beat and how long ago it came. A critical loop
    /// that hangs ends the process.
    pub fn start(
        config: Config,
        key: hmac::Key,
        pulse: Arc<Pulse>,
        clock: impl Fn() -> Instant + Send + 'static,
        on_beat: impl FnMut(&Beat, Duration) + Send + 'static,
        events: UnboundedSender<Event>,
    ) -> anyhow::Result<Self> {
        let socket = bind(config.own, config.shares_port)
            .with_context(|| format!("cannot send heartbeats from {}", config.own))?;
        (socket.connect(config.peer))
            .with_context(|| format!("cannot send heartbeats to {}", config.peer))?;
        socket.set_nonblocking(true)?;
        let (socket, stop) = (Arc::new(socket), Arc::new(AtomicBool::new(false)));
        let refused = Refused::new(events);
        let now = pulse.now();
        let hearing = Hearing::new(
            &config,
            key.clone(),
            now,
            socket.clone(),
            refused.clone(),
            pulse.clone(),
            Box::new(on_beat),
        );
        let hearing = SharedHearing(Arc::new(Mutex::new(hearing)));
        let speech = Speech {
            voice: Voice::new(key),
            node: config.node,
            boot: config.boot,
            clock: Box::new(clock),
            socket: socket.clone(),
            refused: refused.clone(),
            pulse: pulse.clone(),
            hearing: hearing.clone(),
        };
        let speech = SharedSpeech(Arc::new(Mutex::new(speech)));
        let turns = Turns {
            speech: speech.clone(),
            hearing: hearing.clone(),
            alarm: Alarm::new().context("cannot make a timer")?,
            beat_due: now,
            socket: socket.clone(),
            refused: refused.clone(),
            stop: stop.clone(),
            config,
            pulse: pulse.clone(),
        };
        // What it logs names the service too.
        let span = tracing::Span::current();
        let thread = std::thread::Builder::new()
            .name("heartbeat".to_owned())
            .spawn(move || span.in_scope(|| turns.run()))
            .context("cannot start the heartbeat thread")?;
        Ok(Heartbeat {
            socket,
            pulse,
            hearing,
            refused,
            speech,
            stop,
            thread: Some(thread),
        })
    }

    /// What the other node has said last, up to this moment.
    pub fn heard(&self) -> Option<Heard> {
        let mut hearing = self.hearing.lock();
        hearing.look(self.pulse.now());
        hearing.last().cloned()
    }

    /// Takes in what has come and tells what is new, without waiting for the thread.
    pub(super) fn catch_up(&self) {
        let mut hearing = self.hearing.lock();
        let now = self.pulse.now();
        hearing.look(now);
        hearing.judge(now);
    }

    /// Beats at once, beside the rhythm.
    pub fn beat_now(&self) {
        self.speech.beat(self.pulse.now());
    }

    /// When the last of our beats was sent that the other node is known to have heard.
    pub(super) fn heard_us(&self) -> Option<Instant> {
        self.hearing.lock().heard_us()
    }

    /// The last beat that the thread has read.
    pub(super) fn last(&self) -> Option<Heard> {
        self.hearing.lock().last().cloned()
    }

    /// Asks the kernel of the other host at once whether the process is still there; if not,
    /// [`Event::PeerRefused`] follows, even if it was said before.
    pub fn probe_now(&self) {
        self.refused.take_back();
        // No beat, so its receiver ignores it; the answer of a closed port wakes the thread. What this
        // call returns may be the answer to an earlier datagram, which the thread does not see then.
        if let Err(error) = self.socket.send(&[]) {
            self.refused.look_at(&error);
        }
    }
}

fn bind(own: SocketAddr, shares_port: bool) -> std::io::Result<UdpSocket> {
    use socket2::{Domain, Socket, Type};
    let socket = Socket::new(Domain::for_address(own), Type::DGRAM, None)?;
    // Each is connected to its own node, and gets only what comes from there.
    socket.set_reuse_address(shares_port)?;
    socket.bind(&own.into())?;
    Ok(socket.into())
}

/// A number that differs with every start of a node.
pub fn boot() -> anyhow::Result<u64> {
    let random = generate(&SystemRandom::new())
        .map_err(|_| anyhow::anyhow!("the kernel gives no random numbers"))?;
    Ok(u64::from_ne_bytes(random.expose()))
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

/// The receiving half, for the thread and for whoever wants to know what has come.
#[derive(Clone)]
struct SharedHearing(Arc<Mutex<Hearing>>);

impl SharedHearing {
    fn lock(&self) -> MutexGuard<'_, Hearing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sending half, likewise.
#[derive(Clone)]
struct SharedSpeech(Arc<Mutex<Speech>>);

struct Speech {
    voice: Voice,
    node: u8,
    boot: u64,
    clock: Box<dyn Fn() -> Instant + Send>,
    socket: Arc<UdpSocket>,
    refused: Refused,
    pulse: Arc<Pulse>,
    hearing: SharedHearing,
}

impl SharedSpeech {
    fn beat(&self, now: Instant) {
        let speech = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        speech.beat(now);
    }
}

impl Speech {
    fn beat(&self, now: Instant) {
        let (epoch, role, position, load_permille) = self.pulse.state();
        let mut hearing = self.hearing.lock();
        let echo = hearing.echo(now).filter(|_| self.pulse.echoes());
        for marks in self.pulse.marks() {
            // Before it is sent: what was heard later than said is heard.
            let sequence = hearing.next_sequence(self.pulse.now());
            let beat = Beat {
                node: self.node,
                boot: self.boot,
                sequence,
                sent: (self.clock)(),
                echo,
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

struct Turns {
    config: Config,
    pulse: Arc<Pulse>,
    refused: Refused,
    socket: Arc<UdpSocket>,
    stop: Arc<AtomicBool>,
    speech: SharedSpeech,
    hearing: SharedHearing,
    alarm: Alarm,
    beat_due: Instant,
}

impl Turns {
    fn run(mut self) {
        if let Err(error) = priority::real_time() {
            tracing::info!(%error, "heartbeats are sent without real-time priority");
        }
        while !self.stop.load(Ordering::SeqCst) {
            let now = self.pulse.now();
            self.pulse.turn(now);
            if let Some((name, still)) = self.pulse.hanging(now, self.config.hang_limit) {
                tracing::error!("{name} has not moved for {still:?}: this node gives up");
                std::process::abort();
            }
            let (deadline, wake) = self.listen(now);
            if now >= self.beat_due {
                self.speech.beat(now);
                // After a delay it goes on from here and does not catch up.
                let period = match self.refused.is_said() {
                    true => REFUSED_PERIOD,
                    false => self.config.rhythm.period,
                };
                let next = self.answer_due(now).unwrap_or(self.beat_due + period);
                self.beat_due = match next > now {
                    true => next,
                    false => now + period,
                };
                self.pulse.set_next_beat(self.beat_due);
            }
            // However rarely it beats, it turns once in a period: at any moment this node may become one
            // of a pair, in which it is to hear in time.
            let deadlines = [deadline, Some(now + self.config.rhythm.period)];
            let until = (deadlines.into_iter().flatten()).fold(self.beat_due, Instant::min);
            let time = until.since(self.pulse.now());
            if let Err(error) = self.alarm.wait(self.socket.as_fd(), wake, time) {
                tracing::error!(%error, "cannot wait for heartbeats: this node gives up");
                std::process::abort();
            }
        }
    }

    /// Looks at what has come. When the other node is dead if nothing more does, and what to wake for.
    fn listen(&mut self, now: Instant) -> (Option<Instant>, Wake) {
        let (_, role, ..) = self.pulse.state();
        let mut hearing = self.hearing.lock();
        hearing.look(now);
        if hearing.take_returned() {
            // Somebody is there again. He may need our beat to be believed.
            self.beat_due = now;
        }
        hearing.judge(now);
        let wake = match hearing.is_settled(role) {
            true => Wake::Error,
            false => Wake::Data,
        };
        (hearing.deadline(), wake)
    }

    /// When to beat next so as to answer the serving node at once, if there is one that is heard in time.
    fn answer_due(&self, now: Instant) -> Option<Instant> {
        let period = self.config.rhythm.period;
        let (_, role, ..) = self.pulse.state();
        let hearing = self.hearing.lock();
        let heard = hearing
            .last()
            .filter(|heard| heard.beat.role.serves() && !role.serves())?;
        let next = heard.at + period + period / ANSWER_AFTER;
        let soon = now + period / 2;
        Some(if next > soon { next } else { next + period })
            .filter(|next| *next <= now + period * 3 / 2)
    }
}

#[cfg(test)]
mod tests;

//! The thread that beats, and listens to the beats of the other node.

pub use super::hearing::Heard;
use super::hearing::{Hearing, Refused};
use super::pulse::Pulse;
use crate::heartbeat::{Beat, Voice};
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

/// What is found out about the other node.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// It says of itself what it did not say before: another role, reign or boot. The beat came then,
    /// by the pulse's clock. Other beats are no event; [`Heartbeat::heard`] tells of the last.
    PeerChanged(Instant, Beat),
    /// Its host lives but its process does not: the kernel over there says that nobody listens.
    PeerRefused,
    /// It is silent.
    PeerDead {
        /// How long; `None` if it was never heard.
        silence: Option<Duration>,
    },
    /// It was silent and beats again.
    PeerBack,
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
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    /// Starts it. `clock` is the service's: it gives the times in beats, and nothing is decided
    /// by it, so it may be set. `on_beat` is shown each beat and how long ago it came. `on_stopped` is called with the time
    /// that was lost when this process stood still for so long that the other node may have taken
    /// over, before anything else is sent; it has to end the process. A critical loop that hangs ends
    /// the process too.
    pub fn start(
        config: Config,
        key: hmac::Key,
        pulse: Arc<Pulse>,
        clock: impl Fn() -> Instant + Send + 'static,
        on_beat: impl FnMut(&Beat, Duration) + Send + 'static,
        on_stopped: impl FnMut(Duration) + Send + 'static,
        events: UnboundedSender<Event>,
    ) -> anyhow::Result<Self> {
        let socket = UdpSocket::bind(config.own)
            .with_context(|| format!("cannot send heartbeats from {}", config.own))?;
        (socket.connect(config.peer))
            .with_context(|| format!("cannot send heartbeats to {}", config.peer))?;
        socket.set_nonblocking(true)?;
        let boot = boot()?;
        let (socket, stop) = (Arc::new(socket), Arc::new(AtomicBool::new(false)));
        let refused = Refused::new(events);
        let now = pulse.now();
        let hearing = Hearing::new(
            &config,
            (key.clone(), boot),
            now,
            socket.clone(),
            refused.clone(),
            Box::new(on_beat),
        );
        let hearing = SharedHearing(Arc::new(Mutex::new(hearing)));
        let turns = Turns {
            voice: Voice::new(key),
            hearing: hearing.clone(),
            alarm: Alarm::new().context("cannot make a timer")?,
            boot,
            beat_due: now,
            socket: socket.clone(),
            refused: refused.clone(),
            stop: stop.clone(),
            config,
            pulse: pulse.clone(),
            clock,
            on_stopped,
        };
        let thread = std::thread::Builder::new()
            .name("heartbeat".to_owned())
            .spawn(move || turns.run())
            .context("cannot start the heartbeat thread")?;
        Ok(Heartbeat {
            socket,
            pulse,
            hearing,
            refused,
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

/// A number that differs with every start of a process.
pub(super) fn boot() -> anyhow::Result<u64> {
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

struct Turns<C, S> {
    config: Config,
    pulse: Arc<Pulse>,
    clock: C,
    on_stopped: S,
    refused: Refused,
    socket: Arc<UdpSocket>,
    stop: Arc<AtomicBool>,
    voice: Voice,
    hearing: SharedHearing,
    alarm: Alarm,
    boot: u64,
    beat_due: Instant,
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
            let (deadline, wake) = self.listen(now);
            if now >= self.beat_due {
                self.beat(now);
                // After a delay it goes on from here and does not catch up.
                let period = match self.refused.is_said() {
                    true => REFUSED_PERIOD,
                    false => self.config.period,
                };
                let next = self.beat_due + period;
                self.beat_due = match next > now {
                    true => next,
                    false => now + period,
                };
                self.pulse.set_next_beat(self.beat_due);
            }
            // However rarely it beats, it turns once in a period: at any moment this node may become one
            // of a pair, in which a thread that has not turned for long counts as stopped.
            let turn = self.config.period.min(self.pulse.stopped_limit() * 2 / 3);
            let deadlines = [deadline, Some(now + turn)];
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

    fn beat(&mut self, now: Instant) {
        let (epoch, role, position, load_permille) = self.pulse.state();
        let mut hearing = self.hearing.lock();
        for marks in self.pulse.marks() {
            hearing.own_sequence += 1;
            let beat = Beat {
                node: self.config.node,
                boot: self.boot,
                sequence: hearing.own_sequence,
                sent: (self.clock)(),
                echo: hearing.echo(now),
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

//! What comes from the other node's heartbeat thread.

use super::heartbeat_thread::{Config, Event};
use super::pulse::Pulse;
use crate::heartbeat::seal::DATAGRAM_OCTETS_MAX;
use crate::heartbeat::{Assembly, Beat, Ear, Echo, Refusal, Role, Watch};
use crate::os::stamped;
use base::Instant;
use bytes::Bytes;
use ring::hmac;
use std::io;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc::UnboundedSender;

/// Datagrams read before the next look at the clock, so that a flood cannot stop our own beats.
const READ_PER_LOOK_MAX: usize = 256;

/// What the other node has said last.
#[derive(Debug, Clone)]
pub struct Heard {
    /// When it came, by the pulse's clock.
    pub at: Instant,
    /// Its last beat.
    pub beat: Beat,
    /// Its last marks that came whole.
    pub marks: Bytes,
}

/// Says once that the other process is gone, until it is heard or asked for again.
#[derive(Debug, Clone)]
pub(super) struct Refused {
    events: UnboundedSender<Event>,
    said: Arc<AtomicBool>,
}

impl Refused {
    pub(super) fn new(events: UnboundedSender<Event>) -> Self {
        Refused {
            events,
            said: Arc::default(),
        }
    }

    pub(super) fn is_said(&self) -> bool {
        self.said.load(Ordering::SeqCst)
    }

    /// True if it was said.
    pub(super) fn take_back(&self) -> bool {
        self.said.swap(false, Ordering::SeqCst)
    }

    pub(super) fn look_at(&self, error: &io::Error) {
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

/// Is shown each beat that counts, and how long ago it came.
pub(super) type OnBeat = Box<dyn FnMut(&Beat, Duration) + Send>;

/// The socket's receiving half. Beats wait in it until somebody looks; the kernel notes when they came.
pub(super) struct Hearing {
    socket: Arc<UdpSocket>,
    events: UnboundedSender<Event>,
    refused: Refused,
    ear: Ear,
    watch: Watch,
    pulse: Arc<Pulse>,
    peer: u8,
    own_boot: u64,
    assembly: Assembly,
    last: Option<Heard>,
    on_beat: OnBeat,
    /// The last beat that we sent.
    own_sequence: u64,
    /// The last look.
    looked: Instant,
    /// Somebody is there whose process was gone, and the thread does not know yet.
    returned: bool,
    warned_version: bool,
}

impl Hearing {
    pub(super) fn new(
        config: &Config,
        key: hmac::Key,
        now: Instant,
        socket: Arc<UdpSocket>,
        refused: Refused,
        pulse: Arc<Pulse>,
        on_beat: OnBeat,
    ) -> Self {
        if let Err(error) = stamped::stamp(&socket) {
            tracing::info!(%error, "heartbeats come without the time of their arrival");
        }
        Hearing {
            socket,
            events: refused.events.clone(),
            refused,
            ear: Ear::new(key, config.node, config.boot),
            watch: Watch::new(now, config.rhythm),
            pulse,
            peer: config.peer_node,
            own_boot: config.boot,
            assembly: Assembly::default(),
            last: None,
            on_beat,
            own_sequence: 0,
            looked: now,
            returned: false,
            warned_version: false,
        }
    }

    pub(super) fn last(&self) -> Option<&Heard> {
        self.last.as_ref()
    }

    /// What our next beat says that we heard.
    pub(super) fn echo(&self, now: Instant) -> Option<Echo> {
        self.ear.echo(now)
    }

    /// When the other node is dead if nothing comes.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.watch.deadline()
    }

    /// Whether one of the two protects the other and nothing is amiss, so that beats can wait to be read.
    pub(super) fn is_settled(&self, own: Role) -> bool {
        let paired = |role| matches!(role, Role::Primary | Role::Backup);
        let other = self.last.as_ref().map(|heard| heard.beat.role);
        paired(own)
            && other.is_some_and(paired)
            && !self.watch.is_silent()
            && !self.refused.is_said()
    }

    /// Whether somebody has come back since this was asked last, whoever read of it.
    pub(super) fn take_returned(&mut self) -> bool {
        std::mem::take(&mut self.returned)
    }

    /// Reads what waits in the socket.
    pub(super) fn look(&mut self, now: Instant) {
        let mut datagram = [0; DATAGRAM_OCTETS_MAX];
        let mut failed = None;
        for _ in 0..READ_PER_LOOK_MAX {
            match stamped::receive(&*self.socket, &mut datagram) {
                // A probe.
                Ok((0, ..)) => {}
                Ok((octets, _, stamp)) => {
                    self.returned |= self.refused.take_back();
                    // It came after the last look.
                    let ago = stamped::age(stamp, system_clock(), now.since(self.looked));
                    let (at, datagram) = (now - ago, &datagram[..octets]);
                    match self.ear.open(at, datagram, self.own_sequence) {
                        Ok(beat) => {
                            (self.on_beat)(&beat, ago);
                            self.heard(at, beat);
                        }
                        Err(refusal) => self.ignored(refusal),
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // What was said before comes first.
                Err(error) => failed = Some(error),
            }
        }
        self.looked = now;
        if let Some(error) = failed {
            self.refused.look_at(&error);
        }
    }

    fn heard(&mut self, at: Instant, beat: Beat) {
        let (_, own, ..) = self.pulse.state();
        // That the next process on the backup's host hears this node, or one that has taken over, gives no right.
        let follows = matches!(beat.role, Role::Backup | Role::Joining);
        let counts = own != Role::Primary || follows;
        let echo = (beat.echo).filter(|echo| echo.boot == self.own_boot && counts);
        self.watch.heard(at, echo.map(|echo| echo.sequence));
        if let Some(sent) = self.watch.heard_us() {
            self.pulse.heard_by(self.peer, sent);
        }
        let former = self.last.take();
        let boot = former.as_ref().map(|former| former.beat.boot);
        if boot != Some(beat.boot) {
            self.assembly = Assembly::default();
        }
        let news = |beat: &Beat| (beat.boot, beat.epoch, beat.role);
        if former.as_ref().map(|former| news(&former.beat)) != Some(news(&beat)) {
            let _ = self.events.send(Event::PeerChanged(at, beat.clone()));
        }
        let marks = self.assembly.take(&beat.marks);
        let marks = marks.or(former.map(|former| former.marks));
        self.last = Some(Heard {
            at,
            beat,
            marks: marks.unwrap_or_default(),
        });
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

    /// The number of the next beat, which is sent now.
    pub(super) fn next_sequence(&mut self, now: Instant) -> u64 {
        self.own_sequence += 1;
        self.watch.sent(self.own_sequence, now);
        self.own_sequence
    }

    /// When the last of our beats was sent that the other node is known to have heard.
    pub(super) fn heard_us(&self) -> Option<Instant> {
        self.watch.heard_us()
    }

    /// Tells what is new about the other node: look before.
    pub(super) fn judge(&mut self, now: Instant) {
        for news in self.watch.judge(now) {
            let silence = self.last.as_ref().map(|heard| now.since(heard.at));
            tracing::debug!(node = self.peer, ?news, ?silence, "heartbeats");
            let _ = self.events.send(Event::News(news));
        }
    }
}

/// The clock of the system, by which the kernel stamps datagrams. Nothing else is decided by it.
#[expect(clippy::disallowed_methods, reason = "the shell reads the clock")]
fn system_clock() -> SystemTime {
    SystemTime::now()
}

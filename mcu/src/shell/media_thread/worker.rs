//! The thread itself: what it does in turn.

use super::receiving::{drop_packets, stamp};
use super::sending::FIRST_SENT;
use super::{Duty, Open, Order, Progress, Reports, Watched};
use crate::shell::Marks;
use base::{Instant, MediaKind};
use media::plane::{Channel, Notice, Plane, Port, StreamMark};
use media::room::limits::MIX_INTERVAL;
use mio::{Events, Poll, Token};
use replication::os::stamped;
use replication::shell::{Clock, Supervision};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, SystemTime};

/// Sockets reported by one wait.
const READY_MAX: usize = 1024;
/// How often a node that keeps what comes looks for it. The kernel holds as much as comes meanwhile: at 4
/// Mbit/s 40 packets.
const KEEP_INTERVAL: Duration = Duration::from_millis(100);
/// Whoever sends pictures has sent a packet by then.
const FIRST_PACKETS: Duration = Duration::from_millis(250);
/// How often marks are written; the shortest heartbeat carries each once.
const MARK_INTERVAL: Duration = Duration::from_millis(5);
pub(super) const WAKER: Token = Token(usize::MAX);

/// The thread.
pub(super) struct Worker<P> {
    pub(super) duty: Duty,
    /// When sockets were emptied last, by a node that keeps what comes.
    pub(super) kept: Instant,
    /// Since when it is to keep so much that it is warm, and when it is to pause.
    pub(super) warming: Option<Instant>,
    pub(super) pausing: Option<Instant>,
    pub(super) warm: Arc<AtomicBool>,
    pub(super) supervision: Option<Supervision>,
    pub(super) progress: Progress,
    /// Kinds of media of which nothing has been sent since a takeover.
    pub(super) unsent: Vec<(MediaKind, &'static str)>,
    /// When marks were told last.
    pub(super) marked: Instant,
    pub(super) plane: P,
    pub(super) clock: Clock,
    pub(super) poll: Poll,
    pub(super) ordered: Receiver<Order>,
    pub(super) reports: Reports,
    /// A notice that the core had no room for; the plane keeps the others.
    pub(super) refused: Option<Notice>,
    pub(super) sockets: BTreeMap<Port, Open>,
    pub(super) tokens: BTreeMap<Token, Port>,
    pub(super) next_token: usize,
    pub(super) batch: Vec<u8>,
    pub(super) inbox: Vec<u8>,
}

impl<P: Plane> Worker<P> {
    pub(super) fn run(mut self) -> P {
        let mut events = Events::with_capacity(READY_MAX);
        // Sockets that may hold more packets; readiness is reported only once (edge-triggered).
        let mut ready: Vec<Port> = Vec::new();
        loop {
            let paused = self.duty == Duty::Pause;
            let wait = if (ready.is_empty() || paused) && self.refused.is_none() {
                self.time_to_wait()
            } else {
                Some(Duration::ZERO)
            };
            if let Some(supervision) = &self.supervision {
                supervision.rests(wait);
            }
            match self.poll.poll(&mut events, wait) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("cannot wait for packets: {error}"),
            }
            if let Some(supervision) = &self.supervision {
                supervision.alive();
            }
            for event in &events {
                match self.tokens.get(&event.token()) {
                    Some(port) if !ready.contains(port) => ready.push(*port),
                    _ => {}
                }
            }
            if events.iter().any(|event| event.token() == WAKER) {
                while let Ok(order) = self.ordered.try_recv() {
                    if self.obey(order).is_break() {
                        self.flush(self.clock.now());
                        return self.plane;
                    }
                }
            }
            if self.duty != Duty::Pause {
                ready.retain(|port| self.drain(*port));
            }
            let now = self.clock.now();
            if self.duty == Duty::Serve && self.plane.next_timeout().is_some_and(|at| at <= now) {
                self.plane.handle_timeout(now);
            }
            self.flush(now);
            if self.pausing.is_some_and(|at| at <= now) && self.refused.is_none() {
                self.pause(now);
            }
            self.follow(now);
            self.tell_marks(now);
        }
    }

    /// What a node does for the day when it serves.
    fn follow(&mut self, now: Instant) {
        if matches!(self.duty, Duty::Serve | Duty::Pause) {
            return;
        }
        self.plane.prepare(now);
        if self.duty == Duty::Keep && now.since(self.kept) >= KEEP_INTERVAL {
            self.keep(now);
            if let Some(since) = self.warming {
                let heard = now.since(since) >= FIRST_PACKETS;
                (self.warm).store(heard && self.plane.is_warm(since), Ordering::Relaxed);
            }
        }
    }

    /// Follows in another way, if it does follow.
    fn change_duty(&mut self, duty: Duty) {
        match (self.duty, duty) {
            (Duty::Follow, Duty::Keep) => {
                // What came before is of no use: nobody has looked at it for long.
                for (port, open) in &mut self.sockets {
                    for Watched { socket, .. } in open.sockets() {
                        drop_packets(socket, &mut self.inbox);
                        stamp(*port, socket);
                    }
                }
            }
            (Duty::Keep, Duty::Follow) => self.plane.forget(),
            (Duty::Keep, Duty::Keep) => {}
            _ => return,
        }
        self.duty = duty;
        self.warming = (duty == Duty::Keep).then(|| self.clock.now());
    }

    /// Stops after what was sent at `now`. Another node that goes on exactly there leaves no gap.
    fn pause(&mut self, now: Instant) {
        self.pausing = None;
        self.duty = Duty::Pause;
        let marks = Marks {
            at: now,
            is_last: true,
            streams: self.plane.marks(),
        };
        let marks = postcard::to_stdvec(&marks).expect("marks can be written");
        (self.reports.paused)(marks.into());
    }

    /// Empties the sockets into the plane's memory.
    #[expect(
        clippy::disallowed_methods,
        reason = "the kernel's stamps are of the system's clock"
    )]
    fn keep(&mut self, now: Instant) {
        self.kept = now;
        let clock = SystemTime::now();
        for (port, open) in &mut self.sockets {
            for Watched { socket, .. } in open.sockets() {
                loop {
                    match stamped::receive(socket, &mut self.inbox) {
                        Ok((length, source, stamp)) => {
                            // No further back than the last time.
                            let ago = stamped::age(stamp, clock, 2 * KEEP_INTERVAL);
                            (self.plane).keep(now - ago, *port, source, &self.inbox[..length]);
                        }
                        Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                        Err(_) => {}
                    }
                }
            }
        }
    }

    fn time_to_wait(&self) -> Option<Duration> {
        let now = self.clock.now();
        let due = match self.duty {
            Duty::Serve => (self.plane.next_timeout().into_iter().chain(self.pausing)).min(),
            Duty::Follow | Duty::Pause => None,
            Duty::Keep => (!self.sockets.is_empty()).then_some(self.kept + KEEP_INTERVAL),
        };
        due.map(|at| at.since(now))
    }

    /// Tells the heartbeats where the streams are.
    fn tell_marks(&mut self, now: Instant) {
        let Some(supervision) = &self.supervision else {
            return;
        };
        if self.duty != Duty::Serve
            || !supervision.marks_wanted()
            || now.since(self.marked) < MARK_INTERVAL
        {
            return;
        }
        self.marked = now;
        let marks = Marks {
            at: now,
            is_last: false,
            streams: self.plane.marks(),
        };
        let marks = postcard::to_stdvec(&marks).expect("marks can be written");
        supervision.set_marks(&marks.into());
    }

    /// Continues what another node has sent.
    fn serve(&mut self, until: Option<Instant>, marks: Vec<(Instant, StreamMark)>) {
        if self.duty == Duty::Keep {
            self.keep(self.clock.now());
        }
        self.duty = Duty::Serve;
        self.unsent = FIRST_SENT.to_vec();
        let until = until.unwrap_or_else(|| self.clock.now());
        self.plane.take_over(until);
        for (at, mark) in marks {
            self.plane.continue_stream(until, at, mark);
        }
        let ports: Vec<Port> = self.sockets.keys().copied().collect();
        for port in ports {
            self.watch(port);
        }
        let step = ("media taken up", self.clock.now());
        self.progress.lock().push(step);
    }

    fn obey(&mut self, order: Order) -> std::ops::ControlFlow<()> {
        match order {
            Order::Open(participant, sockets) => {
                let all = [
                    (MediaKind::Audio, sockets.audio),
                    (MediaKind::Video, sockets.video),
                ];
                for (kind, [rtp, rtcp]) in all {
                    for (channel, socket) in [(Channel::Rtp, rtp), (Channel::Rtcp, rtcp)] {
                        let port = Port {
                            participant,
                            kind,
                            channel,
                        };
                        self.open(port, socket);
                    }
                }
            }
            Order::Close(participant, done) => {
                // What the plane still has to say (RTCP BYE) goes out first.
                self.flush(self.clock.now());
                let mut gone = Vec::new();
                self.sockets.retain(|port, open| {
                    let keep = port.participant != participant;
                    if !keep {
                        for watched in open.sockets() {
                            gone.push(watched.token);
                            let _ = self.poll.registry().deregister(&mut watched.socket);
                        }
                    }
                    keep
                });
                gone.iter().for_each(|token| {
                    self.tokens.remove(token);
                });
                if let Some(done) = done {
                    let _ = done.send(());
                }
            }
            Order::Command(command) => self.plane.command(self.clock.now(), command),
            Order::Answer(answer) => drop(answer.send(())),
            Order::Supervise(supervision) => self.supervision = Some(supervision),
            Order::Serve(until, marks) => self.serve(until, marks),
            Order::Follow(duty) => self.change_duty(duty),
            Order::Refresh => self.plane.refresh(self.clock.now()),
            Order::Pause => self.pausing = Some(next_mix(self.clock.now())),
            Order::Resume => {
                self.pausing = None;
                if self.duty == Duty::Pause {
                    self.duty = Duty::Serve;
                }
            }
            Order::Stop => return std::ops::ControlFlow::Break(()),
        }
        std::ops::ControlFlow::Continue(())
    }
}

/// When sound is sent next.
fn next_mix(now: Instant) -> Instant {
    let interval = MIX_INTERVAL.as_nanos() as u64;
    Instant::from_nanos((now.as_nanos() / interval + 1) * interval)
}

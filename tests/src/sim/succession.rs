//! The media planes of a pair: one serves until it dies, the other one keeps what comes and goes on.

use base::Instant;
use media::plane::{Command, Notice, Plane, Port, StreamMark, Transmit};
use media::room::Rooms;
use std::net::SocketAddr;
use std::time::Duration;

/// The other node is told so often where the streams are, as by heartbeats.
const MARK_INTERVAL: Duration = Duration::from_millis(20);
/// Senders are asked so often for an intra picture, as a pair does.
const INTRA_INTERVAL: Duration = Duration::from_secs(4);

/// A packet that left.
#[derive(Debug, Clone)]
pub struct Sent {
    /// When.
    pub at: Instant,
    /// What and where to.
    pub transmit: Transmit,
}

/// Two planes of which one serves at a time, with a takeover at a chosen instant.
pub struct Succession {
    primary: Option<Rooms>,
    backup: Rooms,
    death: Instant,
    takeover: Instant,
    backup_serves: bool,
    marks: (Instant, Vec<StreamMark>),
    now: Instant,
    sent: Vec<Sent>,
}

impl Succession {
    /// The first plane dies at `death`, and after `outage` the second one takes over.
    pub fn new(death: Instant, outage: Duration) -> Self {
        let [primary, backup] = [1, 2].map(|seed| {
            let mut rooms = Rooms::new(seed);
            rooms.set_intra_interval(Some(INTRA_INTERVAL));
            rooms
        });
        Succession {
            primary: Some(primary),
            backup,
            death,
            takeover: death + outage,
            backup_serves: false,
            marks: (Instant::ZERO, Vec::new()),
            now: Instant::ZERO,
            sent: Vec::new(),
        }
    }

    /// What both have sent, in order.
    pub fn sent(&self) -> &[Sent] {
        &self.sent
    }

    /// What is due by `now` beside the planes' own business.
    fn advance(&mut self, now: Instant) {
        self.now = now;
        if now >= self.death {
            self.primary = None;
        }
        if now >= self.takeover && !self.backup_serves {
            self.backup_serves = true;
            self.backup.take_over(now);
            let (at, marks) = &self.marks;
            for mark in marks {
                self.backup.continue_stream(now, *at, *mark);
            }
        }
    }

    /// After what was due, which marks of this time count as done.
    fn tell_marks(&mut self, now: Instant) {
        if let Some(primary) = &self.primary
            && now.since(self.marks.0) >= MARK_INTERVAL
        {
            self.marks = (now, primary.marks());
            self.backup.prepare(now);
        }
    }

    fn serving(&mut self) -> Option<&mut Rooms> {
        match &mut self.primary {
            Some(primary) => Some(primary),
            None => self.backup_serves.then_some(&mut self.backup),
        }
    }
}

impl Plane for Succession {
    fn command(&mut self, now: Instant, command: Command) {
        self.advance(now);
        if let Some(primary) = &mut self.primary {
            primary.command(now, command.clone());
        }
        self.backup.command(now, command);
        if !self.backup_serves {
            while self.backup.poll_transmit().is_some() {}
        }
    }

    fn receive(&mut self, now: Instant, port: Port, source: SocketAddr, packet: &[u8]) {
        self.advance(now);
        if !self.backup_serves {
            self.backup.keep(now, port, source, packet);
        }
        if let Some(rooms) = self.serving() {
            rooms.receive(now, port, source, packet);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        if let Some(rooms) = self.serving()
            && rooms.next_timeout().is_some_and(|at| at <= now)
        {
            rooms.handle_timeout(now);
        }
        self.tell_marks(now);
    }

    fn next_timeout(&self) -> Option<Instant> {
        match &self.primary {
            Some(primary) => Some(primary.next_timeout()?.min(self.death)),
            None if self.backup_serves => self.backup.next_timeout(),
            None => Some(self.takeover),
        }
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        let transmit = self.serving()?.poll_transmit()?;
        self.sent.push(Sent {
            at: self.now,
            transmit: transmit.clone(),
        });
        Some(transmit)
    }

    fn poll_notice(&mut self) -> Option<Notice> {
        self.serving()?.poll_notice()
    }
}

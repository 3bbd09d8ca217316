//! A client: one connection at a time, on which it sends numbers and knows what must come back.

use super::core::{FRAME_OCTETS, REPLY, TICK, add};
use crate::sim::tcp::{Kernel, News, Packet, Read};
use base::{Instant, Rng};
use replication::tcp::Ends;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How long it waits for a connection before it tries another one.
const CONNECT_PATIENCE: Duration = Duration::from_millis(1500);
/// How long it waits for an answer before it hangs up.
const ANSWER_PATIENCE: Duration = Duration::from_secs(15);
/// Requests without an answer, at most.
const WAITING_MAX: u64 = 3;

/// A client.
pub(super) struct Client {
    pub address: IpAddr,
    pub kernel: Kernel,
    service: SocketAddr,
    rng: Rng,
    conn: Option<Ends>,
    stands: bool,
    sent: u64,
    answered: u64,
    sum: u64,
    ticks: u64,
    buffer: Vec<u8>,
    /// When it does something next.
    due: Instant,
    /// Since when it has waited.
    waits: Instant,
    /// Connections that stood and were lost.
    pub lost: u32,
    /// Requests answered in all.
    pub answers: u64,
    /// Answers that cannot be.
    pub wrong: Vec<String>,
}

impl Client {
    pub fn new(number: u8, service: SocketAddr, seed: u64, now: Instant) -> Self {
        let mut rng = Rng::new(seed);
        let due = now + Duration::from_millis(rng.below(400));
        Client {
            address: IpAddr::from([10, 0, 0, 10 + number]),
            kernel: Kernel::new(40_000, true),
            service,
            rng,
            conn: None,
            stands: false,
            sent: 0,
            answered: 0,
            sum: 0,
            ticks: 0,
            buffer: Vec::new(),
            due,
            waits: now,
            lost: 0,
            answers: 0,
            wrong: Vec::new(),
        }
    }

    /// Its connection, as it names it.
    pub fn conn(&self) -> Option<Ends> {
        self.conn
    }

    /// It has a connection that stands.
    pub fn is_connected(&self) -> bool {
        self.conn.is_some() && self.stands
    }

    pub fn next_timeout(&self) -> Instant {
        self.kernel
            .next_timeout()
            .map_or(self.due, |at| at.min(self.due))
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.kernel.handle_timeout(now);
        self.take_news(now);
        if now < self.due {
            return;
        }
        self.due = now + Duration::from_millis(100 + self.rng.below(300));
        let Some(ends) = self.conn else {
            return self.connect(now);
        };
        let patience = match self.stands {
            true => ANSWER_PATIENCE,
            false => CONNECT_PATIENCE,
        };
        let waits = !self.stands || self.answered < self.sent;
        if waits && now >= self.waits + patience {
            return self.hang_up(ends);
        }
        if self.stands && self.answered == self.sent && self.rng.below(24) == 0 {
            self.kernel.close(now, ends);
            self.forget();
        } else if self.stands && self.sent - self.answered < WAITING_MAX {
            if self.sent == self.answered {
                self.waits = now;
            }
            self.sent += 1;
            self.kernel.send(now, ends, &self.sent.to_be_bytes());
        }
    }

    pub fn receive(&mut self, now: Instant, packet: &Packet) {
        self.kernel.receive(now, packet);
        self.take_news(now);
    }

    fn connect(&mut self, now: Instant) {
        (self.sent, self.answered, self.sum, self.ticks) = (0, 0, 0, 0);
        self.buffer.clear();
        self.waits = now;
        self.conn = Some(self.kernel.connect(now, self.address, self.service));
    }

    /// Nobody knows its call any more.
    pub fn lose_call(&mut self) {
        if let Some(ends) = self.conn {
            self.hang_up(ends);
        }
    }

    fn hang_up(&mut self, ends: Ends) {
        self.kernel.abandon(ends);
        self.lost += u32::from(self.stands);
        self.forget();
    }

    fn forget(&mut self) {
        (self.conn, self.stands) = (None, false);
    }

    fn take_news(&mut self, now: Instant) {
        while let Some((ends, news)) = self.kernel.poll_news() {
            let current = self.conn == Some(ends);
            match news {
                News::Connected if current => {
                    self.stands = true;
                    self.waits = now;
                }
                News::Broken(_) if current => self.hang_up(ends),
                News::Readable => self.read(now, ends, current),
                _ => {}
            }
        }
    }

    fn read(&mut self, now: Instant, ends: Ends, current: bool) {
        loop {
            match self.kernel.read(ends) {
                Read::Octets(octets) if current => self.buffer.extend_from_slice(&octets),
                Read::Octets(_) => {}
                Read::Finished => {
                    self.kernel.close(now, ends);
                    if current {
                        self.lost += 1;
                        self.forget();
                    }
                    return;
                }
                Read::Drained => break,
            }
        }
        if !current {
            return;
        }
        let buffer = std::mem::take(&mut self.buffer);
        let mut frames = buffer.chunks_exact(FRAME_OCTETS);
        for frame in &mut frames {
            self.take(now, frame);
        }
        self.buffer = frames.remainder().to_vec();
        if !self.wrong.is_empty() {
            // What else is said on it makes no sense.
            self.hang_up(ends);
        }
    }

    fn take(&mut self, now: Instant, frame: &[u8]) {
        let number = |at| u64::from_be_bytes(*frame[at..].first_chunk().expect("a whole frame"));
        let (one, other) = (number(1), number(9));
        let expected = match frame[0] {
            REPLY => {
                self.answered += 1;
                self.answers += 1;
                self.waits = now;
                self.sum = add(self.sum, self.answered);
                (self.answered, self.sum)
            }
            TICK => {
                self.ticks += 1;
                (self.ticks, 0)
            }
            _ => (u64::MAX, 0),
        };
        if (one, other) != expected {
            self.wrong.push(format!(
                "I2: client {} is told {frame:?}, which is not what follows",
                self.address
            ));
        }
    }
}

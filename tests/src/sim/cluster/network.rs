//! What lies between the parties: nodes, the arbiter, the clients. Each direction between two of them can be cut, slow
//! or lossy by itself.

use base::Rng;
use std::time::Duration;

/// Between hosts of the LAN, at least.
const DELAY: Duration = Duration::from_micros(250);
/// And so much more, at most, when all is well.
const JITTER_MICROS: u64 = 100;

/// Somebody on the network: nodes are numbered from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Party {
    Arbiter,
    Node(u8),
    Clients,
}

impl Party {
    fn place(self) -> usize {
        match self {
            Party::Arbiter => 0,
            Party::Node(node) => usize::from(node),
            Party::Clients => PARTIES - 1,
        }
    }
}

/// With three nodes.
const PARTIES: usize = 5;

/// One direction between two parties.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Path {
    /// How many faults cut it.
    pub cuts: u8,
    /// Of a thousand datagrams so many are lost.
    pub loss_permille: u16,
    /// Datagrams are late by up to so much, in microseconds: later ones may overtake them.
    pub late_micros: u32,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Network {
    paths: [[Path; PARTIES]; PARTIES],
}

impl Network {
    pub fn path(&mut self, from: Party, to: Party) -> &mut Path {
        &mut self.paths[from.place()][to.place()]
    }

    pub fn is_open(&self, from: Party, to: Party) -> bool {
        self.paths[from.place()][to.place()].cuts == 0
    }

    pub fn heal(&mut self) {
        *self = Network::default();
    }

    /// How long a datagram takes; `None` if it does not arrive.
    pub fn pass(&self, rng: &mut Rng, from: Party, to: Party) -> Option<Duration> {
        let path = &self.paths[from.place()][to.place()];
        let lost = path.loss_permille > 0 && rng.below(1000) < path.loss_permille.into();
        (path.cuts == 0 && !lost).then(|| self.delay(rng, from, to))
    }

    /// How long a message takes that TCP carries, which sends again what is lost.
    pub fn carry(&self, rng: &mut Rng, from: Party, to: Party) -> Duration {
        let path = &self.paths[from.place()][to.place()];
        let mut delay = self.delay(rng, from, to);
        while path.loss_permille > 0 && rng.below(1000) < path.loss_permille.min(900).into() {
            delay += Duration::from_millis(200);
        }
        delay
    }

    fn delay(&self, rng: &mut Rng, from: Party, to: Party) -> Duration {
        let late = self.paths[from.place()][to.place()].late_micros;
        DELAY + Duration::from_micros(rng.below(JITTER_MICROS + 1 + u64::from(late)))
    }
}

/// The clock of a host, which runs a little too fast or too slow.
#[derive(Debug, Clone, Copy)]
pub(super) struct HostClock {
    /// What it shows when the world begins, nanoseconds.
    pub begins: u64,
    /// Parts per million that it gains.
    pub gains: i64,
}

impl HostClock {
    /// What it shows.
    pub fn show(&self, now: base::Instant) -> base::Instant {
        let now = now.as_nanos() as i64;
        let shown = now + now / 1000 * self.gains / 1000;
        base::Instant::from_nanos(self.begins + shown as u64)
    }

    /// The first moment when it shows that.
    pub fn when(&self, shown: base::Instant) -> base::Instant {
        let since = shown.as_nanos().saturating_sub(self.begins) as i64;
        let guess = since - since / 1000 * self.gains / 1000;
        let mut guess = base::Instant::from_nanos(guess.max(0) as u64);
        while self.show(guess) < shown {
            guess += shown.since(self.show(guess)).max(Duration::from_nanos(1));
        }
        guess
    }
}

//! What a seed makes happen.

use super::network::Party;
use base::Rng;
use replication::failover::membership::{OnPartition, Settings};
use replication::heartbeat::Rhythm;
use std::time::Duration;

/// How a service is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// Nodes.
    pub nodes: u8,
    /// There is an arbiter.
    pub arbiter: bool,
    /// There is a fencing command.
    pub fence: bool,
    /// Else.
    pub on_partition: OnPartition,
    /// The most preferred nodes are to have their places.
    pub failback: bool,
}

impl Mode {
    /// Never may two nodes send at once, whatever happens.
    pub fn is_exclusive(self) -> bool {
        self.on_partition == OnPartition::Stop
    }
}

/// What goes wrong, from some moment on for some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    /// The process dies, and starts again at the end of the time.
    Crash(u8),
    /// The host.
    HostCrash(u8),
    /// The whole process stands still.
    Pause(u8),
    /// Nothing gets from one to the other.
    Cut(Party, Party),
    /// Nor back.
    CutBoth(Party, Party),
    /// A host reaches nobody, and knows it (no carrier) or not.
    Isolate(u8, bool),
    /// Datagrams are lost (of a thousand) and late (microseconds).
    Bad(Party, Party, u16, u32),
    /// The link breaks.
    LinkBreak(u8, u8),
    /// Nothing gets through it.
    LinkStall(u8, u8),
    /// The arbiter dies, and starts again with what it has written down.
    ArbiterCrash,
}

impl Fault {
    /// It looks like a partition to somebody.
    fn divides(self) -> bool {
        matches!(
            self,
            Fault::Cut(..)
                | Fault::CutBoth(..)
                | Fault::Isolate(..)
                | Fault::Bad(..)
                | Fault::LinkBreak(..)
                | Fault::LinkStall(..)
        )
    }

    /// Only the way between clients and a node is bad: the nodes know nothing of it.
    pub fn is_the_clients(self) -> bool {
        match self {
            Fault::Cut(from, to) | Fault::CutBoth(from, to) | Fault::Bad(from, to, ..) => {
                from == Party::Clients || to == Party::Clients
            }
            _ => false,
        }
    }
}

/// A fault at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timed {
    pub at: Duration,
    pub lasts: Duration,
    pub fault: Fault,
}

/// Everything that a seed decides beforehand.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    pub mode: Mode,
    pub rhythm: Rhythm,
    pub clients: u8,
    /// When each node starts.
    pub starts: Vec<Duration>,
    /// The faults begin when there is a duplex; else with the world.
    pub from_duplex: bool,
    pub faults: Vec<Timed>,
    /// From the first fault on: then all is repaired.
    pub window: Duration,
    /// I1 to I6 are to hold.
    pub strict: bool,
    /// There is but one fault, which no call may notice by its end.
    pub single: bool,
}

impl Schedule {
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let mode = mode(&mut rng);
        let period = [20, 20, 20, 40, 100][rng.below(5) as usize];
        let rhythm = Rhythm {
            period: Duration::from_millis(period),
            misses: 2 + rng.below(3) as u32,
        };
        let single = mode.arbiter && mode.is_exclusive() && rng.below(3) == 0;
        let from_duplex = single || rng.below(4) > 0;
        let window = Duration::from_millis(1000 + rng.below(7000));
        let undivided = !mode.is_exclusive() && rng.below(2) == 0;
        let count = match single {
            true => 1,
            false => 1 + rng.below(9),
        };
        let mut faults: Vec<Timed> = Vec::new();
        while (faults.len() as u64) < count {
            let at = match rng.below(3) {
                // Close to another one.
                0 if !faults.is_empty() => {
                    let near = faults[rng.below(faults.len() as u64) as usize].at;
                    near + Duration::from_millis(rng.below(10 * period))
                }
                _ => Duration::from_millis(rng.below(window.as_millis() as u64)),
            };
            let fault = fault(&mut rng, mode);
            if single && fault.is_the_clients() {
                continue;
            }
            if (undivided && fault.divides()) || fault == Fault::ArbiterCrash && !mode.arbiter {
                continue;
            }
            let lasts = match rng.below(3) {
                0 => rng.below(300_000),
                1 => rng.below(3_000_000),
                _ => rng.below(6_000_000),
            };
            let lasts = match fault {
                // Longer ones cannot be told from a death.
                Fault::Pause(_) if undivided => Duration::from_micros(5_000 + lasts / 12),
                Fault::Pause(_) => Duration::from_micros(5_000 + lasts / 2),
                _ => Duration::from_micros(lasts),
            };
            faults.push(Timed { at, lasts, fault });
            if rng.below(8) == 0 && count > 1 {
                // It flaps.
                for turn in 1..4u32 {
                    let at = at + (lasts + Duration::from_millis(rng.below(200))) * turn;
                    faults.push(Timed { at, lasts, fault });
                }
            }
        }
        Schedule {
            mode,
            rhythm,
            clients: 1 + rng.below(3) as u8,
            starts: (0..mode.nodes)
                .map(|_| Duration::from_millis(rng.below(2000)))
                .collect(),
            from_duplex,
            faults,
            window,
            strict: mode.is_exclusive() || undivided,
            single,
        }
    }

    pub fn settings(&self, node: u8) -> Settings {
        Settings {
            node,
            nodes: self.mode.nodes,
            rhythm: self.rhythm,
            start_wait: Duration::from_secs(1),
            arbiter: self.mode.arbiter,
            fence: self.mode.fence,
            on_partition: self.mode.on_partition,
            failback: self.mode.failback,
        }
    }
}

fn mode(rng: &mut Rng) -> Mode {
    let (arbiter, fence, on_partition) = match rng.below(10) {
        0..=4 => (true, false, OnPartition::Stop),
        5 => (true, false, OnPartition::Serve),
        6 | 7 => (false, false, OnPartition::Serve),
        8 => (false, false, OnPartition::Stop),
        _ => (false, true, OnPartition::Stop),
    };
    Mode {
        nodes: 2 + u8::from(rng.below(3) == 0),
        arbiter,
        fence,
        on_partition,
        failback: rng.below(6) == 0,
    }
}

fn fault(rng: &mut Rng, mode: Mode) -> Fault {
    let node = |rng: &mut Rng| 1 + rng.below(mode.nodes.into()) as u8;
    let one = node(rng);
    let other = loop {
        let other = node(rng);
        if other != one {
            break other;
        }
    };
    let party = match rng.below(8) {
        0 | 1 if mode.arbiter => Party::Arbiter,
        2 => Party::Clients,
        _ => Party::Node(other),
    };
    let here = Party::Node(one);
    let (from, to) = match rng.below(2) {
        0 => (here, party),
        _ => (party, here),
    };
    match rng.below(20) {
        0..=2 => Fault::Crash(one),
        3 | 4 => Fault::HostCrash(one),
        5..=7 => Fault::Pause(one),
        8 | 9 => Fault::Cut(from, to),
        10..=12 => Fault::CutBoth(from, to),
        13 | 14 => Fault::Isolate(one, rng.below(2) == 0),
        15 | 16 => {
            let loss = [10, 100, 400][rng.below(3) as usize];
            let late = [0, 1_000, 20_000, 200_000][rng.below(4) as usize];
            Fault::Bad(from, to, loss, late)
        }
        17 => Fault::LinkBreak(one.min(other), one.max(other)),
        18 => Fault::LinkStall(one.min(other), one.max(other)),
        _ => Fault::ArbiterCrash,
    }
}

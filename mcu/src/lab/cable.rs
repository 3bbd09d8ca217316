//! A bad cable: it loses frames and delivers some of them late, behind others. It is a thread per
//! direction between two packet sockets, because not every kernel can do it by itself (netem).

use anyhow::Context;
use base::Rng;
use replication::os::packet_socket::{BUFFER_OCTETS, PacketSocket};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Frames held back at once, each way; further ones pass.
const HELD_MAX: usize = 64;
/// How often a thread with nothing to do looks whether it should end.
const IDLE: Duration = Duration::from_millis(100);
/// A frame that is held back comes so much later, in microseconds: enough for others to overtake it.
const HOLD_US: std::ops::Range<u64> = 1_000..5_000;

/// How bad a cable is, each way. What is decided is a function of the seed and the number of the frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Frames of a thousand that are lost.
    pub lost_per_mille: u64,
    /// Frames of a thousand that come 1 to 5 ms later.
    pub late_per_mille: u64,
    /// Decides which.
    pub seed: u64,
}

/// What becomes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Pass,
    Lost,
    Late(Duration),
}

impl Quality {
    fn fate(self, rng: &mut Rng) -> Fate {
        // As many draws for every frame, so that one decision does not change the others.
        let (fate, hold) = (
            rng.below(1000),
            HOLD_US.start + rng.below(HOLD_US.end - HOLD_US.start),
        );
        if fate < self.lost_per_mille {
            Fate::Lost
        } else if fate < self.lost_per_mille + self.late_per_mille {
            Fate::Late(Duration::from_micros(hold))
        } else {
            Fate::Pass
        }
    }
}

/// What became of the frames of both directions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CableReport {
    /// All that were put in.
    pub frames: u64,
    /// Of these were lost,
    pub lost: u64,
    /// and came late.
    pub late: u64,
}

/// A cable. It ends with this value.
pub(super) struct Cable {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    ended: AtomicBool,
    frames: AtomicU64,
    lost: AtomicU64,
    late: AtomicU64,
}

impl Cable {
    /// Joins two interfaces of this namespace.
    pub fn new(ends: &[String; 2], quality: Quality) -> anyhow::Result<Self> {
        let open = |end: &String| PacketSocket::open_cable(end).map(Arc::new);
        let (one, other) = (open(&ends[0])?, open(&ends[1])?);
        let mut cable = Cable {
            shared: Arc::default(),
            threads: Vec::new(),
        };
        let ways = [
            (Arc::clone(&one), Arc::clone(&other), quality.seed),
            (other, one, !quality.seed),
        ];
        for (from, to, seed) in ways {
            let mut way = Way {
                from,
                to,
                quality,
                rng: Rng::new(seed),
                held: VecDeque::new(),
                shared: Arc::clone(&cable.shared),
            };
            let thread = std::thread::Builder::new()
                .name("cable".into())
                .spawn(move || way.run())
                .context("cannot start a thread")?;
            cable.threads.push(thread);
        }
        Ok(cable)
    }

    pub fn report(&self) -> CableReport {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CableReport {
            frames: count(&self.shared.frames),
            lost: count(&self.shared.lost),
            late: count(&self.shared.late),
        }
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// One direction.
struct Way {
    from: Arc<PacketSocket>,
    to: Arc<PacketSocket>,
    quality: Quality,
    rng: Rng,
    /// Frames that come late, the earliest first.
    held: VecDeque<(Instant, Vec<u8>)>,
    shared: Arc<Shared>,
}

#[expect(clippy::disallowed_methods, reason = "the lab runs in real time")]
impl Way {
    fn run(&mut self) {
        let mut buffer = vec![0; BUFFER_OCTETS];
        while !self.shared.ended.load(Ordering::Relaxed) {
            self.release(Instant::now());
            let wait = self.held.front().map_or(IDLE, |(due, _)| {
                due.saturating_duration_since(Instant::now()).min(IDLE)
            });
            match self.from.receive(&mut buffer, wait) {
                Ok(Some(frame)) => {
                    let frame = frame.with_header().to_vec();
                    self.take(Instant::now(), frame);
                }
                Ok(None) => {}
                // The interface is down, for instance: nothing comes until it is up again.
                Err(_) => std::thread::sleep(IDLE),
            }
        }
    }

    fn take(&mut self, now: Instant, frame: Vec<u8>) {
        let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
        count(&self.shared.frames);
        match self.quality.fate(&mut self.rng) {
            Fate::Lost => {
                count(&self.shared.lost);
            }
            Fate::Late(hold) if self.held.len() < HELD_MAX => {
                count(&self.shared.late);
                let due = now + hold;
                let at = self.held.partition_point(|(other, _)| *other <= due);
                self.held.insert(at, (due, frame));
            }
            Fate::Late(_) | Fate::Pass => self.pass(&frame),
        }
    }

    fn release(&mut self, now: Instant) {
        while self.held.front().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, frame)) = self.held.pop_front() {
                self.pass(&frame);
            }
        }
    }

    /// What the other end does not take is lost, as on any cable.
    fn pass(&self, frame: &[u8]) {
        let _ = self.to.send(frame);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_cable_is_as_bad_as_it_should_be() {
        let quality = Quality {
            lost_per_mille: 10,
            late_per_mille: 30,
            seed: 1,
        };
        let fates = || {
            let mut rng = Rng::new(quality.seed);
            (0..100_000)
                .map(|_| quality.fate(&mut rng))
                .collect::<Vec<_>>()
        };
        let count = |is: fn(&Fate) -> bool| fates().iter().filter(|fate| is(fate)).count();
        let (lost, late) = (
            count(|fate| *fate == Fate::Lost),
            count(|fate| matches!(fate, Fate::Late(_))),
        );
        assert!((900..1100).contains(&lost), "{lost}");
        assert!((2800..3200).contains(&late), "{late}");
        assert_eq!(fates(), fates(), "the seed decides");
    }
}

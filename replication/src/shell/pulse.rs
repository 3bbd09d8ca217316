//! What the rest of the process and its heartbeat thread tell each other.
//!
//! It has a steady clock of its own: the service's clock is set when a backup follows a primary, and
//! such a step must look neither like a hang nor like a stop.

use crate::heartbeat::{Part, Role};
use base::{Instant, LogIndex};
use bytes::Bytes;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// What this node's beats say, and which loops must move for a beat to be sent.
#[derive(Debug)]
pub struct Pulse {
    reign: Mutex<(u64, Role)>,
    position: AtomicU64,
    load_permille: AtomicU16,
    marks: Mutex<Vec<Part>>,
    duplex: AtomicBool,
    deposed: AtomicBool,
    loops: Mutex<Vec<Critical>>,
    /// The last turn of the heartbeat thread, in nanoseconds.
    turned: AtomicU64,
    /// Its next beat, likewise.
    next_beat: AtomicU64,
    stopped_limit: Duration,
    made: std::time::Instant,
}

/// How long before a beat its marks are wanted: streams of sound are sent every 20 ms.
const MARKS_LEAD: Duration = Duration::from_millis(20);

/// A loop without which the node is as good as dead.
#[derive(Debug)]
struct Critical {
    name: &'static str,
    /// When it moved, or when it is to move again at the latest. Nothing if the loop is not watched any more.
    moved: Weak<AtomicU64>,
}

/// Where a critical loop says that it moves.
#[derive(Debug, Clone)]
pub struct Loop {
    moved: Arc<AtomicU64>,
    made: std::time::Instant,
}

impl Loop {
    /// The loop moves. Say so in every turn.
    pub fn moves(&self) {
        (self.moved).store(steady(self.made).as_nanos(), Ordering::Relaxed);
    }

    /// The loop waits for work, and for nothing else: it need not move until there is some, or until
    /// it has waited that long.
    pub fn rests(&self, at_most: Option<Duration>) {
        let until = at_most.map_or(u64::MAX, |time| (steady(self.made) + time).as_nanos());
        self.moved.store(until, Ordering::Relaxed);
    }
}

impl Pulse {
    /// Of a node that starts. `stopped_limit`: how long the heartbeat thread may be held up before the
    /// node must think that the other took over. A turn may be one period later than the last beat, so
    /// with period p and m misses it is at most (m - 1/2) p.
    #[expect(clippy::disallowed_methods, reason = "the shell reads the clock")]
    pub fn new(stopped_limit: Duration) -> Self {
        Pulse {
            reign: Mutex::new((0, Role::Starting)),
            position: AtomicU64::new(0),
            load_permille: AtomicU16::new(0),
            marks: Mutex::new(Part::split(0, &Bytes::new()).expect("nothing is not too long")),
            duplex: AtomicBool::new(false),
            deposed: AtomicBool::new(false),
            loops: Mutex::new(Vec::new()),
            turned: AtomicU64::new(0),
            next_beat: AtomicU64::new(0),
            stopped_limit,
            made: std::time::Instant::now(),
        }
    }

    /// The reign and this node's role in it, from the next beat on.
    pub fn set_reign(&self, epoch: u64, role: Role) {
        *lock(&self.reign) = (epoch, role);
    }

    /// The last log record held.
    pub fn set_position(&self, position: LogIndex) {
        self.position.store(position.0, Ordering::Relaxed);
    }

    /// How busy the node is: 1000 is all it has.
    pub fn set_load(&self, permille: u16) {
        self.load_permille.store(permille, Ordering::Relaxed);
    }

    /// New marks, from the next beat on. False if they are too long and the old ones stay.
    pub fn set_marks(&self, octets: &Bytes) -> bool {
        let mut marks = lock(&self.marks);
        let generation = marks.first().map_or(0, |part| part.generation) + 1;
        match Part::split(generation, octets) {
            Some(parts) => {
                *marks = parts;
                true
            }
            None => false,
        }
    }

    /// Whether the next beat is so near that marks should be set.
    pub(super) fn marks_wanted(&self) -> bool {
        (self.now() + MARKS_LEAD).as_nanos() >= self.next_beat.load(Ordering::Relaxed)
    }

    /// When the next beat is due.
    pub(super) fn set_next_beat(&self, at: Instant) {
        self.next_beat.store(at.as_nanos(), Ordering::Relaxed);
    }

    /// How long the heartbeat thread may be held up.
    pub(super) fn stopped_limit(&self) -> Duration {
        self.stopped_limit
    }

    /// Whether the other node would take over if this one were silent. A reign that may have been
    /// lost does not come back because the other node is not seen any more.
    pub fn set_duplex(&self, duplex: bool) {
        self.set_duplex_at(duplex, self.now());
    }

    fn set_duplex_at(&self, duplex: bool, now: Instant) {
        if duplex || self.reign_valid_at(now) {
            self.duplex.store(duplex, Ordering::SeqCst);
        }
    }

    /// Another node reigns: this one sends nothing any more.
    pub fn depose(&self) {
        self.deposed.store(true, Ordering::SeqCst);
    }

    /// From now on the loop `name` must move, as long as what this gives lives.
    pub fn watch(&self, name: &'static str) -> Loop {
        let moved = Arc::new(AtomicU64::new(self.now().as_nanos()));
        lock(&self.loops).push(Critical {
            name,
            moved: Arc::downgrade(&moved),
        });
        Loop {
            moved,
            made: self.made,
        }
    }

    /// Whether this node may still send as the one that reigns: false when the other does, or when its
    /// heartbeat thread has not run for so long that the other may have taken over. Ask before sending
    /// media.
    pub fn reign_valid(&self) -> bool {
        self.reign_valid_at(self.now())
    }

    fn reign_valid_at(&self, now: Instant) -> bool {
        self.stopped_at(now).is_none() && !self.deposed.load(Ordering::SeqCst)
    }

    /// For how long the heartbeat thread has not run, if the other node may have taken over in that time.
    pub(super) fn stopped(&self) -> Option<Duration> {
        self.stopped_at(self.now())
    }

    fn stopped_at(&self, now: Instant) -> Option<Duration> {
        let gap = now.since(self.turned());
        (self.is_duplex() && gap > self.stopped_limit).then_some(gap)
    }

    /// A loop that has not moved for longer than `limit`, and for how long.
    pub(super) fn hanging(
        &self,
        now: Instant,
        limit: Duration,
    ) -> Option<(&'static str, Duration)> {
        let loops = lock(&self.loops);
        let still = |critical: &Critical| {
            let moved = critical.moved.upgrade()?.load(Ordering::Relaxed);
            Some((critical.name, now.since(Instant::from_nanos(moved))))
        };
        (loops.iter().filter_map(still)).find(|(_, still)| *still > limit)
    }

    /// The steady clock.
    pub(super) fn now(&self) -> Instant {
        steady(self.made)
    }

    /// A turn of the heartbeat thread. How long it was held up, if the other may have taken over in
    /// that time.
    pub(super) fn turn(&self, now: Instant) -> Result<(), Duration> {
        let gap = now.since(self.turned());
        if self.is_duplex() && gap > self.stopped_limit {
            return Err(gap);
        }
        if gap > self.stopped_limit {
            // The whole process stood still: nothing in it could move.
            for critical in lock(&self.loops).iter() {
                if let Some(moved) = critical.moved.upgrade() {
                    moved.fetch_max(now.as_nanos(), Ordering::Relaxed);
                }
            }
        }
        self.turned.store(now.as_nanos(), Ordering::SeqCst);
        Ok(())
    }

    /// Epoch, role, position, load.
    pub(super) fn state(&self) -> (u64, Role, LogIndex, u16) {
        let (epoch, role) = *lock(&self.reign);
        let position = LogIndex(self.position.load(Ordering::Relaxed));
        (
            epoch,
            role,
            position,
            self.load_permille.load(Ordering::Relaxed),
        )
    }

    /// The marks in parts, at least one.
    pub(super) fn marks(&self) -> Vec<Part> {
        lock(&self.marks).clone()
    }

    fn is_duplex(&self) -> bool {
        self.duplex.load(Ordering::SeqCst)
    }

    fn turned(&self) -> Instant {
        Instant::from_nanos(self.turned.load(Ordering::SeqCst))
    }
}

/// Time since `made`, to which no clock that can be set contributes.
fn steady(made: std::time::Instant) -> Instant {
    Instant::ZERO + made.elapsed()
}

/// A panic elsewhere aborts the process, so a poisoned lock holds nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(50);

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    #[test]
    fn a_loop_hangs_just_after_its_limit() {
        let pulse = Pulse::new(LIMIT);
        let (core, media) = (pulse.watch("core"), pulse.watch("media"));
        let moves = |one: &Loop, at: Instant| one.moved.store(at.as_nanos(), Ordering::Relaxed);
        moves(&core, at(40));
        moves(&media, at(30));
        assert_eq!(pulse.hanging(at(80), LIMIT), None);
        let hangs = Some(("media", Duration::from_millis(51)));
        assert_eq!(pulse.hanging(at(81), LIMIT), hangs);
        drop(media);
        assert_eq!(pulse.hanging(at(81), LIMIT), None, "not watched any more");
        core.rests(None);
        assert_eq!(
            pulse.hanging(at(1_000_000), LIMIT),
            None,
            "it waits for work"
        );
        let hour = Duration::from_secs(3600);
        let now = pulse.now();
        core.rests(Some(hour));
        assert_eq!(pulse.hanging(now + hour, LIMIT), None, "it waits");
        let after = pulse.now() + hour + LIMIT * 2;
        assert!(pulse.hanging(after, LIMIT).is_some(), "it waits too long");
    }

    #[test]
    fn a_process_that_stood_still_does_not_take_its_loops_for_hung() {
        let pulse = Pulse::new(LIMIT);
        let _core = pulse.watch("core");
        assert_eq!(pulse.turn(at(40)), Ok(()));
        assert_eq!(pulse.turn(at(3000)), Ok(()));
        assert_eq!(pulse.hanging(at(3000), LIMIT), None);
        assert_eq!(pulse.turn(at(3040)), Ok(()));
        assert!(pulse.hanging(at(3051), LIMIT).is_some());
    }

    #[test]
    fn a_stopped_node_of_a_pair_loses_its_reign() {
        let pulse = Pulse::new(LIMIT);
        assert!(pulse.reign_valid_at(at(1000)), "nobody else could have it");
        assert_eq!(pulse.turn(at(1000)), Ok(()));
        pulse.set_duplex(true);
        assert!(pulse.reign_valid_at(at(1050)));
        assert_eq!(pulse.turn(at(1050)), Ok(()));
        assert!(!pulse.reign_valid_at(at(1101)));
        assert_eq!(pulse.turn(at(1101)), Err(Duration::from_millis(51)));
        assert!(!pulse.reign_valid_at(at(1101)), "and does not get it back");
        pulse.set_duplex_at(false, at(1101));
        assert!(!pulse.reign_valid_at(at(1101)), "nor by seeing nobody");
        assert!(pulse.turn(at(1102)).is_err());
    }

    #[test]
    fn a_deposed_node_is_silent() {
        let pulse = Pulse::new(LIMIT);
        assert_eq!(pulse.turn(at(1000)), Ok(()));
        pulse.depose();
        assert!(!pulse.reign_valid_at(at(1000)));
    }
}

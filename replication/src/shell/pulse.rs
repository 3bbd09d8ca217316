//! What the rest of the process and its heartbeat thread tell each other.
//!
//! It has a steady clock of its own: the service's clock is set when a backup follows a primary, and
//! such a step must look neither like a hang nor like a stop.

use crate::heartbeat::{Part, Rhythm, Role};
use base::{Instant, LogIndex};
use bytes::Bytes;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// What this node's beats say, and which loops must move for a beat to be sent.
#[derive(Debug)]
pub struct Pulse {
    reign: Mutex<(u64, Role)>,
    position: AtomicU64,
    load_permille: AtomicU16,
    marks: Mutex<Vec<Part>>,
    rhythm: Rhythm,
    /// The backup that must have heard this node lately; 0 is none.
    partner: AtomicU8,
    /// Until when this node may send, in nanoseconds.
    right: AtomicU64,
    silenced: AtomicBool,
    /// Beats say which beats of the other node were heard.
    echoes: AtomicBool,
    loops: Mutex<Vec<Critical>>,
    /// The last turn of the heartbeat thread, in nanoseconds.
    turned: AtomicU64,
    /// How often the process stood still.
    standstills: AtomicU64,
    /// Its next beat, likewise.
    next_beat: AtomicU64,
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
    /// Of a node that starts, and beats in this rhythm.
    #[expect(clippy::disallowed_methods, reason = "the shell reads the clock")]
    pub fn new(rhythm: Rhythm) -> Self {
        Pulse {
            reign: Mutex::new((0, Role::Starting)),
            position: AtomicU64::new(0),
            load_permille: AtomicU16::new(0),
            marks: Mutex::new(Part::split(0, &Bytes::new()).expect("nothing is not too long")),
            rhythm,
            partner: AtomicU8::new(0),
            right: AtomicU64::new(u64::MAX),
            silenced: AtomicBool::new(false),
            echoes: AtomicBool::new(true),
            loops: Mutex::new(Vec::new()),
            turned: AtomicU64::new(0),
            standstills: AtomicU64::new(0),
            next_beat: AtomicU64::new(0),
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

    /// From now on this node may send only as long as its backup is known to have heard it lately: the last
    /// beat that it has named was sent at `heard_us`.
    pub fn pair_with(&self, node: u8, heard_us: Option<Instant>) {
        let since = heard_us.unwrap_or_else(|| self.now());
        let until = since + self.rhythm.right();
        self.right.store(until.as_nanos(), Ordering::SeqCst);
        self.partner.store(node, Ordering::SeqCst);
    }

    /// Whether it has to be heard by this node.
    pub(super) fn is_paired_with(&self, node: u8) -> bool {
        self.partner.load(Ordering::SeqCst) == node
    }

    /// From now on it may send until then, or for ever, whoever hears it.
    pub fn alone(&self, until: Option<Instant>) {
        self.partner.store(0, Ordering::SeqCst);
        let until = until.map_or(u64::MAX, Instant::as_nanos);
        self.right.store(until, Ordering::SeqCst);
    }

    /// A node has named a beat that was sent at `sent`.
    pub(super) fn heard_by(&self, node: u8, sent: Instant) {
        if self.partner.load(Ordering::SeqCst) == node {
            let until = sent + self.rhythm.right();
            self.right.fetch_max(until.as_nanos(), Ordering::SeqCst);
        }
    }

    /// Whatever else is known, this node sends nothing to clients; or not any more.
    pub fn silence(&self, silent: bool) {
        self.silenced.store(silent, Ordering::SeqCst);
    }

    /// Whether beats say which beats of the others were heard.
    pub(super) fn set_echoes(&self, on: bool) {
        self.echoes.store(on, Ordering::SeqCst);
    }

    pub(super) fn echoes(&self) -> bool {
        self.echoes.load(Ordering::SeqCst)
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

    /// Whether this node may still send as the one that reigns: false when another one does, or may. Ask
    /// before sending media.
    pub fn reign_valid(&self) -> bool {
        self.reign_valid_at(self.now())
    }

    fn reign_valid_at(&self, now: Instant) -> bool {
        !self.lapsed_at(now) && !self.silenced.load(Ordering::SeqCst)
    }

    /// Nothing has been heard that would let it.
    pub(super) fn lapsed(&self) -> bool {
        self.lapsed_at(self.now())
    }

    fn lapsed_at(&self, now: Instant) -> bool {
        now.as_nanos() >= self.right.load(Ordering::SeqCst)
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

    /// A turn of a heartbeat thread.
    pub(super) fn turn(&self, now: Instant) {
        if self.stood_still(now) {
            self.standstills.fetch_add(1, Ordering::SeqCst);
            // Nothing in it could move.
            for critical in lock(&self.loops).iter() {
                if let Some(moved) = critical.moved.upgrade() {
                    moved.fetch_max(now.as_nanos(), Ordering::Relaxed);
                }
            }
        }
        self.turned.store(now.as_nanos(), Ordering::SeqCst);
    }

    /// How often the whole process stood still so long that another node may have taken it for dead.
    pub(super) fn standstills(&self) -> u64 {
        self.standstills.load(Ordering::SeqCst) + u64::from(self.stood_still(self.now()))
    }

    /// Just now, and the heartbeat thread has not noticed yet.
    fn stood_still(&self, now: Instant) -> bool {
        let turned = self.turned();
        turned > Instant::ZERO && now.since(turned) > self.rhythm.detection()
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

    /// The marks whole.
    pub(super) fn whole_marks(&self) -> Bytes {
        let parts = self.marks();
        let octets: Vec<u8> = parts.iter().flat_map(|part| part.octets.to_vec()).collect();
        octets.into()
    }

    /// The marks in parts, at least one.
    pub(super) fn marks(&self) -> Vec<Part> {
        lock(&self.marks).clone()
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
    const RHYTHM: Rhythm = Rhythm {
        period: Duration::from_millis(20),
        misses: 2,
    };

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    #[test]
    fn a_loop_hangs_just_after_its_limit() {
        let pulse = Pulse::new(RHYTHM);
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
        let pulse = Pulse::new(RHYTHM);
        let _core = pulse.watch("core");
        pulse.turn(at(40));
        pulse.turn(at(40) + RHYTHM.detection());
        assert_eq!(pulse.standstills.load(Ordering::SeqCst), 0);
        pulse.turn(at(3000));
        assert_eq!(pulse.standstills.load(Ordering::SeqCst), 1);
        assert_eq!(pulse.hanging(at(3000), LIMIT), None);
        pulse.turn(at(3040));
        assert!(pulse.hanging(at(3051), LIMIT).is_some());
    }

    #[test]
    fn a_node_of_a_pair_may_send_as_long_as_it_is_heard() {
        let pulse = Pulse::new(RHYTHM);
        assert!(pulse.reign_valid_at(at(100_000)), "nobody else could");
        pulse.pair_with(2, Some(at(1000)));
        let right = RHYTHM.right();
        assert!(pulse.reign_valid_at(at(999) + right));
        assert!(!pulse.reign_valid_at(at(1000) + right));
        pulse.heard_by(3, at(1020));
        assert!(!pulse.reign_valid_at(at(1000) + right), "not the backup");
        pulse.heard_by(2, at(1020));
        assert!(pulse.reign_valid_at(at(1000) + right));
        pulse.heard_by(2, at(1010));
        assert!(pulse.reign_valid_at(at(1019) + right), "older news");
        assert!(!pulse.reign_valid_at(at(1020) + right));
        pulse.alone(None);
        assert!(pulse.reign_valid_at(at(100_000)));
        pulse.alone(Some(at(5000)));
        assert!(!pulse.reign_valid_at(at(5000)));
    }

    #[test]
    fn a_silenced_node_is_silent() {
        let pulse = Pulse::new(RHYTHM);
        pulse.silence(true);
        assert!(!pulse.reign_valid_at(at(1000)));
        pulse.silence(false);
        assert!(pulse.reign_valid_at(at(1000)));
    }
}

//! The one reader of the monotonic clock.

use base::Instant;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The service's clock: monotonic, counted from an epoch, the same on both nodes of a pair as far as
/// messages between them allow. Clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    made: std::time::Instant,
    /// From the epoch until it was made, nanoseconds.
    offset: Arc<AtomicU64>,
}

impl Clock {
    /// Its epoch is now.
    #[expect(
        clippy::new_without_default,
        reason = "reading a clock is not a default value"
    )]
    #[expect(clippy::disallowed_methods, reason = "the shell reads the clock")]
    pub fn new() -> Self {
        Clock {
            made: std::time::Instant::now(),
            offset: Arc::default(),
        }
    }

    /// Its epoch is the beginning of 1970, so that all processes of a machine agree on the time.
    #[expect(clippy::disallowed_methods, reason = "the shell reads the clock")]
    pub fn since_1970() -> Self {
        let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let clock = Clock::new();
        clock.set_offset(wall.unwrap_or_default());
        clock
    }

    /// The time since its epoch.
    #[expect(clippy::disallowed_methods, reason = "the shell reads the clock")]
    pub fn now(&self) -> Instant {
        Instant::ZERO + self.offset() + (std::time::Instant::now() - self.made)
    }

    /// `at` as tokio's timers take it.
    pub fn to_tokio(&self, at: Instant) -> tokio::time::Instant {
        (self.made + at.since(Instant::ZERO + self.offset())).into()
    }

    /// Sets it so that it shows `shown` at the moment when it has shown `instead`: a backup follows the
    /// primary's.
    pub fn adjust(&self, shown: Instant, instead: Instant) {
        let offset = Instant::ZERO + self.offset();
        let offset = match shown >= instead {
            true => offset + shown.since(instead),
            false => offset - instead.since(shown),
        };
        self.set_offset(offset.since(Instant::ZERO));
    }

    fn offset(&self) -> Duration {
        Duration::from_nanos(self.offset.load(Ordering::Relaxed))
    }

    fn set_offset(&self, offset: Duration) {
        let nanos = u64::try_from(offset.as_nanos()).unwrap_or(u64::MAX);
        self.offset.store(nanos, Ordering::Relaxed);
    }
}

/// How a backup learns the primary's clock: of what it is told, the least delayed counts.
#[derive(Debug)]
pub(super) struct Follower {
    clock: Clock,
    /// Whose clock it is: that of a primary which began without state shows another time.
    boot: u64,
    /// Latest differences (theirs less ours), nanoseconds.
    recent: std::collections::VecDeque<i128>,
}

/// Differences looked at; at a heartbeat of 20 ms about a second, in which clocks drift by 0.1 ms at most.
const DIFFERENCES: usize = 50;

impl Follower {
    /// It adjusts `clock`.
    pub(super) fn new(clock: Clock) -> Self {
        Follower {
            clock,
            boot: 0,
            recent: Default::default(),
        }
    }

    /// The clock of the primary, which is this boot of a node, showed `theirs` a moment ago.
    pub(super) fn follow(&mut self, boot: u64, theirs: Instant) {
        if std::mem::replace(&mut self.boot, boot) != boot {
            self.recent.clear();
        }
        let ours = self.clock.now();
        let shown = self.heard(theirs, ours);
        self.clock.adjust(shown, ours);
    }

    /// The primary's clock showed `theirs` a moment ago; ours shows `ours` now. Gives what ours should
    /// show.
    fn heard(&mut self, theirs: Instant, ours: Instant) -> Instant {
        let difference = i128::from(theirs.as_nanos()) - i128::from(ours.as_nanos());
        self.recent.push_back(difference);
        if self.recent.len() > DIFFERENCES {
            self.recent.pop_front();
        }
        let best = self.recent.iter().copied().max().unwrap_or(0);
        let shown = i128::from(ours.as_nanos()) + best;
        // From now on the differences are to the clock as it will be.
        self.recent.iter_mut().for_each(|one| *one -= best);
        Instant::from_nanos(u64::try_from(shown).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_delayed_message_sets_the_clock() {
        let mut follower = Follower::new(Clock::new());
        let ms = Instant::from_millis;
        // Theirs is 1000 ms ahead; messages take 5, 1 and 9 ms.
        let mut offset = 0;
        for (sent, delay) in [(0, 5), (20, 1), (40, 9)] {
            let ours = ms(sent + delay + offset);
            let shown = follower.heard(ms(1000 + sent), ours);
            offset = (shown.as_nanos() - ms(sent + delay).as_nanos()) / 1_000_000;
        }
        assert_eq!(offset, 999);
    }

    #[test]
    fn another_primary_is_followed_at_once() {
        let clock = Clock::new();
        let mut follower = Follower::new(clock.clone());
        follower.follow(1, Instant::from_millis(1_000_000));
        follower.follow(2, Instant::from_millis(1000));
        assert!(clock.now() < Instant::from_millis(500_000));
    }

    #[test]
    fn clones_follow() {
        let clock = Clock::new();
        let copy = clock.clone();
        clock.adjust(Instant::from_millis(10_000), Instant::ZERO);
        assert!(copy.now() >= Instant::from_millis(10_000));
    }
}

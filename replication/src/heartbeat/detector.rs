//! Alive, suspect or dead: from the times of beats.
//!
//! With period p and m misses the other node is suspect when one beat is p/2 late and dead when m
//! beats in a row are: (m + 1/2) p after the last one. The half period is for what delays a beat on
//! its way.
//!
//! Only time in which this node looked counts. If it was itself held up between two questions (not
//! scheduled, stopped), beats may wait unread in its socket: of such a gap one period counts.

use base::Instant;
use std::time::Duration;

/// Nothing is missed for this long after the start: the other node may be starting too.
const START_GRACE: Duration = Duration::from_secs(1);

/// What the beats say about the other node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is missing.
    Alive,
    /// A beat is late.
    Suspect,
    /// As many beats in a row are missing as were agreed.
    Dead,
}

/// Judges the other node.
#[derive(Debug, Clone)]
pub struct Detector {
    period: Duration,
    misses: u32,
    /// The last beat, later by the time in which nobody looked.
    heard: Instant,
    /// The last question.
    asked: Instant,
}

impl Detector {
    /// From `now` on, for beats every `period`, of which `misses` (at least 1) in a row mean death.
    pub fn new(now: Instant, period: Duration, misses: u32) -> Self {
        Detector {
            period,
            misses: misses.max(1),
            heard: now + START_GRACE,
            asked: now,
        }
    }

    /// A beat came, not before the last question.
    pub fn beat(&mut self, at: Instant) {
        self.heard = at;
    }

    /// How it is now. Ask at least once a period, after all waiting beats were read.
    pub fn verdict(&mut self, now: Instant) -> Verdict {
        // Only a beat brings the dead back.
        if self.judge(self.asked) != Verdict::Dead {
            let blind = now.since(self.asked).saturating_sub(self.period);
            // A beat that came after the gap is not made younger than it is.
            self.heard = (self.heard + blind).min(now.max(self.heard));
        }
        self.asked = now;
        self.judge(now)
    }

    /// When the other node counts as dead if no beat comes; `None` once it does.
    pub fn deadline(&self) -> Option<Instant> {
        (self.judge(self.asked) != Verdict::Dead).then(|| self.late(self.misses))
    }

    fn judge(&self, now: Instant) -> Verdict {
        if now >= self.late(self.misses) {
            Verdict::Dead
        } else if now >= self.late(1) {
            Verdict::Suspect
        } else {
            Verdict::Alive
        }
    }

    /// When the beat number `count` after the last one is late.
    fn late(&self, count: u32) -> Instant {
        self.heard + self.period * count + self.period / 2
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Alive, Dead, Suspect};
    use super::*;

    const PERIOD: Duration = Duration::from_millis(20);

    fn at(millis: u64) -> Instant {
        Instant::from_millis(10_000 + millis)
    }

    /// Started long ago, last beat at `at(0)`.
    fn detector(misses: u32) -> Detector {
        let mut detector = Detector::new(at(0) - START_GRACE * 2, PERIOD, misses);
        detector.verdict(at(0));
        detector.beat(at(0));
        detector
    }

    /// Asks every millisecond until `end`.
    fn watch(detector: &mut Detector, from: u64, end: u64) -> Verdict {
        (from..=end)
            .map(|ms| detector.verdict(at(ms)))
            .last()
            .unwrap()
    }

    #[test]
    fn the_verdict_changes_exactly_at_its_deadline() {
        for (misses, millis, verdict) in [
            (3, 29, Alive),
            (3, 30, Suspect),
            (3, 69, Suspect),
            (3, 70, Dead),
            (1, 29, Alive),
            (1, 30, Dead),
            (0, 30, Dead),
            (10, 209, Suspect),
            (10, 210, Dead),
        ] {
            let mut detector = detector(misses);
            assert_eq!(
                watch(&mut detector, 0, millis),
                verdict,
                "{misses} misses, {millis} ms"
            );
        }
    }

    #[test]
    fn the_deadline_is_that_of_the_last_beat() {
        let mut detector = detector(3);
        assert_eq!(detector.deadline(), Some(at(70)));
        detector.beat(at(5));
        assert_eq!(detector.deadline(), Some(at(75)));
        watch(&mut detector, 0, 30);
        assert_eq!(detector.deadline(), Some(at(75)));
        watch(&mut detector, 30, 75);
        assert_eq!(detector.deadline(), None);
        detector.beat(at(76));
        assert_eq!(detector.verdict(at(76)), Alive);
    }

    #[test]
    fn beats_keep_it_alive() {
        let mut detector = detector(3);
        for beat in 1..100 {
            assert_eq!(watch(&mut detector, (beat - 1) * 20, beat * 20), Alive);
            detector.beat(at(beat * 20));
        }
    }

    #[test]
    fn the_start_has_its_grace() {
        let mut detector = Detector::new(at(0), PERIOD, 3);
        assert_eq!(watch(&mut detector, 0, 1029), Alive);
        assert_eq!(watch(&mut detector, 1030, 1069), Suspect);
        assert_eq!(detector.verdict(at(1070)), Dead);
    }

    #[test]
    fn of_a_gap_of_our_own_one_period_counts() {
        let mut detector = detector(3);
        assert_eq!(watch(&mut detector, 0, 10), Alive);
        // Held up for 500 ms, of which 480 do not count.
        assert_eq!(detector.verdict(at(510)), Suspect);
        assert_eq!(watch(&mut detector, 511, 549), Suspect);
        assert_eq!(detector.verdict(at(550)), Dead);
        assert_eq!(detector.verdict(at(5000)), Dead);
    }

    #[test]
    fn asking_a_little_less_than_once_a_period_still_finds_death() {
        let mut detector = detector(3);
        let last = (1..=5).map(|turn| detector.verdict(at(turn * 21))).last();
        assert_eq!(last, Some(Dead));
    }
}

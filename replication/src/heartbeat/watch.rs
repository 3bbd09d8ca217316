//! What the beats of one other node say: whether it is alive, and whether it hears us.
//!
//! With period p and m misses a node takes another one for dead D = (m + 1/2) p after its last beat. So a
//! primary whose backup is known to have heard a beat that was sent at E may send until E + D and no longer:
//! from then on the backup may have taken over. The times below leave an eighth of a period for the clocks and
//! for closing the doors, and before that some time to find out more.

use super::detector::{Detector, Verdict};
use base::Instant;
use std::collections::VecDeque;
use std::time::Duration;

/// Beats of ours whose time is remembered; the other node names one of the last few.
const SENT_MAX: usize = 64;

/// How often nodes beat, and how many beats must be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// Between beats.
    pub period: Duration,
    /// In a row.
    pub misses: u32,
}

impl Rhythm {
    /// From the last beat that was heard to the verdict that its sender is dead.
    pub fn detection(self) -> Duration {
        self.period * self.misses + self.period / 2
    }

    /// From sending the last beat that the backup has heard to the end of the right to send.
    pub fn right(self) -> Duration {
        self.detection() - self.period / 8
    }

    /// Whether a backup that has heard the beat sent at `heard_us` as the last one gives a right that lasts for half a period
    /// from `now` on.
    pub fn is_heard(self, heard_us: Option<Instant>, now: Instant) -> bool {
        heard_us.is_some_and(|at| now + self.period / 2 < at + self.right())
    }

    /// From sending it to the suspicion that the backup is gone.
    pub fn unheard(self) -> Duration {
        self.period * self.misses
    }
}

/// What is new about the other node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It is silent for too long.
    Silent,
    /// It was silent and beats again.
    Back,
    /// For too long it has not said that it hears us: the last beat it has named was sent then.
    Unheard(Instant),
    /// It hears us again.
    HearsUs,
}

/// Watches the beats of one other node.
#[derive(Debug, Clone)]
pub struct Watch {
    rhythm: Rhythm,
    detector: Detector,
    /// Sequence numbers of our last beats, and when they were sent.
    sent: VecDeque<(u64, Instant)>,
    /// When the last of them was sent that the other node has named.
    heard_us: Option<Instant>,
    last: Option<Instant>,
    silent: bool,
    unheard: bool,
}

impl Watch {
    /// From `now` on.
    pub fn new(now: Instant, rhythm: Rhythm) -> Self {
        Watch {
            rhythm,
            detector: Detector::new(now, rhythm.period, rhythm.misses),
            sent: VecDeque::new(),
            heard_us: None,
            last: None,
            silent: false,
            unheard: false,
        }
    }

    /// We have sent a beat.
    pub fn sent(&mut self, sequence: u64, at: Instant) {
        if self.sent.len() == SENT_MAX {
            self.sent.pop_front();
        }
        self.sent.push_back((sequence, at));
    }

    /// A beat came, which names the last one of ours (of this boot) that the other node had heard.
    pub fn heard(&mut self, at: Instant, named: Option<u64>) {
        self.detector.beat(at);
        self.last = Some(at);
        let sent = named.and_then(|named| {
            let found = self.sent.iter().find(|(sequence, _)| *sequence == named);
            found.map(|(_, at)| *at)
        });
        self.heard_us = self.heard_us.max(sent);
    }

    /// When we sent the last beat that it is known to have heard.
    pub fn heard_us(&self) -> Option<Instant> {
        self.heard_us
    }

    /// When its last beat came.
    pub fn last(&self) -> Option<Instant> {
        self.last
    }

    /// It is silent for too long.
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// What follows from all that was heard until `now`; ask at least once a period.
    pub fn judge(&mut self, now: Instant) -> impl Iterator<Item = News> + use<> {
        let silent = self.detector.verdict(now) == Verdict::Dead;
        let unheard = (self.heard_us).filter(|at| now >= *at + self.rhythm.unheard());
        let alive = match (self.silent, silent) {
            (false, true) => Some(News::Silent),
            (true, false) => Some(News::Back),
            _ => None,
        };
        let hearing = match (self.unheard, unheard) {
            (false, Some(at)) => Some(News::Unheard(at)),
            (true, None) => Some(News::HearsUs),
            _ => None,
        };
        (self.silent, self.unheard) = (silent, unheard.is_some());
        hearing.into_iter().chain(alive)
    }

    /// When [`Self::judge`] has something to say if nothing comes.
    pub fn deadline(&self) -> Option<Instant> {
        let unheard = (self.heard_us)
            .filter(|_| !self.unheard)
            .map(|at| at + self.rhythm.unheard());
        unheard.into_iter().chain(self.detector.deadline()).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RHYTHM: Rhythm = Rhythm {
        period: Duration::from_millis(20),
        misses: 3,
    };

    fn at(millis: u64) -> Instant {
        Instant::from_millis(10_000 + millis)
    }

    fn watch() -> Watch {
        let mut watch = Watch::new(at(0) - Duration::from_secs(5), RHYTHM);
        watch.sent(1, at(0));
        watch.heard(at(5), Some(1));
        assert_eq!(watch.judge(at(5)).count(), 0);
        watch
    }

    fn news(watch: &mut Watch, from: u64, to: u64) -> Vec<(u64, News)> {
        (from..=to)
            .flat_map(|ms| {
                watch
                    .judge(at(ms))
                    .map(move |news| (ms, news))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn silence_and_return() {
        let mut watch = watch();
        assert_eq!(watch.deadline(), Some(at(60)));
        let expected = [(60, News::Unheard(at(0))), (75, News::Silent)];
        assert_eq!(news(&mut watch, 6, 90), expected);
        watch.sent(2, at(70));
        watch.heard(at(91), Some(2));
        let expected = [(91, News::HearsUs), (91, News::Back)];
        assert_eq!(news(&mut watch, 91, 92), expected);
    }

    #[test]
    fn one_that_beats_and_does_not_hear_us() {
        let mut watch = watch();
        let mut heard = Vec::new();
        for beat in 1..10 {
            watch.sent(beat + 1, at(beat * 20));
            watch.heard(at(beat * 20 + 5), Some(1));
            heard.extend(news(&mut watch, beat * 20 + 5, beat * 20 + 24));
        }
        assert_eq!(heard, [(60, News::Unheard(at(0)))]);
        watch.heard(at(205), Some(999));
        assert_eq!(watch.heard_us(), Some(at(0)), "never sent");
    }

    #[test]
    fn a_right_that_is_about_to_end_is_none_to_begin_with() {
        let last = RHYTHM.right() - RHYTHM.period / 2;
        assert!(RHYTHM.is_heard(Some(at(0)), at(0) + last - Duration::from_nanos(1)));
        assert!(!RHYTHM.is_heard(Some(at(0)), at(0) + last));
        assert!(!RHYTHM.is_heard(None, at(0)));
    }

    #[test]
    fn the_right_ends_before_the_other_may_take_over() {
        assert!(RHYTHM.unheard() < RHYTHM.right() && RHYTHM.right() < RHYTHM.detection());
    }
}

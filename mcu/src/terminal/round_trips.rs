//! Questions asked again and again of the terminal at the other side, and how long the answers took:
//! H.245 round trips (H.245 §C.10), which show a pause of the control connection.

use super::plane::gaps::Gaps;
use super::report::Gap;
use base::Instant;
use std::time::Duration;

/// What became of the questions.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RoundTripsReport {
    /// Questions answered.
    pub answered: u64,
    /// Questions whose answer did not come in time (T105), or before the call ended.
    pub unanswered: u64,
    /// The longest wait for an answer.
    pub ms_max: f64,
    /// The longest ones, longest first.
    pub longest: Vec<Gap>,
}

/// One terminal's questions: the next one after the answer to the last.
#[derive(Debug, Clone, Default)]
pub struct RoundTrips {
    /// When to ask again.
    next: Option<Instant>,
    asked: Option<Instant>,
    waits: Gaps,
    answered: u64,
    unanswered: u64,
}

impl RoundTrips {
    /// The call begins.
    pub fn begin(&mut self, now: Instant) {
        self.next = Some(now);
    }

    /// When to ask.
    pub fn deadline(&self) -> Option<Instant> {
        self.next
    }

    /// The deadline is over: whether to ask now. The one after is `interval` later.
    pub fn is_due(&mut self, now: Instant, interval: Duration) -> bool {
        let due = self.next.is_some_and(|next| next <= now);
        if due {
            self.next = Some(now + interval);
        }
        due && self.asked.is_none()
    }

    /// The question was sent.
    pub fn asked(&mut self, now: Instant) {
        self.asked = Some(now);
    }

    /// Its answer came.
    pub fn answered(&mut self, now: Instant) {
        if self.waited(now) {
            self.answered += 1;
        }
    }

    /// Its answer came too late, or not at all.
    pub fn unanswered(&mut self, now: Instant) {
        if self.waited(now) {
            self.unanswered += 1;
        }
    }

    /// The call ends.
    pub fn end(&mut self, now: Instant) {
        self.next = None;
        self.unanswered(now);
    }

    fn waited(&mut self, now: Instant) -> bool {
        let asked = self.asked.take();
        if let Some(asked) = asked {
            self.waits.take(asked, now);
        }
        asked.is_some()
    }

    /// What there is to say at `now`.
    pub fn report(&self, now: Instant) -> RoundTripsReport {
        let longest = self.waits.report(now);
        RoundTripsReport {
            answered: self.answered,
            unanswered: self.unanswered,
            ms_max: longest.first().map_or(0.0, |gap| gap.length_ms),
            longest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_waits_for_the_answer_to_the_one_before() {
        let at = Instant::from_millis;
        let interval = Duration::from_millis(10);
        let mut trips = RoundTrips::default();
        assert!(!trips.is_due(at(1000), interval), "before the call");
        trips.begin(at(1000));
        assert!(trips.is_due(at(1000), interval));
        trips.asked(at(1000));
        assert!(!trips.is_due(at(1010), interval), "one is on its way");
        trips.answered(at(1013));
        assert!(trips.is_due(at(1020), interval));
        trips.asked(at(1020));
        trips.answered(at(1021));
        assert!(trips.is_due(at(1030), interval));
        trips.asked(at(1030));
        trips.end(at(1035));
        let report = trips.report(at(2000));
        assert_eq!((report.answered, report.unanswered), (2, 1));
        let waits: Vec<f64> = report.longest.iter().map(|gap| gap.length_ms).collect();
        assert_eq!((report.ms_max, waits), (13.0, vec![13.0, 5.0, 1.0]));
        assert_eq!(trips.deadline(), None);
    }
}

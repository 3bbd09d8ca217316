//! Runs of a scenario with a death at every moment, held against the run without one.

use super::pair::{Death, Fault, Finding, Pair, Victim};

/// What of the messages on their way outlives the process that sent them.
const DEATHS: [Death; 3] = [Death::Process, Death::Cut(1), Death::Host];

/// What was found out.
#[derive(Debug, Default)]
pub struct Runs {
    /// Moments at which nodes died.
    pub moments: u64,
    /// How often the scenario ran.
    pub runs: u64,
    /// Streams of the same length in which tunnelled messages came in other packets, because the client's
    /// came at other times.
    pub regrouped: u64,
    /// Nodes that died.
    pub deaths: u64,
    /// What went wrong, with the faults of that run.
    pub failures: Vec<String>,
}

impl Runs {
    /// Holds a run against the one without a death: every client heard the same octets and has the same channels, every call
    /// went and ended the same way, nothing is left, and no invariant was broken.
    pub fn judge(&mut self, what: &str, pair: &Pair, expected: &Finding) {
        self.runs += 1;
        self.deaths += pair.deaths() as u64;
        let found = pair.finding();
        let mut wrong: Vec<String> = pair.violations().to_vec();
        for (at, (found, expected)) in found.outcomes.iter().zip(&expected.outcomes).enumerate() {
            let same = (found.completed, &found.release) == (expected.completed, &expected.release);
            if !same || !found.protocol_errors.is_empty() {
                wrong.push(format!("call {at}: {found:?} instead of {expected:?}"));
            }
        }
        if found.media != expected.media {
            wrong.push("a client's media plane was told otherwise".into());
        }
        if found.left != expected.left {
            wrong.push(format!("{:?} are left", found.left));
        }
        for (stream, expected) in &expected.heard {
            let heard = found.heard.get(stream).map_or(&[][..], Vec::as_slice);
            if heard != expected && heard.len() == expected.len() {
                self.regrouped += 1;
            } else if heard != expected {
                let (size, of, at) = (heard.len(), expected.len(), common(heard, expected));
                wrong.push(format!(
                    "{stream:?} heard {size} octets instead of {of}, the same up to {at}"
                ));
            }
        }
        if !wrong.is_empty() {
            self.failures.push(format!("{what}: {wrong:#?}"));
        }
    }

    /// Says what was done, and fails with the first failures if there are any.
    pub fn report(&self, what: &str) {
        println!(
            "{what}: {} moments, {} runs, {} deaths, {} streams grouped otherwise, {} failed",
            self.moments,
            self.runs,
            self.deaths,
            self.regrouped,
            self.failures.len()
        );
        let first = self.failures.iter().take(3).map(String::as_str);
        assert!(
            self.failures.is_empty(),
            "{what}: {} of {} runs failed, the first:\n{}",
            self.failures.len(),
            self.runs,
            first.collect::<Vec<_>>().join("\n")
        );
    }
}

/// How many octets both begin with.
fn common(one: &[u8], other: &[u8]) -> usize {
    let mut pairs = one.iter().zip(other);
    let differ = pairs.position(|(one, other)| one != other);
    differ.unwrap_or(one.len().min(other.len()))
}

/// `scenario` runs without a death, and then with each that there can be. What it has to be told
/// besides is `and_then`: deaths that follow, after so many moments.
pub fn every_point(
    what: &str,
    and_then: &[(u64, Victim, Death)],
    scenario: impl Fn(&[Fault]) -> Pair,
) {
    let pair = scenario(&[]);
    let expected = pair.finding();
    assert_eq!(pair.violations(), [] as [String; 0], "{what}");
    let completed = (expected.outcomes.iter()).all(|outcome| outcome.completed);
    assert!(completed, "{what}: {:?}", expected.outcomes);
    let mut runs = Runs {
        moments: pair.moments(),
        ..Runs::default()
    };
    for moment in 0..pair.moments() {
        for victim in [Victim::Primary, Victim::Backup] {
            for death in DEATHS {
                let first = Fault {
                    moment,
                    victim,
                    death,
                };
                let more = and_then.iter().map(|(after, victim, death)| Fault {
                    moment: moment + after,
                    victim: *victim,
                    death: *death,
                });
                let faults: Vec<Fault> = std::iter::once(first).chain(more).collect();
                let pair = scenario(&faults);
                assert!(pair.deaths() > 0, "{what}: nobody died at {moment}");
                runs.judge(&format!("{faults:?}"), &pair, &expected);
            }
        }
    }
    runs.report(what);
}

//! What a takeover did, and when.

use base::Instant;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One step of a takeover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What was done.
    pub what: String,
    /// Since the detection.
    pub after: Duration,
}

/// A change of role as it happened on this node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// What was done: `takeover`, `backup lost`.
    pub what: String,
    /// Why.
    pub why: String,
    /// When it was detected, by the service's clock.
    pub detected: Instant,
    /// The peer's last sign of life before.
    pub last_sign: Option<Instant>,
    /// Connections that went on.
    pub connections: usize,
    /// In order.
    pub steps: Vec<Step>,
}

impl Timeline {
    /// Begins at the detection.
    pub fn new(what: &str, why: String, detected: Instant, last_sign: Option<Instant>) -> Self {
        Timeline {
            what: what.into(),
            why,
            detected,
            last_sign,
            connections: 0,
            steps: Vec::new(),
        }
    }

    /// A step is done.
    pub fn step(&mut self, what: impl Into<String>, now: Instant) {
        self.steps.push(Step {
            what: what.into(),
            after: now.since(self.detected),
        });
    }

    /// From the detection to the last step.
    pub fn work(&self) -> Duration {
        self.steps.last().map_or(Duration::ZERO, |step| step.after)
    }
}

impl std::fmt::Display for Timeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.what, self.why)?;
        if let Some(last) = self.last_sign {
            let silence = self.detected.since(last).as_secs_f64() * 1e3;
            write!(f, ", last sign {silence:.1} ms before")?;
        }
        for step in &self.steps {
            write!(
                f,
                ", {} {:.2} ms",
                step.what,
                step.after.as_secs_f64() * 1e3
            )?;
        }
        Ok(())
    }
}

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
    /// What the service's own threads did meanwhile and afterwards.
    #[serde(default)]
    pub service: Vec<Step>,
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
            service: Vec::new(),
        }
    }

    /// A step is done.
    pub fn step(&mut self, what: impl Into<String>, now: Instant) {
        let step = self.step_at(what.into(), now);
        self.steps.push(step);
    }

    /// A thread of the service has done a step at `at`.
    pub fn service_step(&mut self, what: impl Into<String>, at: Instant) {
        let step = self.step_at(what.into(), at);
        self.service.push(step);
    }

    fn step_at(&self, what: String, at: Instant) -> Step {
        let after = at.since(self.detected);
        Step { what, after }
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
        for step in self.steps.iter().chain(&self.service) {
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

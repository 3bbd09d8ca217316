//! What a node says with each beat.

use super::marks::Part;
use crate::failover::Role;
use base::{Instant, LogIndex};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One beat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// Which of the two speaks.
    pub node: u8,
    /// Random, one for each start of the process.
    pub boot: u64,
    /// Rises by one with each beat of a boot.
    pub sequence: u64,
    /// When it was sent, by the sender's clock.
    pub sent: Instant,
    /// The last beat that the sender heard.
    pub echo: Option<Echo>,
    /// Number of the reign.
    pub epoch: u64,
    /// The last log record that the sender holds.
    pub position: LogIndex,
    /// What the sender does.
    pub role: Role,
    /// How busy it is: 1000 is all it has.
    pub load_permille: u16,
    /// The service's own words, or a part of them.
    pub marks: Part,
}

/// A beat as its receiver names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Echo {
    /// Its boot.
    pub boot: u64,
    /// Its sequence number.
    pub sequence: u64,
    /// Its time, by the clock of its sender.
    pub sent: Instant,
    /// From its arrival to the beat that names it, in nanoseconds.
    pub held_nanos: u64,
}

impl Beat {
    /// Time to the other node and back, if the beat names one that this boot sent.
    pub fn round_trip(&self, own_boot: u64, now: Instant) -> Option<Duration> {
        let echo = self.echo.filter(|echo| echo.boot == own_boot)?;
        Some((now.since(echo.sent)).saturating_sub(Duration::from_nanos(echo.held_nanos)))
    }
}

//! What the timestamp clock of the primary's kernel says, as far as the backup can know (RFC 7323 §4).
//!
//! The client drops segments with a timestamp older than it has seen (PAWS), so the estimate may be
//! ahead of the truth, never behind. Each reading is late by the time it was on its way; so the
//! reading that is furthest ahead, when all are carried on to the same moment, is the best one.

use base::Instant;
use std::time::Duration;

/// What the estimate lies ahead for readings that were on their way, milliseconds.
const MARGIN_MS: u64 = 10;
/// What the clocks of two hosts may drift apart, millionths.
const DRIFT_PPM: u64 = 200;

/// A reading of the clock (milliseconds) and when it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    value: u32,
    at: Instant,
}

impl Reading {
    /// The better one of `known` and a reading that comes now.
    pub(super) fn better(known: Option<Reading>, value: u32, now: Instant) -> Reading {
        match known {
            Some(known) if (value.wrapping_sub(known.value_at(now)) as i32) < 0 => known,
            _ => Reading { value, at: now },
        }
    }

    /// What a new kernel should go on with: even, because an odd one means microseconds to it.
    pub(super) fn restored(&self, now: Instant) -> u32 {
        let elapsed = now.since(self.at);
        let drift = whole_ms(elapsed) * DRIFT_PPM / 1_000_000;
        let value = self.value_at(now).wrapping_add((MARGIN_MS + drift) as u32);
        value.wrapping_add(value & 1)
    }

    fn value_at(&self, now: Instant) -> u32 {
        self.value.wrapping_add(whole_ms(now.since(self.at)) as u32)
    }
}

fn whole_ms(time: Duration) -> u64 {
    time.as_nanos().div_ceil(1_000_000) as u64
}

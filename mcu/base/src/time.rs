//! Time as a number that both nodes of a pair can hold.
//!
//! `std::time::Instant` means nothing on another host, so the state machines take this one as an
//! argument; only the shells read a clock.

use serde::{Deserialize, Serialize};
use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

/// In a second.
const NANOS: u64 = 1_000_000_000;

/// Nanoseconds since the epoch of the service (an arbitrary moment before its first event).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Instant(u64);

impl Instant {
    /// The epoch of the service.
    pub const ZERO: Instant = Instant(0);

    /// The instant `nanos` nanoseconds after the epoch.
    pub const fn from_nanos(nanos: u64) -> Self {
        Instant(nanos)
    }

    /// The instant `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Instant(millis * 1_000_000)
    }

    /// Nanoseconds since the epoch.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Time from `earlier` to `self`; zero if `earlier` is later.
    pub fn since(self, earlier: Instant) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Ticks of a clock of `hz` that started at the epoch, modulo 2^32 as RTP timestamps are.
    pub fn ticks(self, hz: u32) -> u32 {
        // In two parts, since division of 128 bits is slow and this is done for every packet.
        let (seconds, nanos) = (self.0 / NANOS, self.0 % NANOS);
        let whole = seconds.wrapping_mul(hz.into());
        whole.wrapping_add(nanos * u64::from(hz) / NANOS) as u32
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;
    fn add(self, later: Duration) -> Instant {
        Instant(
            self.0
                .saturating_add(u64::try_from(later.as_nanos()).unwrap_or(u64::MAX)),
        )
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, later: Duration) {
        *self = *self + later;
    }
}

impl Sub<Duration> for Instant {
    type Output = Instant;
    fn sub(self, earlier: Duration) -> Instant {
        Instant(
            self.0
                .saturating_sub(u64::try_from(earlier.as_nanos()).unwrap_or(u64::MAX)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_follow_the_clock_and_wrap() {
        assert_eq!(Instant::from_millis(20).ticks(8000), 160);
        assert_eq!(Instant::from_millis(1).ticks(90_000), 90);
        let day = Instant::from_millis(86_400_000);
        assert_eq!(day.ticks(90_000), (86_400u64 * 90_000 % (1 << 32)) as u32);
        let end = Instant::from_nanos(u64::MAX);
        let exact = u128::from(u64::MAX) * u128::from(u32::MAX) / 1_000_000_000;
        assert_eq!(end.ticks(u32::MAX), exact as u32);
    }

    #[test]
    fn differences_saturate() {
        let (a, b) = (Instant::from_millis(1), Instant::from_millis(3));
        assert_eq!(b.since(a), Duration::from_millis(2));
        assert_eq!(a.since(b), Duration::ZERO);
        assert_eq!(a - Duration::from_secs(1), Instant::ZERO);
    }
}

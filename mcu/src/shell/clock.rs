//! The one reader of the monotonic clock.

use base::Instant;

/// The monotonic clock, counted from an epoch.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    made: std::time::Instant,
    /// From the epoch until it was made.
    offset: std::time::Duration,
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
            offset: std::time::Duration::ZERO,
        }
    }

    /// Its epoch is the beginning of 1970, so that all processes of a machine agree on the time.
    #[expect(clippy::disallowed_methods, reason = "the shell reads the clock")]
    pub fn since_1970() -> Self {
        let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Clock {
            offset: wall.unwrap_or_default(),
            ..Clock::new()
        }
    }

    /// The time since its epoch.
    #[expect(clippy::disallowed_methods, reason = "the shell reads the clock")]
    pub fn now(&self) -> Instant {
        Instant::ZERO + self.offset + (std::time::Instant::now() - self.made)
    }

    /// `at` as tokio's timers take it.
    pub fn to_tokio(&self, at: Instant) -> tokio::time::Instant {
        (self.made + at.since(Instant::ZERO + self.offset)).into()
    }
}

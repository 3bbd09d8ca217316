//! The one reader of the monotonic clock.

use base::Instant;

/// Counts from the moment it was made, the epoch of the service.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    epoch: std::time::Instant,
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
            epoch: std::time::Instant::now(),
        }
    }

    /// The time since its epoch.
    #[expect(clippy::disallowed_methods, reason = "the shell reads the clock")]
    pub fn now(&self) -> Instant {
        Instant::ZERO + (std::time::Instant::now() - self.epoch)
    }

    /// `at` as tokio's timers take it.
    pub fn to_tokio(&self, at: Instant) -> tokio::time::Instant {
        (self.epoch + at.since(Instant::ZERO)).into()
    }
}

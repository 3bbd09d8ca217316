//! How many new calls one address may make: a token bucket for each.

use crate::config::Limits;
use base::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Addresses remembered at most. A bucket that is full again is forgotten, so only as many are
/// held as addresses have called within a burst's refill time.
const SOURCES_MAX: usize = 4096;
/// Parts of a token, so that it refills without fractions.
const TOKEN: u64 = 1_000_000_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Bucket {
    filled: u64,
    at: Instant,
}

/// New calls by source address.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CallRate {
    sources: BTreeMap<IpAddr, Bucket>,
}

impl CallRate {
    /// Whether `source` may make another call now; counts it if so.
    pub fn admit(&mut self, now: Instant, source: IpAddr, limits: &Limits) -> bool {
        let full = u64::from(limits.calls_burst) * TOKEN;
        let refilled = |bucket: &Bucket| {
            let nanos = u64::try_from(now.since(bucket.at).as_nanos()).unwrap_or(u64::MAX);
            bucket
                .filled
                .saturating_add(nanos.saturating_mul(limits.calls_per_second.into()))
                .min(full)
        };
        if self.sources.len() >= SOURCES_MAX && !self.sources.contains_key(&source) {
            self.sources.retain(|_, bucket| refilled(bucket) < full);
            if self.sources.len() >= SOURCES_MAX {
                return false;
            }
        }
        let bucket = self.sources.entry(source).or_insert(Bucket {
            filled: full,
            at: now,
        });
        *bucket = Bucket {
            filled: refilled(bucket),
            at: now,
        };
        match bucket.filled.checked_sub(TOKEN) {
            Some(left) => bucket.filled = left,
            None => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_rate() {
        let limits = Limits {
            calls_per_second: 10,
            calls_burst: 3,
            ..Limits::default()
        };
        let mut rate = CallRate::default();
        let (a, b) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let mut admitted = |ms, source| rate.admit(Instant::from_millis(ms), source, &limits);
        assert_eq!(
            [0, 0, 0, 0].map(|ms| admitted(ms, a)),
            [true, true, true, false]
        );
        assert!(admitted(0, b), "another address has its own bucket");
        assert!(!admitted(99, a));
        assert!(admitted(100, a));
        assert!(!admitted(150, a));
    }

    #[test]
    fn memory_is_bounded() {
        let (limits, mut rate) = (Limits::default(), CallRate::default());
        for n in 0..20_000u32 {
            rate.admit(
                Instant::from_millis(n.into()),
                IpAddr::from(n.to_be_bytes()),
                &limits,
            );
        }
        assert!(rate.sources.len() <= SOURCES_MAX);
    }
}

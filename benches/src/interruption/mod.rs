//! What the people in a conference notice when a node dies, told from traces of their terminals
//! (`mcu call --trace`) and from what came to the nodes' hosts. Nothing here asks the nodes.
//!
//! Times are nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share.

pub mod capture;
pub mod judgement;
pub mod trace;

use nix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Now.
pub fn now() -> i64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("Linux has this clock");
    Duration::from(time).as_nanos() as i64
}

/// Nanoseconds in milliseconds.
pub fn ms(nanos: i64) -> f64 {
    nanos as f64 / 1e6
}

/// So many milliseconds in nanoseconds.
pub const fn from_ms(ms: i64) -> i64 {
    ms * 1_000_000
}

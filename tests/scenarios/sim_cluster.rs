//! Random schedules of everything that can go wrong with two or three nodes and what lies between them.
//!
//! ```sh
//! CLUSTER_SEEDS=500000 cargo test --release -p mcu-tests --test scenarios sim_cluster::random -- --nocapture
//! ```
//!
//! runs more of them, from `CLUSTER_FIRST_SEED` on, for `CLUSTER_SECONDS` at most. `CLUSTER_TELLS=1` tells what
//! happens in each.

use mcu_tests::sim::cluster::{Plant, Tally, run, run_with};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const SEEDS: u64 = 20_000;
/// Between lines of progress.
const PROGRESS: u64 = 10_000;
const FAILURES_MAX: usize = 10;

fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name} is not a number")),
    )
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test may be told to end in time"
)]
fn random_schedules_break_nothing() {
    let seeds = number("CLUSTER_SEEDS").unwrap_or(SEEDS);
    let first = number("CLUSTER_FIRST_SEED").unwrap_or(0);
    let seconds = number("CLUSTER_SECONDS").map(Duration::from_secs);
    let begin = std::time::Instant::now();
    let threads = number("CLUSTER_THREADS").unwrap_or(2);
    let (next, all) = (
        AtomicU64::new(first),
        Mutex::new((Tally::default(), Vec::new())),
    );
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let late = seconds.is_some_and(|most| begin.elapsed() >= most);
            if seed >= first + seeds || late {
                return;
            }
            let found = run(seed);
            let mut all = all.lock().expect("no thread panics with it");
            all.0 += found.tally;
            if let Some(how) = found.violations.first() {
                println!("seed {seed}, {:?}: {how}", found.mode);
                all.1.push(seed);
            }
            if all.0.seeds % PROGRESS == 0 {
                println!("{:?}: {:?}", begin.elapsed(), all.0);
            }
            if all.1.len() >= FAILURES_MAX {
                return;
            }
        }
    };
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let (tally, failures) = all.into_inner().expect("all threads have ended well");
    println!("{:?}: {tally:?}", begin.elapsed());
    assert_eq!(failures, [] as [u64; 0], "seeds");
    assert!(seeds < SEEDS || tally.has_seen_everything(), "{tally:?}");
}

/// A bug in a node is found by the invariant that it breaks.
#[test]
fn planted_bugs_are_caught() {
    for (plant, invariants) in [
        (Plant::PassUnseen, &["I1"][..]),
        (Plant::ReleaseEarly, &["I2"]),
        (Plant::Diverge, &["I3"]),
        (Plant::SendSuspended, &["I4"]),
        (Plant::JumpNumbers, &["I5"]),
        (Plant::IgnoreArbiter, &["I6"]),
    ] {
        let found = (0..3000).find_map(|seed| {
            let violations = run_with(seed, plant).violations;
            let caught = |how: &&String| invariants.iter().any(|name| how.starts_with(name));
            violations
                .iter()
                .find(caught)
                .map(|how| (seed, how.clone()))
        });
        let (seed, how) = found.unwrap_or_else(|| panic!("{plant:?} is not caught"));
        println!("{plant:?}: seed {seed}: {how}");
    }
}

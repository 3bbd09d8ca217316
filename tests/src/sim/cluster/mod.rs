//! Two or three nodes, an arbiter, a few clients and a network that does its worst, in virtual time.
//!
//! The nodes are made of the real `Membership`, `Watch`, `Replica`, `Shadows` and `Register` with a service of their own
//! (`core`) and the TCP of `sim::tcp`; the conference, with its calls and media, is `sim::Pair`'s. So a seed costs
//! milliseconds, and half a million of them can be run.
//!
//! What must hold, by the mode that a schedule has drawn:
//!
//! | mode | always | if nothing looks like a partition |
//! |---|---|---|
//! | `on-partition = "stop"`, with or without an arbiter or fencing | I1 to I6; two nodes never may send at once | |
//! | `on-partition = "serve"` | after the faults exactly one goes on | I1 to I6 |
//!
//! In every mode, when all is repaired: duplex within [`DUPLEX_PATIENCE`], then every client is answered; with `failback` the most preferred nodes have their
//! places. With an arbiter and `stop` a single fault ends no call.

mod checks;
mod client;
mod core;
mod hearing;
mod links;
mod network;
mod node;
mod plant;
mod schedule;
mod serving;
mod world;

pub use plant::Plant;
pub use schedule::Mode;
pub use world::Tally;

use schedule::Schedule;
use std::time::Duration;
use world::World;

/// From the repair of everything to duplex.
pub const DUPLEX_PATIENCE: Duration = Duration::from_secs(10);
/// With a fencing command that may have failed a moment ago.
const FENCE_PATIENCE: Duration = Duration::from_secs(20);
/// From duplex to the places that are preferred: for each of them 5 s, and the way there.
const FAILBACK_PATIENCE: Duration = Duration::from_secs(20);
/// Until every client has had an answer.
const ANSWER_PATIENCE: Duration = Duration::from_secs(20);
/// A media stream may pause for so long when a single thing goes wrong, in milliseconds.
const SINGLE_FAULT_GAP_MS: u64 = 1500;

/// What a run has found.
#[derive(Debug)]
pub struct Finding {
    /// How the service was set up.
    pub mode: Mode,
    /// What is wrong, if anything.
    pub violations: Vec<String>,
    /// What has happened.
    pub tally: Tally,
}

/// Runs what a seed makes happen.
pub fn run(seed: u64) -> Finding {
    run_with(seed, Plant::None)
}

/// The same with a bug.
pub fn run_with(seed: u64, plant: Plant) -> Finding {
    let schedule = Schedule::new(seed);
    let (mode, from_duplex, window) = (schedule.mode, schedule.from_duplex, schedule.window);
    let single = schedule.single;
    let mut world = World::new(seed, schedule, plant);
    let patience = match mode.fence {
        true => FENCE_PATIENCE,
        false => DUPLEX_PATIENCE,
    };
    if from_duplex && !world.run_until(patience, World::is_duplex) {
        miss(&mut world, "no duplex at the start");
    }
    if plant == Plant::Diverge {
        world.diverge();
    }
    world.begin_faults();
    world.run_until(window, |_| false);
    world.heal();
    if !world.run_until(patience, World::is_settled) {
        miss(&mut world, "no duplex after the faults");
    }
    let preferred = |world: &World| world.is_settled() && world.is_as_preferred();
    if mode.failback && !world.run_until(FAILBACK_PATIENCE, preferred) {
        miss(&mut world, "the preferred nodes do not get their places");
    }
    let answers = world.answers();
    let answered = |world: &World| {
        let now = world.answers();
        now.iter().zip(&answers).all(|(now, before)| now > before)
    };
    if !world.run_until(ANSWER_PATIENCE, answered) {
        miss(&mut world, "a client is not answered");
    }
    if !world.is_duplex() {
        miss(&mut world, "the duplex did not last");
    }
    world.end();
    if single && world.tally.lost > 0 {
        miss(&mut world, "a single fault has ended a call");
    }
    if single && world.tally.longest_gap_ms > SINGLE_FAULT_GAP_MS {
        miss(&mut world, "a single fault has stopped media for too long");
    }
    Finding {
        mode,
        violations: world.checks.violations,
        tally: world.tally,
    }
}

fn miss(world: &mut World, what: &str) {
    if world.checks.violations.is_empty() {
        let how = format!("liveness: {what} at {:?}: {}", world.now(), world.roles());
        world.checks.require(Err(how));
    }
}

//! The node that serves is killed, the other takes over, the killed one returns and is its backup, and then the
//! other one is killed, again and again, under ten calls.

use super::callers::{self, Callers};
use super::nodes::{self, CONTROL, PATIENCE, Pair};
use super::within;
use super::{DESCRIPTORS_MORE_MAX, Fault, MEMORY_MORE_MAX, Settings, World, judgement, strike};
use anyhow::{Context, ensure};
use std::time::Duration;

/// Kills by default.
pub const COUNT: u64 = 3;
/// A machine that stands still for a moment is no fault here.
const HEARTBEAT_MS: u64 = 50;
/// Calls that last from the first kill to the last; six terminals come and go beside them.
const LASTING: usize = 4;
/// Bound of the longest gap in the sound of a call. The aim is 20 ms beyond the usual ones; that is measured where a
/// machine does nothing else.
const SOUND_GAP_MS_MAX: f64 = 500.0;

/// All cycles.
pub fn run(world: &mut World, settings: &Settings) -> anyhow::Result<()> {
    let out = settings.out.join("cycles");
    std::fs::create_dir_all(&out)?;
    let mut pair = Pair::start_with(&world.nodes, &world.relays, &out, |options| {
        options.heartbeat_ms = HEARTBEAT_MS;
    })?;
    let fresh = pair.usage()?;
    let day = Duration::from_secs(86_400);
    let hosts = world.clients.iter().chain([&world.witness]).take(LASTING);
    let lasting = hosts
        .map(|host| callers::place(host, &format!("lasting-{}", host.name), CONTROL, day, &out))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut callers = Callers::new(&world.near, &out, world.rng.next_u64());
    callers.keep_busy(Duration::from_secs(2))?;
    let mut strokes = Vec::new();
    for number in 1..=settings.cycles {
        let primary = pair.primary()?;
        let stroke = strike(
            &world.lab,
            &mut pair,
            &mut callers,
            Fault::Kill,
            &mut world.rng,
        )
        .with_context(|| format!("cycle {number}"))?;
        let used = pair.usage()?;
        println!(
            "{number:>3} node {} {stroke}; {} MiB",
            primary + 1,
            used.memory >> 20
        );
        strokes.push(stroke);
    }
    callers.keep_busy(Duration::from_secs(1))?;
    let mut calls = callers.finish()?;
    let mut failures = Vec::new();
    let mut kept = Vec::new();
    for call in lasting {
        let call = call.hang_up()?;
        let fault = judgement::disturbance_of(&call);
        failures.extend(fault.map(|fault| format!("{}: {fault}", call.what)));
        kept.push(call);
    }
    let judged = judgement::judge(&strokes, &calls, &out)?;
    failures.extend(judged.failures);
    calls.extend(kept);
    let gap = judgement::worst_sound_gap_ms(&strokes, &calls);
    println!(
        "{} cycles: worst gap in the sound {gap:.1} ms",
        settings.cycles
    );
    if gap > SOUND_GAP_MS_MAX {
        failures.push(format!("a call heard nothing for {gap} ms"));
    }
    within(PATIENCE, "the pair is whole", || pair.whole())?;
    let used = within(PATIENCE, "the sockets of all calls are closed", || {
        let used = pair.usage()?;
        Ok((used.descriptors <= fresh.descriptors + DESCRIPTORS_MORE_MAX).then_some(used))
    })?;
    let more = used.memory.saturating_sub(fresh.memory);
    println!(
        "memory of the larger node: {} MiB, {} more than a new one; descriptors {} and {}",
        used.memory >> 20,
        more >> 20,
        used.descriptors,
        fresh.descriptors
    );
    if more > MEMORY_MORE_MAX {
        failures.push(format!("a node holds {more} octets more than a new one"));
    }
    ensure!(
        pair.accidents == 0,
        "{} nodes ended by themselves",
        pair.accidents
    );
    pair.stop()?;
    let after = nodes::states(world.nodes.iter().chain(&world.relays))?;
    if after != world.before {
        let before = &world.before;
        failures.push(format!("the hosts were {before:?} and are {after:?}"));
    }
    ensure!(failures.is_empty(), "{}", failures.join("\n  "));
    Ok(())
}

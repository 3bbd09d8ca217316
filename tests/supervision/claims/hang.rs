//! Loops that stand still.

use crate::kernel::Stopped;
use crate::node::{CONTROL, HANG_MS, Node, Pair, Places, WATCHDOG};
use crate::terminal::Terminal;
use crate::{PATIENCE, World, within};
use anyhow::ensure;
use mcu::config::Config;
use replication::failover::Role;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The supervisor of a server without a pair gets pings only as long as both of its loops move.
pub fn alone(world: &World) -> anyhow::Result<()> {
    let host = &world.nodes[0];
    let places = Places::of(host, &world.out);
    let mut node = Node::new(host, &world.out, &Config::default(), places)?;
    node.start()?;
    within(PATIENCE, "it is ready", || {
        let told = node.told()?;
        Ok(told.iter().any(|one| one.contains("READY=1")).then_some(()))
    })?;
    let pings = |node: &Node<'_>| -> anyhow::Result<usize> {
        let told = node.told()?;
        Ok(told.iter().filter(|one| one.contains("WATCHDOG=1")).count())
    };
    sleep(2 * WATCHDOG);
    let regular = pings(&node)?;
    ensure!(regular >= 3, "{regular} pings in the time of two");
    for (name, thread) in [
        ("media", node.thread("media")?),
        ("core", node.core_thread()?),
    ] {
        let stopped = Stopped::new(node.id()?, thread)?;
        // What was on its way.
        sleep(WATCHDOG / 4);
        node.told()?;
        sleep(2 * WATCHDOG);
        let meanwhile = pings(&node)?;
        drop(stopped);
        ensure!(
            meanwhile == 0,
            "{meanwhile} pings while the {name} thread stands still"
        );
        within(PATIENCE, "it goes on", || {
            Ok((pings(&node)? > 0).then_some(()))
        })?;
    }
    node.signal(mcu::lab::Signal::SIGTERM)?;
    within(PATIENCE, "it says that it ends", || {
        let told = node.told()?;
        Ok(told
            .iter()
            .any(|one| one.contains("STOPPING=1"))
            .then_some(()))
    })
}

/// A node of a pair ends itself, and the other goes on.
pub fn of_a_pair(world: &World) -> anyhow::Result<()> {
    let mut pair = Pair::start(world, |host| Places::of(host, &world.out))?;
    let caller = Terminal::call(world, "caller", 1, CONTROL, Duration::from_secs(14))?;
    sleep(Duration::from_secs(1));
    for of_core in [false, true] {
        let (primary, backup) = pair.whole()?;
        let victim = &pair.nodes[primary];
        let thread = match of_core {
            false => victim.thread("media")?,
            true => victim.core_thread()?,
        };
        let begin = Instant::now();
        let stopped = Stopped::new(victim.id()?, thread)?;
        pair.alone(backup)?;
        let taken = begin.elapsed();
        let most = Duration::from_millis(HANG_MS) + Duration::from_secs(1);
        ensure!(taken < most, "the other serves only after {taken:?}");
        println!(
            "  the {} thread stood still: the other node served {:.0} ms later",
            if of_core { "core" } else { "media" },
            taken.as_secs_f64() * 1e3
        );
        drop(stopped);
        within(PATIENCE, "the node that hung has ended", || {
            Ok(pair.nodes[primary].ended()?.map(drop))
        })?;
        pair.nodes[primary].start()?;
    }
    let (_, backup) = pair.whole()?;
    within(PATIENCE, "the supervisor sees the backup", || {
        let told = pair.nodes[backup].told()?;
        let seen = |one: &String| one.contains(Role::Backup.name());
        Ok(told.iter().any(seen).then_some(()))
    })?;
    caller.was_unharmed()?;
    pair.stop()
}

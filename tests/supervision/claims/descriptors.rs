//! No file descriptors are left.

use crate::World;
use crate::kernel::limit;
use crate::node::{CONTROL, Node, Pair, Places};
use crate::terminal::Terminal;
use anyhow::ensure;
use mcu::lab::Signal;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The process cannot open any more file.
fn exhaust(node: &Node<'_>) -> anyhow::Result<()> {
    let process = node.id()?;
    let folder = format!("/proc/{process}/fd");
    let used = std::fs::read_dir(&folder)?.count();
    let free =
        (0..=used).find(|number| !std::path::Path::new(&format!("{folder}/{number}")).exists());
    limit(process, &format!("--nofile={}:", free.unwrap_or(used)))
}

/// The caller who is there stays; the next cannot come before there are descriptors again; and then the
/// primary may be killed.
pub fn none_left(world: &World) -> anyhow::Result<()> {
    const SHORTAGE: Duration = Duration::from_secs(2);
    let mut pair = Pair::start(world, |host| Places::of(host, &world.out))?;
    let caller = Terminal::call(world, "caller", 1, CONTROL, Duration::from_secs(12))?;
    sleep(Duration::from_secs(1));
    for node in &pair.nodes {
        exhaust(node)?;
    }
    let late = Terminal::call(world, "latecomer", 2, CONTROL, Duration::from_secs(1))?;
    let begin = Instant::now();
    for node in &pair.nodes {
        ensure!(node.status().is_none(), "an operator was let in");
    }
    sleep(SHORTAGE.saturating_sub(begin.elapsed()));
    for node in &pair.nodes {
        limit(node.id()?, "--nofile=4096:")?;
    }
    let report = late.report()?;
    let connected = report.call.connected_after_ms.map(Duration::from_millis);
    ensure!(
        connected.is_none_or(|after| after + Duration::from_millis(500) >= SHORTAGE),
        "a call was accepted though there were no descriptors, after {connected:?}"
    );
    let next = Terminal::call(world, "next", 3, CONTROL, Duration::from_secs(2))?;
    next.was_unharmed()?;
    let (primary, backup) = pair.whole()?;
    pair.nodes[primary].signal(Signal::SIGKILL)?;
    pair.alone(backup)?;
    caller.was_unharmed()
}

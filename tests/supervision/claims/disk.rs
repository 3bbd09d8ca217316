//! The disk is full.

use crate::kernel::{fill, small_disk};
use crate::node::{CONTROL, Node, Pair, Places};
use crate::terminal::Terminal;
use crate::{PATIENCE, World, within};
use anyhow::ensure;
use mcu::config::Config;
use mcu::lab::Signal;
use std::thread::sleep;
use std::time::Duration;

/// Pages of a disk that has room for the files of a node, and for the first lines of its log.
const PAGES: usize = 16;

pub fn full(world: &World) -> anyhow::Result<()> {
    a_node_says_what_is_wrong(world)?;
    a_pair_goes_on(world)
}

/// A server whose control socket finds no room does not start, and says why.
fn a_node_says_what_is_wrong(world: &World) -> anyhow::Result<()> {
    let host = &world.nodes[0];
    let disk = world.out.join("full");
    // Of its three pages the disk itself has one, and the file that fills it the others.
    let _disk = small_disk(&disk, 3)?;
    fill(&disk.join("ballast"))?;
    let places = Places {
        socket: disk.join("a").join("mcu.sock"),
        ..Places::of(host, &world.out)
    };
    let log = places.log.clone();
    let mut node = Node::new(host, &world.out, &Config::default(), places)?;
    node.start()?;
    let status = within(PATIENCE, "it ends", || node.ended())?;
    let said = std::fs::read_to_string(log)?;
    ensure!(
        !status.success() && said.contains("cannot listen for `mcu control` at"),
        "it ended with {status}, and said: {said}"
    );
    Ok(())
}

/// Log, state and control socket are on a disk that fills up; then the primary dies.
fn a_pair_goes_on(world: &World) -> anyhow::Result<()> {
    let disk = |name: &str| world.out.join(format!("disk-{name}"));
    let _disks = (world.nodes.iter())
        .map(|host| small_disk(&disk(&host.name), PAGES))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut pair = Pair::start(world, |host| Places::of(host, &disk(&host.name)))?;
    let caller = Terminal::call(world, "caller", 1, CONTROL, Duration::from_secs(9))?;
    sleep(Duration::from_secs(1));
    for node in &pair.nodes {
        fill(&node.places.log)?;
    }
    // Both nodes have something to say of it.
    let next = Terminal::call(world, "next", 2, CONTROL, Duration::from_secs(1))?;
    next.was_unharmed()?;
    let (primary, backup) = pair.whole()?;
    for node in &pair.nodes {
        // What they have said since.
        fill(&node.places.log)?;
    }
    pair.nodes[primary].signal(Signal::SIGKILL)?;
    pair.alone(backup)?;
    within(PATIENCE, "the primary has ended", || {
        Ok(pair.nodes[primary].ended()?.map(drop))
    })?;
    pair.nodes[primary].start()?;
    pair.whole()?;
    caller.was_unharmed()?;
    pair.stop()
}

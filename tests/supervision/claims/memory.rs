//! No memory is left.

use crate::kernel::limit;
use crate::node::{CONTROL, Pair, Places};
use crate::terminal::Terminal;
use crate::{PATIENCE, World, within};
use anyhow::ensure;
use std::thread::sleep;
use std::time::Duration;

/// A primary that gets no memory ends itself; calls go on at the other.
pub fn none_left(world: &World) -> anyhow::Result<()> {
    let mut pair = Pair::start(world, |host| Places::of(host, &world.out))?;
    let caller = Terminal::call(world, "caller", 1, CONTROL, Duration::from_secs(9))?;
    sleep(Duration::from_secs(1));
    let (primary, backup) = pair.whole()?;
    limit(pair.nodes[primary].id()?, "--data=1:1")?;
    // More than what is free in the memory that it has: pictures, jitter buffers, encoders.
    let others: Vec<Terminal> = ["second", "third", "fourth"]
        .into_iter()
        .zip(2..)
        .map(|(name, number)| Terminal::call(world, name, number, CONTROL, Duration::from_secs(4)))
        .collect::<anyhow::Result<_>>()?;
    pair.alone(backup)?;
    let status = within(PATIENCE, "the primary has ended", || {
        pair.nodes[primary].ended()
    })?;
    ensure!(!status.success(), "it ended with {status}");
    println!("  the node without memory ended with {status}");
    pair.nodes[primary].start()?;
    for other in others {
        // Whether its call is unharmed is left open: it was set up at the worst moment.
        other.report()?;
    }
    caller.was_unharmed()?;
    pair.whole()?;
    pair.stop()
}

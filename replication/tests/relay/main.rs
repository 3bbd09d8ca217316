//! Relays under faults, on a LAN of namespaces: each packet reaches both nodes at most once, and none is
//! lost for longer than the other relay takes to notice.
//!
//! Namespaces need a process with one thread; so this is a program of its own. It is also the relay that it
//! starts, with `--relay FILE`. Another argument selects the claims whose names contain it.

#![expect(clippy::disallowed_methods, reason = "waits for processes")]

#[path = "../lab/mod.rs"]
mod lab;
mod stream;
mod world;

use anyhow::ensure;
use nix::sys::signal::Signal;
use replication::os::filter::leftovers;
use replication::relay::{Relay, RelayOptions};
use std::time::Duration;
use stream::Stream;
use tokio::signal::unix::{SignalKind, signal};
use world::{World, eventually};

type Claim = fn(&World) -> anyhow::Result<()>;

/// How long packets may be missing when a relay dies, on a busy machine. Noticing takes 70 ms at most.
const GAP_MAX: Duration = Duration::from_secs(1);
/// Between a fault and the next, so that everything has settled: longer than the lease of an address.
const SETTLING: Duration = Duration::from_millis(2500);

const CLAIMS: [(&str, Claim); 5] = [
    ("a relay alone", alone),
    ("a node is replaced", node_replaced),
    ("the relay is killed", killed),
    ("the relay loses its cable", unplugged),
    ("the relay is asked to end", ended),
];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [kind, file] = &arguments[..]
        && kind == "--relay"
    {
        return relay(file);
    }
    lab::isolate()?;
    let wanted = (arguments.first()).filter(|word| !word.starts_with('-'));
    let world = World::new()?;
    let mut failed = 0;
    for (name, claim) in CLAIMS {
        if wanted.is_some_and(|word| !name.contains(word.as_str())) {
            continue;
        }
        match claim(&world) {
            Ok(()) => println!("ok: {name}"),
            Err(error) => {
                failed += 1;
                println!("FAILED: {name}: {error:#}");
            }
        }
    }
    ensure!(failed == 0, "{failed} claims do not hold");
    Ok(())
}

/// This process is a relay.
fn relay(file: &str) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let options: RelayOptions = toml::from_str(&std::fs::read_to_string(file)?)?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let mut terminate = signal(SignalKind::terminate())?;
            let relay = Relay::open(&options)?;
            let stop = async {
                terminate.recv().await;
            };
            relay.run(stop).await
        })
}

fn alone(world: &World) -> anyhow::Result<()> {
    let relay = world.start(0, false)?;
    world.wait_for(0)?;
    let stream = Stream::start(world)?;
    stream.flows()?;
    relay.end(Signal::SIGTERM)?;
    stream.finish()?.each_at_most_once()?;
    let left = || {
        let left = world.relays[0].inside(|| Ok(leftovers()?))?;
        anyhow::Ok((left, world.owns(0)?))
    };
    ensure!(left()? == (vec![], false), "{:?}", left()?);
    // One that is killed leaves rules and a lease. Its successor begins anew.
    let relay = world.start(0, false)?;
    world.wait_for(0)?;
    relay.end(Signal::SIGKILL)?;
    eventually("the lease ends", || Ok(!world.owns(0)?))?;
    ensure!(left()?.0 == ["mcu_relay"], "{:?}", left()?);
    let relay = world.start(0, false)?;
    world.wait_for(0)?;
    let stream = Stream::start(world)?;
    stream.flows()?;
    stream.finish()?.each_at_most_once()?;
    relay.end(Signal::SIGTERM)?;
    ensure!(left()? == (vec![], false), "{:?}", left()?);
    Ok(())
}

fn node_replaced(world: &World) -> anyhow::Result<()> {
    let _relay = world.start(0, false)?;
    world.wait_for(0)?;
    let stream = Stream::start(world)?;
    stream.flows()?;
    // The second node's host is switched off. After a while another takes its place.
    world.nodes[1].connect(false)?;
    std::thread::sleep(SETTLING);
    world.spare_takes(world.nodes[1].address)?;
    let spare = stream.receive_at(&world.spare)?;
    eventually("copies go to the new node", || Ok(!spare.is_empty()))?;
    let report = stream.finish()?;
    report.each_at_most_once()?;
    ensure!(
        report.missing(0).is_empty(),
        "the other node missed {:?}",
        report.missing(0)
    );
    world.spare_takes(world.spare.address)?;
    world.nodes[1].connect(true)
}

fn killed(world: &World) -> anyhow::Result<()> {
    let (first, second) = world.pair()?;
    let stream = Stream::start(world)?;
    stream.flows()?;
    first.end(Signal::SIGKILL)?;
    world.wait_for(1)?;
    std::thread::sleep(SETTLING);
    ensure!(!world.owns(0)?, "a dead relay keeps the address");
    // It comes back, and serves when the other dies.
    let first = world.start(0, true)?;
    std::thread::sleep(SETTLING);
    ensure!(
        world.owns(1)? && !world.owns(0)?,
        "a relay that comes back takes the address from the other"
    );
    second.end(Signal::SIGKILL)?;
    world.wait_for(0)?;
    std::thread::sleep(SETTLING);
    let report = stream.finish()?;
    report.gaps_below(GAP_MAX)?;
    report.each_at_most_once()?;
    first.end(Signal::SIGTERM)
}

fn unplugged(world: &World) -> anyhow::Result<()> {
    let (_first, _second) = world.pair()?;
    let stream = Stream::start(world)?;
    stream.flows()?;
    world.relays[0].connect(false)?;
    world.wait_for(1)?;
    std::thread::sleep(SETTLING);
    world.relays[0].connect(true)?;
    eventually("one of them gives the address up", || {
        Ok(world.owns(0)? != world.owns(1)?)
    })?;
    ensure!(world.owns(1)?, "the earlier reign wins");
    std::thread::sleep(SETTLING);
    let report = stream.finish()?;
    report.gaps_below(GAP_MAX)?;
    report.each_at_most_once()
}

fn ended(world: &World) -> anyhow::Result<()> {
    let (first, second) = world.pair()?;
    let stream = Stream::start(world)?;
    stream.flows()?;
    first.end(Signal::SIGTERM)?;
    world.wait_for(1)?;
    std::thread::sleep(SETTLING);
    let report = stream.finish()?;
    report.gaps_below(GAP_MAX)?;
    report.each_at_most_once()?;
    ensure!(world.relays[0].inside(|| Ok(leftovers()?))?.is_empty());
    second.end(Signal::SIGTERM)?;
    ensure!(!world.owns(1)?, "the last one keeps the address");
    Ok(())
}

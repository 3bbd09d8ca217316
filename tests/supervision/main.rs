//! What ends a process that does not do its work any more, and what a host that lacks something does to
//! calls: real nodes with the capabilities of the unit, a supervisor, threads that stop, no
//! file descriptors, no room on the disk, no memory.
//!
//! The LAN is made of namespaces, for which a process must have one thread; so this is a program of
//! its own. `CLAIM` is a part of the name of the only claims to be tried, `CLAIMS_OUT` a folder for logs and
//! reports, which then stay.

#![expect(clippy::disallowed_methods, reason = "real time, real processes")]

mod claims;
mod kernel;
mod node;
mod terminal;
mod unit;

use anyhow::{Context, bail, ensure};
use clap::Parser;
use mcu::lab::{Host, Lab};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a node or a terminal may take to do anything.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often something that is waited for is looked at.
const POLL: Duration = Duration::from_millis(10);

/// The programs that this one is on the hosts.
#[derive(Parser)]
enum Program {
    Serve(mcu::serve::Arguments),
    Call(Box<mcu::terminal::options::Options>),
}

/// The hosts that everything happens on.
pub struct World {
    /// For the nodes.
    pub nodes: [Host; 2],
    /// For the terminals.
    pub client: Host,
    /// For the files of the claim.
    pub out: PathBuf,
}

type Claim = (&'static str, fn(&World) -> anyhow::Result<()>);

const CLAIMS: [Claim; 6] = [
    ("systemd takes the units", unit::verify),
    (
        "a server without a pair is watched, loop by loop",
        claims::hang::alone,
    ),
    (
        "a loop of a primary that stands still costs no call",
        claims::hang::of_a_pair,
    ),
    (
        "without file descriptors calls go on, and takeovers work",
        claims::descriptors::none_left,
    ),
    ("a full disk stops no pair", claims::disk::full),
    (
        "a primary without memory is taken over from",
        claims::memory::none_left,
    ),
];

fn main() -> anyhow::Result<()> {
    let first = std::env::args().nth(1).unwrap_or_default();
    if ["serve", "call"].contains(&first.as_str()) {
        mcu::log_to_stderr();
        return match Program::parse() {
            Program::Serve(arguments) => mcu::serve::run(arguments),
            Program::Call(options) => mcu::call::run(*options),
        };
    }
    mcu::lab::isolate()?;
    kernel::own_mounts()?;
    let text = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let (only, kept) = (text("CLAIM"), text("CLAIMS_OUT"));
    let out = kept.as_ref().map_or_else(
        || std::env::temp_dir().join(format!("supervision-{}", std::process::id())),
        PathBuf::from,
    );
    let mut lab = Lab::new()?;
    let mut world = World {
        nodes: [lab.host("node1")?, lab.host("node2")?],
        client: lab.host("client")?,
        out: out.clone(),
    };
    let mut failures = 0;
    for (number, (name, claim)) in CLAIMS.iter().enumerate() {
        if only.as_ref().is_some_and(|only| !name.contains(only)) {
            continue;
        }
        world.out = out.join((number + 1).to_string());
        std::fs::create_dir_all(&world.out)?;
        let begin = Instant::now();
        let result = claim(&world);
        let seconds = begin.elapsed().as_secs_f64();
        match result {
            Ok(()) => println!("{name} ... ok, {seconds:.1} s"),
            Err(error) => {
                failures += 1;
                println!("{name} ... FAILED after {seconds:.1} s: {error:#}");
            }
        }
    }
    if failures == 0 && kept.is_none() {
        std::fs::remove_dir_all(&out)?;
    } else {
        println!("logs and reports are in {}", out.display());
    }
    ensure!(failures == 0, "{failures} claims do not hold");
    Ok(())
}

/// Looks until there is something, or it has taken too long.
fn within<T>(
    patience: Duration,
    what: &str,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let begin = Instant::now();
    loop {
        if let Some(found) = look().with_context(|| format!("while waiting: {what}"))? {
            return Ok(found);
        }
        if begin.elapsed() > patience {
            bail!("not within {patience:?}: {what}");
        }
        std::thread::sleep(POLL);
    }
}

//! Real kills: a pair of nodes on a LAN of hosts, terminals that come and go behind a bad cable, and
//! faults at random instants. Nobody's call may end or break, whatever happens to one node.
//!
//! The LAN is made of namespaces, for which a process must have one thread; so this is a program of
//! its own. `FAULTS` is how many (6 by default), `FAULT` which kinds (such as `kill,unplug`; all by
//! default), `FAULTS_SEED` chooses instants and everything else, `FAULTS_OUT` is a folder for logs,
//! reports and `faults.csv`, which then stay.

#![expect(clippy::disallowed_methods, reason = "real time, real processes")]

mod callers;
mod judgement;
mod nodes;

use anyhow::{Context, bail, ensure};
use base::Rng;
use callers::Callers;
use clap::{Parser, ValueEnum};
use judgement::Stroke;
use mcu::lab::{Lab, Quality};
use nodes::Pair;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Hosts with terminals, behind the cable.
const CLIENTS: usize = 3;
/// Frames of a thousand that the cable loses, and that it delivers late.
const LOST_PER_MILLE: u64 = 10;
const LATE_PER_MILLE: u64 = 10;
/// From the pair being whole until the next fault, in milliseconds.
const BEFORE_FAULT_MS: std::ops::Range<u64> = 300..1_500;
/// From a fault until its victim may come back, in milliseconds.
const BEFORE_RETURN_MS: std::ops::Range<u64> = 200..800;
/// How often something that is waited for is looked at.
const POLL: Duration = Duration::from_millis(5);

/// The programs that this one is on the hosts, and in them itself.
#[derive(Parser)]
enum Program {
    Serve(mcu::serve::Arguments),
    Call(Box<mcu::terminal::options::Options>),
}

/// What happens to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Fault {
    /// The primary is killed.
    Kill,
    /// The primary hangs (SIGSTOP) and goes on later.
    Stop,
    /// The primary's cable is pulled, and put in again later.
    Unplug,
    /// The primary is asked to end (SIGTERM).
    Term,
    /// The backup is killed.
    BackupKill,
    /// The backup hangs and goes on later.
    BackupStop,
}

/// What to do, from the environment.
struct Settings {
    count: u64,
    kinds: Vec<Fault>,
    seed: u64,
    out: PathBuf,
    keep: bool,
}

impl Settings {
    fn new() -> anyhow::Result<Self> {
        let text = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let number = |name: &str| -> anyhow::Result<Option<u64>> {
            text(name)
                .map(|text| text.parse().with_context(|| format!("{name}={text}")))
                .transpose()
        };
        let kinds = match text("FAULT") {
            Some(names) => names
                .split(',')
                .map(|name| Fault::from_str(name, true).map_err(|error| anyhow::anyhow!(error)))
                .collect::<Result<_, _>>()
                .context("FAULT")?,
            None => Fault::value_variants().to_vec(),
        };
        let out = text("FAULTS_OUT").map(PathBuf::from);
        Ok(Settings {
            count: number("FAULTS")?.unwrap_or(6),
            kinds,
            seed: number("FAULTS_SEED")?.unwrap_or(unix_ms()),
            keep: out.is_some(),
            out: out.unwrap_or_else(|| {
                std::env::temp_dir().join(format!("faults-{}", std::process::id()))
            }),
        })
    }
}

fn main() -> anyhow::Result<()> {
    let first = std::env::args().nth(1).unwrap_or_default();
    if first == "serve" || first == "call" {
        mcu::log_to_stderr();
        return match Program::parse() {
            Program::Serve(arguments) => mcu::serve::run(arguments),
            Program::Call(options) => mcu::call::run(*options),
        };
    }
    mcu::lab::isolate()?;
    let settings = Settings::new()?;
    println!("FAULTS_SEED={} FAULTS={}", settings.seed, settings.count);
    std::fs::create_dir_all(&settings.out)?;
    let result = run(&settings);
    if result.is_ok() && !settings.keep {
        std::fs::remove_dir_all(&settings.out)?;
    } else {
        println!("logs and reports are in {}", settings.out.display());
    }
    result
}

fn run(settings: &Settings) -> anyhow::Result<()> {
    let mut rng = Rng::new(settings.seed);
    let mut lab = Lab::new()?;
    let nodes = [lab.host("node1")?, lab.host("node2")?];
    let before = nodes::states(&nodes)?;
    lab.far(Quality {
        lost_per_mille: LOST_PER_MILLE,
        late_per_mille: LATE_PER_MILLE,
        seed: rng.next_u64(),
    })?;
    let clients = (1..=CLIENTS)
        .map(|number| lab.host(&format!("client{number}")))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut pair = Pair::start(nodes, &settings.out)?;
    let mut callers = Callers::new(clients, &settings.out, rng.next_u64());
    callers.keep_busy(Duration::from_secs(2))?;

    let mut strokes = Vec::new();
    let mut outcome = Ok(());
    for number in 0..settings.count {
        let fault = settings.kinds[(number % settings.kinds.len() as u64) as usize];
        match strike(&lab, &mut pair, &mut callers, fault, &mut rng) {
            Ok(stroke) => {
                println!("{:>3} {stroke}", number + 1);
                strokes.push(stroke);
            }
            Err(error) => {
                outcome = Err(error.context(format!("fault {}, {fault:?}", number + 1)));
                break;
            }
        }
    }
    let calls = callers.finish();
    if let Some(cable) = lab.cable_report() {
        println!("the cable: {cable:?}");
    }
    outcome?;
    let calls = calls?;
    let mut failures = judgement::judge(&strokes, &calls, &settings.out)?;
    let accidents = pair.accidents;
    println!("nodes that ended by themselves: {accidents}");
    within(nodes::PATIENCE, "the pair is whole", || pair.whole())?;
    let nodes = pair.stop()?;
    let after = nodes::states(&nodes)?;
    if after != before {
        failures.push(format!(
            "the nodes' hosts were {before:?} and are {after:?}"
        ));
    }
    ensure!(
        failures.is_empty(),
        "{} claims do not hold:\n  {}",
        failures.len(),
        failures.join("\n  ")
    );
    println!("all claims hold");
    Ok(())
}

/// One fault, and everything until the pair is whole again.
fn strike(
    lab: &Lab,
    pair: &mut Pair,
    callers: &mut Callers,
    fault: Fault,
    rng: &mut Rng,
) -> anyhow::Result<Stroke> {
    callers.keep_busy(between(rng, BEFORE_FAULT_MS))?;
    callers.busy_until(|| pair.whole(), "the pair is whole")?;
    let (victim, survivor) = match fault {
        Fault::Kill | Fault::Stop | Fault::Unplug | Fault::Term => {
            (pair.primary()?, pair.backup()?)
        }
        Fault::BackupKill | Fault::BackupStop => (pair.backup()?, pair.primary()?),
    };
    let before = pair.last_loss(survivor);
    // Off the beat of the polls before.
    std::thread::sleep(Duration::from_micros(rng.below(20_000)));
    let at_unix_ms = unix_ms();
    pair.strike(lab, victim, fault)?;
    let status = callers.busy_until(
        || pair.alone_since(survivor, before),
        "the other node serves alone",
    )?;
    callers.keep_busy(between(rng, BEFORE_RETURN_MS))?;
    pair.mend(lab, victim, fault)?;
    callers.busy_until(|| pair.restarted(victim, fault), "the victim has ended")?;
    let back = Instant::now();
    callers.busy_until(|| pair.whole(), "the pair is whole again")?;
    let change = status.last_change.context("no change is told")?;
    Ok(Stroke {
        fault,
        at_unix_ms,
        silence_ms: change
            .last_sign
            .map(|last| change.detected.since(last).as_secs_f64() * 1e3),
        work_ms: change.work().as_secs_f64() * 1e3,
        connections: change.connections,
        rejoined_after: back.elapsed(),
    })
}

fn between(rng: &mut Rng, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(range.start + rng.below(range.end - range.start))
}

fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}

/// Looks until there is something, or it has taken too long.
fn within<T>(
    patience: Duration,
    what: &str,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let begin = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if begin.elapsed() > patience {
            bail!("not within {patience:?}: {what}");
        }
        std::thread::sleep(POLL);
    }
}

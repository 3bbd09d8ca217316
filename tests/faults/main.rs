//! Real kills: a pair of nodes on a LAN of hosts, terminals that come and go behind a bad cable, and
//! faults at random instants. Nobody's call may end or break, whatever happens to one node.
//!
//! The LAN is made of namespaces, for which a process must have one thread; so this is a program of
//! its own. `FAULTS` is how many in each media mode (7 by default), `FAULT` which kinds (such as
//! `kill,unplug`; all by default), `MODES` which media modes (`direct,forwarded,multicast`, and `services`, `partition`,
//! `cycles`, `ring` for the modules of these names), `FAULTS_SEED` chooses instants and everything else, `HANDOVERS` is how
//! many handovers in each mode before that (6 by default; see `handover`), `PARTITIONS` how often each way of cutting the LAN
//! (1), `CYCLES` how many kills in turn (3), `FAULTS_OUT` is a folder for logs, reports and `faults.csv`, which then stay. With `SOAK_MINUTES` it begins again with new nodes
//! until the time is over.

#![expect(clippy::disallowed_methods, reason = "real time, real processes")]

mod callers;
mod capture;
mod cut;
mod cycles;
mod handover;
mod judgement;
mod nodes;
mod partition;
mod ring;
mod services;
mod several;

use anyhow::{Context, bail, ensure};
use base::Rng;
use callers::Callers;
use clap::{Parser, ValueEnum};
use judgement::Stroke;
use mcu::lab::{Host, Lab, Quality};
use mcu::shell::MediaMode;
use nodes::Pair;
use std::path::{Path, PathBuf};
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
/// A node that has served calls may hold more than a new one: memory that the allocator keeps, and
/// descriptors of the link and its like.
const MEMORY_MORE_MAX: u64 = 64 << 20;
const DESCRIPTORS_MORE_MAX: u64 = 4;
/// Heartbeats that must be missing.
const MISSES: u32 = 3;
/// How often something that is waited for is looked at.
const POLL: Duration = Duration::from_millis(5);

/// The programs that this one is on the hosts, and in them itself.
#[derive(Parser)]
enum Program {
    Serve(mcu::serve::Arguments),
    Relay(mcu::relay::Arguments),
    Witness(mcu::witness::Arguments),
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
    /// The relay that has the media address is killed; only where there are relays.
    RelayKill,
}

/// The media modes as `MODES` names them.
const MODES: [(&str, MediaMode); 3] = [
    ("direct", MediaMode::Direct),
    ("forwarded", MediaMode::Forwarded),
    ("multicast", MediaMode::Multicast),
];

/// And what is no media mode: two services on two hosts, cuts, kills in turn, three services on three hosts.
const SERVICES: &str = "services";
const PARTITION: &str = "partition";
const CYCLES: &str = "cycles";
const RING: &str = "ring";
const OTHERS: [&str; 4] = [SERVICES, PARTITION, CYCLES, RING];

/// What to do, from the environment.
struct Settings {
    count: u64,
    handovers: u64,
    partitions: u64,
    cycles: u64,
    kinds: Vec<Fault>,
    modes: Vec<(&'static str, MediaMode)>,
    others: Vec<&'static str>,
    soak: Duration,
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
        let named = text("MODES");
        let is_named = |other: &&str| {
            (named.as_ref()).is_none_or(|names| names.split(',').any(|name| name == *other))
        };
        let others = OTHERS.into_iter().filter(is_named).collect();
        let modes = match &named {
            Some(names) => (names.split(',').filter(|name| !OTHERS.contains(name)))
                .map(|name| {
                    let known = MODES.iter().find(|(known, _)| *known == name);
                    known.copied().with_context(|| format!("MODES: {name}"))
                })
                .collect::<Result<_, _>>()?,
            None => MODES.to_vec(),
        };
        let out = text("FAULTS_OUT").map(PathBuf::from);
        Ok(Settings {
            count: number("FAULTS")?.unwrap_or(Fault::value_variants().len() as u64),
            handovers: number("HANDOVERS")?.unwrap_or(handover::COUNT),
            partitions: number("PARTITIONS")?.unwrap_or(partition::COUNT),
            cycles: number("CYCLES")?.unwrap_or(cycles::COUNT),
            kinds,
            modes,
            others,
            soak: Duration::from_secs(60 * number("SOAK_MINUTES")?.unwrap_or(0)),
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
    if ["serve", "relay", "witness", "call"].contains(&first.as_str()) {
        mcu::log_to_stderr();
        return match Program::parse() {
            Program::Serve(arguments) => mcu::serve::run(arguments),
            Program::Relay(arguments) => mcu::relay::run(&arguments),
            Program::Witness(arguments) => mcu::witness::run(&arguments),
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

/// The hosts that everything happens on, and what is left over from one round to the next.
struct World {
    lab: Lab,
    nodes: [Host; 2],
    relays: [Host; 2],
    /// One more that serves, where three do.
    third: Host,
    /// Where the witness is.
    witness: Host,
    /// Those without a bad cable.
    near: Vec<Host>,
    clients: Vec<Host>,
    rng: Rng,
    /// What the hosts were like before the first round.
    before: Vec<String>,
}

fn run(settings: &Settings) -> anyhow::Result<()> {
    let mut rng = Rng::new(settings.seed);
    let mut lab = Lab::new()?;
    let nodes = [lab.host("node1")?, lab.host("node2")?];
    let relays = [lab.host("relay1")?, lab.host("relay2")?];
    let before = nodes::states(nodes.iter().chain(&relays))?;
    let (third, witness) = (lab.host("node3")?, lab.host("witness")?);
    let near = (1..=handover::TERMINALS)
        .map(|number| lab.host(&format!("near{number}")))
        .collect::<anyhow::Result<Vec<_>>>()?;
    lab.far(Quality {
        lost_per_mille: LOST_PER_MILLE,
        late_per_mille: LATE_PER_MILLE,
        seed: rng.next_u64(),
    })?;
    let clients = (1..=CLIENTS)
        .map(|number| lab.host(&format!("client{number}")))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut world = World {
        lab,
        nodes,
        relays,
        third,
        witness,
        near,
        clients,
        rng,
        before,
    };
    let begin = Instant::now();
    let mut totals = Totals::default();
    for other in &settings.others {
        match *other {
            SERVICES => services::run(&world, &settings.out.join(SERVICES)),
            PARTITION => partition::run(&mut world, settings),
            CYCLES => cycles::run(&mut world, settings),
            _ => ring::run(&world, &settings.out.join(RING)),
        }
        .context(*other)?;
    }
    if settings.handovers > 0 && !settings.modes.is_empty() {
        handover::run(&world, settings)?;
    }
    for round in 1.. {
        if settings.count == 0 {
            break;
        }
        for (name, mode) in &settings.modes {
            println!(
                "round {round}, {name}, {:.0} s",
                begin.elapsed().as_secs_f64()
            );
            let out = settings.out.join(format!("{name}{round}"));
            std::fs::create_dir_all(&out)?;
            world
                .round(*mode, settings, &out, &mut totals)
                .with_context(|| format!("round {round}, {name}; see {}", out.display()))?;
            if !settings.keep {
                std::fs::remove_dir_all(&out)?;
            }
        }
        if begin.elapsed() >= settings.soak {
            break;
        }
    }
    if let Some(cable) = world.lab.cable_report() {
        println!("the cable: {cable:?}");
    }
    println!(
        "in all {} faults, {} calls, nodes that ended by themselves: {}; worst sound gap {:.0} ms; largest node \
         {} MiB, and at most {} MiB and {} descriptors more than a new one",
        totals.faults,
        totals.calls,
        totals.accidents,
        totals.sound_gap_ms,
        totals.memory >> 20,
        totals.memory_more >> 20,
        totals.descriptors_more,
    );
    println!("all claims hold");
    Ok(())
}

/// Of all rounds.
#[derive(Default)]
struct Totals {
    faults: usize,
    calls: usize,
    accidents: u64,
    sound_gap_ms: f64,
    memory: u64,
    memory_more: u64,
    descriptors_more: u64,
}

impl World {
    /// A new pair in this mode, its calls and faults, and its end.
    fn round(
        &mut self,
        mode: MediaMode,
        settings: &Settings,
        out: &Path,
        totals: &mut Totals,
    ) -> anyhow::Result<()> {
        let mut pair = Pair::start(&self.nodes, &self.relays, mode, MISSES, out)?;
        let fresh = pair.usage()?;
        let mut callers = Callers::new(&self.clients, out, self.rng.next_u64());
        callers.keep_busy(Duration::from_secs(2))?;
        let relayed = mode == MediaMode::Multicast;
        let kinds: Vec<Fault> = (settings.kinds.iter().copied())
            .filter(|kind| relayed || *kind != Fault::RelayKill)
            .collect();
        ensure!(!kinds.is_empty(), "no such fault in this mode");
        let mut strokes = Vec::new();
        for number in 0..settings.count {
            let fault = kinds[(number % kinds.len() as u64) as usize];
            let stroke = strike(&self.lab, &mut pair, &mut callers, fault, &mut self.rng)
                .with_context(|| format!("fault {}, {fault:?}", number + 1))?;
            println!("{:>3} {stroke}", number + 1);
            strokes.push(stroke);
        }
        let calls = callers.finish()?;
        let judged = judgement::judge(&strokes, &calls, out)?;
        let mut failures = judged.failures;
        within(nodes::PATIENCE, "the pair is whole", || pair.whole())?;
        // Calls that have just ended leave their sockets a moment later.
        let used = within(
            nodes::PATIENCE,
            "the sockets of all calls are closed",
            || {
                let used = pair.usage()?;
                Ok((used.descriptors <= fresh.descriptors + DESCRIPTORS_MORE_MAX).then_some(used))
            },
        )?;
        let memory_more = used.memory.saturating_sub(fresh.memory);
        if memory_more > MEMORY_MORE_MAX {
            failures.push(format!(
                "a node holds {memory_more} octets more than a new one"
            ));
        }
        totals.faults += strokes.len();
        totals.calls += calls.len();
        totals.accidents += pair.accidents;
        totals.sound_gap_ms = totals.sound_gap_ms.max(judged.sound_gap_ms);
        totals.memory = totals.memory.max(used.memory);
        totals.memory_more = totals.memory_more.max(memory_more);
        let more = used.descriptors.saturating_sub(fresh.descriptors);
        totals.descriptors_more = totals.descriptors_more.max(more);
        println!("nodes that ended by themselves: {}", pair.accidents);
        pair.stop()?;
        let after = nodes::states(self.nodes.iter().chain(&self.relays))?;
        if after != self.before {
            let before = &self.before;
            failures.push(format!("the hosts were {before:?} and are {after:?}"));
        }
        ensure!(
            failures.is_empty(),
            "{} claims do not hold:\n  {}",
            failures.len(),
            failures.join("\n  ")
        );
        Ok(())
    }
}

/// One fault, and everything until the pair is whole again.
fn strike(
    lab: &Lab,
    pair: &mut Pair<'_>,
    callers: &mut Callers<'_>,
    fault: Fault,
    rng: &mut Rng,
) -> anyhow::Result<Stroke> {
    callers.keep_busy(between(rng, BEFORE_FAULT_MS))?;
    callers.busy_until(|| pair.whole(), "the pair is whole")?;
    if fault == Fault::RelayKill {
        return strike_relay(pair, callers, rng);
    }
    let (victim, survivor) = match fault {
        Fault::Kill | Fault::Stop | Fault::Unplug | Fault::Term => {
            (pair.primary()?, pair.backup()?)
        }
        Fault::BackupKill | Fault::BackupStop => (pair.backup()?, pair.primary()?),
        Fault::RelayKill => unreachable!("has its own way"),
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
    let back = Instant::now();
    callers.busy_until(
        || pair.restarted(victim, fault),
        "the victim is started anew, or joins again",
    )?;
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

/// The relay that has the address dies; the other takes it.
fn strike_relay(
    pair: &mut Pair<'_>,
    callers: &mut Callers<'_>,
    rng: &mut Rng,
) -> anyhow::Result<Stroke> {
    let victim = pair.relaying()?.context("no relay has the media address")?;
    let (at, at_unix_ms) = (Instant::now(), unix_ms());
    pair.kill_relay(victim)?;
    callers.busy_until(
        || Ok(pair.relaying()?.filter(|relay| *relay != victim)),
        "the other relay has the media address",
    )?;
    let taken = at.elapsed();
    callers.keep_busy(between(rng, BEFORE_RETURN_MS))?;
    pair.start_relay(victim)?;
    Ok(Stroke {
        fault: Fault::RelayKill,
        at_unix_ms,
        silence_ms: Some(taken.as_secs_f64() * 1e3),
        work_ms: 0.0,
        connections: 0,
        rejoined_after: Duration::ZERO,
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

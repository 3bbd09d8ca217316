//! Nodes that live and cannot see each other. With a witness at most one of them is heard by clients, which is
//! seen at the switch, frame by frame; without one, one of them goes on when they meet again.

use super::capture::{Capture, Run, VOICES, Voice};
use super::cut::Cut;
use super::nodes::{self, PATIENCE, Pair, program};
use super::{Settings, World, between, callers, judgement, unix_ms, within};
use anyhow::{Context, ensure};
use base::Rng;
use mcu::lab::{Process, Signal};
use replication::arbiter::ArbiterOptions;
use replication::failover::Role;
use replication::failover::membership::OnPartition;
use replication::link::PairKey;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Rounds by default.
pub const COUNT: u64 = 1;
/// A machine that stands still for a moment decides nothing.
const HEARTBEAT_MS: u64 = 50;
/// Where the witness is asked.
const WITNESS_PORT: u16 = 1741;
/// How long a cut lasts: longer than any node waits before it does something.
const CUT: Duration = Duration::from_millis(1200);
/// How long the LAN flaps, and milliseconds from one change to the next.
const FLAPPING: Duration = Duration::from_secs(3);
const FLAP_MS: std::ops::Range<u64> = 30..200;
/// From the end of a cut until the nodes are a pair again, at most.
const WHOLE_AGAIN: Duration = Duration::from_secs(10);
/// How long calls go on before each cut.
const CALM: Duration = Duration::from_millis(500);
/// Terminals in a call all the time.
const CALLS: usize = 3;

/// What is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// What the primary sends to the backup.
    FromPrimary,
    /// What the backup sends to the primary.
    FromBackup,
    /// Both.
    Both,
    /// The primary's cable.
    Primary,
    /// The backup's cable.
    Backup,
    /// Both ways between them, while there is no witness: nobody may serve.
    WithoutWitness,
    /// Both ways, again and again.
    Flapping,
}

const SHAPES: [Shape; 7] = [
    Shape::FromPrimary,
    Shape::FromBackup,
    Shape::Both,
    Shape::Primary,
    Shape::Backup,
    Shape::WithoutWitness,
    Shape::Flapping,
];

/// With a witness, and without.
pub fn run(world: &mut World, settings: &Settings) -> anyhow::Result<()> {
    let count = settings.partitions;
    let mut rng = Rng::new(world.rng.next_u64());
    for (name, with) in [("witness", true), ("no-witness", false)] {
        let out = settings.out.join(name);
        std::fs::create_dir_all(&out)?;
        let result = match with {
            true => witnessed(world, count, &mut rng, &out),
            false => unwitnessed(world, count, &out),
        };
        result.with_context(|| format!("{name}; see {}", out.display()))?;
    }
    Ok(())
}

fn witnessed(world: &World, count: u64, rng: &mut Rng, out: &Path) -> anyhow::Result<()> {
    PairKey::generate()?.write(&out.join("pair.key"), true)?;
    let mut witness = Some(start_witness(world, out)?);
    let address = SocketAddr::new(world.witness.address.into(), WITNESS_PORT);
    let mut pair = Pair::start_with(&world.nodes, &world.relays, out, |options| {
        options.heartbeat_ms = HEARTBEAT_MS;
        options.arbiter = Some(ArbiterOptions::Witness(address));
    })?;
    let mut cut = Cut::between(&world.nodes)?;
    let capture = Capture::start(&world.nodes)?;
    let calls = place(world, out)?;
    for round in 1..=count {
        for shape in SHAPES {
            stand(&mut pair)?;
            let primary = pair.primary()?;
            if shape == Shape::WithoutWitness {
                let mut process = witness.take().context("no witness")?;
                process.signal(Signal::SIGKILL)?;
                within(PATIENCE, "the witness dies", || process.ended())?;
            }
            let begin = Duration::from_millis(unix_ms());
            suffer(world, &pair, &mut cut, shape, primary, rng)
                .with_context(|| format!("round {round}, {shape:?}"))?;
            let healed = Instant::now();
            within(WHOLE_AGAIN, "the nodes are a pair again", || pair.whole())
                .with_context(|| format!("round {round}, {shape:?}"))?;
            let whole_after = healed.elapsed();
            if shape == Shape::WithoutWitness {
                witness = Some(start_witness(world, out)?);
            }
            // What was heard first: who speaks has logged his reign before.
            capture.settle()?;
            let runs = VOICES.map(|voice| (voice, capture.runs(voice)));
            let reigns = reigns(&pair)?;
            let switched = one_at_a_time(&runs, &reigns, begin)
                .with_context(|| format!("round {round}, {shape:?}"))?;
            println!(
                "round {round}, {shape:?}: node {} served, node {} serves, in reign {}; a pair again after {} ms\
                 {switched}",
                primary + 1,
                pair.primary()? + 1,
                reigns.keys().last().copied().unwrap_or_default(),
                whole_after.as_millis()
            );
        }
    }
    stand(&mut pair)?;
    for call in calls {
        let call = call.hang_up()?;
        if let Some(fault) = judgement::disturbance_of(&call) {
            anyhow::bail!("{}: {fault}", call.what);
        }
    }
    end(pair)
}

/// Both serve, and it is said what became of the calls.
fn unwitnessed(world: &World, count: u64, out: &Path) -> anyhow::Result<()> {
    let mut pair = Pair::start_with(&world.nodes, &world.relays, out, |options| {
        options.heartbeat_ms = HEARTBEAT_MS;
        options.on_partition = Some(OnPartition::Serve);
    })?;
    let mut cut = Cut::between(&world.nodes)?;
    for round in 1..=count {
        let out = out.join(round.to_string());
        std::fs::create_dir_all(&out)?;
        let calls = place(world, &out)?;
        stand(&mut pair)?;
        let primary = pair.primary()?;
        cut.set([true; 2])?;
        within(PATIENCE, "both nodes serve", || {
            let roles = pair
                .statuses()
                .map(|status| status.map(|node| node.this.role));
            Ok((roles == [Some(Role::Simplex); 2]).then_some(()))
        })?;
        std::thread::sleep(CUT);
        cut.set([false; 2])?;
        let healed = Instant::now();
        within(WHOLE_AGAIN, "the nodes are a pair again", || pair.whole())?;
        println!(
            "round {round}, no witness: node {} served, both did, node {} goes on; a pair again after {} ms",
            primary + 1,
            pair.primary()? + 1,
            healed.elapsed().as_millis()
        );
        for call in calls {
            let what = match call.hang_up() {
                Ok(call) => judgement::disturbance_of(&call).unwrap_or("goes on".into()),
                Err(error) => format!("{error:#}"),
            };
            println!("  a call: {what}");
        }
    }
    end(pair)
}

fn start_witness(world: &World, out: &Path) -> anyhow::Result<Process> {
    let file = out.join("witness.toml");
    let text = format!(
        "[witness]\nlisten = '0.0.0.0:{WITNESS_PORT}'\nkey = '{}'\nstate = '{}'\n",
        out.join("pair.key").display(),
        out.join("witness.state").display()
    );
    std::fs::write(&file, text)?;
    let this = std::env::current_exe()?;
    let mut command: Command = program(&this, "witness", &file, &out.join("witness.log"))?;
    world.witness.start(&mut command)
}

fn place(world: &World, out: &Path) -> anyhow::Result<Vec<callers::Running>> {
    let day = Duration::from_secs(86_400);
    let place = |(number, client)| {
        callers::place(client, &format!("call{number}"), nodes::CONTROL, day, out)
    };
    (1..=CALLS).zip(&world.near).map(place).collect()
}

/// Waits until both nodes have all calls.
fn stand(pair: &mut Pair<'_>) -> anyhow::Result<()> {
    within(PATIENCE, "the pair is whole, with all calls", || {
        let all = pair.statuses().iter().flatten().all(|status| {
            // Each has a connection for H.225.0, and one for H.245 or the same.
            status.this.connections.is_some_and(|count| count >= CALLS)
        });
        Ok(pair.whole()?.filter(|()| all))
    })?;
    std::thread::sleep(CALM);
    Ok(())
}

/// The cut, from its beginning to its end.
fn suffer(
    world: &World,
    pair: &Pair<'_>,
    cut: &mut Cut,
    shape: Shape,
    primary: usize,
    rng: &mut Rng,
) -> anyhow::Result<()> {
    let backup = 1 - primary;
    let from = |node: usize| [node == 0, node == 1];
    match shape {
        Shape::FromPrimary => cut.set(from(primary))?,
        Shape::FromBackup => cut.set(from(backup))?,
        Shape::Both | Shape::WithoutWitness => cut.set([true; 2])?,
        Shape::Primary => world.lab.unplug(&world.nodes[primary])?,
        Shape::Backup => world.lab.unplug(&world.nodes[backup])?,
        Shape::Flapping => flap(cut, rng)?,
    }
    if shape != Shape::Flapping {
        std::thread::sleep(CUT);
        // One goes on alone, if it may; a way that is cut alone may be taken for that or not.
        let statuses = pair.statuses();
        let alone = |node: &usize| {
            let status = statuses[*node].as_ref();
            status.is_some_and(|status| status.this.role == Role::Simplex && !status.suspended)
        };
        let serving: Vec<usize> = [0, 1].into_iter().filter(alone).collect();
        match shape {
            Shape::Primary => ensure!(serving == [backup], "{serving:?} serve, not the backup"),
            Shape::Backup => ensure!(serving == [primary], "{serving:?} serve, not the primary"),
            Shape::Both => ensure!(serving.len() == 1, "{serving:?} serve"),
            Shape::WithoutWitness => ensure!(serving.is_empty(), "{serving:?} serve"),
            _ => ensure!(serving.len() < 2, "{serving:?} serve"),
        }
    }
    cut.set([false; 2])?;
    for node in &world.nodes {
        world.lab.plug(node)?;
    }
    Ok(())
}

fn flap(cut: &mut Cut, rng: &mut Rng) -> anyhow::Result<()> {
    let end = Instant::now() + FLAPPING;
    let mut is_cut = false;
    while Instant::now() < end {
        is_cut = !is_cut;
        cut.set([is_cut; 2])?;
        std::thread::sleep(between(rng, FLAP_MS));
    }
    Ok(())
}

/// Whose reign each was, as the nodes have logged it.
fn reigns(pair: &Pair<'_>) -> anyhow::Result<BTreeMap<u64, usize>> {
    let mut reigns = BTreeMap::new();
    for node in [0, 1] {
        let log = pair.log(node)?;
        ensure!(!log.contains("panicked"), "node {} has panicked", node + 1);
        for line in log.lines().filter(|line| line.contains("serving alone: ")) {
            let epoch = line.rsplit("epoch=").next().context("no epoch is told")?;
            let epoch: u64 = epoch.trim().parse().with_context(|| line.to_string())?;
            let other = reigns.insert(epoch, node).filter(|other| *other != node);
            ensure!(other.is_none(), "reign {epoch} was of both nodes");
        }
    }
    Ok(reigns)
}

/// Nobody has spoken but in his reign: no node is heard once the next one was. What has changed since `begin`.
fn one_at_a_time(
    voices: &[(Voice, Vec<Run>)],
    reigns: &BTreeMap<u64, usize>,
    begin: Duration,
) -> anyhow::Result<String> {
    let mut told = String::new();
    for (voice, runs) in voices {
        let mut owners = reigns.values();
        for run in runs {
            ensure!(
                owners.any(|owner| *owner == run.node),
                "{voice:?}: node {} spoke out of its reign; reigns {reigns:?}:{}",
                run.node + 1,
                listed(runs)
            );
        }
        for pair in runs.windows(2).filter(|pair| pair[1].first >= begin) {
            let silence = pair[1].first.saturating_sub(pair[0].last);
            told += &format!(
                "; {voice:?} moved after {:.1} ms of silence",
                silence.as_secs_f64() * 1e3
            );
        }
    }
    Ok(told)
}

fn listed(runs: &[Run]) -> String {
    runs.iter().fold(String::new(), |text, run| {
        let Run {
            node,
            frames,
            first,
            last,
        } = run;
        text + &format!(
            "\n    node {}: {frames} frames from {:.6} to {:.6}",
            node + 1,
            first.as_secs_f64(),
            last.as_secs_f64()
        )
    })
}

fn end(mut pair: Pair<'_>) -> anyhow::Result<()> {
    within(PATIENCE, "the pair is whole", || pair.whole())?;
    ensure!(
        pair.accidents == 0,
        "{} nodes ended by themselves",
        pair.accidents
    );
    pair.stop()
}

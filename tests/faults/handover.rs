//! Planned changes of the node that serves: nobody may lose a packet, in either direction.
//!
//! Terminals with pictures are in one call all the time, on hosts behind no bad cable. The reign goes to and fro,
//! by `mcu handover` and, every third time, because the process that serves is asked to end. Then both nodes
//! are upgraded to a build to come, one after the other, if there is one: `NEXT_MCU` is a program that speaks with
//! this one (feature `replication/next-version`), `FAR_MCU` one that does not (`replication/far-version`).

use super::nodes::{self, CONTROL, Pair};
use super::{Settings, World, within};
use anyhow::{Context, ensure};
use mcu::call::CallReport;
use mcu::lab::{Host, Process};
use mcu::shell::MediaMode;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Handovers in each media mode by default.
pub const COUNT: u64 = 6;
/// Terminals, each on a host of its own.
pub const TERMINALS: usize = 3;
/// Every so many handovers one is because the process is asked to end.
const ENDS_EVERY: u64 = 3;
/// A node that has begun to serve tells each terminal in this time how many of its packets are missing
/// (RFC 3550 §6.2: half the interval before the first report).
const FIRST_REPORTS: Duration = Duration::from_millis(3500);
/// Heartbeats that must be missing: so many that a machine that stands still for a moment has no takeover.
const MISSES: u32 = 25;
/// Sound is sent so often.
const SOUND_MS: f64 = 20.0;

/// All modes, then the upgrade.
pub fn run(world: &World, settings: &Settings) -> anyhow::Result<()> {
    for (name, mode) in &settings.modes {
        let out = settings.out.join(format!("handover-{name}"));
        std::fs::create_dir_all(&out)?;
        let count = settings.handovers;
        hand_over(world, *mode, count, &out)
            .with_context(|| format!("handovers, {name}; see {}", out.display()))?;
    }
    let binary = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let (Some(next), Some(far)) = (binary("NEXT_MCU"), binary("FAR_MCU")) else {
        println!("NOT TESTED: the upgrade of a running pair, for want of NEXT_MCU and FAR_MCU");
        return Ok(());
    };
    let out = settings.out.join("upgrade");
    std::fs::create_dir_all(&out)?;
    upgrade(world, &next, &far, &out).with_context(|| format!("upgrade; see {}", out.display()))
}

fn hand_over(world: &World, mode: MediaMode, count: u64, out: &Path) -> anyhow::Result<()> {
    let mut pair = Pair::start(&world.nodes, &world.relays, mode, MISSES, out)?;
    let terminals = Terminals::start(&world.near, out)?;
    let this = std::env::current_exe()?;
    for number in 1..=count {
        terminals.settle(&mut pair)?;
        let primary = pair.primary()?;
        if number % ENDS_EVERY == 0 {
            pair.end(primary)?;
            pair.begin(primary, &this)?;
            println!("{number:>3} the process that served has ended");
        } else {
            let timeline = pair.hand_over(primary)?;
            println!("{number:>3} {timeline}");
        }
    }
    terminals.settle(&mut pair)?;
    terminals.judge(out)?;
    ensure!(
        pair.accidents == 0,
        "{} nodes ended by themselves",
        pair.accidents
    );
    pair.stop()
}

fn upgrade(world: &World, next: &Path, far: &Path, out: &Path) -> anyhow::Result<()> {
    let mut pair = Pair::start(&world.nodes, &world.relays, MediaMode::Direct, MISSES, out)?;
    let terminals = Terminals::start(&world.near, out)?;
    terminals.settle(&mut pair)?;
    let (primary, backup) = (pair.primary()?, pair.backup()?);
    // One that has nothing in common with this build is refused, and both say what to do.
    pair.end(backup)?;
    pair.begin(backup, far)?;
    for (node, what) in [
        (primary, "upgrade this node first"),
        (backup, "upgrade the other node first"),
    ] {
        within(nodes::PATIENCE, "the builds do not go together", || {
            Ok(pair.log(node)?.contains(what).then_some(()))
        })?;
    }
    ensure!(
        pair.whole()?.is_none(),
        "a build that has nothing in common is the backup"
    );
    pair.end(backup)?;
    // Its successor.
    pair.begin(backup, next)?;
    terminals.settle(&mut pair)?;
    println!("old to new: {}", pair.hand_over(primary)?);
    terminals.settle(&mut pair)?;
    ensure!(pair.primary()? == backup, "the new build serves");
    pair.end(primary)?;
    pair.begin(primary, next)?;
    terminals.settle(&mut pair)?;
    println!("new to new: {}", pair.hand_over(backup)?);
    terminals.settle(&mut pair)?;
    terminals.judge(out)?;
    pair.stop()
}

/// Terminals in a call.
struct Terminals {
    processes: Vec<Process>,
}

impl Terminals {
    fn start(hosts: &[Host], out: &Path) -> anyhow::Result<Self> {
        let kinds = [
            ("g711u", "h264-cif"),
            ("g722", "h264-qcif"),
            ("g711a", "h261-cif"),
        ];
        let start = |(index, host): (usize, &Host)| {
            let (sound, pictures) = kinds[index % kinds.len()];
            let mut command = Command::new(std::env::current_exe()?);
            command
                .args(["call", &CONTROL.to_string(), "hall"])
                .args(["--name", &host.name, "--sender", &index.to_string()])
                .args(["--address", &host.address.to_string()])
                .args(["--audio", sound, "--video", pictures])
                .args(["--frame-rate", "15", "--bit-rate-kbps", "128"])
                .args(["--duration", "86400"])
                .args([
                    "--media-ports",
                    "20000-20999",
                    "--control-ports",
                    "30000-30499",
                ])
                .arg("--trace")
                .arg(trace(out, index))
                .arg("--report")
                .arg(report(out, index))
                .stderr(File::create(out.join(format!("terminal{index}.log")))?);
            host.start(&mut command)
        };
        let processes = hosts.iter().enumerate().map(start);
        Ok(Terminals {
            processes: processes.collect::<anyhow::Result<_>>()?,
        })
    }

    /// Waits until the pair is whole and all terminals have heard what they sent has come.
    fn settle(&self, pair: &mut Pair<'_>) -> anyhow::Result<()> {
        within(nodes::PATIENCE, "the pair is whole", || pair.whole())?;
        std::thread::sleep(FIRST_REPORTS);
        within(nodes::PATIENCE, "the pair is whole", || pair.whole())
    }

    /// Ends them. What they sent and received has no gap.
    fn judge(self, out: &Path) -> anyhow::Result<()> {
        let mut failures = Vec::new();
        for (index, process) in self.processes.into_iter().enumerate() {
            // It has not lasted as long as it was to.
            process.stop(nodes::PATIENCE)?;
            let text = std::fs::read_to_string(report(out, index))?;
            let reports: Vec<CallReport> = serde_json::from_str(&text)?;
            let report = reports.first().context("no report")?;
            let who = &report.media.name;
            let outcome = &report.call;
            if !outcome.protocol_errors.is_empty() || !outcome.connections_lost.is_empty() {
                failures.push(format!(
                    "{who} was disturbed: {:?} {:?}",
                    outcome.protocol_errors, outcome.connections_lost
                ));
            }
            for (what, sent) in [
                ("sound", &report.media.sound_sent),
                ("pictures", &report.media.pictures_sent),
            ] {
                if sent.reports == 0 || sent.reported_lost_max != 0 {
                    failures.push(format!(
                        "of the {what} of {who} {} packets did not come, say {} reports",
                        sent.reported_lost_max, sent.reports
                    ));
                }
            }
            for kind in ["audio", "video"] {
                let stream = Received::read(&trace(out, index), kind)?;
                failures.extend(
                    stream
                        .faults
                        .iter()
                        .map(|fault| format!("{who}, {kind}: {fault}")),
                );
                println!(
                    "{who}: {} packets of {kind}, longest gap {:.1} ms",
                    stream.packets, stream.gap_ms
                );
                if kind == "audio" {
                    println!(
                        "{who}: {:.1} ms longer than usual",
                        stream.gap_ms - SOUND_MS
                    );
                }
            }
        }
        ensure!(failures.is_empty(), "{}", failures.join("\n  "));
        Ok(())
    }
}

fn trace(out: &Path, index: usize) -> PathBuf {
    out.join(format!("terminal{index}.trace"))
}

fn report(out: &Path, index: usize) -> PathBuf {
    out.join(format!("terminal{index}.json"))
}

/// One stream that came to a terminal, packet by packet.
#[derive(Default)]
struct Received {
    packets: u64,
    gap_ms: f64,
    faults: Vec<String>,
}

impl Received {
    fn read(trace: &Path, kind: &str) -> anyhow::Result<Self> {
        let mut received = Received::default();
        let mut last: Option<(i128, u32, u16)> = None;
        let text = std::fs::read_to_string(trace)?;
        for line in text.lines() {
            let fields: Vec<&str> = line.split(',').collect();
            if let [_, _, "lost", lines] = fields[..] {
                received
                    .faults
                    .push(format!("{lines} lines of the trace are missing"));
            }
            let [at, _, "received", of, ssrc, sequence, ..] = fields[..] else {
                continue;
            };
            if of != kind {
                continue;
            }
            let next: (i128, u32, u16) = (at.parse()?, ssrc.parse()?, sequence.parse()?);
            if let Some((before, source, number)) = last {
                received.gap_ms = received.gap_ms.max((next.0 - before) as f64 / 1e6);
                if next.1 != source {
                    received
                        .faults
                        .push(format!("source {} follows {source}", next.1));
                } else if next.2 != number.wrapping_add(1) {
                    let fault = format!("{} follows {number} at {at}", next.2);
                    received.faults.push(fault);
                }
            }
            received.packets += 1;
            last = Some(next);
        }
        ensure!(
            received.packets > 0,
            "no packets of {kind} in {}",
            trace.display()
        );
        Ok(received)
    }
}

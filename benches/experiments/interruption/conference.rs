//! One conference of three terminals, and what happens to the pair that serves it.

use anyhow::{Context, bail, ensure};
use base::{Instant, Rng};
use mcu::call::CallReport;
use mcu::lab::{Process, Signal};
use mcu_benches::interruption::capture::{Arrivals, Capture};
use mcu_benches::interruption::judgement::{Hosts, Interruption, Span, judge};
use mcu_benches::interruption::trace::Trace;
use mcu_benches::interruption::{from_ms, ms, now};
use mcu_benches::pair::{MEDIA, Pair, PairSettings, ROOM, SERVICE};
use replication::failover::{Role, Timeline};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Terminals in the conference.
pub const TERMINALS: usize = 3;
/// How long the conference goes on before the first fault.
const SETTLED: Duration = Duration::from_millis(1500);
/// How long a fault is watched.
const WATCHED_MS: i64 = 1500;
/// A fault that took longer is not judged: nobody knows when it happened. A cable is pulled by the
/// kernel, where other networks of the machine may be in the way.
const DONE_MS_MAX: i64 = 20;
/// From the pair being whole until the next fault, milliseconds: the least, and at random more.
const CALM_MS: u64 = 250;
const CALM_RANDOM_MS: u64 = 300;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks.
const POLL: Duration = Duration::from_millis(10);
/// Terminals leave the processors to the nodes (nice(1)): they would be machines of their own.
const TERMINAL_NICE: &str = "10";
/// Pictures of a terminal, thousands of bits a second.
const BIT_RATE_KBPS: &str = "192";
/// Between two H.245 round trips, milliseconds: they show that the call lives.
const ROUND_TRIPS_MS: &str = "200";
/// Seconds that a terminal would stay if nobody ended it.
const STAY_S: &str = "86400";

/// What happens to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Fault {
    /// The primary's process is killed.
    PrimaryKilled,
    /// The cable of the primary's host is pulled.
    PrimaryUnplugged,
    /// The primary's process is stopped: it hangs.
    PrimaryStopped,
    /// The backup's process is killed.
    BackupKilled,
    /// The cable of the backup's host is pulled.
    BackupUnplugged,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 5] = [
        Fault::PrimaryKilled,
        Fault::PrimaryUnplugged,
        Fault::PrimaryStopped,
        Fault::BackupKilled,
        Fault::BackupUnplugged,
    ];

    /// For tables.
    pub fn name(self) -> &'static str {
        match self {
            Fault::PrimaryKilled => "primary killed",
            Fault::PrimaryUnplugged => "primary unplugged",
            Fault::PrimaryStopped => "primary stopped",
            Fault::BackupKilled => "backup killed",
            Fault::BackupUnplugged => "backup unplugged",
        }
    }

    /// Another node has to take over.
    pub fn takes_over(self) -> bool {
        match self {
            Fault::PrimaryKilled | Fault::PrimaryUnplugged | Fault::PrimaryStopped => true,
            Fault::BackupKilled | Fault::BackupUnplugged => false,
        }
    }
}

/// A fault that happened.
struct Stroke {
    fault: Fault,
    victim: usize,
    span: Span,
    timeline: Option<Timeline>,
}

/// A fault, as the terminals noticed it.
pub struct Judged {
    /// Which.
    pub fault: Fault,
    /// What the survivor says it did.
    pub timeline: Option<Timeline>,
    /// What each terminal noticed; none for one without media before the fault, or if nobody knows when
    /// it happened.
    pub terminals: Vec<Option<Interruption>>,
}

/// All that a conference has shown.
pub struct Conference {
    /// In order.
    pub faults: Vec<Judged>,
    /// Times that a node was lost to the other though nothing had happened.
    pub spurious: u64,
    /// Calls that ended or broke, and how.
    pub broken: Vec<String>,
    /// CPU time per time: the terminals together, and both nodes.
    pub load: [f64; 2],
}

/// Holds a conference with these faults; its files go to `keep` as well, if there is such a folder.
pub fn hold(
    pair: &mut Pair,
    settings: PairSettings,
    faults: &[Fault],
    rng: &mut Rng,
    keep: Option<&Path>,
) -> anyhow::Result<Conference> {
    pair.configure(settings)?;
    let mut stage = Stage { pair, spurious: 0 };
    let result = stage.play(faults, rng);
    if let Some(keep) = keep {
        copy(stage.pair.folder(), keep)?;
    }
    result
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let wanted = path.extension().is_some_and(|end| {
            let wanted = ["log", "csv", "json"];
            wanted.iter().any(|one| end == *one)
        });
        if let (true, Some(name)) = (wanted, path.file_name()) {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

struct Stage<'a> {
    pair: &'a mut Pair,
    spurious: u64,
}

/// A pair that is whole.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Whole {
    primary: usize,
    epoch: u64,
    /// When the primary lost the other node last.
    loss: Option<Instant>,
}

impl Stage<'_> {
    fn play(&mut self, faults: &[Fault], rng: &mut Rng) -> anyhow::Result<Conference> {
        self.pair.start(0)?;
        self.pair.start(1)?;
        let captures = [0, 1].map(|node| Capture::start(self.pair.host(node), MEDIA));
        let captures: Vec<Capture> = captures.into_iter().collect::<Result<_, _>>()?;
        let mut terminals = (0..TERMINALS)
            .map(|index| self.terminal(index))
            .collect::<anyhow::Result<Vec<_>>>()?;
        self.all_are_seen()?;
        std::thread::sleep(SETTLED);
        let begun = (now(), self.busy(&terminals)?);
        let mut strokes = Vec::new();
        let mut nodes = Duration::ZERO;
        for (number, fault) in faults.iter().enumerate() {
            let (stroke, cpu) = self
                .strike(*fault, rng)
                .with_context(|| format!("fault {}, {}", number + 1, fault.name()))?;
            nodes += cpu;
            let timeline = stroke.timeline.as_ref().map(Timeline::to_string);
            println!(
                "  {:>3} of {} {:<17} {}",
                number + 1,
                faults.len(),
                fault.name(),
                timeline.as_deref().unwrap_or("the other noticed nothing")
            );
            strokes.push(stroke);
        }
        let seconds = ms(now() - begun.0) / 1e3;
        let terminals_cpu = self.busy(&terminals)? - begun.1;
        let calls_cpu = terminals_cpu.as_secs_f64() / seconds;
        let watched = strokes.len() as f64 * WATCHED_MS as f64 / 1e3;
        let mut broken = Vec::new();
        for (index, terminal) in terminals.iter_mut().enumerate() {
            if let Some(status) = terminal.ended()? {
                broken.push(format!("terminal {} ended by itself: {status}", index + 1));
            }
        }
        for terminal in terminals {
            terminal.stop(PATIENCE)?;
        }
        // The backup first, so that nobody takes over.
        let whole = self.whole(None)?;
        for node in [1 - whole.primary, whole.primary] {
            self.pair.stop(node)?;
        }
        let arrivals: Vec<Arrivals> = captures.into_iter().map(Capture::finish).collect();
        let mut traces = Vec::new();
        for index in 0..TERMINALS {
            broken.extend(self.broken(index)?);
            traces.push(Trace::read(&self.file(index, "csv"))?);
        }
        Ok(Conference {
            faults: strokes
                .into_iter()
                .map(|stroke| stroke.judge(&traces, &arrivals))
                .collect(),
            spurious: self.spurious,
            broken,
            load: [calls_cpu, nodes.as_secs_f64() / watched],
        })
    }

    fn file(&self, terminal: usize, end: &str) -> std::path::PathBuf {
        let name = format!("terminal{}.{end}", terminal + 1);
        self.pair.folder().join(name)
    }

    fn terminal(&self, index: usize) -> anyhow::Result<Process> {
        let host = &self.pair.clients[index];
        let log = std::fs::File::create(self.file(index, "log"))?;
        let mut command = Command::new("nice");
        command
            .args(["-n", TERMINAL_NICE])
            .arg(std::env::current_exe()?)
            .args(["call", &SERVICE.to_string(), ROOM])
            .args(["--name", &format!("terminal{}", index + 1)])
            .args(["--sender", &(index + 1).to_string()])
            .args(["--address", &host.address.to_string()])
            .args(["--audio", "g711u", "--video", "h264-cif"])
            .args(["--frame-rate", "30", "--bit-rate-kbps", BIT_RATE_KBPS])
            .args(["--round-trips", ROUND_TRIPS_MS, "--duration", STAY_S])
            .arg("--trace")
            .arg(self.file(index, "csv"))
            .arg("--report")
            .arg(self.file(index, "json"))
            .stderr(log);
        host.start(&mut command)
    }

    /// Waits until each terminal sees the pictures of all.
    fn all_are_seen(&self) -> anyhow::Result<()> {
        let limit = now() + PATIENCE.as_nanos() as i64;
        for index in 0..TERMINALS {
            loop {
                let seen = Trace::read(&self.file(index, "csv")).is_ok_and(|trace| {
                    let mut pictures = trace.pictures.iter();
                    pictures.any(|picture| picture.tiles.len() == TERMINALS)
                });
                if seen {
                    break;
                }
                ensure!(now() < limit, "terminal {} does not see all", index + 1);
                std::thread::sleep(POLL * 10);
            }
        }
        Ok(())
    }

    fn busy(&self, terminals: &[Process]) -> anyhow::Result<Duration> {
        terminals.iter().map(Process::cpu_time).sum()
    }

    /// Waits until one node serves and the other one is its backup. One that has ended is started
    /// again; unless `expected` says which, nothing had happened to it.
    fn whole(&mut self, mut expected: Option<usize>) -> anyhow::Result<Whole> {
        let limit = now() + PATIENCE.as_nanos() as i64;
        while now() < limit {
            for node in 0..2 {
                if self.pair.has_ended(node)? {
                    if expected.take_if(|expected| *expected == node).is_none() {
                        self.spurious += 1;
                    }
                    self.pair.launch(node)?;
                }
            }
            if let Some(whole) = self.is_whole() {
                return Ok(whole);
            }
            std::thread::sleep(POLL);
        }
        for node in 0..2 {
            // One that is whole or ends soon says why.
            self.pair
                .until(node, "it is one of a pair again", |status| {
                    matches!(status.this.role, Role::Primary | Role::Backup)
                })?;
        }
        bail!("the nodes do not become a pair again")
    }

    fn is_whole(&self) -> Option<Whole> {
        let nodes = [self.pair.status(0).ok()?, self.pair.status(1).ok()?];
        let is = |role: Role| nodes.iter().position(|node| node.this.role == role);
        let (primary, _) = (is(Role::Primary)?, is(Role::Backup)?);
        let loss = nodes[primary].last_change.as_ref();
        Some(Whole {
            primary,
            epoch: nodes[primary].this.epoch,
            loss: loss.map(|change| change.detected),
        })
    }

    /// Also gives the CPU time of the nodes while the fault was watched.
    fn strike(&mut self, fault: Fault, rng: &mut Rng) -> anyhow::Result<(Stroke, Duration)> {
        let mut whole = self.whole(None)?;
        loop {
            let calm = CALM_MS * 1000 + rng.below(CALM_RANDOM_MS * 1000);
            std::thread::sleep(Duration::from_micros(calm));
            if self.is_whole() == Some(whole) {
                break;
            }
            self.spurious += 1;
            whole = self.whole(None)?;
        }
        // Off the beat of the questions before.
        std::thread::sleep(Duration::from_micros(rng.below(20_000)));
        let survivor = match fault.takes_over() {
            true => 1 - whole.primary,
            false => whole.primary,
        };
        let victim = 1 - survivor;
        let before = self.pair.status(survivor)?.last_change;
        let before = before.map(|change| change.detected);
        let cpu = self.pair.cpu(survivor)?;
        let at = now();
        match fault {
            Fault::PrimaryKilled | Fault::BackupKilled => {
                self.pair.signal(victim, Signal::SIGKILL)?;
            }
            Fault::PrimaryStopped => self.pair.signal(victim, Signal::SIGSTOP)?,
            Fault::PrimaryUnplugged | Fault::BackupUnplugged => self.pair.unplug(victim)?,
        }
        let done = now();
        let until = done + from_ms(WATCHED_MS);
        std::thread::sleep(Duration::from_nanos((until - now()).max(0) as u64));
        let status = self.pair.status(survivor)?;
        let cpu = self.pair.cpu(survivor)?.saturating_sub(cpu);
        let epoch = match fault.takes_over() {
            true => whole.epoch + 1,
            false => whole.epoch,
        };
        if status.this.epoch != epoch {
            self.spurious += 1;
        }
        let timeline = status
            .last_change
            .filter(|change| Some(change.detected) > before);
        self.revive(fault, victim)?;
        let stroke = Stroke {
            fault,
            victim,
            span: Span {
                at,
                done,
                until,
                whole: now(),
            },
            timeline,
        };
        Ok((stroke, cpu))
    }

    /// Brings the victim back, and waits until the nodes are a pair.
    fn revive(&mut self, fault: Fault, victim: usize) -> anyhow::Result<()> {
        match fault {
            Fault::PrimaryKilled | Fault::BackupKilled => {}
            // It hears of the later reign, and joins as a new node of the same process.
            Fault::PrimaryStopped => {
                self.pair.signal(victim, Signal::SIGCONT)?;
                return self.whole(None).map(drop);
            }
            Fault::PrimaryUnplugged => {
                self.pair.plug(victim)?;
                return self.whole(None).map(drop);
            }
            Fault::BackupUnplugged => {
                // Alone it has become a primary of a later reign than the one that served all the
                // time, which would yield to it.
                self.pair.signal(victim, Signal::SIGKILL)?;
                self.pair.plug(victim)?;
            }
        }
        let limit = now() + PATIENCE.as_nanos() as i64;
        while !self.pair.has_ended(victim)? {
            ensure!(now() < limit, "the victim does not end");
            std::thread::sleep(POLL);
        }
        self.whole(Some(victim)).map(drop)
    }

    /// Why this terminal's call was not what it should be.
    fn broken(&self, terminal: usize) -> anyhow::Result<Option<String>> {
        let name = terminal + 1;
        let Ok(text) = std::fs::read_to_string(self.file(terminal, "json")) else {
            return Ok(Some(format!("terminal {name} has left no report")));
        };
        let reports: Vec<CallReport> = serde_json::from_str(&text)?;
        let report = reports.first().context("an empty report")?;
        let call = &report.call;
        let is_whole = call.connected_after_ms.is_some()
            && call.release == "Normal by Local"
            && call.protocol_errors.is_empty()
            && call.round_trips.answered > 0
            && call.round_trips.unanswered <= 1;
        Ok((!is_whole).then(|| format!("terminal {name}: {call:?}")))
    }
}

impl Stroke {
    fn judge(self, traces: &[Trace], arrivals: &[Arrivals]) -> Judged {
        let hosts = Hosts {
            victim: &arrivals[self.victim],
            survivor: &arrivals[1 - self.victim],
        };
        let is_sudden = self.span.done - self.span.at <= from_ms(DONE_MS_MAX);
        let judged =
            (traces.iter()).map(|trace| judge(trace, self.span, hosts).filter(|_| is_sudden));
        Judged {
            fault: self.fault,
            timeline: self.timeline,
            terminals: judged.collect(),
        }
    }
}

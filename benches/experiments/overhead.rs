//! What a pair costs while nothing fails.
//!
//! `cargo bench --bench overhead [-- --smoke]`, in a LAN of its own (namespaces; no root needed). A pair and
//! a server without one serve the same load at the same time, so that both suffer the same noise: so
//! many terminals each, with sound and H.264 CIF, at several picture rates. A round is one conference;
//! there are rounds until the 95 % confidence interval of the pair's overhead is narrow, or enough. Then
//! the backup alone, at several heartbeat periods in each media mode. CPU time is that of the processes,
//! to the nanosecond. Results go to `results/`, with `--smoke` nowhere.

use anyhow::{Context, ensure};
use mcu::lab::Process;
use mcu_benches::cpu::{self, ms};
use mcu_benches::curves::LogCurves;
use mcu_benches::machine;
use mcu_benches::pair::{self, Pair, PairSettings, RATES, SERVICE};
use mcu_benches::plot::{self, Bar, StackedBars};
use mcu_benches::stats::Mean;
use mcu_benches::table::Table;
use replication::failover::Role;
use replication::shell::{Clock, MediaMode};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Per cent of a server without a pair, at 30 pictures a second with three terminals.
const OVERHEAD_PERCENT_MAX: f64 = 1.0;
/// The same as published for the first MCU of this kind (2.6 GHz Pentium 4, H.261).
const OVERHEAD_PERCENT_PUBLISHED: f64 = 3.0;
/// Per cent of a core, of a backup with a heartbeat of 100 ms.
const BACKUP_PERCENT_MAX: f64 = 0.5;
/// As published.
const BACKUP_PERCENT_PUBLISHED: f64 = 1.0;
/// The heartbeat of the published figures, ms.
const HEARTBEAT_MS: u64 = 100;
/// Half of the confidence interval that is narrow enough, in points of the server without a pair.
const NARROW: f64 = 0.5;
const RATE: u8 = 30;
const TERMINALS: usize = 3;
/// Between the calls of a round. Pictures come every 33 ms and sound every 20 ms, so terminals send at
/// different moments, the same for both servers.
const STAGGER: Duration = Duration::from_millis(103);
/// From the last call until everybody sees everybody.
const SETTLE: Duration = Duration::from_secs(2);
/// Calls last longer than they are watched by this.
const AFTER: Duration = Duration::from_secs(1);
/// Rounds are repeated so often at most.
const TRIES_MAX: usize = 5;
/// Terminals are not to be in the way.
const NICE: &str = "10";
/// The hosts beside the nodes.
const STANDARD: usize = 0;
const ITS_TERMINALS: usize = 1;
const PAIRS_TERMINALS: usize = 2;
const HOSTS: usize = 3;

/// How long all this takes.
struct Extent {
    terminals: &'static [usize],
    rates: &'static [u8],
    window: Duration,
    rounds: usize,
    heartbeats: &'static [u64],
    modes: &'static [MediaMode],
}

fn main() -> anyhow::Result<()> {
    pair::isolate();
    let smoke = std::env::args().any(|argument| argument == "--smoke");
    let extent = match smoke {
        true => Extent {
            terminals: &[TERMINALS],
            rates: &[RATE],
            window: Duration::from_secs(3),
            rounds: 1,
            heartbeats: &[20, HEARTBEAT_MS],
            modes: &[MediaMode::Direct],
        },
        false => Extent {
            terminals: &[TERMINALS, 9],
            rates: &RATES,
            window: Duration::from_secs(8),
            rounds: 4,
            heartbeats: &[5, 10, 25, 50, HEARTBEAT_MS, 200],
            modes: &[
                MediaMode::Direct,
                MediaMode::Multicast,
                MediaMode::Forwarded,
            ],
        },
    };
    let mut targets = Table::new(&["figure", "published", "target", "reached", "met?"]);
    let mut bench = Bench::new()?;
    let (overheads, threads) = overheads(&mut bench, &extent)?;
    let (table, bars) = report_overheads(&overheads, &mut targets);
    println!("CPU at a heartbeat of {HEARTBEAT_MS} ms, ms per second\n{table}");
    println!("Its threads, {TERMINALS} terminals at {RATE} pictures a second\n{threads}");
    let backups = backups(&mut bench, &extent)?;
    let (lines, curves) = report_backups(&backups, &mut targets);
    println!("The backup's CPU, per cent of a core\n{lines}");
    println!("{targets}");
    if !smoke {
        let (results, origin) = (machine::results(), machine::origin());
        let tables = [&table, &threads, &lines, &targets].map(|table| table.to_csv(""));
        let head = origin.lines().map(|line| format!("# {line}\n"));
        let csv = head.collect::<String>() + &tables.join("\n");
        std::fs::write(results.join("overhead.csv"), csv)?;
        std::fs::write(results.join("overhead.svg"), plot::beside(&[bars, curves]))?;
    }
    Ok(())
}

/// A pair, and beside it maybe a server without one.
struct Bench {
    standard: Option<Process>,
    // After what runs on its hosts.
    pair: Pair,
    clock: Clock,
}

impl Bench {
    fn new() -> anyhow::Result<Bench> {
        Ok(Bench {
            standard: None,
            pair: Pair::new(HOSTS)?,
            clock: Clock::new(),
        })
    }

    /// Starts the pair.
    fn start(&mut self, heartbeat: u64, mode: MediaMode) -> anyhow::Result<()> {
        for node in 0..2 {
            self.pair.kill(node);
        }
        self.pair.configure(PairSettings {
            mode,
            relay: false,
            heartbeat_ms: Some(heartbeat),
        })?;
        self.pair.start(0)?;
        self.pair.start(1)
    }

    fn start_standard(&mut self) -> anyhow::Result<()> {
        let config = self.pair.folder().join("standard.toml");
        std::fs::write(&config, pair::rooms())?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", "--listen", &self.standard_address().to_string()]);
        command.arg("--config").arg(config);
        command.stderr(Stdio::null());
        self.standard = Some(self.pair.clients[STANDARD].start(&mut command)?);
        Ok(())
    }

    fn standard_address(&self) -> SocketAddr {
        let address = self.pair.clients[STANDARD].address;
        SocketAddr::new(address.into(), SERVICE.port())
    }

    /// Terminals on a host that join the room of this rate and stay for so long.
    fn terminals(
        &self,
        host: usize,
        to: SocketAddr,
        count: usize,
        rate: u8,
        stay: Duration,
    ) -> anyhow::Result<Process> {
        let mut command = Command::new("nice");
        command.args(["-n", NICE]).arg(std::env::current_exe()?);
        command.args(["call", &to.to_string(), &pair::room_of_rate(rate)]);
        let stagger = STAGGER.as_millis();
        for (name, value) in [
            ("--count", count.to_string()),
            ("--stagger-ms", stagger.to_string()),
            ("--frame-rate", rate.to_string()),
            ("--duration", stay.as_secs_f64().to_string()),
        ] {
            command.args([name, &value]);
        }
        command.stdout(Stdio::null()).stderr(Stdio::null());
        self.pair.clients[host].start(&mut command)
    }

    /// One conference on each server: CPU time per second of each, and of the nodes' threads.
    fn round(&self, count: usize, rate: u8, window: Duration) -> anyhow::Result<Round> {
        let arrival = STAGGER * count as u32 + SETTLE;
        let stay = arrival + window + AFTER;
        let mut calls = vec![self.terminals(PAIRS_TERMINALS, SERVICE, count, rate, stay)?];
        if self.standard.is_some() {
            let to = self.standard_address();
            calls.push(self.terminals(ITS_TERMINALS, to, count, rate, stay)?);
        }
        std::thread::sleep(arrival);
        let before = self.look()?;
        std::thread::sleep(window);
        let after = self.look()?;
        let limit = self.clock.now() + stay;
        for call in &mut calls {
            let status = loop {
                match call.ended()? {
                    Some(status) => break status,
                    None => std::thread::sleep(Duration::from_millis(100)),
                }
                ensure!(self.clock.now() < limit, "calls do not end");
            };
            ensure!(status.success(), "calls have failed");
        }
        Ok(Round::between(&before, &after))
    }

    /// Whether nobody has taken over.
    fn is_as_begun(&self) -> anyhow::Result<bool> {
        let backup = self.pair.status(1)?;
        Ok(backup.this.role == Role::Backup && self.pair.status(0)?.this.role == Role::Primary)
    }

    fn look(&self) -> anyhow::Result<Look> {
        let standard = self.standard.as_ref();
        let threads = [0, 1].map(|node| self.pair.threads(node));
        let [primary, backup] = threads;
        Ok(Look {
            at: ms(self.clock.now().since(base::Instant::ZERO)) / 1e3,
            standard: standard.map_or(Ok(Duration::ZERO), |process| cpu::process(process.id()))?,
            nodes: [self.pair.cpu(0)?, self.pair.cpu(1)?],
            threads: [primary?, backup?],
        })
    }
}

/// CPU times so far.
struct Look {
    /// s
    at: f64,
    standard: Duration,
    nodes: [Duration; 2],
    threads: [BTreeMap<String, Duration>; 2],
}

/// ms per second.
struct Round {
    standard: f64,
    nodes: [f64; 2],
    threads: [BTreeMap<String, f64>; 2],
}

impl Round {
    fn between(before: &Look, after: &Look) -> Round {
        let spent = |from: Duration, to: Duration| ms(to - from) / (after.at - before.at);
        let threads = |node: usize| {
            let from = |name: &String| before.threads[node].get(name).copied().unwrap_or_default();
            let spent = |(name, to): (&String, &Duration)| (name.clone(), spent(from(name), *to));
            after.threads[node].iter().map(spent).collect()
        };
        Round {
            standard: spent(before.standard, after.standard),
            nodes: [0, 1].map(|node| spent(before.nodes[node], after.nodes[node])),
            threads: [threads(0), threads(1)],
        }
    }

    /// Per cent of the server without a pair.
    fn overhead(&self) -> f64 {
        (self.nodes[0] + self.nodes[1] - self.standard) / self.standard * 100.0
    }
}

/// Rounds of one load.
struct Overhead {
    terminals: usize,
    rate: u8,
    rounds: Vec<Round>,
}

impl Overhead {
    fn mean(&self, of: impl Fn(&Round) -> f64) -> Mean {
        Mean::of(&self.rounds.iter().map(of).collect::<Vec<f64>>())
    }
}

fn overheads(bench: &mut Bench, extent: &Extent) -> anyhow::Result<(Vec<Overhead>, Table)> {
    bench.start(HEARTBEAT_MS, MediaMode::Direct)?;
    bench.start_standard()?;
    let mut all = Vec::new();
    for &terminals in extent.terminals {
        for &rate in extent.rates {
            let mut overhead = Overhead {
                terminals,
                rate,
                rounds: Vec::new(),
            };
            let mut tries = 0..TRIES_MAX;
            while overhead.rounds.len() < extent.rounds {
                let round = bench.round(terminals, rate, extent.window)?;
                if !bench.is_as_begun()? {
                    // A machine that stands still for a few heartbeats looks dead.
                    let again = tries.next();
                    again.context("the machine is too busy: the nodes change roles")?;
                    bench.start(HEARTBEAT_MS, MediaMode::Direct)?;
                    continue;
                }
                overhead.rounds.push(round);
                if overhead.mean(Round::overhead).off <= NARROW {
                    break;
                }
            }
            all.push(overhead);
        }
    }
    let aim = (all.iter())
        .find(|overhead| (overhead.terminals, overhead.rate) == (TERMINALS, RATE))
        .context("the load of the target was not measured")?;
    let threads = all_threads(aim);
    Ok((all, threads))
}

fn all_threads(overhead: &Overhead) -> Table {
    let mut table = Table::new(&["node", "thread", "us per s"]);
    for (node, name) in ["primary", "backup"].into_iter().enumerate() {
        for thread in overhead.rounds[0].threads[node].keys() {
            let spent = |round: &Round| round.threads[node].get(thread).copied().unwrap_or(0.0);
            let mean = overhead.mean(spent).value * 1e3;
            table.row(vec![name.into(), thread.clone(), format!("{mean:.0}")]);
        }
    }
    table
}

fn report_overheads(all: &[Overhead], targets: &mut Table) -> (Table, String) {
    let mut table = Table::new(&[
        "terminals",
        "pictures/s",
        "rounds",
        "standard",
        "primary",
        "backup",
        "overhead %",
        "±",
    ]);
    let mut groups: Vec<(String, Vec<Bar>)> = Vec::new();
    for overhead in all {
        let standard = overhead.mean(|round| round.standard).value;
        let nodes = [0, 1].map(|node| overhead.mean(|round| round.nodes[node]).value);
        let more = overhead.mean(Round::overhead);
        let (terminals, rate) = (overhead.terminals, overhead.rate);
        let counts = [terminals, rate.into(), overhead.rounds.len()];
        let counts = counts.into_iter().map(|count| count.to_string());
        let times = [standard, nodes[0], nodes[1]].map(|time| format!("{time:.3}"));
        let percents = [more.value, more.off].map(|percent| format!("{percent:.2}"));
        table.row(counts.chain(times).chain(percents).collect());
        let bar = |label: &str, parts| Bar {
            label: label.into(),
            parts,
        };
        let bars = vec![
            bar("alone", vec![(0, standard)]),
            bar("pair", vec![(1, nodes[0]), (2, nodes[1])]),
        ];
        groups.push((format!("{terminals} at {rate}/s"), bars));
        if (terminals, rate) == (TERMINALS, RATE) {
            targets.row(vec![
                format!("overhead, {terminals} terminals, {rate} pictures/s, % of alone"),
                format!("about {OVERHEAD_PERCENT_PUBLISHED}"),
                format!("≤ {OVERHEAD_PERCENT_MAX}"),
                format!("{:.2} ± {:.2}", more.value, more.off),
                met(more.value <= OVERHEAD_PERCENT_MAX),
            ]);
        }
    }
    let bars = StackedBars {
        title: "CPU of a server alone and of a pair, terminals at pictures/s".into(),
        unit: "ms per s".into(),
        series: vec!["alone", "primary", "backup"],
        groups,
    };
    (table, bars.to_svg())
}

/// What a backup costs.
struct Backup {
    mode: MediaMode,
    heartbeat: u64,
    round: Round,
}

impl Backup {
    /// Per cent of a core.
    fn percent(&self) -> f64 {
        self.round.nodes[1] / 10.0
    }
}

fn backups(bench: &mut Bench, extent: &Extent) -> anyhow::Result<Vec<Backup>> {
    bench.standard = None;
    let mut all = Vec::new();
    for &mode in extent.modes {
        for &heartbeat in extent.heartbeats {
            let mut tries = 0..TRIES_MAX;
            let round = loop {
                bench.start(heartbeat, mode)?;
                let round = bench.round(TERMINALS, RATE, extent.window)?;
                if bench.is_as_begun()? {
                    break round;
                }
                let mode = name(mode);
                ensure!(
                    tries.next().is_some(),
                    "{mode}, {heartbeat} ms: the machine is too busy, the nodes change roles"
                );
            };
            all.push(Backup {
                mode,
                heartbeat,
                round,
            });
        }
    }
    Ok(all)
}

fn report_backups(all: &[Backup], targets: &mut Table) -> (Table, String) {
    let mut table = Table::new(&["mode", "heartbeat ms", "backup %", "of that heartbeat %"]);
    let mut curves: Vec<(&'static str, Vec<(f64, f64)>)> = Vec::new();
    for backup in all {
        let (heartbeat, percent) = (backup.heartbeat, backup.percent());
        let mode = name(backup.mode);
        let beats = backup.round.threads[1].get("heartbeat");
        let beats = beats.copied().unwrap_or(0.0) / 10.0;
        let mut row = vec![mode.to_owned(), heartbeat.to_string()];
        row.extend([percent, beats].map(|percent| format!("{percent:.3}")));
        table.row(row);
        match curves.last_mut().filter(|(name, _)| *name == mode) {
            Some((_, points)) => points.push((heartbeat as f64, percent)),
            None => curves.push((mode, vec![(heartbeat as f64, percent)])),
        }
        if heartbeat == HEARTBEAT_MS {
            targets.row(vec![
                format!("backup, {mode}, heartbeat {heartbeat} ms, % of a core"),
                format!("< {BACKUP_PERCENT_PUBLISHED}"),
                format!("≤ {BACKUP_PERCENT_MAX}"),
                format!("{percent:.3}"),
                met(percent <= BACKUP_PERCENT_MAX),
            ]);
        }
    }
    let curves = LogCurves {
        title: format!("CPU of a backup, {TERMINALS} terminals at {RATE} pictures/s"),
        axes: ["heartbeat, ms".into(), "% of a core".into()],
        curves,
    };
    (table, curves.to_svg())
}

fn name(mode: MediaMode) -> &'static str {
    match mode {
        MediaMode::Direct => "direct",
        MediaMode::Forwarded => "forwarded",
        MediaMode::Multicast => "multicast",
    }
}

fn met(met: bool) -> String {
    if met { "yes" } else { "NO" }.into()
}

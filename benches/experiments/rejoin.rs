//! How soon a fresh node protects the calls of one that serves alone, and what the calls notice.
//!
//! `cargo bench --bench rejoin [-- --smoke]`, in a LAN of its own (namespaces; no root needed). So many calls, and
//! again and again: the backup is killed, and after some calm started again. Of the calls, two are terminals
//! that send sound and note when each packet comes; the others are quiet, and a fifth of them asks one
//! H.245 round trip after the other all the time. What the calls notice while the node joins is held against
//! a calm time of the same length just before. Results go to `results/`, with `--smoke` nowhere.

use anyhow::{Context, ensure};
use mcu::lab::Process;
use mcu_benches::curves::LogCurves;
use mcu_benches::interruption::trace::Trace;
use mcu_benches::interruption::{ms, now};
use mcu_benches::pair::{self, Pair, PairSettings, ROOM, SERVICE};
use mcu_benches::stats::Summary;
use mcu_benches::table::Table;
use mcu_benches::terminal::{self, Terminal};
use mcu_benches::{machine, plot};
use replication::failover::Role;
use replication::shell::MediaMode;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What a call may notice of a join, ms beyond what it notices without.
const PAUSE_MS_MAX: f64 = 2.0;
/// Terminals that send and hear sound.
const HEARD: usize = 2;
/// Of the other calls one of so many asks round trips.
const ASKING: usize = 5;
/// Between an answer and the next question.
const BETWEEN: Duration = Duration::from_micros(200);
/// Hosts that calls come from: terminals, and the other calls.
const CLIENTS: usize = 4;
/// Terminals leave the processors to the nodes.
const NICE: &str = "10";
/// Seconds that a terminal would stay if nobody ended it.
const STAY_S: &str = "86400";
/// From the backup's death until calls are watched.
const SETTLE: Duration = Duration::from_millis(800);
/// Calls are watched without a join for so long, which no join exceeds.
const CALM: Duration = Duration::from_secs(2);
/// Calls are watched for so long after they are protected.
const AFTER: Duration = Duration::from_millis(200);
/// Between two looks at the nodes.
const POLL: Duration = Duration::from_millis(2);
/// How long a join may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Loads are tried so often at most.
const TRIES_MAX: usize = 3;
/// ms between packets of sound.
const PACKET_MS: f64 = 20.0;

fn main() -> anyhow::Result<()> {
    pair::isolate();
    let smoke = std::env::args().any(|argument| argument == "--smoke");
    let (loads, joins): (&[usize], usize) = match smoke {
        true => (&[3, 20], 1),
        false => (&[3, 30, 300], 10),
    };
    let mut pair = Pair::new(CLIENTS)?;
    let mut all = Vec::new();
    for &calls in loads {
        let mut tries = 1..TRIES_MAX;
        all.push(loop {
            match Load::measure(&mut pair, calls, joins) {
                Ok(load) => break load,
                // A machine that stands still for a few heartbeats looks dead.
                Err(error) if tries.next().is_some() => eprintln!("  once more: {error}"),
                Err(error) => return Err(error.context(format!("{calls} calls"))),
            }
        });
    }
    let mut table = Table::new(&["calls", "figure", "unit", "n", "p50", "p95", "max"]);
    let mut targets = Table::new(&["calls", "figure", "target", "reached", "met?"]);
    for load in &all {
        load.report(&mut table, &mut targets);
    }
    println!("Joins beside a node that serves\n{table}\n{targets}");
    if !smoke {
        let (results, origin) = (machine::results(), machine::origin());
        let tables = [&table, &targets].map(|table| table.to_csv(""));
        let head = origin.lines().map(|line| format!("# {line}\n"));
        let csv = head.collect::<String>() + &tables.join("\n");
        std::fs::write(results.join("rejoin.csv"), csv)?;
        std::fs::write(results.join("rejoin.svg"), plot::beside(&curves(&all)))?;
    }
    Ok(())
}

/// From one moment to another.
#[derive(Debug, Clone, Copy)]
struct Window {
    from: i64,
    to: i64,
}

impl Window {
    /// Just as long, and before `end`.
    fn before(self, end: i64) -> Window {
        Window {
            from: end - (self.to - self.from),
            to: end,
        }
    }

    /// ms of the longest of some times that touch this one; they are in order, or nearly.
    fn longest(self, times: &[(i64, i64)]) -> f64 {
        let touch = |(from, to): &&(i64, i64)| *from < self.to && *to > self.from;
        let lengths = times.iter().filter(touch).map(|(from, to)| ms(to - from));
        lengths.fold(0.0, f64::max)
    }
}

/// What the nodes had spent at a moment.
#[derive(Debug, Clone, Copy)]
struct Look {
    at: i64,
    cpu: [Duration; 2],
}

/// One join.
struct Join {
    /// The process of the joining node starts; its greeting is accepted; all calls are protected.
    begun: i64,
    greeted: Look,
    protected: Look,
    /// The start of the calm time, and its end, when the process of the joining node starts.
    calm: [Look; 2],
}

impl Join {
    /// CPU ms of the node that serves, beyond what it spends without a join, and of the one that joins.
    fn cpu(&self, from: Look) -> [f64; 2] {
        let spent = |from: Look, to: Look, node: usize| {
            (to.cpu[node].saturating_sub(from.cpu[node])).as_secs_f64() * 1e3
        };
        let [calm, end] = self.calm;
        let calm = spent(calm, end, 0) / ms(end.at - calm.at);
        let usual = calm * ms(self.protected.at - from.at);
        let serving = spent(from, self.protected, 0) - usual;
        [serving, spent(from, self.protected, 1)]
    }
}

/// Joins beside a node that serves so many calls.
struct Load {
    calls: usize,
    joins: Vec<Join>,
    /// Octets.
    snapshots: Vec<f64>,
    /// ms that the core's loop worked at once for a snapshot, as the node says itself.
    pauses: Vec<f64>,
    /// From question to answer.
    trips: Vec<(i64, i64)>,
    /// From packet to packet, of all terminals that hear.
    gaps: Vec<(i64, i64)>,
}

impl Load {
    fn measure(pair: &mut Pair, calls: usize, joins: usize) -> anyhow::Result<Load> {
        pair.kill(1);
        pair.kill(0);
        // Logs begin anew.
        pair.configure(PairSettings {
            mode: MediaMode::Direct,
            relay: false,
            heartbeat_ms: None,
        })?;
        pair.start(0)?;
        let terminals = (0..HEARD.min(calls - 1))
            .map(|index| terminal(pair, index))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let mut quiet = Vec::new();
        for index in terminals.len()..calls {
            let host = &pair.clients[1 + index % (CLIENTS - 1)];
            let call = || Terminal::call(terminal::connect(SERVICE)?, ROOM, (calls + index) as u64);
            quiet.push(host.inside(call).with_context(|| format!("call {index}"))?);
        }
        let asking = quiet.len().div_ceil(ASKING);
        let over = AtomicBool::new(false);
        let (done, trips) = std::thread::scope(|scope| {
            let (asking, over) = (&mut quiet[..asking], &over);
            let trips = scope.spawn(move || round_trips(asking, over));
            let done: anyhow::Result<Vec<Join>> = (0..joins).map(|_| join(pair)).collect();
            over.store(true, Ordering::Release);
            (done, trips.join().expect("asking does not panic"))
        });
        let (joins, trips) = (done?, trips?);
        let mut gaps = Vec::new();
        for (index, terminal) in terminals.into_iter().enumerate() {
            terminal.stop(PATIENCE)?;
            let trace = Trace::read(&trace_file(pair, index))?;
            let packets = trace.received.audio.windows(2);
            gaps.extend(packets.map(|pair| (pair[0].at, pair[1].at)));
        }
        for call in quiet {
            call.hang_up().context("a call after the joins")?;
        }
        let log = pair.log(0)?;
        let said = |name: &str, number: fn(&str) -> Option<f64>| -> Vec<f64> {
            let said = log.lines().filter_map(|line| line.split(name).nth(1));
            let values = said.filter_map(|rest| number(rest.split_whitespace().next()?));
            values.collect()
        };
        Ok(Load {
            calls,
            joins,
            snapshots: said(" octets=", |octets| octets.parse().ok()),
            pauses: said(" pause=", millis),
            trips,
            gaps,
        })
    }

    /// ms that calls noticed beyond what is usual, in a window of each join and in calm windows as long.
    fn noticed(
        &self,
        times: &[(i64, i64)],
        usual: f64,
        from: impl Fn(&Join) -> i64,
    ) -> [Vec<f64>; 2] {
        let joined = |join: &Join| Window {
            from: from(join),
            to: join.protected.at + AFTER.as_nanos() as i64,
        };
        let beyond = |window: Window| (window.longest(times) - usual).max(0.0);
        let during = self.joins.iter().map(|join| beyond(joined(join)));
        let calm = (self.joins.iter()).map(|join| beyond(joined(join).before(join.begun)));
        [during.collect(), calm.collect()]
    }

    /// The same for round trips and for sound, each from the start of the process and from the greeting.
    fn all_noticed(&self) -> [(&'static str, [Vec<f64>; 2]); 4] {
        let trips: Vec<f64> = self.trips.iter().map(|(from, to)| ms(to - from)).collect();
        let usual = Summary::of(&trips).p50;
        let greeted = |join: &Join| join.greeted.at;
        let begun = |join: &Join| join.begun;
        [
            (
                "round trip beyond the median, from the greeting",
                self.noticed(&self.trips, usual, greeted),
            ),
            (
                "round trip beyond the median, from the start",
                self.noticed(&self.trips, usual, begun),
            ),
            (
                "gap of sound beyond 20 ms, from the greeting",
                self.noticed(&self.gaps, PACKET_MS, greeted),
            ),
            (
                "gap of sound beyond 20 ms, from the start",
                self.noticed(&self.gaps, PACKET_MS, begun),
            ),
        ]
    }

    fn times(&self) -> [(&'static str, Vec<f64>); 2] {
        let to = |from: fn(&Join) -> i64| {
            let took = |join: &Join| ms(join.protected.at - from(join));
            self.joins.iter().map(took).collect()
        };
        [
            ("from the start to protected", to(|join| join.begun)),
            ("from the greeting to protected", to(|join| join.greeted.at)),
        ]
    }

    fn report(&self, table: &mut Table, targets: &mut Table) {
        let mut row = |what: &str, unit: &str, values: &[f64]| {
            if values.is_empty() {
                return;
            }
            let summary = Summary::of(values);
            let mut cells = vec![self.calls.to_string(), what.into(), unit.into()];
            cells.push(summary.n.to_string());
            let digits = if unit == "ms" { 2 } else { 0 };
            let figures = [summary.p50, summary.p95, summary.max];
            cells.extend(figures.map(|x| format!("{x:.digits$}")));
            table.row(cells);
        };
        for (what, values) in self.times() {
            row(what, "ms", &values);
        }
        for (name, from) in [
            ("the start", (|join| join.calm[1]) as fn(&Join) -> Look),
            ("the greeting", |join| join.greeted),
        ] {
            let cpu: Vec<[f64; 2]> = (self.joins.iter())
                .map(|join| join.cpu(from(join)))
                .collect();
            for (node, whose) in ["serves", "joins"].into_iter().enumerate() {
                let spent: Vec<f64> = cpu.iter().map(|cpu| cpu[node]).collect();
                row(
                    &format!("CPU of the node that {whose}, from {name}"),
                    "ms",
                    &spent,
                );
            }
        }
        row("snapshot", "octets", &self.snapshots);
        row("longest work for it at once", "ms", &self.pauses);
        for (what, [joined, calm]) in self.all_noticed() {
            row(what, "ms", &joined);
            row(&format!("{what}, no join"), "ms", &calm);
            if what.ends_with("greeting") && !joined.is_empty() {
                let (joined, calm) = (Summary::of(&joined), Summary::of(&calm));
                let median = joined.p50 - calm.p50;
                targets.row(vec![
                    self.calls.to_string(),
                    format!("{what}, less the same without a join (medians)"),
                    format!("≤ {PAUSE_MS_MAX} ms"),
                    format!("{median:.2} ms"),
                    if median <= PAUSE_MS_MAX { "yes" } else { "NO" }.into(),
                ]);
            }
        }
    }
}

fn curves(loads: &[Load]) -> [String; 2] {
    let line = |of: &dyn Fn(&Load) -> Vec<f64>| -> Vec<(f64, f64)> {
        let point = |load: &Load| (load.calls as f64, Summary::of(&of(load)).p50.max(0.01));
        loads.iter().map(point).collect()
    };
    let took = LogCurves {
        title: "A fresh node until it protects all calls (medians)".into(),
        axes: ["calls".into(), "ms".into()],
        curves: (0..2)
            .map(|i| {
                (
                    loads[0].times()[i].0,
                    line(&|load| load.times()[i].1.clone()),
                )
            })
            .collect(),
    };
    let pauses = LogCurves {
        title: "Longest pause while it joins, from the greeting (medians)".into(),
        axes: ["calls".into(), "ms beyond the usual".into()],
        curves: [("round trip", 0), ("sound", 2)]
            .into_iter()
            .flat_map(|(name, which)| [(name, which, 0), (name, which, 1)])
            .map(|(name, which, calm)| {
                let name = match (name, calm) {
                    ("sound", 0) => "sound",
                    ("sound", _) => "sound, no join",
                    (_, 0) => "round trip",
                    _ => "round trip, no join",
                };
                let of = |load: &Load| load.all_noticed()[which].1[calm].clone();
                (name, line(&of))
            })
            .collect(),
    };
    [took.to_svg(), pauses.to_svg()]
}

/// ms of a duration as it is printed.
fn millis(duration: &str) -> Option<f64> {
    let (number, factor) = match duration.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => match duration.strip_suffix("µs") {
            Some(number) => (number, 1e-3),
            None => (duration.strip_suffix('s')?, 1e3),
        },
    };
    Some(number.parse::<f64>().ok()? * factor)
}

fn trace_file(pair: &Pair, index: usize) -> std::path::PathBuf {
    pair.folder().join(format!("terminal{index}.csv"))
}

/// A terminal that sends sound and notes when it comes.
fn terminal(pair: &Pair, index: usize) -> anyhow::Result<Process> {
    let mut command = Command::new("nice");
    command
        .args(["-n", NICE])
        .arg(std::env::current_exe()?)
        .args(["call", &SERVICE.to_string(), ROOM])
        .args(["--name", &format!("terminal{index}")])
        .args(["--sender", &index.to_string()])
        .args(["--audio", "g711a", "--video", ""])
        .args(["--duration", STAY_S])
        .arg("--trace")
        .arg(trace_file(pair, index))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let host = &pair.clients[0];
    command.args(["--address", &host.address.to_string()]);
    host.start(&mut command)
}

/// Asks one terminal after the other until it is over: when it asked, and when the answer came.
fn round_trips(asking: &mut [Terminal], over: &AtomicBool) -> anyhow::Result<Vec<(i64, i64)>> {
    let mut trips = Vec::new();
    while !over.load(Ordering::Acquire) {
        for terminal in &mut *asking {
            let asked = now();
            terminal.round_trip()?;
            trips.push((asked, now()));
            std::thread::sleep(BETWEEN);
        }
    }
    Ok(trips)
}

/// Kills the second node and starts it again.
fn join(pair: &mut Pair) -> anyhow::Result<Join> {
    pair.kill(1);
    pair.until(0, "it serves alone", |status| {
        status.this.role == Role::Simplex
    })?;
    std::thread::sleep(SETTLE);
    let calm = look(pair)?;
    std::thread::sleep(CALM);
    let begun = look(pair)?;
    pair.launch(1)?;
    let mut greeted = None;
    let protected = loop {
        let look = look(pair)?;
        let joins = pair
            .status(1)
            .is_ok_and(|status| matches!(status.this.role, Role::Joining | Role::Backup));
        greeted = greeted.or(joins.then_some(look));
        if let Some(greeted) = greeted
            && pair.status(0)?.this.role == Role::Primary
        {
            // What was spent until then counts.
            break (greeted, self::look(pair)?);
        }
        let waited = Duration::from_nanos((look.at - begun.at).unsigned_abs());
        ensure!(
            waited < PATIENCE,
            "the node does not join:\n{}",
            pair.log(1)?
        );
        std::thread::sleep(POLL);
    };
    let (greeted, protected) = protected;
    std::thread::sleep(AFTER);
    let took = ms(protected.at - begun.at);
    println!(
        "  joined in {took:.0} ms, {:.0} ms after the greeting",
        ms(protected.at - greeted.at)
    );
    Ok(Join {
        begun: begun.at,
        greeted,
        protected,
        calm: [calm, begun],
    })
}

fn look(pair: &Pair) -> anyhow::Result<Look> {
    Ok(Look {
        at: now(),
        cpu: [pair.cpu(0)?, pair.cpu(1)?],
    })
}

//! What the pair costs the control plane, and how long a takeover takes with many connections.
//!
//! `cargo bench --bench control [-- --smoke]`, in a LAN of its own (namespaces; no root needed). First one node alone (it
//! has a `[pair]` section, but no other node) and the pair take turns: calls join one after another
//! (slow start, H.245 on a connection of its own, sound without packets) and H.245 round trips are timed
//! one by one, beside the round trip of the bare LAN. Then the primary is killed with few calls and
//! with thousands of idle connections; every connection is used afterwards. Results go to
//! `results/`, with `--smoke` nowhere.

use anyhow::{Context, ensure};
use base::ConnId;
use mcu_benches::cpu::ms;
use mcu_benches::curves::LogCurves;
use mcu_benches::pair::{self, Pair, ROOM, SERVICE};
use mcu_benches::plot::{self, Bar, StackedBars};
use mcu_benches::stats::Summary;
use mcu_benches::table::Table;
use mcu_benches::terminal::{self, Terminal};
use mcu_benches::{echo, machine};
use replication::failover::{Role, Timeline};
use replication::shell::{Clock, Status};
use replication::tcp::shadows::{Limits, Shadows};
use replication::tcp::{Ends, Negotiated, Scales};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Octets sent beyond the LAN's own round trips: twice that and this much, ms.
const ADDED_MS_MAX: f64 = 0.3;
/// CPU time of a join, both nodes to one alone.
const JOIN_CPU_RATIO_MAX: f64 = 2.2;
/// ms from detection to the end of all work, a few calls.
const FEW_WORK_MS_MAX: f64 = 1.5;
/// Calls in that takeover.
const FEW_CALLS: usize = 3;
/// ms from detection to the last socket, most connections.
const SOCKETS_MS_MAX: f64 = 200.0;
/// Octets of memory for a shadow without data.
const SHADOW_OCTETS_MAX: f64 = 1024.0;
/// Shadows made to weigh one.
const SHADOWS_WEIGHED: usize = 100_000;
/// Where their clients are.
const FIRST_HOST: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
/// Hosts that the connections come from.
const CLIENTS: usize = 4;
/// For what nodes do a little later: connections of calls that have ended, records on their way.
const SETTLE: Duration = Duration::from_millis(300);
/// How long connections are idle before the primary dies.
const QUIET: Duration = Duration::from_secs(2);
/// How long the processor time of idle nodes is watched.
const IDLE: Duration = Duration::from_secs(1);
/// How long answers may take after a takeover; a client that sent in the gap repeats after 200 ms.
const ANSWER: Duration = Duration::from_secs(5);
/// Between two looks for them.
const ANSWER_POLL: Duration = Duration::from_millis(20);

/// How long all this takes.
struct Extent {
    /// One node alone and the pair, each so often.
    rounds: usize,
    joins: usize,
    trips: usize,
    takeovers: usize,
    idle: &'static [usize],
    /// Of many idle connections this many place a call after the takeover.
    sample: usize,
}

fn main() -> anyhow::Result<()> {
    pair::isolate();
    let smoke = std::env::args().any(|argument| argument == "--smoke");
    let extent = if smoke {
        Extent {
            rounds: 1,
            joins: 5,
            trips: 50,
            takeovers: 1,
            idle: &[10, 100],
            sample: 5,
        }
    } else {
        Extent {
            rounds: 4,
            joins: 50,
            trips: 500,
            takeovers: 5,
            idle: &[10, 100, 1000, 10_000],
            sample: 20,
        }
    };
    let mut pair = Pair::new(CLIENTS)?;
    let mut targets = Table::new(&["figure", "target", "reached", "met?"]);
    let cost = cost(&mut pair, &extent)?;
    let (table, bars) = cost.report(&mut targets);
    println!("Control plane, a node alone and the pair\n{table}");
    let takeovers = takeovers(&mut pair, &extent)?;
    let (lines, curves) = report_takeovers(&takeovers, &mut targets);
    println!("Takeovers, ms from the detection (medians)\n{lines}");
    weigh(&takeovers, &mut targets)?;
    println!("{targets}");
    if !smoke {
        let (results, origin) = (machine::results(), machine::origin());
        let tables = [&table, &lines, &targets].map(|table| table.to_csv(""));
        let head = origin.lines().map(|line| format!("# {line}\n"));
        let csv = head.collect::<String>() + &tables.join("\n");
        std::fs::write(results.join("control.csv"), csv)?;
        std::fs::write(results.join("control.svg"), plot::beside(&[bars, curves]))?;
    }
    Ok(())
}

fn target(targets: &mut Table, what: String, max: f64, reached: f64, unit: &str) {
    let met = if reached <= max { "yes" } else { "NO" };
    targets.row(vec![
        what,
        format!("≤ {max:.3} {unit}"),
        format!("{reached:.3} {unit}"),
        met.into(),
    ]);
}

/// What was measured of a node alone, or of the pair.
#[derive(Default)]
struct Cost {
    /// ms from SYN to channels in both directions.
    joins: Vec<f64>,
    /// ms, of H.245.
    trips: Vec<f64>,
    /// CPU ms per join with its end, of each node; one value for each round.
    cpu: [Vec<f64>; 2],
    /// CPU ms per second of doing nothing, of each node.
    idle: [Vec<f64>; 2],
}

#[derive(Default)]
struct Costs {
    alone: Cost,
    paired: Cost,
    /// ms, of the LAN: client and node, node and node.
    lan: [Vec<f64>; 2],
}

fn cost(pair: &mut Pair, extent: &Extent) -> anyhow::Result<Costs> {
    let mut costs = Costs::default();
    pair.start(0)?;
    // Paths that no call has taken yet are slow.
    measure(pair, &mut Cost::default(), 2, 50, 0)?;
    for round in 0..extent.rounds as u64 {
        let seed = round * 10_000;
        measure(pair, &mut costs.alone, extent.joins, extent.trips, seed)?;
        pair.start(1)?;
        let seed = seed + 5_000;
        measure(pair, &mut costs.paired, extent.joins, extent.trips, seed)?;
        pair.kill(1);
        pair.until(0, "it serves alone", |status| {
            status.this.role == Role::Simplex
        })?;
        let nodes = [pair.host(0), pair.host(1)];
        for (from, trips) in [&pair.clients[0], nodes[1]].into_iter().zip(&mut costs.lan) {
            let taken = echo::round_trips(from, nodes[0], extent.trips)?;
            trips.extend(taken.into_iter().map(ms));
        }
    }
    pair.kill(0);
    Ok(costs)
}

fn measure(
    pair: &Pair,
    cost: &mut Cost,
    joins: usize,
    trips: usize,
    seed: u64,
) -> anyhow::Result<()> {
    let client = &pair.clients[0];
    std::thread::sleep(SETTLE);
    let clock = Clock::new();
    let at = |pair: &Pair| anyhow::Ok((clock.now(), [pair.cpu(0)?, pair.cpu(1)?]));
    let idle_from = at(pair)?;
    std::thread::sleep(IDLE);
    let idle_until = at(pair)?;
    let joined = client.inside(|| {
        let join = |i: usize| {
            let begun = clock.now();
            let call = Terminal::call(terminal::connect(SERVICE)?, ROOM, seed + i as u64)?;
            let took = ms(clock.now().since(begun));
            call.hang_up()?;
            Ok(took)
        };
        (0..joins).map(join).collect::<anyhow::Result<Vec<f64>>>()
    })?;
    std::thread::sleep(SETTLE);
    let done = at(pair)?;
    for node in 0..2 {
        let idle = ms(idle_until.1[node] - idle_from.1[node])
            / idle_until.0.since(idle_from.0).as_secs_f64();
        let all = ms(done.1[node] - idle_until.1[node]);
        let nothing = idle * done.0.since(idle_until.0).as_secs_f64();
        cost.cpu[node].push((all - nothing) / joins as f64);
        cost.idle[node].push(idle);
    }
    cost.joins.extend(joined);
    let taken = client.inside(|| {
        let mut call = Terminal::call(terminal::connect(SERVICE)?, ROOM, seed + 4_999)?;
        let taken: anyhow::Result<Vec<_>> = (0..trips).map(|_| call.round_trip()).collect();
        call.hang_up()?;
        taken
    })?;
    cost.trips.extend(taken.into_iter().map(ms));
    Ok(())
}

impl Costs {
    fn report(&self, targets: &mut Table) -> (Table, String) {
        let mut table = Table::new(&["figure", "unit", "n", "p50", "p95", "max"]);
        let mut row = |what: String, unit: &str, values: &[f64]| {
            let summary = Summary::of(values);
            let mut cells = vec![what, unit.into(), summary.n.to_string()];
            cells.extend([summary.p50, summary.p95, summary.max].map(|x| format!("{x:.3}")));
            table.row(cells);
            summary
        };
        let lan = row("LAN echo, client and node".into(), "ms", &self.lan[0]);
        row("LAN echo, node and node".into(), "ms", &self.lan[1]);
        let mut named = |name: &str, cost: &Cost| {
            let trips = row(format!("H.245 round trip, {name}"), "ms", &cost.trips);
            row(format!("join, {name}"), "ms", &cost.joins);
            let cpu = [0, 1].map(|node| {
                let name = format!("CPU of a join, {name}, node {}", node + 1);
                row(name, "ms", &cost.cpu[node]).p50
            });
            for node in 0..2 {
                let name = format!("CPU idle, {name}, node {}", node + 1);
                row(name, "ms per s", &cost.idle[node]);
            }
            (trips, cpu)
        };
        let (alone_trips, alone) = named("alone", &self.alone);
        let (paired_trips, paired) = named("pair", &self.paired);
        for (part, of) in
            [("p50", |s: &Summary| s.p50), ("p95", |s| s.p95)] as [(_, fn(&_) -> _); 2]
        {
            target(
                targets,
                format!("added to a control message, {part}"),
                2.0 * of(&lan) + ADDED_MS_MAX,
                of(&paired_trips) - of(&alone_trips),
                "ms",
            );
        }
        target(
            targets,
            "CPU of a join, both nodes to one alone".into(),
            JOIN_CPU_RATIO_MAX,
            (paired[0] + paired[1]) / alone[0],
            "",
        );
        let bars = StackedBars {
            title: "CPU of a join (and the call's end)".into(),
            unit: "ms".into(),
            series: vec!["node that serves", "backup"],
            groups: [("alone", alone), ("pair", paired)]
                .map(|(name, cpu)| {
                    let parts = cpu.into_iter().enumerate().collect();
                    let label = String::new();
                    (name.to_string(), vec![Bar { label, parts }])
                })
                .into(),
        };
        (table, bars.to_svg())
    }
}

/// Takeovers with equally many connections.
struct Takeovers {
    what: String,
    connections: usize,
    /// ms: from the other's last sign of life to the detection, then from there to each step.
    silence: Vec<f64>,
    applied: Vec<f64>,
    made: Vec<f64>,
    open: Vec<f64>,
    all: Vec<f64>,
    /// Octets per connection that the backup's memory grew by.
    memory: Vec<f64>,
}

impl Takeovers {
    fn new(what: String, connections: usize) -> Self {
        Takeovers {
            what,
            connections,
            silence: Vec::new(),
            applied: Vec::new(),
            made: Vec::new(),
            open: Vec::new(),
            all: Vec::new(),
            memory: Vec::new(),
        }
    }

    fn add(&mut self, timeline: &Timeline) -> anyhow::Result<()> {
        let after = |what: &str| {
            let mut steps = timeline.steps.iter();
            let step = steps.find(|step| step.what.ends_with(what));
            let step = step.with_context(|| format!("no step {what:?} in {timeline}"))?;
            anyhow::Ok(ms(step.after))
        };
        self.applied.push(after("log applied")?);
        self.made.push(after("sockets made")?);
        self.open.push(after("sockets open")?);
        self.all.push(ms(timeline.work()));
        let silence = (timeline.last_sign).map(|last| ms(timeline.detected.since(last)));
        self.silence.extend(silence);
        Ok(())
    }
}

fn takeovers(pair: &mut Pair, extent: &Extent) -> anyhow::Result<Vec<Takeovers>> {
    let mut all = Vec::new();
    let mut few = Takeovers::new(format!("{FEW_CALLS} calls"), 2 * FEW_CALLS);
    for round in 0..extent.takeovers {
        calls(pair, &mut few, round).context("takeover of calls")?;
    }
    all.push(few);
    for &count in extent.idle {
        let mut many = Takeovers::new(format!("{count} idle"), count);
        for round in 0..extent.takeovers {
            idle(pair, &mut many, round, extent.sample)
                .with_context(|| format!("takeover of {count} idle connections"))?;
        }
        all.push(many);
    }
    Ok(all)
}

/// Kills the first node; gives what the second, then serving, did.
fn take_over(pair: &mut Pair, connections: usize) -> anyhow::Result<Timeline> {
    pair.kill(0);
    let wanted = |status: &Status| status.takeovers == 1 && status.last_change.is_some();
    let status = pair.until(1, "it has taken over", wanted)?;
    let timeline = status.last_change.context("there was a takeover")?;
    ensure!(
        timeline.connections == connections,
        "{} of {connections} connections were continued: {timeline}",
        timeline.connections
    );
    Ok(timeline)
}

fn start_both(pair: &mut Pair) -> anyhow::Result<()> {
    pair.start(0)?;
    pair.start(1)
}

fn stop_both(pair: &mut Pair) {
    pair.kill(0);
    pair.kill(1);
}

/// The backup knows of so many connections, and of everything else.
fn followed(pair: &Pair, connections: usize) -> anyhow::Result<()> {
    pair.until(1, "the backup watches all connections", |status| {
        status.this.connections == Some(connections)
    })?;
    pair.until(0, "all is acknowledged", |status| {
        status.this.acknowledged == Some(status.this.position)
    })?;
    Ok(())
}

fn calls(pair: &mut Pair, takeovers: &mut Takeovers, round: usize) -> anyhow::Result<()> {
    start_both(pair)?;
    let place = |i: usize| {
        let seed = (round * FEW_CALLS + i) as u64;
        pair.clients[i % CLIENTS].inside(|| Terminal::call(terminal::connect(SERVICE)?, ROOM, seed))
    };
    let mut calls: Vec<Terminal> = (0..FEW_CALLS).map(place).collect::<Result<_, _>>()?;
    followed(pair, takeovers.connections)?;
    let timeline = take_over(pair, takeovers.connections)?;
    takeovers.add(&timeline)?;
    for mut call in calls.drain(..) {
        call.round_trip().context("a call after the takeover")?;
        call.hang_up()?;
    }
    stop_both(pair);
    Ok(())
}

fn idle(
    pair: &mut Pair,
    takeovers: &mut Takeovers,
    round: usize,
    sample: usize,
) -> anyhow::Result<()> {
    let count = takeovers.connections;
    start_both(pair)?;
    let before = pair.memory(1)?;
    let mut connections = Vec::with_capacity(count);
    for (i, client) in pair.clients.iter().enumerate() {
        let share = (count + i) / CLIENTS;
        let connect = || {
            let connected = (0..share).map(|_| terminal::connect(SERVICE));
            connected.collect::<anyhow::Result<Vec<_>>>()
        };
        let connected = client.inside(connect)?;
        connections.extend(connected.into_iter().map(|stream| (i, stream)));
    }
    followed(pair, count)?;
    std::thread::sleep(QUIET);
    let after = pair.memory(1)?;
    takeovers
        .memory
        .push(after.saturating_sub(before) as f64 / count as f64);
    let timeline = take_over(pair, count)?;
    takeovers.add(&timeline)?;
    use_all(pair, connections, round, sample)?;
    stop_both(pair);
    Ok(())
}

/// Every connection takes an octet, some a whole call; none is reset or closed.
fn use_all(
    pair: &Pair,
    mut connections: Vec<(usize, TcpStream)>,
    round: usize,
    sample: usize,
) -> anyhow::Result<()> {
    let every = connections.len().div_ceil(sample);
    for (i, (_, connection)) in connections.iter_mut().enumerate() {
        if i % every != 0 {
            // A TPKT begins with its version (RFC 1006 §6).
            connection.write_all(&[3])?;
        }
    }
    let (clock, mut waiting) = (Clock::new(), pair.clients.len());
    let limit = clock.now() + ANSWER;
    while waiting > 0 {
        waiting = 0;
        for client in &pair.clients {
            waiting += client.inside(unacknowledged)?;
        }
        ensure!(
            clock.now() < limit,
            "{waiting} connections are dead after the takeover"
        );
        std::thread::sleep(ANSWER_POLL);
    }
    for (i, (client, mut connection)) in connections.into_iter().enumerate() {
        if i % every == 0 {
            let seed = (round * sample + i) as u64;
            let call = pair.clients[client].inside(|| Terminal::call(connection, ROOM, seed));
            call.with_context(|| format!("a call on connection {i}"))?
                .hang_up()?;
            continue;
        }
        connection.set_nonblocking(true)?;
        match connection.read(&mut [0]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            other => anyhow::bail!("connection {i} has ended: {other:?}"),
        }
    }
    Ok(())
}

/// Established connections of this host with octets that their other end has not acknowledged.
fn unacknowledged() -> anyhow::Result<usize> {
    /// TCP_ESTABLISHED as the kernel writes it.
    const ESTABLISHED: &str = "01";
    let table = std::fs::read_to_string("/proc/thread-self/net/tcp")?;
    let waits = |line: &&str| {
        // Number, both ends, state, tx_queue:rx_queue in hexadecimal digits.
        let mut fields = line.split_whitespace().skip(3);
        fields.next() == Some(ESTABLISHED)
            && (fields.next()).is_some_and(|queues| !queues.starts_with("00000000:"))
    };
    Ok(table.lines().filter(waits).count())
}

/// The memory of shadows: measured of the running backup, and of shadows alone.
fn weigh(takeovers: &[Takeovers], targets: &mut Table) -> anyhow::Result<()> {
    if let Some(most) = takeovers.iter().rfind(|some| !some.memory.is_empty()) {
        targets.row(vec![
            format!(
                "memory of the backup per connection, {} of them",
                most.connections
            ),
            "-".into(),
            format!("{:.0} octets", Summary::of(&most.memory).p50),
            "(core, log, shadow)".into(),
        ]);
    }
    let mut shadows = Shadows::new(Limits {
        connections: SHADOWS_WEIGHED,
        handshakes: 0,
        buffered_octets: 0,
    });
    let before = mcu_benches::pair::memory(std::process::id())?;
    for i in 0..SHADOWS_WEIGHED as u32 {
        let host = Ipv4Addr::from_bits(FIRST_HOST.to_bits() + (i >> 16));
        let ends = Ends {
            local: SERVICE,
            peer: SocketAddr::from((host, i as u16)),
        };
        let negotiated = Negotiated {
            mss: 1460,
            scales: Some(Scales {
                send: 7,
                receive: 7,
            }),
            sack: true,
            timestamp: Some(1),
            send_start: i,
            receive_start: i,
        };
        shadows.announce(base::Instant::ZERO, ConnId(i.into()), ends, negotiated);
    }
    let after = mcu_benches::pair::memory(std::process::id())?;
    ensure!(
        shadows.conns().count() == SHADOWS_WEIGHED,
        "each has a shadow"
    );
    target(
        targets,
        "memory of a shadow alone".into(),
        SHADOW_OCTETS_MAX,
        after.saturating_sub(before) as f64 / SHADOWS_WEIGHED as f64,
        "octets",
    );
    Ok(())
}

fn report_takeovers(takeovers: &[Takeovers], targets: &mut Table) -> (Table, String) {
    let columns = [
        "connections",
        "n",
        "silence before",
        "log applied",
        "sockets made",
        "sockets open",
        "all done",
        "worst",
        "backup octets each",
    ];
    let mut table = Table::new(&columns);
    let (mut open, mut done) = (Vec::new(), Vec::new());
    for one in takeovers {
        let median = |values: &[f64]| match values {
            [] => "-".to_string(),
            values => format!("{:.2}", Summary::of(values).p50),
        };
        let all = Summary::of(&one.all);
        let steps = [&one.silence, &one.applied, &one.made, &one.open, &one.all];
        let mut cells = vec![one.what.clone(), all.n.to_string()];
        cells.extend(steps.map(|values| median(values)));
        cells.push(format!("{:.2}", all.max));
        cells.push(median(&one.memory));
        table.row(cells);
        let count = one.connections as f64;
        if one.memory.is_empty() {
            let what = format!("work after the detection, {}", one.what);
            target(targets, what, FEW_WORK_MS_MAX, all.p50, "ms");
        } else {
            open.push((count, Summary::of(&one.open).p50));
            done.push((count, all.p50));
        }
    }
    if let Some((count, ms)) = open.last() {
        let what = format!("detection to open sockets, {count} connections");
        target(targets, what, SOCKETS_MS_MAX, *ms, "ms");
    }
    let curves = LogCurves {
        title: "Takeover of idle connections".into(),
        axes: ["connections".into(), "ms from the detection".into()],
        curves: vec![("sockets open", open), ("all done", done)],
    };
    (table, curves.to_svg())
}

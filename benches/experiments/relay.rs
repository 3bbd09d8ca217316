//! What it costs to copy media to other hosts: as a relay (two copies, nothing kept) and as a backup that
//! passes media on (one copy, the packet kept), in the kernel and by a thread.
//!
//! `cargo bench --bench relay [-- --smoke]`, in a LAN of its own (namespaces; no root needed). On such a LAN
//! sending, copying and receiving in the kernel all run in the thread that sends first, so the CPU time of
//! this process, with that of the kernel's threads for what is put off, holds all of it. The cost of
//! copying is what it has more than with no targets at the same load; with and without take turns. It
//! includes that of a copy on its way over cables and bridge to a target, which drops it as soon as it
//! comes. Packets come in bursts, each millisecond. Results go to `results/`, with `--smoke` nowhere.

use anyhow::{Context, ensure};
use mcu::lab::{Host, Lab};
use mcu_benches::plot::{Bar, StackedBars};
use mcu_benches::stats::Summary;
use mcu_benches::table::Table;
use mcu_benches::{cpu, machine};
use replication::copy::{Copier, CopyPath, Copying, Owner};
use replication::os::address::{Addresses, whole};
use replication::os::mac::Mac;
use replication::os::packet_socket::mac_of;
use replication::shell::Clock;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::time::Duration;

/// The address that is copied.
const MEDIA: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 77, 0, 200));
const PORT: u16 = 40_000;
/// Octets of UDP payload: sound, and pictures.
const OCTETS: [usize; 2] = [200, 1200];
/// Packets a second.
const LOADS: [usize; 2] = [10_000, 40_000];
/// Between bursts.
const TICK: Duration = Duration::from_millis(1);
/// For packets that are still on their way.
const SETTLE: Duration = Duration::from_millis(20);
/// What the kernel puts off runs in threads with this name, one for each processor.
const KERNEL_THREADS: &str = "ksoftirqd/";
/// The thread that copies.
const COPIER_THREAD: &str = "copier";
/// Part of copies that may be lost.
const LOST_MAX: f64 = 0.001;

fn main() -> anyhow::Result<()> {
    mcu::lab::isolate()?;
    let smoke = std::env::args().any(|argument| argument == "--smoke");
    let (rounds, length) = match smoke {
        true => (1, Duration::from_millis(100)),
        false => (7, Duration::from_millis(500)),
    };
    let lan = Lan::new()?;
    let mut table = Table::new(&[
        "task",
        "copied by",
        "octets",
        "packets/s",
        "CPU µs/packet",
        "interval",
        "of it the thread",
        "packets/s of a core",
        "lost ‰",
    ]);
    let mut groups = Vec::new();
    for task in [Task::Relay, Task::Backup] {
        for octets in OCTETS {
            let mut bars = Vec::new();
            for load in LOADS {
                for path in [CopyPath::Kernel, CopyPath::User] {
                    let cost = measure(&lan, task, path, (octets, load), rounds, length)?;
                    table.row(cost.cells(task, path, octets, load));
                    bars.push(cost.bar(path, load));
                }
            }
            groups.push((format!("{}, {octets} octets", task.name()), bars));
        }
    }
    println!("Copying, CPU time beyond that without copies (medians)\n{table}");
    if !smoke {
        let (results, origin) = (machine::results(), machine::origin());
        std::fs::write(results.join("relay.csv"), table.to_csv(&origin))?;
        let bars = StackedBars {
            title: "CPU of copying a packet".into(),
            unit: "µs".into(),
            series: vec!["in the kernel, on the packet's way", "the copying thread"],
            groups,
        };
        std::fs::write(results.join("relay.svg"), bars.to_svg())?;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    /// Two copies; the host keeps nothing.
    Relay,
    /// One copy; the host's own socket gets the packet too. It is full: that costs the same in both turns.
    Backup,
}

impl Task {
    fn name(self) -> &'static str {
        match self {
            Task::Relay => "relay",
            Task::Backup => "backup",
        }
    }

    fn copies(self) -> usize {
        match self {
            Task::Relay => 2,
            Task::Backup => 1,
        }
    }
}

/// A client, the host that copies, and two that get copies and drop them at once.
struct Lan {
    _lab: Lab,
    client: Host,
    copier: Host,
    targets: [Host; 2],
    macs: [Mac; 2],
    _sinks: Vec<Copier>,
    _socket: UdpSocket,
}

impl Lan {
    fn new() -> anyhow::Result<Lan> {
        let mut lab = Lab::new()?;
        let (client, copier) = (lab.host("client")?, lab.host("copier")?);
        let targets = [lab.host("one")?, lab.host("other")?];
        copier.inside(|| {
            let mut addresses = Addresses::open()?;
            let link = addresses.link(&copier.name)?;
            Ok(addresses.add(link.index, MEDIA, whole(MEDIA), None)?)
        })?;
        let socket = copier.inside(|| Ok(UdpSocket::bind((MEDIA, PORT))?))?;
        let mac = |host: &Host| host.inside(|| Ok(mac_of(&host.name)?));
        let macs = [mac(&targets[0])?, mac(&targets[1])?];
        // A copier without targets that keeps nothing is a sink.
        let sink = |host: &Host| start(host, Task::Relay, CopyPath::Kernel, &[]);
        let sinks = vec![sink(&targets[0])?, sink(&targets[1])?];
        Ok(Lan {
            _lab: lab,
            client,
            copier,
            targets,
            macs,
            _sinks: sinks,
            _socket: socket,
        })
    }

    /// Frames that have come to the first targets.
    fn received(&self, targets: usize) -> anyhow::Result<u64> {
        let received = |host: &Host| host.inside(|| frames(&host.name));
        self.targets[..targets].iter().map(received).sum()
    }
}

fn start(host: &Host, task: Task, path: CopyPath, targets: &[Mac]) -> anyhow::Result<Copier> {
    let copying = Copying {
        path,
        owner: Owner::Node("bench".into()),
        interface: host.name.clone(),
        address: MEDIA,
        keep_local: task == Task::Backup,
    };
    host.inside(|| Ok(Copier::start(&copying, targets)?))
}

/// Frames that an interface of this host has received.
fn frames(interface: &str) -> anyhow::Result<u64> {
    let table = std::fs::read_to_string("/proc/thread-self/net/dev")?;
    let line = (table.lines()).find_map(|line| line.trim_start().strip_prefix(interface));
    let numbers = line.and_then(|rest| rest.strip_prefix(':'));
    let packets = numbers.and_then(|numbers| numbers.split_whitespace().nth(1));
    Ok(packets.context("the interface is there")?.parse()?)
}

/// What copying costs.
struct Cost {
    /// CPU µs for a packet, whoever works; one value for each round.
    all: Vec<f64>,
    /// The part of the copying thread.
    thread: Vec<f64>,
    /// Part of copies that did not come.
    lost: f64,
}

/// What has been spent and received up to a moment.
#[derive(Clone, Copy)]
struct Sums {
    all: Duration,
    thread: Duration,
    frames: u64,
}

impl Sums {
    fn now(lan: &Lan, targets: usize) -> anyhow::Result<Sums> {
        let own = std::process::id();
        Ok(Sums {
            all: cpu::process(own)? + kernel_threads()?,
            thread: cpu::threads(own)?.remove(COPIER_THREAD).unwrap_or_default(),
            frames: lan.received(targets)?,
        })
    }
}

/// CPU time of the kernel's threads for what is put off.
fn kernel_threads() -> anyhow::Result<Duration> {
    let mut sum = Duration::ZERO;
    for process in std::fs::read_dir("/proc")? {
        let name = process?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let name = std::fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
        if name.starts_with(KERNEL_THREADS) {
            sum += cpu::threads(id)?.into_values().sum::<Duration>();
        }
    }
    Ok(sum)
}

/// What a load has cost and what came of it.
struct Load {
    /// CPU µs for a packet, of all and of the copying thread.
    all: f64,
    thread: f64,
    sent: u64,
    received: u64,
}

fn measure(
    lan: &Lan,
    task: Task,
    path: CopyPath,
    (octets, load): (usize, usize),
    rounds: usize,
    length: Duration,
) -> anyhow::Result<Cost> {
    let mut cost = Cost {
        all: Vec::new(),
        thread: Vec::new(),
        lost: 0.0,
    };
    let (mut expected, mut received) = (0, 0);
    let copies = task.copies();
    for _ in 0..rounds {
        let without = start(&lan.copier, task, CopyPath::Kernel, &[])?;
        let base = send(lan, (octets, load), length, copies)?;
        drop(without);
        let _with = start(&lan.copier, task, path, &lan.macs[..copies])?;
        let load = send(lan, (octets, load), length, copies)?;
        expected += load.sent * copies as u64;
        received += load.received;
        cost.all.push(load.all - base.all);
        cost.thread.push(load.thread);
    }
    cost.lost = expected.saturating_sub(received) as f64 / expected as f64;
    if cost.lost > LOST_MAX {
        println!("{task:?}, {path:?}, {octets} octets, {load}/s: the load is too high");
    }
    Ok(cost)
}

/// Sends packets for so long.
fn send(
    lan: &Lan,
    (octets, load): (usize, usize),
    length: Duration,
    targets: usize,
) -> anyhow::Result<Load> {
    let socket = lan.client.inside(|| {
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        socket.connect((MEDIA, PORT))?;
        Ok(socket)
    })?;
    let packet = vec![0; octets];
    // The first finds out where the address is.
    socket.send(&packet)?;
    std::thread::sleep(SETTLE);
    let burst = load / (Duration::from_secs(1).as_micros() / TICK.as_micros()) as usize;
    let ticks = length.as_micros() / TICK.as_micros();
    ensure!(burst > 0 && ticks > 0, "there is a load");
    let before = Sums::now(lan, targets)?;
    let clock = Clock::new();
    let mut due = clock.now();
    let mut sent = 0;
    for _ in 0..ticks {
        for _ in 0..burst {
            socket.send(&packet)?;
        }
        sent += burst as u64;
        due += TICK;
        std::thread::sleep(due.since(clock.now()));
    }
    std::thread::sleep(SETTLE);
    let after = Sums::now(lan, targets)?;
    let micros = |time: Duration| time.as_secs_f64() * 1e6 / sent as f64;
    Ok(Load {
        all: micros(after.all - before.all),
        thread: micros(after.thread - before.thread),
        sent,
        received: after.frames - before.frames,
    })
}

impl Cost {
    fn cells(&self, task: Task, path: CopyPath, octets: usize, load: usize) -> Vec<String> {
        let (all, thread) = (Summary::of(&self.all), Summary::of(&self.thread));
        vec![
            task.name().into(),
            name(path).into(),
            octets.to_string(),
            load.to_string(),
            format!("{:.2}", all.p50),
            format!("{:.2}–{:.2}", all.interval.0, all.interval.1),
            format!("{:.2}", thread.p50),
            format!("{:.0}", 1e6 / all.p50),
            format!("{:.2}", self.lost * 1e3),
        ]
    }

    fn bar(&self, path: CopyPath, load: usize) -> Bar {
        let (all, thread) = (Summary::of(&self.all).p50, Summary::of(&self.thread).p50);
        Bar {
            label: format!("{} {}k/s", name(path), load / 1000),
            parts: vec![(0, (all - thread).max(0.0)), (1, thread)],
        }
    }
}

fn name(path: CopyPath) -> &'static str {
    match path {
        CopyPath::Kernel => "kernel",
        _ => "thread",
    }
}

//! The example service on a LAN of three hosts: what its clients send comes back exactly, whatever
//! happens to a node.
//!
//! The LAN is made of namespaces, for which a process must have one thread; so this is a program of
//! its own. An argument selects the claims whose names contain it. `ECHO_OCTETS` (30 million by default) is
//! the length of a stream, `ECHO_SEED` chooses the instants of the faults.

#![expect(clippy::disallowed_methods, reason = "waits for processes")]

mod lab;

use anyhow::{Context, bail, ensure};
use lab::Host;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

const SERVICE: &str = "198.18.0.100:7";
/// How long something that must happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a stream may take.
const STREAM_PATIENCE: Duration = Duration::from_secs(120);
/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(2);
/// Times that a node comes back in the traffic of others.
const RETURNS: usize = 3;
/// Connections that are kept of those that come meanwhile.
const KEPT: usize = 40;
/// Connections that have nothing to say while their server dies.
const IDLE: usize = 100;

type Claim = fn(&mut World) -> anyhow::Result<()>;

const CLAIMS: [(&str, Claim); 15] = [
    ("a stream without a fault", no_fault),
    (
        "small messages while the primary is killed",
        small_primary_killed,
    ),
    (
        "small messages while the backup is killed",
        small_backup_killed,
    ),
    (
        "small messages while the primary is asked to end",
        small_primary_ended,
    ),
    ("the primary is killed", primary_killed),
    ("the backup is killed", backup_killed),
    ("the primary is stopped, and goes on later", primary_stopped),
    ("the backup is stopped, and goes on later", backup_stopped),
    ("the primary loses its cable", primary_unplugged),
    ("the primary is asked to end", primary_ended),
    ("the backup is asked to end", backup_ended),
    (
        "the primary is killed with many connections",
        many_connections,
    ),
    (
        "the primary is killed at a connection's beginning",
        beginnings,
    ),
    (
        "a node comes back under load, and the other is killed",
        rejoined,
    ),
    (
        "nodes come back while connections come and go, and the other is killed",
        rejoined_in_traffic,
    ),
];

fn main() -> anyhow::Result<()> {
    lab::isolate()?;
    let wanted = (std::env::args().nth(1)).filter(|word| !word.starts_with('-'));
    let mut world = World::new()?;
    println!("ECHO_SEED={} ECHO_OCTETS={}", world.random, world.octets);
    let mut failed = 0;
    for (name, claim) in CLAIMS {
        if (wanted.as_ref()).is_some_and(|word| !name.contains(word.as_str())) {
            continue;
        }
        println!("{name}");
        match claim(&mut world).and_then(|()| world.nobody_strayed()) {
            Ok(()) => println!("  ok"),
            Err(error) => {
                failed += 1;
                println!(
                    "  FAILED: {error:#}\n  (logs in {})",
                    world.directory.display()
                );
                world.keep = true;
            }
        }
    }
    ensure!(failed == 0, "{failed} claims do not hold");
    Ok(())
}

struct World {
    client: Host,
    nodes: [Host; 2],
    program: PathBuf,
    directory: PathBuf,
    /// Whether the logs are looked at afterwards.
    keep: bool,
    octets: u64,
    random: u64,
    processes: u32,
}

impl World {
    fn new() -> anyhow::Result<World> {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
        let directory = std::env::temp_dir().join(format!("echo-{}", std::process::id()));
        fs::create_dir_all(&directory)?;
        // Cargo puts tests in `deps`, beside `examples`.
        let here = std::env::current_exe()?;
        let built = here.ancestors().nth(2).context("target/PROFILE/deps")?;
        let world = World {
            client: Host::new(3)?,
            nodes: [Host::new(1)?, Host::new(2)?],
            program: built.join("examples/echo"),
            directory,
            keep: false,
            octets: number("ECHO_OCTETS").unwrap_or(30_000_000),
            random: number("ECHO_SEED").unwrap_or(now.as_nanos() as u64),
            processes: 0,
        };
        let key = world.directory.join("pair.key");
        let made = Command::new(&world.program)
            .args([Path::new("keygen"), &key])
            .status()?;
        ensure!(made.success(), "no pair key");
        for node in 1..=2 {
            let pair = format!(
                "nodes = [\"{}:7000\", \"{}:7000\"]\nkey = {key:?}\ninterface = \"eth0\"\n\
                 control-address = \"198.18.0.100\"\nmedia-address = \"198.18.0.101\"\nstate = {:?}\n",
                world.nodes[0].address,
                world.nodes[1].address,
                world.directory.join(format!("{node}.state")),
            );
            fs::write(world.configuration(node), pair)?;
        }
        Ok(world)
    }

    fn configuration(&self, node: usize) -> PathBuf {
        self.directory.join(format!("{node}.toml"))
    }

    fn start(&mut self, host: usize, name: &str, words: &[&str]) -> anyhow::Result<Process> {
        self.processes += 1;
        let log = self
            .directory
            .join(format!("{}-{name}.log", self.processes));
        let output = File::create(&log)?;
        let mut command = Command::new(&self.program);
        command
            .args(words)
            .env(
                "ECHO_LOG",
                std::env::var("ECHO_LOG").unwrap_or("info".into()),
            )
            .stdout(output.try_clone()?)
            .stderr(output);
        let host = match host {
            0 => &self.client,
            node => &self.nodes[node - 1],
        };
        let child = host.spawn(command)?;
        Ok(Process { child, log })
    }

    /// Node 1 or 2.
    fn node(&mut self, number: usize) -> anyhow::Result<Process> {
        let pair = self.configuration(number);
        let pair = pair.to_str().context("a path in UTF-8")?.to_owned();
        let words = ["serve", "--listen", SERVICE, "--pair", &pair];
        self.start(number, &format!("node{number}"), &words)
    }

    /// Both nodes, the first one being the primary.
    fn pair(&mut self) -> anyhow::Result<[Process; 2]> {
        let nodes = [self.node(1)?, self.node(2)?];
        nodes[0].says("primary: ")?;
        Ok(nodes)
    }

    fn stream(&mut self, octets: u64) -> anyhow::Result<Process> {
        self.paced(octets, 0)
    }

    /// As fast as it can with a rate of 0, else so many octets a second.
    fn paced(&mut self, octets: u64, rate: u64) -> anyhow::Result<Process> {
        let [octets, rate, seed] = [octets, rate, self.random].map(|number| number.to_string());
        let words = [
            "client", SERVICE, "--octets", &octets, "--rate", &rate, "--seed", &seed,
        ];
        self.start(0, "client", &words)
    }

    /// A client, at a random point of its stream.
    fn busy(&mut self) -> anyhow::Result<Process> {
        let client = self.stream(self.octets)?;
        self.in_the_middle(client)
    }

    /// One that says little, but all the time, as signalling does.
    fn talking(&mut self) -> anyhow::Result<Process> {
        let client = self.paced(200_000, 200_000)?;
        self.in_the_middle(client)
    }

    fn in_the_middle(&mut self, mut client: Process) -> anyhow::Result<Process> {
        let percent = 10 + self.random(70);
        client.reaches(percent)?;
        std::thread::sleep(Duration::from_micros(self.random(3000)));
        Ok(client)
    }

    fn random(&mut self, below: u64) -> u64 {
        self.random = (self.random ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        self.random ^= self.random >> 31;
        self.random % below
    }

    /// Connections that have said something and have nothing more to say.
    fn idle(&self) -> anyhow::Result<Vec<TcpStream>> {
        let begin = |number| {
            let mut connection = self.connect()?;
            exchange(&mut connection, number, "before")?;
            Ok(connection)
        };
        (0..IDLE).map(begin).collect()
    }

    /// No backup's copy ever differed from the primary's.
    fn nobody_strayed(&self) -> anyhow::Result<()> {
        for file in fs::read_dir(&self.directory)? {
            let log = fs::read(file?.path())?;
            let log = String::from_utf8_lossy(&log);
            let astray = log
                .lines()
                .find(|line| line.contains("astray") || line.contains("continued"));
            ensure!(astray.is_none(), "{}", astray.unwrap_or_default());
        }
        Ok(())
    }

    fn connect(&self) -> anyhow::Result<TcpStream> {
        let connection = self
            .client
            .inside(|| Ok(TcpStream::connect_timeout(&SERVICE.parse()?, PATIENCE)?))?;
        connection.set_read_timeout(Some(PATIENCE))?;
        connection.set_nodelay(true)?;
        Ok(connection)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !self.keep {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// A process that ends with this.
struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        Ok(kill(Pid::from_raw(self.child.id() as i32), signal)?)
    }

    fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits until its log has `words`.
    fn says(&self, words: &str) -> anyhow::Result<()> {
        within(PATIENCE, || Ok(self.log().contains(words).then_some(())))
            .with_context(|| format!("{} never says {words:?}", self.log.display()))
    }

    /// How often its log has `words`.
    fn said(&self, words: &str) -> usize {
        self.log().matches(words).count()
    }

    /// Waits until the client has so much of its stream.
    fn reaches(&mut self, percent: u64) -> anyhow::Result<()> {
        within(STREAM_PATIENCE, || {
            let log = self.log();
            let shown = log
                .lines()
                .filter_map(|line| line.strip_suffix(" %")?.parse().ok());
            let reached = shown.max().is_some_and(|shown: u64| shown >= percent);
            ensure!(
                reached || self.child.try_wait()?.is_none(),
                "it has ended: {log}"
            );
            Ok(reached.then_some(()))
        })
        .with_context(|| format!("the client never reaches {percent} %"))
    }

    fn ends(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        within(patience, || Ok(self.child.try_wait()?))
            .with_context(|| format!("{} does not end", self.log.display()))
    }

    /// The client's verdict.
    fn identical(&mut self) -> anyhow::Result<()> {
        let status = self.ends(STREAM_PATIENCE)?;
        let log = self.log();
        let last = log.lines().last().unwrap_or_default();
        ensure!(
            status.success() && last.starts_with("identical"),
            "client: {last}"
        );
        println!("  {last}");
        Ok(())
    }

    /// Shows what it did when it took over.
    fn took_over(&self) -> anyhow::Result<()> {
        self.says("takeover (")?;
        for line in self
            .log()
            .lines()
            .filter(|line| line.contains("takeover ("))
        {
            println!(
                "  {}",
                line.split_once("WARN")
                    .map_or(line, |(_, rest)| rest.trim())
            );
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn within<T>(
    patience: Duration,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let begin = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if begin.elapsed() > patience {
            bail!("not within {patience:?}");
        }
        std::thread::sleep(POLL);
    }
}

fn no_fault(world: &mut World) -> anyhow::Result<()> {
    let _nodes = world.pair()?;
    world.stream(world.octets)?.identical()
}

fn primary_killed(world: &mut World) -> anyhow::Result<()> {
    let [primary, backup] = world.pair()?;
    let mut client = world.busy()?;
    primary.signal(Signal::SIGKILL)?;
    client.identical()?;
    backup.took_over()
}

fn small_primary_killed(world: &mut World) -> anyhow::Result<()> {
    let [primary, backup] = world.pair()?;
    let mut client = world.talking()?;
    primary.signal(Signal::SIGKILL)?;
    client.identical()?;
    backup.took_over()
}

fn small_backup_killed(world: &mut World) -> anyhow::Result<()> {
    let [primary, backup] = world.pair()?;
    let mut client = world.talking()?;
    backup.signal(Signal::SIGKILL)?;
    client.identical()?;
    primary.says("serving alone")
}

fn small_primary_ended(world: &mut World) -> anyhow::Result<()> {
    let [mut primary, backup] = world.pair()?;
    let mut client = world.talking()?;
    primary.signal(Signal::SIGTERM)?;
    client.identical()?;
    backup.says("handover (")?;
    ensure!(primary.ends(PATIENCE)?.success(), "it ended with an error");
    Ok(())
}

fn backup_killed(world: &mut World) -> anyhow::Result<()> {
    let [primary, backup] = world.pair()?;
    let mut client = world.busy()?;
    backup.signal(Signal::SIGKILL)?;
    client.identical()?;
    primary.says("serving alone")
}

fn primary_stopped(world: &mut World) -> anyhow::Result<()> {
    let [mut primary, backup] = world.pair()?;
    let mut client = world.busy()?;
    primary.signal(Signal::SIGSTOP)?;
    backup.took_over()?;
    primary.signal(Signal::SIGCONT)?;
    let status = primary.ends(PATIENCE)?;
    ensure!(!status.success(), "it ended as if nothing had happened");
    client.identical()
}

fn backup_stopped(world: &mut World) -> anyhow::Result<()> {
    let [primary, backup] = world.pair()?;
    let mut client = world.busy()?;
    backup.signal(Signal::SIGSTOP)?;
    client.identical()?;
    primary.says("serving alone")?;
    // Its copy is out of date: it must not take over with that.
    primary.signal(Signal::SIGKILL)?;
    backup.signal(Signal::SIGCONT)?;
    backup.says("it starts anew")?;
    let log = backup.log();
    ensure!(!log.contains("takeover ("), "it took over: {log}");
    Ok(())
}

fn primary_unplugged(world: &mut World) -> anyhow::Result<()> {
    let [mut primary, backup] = world.pair()?;
    let mut client = world.busy()?;
    world.nodes[0].connect(false)?;
    let verdict = client.identical();
    // It serves on, where nobody hears it; then it hears of the other's reign.
    world.nodes[0].connect(true)?;
    verdict?;
    backup.took_over()?;
    primary.says("deposed")?;
    primary.ends(PATIENCE).map(drop)
}

fn primary_ended(world: &mut World) -> anyhow::Result<()> {
    let [mut primary, backup] = world.pair()?;
    let mut client = world.busy()?;
    primary.signal(Signal::SIGTERM)?;
    client.identical()?;
    backup.says("handover (")?;
    ensure!(primary.ends(PATIENCE)?.success(), "it ended with an error");
    Ok(())
}

fn backup_ended(world: &mut World) -> anyhow::Result<()> {
    let [primary, mut backup] = world.pair()?;
    let mut client = world.busy()?;
    backup.signal(Signal::SIGTERM)?;
    client.identical()?;
    primary.says("serving alone")?;
    ensure!(backup.ends(PATIENCE)?.success(), "it ended with an error");
    Ok(())
}

fn many_connections(world: &mut World) -> anyhow::Result<()> {
    let [primary, backup] = world.pair()?;
    let mut idle = world.idle()?;
    let mut busy = [world.stream(world.octets / 2)?, world.busy()?];
    primary.signal(Signal::SIGKILL)?;
    for client in &mut busy {
        client.identical()?;
    }
    for (number, connection) in idle.iter_mut().enumerate() {
        exchange(connection, number, "after")?;
    }
    backup.took_over()
}

fn exchange(connection: &mut TcpStream, number: usize, when: &str) -> anyhow::Result<()> {
    let said = format!("{when}, connection {number}\n");
    let mut heard = vec![0; said.len()];
    connection.write_all(said.as_bytes())?;
    (connection.read_exact(&mut heard)).with_context(|| format!("connection {number} {when}"))?;
    ensure!(
        heard == said.as_bytes(),
        "connection {number} {when} heard something else"
    );
    Ok(())
}

/// Connections that begin while the primary dies.
fn beginnings(world: &mut World) -> anyhow::Result<()> {
    let [primary, backup] = world.pair()?;
    let (mut longest, mut count) = (Duration::ZERO, 0);
    let instant = Instant::now() + Duration::from_millis(200 + world.random(100));
    let mut killed = false;
    while Instant::now() < instant + Duration::from_millis(500) {
        if !killed && Instant::now() >= instant {
            primary.signal(Signal::SIGKILL)?;
            killed = true;
        }
        let begin = Instant::now();
        let mut connection = world.connect()?;
        exchange(&mut connection, count, "once")?;
        longest = longest.max(begin.elapsed());
        count += 1;
    }
    println!("  {count} connections one after another, the longest {longest:.1?}");
    backup.took_over()
}

fn rejoined(world: &mut World) -> anyhow::Result<()> {
    let [first, second] = world.pair()?;
    let mut idle = world.idle()?;
    // So long that there is time to come back.
    let mut client = world.stream(world.octets * 5)?;
    let instant = 2 + world.random(10);
    client.reaches(instant)?;
    first.signal(Signal::SIGKILL)?;
    second.took_over()?;
    drop(first);
    let first = world.node(1)?;
    first.says("backup: ")?;
    second.says("primary: ")?;
    let running = client.child.try_wait()?.is_none();
    ensure!(running, "the stream was too short: ECHO_OCTETS");
    second.signal(Signal::SIGKILL)?;
    first.took_over()?;
    client.identical()?;
    for (number, connection) in idle.iter_mut().enumerate() {
        exchange(connection, number, "after both")?;
    }
    Ok(())
}

/// A node joins while connections begin, talk and end: it has all that there are when it has to go on with them.
fn rejoined_in_traffic(world: &mut World) -> anyhow::Result<()> {
    let [first, mut second] = world.pair()?;
    let mut idle = world.idle()?;
    let mut kept = std::collections::VecDeque::new();
    let mut count = 0;
    let mut client = world.paced(2_000_000, 100_000)?;
    client.reaches(1)?;
    for time in 1..=RETURNS {
        second.signal(Signal::SIGKILL)?;
        within(PATIENCE, || {
            Ok((first.said("serving alone: ") > time).then_some(()))
        })?;
        drop(second);
        second = world.node(2)?;
        let until = Instant::now() + PATIENCE;
        while first.said("primary: ") <= time {
            ensure!(Instant::now() < until, "node 2 does not come back");
            let mut connection = world.connect()?;
            exchange(&mut connection, count, "new")?;
            kept.push_back((count, connection));
            if kept.len() > KEPT {
                kept.pop_front();
            }
            let at = count % kept.len();
            let (number, talking) = &mut kept[at];
            exchange(talking, *number, "meanwhile")?;
            count += 1;
        }
    }
    println!("  {count} connections came meanwhile");
    let running = client.child.try_wait()?.is_none();
    ensure!(running, "the stream was too short");
    first.signal(Signal::SIGKILL)?;
    second.took_over()?;
    client.identical()?;
    for (number, connection) in &mut kept {
        exchange(connection, *number, "after all")?;
    }
    for (number, connection) in idle.iter_mut().enumerate() {
        exchange(connection, number, "after all")?;
    }
    Ok(())
}

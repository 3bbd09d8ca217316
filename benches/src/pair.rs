//! A pair of nodes and its clients on a LAN of their own.
//!
//! The nodes are this very program, started again with `serve`, and so are terminals (`call`): no
//! other has to be built first, and what is measured is what was built. [`isolate`] comes first in
//! `main`.

use anyhow::{Context, bail};
use clap::Parser;
use mcu::control::{NodeQuestion, Question, ask};
use mcu::lab::{Host, Lab, Process, Signal};
use replication::link::PairKey;
use replication::shell::{Clock, MediaMode, Status};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The service address of TCP, and where calls are accepted.
pub const SERVICE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 77, 0, 200)), 1720);
/// The service address of UDP, unless it is that of a group.
pub const MEDIA: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 77, 0, 201));
/// Where nodes reach one another.
const LINK_PORT: u16 = 1730;
/// The room that calls join.
pub const ROOM: &str = "bench";
/// Pictures per second of further rooms, [`room_of_rate`].
pub const RATES: [u8; 5] = [5, 10, 15, 20, 30];
/// How long nodes may take to find one another, to take over, to be told of connections.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two questions.
const POLL: Duration = Duration::from_millis(10);

#[derive(Parser)]
enum Program {
    Serve(mcu::serve::Arguments),
    Call(Box<mcu::terminal::options::Options>),
    Relay(mcu::relay::Arguments),
}

/// Moves this process to where a lab can be made, unless it was started to be a node, a terminal or a
/// relay: then it is one, until it ends, and this does not return.
pub fn isolate() {
    if let Some("serve" | "call" | "relay") = std::env::args().nth(1).as_deref() {
        mcu::log_to_stderr();
        let result = match Program::parse() {
            Program::Serve(arguments) => mcu::serve::run(arguments),
            Program::Call(options) => mcu::call::run(*options),
            Program::Relay(arguments) => mcu::relay::run(&arguments),
        };
        if let Err(error) = &result {
            eprintln!("{error:#}");
        }
        std::process::exit(i32::from(result.is_err()));
    }
    if let Err(error) = mcu::lab::isolate() {
        eprintln!("no lab can be made here: {error}");
        std::process::exit(1);
    }
    if let Err(error) = open_files() {
        eprintln!(
            "cannot raise the limit of open files ({error}): thousands of connections will fail"
        );
    }
}

fn open_files() -> nix::Result<()> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
}

/// How media goes, and how soon a node is missed.
#[derive(Debug, Clone, Copy)]
pub struct PairSettings {
    /// How clients' media finds the node that serves.
    pub mode: MediaMode,
    /// In multicast mode: a relay has the media address, or it is that of a group.
    pub relay: bool,
    /// Milliseconds between heartbeats; by default the product's.
    pub heartbeat_ms: Option<u64>,
}

/// The service address of UDP.
fn media_address(settings: PairSettings) -> IpAddr {
    match settings.mode {
        MediaMode::Multicast if !settings.relay => Ipv4Addr::new(239, 77, 0, 201).into(),
        MediaMode::Direct | MediaMode::Forwarded | MediaMode::Multicast => MEDIA,
    }
}

/// The name of a room with one of [`RATES`].
pub fn room_of_rate(rate: u8) -> String {
    format!("rate{rate}")
}

/// Rooms with each of [`RATES`], as a configuration has them.
pub fn rooms() -> String {
    let room = |rate: &u8| {
        let name = room_of_rate(*rate);
        format!("[[room]]\nname = \"{name}\"\nframe-rate = {rate}\n")
    };
    RATES.iter().map(room).collect()
}

/// Two nodes, which may be running, and hosts that call them.
pub struct Pair {
    lab: Lab,
    folder: PathBuf,
    nodes: [Host; 2],
    processes: [Option<Process>; 2],
    /// A third host, and what runs there if media comes by a relay.
    relay: (Host, Option<Process>),
    clock: Clock,
    /// Hosts without a program.
    pub clients: Vec<Host>,
}

impl Pair {
    /// Hosts on a LAN, nothing running. The nodes take as many calls and connections as come, and
    /// media comes directly. A process makes one LAN.
    pub fn new(clients: usize) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("mcu-pair-{}", std::process::id()));
        fs::create_dir_all(&folder).context("no folder for temporary files")?;
        let mut lab = Lab::new()?;
        let nodes = [lab.host("node1")?, lab.host("node2")?];
        let relay = (lab.host("relay")?, None);
        let clients = (1..=clients).map(|i| lab.host(&format!("client{i}")));
        let clients = clients.collect::<anyhow::Result<_>>()?;
        PairKey::generate()?.write(&folder.join("key"), true)?;
        let mut pair = Pair {
            lab,
            relay,
            folder,
            nodes,
            processes: [None, None],
            clock: Clock::new(),
            clients,
        };
        pair.configure(PairSettings {
            mode: MediaMode::Direct,
            relay: false,
            heartbeat_ms: None,
        })?;
        Ok(pair)
    }

    /// From the next start on media goes so; a relay that it needs is started. Logs begin anew.
    pub fn configure(&mut self, settings: PairSettings) -> anyhow::Result<()> {
        let [first, second] = [0, 1].map(|node| self.nodes[node].address);
        let mode = serde_json::to_string(&settings.mode)?;
        let mut media = format!("media-mode = {mode}\n");
        if let Some(period) = settings.heartbeat_ms {
            media += &format!("heartbeat-ms = {period}\n");
        }
        for (node, host) in self.nodes.iter().enumerate() {
            let (name, service, folder) = (&host.name, SERVICE.ip(), self.folder.display());
            let (rooms, media_address) = (rooms(), media_address(settings));
            let config = format!(
                "[limits]\ncalls = 100000\nconnections-without-call = 100000\n\
                 setup-timeout-ms = 3600000\ncalls-per-second = 100000\ncalls-burst = 100000\n\
                 [[room]]\nname = \"{ROOM}\"\nmax-participants = 100000\n\
                 [pair]\nnodes = [\"{first}:{LINK_PORT}\", \"{second}:{LINK_PORT}\"]\n\
                 key = \"{folder}/key\"\nstate = \"{folder}/{name}.state\"\ninterface = \"{name}\"\n\
                 control-address = \"{service}\"\nmedia-address = \"{media_address}\"\n{media}{rooms}"
            );
            fs::write(self.file(node, "toml"), config)?;
            File::create(self.file(node, "log"))?;
        }
        let is_relayed = settings.mode == MediaMode::Multicast && settings.relay;
        self.relay.1 = is_relayed.then(|| self.start_relay()).transpose()?;
        Ok(())
    }

    fn start_relay(&self) -> anyhow::Result<Process> {
        let host = &self.relay.0;
        let [first, second] = [0, 1].map(|node| self.nodes[node].address);
        let file = self.folder.join("relay.toml");
        let config = format!(
            "[relay]\ninterface = \"{}\"\nmedia-address = \"{MEDIA}\"\n\
             nodes = [\"{first}\", \"{second}\"]\n",
            host.name
        );
        fs::write(&file, config)?;
        let log = File::create(self.folder.join("relay.log"))?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["relay", "--config"]).arg(&file).stderr(log);
        host.start(&mut command)
    }

    /// The host of a node, 0 or 1.
    pub fn host(&self, node: usize) -> &Host {
        &self.nodes[node]
    }

    /// Where files of this pair are, until it is dropped.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts a node. What it says is appended to its log.
    pub fn launch(&mut self, node: usize) -> anyhow::Result<()> {
        let file = |end: &str| self.file(node, end);
        let log = File::options()
            .create(true)
            .append(true)
            .open(file("log"))?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["serve", "--config"])
            .arg(file("toml"))
            .arg("--control-socket")
            .arg(file("socket"))
            // Logs are read.
            .env("NO_COLOR", "1")
            .stderr(log);
        self.processes[node] = Some(self.nodes[node].start(&mut command)?);
        Ok(())
    }

    /// What a node has said since its log began.
    pub fn log(&self, node: usize) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.file(node, "log"))?)
    }

    fn file(&self, node: usize, end: &str) -> PathBuf {
        let name = &self.nodes[node].name;
        self.folder.join(format!("{name}.{end}"))
    }

    /// Starts a node and waits until it serves or, beside another, is the backup.
    pub fn start(&mut self, node: usize) -> anyhow::Result<()> {
        self.launch(node)?;
        let alone = self.processes[1 - node].is_none();
        self.until(node, "it serves or is the backup", |status| {
            use replication::failover::Role;
            match alone {
                true => status.this.role.serves(),
                false => status.this.role == Role::Backup,
            }
        })?;
        if !alone {
            self.until(1 - node, "it is the primary", |status| {
                status.this.role == replication::failover::Role::Primary
            })?;
        }
        Ok(())
    }

    /// Kills a node's process (SIGKILL), if it runs.
    pub fn kill(&mut self, node: usize) {
        self.processes[node] = None;
    }

    /// Asks a node to end (SIGTERM), and waits until it has.
    pub fn stop(&mut self, node: usize) -> anyhow::Result<()> {
        let process = self.processes[node].take();
        process.map_or(Ok(()), |process| process.stop(PATIENCE).map(drop))
    }

    /// Sends a signal to a node's process.
    pub fn signal(&self, node: usize, signal: Signal) -> anyhow::Result<()> {
        let process = self.processes[node].as_ref();
        process.context("it does not run")?.signal(signal)
    }

    /// Whether a node runs no more.
    pub fn has_ended(&mut self, node: usize) -> anyhow::Result<bool> {
        let process = self.processes[node].as_mut();
        process.map_or(Ok(true), |process| Ok(process.ended()?.is_some()))
    }

    /// Pulls the cable of a node's host.
    pub fn unplug(&self, node: usize) -> anyhow::Result<()> {
        self.lab.unplug(&self.nodes[node])
    }

    /// Puts it in again.
    pub fn plug(&self, node: usize) -> anyhow::Result<()> {
        self.lab.plug(&self.nodes[node])
    }

    /// What a node says of itself.
    pub fn status(&self, node: usize) -> anyhow::Result<Status> {
        let answer = ask(
            &self.file(node, "socket"),
            &Question::Node(NodeQuestion::Node),
        )?;
        Ok(serde_json::from_value(answer)?)
    }

    /// Waits until a node's status is as wanted.
    pub fn until(
        &self,
        node: usize,
        what: &str,
        wanted: impl Fn(&Status) -> bool,
    ) -> anyhow::Result<Status> {
        let limit = self.clock.now() + PATIENCE;
        loop {
            // It does not answer while it starts.
            let status = self.status(node);
            match status {
                Ok(status) if wanted(&status) => return Ok(status),
                _ if self.clock.now() < limit => std::thread::sleep(POLL),
                status => {
                    let log = fs::read_to_string(self.file(node, "log")).unwrap_or_default();
                    let last: Vec<&str> = log.lines().rev().take(20).collect();
                    let last: Vec<&str> = last.into_iter().rev().collect();
                    bail!(
                        "node {} does not come so far that {what}: {status:?}; its log ends so:\n{}",
                        node + 1,
                        last.join("\n")
                    );
                }
            }
        }
    }

    /// CPU time of each thread of a running node so far.
    pub fn threads(&self, node: usize) -> anyhow::Result<BTreeMap<String, Duration>> {
        let process = self.processes[node].as_ref().context("it does not run")?;
        crate::cpu::threads(process.id())
    }

    /// CPU time of a node so far, user and system; none if it does not run.
    pub fn cpu(&self, node: usize) -> anyhow::Result<Duration> {
        (self.processes[node].as_ref()).map_or(Ok(Duration::ZERO), |process| {
            crate::cpu::process(process.id())
        })
    }

    /// Octets of memory that a running node holds (resident set).
    pub fn memory(&self, node: usize) -> anyhow::Result<u64> {
        let process = self.processes[node].as_ref().context("it does not run")?;
        memory(process.id())
    }
}

/// Octets of memory that a process holds (resident set).
pub fn memory(process: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kib: u64 = kib
        .context("no VmRSS in the process' status")?
        .trim()
        .parse()?;
    Ok(kib * 1024)
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.processes = [None, None];
        let _ = fs::remove_dir_all(&self.folder);
    }
}

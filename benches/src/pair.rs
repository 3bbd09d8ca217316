//! A pair of nodes and its clients on a LAN of their own.
//!
//! The nodes are this very program, started again with `serve` (or `call`, to be a terminal): so no other
//! has to be built first, and what is measured is what was built. [`isolate`] comes first in `main`.

use anyhow::{Context, bail};
use clap::Parser;
use mcu::control::{NodeQuestion, Question, ask};
use mcu::lab::{Host, Lab, Process};
use replication::link::PairKey;
use replication::shell::{Clock, Status};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The service address of TCP, and where calls are accepted.
pub const SERVICE: SocketAddr = SocketAddr::new(
    std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 77, 0, 200)),
    1720,
);
/// The service address of UDP.
const MEDIA: &str = "10.77.0.201";
/// Where nodes reach one another.
const LINK_PORT: u16 = 1730;
/// The room that calls join.
pub const ROOM: &str = "bench";
/// How long nodes may take to find one another, to take over, to be told of connections.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two questions.
const POLL: Duration = Duration::from_millis(10);

#[derive(Parser)]
enum Program {
    Serve(mcu::serve::Arguments),
    Call(mcu::terminal::options::Options),
}

/// Moves this process to where a lab can be made, unless it was started to be a node or a terminal:
/// then it is one, until it is killed, and this does not return.
pub fn isolate() {
    if matches!(std::env::args().nth(1).as_deref(), Some("serve" | "call")) {
        mcu::log_to_stderr();
        let ended = match Program::parse() {
            Program::Serve(arguments) => mcu::serve::run(arguments),
            Program::Call(options) => mcu::call::run(options),
        };
        if let Err(error) = &ended {
            eprintln!("{error:#}");
        }
        std::process::exit(i32::from(ended.is_err()));
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

/// What is to be in the nodes' configuration beside what they need; lines of TOML.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// In the section `[pair]`.
    pub pair: String,
    /// Whole `[[room]]` sections.
    pub rooms: String,
}

/// Two nodes, which may be running, and hosts that call them.
pub struct Pair {
    _lab: Lab,
    folder: PathBuf,
    nodes: [Host; 2],
    processes: [Option<Process>; 2],
    clock: Clock,
    /// Hosts without a program.
    pub clients: Vec<Host>,
}

impl Pair {
    /// Hosts on a LAN, nothing running. The nodes take as many calls and connections as come.
    pub fn new(clients: usize) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("mcu-pair-{}", std::process::id()));
        fs::create_dir_all(&folder).context("no folder for temporary files")?;
        let mut lab = Lab::new()?;
        let nodes = [lab.host("node1")?, lab.host("node2")?];
        let clients = (1..=clients).map(|i| lab.host(&format!("client{i}")));
        let clients = clients.collect::<anyhow::Result<_>>()?;
        let key = folder.join("key");
        PairKey::generate()?.write(&key, true)?;
        let mut pair = Pair {
            _lab: lab,
            folder,
            nodes,
            processes: [None, None],
            clock: Clock::new(),
            clients,
        };
        pair.configure(&Settings::default())?;
        Ok(pair)
    }

    /// Gives the nodes other settings. Those that run are killed.
    pub fn configure(&mut self, settings: &Settings) -> anyhow::Result<()> {
        self.processes = [None, None];
        let [first, second] = [&self.nodes[0], &self.nodes[1]].map(|node| node.address);
        for node in &self.nodes {
            let (name, service, folder) = (&node.name, SERVICE.ip(), self.folder.display());
            let Settings { pair, rooms } = settings;
            let config = format!(
                "[limits]\ncalls = 100000\nconnections-without-call = 100000\n\
                 setup-timeout-ms = 3600000\ncalls-per-second = 100000\ncalls-burst = 100000\n\
                 [[room]]\nname = \"{ROOM}\"\n\
                 [pair]\nnodes = [\"{first}:{LINK_PORT}\", \"{second}:{LINK_PORT}\"]\n\
                 key = \"{folder}/key\"\nstate = \"{folder}/{name}.state\"\ninterface = \"{name}\"\n\
                 control-address = \"{service}\"\nmedia-address = \"{MEDIA}\"\n{pair}{rooms}"
            );
            fs::write(format!("{folder}/{name}.toml"), config)?;
        }
        Ok(())
    }

    /// Temporary files, gone with this.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The host of a node, 0 or 1.
    pub fn host(&self, node: usize) -> &Host {
        &self.nodes[node]
    }

    /// Starts a node and waits until it serves or, beside another, is the backup.
    pub fn start(&mut self, node: usize) -> anyhow::Result<()> {
        let name = self.nodes[node].name.clone();
        let file = |end: &str| self.folder.join(format!("{name}.{end}"));
        let log = File::create(file("log"))?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["serve", "--config"])
            .arg(file("toml"))
            .arg("--control-socket")
            .arg(file("socket"))
            .stderr(log);
        self.processes[node] = Some(self.nodes[node].start(&mut command)?);
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

    /// What a node says of itself.
    pub fn status(&self, node: usize) -> anyhow::Result<Status> {
        let socket = self
            .folder
            .join(format!("{}.socket", self.nodes[node].name));
        let answer = ask(&socket, &Question::Node(NodeQuestion::Node))?;
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
                    let log = self.folder.join(format!("{}.log", self.nodes[node].name));
                    let log = fs::read_to_string(log).unwrap_or_default();
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

    /// CPU time of a node so far, user and system; none if it does not run.
    pub fn cpu(&self, node: usize) -> anyhow::Result<Duration> {
        (self.processes[node].as_ref()).map_or(Ok(Duration::ZERO), |process| {
            crate::cpu::process(process.id())
        })
    }

    /// The same of each of its threads.
    pub fn threads(&self, node: usize) -> anyhow::Result<BTreeMap<String, Duration>> {
        crate::cpu::threads(
            (self.processes[node].as_ref())
                .context("it does not run")?
                .id(),
        )
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

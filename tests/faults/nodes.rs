//! The pair: two nodes, what happens to them, and what they leave behind.

use super::{Fault, within};
use anyhow::{Context, ensure};
use base::Instant;
use mcu::config::{Config, Limits, SIGNALLING_PORT};
use mcu::control::{NodeQuestion, Question, ask};
use mcu::lab::{Host, Lab, Process, Signal};
use mcu::shell::{PairOptions, Status};
use replication::failover::Role;
use replication::link::PairKey;
use replication::os::{address::Addresses, filter, sysctl};
use std::fs::OpenOptions;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What terminals call.
pub const CONTROL: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 77, 0, 100));
/// Where media goes.
const MEDIA: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 77, 0, 101));
/// Where the nodes talk to each other.
const LINK_PORT: u16 = 1730;
/// How long a node may take to do anything.
pub const PATIENCE: Duration = Duration::from_secs(15);

struct Node {
    host: Host,
    process: Option<Process>,
    socket: PathBuf,
    file: PathBuf,
    log: PathBuf,
}

impl Node {
    fn start(&mut self) -> anyhow::Result<()> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["serve", "--config"])
            .arg(&self.file)
            .arg("--control-socket")
            .arg(&self.socket)
            .stderr(log);
        self.process = Some(self.host.start(&mut command)?);
        Ok(())
    }

    fn status(&self) -> Option<Status> {
        let answer = ask(&self.socket, &Question::Node(NodeQuestion::Node)).ok()?;
        serde_json::from_value(answer).ok()
    }

    fn role(&self) -> Option<Role> {
        Some(self.status()?.this.role)
    }

    fn process(&self) -> anyhow::Result<&Process> {
        self.process.as_ref().context("no process runs")
    }
}

/// Two nodes.
pub struct Pair {
    nodes: [Node; 2],
    /// Nodes that ended though nothing was done to them: a machine that stands still for longer than
    /// heartbeats may be silent does that to a primary.
    pub accidents: u64,
}

impl Pair {
    /// Starts both and waits until they are a pair.
    pub fn start(hosts: [Host; 2], out: &Path) -> anyhow::Result<Self> {
        let key = out.join("pair.key");
        PairKey::generate()?.write(&key, true)?;
        let addresses =
            [&hosts[0], &hosts[1]].map(|host| SocketAddr::new(host.address.into(), LINK_PORT));
        let node = |host: Host| {
            let name = host.name.clone();
            let config = Config {
                listen: SocketAddr::new(CONTROL, SIGNALLING_PORT),
                limits: Limits::default(),
                pair: Some(PairOptions {
                    // The hosts of the lab share their file system.
                    state: out.join(format!("{name}.state")),
                    ..PairOptions::new(addresses, key.clone(), name.clone(), CONTROL, MEDIA)
                }),
                ..Config::default()
            };
            let node = Node {
                host,
                process: None,
                socket: out.join(format!("{name}.sock")),
                file: out.join(format!("{name}.toml")),
                log: out.join(format!("{name}.log")),
            };
            std::fs::write(&node.file, toml::to_string(&config)?)?;
            anyhow::Ok(node)
        };
        let [first, second] = hosts;
        let mut pair = Pair {
            nodes: [node(first)?, node(second)?],
            accidents: 0,
        };
        for node in &mut pair.nodes {
            node.start()?;
        }
        within(PATIENCE, "the nodes have become a pair", || {
            let roles = [0, 1].map(|index| pair.nodes[index].role());
            let whole = roles.contains(&Some(Role::Primary)) && roles.contains(&Some(Role::Backup));
            Ok(whole.then_some(()))
        })?;
        Ok(pair)
    }

    fn with_role(&self, role: Role) -> anyhow::Result<usize> {
        (self.nodes.iter())
            .position(|node| node.role() == Some(role))
            .with_context(|| format!("no node is the {}", role.name()))
    }

    /// Which node is it?
    pub fn primary(&self) -> anyhow::Result<usize> {
        self.with_role(Role::Primary)
    }

    /// Which node is it?
    pub fn backup(&self) -> anyhow::Result<usize> {
        self.with_role(Role::Backup)
    }

    /// Does it.
    pub fn strike(&mut self, lab: &Lab, victim: usize, fault: Fault) -> anyhow::Result<()> {
        let node = &self.nodes[victim];
        match fault {
            Fault::Kill | Fault::BackupKill => node.process()?.signal(Signal::SIGKILL),
            Fault::Stop | Fault::BackupStop => node.process()?.signal(Signal::SIGSTOP),
            Fault::Term => node.process()?.signal(Signal::SIGTERM),
            Fault::Unplug => lab.unplug(&node.host),
        }
    }

    /// Ends the cause of the fault.
    pub fn mend(&mut self, lab: &Lab, victim: usize, fault: Fault) -> anyhow::Result<()> {
        let node = &self.nodes[victim];
        match fault {
            Fault::Stop | Fault::BackupStop => node.process()?.signal(Signal::SIGCONT),
            Fault::Unplug => lab.plug(&node.host),
            Fault::Kill | Fault::BackupKill | Fault::Term => Ok(()),
        }
    }

    /// When the survivor has noticed a loss of the other last, by the service's clock.
    pub fn last_loss(&self, survivor: usize) -> Option<Instant> {
        let change = self.nodes[survivor].status()?.last_change;
        change.map(|change| change.detected)
    }

    /// What the survivor says once it serves alone because of a later loss than that.
    pub fn alone_since(
        &self,
        survivor: usize,
        before: Option<Instant>,
    ) -> anyhow::Result<Option<Status>> {
        let status = self.nodes[survivor].status();
        Ok(status.filter(|status| {
            let loss = status.last_change.as_ref().map(|change| change.detected);
            status.this.role == Role::Simplex && loss > before
        }))
    }

    /// Starts the victim anew once it has ended. A backup that was stopped only joins again.
    pub fn restarted(&mut self, victim: usize, fault: Fault) -> anyhow::Result<Option<()>> {
        let node = &mut self.nodes[victim];
        let process = node.process.as_mut().context("no process runs")?;
        let ended = process.ended()?;
        if let Some(status) = ended {
            ensure!(
                status.success() || fault != Fault::Term,
                "{} was asked to end, and ended with {status}",
                node.host.name
            );
            node.start()?;
        }
        Ok((ended.is_some() || fault == Fault::BackupStop).then_some(()))
    }

    /// Whether one node serves and the other one is its backup. One that has ended is started anew.
    pub fn whole(&mut self) -> anyhow::Result<Option<()>> {
        for node in &mut self.nodes {
            let process = node.process.as_mut().context("no process runs")?;
            if process.ended()?.is_some() {
                self.accidents += 1;
                node.start()?;
            }
        }
        let roles = [0, 1].map(|index| self.nodes[index].role());
        let is_whole = roles.contains(&Some(Role::Primary)) && roles.contains(&Some(Role::Backup));
        Ok(is_whole.then_some(()))
    }

    /// Ends both, the backup first; gives back the hosts.
    pub fn stop(mut self) -> anyhow::Result<[Host; 2]> {
        for index in [self.backup()?, self.primary()?] {
            let node = &mut self.nodes[index];
            let process = node.process.take().context("no process runs")?;
            let status = process.stop(PATIENCE)?;
            ensure!(status.success(), "{} ended with {status}", node.host.name);
        }
        Ok(self.nodes.map(|node| node.host))
    }
}

/// Everything on the hosts that a node changes while it runs.
pub fn states(hosts: &[Host; 2]) -> anyhow::Result<Vec<String>> {
    let mut states = Vec::new();
    for host in hosts {
        states.extend(host.inside(|| {
            let mut state = vec![format!("{}: rules: {:?}", host.name, filter::leftovers()?)];
            for place in ["all", &host.name] {
                for name in ["arp_ignore", "arp_announce", "rp_filter"] {
                    let name = format!("ipv4/conf/{place}/{name}");
                    state.push(format!("{name}={}", sysctl::read(&name)?));
                }
            }
            let addresses = Addresses::open()?.list(None)?;
            let addresses = addresses.iter().map(|owned| owned.address);
            state.extend(
                addresses
                    .filter(IpAddr::is_ipv4)
                    .map(|address| address.to_string()),
            );
            Ok(state)
        })?);
    }
    Ok(states)
}

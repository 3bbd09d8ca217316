//! The pair: two nodes, what happens to them, and what they leave behind.

use super::{Fault, within};
use anyhow::{Context, ensure};
use base::Instant;
use mcu::config::{Config, Limits, SIGNALLING_PORT};
use mcu::control::{NodeQuestion, Question, ask};
use mcu::lab::{Host, Lab, Process, Signal};
use mcu::shell::{MediaMode, PairOptions, Status};
use replication::copy::CopyPath;
use replication::failover::{Role, Timeline};
use replication::link::PairKey;
use replication::os::{address::Addresses, filter, sysctl};
use replication::relay::{RelayOptions, RelayPeers};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What terminals call.
pub const CONTROL: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 77, 0, 100));
/// Where media goes.
pub const MEDIA: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 77, 0, 101));
/// Where the nodes talk to each other.
const LINK_PORT: u16 = 1730;
/// How long a node may take to do anything.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// Where the relays talk to each other.
const RELAY_PORT: u16 = 1731;

/// A program, this one or one that has the same names, which adds to its log.
pub fn program(binary: &Path, name: &str, file: &Path, log: &Path) -> anyhow::Result<Command> {
    let log = OpenOptions::new().create(true).append(true).open(log)?;
    let mut command = Command::new(binary);
    command.args([name, "--config"]).arg(file).stderr(log);
    // Logs are read.
    command.env("NO_COLOR", "1");
    Ok(command)
}

/// What the processes of both nodes use.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    /// Octets in memory, of the larger.
    pub memory: u64,
    /// Open descriptors, of the node that has more.
    pub descriptors: u64,
}

struct Relay<'a> {
    host: &'a Host,
    process: Option<Process>,
    file: PathBuf,
    log: PathBuf,
}

impl Relay<'_> {
    fn start(&mut self) -> anyhow::Result<()> {
        let mut command = program(&std::env::current_exe()?, "relay", &self.file, &self.log)?;
        self.process = Some(self.host.start(&mut command)?);
        Ok(())
    }
}

struct Node<'a> {
    host: &'a Host,
    /// The build that it runs.
    binary: PathBuf,
    process: Option<Process>,
    socket: PathBuf,
    file: PathBuf,
    log: PathBuf,
}

impl Node<'_> {
    fn start(&mut self) -> anyhow::Result<()> {
        let mut command = program(&self.binary, "serve", &self.file, &self.log)?;
        command.arg("--control-socket").arg(&self.socket);
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

/// Two nodes, and two relays if media comes by one.
pub struct Pair<'a> {
    nodes: [Node<'a>; 2],
    relays: Vec<Relay<'a>>,
    /// Nodes that ended though nothing was done to them: a machine that stands still for longer than
    /// heartbeats may be silent does that to a primary.
    pub accidents: u64,
}

impl<'a> Pair<'a> {
    /// Starts all and waits until the nodes are a pair.
    pub fn start(
        hosts: &'a [Host; 2],
        relays: &'a [Host; 2],
        media_mode: MediaMode,
        misses: u32,
        out: &Path,
    ) -> anyhow::Result<Self> {
        Self::start_with(hosts, relays, out, |options| {
            (options.media_mode, options.misses) = (media_mode, misses);
        })
    }

    /// The same with other settings.
    pub fn start_with(
        hosts: &'a [Host; 2],
        relays: &'a [Host; 2],
        out: &Path,
        set: impl Fn(&mut PairOptions),
    ) -> anyhow::Result<Self> {
        let key = out.join("pair.key");
        if !key.exists() {
            PairKey::generate()?.write(&key, false)?;
        }
        let addresses =
            [&hosts[0], &hosts[1]].map(|host| SocketAddr::new(host.address.into(), LINK_PORT));
        let options = |host: &Host| {
            let name = host.name.clone();
            let mut options = PairOptions {
                // The hosts of the lab share their file system.
                state: out.join(format!("{name}.state")),
                ..PairOptions::new(addresses, key.clone(), name, CONTROL, MEDIA)
            };
            set(&mut options);
            options
        };
        let node = |host: &'a Host| {
            let name = host.name.clone();
            let config = Config {
                listen: SocketAddr::new(CONTROL, SIGNALLING_PORT),
                limits: Limits::default(),
                pair: Some(options(host)),
                ..Config::default()
            };
            let node = Node {
                host,
                binary: std::env::current_exe()?,
                process: None,
                socket: out.join(format!("{name}.sock")),
                file: out.join(format!("{name}.toml")),
                log: out.join(format!("{name}.log")),
            };
            std::fs::write(&node.file, toml::to_string(&config)?)?;
            anyhow::Ok(node)
        };
        let relay = |host: &'a Host| {
            let peers = RelayPeers {
                addresses: [&relays[0], &relays[1]]
                    .map(|relay| SocketAddr::new(relay.address.into(), RELAY_PORT)),
                key: key.clone(),
                heartbeat_ms: 20,
                misses: 3,
            };
            let options = RelayOptions {
                interface: host.name.clone(),
                media_address: MEDIA,
                nodes: addresses.map(|address| address.ip()),
                media_path: CopyPath::Auto,
                peers: Some(peers),
            };
            let file = out.join(format!("{}.toml", host.name));
            std::fs::write(
                &file,
                toml::to_string(&BTreeMap::from([("relay", options)]))?,
            )?;
            anyhow::Ok(Relay {
                host,
                process: None,
                file,
                log: out.join(format!("{}.log", host.name)),
            })
        };
        let relayed = options(&hosts[0]).media_mode == MediaMode::Multicast;
        let relays = (relays.iter().filter(|_| relayed)).map(relay);
        let mut pair = Pair {
            nodes: [node(&hosts[0])?, node(&hosts[1])?],
            relays: relays.collect::<anyhow::Result<_>>()?,
            accidents: 0,
        };
        for relay in &mut pair.relays {
            relay.start()?;
        }
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

    /// Which relay has the media address, if one has.
    pub fn relaying(&self) -> anyhow::Result<Option<usize>> {
        for (index, relay) in self.relays.iter().enumerate() {
            let owned = relay.host.inside(|| Ok(Addresses::open()?.list(None)?))?;
            let runs = relay.process.is_some();
            if runs && owned.iter().any(|owned| owned.address == MEDIA) {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// It dies.
    pub fn kill_relay(&mut self, relay: usize) -> anyhow::Result<()> {
        let process = self.relays[relay].process.take();
        process.context("no process runs")?.signal(Signal::SIGKILL)
    }

    /// It comes back.
    pub fn start_relay(&mut self, relay: usize) -> anyhow::Result<()> {
        self.relays[relay].start()
    }

    /// What the nodes use now.
    pub fn usage(&self) -> anyhow::Result<Usage> {
        let mut most = Usage::default();
        for node in &self.nodes {
            let process = format!("/proc/{}", node.process()?.id());
            let status = std::fs::read_to_string(format!("{process}/status"))?;
            let resident = (status.lines())
                .find_map(|line| line.strip_prefix("VmRSS:"))
                .and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok())
                .context("VmRSS")?;
            most.memory = most.memory.max(resident * 1024);
            let descriptors = std::fs::read_dir(format!("{process}/fd"))?.count() as u64;
            most.descriptors = most.descriptors.max(descriptors);
        }
        Ok(most)
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

    /// Lets the other node serve.
    pub fn hand_over(&self, primary: usize) -> anyhow::Result<Timeline> {
        let question = Question::Node(NodeQuestion::HandOver);
        let answer = ask(&self.nodes[primary].socket, &question)?;
        Ok(serde_json::from_value(answer)?)
    }

    /// Ends a node in order.
    pub fn end(&mut self, node: usize) -> anyhow::Result<()> {
        let node = &mut self.nodes[node];
        let status = (node.process.take().context("no process runs")?).stop(PATIENCE)?;
        ensure!(status.success(), "{} ended with {status}", node.host.name);
        Ok(())
    }

    /// Starts a node, which has ended, of this build.
    pub fn begin(&mut self, node: usize, binary: &Path) -> anyhow::Result<()> {
        self.nodes[node].binary = binary.into();
        self.nodes[node].start()
    }

    /// What each node says of itself, if it does.
    pub fn statuses(&self) -> [Option<Status>; 2] {
        [0, 1].map(|index| self.nodes[index].status())
    }

    /// What a node has logged.
    pub fn log(&self, node: usize) -> anyhow::Result<String> {
        Ok(std::fs::read_to_string(&self.nodes[node].log)?)
    }

    /// Does it.
    pub fn strike(&mut self, lab: &Lab, victim: usize, fault: Fault) -> anyhow::Result<()> {
        let node = &self.nodes[victim];
        match fault {
            Fault::Kill | Fault::BackupKill => node.process()?.signal(Signal::SIGKILL),
            Fault::Stop | Fault::BackupStop => node.process()?.signal(Signal::SIGSTOP),
            Fault::Term => node.process()?.signal(Signal::SIGTERM),
            Fault::Unplug => lab.unplug(node.host),
            Fault::RelayKill => unreachable!("no node's fault"),
        }
    }

    /// Ends the cause of the fault.
    pub fn mend(&mut self, lab: &Lab, victim: usize, fault: Fault) -> anyhow::Result<()> {
        let node = &self.nodes[victim];
        match fault {
            Fault::Stop | Fault::BackupStop => node.process()?.signal(Signal::SIGCONT),
            Fault::Unplug => lab.plug(node.host),
            Fault::Kill | Fault::BackupKill | Fault::Term | Fault::RelayKill => Ok(()),
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

    /// Starts the victim anew once it has ended. One that was only cut off or stopped may join again instead.
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
        let lives_on = match fault {
            Fault::BackupStop => true,
            Fault::Stop | Fault::Unplug => node.role() == Some(Role::Backup),
            Fault::Kill | Fault::Term | Fault::BackupKill | Fault::RelayKill => false,
        };
        Ok((ended.is_some() || lives_on).then_some(()))
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
        let statuses = self.statuses();
        let has = |role| {
            let is = |status: &Status| status.this.role == role && !status.suspended;
            statuses.iter().flatten().any(is)
        };
        Ok((has(Role::Primary) && has(Role::Backup)).then_some(()))
    }

    /// Ends both, the backup first, and the relays.
    pub fn stop(mut self) -> anyhow::Result<()> {
        for index in [self.backup()?, self.primary()?] {
            let node = &mut self.nodes[index];
            let process = node.process.take().context("no process runs")?;
            let status = process.stop(PATIENCE)?;
            ensure!(status.success(), "{} ended with {status}", node.host.name);
        }
        for relay in &mut self.relays {
            let process = relay.process.take().context("no process runs")?;
            let status = process.stop(PATIENCE)?;
            ensure!(status.success(), "{} ended with {status}", relay.host.name);
        }
        Ok(())
    }
}

/// Everything on the hosts that a node changes while it runs.
pub fn states<'a>(hosts: impl IntoIterator<Item = &'a Host>) -> anyhow::Result<Vec<String>> {
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

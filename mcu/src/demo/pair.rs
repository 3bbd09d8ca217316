//! The pair of the demo: two nodes, and a fault.

use super::{Mode, POLL, Place, START_PATIENCE, log_file, program};
use crate::config::{Config, SIGNALLING_PORT};
use crate::control::{NodeQuestion, Question, ask};
use crate::lab::{Lab, Process};
use crate::shell::{PairOptions, Status};
use anyhow::{Context, ensure};
use nix::sys::signal::Signal;
use replication::copy::CopyPath;
use replication::failover::Role;
use replication::link::PairKey;
use replication::relay::{RelayOptions, RelayPeers};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What clients call.
pub(super) const CONTROL: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 77, 0, 100));
/// Where media goes.
const MEDIA: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 77, 0, 101));
const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(239, 77, 0, 1));
/// Where the nodes talk to each other.
const LINK_PORT: u16 = 1730;

/// Where the relays talk to each other.
const RELAY_PORT: u16 = 1731;
/// Heartbeats of the relays, and how many may be missed.
const RELAY_HEARTBEAT_MS: u64 = 20;
const RELAY_MISSES: u32 = 3;

/// What happens in the middle of the conference
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Fault {
    /// Nothing
    None,
    /// The primary is killed (SIGKILL)
    Kill,
    /// The primary is stopped (SIGSTOP), as a host that hangs
    Stop,
    /// The primary's cable is pulled
    Unplug,
    /// The backup is killed
    BackupKill,
}

struct Node {
    place: Place,
    process: Process,
    socket: PathBuf,
}

impl Node {
    fn status(&self) -> anyhow::Result<Status> {
        let answer = ask(&self.socket, &Question::Node(NodeQuestion::Node))?;
        Ok(serde_json::from_value(answer)?)
    }
}

/// Two nodes on two hosts, and the relays on two others if they need any.
pub(super) struct Pair {
    nodes: [Node; 2],
    /// They end with the demo.
    _relays: Vec<Process>,
}

impl Pair {
    /// Starts both and waits until one protects the other.
    pub(super) fn start(
        places: [Place; 2],
        relays: &[Place],
        mode: Mode,
        out: &Path,
    ) -> anyhow::Result<Pair> {
        let key = out.join("pair.key");
        PairKey::generate()?.write(&key, true)?;
        let addresses =
            [&places[0], &places[1]].map(|place| SocketAddr::new(place.address, LINK_PORT));
        let relays = start_relays(relays, addresses.map(|address| address.ip()), &key, out)?;
        let [first, second] = places;
        let pair = Pair {
            _relays: relays,
            nodes: [
                start_node(first, 1, addresses, mode, &key, out)?,
                start_node(second, 2, addresses, mode, &key, out)?,
            ],
        };
        let mut waited = Duration::ZERO;
        while pair.with_role(Role::Primary).is_none() || pair.with_role(Role::Backup).is_none() {
            ensure!(
                waited < START_PATIENCE,
                "the nodes have not become a pair; see node1.log and node2.log"
            );
            std::thread::sleep(POLL);
            waited += POLL;
        }
        Ok(pair)
    }

    fn with_role(&self, role: Role) -> Option<&Node> {
        (self.nodes.iter()).find(|node| node.status().is_ok_and(|status| status.this.role == role))
    }

    /// Does it, and tells.
    pub(super) fn strike(&self, fault: Fault, lab: &Lab) -> anyhow::Result<()> {
        let victim = match fault {
            Fault::None => return Ok(()),
            Fault::BackupKill => Role::Backup,
            Fault::Kill | Fault::Stop | Fault::Unplug => Role::Primary,
        };
        let node = (self.with_role(victim))
            .with_context(|| format!("no node is the {} any more", victim.name()))?;
        let what = match fault {
            Fault::Kill | Fault::BackupKill => {
                node.process.signal(Signal::SIGKILL)?;
                "killed"
            }
            Fault::Stop => {
                node.process.signal(Signal::SIGSTOP)?;
                "stopped"
            }
            Fault::Unplug => {
                lab.unplug(node.place.host.as_ref().context("faults need the lab")?)?;
                "unplugged"
            }
            Fault::None => unreachable!("nothing was to be done"),
        };
        println!("      the {} is {what}", victim.name());
        Ok(())
    }

    /// The node that serves, by what it says; of two that were parted the later reign counts.
    fn serving(&self) -> anyhow::Result<(usize, Status)> {
        let said = self.nodes.iter().map(Node::status).enumerate();
        said.filter_map(|(node, status)| Some((node, status.ok()?)))
            .filter(|(_, status)| status.this.role.serves())
            .max_by_key(|(_, status)| status.this.epoch)
            .context("no node serves")
    }

    /// What the node that serves says of the pair.
    pub(super) fn status(&self) -> anyhow::Result<Status> {
        Ok(self.serving()?.1)
    }

    /// CPU time of both.
    pub(super) fn cpu_time(&self) -> Duration {
        (self.nodes.iter())
            .filter_map(|node| node.process.cpu_time().ok())
            .sum()
    }

    /// The control socket and the process of the node that serves.
    pub(super) fn entrance(&self) -> anyhow::Result<(&Path, u32)> {
        let node = &self.nodes[self.serving()?.0];
        Ok((&node.socket, node.process.id()))
    }

    /// Ends both, the backup first, so that the calls are ended and not taken over.
    pub(super) fn stop(self, patience: Duration) -> anyhow::Result<()> {
        let serving = self.serving()?.0;
        let [first, second] = self.nodes;
        let (serving, other) = match serving {
            0 => (first, second),
            _ => (second, first),
        };
        // One that was stopped hears nothing but this.
        let _ = other.process.signal(Signal::SIGCONT);
        other.process.stop(patience)?;
        let status = serving.process.stop(patience)?;
        ensure!(
            status.success(),
            "the serving node has ended with {status}; see its log"
        );
        Ok(())
    }
}

fn start_relays(
    places: &[Place],
    nodes: [IpAddr; 2],
    key: &Path,
    out: &Path,
) -> anyhow::Result<Vec<Process>> {
    let start = |(place, number): (&Place, usize)| {
        let host = place.host.as_ref().context("a relay needs the lab")?;
        let addresses = [&places[0], &places[1]];
        let options = RelayOptions {
            interface: host.name.clone(),
            media_address: MEDIA,
            nodes,
            media_path: CopyPath::Auto,
            peers: Some(RelayPeers {
                addresses: addresses.map(|place| SocketAddr::new(place.address, RELAY_PORT)),
                key: key.into(),
                heartbeat_ms: RELAY_HEARTBEAT_MS,
                misses: RELAY_MISSES,
            }),
        };
        let name = format!("relay{number}");
        let file = out.join(format!("{name}.toml"));
        let config = std::collections::BTreeMap::from([("relay", options)]);
        std::fs::write(&file, toml::to_string(&config)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
        let mut command = program()?;
        command
            .args(["relay", "--config"])
            .arg(file)
            .stderr(log_file(out, &name)?);
        place.start(&mut command)
    };
    places.iter().zip(1..).map(start).collect()
}

fn start_node(
    place: Place,
    number: u8,
    nodes: [SocketAddr; 2],
    mode: Mode,
    key: &Path,
    out: &Path,
) -> anyhow::Result<Node> {
    let interface = place
        .host
        .as_ref()
        .context("a pair needs the lab")?
        .name
        .clone();
    let media = match mode {
        Mode::Group => GROUP,
        Mode::Direct | Mode::Forwarded | Mode::Multicast => MEDIA,
    };
    let config = Config {
        listen: SocketAddr::new(CONTROL, SIGNALLING_PORT),
        pair: Some(PairOptions {
            // Of no use to the other node: the hosts of the lab share their file system.
            state: out.join(format!("node{number}.state")),
            media_mode: mode.into(),
            ..PairOptions::new(nodes, key.into(), interface, CONTROL, media)
        }),
        ..Config::default()
    };
    let file = out.join(format!("node{number}.toml"));
    std::fs::write(&file, toml::to_string(&config)?)
        .with_context(|| format!("cannot write {}", file.display()))?;
    let socket = out.join(format!("node{number}.sock"));
    let mut command = program()?;
    command
        .args(["serve", "--config"])
        .arg(file)
        .arg("--control-socket")
        .arg(&socket)
        .stderr(log_file(out, &format!("node{number}"))?);
    let process = place.start(&mut command)?;
    Ok(Node {
        place,
        process,
        socket,
    })
}

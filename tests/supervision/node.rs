//! Nodes, as their unit starts them, and what they tell their supervisor.

use super::{PATIENCE, World, unit, within};
use anyhow::{Context, ensure};
use mcu::config::{Config, SIGNALLING_PORT};
use mcu::control::{NodeQuestion, Question, ask};
use mcu::lab::{Host, Process, Signal};
use mcu::shell::{PairOptions, Status};
use replication::failover::Role;
use replication::link::PairKey;
use std::fs::OpenOptions;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

/// What terminals call at a pair.
pub const CONTROL: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 77, 0, 100));
const MEDIA: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 77, 0, 101));
const LINK_PORT: u16 = 1730;
/// A loop that stands still for so long is a crash of a node of a pair.
pub const HANG_MS: u64 = 500;
/// Between heartbeats: a machine on which much else runs may hold a process up, and nobody is to be
/// taken for dead here who is not.
const HEARTBEAT_MS: u64 = 100;
/// How long the supervisor waits for a ping.
pub const WATCHDOG: Duration = Duration::from_millis(800);

/// Where the files of a node are that a full disk may be in the way of.
pub struct Places {
    pub log: PathBuf,
    pub socket: PathBuf,
    pub state: PathBuf,
}

impl Places {
    /// All in this folder.
    pub fn of(host: &Host, folder: &Path) -> Self {
        let file = |kind: &str| folder.join(format!("{}.{kind}", host.name));
        Places {
            log: file("log"),
            socket: file("sock"),
            state: file("state"),
        }
    }
}

/// A node on its host.
pub struct Node<'a> {
    pub host: &'a Host,
    pub places: Places,
    file: PathBuf,
    process: Option<Process>,
    supervisor: Option<UnixDatagram>,
}

impl<'a> Node<'a> {
    /// One that will run with this configuration.
    pub fn new(
        host: &'a Host,
        out: &Path,
        config: &Config,
        places: Places,
    ) -> anyhow::Result<Self> {
        let file = out.join(format!("{}.toml", host.name));
        std::fs::write(&file, toml::to_string(config)?)?;
        Ok(Node {
            host,
            places,
            file,
            process: None,
            supervisor: None,
        })
    }

    /// Starts it as its unit does: with those capabilities, and with a watchdog.
    pub fn start(&mut self) -> anyhow::Result<()> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.places.log)?;
        let notify = self.file.with_extension("notify");
        let _ = std::fs::remove_file(&notify);
        let supervisor = UnixDatagram::bind(&notify)?;
        supervisor.set_nonblocking(true)?;
        self.supervisor = Some(supervisor);
        let mut command = Command::new("setpriv");
        command
            .args(["--bounding-set", &unit::capabilities()?])
            .arg(std::env::current_exe()?)
            .args(["serve", "--config"])
            .arg(&self.file)
            .arg("--control-socket")
            .arg(&self.places.socket)
            .env("NOTIFY_SOCKET", &notify)
            .env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string())
            .stderr(log);
        self.process = Some(self.host.start(&mut command)?);
        Ok(())
    }

    /// Its number.
    pub fn id(&self) -> anyhow::Result<u32> {
        Ok(self.process()?.id())
    }

    fn process(&self) -> anyhow::Result<&Process> {
        self.process.as_ref().context("no process runs")
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        self.process()?.signal(signal)
    }

    /// What it tells at its control socket, if it does.
    pub fn status(&self) -> Option<Status> {
        let answer = ask(&self.places.socket, &Question::Node(NodeQuestion::Node)).ok()?;
        serde_json::from_value(answer).ok()
    }

    /// What it is.
    pub fn role(&self) -> Option<Role> {
        Some(self.status()?.this.role)
    }

    /// The datagrams that it has sent its supervisor since this was asked last.
    pub fn told(&self) -> anyhow::Result<Vec<String>> {
        let supervisor = self.supervisor.as_ref().context("no process runs")?;
        let one = || {
            let mut buffer = [0; 4096];
            let length = supervisor.recv(&mut buffer).ok()?;
            Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
        };
        Ok(std::iter::from_fn(one).collect())
    }

    /// The thread that runs the core.
    pub fn core_thread(&self) -> anyhow::Result<i32> {
        // The main thread, unless the service has one of its own.
        match self.thread("mcu") {
            Ok(thread) => Ok(thread),
            Err(_) => Ok(self.id()?.try_into()?),
        }
    }

    /// The thread of this name.
    pub fn thread(&self, name: &str) -> anyhow::Result<i32> {
        for task in std::fs::read_dir(format!("/proc/{}/task", self.id()?))? {
            let task = task?;
            if std::fs::read_to_string(task.path().join("comm"))?.trim() == name {
                let number = task.file_name().into_string().ok();
                return number
                    .context("no number")?
                    .parse()
                    .context("a thread's number");
            }
        }
        anyhow::bail!("no thread is called {name}")
    }

    /// Its exit status, if it has ended.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        self.process.as_mut().context("no process runs")?.ended()
    }

    /// Asks it to end.
    pub fn stop(&mut self) -> anyhow::Result<ExitStatus> {
        let process = self.process.take().context("no process runs")?;
        process.stop(PATIENCE)
    }
}

/// Two nodes.
pub struct Pair<'a> {
    pub nodes: [Node<'a>; 2],
}

impl<'a> Pair<'a> {
    /// Starts them and waits until they are a pair; the files are where `places` says.
    pub fn start(world: &'a World, places: impl Fn(&Host) -> Places) -> anyhow::Result<Self> {
        let key = world.out.join("pair.key");
        PairKey::generate()?.write(&key, true)?;
        let addresses = [&world.nodes[0], &world.nodes[1]]
            .map(|host| SocketAddr::new(host.address.into(), LINK_PORT));
        let node = |host: &'a Host| {
            let places = places(host);
            let config = Config {
                listen: SocketAddr::new(CONTROL, SIGNALLING_PORT),
                pair: Some(PairOptions {
                    state: places.state.clone(),
                    hang_ms: HANG_MS,
                    heartbeat_ms: HEARTBEAT_MS,
                    ..PairOptions::new(addresses, key.clone(), host.name.clone(), CONTROL, MEDIA)
                }),
                ..Config::default()
            };
            let mut node = Node::new(host, &world.out, &config, places)?;
            node.start()?;
            anyhow::Ok(node)
        };
        let mut pair = Pair {
            nodes: [node(&world.nodes[0])?, node(&world.nodes[1])?],
        };
        pair.whole()?;
        Ok(pair)
    }

    /// Waits until one serves and the other is its backup, and gives the places of both.
    pub fn whole(&mut self) -> anyhow::Result<(usize, usize)> {
        within(PATIENCE, "the nodes are a pair", || {
            for node in &mut self.nodes {
                if let Some(status) = node.ended()? {
                    anyhow::bail!("{} has ended with {status}", node.host.name);
                }
            }
            let roles = [0, 1].map(|index| self.nodes[index].role());
            Ok(match roles {
                [Some(Role::Primary), Some(Role::Backup)] => Some((0, 1)),
                [Some(Role::Backup), Some(Role::Primary)] => Some((1, 0)),
                _ => None,
            })
        })
    }

    /// Waits until this one serves alone.
    pub fn alone(&self, node: usize) -> anyhow::Result<()> {
        within(PATIENCE, "the other node serves alone", || {
            Ok((self.nodes[node].role() == Some(Role::Simplex)).then_some(()))
        })
    }

    /// Ends both, the backup first.
    pub fn stop(mut self) -> anyhow::Result<()> {
        let (primary, backup) = self.whole()?;
        for index in [backup, primary] {
            let status = self.nodes[index].stop()?;
            let name = &self.nodes[index].host.name;
            ensure!(status.success(), "{name} ended with {status}");
        }
        Ok(())
    }
}

//! A client, two relays, two nodes, and a host that can take a node's place.

use crate::lab::Host;
use anyhow::{Context, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use replication::link::PairKey;
use replication::os::address::{Addresses, whole};
use replication::os::arp::Neighbours;
use replication::os::mac::Mac;
use replication::os::packet_socket::mac_of;
use replication::os::sysctl::Sysctls;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// The media address.
pub const MEDIA: &str = "198.18.0.100";
/// How long something that must happen may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(8);
/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(10);
/// Where relays beat.
const BEATS: u16 = 5064;

pub struct World {
    pub client: Host,
    pub relays: [Host; 2],
    pub nodes: [Host; 2],
    pub spare: Host,
    media: IpAddr,
    folder: PathBuf,
}

/// A relay's process; it is killed when this is dropped.
pub struct Process(Child);

impl World {
    pub fn new() -> anyhow::Result<World> {
        let folder = std::env::temp_dir().join(format!("relay-test-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        PairKey::generate()?.write(&folder.join("key"), true)?;
        let world = World {
            client: Host::new(1)?,
            relays: [Host::new(2)?, Host::new(3)?],
            nodes: [Host::new(4)?, Host::new(5)?],
            spare: Host::new(6)?,
            media: MEDIA.parse()?,
            folder,
        };
        for host in world.nodes.iter().chain([&world.spare]) {
            host.inside(|| {
                Sysctls::open(None)?.set("ipv4/conf/all/arp_ignore", "1")?;
                let mut addresses = Addresses::open()?;
                let silent = addresses.link("lo")?.index;
                Ok(addresses.add(silent, world.media, whole(world.media), None)?)
            })?;
        }
        Ok(world)
    }

    /// Starts a relay, one of a pair or alone.
    pub fn start(&self, place: usize, paired: bool) -> anyhow::Result<Process> {
        let ([one, other], [node, other_node]) = (&self.relays, &self.nodes);
        let mut options = format!(
            "interface = 'eth0'\nmedia-address = '{MEDIA}'\nnodes = ['{}', '{}']\n",
            node.address, other_node.address
        );
        if paired {
            options += &format!(
                "[peers]\nkey = '{}'\naddresses = ['{}:{BEATS}', '{}:{BEATS}']\n",
                self.folder.join("key").display(),
                one.address,
                other.address
            );
        }
        let file = self.folder.join(format!("relay{place}.toml"));
        std::fs::write(&file, options)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--relay").arg(file);
        Ok(Process(self.relays[place].spawn(command)?))
    }

    /// Starts both; the first has the address.
    pub fn pair(&self) -> anyhow::Result<(Process, Process)> {
        let first = self.start(0, true)?;
        self.wait_for(0)?;
        Ok((first, self.start(1, true)?))
    }

    /// Until the client finds this relay at the media address.
    pub fn wait_for(&self, place: usize) -> anyhow::Result<()> {
        let mac = mac(&self.relays[place])?;
        eventually("the relay answers for the address", || {
            Ok(self.owns(place)? && self.who_has()? == Some(mac))
        })
    }

    pub fn owns(&self, place: usize) -> anyhow::Result<bool> {
        self.relays[place].inside(|| {
            let all = Addresses::open()?.list(None)?;
            Ok(all.iter().any(|owned| owned.address == self.media))
        })
    }

    /// The spare host takes this address instead of its own.
    pub fn spare_takes(&self, address: IpAddr) -> anyhow::Result<()> {
        self.spare.inside(|| {
            let mut addresses = Addresses::open()?;
            let link = addresses.link("eth0")?;
            for owned in addresses.list(Some(link.index))? {
                if owned.address.is_ipv4() {
                    addresses.remove(link.index, owned.address, owned.prefix)?;
                }
            }
            Ok(addresses.add(link.index, address, 24, None)?)
        })
    }

    /// Who answers the client's question for the media address.
    fn who_has(&self) -> anyhow::Result<Option<Mac>> {
        self.client.inside(|| {
            let link = Addresses::open()?.link("eth0")?;
            let from = self.client.address;
            Ok(Neighbours::open(&link)?.resolve(from, self.media, POLL * 5)?)
        })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Process {
    /// Sends it a signal and waits until it has ended; asked to end, it ends well.
    pub fn end(mut self, signal: Signal) -> anyhow::Result<()> {
        kill(Pid::from_raw(self.0.id() as i32), signal)?;
        let status = self.0.wait().context("a process")?;
        ensure!(
            signal == Signal::SIGKILL || status.success(),
            "the relay ended with {status}"
        );
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn mac(host: &Host) -> anyhow::Result<Mac> {
    host.inside(|| Ok(mac_of("eth0")?))
}

pub fn eventually(
    what: &str,
    mut holds: impl FnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let begin = Instant::now();
    while !holds()? {
        ensure!(
            begin.elapsed() < PATIENCE,
            "not within {PATIENCE:?}: {what}"
        );
        std::thread::sleep(POLL);
    }
    Ok(())
}

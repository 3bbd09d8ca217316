//! The lab: a LAN of hosts on one machine, for the demo and the tests.
//!
//! A user namespace makes an ordinary user root of nothing but a network of its own; in it a bridge
//! is the LAN and every host is a network namespace with one interface on it. Real programs run
//! in the hosts. Everything disappears with the process that made it.

mod cable;
mod host;
mod links;

pub use cable::{CableReport, Quality};
pub use host::{Host, Process, Signal};
/// The interface that sees everything on the LAN.
pub use links::BRIDGE;

use anyhow::Context;
use nix::sched::{CloneFlags, unshare};
use std::net::Ipv4Addr;

/// The LAN is 10.77.0.0/24 inside its namespace; nothing outside can be reached from it.
const NETWORK: [u8; 3] = [10, 77, 0];
/// The second switch.
const FAR_BRIDGE: &str = "far";
/// Bits of the network part.
const PREFIX: u8 = 24;

/// Why there can be no lab here, and what would help.
#[derive(Debug)]
pub struct Forbidden {
    /// The system call that was refused.
    cause: nix::Error,
    /// The setting that forbids it, as far as it can be found.
    pub setting: String,
}

impl std::fmt::Display for Forbidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "user namespaces are forbidden here ({}): {}",
            self.cause, self.setting
        )
    }
}

impl std::error::Error for Forbidden {}

/// Moves this process into a user and network namespace of its own. The kernel allows that only to
/// a process with a single thread: call it first thing in `main`.
pub fn isolate() -> Result<(), Forbidden> {
    let (uid, gid) = (nix::unistd::getuid(), nix::unistd::getgid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).map_err(|cause| Forbidden {
        cause,
        setting: forbidding_setting(),
    })?;
    let map = || {
        std::fs::write("/proc/self/setgroups", "deny")?;
        std::fs::write("/proc/self/uid_map", format!("0 {uid} 1"))?;
        std::fs::write("/proc/self/gid_map", format!("0 {gid} 1"))
    };
    map().map_err(|_: std::io::Error| Forbidden {
        cause: nix::Error::EPERM,
        setting: forbidding_setting(),
    })
}

/// The first of the known settings that forbids user namespaces.
fn forbidding_setting() -> String {
    let known = [
        ("kernel/unprivileged_userns_clone", "0", "1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
        ("user/max_user_namespaces", "0", "10000"),
    ];
    let forbids = known.iter().find(|(path, forbidding, _)| {
        std::fs::read_to_string(format!("/proc/sys/{path}"))
            .is_ok_and(|value| value.trim() == *forbidding)
    });
    match forbids {
        Some((path, forbidding, wanted)) => {
            let name = path.replace('/', ".");
            format!("the setting {name} is {forbidding}; `sudo sysctl {name}={wanted}` allows them")
        }
        None => "no sysctl forbids them, so a security module or a container's seccomp filter does"
            .into(),
    }
}

/// A LAN with its hosts.
pub struct Lab {
    links: links::Links,
    hosts: u8,
    far: Option<cable::Cable>,
}

impl Lab {
    /// A LAN without hosts; [`isolate`] came before.
    pub fn new() -> anyhow::Result<Self> {
        let links = links::Links::in_this_namespace()?;
        links
            .make_bridge(BRIDGE)
            .context("cannot make the LAN (a bridge)")?;
        Ok(Lab {
            links,
            hosts: 0,
            far: None,
        })
    }

    /// Pulls the host's cable out at the other end: nothing comes or goes, and the host does not know.
    pub fn unplug(&self, host: &Host) -> anyhow::Result<()> {
        (self.links.connect(&links::port(&host.name), None))
            .with_context(|| format!("cannot pull the cable of {}", host.name))
    }

    /// Puts it in again.
    pub fn plug(&self, host: &Host) -> anyhow::Result<()> {
        (self
            .links
            .connect(&links::port(&host.name), Some(host.bridge)))
        .with_context(|| format!("cannot put the cable of {} in", host.name))
    }

    /// Adds a host to the LAN.
    pub fn host(&mut self, name: &str) -> anyhow::Result<Host> {
        self.hosts = self.hosts.checked_add(1).context("the LAN is full")?;
        let [a, b, c] = NETWORK;
        let address = Ipv4Addr::new(a, b, c, self.hosts);
        let bridge = match self.far {
            Some(_) => FAR_BRIDGE,
            None => BRIDGE,
        };
        Host::new(name, address, PREFIX, &self.links, bridge)
            .with_context(|| format!("cannot make host {name}"))
    }

    /// Hosts that are added from now on are at a second switch, at the end of a cable of this quality.
    pub fn far(&mut self, quality: Quality) -> anyhow::Result<()> {
        anyhow::ensure!(self.far.is_none(), "there is one far switch");
        self.links.make_bridge(FAR_BRIDGE)?;
        let ends = [BRIDGE, FAR_BRIDGE].map(|bridge| format!("cable-{bridge}"));
        for (bridge, end) in [BRIDGE, FAR_BRIDGE].iter().zip(&ends) {
            let port = links::port(end);
            self.links.add_cable(&port, end)?;
            self.links.connect(&port, Some(bridge))?;
            self.links.up(end)?;
        }
        self.far = Some(cable::Cable::new(&ends, quality).context("cannot lay a cable")?);
        Ok(())
    }

    /// What the cable to the far switch has done to frames.
    pub fn cable_report(&self) -> Option<CableReport> {
        self.far.as_ref().map(cable::Cable::report)
    }
}

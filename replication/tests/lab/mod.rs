//! A LAN out of network namespaces: a bridge, and hosts with one interface each, `eth0`.

use anyhow::{Context, ensure};
use nix::sched::{CloneFlags, setns, unshare};
use replication::os::address::Addresses;
use replication::os::netlink::{Attributes, Message, Netlink, Subsystem};
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsFd, AsRawFd};
use std::process::{Child, Command};

/// Octets of struct ifinfomsg.
const LINK_HEADER_SIZE: usize = 16;
/// From linux/if_link.h and linux/veth.h.
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const VETH_INFO_PEER: u16 = 1;
const BRIDGE: &str = "lan";

/// Moves this process, which has one thread, to namespaces of its own, in which it may do all, and
/// makes the LAN's bridge there.
pub fn isolate() -> anyhow::Result<()> {
    let (uid, gid) = (nix::unistd::getuid(), nix::unistd::getgid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)
        .context("user namespaces are forbidden here")?;
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", format!("0 {uid} 1"))?;
    std::fs::write("/proc/self/gid_map", format!("0 {gid} 1"))?;
    make_link(BRIDGE, Attributes::new().text(IFLA_INFO_KIND, "bridge"))?;
    switch(BRIDGE, true)
}

/// A host on the LAN.
pub struct Host {
    namespace: File,
    cable: String,
    pub address: IpAddr,
}

impl Host {
    /// A host with the address 198.18.0.`number`.
    pub fn new(number: u8) -> anyhow::Result<Host> {
        let namespace = std::thread::scope(|scope| {
            let made = scope.spawn(|| {
                unshare(CloneFlags::CLONE_NEWNET)?;
                switch("lo", true)?;
                // Processes die more often here than a kernel wants to say that they are gone.
                std::fs::write("/proc/sys/net/ipv4/icmp_ratelimit", "0")?;
                anyhow::Ok(File::open("/proc/thread-self/ns/net")?)
            });
            made.join().expect("the thread does not panic")
        })?;
        let cable = format!("host{number}");
        let mut there = vec![0; LINK_HEADER_SIZE];
        let names = Attributes::new()
            .text(libc::IFLA_IFNAME, "eth0")
            .octets(libc::IFLA_NET_NS_FD, &namespace.as_raw_fd().to_ne_bytes());
        there.extend(names.as_octets());
        let peer = Attributes::new().octets(VETH_INFO_PEER, &there);
        let kind = Attributes::new()
            .text(IFLA_INFO_KIND, "veth")
            .nest(IFLA_INFO_DATA, peer);
        make_link(&cable, kind)?;
        plug(&cable)?;
        switch(&cable, true)?;
        let address = IpAddr::from(Ipv4Addr::new(198, 18, 0, number));
        let host = Host {
            namespace,
            cable,
            address,
        };
        host.inside(|| {
            switch("eth0", true)?;
            let mut addresses = Addresses::open()?;
            let interface = addresses.link("eth0")?.index;
            Ok(addresses.add(interface, address, 24, None)?)
        })?;
        Ok(host)
    }

    /// Runs `work` on a thread on this host; sockets it makes are this host's for good.
    pub fn inside<T: Send>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send,
    ) -> anyhow::Result<T> {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                setns(self.namespace.as_fd(), CloneFlags::CLONE_NEWNET)?;
                work()
            });
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Starts a process on this host.
    pub fn spawn(&self, mut command: Command) -> anyhow::Result<Child> {
        self.inside(move || {
            command
                .spawn()
                .with_context(|| format!("cannot start {command:?}"))
        })
    }

    /// Puts its cable in or pulls it out.
    pub fn connect(&self, plugged: bool) -> anyhow::Result<()> {
        switch(&self.cable, plugged)
    }
}

fn make_link(name: &str, kind: Attributes) -> anyhow::Result<()> {
    let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL;
    let body = Attributes::new()
        .text(libc::IFLA_IFNAME, name)
        .nest(libc::IFLA_LINKINFO, kind);
    change_link("make a link", flags, [0; 4], body)
}

/// Joins a cable's end with the bridge.
fn plug(cable: &str) -> anyhow::Result<()> {
    let mut addresses = Addresses::open()?;
    let bridge = addresses.link(BRIDGE)?.index;
    let index = addresses.link(cable)?.index;
    let body = Attributes::new().octets(libc::IFLA_MASTER, &bridge.to_ne_bytes());
    change_link("plug a cable in", 0, [0, index, 0, 0], body)
}

fn switch(interface: &str, on: bool) -> anyhow::Result<()> {
    let index = Addresses::open()?.link(interface)?.index;
    let up = libc::IFF_UP as u32;
    let flags = if on { up } else { 0 };
    let header = [0, index, flags, up];
    change_link("switch a link", 0, header, Attributes::new())
}

/// `header` is struct ifinfomsg: family and type, index, flags, which flags to change.
fn change_link(
    purpose: &'static str,
    flags: libc::c_int,
    header: [u32; 4],
    body: Attributes,
) -> anyhow::Result<()> {
    let header = header.map(u32::to_ne_bytes).concat();
    ensure!(header.len() == LINK_HEADER_SIZE, "four words");
    let flags = flags | libc::NLM_F_ACK;
    let message = Message::new(purpose, libc::RTM_NEWLINK, flags, &header, body);
    Ok(Netlink::open(Subsystem::Route)?.send(&[message])?)
}

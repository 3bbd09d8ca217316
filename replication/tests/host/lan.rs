//! A LAN of two hosts: network namespaces joined by a cable.

use anyhow::Context;
use nix::sched::{CloneFlags, setns, unshare};
use replication::os::address::Addresses;
use replication::os::mac::Mac;
use replication::os::netlink::{Attributes, Message, Netlink, Subsystem, attribute};
use replication::os::sysctl::Sysctls;
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, AsRawFd};

/// Octets of struct ifinfomsg.
const LINK_HEADER_SIZE: usize = 16;
/// From linux/if_link.h and linux/veth.h.
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const VETH_INFO_PEER: u16 = 1;

/// Moves this process, which has one thread, to namespaces of its own, in which it may do all.
pub fn isolate() -> anyhow::Result<()> {
    let (uid, gid) = (nix::unistd::getuid(), nix::unistd::getgid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)
        .context("user namespaces are forbidden here")?;
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", format!("0 {uid} 1"))?;
    std::fs::write("/proc/self/gid_map", format!("0 {gid} 1"))?;
    up("lo")
}

/// A host with one interface, `eth0`.
pub struct Host {
    namespace: File,
    pub v4: IpAddr,
    pub v6: IpAddr,
    pub mac: Mac,
}

/// Two hosts, joined.
pub fn two_hosts() -> anyhow::Result<[Host; 2]> {
    let one = namespace()?;
    let other = namespace()?;
    inside(&one, || join(&other))?;
    let host = |namespace: File, number: u8| {
        let v4 = IpAddr::from(Ipv4Addr::new(198, 18, 0, number));
        let v6 = IpAddr::from(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, number.into()));
        let mac = inside(&namespace, || {
            // Without the search for duplicates, which takes a second or two after switching on.
            Sysctls::open(None)?.set("ipv6/conf/eth0/accept_dad", "0")?;
            up("eth0")?;
            let mut addresses = Addresses::open()?;
            let link = addresses.link("eth0")?;
            addresses.add(link.index, v4, 24, None)?;
            addresses.add(link.index, v6, 64, None)?;
            link.mac.context("a cable's end has a MAC")
        })?;
        anyhow::Ok(Host {
            namespace,
            v4,
            v6,
            mac,
        })
    };
    Ok([host(one, 1)?, host(other, 2)?])
}

impl Host {
    /// Runs `work` on a thread on this host; sockets it makes are this host's for good.
    pub fn inside<T: Send>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send,
    ) -> anyhow::Result<T> {
        inside(&self.namespace, work)
    }
}

/// A namespace lives as long as the file that names it.
fn namespace() -> anyhow::Result<File> {
    std::thread::scope(|scope| {
        let made = scope.spawn(|| {
            unshare(CloneFlags::CLONE_NEWNET)?;
            up("lo")?;
            anyhow::Ok(File::open("/proc/thread-self/ns/net")?)
        });
        made.join().expect("the thread does not panic")
    })
}

fn inside<T: Send>(
    namespace: &File,
    work: impl FnOnce() -> anyhow::Result<T> + Send,
) -> anyhow::Result<T> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            setns(namespace.as_fd(), CloneFlags::CLONE_NEWNET)?;
            work()
        });
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Lays a cable from this namespace to the other; both ends are called `eth0`.
fn join(other: &File) -> anyhow::Result<()> {
    let mut peer = vec![0; LINK_HEADER_SIZE];
    let there = Attributes::new()
        .text(libc::IFLA_IFNAME, "eth0")
        .octets(libc::IFLA_NET_NS_FD, &other.as_raw_fd().to_ne_bytes());
    peer.extend(there.as_octets());
    let cable = Attributes::new().text(IFLA_INFO_KIND, "veth").nest(
        IFLA_INFO_DATA,
        Attributes::new().octets(VETH_INFO_PEER, &peer),
    );
    let flags = libc::NLM_F_ACK | libc::NLM_F_CREATE | libc::NLM_F_EXCL;
    let body = Attributes::new()
        .text(libc::IFLA_IFNAME, "eth0")
        .nest(libc::IFLA_LINKINFO, cable);
    let header = [0; LINK_HEADER_SIZE];
    let message = Message::new("lay a cable", libc::RTM_NEWLINK, flags, &header, body);
    Ok(Netlink::open(Subsystem::Route)?.send(&[message])?)
}

fn up(interface: &str) -> anyhow::Result<()> {
    switch(interface, true)
}

/// Switches an interface of this host on or off.
pub fn switch(interface: &str, on: bool) -> anyhow::Result<()> {
    let index = Addresses::open()?.link(interface)?.index;
    let up = libc::IFF_UP as u32;
    // struct ifinfomsg: family and type, index, flags, which flags to change.
    let header = [0, index, if on { up } else { 0 }, up];
    let header = header.map(u32::to_ne_bytes).concat();
    let flags = libc::NLM_F_ACK;
    let message = Message::new(
        "switch it on or off",
        libc::RTM_NEWLINK,
        flags,
        &header,
        Attributes::new(),
    );
    Ok(Netlink::open(Subsystem::Route)?.send(&[message])?)
}

/// Octets of struct ndmsg.
const NEIGHBOUR_HEADER_SIZE: usize = 12;

/// Makes this host believe that `address` is at `mac`, in a state (`NUD_…`).
pub fn tell_neighbour(address: IpAddr, mac: Mac, state: u16) -> anyhow::Result<()> {
    let interface = Addresses::open()?.link("eth0")?.index;
    let (family, octets) = match address {
        IpAddr::V4(address) => (libc::AF_INET, address.octets().to_vec()),
        IpAddr::V6(address) => (libc::AF_INET6, address.octets().to_vec()),
    };
    let mut header = (family as u32).to_ne_bytes().to_vec();
    header.extend(interface.to_ne_bytes());
    header.extend(u32::from(state).to_ne_bytes());
    let body = Attributes::new()
        .octets(libc::NDA_DST, &octets)
        .octets(libc::NDA_LLADDR, &mac.0);
    let flags = libc::NLM_F_ACK | libc::NLM_F_CREATE | libc::NLM_F_REPLACE;
    let message = Message::new("tell a neighbour", libc::RTM_NEWNEIGH, flags, &header, body);
    Ok(Netlink::open(Subsystem::Route)?.send(&[message])?)
}

/// Where this host believes that `address` is.
pub fn neighbour(address: IpAddr) -> anyhow::Result<Option<Mac>> {
    let wanted = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let header = [0; NEIGHBOUR_HEADER_SIZE];
    let flags = libc::NLM_F_DUMP;
    let purpose = "list the neighbours";
    let question = Message::new(
        purpose,
        libc::RTM_GETNEIGH,
        flags,
        &header,
        Attributes::new(),
    );
    let answers = Netlink::open(Subsystem::Route)?.ask(question)?;
    let known = answers.iter().find_map(|answer| {
        let body = answer.body.get(NEIGHBOUR_HEADER_SIZE..)?;
        let is_it = attribute(body, libc::NDA_DST)? == wanted;
        let mac = attribute(body, libc::NDA_LLADDR)?;
        is_it.then_some(Mac(mac.try_into().ok()?))
    });
    Ok(known)
}

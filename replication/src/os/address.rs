//! Interfaces and their addresses, with a lease (rtnetlink(7)).
//!
//! A leased address is taken away by the kernel itself when nobody renews it, so a node whose
//! process died cannot keep one.

use super::mac::Mac;
use super::netlink::{
    Answer, Attributes, Message, Netlink, Subsystem, attribute, attributes, word,
};
use std::io;
use std::net::IpAddr;
use std::time::Duration;

/// Octets of struct ifinfomsg.
const LINK_HEADER_SIZE: usize = 16;
/// Octets of struct ifaddrmsg.
const ADDRESS_HEADER_SIZE: usize = 8;
/// How the kernel says that an address has no lease, in seconds.
const FOREVER: u32 = u32::MAX;

/// What the kernel knows of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its number.
    pub index: u32,
    /// It is switched on.
    pub up: bool,
    /// It is switched on and its cable is plugged.
    pub running: bool,
    /// Its own address; nothing if it is not Ethernet.
    pub mac: Option<Mac>,
}

/// One address of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    /// The number of the interface.
    pub interface: u32,
    /// The address.
    pub address: IpAddr,
    /// Bits of the network's part.
    pub prefix: u8,
    /// What is left of its lease, in whole seconds; nothing if it stays.
    pub lease: Option<Duration>,
}

/// Changes the addresses of this host.
#[derive(Debug)]
pub struct Addresses {
    netlink: Netlink,
}

impl Addresses {
    /// Opens it for the network namespace of this thread.
    pub fn open() -> io::Result<Self> {
        Ok(Addresses {
            netlink: Netlink::open(Subsystem::Route)?,
        })
    }

    /// The interface called `name`.
    pub fn link(&mut self, name: &str) -> io::Result<Link> {
        let question = Message::new(
            format!("find the interface {name:?} (those there are stand in /proc/net/dev)"),
            libc::RTM_GETLINK,
            libc::NLM_F_ACK,
            &[0; LINK_HEADER_SIZE],
            Attributes::new().text(libc::IFLA_IFNAME, name),
        );
        let answers = self.netlink.ask(question)?;
        answers.first().and_then(link).ok_or_else(|| {
            io::Error::other(format!(
                "the kernel describes the interface {name:?} in a way we do not understand"
            ))
        })
    }

    /// Gives `address` to the interface, or renews its lease if it is there. Leases have whole
    /// seconds, and at least one.
    pub fn add(
        &mut self,
        interface: u32,
        address: IpAddr,
        prefix: u8,
        lease: Option<Duration>,
    ) -> io::Result<()> {
        let lease = lease.map_or(FOREVER, |lease| {
            u32::try_from(lease.as_secs()).unwrap_or(FOREVER).max(1)
        });
        // struct ifa_cacheinfo: preferred and valid lifetime; the rest is the kernel's to say.
        let lifetimes = [lease, lease, 0, 0].map(u32::to_ne_bytes).concat();
        let mut body = own(address).octets(libc::IFA_CACHEINFO, &lifetimes);
        if address.is_ipv6() {
            // Detection of duplicates would keep the address from being used for a second or two.
            body = body.octets(libc::IFA_FLAGS, &libc::IFA_F_NODAD.to_ne_bytes());
        }
        self.netlink.send(&[Message::new(
            format!("give the address {address} to interface {interface}"),
            libc::RTM_NEWADDR,
            libc::NLM_F_ACK | libc::NLM_F_CREATE | libc::NLM_F_REPLACE,
            &header(address, prefix, interface),
            body,
        )])
    }

    /// Takes `address` from the interface; it is no error if it is not there.
    pub fn remove(&mut self, interface: u32, address: IpAddr, prefix: u8) -> io::Result<()> {
        let removed = self.netlink.send(&[Message::new(
            format!("take the address {address} from interface {interface}"),
            libc::RTM_DELADDR,
            libc::NLM_F_ACK,
            &header(address, prefix, interface),
            own(address),
        )]);
        match removed {
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => Ok(()),
            other => other,
        }
    }

    /// The addresses of one interface, or of all.
    pub fn list(&mut self, interface: Option<u32>) -> io::Result<Vec<Owned>> {
        let answers = self.netlink.ask(Message::new(
            "list the addresses",
            libc::RTM_GETADDR,
            libc::NLM_F_DUMP,
            &[0; ADDRESS_HEADER_SIZE],
            Attributes::new(),
        ))?;
        let mut owned: Vec<Owned> = answers.iter().filter_map(owned).collect();
        owned.retain(|owned| interface.is_none_or(|wanted| wanted == owned.interface));
        Ok(owned)
    }
}

/// struct ifaddrmsg: family, prefix, flags, scope (0 is the world), index.
fn header(address: IpAddr, prefix: u8, interface: u32) -> Vec<u8> {
    let family = match address {
        IpAddr::V4(_) => libc::AF_INET,
        IpAddr::V6(_) => libc::AF_INET6,
    };
    let mut header = vec![family as u8, prefix, 0, 0];
    header.extend(interface.to_ne_bytes());
    header
}

fn own(address: IpAddr) -> Attributes {
    let octets = octets(address);
    Attributes::new()
        .octets(libc::IFA_LOCAL, &octets)
        .octets(libc::IFA_ADDRESS, &octets)
}

/// The prefix of an address that brings no network with it, so that it is nobody's default sender.
pub fn whole(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The address as it is on the wire.
pub(super) fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    match octets.len() {
        4 => <[u8; 4]>::try_from(octets).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(octets).ok().map(IpAddr::from),
    }
}

fn link(answer: &Answer) -> Option<Link> {
    // struct ifinfomsg: family, padding, type, index, flags, change.
    let flags = word(&answer.body, 8)? as i32;
    let mac = attribute(answer.body.get(LINK_HEADER_SIZE..)?, libc::IFLA_ADDRESS);
    Some(Link {
        index: word(&answer.body, 4)?,
        up: flags & libc::IFF_UP != 0,
        running: flags & libc::IFF_RUNNING != 0,
        mac: mac.and_then(|octets| octets.try_into().ok()).map(Mac),
    })
}

fn owned(answer: &Answer) -> Option<Owned> {
    let mut owned = Owned {
        interface: word(&answer.body, 4)?,
        address: IpAddr::from([0; 4]),
        prefix: *answer.body.get(1)?,
        lease: None,
    };
    let mut local = None;
    for (kind, value) in attributes(answer.body.get(ADDRESS_HEADER_SIZE..)?) {
        match kind {
            libc::IFA_LOCAL => local = address(value),
            // Of an IPv4 address with a peer this is the peer, so it only counts alone.
            libc::IFA_ADDRESS => local = local.or_else(|| address(value)),
            libc::IFA_CACHEINFO => {
                let seconds = word(value, 4).filter(|valid| *valid != FOREVER);
                owned.lease = seconds.map(|seconds| Duration::from_secs(seconds.into()));
            }
            _ => {}
        }
    }
    owned.address = local?;
    Some(owned)
}

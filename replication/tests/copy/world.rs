//! A LAN with a client, a host that copies, two hosts that get copies, and one that gets none.

use crate::lab::Host;
use anyhow::{Context, ensure};
use replication::copy::{Copier, CopyPath, Copying, Owner};
use replication::os::address::Addresses;
use replication::os::arp::Neighbours;
use replication::os::mac::Mac;
use replication::os::packet_socket::{BUFFER_OCTETS, PacketSocket, mac_of};
use replication::os::sysctl::Sysctls;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::Deref;
use std::time::Duration;

pub const PORT: u16 = 40_000;
/// The addresses that are copied.
const SERVICES: [&str; 2] = ["198.18.0.100", "fd00::64"];
/// How long something that must happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long something that must not happen is waited for, where the kernel gives no sign of it.
const SILENCE: Duration = Duration::from_millis(150);
/// More than any datagram.
const DATAGRAM_OCTETS_MAX: usize = 65_536;

/// The hosts.
pub struct Lan {
    pub client: Host,
    pub copier: Host,
    pub targets: [Host; 2],
    pub bystander: Host,
}

impl Lan {
    pub fn new() -> anyhow::Result<Lan> {
        let lan = Lan {
            client: Host::new(1)?,
            copier: Host::new(2)?,
            targets: [Host::new(3)?, Host::new(4)?],
            bystander: Host::new(5)?,
        };
        let [one, other] = &lan.targets;
        let hosts = [&lan.client, &lan.copier, one, other, &lan.bystander];
        for (number, host) in (1..).zip(hosts) {
            host.inside(|| {
                give("eth0", format!("fd00::{number}").parse()?, 64)?;
                // So that the bridge knows where it is, and floods nothing.
                let link = Addresses::open()?.link("eth0")?;
                Ok(Neighbours::open(&link)?.announce(host.address)?)
            })?;
        }
        for service in SERVICES {
            let service = service.parse()?;
            lan.copier.inside(|| give_whole("eth0", service))?;
            for host in [one, other, &lan.bystander] {
                host.inside(|| {
                    // No answer to ARP for what is on another interface.
                    Sysctls::open(None)?.set("ipv4/conf/all/arp_ignore", "1")?;
                    give_whole("lo", service)
                })?;
            }
        }
        Ok(lan)
    }
}

/// What a claim is about: a path of copies, and a version of IP.
pub struct World<'a> {
    lan: &'a Lan,
    path: CopyPath,
    /// The address that is copied: on the copier's interface, and silently on the targets.
    pub service: IpAddr,
}

impl Deref for World<'_> {
    type Target = Lan;
    fn deref(&self) -> &Lan {
        self.lan
    }
}

impl<'a> World<'a> {
    pub fn new(lan: &'a Lan, path: CopyPath, version: u8) -> anyhow::Result<Self> {
        let [v4, v6] = SERVICES;
        let service = if version == 4 { v4 } else { v6 }.parse()?;
        Ok(World { lan, path, service })
    }

    /// What a copier on the copier's host is told.
    pub fn copying(&self, keep_local: bool) -> Copying {
        Copying {
            path: self.path,
            owner: Owner::Node("test".into()),
            interface: "eth0".into(),
            address: self.service,
            keep_local,
        }
    }

    /// Starts a copier to both targets.
    pub fn start(&self, keep_local: bool) -> anyhow::Result<Copier> {
        let targets = self.macs()?;
        let copier =
            (self.copier).inside(|| Ok(Copier::start(&self.copying(keep_local), &targets)?))?;
        ensure!(copier.path() == self.path, "another path");
        Ok(copier)
    }

    /// The hardware addresses of the targets.
    pub fn macs(&self) -> anyhow::Result<[Mac; 2]> {
        let [one, other] = &self.targets;
        Ok([mac(one)?, mac(other)?])
    }

    /// A client's socket, connected to the service: an answer that nobody listens is an error at the next
    /// sending.
    pub fn sender(&self) -> anyhow::Result<UdpSocket> {
        let any = match self.service {
            IpAddr::V4(_) => "0.0.0.0:0",
            IpAddr::V6(_) => "[::]:0",
        };
        self.client.inside(|| {
            let socket = UdpSocket::bind(any)?;
            socket.connect((self.service, PORT))?;
            Ok(socket)
        })
    }

    /// The service's socket on a host.
    pub fn receiver(&self, host: &Host) -> anyhow::Result<UdpSocket> {
        host.inside(|| Ok(UdpSocket::bind((self.service, PORT))?))
    }

    /// The service's sockets on both targets.
    pub fn receivers(&self) -> anyhow::Result<[UdpSocket; 2]> {
        let [one, other] = &self.targets;
        Ok([self.receiver(one)?, self.receiver(other)?])
    }

    /// Sees every frame that comes to a host, whomever it is for.
    pub fn watch(&self, host: &Host) -> anyhow::Result<PacketSocket> {
        host.inside(|| Ok(PacketSocket::open_cable("eth0")?))
    }

    /// The sender addresses of frames with IP packets to the service that a watch has seen.
    pub fn seen(&self, watch: &PacketSocket) -> anyhow::Result<Vec<Mac>> {
        let mut buffer = vec![0; BUFFER_OCTETS];
        let mut senders = Vec::new();
        while let Some(frame) = watch.receive(&mut buffer, Duration::ZERO)? {
            let octets = frame.octets();
            let destination = match self.service {
                IpAddr::V4(address) => (12 + 2 + 16, address.octets().to_vec()),
                IpAddr::V6(address) => (12 + 2 + 24, address.octets().to_vec()),
            };
            let (at, address) = destination;
            let ip = matches!(octets[12..14], [0x08, 0x00] | [0x86, 0xdd]);
            if ip && octets.get(at..at + address.len()) == Some(&address[..]) {
                senders.push(Mac(octets[6..12].try_into()?));
            }
        }
        Ok(senders)
    }
}

/// The hardware address of a host.
pub fn mac(host: &Host) -> anyhow::Result<Mac> {
    host.inside(|| Ok(mac_of("eth0")?))
}

/// The next datagram and its sender; an error if none comes.
pub fn next(socket: &UdpSocket) -> anyhow::Result<(Vec<u8>, SocketAddr)> {
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut octets = vec![0; DATAGRAM_OCTETS_MAX];
    let (length, sender) = socket.recv_from(&mut octets).context("no packet came")?;
    octets.truncate(length);
    Ok((octets, sender))
}

/// An error if a datagram comes.
pub fn nothing(socket: &UdpSocket) -> anyhow::Result<()> {
    socket.set_read_timeout(Some(SILENCE))?;
    match socket.recv_from(&mut [0; 16]) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        Ok((_, sender)) => anyhow::bail!("a packet of {sender} came that should not have"),
        Err(error) => Err(error.into()),
    }
}

fn give(interface: &str, address: IpAddr, prefix: u8) -> anyhow::Result<()> {
    let mut addresses = Addresses::open()?;
    let index = addresses.link(interface)?.index;
    Ok(addresses.add(index, address, prefix, None)?)
}

fn give_whole(interface: &str, address: IpAddr) -> anyhow::Result<()> {
    let prefix = if address.is_ipv4() { 32 } else { 128 };
    give(interface, address, prefix)
}

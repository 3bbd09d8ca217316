//! What a copier does.

use crate::world::{PORT, World, mac, next, nothing};
use anyhow::{Context, ensure};
use nix::sys::socket::{setsockopt, sockopt::UdpGsoSegment};
use replication::copy::{Copier, CopyPath, Copying, Owner, remove_leftover};
use replication::os::filter::leftovers;
use replication::os::packet_socket::PacketSocket;
use std::net::{IpAddr, UdpSocket};

/// Packets on their way at once, so few that no socket's buffer overflows.
const AT_ONCE: usize = 20;
/// What the LAN carries in one packet.
const MTU: usize = 1500;
/// Octets of the kernel's header before a frame.
const VNET_HEADER: usize = 10;

/// A packet that differs from all others.
fn packet(number: usize, octets: usize) -> Vec<u8> {
    (0..octets).map(|at| (number * 31 + at) as u8).collect()
}

/// Sends packets of these sizes and sees that every receiver gets each of them once, in order.
fn pass(sender: &UdpSocket, receivers: &[&UdpSocket], sizes: &[usize]) -> anyhow::Result<()> {
    let from = sender.local_addr()?;
    for (turn, sizes) in sizes.chunks(AT_ONCE).enumerate() {
        for (number, octets) in sizes.iter().enumerate() {
            sender.send(&packet(turn + number, *octets))?;
        }
        for (place, receiver) in receivers.iter().enumerate() {
            for (number, octets) in sizes.iter().enumerate() {
                let (got, who) = next(receiver).with_context(|| format!("receiver {place}"))?;
                ensure!(who == from, "the sender is {who} instead of {from}");
                ensure!(
                    got == packet(turn + number, *octets),
                    "receiver {place} got another packet than number {number}"
                );
            }
        }
    }
    receivers.iter().try_for_each(|receiver| nothing(receiver))
}

pub fn once_to_each(world: &World<'_>) -> anyhow::Result<()> {
    let [one, other] = world.receivers()?;
    let bystander = world.watch(&world.bystander)?;
    let target = world.watch(&world.targets[0])?;
    let sizes: Vec<usize> = (0..300).map(|number| 1 + number * 5 % 1400).collect();
    // Away from the host: its kernel must not answer that nobody listens.
    let mut copier = world.start(false)?;
    pass(&world.sender()?, &[&one, &other], &sizes)?;
    ensure!(copier.counters()?.packets == 300, "{:?}", copier.counters());
    ensure!(copier.counters()?.lost == 0, "{:?}", copier.counters());
    drop(copier);
    // Kept as well.
    let copier = world.start(true)?;
    let kept = world.receiver(&world.copier)?;
    pass(&world.sender()?, &[&one, &other, &kept], &sizes)?;
    drop(copier);
    ensure!(
        world.seen(&bystander)?.is_empty(),
        "a host that is no target got copies"
    );
    let own = mac(&world.copier)?;
    let senders = world.seen(&target)?;
    ensure!(senders.len() == 600 && senders.iter().all(|sender| *sender == own));
    Ok(())
}

pub fn fragments(world: &World<'_>) -> anyhow::Result<()> {
    let [one, other] = world.receivers()?;
    let sizes = [MTU + 1, 4000, 1, 20_000];
    let copier = world.start(false)?;
    pass(&world.sender()?, &[&one, &other], &sizes)?;
    drop(copier);
    let _copier = world.start(true)?;
    let kept = world.receiver(&world.copier)?;
    pass(&world.sender()?, &[&one, &other, &kept], &sizes)
}

/// The sender's kernel leaves cutting, and the checksum, to the interface; a cable in a namespace leaves
/// both undone.
pub fn segments(world: &World<'_>) -> anyhow::Result<()> {
    const SEGMENT: usize = 1000;
    let [one, other] = world.receivers()?;
    for keep in [false, true] {
        let _copier = world.start(keep)?;
        let sender = world.sender()?;
        setsockopt(&sender, UdpGsoSegment, &(SEGMENT as i32))?;
        let whole = packet(7, 10 * SEGMENT + 1);
        sender.send(&whole)?;
        for receiver in [&one, &other] {
            for part in whole.chunks(SEGMENT) {
                let (got, who) = next(receiver)?;
                ensure!(got == part && who == sender.local_addr()?);
            }
            nothing(receiver)?;
        }
    }
    Ok(())
}

/// Packets that the sender has summed up itself; the receivers' kernels drop what is wrong.
pub fn checksums(world: &World<'_>) -> anyhow::Result<()> {
    let [one, other] = world.receivers()?;
    let kept = world.receiver(&world.copier)?;
    let _copier = world.start(true)?;
    let cable = (world.client).inside(|| Ok(PacketSocket::open_cable("eth0")?))?;
    let client = match world.service {
        IpAddr::V4(_) => world.client.address,
        IpAddr::V6(_) => "fd00::1".parse()?,
    };
    let to = mac(&world.copier)?;
    for damage in [0, 1] {
        let mut frame = vec![0; VNET_HEADER];
        frame.extend(to.0);
        frame.extend(cable.mac().0);
        frame.extend(udp(client, world.service, &packet(3, 333), damage));
        cable.send(&frame)?;
        for receiver in [&one, &other, &kept] {
            match damage {
                0 => ensure!(next(receiver)?.0 == packet(3, 333)),
                _ => nothing(receiver)?,
            }
        }
    }
    Ok(())
}

pub fn exchange(world: &World<'_>) -> anyhow::Result<()> {
    let [one, other] = world.receivers()?;
    let [first, second] = world.macs()?;
    let sender = world.sender()?;
    let mut copier = world.start(false)?;
    pass(&sender, &[&one, &other], &[100; 10])?;
    for (targets, with, without) in [(&[first][..], &one, &other), (&[second], &other, &one)] {
        copier.set_targets(targets)?;
        pass(&sender, &[with], &[100; 10])?;
        nothing(without)?;
    }
    copier.set_targets(&[])?;
    pass(&sender, &[], &[100; 10])?;
    nothing(&one)?;
    nothing(&other)?;
    copier.set_targets(&[first, second])?;
    pass(&sender, &[&one, &other], &[100; 10])?;
    let own = mac(&world.copier)?;
    ensure!(
        copier.set_targets(&[first, own]).is_err(),
        "a copier that copies to itself never ends"
    );
    Ok(())
}

pub fn not_back(world: &World<'_>) -> anyhow::Result<()> {
    let kept = world.receiver(&world.copier)?;
    let client = world.watch(&world.client)?;
    let mut copier = world.start(true)?;
    copier.set_targets(&[mac(&world.client)?])?;
    pass(&world.sender()?, &[&kept], &[100; 10])?;
    ensure!(world.seen(&client)?.is_empty(), "copies went back");
    Ok(())
}

pub fn end(world: &World<'_>) -> anyhow::Result<()> {
    let tables = || world.copier.inside(|| Ok(leftovers()?));
    let [one, other] = world.receivers()?;
    let kept = world.receiver(&world.copier)?;
    let copier = world.start(false)?;
    let sender = world.sender()?;
    pass(&sender, &[&one, &other], &[100; 10])?;
    ensure!(tables()?.len() == 1, "{:?}", tables());
    copier.stop()?;
    pass(&sender, &[&kept], &[100; 10])?;
    nothing(&one)?;
    nothing(&other)?;
    ensure!(tables()?.is_empty(), "{:?}", tables());
    // Of a dead process the table stays: the next takes its place, or removes it.
    let die = || {
        let copying = Copying {
            path: CopyPath::Kernel,
            ..world.copying(false)
        };
        let targets = world.macs()?;
        let copier = (world.copier).inside(|| Ok(Copier::start(&copying, &targets)?))?;
        std::mem::forget(copier);
        ensure!(tables()?.len() == 1, "{:?}", tables());
        anyhow::Ok(())
    };
    die()?;
    let copier = world.start(true)?;
    pass(&sender, &[&one, &other, &kept], &[100; 10])?;
    drop(copier);
    ensure!(tables()?.is_empty(), "{:?}", tables());
    die()?;
    for _ in 0..2 {
        world
            .copier
            .inside(|| Ok(remove_leftover(&Owner::Node("test".into()))?))?;
        ensure!(tables()?.is_empty(), "{:?}", tables());
    }
    Ok(())
}

pub fn two_owners(world: &World<'_>) -> anyhow::Result<()> {
    let [one, other] = world.receivers()?;
    let node = world.start(false)?;
    let relay = Copying {
        owner: Owner::Relay,
        path: CopyPath::Auto,
        address: match world.service {
            IpAddr::V4(_) => "198.18.0.200".parse()?,
            IpAddr::V6(_) => "fd00::c8".parse()?,
        },
        ..world.copying(false)
    };
    let relay = world.copier.inside(|| Ok(Copier::start(&relay, &[])?))?;
    ensure!(relay.path() == CopyPath::Kernel, "this kernel can copy");
    pass(&world.sender()?, &[&one, &other], &[100; 10])?;
    relay.stop()?;
    pass(&world.sender()?, &[&one, &other], &[100; 10])?;
    node.stop()?;
    ensure!(world.copier.inside(|| Ok(leftovers()?))?.is_empty());
    Ok(())
}

/// An IP packet with a UDP datagram, its checksum right but for `damage`.
fn udp(from: IpAddr, to: IpAddr, payload: &[u8], damage: u16) -> Vec<u8> {
    const UDP: u8 = 17;
    let octets = |address| match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => std::net::Ipv6Addr::octets(&address).to_vec(),
    };
    let length = (8 + payload.len()) as u16;
    let addresses = [octets(from), octets(to)].concat();
    let ports = [PORT, PORT, length].map(u16::to_be_bytes).concat();
    let pseudo = [&addresses[..], &[0, UDP], &length.to_be_bytes()].concat();
    let sum = sum(&[&pseudo[..], &ports, &[0, 0], payload].concat()).wrapping_add(damage);
    let datagram = [&ports[..], &sum.to_be_bytes(), payload].concat();
    let header = match to {
        IpAddr::V4(_) => {
            let total = (20 + length).to_be_bytes();
            let mut header = [
                &[0x45, 0][..],
                &total,
                &[0, 0, 0, 0, 64, UDP, 0, 0],
                &addresses,
            ]
            .concat();
            let sum = self::sum(&header);
            header[10..12].copy_from_slice(&sum.to_be_bytes());
            [&[0x08, 0x00][..], &header].concat()
        }
        IpAddr::V6(_) => {
            let length = length.to_be_bytes();
            [
                &[0x86, 0xdd, 0x60, 0, 0, 0][..],
                &length,
                &[UDP, 64],
                &addresses,
            ]
            .concat()
        }
    };
    [header, datagram].concat()
}

/// The Internet checksum (RFC 1071).
fn sum(octets: &[u8]) -> u16 {
    let words = octets.chunks(2).map(|word| {
        let [high, low] = [word[0], word.get(1).copied().unwrap_or(0)];
        u32::from(u16::from_be_bytes([high, low]))
    });
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

//! Connections whose process is dead (sock_diag(7)).
//!
//! The kernel goes on trying to close them for minutes, and as long as it does, nobody else on this host can
//! have a connection between the same ends: also not the node that starts again and is to go on with
//! just these.

use super::netlink::{Answer, Attributes, Message, Netlink, Subsystem};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// linux/sock_diag.h.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const SOCK_DESTROY: u16 = 21;
/// All states but LISTEN (10), as bits.
const STATES: u32 = !(1 << 10);
/// Size of an inet_diag_sockid: both ports, both addresses, interface, cookie.
const IDENTITY_SIZE: usize = 48;
/// Where in an inet_diag_msg the identity is, and behind it the inode.
const IDENTITY: usize = 4;
const INODE: usize = IDENTITY + IDENTITY_SIZE + 16;
/// Connections ended by one request.
const BATCH: usize = 64;

/// Ends every TCP connection from these addresses that no process has any more; gives their number. The
/// packet filter has to keep their resets from their peers.
pub fn end(addresses: &[IpAddr]) -> io::Result<usize> {
    let mut netlink = Netlink::open(Subsystem::Sockets)?;
    let mut ended = 0;
    for family in [libc::AF_INET as u8, libc::AF_INET6 as u8] {
        let question = Message::new(
            "list TCP connections",
            SOCK_DIAG_BY_FAMILY,
            libc::NLM_F_DUMP,
            &request(family, STATES, &[0; IDENTITY_SIZE]),
            Attributes::new(),
        );
        let connections = netlink.ask(question)?;
        let orphans: Vec<Message> = connections
            .iter()
            .filter_map(|answer| orphan(answer, addresses))
            .map(|identity| {
                Message::new(
                    "end a connection of a dead process",
                    SOCK_DESTROY,
                    libc::NLM_F_ACK,
                    &request(family, STATES, identity),
                    Attributes::new(),
                )
            })
            .collect();
        for batch in orphans.chunks(BATCH) {
            match netlink.send(batch) {
                Ok(()) => ended += batch.len(),
                // One has ended by itself meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    for one in batch {
                        ended += usize::from(netlink.send(std::slice::from_ref(one)).is_ok());
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(ended)
}

/// An inet_diag_req_v2.
fn request(family: u8, states: u32, identity: &[u8]) -> Vec<u8> {
    let mut request = vec![family, libc::IPPROTO_TCP as u8, 0, 0];
    request.extend(states.to_ne_bytes());
    request.extend(identity);
    request
}

/// The identity of a connection from one of `addresses` without a process.
fn orphan<'a>(answer: &'a Answer, addresses: &[IpAddr]) -> Option<&'a [u8]> {
    let identity = answer.body.get(IDENTITY..IDENTITY + IDENTITY_SIZE)?;
    let inode = answer.body.get(INODE..INODE + 4)?;
    let source: [u8; 16] = identity[4..20].try_into().ok()?;
    let source = match i32::from(*answer.body.first()?) {
        libc::AF_INET => IpAddr::from(Ipv4Addr::from(*source.first_chunk()?)),
        _ => IpAddr::from(Ipv6Addr::from(source)).to_canonical(),
    };
    (addresses.contains(&source) && inode == [0; 4]).then_some(identity)
}

//! An ICMP echo from a service address: does the network beyond the LAN find us there?

use super::frame::checksum;
use super::read_before;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// RFC 792 and RFC 4443 §4: the types of the question and of the answer.
const ECHO_V4: (u8, u8) = (8, 0);
const ECHO_V6: (u8, u8) = (128, 129);
/// Octets of an echo's header.
const HEADER_SIZE: usize = 8;
/// More than any answer to a question without data.
const PACKET_SIZE: usize = 2048;

/// Sends an echo with this sequence number from `from`, which this host must own, to the host `to`;
/// true if the answer comes back to us within `timeout`. Needs the capability CAP_NET_RAW.
#[expect(clippy::disallowed_methods, reason = "waits for the network")]
pub fn probe(from: IpAddr, to: IpAddr, sequence: u16, timeout: Duration) -> io::Result<bool> {
    let (domain, protocol, (question, answer)) = match to {
        IpAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4, ECHO_V4),
        IpAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6, ECHO_V6),
    };
    let mut socket = Socket::new(domain, Type::RAW, Some(protocol))?;
    socket.bind(&SocketAddr::new(from, 0).into())?;
    // From now on only what comes from that host is received.
    socket.connect(&SocketAddr::new(to, 0).into())?;
    let [high, low] = sequence.to_be_bytes();
    let [.., a, b] = std::process::id().to_be_bytes();
    let mut packet = [question, 0, 0, 0, a, b, high, low];
    // In IPv6 the kernel does it, because it covers the addresses.
    let sum = checksum(&packet);
    packet[2..4].copy_from_slice(&sum.to_be_bytes());
    let end = Instant::now() + timeout;
    socket.send(&packet)?;
    let mut octets = [0; PACKET_SIZE];
    while let Some(size) = read_before(&mut socket, end, &mut octets)? {
        let message = match to {
            IpAddr::V4(_) => without_ip_header(&octets[..size]),
            IpAddr::V6(_) => octets.get(..size),
        };
        let Some(message) = message.and_then(|message| message.get(..HEADER_SIZE)) else {
            continue;
        };
        if message[0] == answer && message[4..] == packet[4..] {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A raw socket of IPv4 has the header before the message.
fn without_ip_header(packet: &[u8]) -> Option<&[u8]> {
    let words = usize::from(packet.first()? & 0x0f);
    packet.get(words * 4..)
}

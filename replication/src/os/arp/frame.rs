//! Frames that ask and tell who has an address: ARP (RFC 826) for IPv4, neighbour discovery
//! (RFC 4861) for IPv6.

use crate::os::mac::Mac;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const ETHERTYPE_ARP: [u8; 2] = [0x08, 0x06];
const ETHERTYPE_IPV6: [u8; 2] = [0x86, 0xdd];
/// Ethernet as the hardware, IPv4 as the protocol, and the sizes of their addresses.
const ARP_FOR_IPV4: [u8; 6] = [0, 1, 0x08, 0, 6, 4];
const NEXT_HEADER_ICMP6: u8 = 58;
/// A router would lower it, so it proves that the sender is on the LAN (RFC 4861 §3.1).
const HOP_LIMIT: u8 = 255;
const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;
/// The bit that an answer replaces what the receiver knows (RFC 4861 §4.4).
const OVERRIDE: u8 = 0x20;
const SOURCE_LINK_ADDRESS: u8 = 1;
const TARGET_LINK_ADDRESS: u8 = 2;
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// What an ARP packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Request = 1,
    Reply = 2,
}

/// The frames by which the station `own` tells everyone that it has `address`. In IPv4 there are
/// two, because some systems learn from requests only and others from replies only.
pub(super) fn announcements(own: Mac, address: IpAddr) -> Vec<Vec<u8>> {
    match address {
        IpAddr::V4(address) => [
            (Operation::Request, Mac([0; 6])),
            (Operation::Reply, Mac::BROADCAST),
        ]
        .map(|(operation, target)| arp(operation, (own, address), (target, address)))
        .to_vec(),
        IpAddr::V6(address) => vec![discovery(
            own,
            address,
            ALL_NODES,
            [ADVERTISEMENT, OVERRIDE, TARGET_LINK_ADDRESS],
            address,
        )],
    }
}

/// The frame by which `own` at `from` asks who has `target`; nothing if one is IPv4 and the other
/// is IPv6.
pub(super) fn question(own: Mac, from: IpAddr, target: IpAddr) -> Option<Vec<u8>> {
    match (from, target) {
        (IpAddr::V4(from), IpAddr::V4(target)) => {
            Some(arp(Operation::Request, (own, from), (Mac([0; 6]), target)))
        }
        (IpAddr::V6(from), IpAddr::V6(target)) => Some(discovery(
            own,
            from,
            solicited_node(target),
            [SOLICITATION, 0, SOURCE_LINK_ADDRESS],
            target,
        )),
        _ => None,
    }
}

/// The station that says in this frame that it has `target`.
pub(super) fn answer(frame: &[u8], target: IpAddr) -> Option<Mac> {
    let (_, ethertype) = (frame.get(..12)?, frame.get(12..14)?);
    let body = frame.get(14..)?;
    match target {
        IpAddr::V4(target) if ethertype == ETHERTYPE_ARP => {
            let is_answer = body.get(..6)? == ARP_FOR_IPV4
                && body.get(6..8)? == [0, Operation::Reply as u8]
                && body.get(14..18)? == target.octets();
            is_answer.then_some(Mac(body.get(8..14)?.try_into().ok()?))
        }
        IpAddr::V6(target) if ethertype == ETHERTYPE_IPV6 => {
            let message = body.get(40..)?;
            let is_answer = *body.get(6)? == NEXT_HEADER_ICMP6
                && *body.get(7)? == HOP_LIMIT
                && *message.first()? == ADVERTISEMENT
                && message.get(8..24)? == target.octets();
            // Who answers is in an option, or else it is who sent the frame.
            let said = match message.get(24..26) {
                Some([TARGET_LINK_ADDRESS, 1]) => message.get(26..32)?,
                _ => frame.get(6..12)?,
            };
            is_answer.then_some(Mac(said.try_into().ok()?))
        }
        _ => None,
    }
}

fn arp(operation: Operation, sender: (Mac, Ipv4Addr), target: (Mac, Ipv4Addr)) -> Vec<u8> {
    [
        &Mac::BROADCAST.0[..],
        &sender.0.0,
        &ETHERTYPE_ARP,
        &ARP_FOR_IPV4,
        &[0, operation as u8],
        &sender.0.0,
        &sender.1.octets(),
        &target.0.0,
        &target.1.octets(),
    ]
    .concat()
}

/// A message about `target` with the link address of `own` in its option; `kind` is the message,
/// its flags and the option.
fn discovery(own: Mac, from: Ipv6Addr, to: Ipv6Addr, kind: [u8; 3], target: Ipv6Addr) -> Vec<u8> {
    let [message, flags, option] = kind;
    let mut body = [
        &[message, 0, 0, 0, flags, 0, 0, 0][..],
        &target.octets(),
        &[option, 1],
        &own.0,
    ]
    .concat();
    let size = body.len() as u8;
    let addresses = [from.octets(), to.octets()].concat();
    let sum = checksum(
        &[
            &addresses,
            &[0, 0, 0, size, 0, 0, 0, NEXT_HEADER_ICMP6][..],
            &body,
        ]
        .concat(),
    );
    body[2..4].copy_from_slice(&sum.to_be_bytes());
    let [.., a, b, c, d] = to.octets();
    [
        &[0x33, 0x33, a, b, c, d][..],
        &own.0,
        &ETHERTYPE_IPV6,
        &[0x60, 0, 0, 0, 0, size, NEXT_HEADER_ICMP6, HOP_LIMIT],
        &addresses,
        &body,
    ]
    .concat()
}

/// The group in which everyone with an address that ends like `target` listens (RFC 4291 §2.7.1).
fn solicited_node(target: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = target.octets();
    let mut group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 0).octets();
    group[13..].copy_from_slice(&[a, b, c]);
    group.into()
}

/// The Internet checksum (RFC 1071) of an even or odd number of octets.
pub(super) fn checksum(octets: &[u8]) -> u16 {
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
    let mut sum: u32 = octets.chunks(2).map(word).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Mac = Mac([2, 0, 0, 0, 0, 1]);

    fn addresses() -> [(IpAddr, IpAddr); 2] {
        let pair = |a: &str, b: &str| (a.parse().expect("valid"), b.parse().expect("valid"));
        [
            pair("198.18.0.1", "198.18.0.100"),
            pair("fd00::1", "fd00::64"),
        ]
    }

    #[test]
    fn an_announcement_is_an_answer_and_a_question_is_none() {
        for (from, target) in addresses() {
            let told = announcements(OWN, target);
            let answers: Vec<_> = told
                .iter()
                .filter_map(|frame| answer(frame, target))
                .collect();
            assert_eq!(answers, [OWN], "{target}");
            assert_eq!(answer(told.last().expect("one"), from), None);
            let asked = question(OWN, from, target).expect("of one family");
            assert_eq!(answer(&asked, target), None);
        }
    }

    #[test]
    fn no_frame_cut_short_is_an_answer_or_a_panic() {
        for (_, target) in addresses() {
            let told = announcements(OWN, target);
            let frame = told.last().expect("one");
            // What the sender says last in IPv6 is the option, without which the frame is whole.
            let needed = frame.len() - if target.is_ipv6() { 8 } else { 10 };
            for end in 0..needed {
                assert_eq!(answer(&frame[..end], target), None, "{end} octets");
            }
        }
    }

    #[test]
    fn the_checksum_makes_the_sum_zero() {
        // RFC 1071 §3: these octets add up to ddf2.
        let octets = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(checksum(&octets), !0xddf2);
        let [high, low] = checksum(&octets).to_be_bytes();
        assert_eq!(checksum(&[&octets[..], &[high, low]].concat()), 0);
        assert_eq!(checksum(&[0xff]), !0xff00);
    }

    #[test]
    fn the_group_of_an_address_has_its_last_three_octets() {
        let address: Ipv6Addr = "fd00::12:3456".parse().expect("valid");
        assert_eq!(solicited_node(address).to_string(), "ff02::1:ff12:3456");
    }
}

//! What the rules say, for IPv4 and IPv6.

use super::expression::{Header, Meta, Rule};
use crate::os::address::octets;
use crate::os::mac::Mac;
use std::net::IpAddr;

/// FIN and RST among the flags of a TCP header.
const TCP_GOODBYE: u8 = 0x01 | 0x04;
/// The place of the flags in a TCP header.
const TCP_FLAGS: u32 = 13;
/// The place of the sender's address in an Ethernet header, and its size.
const ETHERNET_SOURCE: (u32, u32) = (6, 6);
/// The same for whom it is for.
const ETHERNET_DESTINATION: (u32, u32) = (0, 6);
const IP_TCP: u8 = 6;
const IP_UDP: u8 = 17;
const IP_ICMP6: u8 = 58;
/// Who has this IPv6 address? (RFC 4861 §4.3)
const NEIGHBOUR_SOLICITATION: u8 = 135;
/// I have it. (RFC 4861 §4.4)
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;

/// A dying process must not make its kernel say goodbye: no FIN and no RST leaves from `service`
/// unless the process itself has marked it.
pub(super) fn silence(service: IpAddr, mark: u32, counter: &str) -> Rule {
    from(service)
        .meta(Meta::Transport)
        .equals(&[IP_TCP])
        .payload(Header::Transport, TCP_FLAGS, 1)
        .bits(&[TCP_GOODBYE])
        .differs(&[0])
        .meta(Meta::Mark)
        .differs(&mark.to_ne_bytes())
        .drop(counter)
}

/// A node that is not the owner sends nothing from `service`. In IPv6 it may have to tell its
/// neighbours where the address is, as the standby does; in IPv4 that is ARP, which is not IP.
pub(super) fn mute(service: IpAddr, counter: &str) -> Vec<Rule> {
    let answer = from(service)
        .meta(Meta::Transport)
        .equals(&[IP_ICMP6])
        .payload(Header::Transport, 0, 1)
        .equals(&[NEIGHBOUR_ADVERTISEMENT])
        .accept();
    let mut rules = Vec::from_iter(service.is_ipv6().then_some(answer));
    rules.push(from(service).drop(counter));
    rules
}

/// The same, but media may go out.
pub(super) fn mute_all_but_udp(service: IpAddr, counter: &str) -> Vec<Rule> {
    let media = from(service)
        .meta(Meta::Transport)
        .equals(&[IP_UDP])
        .accept();
    [vec![media], mute(service, counter)].concat()
}

/// What comes for `control` is for the tap and not for this kernel, but for the question where the
/// address is, and media if the kernel `takes_media`.
pub(super) fn standby(control: IpAddr, takes_media: bool, counter: &str) -> Vec<Rule> {
    let question = to(control)
        .meta(Meta::Transport)
        .equals(&[IP_ICMP6])
        .payload(Header::Transport, 0, 1)
        .equals(&[NEIGHBOUR_SOLICITATION])
        .accept();
    let media = to(control).meta(Meta::Transport).equals(&[IP_UDP]).accept();
    let mut rules = Vec::from_iter(control.is_ipv6().then_some(question));
    rules.extend(takes_media.then_some(media));
    rules.push(to(control).drop(counter));
    rules
}

/// No segment reaches `control` that the tap of the backup has not seen.
pub(super) fn guard(control: IpAddr, backup: Mac, counter: &str) -> Rule {
    let (place, size) = ETHERNET_SOURCE;
    to(control)
        .meta(Meta::Transport)
        .equals(&[IP_TCP])
        .payload(Header::Ethernet, place, size)
        .differs(&backup.0)
        .drop(counter)
}

/// UDP for `address` that a switch has brought to this very host: what this host itself sends on comes
/// back to nobody's copier.
pub(super) fn udp_to(address: IpAddr) -> Rule {
    to(address)
        .meta(Meta::Transport)
        .equals(&[IP_UDP])
        .meta(Meta::Recipient)
        .equals(&[libc::PACKET_HOST])
}

/// Frames that another station has sent.
pub(super) fn not_of(rule: Rule, station: &Mac) -> Rule {
    let (place, size) = ETHERNET_SOURCE;
    rule.payload(Header::Ethernet, place, size)
        .differs(&station.0)
}

/// The frame now goes from `own` to `target`.
pub(super) fn redirect(rule: Rule, own: Mac, target: Mac) -> Rule {
    let (destination, source) = (ETHERNET_DESTINATION.0, ETHERNET_SOURCE.0);
    rule.write_ethernet(destination, &target.0)
        .write_ethernet(source, &own.0)
}

/// Packets that leave this host with this sender.
fn from(address: IpAddr) -> Rule {
    let (version, place) = match address {
        IpAddr::V4(_) => (libc::NFPROTO_IPV4, 12),
        IpAddr::V6(_) => (libc::NFPROTO_IPV6, 8),
    };
    let octets = octets(address);
    Rule::new()
        .meta(Meta::IpVersion)
        .equals(&[version as u8])
        .payload(Header::Ip, place, octets.len() as u32)
        .equals(&octets)
}

/// Packets that come to the interface for this address.
fn to(address: IpAddr) -> Rule {
    let (protocol, place) = match address {
        IpAddr::V4(_) => (libc::ETH_P_IP, 16),
        IpAddr::V6(_) => (libc::ETH_P_IPV6, 24),
    };
    let octets = octets(address);
    Rule::new()
        .meta(Meta::Protocol)
        .equals(&(protocol as u16).to_be_bytes())
        .payload(Header::Ip, place, octets.len() as u32)
        .equals(&octets)
}

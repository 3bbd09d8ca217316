//! Which frames the kernel gives to a packet socket: a program in classic BPF (bpf(4) of the BSDs;
//! Linux, Documentation/networking/filter.rst).
//!
//! Frames that are not for us never cost a wake-up: the tap of a busy host sees only the service.

use std::net::IpAddr;

/// Offset of the type field in an Ethernet frame.
const ETHERNET_TYPE: u32 = 12;
/// Offset of the protocol in an IPv4 packet in an Ethernet frame.
const IPV4_PROTOCOL: u32 = 14 + 9;
/// Offset of the next header in an IPv6 packet in an Ethernet frame.
const IPV6_NEXT_HEADER: u32 = 14 + 6;
/// The same in the fragment header that follows at once.
const IPV6_FRAGMENT_NEXT_HEADER: u32 = 14 + 40;
/// Offset of the destination in an IPv4 packet in an Ethernet frame.
const IPV4_DESTINATION: u32 = 14 + 16;
/// Offset of the destination in an IPv6 packet in an Ethernet frame.
const IPV6_DESTINATION: u32 = 14 + 24;
/// The whole frame.
const ACCEPT: u32 = u32::MAX;
/// Nothing of it.
const REJECT: u32 = 0;

/// Frames to this host's own hardware address that carry IPv4 or IPv6 packets to one of the addresses.
pub fn to(destinations: &[IpAddr]) -> Vec<libc::sock_filter> {
    let (mut version4, mut version6) = (Vec::new(), Vec::new());
    for destination in destinations {
        match destination {
            IpAddr::V4(address) => {
                version4.push(unless_equal(address.to_bits(), 1));
                version4.push(answer(ACCEPT));
            }
            IpAddr::V6(address) => {
                let words = address.to_bits();
                for (index, remaining) in [(0, 7), (1, 5), (2, 3), (3, 1)] {
                    let word = (words >> (96 - 32 * index)) as u32;
                    version6.push(load(libc::BPF_W, IPV6_DESTINATION + 4 * index));
                    version6.push(unless_equal(word, remaining));
                }
                version6.push(answer(ACCEPT));
            }
        }
    }
    version4.insert(0, load(libc::BPF_W, IPV4_DESTINATION));
    version4.push(answer(REJECT));

    let kind = (libc::SKF_AD_OFF + libc::SKF_AD_PKTTYPE) as u32;
    let mut program = vec![
        load(libc::BPF_B, kind),
        unless_equal(u32::from(libc::PACKET_HOST), 3),
        load(libc::BPF_H, ETHERNET_TYPE),
        // Past the skip over the whole block, which conditional jumps are too short for.
        if_equal(libc::ETH_P_IP as u32, 3),
        if_equal(libc::ETH_P_IPV6 as u32, 1),
        answer(REJECT),
        skip(version4.len()),
    ];
    program.extend(version4);
    program.extend(version6);
    program.push(answer(REJECT));
    program
}

/// Frames to this host's own hardware address that carry UDP to the address, whole or in fragments. In
/// IPv6 no extension header but that of a fragment may come before UDP.
pub fn udp_to(destination: IpAddr) -> Vec<libc::sock_filter> {
    let udp = libc::IPPROTO_UDP as u32;
    let own = (libc::SKF_AD_OFF + libc::SKF_AD_PKTTYPE) as u32;
    let mut program = require(libc::BPF_B, own, u32::from(libc::PACKET_HOST)).to_vec();
    match destination {
        IpAddr::V4(address) => {
            program.extend(require(libc::BPF_H, ETHERNET_TYPE, libc::ETH_P_IP as u32));
            program.extend(require(libc::BPF_B, IPV4_PROTOCOL, udp));
            program.extend(require(libc::BPF_W, IPV4_DESTINATION, address.to_bits()));
        }
        IpAddr::V6(address) => {
            program.extend(require(libc::BPF_H, ETHERNET_TYPE, libc::ETH_P_IPV6 as u32));
            program.push(load(libc::BPF_B, IPV6_NEXT_HEADER));
            program.push(unless_equal(libc::IPPROTO_FRAGMENT as u32, 1));
            program.push(load(libc::BPF_B, IPV6_FRAGMENT_NEXT_HEADER));
            program.extend([if_equal(udp, 1), answer(REJECT)]);
            for (index, shift) in [(0, 96), (1, 64), (2, 32), (3, 0)] {
                let word = (address.to_bits() >> shift) as u32;
                program.extend(require(libc::BPF_W, IPV6_DESTINATION + 4 * index, word));
            }
        }
    }
    program.push(answer(ACCEPT));
    program
}

/// Every frame.
pub fn all() -> Vec<libc::sock_filter> {
    vec![answer(ACCEPT)]
}

/// Rejects a frame of which this part is not the value.
fn require(size: u32, offset: u32, value: u32) -> [libc::sock_filter; 3] {
    [load(size, offset), if_equal(value, 1), answer(REJECT)]
}

/// Loads a part of the frame.
fn load(size: u32, offset: u32) -> libc::sock_filter {
    instruction(libc::BPF_LD | size | libc::BPF_ABS, 0, 0, offset)
}

/// Skips instructions if what was loaded is not the value.
fn unless_equal(value: u32, instructions: u8) -> libc::sock_filter {
    instruction(
        libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
        0,
        instructions,
        value,
    )
}

/// Skips instructions if what was loaded is the value.
fn if_equal(value: u32, instructions: u8) -> libc::sock_filter {
    instruction(
        libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
        instructions,
        0,
        value,
    )
}

/// Skips instructions.
fn skip(instructions: usize) -> libc::sock_filter {
    instruction(libc::BPF_JMP | libc::BPF_JA, 0, 0, instructions as u32)
}

/// Ends with that many octets of the frame.
fn answer(octets: u32) -> libc::sock_filter {
    instruction(libc::BPF_RET | libc::BPF_K, 0, 0, octets)
}

fn instruction(code: u32, jt: u8, jf: u8, k: u32) -> libc::sock_filter {
    libc::sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    }
}

//! System calls: the only `unsafe` of this crate.
//!
//! | file | what |
//! |---|---|
//! | `packet_socket` | frames from and to an interface (packet(7)): the tap |
//! | `packet_batch` | many frames with one system call: the copier |
//! | `packet_filter` | which frames the kernel gives to such a socket (classic BPF) |
//! | `tcp_repair` | reading and making the state of a TCP socket (TCP_REPAIR) |
//! | `socket_option` | options and queues of a socket that no crate has |
//! | `netlink` | requests to the kernel and their answers (netlink(7)) |
//! | `orphans` | connections that a dead process has left (sock_diag(7)) |
//! | `address` | addresses of interfaces, with a lease |
//! | `carrier` | whether an interface's cable leads anywhere |
//! | `filter` | nftables rules: silence, standby, guard |
//! | `arp` | telling and asking who has an address |
//! | `priority` | real-time priority of a thread |
//! | `readable` | waiting for a socket, to the microsecond |
//! | `stamped` | datagrams with the time of their arrival |
//! | `memory` | memory that stays |
//! | `mac` | the address of an Ethernet interface |
//! | `permission` | what the kernel lets this process do |
//! | `sysctl` | settings of the kernel, put back at the end |

pub mod address;
pub mod arp;
pub mod carrier;
pub mod filter;
pub mod mac;
pub mod memory;
pub mod netlink;
pub mod orphans;
pub mod packet_batch;
mod packet_filter;
pub mod packet_socket;
pub mod permission;
pub mod priority;
pub mod readable;
mod socket_option;
pub mod stamped;
pub mod sysctl;
pub mod tcp_repair;

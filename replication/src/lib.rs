//! Replication of a deterministic TCP service onto a second host, on an unmodified kernel.
//!
//! The service is a [`core::Core`]: a state machine whose state is a function of its inputs. The
//! primary node writes every input to an event log and sends it to the backup, which runs the same
//! core; an output leaves the primary only when the backup holds the input that caused it. The
//! backup sees the octets of the clients' TCP connections with its own eyes (the tap) and, when the
//! primary dies, goes on with the same connections. The clients notice nothing.
//!
//! `examples/echo.rs` is the smallest such service, with all that it needs: read it first. It runs on a
//! LAN made of namespaces, under every fault, without root, with
//!
//! ```sh
//! cargo test -p replication --test echo
//! ```
//!
//! Everything is pure (no clock, no socket, no thread) but for the impure folders:
//!
//! | folder | what |
//! |---|---|
//! | `core`, `log`, `replica` | the service, its event log, and both nodes' side of keeping it twice |
//! | `tcp` | what the backup knows of a TCP connection from looking at it |
//! | `heartbeat`, `failover` | who is alive, who reigns |
//! | `arbiter` | the third party that two nodes ask who cannot see each other (impure, but for its rules) |
//! | `link` | the connection between the nodes: keys, TLS, frames (impure) |
//! | `os` | system calls: raw packets, TCP repair, netlink (impure, the only `unsafe`) |
//! | `copy` | copies of UDP packets for other hosts of the LAN (impure) |
//! | `host` | what the host owns for the service: addresses, filter, settings (impure) |
//! | `relay` | the host that copies media to both nodes (impure, but for the decision between two) |
//! | `shell` | threads and sockets that run a replicated service (impure) |

pub mod arbiter;
mod base64;
pub mod copy;
pub mod core;
pub mod failover;
pub mod heartbeat;
pub mod host;
pub mod link;
pub mod log;
pub mod os;
pub mod relay;
pub mod replica;
pub mod shell;
pub mod tcp;

//! What the nodes of a pair say to each other.

use super::Versions;
use crate::core::Ports;
use crate::failover::{Epoch, Role};
use crate::log::Record;
use crate::tcp::Restoration;
use base::{CallId, ConnId, Instant, LogIndex};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// A message with the reign it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope<E> {
    /// The sender's epoch.
    pub epoch: Epoch,
    /// What it says.
    pub message: Message<E>,
}

/// The first message each way. Nodes of all versions have to understand it, so it never changes: what a
/// later version has to say besides goes into a message of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Which messages the sender speaks ([`super::LINK`]).
    pub link: Versions,
    /// Which ways its core can behave in ([`crate::core::Replicated::VERSIONS`]).
    pub core: Versions,
    /// Its number in the pair.
    pub node: u8,
    /// What it is.
    pub role: Role,
    /// Fingerprint of everything that must be equal on both: service addresses, rooms, TCP settings.
    pub configuration: u64,
    /// Its Ethernet address on the clients' LAN.
    pub mac: [u8; 6],
    /// What its clock shows.
    pub now: Instant,
    /// Differs with every start of its process.
    pub boot: u64,
    /// The UDP port where it hears notes.
    pub notes: u16,
}

/// From node to node. New ones are added at the end, and sent only to a node whose version has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Message<E> {
    /// Who I am.
    Hello(Hello),
    /// The joining node wants the state of the serving one.
    Join,
    /// It has a backup already, or does not serve: ask again later.
    Occupied,
    /// Here it is.
    Snapshot(Box<Snapshot>),
    /// The joining node holds the state, its sockets are bound, its tap sees the clients.
    Ready,
    /// It also holds what clients had sent before: from here on it is the backup.
    Confirmed,
    /// The next of the event log.
    Records(Vec<Record<E>>),
    /// Every record up to this one is safe here.
    Acknowledged(LogIndex),
    /// The tap sees the input of this connection: its octets need not be shipped any more.
    Covered(ConnId),
    /// Shall these be the call's ports?
    Propose(Proposal),
    /// They are bound here too.
    Accept(CallId, u32),
    /// They cannot be bound here, and why.
    Refuse(CallId, u32, String),
    /// My copy has gone astray, and how; I need a snapshot.
    Astray(String),
    /// You are not my backup any more: what you hold grows old from here on.
    Dismissed,
    /// I leave on purpose.
    Goodbye,
    /// The reign is to move to you: get clients' media as well.
    Prepare,
    /// It can come here.
    Listening,
    /// I can go on at once.
    Prepared,
    /// Not now: remain the backup.
    Remain,
    /// The reign is yours; the service's streams are where this says, and I am silent.
    Reign(Bytes),
    /// It is mine, from the epoch of this message on.
    Reigning,
}

/// Ports that the primary has bound for a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Whose.
    pub call: CallId,
    /// Which try this is.
    pub attempt: u32,
    /// Where.
    pub address: IpAddr,
    /// Which.
    pub ports: Ports,
}

/// Everything a node needs to become the backup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The last record that is in it.
    pub index: LogIndex,
    /// The service's clock.
    pub now: Instant,
    /// The core's state ([`crate::core::Replicated::snapshot`]).
    pub core: Bytes,
    /// What the core waits for.
    pub outstanding: Outstanding,
    /// Ports that are bound for calls.
    pub ports: Vec<(CallId, IpAddr, Ports)>,
    /// Open connections.
    pub connections: Vec<OpenConnection>,
    /// What the service adds for itself (the media plane).
    pub service: Bytes,
    /// The marks that heartbeats carried last: the first of a new life may be some time coming.
    pub marks: Bytes,
}

/// A connection of a serving node, captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenConnection {
    /// Its name.
    pub conn: ConnId,
    /// How far the core has read it: octets since its beginning.
    pub received: u64,
    /// The socket: as it would be restored.
    pub socket: Restoration,
    /// Octets that the peer has sent and the core has not read.
    pub unread: Bytes,
}

/// What the core has asked for and not been answered yet; a new primary asks again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outstanding {
    /// Connections being opened: from where, to whom.
    pub connects: std::collections::BTreeMap<ConnId, (IpAddr, SocketAddr)>,
    /// Calls that wait for their ports.
    pub ports: std::collections::BTreeMap<CallId, IpAddr>,
}

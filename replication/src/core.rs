//! The service: what a deterministic core and the shell around it say to each other.
//!
//! A core turns inputs, in one order, into outputs; its state is a function of the inputs alone. So
//! two cores that take the same inputs are the same, and an input is all that has to be replicated.

use crate::replica::Versions;
use base::{CallId, ConnId, Instant, LogIndex};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// Which listening socket a TCP connection came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Listener {
    /// The service's well-known port.
    Main,
    /// The port where this call expects a connection of its own.
    Call(CallId),
}

/// The ports of one call: bound by the shell, told to the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// TCP, where the call's own connection is accepted.
    pub control: u16,
    /// UDP, RTP of the audio session; RTCP is the next one.
    pub audio: u16,
    /// UDP, RTP of the video session; RTCP is the next one.
    pub video: u16,
}

/// Everything that changes a core. With the time beside it, this is one record of the event log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Input<E> {
    /// A connection was accepted; `conn` is what [`Core::next_conn`] said.
    Accepted {
        /// Its name from now on.
        conn: ConnId,
        /// Where it came in.
        listener: Listener,
        /// The other end.
        peer: SocketAddr,
        /// Our end.
        local: SocketAddr,
    },
    /// A connection that the core asked for stands; the address is our end of it.
    Connected(ConnId, SocketAddr),
    /// Octets came, in order.
    Received(ConnId, Bytes),
    /// The connection is gone (closed by the peer, reset, or never established), and why.
    Closed(ConnId, String),
    /// The ports asked for with [`Action::AllocatePorts`] are bound, on both nodes if there are two.
    PortsAllocated(CallId, Ports),
    /// They could not be bound, and why.
    PortsUnavailable(CallId, String),
    /// The time that `next_timeout` named has come.
    Timeout,
    /// Something that only this service knows.
    Event(E),
}

/// What a core can cause.
#[derive(Debug, Clone, PartialEq)]
pub enum Action<A> {
    /// Octets for a connection.
    Transmit(ConnId, Bytes),
    /// Open a TCP connection from `from`; `Connected` or `Closed` follows.
    Connect {
        /// Its name from now on.
        conn: ConnId,
        /// Our address.
        from: IpAddr,
        /// The other end.
        to: SocketAddr,
    },
    /// Close a connection once everything given to it is sent.
    Close(ConnId),
    /// Bind the call's ports on this address; `PortsAllocated` or `PortsUnavailable` follows.
    AllocatePorts(CallId, IpAddr),
    /// Close all sockets that `AllocatePorts` opened.
    ReleasePorts(CallId),
    /// Something that only this service knows.
    Effect(A),
}

/// An effect, and the log record that must be safe on the backup before it may be seen outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Output<A> {
    /// Release it only when this record is safe; in simplex that is at once.
    pub after: LogIndex,
    /// What to do.
    pub action: Action<A>,
}

/// A deterministic state machine of a whole process.
pub trait Core {
    /// What changes it beside connections, ports and time.
    type Event;
    /// What it causes beside them.
    type Effect;
    /// The name that the next accepted connection must have.
    fn next_conn(&self) -> ConnId;
    /// Takes one input at `now`; times never go back.
    fn handle(&mut self, now: Instant, input: Input<Self::Event>);
    /// The next output; drain until `None`.
    fn poll_output(&mut self) -> Option<Output<Self::Effect>>;
    /// When [`Input::Timeout`] is wanted next.
    fn next_timeout(&self) -> Option<Instant>;
}

/// A core that can be kept on two nodes.
pub trait Replicated:
    Core<Event: Serialize + DeserializeOwned + Clone, Effect: std::fmt::Debug>
{
    /// In which ways it can behave: raised when the same inputs lead to other outputs, another digest or
    /// another snapshot. Both nodes must behave alike.
    const VERSIONS: Versions = Versions::only(1);
    /// A few octets' worth of its state: equal on both nodes after the same inputs. Cheap, because it
    /// is asked for after every input.
    fn digest(&self) -> u64;
    /// Its whole state, for a node that was not there from the beginning. It has no outputs waiting.
    fn snapshot(&self) -> Vec<u8>;
    /// Takes the state of `snapshot`. On an error it is unchanged.
    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError>;
}

/// A snapshot that cannot be read: of another version, or damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotError(pub String);

impl std::fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the snapshot cannot be read: {}", self.0)
    }
}

impl std::error::Error for SnapshotError {}

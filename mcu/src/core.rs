//! What a deterministic core and its shell say to each other.
//!
//! A core turns inputs, in one order, into outputs; its state is a function of the inputs alone.
//! The conference server ([`crate::conference::Server`]) and the test terminals
//! ([`crate::terminal::core::Terminals`]) are both cores, driven by the same shell ([`crate::shell`]).

use base::{CallId, ConnId, Instant, LogIndex};
use bytes::Bytes;
use media::plane;
use std::net::{IpAddr, SocketAddr};

/// Which listening socket a TCP connection came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listener {
    /// The H.225.0 call signalling port.
    Signalling,
    /// The port where this call expects its H.245 connection.
    Control(CallId),
}

/// The ports of one call: bound by the shell, told to the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// TCP, where the call's H.245 connection is accepted.
    pub control: u16,
    /// UDP, RTP of the audio session; RTCP is the next one.
    pub audio: u16,
    /// UDP, RTP of the video session; RTCP is the next one.
    pub video: u16,
}

/// Everything that changes a core. With the time beside it, this is one record of the event log.
#[derive(Debug, Clone)]
pub enum Input {
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
    /// A connection that the core asked for stands; `local` is our end of it.
    Connected(ConnId, SocketAddr),
    /// Octets came, in order.
    Received(ConnId, Bytes),
    /// The connection is gone (closed by the peer, reset, or never established), and why.
    Closed(ConnId, String),
    /// The ports asked for with [`Action::AllocatePorts`] are bound.
    PortsAllocated(CallId, Ports),
    /// They could not be bound, and why.
    PortsUnavailable(CallId, String),
    /// The media plane noticed something.
    Media(plane::Notice),
    /// An operator asks for something.
    Operator(Request),
    /// The time that `next_timeout` named has come.
    Timeout,
    /// The process is to stop: end all calls; [`Action::Finished`] follows.
    Stop,
}

/// An operator's request; the answer is an [`Action::Answer`] with the same number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Chosen by the shell.
    pub number: u64,
    /// What is wanted.
    pub command: OperatorCommand,
}

/// What an operator can do to a running conference.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::Subcommand)]
#[serde(rename_all = "kebab-case")]
pub enum OperatorCommand {
    /// Show rooms and calls
    Status,
    /// Leave a participant's sound (or picture) out of the conference
    Mute {
        /// Call number as `status` shows it
        call: u64,
        /// Its picture instead of its sound
        #[arg(long)]
        video: bool,
    },
    /// Take it in again
    Unmute {
        /// Call number as `status` shows it
        call: u64,
        /// Its picture instead of its sound
        #[arg(long)]
        video: bool,
    },
    /// Release a call
    Disconnect {
        /// Call number as `status` shows it
        call: u64,
    },
    /// Let nobody else in
    Lock {
        /// Room name
        room: String,
    },
    /// Let people in again
    Unlock {
        /// Room name
        room: String,
    },
    /// Change a room's layout
    Layout {
        /// Room name
        room: String,
        /// auto, 1, 2, 4, 1+5, 9 or 16
        layout: String,
    },
    /// Call a terminal into a room
    Dial {
        /// Room name
        room: String,
        /// Address and port of the terminal's call signalling
        address: SocketAddr,
        /// Alias to dial there
        #[arg(default_value = "")]
        alias: String,
    },
}

/// An effect, and the log record that must be safe on the backup before it may be seen outside.
#[derive(Debug, Clone)]
pub struct Output {
    /// Release it only when this record is safe; in simplex that is at once.
    pub after: LogIndex,
    /// What to do.
    pub action: Action,
}

/// What a core can cause.
#[derive(Debug, Clone)]
pub enum Action {
    /// Octets for a connection.
    Transmit(ConnId, Bytes),
    /// Open a TCP connection from `from`.
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
    /// Bind the call's ports on `address`; `PortsAllocated` or `PortsUnavailable` follows. The media
    /// sockets belong to the participant of the same number.
    AllocatePorts(CallId, IpAddr),
    /// Close all sockets that `AllocatePorts` opened.
    ReleasePorts(CallId),
    /// For the media plane.
    Media(plane::Command),
    /// The answer to an operator's request, as JSON or as an error message.
    Answer(u64, Result<serde_json::Value, String>),
    /// For the log of the operator.
    Report(Report),
    /// Nothing is left to do: the process may end.
    Finished,
}

/// How much an operator should care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// A branch taken.
    Debug,
    /// A call or room changed.
    Info,
    /// Something an operator should look at.
    Warning,
}

/// A line for the operator's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How much it matters.
    pub severity: Severity,
    /// Which call, if it is about one.
    pub call: Option<CallId>,
    /// What happened, in a sentence.
    pub text: String,
}

/// A deterministic state machine of a whole process.
pub trait Core {
    /// The name that the next accepted connection must have.
    fn next_conn(&self) -> ConnId;
    /// Takes one input at `now`; times never go back.
    fn handle(&mut self, now: Instant, input: Input);
    /// The next output; drain until `None`.
    fn poll_output(&mut self) -> Option<Output>;
    /// When [`Input::Timeout`] is wanted next.
    fn next_timeout(&self) -> Option<Instant>;
}

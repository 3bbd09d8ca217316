//! What a deterministic core and its shell say to each other.
//!
//! A core turns inputs, in one order, into outputs; its state is a function of the inputs alone.
//! The conference server ([`crate::conference::Server`]) and the test terminals
//! ([`crate::terminal::core::Terminals`]) are both cores, driven by the same shell ([`crate::shell`]).

use base::CallId;
use media::plane;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

pub use replication::core::{Listener, Ports};

/// What changes a core beside connections, ports and time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The media plane noticed something.
    Media(plane::Notice),
    /// An operator asks for something.
    Operator(Request),
    /// The process is to stop: end all calls; [`Effect::Finished`] follows.
    Stop,
}

/// What a core can cause beside them.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// For the media plane.
    Media(plane::Command),
    /// The answer to an operator's request, as JSON or as an error message.
    Answer(u64, Result<serde_json::Value, String>),
    /// For the log of the operator.
    Report(Report),
    /// Nothing is left to do: the process may end.
    Finished,
}

/// Everything that changes a core.
pub type Input = replication::core::Input<Event>;
/// What a core can cause.
pub type Action = replication::core::Action<Effect>;
/// An action, and the log record it waits for.
pub type Output = replication::core::Output<Effect>;

/// The deterministic state machine of a whole process.
pub trait Core: replication::core::Core<Event = Event, Effect = Effect> {}
impl<T: replication::core::Core<Event = Event, Effect = Effect>> Core for T {}

/// An operator's request; the answer is an [`Effect::Answer`] with the same number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the shell.
    pub number: u64,
    /// What is wanted.
    pub command: OperatorCommand,
}

/// What an operator can do to a running conference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Subcommand)]
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

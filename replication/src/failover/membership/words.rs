//! What a membership is told and what it says.

use crate::arbiter::{Answer, Question};
use crate::failover::{Epoch, Role};
use crate::heartbeat::{News, Rhythm};
use base::Instant;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a node does that can learn neither from the other one nor from an arbiter whether that serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnPartition {
    /// It serves: no call is lost, but two nodes may serve at once.
    Serve,
    /// It does not: two nodes never serve at once, but possibly none.
    Stop,
}

/// What a membership goes by. Nodes are numbered from 1 in the order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// This node.
    pub node: u8,
    /// How many there are.
    pub nodes: u8,
    /// Of heartbeats.
    pub rhythm: Rhythm,
    /// How long a starting node waits for others.
    pub start_wait: Duration,
    /// There is an arbiter.
    pub arbiter: bool,
    /// There is a command that makes sure that another node is dead.
    pub fence: bool,
    /// What to do without either.
    pub on_partition: OnPartition,
    /// The most preferred node that is there is to serve.
    pub failback: bool,
}

/// What of this node decides: see the replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Its role.
    pub role: Role,
    /// The reign that it belongs to.
    pub epoch: Epoch,
    /// Its interface has a carrier: the cable is plugged in.
    pub carrier: bool,
}

/// What another node says of itself in a beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Differs with every start of its process.
    pub boot: u64,
    /// Its reign.
    pub epoch: Epoch,
    /// Its role.
    pub role: Role,
}

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The link to a node stands.
    LinkUp(u8),
    /// It has ended, and why.
    LinkDown(u8, String),
    /// A node has greeted, and serves or stands by, or has just started.
    Greeted {
        /// Which.
        node: u8,
        /// Its process.
        boot: u64,
        /// Its reign.
        epoch: Epoch,
        /// What it is.
        role: Role,
    },
    /// A node leaves on purpose.
    Goodbye(u8),
    /// The primary has handed its reign over.
    HandedOver(u8),
    /// The serving node has a backup already.
    Occupied(u8),
    /// What a node has said last, and when that came. The same may be told again.
    Said(u8, Instant, Said),
    /// From its beats.
    News(u8, News),
    /// Its host says that the process is not there.
    Refused(u8),
    /// The backup does not acknowledge.
    Slow(String),
    /// This process stood still so long that its right to send is over, or that others may have acted without it.
    HeldUp,
    /// The arbiter's answer to a question.
    Answer(u64, Answer),
    /// The other node is dead: the command says so, or why it does not.
    Fenced(u8, Result<(), String>),
    /// This node's role is another now.
    Became,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Begin to serve in this reign, or in the next one.
    Serve(Option<Epoch>, String),
    /// Ask this node for its state.
    Join(u8, String),
    /// The partner is gone: take over, or go on alone; in this reign, if it was granted.
    PartnerGone(Option<Epoch>, String),
    /// The partner goes on without this node.
    LinkLost(String),
    /// Another node serves with a better right.
    Yield(String),
    /// Greet a node.
    Greet(u8),
    /// End the link to a node.
    DropLink(u8),
    /// Ask the host of a node whether its process is there.
    Probe(u8),
    /// Ask the arbiter; the answer names the number.
    Ask(u64, Question),
    /// Make sure that a node is dead.
    Fence(u8),
    /// Say nothing to clients any more, and keep everything.
    Suspend(String),
    /// Go on.
    Resume,
    /// Stop (or begin again) to tell the partner that it is heard.
    Echo(bool),
    /// Hand the reign over to the backup.
    HandOver(String),
}

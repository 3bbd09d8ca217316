//! One record of the event log, as it travels to the backup.

use crate::core::{Input, Listener};
use crate::tcp::{Ends, Negotiated};
use base::{ConnId, Instant, LogIndex};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// One input of the core with its place in the order of all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record<E> {
    /// Its place; there are no gaps.
    pub index: LogIndex,
    /// When it happened, by the service's clock.
    pub now: Instant,
    /// Digest of the primary's core before this record: a copy that differs has gone astray.
    pub digest: u64,
    /// What happened.
    pub input: Logged<E>,
}

/// An input as the log tells it: without the octets that the backup has seen itself, with the details of a
/// connection that it cannot see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Logged<E> {
    /// A connection was accepted.
    Accepted {
        /// Its name.
        conn: ConnId,
        /// Where it came in.
        listener: Listener,
        /// Both ends.
        ends: Ends,
        /// What the primary's kernel knows of it.
        negotiated: Negotiated,
    },
    /// A connection that the core asked for stands.
    Connected {
        /// Its name.
        conn: ConnId,
        /// Both ends.
        ends: Ends,
        /// What the primary's kernel knows of it.
        negotiated: Negotiated,
    },
    /// Octets were taken from the connection.
    Received {
        /// Its name.
        conn: ConnId,
        /// How far it is read now: octets since its beginning.
        end: u64,
        /// How many were taken.
        length: u32,
        /// They themselves, as long as the backup has not said that it sees them.
        octets: Option<Bytes>,
    },
    /// Everything else is told as it is.
    Plain(Input<E>),
}

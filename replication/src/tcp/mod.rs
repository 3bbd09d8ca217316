//! What the backup knows of a client's TCP connection from looking at it, and what it needs to go
//! on with it.
//!
//! | file | what |
//! |---|---|
//! | `segment` | an Ethernet frame with a TCP segment, read |
//! | `shadows` | all connections, and whether a frame may be passed on to the primary |
//! | `shadow` | one connection as the tap sees it: the client's half in full, ours by its echo |
//! | `reassembly` | the client's octets put in order |
//! | `outbound` | ours, as far as the client lacks them |
//! | `timestamps` | what the primary's timestamp clock says by now |
//! | `sequence` | numbers that wrap |
//!
//! Followed: RFC 9293 (TCP), RFC 7323 (window scale, timestamps), RFC 2018 (SACK).

mod outbound;
mod reassembly;
pub mod segment;
pub mod sequence;
pub mod shadow;
pub mod shadows;
mod timestamps;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// The two ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ends {
    /// The service's.
    pub local: SocketAddr,
    /// The client's.
    pub peer: SocketAddr,
}

/// What both ends agreed on in the handshake, and where each began: the primary's kernel knows it, the
/// tap only in part, because it does not see what the primary sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Negotiated {
    /// Largest segment we may send, octets (RFC 9293 §3.7.1).
    pub mss: u16,
    /// Left shift of the window the peer announces and of the one we announce (RFC 7323 §2); None if
    /// not agreed.
    pub scales: Option<Scales>,
    /// Selective acknowledgements (RFC 2018).
    pub sack: bool,
    /// Our timestamp clock at the moment this was read (RFC 7323 §3), milliseconds; None if not agreed.
    pub timestamp: Option<u32>,
    /// Sequence number of our first octet of data (our SYN's plus one).
    pub send_start: u32,
    /// Sequence number of the peer's first octet of data.
    pub receive_start: u32,
}

/// Window scales, bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scales {
    /// Of windows that the peer announces.
    pub send: u8,
    /// Of windows that we announce.
    pub receive: u8,
}

/// Everything needed to go on with a connection in another kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restoration {
    /// Addresses and ports.
    pub ends: Ends,
    /// Agreed options; `timestamp` is what our clock should say at the restoration.
    pub negotiated: Negotiated,
    /// The next sequence number we expect; the FIN of a peer that has finished is behind us.
    pub receive_next: u32,
    /// First sequence number that the peer has not acknowledged.
    pub send_unacknowledged: u32,
    /// What we have sent or are to send from there on.
    pub pending: Vec<Bytes>,
    /// Window the peer announced last, octets, scaled.
    pub send_window: u32,
    /// Sequence number of the peer's segment that announced it (SND.WL1).
    pub window_update: u32,
    /// We have closed our direction: after `pending` comes our FIN.
    pub finished: bool,
}

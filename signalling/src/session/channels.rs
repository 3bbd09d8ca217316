//! The logical channels of a call: what there is. What opens and closes them is in `transmit` (ours)
//! and `receive` (the peer's).
//!
//! At most one channel per kind and direction. The two directions are independent: their numbers
//! may be the same and their formats differ.

use super::event::{Format, ReceiveChannel};
use super::formats::{self, payload_type};
use crate::control::logical_channel::{OutgoingClcse, OutgoingLcse};
use base::{Instant, MediaKind};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Our channels are numbered from here.
const FIRST_NUMBER: u16 = 1;

/// All channels of a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Channels {
    pub(super) receive: BTreeMap<MediaKind, Receive>,
    pub(super) transmit: BTreeMap<MediaKind, Transmit>,
    /// Closed by us, not yet acknowledged.
    pub(super) closing: Vec<OutgoingLcse>,
    pub(super) last_number: u16,
    /// Formats that the user chose over our order.
    pub(super) preferred: BTreeMap<MediaKind, Format>,
    /// Whether the user wants a transmit channel; the configuration says it for the rest.
    pub(super) wanted: BTreeMap<MediaKind, bool>,
    /// Formats that the peer rejected, and kinds given up: until either side has other
    /// capabilities.
    pub(super) rejected: Vec<Format>,
    pub(super) failed: BTreeSet<MediaKind>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Receive {
    pub(super) channel: ReceiveChannel,
    pub(super) close_request: OutgoingClcse,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Transmit {
    pub(super) format: Format,
    pub(super) lcse: OutgoingLcse,
    /// Told to the user as open.
    pub(super) open: bool,
}

impl Default for Channels {
    fn default() -> Self {
        Channels {
            receive: BTreeMap::new(),
            transmit: BTreeMap::new(),
            closing: Vec::new(),
            last_number: FIRST_NUMBER - 1,
            preferred: BTreeMap::new(),
            wanted: BTreeMap::new(),
            rejected: Vec::new(),
            failed: BTreeSet::new(),
        }
    }
}

impl Channels {
    pub(super) fn is_empty(&self) -> bool {
        self.receive.is_empty() && self.transmit.is_empty()
    }

    pub(super) fn receive_number(&self, kind: MediaKind) -> Option<u16> {
        self.receive.get(&kind).map(|r| r.channel.number)
    }

    pub(super) fn transmit_kind(&self, number: u16) -> Option<MediaKind> {
        let mut transmit = self.transmit.iter();
        transmit.find_map(|(kind, t)| (t.lcse.number() == number).then_some(*kind))
    }

    pub(super) fn closed(&mut self, number: u16) {
        self.closing.retain(|lcse| lcse.number() != number);
    }

    pub(super) fn close_answered(&mut self, number: u16) {
        for receive in self.receive.values_mut() {
            if receive.channel.number == number {
                receive.close_request.on_answer();
            }
        }
    }

    /// Capabilities are others now: what failed may succeed.
    pub(super) fn forget_failures(&mut self) {
        self.rejected.clear();
        self.failed.clear();
    }

    pub(super) fn next_number(&mut self) -> u16 {
        self.last_number = self.last_number.checked_add(1).unwrap_or(FIRST_NUMBER);
        self.last_number
    }

    /// The earliest T103 and T108.
    pub(super) fn deadlines(&self) -> (Option<Instant>, Option<Instant>) {
        let transmit = self.transmit.values().map(|t| &t.lcse);
        let t103 = transmit.chain(&self.closing).filter_map(|l| l.deadline());
        let t108 = self
            .receive
            .values()
            .filter_map(|r| r.close_request.deadline());
        (t103.min(), t108.min())
    }

    pub(super) fn receive_kind(&self, number: u16) -> Option<MediaKind> {
        let mut receive = self.receive.iter();
        receive.find_map(|(kind, r)| (r.channel.number == number).then_some(*kind))
    }
}

pub(super) fn same_codec(a: &Format, b: &Format) -> bool {
    match (a, b) {
        (Format::Audio { codec: a, .. }, Format::Audio { codec: b, .. }) => a == b,
        (Format::Video(a), Format::Video(b)) => a.codec == b.codec,
        _ => false,
    }
}

/// sessionID of H.245 §B.3.1: 1 for audio, 2 for video.
pub(super) fn session_id(kind: MediaKind) -> u8 {
    match kind {
        MediaKind::Audio => 1,
        MediaKind::Video => 2,
    }
}

/// dynamicRTPPayloadType of a channel in `format`, if it has one.
pub(super) fn dynamic(format: &Format) -> Option<u8> {
    Some(payload_type(format)).filter(|p| formats::is_dynamic(*p))
}

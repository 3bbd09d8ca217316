//! Capability exchange (H.245 §C.3): a set is sent and acknowledged, in each direction apart.

use super::Outbox;
use crate::wire::h245::{
    IndicationMessage, RequestMessage, ResponseMessage, TerminalCapabilitySet,
    TerminalCapabilitySetAck, TerminalCapabilitySetReject, TerminalCapabilitySetRejectCause,
    TerminalCapabilitySetRelease,
};
use base::Instant;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// T101: how long an answer may take (H.245 §C.3.5 leaves the value to us).
pub const T101: Duration = Duration::from_secs(30);

/// What became of a set we sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The peer knows our capabilities.
    Acknowledged,
    /// The peer rejected the set, or did not answer.
    Failed,
}

/// The outgoing entity (CESE): awaiting a response while a deadline is set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OutgoingCese {
    sequence: u8,
    deadline: Option<Instant>,
    acknowledged: bool,
}

impl OutgoingCese {
    /// Whether the peer has acknowledged the last set.
    pub fn acknowledged(&self) -> bool {
        self.acknowledged
    }

    /// When T101 runs out.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// TRANSFER.request; a set still unanswered is superseded.
    pub fn transfer(&mut self, now: Instant, set: TerminalCapabilitySet, out: &mut Outbox) {
        self.sequence = self.sequence.wrapping_add(1);
        self.deadline = Some(now + T101);
        self.acknowledged = false;
        out.push(
            RequestMessage::TerminalCapabilitySet(TerminalCapabilitySet {
                sequence_number: self.sequence,
                ..set
            })
            .into(),
        );
    }

    /// TerminalCapabilitySetAck.
    pub fn on_ack(&mut self, sequence: u8) -> Option<Outcome> {
        self.answered(sequence).then(|| {
            self.acknowledged = true;
            Outcome::Acknowledged
        })
    }

    /// TerminalCapabilitySetReject.
    pub fn on_reject(&mut self, sequence: u8) -> Option<Outcome> {
        self.answered(sequence).then_some(Outcome::Failed)
    }

    /// T101 (§C.3.4).
    pub fn on_timeout(&mut self, out: &mut Outbox) -> Option<Outcome> {
        self.deadline.take()?;
        let release = TerminalCapabilitySetRelease::default();
        out.push(IndicationMessage::TerminalCapabilitySetRelease(release).into());
        Some(Outcome::Failed)
    }

    fn answered(&mut self, sequence: u8) -> bool {
        sequence == self.sequence && self.deadline.take().is_some()
    }
}

/// TRANSFER.response of the incoming entity, which answers at once and so has no state to keep.
pub fn acknowledge(set: &TerminalCapabilitySet, out: &mut Outbox) {
    out.push(
        ResponseMessage::TerminalCapabilitySetAck(TerminalCapabilitySetAck {
            sequence_number: set.sequence_number,
            ..Default::default()
        })
        .into(),
    );
}

/// REJECT.request of the incoming entity.
pub fn reject(
    set: &TerminalCapabilitySet,
    cause: TerminalCapabilitySetRejectCause,
    out: &mut Outbox,
) {
    out.push(
        ResponseMessage::TerminalCapabilitySetReject(TerminalCapabilitySetReject {
            sequence_number: set.sequence_number,
            cause,
            ..Default::default()
        })
        .into(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_set_counts() {
        let (mut cese, mut out) = (OutgoingCese::default(), Outbox::new());
        cese.transfer(Instant::ZERO, Default::default(), &mut out);
        cese.transfer(Instant::ZERO, Default::default(), &mut out);
        assert_eq!(cese.on_ack(1), None);
        assert_eq!(cese.on_ack(2), Some(Outcome::Acknowledged));
        assert_eq!(cese.on_ack(2), None);
        assert!(cese.acknowledged());
    }

    #[test]
    fn silence_ends_in_a_release() {
        let (mut cese, mut out) = (OutgoingCese::default(), Outbox::new());
        cese.transfer(Instant::ZERO, Default::default(), &mut out);
        assert_eq!(cese.deadline(), Some(Instant::ZERO + T101));
        assert_eq!(cese.on_timeout(&mut out), Some(Outcome::Failed));
        assert_eq!(out.len(), 2);
        assert_eq!(cese.on_timeout(&mut out), None);
        assert_eq!(cese.on_ack(1), None);
    }
}

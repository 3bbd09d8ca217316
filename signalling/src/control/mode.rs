//! Mode request (H.245 §C.9): one side asks what the other should transmit.

use super::Outbox;
use crate::wire::h245::{
    IndicationMessage, ModeElement, RequestMessage, RequestMode, RequestModeAck,
    RequestModeAckResponse, RequestModeReject, RequestModeRejectCause, RequestModeRelease,
    ResponseMessage,
};
use base::Instant;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// T109: how long an answer may take (H.245 §C.9.5 leaves the value to us).
pub const T109: Duration = Duration::from_secs(30);

/// The outgoing entity (MRSE): awaiting a response while a deadline is set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OutgoingMrse {
    sequence: u8,
    deadline: Option<Instant>,
}

impl OutgoingMrse {
    /// When T109 runs out.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// TRANSFER.request: one mode per entry, the most preferred first; at least one.
    pub fn request(&mut self, now: Instant, modes: Vec<Vec<ModeElement>>, out: &mut Outbox) {
        self.sequence = self.sequence.wrapping_add(1);
        self.deadline = Some(now + T109);
        out.push(
            RequestMessage::RequestMode(RequestMode {
                sequence_number: self.sequence,
                requested_modes: modes,
            })
            .into(),
        );
    }

    /// RequestModeAck or RequestModeReject: whether it answers our request.
    pub fn on_answer(&mut self, sequence: u8) -> bool {
        sequence == self.sequence && self.deadline.take().is_some()
    }

    /// T109.
    pub fn on_timeout(&mut self, out: &mut Outbox) {
        if self.deadline.take().is_some() {
            out.push(IndicationMessage::RequestModeRelease(RequestModeRelease {}).into());
        }
    }
}

/// TRANSFER.response of the incoming entity: `preferred` says whether the first mode was taken,
/// None that no mode can be.
pub fn answer(request: &RequestMode, preferred: Option<bool>, out: &mut Outbox) {
    let sequence_number = request.sequence_number;
    out.push(
        match preferred {
            Some(first) => ResponseMessage::RequestModeAck(RequestModeAck {
                sequence_number,
                response: match first {
                    true => RequestModeAckResponse::WillTransmitMostPreferredMode,
                    false => RequestModeAckResponse::WillTransmitLessPreferredMode,
                },
            }),
            None => ResponseMessage::RequestModeReject(RequestModeReject {
                sequence_number,
                cause: RequestModeRejectCause::ModeUnavailable,
            }),
        }
        .into(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_another_request_is_ignored() {
        let (mut mrse, mut out) = (OutgoingMrse::default(), Outbox::new());
        mrse.request(Instant::ZERO, vec![vec![]], &mut out);
        assert!(!mrse.on_answer(2));
        assert!(mrse.on_answer(1));
        mrse.on_timeout(&mut out);
        assert_eq!(out.len(), 1);
        mrse.request(Instant::ZERO, vec![vec![]], &mut out);
        mrse.on_timeout(&mut out);
        assert_eq!(out.len(), 3);
    }
}

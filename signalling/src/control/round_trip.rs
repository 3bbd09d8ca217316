//! Round trip delay (H.245 §C.10).

use super::Outbox;
use crate::wire::h245::{
    RequestMessage, ResponseMessage, RoundTripDelayRequest, RoundTripDelayResponse,
};
use base::Instant;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// T105: how long an answer may take (H.245 §C.10.5 leaves the value to us).
pub const T105: Duration = Duration::from_secs(10);

/// The entity (RTDSE): awaiting a response while a start is set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Rtdse {
    sequence: u8,
    sent: Option<Instant>,
}

impl Rtdse {
    /// When T105 runs out.
    pub fn deadline(&self) -> Option<Instant> {
        self.sent.map(|sent| sent + T105)
    }

    /// TRANSFER.request; one still unanswered is superseded.
    pub fn request(&mut self, now: Instant, out: &mut Outbox) {
        self.sequence = self.sequence.wrapping_add(1);
        self.sent = Some(now);
        let sequence_number = self.sequence;
        out.push(
            RequestMessage::RoundTripDelayRequest(RoundTripDelayRequest { sequence_number }).into(),
        );
    }

    /// RoundTripDelayResponse.
    pub fn on_response(&mut self, now: Instant, sequence: u8) -> Option<Duration> {
        if sequence != self.sequence {
            return None;
        }
        self.sent.take().map(|sent| now.since(sent))
    }

    /// T105: the delay stays unknown.
    pub fn on_timeout(&mut self) {
        self.sent = None;
    }
}

/// Answers the peer's request.
pub fn respond(request: &RoundTripDelayRequest, out: &mut Outbox) {
    let sequence_number = request.sequence_number;
    out.push(
        ResponseMessage::RoundTripDelayResponse(RoundTripDelayResponse { sequence_number }).into(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_is_from_the_last_request() {
        let (mut entity, mut out) = (Rtdse::default(), Outbox::new());
        entity.request(Instant::ZERO, &mut out);
        entity.request(Instant::from_millis(5), &mut out);
        assert_eq!(entity.on_response(Instant::from_millis(6), 1), None);
        assert_eq!(
            entity.on_response(Instant::from_millis(12), 2),
            Some(Duration::from_millis(7))
        );
        assert_eq!(entity.on_response(Instant::from_millis(12), 2), None);
    }
}

//! Logical channels (H.245 §C.4) and requests to close the peer's (§C.6), unidirectional as H.323
//! media is. One entity per channel and direction; numbers of the two directions are unrelated.

use super::Outbox;
use crate::wire::h245::{
    CloseLogicalChannel, CloseLogicalChannelAck, CloseLogicalChannelReason,
    CloseLogicalChannelSource, IndicationMessage, OpenLogicalChannel, RequestChannelClose,
    RequestChannelCloseReason, RequestChannelCloseRelease, RequestMessage, ResponseMessage,
};
use base::Instant;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// T103: how long opening or closing may take (H.245 §C.4.5 leaves the value to us).
pub const T103: Duration = Duration::from_secs(30);
/// T108: how long the answer to a request to close may take (H.245 §C.6.5).
pub const T108: Duration = Duration::from_secs(30);

/// H.245 §C.4.1.1; the state RELEASED is the absence of the entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Opened by us, not yet acknowledged.
    AwaitingEstablishment,
    /// Open.
    Established,
    /// Closed by us, not yet acknowledged.
    AwaitingRelease,
}

/// The outgoing entity: a channel on which we transmit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OutgoingLcse {
    number: u16,
    state: State,
    deadline: Option<Instant>,
}

impl OutgoingLcse {
    /// ESTABLISH.request; the number is `request`'s.
    pub fn establish(now: Instant, request: OpenLogicalChannel, out: &mut Outbox) -> Self {
        let number = request.forward_logical_channel_number;
        out.push(RequestMessage::OpenLogicalChannel(request).into());
        OutgoingLcse {
            number,
            state: State::AwaitingEstablishment,
            deadline: Some(now + T103),
        }
    }

    /// A channel that fast connect opened (H.323 §8.1.7).
    pub fn established(number: u16) -> Self {
        OutgoingLcse {
            number,
            state: State::Established,
            deadline: None,
        }
    }

    /// forwardLogicalChannelNumber.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// When T103 runs out.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// OpenLogicalChannelAck: whether the channel is open now and was not before.
    pub fn on_ack(&mut self) -> bool {
        let opened = self.state == State::AwaitingEstablishment;
        if opened {
            self.state = State::Established;
            self.deadline = None;
        }
        opened
    }

    /// RELEASE.request.
    pub fn release(&mut self, now: Instant, out: &mut Outbox) {
        if self.state != State::AwaitingRelease {
            self.state = State::AwaitingRelease;
            self.deadline = Some(now + T103);
            self.close(CloseLogicalChannelSource::User, out);
        }
    }

    /// T103 (§C.4.4): the channel is gone; one that never opened is closed first.
    pub fn on_timeout(&mut self, out: &mut Outbox) {
        self.deadline = None;
        if self.state == State::AwaitingEstablishment {
            self.close(CloseLogicalChannelSource::Lcse, out);
        }
    }

    fn close(&self, source: CloseLogicalChannelSource, out: &mut Outbox) {
        out.push(
            RequestMessage::CloseLogicalChannel(CloseLogicalChannel {
                forward_logical_channel_number: self.number,
                source,
                reason: Some(CloseLogicalChannelReason::Unknown),
            })
            .into(),
        );
    }
}

/// RELEASE of an incoming channel is acknowledged whether or not we knew it (§C.4.4.2).
pub fn acknowledge_close(number: u16, out: &mut Outbox) {
    out.push(
        ResponseMessage::CloseLogicalChannelAck(CloseLogicalChannelAck {
            forward_logical_channel_number: number,
        })
        .into(),
    );
}

/// The entity that asks the peer to close a channel on which it transmits (CLCSE, §C.6): awaiting
/// a response while a deadline is set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OutgoingClcse {
    deadline: Option<Instant>,
}

impl OutgoingClcse {
    /// When T108 runs out.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// CLOSE.request.
    pub fn request(&mut self, now: Instant, number: u16, out: &mut Outbox) {
        self.deadline = Some(now + T108);
        out.push(
            RequestMessage::RequestChannelClose(RequestChannelClose {
                forward_logical_channel_number: number,
                reason: Some(RequestChannelCloseReason::Normal),
                ..Default::default()
            })
            .into(),
        );
    }

    /// RequestChannelCloseAck or RequestChannelCloseReject.
    pub fn on_answer(&mut self) {
        self.deadline = None;
    }

    /// T108.
    pub fn on_timeout(&mut self, number: u16, out: &mut Outbox) {
        if self.deadline.take().is_some() {
            let release = RequestChannelCloseRelease {
                forward_logical_channel_number: number,
            };
            out.push(IndicationMessage::RequestChannelCloseRelease(release).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Message;

    fn opening(out: &mut Outbox) -> OutgoingLcse {
        let request = OpenLogicalChannel {
            forward_logical_channel_number: 7,
            ..Default::default()
        };
        OutgoingLcse::establish(Instant::ZERO, request, out)
    }

    #[test]
    fn a_channel_opens_once_and_closes() {
        let mut out = Outbox::new();
        let mut lcse = opening(&mut out);
        assert_eq!(lcse.deadline(), Some(Instant::ZERO + T103));
        assert!(lcse.on_ack());
        assert!(!lcse.on_ack());
        assert_eq!(lcse.deadline(), None);
        lcse.release(Instant::ZERO, &mut out);
        lcse.release(Instant::ZERO, &mut out);
        assert_eq!(out.len(), 2);
        assert_eq!(lcse.state(), State::AwaitingRelease);
        assert!(!lcse.on_ack());
    }

    #[test]
    fn a_channel_never_acknowledged_is_closed_by_the_entity() {
        let mut out = Outbox::new();
        let mut lcse = opening(&mut out);
        lcse.on_timeout(&mut out);
        let Some(Message::Request(RequestMessage::CloseLogicalChannel(close))) = out.last() else {
            panic!("{out:?}")
        };
        assert_eq!(close.forward_logical_channel_number, 7);
        assert_eq!(close.source, CloseLogicalChannelSource::Lcse);
    }
}

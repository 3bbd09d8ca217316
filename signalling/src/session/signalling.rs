//! H.225.0 messages in and out.

use super::Session;
use super::envelope::{self, Envelope};
use super::event::{Event, Output};
use super::transport::{Transport, encode};
use crate::call::ReleaseCause;
use crate::call::state::{CallState, Party};
use crate::call::timers::{self, TimerKind};
use crate::error::Error;
use crate::wire::h225::{
    CallIdentifier, FacilityReason, H323UserInformation, H323UuPdu,
    H323UuPduH323MessageBody as Body, StatusUuie,
};
use crate::wire::per::Pdu;
use crate::wire::q931::{self, MessageType};
use base::Instant;

/// Q.850 cause 30: response to StatusInquiry.
const RESPONSE_TO_STATUS_INQUIRY: u8 = 30;
/// Tunnelled messages of a Setup that are kept until the call is accepted.
const EARLY_CONTROL_MAX: usize = 16;

impl Session {
    /// Takes octets of the H.225.0 connection.
    pub fn handle_signalling(&mut self, now: Instant, octets: &[u8]) {
        if self.call == CallState::Released {
            return;
        }
        match self.signalling_in.take(octets) {
            Ok(payloads) => {
                for payload in payloads {
                    self.on_packet(now, &payload);
                    if self.call == CallState::Released {
                        return;
                    }
                }
            }
            Err(error) => {
                let cause = ReleaseCause::from(&error);
                self.protocol_error(error);
                self.finish(cause, Party::Local);
            }
        }
        self.flush();
    }

    /// The H.225.0 connection is gone.
    pub fn signalling_closed(&mut self, _now: Instant) {
        let (cause, by) = self
            .ending
            .unwrap_or((ReleaseCause::ConnectionLost, Party::Remote));
        self.end(cause, by);
    }

    /// Sends a message if the call's state allows it, with the H.245 messages that wait to be
    /// tunnelled.
    pub(super) fn send(
        &mut self,
        message_type: MessageType,
        elements: Vec<(u8, Vec<u8>)>,
        body: Body,
    ) {
        let Some(next) = self.call.on(Party::Local, message_type) else {
            return;
        };
        let mut control = Vec::new();
        if self.transport == Transport::Tunnelled {
            for message in std::mem::take(&mut self.control_out) {
                match encode(&message) {
                    Ok(octets) => control.push(octets),
                    Err(error) => self.protocol_error(error),
                }
            }
        }
        let envelope = Envelope {
            message_type,
            elements,
            body,
            tunnelling: self.tunnelling,
            control,
        };
        self.call = next;
        match envelope.encode(self.call_reference, self.destination.is_none()) {
            Ok(packet) => self.push(Output::Signalling(packet)),
            Err(error) => self.protocol_error(error),
        }
    }

    pub(super) fn call_identifier(&self) -> Option<CallIdentifier> {
        Some(CallIdentifier { guid: self.call_id })
    }

    fn on_packet(&mut self, now: Instant, payload: &[u8]) {
        let message = match q931::Message::decode(payload) {
            Ok(message) => message,
            Err(error) => return self.protocol_error(Error::MalformedQ931(error)),
        };
        let information = match message.user_user.as_deref() {
            Some(octets) => match H323UserInformation::from_bytes(octets) {
                Ok(information) => information.h323_uu_pdu,
                Err(error) => {
                    self.protocol_error(Error::MalformedAsn1("H323-UserInformation", error));
                    return self.on_unreadable(now, &message);
                }
            },
            None => H323UuPdu {
                h323_message_body: Body::Empty,
                ..Default::default()
            },
        };
        if matches!(message.message_type, MessageType::Other(_)) {
            return;
        }
        // The call reference is the caller's choice; another one is another call's.
        let ours = self.call == CallState::Null || message.call_reference == self.call_reference;
        let next = match self.call.on(Party::Remote, message.message_type) {
            Some(next) if ours => next,
            _ => {
                return self.protocol_error(Error::OutOfState(self.call, message.message_type));
            }
        };
        self.on_message(now, next, &message, information);
    }

    /// A message whose user-user element cannot be read still counts for what its type says.
    fn on_unreadable(&mut self, now: Instant, message: &q931::Message) {
        match message.message_type {
            MessageType::Setup if self.call == CallState::Null => {
                self.call_reference = message.call_reference;
                self.call = CallState::CallPresent;
                self.stop(now, ReleaseCause::ProtocolError, Party::Local);
            }
            MessageType::ReleaseComplete => self.on_release_complete(message, None),
            _ => {}
        }
    }

    fn on_message(
        &mut self,
        now: Instant,
        next: CallState,
        message: &q931::Message,
        information: H323UuPdu,
    ) {
        let tunnels = information.h245_tunneling == Some(true);
        let control = information.h245_control.unwrap_or_default();
        if let Some(octets) = message.element(q931::DISPLAY)
            && self.remote_display.is_none()
        {
            self.remote_display = Some(envelope::display_text(octets)).filter(|t| !t.is_empty());
        }
        let before = self.call;
        if message.message_type != MessageType::ReleaseComplete {
            self.call = next;
        }
        match (message.message_type, information.h323_message_body) {
            (MessageType::Setup, Body::Setup(setup)) => {
                self.tunnelling = tunnels && self.config.start.tunnelling;
                self.early_control = control;
                self.early_control
                    .extend(setup.parallel_h245_control.clone().unwrap_or_default());
                self.early_control.truncate(EARLY_CONTROL_MAX);
                return self.on_setup(now, message, setup, tunnels);
            }
            (MessageType::Setup, _) => {
                self.call_reference = message.call_reference;
                return self.stop(now, ReleaseCause::ProtocolError, Party::Local);
            }
            (MessageType::CallProceeding, Body::CallProceeding(body)) => {
                if before == CallState::CallInitiated {
                    self.event(Event::Proceeding);
                }
                if next == CallState::OutgoingCallProceeding {
                    self.call_wait(now, TimerKind::T310, timers::T310);
                }
                self.on_fast_start(now, body.fast_start, body.fast_connect_refused.is_some());
                self.on_control_address(tunnels, body.h245_address);
            }
            (MessageType::Alerting, Body::Alerting(body)) => {
                self.call_wait(now, TimerKind::T301, timers::T301);
                if before != CallState::CallDelivered {
                    self.event(Event::Alerting);
                }
                self.on_fast_start(now, body.fast_start, body.fast_connect_refused.is_some());
                self.on_control_address(tunnels, body.h245_address);
            }
            (MessageType::SetupAcknowledge, _) => {
                self.call_wait(now, TimerKind::T304, timers::T304);
            }
            (MessageType::Progress, Body::Progress(body)) => {
                // Tones and announcements say how the call gets on (Q.931 table 9-2, T310)
                if before != CallState::Active && self.destination.is_some() {
                    self.call_wait(now, TimerKind::T301, timers::T301);
                }
                self.on_fast_start(now, body.fast_start, body.fast_connect_refused.is_some());
                self.on_control_address(tunnels, body.h245_address);
            }
            (MessageType::Connect, Body::Connect(body)) => {
                self.conference_id = body.conference_id;
                self.on_fast_start(now, body.fast_start, body.fast_connect_refused.is_some());
                self.on_control_address(tunnels, body.h245_address);
                self.on_connect(now, tunnels, &control);
            }
            (MessageType::Connect, _) => {
                self.on_control_address(tunnels, None);
                self.on_connect(now, tunnels, &control);
            }
            (MessageType::Facility, Body::Facility(body)) => {
                self.on_fast_start(now, body.fast_start, body.fast_connect_refused.is_some());
                match body.reason {
                    FacilityReason::NoH245 => {}
                    _ => self.on_start_h245(now, body.h245_address),
                }
            }
            (MessageType::Information, _) => {
                if let Some(digits) = message.element(q931::KEYPAD) {
                    let digits = envelope::display_text(digits);
                    self.event(Event::UserInput(digits));
                }
            }
            (MessageType::StatusInquiry, _) => self.send_status(),
            (MessageType::ReleaseComplete, body) => {
                self.on_tunnelled(now, &control);
                let reason = match body {
                    Body::ReleaseComplete(body) => body.reason,
                    _ => None,
                };
                return self.on_release_complete(message, reason.as_ref());
            }
            _ => {}
        }
        self.on_tunnelled(now, &control);
    }

    fn send_status(&mut self) {
        let elements = vec![
            (q931::CAUSE, vec![0x80, 0x80 | RESPONSE_TO_STATUS_INQUIRY]),
            (q931::CALL_STATE, vec![self.call.q931()]),
        ];
        let body = Body::Status(StatusUuie {
            protocol_identifier: envelope::protocol(),
            call_identifier: CallIdentifier { guid: self.call_id },
            ..Default::default()
        });
        self.send(MessageType::Status, elements, body);
    }
}

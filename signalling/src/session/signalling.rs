//! H.225.0 messages in and out, and how a call starts.

use super::config::{Alias, ControlAddressIn, Goal, Local};
use super::envelope::{self, Envelope};
use super::event::{Event, IncomingCall, Output};
use super::{Session, Transport, encode};
use crate::call::ReleaseCause;
use crate::call::state::{CallState, Party};
use crate::call::timers::{self, TimerKind};
use crate::error::Error;
use crate::wire::h225::{
    AlertingUuie, CallIdentifier, CallProceedingUuie, CallType, ConnectUuie, FacilityReason,
    FacilityUuie, H323UserInformation, H323UuPdu, H323UuPduH323MessageBody as Body, SetupUuie,
    SetupUuieConferenceGoal, StatusUuie, TransportAddress, VendorIdentifier,
};
use crate::wire::per::Pdu;
use crate::wire::q931::{self, MessageType};
use base::{Bitrate, Instant};
use std::net::SocketAddr;

/// Keypad facility element (Q.931 §4.5.18).
const KEYPAD: u8 = 0x2c;
/// Call state element (Q.931 §4.5.7).
const CALL_STATE: u8 = 0x14;
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

    /// Tells the caller that a user is alerted.
    pub fn alert(&mut self, now: Instant) {
        self.send_alerting(now, None);
        self.flush();
    }

    /// Takes the call.
    pub fn accept(&mut self, now: Instant, local: Local) {
        use CallState::{CallPresent, CallReceived, IncomingCallProceeding};
        if !matches!(
            self.call,
            CallPresent | IncomingCallProceeding | CallReceived
        ) {
            return;
        }
        self.local = Some(local);
        self.timers.remove(&TimerKind::AnswerExpected);
        let answers = self.answer_fast_start();
        let refused = (answers.is_empty() && !self.proposals.is_empty()).then_some(());
        let mut address = None;
        if self.tunnelling {
            self.transport = Transport::Tunnelled;
            for control in std::mem::take(&mut self.early_control) {
                self.on_control_octets(now, &control);
            }
            // H.245 begins in Connect, or after it where Connect has fast connect to carry.
            if answers.is_empty() {
                self.start_control(now);
            }
        } else if let Some(theirs) = self.remote_control {
            self.connect_control(theirs);
        } else if answers.is_empty() {
            self.listen_control();
            address = Some(envelope::h225_address(local.control));
        }
        let wanted = self.config.start.control_address_in;
        if wanted == ControlAddressIn::CallProceeding || self.call == CallPresent {
            let early = (wanted == ControlAddressIn::CallProceeding).then(|| address.clone());
            self.send_call_proceeding(early.flatten());
        }
        if wanted == ControlAddressIn::Alerting {
            self.send_alerting(now, address.clone());
        }
        let body = Body::Connect(ConnectUuie {
            protocol_identifier: envelope::protocol(),
            h245_address: address
                .clone()
                .filter(|_| wanted != ControlAddressIn::Facility),
            destination_info: envelope::endpoint(&self.config),
            conference_id: self.conference_id,
            call_identifier: self.call_identifier(),
            fast_start: (!answers.is_empty()).then_some(answers),
            multiple_calls: Some(false),
            maintain_connection: Some(false),
            fast_connect_refused: refused,
            ..Default::default()
        });
        self.send(
            MessageType::Connect,
            vec![envelope::display(&self.config.display)],
            body,
        );
        self.event(Event::Connected {
            display: self.remote_display.clone(),
        });
        if let Some(address) = address
            && wanted == ControlAddressIn::Facility
        {
            self.send_start_h245(address);
        }
        match self.transport {
            Transport::Tunnelled => self.start_control(now),
            Transport::None | Transport::Listening => {
                self.set(now, TimerKind::ControlExpected, timers::CONTROL_EXPECTED);
            }
            Transport::Connecting | Transport::Connected(_) => {}
        }
        self.flush();
    }

    pub(super) fn send_setup(&mut self, now: Instant) {
        let (Some(destination), Some(local)) = (self.destination.clone(), self.local) else {
            return;
        };
        let start = self.config.start;
        self.tunnelling = start.tunnelling;
        let mut elements = vec![
            (q931::BEARER_CAPABILITY, envelope::BEARER.to_vec()),
            envelope::display(&self.config.display),
        ];
        if let Some(number) = &self.config.number {
            elements.push(envelope::number_element(q931::CALLING_PARTY_NUMBER, number));
        }
        let mut called = destination.aliases.iter();
        if let Some(digits) = called.find_map(|alias| match alias {
            Alias::Digits(digits) => Some(digits),
            _ => None,
        }) {
            elements.push(envelope::number_element(q931::CALLED_PARTY_NUMBER, digits));
        }
        let mut names = vec![Alias::H323Id(self.config.h323_id.clone())];
        names.extend(self.config.number.clone().map(Alias::Digits));
        let list = |aliases: &[Alias]| {
            (!aliases.is_empty()).then(|| aliases.iter().map(envelope::alias_address).collect())
        };
        if start.h245_in_setup {
            self.listen_control();
        }
        let fast_start = match start.fast {
            true => self.propose_fast_start(&local),
            false => Vec::new(),
        };
        let body = Body::Setup(SetupUuie {
            protocol_identifier: envelope::protocol(),
            h245_address: start
                .h245_in_setup
                .then(|| envelope::h225_address(local.control)),
            source_address: list(&names),
            source_info: envelope::endpoint(&self.config),
            destination_address: list(&destination.aliases),
            dest_call_signal_address: Some(envelope::h225_address(destination.signalling)),
            conference_id: self.conference_id,
            conference_goal: match destination.goal {
                Goal::Create => SetupUuieConferenceGoal::Create,
                Goal::Join => SetupUuieConferenceGoal::Join,
                Goal::Invite => SetupUuieConferenceGoal::Invite,
            },
            call_type: CallType::PointToPoint,
            source_call_signal_address: Some(envelope::h225_address(local.signalling)),
            call_identifier: self.call_identifier(),
            fast_start: (!fast_start.is_empty()).then_some(fast_start),
            media_wait_for_connect: Some(false),
            can_overlap_send: Some(false),
            multiple_calls: Some(false),
            maintain_connection: Some(false),
            ..Default::default()
        });
        self.send(MessageType::Setup, elements, body);
        self.set(now, TimerKind::T303, timers::T303);
    }

    fn send_call_proceeding(&mut self, h245_address: Option<TransportAddress>) {
        let body = Body::CallProceeding(CallProceedingUuie {
            protocol_identifier: envelope::protocol(),
            destination_info: envelope::endpoint(&self.config),
            h245_address,
            call_identifier: self.call_identifier(),
            multiple_calls: Some(false),
            maintain_connection: Some(false),
            ..Default::default()
        });
        self.send(MessageType::CallProceeding, Vec::new(), body);
    }

    fn send_alerting(&mut self, _now: Instant, h245_address: Option<TransportAddress>) {
        let body = Body::Alerting(AlertingUuie {
            protocol_identifier: envelope::protocol(),
            destination_info: envelope::endpoint(&self.config),
            h245_address,
            call_identifier: self.call_identifier(),
            multiple_calls: Some(false),
            maintain_connection: Some(false),
            ..Default::default()
        });
        self.send(MessageType::Alerting, Vec::new(), body);
    }

    /// Offers the peer our H.245 address (H.323 §8.2.3).
    pub(super) fn send_start_h245(&mut self, address: TransportAddress) {
        let body = Body::Facility(FacilityUuie {
            protocol_identifier: envelope::protocol(),
            conference_id: Some(self.conference_id),
            reason: FacilityReason::StartH245,
            call_identifier: self.call_identifier(),
            h245_address: Some(address),
            multiple_calls: Some(false),
            maintain_connection: Some(false),
            ..Default::default()
        });
        self.send(MessageType::Facility, Vec::new(), body);
    }

    /// A Facility that only carries H.245 (H.323 §8.2.1).
    pub(super) fn send_empty_facility(&mut self) {
        self.send(MessageType::Facility, Vec::new(), Body::Empty);
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
                self.timers.remove(&TimerKind::T303);
                self.set(now, TimerKind::T310, timers::T310);
                if before == CallState::CallInitiated {
                    self.event(Event::Proceeding);
                }
                self.on_fast_start(now, body.fast_start, body.fast_connect_refused.is_some());
                self.on_control_address(tunnels, body.h245_address);
            }
            (MessageType::Alerting, Body::Alerting(body)) => {
                self.timers.remove(&TimerKind::T303);
                self.timers.remove(&TimerKind::T310);
                self.set(now, TimerKind::T301, timers::T301);
                if before != CallState::CallDelivered {
                    self.event(Event::Alerting);
                }
                self.on_fast_start(now, body.fast_start, body.fast_connect_refused.is_some());
                self.on_control_address(tunnels, body.h245_address);
            }
            (MessageType::Progress, Body::Progress(body)) => {
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
                    _ => self.on_start_h245(body.h245_address),
                }
            }
            (MessageType::Information, _) => {
                if let Some(digits) = message.element(KEYPAD) {
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

    /// H.245 messages that came in an H.225.0 message.
    fn on_tunnelled(&mut self, now: Instant, control: &[Vec<u8>]) {
        if control.is_empty() || self.local.is_none() {
            return;
        }
        if matches!(self.transport, Transport::None | Transport::Listening) && self.tunnelling {
            self.transport = Transport::Tunnelled;
            self.start_control(now);
        }
        if self.transport != Transport::Tunnelled {
            return self.protocol_error(Error::Unexpected("tunnelled H.245"));
        }
        for octets in control {
            if self.call == CallState::Released {
                return;
            }
            self.on_control_octets(now, octets);
        }
    }

    fn on_setup(&mut self, now: Instant, message: &q931::Message, setup: SetupUuie, tunnels: bool) {
        self.timers.remove(&TimerKind::SetupExpected);
        self.set(now, TimerKind::AnswerExpected, timers::ANSWER_EXPECTED);
        self.call_reference = message.call_reference;
        self.conference_id = setup.conference_id;
        if let Some(identifier) = &setup.call_identifier {
            self.call_id = identifier.guid;
        }
        self.remote_control = setup
            .h245_address
            .as_ref()
            .and_then(envelope::from_h225_address);
        self.keep_proposals(setup.fast_start.as_deref().unwrap_or_default());
        let number = |id| message.element(id).and_then(envelope::number_digits);
        let calling = envelope::aliases(setup.source_address.as_ref());
        if self.remote_display.is_none() {
            self.remote_display = calling.iter().find_map(|alias| match alias {
                Alias::H323Id(id) => Some(id.clone()),
                _ => None,
            });
        }
        let call = IncomingCall {
            called: envelope::aliases(setup.destination_address.as_ref()),
            called_number: number(q931::CALLED_PARTY_NUMBER),
            calling,
            calling_number: number(q931::CALLING_PARTY_NUMBER),
            display: self.remote_display.clone(),
            vendor: setup.source_info.vendor.as_ref().and_then(vendor_text),
            conference_id: self.conference_id,
            call_id: self.call_id,
            goal: match setup.conference_goal {
                SetupUuieConferenceGoal::Join => Goal::Join,
                SetupUuieConferenceGoal::Invite => Goal::Invite,
                _ => Goal::Create,
            },
            bandwidth: message
                .element(q931::BEARER_CAPABILITY)
                .and_then(bearer_rate),
            fast_start: !self.proposals.is_empty(),
            tunnelling: tunnels,
        };
        if self.config.start.control_address_in != ControlAddressIn::CallProceeding {
            self.send_call_proceeding(None);
        }
        self.event(Event::Incoming(Box::new(call)));
    }

    fn on_connect(&mut self, now: Instant, tunnels: bool, control: &[Vec<u8>]) {
        for timer in [TimerKind::T303, TimerKind::T310, TimerKind::T301] {
            self.timers.remove(&timer);
        }
        self.event(Event::Connected {
            display: self.remote_display.clone(),
        });
        self.proposals.clear();
        self.tunnelling = self.tunnelling && (tunnels || !control.is_empty());
        if self.transport == Transport::None || self.transport == Transport::Listening {
            if self.tunnelling {
                self.transport = Transport::Tunnelled;
                self.start_control(now);
            } else {
                self.set(now, TimerKind::ControlExpected, timers::CONTROL_EXPECTED);
            }
        }
    }

    /// An address for H.245 that the peer named as the call started, if it did.
    fn on_control_address(&mut self, tunnels: bool, address: Option<TransportAddress>) {
        if self.tunnelling && tunnels {
            return;
        }
        if let Some(address) = address.as_ref().and_then(envelope::from_h225_address) {
            self.take_control_address(address);
        }
    }

    /// Facility startH245. When both sides send it at once, the one with the numerically larger
    /// address connects (H.323 §8.2.3).
    fn on_start_h245(&mut self, address: Option<TransportAddress>) {
        let Some(address) = address.as_ref().and_then(envelope::from_h225_address) else {
            return;
        };
        self.remote_control = Some(address);
        if !self.control_offered || self.keeps(Party::Local) {
            self.take_control_address(address);
        }
    }

    fn take_control_address(&mut self, address: SocketAddr) {
        self.remote_control = Some(address);
        match self.transport {
            Transport::Connected(_) | Transport::Connecting => {}
            Transport::Tunnelled if self.control_started => {}
            Transport::None | Transport::Listening | Transport::Tunnelled => {
                self.connect_control(address);
            }
        }
    }

    pub(super) fn connect_control(&mut self, address: SocketAddr) {
        self.transport = Transport::Connecting;
        self.push(Output::ConnectControl(address));
    }

    pub(super) fn listen_control(&mut self) {
        self.transport = Transport::Listening;
        self.push(Output::ListenControl);
    }

    fn send_status(&mut self) {
        let elements = vec![
            (q931::CAUSE, vec![0x80, 0x80 | RESPONSE_TO_STATUS_INQUIRY]),
            (CALL_STATE, vec![self.call.q931()]),
        ];
        let body = Body::Status(StatusUuie {
            protocol_identifier: envelope::protocol(),
            call_identifier: CallIdentifier { guid: self.call_id },
            ..Default::default()
        });
        self.send(MessageType::Status, elements, body);
    }
}

/// Product and version in one line.
fn vendor_text(vendor: &VendorIdentifier) -> Option<String> {
    let parts = [&vendor.product_id, &vendor.version_id];
    let texts = parts.into_iter().flatten();
    let texts: Vec<String> = texts.map(|octets| envelope::display_text(octets)).collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}

/// The rate of a bearer capability element (Q.931 §4.5.5, H.225.0 table 9).
fn bearer_rate(octets: &[u8]) -> Option<Bitrate> {
    let [_, mode, rest @ ..] = octets else {
        return None;
    };
    let kbps = match mode & 0x1f {
        0x10 => 64,
        0x11 => 128,
        0x13 => 384,
        0x15 => 1536,
        0x17 => 1920,
        0x18 => 64 * u32::from(rest.first()? & 0x7f),
        _ => return None,
    };
    Some(Bitrate::from_kbps(kbps))
}

//! How a call starts (H.323 §8.1): Setup, CallProceeding, Alerting, Connect, sent and received.

use super::Session;
use super::config::{Alias, ControlAddressIn, Goal, Local};
use super::envelope;
use super::event::{Event, IncomingCall};
use super::transport::Transport;
use crate::call::state::CallState;
use crate::call::timers::{self, TimerKind};
use crate::wire::h225::{
    AlertingUuie, CallProceedingUuie, CallType, ConnectUuie, H323UuPduH323MessageBody as Body,
    SetupUuie, SetupUuieConferenceGoal, TransportAddress, VendorIdentifier,
};
use crate::wire::q931::{self, MessageType};
use base::{Bitrate, Instant};

impl Session {
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
        } else {
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

    pub(super) fn on_setup(
        &mut self,
        now: Instant,
        message: &q931::Message,
        mut setup: SetupUuie,
        tunnels: bool,
    ) {
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
        self.keep_proposals(setup.fast_start.take().unwrap_or_default());
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

    /// The called side said something: of the caller's timers, `timer` alone runs, and is not
    /// prolonged if it ran already.
    pub(super) fn call_wait(&mut self, now: Instant, timer: TimerKind, time: std::time::Duration) {
        let running = self.timers.get(&timer).copied();
        self.stop_call_timers();
        self.timers.insert(timer, running.unwrap_or(now + time));
    }

    fn stop_call_timers(&mut self) {
        use TimerKind::{T301, T303, T304, T310};
        for timer in [T301, T303, T304, T310] {
            self.timers.remove(&timer);
        }
    }

    pub(super) fn on_connect(&mut self, now: Instant, tunnels: bool, control: &[Vec<u8>]) {
        self.stop_call_timers();
        self.event(Event::Connected {
            display: self.remote_display.clone(),
        });
        self.proposals.clear();
        self.tunnelling = self.tunnelling && (tunnels || !control.is_empty());
        if self.transport == Transport::None || self.transport == Transport::Listening {
            if self.tunnelling {
                self.transport = Transport::Tunnelled;
                self.start_control(now);
            } else if self.transport == Transport::None && !self.channels.is_empty() {
                // Fast connect left H.245 to be started by either side (H.323 §8.1.7.2)
                self.offer_control();
            } else {
                self.set(now, TimerKind::ControlExpected, timers::CONTROL_EXPECTED);
            }
        }
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

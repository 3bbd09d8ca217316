//! H.245 messages in and out: each goes to its entity, and what the entity says is acted upon.

use super::Session;
use super::capabilities::{self, RemoteCapabilities};
use super::config::Capabilities;
use super::event::Event;
use super::transport::Transport;
use crate::call::ReleaseCause;
use crate::call::state::{CallState, Party};
use crate::control::capability as exchange;
use crate::control::master_slave::{self, Status};
use crate::control::{Message, round_trip};
use crate::error::Error;
use crate::wire::h245::{
    CommandMessage, ConferenceIndication, FlowControlCommand, FlowControlCommandRestriction,
    FlowControlCommandScope, FunctionNotUnderstood, IndicationMessage, MiscellaneousCommand,
    MiscellaneousCommandType, RequestMessage, ResponseMessage, TerminalCapabilitySet,
    UserInputIndication, UserInputIndicationSignal,
};
use crate::wire::per::Pdu;
use base::{Bitrate, Instant, MediaKind};

/// Longest text of one user input that is passed on, in characters.
const USER_INPUT_MAX: usize = 128;

impl Session {
    /// Takes octets of the H.245 connection that `opened_by` made.
    pub fn handle_control(&mut self, now: Instant, opened_by: Party, octets: &[u8]) {
        if self.transport != Transport::Connected(opened_by) {
            return;
        }
        match self.control_in.take(octets) {
            Ok(payloads) => {
                for payload in payloads {
                    self.on_control_octets(now, &payload);
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

    /// Sends digits or text; one signal per digit if the peer prefers that.
    pub fn send_user_input(&mut self, _now: Instant, text: &str) {
        let signals = self
            .remote
            .as_ref()
            .is_some_and(|remote| remote.dtmf && !remote.alphanumeric);
        if !signals {
            let text: String = text.chars().take(USER_INPUT_MAX).collect();
            self.indicate(UserInputIndication::Alphanumeric(text));
        } else {
            for digit in text.chars().take(USER_INPUT_MAX) {
                if matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D' | '!') {
                    self.indicate(UserInputIndication::Signal(UserInputIndicationSignal {
                        signal_type: String::from(digit),
                        ..Default::default()
                    }));
                }
            }
        }
        self.flush();
    }

    /// Measures the round trip of H.245 messages; false: there is no H.245 yet.
    pub fn request_round_trip(&mut self, now: Instant) -> bool {
        if self.control_established {
            self.round_trip.request(now, &mut self.control_out);
            self.flush();
        }
        self.control_established
    }

    /// Asks the peer for an intra picture on the channel it transmits.
    pub fn request_intra(&mut self, _now: Instant) {
        if let Some(number) = self.channels.receive_number(MediaKind::Video) {
            let command = MiscellaneousCommand {
                logical_channel_number: number,
                r#type: MiscellaneousCommandType::VideoFastUpdatePicture,
                ..Default::default()
            };
            self.control_out
                .push(CommandMessage::MiscellaneousCommand(command).into());
            self.flush();
        }
    }

    /// Limits what the peer transmits on a channel; None lifts the limit.
    pub fn flow_control(&mut self, _now: Instant, kind: MediaKind, limit: Option<Bitrate>) {
        if let Some(number) = self.channels.receive_number(kind) {
            let command = FlowControlCommand {
                scope: FlowControlCommandScope::LogicalChannelNumber(number),
                restriction: match limit {
                    Some(rate) => FlowControlCommandRestriction::MaximumBitRate(
                        rate.as_h245().min(16_777_215),
                    ),
                    None => FlowControlCommandRestriction::NoRestriction,
                },
            };
            self.control_out
                .push(CommandMessage::FlowControlCommand(command).into());
            self.flush();
        }
    }

    /// Stops all media toward us: an empty capability set.
    pub fn pause(&mut self, now: Instant) {
        if self.control_started && !self.paused {
            self.paused = true;
            self.send_capabilities(now);
            self.flush();
        }
    }

    /// Takes media again.
    pub fn resume(&mut self, now: Instant) {
        if self.paused {
            self.paused = false;
            self.send_capabilities(now);
            self.flush();
        }
    }

    /// Changes what we receive and transmit. The peer is told, and channels in formats that we no
    /// longer take are replaced: ours at once, the peer's by the peer.
    pub fn set_capabilities(&mut self, now: Instant, capabilities: Capabilities) {
        self.config.capabilities = capabilities;
        self.channels.forget_failures();
        self.close_unsupported(now);
        if self.control_started && !self.paused {
            self.send_capabilities(now);
            self.flush();
        }
    }

    pub(super) fn on_control_octets(&mut self, now: Instant, octets: &[u8]) {
        match Message::from_bytes(octets) {
            Ok(Message::Request(request)) => self.on_request(now, request),
            Ok(Message::Response(response)) => self.on_response(now, response),
            Ok(Message::Command(command)) => self.on_command(now, command),
            Ok(Message::Indication(indication)) => self.on_indication(now, indication),
            Ok(Message::Unrecognized(_)) => {}
            Err(error) => self.protocol_error(Error::MalformedAsn1(
                "MultimediaSystemControlMessage",
                error,
            )),
        }
    }

    fn on_request(&mut self, now: Instant, request: RequestMessage) {
        match request {
            RequestMessage::MasterSlaveDetermination(theirs) => {
                self.start_control(now);
                let (rng, out) = (&mut self.rng, &mut self.control_out);
                let outcome = self.master_slave.on_determination(now, &theirs, rng, out);
                self.on_determined(now, outcome);
            }
            RequestMessage::TerminalCapabilitySet(set) => {
                self.start_control(now);
                self.on_capability_set(now, &set);
            }
            RequestMessage::OpenLogicalChannel(open) => self.on_open(now, open),
            RequestMessage::CloseLogicalChannel(close) => self.on_close(&close),
            RequestMessage::RequestChannelClose(request) => self.on_close_request(now, &request),
            RequestMessage::RequestMode(request) => self.on_mode_request(now, &request),
            RequestMessage::RoundTripDelayRequest(request) => {
                round_trip::respond(&request, &mut self.control_out);
            }
            other => self.not_understood(FunctionNotUnderstood::Request(other)),
        }
    }

    fn on_response(&mut self, now: Instant, response: ResponseMessage) {
        match response {
            ResponseMessage::MasterSlaveDeterminationAck(ack) => {
                let outcome = self.master_slave.on_ack(&ack, &mut self.control_out);
                self.on_determined(now, outcome);
            }
            ResponseMessage::MasterSlaveDeterminationReject(_) => {
                let (rng, out) = (&mut self.rng, &mut self.control_out);
                let outcome = self.master_slave.on_reject(now, rng, out);
                self.on_determined(now, outcome);
            }
            ResponseMessage::TerminalCapabilitySetAck(ack) => {
                if self
                    .capability_exchange
                    .on_ack(ack.sequence_number)
                    .is_some()
                {
                    self.establish(now);
                }
            }
            ResponseMessage::TerminalCapabilitySetReject(reject) => {
                let outcome = self.capability_exchange.on_reject(reject.sequence_number);
                if outcome.is_some() {
                    self.on_exchange_failed(Error::Unexpected("TerminalCapabilitySetReject"));
                }
            }
            ResponseMessage::OpenLogicalChannelAck(ack) => self.on_open_ack(now, &ack),
            ResponseMessage::OpenLogicalChannelReject(reject) => self.on_open_reject(now, &reject),
            ResponseMessage::CloseLogicalChannelAck(ack) => {
                self.channels.closed(ack.forward_logical_channel_number);
            }
            ResponseMessage::RequestChannelCloseAck(ack) => {
                self.channels
                    .close_answered(ack.forward_logical_channel_number);
            }
            ResponseMessage::RequestChannelCloseReject(reject) => {
                self.channels
                    .close_answered(reject.forward_logical_channel_number);
            }
            ResponseMessage::RequestModeAck(ack) => {
                if self.mode_request.on_answer(ack.sequence_number) {
                    self.event(Event::ModeAnswered { accepted: true });
                }
            }
            ResponseMessage::RequestModeReject(reject) => {
                if self.mode_request.on_answer(reject.sequence_number) {
                    self.event(Event::ModeAnswered { accepted: false });
                }
            }
            ResponseMessage::RoundTripDelayResponse(response) => {
                if let Some(delay) = self.round_trip.on_response(now, response.sequence_number) {
                    self.event(Event::RoundTrip(delay));
                }
            }
            _ => self.protocol_error(Error::Unexpected("H.245 response")),
        }
    }

    fn on_command(&mut self, now: Instant, command: CommandMessage) {
        match command {
            CommandMessage::EndSessionCommand(_) => self.on_end_session(now),
            CommandMessage::SendTerminalCapabilitySet(_) => {
                self.start_control(now);
                self.send_capabilities(now);
            }
            CommandMessage::FlowControlCommand(command) => self.on_flow_control(&command),
            CommandMessage::MiscellaneousCommand(command) => self.on_miscellaneous(&command),
            // Commands that a receiver may follow or not, and we do not.
            CommandMessage::ConferenceCommand(_) | CommandMessage::CommunicationModeCommand(_) => {}
            other => self.not_understood(FunctionNotUnderstood::Command(other)),
        }
    }

    fn on_indication(&mut self, now: Instant, indication: IndicationMessage) {
        match indication {
            IndicationMessage::MasterSlaveDeterminationRelease(_) => {
                let outcome = self.master_slave.on_release();
                self.on_determined(now, outcome);
            }
            IndicationMessage::UserInput(input) => {
                let text = match input {
                    UserInputIndication::Alphanumeric(text) => text,
                    UserInputIndication::Signal(signal) => signal.signal_type.to_string(),
                    UserInputIndication::ExtendedAlphanumeric(extended) => extended.alphanumeric,
                    _ => return,
                };
                let text: String = text.chars().take(USER_INPUT_MAX).collect();
                if !text.is_empty() {
                    self.event(Event::UserInput(text));
                }
            }
            IndicationMessage::FunctionNotUnderstood(_)
            | IndicationMessage::FunctionNotSupported(_) => {
                self.protocol_error(Error::Unexpected("functionNotUnderstood"));
            }
            IndicationMessage::ConferenceIndication(ConferenceIndication::RequestForFloor) => {}
            _ => {}
        }
    }

    pub(super) fn on_determined(&mut self, now: Instant, outcome: Option<master_slave::Outcome>) {
        match outcome {
            Some(master_slave::Outcome::Determined(_)) => self.establish(now),
            Some(master_slave::Outcome::Failed) => {
                self.on_exchange_failed(Error::Unexpected("end of master-slave determination"));
            }
            None => {}
        }
    }

    /// Capability exchange or determination failed: without channels there is no call; one with
    /// channels goes on as it is.
    pub(super) fn on_exchange_failed(&mut self, error: Error) {
        let cause = ReleaseCause::from(&error);
        self.protocol_error(error);
        if self.channels.is_empty() {
            self.finish(cause, Party::Local);
        }
    }

    /// Opens channels as soon as H.245 allows it (H.323 §8.2, §8.3).
    pub(super) fn establish(&mut self, now: Instant) {
        let Some(status) = self.master_slave.status() else {
            return;
        };
        if self.remote.is_none() || !self.capability_exchange.acknowledged() {
            return;
        }
        if !std::mem::replace(&mut self.control_established, true) {
            self.event(Event::ControlEstablished {
                master: status == Status::Master,
            });
        }
        self.open_wanted(now);
    }

    pub(super) fn send_capabilities(&mut self, now: Instant) {
        let set = match self.paused {
            true => capabilities::empty_set(),
            false => capabilities::capability_set(&self.config),
        };
        self.capability_exchange
            .transfer(now, set, &mut self.control_out);
    }

    fn on_capability_set(&mut self, now: Instant, set: &TerminalCapabilitySet) {
        if capabilities::is_empty(set) {
            exchange::acknowledge(set, &mut self.control_out);
            if !std::mem::replace(&mut self.remote_paused, true) {
                self.event(Event::RemotePaused);
                self.close_all_transmit(now);
            }
            return;
        }
        let remote = match RemoteCapabilities::from_set(set) {
            Ok(remote) => remote,
            Err(cause) => {
                self.protocol_error(Error::Unexpected("entry in a capability descriptor"));
                return exchange::reject(set, cause, &mut self.control_out);
            }
        };
        exchange::acknowledge(set, &mut self.control_out);
        self.event(Event::RemoteCapabilities(remote.clone()));
        self.remote = Some(remote);
        self.channels.forget_failures();
        self.close_unsupported(now);
        if std::mem::replace(&mut self.remote_paused, false) {
            self.event(Event::RemoteResumed);
            // H.323 §8.4.6: leaving the pause begins with capability exchange
            self.send_capabilities(now);
        }
        self.establish(now);
    }

    fn on_flow_control(&mut self, command: &FlowControlCommand) {
        let limit = match command.restriction {
            FlowControlCommandRestriction::MaximumBitRate(units) => Some(Bitrate::from_h245(units)),
            FlowControlCommandRestriction::NoRestriction => None,
        };
        let kind = match command.scope {
            FlowControlCommandScope::LogicalChannelNumber(number) => {
                self.channels.transmit_kind(number)
            }
            // Sound has one rate, so a limit on the whole is one on the pictures.
            _ => Some(MediaKind::Video),
        };
        match kind {
            Some(kind) => self.event(Event::FlowControl(kind, limit)),
            None => self.protocol_error(Error::Unexpected("flowControlCommand")),
        }
    }

    fn on_miscellaneous(&mut self, command: &MiscellaneousCommand) {
        use MiscellaneousCommandType as T;
        if let T::VideoFastUpdatePicture
        | T::VideoFastUpdateGOB(_)
        | T::VideoFastUpdateMB(_)
        | T::LostPicture(_)
        | T::LostPartialPicture(_) = command.r#type
        {
            self.event(Event::IntraRequested);
        }
    }

    /// functionNotUnderstood (H.245 §B.14): never for a response or an indication, so that two sides
    /// cannot go on for ever.
    fn not_understood(&mut self, what: FunctionNotUnderstood) {
        self.control_out
            .push(IndicationMessage::FunctionNotUnderstood(what).into());
    }

    fn indicate(&mut self, input: UserInputIndication) {
        self.control_out
            .push(IndicationMessage::UserInput(input).into());
    }
}

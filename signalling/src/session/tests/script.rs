//! One session that is called, and a peer that says what a test wants it to.

use super::pair::*;
use crate::call::state::Party;
use crate::control::Message;
use crate::session::capabilities::capability_set;
use crate::session::envelope::Envelope;
use crate::session::*;
use crate::wire::h225::{H323UserInformation, H323UuPdu, H323UuPduH323MessageBody as Body};
use crate::wire::h245::{
    H2250LogicalChannelAckParameters, MasterSlaveDeterminationAck,
    MasterSlaveDeterminationAckDecision, OpenLogicalChannelAck,
    OpenLogicalChannelAckForwardMultiplexAckParameters as AckParameters, RequestMessage,
    ResponseMessage, TerminalCapabilitySetAck,
};
use crate::wire::per::Pdu;
use crate::wire::q931::{self, MessageType};
use crate::wire::tpkt;
use base::Instant;
use std::time::Duration;

pub struct Script {
    pub now: Instant,
    pub session: Session,
    /// What the session told.
    pub events: Vec<Event>,
    /// What it sent of H.225.0.
    pub signals: Vec<(q931::Message, H323UuPdu)>,
    /// What it sent of H.245.
    pub heard: Vec<Message>,
    /// What else it wanted done.
    pub others: Vec<Output>,
}

impl Script {
    /// A call that is accepted, whose caller has the same start mode.
    pub fn accepted(config: Config) -> Self {
        let caller = Config {
            start: config.start,
            ..terminal()
        };
        let mut caller = Session::placing(caller, destination(), local(1), 1);
        let mut script = Script {
            now: Instant::from_millis(1000),
            session: Session::answering(config, 2),
            events: Vec::new(),
            signals: Vec::new(),
            heard: Vec::new(),
            others: Vec::new(),
        };
        caller.signalling_connected(script.now);
        script.session.signalling_connected(script.now);
        while let Some(output) = caller.poll_output() {
            if let Output::Signalling(setup) = output {
                script.session.handle_signalling(script.now, &setup);
            }
        }
        script.session.accept(script.now, local(2));
        script.drain();
        script
    }

    /// The same, with H.245 and our channels open.
    pub fn established(config: Config) -> Self {
        let mut script = Script::accepted(config);
        if script.session.transport == Transport::Listening {
            script.session.control_connected(script.now, Party::Remote);
            script.drain();
        }
        script.exchange_capabilities();
        let decision = MasterSlaveDeterminationAckDecision::Master;
        script.say(ResponseMessage::MasterSlaveDeterminationAck(
            MasterSlaveDeterminationAck { decision },
        ));
        script.acknowledge_channels();
        script.heard.clear();
        script
    }

    /// The peer sends a terminal's set and acknowledges ours.
    pub fn exchange_capabilities(&mut self) {
        let ours = self.heard.iter().rev().find_map(|message| match message {
            Message::Request(RequestMessage::TerminalCapabilitySet(set)) => Some(set),
            _ => None,
        });
        let sequence_number = ours.expect("our capabilities").sequence_number;
        self.say(RequestMessage::TerminalCapabilitySet(capability_set(
            &terminal(),
        )));
        self.say(ResponseMessage::TerminalCapabilitySetAck(
            TerminalCapabilitySetAck {
                sequence_number,
                ..Default::default()
            },
        ));
    }

    fn acknowledge_channels(&mut self) {
        for message in std::mem::take(&mut self.heard) {
            if let Message::Request(RequestMessage::OpenLogicalChannel(open)) = message {
                let media_channel = Some(envelope::h245_address(local(1).audio));
                let parameters = H2250LogicalChannelAckParameters {
                    media_channel,
                    ..Default::default()
                };
                self.say(ResponseMessage::OpenLogicalChannelAck(
                    OpenLogicalChannelAck {
                        forward_logical_channel_number: open.forward_logical_channel_number,
                        forward_multiplex_ack_parameters: Some(
                            AckParameters::H2250LogicalChannelAckParameters(parameters),
                        ),
                        ..Default::default()
                    },
                ));
            }
        }
    }

    /// The peer sends an H.245 message, the way H.245 travels now.
    pub fn say(&mut self, message: impl Into<Message>) {
        let octets = message.into().to_bytes().unwrap();
        self.now += Duration::from_millis(1);
        match self.session.transport {
            Transport::Connected(opened_by) => {
                let packet = tpkt::packet(&octets).unwrap();
                self.session.handle_control(self.now, opened_by, &packet);
            }
            _ => return self.envelope(MessageType::Facility, vec![], Body::Empty, vec![octets]),
        }
        self.drain();
    }

    /// The peer sends an H.225.0 message.
    pub fn signal(&mut self, message_type: MessageType, elements: Vec<(u8, Vec<u8>)>, body: Body) {
        self.envelope(message_type, elements, body, vec![]);
    }

    fn envelope(
        &mut self,
        message_type: MessageType,
        elements: Vec<(u8, Vec<u8>)>,
        body: Body,
        control: Vec<Vec<u8>>,
    ) {
        let envelope = Envelope {
            message_type,
            elements,
            body,
            tunnelling: self.session.tunnelling,
            control,
        };
        let packet = envelope.encode(self.session.call_reference, false).unwrap();
        self.session.handle_signalling(self.now, &packet);
        self.drain();
    }

    /// Time passes.
    pub fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some((at, _)) = self.session.next_timeout()
            && at <= end
        {
            self.session.handle_timeout(at);
            self.drain();
        }
        self.now = end;
    }

    pub fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Event(event) => self.events.push(event),
                Output::Signalling(packet) => {
                    let (payload, _) = tpkt::first(&packet).unwrap().unwrap();
                    let message = q931::Message::decode(payload).unwrap();
                    let octets = message.user_user.as_deref().unwrap();
                    let pdu = H323UserInformation::from_bytes(octets).unwrap().h323_uu_pdu;
                    for octets in pdu.h245_control.iter().flatten() {
                        self.heard.push(Message::from_bytes(octets).unwrap());
                    }
                    self.signals.push((message, pdu));
                }
                Output::Control(packet) => {
                    let (payload, _) = tpkt::first(&packet).unwrap().unwrap();
                    self.heard.push(Message::from_bytes(payload).unwrap());
                }
                other => self.others.push(other),
            }
        }
    }

    pub fn complaints(&self) -> Vec<&Event> {
        let complaint = |e: &&Event| matches!(e, Event::ProtocolError(_));
        self.events.iter().filter(complaint).collect()
    }
}

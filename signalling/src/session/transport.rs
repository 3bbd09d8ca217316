//! How H.245 messages travel (H.323 §8.2): tunnelled, or on a connection that either side makes.

use super::Session;
use super::envelope;
use super::event::{Event, Output};
use super::stream::Stream;
use crate::call::state::{CallState, Party};
use crate::call::timers::{self, TimerKind};
use crate::control::Message;
use crate::control::capability::OutgoingCese;
use crate::control::master_slave::Msdse;
use crate::error::Error;
use crate::wire::h225::{
    FacilityReason, FacilityUuie, H323UuPduH323MessageBody as Body, TransportAddress,
};
use crate::wire::per::Pdu;
use crate::wire::q931::MessageType;
use base::Instant;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// How H.245 messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Transport {
    /// Not at all yet, or no longer.
    None,
    /// In H.225.0 messages.
    Tunnelled,
    /// On a connection that the peer is to make.
    Listening,
    /// On a connection that we are making.
    Connecting,
    /// On the connection that this party made.
    Connected(Party),
}

impl Session {
    /// The H.245 connection that `opened_by` made stands.
    pub fn control_connected(&mut self, now: Instant, opened_by: Party) {
        if self.call == CallState::Released {
            return;
        }
        if let Transport::Connected(first) = self.transport {
            // H.323 §8.2.3: of two connections, the one stays that was made by the side with the
            // numerically larger address, which is the one that we listen on if ours is smaller.
            if first == opened_by || self.keeps(first) {
                self.push(Output::CloseControl(opened_by));
                return;
            }
            self.push(Output::CloseControl(first));
        }
        // What a connection before this one left unanswered is lost with it.
        self.master_slave = Msdse::new(self.config.terminal_type);
        self.capability_exchange = OutgoingCese::default();
        self.control_started = false;
        self.control_offered = false;
        self.transport = Transport::Connected(opened_by);
        self.control_in = Stream::default();
        self.timers.remove(&TimerKind::ControlExpected);
        self.timers.remove(&TimerKind::ControlCrossed);
        self.timers.remove(&TimerKind::ControlRestore);
        self.start_control(now);
        self.flush();
    }

    /// The H.245 connection that `opened_by` made is gone.
    pub fn control_closed(&mut self, now: Instant, opened_by: Party) {
        if self.transport == Transport::Connected(opened_by) {
            self.lose_control(now);
            self.flush();
        }
    }

    /// The H.245 connection that `Output::ConnectControl` asked for cannot be made.
    pub fn control_failed(&mut self, now: Instant) {
        if self.transport == Transport::Connecting {
            self.lose_control(now);
            self.flush();
        }
    }

    /// Begins capability exchange and master-slave determination, once per connection.
    pub(super) fn start_control(&mut self, now: Instant) {
        if !std::mem::replace(&mut self.control_started, true) {
            self.send_capabilities(now);
            self.master_slave
                .determine(now, &mut self.rng, &mut self.control_out);
        }
    }

    /// The connection went: it is offered again, and the call ends if that does not help.
    pub(super) fn lose_control(&mut self, now: Instant) {
        self.transport = Transport::None;
        if self.ending.is_some() {
            return self.on_end_session(now);
        }
        // A call that fast connect gave its channels can do without H.245.
        if self.control_started || self.channels.is_empty() {
            // Attempts that fail again do not prolong it.
            self.timers
                .entry(TimerKind::ControlRestore)
                .or_insert(now + timers::CONTROL_RESTORE);
        }
        self.control_started = false;
        self.control_established = false;
        self.control_out.clear();
        self.event(Event::ControlLost);
        self.offer_control();
    }

    /// Asks the peer to connect to us.
    pub(super) fn offer_control(&mut self) {
        if self.call == CallState::Active
            && let Some(local) = self.local
        {
            self.listen_control();
            self.send_start_h245(envelope::h225_address(local.control));
        }
    }

    /// An address for H.245 that the peer named as the call started, if it did.
    pub(super) fn on_control_address(&mut self, tunnels: bool, address: Option<TransportAddress>) {
        if self.tunnelling && tunnels {
            return;
        }
        if let Some(address) = address.as_ref().and_then(envelope::from_h225_address) {
            self.take_control_address(address);
        }
    }

    /// Facility startH245. When both sides send it at once, H.323 §8.2.3 lets the side with the
    /// numerically larger address connect; OpenH323 and its descendants let the other one, whose
    /// listener closes. So the peer gets time to follow either rule before we connect.
    pub(super) fn on_start_h245(&mut self, now: Instant, address: Option<TransportAddress>) {
        let Some(address) = address.as_ref().and_then(envelope::from_h225_address) else {
            return;
        };
        if self.transport == Transport::Listening && self.control_offered {
            self.remote_control = Some(address);
            let patience = match self.keeps(Party::Local) {
                true => 2 * timers::CONTROL_CROSSED,
                false => timers::CONTROL_CROSSED,
            };
            self.set(now, TimerKind::ControlCrossed, patience);
        } else {
            self.take_control_address(address);
        }
    }

    /// Nobody connected after both sides asked the other one to.
    pub(super) fn on_crossed(&mut self) {
        if let (Transport::Listening, Some(address)) = (self.transport, self.remote_control) {
            self.connect_control(address);
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

    /// Offers the peer our H.245 address (H.323 §8.2.3).
    pub(super) fn send_start_h245(&mut self, address: TransportAddress) {
        self.control_offered = true;
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

    /// H.245 messages that came in an H.225.0 message.
    pub(super) fn on_tunnelled(&mut self, now: Instant, control: &[Vec<u8>]) {
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

    /// Whether the connection that `opener` made stays when there are two.
    fn keeps(&self, opener: Party) -> bool {
        let ours = self.local.map(|local| local.control);
        let we_are_larger = match (ours, self.remote_control) {
            (Some(ours), Some(theirs)) => (ours.ip(), ours.port()) > (theirs.ip(), theirs.port()),
            _ => self.destination.is_none(),
        };
        (opener == Party::Local) == we_are_larger
    }

    /// Sends what the H.245 entities have to say, if there is a way to.
    pub(super) fn flush(&mut self) {
        match self.transport {
            Transport::Tunnelled if self.control_out.is_empty() => {}
            Transport::Tunnelled => self.send_empty_facility(),
            Transport::Connected(_) => {
                for message in std::mem::take(&mut self.control_out) {
                    match encode(&message).and_then(|octets| envelope::packet(&octets)) {
                        Ok(packet) => self.push(Output::Control(packet)),
                        Err(error) => self.protocol_error(error),
                    }
                }
            }
            // Nothing is kept for a connection to come: it begins afresh.
            Transport::None | Transport::Listening | Transport::Connecting => {
                self.control_out.clear();
            }
        }
    }
}

/// The octets of an H.245 message.
pub(super) fn encode(message: &Message) -> Result<Vec<u8>, Error> {
    let name = "MultimediaSystemControlMessage";
    message.to_bytes().map_err(|_| Error::Unencodable(name))
}

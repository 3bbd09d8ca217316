//! One call: the H.225.0 state, the H.245 entities and the logical channels, joined.
//!
//! This file holds the state and the inputs; the work is split by what comes in: `signalling`
//! (H.225.0 messages), `control` (H.245 messages), `channels` (what is opened and accepted),
//! `fast_start`, `release`, `timeout`.

mod capabilities;
mod channels;
mod config;
mod control;
mod envelope;
mod event;
mod fast_start;
mod h264_level;
mod release;
mod signalling;
mod stream;
mod timeout;

#[cfg(test)]
mod tests;

pub use capabilities::{RemoteCapabilities, RemoteVideo};
pub use config::{
    Alias, Capabilities, Config, ControlAddressIn, Destination, Goal, Local, StartMode,
};
pub use event::{
    Event, Format, IncomingCall, Output, ReceiveChannel, TransmitChannel, TransmitFailure,
};
pub use h264_level::Level;

use crate::call::state::{CallState, Party};
use crate::call::timers::{self, TimerKind};
use crate::control::capability::OutgoingCese;
use crate::control::master_slave::Msdse;
use crate::control::mode::OutgoingMrse;
use crate::control::round_trip::Rtdse;
use crate::control::{Message, Outbox};
use crate::error::Error;
use crate::wire::h245::OpenLogicalChannel;
use crate::wire::per::Pdu;
use base::{Instant, Rng};
use channels::Channels;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use stream::Stream;

/// How H.245 messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
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

/// One call, ours or a peer's, from its H.225.0 connection to its release.
#[derive(Debug, Clone)]
pub struct Session {
    config: Config,
    rng: Rng,
    /// Known from the start when placing, from `accept` when answering.
    local: Option<Local>,
    /// Whom we call; None when answering.
    destination: Option<Destination>,
    outputs: VecDeque<Output>,
    timers: BTreeMap<TimerKind, Instant>,

    call: CallState,
    call_reference: u16,
    conference_id: [u8; 16],
    call_id: [u8; 16],
    remote_display: Option<String>,
    signalling_in: Stream,
    /// Both sides tunnel, as far as is known.
    tunnelling: bool,
    /// Where the peer listens for an H.245 connection.
    remote_control: Option<SocketAddr>,
    /// H.245 messages of a Setup that is not accepted yet.
    early_control: Vec<Vec<u8>>,
    /// Fast connect channels: the caller's proposals, ours or the peer's.
    proposals: Vec<OpenLogicalChannel>,

    transport: Transport,
    /// We sent Facility startH245 and nobody has connected since.
    control_offered: bool,
    control_in: Stream,
    control_out: Outbox,
    /// Our first capability set has gone out.
    control_started: bool,
    control_established: bool,
    end_session_sent: bool,
    /// Released has been told.
    ended: bool,
    ending: Option<(crate::call::ReleaseCause, Party)>,
    master_slave: Msdse,
    capability_exchange: OutgoingCese,
    round_trip: Rtdse,
    mode_request: OutgoingMrse,
    /// The peer's last capability set.
    remote: Option<RemoteCapabilities>,
    remote_paused: bool,
    paused: bool,
    channels: Channels,
}

impl Session {
    /// A session that awaits a Setup on a connection that a peer has made.
    pub fn answering(config: Config, seed: u64) -> Self {
        Self::new(config, None, None, seed)
    }

    /// A session that calls `destination` once `signalling_connected` says that the connection
    /// stands.
    pub fn placing(config: Config, destination: Destination, local: Local, seed: u64) -> Self {
        Self::new(config, Some(destination), Some(local), seed)
    }

    fn new(
        config: Config,
        destination: Option<Destination>,
        local: Option<Local>,
        seed: u64,
    ) -> Self {
        let mut rng = Rng::new(seed);
        Session {
            call_reference: (rng.below(0x7fff) + 1) as u16,
            conference_id: rng.octets16(),
            call_id: rng.octets16(),
            master_slave: Msdse::new(config.terminal_type),
            config,
            rng,
            local,
            destination,
            outputs: VecDeque::new(),
            timers: BTreeMap::new(),
            call: CallState::Null,
            remote_display: None,
            signalling_in: Stream::default(),
            tunnelling: false,
            remote_control: None,
            early_control: Vec::new(),
            proposals: Vec::new(),
            transport: Transport::None,
            control_offered: false,
            control_in: Stream::default(),
            control_out: Vec::new(),
            control_started: false,
            control_established: false,
            end_session_sent: false,
            ended: false,
            ending: None,
            capability_exchange: OutgoingCese::default(),
            round_trip: Rtdse::default(),
            mode_request: OutgoingMrse::default(),
            remote: None,
            remote_paused: false,
            paused: false,
            channels: Channels::default(),
        }
    }

    /// Where the call stands.
    pub fn state(&self) -> CallState {
        self.call
    }

    /// callIdentifier.
    pub fn call_id(&self) -> [u8; 16] {
        self.call_id
    }

    /// conferenceID.
    pub fn conference_id(&self) -> [u8; 16] {
        self.conference_id
    }

    /// The next thing to do; drain until None.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The H.225.0 connection stands.
    pub fn signalling_connected(&mut self, now: Instant) {
        if self.call != CallState::Null {
            return;
        }
        match self.destination.is_some() {
            true => self.send_setup(now),
            false => self.set(now, TimerKind::SetupExpected, timers::SETUP_EXPECTED),
        }
        self.flush();
    }

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

    /// Adds an output, unless nothing may follow.
    fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    fn event(&mut self, event: Event) {
        self.push(Output::Event(event));
    }

    fn protocol_error(&mut self, error: Error) {
        self.event(Event::ProtocolError(error));
    }

    fn set(&mut self, now: Instant, timer: TimerKind, after: std::time::Duration) {
        self.timers.insert(timer, now + after);
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
    fn flush(&mut self) {
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

fn encode(message: &Message) -> Result<Vec<u8>, Error> {
    let name = "MultimediaSystemControlMessage";
    message.to_bytes().map_err(|_| Error::Unencodable(name))
}

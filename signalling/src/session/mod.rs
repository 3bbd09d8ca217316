//! One call: the H.225.0 state, the H.245 entities and the logical channels, joined.
//!
//! This file holds the state. What happens to it is split by procedure:
//!
//! | file | procedure |
//! |---|---|
//! | `starting`, `fast_start` | a call starts: Setup to Connect (H.323 §8.1), fast connect (§8.1.7) |
//! | `signalling` | H.225.0 messages in and out (Q.931 frames in `envelope`, packets in `stream`) |
//! | `transport` | how H.245 travels: tunnelled or on a connection of its own (H.323 §8.2) |
//! | `control` | H.245 messages in and out; each entity is in [`crate::control`] |
//! | `capabilities`, `formats` | capability sets and formats as H.245 writes them (§B.2, H.241) |
//! | `channels`, `transmit`, `receive` | logical channels (H.245 §C.4, §C.6) |
//! | `mode` | mode requests (H.245 §C.9) |
//! | `release` | a call ends (H.323 §8.5) |
//! | `timeout` | deadlines |

mod capabilities;
mod channels;
mod config;
mod control;
mod envelope;
mod event;
mod fast_start;
mod formats;
mod h264_level;
mod mode;
mod receive;
mod release;
mod remote_video;
mod signalling;
mod starting;
mod stream;
mod timeout;
mod transmit;
mod transport;

#[cfg(test)]
mod tests;

pub use capabilities::RemoteCapabilities;
pub use config::{
    Alias, Capabilities, Config, ControlAddressIn, Destination, Goal, Local, StartMode,
};
pub use event::{
    Event, Format, IncomingCall, Output, ReceiveChannel, TransmitChannel, TransmitFailure,
};
pub use h264_level::Level;
pub use remote_video::RemoteVideo;

use crate::call::state::{CallState, Party};
use crate::call::timers::{self, TimerKind};
use crate::control::capability::OutgoingCese;
use crate::control::master_slave::Msdse;
use crate::control::mode::OutgoingMrse;
use crate::control::round_trip::Rtdse;
use crate::control::{Outbox, outbox};
use crate::error::Error;
use base::{Instant, Rng};
use channels::Channels;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use stream::Stream;
use transport::Transport;

/// One call, ours or a peer's, from its H.225.0 connection to its release.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    config: Config,
    rng: Rng,
    /// Known from the start when placing, from `accept` when answering.
    local: Option<Local>,
    /// Whom we call; None when answering.
    destination: Option<Destination>,
    /// Not in a snapshot: whoever takes one has drained them.
    #[serde(skip)]
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
    /// Fast connect channels: the caller's proposals, ours or the peer's, as they were encoded,
    /// which takes far less memory than what they say.
    proposals: Vec<Vec<u8>>,

    transport: Transport,
    /// We sent Facility startH245 and nobody has connected since.
    control_offered: bool,
    control_in: Stream,
    #[serde(with = "outbox")]
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

    /// Adds an output, unless nothing may follow.
    fn push(&mut self, output: Output) {
        if !self.ended {
            self.outputs.push_back(output);
        }
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
}

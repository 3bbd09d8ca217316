//! What a session wants done and what it tells.

use super::capabilities::RemoteCapabilities;
use super::config::{Alias, Goal};
use crate::call::ReleaseCause;
use crate::call::state::Party;
use crate::error::Error;
pub use base::Format;
use base::{Bitrate, MediaKind};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::time::Duration;

/// What the shell has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send on the H.225.0 connection; whole TPKT packets.
    Signalling(Bytes),
    /// Send on the H.245 connection; whole TPKT packets.
    Control(Bytes),
    /// Expect an H.245 connection at `Local::control`.
    ListenControl,
    /// Make an H.245 connection.
    ConnectControl(SocketAddr),
    /// Close the H.245 connection that this party made, after what was sent on it.
    CloseControl(Party),
    /// Close the H.225.0 connection, after what was sent on it. Only `Event::Released` follows.
    CloseSignalling,
    /// Tell the user.
    Event(Event),
}

/// What the user learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A call for us; `accept`, `refuse` or `alert` it.
    Incoming(Box<IncomingCall>),
    /// The called side works on our call.
    Proceeding,
    /// The called user is alerted.
    Alerting,
    /// The call is active.
    Connected {
        /// The peer's display element or h323-ID.
        display: Option<String>,
    },
    /// Capabilities are exchanged and roles settled: channels may be opened.
    ControlEstablished {
        /// Whether we are the master.
        master: bool,
    },
    /// What the peer receives, whenever it says so.
    RemoteCapabilities(RemoteCapabilities),
    /// The peer transmits this now.
    ReceiveOpened(ReceiveChannel),
    /// The peer stopped transmitting.
    ReceiveClosed(MediaKind),
    /// We may transmit this now.
    TransmitOpened(TransmitChannel),
    /// We stop transmitting.
    TransmitClosed(MediaKind),
    /// No common format, or the peer refuses all.
    TransmitFailed(MediaKind, TransmitFailure),
    /// The peer wants an intra picture.
    IntraRequested,
    /// The peer limits our channel; None lifts the limit.
    FlowControl(MediaKind, Option<Bitrate>),
    /// Digits or text that the peer's user entered.
    UserInput(String),
    /// The answer to `request_round_trip`.
    RoundTrip(Duration),
    /// The peer takes no media for now (empty capability set).
    RemotePaused,
    /// The peer takes media again.
    RemoteResumed,
    /// The peer asked for other formats and we follow.
    ModeRequested,
    /// The answer to `request_mode`.
    ModeAnswered {
        /// Whether the peer follows.
        accepted: bool,
    },
    /// The H.245 connection is lost; it is being restored.
    ControlLost,
    /// The peer did something wrong; the call goes on.
    ProtocolError(Error),
    /// The call is over; all channels are closed. The last output of a session.
    Released {
        /// Why.
        cause: ReleaseCause,
        /// Who ended it.
        by: Party,
    },
}

/// Who calls whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingCall {
    /// Names that were called.
    pub called: Vec<Alias>,
    /// Digits of the called party number element.
    pub called_number: Option<String>,
    /// Names of the caller.
    pub calling: Vec<Alias>,
    /// Digits of the calling party number element.
    pub calling_number: Option<String>,
    /// The caller's display element.
    pub display: Option<String>,
    /// The caller's product and version.
    pub vendor: Option<String>,
    /// Its conference identifier.
    pub conference_id: [u8; 16],
    /// Its call identifier.
    pub call_id: [u8; 16],
    /// What it wants.
    pub goal: Goal,
    /// The rate its bearer capability asks for.
    pub bandwidth: Option<Bitrate>,
    /// It offers fast connect.
    pub fast_start: bool,
    /// It offers tunnelling.
    pub tunnelling: bool,
}

/// A channel on which the peer transmits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiveChannel {
    /// What.
    pub format: Format,
    /// RTP payload type.
    pub payload_type: u8,
    /// The peer's number for it.
    pub number: u16,
    /// Where our receiver reports go.
    pub rtcp: Option<SocketAddr>,
}

/// A channel on which we transmit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransmitChannel {
    /// What.
    pub format: Format,
    /// RTP payload type.
    pub payload_type: u8,
    /// Our number for it.
    pub number: u16,
    /// Where packets go.
    pub rtp: SocketAddr,
    /// Where our sender reports go.
    pub rtcp: Option<SocketAddr>,
}

/// Why no transmit channel opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransmitFailure {
    /// The peer receives nothing that we transmit.
    NoCommonFormat,
    /// The peer rejected every common format.
    Rejected,
    /// The peer did not answer (T103).
    TimedOut,
    /// The peer acknowledged without an address.
    NoAddress,
}

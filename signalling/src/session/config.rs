//! What a session is told about itself.

use base::{AudioCodec, Bitrate, VideoFormat};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// How we name and describe ourselves and start calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// The name a person sees (Q.931 display element).
    pub display: String,
    /// Our H.323 identifier.
    pub h323_id: String,
    /// Our number, if we have one.
    pub number: Option<String>,
    /// H.245 terminalType: 50 for a terminal, 190 for an MCU with audio and video mixing.
    pub terminal_type: u8,
    /// Whether we say that we are an MCU.
    pub is_mcu: bool,
    /// Product name in the vendor information.
    pub product: String,
    /// Version in the vendor information.
    pub version: String,
    /// What we receive and transmit.
    pub capabilities: Capabilities,
    /// All channels of one direction together.
    pub max_bit_rate: Bitrate,
    /// How calls start.
    pub start: StartMode,
    /// Transmit channels open by themselves as soon as H.245 allows it.
    pub auto_open: bool,
}

/// Formats in order of preference.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Capabilities {
    /// Codecs received and transmitted.
    pub audio: Vec<AudioCodec>,
    /// Formats received and transmitted.
    pub video: Vec<VideoFormat>,
    /// Milliseconds of sound in a packet of ours, and the most we like to get.
    pub audio_frame_ms: u8,
}

/// How calls start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartMode {
    /// Fast connect (H.323 §8.1.7) is offered and accepted.
    pub fast: bool,
    /// H.245 inside H.225.0 messages (H.323 §8.2.1) is offered and accepted.
    pub tunnelling: bool,
    /// Placing: our H.245 address goes out in Setup, and the callee may connect to it.
    pub h245_in_setup: bool,
    /// Answering: which message carries our H.245 address.
    pub control_address_in: ControlAddressIn,
}

impl StartMode {
    /// Slow start with an H.245 connection of its own, its address in Connect.
    pub const SLOW: StartMode = StartMode {
        fast: false,
        tunnelling: false,
        h245_in_setup: false,
        control_address_in: ControlAddressIn::Connect,
    };
}

/// Which message of the called side carries its H.245 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ControlAddressIn {
    /// The earliest.
    CallProceeding,
    /// When the user is alerted.
    Alerting,
    /// The usual one.
    Connect,
    /// Facility with reason startH245, after Connect.
    Facility,
}

/// Our addresses for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Local {
    /// The H.225.0 connection.
    pub signalling: SocketAddr,
    /// Where an H.245 connection may be made to us.
    pub control: SocketAddr,
    /// RTP of the audio session; RTCP is the port above.
    pub audio: SocketAddr,
    /// RTP of the video session; RTCP is the port above.
    pub video: SocketAddr,
}

impl Local {
    /// RTP and RTCP of a session.
    pub fn media(&self, kind: base::MediaKind) -> (SocketAddr, SocketAddr) {
        let rtp = match kind {
            base::MediaKind::Audio => self.audio,
            base::MediaKind::Video => self.video,
        };
        let mut rtcp = rtp;
        rtcp.set_port(rtp.port().wrapping_add(1));
        (rtp, rtcp)
    }
}

/// Whom a call is placed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Names of the called party; may be none.
    pub aliases: Vec<Alias>,
    /// The called party's H.225.0 address.
    pub signalling: SocketAddr,
    /// Why we call.
    pub goal: Goal,
}

/// A name of a party (H.225.0 §7.6 AliasAddress).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Alias {
    /// dialedDigits: `0`-`9`, `*`, `#`, `,`.
    Digits(String),
    /// h323-ID.
    H323Id(String),
    /// url-ID, such as `h323:user@host`.
    Url(String),
    /// email-ID.
    Email(String),
}

/// conferenceGoal (H.225.0 §7.3.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Goal {
    /// Begin a conference.
    Create,
    /// Enter one.
    Join,
    /// Bring the called party into one.
    Invite,
}

//! The surface of a media plane: what a shell with sockets needs to run one.
//!
//! Two planes exist: `room::Rooms` mixes and composes for a conference server, and the
//! terminal's plane plays and judges. Both are pure: time and packets come in, packets and notices
//! go out, in any call order.

pub use crate::rtp::sender::Sender;
pub use base::Format;
use base::{Bitrate, Instant, MediaKind, ParticipantId};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// RTP, or the RTCP port beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// The even port.
    Rtp,
    /// The odd port above it.
    Rtcp,
}

/// One of a participant's four UDP sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    /// Whose.
    pub participant: ParticipantId,
    /// Which session.
    pub kind: MediaKind,
    /// RTP or RTCP.
    pub channel: Channel,
}

/// The choices of an outgoing RTP stream that cannot be computed (RFC 3550 §5.1), made elsewhere
/// and logged, so that a backup continues the same stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamStart {
    /// Synchronization source.
    pub ssrc: u32,
    /// First sequence number.
    pub sequence: u16,
    /// Timestamp offset: added to the media clock, which counts from the service's epoch.
    pub timestamp: u32,
}

/// Which conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RoomId(pub u64);

/// How a mosaic is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Layout {
    /// By the number of participants: 1, 2, 4, 9, 16.
    #[default]
    Automatic,
    /// The active speaker alone.
    One,
    /// Two side by side.
    Two,
    /// 2×2.
    Four,
    /// One large, five small around it.
    OnePlusFive,
    /// 3×3.
    Nine,
    /// 4×4.
    Sixteen,
}

impl Layout {
    /// Every division there is; `Automatic` chooses among them.
    pub const DIVISIONS: [Layout; 6] = [
        Layout::One,
        Layout::Two,
        Layout::Four,
        Layout::OnePlusFive,
        Layout::Nine,
        Layout::Sixteen,
    ];
}

/// What a room's picture and sound are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomSettings {
    /// The mosaic.
    pub layout: Layout,
    /// Pictures per second of the mosaic.
    pub frame_rate: u8,
}

/// From the conference core to the media plane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Makes a room, or changes its settings.
    Room(RoomId, RoomSettings),
    /// Ends a room; its participants have left before.
    EndRoom(RoomId),
    /// A participant enters a room, or moves to it from another with its channels.
    Join {
        /// Who.
        participant: ParticipantId,
        /// Where to.
        room: RoomId,
        /// The name on its tile.
        label: String,
    },
    /// A participant leaves and its channels close.
    Leave(ParticipantId),
    /// From now on packets of this format are expected from the participant.
    OpenReceive {
        /// Who sends.
        participant: ParticipantId,
        /// What.
        format: Format,
        /// RTP payload type.
        payload_type: u8,
        /// Where our receiver reports go, if signalled.
        rtcp: Option<SocketAddr>,
    },
    /// Ends what `OpenReceive` began.
    CloseReceive(ParticipantId, MediaKind),
    /// From now on the participant is sent this format.
    OpenTransmit {
        /// Who receives.
        participant: ParticipantId,
        /// What.
        format: Format,
        /// RTP payload type.
        payload_type: u8,
        /// Signalled destination; symmetric RTP may override it.
        rtp: SocketAddr,
        /// Where our sender reports go.
        rtcp: Option<SocketAddr>,
        /// The stream's identity.
        start: StreamStart,
    },
    /// Ends what `OpenTransmit` began. An RTCP BYE is sent.
    CloseTransmit(ParticipantId, MediaKind),
    /// The participant asks for an intra picture.
    Intra(ParticipantId),
    /// The participant allows at most this video rate; `None` lifts the limit.
    FlowControl(ParticipantId, Option<Bitrate>),
    /// Its sound (or picture) is left out of the conference, or taken in again.
    Mute(ParticipantId, MediaKind, bool),
}

/// From the media plane to the conference core.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    /// Who speaks now, if anyone.
    ActiveSpeaker(RoomId, Option<ParticipantId>),
    /// Our decoder needs an intra picture from the participant (rate-limited here).
    NeedIntra(ParticipantId),
    /// Nothing has come on an open channel for [`STALLED_AFTER`].
    Stalled(ParticipantId, MediaKind),
    /// Packets come again.
    Resumed(ParticipantId, MediaKind),
    /// RFC 2833/4733 telephone event: a digit was pressed, at this RTP timestamp. A node that takes over
    /// may tell again what the one before has told.
    Digit(ParticipantId, char, u32),
}

/// Silence on an open receive channel after which it counts as stalled.
pub const STALLED_AFTER: std::time::Duration = std::time::Duration::from_secs(3);

/// A packet to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmit {
    /// The socket to send it from.
    pub port: Port,
    /// Where to.
    pub to: SocketAddr,
    /// The whole RTP or RTCP packet.
    pub packet: Bytes,
}

/// An outgoing stream at a moment: what another node needs to continue it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamMark {
    /// Who receives it.
    pub participant: ParticipantId,
    /// Which of the participant's streams.
    pub kind: MediaKind,
    /// Its numbers.
    pub sender: Sender,
}

/// A media plane.
pub trait Plane: Send {
    /// Carries out what the core decided.
    fn command(&mut self, now: Instant, command: Command);
    /// Takes a packet that came to `port`.
    fn receive(&mut self, now: Instant, port: Port, source: SocketAddr, packet: &[u8]);
    /// Does what is due at `now`: mixes, composes, encodes, reports.
    fn handle_timeout(&mut self, now: Instant);
    /// When `handle_timeout` wants to be called next.
    fn next_timeout(&self) -> Option<Instant>;
    /// The next packet to send; drain until `None`.
    fn poll_transmit(&mut self) -> Option<Transmit>;
    /// The next notice; drain until `None`.
    fn poll_notice(&mut self) -> Option<Notice>;
    /// The outgoing streams as they are now. A plane that is never continued elsewhere has none.
    fn marks(&self) -> Vec<StreamMark> {
        Vec::new()
    }
    /// Makes what serving will need, such as encoders, while another node serves; nothing is done with
    /// it yet. Cheap when nothing has changed.
    fn prepare(&mut self, _now: Instant) {}
    /// Takes a packet that came at `at` to a node that does not serve. It is kept for
    /// [`Plane::take_over`], within bounds, and not decoded.
    fn keep(&mut self, _at: Instant, _port: Port, _source: SocketAddr, _packet: &[u8]) {}
    /// No more is kept: what there is will be out of date.
    fn forget(&mut self) {}
    /// Another node is about to go on with the work. Senders are asked for intra pictures, from which it
    /// can begin.
    fn refresh(&mut self, _now: Instant) {}
    /// Whether a node that keeps packets has, of all who have sent pictures since `since`, an intra picture
    /// since then: it can go on without a pause.
    fn is_warm(&self, _since: Instant) -> bool {
        true
    }
    /// Another node did the work until `until`, and nobody after that; what came to it, and what has come
    /// since, may have been kept here. Streams follow by [`Plane::continue_stream`].
    fn take_over(&mut self, _until: Instant) {}
    /// Continues a stream that another node sent, and that was at `mark` at the time `at`; it must be
    /// open here. No number is used that the other node may have used until `until`.
    fn continue_stream(&mut self, _until: Instant, _at: Instant, _mark: StreamMark) {}
}

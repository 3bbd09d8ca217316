//! Logical channels: which are opened, in what format, and what is answered to the peer's.
//!
//! At most one channel per kind and direction. The two directions are independent: their numbers
//! may be the same and their formats differ.

use super::Session;
use super::capabilities::{self, payload_type};
use super::envelope;
use super::event::{Event, Format, ReceiveChannel, TransmitChannel, TransmitFailure};
use crate::control::logical_channel::{OutgoingClcse, OutgoingLcse, State, acknowledge_close};
use crate::control::master_slave::Status;
use crate::error::Error;
use crate::wire::h245::{
    AudioMode, CloseLogicalChannel, H261VideoMode, H261VideoModeResolution,
    H2250LogicalChannelAckParameters, H2250LogicalChannelParameters, ModeElement, ModeElementType,
    OpenLogicalChannel, OpenLogicalChannelAck,
    OpenLogicalChannelAckForwardMultiplexAckParameters as AckParameters,
    OpenLogicalChannelForwardLogicalChannelParameters as ForwardParameters,
    OpenLogicalChannelForwardLogicalChannelParametersMultiplexParameters as Multiplex,
    OpenLogicalChannelReject, OpenLogicalChannelRejectCause as RejectCause, RequestChannelClose,
    RequestChannelCloseAck, RequestChannelCloseReject, RequestMode, ResponseMessage, VideoMode,
};
use base::{AudioCodec, Bitrate, Instant, MediaKind, PictureSize, VideoCodec};
use std::collections::BTreeMap;

/// Channels that we closed and the peer has not acknowledged; more are forgotten.
const CLOSING_MAX: usize = 16;
/// What sound takes of the rate of all channels; the rest is for pictures.
const AUDIO_RATE: Bitrate = Bitrate::from_kbps(64);
/// Our channels are numbered from here.
const FIRST_NUMBER: u16 = 1;

/// All channels of a call.
#[derive(Debug, Clone)]
pub struct Channels {
    receive: BTreeMap<MediaKind, Receive>,
    transmit: BTreeMap<MediaKind, Transmit>,
    closing: Vec<OutgoingLcse>,
    pub(super) last_number: u16,
    /// Formats that the user chose over our order.
    preferred: BTreeMap<MediaKind, Format>,
    /// Whether a transmit channel is to be open.
    wanted: BTreeMap<MediaKind, bool>,
    rejected: Vec<Format>,
}

#[derive(Debug, Clone)]
struct Receive {
    channel: ReceiveChannel,
    close_request: OutgoingClcse,
}

#[derive(Debug, Clone)]
struct Transmit {
    format: Format,
    lcse: OutgoingLcse,
    /// Told to the user as open.
    open: bool,
}

impl Default for Channels {
    fn default() -> Self {
        Channels {
            receive: BTreeMap::new(),
            transmit: BTreeMap::new(),
            closing: Vec::new(),
            last_number: FIRST_NUMBER - 1,
            preferred: BTreeMap::new(),
            wanted: BTreeMap::new(),
            rejected: Vec::new(),
        }
    }
}

impl Channels {
    pub(super) fn is_empty(&self) -> bool {
        self.receive.is_empty() && self.transmit.is_empty()
    }

    pub(super) fn receive_number(&self, kind: MediaKind) -> Option<u16> {
        self.receive.get(&kind).map(|r| r.channel.number)
    }

    pub(super) fn transmit_kind(&self, number: u16) -> Option<MediaKind> {
        let mut transmit = self.transmit.iter();
        transmit.find_map(|(kind, t)| (t.lcse.number() == number).then_some(*kind))
    }

    pub(super) fn closed(&mut self, number: u16) {
        self.closing.retain(|lcse| lcse.number() != number);
    }

    pub(super) fn close_answered(&mut self, number: u16) {
        for receive in self.receive.values_mut() {
            if receive.channel.number == number {
                receive.close_request.on_answer();
            }
        }
    }

    pub(super) fn forget_rejections(&mut self) {
        self.rejected.clear();
    }

    pub(super) fn next_number(&mut self) -> u16 {
        self.last_number = self.last_number.checked_add(1).unwrap_or(FIRST_NUMBER);
        self.last_number
    }

    /// The earliest T103 and T108.
    pub(super) fn deadlines(&self) -> (Option<Instant>, Option<Instant>) {
        let transmit = self.transmit.values().map(|t| &t.lcse);
        let t103 = transmit.chain(&self.closing).filter_map(|l| l.deadline());
        let t108 = self
            .receive
            .values()
            .filter_map(|r| r.close_request.deadline());
        (t103.min(), t108.min())
    }

    fn receive_kind(&self, number: u16) -> Option<MediaKind> {
        let mut receive = self.receive.iter();
        receive.find_map(|(kind, r)| (r.channel.number == number).then_some(*kind))
    }
}

impl Session {
    /// Opens our channel of `kind`, in `preferred` if the peer takes that; an open one in another
    /// format is replaced.
    pub fn open_transmit(&mut self, now: Instant, kind: MediaKind, preferred: Option<Format>) {
        self.channels.wanted.insert(kind, true);
        self.channels.rejected.retain(|f| f.kind() != kind);
        if let Some(format) = preferred.filter(|f| f.kind() == kind) {
            self.channels.preferred.insert(kind, format);
            let other = |t: &Transmit| t.format != format;
            if self.channels.transmit.get(&kind).is_some_and(other) {
                self.close_transmit_channel(now, kind);
            }
        }
        self.open_wanted(now);
        self.flush();
    }

    /// Closes our channel of `kind` until `open_transmit`.
    pub fn close_transmit(&mut self, now: Instant, kind: MediaKind) {
        self.channels.wanted.insert(kind, false);
        self.close_transmit_channel(now, kind);
        self.flush();
    }

    /// Asks the peer to close its channel of `kind`: only the sender of a channel may close it.
    pub fn close_receive(&mut self, now: Instant, kind: MediaKind) {
        if let Some(receive) = self.channels.receive.get_mut(&kind) {
            let number = receive.channel.number;
            receive
                .close_request
                .request(now, number, &mut self.control_out);
            self.flush();
        }
    }

    /// Asks the peer to transmit this audio codec or this video codec and size.
    pub fn request_mode(&mut self, now: Instant, format: Format) {
        let element = ModeElementType::from(format);
        let mode = vec![ModeElement {
            r#type: element,
            ..Default::default()
        }];
        self.mode_request
            .request(now, vec![mode], &mut self.control_out);
        self.flush();
    }

    /// Opens the transmit channels that are wanted and not there.
    pub(super) fn open_wanted(&mut self, now: Instant) {
        if !self.control_established || self.remote_paused {
            return;
        }
        for kind in [MediaKind::Audio, MediaKind::Video] {
            let wanted = self.channels.wanted.get(&kind);
            if *wanted.unwrap_or(&self.config.auto_open)
                && !self.channels.transmit.contains_key(&kind)
            {
                self.open_one(now, kind);
            }
        }
    }

    fn open_one(&mut self, now: Instant, kind: MediaKind) {
        let (Some(local), Some(remote)) = (self.local, &self.remote) else {
            return;
        };
        let mut formats = remote.common(&self.config.capabilities, kind);
        if let Some(preferred) = self.channels.preferred.get(&kind) {
            formats.sort_by_key(|format| !same_codec(format, preferred));
        }
        let none_common = formats.is_empty();
        for format in &mut formats {
            if let Format::Video(video) = format {
                let left = self.config.max_bit_rate.0.saturating_sub(AUDIO_RATE.0);
                video.bit_rate = video.bit_rate.min(Bitrate(left));
            }
        }
        formats.retain(|format| !self.channels.rejected.contains(format));
        let Some(format) = formats.first().copied() else {
            // A peer that is silent about a kind does not take it: nothing to report for that.
            let failure = match none_common {
                true => TransmitFailure::NoCommonFormat,
                false => TransmitFailure::Rejected,
            };
            self.channels.wanted.insert(kind, false);
            return self.event(Event::TransmitFailed(kind, failure));
        };
        let (_, rtcp) = local.media(kind);
        let number = self.channels.next_number();
        let request = OpenLogicalChannel {
            forward_logical_channel_number: number,
            forward_logical_channel_parameters: ForwardParameters {
                data_type: capabilities::data_type(&format),
                multiplex_parameters: Multiplex::H2250LogicalChannelParameters(
                    H2250LogicalChannelParameters {
                        session_id: session_id(kind),
                        media_guaranteed_delivery: Some(false),
                        media_control_channel: Some(envelope::h245_address(rtcp)),
                        media_control_guaranteed_delivery: Some(false),
                        dynamic_rtp_payload_type: dynamic(&format),
                        media_packetization: capabilities::packetization(&format),
                        ..Default::default()
                    },
                ),
                ..Default::default()
            },
            ..Default::default()
        };
        let lcse = OutgoingLcse::establish(now, request, &mut self.control_out);
        self.channels.transmit.insert(
            kind,
            Transmit {
                format,
                lcse,
                open: false,
            },
        );
    }

    /// OpenLogicalChannel from the peer: answered at once.
    pub(super) fn on_open(&mut self, _now: Instant, open: OpenLogicalChannel) {
        let number = open.forward_logical_channel_number;
        match self.judge(&open) {
            Ok(channel) => {
                let kind = channel.format.kind();
                if let Some(local) = self.local {
                    self.acknowledge_open(&channel, local.media(kind));
                }
                self.receive_opened(channel);
            }
            Err(cause) => {
                let reject = OpenLogicalChannelReject {
                    forward_logical_channel_number: number,
                    cause,
                    ..Default::default()
                };
                self.control_out
                    .push(ResponseMessage::OpenLogicalChannelReject(reject).into());
            }
        }
    }

    /// Whether we take a channel, and as what (H.245 §C.4, H.225.0 §7).
    fn judge(&self, open: &OpenLogicalChannel) -> Result<ReceiveChannel, RejectCause> {
        let forward = &open.forward_logical_channel_parameters;
        let Multiplex::H2250LogicalChannelParameters(h2250) = &forward.multiplex_parameters else {
            return Err(RejectCause::DataTypeNotSupported);
        };
        let format = capabilities::accepted(
            &forward.data_type,
            h2250.media_packetization.as_ref(),
            &self.config.capabilities,
        )?;
        if open.reverse_logical_channel_parameters.is_some() {
            return Err(RejectCause::UnsuitableReverseParameters);
        }
        let kind = format.kind();
        // Session 0 asks the master for a number (H.245 §B.3.1).
        let asks = h2250.session_id == 0 && self.master_slave.status() != Some(Status::Slave);
        if h2250.session_id != session_id(kind) && !asks {
            return Err(RejectCause::InvalidSessionID);
        }
        let number = open.forward_logical_channel_number;
        let taken = self.channels.receive.get(&kind);
        let replaces = forward.replacement_for;
        if taken.is_some_and(|r| r.channel.number != number && replaces != Some(r.channel.number)) {
            return Err(RejectCause::DataTypeNotAvailable);
        }
        if self
            .channels
            .receive_kind(number)
            .is_some_and(|k| k != kind)
        {
            return Err(RejectCause::Unspecified);
        }
        if self.paused {
            return Err(RejectCause::DataTypeNotAvailable);
        }
        let dynamic = h2250.dynamic_rtp_payload_type;
        Ok(ReceiveChannel {
            format,
            payload_type: dynamic.unwrap_or(payload_type(&format)),
            number,
            rtcp: h2250
                .media_control_channel
                .as_ref()
                .and_then(envelope::from_h245_address),
        })
    }

    fn acknowledge_open(
        &mut self,
        channel: &ReceiveChannel,
        (rtp, rtcp): (std::net::SocketAddr, std::net::SocketAddr),
    ) {
        let payload_type = Some(channel.payload_type);
        let ack = OpenLogicalChannelAck {
            forward_logical_channel_number: channel.number,
            forward_multiplex_ack_parameters: Some(
                AckParameters::H2250LogicalChannelAckParameters(H2250LogicalChannelAckParameters {
                    session_id: Some(session_id(channel.format.kind())),
                    media_channel: Some(envelope::h245_address(rtp)),
                    media_control_channel: Some(envelope::h245_address(rtcp)),
                    dynamic_rtp_payload_type: payload_type.filter(|p| capabilities::is_dynamic(*p)),
                    ..Default::default()
                }),
            ),
            ..Default::default()
        };
        self.control_out
            .push(ResponseMessage::OpenLogicalChannelAck(ack).into());
    }

    pub(super) fn receive_opened(&mut self, channel: ReceiveChannel) {
        let kind = channel.format.kind();
        let receive = Receive {
            channel,
            close_request: OutgoingClcse::default(),
        };
        if let Some(old) = self.channels.receive.insert(kind, receive) {
            if old.channel == channel {
                return;
            }
            self.event(Event::ReceiveClosed(kind));
        }
        self.event(Event::ReceiveOpened(channel));
    }

    /// A transmit channel that fast connect opened.
    pub(super) fn transmit_opened(&mut self, channel: TransmitChannel) {
        let kind = channel.format.kind();
        self.channels.transmit.insert(
            kind,
            Transmit {
                format: channel.format,
                lcse: OutgoingLcse::established(channel.number),
                open: true,
            },
        );
        self.channels.last_number = self.channels.last_number.max(channel.number);
        self.event(Event::TransmitOpened(channel));
    }

    pub(super) fn on_open_ack(&mut self, now: Instant, ack: &OpenLogicalChannelAck) {
        let number = ack.forward_logical_channel_number;
        let Some(kind) = self.channels.transmit_kind(number) else {
            // One that we closed before the answer came.
            return;
        };
        let parameters = match &ack.forward_multiplex_ack_parameters {
            Some(AckParameters::H2250LogicalChannelAckParameters(parameters)) => Some(parameters),
            _ => None,
        };
        let rtp = parameters
            .and_then(|p| p.media_channel.as_ref())
            .and_then(envelope::from_h245_address);
        let rtcp = parameters
            .and_then(|p| p.media_control_channel.as_ref())
            .and_then(envelope::from_h245_address);
        let Some(transmit) = self.channels.transmit.get_mut(&kind) else {
            return;
        };
        if !transmit.lcse.on_ack() {
            return self.protocol_error(Error::Unexpected("openLogicalChannelAck"));
        }
        let Some(rtp) = rtp else {
            self.channels.wanted.insert(kind, false);
            self.close_transmit_channel(now, kind);
            return self.event(Event::TransmitFailed(kind, TransmitFailure::NoAddress));
        };
        transmit.open = true;
        let format = transmit.format;
        let dynamic = parameters.and_then(|p| p.dynamic_rtp_payload_type);
        let own = payload_type(&format);
        self.event(Event::TransmitOpened(TransmitChannel {
            format,
            // The receiver may ask for another number (H.245 §B.3.2).
            payload_type: dynamic
                .filter(|_| capabilities::is_dynamic(own))
                .unwrap_or(own),
            number,
            rtp,
            rtcp,
        }));
    }

    pub(super) fn on_open_reject(&mut self, now: Instant, reject: &OpenLogicalChannelReject) {
        let number = reject.forward_logical_channel_number;
        self.channels.closed(number);
        let Some(kind) = self.channels.transmit_kind(number) else {
            return;
        };
        let Some(transmit) = self.channels.transmit.remove(&kind) else {
            return;
        };
        if transmit.open {
            self.event(Event::TransmitClosed(kind));
        }
        self.channels.rejected.push(transmit.format);
        self.open_wanted(now);
    }

    pub(super) fn on_close(&mut self, close: &CloseLogicalChannel) {
        let number = close.forward_logical_channel_number;
        acknowledge_close(number, &mut self.control_out);
        if let Some(kind) = self.channels.receive_kind(number) {
            self.channels.receive.remove(&kind);
            self.event(Event::ReceiveClosed(kind));
        }
    }

    pub(super) fn on_close_request(&mut self, now: Instant, request: &RequestChannelClose) {
        let forward_logical_channel_number = request.forward_logical_channel_number;
        match self.channels.transmit_kind(forward_logical_channel_number) {
            Some(kind) => {
                let ack = RequestChannelCloseAck {
                    forward_logical_channel_number,
                };
                self.control_out
                    .push(ResponseMessage::RequestChannelCloseAck(ack).into());
                self.channels.wanted.insert(kind, false);
                self.close_transmit_channel(now, kind);
            }
            None => {
                let reject = RequestChannelCloseReject {
                    forward_logical_channel_number,
                    ..Default::default()
                };
                self.control_out
                    .push(ResponseMessage::RequestChannelCloseReject(reject).into());
            }
        }
    }

    pub(super) fn close_all_transmit(&mut self, now: Instant) {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            self.close_transmit_channel(now, kind);
        }
    }

    fn close_transmit_channel(&mut self, now: Instant, kind: MediaKind) {
        if let Some(mut transmit) = self.channels.transmit.remove(&kind) {
            transmit.lcse.release(now, &mut self.control_out);
            if self.channels.closing.len() < CLOSING_MAX {
                self.channels.closing.push(transmit.lcse);
            }
            if transmit.open {
                self.event(Event::TransmitClosed(kind));
            }
        }
    }

    /// T103 of whichever channel it is.
    pub(super) fn on_t103(&mut self, now: Instant) {
        let due = |lcse: &OutgoingLcse| lcse.deadline().is_some_and(|deadline| deadline <= now);
        self.channels.closing.retain(|lcse| !due(lcse));
        for kind in [MediaKind::Audio, MediaKind::Video] {
            if self
                .channels
                .transmit
                .get(&kind)
                .is_some_and(|t| due(&t.lcse))
                && let Some(mut transmit) = self.channels.transmit.remove(&kind)
            {
                assert_eq!(transmit.lcse.state(), State::AwaitingEstablishment);
                transmit.lcse.on_timeout(&mut self.control_out);
                self.channels.wanted.insert(kind, false);
                self.event(Event::TransmitFailed(kind, TransmitFailure::TimedOut));
            }
        }
    }

    /// T108 of whichever channel it is.
    pub(super) fn on_t108(&mut self, now: Instant) {
        for receive in self.channels.receive.values_mut() {
            let request = &mut receive.close_request;
            if request.deadline().is_some_and(|deadline| deadline <= now) {
                request.on_timeout(receive.channel.number, &mut self.control_out);
            }
        }
    }

    /// Follows the first mode of which every element is something we can transmit; its index.
    pub(super) fn follow_mode(&mut self, now: Instant, request: &RequestMode) -> Option<usize> {
        let remote = self.remote.as_ref()?;
        let ours = &self.config.capabilities;
        let mut common = remote.common(ours, MediaKind::Audio);
        common.extend(remote.common(ours, MediaKind::Video));
        let resolve = |element: &ModeElement| {
            let mut formats = common.iter();
            formats.find(|f| matches(f, &element.r#type)).copied()
        };
        let modes = request.requested_modes.iter();
        let (index, formats) = modes.enumerate().find_map(|(index, mode)| {
            let formats: Option<Vec<Format>> = mode.iter().map(resolve).collect();
            Some((index, formats?))
        })?;
        for format in formats {
            let kind = format.kind();
            let current = self.channels.transmit.get(&kind).map(|t| t.format);
            if current.is_none_or(|current| !same_codec(&current, &format)) {
                self.open_transmit(now, kind, Some(format));
            }
        }
        Some(index)
    }
}

impl From<Format> for ModeElementType {
    fn from(format: Format) -> Self {
        match format {
            Format::Audio { codec, .. } => ModeElementType::AudioMode(match codec {
                AudioCodec::G711Ulaw => AudioMode::G711Ulaw64k,
                AudioCodec::G711Alaw => AudioMode::G711Alaw64k,
                AudioCodec::G722 => AudioMode::G72264k,
            }),
            Format::Video(video) if video.codec == VideoCodec::H261 => {
                ModeElementType::VideoMode(VideoMode::H261VideoMode(H261VideoMode {
                    resolution: match video.size == PictureSize::QCIF {
                        true => H261VideoModeResolution::Qcif,
                        false => H261VideoModeResolution::Cif,
                    },
                    bit_rate: video.bit_rate.as_h245().clamp(1, 19_200) as u16,
                    ..Default::default()
                }))
            }
            Format::Video(_) => match capabilities::data_type(&format) {
                crate::wire::h245::DataType::VideoData(
                    crate::wire::h245::VideoCapability::GenericVideoCapability(generic),
                ) => ModeElementType::VideoMode(VideoMode::GenericVideoMode(generic)),
                _ => unreachable!("H.264 is a generic video capability"),
            },
        }
    }
}

fn matches(format: &Format, mode: &ModeElementType) -> bool {
    match (ModeElementType::from(*format), mode) {
        (ModeElementType::AudioMode(ours), ModeElementType::AudioMode(theirs)) => ours == *theirs,
        (ModeElementType::VideoMode(ours), ModeElementType::VideoMode(theirs)) => {
            match (ours, theirs) {
                (VideoMode::H261VideoMode(_), VideoMode::H261VideoMode(_)) => true,
                (VideoMode::GenericVideoMode(a), VideoMode::GenericVideoMode(b)) => {
                    a.capability_identifier == b.capability_identifier
                }
                _ => false,
            }
        }
        _ => false,
    }
}

fn same_codec(a: &Format, b: &Format) -> bool {
    match (a, b) {
        (Format::Audio { codec: a, .. }, Format::Audio { codec: b, .. }) => a == b,
        (Format::Video(a), Format::Video(b)) => a.codec == b.codec,
        _ => false,
    }
}

/// sessionID of H.245 §B.3.1: 1 for audio, 2 for video.
pub(super) fn session_id(kind: MediaKind) -> u8 {
    match kind {
        MediaKind::Audio => 1,
        MediaKind::Video => 2,
    }
}

/// dynamicRTPPayloadType of a channel in `format`, if it has one.
pub(super) fn dynamic(format: &Format) -> Option<u8> {
    Some(payload_type(format)).filter(|p| capabilities::is_dynamic(*p))
}

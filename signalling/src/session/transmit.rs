//! Channels on which we transmit: opened by us in what both sides take, closed by either.

use super::Session;
use super::channels::{Transmit, dynamic, same_codec, session_id};
use super::envelope;
use super::event::{Event, Format, TransmitChannel, TransmitFailure};
use super::formats::{self, payload_type};
use crate::control::logical_channel::{OutgoingLcse, State};
use crate::error::Error;
use crate::wire::h245::{
    H2250LogicalChannelParameters, OpenLogicalChannel, OpenLogicalChannelAck,
    OpenLogicalChannelAckForwardMultiplexAckParameters as AckParameters,
    OpenLogicalChannelForwardLogicalChannelParameters as ForwardParameters,
    OpenLogicalChannelForwardLogicalChannelParametersMultiplexParameters as Multiplex,
    OpenLogicalChannelReject, RequestChannelClose, RequestChannelCloseAck,
    RequestChannelCloseReject, ResponseMessage, TransportAddress,
};
use base::{Bitrate, Instant, MediaKind};
use std::net::SocketAddr;

/// Channels that we closed and the peer has not acknowledged; more are forgotten.
const CLOSING_MAX: usize = 16;
/// What sound takes of the rate of all channels; the rest is for pictures.
const AUDIO_RATE: Bitrate = Bitrate::from_kbps(64);

impl Session {
    /// Where we are to send media.
    pub(super) fn destination(&self, address: &Option<TransportAddress>) -> Option<SocketAddr> {
        envelope::media_destination(address.as_ref()?, !self.config.is_mcu)
    }

    /// Opens our channel of `kind`, in `preferred` if the peer takes that; an open one in another
    /// format is replaced.
    pub fn open_transmit(&mut self, now: Instant, kind: MediaKind, preferred: Option<Format>) {
        self.channels.wanted.insert(kind, true);
        self.channels.rejected.retain(|f| f.kind() != kind);
        self.channels.failed.remove(&kind);
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

    /// Opens the transmit channels that are wanted and not there.
    pub(super) fn open_wanted(&mut self, now: Instant) {
        if !self.control_established || self.remote_paused {
            return;
        }
        for kind in [MediaKind::Audio, MediaKind::Video] {
            let wanted = self.channels.wanted.get(&kind);
            if *wanted.unwrap_or(&self.config.auto_open)
                && !self.channels.transmit.contains_key(&kind)
                && !self.channels.failed.contains(&kind)
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
            return self.transmit_failed(kind, failure);
        };
        let (_, rtcp) = local.media(kind);
        let number = self.channels.next_number();
        let request = OpenLogicalChannel {
            forward_logical_channel_number: number,
            forward_logical_channel_parameters: ForwardParameters {
                data_type: formats::data_type(&format),
                multiplex_parameters: Multiplex::H2250LogicalChannelParameters(
                    H2250LogicalChannelParameters {
                        session_id: session_id(kind),
                        media_guaranteed_delivery: Some(false),
                        media_control_channel: Some(envelope::h245_address(rtcp)),
                        media_control_guaranteed_delivery: Some(false),
                        dynamic_rtp_payload_type: dynamic(&format),
                        media_packetization: formats::packetization(&format),
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

    fn transmit_failed(&mut self, kind: MediaKind, failure: TransmitFailure) {
        self.channels.failed.insert(kind);
        self.event(Event::TransmitFailed(kind, failure));
    }

    /// Closes the transmit channels whose format one of the sides no longer takes; `open_wanted`
    /// opens others in their place.
    pub(super) fn close_unsupported(&mut self, now: Instant) {
        let Some(remote) = &self.remote else {
            return;
        };
        let ours = &self.config.capabilities;
        let taken = |format: &Format| {
            let common = remote.common(ours, format.kind());
            common.iter().any(|most| within(format, most))
        };
        let mut transmit = self.channels.transmit.iter();
        let unsupported: Vec<MediaKind> = transmit
            .by_ref()
            .filter(|(_, t)| !taken(&t.format))
            .map(|(kind, _)| *kind)
            .collect();
        for kind in unsupported {
            self.close_transmit_channel(now, kind);
        }
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
        let destination = |address: &_| envelope::media_destination(address, !self.config.is_mcu);
        let rtp = parameters
            .and_then(|p| p.media_channel.as_ref())
            .and_then(destination);
        let rtcp = parameters
            .and_then(|p| p.media_control_channel.as_ref())
            .and_then(destination);
        let Some(transmit) = self.channels.transmit.get_mut(&kind) else {
            return;
        };
        if !transmit.lcse.on_ack() {
            return self.protocol_error(Error::Unexpected("openLogicalChannelAck"));
        }
        let Some(rtp) = rtp else {
            self.close_transmit_channel(now, kind);
            return self.transmit_failed(kind, TransmitFailure::NoAddress);
        };
        transmit.open = true;
        let format = transmit.format;
        let dynamic = parameters.and_then(|p| p.dynamic_rtp_payload_type);
        let own = payload_type(&format);
        self.event(Event::TransmitOpened(TransmitChannel {
            format,
            // The receiver may ask for another number (H.245 §B.3.2).
            payload_type: dynamic.filter(|_| formats::is_dynamic(own)).unwrap_or(own),
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

    pub(super) fn close_transmit_channel(&mut self, now: Instant, kind: MediaKind) {
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
                self.transmit_failed(kind, TransmitFailure::TimedOut);
            }
        }
    }
}

/// Whether whoever takes `most` takes `format`.
fn within(format: &Format, most: &Format) -> bool {
    match (format, most) {
        (Format::Video(format), Format::Video(most)) => {
            format.codec == most.codec
                && format.size.macroblocks() <= most.size.macroblocks()
                && format.frame_rate <= most.frame_rate
                && format.bit_rate <= most.bit_rate
                && format.fragments <= most.fragments
        }
        _ => same_codec(format, most),
    }
}

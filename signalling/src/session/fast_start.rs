//! Fast connect (H.323 §8.1.7): channels that the caller proposes in Setup and the called side
//! picks from, before any H.245.
//!
//! A forward proposal is a channel on which the caller transmits. A reverse proposal has nullData
//! forward and its channel in the reverse parameters: the called side transmits on it.

use super::Session;
use super::channels::{dynamic, session_id};
use super::config::Local;
use super::envelope;
use super::event::{Format, ReceiveChannel, TransmitChannel};
use super::formats::{self, payload_type};
use crate::error::Error;
use crate::wire::h245::{
    DataType, H2250LogicalChannelParameters, OpenLogicalChannel,
    OpenLogicalChannelForwardLogicalChannelParameters as ForwardParameters,
    OpenLogicalChannelForwardLogicalChannelParametersMultiplexParameters as ForwardMultiplex,
    OpenLogicalChannelReverseLogicalChannelParameters as ReverseParameters,
    OpenLogicalChannelReverseLogicalChannelParametersMultiplexParameters as ReverseMultiplex,
};
use crate::wire::per::Pdu;
use base::{Instant, MediaKind};

/// Proposals of a Setup that are read; endpoints send about 50.
const PROPOSALS_MAX: usize = 128;

/// Which way a proposed channel goes, seen from the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Reverse,
}

impl Session {
    /// A forward and a reverse channel for everything we know.
    pub(super) fn propose_fast_start(&mut self, local: &Local) -> Vec<Vec<u8>> {
        let ours = &self.config.capabilities;
        let audio = ours.audio.iter().map(|codec| Format::Audio {
            codec: *codec,
            frame_ms: ours.audio_frame_ms,
        });
        let formats: Vec<Format> = audio
            .chain(ours.video.iter().copied().map(Format::Video))
            .collect();
        for format in formats {
            let (rtp, rtcp) = local.media(format.kind());
            for direction in [Direction::Forward, Direction::Reverse] {
                let media = (direction == Direction::Reverse).then_some(rtp);
                let number = self.channels.next_number();
                let parameters = H2250LogicalChannelParameters {
                    media_channel: media.map(envelope::h245_address),
                    media_control_channel: Some(envelope::h245_address(rtcp)),
                    ..parameters(&format)
                };
                let data_type = formats::data_type(&format);
                let proposal = channel(direction, number, data_type, parameters);
                self.proposals.extend(proposal.to_bytes().ok());
            }
        }
        self.proposals.clone()
    }

    /// Proposals of the caller, for when the call is accepted.
    pub(super) fn keep_proposals(&mut self, proposals: Vec<Vec<u8>>) {
        for octets in proposals.into_iter().take(PROPOSALS_MAX) {
            match OpenLogicalChannel::from_bytes(&octets) {
                Ok(_) => self.proposals.push(octets),
                Err(error) => {
                    self.protocol_error(Error::MalformedAsn1("OpenLogicalChannel", error));
                }
            }
        }
    }

    /// Picks at most one proposal per kind and direction, in our order of preference, and opens
    /// it. Nothing picked means that fast connect is refused.
    pub(super) fn answer_fast_start(&mut self) -> Vec<Vec<u8>> {
        let (Some(local), true) = (self.local, self.config.start.fast) else {
            return Vec::new();
        };
        let mut answers = Vec::new();
        for kind in [MediaKind::Audio, MediaKind::Video] {
            for direction in [Direction::Forward, Direction::Reverse] {
                if let Some((proposal, format)) = self.pick(kind, direction) {
                    answers.extend(self.take_proposal(&proposal, direction, format, &local));
                }
            }
        }
        answers
    }

    /// What the called side picked of our proposals, or that it picked none.
    pub(super) fn on_fast_start(
        &mut self,
        _now: Instant,
        answers: Option<Vec<Vec<u8>>>,
        refused: bool,
    ) {
        // The answer may be repeated in a later message; only the first counts.
        if self.destination.is_none() || self.proposals.is_empty() {
            return;
        }
        if refused {
            self.proposals.clear();
        }
        let Some(answers) = answers else {
            return;
        };
        self.proposals.clear();
        for octets in answers.iter().take(PROPOSALS_MAX) {
            match OpenLogicalChannel::from_bytes(octets) {
                Ok(open) => self.on_answer(&open),
                Err(error) => {
                    self.protocol_error(Error::MalformedAsn1("OpenLogicalChannel", error));
                }
            }
        }
    }

    fn on_answer(&mut self, open: &OpenLogicalChannel) {
        let Some((direction, data_type, h2250)) = content(open) else {
            return self.protocol_error(Error::Unexpected("fastStart element"));
        };
        let ours = &self.config.capabilities;
        let packetization = h2250.media_packetization.as_ref();
        let Ok(format) = formats::accepted(data_type, packetization, ours) else {
            return self.protocol_error(Error::Unexpected("format in fastStart"));
        };
        let number = open.forward_logical_channel_number;
        let rtcp = self.destination(&h2250.media_control_channel);
        match (direction, self.destination(&h2250.media_channel)) {
            (Direction::Reverse, _) => self.receive_opened(ReceiveChannel {
                format,
                payload_type: type_of(h2250, &format),
                number,
                rtcp,
            }),
            (Direction::Forward, Some(rtp)) => self.transmit_opened(TransmitChannel {
                format,
                payload_type: type_of(h2250, &format),
                number,
                rtp,
                rtcp,
            }),
            (Direction::Forward, None) => {
                self.protocol_error(Error::Unexpected("fastStart element without address"));
            }
        }
    }

    /// The proposal of `kind` and `direction` that comes first in our order.
    fn pick(&self, kind: MediaKind, wanted: Direction) -> Option<(OpenLogicalChannel, Format)> {
        let ours = &self.config.capabilities;
        let rank = |format: &Format| match format {
            Format::Audio { codec, .. } => ours.audio.iter().position(|c| c == codec),
            Format::Video(video) => ours.video.iter().position(|v| v.codec == video.codec),
        };
        let candidates = self.proposals.iter().filter_map(|octets| {
            let proposal = OpenLogicalChannel::from_bytes(octets).ok()?;
            let (direction, data_type, h2250) = content(&proposal)?;
            let packetization = h2250.media_packetization.as_ref();
            let format = formats::accepted(data_type, packetization, ours).ok()?;
            let reachable = direction == Direction::Forward || h2250.media_channel.is_some();
            let fits = direction == wanted
                && format.kind() == kind
                && h2250.session_id == session_id(kind)
                && reachable;
            fits.then_some((proposal, format))
        });
        candidates.min_by_key(|(_, format)| rank(format))
    }

    /// Opens a picked channel; the element that says so.
    fn take_proposal(
        &mut self,
        proposal: &OpenLogicalChannel,
        direction: Direction,
        format: Format,
        local: &Local,
    ) -> Option<Vec<u8>> {
        let (_, data_type, theirs) = content(proposal)?;
        let (rtp, rtcp) = local.media(format.kind());
        let media = match direction {
            Direction::Forward => Some(envelope::h245_address(rtp)),
            Direction::Reverse => theirs.media_channel.clone(),
        };
        let number = match direction {
            Direction::Forward => proposal.forward_logical_channel_number,
            // The channel is ours, and so is its number.
            Direction::Reverse => self.channels.next_number(),
        };
        let payload_type = type_of(theirs, &format);
        let answer = channel(
            direction,
            number,
            data_type.clone(),
            H2250LogicalChannelParameters {
                media_channel: media,
                media_control_channel: Some(envelope::h245_address(rtcp)),
                dynamic_rtp_payload_type: Some(payload_type).filter(|p| formats::is_dynamic(*p)),
                media_packetization: theirs.media_packetization.clone(),
                ..parameters(&format)
            },
        );
        let octets = answer.to_bytes().ok()?;
        let their_rtcp = self.destination(&theirs.media_control_channel);
        match direction {
            Direction::Forward => self.receive_opened(ReceiveChannel {
                format,
                payload_type,
                number,
                rtcp: their_rtcp,
            }),
            Direction::Reverse => self.transmit_opened(TransmitChannel {
                format,
                payload_type,
                number,
                rtp: self.destination(&theirs.media_channel)?,
                rtcp: their_rtcp,
            }),
        }
        Some(octets)
    }
}

fn parameters(format: &Format) -> H2250LogicalChannelParameters {
    H2250LogicalChannelParameters {
        session_id: session_id(format.kind()),
        media_guaranteed_delivery: Some(false),
        media_control_guaranteed_delivery: Some(false),
        dynamic_rtp_payload_type: dynamic(format),
        media_packetization: formats::packetization(format),
        ..Default::default()
    }
}

fn channel(
    direction: Direction,
    number: u16,
    data_type: DataType,
    h2250: H2250LogicalChannelParameters,
) -> OpenLogicalChannel {
    let (forward, reverse) = match direction {
        Direction::Forward => (
            ForwardParameters {
                data_type,
                multiplex_parameters: ForwardMultiplex::H2250LogicalChannelParameters(h2250),
                ..Default::default()
            },
            None,
        ),
        Direction::Reverse => (
            ForwardParameters {
                data_type: DataType::NullData,
                multiplex_parameters: ForwardMultiplex::Nothing,
                ..Default::default()
            },
            Some(ReverseParameters {
                data_type,
                multiplex_parameters: Some(ReverseMultiplex::H2250LogicalChannelParameters(h2250)),
                ..Default::default()
            }),
        ),
    };
    OpenLogicalChannel {
        forward_logical_channel_number: number,
        forward_logical_channel_parameters: forward,
        reverse_logical_channel_parameters: reverse,
        ..Default::default()
    }
}

/// Direction, type and parameters of an element.
fn content(
    open: &OpenLogicalChannel,
) -> Option<(Direction, &DataType, &H2250LogicalChannelParameters)> {
    let forward = &open.forward_logical_channel_parameters;
    match (&forward.data_type, &open.reverse_logical_channel_parameters) {
        (DataType::NullData, Some(reverse)) => match &reverse.multiplex_parameters {
            Some(ReverseMultiplex::H2250LogicalChannelParameters(h2250)) => {
                Some((Direction::Reverse, &reverse.data_type, h2250))
            }
            _ => None,
        },
        (data_type, None) => match &forward.multiplex_parameters {
            ForwardMultiplex::H2250LogicalChannelParameters(h2250) => {
                Some((Direction::Forward, data_type, h2250))
            }
            _ => None,
        },
        _ => None,
    }
}

fn type_of(h2250: &H2250LogicalChannelParameters, format: &Format) -> u8 {
    h2250
        .dynamic_rtp_payload_type
        .unwrap_or(payload_type(format))
}

//! Channels on which the peer transmits: judged and answered at once.

use super::Session;
use super::channels::{Receive, session_id};
use super::envelope;
use super::event::{Event, ReceiveChannel};
use super::formats::{self, payload_type};
use crate::control::logical_channel::{OutgoingClcse, acknowledge_close};
use crate::control::master_slave::Status;
use crate::wire::h245::{
    CloseLogicalChannel, H2250LogicalChannelAckParameters, OpenLogicalChannel,
    OpenLogicalChannelAck, OpenLogicalChannelAckForwardMultiplexAckParameters as AckParameters,
    OpenLogicalChannelForwardLogicalChannelParametersMultiplexParameters as Multiplex,
    OpenLogicalChannelReject, OpenLogicalChannelRejectCause as RejectCause, ResponseMessage,
};
use base::{Instant, MediaKind};

impl Session {
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
        let format = formats::accepted(
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
                    dynamic_rtp_payload_type: payload_type.filter(|p| formats::is_dynamic(*p)),
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

    pub(super) fn on_close(&mut self, close: &CloseLogicalChannel) {
        let number = close.forward_logical_channel_number;
        acknowledge_close(number, &mut self.control_out);
        if let Some(kind) = self.channels.receive_kind(number) {
            self.channels.receive.remove(&kind);
            self.event(Event::ReceiveClosed(kind));
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
}

//! What an operator wants to know of a participant.

use super::link::Link;
use super::participant::Participant;
use base::{MediaKind, ParticipantId};
use std::time::Duration;

/// One session, both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StreamStatistics {
    /// Packets that came and counted.
    pub packets_received: u64,
    /// Octets of their payload.
    pub octets_received: u64,
    /// Packets that did not come; duplicates can make it negative (RFC 3550 §6.4.1).
    pub packets_lost: i64,
    /// Packets that were no part of the stream.
    pub packets_refused: u64,
    /// Interarrival jitter in milliseconds.
    pub jitter_ms: u32,
    /// Packets sent, modulo 2^32.
    pub packets_sent: u32,
    /// Octets of their payload, modulo 2^32.
    pub octets_sent: u32,
    /// Time there and back, once RTCP has told it.
    pub round_trip: Option<Duration>,
    /// An open channel gives nothing.
    pub is_stalled: bool,
}

/// One participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParticipantStatistics {
    /// Who.
    pub participant: ParticipantId,
    /// Its sound.
    pub audio: StreamStatistics,
    /// Its pictures.
    pub video: StreamStatistics,
    /// Loudness, decibels below overload: 0 to 127.
    pub level_dbov_below: u8,
    /// Milliseconds that its sound waits in the jitter buffer.
    pub playout_delay_ms: u32,
    /// Sound packets that came too late to be heard.
    pub late_packets: u64,
    /// Pictures decoded.
    pub pictures: u64,
    /// Pictures that did not decode.
    pub decode_errors: u64,
}

/// Of one participant.
pub fn of(id: ParticipantId, participant: &Participant) -> ParticipantStatistics {
    let voice = participant.voice.as_ref();
    let camera = participant.camera.as_ref();
    ParticipantStatistics {
        participant: id,
        audio: stream(participant.link(MediaKind::Audio)),
        video: stream(participant.link(MediaKind::Video)),
        level_dbov_below: voice.map_or(127, |voice| voice.level().dbov_below()),
        playout_delay_ms: voice.map_or(0, |voice| voice.jitter().delay_ms()),
        late_packets: voice.map_or(0, |voice| voice.jitter().late()),
        pictures: camera.map_or(0, |camera| camera.version()),
        decode_errors: camera.map_or(0, |camera| camera.errors()),
    }
}

fn stream(link: &Link) -> StreamStatistics {
    let mut statistics = StreamStatistics {
        round_trip: link.round_trip(),
        is_stalled: link.is_stalled(),
        ..StreamStatistics::default()
    };
    if let Some(source) = link.source() {
        statistics.packets_refused = source.refused();
        if let Some(receiver) = source.receiver() {
            statistics.packets_received = receiver.packets();
            statistics.octets_received = receiver.octets();
            statistics.packets_lost = receiver.lost();
            statistics.jitter_ms = receiver.jitter_ms();
        }
    }
    if let Some(sender) = link.sender() {
        statistics.packets_sent = sender.packets;
        statistics.octets_sent = sender.octets;
    }
    statistics
}

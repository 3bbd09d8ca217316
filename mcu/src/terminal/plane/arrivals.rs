//! What can be said of an incoming stream by its packets alone. It outlives the channel, so that
//! there is something to report after the call.

use super::gaps::Gaps;
use crate::terminal::report::{StreamReport, milliseconds};
use base::Instant;
use media::room::link::Link;
use media::room::source::Accepted;

/// The packets of one stream.
#[derive(Debug, Clone, Default)]
pub struct Arrivals {
    codec: Option<String>,
    gaps: Gaps,
    packets: u64,
    octets: u64,
    /// Missing from sources that have ended, and from the one that runs.
    lost_before: i64,
    lost: i64,
    refused_before: u64,
    refused: u64,
    jitter_ms: u32,
    ssrc: Option<u32>,
    ssrc_changes: u32,
    sequence_restarts: u32,
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Arrivals {
    /// A channel opens.
    pub fn open(&mut self, codec: String) {
        self.codec = Some(codec);
    }

    /// Takes a packet that `link` has accepted.
    pub fn take(&mut self, now: Instant, accepted: &Accepted<'_>, link: &Link) {
        self.gaps.mark(now);
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.packets += 1;
        self.octets += accepted.payload.len() as u64;
        if let Some(held) = &accepted.begins {
            self.packets += 1;
            self.octets += held.payload.len() as u64;
            self.lost_before += std::mem::take(&mut self.lost);
            match self.ssrc.replace(accepted.header.ssrc) {
                Some(before) if before == accepted.header.ssrc => self.sequence_restarts += 1,
                Some(_) => self.ssrc_changes += 1,
                None => {}
            }
        }
        self.look_at(link);
    }

    fn look_at(&mut self, link: &Link) {
        if let Some(source) = link.source() {
            self.refused = source.refused();
            if let Some(receiver) = source.receiver() {
                self.lost = receiver.lost();
                self.jitter_ms = receiver.jitter_ms();
            }
        }
    }

    /// The channel closes; `link` has its last numbers.
    pub fn close(&mut self, now: Instant, link: &Link) {
        self.gaps.end(now);
        self.look_at(link);
        self.lost_before += std::mem::take(&mut self.lost);
        self.refused_before += std::mem::take(&mut self.refused);
    }

    /// When the first packet came.
    pub fn first(&self) -> Option<Instant> {
        self.first
    }

    /// What there is to say; `late` packets are counted elsewhere.
    pub fn report(&self, now: Instant, connected: Instant, late: u64) -> StreamReport {
        let gaps = self.gaps.report(now);
        let span = (self.first.zip(self.last)).map_or(0.0, |(f, l)| l.since(f).as_secs_f64());
        let bit_rate_bps = if span > 0.0 {
            (self.octets as f64 * 8.0 / span) as u64
        } else {
            0
        };
        StreamReport {
            codec: self.codec.clone(),
            packets: self.packets,
            octets: self.octets,
            lost: self.lost_before + self.lost,
            late,
            refused: self.refused_before + self.refused,
            bit_rate_bps,
            jitter_ms: self.jitter_ms,
            ssrc_changes: self.ssrc_changes,
            sequence_restarts: self.sequence_restarts,
            first_packet_ms: (self.first).map(|first| milliseconds(first.since(connected))),
            gap_ms_max: gaps.first().map_or(0.0, |gap| gap.length_ms),
            gaps,
        }
    }
}

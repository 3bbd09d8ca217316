//! One outgoing stream. Everything in it is plain data, and the timestamp is a function of time, so
//! a backup that holds a recent copy continues the same stream.

use super::packet::Header;
use super::rtcp::SenderInfo;
use crate::plane::StreamStart;
use base::Instant;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The state of an outgoing stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// Synchronization source, for life.
    pub ssrc: u32,
    /// Of the next packet.
    pub sequence: u16,
    /// Added to the media clock, which counts from the service's epoch.
    pub timestamp_offset: u32,
    /// Ticks per second.
    pub clock_hz: u32,
    /// RTP payload type.
    pub payload_type: u8,
    /// Packets sent, modulo 2^32 (RFC 3550 §6.4.1).
    pub packets: u32,
    /// Octets of payload sent, modulo 2^32 (RFC 3550 §6.4.1).
    pub octets: u32,
    /// Packets of the largest picture so far: how many the next one may take is guessed from it.
    pub largest_picture: u16,
}

impl Sender {
    /// A stream that has sent nothing yet.
    pub fn new(start: StreamStart, clock_hz: u32, payload_type: u8) -> Self {
        Sender {
            ssrc: start.ssrc,
            sequence: start.sequence,
            timestamp_offset: start.timestamp,
            clock_hz,
            payload_type,
            packets: 0,
            octets: 0,
            largest_picture: 0,
        }
    }

    /// A picture takes `packets`.
    pub fn note_picture(&mut self, packets: usize) {
        let packets = u16::try_from(packets).unwrap_or(u16::MAX);
        self.largest_picture = self.largest_picture.max(packets);
    }

    /// The RTP timestamp of what is sampled at `at`.
    pub fn timestamp(&self, at: Instant) -> u32 {
        at.ticks(self.clock_hz).wrapping_add(self.timestamp_offset)
    }

    /// The next packet, carrying what was sampled at `at`.
    pub fn packet(&mut self, at: Instant, marker: bool, payload: &[u8]) -> Bytes {
        let header = Header {
            marker,
            payload_type: self.payload_type,
            sequence: self.sequence,
            timestamp: self.timestamp(at),
            ssrc: self.ssrc,
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload.len() as u32);
        header.packet(payload)
    }

    /// What a sender report of `now` says. RFC 3550 §4 lets elapsed time stand for wall-clock
    /// time; ours counts from the service's epoch.
    pub fn report(&self, now: Instant) -> SenderInfo {
        SenderInfo {
            ntp: ntp(now),
            timestamp: self.timestamp(now),
            packets: self.packets,
            octets: self.octets,
        }
    }
}

/// Time since the epoch as seconds and 2^-32 seconds (RFC 3550 §4).
pub fn ntp(now: Instant) -> u64 {
    ((u128::from(now.as_nanos()) << 32) / 1_000_000_000) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_and_timestamps_follow_the_clock() {
        let start = StreamStart {
            ssrc: 5,
            sequence: 65_535,
            timestamp: u32::MAX,
        };
        let mut sender = Sender::new(start, 8000, 0);
        let first = sender.packet(Instant::from_millis(20), true, &[1; 160]);
        let mut backup = sender;
        let second = backup.packet(Instant::from_millis(40), false, &[2; 160]);
        let (first, _) = Header::parse(&first).unwrap();
        let (second, _) = Header::parse(&second).unwrap();
        assert_eq!((first.sequence, second.sequence), (65_535, 0));
        assert_eq!((first.timestamp, second.timestamp), (159, 319));
        let report = backup.report(Instant::from_millis(500));
        assert_eq!((report.packets, report.octets), (2, 320));
        assert_eq!((report.ntp, report.timestamp), (1 << 31, 3999));
    }
}

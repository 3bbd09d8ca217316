//! What is known of one incoming stream: loss (RFC 3550 §A.3), jitter (§A.8) and the sender's last
//! report (§6.4.1), which together make our report block.

use super::packet::Header;
use super::rtcp::{ReportBlock, SenderInfo};
use super::sequence::{Validation, Verdict};
use base::Instant;

/// Statistics of one source, kept from its first packet on.
#[derive(Debug, Clone)]
pub struct Receiver {
    ssrc: u32,
    clock_hz: u32,
    validation: Validation,
    base: i64,
    received: u64,
    octets: u64,
    /// Expected and received at the last report, for the fraction lost.
    reported: (u64, u64),
    transit: u32,
    /// Sixteen times the jitter in ticks (RFC 3550 §A.8).
    jitter: u32,
    sender_report: Option<(u32, Instant)>,
}

impl Receiver {
    /// A source whose first packet has this header; that packet counts once the source is valid.
    pub fn new(header: &Header, clock_hz: u32) -> Self {
        Receiver {
            ssrc: header.ssrc,
            clock_hz,
            validation: Validation::new(header.sequence),
            base: 0,
            received: 0,
            octets: 0,
            reported: (0, 0),
            transit: 0,
            jitter: 0,
            sender_report: None,
        }
    }

    /// Its synchronization source.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Whether it has proved itself (RFC 3550 §A.1).
    pub fn is_valid(&self) -> bool {
        self.validation.is_valid()
    }

    /// Counts a packet of this source with `octets` of payload and says what it is.
    pub fn take(&mut self, now: Instant, header: &Header, octets: usize) -> Verdict {
        let verdict = self.validation.judge(header.sequence);
        match verdict {
            Verdict::Refused => return verdict,
            Verdict::Started(extended) => {
                self.base = extended;
                self.received = 0;
                self.reported = (0, 0);
                self.transit = self.transit_of(now, header);
            }
            Verdict::Accepted(_) => {
                let transit = self.transit_of(now, header);
                let change = (transit.wrapping_sub(self.transit) as i32).unsigned_abs();
                self.transit = transit;
                // A timestamp jump is not jitter.
                if change < self.clock_hz {
                    self.jitter += change;
                    self.jitter -= (self.jitter + 8) >> 4;
                }
            }
            Verdict::Misordered(_) => {}
        }
        self.received += 1;
        self.octets += octets as u64;
        verdict
    }

    fn transit_of(&self, now: Instant, header: &Header) -> u32 {
        now.ticks(self.clock_hz).wrapping_sub(header.timestamp)
    }

    /// Notes a sender report of this source, for the round-trip time at the other side.
    pub fn take_sender_report(&mut self, now: Instant, info: &SenderInfo) {
        self.sender_report = Some((info.middle_of_ntp(), now));
    }

    /// Packets accepted.
    pub fn packets(&self) -> u64 {
        self.received
    }

    /// Octets of payload accepted.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// Packets missing so far; duplicates can make it negative (RFC 3550 §6.4.1).
    pub fn lost(&self) -> i64 {
        self.expected() as i64 - self.received as i64
    }

    /// Interarrival jitter in milliseconds.
    pub fn jitter_ms(&self) -> u32 {
        (self.jitter >> 4) * 1000 / self.clock_hz
    }

    fn expected(&self) -> u64 {
        if self.received == 0 {
            return 0;
        }
        (self.validation.highest() - self.base + 1).max(0) as u64
    }

    /// The report block of now; the fraction lost counts from the previous call.
    pub fn report(&mut self, now: Instant) -> ReportBlock {
        let expected = self.expected();
        let expected_since = expected.saturating_sub(self.reported.0);
        let received_since = self.received.saturating_sub(self.reported.1);
        self.reported = (expected, self.received);
        let lost_since = expected_since.saturating_sub(received_since);
        let (last_sender_report, delay) = self.sender_report.map_or((0, 0), |(ntp, at)| {
            let delay = now.since(at).as_nanos() * 65_536 / 1_000_000_000;
            (ntp, u32::try_from(delay).unwrap_or(u32::MAX))
        });
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: (lost_since * 256)
                .checked_div(expected_since)
                .map_or(0, |fraction| fraction.min(255) as u8),
            lost: self.lost().clamp(-0x80_0000, 0x7f_ffff) as i32,
            highest_sequence: self.validation.highest() as u32,
            jitter: self.jitter >> 4,
            last_sender_report,
            delay_since_sender_report: delay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(sequence: u16, timestamp: u32) -> Header {
        Header {
            marker: false,
            payload_type: 0,
            sequence,
            timestamp,
            ssrc: 7,
        }
    }

    #[test]
    fn loss_and_its_fraction_since_the_last_report() {
        let mut receiver = Receiver::new(&header(99, 0), 8000);
        for n in 100..200u16 {
            if n % 4 != 1 {
                let at = Instant::from_millis(u64::from(n) * 20);
                receiver.take(at, &header(n, u32::from(n) * 160), 160);
            }
        }
        // 100 is the base; 101, 105 … 197 are missing.
        let report = receiver.report(Instant::from_millis(4000));
        assert_eq!((report.lost, report.highest_sequence), (25, 199));
        assert_eq!(report.fraction_lost, 64);
        assert_eq!(report.jitter, 0);
        assert_eq!(receiver.report(Instant::from_millis(4001)).fraction_lost, 0);
    }

    #[test]
    fn jitter_follows_the_spacing() {
        let mut receiver = Receiver::new(&header(0, 0), 8000);
        for n in 1..400u16 {
            let late = u64::from(n % 2) * 10;
            let at = Instant::from_millis(u64::from(n) * 20 + late);
            receiver.take(at, &header(n, u32::from(n) * 160), 160);
        }
        assert!((9..=10).contains(&receiver.jitter_ms()));
    }

    #[test]
    fn the_delay_since_a_sender_report_is_in_65536ths() {
        let mut receiver = Receiver::new(&header(0, 0), 8000);
        receiver.take(Instant::ZERO, &header(1, 0), 160);
        let info = SenderInfo {
            ntp: 0x1111_2222_3333_4444,
            timestamp: 0,
            packets: 0,
            octets: 0,
        };
        receiver.take_sender_report(Instant::from_millis(1000), &info);
        let report = receiver.report(Instant::from_millis(1500));
        assert_eq!(report.last_sender_report, 0x2222_3333);
        assert_eq!(report.delay_since_sender_report, 32_768);
    }
}

//! Sequence numbers that wrap, and the test whether a source is real (RFC 3550 §A.1).

/// A gap of this many packets or more is a restart, not loss (RFC 3550 §A.1).
pub const MAX_DROPOUT: u16 = 3000;
/// A packet at most this late is merely misordered (RFC 3550 §A.1).
pub const MAX_MISORDER: u16 = 100;
/// Packets in sequence before a source counts (RFC 3550 §A.1).
pub const MIN_SEQUENTIAL: u8 = 2;

/// A sequence number with its wraps counted: cycles × 65,536 + sequence. Below zero only for
/// packets from before the first one seen.
pub type Extended = i64;

/// What the validation thinks of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The source has not proved itself yet, or the number makes no sense: ignore the packet.
    Refused,
    /// In sequence, or after a gap.
    Accepted(Extended),
    /// The source has just proved itself, or started over: what is known of it is void.
    Started(Extended),
    /// Late or a duplicate.
    Misordered(Extended),
}

/// The source validation of RFC 3550 §A.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    highest: u16,
    cycles: i64,
    /// The number that would confirm a restart.
    restart_at: Option<u16>,
    probation: u8,
}

impl Validation {
    /// A source whose first packet is `sequence`; that packet itself is not yet accepted.
    pub fn new(sequence: u16) -> Self {
        Validation {
            highest: sequence,
            cycles: 0,
            restart_at: None,
            probation: MIN_SEQUENTIAL - 1,
        }
    }

    /// Whether the source has proved itself.
    pub fn is_valid(&self) -> bool {
        self.probation == 0
    }

    /// The highest sequence number seen.
    pub fn highest(&self) -> Extended {
        self.cycles + Extended::from(self.highest)
    }

    /// Judges the next packet.
    pub fn judge(&mut self, sequence: u16) -> Verdict {
        let ahead = sequence.wrapping_sub(self.highest);
        if self.probation > 0 {
            self.highest = sequence;
            if ahead != 1 {
                self.probation = MIN_SEQUENTIAL - 1;
                return Verdict::Refused;
            }
            self.probation -= 1;
            if self.probation > 0 {
                return Verdict::Refused;
            }
            return Verdict::Started(self.highest());
        }
        if ahead < MAX_DROPOUT {
            self.restart_at = None;
            if ahead == 0 {
                return Verdict::Misordered(self.highest());
            }
            if sequence < self.highest {
                self.cycles += 1 << 16;
            }
            self.highest = sequence;
            return Verdict::Accepted(self.highest());
        }
        let behind = self.highest.wrapping_sub(sequence);
        if behind < MAX_MISORDER {
            return Verdict::Misordered(self.highest() - Extended::from(behind));
        }
        if self.restart_at != Some(sequence) {
            self.restart_at = Some(sequence.wrapping_add(1));
            return Verdict::Refused;
        }
        // Two in a row from far away: the other side restarted without telling.
        *self = Validation {
            highest: sequence,
            cycles: 0,
            restart_at: None,
            probation: 0,
        };
        Verdict::Started(self.highest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_in_sequence_make_a_source() {
        let mut source = Validation::new(10);
        assert_eq!(source.judge(500), Verdict::Refused);
        assert_eq!(source.judge(502), Verdict::Refused);
        assert_eq!(source.judge(503), Verdict::Started(503));
        assert_eq!(source.judge(505), Verdict::Accepted(505));
        assert_eq!(source.judge(504), Verdict::Misordered(504));
        assert_eq!(source.judge(505), Verdict::Misordered(505));
    }

    #[test]
    fn wraps_are_counted_both_ways() {
        let mut source = Validation::new(65_533);
        assert_eq!(source.judge(65_534), Verdict::Started(65_534));
        assert_eq!(source.judge(1), Verdict::Accepted(65_537));
        assert_eq!(source.judge(65_535), Verdict::Misordered(65_535));
    }

    #[test]
    fn a_gap_just_inside_the_dropout_is_loss_and_just_outside_a_restart() {
        let mut source = Validation::new(0);
        source.judge(1);
        assert_eq!(source.judge(MAX_DROPOUT), Verdict::Accepted(3000));
        assert_eq!(source.judge(6000), Verdict::Refused);
        assert_eq!(source.judge(6001), Verdict::Started(6001));
    }

    #[test]
    fn lone_strange_packets_do_not_disturb() {
        let mut source = Validation::new(0);
        source.judge(1);
        for (own, noise) in (2..100).zip((20_000..).step_by(7)) {
            assert_eq!(source.judge(noise), Verdict::Refused);
            assert_eq!(source.judge(own), Verdict::Accepted(own.into()));
        }
    }
}

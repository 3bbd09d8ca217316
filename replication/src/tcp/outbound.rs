//! Our direction of a connection: what the core has written, and what the peer has said of it.

use super::segment::SCALE_MAX;
use super::sequence::Sequence;
use bytes::{Buf, Bytes};
use std::collections::VecDeque;

/// Octets for a peer, from the first one that it has not acknowledged.
#[derive(Debug, Default)]
pub(super) struct Outbound {
    /// Sequence number of offset 0.
    start: Sequence,
    /// Offset up to which the peer has everything (SND.UNA): it may be ahead of `written`, because
    /// the core of the other node is ahead of ours, and our FIN counts as an octet.
    acknowledged: u64,
    /// Offset up to which the core has written.
    written: u64,
    /// The octets from offset `released` to `written`: those not acknowledged.
    pending: VecDeque<Bytes>,
    released: u64,
    /// The core has closed: our FIN has the offset `written`.
    finished: bool,
    /// Highest offset that the peer has ever offered to take: it cannot acknowledge more.
    offered: u64,
    /// What the peer announced last, as in the header.
    window: u16,
    /// It was in a SYN, where no scale applies (RFC 7323 §2.2).
    unscaled: bool,
    /// The segment that announced it (SND.WL1). SND.WL2 is not needed: a segment that acknowledges
    /// less than an earlier one is not heard at all.
    updated_by: Sequence,
}

/// What a segment says of our direction.
pub(super) struct Echo {
    pub(super) sequence: Sequence,
    pub(super) acknowledgement: Sequence,
    pub(super) window: u16,
    /// The scale of the window, bits; None in a SYN.
    pub(super) scale: Option<u8>,
}

impl Outbound {
    /// A direction with nothing written.
    pub(super) fn new(start: Sequence) -> Self {
        Outbound {
            start,
            ..Outbound::default()
        }
    }

    /// A direction that another node has used: `pending` ends at offset `written`.
    pub(super) fn resume(unacknowledged: Sequence, written: u64, pending: &[Bytes]) -> Self {
        let size: u64 = pending.iter().map(|bytes| bytes.len() as u64).sum();
        let acknowledged = written.saturating_sub(size);
        Outbound {
            start: Sequence(unacknowledged.0.wrapping_sub(acknowledged as u32)),
            acknowledged,
            written,
            released: acknowledged,
            pending: pending.iter().cloned().collect(),
            offered: written,
            ..Outbound::default()
        }
    }

    pub(super) fn start(&self) -> Sequence {
        self.start
    }

    /// The stream begins at another number after all; nothing has been written yet. What the peer
    /// acknowledged goes on counting if that can be: if the service spoke first and fast.
    pub(super) fn rebase(&mut self, start: Sequence) {
        const AHEAD_MAX: u64 = 1 << 20;
        let shift = u64::try_from(self.start.since(start)).unwrap_or(u64::MAX);
        let shift = if shift <= AHEAD_MAX { shift } else { 0 };
        self.acknowledged += shift;
        self.offered += shift;
        self.start = start;
    }

    pub(super) fn write(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.written += bytes.len() as u64;
            self.pending.push_back(bytes);
            self.trim();
        }
    }

    pub(super) fn finish(&mut self) {
        self.finished = true;
    }

    pub(super) fn finished(&self) -> bool {
        self.finished
    }

    /// The peer has everything, our FIN too.
    pub(super) fn over(&self) -> bool {
        self.finished && self.acknowledged > self.written
    }

    /// The window that a restored connection begins with.
    pub(super) fn set_window(&mut self, octets: u32, scale: u8, updated_by: Sequence) {
        self.window = u16::try_from(octets >> scale.min(SCALE_MAX)).unwrap_or(u16::MAX);
        self.unscaled = false;
        self.updated_by = updated_by;
        self.offer(scale);
    }

    /// Whether the peer can say this at all: it can neither acknowledge what it never offered to
    /// take (but a probe of its window, or our FIN) nor be far behind (RFC 5961 §5).
    pub(super) fn plausible(&self, acknowledgement: Sequence) -> bool {
        const BEHIND_MAX: i64 = (u16::MAX as i64) << SCALE_MAX;
        let offset = self.offset_of(acknowledgement);
        let highest = self.offered.max(self.written) as i64 + 1;
        (self.acknowledged as i64 - BEHIND_MAX..=highest).contains(&offset)
    }

    /// Takes what a plausible segment says (RFC 9293 §3.10.7.4).
    pub(super) fn hear(&mut self, echo: &Echo) {
        let Ok(offset) = u64::try_from(self.offset_of(echo.acknowledgement)) else {
            return;
        };
        if offset < self.acknowledged {
            return;
        }
        self.acknowledged = offset;
        self.trim();
        if !echo.sequence.before(self.updated_by) {
            self.window = echo.window;
            self.unscaled = echo.scale.is_none();
            self.updated_by = echo.sequence;
            self.offer(echo.scale.unwrap_or(0));
        }
    }

    /// A window that came before any acknowledgement: with the peer's SYN.
    pub(super) fn open(&mut self, window: u16, updated_by: Sequence) {
        self.window = window;
        self.unscaled = true;
        self.updated_by = updated_by;
        self.offer(0);
    }

    /// First sequence number that the peer has not acknowledged. Our FIN is given again even if it
    /// has been acknowledged, which does no harm.
    pub(super) fn unacknowledged(&self) -> Sequence {
        self.start + self.acknowledged.min(self.written)
    }

    pub(super) fn pending(&self) -> Vec<Bytes> {
        self.pending.iter().cloned().collect()
    }

    /// Octets held.
    pub(super) fn held(&self) -> usize {
        (self.written - self.released) as usize
    }

    /// The peer's window, octets.
    pub(super) fn window(&self, scale: u8) -> u32 {
        u32::from(self.window)
            << if self.unscaled {
                0
            } else {
                scale.min(SCALE_MAX)
            }
    }

    /// Sequence number of the segment that announced the window.
    pub(super) fn updated_by(&self) -> Sequence {
        self.updated_by
    }

    fn offset_of(&self, number: Sequence) -> i64 {
        self.acknowledged as i64 + i64::from(number.since(self.start + self.acknowledged))
    }

    fn offer(&mut self, scale: u8) {
        let edge = self.acknowledged + (u64::from(self.window) << scale.min(SCALE_MAX));
        self.offered = self.offered.max(edge);
    }

    #[cfg(test)]
    pub(super) fn allocated(&self) -> usize {
        self.pending.capacity() * size_of::<Bytes>()
    }

    /// Lets go of what the peer has.
    fn trim(&mut self) {
        let end = self.acknowledged.min(self.written);
        while let Some(first) = self.pending.front_mut() {
            let surplus = (end - self.released) as usize;
            if first.len() > surplus {
                first.advance(surplus);
                self.released = end;
                break;
            }
            self.released += first.len() as u64;
            self.pending.pop_front();
        }
        if self.pending.is_empty() {
            // Nothing stays allocated for a connection that has nothing to say.
            self.pending = VecDeque::new();
        }
    }
}

//! One direction's octets put in order: what came twice, overlapping, early, across the wrap.
//!
//! Positions are stream offsets, from 0 for the first octet of data. Octets are held from what was
//! taken last to the first gap, and in a few runs behind gaps. A peer that sends different octets for
//! one offset may make the nodes disagree; the log's digest shows it.

use super::sequence::Sequence;
use bytes::{Bytes, BytesMut};

/// Runs held behind gaps: a client that leaves more gaps than this has to fill one first.
pub(super) const RUNS_MAX: usize = 32;

/// Octets of a peer, reassembled.
#[derive(Debug, Default)]
pub(super) struct Reassembly {
    /// Sequence number of offset 0.
    start: Sequence,
    /// Offset up to which octets have been taken.
    taken: u64,
    /// The octets from `taken` to the first gap.
    ready: BytesMut,
    /// Octets behind the first gap: rising, neither touching each other nor what is ready.
    early: Vec<Run>,
    /// Offset of the peer's FIN: no octet has it or a higher one.
    fin: Option<u64>,
}

#[derive(Debug)]
struct Run {
    start: u64,
    octets: Vec<u8>,
}

impl Run {
    fn end(&self) -> u64 {
        self.start + self.octets.len() as u64
    }
}

/// Octets that cannot be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// They lie beyond what the bound leaves room for.
    Full,
    /// One gap too many.
    Gaps,
    /// The peer had already finished before them.
    AfterFin,
}

impl Reassembly {
    /// `start` is the sequence number of offset 0; everything before `taken` has been taken.
    pub(super) fn new(start: Sequence, taken: u64) -> Self {
        Reassembly {
            start,
            taken,
            ..Reassembly::default()
        }
    }

    pub(super) fn start(&self) -> Sequence {
        self.start
    }

    /// The stream begins at another number after all: what is held keeps its sequence numbers and
    /// gets other offsets.
    pub(super) fn rebase(&mut self, start: Sequence) {
        let old = std::mem::replace(self, Reassembly::new(start, 0));
        let shift = i64::from(old.start.since(start));
        self.fin = old.fin.and_then(|fin| fin.checked_add_signed(shift));
        let ready = Run {
            start: old.taken,
            octets: old.ready.to_vec(),
        };
        for run in std::iter::once(ready).chain(old.early) {
            // No more runs than before but for what was ready: nothing is refused for its number.
            self.insert(run.start as i64 + shift, &run.octets);
        }
    }

    /// Offset of a sequence number: the one nearest to the first gap.
    pub(super) fn offset_of(&self, number: Sequence) -> i64 {
        self.received() as i64 + i64::from(number.since(self.start + self.received()))
    }

    /// Offset of the first octet that is lacking.
    pub(super) fn received(&self) -> u64 {
        self.taken + self.ready.len() as u64
    }

    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// The peer has finished, and every octet before its FIN is here.
    pub(super) fn finished(&self) -> bool {
        self.fin == Some(self.received())
    }

    /// The next sequence number expected, the FIN counted (RCV.NXT).
    pub(super) fn next(&self) -> Sequence {
        self.start + (self.received() + u64::from(self.finished()))
    }

    /// Octets held.
    pub(super) fn held(&self) -> usize {
        self.ready.len() + self.early.iter().map(|run| run.octets.len()).sum::<usize>()
    }

    /// Takes octets at `offset` (negative: before the stream) if they lie less than `bound` beyond
    /// what was taken: so there is always room for the octets of the first gap.
    pub(super) fn store(
        &mut self,
        offset: i64,
        octets: &[u8],
        bound: usize,
    ) -> Result<(), Refusal> {
        let Some((offset, octets)) = self.lacking(offset, octets) else {
            return Ok(());
        };
        let end = offset + octets.len() as u64;
        if self.fin.is_some_and(|fin| end > fin) {
            return Err(Refusal::AfterFin);
        }
        if end > self.taken + bound as u64 {
            return Err(Refusal::Full);
        }
        if offset > self.received()
            && self.touched(offset, end).is_empty()
            && self.early.len() >= RUNS_MAX
        {
            return Err(Refusal::Gaps);
        }
        self.hold(offset, octets);
        Ok(())
    }

    /// Takes octets that are known to be right, whatever the bound.
    pub(super) fn insert(&mut self, offset: i64, octets: &[u8]) {
        if let Some((offset, octets)) = self.lacking(offset, octets) {
            self.hold(offset, octets);
        }
    }

    /// The peer's FIN; the first one counts.
    pub(super) fn finish(&mut self, offset: i64, bound: usize) -> Result<(), Refusal> {
        let Ok(offset) = u64::try_from(offset) else {
            return Ok(());
        };
        if self.fin.is_some() || offset < self.received() {
            return Ok(());
        }
        if offset > self.taken + bound as u64 {
            return Err(Refusal::Full);
        }
        if self.early.last().is_some_and(|run| run.end() > offset) {
            return Err(Refusal::AfterFin);
        }
        self.fin = Some(offset);
        Ok(())
    }

    /// Octets up to offset `end`; None if some are lacking.
    pub(super) fn take(&mut self, end: u64) -> Option<Bytes> {
        if end > self.received() {
            return None;
        }
        let size = end.saturating_sub(self.taken) as usize;
        self.taken += size as u64;
        Some(if size == self.ready.len() {
            // Nothing stays allocated for a connection that has nothing to tell.
            std::mem::take(&mut self.ready).freeze()
        } else {
            self.ready.split_to(size).freeze()
        })
    }

    #[cfg(test)]
    pub(super) fn allocated(&self) -> usize {
        let runs = self
            .early
            .iter()
            .map(|run| run.octets.capacity())
            .sum::<usize>();
        self.ready.capacity() + self.early.capacity() * size_of::<Run>() + runs
    }

    /// Cuts off what is held already; None if that is everything.
    fn lacking<'o>(&self, offset: i64, octets: &'o [u8]) -> Option<(u64, &'o [u8])> {
        let known = usize::try_from(self.received() as i64 - offset).unwrap_or(0);
        let octets = octets.get(known..).filter(|octets| !octets.is_empty())?;
        Some((u64::try_from(offset + known as i64).ok()?, octets))
    }

    /// The early runs that these octets overlap or touch.
    fn touched(&self, start: u64, end: u64) -> std::ops::Range<usize> {
        let first = self.early.partition_point(|run| run.end() < start);
        let beyond = self.early.partition_point(|run| run.start <= end);
        first..beyond.max(first)
    }

    /// `offset` is not below the first gap.
    fn hold(&mut self, offset: u64, octets: &[u8]) {
        let end = offset + octets.len() as u64;
        let touched = self.touched(offset, end);
        if offset == self.received() {
            self.ready.extend_from_slice(octets);
            for run in self.early.drain(touched) {
                if run.end() > end {
                    self.ready
                        .extend_from_slice(&run.octets[(end.saturating_sub(run.start)) as usize..]);
                }
            }
        } else if let Some(run) = self.early[touched.clone()]
            .first_mut()
            .filter(|_| touched.len() == 1)
            && run.start <= offset
        {
            // The usual case after a loss: segment after segment behind the same gap.
            let known = (run.end() - offset) as usize;
            run.octets
                .extend_from_slice(octets.get(known..).unwrap_or_default());
        } else {
            let mut merged = Run {
                start: offset,
                octets: octets.to_vec(),
            };
            for run in self.early.drain(touched.clone()) {
                if run.start < merged.start {
                    let head = (merged.start - run.start) as usize;
                    merged
                        .octets
                        .splice(..0, run.octets[..head].iter().copied());
                    merged.start = run.start;
                }
                let known = merged.end().saturating_sub(run.start) as usize;
                merged
                    .octets
                    .extend_from_slice(run.octets.get(known..).unwrap_or_default());
            }
            self.early.insert(touched.start, merged);
        }
        if self.early.is_empty() {
            self.early = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests;

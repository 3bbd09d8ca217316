//! The service's own words in beats (media marks): opaque, and in parts if one datagram is too small.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What a part can carry, so that the whole beat fits in a datagram of 1400 octets.
pub const PART_OCTETS_MAX: usize = 1200;
/// All parts of one generation. More is a mistake of the service.
pub const MARKS_OCTETS_MAX: usize = PART_OCTETS_MAX * u8::MAX as usize;

/// A part of the marks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Rises with every change of the marks; 0 means that there are none yet.
    pub generation: u64,
    /// Which part, from 0.
    pub part: u8,
    /// How many there are, at least 1.
    pub parts: u8,
    /// Its octets.
    pub octets: Bytes,
}

impl Part {
    /// `marks` in parts, at least one. `None` if they are longer than [`MARKS_OCTETS_MAX`].
    pub fn split(generation: u64, marks: &Bytes) -> Option<Vec<Part>> {
        let parts = u8::try_from(marks.len().div_ceil(PART_OCTETS_MAX).max(1)).ok()?;
        let part = |part: u8| {
            let start = usize::from(part) * PART_OCTETS_MAX;
            let end = marks.len().min(start + PART_OCTETS_MAX);
            Part {
                generation,
                part,
                parts,
                octets: marks.slice(start..end),
            }
        };
        Some((0..parts).map(part).collect())
    }
}

/// Puts the newest generation together again. It holds at most [`MARKS_OCTETS_MAX`].
#[derive(Debug, Default)]
pub struct Assembly {
    generation: u64,
    /// Empty when the generation is complete.
    parts: Vec<Option<Bytes>>,
}

impl Assembly {
    /// Takes one part; the marks if it was the last of a generation that was not complete before.
    /// A newer generation replaces an incomplete one.
    pub fn take(&mut self, part: &Part) -> Option<Bytes> {
        if part.generation < self.generation || part.octets.len() > PART_OCTETS_MAX {
            return None;
        }
        if part.generation > self.generation {
            self.generation = part.generation;
            self.parts = vec![None; usize::from(part.parts)];
        }
        *self.parts.get_mut(usize::from(part.part))? = Some(part.octets.clone());
        if self.parts.iter().any(Option::is_none) {
            return None;
        }
        let parts = std::mem::take(&mut self.parts);
        Some(parts.into_iter().flatten().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(octets: usize) -> Bytes {
        (0..octets).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn marks_of_any_length_come_together_in_any_order_once() {
        for octets in [0, 1, 1200, 1201, 2400, 2401, MARKS_OCTETS_MAX] {
            let parts = Part::split(1, &marks(octets)).unwrap();
            assert_eq!(parts.len(), octets.div_ceil(PART_OCTETS_MAX).max(1));
            let mut assembly = Assembly::default();
            let (last, first) = parts.split_first().unwrap();
            for part in first.iter().chain(first).rev() {
                assert_eq!(assembly.take(part), None);
            }
            assert_eq!(assembly.take(last), Some(marks(octets)));
            assert_eq!(assembly.take(last), None);
        }
        assert_eq!(Part::split(1, &marks(MARKS_OCTETS_MAX + 1)), None);
    }

    #[test]
    fn a_newer_generation_replaces_an_incomplete_one() {
        let mut assembly = Assembly::default();
        let (old, new) = (marks(2000), marks(10));
        let (old, new) = (Part::split(1, &old).unwrap(), Part::split(2, &new).unwrap());
        assert_eq!(assembly.take(&old[0]), None);
        assert_eq!(assembly.take(&new[0]), Some(marks(10)));
        assert_eq!(assembly.take(&old[1]), None);
    }

    #[test]
    fn parts_that_contradict_are_ignored() {
        let mut assembly = Assembly::default();
        let part = |generation, part, parts, octets| Part {
            generation,
            part,
            parts,
            octets: marks(octets),
        };
        assert_eq!(assembly.take(&part(0, 0, 1, 1)), None);
        assert_eq!(assembly.take(&part(1, 0, 0, 1)), None);
        assert_eq!(assembly.take(&part(2, 2, 2, 1)), None);
        assert_eq!(assembly.take(&part(3, 0, 1, PART_OCTETS_MAX + 1)), None);
        assert_eq!(assembly.take(&part(3, 0, 1, 5)), Some(marks(5)));
    }
}

//! The instants at which pictures are taken, the same in every process of a machine: whoever reads
//! a frame number knows when that picture was taken.

use base::Instant;

/// Instants `1/per_second` apart, counted from the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    per_second: u32,
}

const NANOS_PER_SECOND: u128 = 1_000_000_000;

impl Grid {
    /// At least one instant a second.
    pub fn new(per_second: u8) -> Self {
        let per_second = u32::from(per_second.max(1));
        Grid { per_second }
    }

    /// Instants a second.
    pub fn per_second(self) -> u32 {
        self.per_second
    }

    /// The index of the last instant that is not after `now`.
    pub fn index(self, now: Instant) -> u64 {
        (u128::from(now.as_nanos()) * u128::from(self.per_second) / NANOS_PER_SECOND) as u64
    }

    /// The instant of an index, rounded up to a nanosecond so that it belongs to its own index.
    pub fn instant(self, index: u64) -> Instant {
        let nanos = u128::from(index) * NANOS_PER_SECOND;
        Instant::from_nanos(nanos.div_ceil(u128::from(self.per_second)) as u64)
    }

    /// When the picture `frame` was taken: the last instant before `now` whose index is `frame`
    /// modulo 65,536. `None` if that would be before the epoch.
    pub fn taken(self, now: Instant, frame: u16) -> Option<Instant> {
        let newest = self.index(now);
        let back = (newest as u16).wrapping_sub(frame);
        Some(self.instant(newest.checked_sub(back.into())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_instant_belongs_to_its_index() {
        let start = Instant::from_millis(1_795_000_000_000);
        for per_second in [1, 7, 15, 25, 30, 60] {
            let grid = Grid::new(per_second);
            let first = grid.index(start);
            for index in first..first + 200 {
                let at = grid.instant(index);
                assert_eq!(grid.index(at), index);
                assert_eq!(grid.index(at - Duration::from_nanos(1)), index - 1);
                assert_eq!(grid.taken(at, index as u16), Some(at));
                let later = at + Duration::from_secs(3);
                assert_eq!(grid.taken(later, index as u16), Some(at));
            }
        }
    }

    #[test]
    fn no_picture_was_taken_before_the_epoch() {
        assert_eq!(Grid::new(30).taken(Instant::from_millis(100), 4), None);
    }
}

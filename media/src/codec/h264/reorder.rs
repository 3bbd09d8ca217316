//! Pictures from decoding order to the order they are shown in (H.264 §C.4), as soon as they can
//! be: a stream says how many pictures come early, and one that does not is believed to have none
//! until a picture comes late.

use crate::Picture;

/// Pictures kept back at most: what B pyramids of common encoders need.
const DEPTH_MAX: usize = 4;

/// A short queue of decoded pictures.
#[derive(Debug, Default)]
pub struct Reorder {
    depth: usize,
    /// Counts refresh pictures: all before one are shown before it.
    epoch: u64,
    waiting: Vec<(Place, Picture)>,
    last_shown: Option<Place>,
}

/// Epoch and picture order count.
type Place = (u64, i32);

impl Reorder {
    /// Expects `frames` early pictures at most, from the next picture on.
    pub fn set_depth(&mut self, frames: u32) {
        self.depth = (frames as usize).min(DEPTH_MAX);
    }

    /// Takes a picture in decoding order; gives the one to show now, if any.
    pub fn push(&mut self, refresh: bool, order: i32, picture: Picture) -> Option<Picture> {
        self.epoch += u64::from(refresh);
        let place = (self.epoch, order);
        if self.last_shown.is_some_and(|shown| place < shown) {
            // It should have been shown already. The next such will not be late.
            self.depth = (self.depth + 1).min(DEPTH_MAX);
            return None;
        }
        self.waiting.push((place, picture));
        if self.waiting.len() <= self.depth {
            return None;
        }
        let first = (0..self.waiting.len()).min_by_key(|&index| self.waiting[index].0)?;
        let (place, picture) = self.waiting.swap_remove(first);
        self.last_shown = Some(place);
        Some(picture)
    }

    /// Drops what waits, after a loss.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.last_shown = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::PictureSize;

    fn shown(reorder: &mut Reorder, orders: &[(bool, i32)]) -> Vec<Option<u8>> {
        (orders.iter())
            .map(|&(refresh, order)| {
                let picture = Picture::filled(PictureSize::new(2, 2), order as u8, 0, 0);
                reorder
                    .push(refresh, order, picture)
                    .map(|shown| shown.y[0])
            })
            .collect()
    }

    #[test]
    fn pictures_in_order_are_shown_at_once() {
        let orders = [(true, 0), (false, 2), (false, 4), (true, 0)];
        let expected = [0, 2, 4, 0].map(Some);
        assert_eq!(shown(&mut Reorder::default(), &orders), expected);
    }

    #[test]
    fn early_pictures_wait() {
        let mut reorder = Reorder::default();
        reorder.set_depth(1);
        let orders = [
            (true, 0),
            (false, 4),
            (false, 2),
            (false, 8),
            (false, 6),
            (true, 0),
            (false, 2),
        ];
        let expected = [None, Some(0), Some(2), Some(4), Some(6), Some(8), Some(0)];
        assert_eq!(shown(&mut reorder, &orders), expected);
    }

    #[test]
    fn the_depth_is_learnt_from_a_late_picture() {
        let orders = [
            (true, 0),
            (false, 4),
            (false, 2),
            (false, 8),
            (false, 6),
            (false, 12),
        ];
        let expected = [Some(0), Some(4), None, None, Some(6), Some(8)];
        assert_eq!(shown(&mut Reorder::default(), &orders), expected);
    }
}

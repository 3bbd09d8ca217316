//! The two pictures of a decoder, and what is known of them.

use super::macroblock::{
    MACROBLOCKS_MAX, MACROBLOCKS_PER_GOB, Place, Vector, gob_numbers, predict,
};
use crate::Picture;
use base::PictureSize;

/// Without an INTRA macroblock for more than this share of the picture (one in so many) there is
/// nothing worth showing yet.
const UNKNOWN_SHARE: usize = 8;
/// Pictures after which the decoder shows what it has: a still part of the picture may never be
/// sent again by a sender that does not answer requests.
const PICTURES_HIDDEN_MAX: u32 = 150;

/// The pictures decoded from and to, and what is in them.
pub struct Canvas {
    /// The newest finished picture.
    pub shown: Picture,
    /// The picture being decoded.
    pub picture: Picture,
    /// Macroblocks of `picture` that are done.
    done: [bool; MACROBLOCKS_MAX],
    /// Macroblocks that were INTRA at least once.
    known: [bool; MACROBLOCKS_MAX],
    /// INTRA macroblocks of `picture`.
    intra: usize,
    /// All macroblocks of the picture finished last were INTRA.
    pub was_intra: bool,
    /// Picture headers met since the caller last got a picture.
    pub headers: u8,
    /// Pictures finished since the start.
    finished: u32,
}

impl Canvas {
    /// Black, of `size`.
    pub fn new(size: PictureSize) -> Self {
        Canvas {
            shown: Picture::black(size),
            picture: Picture::black(size),
            done: [false; MACROBLOCKS_MAX],
            known: [false; MACROBLOCKS_MAX],
            intra: 0,
            was_intra: false,
            headers: 0,
            finished: 0,
        }
    }

    fn macroblocks(&self) -> usize {
        self.shown.size().macroblocks() as usize
    }

    /// Whether nothing of the picture was decoded yet.
    pub fn is_untouched(&self) -> bool {
        self.done.iter().all(|done| !done)
    }

    /// Whether the newest picture has enough that was once INTRA.
    pub fn is_worth_showing(&self) -> bool {
        let unknown = self.known[..self.macroblocks()]
            .iter()
            .filter(|known| !**known)
            .count();
        unknown * UNKNOWN_SHARE <= self.macroblocks() || self.finished > PICTURES_HIDDEN_MAX
    }

    /// Notes that the macroblock at `place` of the picture is complete.
    pub fn set_done(&mut self, place: Place, intra: bool) {
        let index = place.index(self.shown.size());
        self.intra += usize::from(intra && !self.done[index]);
        self.done[index] = true;
        self.known[index] |= intra;
    }

    /// Keeps what was not sent, and makes the picture the newest one.
    pub fn finish(&mut self) {
        self.was_intra = std::mem::take(&mut self.intra) == self.macroblocks();
        let size = self.shown.size();
        for &gob in gob_numbers(size) {
            for address in 1..=MACROBLOCKS_PER_GOB {
                let place = Place::new(gob, address);
                if !self.done[place.index(size)] {
                    predict(&self.shown, &mut self.picture, place, Vector::ZERO, false);
                }
            }
        }
        std::mem::swap(&mut self.shown, &mut self.picture);
        self.done = [false; MACROBLOCKS_MAX];
        self.finished = self.finished.saturating_add(1);
    }
}

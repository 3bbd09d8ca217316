//! Macroblocks: where they are, their types, and predicting them from the previous picture.

use super::dct::Row;
use crate::Picture;
use base::PictureSize;

/// Macroblocks in a group of blocks, in three rows (§4.2.2).
pub const MACROBLOCKS_PER_GOB: u8 = 33;
/// Macroblocks in a row of a group of blocks.
pub const GOB_COLUMNS: u8 = 11;
/// Rows of macroblocks in a group of blocks.
pub const GOB_ROWS: u8 = 3;
/// Macroblocks of a CIF picture.
pub const MACROBLOCKS_MAX: usize = 396;

/// The numbers of the groups of blocks of a picture (figure 6).
pub fn gob_numbers(size: PictureSize) -> &'static [u8] {
    if size == PictureSize::CIF {
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    } else {
        &[1, 3, 5]
    }
}

/// A macroblock's place in its picture, in macroblocks from the left and from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From the left.
    pub column: usize,
    /// From the top.
    pub row: usize,
}

impl Place {
    /// Of macroblock `address` (1 to 33) of group `gob` (1 to 12).
    pub fn new(gob: u8, address: u8) -> Place {
        let (gob, address) = (gob - 1, address - 1);
        Place {
            column: usize::from(gob % 2 * GOB_COLUMNS + address % GOB_COLUMNS),
            row: usize::from(gob / 2 * 3 + address / GOB_COLUMNS),
        }
    }

    /// Its number among those of the picture, row by row.
    pub fn index(self, size: PictureSize) -> usize {
        self.row * usize::from(size.width / 16) + self.column
    }

    /// Whether `vector` from here stays inside the picture (§3.2.2).
    pub fn allows(self, vector: Vector, size: PictureSize) -> bool {
        let fits = |at: usize, by: i8, length: u16| {
            let at = at as i32 * 16 + i32::from(by);
            at >= 0 && at + 16 <= i32::from(length)
        };
        fits(self.column, vector.x, size.width) && fits(self.row, vector.y, size.height)
    }
}

/// A motion vector in luma samples, −15 to 15 both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Vector {
    /// To the right.
    pub x: i8,
    /// Downwards.
    pub y: i8,
}

impl Vector {
    /// No motion.
    pub const ZERO: Vector = Vector { x: 0, y: 0 };

    /// §3.2.2: halved for colour, towards zero.
    fn halved(self) -> Vector {
        Vector {
            x: self.x / 2,
            y: self.y / 2,
        }
    }
}

/// What a macroblock carries (table 2). The code word of a type is as many zeros as its number in
/// [`TYPES`], then a one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MacroblockType {
    /// INTRA, not predicted.
    pub intra: bool,
    /// MQUANT is present.
    pub quant: bool,
    /// MVD is present.
    pub motion: bool,
    /// The prediction is filtered.
    pub filter: bool,
    /// Coefficients are present, after a CBP unless INTRA.
    pub coded: bool,
}

const fn of(intra: bool, quant: bool, motion: bool, filter: bool, coded: bool) -> MacroblockType {
    MacroblockType {
        intra,
        quant,
        motion,
        filter,
        coded,
    }
}

/// Table 2 by the number of zeros the code word starts with.
pub const TYPES: [MacroblockType; 10] = [
    of(false, false, false, false, true),
    of(false, false, true, true, true),
    of(false, false, true, true, false),
    of(true, false, false, false, true),
    of(false, true, false, false, true),
    of(false, true, true, true, true),
    of(true, true, false, false, true),
    of(false, false, true, false, true),
    of(false, false, true, false, false),
    of(false, true, true, false, true),
];

/// The plane, its width, and the offset of the first sample of block 0 to 5 (Y1–Y4, Cb, Cr).
pub fn block_mut(picture: &mut Picture, place: Place, block: usize) -> (&mut [u8], usize, usize) {
    let width = picture.width();
    let (column, row) = (place.column, place.row);
    match block {
        0..4 => {
            let at = (row * 16 + block / 2 * 8) * width + column * 16 + block % 2 * 8;
            (&mut picture.y, width, at)
        }
        4 => (&mut picture.u, width / 2, row * 8 * width / 2 + column * 8),
        _ => (&mut picture.v, width / 2, row * 8 * width / 2 + column * 8),
    }
}

/// Writes the prediction from `reference`, displaced by an allowed `vector`, into `picture`.
pub fn predict(
    reference: &Picture,
    picture: &mut Picture,
    place: Place,
    vector: Vector,
    filter: bool,
) {
    predict_luma(reference, picture, place, vector, filter);
    predict_chroma(reference, picture, place, vector, filter);
}

/// Only the luma of [`predict`].
pub fn predict_luma(
    reference: &Picture,
    picture: &mut Picture,
    place: Place,
    vector: Vector,
    filter: bool,
) {
    debug_assert!(place.allows(vector, reference.size()));
    let (target, width, at) = block_mut(picture, place, 0);
    let start = displaced(at, vector, width);
    if filter {
        for shift in [0, 8, 8 * width, 8 * width + 8] {
            filter_block(&reference.y, start + shift, target, at + shift, width);
        }
    } else {
        copy::<16>(&reference.y, start, target, at, width);
    }
}

/// Only the colours of [`predict`].
pub fn predict_chroma(
    reference: &Picture,
    picture: &mut Picture,
    place: Place,
    vector: Vector,
    filter: bool,
) {
    for (block, source) in [(4, &reference.u), (5, &reference.v)] {
        let (target, width, at) = block_mut(picture, place, block);
        let start = displaced(at, vector.halved(), width);
        if filter {
            filter_block(source, start, target, at, width);
        } else {
            copy::<8>(source, start, target, at, width);
        }
    }
}

fn displaced(at: usize, vector: Vector, width: usize) -> usize {
    at.wrapping_add_signed(isize::from(vector.y) * width as isize + isize::from(vector.x))
}

fn copy<const SIDE: usize>(
    source: &[u8],
    start: usize,
    target: &mut [u8],
    at: usize,
    width: usize,
) {
    for y in 0..SIDE {
        let from = &source[start + y * width..][..SIDE];
        target[at + y * width..][..SIDE].copy_from_slice(from);
    }
}

/// §3.2.3: each sample becomes a quarter, a half, a quarter of its neighbours and itself, both
/// ways; across the edge of the block nothing is added. Four samples at a time in lanes of 16 bits.
fn filter_block(source: &[u8], start: usize, target: &mut [u8], at: usize, width: usize) {
    const INNER: u64 = 0x00ff_ffff_ffff_ff00;
    const LANES: u64 = 0x00ff_00ff_00ff_00ff;
    const HALF: u64 = 0x0008_0008_0008_0008;
    let source = &source[start..start + 7 * width + 8];
    let target = &mut target[at..at + 7 * width + 8];
    // Sums of a row, at most 4 * 255: the even samples and the odd ones.
    let (mut even, mut odd) = ([0u64; 8], [0u64; 8]);
    for y in 0..8 {
        let row = u64::from_le_bytes(eight(source, y * width));
        // The neighbours of all eight at once; at the ends the sample itself.
        let left = (row << 8) & INNER | row & !INNER;
        let right = (row >> 8) & INNER | row & !INNER;
        even[y] = (left & LANES) + 2 * (row & LANES) + (right & LANES);
        odd[y] = ((left >> 8) & LANES) + 2 * ((row >> 8) & LANES) + ((right >> 8) & LANES);
    }
    for y in 0..8 {
        let (above, below) = match y {
            0 | 7 => (y, y),
            _ => (y - 1, y + 1),
        };
        // At most 16 * 255 + 8, so no lane reaches the next before the mask.
        let evens = ((even[above] + 2 * even[y] + even[below] + HALF) >> 4) & LANES;
        let odds = ((odd[above] + 2 * odd[y] + odd[below] + HALF) >> 4) & LANES;
        target[y * width..][..8].copy_from_slice(&(evens | odds << 8).to_le_bytes());
    }
}

/// The eight samples at `at`.
#[inline(always)]
pub fn eight(plane: &[u8], at: usize) -> [u8; 8] {
    *plane[at..]
        .first_chunk()
        .expect("blocks are inside the plane")
}

/// Adds `lines` to the 8×8 samples at `at`.
pub fn add_block(target: &mut [u8], width: usize, at: usize, lines: &[Row; 8]) {
    for (y, line) in lines.iter().enumerate() {
        let mut row = eight(target, at + y * width);
        for x in 0..8 {
            row[x] = (i16::from(row[x]) + line[x]).clamp(0, 255) as u8;
        }
        target[at + y * width..][..8].copy_from_slice(&row);
    }
}

/// Puts `lines` in place of the 8×8 samples at `at`.
pub fn put_block(target: &mut [u8], width: usize, at: usize, lines: &[Row; 8]) {
    for (y, line) in lines.iter().enumerate() {
        let mut row = [0; 8];
        for x in 0..8 {
            row[x] = line[x].clamp(0, 255) as u8;
        }
        target[at + y * width..][..8].copy_from_slice(&row);
    }
}

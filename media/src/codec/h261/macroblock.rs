//! Macroblocks: where they are, their types, and predicting them from the previous picture.

use super::dct::Row;
use crate::Picture;
use base::PictureSize;

/// Macroblocks in a group of blocks, in three rows (§4.2.2).
pub const MACROBLOCKS_PER_GOB: u8 = 33;
/// Macroblocks in a row of a group of blocks.
pub const GOB_COLUMNS: u8 = 11;
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

/// The three planes of a picture with their widths.
fn planes(picture: &Picture) -> [(&[u8], usize); 3] {
    let width = picture.width();
    [
        (&picture.y, width),
        (&picture.u, width / 2),
        (&picture.v, width / 2),
    ]
}

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
    let from = planes(reference);
    let size = reference.size();
    for (plane, (source, width)) in from.into_iter().enumerate() {
        let (block, side, vector) = match plane {
            0 => (0, 16, vector),
            _ => (plane + 3, 8, vector.halved()),
        };
        let (target, _, at) = block_mut(picture, place, block);
        debug_assert!(place.allows(vector, size));
        let offset = isize::from(vector.y) * width as isize + isize::from(vector.x);
        let start = at.wrapping_add_signed(offset);
        if filter {
            for y in (0..side).step_by(8) {
                for x in (0..side).step_by(8) {
                    let shift = y * width + x;
                    filter_block(source, start + shift, target, at + shift, width);
                }
            }
        } else if plane == 0 {
            copy::<16>(source, start, target, at, width);
        } else {
            copy::<8>(source, start, target, at, width);
        }
    }
}

fn copy<const SIDE: usize>(
    source: &[u8],
    start: usize,
    target: &mut [u8],
    at: usize,
    width: usize,
) {
    let from = source[start..].chunks(width);
    let to = target[at..].chunks_mut(width);
    for (from, to) in from.zip(to).take(SIDE) {
        to[..SIDE].copy_from_slice(&from[..SIDE]);
    }
}

/// §3.2.3: each sample becomes a quarter, a half, a quarter of its neighbours and itself, both
/// ways; across the edge of the block nothing is added.
fn filter_block(source: &[u8], start: usize, target: &mut [u8], at: usize, width: usize) {
    let mut lines = [[0u16; 8]; 8];
    for (line, from) in lines.iter_mut().zip(source[start..].chunks(width)) {
        let r: [u16; 8] = std::array::from_fn(|x| from[x].into());
        let left = [r[0], r[0], r[1], r[2], r[3], r[4], r[5], r[7]];
        let right = [r[0], r[2], r[3], r[4], r[5], r[6], r[7], r[7]];
        *line = std::array::from_fn(|x| left[x] + 2 * r[x] + right[x]);
    }
    for (y, to) in target[at..].chunks_mut(width).take(8).enumerate() {
        let (above, below) = match y {
            0 | 7 => (&lines[y], &lines[y]),
            _ => (&lines[y - 1], &lines[y + 1]),
        };
        let line: [u8; 8] =
            std::array::from_fn(|x| ((above[x] + 2 * lines[y][x] + below[x] + 8) >> 4) as u8);
        to[..8].copy_from_slice(&line);
    }
}

/// Adds `lines` to the 8×8 samples at `at`.
pub fn add_block(target: &mut [u8], width: usize, at: usize, lines: &[Row; 8]) {
    for (to, line) in target[at..].chunks_mut(width).zip(lines) {
        let old: [u8; 8] = std::array::from_fn(|x| to[x]);
        let new: [u8; 8] =
            std::array::from_fn(|x| (i16::from(old[x]) + line[x]).clamp(0, 255) as u8);
        to[..8].copy_from_slice(&new);
    }
}

/// Puts `lines` in place of the 8×8 samples at `at`.
pub fn put_block(target: &mut [u8], width: usize, at: usize, lines: &[Row; 8]) {
    for (to, line) in target[at..].chunks_mut(width).zip(lines) {
        let new: [u8; 8] = std::array::from_fn(|x| line[x].clamp(0, 255) as u8);
        to[..8].copy_from_slice(&new);
    }
}

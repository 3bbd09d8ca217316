//! The synthetic picture of a test endpoint: a moving gradient and a bouncing ball in the sender's
//! colour, and a block code that says who sent it and which frame it is.
//!
//! The code is a grid of 10×6 dark and light cells in the upper middle, each 24×24 samples in a CIF
//! picture and still 6×6 in a sixteenth of one, clear of the name bar and of the active speaker's
//! border. The outermost cells alternate and serve as a finder and as the measure of dark and light.
//! The 8×4 cells inside hold, row by row, most significant bit first: sender (8 bits), frame
//! number (16 bits), CRC-8 of both.

use super::layout::{Fit, Rect, fit, tiles};
use crate::Picture;
use crate::plane::Layout;
use base::PictureSize;

/// What the blocks say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// Who drew the picture.
    pub sender: u8,
    /// Which of its pictures this is; wraps.
    pub frame: u16,
}

const COLUMNS: usize = 10;
const ROWS: usize = 6;
/// The grid's left, top, width and height in 352nds of the picture's width and 288ths of its height.
const GRID: [usize; 4] = [56, 16, 240, 144];
/// The picture that those fractions are measured in.
const UNITS: PictureSize = PictureSize::CIF;

const DARK: u8 = 36;
const LIGHT: u8 = 208;
/// Least difference of light and dark cells, in luma steps, that counts as a code.
const CONTRAST_MIN: i32 = 60;

/// Largest spread of the luma means of a blank tile's squares, in luma steps.
const BLANK_SPREAD_MAX: i32 = 12;

impl Code {
    fn bits(self) -> u32 {
        let payload = u32::from(self.sender) << 16 | u32::from(self.frame);
        payload << 8 | u32::from(crc8(payload))
    }

    fn from_bits(bits: u32) -> Option<Code> {
        let payload = bits >> 8;
        (crc8(payload) == bits as u8).then_some(Code {
            sender: (payload >> 16) as u8,
            frame: payload as u16,
        })
    }

    /// Whether the cell is light.
    fn cell(bits: u32, column: usize, row: usize) -> bool {
        match border(column, row) {
            Some(light) => light,
            None => bits >> (31 - ((row - 1) * (COLUMNS - 2) + column - 1)) & 1 == 1,
        }
    }
}

/// The finder's cells: light and dark in turn.
fn border(column: usize, row: usize) -> Option<bool> {
    let outermost = column == 0 || row == 0 || column == COLUMNS - 1 || row == ROWS - 1;
    outermost.then_some((column + row).is_multiple_of(2))
}

/// CRC-8, polynomial x⁸ + x² + x + 1, of the three octets of `payload`; starts at 0xff, so that an
/// empty grid is no code.
fn crc8(payload: u32) -> u8 {
    (payload.to_be_bytes()[1..].iter()).fold(0xff, |crc, octet| {
        (0..8).fold(crc ^ octet, |c: u8, _| (c << 1) ^ ((c >> 7) * 0x07))
    })
}

/// Draws frame `frame` of `sender`, filling the picture.
pub fn draw(sender: u8, frame: u16, picture: &mut Picture) {
    let (width, height) = (picture.width(), picture.height());
    let step = usize::from(frame);
    background(sender, step, picture);

    let radius = (height / 9).max(2);
    let ball = (
        swing(
            step * 3 + usize::from(sender) * 37,
            width.saturating_sub(2 * radius),
        ) + radius,
        swing(
            step * 2 + usize::from(sender) * 11,
            height.saturating_sub(2 * radius),
        ) + radius,
    );
    disc(
        picture,
        ball,
        radius,
        [230, 255 - hue(sender)[0], 255 - hue(sender)[1]],
    );

    stamp(Code { sender, frame }, picture);
}

/// Puts the code alone on a picture of any content.
pub fn stamp(code: Code, picture: &mut Picture) {
    let (width, height) = (picture.width(), picture.height());
    let bits = code.bits();
    let [left, top, grid_width, grid_height] = GRID;
    let even = |edge: usize| edge & !1;
    let column_edges: [usize; COLUMNS + 1] = std::array::from_fn(|i| {
        even((left + grid_width * i / COLUMNS) * width / usize::from(UNITS.width))
    });
    let row_edges: [usize; ROWS + 1] = std::array::from_fn(|i| {
        even((top + grid_height * i / ROWS) * height / usize::from(UNITS.height))
    });
    let code_left = column_edges[0];
    let code_width = column_edges[COLUMNS] - code_left;
    for row in 0..ROWS {
        let (top, bottom) = (row_edges[row], row_edges[row + 1]);
        let lines = picture
            .y
            .chunks_exact_mut(width)
            .skip(top)
            .take(bottom - top);
        for line in lines {
            for (column, edge) in column_edges.windows(2).enumerate() {
                let light = Code::cell(bits, column, row);
                line[edge[0]..edge[1]].fill(if light { LIGHT } else { DARK });
            }
        }
        for plane in [&mut picture.u, &mut picture.v] {
            let lines = plane.chunks_exact_mut(width / 2).skip(top / 2);
            for line in lines.take((bottom - top) / 2) {
                line[code_left / 2..][..code_width / 2].fill(128);
            }
        }
    }
}

/// A diagonal gradient, moving left, in the sender's colour.
fn background(sender: u8, step: usize, picture: &mut Picture) {
    let (width, height) = (picture.width(), picture.height());
    let period = 2 * RAMP;
    let ramp: Vec<u8> = (0..width + period)
        .map(|i| 50 + (swing(i, RAMP)) as u8)
        .collect();
    for (y, row) in picture.y.chunks_exact_mut(width).enumerate() {
        let offset = (2 * step + y) % period;
        row.copy_from_slice(&ramp[offset..][..width]);
    }
    let [u, v] = hue(sender);
    for (y, (us, vs)) in (picture.u.chunks_exact_mut(width / 2))
        .zip(picture.v.chunks_exact_mut(width / 2))
        .enumerate()
    {
        // The colour fades towards the bottom.
        let fade = |c: u8| {
            (128 + (i32::from(c) - 128) * (2 * height - y) as i32 / (2 * height) as i32) as u8
        };
        us.fill(fade(u));
        vs.fill(fade(v));
    }
}

/// Luma steps from the gradient's darkest to its lightest.
const RAMP: usize = 128;

/// To and fro between 0 and `range`.
fn swing(step: usize, range: usize) -> usize {
    let at = step % (2 * range).max(1);
    at.min((2 * range) - at.min(2 * range))
}

/// Cb and Cr, far apart for neighbouring senders.
fn hue(sender: u8) -> [u8; 2] {
    let angle = f32::from(sender) * 2.4; // the golden angle
    [angle.cos(), angle.sin()].map(|part| (128.0 + 70.0 * part) as u8)
}

fn disc(picture: &mut Picture, (cx, cy): (usize, usize), radius: usize, colour: [u8; 3]) {
    let width = picture.width();
    let r = radius as i64;
    for dy in -r..r {
        let half = ((r * r - dy * dy) as f64).sqrt() as usize;
        let row = (cy as i64 + dy) as usize;
        let (left, right) = (cx.saturating_sub(half), (cx + half).min(width));
        if row >= picture.height() {
            continue;
        }
        picture.y[row * width..][left..right].fill(colour[0]);
        if row.is_multiple_of(2) {
            picture.u[row / 2 * (width / 2)..][left / 2..right / 2].fill(colour[1]);
            picture.v[row / 2 * (width / 2)..][left / 2..right / 2].fill(colour[2]);
        }
    }
}

/// Reads the code of the picture that fills `tile`, whether its sender's format is as narrow as CIF
/// or as wide as 720p.
pub fn read(picture: &Picture, tile: Rect) -> Option<Code> {
    if !tile.fits(picture.size()) {
        return None;
    }
    [PictureSize::CIF, PictureSize::HD720]
        .into_iter()
        .find_map(|sent| read_fitted(picture, tile, sent))
}

/// The same for a sender whose pictures have the size `sent`.
fn read_fitted(picture: &Picture, tile: Rect, sent: PictureSize) -> Option<Code> {
    let fitted = fit(sent, tile);
    let across = Line::new(fitted, tile.x, sent.width.into(), |r| (r.x, r.width));
    let down = Line::new(fitted, tile.y, sent.height.into(), |r| (r.y, r.height));
    let mut means = [[0i32; COLUMNS]; ROWS];
    for (row, means) in means.iter_mut().enumerate() {
        let rows = down.middle(GRID[1], GRID[3], UNITS.height, row, ROWS);
        for (column, mean) in means.iter_mut().enumerate() {
            let columns = across.middle(GRID[0], GRID[2], UNITS.width, column, COLUMNS);
            *mean = luma_mean(picture, columns, rows.clone())?;
        }
    }

    let cells = || (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (column, row)));
    let finder = |light: bool| {
        cells()
            .filter(move |&(column, row)| border(column, row) == Some(light))
            .map(|(column, row)| means[row][column])
    };
    let (lightest_dark, darkest_light) = (finder(false).max()?, finder(true).min()?);
    if darkest_light - lightest_dark < CONTRAST_MIN {
        return None;
    }
    let threshold = (lightest_dark + darkest_light) / 2;
    let bits = cells()
        .filter(|&(column, row)| border(column, row).is_none())
        .fold(0u32, |bits, (column, row)| {
            bits << 1 | u32::from(means[row][column] > threshold)
        });
    Code::from_bits(bits)
}

/// How one direction of a sent picture lies in the mosaic.
struct Line {
    /// First sample shown and number of samples sent.
    source: f64,
    sent: f64,
    /// Where it lies in the mosaic.
    target: f64,
    /// Mosaic samples per sent sample.
    scale: f64,
}

impl Line {
    fn new(fitted: Fit, corner: usize, sent: usize, side: fn(Rect) -> (usize, usize)) -> Self {
        let (source, source_length) = side(fitted.source);
        let (target, target_length) = side(fitted.target);
        Line {
            source: source as f64,
            sent: sent as f64,
            target: (corner + target) as f64,
            scale: target_length as f64 / source_length.max(1) as f64,
        }
    }

    /// The mosaic samples in the middle half of cell `index` of a grid that begins at `start` and is
    /// `length` long, in parts of `units` of the picture.
    fn middle(
        &self,
        start: usize,
        length: usize,
        units: u16,
        index: usize,
        cells: usize,
    ) -> std::ops::Range<usize> {
        let at = |quarter: f64| {
            let cell = length as f64 / cells as f64;
            let unit = start as f64 + cell * (index as f64 + quarter);
            self.target + (unit / f64::from(units) * self.sent - self.source) * self.scale
        };
        let (from, to) = (at(0.25).round() as usize, at(0.75).round() as usize);
        from..to.max(from + 1)
    }
}

fn luma_mean(
    picture: &Picture,
    columns: std::ops::Range<usize>,
    rows: std::ops::Range<usize>,
) -> Option<i32> {
    let count = (columns.len() * rows.len()) as i32;
    let mut sum = 0;
    for row in rows {
        let line = picture
            .y
            .get(row * picture.width()..(row + 1) * picture.width())?;
        sum += line
            .get(columns.clone())?
            .iter()
            .map(|&s| i32::from(s))
            .sum::<i32>();
    }
    Some(sum / count.max(1))
}

/// Whether a tile shows nothing: one flat luma, apart from the name bar and the border.
pub fn is_blank(picture: &Picture, tile: Rect) -> bool {
    const SQUARES: usize = 8;
    let mut least = i32::MAX;
    let mut most = i32::MIN;
    // The lowest quarter may bear the name, the outermost twelfth the border.
    let (left, top) = (tile.x + tile.width / 12, tile.y + tile.height / 12);
    let (width, height) = (tile.width * 10 / 12, tile.height * 8 / 12);
    for row in 0..SQUARES {
        for column in 0..SQUARES {
            let columns = left + width * column / SQUARES..left + width * (column + 1) / SQUARES;
            let rows = top + height * row / SQUARES..top + height * (row + 1) / SQUARES;
            if let Some(mean) = luma_mean(picture, columns, rows) {
                least = least.min(mean);
                most = most.max(mean);
            }
        }
    }
    most.saturating_sub(least) <= BLANK_SPREAD_MAX
}

/// Every code in a mosaic of unknown layout, in the order of the layouts and their tiles.
pub fn read_all(picture: &Picture) -> Vec<(Rect, Code)> {
    let mut found: Vec<(Rect, Code)> = Vec::new();
    for tile in Layout::DIVISIONS
        .iter()
        .flat_map(|&l| tiles(l, 0, picture.size()))
    {
        // Layouts share tiles.
        if found.iter().all(|(known, _)| *known != tile) {
            found.extend(read(picture, tile).map(|code| (tile, code)));
        }
    }
    found
}

#[cfg(test)]
mod tests;

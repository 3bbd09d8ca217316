//! Scaling of a part of a picture to a part of another.
//!
//! Down by area averages, up by linear interpolation, each direction on its own. 1:1 is a copy, and
//! 2:1, 3:1 and 4:1 (what a mosaic of like pictures needs) have loops that the compiler turns
//! into vector code. Any other ratio goes through tables of weights, kept from call to call.

use super::layout::Rect;
use crate::Picture;
use crate::codec::ffi::widest;

/// Scales pictures; remembers the tables of the ratios it has met.
#[derive(Debug, Default)]
pub struct Scaler {
    axes: Vec<Axis>,
    scratch: Scratch,
}

/// Intermediate results.
#[derive(Debug, Default)]
struct Scratch {
    /// Sums down the columns of one row.
    sums: Vec<u16>,
    means: Vec<u8>,
    /// [`LANES`] rows, scaled down the columns only: column by column, a lane for each row.
    columns: Vec<u64>,
    /// The same rows when they are scaled across too.
    samples: Vec<u64>,
}

/// Rows that are scaled across together, as 16-bit lanes of one number. Samples times weights
/// never carry from lane to lane, because the weights add up to [`ONE`].
const LANES: usize = 4;
const LANE_BITS: u32 = 16;

/// Tables of weights kept at most; a mosaic of sixteen sizes needs four for each.
const AXES_MAX: usize = 64;

impl Scaler {
    /// Fills `place` of `target` with `part` of `source`. Both must lie inside their pictures.
    pub fn scale(&mut self, source: &Picture, part: Rect, target: &mut Picture, place: Rect) {
        assert!(part.fits(source.size()) && place.fits(target.size()));
        if [part.width, part.height, place.width, place.height].contains(&0) {
            return;
        }
        let (from, to) = (source.width(), target.width());
        self.plane(Samples::of(&source.y, from, part), &mut target.y, to, place);
        let (part, place) = (part.chroma(), place.chroma());
        for (source, target) in [(&source.u, &mut target.u), (&source.v, &mut target.v)] {
            self.plane(Samples::of(source, from / 2, part), target, to / 2, place);
        }
    }

    fn plane(&mut self, source: Samples<'_>, target: &mut [u8], stride: usize, place: Rect) {
        let Rect { width, height, .. } = source.part;
        let ratio = width / place.width;
        let exact = width == place.width * ratio && height == place.height * ratio;
        if !exact || ratio > 4 {
            return self.by_tables(source, target, stride, place);
        }
        let rows = rows(target, stride, place).enumerate();
        let scratch = &mut self.scratch;
        widest!(match ratio {
            1 => rows.for_each(|(y, row)| row.copy_from_slice(source.row(y))),
            2 => rows.for_each(|(y, row)| halve([0, 1].map(|i| source.row(2 * y + i)), row)),
            3 => rows.for_each(|(y, row)| {
                third([0, 1, 2].map(|i| source.row(3 * y + i)), scratch, row);
            }),
            _ => rows.for_each(|(y, row)| {
                quarter([0, 1, 2, 3].map(|i| source.row(4 * y + i)), row);
            }),
        });
    }

    fn by_tables(&mut self, source: Samples<'_>, target: &mut [u8], stride: usize, place: Rect) {
        // Both tables of this call stay where they are.
        if self.axes.len() + 2 > AXES_MAX {
            self.axes.clear();
        }
        let across = self.axis(source.part.width, place.width);
        let down = self.axis(source.part.height, place.height);
        let (across, down) = (&self.axes[across], &self.axes[down]);
        let scratch = &mut self.scratch;
        let mut rows = rows(target, stride, place);
        widest!({
            for y in (0..place.height).step_by(LANES) {
                down.columns(y..(y + LANES).min(place.height), source, scratch);
                across.resample(&scratch.columns, &mut scratch.samples);
                for (lane, row) in rows.by_ref().take(LANES).enumerate() {
                    // The upper half of each lane is the whole sample.
                    let shift = lane as u32 * LANE_BITS + 8;
                    for (sample, lanes) in row.iter_mut().zip(&scratch.samples) {
                        *sample = (lanes >> shift) as u8;
                    }
                }
            }
        });
    }

    /// Index of the table from `from` samples to `to`.
    fn axis(&mut self, from: usize, to: usize) -> usize {
        if let Some(known) = (self.axes.iter()).position(|a| (a.from, a.to) == (from, to)) {
            return known;
        }
        self.axes.push(Axis::new(from, to));
        self.axes.len() - 1
    }
}

/// The rows of a part of a plane.
fn rows(plane: &mut [u8], stride: usize, part: Rect) -> impl Iterator<Item = &mut [u8]> {
    (plane
        .chunks_exact_mut(stride)
        .skip(part.y)
        .take(part.height))
    .map(move |row| &mut row[part.x..][..part.width])
}

/// A part of a plane.
#[derive(Clone, Copy)]
struct Samples<'a> {
    plane: &'a [u8],
    stride: usize,
    part: Rect,
}

impl<'a> Samples<'a> {
    fn of(plane: &'a [u8], stride: usize, part: Rect) -> Self {
        Samples {
            plane,
            stride,
            part,
        }
    }

    fn row(&self, y: usize) -> &'a [u8] {
        &self.plane[(self.part.y + y) * self.stride + self.part.x..][..self.part.width]
    }
}

// The loops below take two or four octets as the lanes of one number, which vectorises without
// shuffles; tails cannot occur because the rows are multiples of the ratio.

/// Averages 2×2 samples.
#[inline(always)]
fn halve(lines: [&[u8]; 2], out: &mut [u8]) {
    let [upper, lower] = lines.map(|line| line.as_chunks::<2>().0);
    for ((out, a), b) in out.iter_mut().zip(upper).zip(lower) {
        let (a, b) = (u16::from_le_bytes(*a), u16::from_le_bytes(*b));
        let sum = (a & 0xff) + (a >> 8) + (b & 0xff) + (b >> 8);
        *out = ((sum + 2) >> 2) as u8;
    }
}

/// Averages 3×3 samples. Taking the mean at every column, though one of three is used, is vector
/// code and so beats the means of every third alone.
#[inline(always)]
fn third(lines: [&[u8]; 3], scratch: &mut Scratch, out: &mut [u8]) {
    let width = lines[0].len();
    scratch.sums.resize(width, 0);
    scratch.means.resize(width, 0);
    let [a, b, c] = lines;
    for (((sum, a), b), c) in scratch.sums.iter_mut().zip(a).zip(b).zip(c) {
        *sum = u16::from(*a) + u16::from(*b) + u16::from(*c);
    }
    let sums = scratch.sums.as_slice();
    let neighbours = sums.iter().zip(&sums[1..]).zip(&sums[2..]);
    for (mean, ((a, b), c)) in scratch.means.iter_mut().zip(neighbours) {
        *mean = ninth(a + b + c);
    }
    for (out, means) in out.iter_mut().zip(scratch.means.as_chunks::<3>().0) {
        *out = means[0];
    }
}

/// A ninth, rounded, of a sum of nine samples.
fn ninth(sum: u16) -> u8 {
    ((u32::from(sum + 4) * 7282) >> 16) as u8
}

/// Averages 4×4 samples.
#[inline(always)]
fn quarter(lines: [&[u8]; 4], out: &mut [u8]) {
    let [a, b, c, d] = lines.map(|line| line.as_chunks::<4>().0);
    // Two sums of two samples each, in the halves of a word.
    let pairs = |x: &[u8; 4]| {
        let x = u32::from_le_bytes(*x);
        (x & 0xff_00ff) + (x >> 8 & 0xff_00ff)
    };
    for ((((out, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        let sums = pairs(a) + pairs(b) + pairs(c) + pairs(d);
        *out = (((sums & 0xffff) + (sums >> 16) + 8) >> 4) as u8;
    }
}

/// How each of `to` samples in a line is made of `from` others.
#[derive(Debug)]
struct Axis {
    from: usize,
    to: usize,
    /// Samples that one output is made of.
    taps: usize,
    /// Per output, the first of its samples.
    first: Vec<usize>,
    /// Per output, `taps` weights with the sum [`ONE`].
    weights: Vec<u16>,
}

/// The weight of a whole sample.
const ONE: u16 = 256;

impl Axis {
    fn new(from: usize, to: usize) -> Self {
        // Down: an output covers `step` samples. Up: it lies between the centres of two.
        let step = from as f64 / to as f64;
        let taps = if step > 1.0 {
            (step.ceil() as usize + 1).min(from)
        } else {
            2.min(from)
        };
        let mut axis = Axis {
            from,
            to,
            taps,
            first: Vec::with_capacity(to),
            weights: Vec::with_capacity(to * taps),
        };
        for i in 0..to {
            let width = step.max(1.0);
            let centre = (i as f64 + 0.5) * step;
            let start = centre - width / 2.0;
            let first = (start.max(0.0) as usize).min(from - taps);
            // The share of start..start + width in each sample, summed up so that rounding adds to one.
            // Beyond the edges the outermost samples go on.
            let until = |k: usize| match k {
                0 => 0.0,
                k if k == taps => 1.0,
                k => (((first + k) as f64 - start) / width).clamp(0.0, 1.0),
            };
            let fixed = |k: usize| (until(k) * f64::from(ONE)).round() as u16;
            axis.first.push(first);
            axis.weights
                .extend((0..taps).map(|k| fixed(k + 1) - fixed(k)));
        }
        axis
    }

    fn taps(&self, i: usize) -> (usize, &[u16]) {
        let weights = &self.weights[i * self.taps..][..self.taps];
        (self.first[i], weights)
    }

    /// Some output rows before they are resampled across.
    #[inline(always)]
    fn columns(&self, rows: std::ops::Range<usize>, source: Samples<'_>, scratch: &mut Scratch) {
        let Scratch { sums, columns, .. } = scratch;
        sums.resize(source.part.width, 0);
        columns.clear();
        columns.resize(source.part.width, 0);
        for (lane, y) in rows.enumerate() {
            let (first, weights) = self.taps(y);
            // Half a sample, to round.
            sums.fill(ONE / 2);
            for (k, &weight) in weights.iter().enumerate().filter(|(_, w)| **w > 0) {
                for (sum, sample) in sums.iter_mut().zip(source.row(first + k)) {
                    *sum += u16::from(*sample) * weight;
                }
            }
            let shift = lane as u32 * LANE_BITS;
            for (column, sum) in columns.iter_mut().zip(sums.iter()) {
                *column |= u64::from(sum >> 8) << shift;
            }
        }
    }

    /// Some rows across, in 8.8 fixed point.
    #[inline(always)]
    fn resample(&self, columns: &[u64], out: &mut Vec<u64>) {
        out.resize(self.to, 0);
        match self.taps {
            2 => self.resample_by::<2>(columns, out),
            3 => self.resample_by::<3>(columns, out),
            4 => self.resample_by::<4>(columns, out),
            _ => {
                for (i, out) in out.iter_mut().enumerate() {
                    let (first, weights) = self.taps(i);
                    *out = weighted(&columns[first..], weights);
                }
            }
        }
    }

    /// The same for few taps, whose number the compiler knows.
    #[inline(always)]
    fn resample_by<const TAPS: usize>(&self, columns: &[u64], out: &mut [u64]) {
        let weights = self.weights.as_chunks::<TAPS>().0;
        for ((out, weights), &first) in out.iter_mut().zip(weights).zip(&self.first) {
            *out = weighted(&columns[first..first + TAPS], weights);
        }
    }
}

#[inline(always)]
fn weighted(columns: &[u64], weights: &[u16]) -> u64 {
    /// Half a sample in each lane, to round.
    const HALVES: u64 = 0x0080_0080_0080_0080;
    (columns.iter().zip(weights)).fold(HALVES, |sum, (c, w)| sum + c * u64::from(*w))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::PictureSize;

    fn noise(size: PictureSize) -> Picture {
        let mut picture = Picture::black(size);
        let mut state = 1u32;
        let Picture { y, u, v, .. } = &mut picture;
        for sample in y.iter_mut().chain(u).chain(v) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = (state >> 24) as u8;
        }
        picture
    }

    fn scaled(source: &Picture, size: PictureSize) -> Picture {
        let mut out = Picture::black(size);
        let (part, place) = (Rect::whole(source.size()), Rect::whole(size));
        Scaler::default().scale(source, part, &mut out, place);
        out
    }

    /// The rounded mean of each `n` × `n` square of luma, the slow way.
    fn means(source: &Picture, n: usize) -> Vec<u8> {
        let (width, n2) = (source.width(), (n * n) as f64);
        let mut out = Vec::new();
        for y in 0..source.height() / n {
            for x in 0..width / n {
                let sum: u32 = (0..n * n)
                    .map(|i| u32::from(source.y[(y * n + i / n) * width + x * n + i % n]))
                    .sum();
                out.push((f64::from(sum) / n2).round() as u8);
            }
        }
        out
    }

    #[test]
    fn exact_ratios_are_rounded_means() {
        for n in 1..=4u16 {
            let source = noise(PictureSize::new(24 * n, 12 * n));
            let out = scaled(&source, PictureSize::new(24, 12));
            assert_eq!(out.y, means(&source, n.into()), "{n}:1");
        }
    }

    #[test]
    fn tables_agree_with_the_exact_loops() {
        let source = noise(PictureSize::new(120, 60));
        for n in [5, 6] {
            let out = scaled(&source, PictureSize::new(120 / n, 60 / n));
            let off = |(a, b): (&u8, &u8)| a.abs_diff(*b);
            let worst = out.y.iter().zip(&means(&source, n.into())).map(off).max();
            assert!(worst <= Some(2), "{n}:1 differs by {worst:?}");
        }
    }

    #[test]
    fn a_flat_picture_stays_flat_at_any_ratio() {
        let flat = Picture::filled(PictureSize::CIF, 255, 1, 77);
        for (width, height) in [
            (2, 2),
            (116, 100),
            (176, 98),
            (640, 524),
            (352, 100),
            (90, 288),
        ] {
            let size = PictureSize::new(width, height);
            assert_eq!(
                scaled(&flat, size),
                Picture::filled(size, 255, 1, 77),
                "{size}"
            );
        }
    }

    #[test]
    fn up_and_down_again_gives_the_same_gradient() {
        let mut ramp = Picture::black(PictureSize::QCIF);
        for (i, sample) in ramp.y.iter_mut().enumerate() {
            *sample = (i % 176 + i / 176 / 2) as u8;
        }
        let back = scaled(
            &scaled(&ramp, PictureSize::new(500, 300)),
            PictureSize::QCIF,
        );
        assert!(back.psnr(&ramp) > 45.0, "{}", back.psnr(&ramp));
    }

    #[test]
    fn only_the_place_changes() {
        let source = noise(PictureSize::CIF);
        let mut out = Picture::black(PictureSize::CIF);
        let place = Rect {
            x: 20,
            y: 40,
            width: 60,
            height: 50,
        };
        Scaler::default().scale(&source, Rect::whole(source.size()), &mut out, place);
        for (i, sample) in out.y.iter().enumerate() {
            let inside = (20..80).contains(&(i % 352)) && (40..90).contains(&(i / 352));
            assert!(inside || *sample == 16);
        }
        assert_eq!(out.u[20 * 176 + 9], 128);
        assert_ne!(out.u[20 * 176 + 10], 128);
    }
}

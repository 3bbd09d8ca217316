//! Scaling of a part of a picture to a part of another.
//!
//! Down by area averages, up by linear interpolation, each direction on its own. 1:1 is a copy, and
//! 2:1, 3:1 and 4:1 (what a mosaic of like pictures needs) have loops that the compiler turns
//! into vector code. Any other ratio goes through tables of weights, kept from call to call.

use super::layout::Rect;
use crate::Picture;

/// Scales pictures; remembers the tables of the ratios it has met.
#[derive(Debug, Default)]
pub struct Scaler {
    axes: Vec<Axis>,
    /// One row of column sums, or of 8.8 fixed-point samples.
    row: Vec<u16>,
}

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
        let rows = target
            .chunks_exact_mut(stride)
            .skip(place.y)
            .take(place.height)
            .map(|row| &mut row[place.x..][..place.width]);
        let Rect { width, height, .. } = source.part;
        let ratio = width / place.width;
        let exact = width == place.width * ratio && height == place.height * ratio;
        match ratio {
            1 if exact => rows.enumerate().for_each(|(y, row)| {
                row.copy_from_slice(source.row(y));
            }),
            2 if exact => rows.enumerate().for_each(|(y, row)| {
                halve(source.row(2 * y), source.row(2 * y + 1), row);
            }),
            3 if exact => rows.enumerate().for_each(|(y, row)| {
                let lines = [0, 1, 2].map(|i| source.row(3 * y + i));
                third(lines, &mut self.row, row);
            }),
            4 if exact => rows.enumerate().for_each(|(y, row)| {
                let lines = [0, 1, 2, 3].map(|i| source.row(4 * y + i));
                quarter(lines, &mut self.row, row);
            }),
            _ => {
                // Both tables of this call stay where they are.
                if self.axes.len() + 2 > AXES_MAX {
                    self.axes.clear();
                }
                let across = self.axis(width, place.width);
                let down = self.axis(height, place.height);
                let (across, down) = (&self.axes[across], &self.axes[down]);
                self.row.resize(width, 0);
                for (y, row) in rows.enumerate() {
                    down.column_sums(y, source, &mut self.row);
                    across.resample(&self.row, row);
                }
            }
        }
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

/// Averages 2×2 samples.
fn halve(upper: &[u8], lower: &[u8], out: &mut [u8]) {
    let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
    for (out, (a, b)) in out.iter_mut().zip(pairs) {
        let sum = u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]);
        *out = ((sum + 2) >> 2) as u8;
    }
}

/// Averages 3×3 samples.
fn third(lines: [&[u8]; 3], sums: &mut Vec<u16>, out: &mut [u8]) {
    sums.resize(lines[0].len(), 0);
    for (((sum, a), b), c) in sums.iter_mut().zip(lines[0]).zip(lines[1]).zip(lines[2]) {
        *sum = u16::from(*a) + u16::from(*b) + u16::from(*c);
    }
    for (out, s) in out.iter_mut().zip(sums.chunks_exact(3)) {
        let sum = u32::from(s[0] + s[1] + s[2]);
        *out = ((sum * (65536 / 9 + 1) + 32768) >> 16) as u8;
    }
}

/// Averages 4×4 samples.
fn quarter(lines: [&[u8]; 4], sums: &mut Vec<u16>, out: &mut [u8]) {
    sums.resize(lines[0].len(), 0);
    let (upper, lower) = (lines[0].iter().zip(lines[1]), lines[2].iter().zip(lines[3]));
    for ((sum, (a, b)), (c, d)) in sums.iter_mut().zip(upper).zip(lower) {
        *sum = u16::from(*a) + u16::from(*b) + u16::from(*c) + u16::from(*d);
    }
    for (out, s) in out.iter_mut().zip(sums.chunks_exact(4)) {
        *out = ((s[0] + s[1] + s[2] + s[3] + 8) >> 4) as u8;
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

    /// Output row `y` before it is resampled across, in 8.8 fixed point.
    fn column_sums(&self, y: usize, source: Samples<'_>, sums: &mut [u16]) {
        let (first, weights) = self.taps(y);
        sums.fill(0);
        for (k, &weight) in weights.iter().enumerate().filter(|(_, w)| **w > 0) {
            for (sum, sample) in sums.iter_mut().zip(source.row(first + k)) {
                *sum += u16::from(*sample) * weight;
            }
        }
    }

    /// A row of 8.8 fixed-point samples to octets.
    fn resample(&self, row: &[u16], out: &mut [u8]) {
        for (i, out) in out.iter_mut().enumerate() {
            let (first, weights) = self.taps(i);
            let sum: u32 = (row[first..].iter().zip(weights))
                .map(|(s, w)| u32::from(*s) * u32::from(*w))
                .sum();
            *out = ((sum + 32768) >> 16) as u8;
        }
    }
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

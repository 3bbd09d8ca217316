//! Finding where a macroblock came from: a few likely vectors, then a small diamond downhill.

use super::macroblock::{Place, Vector};
use super::tables::MVD;
use crate::Picture;

/// Luma samples of a macroblock, row by row.
pub type Luma = [u8; 256];

/// Steps of the diamond at most; a vector is at most 15 away, and longer ways seldom pay.
const STEPS_MAX: usize = 12;

/// A vector and what it would cost.
#[derive(Debug, Clone, Copy)]
pub struct Match {
    /// The vector.
    pub vector: Vector,
    /// Sum of absolute differences of luma.
    pub difference: u32,
    /// The same with the bits of the vector.
    pub cost: u32,
}

/// The luma samples of the macroblock at `place`.
pub fn luma(picture: &Picture, place: Place) -> Luma {
    let width = picture.width();
    let at = place.row * 16 * width + place.column * 16;
    let mut luma = [0; 256];
    for (y, line) in luma.chunks_exact_mut(16).enumerate() {
        line.copy_from_slice(&picture.y[at + y * width..][..16]);
    }
    luma
}

/// Sum of absolute differences between `luma` and the samples of `reference` at `vector`.
#[inline]
pub fn difference(luma: &Luma, reference: &Picture, place: Place, vector: Vector) -> u32 {
    let width = reference.width();
    let x = place.column * 16;
    let y = place.row * 16;
    let at =
        (y.wrapping_add_signed(vector.y.into())) * width + x.wrapping_add_signed(vector.x.into());
    let mut sum = 0;
    for (row, line) in luma.chunks_exact(16).enumerate() {
        let other = &reference.y[at + row * width..][..16];
        sum += (0..16)
            .map(|i| u32::from(line[i].abs_diff(other[i])))
            .sum::<u32>();
    }
    sum
}

/// Sum of absolute differences from the mean.
pub fn deviation(luma: &Luma) -> u32 {
    let sum: u32 = luma.iter().map(|&sample| u32::from(sample)).sum();
    let mean = ((sum + 128) / 256) as u8;
    (luma.iter())
        .map(|&sample| u32::from(sample.abs_diff(mean)))
        .sum()
}

/// Bits of the motion vector data for `vector`.
fn vector_bits(vector: Vector, predictor: Vector) -> u32 {
    let bits = |to: i8, from: i8| u32::from(MVD[difference_index(to, from)].length);
    bits(vector.x, predictor.x) + bits(vector.y, predictor.y)
}

/// Index in [`MVD`] of the code from one component to another.
pub fn difference_index(to: i8, from: i8) -> usize {
    usize::from((to - from + 16) as u8 & 31)
}

/// The search for one macroblock.
pub struct Search<'a> {
    /// What to find.
    pub luma: &'a Luma,
    /// Where to find it.
    pub reference: &'a Picture,
    /// Where it is now.
    pub place: Place,
    /// What the vector is coded against.
    pub predictor: Vector,
    /// Differences that one bit is worth.
    pub bit_cost: u32,
    /// A cost that needs no improvement.
    pub enough: u32,
}

impl Search<'_> {
    /// The best vector found, starting from no motion, whose difference is known, and `likely`.
    pub fn run(&self, still: u32, likely: &[Vector]) -> Match {
        let mut best = Match {
            vector: Vector::ZERO,
            difference: still,
            cost: still,
        };
        for (i, &vector) in likely.iter().enumerate() {
            if vector != Vector::ZERO && !likely[..i].contains(&vector) {
                self.consider(vector, &mut best);
            }
        }
        let mut came_from = None;
        for _ in 0..STEPS_MAX {
            if best.cost < self.enough {
                break;
            }
            let centre = best.vector;
            for (x, y) in [(0, -1), (-1, 0), (1, 0), (0, 1)] {
                let vector = Vector {
                    x: centre.x + x,
                    y: centre.y + y,
                };
                if came_from != Some(vector) {
                    self.consider(vector, &mut best);
                }
            }
            if best.vector == centre {
                break;
            }
            came_from = Some(centre);
        }
        best
    }

    fn consider(&self, vector: Vector, best: &mut Match) {
        let legal = vector.x.abs() <= 15 && vector.y.abs() <= 15;
        if !legal || !self.place.allows(vector, self.reference.size()) {
            return;
        }
        let bits = match vector {
            // No motion needs no vector at all.
            Vector::ZERO => 0,
            _ => vector_bits(vector, self.predictor) * self.bit_cost,
        };
        if bits >= best.cost {
            return;
        }
        let difference = difference(self.luma, self.reference, self.place, vector);
        if difference + bits < best.cost {
            *best = Match {
                vector,
                difference,
                cost: difference + bits,
            };
        }
    }
}

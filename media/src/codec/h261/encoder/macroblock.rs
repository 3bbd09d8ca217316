//! Choosing how to code a macroblock, and coding it.

use super::super::block::Block;
use super::super::macroblock::{
    GOB_COLUMNS, MacroblockType, Place, TYPES, Vector, add_block, block_mut, predict,
    predict_chroma, predict_luma, put_block,
};
use super::super::motion::{self, Luma, Search};
use super::super::tables::{CBP, Code, MBA, MVD};
use super::{Group, H261Encoder};
use crate::Picture;
use crate::rtp::payload::h261::{Cut, Resume};

/// §3.4: each macroblock is INTRA at least once in so many times it is sent.
pub(super) const REFRESH_PERIOD: u8 = 132;
/// A block whose sum of absolute differences is below this many times the quantiser is taken to
/// quantise to zero.
const ZERO_BLOCK: u32 = 16;
/// The same for a macroblock that is not searched for motion.
const ENOUGH: u32 = 24;
/// INTRA must win by so many differences: its levels cost more.
const INTRA_BIAS: u32 = 512;

impl H261Encoder {
    /// Codes macroblock `address` of `group`, or leaves it as it was.
    pub(super) fn encode_macroblock(
        &mut self,
        source: &Picture,
        group: &mut Group,
        address: u8,
        intra: bool,
    ) {
        let place = Place::new(group.number, address);
        let index = place.index(self.size);
        let thrifty = self.is_nearly_full(group, address);
        let due = self.sent[index] >= REFRESH_PERIOD - 1;
        if intra || due {
            return self.encode_intra(source, group, address, thrifty);
        }
        let quant = u32::from(group.wanted);
        let still = self.still_differences(source, place);
        if thrifty || still.iter().all(|&sum| sum < ZERO_BLOCK * quant) {
            return self.keep(place);
        }
        let luma = motion::luma(source, place);
        let still: u32 = still[..4].iter().sum();
        let follows = address == group.address + 1 && address % GOB_COLUMNS != 1;
        let predictor = if follows { group.vector } else { Vector::ZERO };
        let above = match place.row {
            0 => Vector::ZERO,
            _ => self.vectors[index - usize::from(self.size.width / 16)],
        };
        let search = Search {
            luma: &luma,
            reference: &self.reference,
            place,
            predictor,
            bit_cost: quant,
            enough: ENOUGH * quant,
        };
        let found = search.run(still, &[group.vector, above, self.vectors[index]]);
        if found.difference > INTRA_BIAS && motion::deviation(&luma) + INTRA_BIAS < found.difference
        {
            return self.encode_intra(source, group, address, false);
        }
        self.encode_inter(source, group, address, &luma, found, predictor);
    }

    /// Sums of absolute differences from the same place of the last picture, block by block.
    fn still_differences(&mut self, source: &Picture, place: Place) -> [u32; 6] {
        let mut sums = [0; 6];
        for (block, sum) in sums.iter_mut().enumerate() {
            let (old, width, at) = block_mut(&mut self.reference, place, block);
            let new = samples(plane(source, block), width, at);
            *sum = difference(&new, &samples(old, width, at));
        }
        sums
    }

    /// Leaves the macroblock as it was.
    fn keep(&mut self, place: Place) {
        predict(
            &self.reference,
            &mut self.picture,
            place,
            Vector::ZERO,
            false,
        );
        self.vectors[place.index(self.size)] = Vector::ZERO;
    }

    fn encode_intra(&mut self, source: &Picture, group: &mut Group, address: u8, thrifty: bool) {
        let place = Place::new(group.number, address);
        let mut quant = group.wanted;
        if thrifty {
            self.quantise_intra(source, place, quant);
            self.blocks.iter_mut().for_each(Block::truncate_to_dc);
        } else {
            quant = unclipped(quant, |quant| self.quantise_intra(source, place, quant));
        }
        for (i, block) in self.blocks.iter().enumerate() {
            let (target, width, at) = block_mut(&mut self.picture, place, i);
            put_block(target, width, at, &block.reconstruct(quant, true));
        }
        let kind = TYPES[3];
        self.write_macroblock(group, address, kind, quant, [Vector::ZERO; 2]);
        let index = place.index(self.size);
        self.vectors[index] = Vector::ZERO;
        // Different starts keep macroblocks from coming due all at once.
        self.sent[index] = (index * 61 % usize::from(REFRESH_PERIOD / 2)) as u8;
    }

    fn encode_inter(
        &mut self,
        source: &Picture,
        group: &mut Group,
        address: u8,
        luma: &Luma,
        found: motion::Match,
        predictor: Vector,
    ) {
        let place = Place::new(group.number, address);
        let index = place.index(self.size);
        let vector = found.vector;
        let filter = self.choose_filter(place, luma, &found, group.wanted);
        let quant = unclipped(group.wanted, |quant| {
            self.quantise_inter(source, place, quant)
        });
        let mut coded = false;
        for (i, block) in self.blocks.iter().enumerate() {
            if !block.is_empty() {
                coded = true;
                let (target, width, at) = block_mut(&mut self.picture, place, i);
                add_block(target, width, at, &block.reconstruct(quant, false));
            }
        }
        if !coded && vector == Vector::ZERO {
            return self.keep(place);
        }
        let kind = MacroblockType {
            intra: false,
            quant: false,
            motion: vector != Vector::ZERO,
            filter,
            coded,
        };
        self.write_macroblock(group, address, kind, quant, [vector, predictor]);
        self.vectors[index] = vector;
        self.sent[index] += 1;
    }

    /// Puts the levels of the samples into the blocks and gives the least quantiser they all have
    /// codes with.
    fn quantise_intra(&mut self, source: &Picture, place: Place, quant: u8) -> u8 {
        let quantiser = &self.quantisers[usize::from(quant)];
        let mut least = 0;
        for (i, block) in self.blocks.iter_mut().enumerate() {
            let (_, width, at) = block_mut(&mut self.picture, place, i);
            let new = samples(plane(source, i), width, at);
            let mut lines = [[0i16; 8]; 8];
            for (i, value) in lines.as_flattened_mut().iter_mut().enumerate() {
                *value = i16::from(new[i]) - 128;
            }
            least = least.max(quantiser.intra(&lines, block));
        }
        least
    }

    /// The same for the differences from the prediction.
    fn quantise_inter(&mut self, source: &Picture, place: Place, quant: u8) -> u8 {
        let quantiser = &self.quantisers[usize::from(quant)];
        let mut least = 0;
        for (i, block) in self.blocks.iter_mut().enumerate() {
            let (predicted, width, at) = block_mut(&mut self.picture, place, i);
            let new = samples(plane(source, i), width, at);
            let old = samples(predicted, width, at);
            if difference(&new, &old) < ZERO_BLOCK * u32::from(quant) {
                block.clear();
                continue;
            }
            let mut lines = [[0i16; 8]; 8];
            for (i, value) in lines.as_flattened_mut().iter_mut().enumerate() {
                *value = i16::from(new[i]) - i16::from(old[i]);
            }
            least = least.max(quantiser.inter(&lines, block));
            if block.is_negligible() {
                block.clear();
            }
        }
        least
    }

    /// Predicts the macroblock with the filter or without, whichever is better.
    fn choose_filter(
        &mut self,
        place: Place,
        luma: &Luma,
        found: &motion::Match,
        quant: u8,
    ) -> bool {
        let vector = found.vector;
        let (reference, picture) = (&self.reference, &mut self.picture);
        if vector == Vector::ZERO {
            // The filter would cost a vector, and what stands still is seldom better blurred.
            predict(reference, picture, place, vector, false);
            return false;
        }
        predict_luma(reference, picture, place, vector, true);
        let smooth = motion::difference(luma, picture, place, Vector::ZERO);
        // With motion, the code of the type is six bits shorter with the filter.
        let better = smooth < found.difference + 6 * u32::from(quant);
        if !better {
            predict_luma(reference, picture, place, vector, false);
        }
        predict_chroma(reference, picture, place, vector, better);
        better
    }

    /// §4.2.3 and §4.2.4. `kind` comes without its MQUANT, which is added here if needed.
    fn write_macroblock(
        &mut self,
        group: &mut Group,
        address: u8,
        mut kind: MacroblockType,
        quant: u8,
        [vector, predictor]: [Vector; 2],
    ) {
        if group.address > 0 {
            let resume = Resume {
                gob: group.number,
                address: group.address,
                quant: group.quant,
                vector_x: group.vector.x,
                vector_y: group.vector.y,
            };
            self.cuts.push(Cut {
                bit: self.writer.position(),
                resume,
            });
        }
        kind.quant = kind.coded && quant != group.quant;
        self.write(MBA[usize::from(address - group.address - 1)]);
        let zeros = TYPES.iter().position(|of| *of == kind);
        let zeros = zeros.expect("table 2 has every type the encoder chooses");
        self.writer.write(1, zeros as u32 + 1);
        if kind.quant {
            self.writer.write(quant.into(), 5);
            group.quant = quant;
        }
        if kind.motion {
            self.write(MVD[motion::difference_index(vector.x, predictor.x)]);
            self.write(MVD[motion::difference_index(vector.y, predictor.y)]);
        }
        if kind.coded && !kind.intra {
            let pattern =
                (self.blocks.iter()).fold(0, |bits, b| bits << 1 | usize::from(!b.is_empty()));
            self.write(CBP[pattern]);
        }
        if kind.coded {
            for block in self.blocks.iter().filter(|block| !block.is_empty()) {
                block.write(&mut self.writer, kind.intra);
            }
        }
        group.address = address;
        group.vector = vector;
    }

    fn write(&mut self, code: Code) {
        self.writer.write(code.bits.into(), code.length.into());
    }
}

/// Quantises with `quant` or, if that clips levels, with the least quantiser that does not.
fn unclipped(mut quant: u8, mut quantise: impl FnMut(u8) -> u8) -> u8 {
    loop {
        let least = quantise(quant);
        if least <= quant {
            return quant;
        }
        quant = least;
    }
}

/// The 8×8 samples at `at`.
fn samples(plane: &[u8], width: usize, at: usize) -> [u8; 64] {
    let mut samples = [0; 64];
    for (y, row) in samples.chunks_exact_mut(8).enumerate() {
        row.copy_from_slice(&plane[at + y * width..][..8]);
    }
    samples
}

/// Sum of absolute differences.
fn difference(one: &[u8; 64], other: &[u8; 64]) -> u32 {
    // Sixteen at a time is what one vector instruction does.
    let mut sum = 0;
    for (one, other) in one.chunks_exact(16).zip(other.chunks_exact(16)) {
        sum += (0..16)
            .map(|i| u32::from(one[i].abs_diff(other[i])))
            .sum::<u32>();
    }
    sum
}

/// The plane block 0 to 5 is in.
fn plane(picture: &Picture, block: usize) -> &[u8] {
    match block {
        0..4 => &picture.y,
        4 => &picture.u,
        _ => &picture.v,
    }
}

//! The coefficients of one block: quantising them, writing and reading them (H.261 §4.2.4).

use super::bits::{BitReader, BitWriter};
use super::dct::{self, FORWARD_SCALE, Row, Term};
use super::tables::{self, EOB, ESCAPE, RUN_EOB, RUN_ESCAPE, SCAN, TCOEFF};

/// The largest magnitude of a level that has a code (§4.2.4.2), and the largest quantiser.
const LEVEL_MAX: i16 = 127;
const QUANT_MAX: u32 = 31;

/// The levels of one block that are not zero, in the order they are sent.
#[derive(Clone, Copy)]
pub struct Block {
    count: usize,
    /// Places in scanning order and levels.
    levels: [(u8, i16); 64],
}

impl Block {
    /// A block of zeros.
    pub const EMPTY: Block = Block {
        count: 0,
        levels: [(0, 0); 64],
    };

    /// Whether all is zero.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Makes all zero.
    pub fn clear(&mut self) {
        self.count = 0;
    }

    fn push(&mut self, place: u8, level: i16) {
        self.levels[self.count] = (place, level);
        self.count += 1;
    }

    fn levels(&self) -> &[(u8, i16)] {
        &self.levels[..self.count]
    }

    /// Keeps only the first level.
    pub fn truncate_to_dc(&mut self) {
        self.count = self.count.min(1);
    }

    /// Whether what is left is one small level that costs more than it mends.
    pub fn is_negligible(&self) -> bool {
        matches!(self.levels(), [(place, -1 | 1)] if *place > 8)
    }

    /// Writes the block; one of an INTRA macroblock starts with its DC level.
    pub fn write(&self, writer: &mut BitWriter, intra: bool) {
        let mut levels = self.levels();
        let mut next_place = 0;
        if intra {
            let (_, dc) = levels[0];
            // Table 6: 1000 0000 is not used, level 128 is 1111 1111.
            writer.write(if dc == 128 { 255 } else { dc as u32 }, 8);
            levels = &levels[1..];
            next_place = 1;
        } else if let Some((0, level @ (1 | -1))) = levels.first() {
            writer.write(0b10 | u32::from(*level < 0), 2);
            levels = &levels[1..];
            next_place = 1;
        }
        for &(place, level) in levels {
            let run = place - next_place;
            next_place = place + 1;
            let magnitude = level.unsigned_abs();
            let code = match magnitude {
                0..16 => TCOEFF[usize::from(run) * 16 + usize::from(magnitude)],
                _ => TCOEFF[0],
            };
            if code.length > 0 {
                let sign = u32::from(level < 0);
                let bits = u32::from(code.bits) << 1 | sign;
                writer.write(bits, u32::from(code.length) + 1);
            } else {
                let fixed = u32::from(run) << 8 | u32::from(level as u8);
                let bits = u32::from(ESCAPE.bits) << 14 | fixed;
                writer.write(bits, u32::from(ESCAPE.length) + 14);
            }
        }
        writer.write(EOB.bits.into(), EOB.length.into());
    }

    /// The inverse transform of the reconstruction levels.
    pub fn reconstruct(&self, quant: u8, intra: bool) -> [Row; 8] {
        let mut terms: [Term; 64] = [(0, 0); 64];
        for (term, &(place, level)) in terms.iter_mut().zip(self.levels()) {
            let value = if intra && place == 0 {
                level * 8
            } else {
                dequantise(level, quant)
            };
            *term = (SCAN[usize::from(place)], value);
        }
        dct::inverse(&terms[..self.count])
    }
}

/// §4.2.4.1: the reconstruction level.
fn dequantise(level: i16, quant: u8) -> i16 {
    let quant = i16::from(quant);
    let even = 1 - quant % 2;
    let magnitude = quant * (2 * level.abs() + 1) - even;
    if level > 0 {
        magnitude.min(2047)
    } else {
        -magnitude.min(2048)
    }
}

/// Reads a block and gives the inverse transform of its reconstruction levels.
#[inline]
pub fn read(reader: &mut BitReader<'_>, quant: u8, intra: bool) -> Result<[Row; 8], &'static str> {
    let mut terms: [Term; 64] = [(0, 0); 64];
    let mut count = 0;
    let mut place = 0usize;
    if intra {
        let dc = reader.read(8) as i16;
        if dc == 0 || dc == 128 {
            return Err("INTRA DC");
        }
        terms[0] = (0, if dc == 255 { 1024 } else { dc * 8 });
        count = 1;
        place = 1;
    } else if reader.peek(1) == 1 {
        // The first code word cannot be the end of the block, so level 1 is one bit shorter.
        let level = if reader.read(2) == 0b10 { 1 } else { -1 };
        terms[0] = (0, dequantise(level, quant));
        count = 1;
        place = 1;
    }
    loop {
        let bits = reader.peek32();
        let code = tables::coefficient(bits);
        reader.skip(code.length.into());
        let (run, level) = match code.run {
            RUN_EOB => return Ok(dct::inverse(&terms[..count])),
            RUN_ESCAPE => {
                reader.skip(14);
                let level = (bits >> 12) as u8 as i8;
                if level == 0 || level == -128 {
                    return Err("TCOEFF escape");
                }
                (bits >> 20 & 63, level)
            }
            _ if code.length == 0 => return Err("TCOEFF"),
            run => (u32::from(run), code.level),
        };
        place += run as usize;
        if place > 63 {
            return Err("TCOEFF run");
        }
        terms[count] = (SCAN[place], dequantise(level.into(), quant));
        count += 1;
        place += 1;
    }
}

/// Turns transformed blocks into levels, for one quantiser.
pub struct Quantiser {
    quant: u32,
    /// What is taken off magnitudes first, transposed like the result of [`dct::forward`].
    dead_inter: [[u16; 8]; 8],
    /// 2^16 / step.
    reciprocal: [[u16; 8]; 8],
}

impl Quantiser {
    /// For `quant` 1 to 31.
    pub fn new(quant: u8) -> Self {
        let mut dead_inter = [[0; 8]; 8];
        let mut reciprocal = [[0; 8]; 8];
        for i in 0..64 {
            let (u, v) = (i / 8, i % 8);
            let scale = u64::from(FORWARD_SCALE[u]) * u64::from(FORWARD_SCALE[v]);
            // A step is 2 · quant, times 8 and the scales of the transform (2^32 is one).
            let step = 16 * u64::from(quant) * scale;
            reciprocal[u][v] = ((1u64 << 48) / step).min(u16::MAX.into()) as u16;
            // Levels of differences follow a peaked distribution: a quarter of a step.
            dead_inter[u][v] = (step >> 34) as u16;
        }
        Quantiser {
            quant: quant.into(),
            dead_inter,
            reciprocal,
        }
    }

    /// Puts the levels of the differences `lines` into `block` and gives the least quantiser whose
    /// levels the code has: with a smaller one than that, sharp edges are clipped.
    pub fn inter(&self, lines: &[Row; 8], block: &mut Block) -> u8 {
        let coefficients = dct::forward(lines);
        block.clear();
        self.quantise(&coefficients, &self.dead_inter, block)
    }

    /// The same for samples less 128. The DC comes first, even if it is the only one.
    pub fn intra(&self, lines: &[Row; 8], block: &mut Block) -> u8 {
        let mut coefficients = dct::forward(lines);
        // 64 is one step of the DC: 8 for the transform's scale and 8 for the quantiser.
        let dc = ((coefficients[0][0] + 32) >> 6) + 128;
        coefficients[0][0] = 0;
        block.clear();
        block.push(0, dc.clamp(1, 254));
        self.quantise(&coefficients, &[[0; 8]; 8], block)
    }

    fn quantise(&self, coefficients: &[Row; 8], dead: &[[u16; 8]; 8], block: &mut Block) -> u8 {
        let mut levels = [[0i16; 8]; 8];
        let mut largest = [0i16; 8];
        let mut found = 0u64;
        for u in 0..8 {
            let (from, row) = (&coefficients[u], &mut levels[u]);
            let (dead, reciprocal) = (&dead[u], &self.reciprocal[u]);
            let mut any = 0;
            for v in 0..8 {
                let rest = from[v].unsigned_abs().saturating_sub(dead[v]);
                let magnitude = ((u32::from(rest) * u32::from(reciprocal[v])) >> 16) as i16;
                largest[v] = largest[v].max(magnitude);
                let sign = from[v] >> 15;
                row[v] = (magnitude.min(LEVEL_MAX) ^ sign) - sign;
                any |= row[v];
            }
            if any != 0 {
                for v in 0..8 {
                    found |= u64::from(row[v] != 0) << SCAN_INDEX[v * 8 + u];
                }
            }
        }
        while found != 0 {
            let place = found.trailing_zeros() as u8;
            found &= found - 1;
            let raster = usize::from(SCAN[usize::from(place)]);
            let level = levels[raster % 8][raster / 8];
            block.push(place, level);
        }
        let largest = largest.into_iter().max().unwrap_or(0);
        // Levels are in inverse proportion to the quantiser, once the fractions cut off are back.
        let size = u32::from(largest.unsigned_abs()) + 1;
        let least = (self.quant * size).div_ceil(u32::from(LEVEL_MAX.unsigned_abs()) + 1);
        least.min(QUANT_MAX) as u8
    }
}

/// The inverse of [`SCAN`].
const SCAN_INDEX: [u8; 64] = {
    let mut index = [0; 64];
    let mut i = 0;
    while i < 64 {
        index[SCAN[i] as usize] = i as u8;
        i += 1;
    }
    index
};

//! G.722 at 64 kbit/s (ITU-T G.722, mode 1): 16 kHz sound in two sub-bands of 8 kHz, each coded by
//! adaptive differential PCM, 6 bits for the lower and 2 for the upper. Each octet is two samples.
//!
//! Functions bear the names of the blocks of the Recommendation (QUANTL, INVQAL, LOGSCL, ...) in
//! their comments; integer arithmetic follows §6.2, so results are bit-exact.

/// Decision levels of the 6-bit quantizer (G.722 Table 14, QUANTL); the first is always passed.
const Q6: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023,
    1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
/// Decision level of the 2-bit quantizer (QUANTH).
const Q2: i32 = 564;
/// Outputs of the inverse quantizers of 6, 4 and 2 bits (G.722 Tables 15 to 17).
const QM6: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232,
    -9360, -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776,
    -2400, -2032, -1688, -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280,
    11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776,
    2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];
const QM4: [i32; 16] = [
    0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584,
    1200, 0,
];
const QM2: [i32; 4] = [-7408, -1616, 7408, 1616];
/// Logarithmic scale factor multipliers by 4-bit code word (W[RL42]) and by 2-bit code word.
const WL: [i32; 16] = [
    -60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60,
];
const WH: [i32; 4] = [798, -214, 798, -214];
/// The antilogarithm table (ILB).
const ILB: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
    2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];
/// Even taps of the quadrature mirror filter (G.722 Table 11); the odd ones are their reverse.
const QMF: [i16; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];
const QMF_REVERSED: [i16; 12] = [-11, 53, -156, 362, -805, 3876, 951, -210, 32, 12, -11, 3];
/// Samples of each phase the filter remembers.
const QMF_MEMORY: usize = QMF.len() - 1;
/// Octets filtered at a time; more only costs stack.
const BLOCK: usize = 160;

/// Turns 16 kHz sound into octets.
#[derive(Debug, Clone)]
pub struct Encoder {
    lower: Band,
    upper: Band,
    filter: Phases,
    odd_sample: Option<i16>,
}

impl Default for Encoder {
    fn default() -> Self {
        Encoder {
            lower: Band::new(LOWER),
            upper: Band::new(UPPER),
            filter: Phases::default(),
            odd_sample: None,
        }
    }
}

impl Encoder {
    /// Appends one octet for every two of `samples` (16 kHz); an odd sample waits for the next.
    pub fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        let mut rest = samples;
        if let (Some(first), Some((&second, tail))) = (self.odd_sample, rest.split_first()) {
            self.odd_sample = None;
            self.encode_pairs(&[first, second], out);
            rest = tail;
        }
        if !rest.len().is_multiple_of(2) {
            self.odd_sample = rest.last().copied();
        }
        for block in rest.chunks(2 * BLOCK) {
            self.encode_pairs(block, out);
        }
    }

    fn encode_pairs(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        let pairs = samples.as_chunks::<2>().0;
        self.filter.extend(pairs.iter().copied());
        for at in 0..pairs.len() {
            let (first, second) = self.filter.dots(at, &QMF, &QMF_REVERSED);
            let (low, high) = ((second + first) >> 14, (second - first) >> 14);
            let low_code = self.lower.quantize_low(low);
            self.lower.adapt_low(low_code);
            let high_code = self.upper.quantize_high(high);
            self.upper.adapt_high(high_code);
            out.push((high_code << 6 | low_code) as u8);
        }
        self.filter.forget(pairs.len());
    }
}

/// Turns octets into 16 kHz sound.
#[derive(Debug, Clone)]
pub struct Decoder {
    lower: Band,
    upper: Band,
    filter: Phases,
}

impl Default for Decoder {
    fn default() -> Self {
        Decoder {
            lower: Band::new(LOWER),
            upper: Band::new(UPPER),
            filter: Phases::default(),
        }
    }
}

impl Decoder {
    /// Appends two samples (16 kHz) for each of `octets`.
    pub fn decode(&mut self, octets: &[u8], out: &mut Vec<i16>) {
        for block in octets.chunks(BLOCK) {
            let (lower, upper) = (&mut self.lower, &mut self.upper);
            self.filter.extend(block.iter().map(|&octet| {
                let (low_code, high_code) = (usize::from(octet & 63), usize::from(octet >> 6));
                // INVQBL, RECONS and LIMIT: the listener gets all six bits.
                let fine = (lower.step * QM6[low_code]) >> 15;
                let low = (lower.prediction + fine).clamp(-16384, 16383);
                lower.adapt_low(low_code);
                let step = (upper.step * QM2[high_code]) >> 15;
                let high = (upper.prediction + step).clamp(-16384, 16383);
                upper.adapt_high(high_code);
                [(low + high) as i16, (low - high) as i16]
            }));
            for at in 0..block.len() {
                let (first, second) = self.filter.dots(at, &QMF, &QMF_REVERSED);
                out.push(saturate(second >> 11) as i16);
                out.push(saturate(first >> 11) as i16);
            }
            self.filter.forget(block.len());
        }
    }
}

/// Memory of the quadrature mirror filter, its two phases apart so that each is a plain dot
/// product over consecutive numbers.
#[derive(Debug, Clone, Default)]
struct Phases {
    first: Vec<i16>,
    second: Vec<i16>,
}

impl Phases {
    fn extend(&mut self, pairs: impl Iterator<Item = [i16; 2]>) {
        self.first.resize(QMF_MEMORY, 0);
        self.second.resize(QMF_MEMORY, 0);
        for [first, second] in pairs {
            self.first.push(first);
            self.second.push(second);
        }
    }

    /// Each phase against its taps, the window ending at the `at`th new pair.
    fn dots(&self, at: usize, first: &[i16; 12], second: &[i16; 12]) -> (i32, i32) {
        let dot = |samples: &[i16], taps: &[i16; 12]| -> i32 {
            let window = &samples[at..at + taps.len()];
            let products = window.iter().zip(taps);
            products.map(|(&x, &c)| i32::from(x) * i32::from(c)).sum()
        };
        (dot(&self.first, first), dot(&self.second, second))
    }

    fn forget(&mut self, pairs: usize) {
        self.first.drain(..pairs);
        self.second.drain(..pairs);
    }
}

/// What differs between the scale factors of the bands (LOGSCL and LOGSCH, SCALEL and SCALEH).
#[derive(Debug, Clone, Copy)]
struct Scale {
    log_max: i32,
    shift: i32,
    step_start: i32,
}

const LOWER: Scale = Scale {
    log_max: 18432,
    shift: 8,
    step_start: 32,
};
const UPPER: Scale = Scale {
    log_max: 22528,
    shift: 10,
    step_start: 8,
};

/// Adaptive quantizer scale and predictor of one sub-band (G.722 §3.5, §3.6).
#[derive(Debug, Clone)]
struct Band {
    scale: Scale,
    /// NABLA: logarithmic scale factor.
    log_step: i32,
    /// DET: linear scale factor.
    step: i32,
    /// S: what the predictor expects next.
    prediction: i32,
    /// SZ: the zero section's part of it.
    zero_part: i32,
    /// A1 and A2.
    poles: [i32; 2],
    /// B1 to B6.
    zeros: [i32; 6],
    /// D1 to D6: earlier quantized differences.
    differences: [i32; 6],
    /// R1: earlier reconstructed signal.
    reconstructed: i32,
    /// P1 and P2: earlier partially reconstructed signal.
    partial: [i32; 2],
}

impl Band {
    fn new(scale: Scale) -> Self {
        Band {
            scale,
            log_step: 0,
            step: scale.step_start,
            prediction: 0,
            zero_part: 0,
            poles: [0; 2],
            zeros: [0; 6],
            differences: [0; 6],
            reconstructed: 0,
            partial: [0; 2],
        }
    }

    /// SUBTRA and QUANTL.
    fn quantize_low(&self, sample: i32) -> usize {
        let difference = saturate(sample - self.prediction);
        let magnitude = difference ^ (difference >> 31);
        let passed = Q6.partition_point(|&level| magnitude >= (level * self.step) >> 12);
        match (difference < 0, passed) {
            (true, 0) => 63,
            (true, 1) => 62,
            (true, _) => 33 - passed,
            (false, _) => 61 - passed,
        }
    }

    /// SUBTRA and QUANTH.
    fn quantize_high(&self, sample: i32) -> usize {
        let difference = saturate(sample - self.prediction);
        let magnitude = difference ^ (difference >> 31);
        let large = magnitude >= (Q2 * self.step) >> 12;
        match (difference < 0, large) {
            (true, false) => 1,
            (true, true) => 0,
            (false, false) => 3,
            (false, true) => 2,
        }
    }

    /// INVQAL, then everything both ends adapt: the predictor sees only four of the six bits.
    fn adapt_low(&mut self, code: usize) {
        let code = code >> 2;
        let difference = (self.step * QM4[code]) >> 15;
        self.rescale(WL[code]);
        self.predict(difference);
    }

    /// INVQAH, then everything both ends adapt.
    fn adapt_high(&mut self, code: usize) {
        let difference = (self.step * QM2[code]) >> 15;
        self.rescale(WH[code]);
        self.predict(difference);
    }

    /// LOGSCL and SCALEL, LOGSCH and SCALEH.
    fn rescale(&mut self, weight: i32) {
        let log_step = ((self.log_step * 127) >> 7) + weight;
        self.log_step = log_step.clamp(0, self.scale.log_max);
        let mantissa = ILB[(self.log_step >> 6 & 31) as usize];
        let shift = self.scale.shift - (self.log_step >> 11);
        self.step = if shift < 0 {
            mantissa << -shift
        } else {
            mantissa >> shift
        } << 2;
    }

    /// RECONS, PARREC, UPPOL2, UPPOL1, UPZERO, DELAYA, FILTEP, FILTEZ and PREDIC.
    fn predict(&mut self, difference: i32) {
        let reconstructed = saturate(self.prediction + difference);
        let partial = saturate(self.zero_part + difference);
        let [a1, a2] = self.poles;
        let same_1 = (partial ^ self.partial[0]) >= 0;
        let same_2 = (partial ^ self.partial[1]) >= 0;

        let slope = saturate(a1 << 2);
        let slope = if same_1 { (-slope).min(32767) } else { slope };
        let nudge = if same_2 { 128 } else { -128 };
        let a2 = (nudge + (slope >> 7) + ((a2 * 32512) >> 15)).clamp(-12288, 12288);
        let nudge = if same_1 { 192 } else { -192 };
        let a1_max = 15360 - a2;
        let a1 = (nudge + ((a1 * 32640) >> 15)).clamp(-a1_max, a1_max);

        let nudge = if difference == 0 { 0 } else { 128 };
        let mut zero_part = 0;
        let mut newer = difference;
        for (zero, older) in self.zeros.iter_mut().zip(&mut self.differences) {
            // All ones where the signs differ, which negates the nudge.
            let sign = (difference ^ *older) >> 31;
            *zero = ((nudge ^ sign) - sign) + ((*zero * 32640) >> 15);
            (newer, *older) = (*older, newer);
            zero_part += (*zero * saturate(*older * 2)) >> 15;
        }

        let pole_part = saturate(
            ((a1 * saturate(reconstructed * 2)) >> 15)
                + ((a2 * saturate(self.reconstructed * 2)) >> 15),
        );
        self.poles = [a1, a2];
        self.partial = [partial, self.partial[0]];
        self.reconstructed = reconstructed;
        self.zero_part = saturate(zero_part);
        self.prediction = saturate(pole_part + self.zero_part);
    }
}

fn saturate(value: i32) -> i32 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX))
}

//! Between 8 and 16 kHz, by one half-band filter of 47 taps: 1.4 ms of delay, flat to 3.4 kHz,
//! 58 dB down from 4.6 kHz. Every second tap but the middle one is zero, so half of the samples
//! are copies.

use super::Rate;

/// Binary places of unrounded output.
pub const FRACTION_BITS: u32 = 15;
/// The taps beside the middle one, outwards: a sinc under a Kaiser window (beta 5.2). They sum to
/// a quarter, so that a constant passes exactly.
const TAPS: [i64; 12] = [
    10395, -3354, 1885, -1218, 826, -567, 385, -254, 161, -95, 51, -23,
];
/// Samples of the slow rate under the filter.
const WINDOW: usize = 2 * TAPS.len();
/// Where in the window the middle tap is, which meets the copied sample.
const MIDDLE: usize = TAPS.len();

/// 8 kHz to 16 kHz. Linear and unrounded: the outputs of sums are the sums of the outputs.
#[derive(Debug, Clone, Default)]
pub struct Upsampler {
    past: Past,
}

impl Upsampler {
    /// Appends two samples, with [`FRACTION_BITS`], for each of `input`.
    pub fn push(&mut self, input: impl Iterator<Item = i32>, out: &mut Vec<i64>) {
        for sample in input {
            self.past.push(sample);
            let window = self.past.window();
            out.push(2 * side_taps(window));
            out.push(i64::from(window[MIDDLE]) << FRACTION_BITS);
        }
    }

    /// Whether silence in gives silence out.
    pub fn is_quiet(&self) -> bool {
        self.past.is_quiet()
    }
}

/// 16 kHz to 8 kHz. Linear and unrounded, like [`Upsampler`].
#[derive(Debug, Clone, Default)]
pub struct Downsampler {
    even: Past,
    odd: Past,
}

impl Downsampler {
    /// Appends one sample, with [`FRACTION_BITS`], for every two of `input`.
    pub fn push(&mut self, input: impl Iterator<Item = [i32; 2]>, out: &mut Vec<i64>) {
        for [even, odd] in input {
            self.even.push(even);
            self.odd.push(odd);
            let middle = i64::from(self.even.window()[MIDDLE]) << (FRACTION_BITS - 1);
            out.push(side_taps(self.odd.window()) + middle);
        }
    }

    /// Whether silence in gives silence out.
    pub fn is_quiet(&self) -> bool {
        self.even.is_quiet() && self.odd.is_quiet()
    }
}

/// Rounds away [`FRACTION_BITS`].
pub fn round(value: i64) -> i32 {
    ((value + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS) as i32
}

/// One stream of 16-bit sound from one rate to another.
#[derive(Debug, Clone)]
pub struct Resampler {
    filter: Filter,
    unrounded: Vec<i64>,
}

#[derive(Debug, Clone)]
enum Filter {
    Same,
    Up(Upsampler),
    Down(Downsampler),
}

impl Resampler {
    /// A stream that has been silent so far.
    pub fn new(from: Rate, to: Rate) -> Self {
        let filter = match (from, to) {
            (Rate::Narrow, Rate::Wide) => Filter::Up(Upsampler::default()),
            (Rate::Wide, Rate::Narrow) => Filter::Down(Downsampler::default()),
            (Rate::Narrow, Rate::Narrow) | (Rate::Wide, Rate::Wide) => Filter::Same,
        };
        Resampler {
            filter,
            unrounded: Vec::new(),
        }
    }

    /// Appends `samples` at the other rate to `out`. Downwards, an even number at a time.
    pub fn resample(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        self.unrounded.clear();
        match &mut self.filter {
            Filter::Same => return out.extend_from_slice(samples),
            Filter::Up(up) => up.push(samples.iter().map(|&x| x.into()), &mut self.unrounded),
            Filter::Down(down) => down.push(pairs(samples), &mut self.unrounded),
        }
        let rounded = self.unrounded.iter().map(|&x| round(x));
        out.extend(rounded.map(|x| x.clamp(i16::MIN.into(), i16::MAX.into()) as i16));
    }
}

/// `samples` two by two.
pub fn pairs<T: Copy + Into<i32>>(samples: &[T]) -> impl Iterator<Item = [i32; 2]> {
    let (pairs, _) = samples.as_chunks::<2>();
    pairs.iter().map(|pair| pair.map(Into::into))
}

fn side_taps(window: &[i32; WINDOW]) -> i64 {
    let (older, newer) = window.split_at(WINDOW / 2);
    let both = older.iter().rev().zip(newer);
    both.zip(&TAPS)
        .map(|((&a, &b), tap)| (i64::from(a) + i64::from(b)) * tap)
        .sum()
}

/// The last samples, oldest first, written twice so that they are always consecutive somewhere.
#[derive(Debug, Clone)]
struct Past {
    samples: [i32; 2 * WINDOW],
    oldest: usize,
}

impl Default for Past {
    fn default() -> Self {
        Past {
            samples: [0; 2 * WINDOW],
            oldest: 0,
        }
    }
}

impl Past {
    fn push(&mut self, sample: i32) {
        self.samples[self.oldest] = sample;
        self.samples[self.oldest + WINDOW] = sample;
        self.oldest = (self.oldest + 1) % WINDOW;
    }

    fn window(&self) -> &[i32; WINDOW] {
        self.samples[self.oldest..]
            .first_chunk()
            .expect("the oldest sample is in the first half")
    }

    fn is_quiet(&self) -> bool {
        self.samples.iter().all(|&x| x == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// Delay of the filter, in samples of 16 kHz.
    const DELAY: usize = 23;

    fn sine(hz: f64, rate: Rate) -> impl Fn(f64) -> f64 {
        move |at| 10_000.0 * (TAU * hz * at / f64::from(rate.hz())).sin()
    }

    fn through(from: Rate, to: Rate, hz: f64) -> Vec<i16> {
        let tone = sine(hz, from);
        let samples: Vec<i16> = (0..3200).map(|at| tone(f64::from(at)) as i16).collect();
        let (mut resampler, mut out) = (Resampler::new(from, to), Vec::new());
        for frame in samples.chunks(from.frame_samples()) {
            resampler.resample(frame, &mut out);
        }
        out
    }

    #[test]
    fn speech_passes_both_ways_with_a_small_delay() {
        for hz in [100.0, 1000.0, 3300.0] {
            let up = through(Rate::Narrow, Rate::Wide, hz);
            let tone = sine(hz, Rate::Wide);
            for (at, &sample) in up.iter().enumerate().skip(100) {
                let error = f64::from(sample) - tone(at as f64 - DELAY as f64);
                assert!(error.abs() < 40.0, "up {hz} Hz at {at}: {error}");
            }
            let down = through(Rate::Wide, Rate::Narrow, hz);
            for (at, &sample) in down.iter().enumerate().skip(100) {
                let error = f64::from(sample) - tone(2.0 * at as f64 + 1.0 - DELAY as f64);
                assert!(error.abs() < 40.0, "down {hz} Hz at {at}: {error}");
            }
        }
    }

    #[test]
    fn what_8_khz_cannot_carry_is_gone() {
        let down = through(Rate::Wide, Rate::Narrow, 4800.0);
        assert!(down.iter().skip(100).all(|&x| x.abs() < 20));
    }
}

//! Keeps a sum within 16 bits by turning it down smoothly. It touches nothing that fits; after a
//! peak the loudness comes back too slowly to be heard as pumping.

/// The largest magnitude that leaves.
const PEAK_MAX: f32 = i16::MAX as f32;
/// Gain back per frame of 20 ms, 4 dB per second.
const RELEASE: f32 = 1.01;
/// The part of a frame a turn-down takes at least, 1 ms; peaks before its end are clipped.
const ATTACK_PART: usize = 20;

/// A volume that only goes down for what would not fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limiter {
    gain: f32,
}

impl Default for Limiter {
    fn default() -> Self {
        Limiter { gain: 1.0 }
    }
}

impl Limiter {
    /// Sets `gains` to those of a frame in which sample `i` is at most `peaks(i)` in magnitude;
    /// to none if nothing changes.
    pub fn follow(&mut self, peaks: impl Iterator<Item = i32> + Clone, gains: &mut Vec<f32>) {
        gains.clear();
        // No sample is larger than all bits of all samples.
        let bits = peaks.clone().fold(0, |bits, peak| bits | peak);
        if self.gain == 1.0 && bits <= i32::from(i16::MAX) {
            return;
        }
        let start = self.gain;
        let (peak, length) =
            (peaks.clone()).fold((0, 0), |(most, n), peak| (peak.max(most), n + 1));
        let fitting = (PEAK_MAX / (peak + 1) as f32).min(1.0);
        self.gain = fitting.min(start * RELEASE);
        let ramp = if self.gain < start {
            let first = peaks
                .clone()
                .position(|peak| peak as f32 * start > PEAK_MAX);
            (first.unwrap_or(length)).clamp(length / ATTACK_PART, length)
        } else {
            length
        };
        self.ramp(start, ramp, length, gains);
    }

    /// The same for one that joins `other`, which has followed the frame already.
    pub fn join(&mut self, other: &Limiter, length: usize, gains: &mut Vec<f32>) {
        gains.clear();
        let start = std::mem::replace(&mut self.gain, other.gain);
        if start != 1.0 || self.gain != 1.0 {
            let ramp = if self.gain < start {
                length / ATTACK_PART
            } else {
                length
            };
            self.ramp(start, ramp, length, gains);
        }
    }

    fn ramp(&self, start: f32, ramp: usize, length: usize, gains: &mut Vec<f32>) {
        let slope = (self.gain - start) / ramp.max(1) as f32;
        gains.extend((0..ramp).map(|at| start + slope * at as f32));
        gains.resize(length, self.gain);
    }
}

/// `sample` times `gain`, rounded and clipped.
pub fn scale(sample: i32, gain: f32) -> i16 {
    /// In an `f32` of this size the last bit counts ones: 1.5 times 2^23. Conversions that check
    /// their range are several times slower.
    const ONES: f32 = 12_582_912.0;
    let scaled = (sample as f32 * gain).clamp(-PEAK_MAX, PEAK_MAX);
    (scaled + ONES).to_bits() as i16
}

/// The magnitude of a sample, or one less if it is negative.
pub fn magnitude(sample: i32) -> i32 {
    sample ^ (sample >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(limiter: &mut Limiter, sum: &[i32], out: &mut Vec<i16>) {
        let mut gains = Vec::new();
        limiter.follow(sum.iter().copied().map(magnitude), &mut gains);
        if gains.is_empty() {
            out.extend(sum.iter().map(|&x| x as i16));
        }
        out.extend(sum.iter().zip(&gains).map(|(&x, &gain)| scale(x, gain)));
    }

    fn sine(amplitude: f64, at: usize) -> i32 {
        (amplitude * (at as f64 * 0.3).sin()) as i32
    }

    #[test]
    fn what_fits_is_not_touched() {
        let sum: Vec<i32> = (0..160).map(|at| sine(32_767.0, at)).collect();
        let mut out = Vec::new();
        limit(&mut Limiter::default(), &sum, &mut out);
        assert!(out.iter().map(|&x| i32::from(x)).eq(sum));
    }

    #[test]
    fn a_loud_sum_keeps_its_shape_and_comes_back_slowly() {
        let mut limiter = Limiter::default();
        let mut out = Vec::new();
        for frame in 0..5 {
            let sum: Vec<i32> = (0..160)
                .map(|at| sine(80_000.0, frame * 160 + at))
                .collect();
            limit(&mut limiter, &sum, &mut out);
        }
        // After the first frame it is the same sine, smaller: clipping would leave an error of
        // thousands.
        for (at, &sample) in out.iter().enumerate().skip(160) {
            let error = i32::from(sample) - sine(32_766.0, at);
            assert!(error.abs() < 200, "sample {at} is off by {error}");
        }
        let mut frames = 0;
        while limiter != Limiter::default() {
            out.clear();
            limit(&mut limiter, &[1000; 160], &mut out);
            assert!(out.windows(2).all(|pair| pair[0] <= pair[1] + 1));
            frames += 1;
        }
        assert!((50..150).contains(&frames), "{frames} frames");
    }

    #[test]
    fn the_largest_sum_stays_within_16_bits() {
        let mut out = Vec::new();
        let largest = i32::from(i16::MIN) << 15;
        limit(&mut Limiter::default(), &[largest; 160], &mut out);
        assert!(out.iter().all(|&x| x < -32_000));
    }
}

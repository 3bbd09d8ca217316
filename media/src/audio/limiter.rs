//! Keeps a sum within 16 bits by turning it down smoothly. It touches nothing that fits; after a
//! peak the loudness comes back too slowly to be heard as pumping.

/// The largest magnitude that leaves.
const PEAK_MAX: f32 = i16::MAX as f32;
/// Gain back per frame of 20 ms, 4 dB per second.
const RELEASE: f32 = 1.01;
/// The part of a frame a turn-down takes at least, 1 ms; peaks before its end are clipped.
const ATTACK_PART: usize = 20;

/// One listener's volume.
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
    /// Appends the frame `sum` to `out`, within 16 bits.
    pub fn limit(&mut self, sum: &[i32], out: &mut Vec<i16>) {
        if self.gain == 1.0 {
            // Any bit above the fifteenth means that a sample does not fit.
            let bits = sum.iter().fold(0, |bits, &x| bits | x ^ (x >> 31));
            if bits <= i32::from(i16::MAX) {
                out.extend(sum.iter().map(|&x| x as i16));
                return;
            }
        }
        let start = self.gain;
        let peak = sum.iter().fold(0, |peak, &x| (x ^ (x >> 31)).max(peak));
        let fitting = (PEAK_MAX / (peak + 1) as f32).min(1.0);
        self.gain = fitting.min(start * RELEASE);
        let ramp = if self.gain < start {
            let first = sum
                .iter()
                .position(|&x| (x as f32 * start).abs() > PEAK_MAX);
            let first = first.unwrap_or(sum.len());
            first.clamp(sum.len() / ATTACK_PART, sum.len())
        } else {
            sum.len()
        };
        let slope = (self.gain - start) / ramp.max(1) as f32;
        let (turning, turned) = sum.split_at(ramp);
        let gains = (0..ramp as i32).map(|at| start + slope * at as f32);
        out.extend(turning.iter().zip(gains).map(|(&x, gain)| scale(x, gain)));
        out.extend(turned.iter().map(|&x| scale(x, self.gain)));
    }
}

/// `sample` times `gain`, rounded and clipped.
fn scale(sample: i32, gain: f32) -> i16 {
    /// In an `f32` of this size the last bit counts ones: 1.5 times 2^23. Conversions that check
    /// their range are several times slower.
    const ONES: f32 = 12_582_912.0;
    let scaled = (sample as f32 * gain).clamp(-PEAK_MAX, PEAK_MAX);
    (scaled + ONES).to_bits() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(amplitude: f64, at: usize) -> i32 {
        (amplitude * (at as f64 * 0.3).sin()) as i32
    }

    #[test]
    fn what_fits_is_not_touched() {
        let sum: Vec<i32> = (0..160).map(|at| sine(32_767.0, at)).collect();
        let mut out = Vec::new();
        Limiter::default().limit(&sum, &mut out);
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
            limiter.limit(&sum, &mut out);
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
            limiter.limit(&[1000; 160], &mut out);
            assert!(out.windows(2).all(|pair| pair[0] <= pair[1] + 1));
            frames += 1;
        }
        assert!((50..150).contains(&frames), "{frames} frames");
    }

    #[test]
    fn the_largest_sum_stays_within_16_bits() {
        let mut out = Vec::new();
        let largest = i32::from(i16::MIN) << 15;
        Limiter::default().limit(&[largest; 160], &mut out);
        assert!(out.iter().all(|&x| x < -32_000));
    }
}

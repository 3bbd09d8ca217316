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
        let peak = sum.iter().fold(0, |peak, &x| (x ^ (x >> 31)).max(peak));
        if self.gain == 1.0 && peak <= i32::from(i16::MAX) {
            out.extend(sum.iter().map(|&x| x as i16));
            return;
        }
        let start = self.gain;
        let fitting = (PEAK_MAX / (peak + 1) as f32).min(1.0);
        self.gain = fitting.min(start * RELEASE);
        let ramp = if self.gain < start {
            let first = sum
                .iter()
                .position(|&x| (x as f32 * start).abs() > PEAK_MAX);
            first.unwrap_or(sum.len()).max(sum.len() / ATTACK_PART)
        } else {
            sum.len()
        };
        let slope = (self.gain - start) / ramp.max(1) as f32;
        out.extend(sum.iter().enumerate().map(|(at, &x)| {
            let gain = start + slope * at.min(ramp) as f32;
            // The conversion saturates.
            (x as f32 * gain) as i16
        }));
    }
}

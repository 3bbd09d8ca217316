//! Concealment of lost packets, after ITU-T G.711 Appendix I: repeat the last pitch period, fade,
//! and fade over into the next good packet.

use std::collections::VecDeque;

/// Full loudness until here (G.711 Appendix I §I.2.6).
pub const FADE_START_MS: u32 = 10;
/// Silence from here on (G.711 Appendix I §I.2.7).
pub const FADE_END_MS: u32 = 60;
/// The shortest pitch period that is looked for, in units of 1/8 ms (200 Hz).
const PITCH_EIGHTHS_MIN: u32 = 40;
/// The longest (66 Hz).
const PITCH_EIGHTHS_MAX: u32 = 120;
/// How long two stretches are compared to find the pitch.
const MATCH_MS: u32 = 15;
/// Fade between concealment and the next good packet.
const OVERLAP_MS: u32 = 4;

/// Recent sound of one stream.
#[derive(Debug, Clone)]
pub struct Concealment {
    samples_per_ms: usize,
    history: Vec<i16>,
    /// Samples invented since the last good one.
    lost: usize,
    /// The pitch period under repetition, next sample first.
    period: VecDeque<i16>,
}

impl Concealment {
    /// For a stream of `rate_hz` samples per second.
    pub fn new(rate_hz: u32) -> Self {
        let samples_per_ms = rate_hz as usize / 1000;
        let length =
            PITCH_EIGHTHS_MAX as usize * samples_per_ms / 8 + MATCH_MS as usize * samples_per_ms;
        Concealment {
            samples_per_ms,
            history: vec![0; length],
            lost: 0,
            period: VecDeque::new(),
        }
    }

    /// Remembers good sound, after fading its start over from what was invented before it.
    pub fn good(&mut self, samples: &mut [i16]) {
        if self.lost > 0 && !samples.is_empty() {
            let overlap = (OVERLAP_MS as usize * self.samples_per_ms).min(samples.len());
            for (at, sample) in samples.iter_mut().take(overlap).enumerate() {
                let (invented, good) = (i32::from(self.next()), i32::from(*sample));
                let (at, overlap) = (at as i32, overlap as i32);
                *sample = ((invented * (overlap - at) + good * at) / overlap) as i16;
            }
            self.lost = 0;
            self.period.clear();
        }
        let kept = self.history.len();
        match samples.len() {
            new if new >= kept => self.history.copy_from_slice(&samples[new - kept..]),
            new => {
                self.history.copy_within(new.., 0);
                self.history[kept - new..].copy_from_slice(samples);
            }
        }
    }

    /// Appends `samples` invented samples.
    pub fn lost(&mut self, samples: usize, out: &mut Vec<i16>) {
        if self.period.is_empty() {
            let tail = self.history.len() - self.pitch();
            self.period.extend(&self.history[tail..]);
        }
        out.extend((0..samples).map(|_| self.next()));
    }

    fn next(&mut self) -> i16 {
        let end = FADE_END_MS as usize * self.samples_per_ms;
        if self.lost >= end {
            return 0;
        }
        let fade = end - FADE_START_MS as usize * self.samples_per_ms;
        let gain = (end - self.lost).min(fade);
        self.lost += 1;
        self.period.rotate_left(1);
        let sample = self.period.back().copied().unwrap_or(0);
        (i64::from(sample) * gain as i64 / fade as i64) as i16
    }

    /// The lag at which recent sound resembles itself most.
    fn pitch(&self) -> usize {
        let lag = |eighths: u32| eighths as usize * self.samples_per_ms / 8;
        let length = self.history.len();
        let window = MATCH_MS as usize * self.samples_per_ms;
        let recent = &self.history[length - window..];
        let likeness = |lag: usize| -> f32 {
            let earlier = &self.history[length - window - lag..length - lag];
            let (mut product, mut energy) = (0.0, 1.0);
            for (&a, &b) in recent.iter().zip(earlier) {
                product += f32::from(a) * f32::from(b);
                energy += f32::from(b) * f32::from(b);
            }
            product / f32::sqrt(energy)
        };
        (lag(PITCH_EIGHTHS_MIN)..=lag(PITCH_EIGHTHS_MAX))
            .map(|lag| (likeness(lag), lag))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map_or(lag(PITCH_EIGHTHS_MAX), |(_, lag)| lag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(at: usize) -> i16 {
        // A period of 50 samples at 8 kHz.
        (8000.0 * (at as f64 * std::f64::consts::TAU / 50.0).sin()) as i16
    }

    fn after_good() -> Concealment {
        let mut concealment = Concealment::new(8000);
        let mut good: Vec<i16> = (0..800).map(sine).collect();
        concealment.good(&mut good);
        concealment
    }

    #[test]
    fn a_tone_goes_on_through_a_short_gap() {
        let mut concealment = after_good();
        let mut out = Vec::new();
        concealment.lost(80, &mut out);
        for (at, &sample) in out.iter().enumerate() {
            assert!((sample - sine(800 + at)).abs() < 50, "{at}: {sample}");
        }
        let mut good: Vec<i16> = (880..1040).map(sine).collect();
        concealment.good(&mut good);
        for (at, &sample) in good.iter().enumerate() {
            assert!((sample - sine(880 + at)).abs() < 500, "{at}: {sample}");
        }
    }

    #[test]
    fn a_long_gap_fades_to_silence() {
        let mut concealment = after_good();
        let mut out = Vec::new();
        for _ in 0..50 {
            concealment.lost(160, &mut out);
        }
        assert_eq!(out.len(), 8000);
        assert!(out[..80].iter().any(|&x| x > 7000));
        assert!(out[320..400].iter().all(|&x| x.abs() < 4000));
        assert!(out[480..].iter().all(|&x| x == 0));
    }

    #[test]
    fn a_gap_before_any_sound_is_silent() {
        let mut out = Vec::new();
        Concealment::new(16_000).lost(320, &mut out);
        assert_eq!(out, [0; 320]);
    }
}

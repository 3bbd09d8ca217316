//! Test tones: each sender has its own, and a detector tells from a mix which senders are in it.

use super::Rate;
use std::f32::consts::TAU;

/// Senders that can be told apart.
pub const SENDERS_MAX: u8 = 64;
/// Peak of one tone; eight of them fit 16 bits.
const AMPLITUDE: f32 = 3000.0;
/// All tones are within 405 to 2925 Hz, which every codec passes, and are 40 Hz apart. None is
/// a multiple of another sender's, so that distortion is not taken for a sender.
const LOWEST_HZ: u32 = 405;
const SPACING_HZ: u32 = 40;
/// The detector's window; under a Hann window it resolves 10 Hz.
pub const WINDOW_MS: u32 = 200;
/// Below this amplitude there is no tone.
const AMPLITUDE_MIN: f32 = 150.0;
/// A tone much weaker than the strongest one is distortion.
const RELATIVE_MIN: f32 = 0.2;

/// The frequency of `sender`, which counts modulo [`SENDERS_MAX`].
pub const fn frequency_hz(sender: u8) -> u32 {
    LOWEST_HZ + SPACING_HZ * (sender % SENDERS_MAX) as u32
}

/// A set of senders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Senders(pub u64);

impl Senders {
    /// Whether `sender` is in it.
    pub fn contains(self, sender: u8) -> bool {
        self.0 >> (sender % SENDERS_MAX) & 1 == 1
    }

    /// Its members in ascending order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..SENDERS_MAX).filter(move |&sender| self.contains(sender))
    }
}

impl FromIterator<u8> for Senders {
    fn from_iter<I: IntoIterator<Item = u8>>(senders: I) -> Self {
        let bits = senders
            .into_iter()
            .map(|sender| 1 << (sender % SENDERS_MAX));
        Senders(bits.fold(0, |all, bit: u64| all | bit))
    }
}

/// One sender's endless sine.
#[derive(Debug, Clone)]
pub struct Tone {
    step_hz: u32,
    rate_hz: u32,
    /// Position in the period, in units of 1/`rate_hz` of it: exact for ever.
    phase: u32,
}

impl Tone {
    /// The tone of `sender`.
    pub fn new(sender: u8, rate: Rate) -> Self {
        Tone {
            step_hz: frequency_hz(sender),
            rate_hz: rate.hz(),
            phase: 0,
        }
    }

    /// Appends the next `samples` samples.
    pub fn play(&mut self, samples: usize, out: &mut Vec<i16>) {
        out.extend((0..samples).map(|_| {
            let angle = TAU * self.phase as f32 / self.rate_hz as f32;
            self.phase = (self.phase + self.step_hz) % self.rate_hz;
            (AMPLITUDE * angle.sin()) as i16
        }));
    }
}

/// Finds senders in a mix: a Goertzel filter per sender over windows of 200 ms.
#[derive(Debug, Clone)]
pub struct ToneDetector {
    window: Vec<f32>,
    coefficients: [f32; SENDERS_MAX as usize],
    now: [f32; SENDERS_MAX as usize],
    before: [f32; SENDERS_MAX as usize],
    at: usize,
}

impl ToneDetector {
    /// For sound at `rate`.
    pub fn new(rate: Rate) -> Self {
        let length = rate.hz() * WINDOW_MS / 1000;
        let hann = |at| 1.0 - (TAU * at as f32 / length as f32).cos();
        let radians = |sender| TAU * frequency_hz(sender as u8) as f32 / rate.hz() as f32;
        ToneDetector {
            window: (0..length).map(hann).collect(),
            coefficients: std::array::from_fn(|sender| 2.0 * radians(sender).cos()),
            now: [0.0; SENDERS_MAX as usize],
            before: [0.0; SENDERS_MAX as usize],
            at: 0,
        }
    }

    /// Takes samples; returns the senders of the newest window that ended in them, if one did.
    pub fn push(&mut self, samples: &[i16]) -> Option<Senders> {
        let mut heard = None;
        for &sample in samples {
            let sample = f32::from(sample) * self.window[self.at];
            let states = self.now.iter_mut().zip(&mut self.before);
            for ((now, before), coefficient) in states.zip(&self.coefficients) {
                let next = sample + coefficient * *now - *before;
                (*before, *now) = (*now, next);
            }
            self.at += 1;
            if self.at == self.window.len() {
                heard = Some(self.finish());
            }
        }
        heard
    }

    fn finish(&mut self) -> Senders {
        let scale = 2.0 / self.window.len() as f32;
        let amplitudes: [f32; SENDERS_MAX as usize] = std::array::from_fn(|sender| {
            let (now, before) = (self.now[sender], self.before[sender]);
            let power = now * now + before * before - self.coefficients[sender] * now * before;
            power.max(0.0).sqrt() * scale
        });
        self.now.fill(0.0);
        self.before.fill(0.0);
        self.at = 0;
        let strongest = amplitudes.iter().copied().fold(0.0, f32::max);
        let least = AMPLITUDE_MIN.max(strongest * RELATIVE_MIN);
        (0..SENDERS_MAX)
            .filter(|&sender| amplitudes[usize::from(sender)] >= least)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::audio::{AudioDecoder, AudioEncoder};
    use base::AudioCodec;

    /// What is heard of `senders` mixed, after a codec, in each window.
    fn heard(codec: AudioCodec, senders: &[u8], windows: usize) -> Vec<Senders> {
        let rate = Rate::from(codec);
        let mut tones: Vec<_> = senders
            .iter()
            .map(|&sender| Tone::new(sender, rate))
            .collect();
        let (mut encoder, mut decoder) = (AudioEncoder::new(codec), AudioDecoder::new(codec));
        let mut detector = ToneDetector::new(rate);
        let frames = windows * (WINDOW_MS / super::super::FRAME_MS) as usize;
        let mut heard = Vec::new();
        for _ in 0..frames {
            let mut mix = vec![0; rate.frame_samples()];
            for tone in &mut tones {
                let mut samples = Vec::new();
                tone.play(mix.len(), &mut samples);
                mix.iter_mut().zip(samples).for_each(|(mix, x)| *mix += x);
            }
            let (mut octets, mut sound) = (Vec::new(), Vec::new());
            encoder.encode(&mix, &mut octets);
            decoder.decode(&octets, &mut sound);
            heard.extend(detector.push(&sound));
        }
        heard
    }

    const CODECS: [AudioCodec; 3] = [AudioCodec::G711Ulaw, AudioCodec::G711Alaw, AudioCodec::G722];

    #[test]
    fn every_single_sender_is_heard_alone() {
        for codec in CODECS {
            for sender in 0..SENDERS_MAX {
                let expected = Senders::from_iter([sender]);
                assert_eq!(
                    heard(codec, &[sender], 2),
                    [expected; 2],
                    "{codec:?} {sender}"
                );
            }
        }
    }

    #[test]
    fn any_eight_senders_are_heard_and_no_others() {
        let mut rng = base::Rng::new(5);
        for codec in CODECS {
            for _ in 0..40 {
                let mut senders: Vec<u8> = (0..8).map(|_| rng.below(64) as u8).collect();
                senders.sort();
                senders.dedup();
                let expected: Senders = senders.iter().copied().collect();
                assert!(expected.iter().eq(senders.iter().copied()));
                assert_eq!(
                    heard(codec, &senders, 3),
                    [expected; 3],
                    "{codec:?} {senders:?}"
                );
            }
        }
    }

    #[test]
    fn noise_and_silence_are_no_senders() {
        let mut rng = base::Rng::new(1);
        let mut detector = ToneDetector::new(Rate::Narrow);
        assert_eq!(detector.push(&[0; 1600]), Some(Senders::default()));
        let noise: Vec<i16> = (0..16_000).map(|_| rng.next_u32() as i16 >> 5).collect();
        for window in noise.chunks(1600) {
            assert_eq!(detector.push(window), Some(Senders::default()));
        }
    }
}

//! How loud a frame is, and whether someone speaks in it.

use crate::codec::ffi::widest;

/// Loudness of a frame as RFC 6464 §3 gives it: decibels below overload, 0 (loudest) to 127
/// (silence).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Level(u8);

impl Level {
    /// Digital silence.
    pub const SILENCE: Level = Level(127);

    /// Of 16-bit `samples`; silence if there are none.
    pub fn of(samples: &[i16]) -> Self {
        /// Below this sum, all samples are so small that their squares fit without a shift.
        const QUIET: u64 = 1 << 12;
        let energy = match widest!(energy::<3>(samples)) {
            quiet if quiet < QUIET => energy::<0>(samples) as f32,
            loud => (loud << 6) as f32,
        };
        if energy == 0.0 {
            return Level::SILENCE;
        }
        let overload = (1u64 << 30) as f32 * samples.len() as f32;
        let decibels = 10.0 * std::f32::consts::LOG10_2 * (overload / energy).log2();
        Level(((decibels + 0.5) as u8).min(Level::SILENCE.0))
    }

    /// Decibels below overload.
    pub fn dbov_below(self) -> u8 {
        self.0
    }

    /// Decibels above silence, so that more is louder: 0 to 127.
    pub fn loudness_db(self) -> u8 {
        127 - self.0
    }
}

/// Sum of the squares of `samples`, each shifted right so that 32 bits hold the sum of a chunk:
/// then the compiler uses the vector instruction that multiplies and adds pairs.
fn energy<const SHIFT: u32>(samples: &[i16]) -> u64 {
    /// 160 times 2^24 is less than 2^32.
    const CHUNK: usize = 160;
    let chunk_energy = |chunk: &[i16]| {
        let squares = chunk.iter().map(|&x| i32::from(x >> SHIFT).pow(2));
        squares.fold(0, i32::wrapping_add) as u32
    };
    samples
        .chunks(CHUNK)
        .map(|chunk| u64::from(chunk_energy(chunk)))
        .sum()
}

/// Quieter than this is never speech, dB below overload.
const SPEECH_DBOV_BELOW_MAX: u8 = 55;
/// Speech is this much above the noise.
const SPEECH_OVER_NOISE_DB: f32 = 10.0;
/// The noise floor rises this much per frame of 20 ms (3 dB/s), so that speech does not lift it
/// much between its pauses.
const NOISE_RISE_DB: f32 = 0.06;
/// The part of the way down to a quieter frame that the noise floor takes.
const NOISE_FALL: f32 = 0.25;
/// Where the noise floor starts, and its limits, dB above silence.
const NOISE_MIN_DB: f32 = 37.0;
const NOISE_MAX_DB: f32 = 97.0;
/// Frames a word lasts after its last loud one: 200 ms.
const HANGOVER_FRAMES: u8 = 10;

/// Tells speech from noise that stays the same, frame by frame.
#[derive(Debug, Clone)]
pub struct VoiceDetector {
    noise_db: f32,
    hangover: u8,
}

impl Default for VoiceDetector {
    fn default() -> Self {
        VoiceDetector {
            noise_db: NOISE_MIN_DB,
            hangover: 0,
        }
    }
}

impl VoiceDetector {
    /// Whether someone speaks, given the level of the next 20 ms.
    pub fn speaks(&mut self, level: Level) -> bool {
        let loudness = f32::from(level.loudness_db());
        let over_noise = loudness - self.noise_db;
        self.noise_db += if over_noise > 0.0 {
            NOISE_RISE_DB
        } else {
            over_noise * NOISE_FALL
        };
        self.noise_db = self.noise_db.clamp(NOISE_MIN_DB, NOISE_MAX_DB);
        if over_noise > SPEECH_OVER_NOISE_DB && level.0 < SPEECH_DBOV_BELOW_MAX {
            self.hangover = HANGOVER_FRAMES;
        } else {
            self.hangover = self.hangover.saturating_sub(1);
        }
        self.hangover > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(amplitude: f64) -> Vec<i16> {
        (0..160)
            .map(|at| (amplitude * (at as f64 * 0.785).sin()) as i16)
            .collect()
    }

    #[test]
    fn levels_are_decibels_below_overload() {
        assert_eq!(Level::of(&[i16::MIN; 320]).dbov_below(), 0);
        assert_eq!(Level::of(&[i16::MIN, 0].repeat(80)).dbov_below(), 3);
        assert_eq!(Level::of(&sine(32_767.0)).dbov_below(), 3);
        assert_eq!(Level::of(&sine(3276.7)).dbov_below(), 23);
        assert_eq!(Level::of(&sine(327.67)).dbov_below(), 43);
        assert_eq!(Level::of(&[33; 160]).dbov_below(), 60);
        assert_eq!(Level::of(&[1; 160]).dbov_below(), 90);
        assert_eq!(Level::of(&[0; 160]), Level::SILENCE);
        assert_eq!(Level::of(&[]), Level::SILENCE);
    }

    #[test]
    fn steady_noise_is_not_speech_but_louder_words_in_it_are() {
        let mut voice = VoiceDetector::default();
        assert!((0..100).all(|_| !voice.speaks(Level::SILENCE)));
        // A fan starts: taken for speech until the floor has come up, at 3 dB/s.
        let noise = Level::of(&sine(200.0));
        let fooled = (0..1500).filter(|_| voice.speaks(noise)).count();
        assert!(fooled < 1500 - 500, "{fooled} frames of noise are speech");
        assert!(!voice.speaks(noise));
        assert!(voice.speaks(Level::of(&sine(3000.0))));
        let hangover = (0..100).take_while(|_| voice.speaks(noise)).count();
        assert_eq!(hangover, usize::from(HANGOVER_FRAMES) - 1);
    }
}

//! How loud a frame is, and whether someone speaks in it.

/// Loudness of a frame as RFC 6464 §3 gives it: decibels below overload, 0 (loudest) to 127
/// (silence).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Level(u8);

impl Level {
    /// Digital silence.
    pub const SILENCE: Level = Level(127);

    /// Of 16-bit `samples`; silence if there are none.
    pub fn of(samples: &[i16]) -> Self {
        /// Independent sums, as many as let the compiler use vectors.
        const LANES: usize = 8;
        let (chunks, rest) = samples.as_chunks::<LANES>();
        let mut sums = [0f32; LANES];
        for chunk in chunks {
            for (sum, &sample) in sums.iter_mut().zip(chunk) {
                let sample = f32::from(sample);
                *sum += sample * sample;
            }
        }
        let rest: f32 = rest.iter().map(|&x| f32::from(x) * f32::from(x)).sum();
        let energy = (sums.iter().sum::<f32>() + rest) / samples.len().max(1) as f32;
        let overload = 32768.0 * 32768.0;
        if energy < 1e-3 {
            return Level::SILENCE;
        }
        Level(
            (-10.0 * (energy / overload).log10())
                .round()
                .clamp(0.0, 127.0) as u8,
        )
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

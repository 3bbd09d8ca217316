//! The sound that comes from one participant: 20 ms of samples every 20 ms, whatever the network
//! does.

use super::limits::{GATE_HANGOVER_FRAMES, PAUSE_DBOV_BELOW};
use crate::audio::Rate;
use crate::audio::conceal::Concealment;
use crate::audio::level::{Level, VoiceDetector};
use crate::audio::mixer::Sound;
use crate::codec::{g711, g722};
use crate::rtp::jitter_buffer::{JitterBuffer, Playout};
use crate::rtp::telephone_event::Digits;
use base::{AudioCodec, Instant};

/// Packets in a row whose timestamps advance by two for an octet, after which the sender is known to
/// count samples.
const DOUBLED_PACKETS: u32 = 3;

/// The RTP clock of G.722 is 8 kHz, an octet a tick (RFC 3551 §4.5.2), but h323plus counts the 16,000
/// samples. This tells them apart and gives all timestamps in octets.
#[derive(Debug, Clone, Default)]
struct G722Clock {
    /// Timestamp and octets of the last packet.
    last: Option<(u32, u32)>,
    doubled: u32,
    /// Where halving began.
    from: Option<u32>,
}

impl G722Clock {
    fn correct(&mut self, timestamp: u32, octets: u32) -> u32 {
        if let Some((last, length)) = self.last.replace((timestamp, octets)) {
            let step = timestamp.wrapping_sub(last);
            if step == length {
                (self.doubled, self.from) = (0, None);
            } else if step == 2 * length {
                self.doubled += 1;
            }
        }
        if self.doubled >= DOUBLED_PACKETS && self.from.is_none() {
            self.from = Some(timestamp);
        }
        match self.from {
            Some(from) => from.wrapping_add_signed(timestamp.wrapping_sub(from) as i32 / 2),
            None => timestamp,
        }
    }
}

/// An incoming sound stream behind its source.
pub struct Voice {
    codec: AudioCodec,
    jitter: JitterBuffer,
    clock: G722Clock,
    decoder: g722::Decoder,
    concealment: Concealment,
    samples: Vec<i16>,
    pauses: u32,
    level: Level,
    detector: VoiceDetector,
    speaks: bool,
    /// Pressed keys.
    pub digits: Digits,
}

impl Voice {
    /// A stream that has not begun.
    pub fn new(codec: AudioCodec) -> Self {
        Voice {
            codec,
            jitter: JitterBuffer::new(),
            clock: G722Clock::default(),
            decoder: g722::Decoder::default(),
            concealment: Concealment::new(codec.sample_rate_hz()),
            samples: Vec::new(),
            pauses: GATE_HANGOVER_FRAMES,
            level: Level::SILENCE,
            detector: VoiceDetector::default(),
            speaks: false,
            digits: Digits::default(),
        }
    }

    /// A stream that was heard elsewhere, before it is heard here again; its packets are given as time
    /// of arrival, timestamp and octets.
    pub fn again(codec: AudioCodec, packets: impl Iterator<Item = (Instant, u32, u32)>) -> Self {
        let mut voice = Voice::new(codec);
        let mut clock = voice.clock.clone();
        voice.jitter = JitterBuffer::foreseeing(packets.map(|(at, timestamp, octets)| {
            let timestamp = match codec {
                AudioCodec::G722 => clock.correct(timestamp, octets),
                _ => timestamp,
            };
            (at, timestamp)
        }));
        voice
    }

    /// Its codec.
    pub fn codec(&self) -> AudioCodec {
        self.codec
    }

    /// The jitter buffer, to ask how it fares.
    pub fn jitter(&self) -> &JitterBuffer {
        &self.jitter
    }

    /// A new source has begun.
    pub fn restart(&mut self) {
        self.jitter = JitterBuffer::new();
        self.clock = G722Clock::default();
        self.digits = Digits::default();
    }

    /// Takes a packet.
    pub fn put(&mut self, now: Instant, timestamp: u32, marker: bool, payload: &[u8]) {
        let timestamp = match self.codec {
            AudioCodec::G722 => self.clock.correct(timestamp, payload.len() as u32),
            _ => timestamp,
        };
        self.jitter.put(now, timestamp, marker, payload);
    }

    /// Decodes the next 20 ms; afterwards `samples` holds them.
    pub fn advance(&mut self, now: Instant) {
        self.samples.clear();
        match self.jitter.pull(now, !self.speaks) {
            Playout::Idle => {
                self.level = Level::SILENCE;
                self.speaks = false;
                self.pauses = GATE_HANGOVER_FRAMES;
                return;
            }
            Playout::Missing => {
                let count = self.codec.sample_rate_hz() as usize / 50;
                self.concealment.lost(count, &mut self.samples);
            }
            Playout::Sound(octets) => {
                match self.codec {
                    AudioCodec::G711Ulaw => g711::decode_ulaw(&octets, &mut self.samples),
                    AudioCodec::G711Alaw => g711::decode_alaw(&octets, &mut self.samples),
                    AudioCodec::G722 => self.decoder.decode(&octets, &mut self.samples),
                }
                self.concealment.good(&mut self.samples);
            }
        }
        self.level = Level::of(&self.samples);
        self.speaks = self.detector.speaks(self.level);
        self.pauses = if self.level.dbov_below() > PAUSE_DBOV_BELOW {
            self.pauses.saturating_add(1)
        } else {
            0
        };
    }

    /// The last 20 ms; silent if there is nothing worth mixing.
    pub fn sound(&self) -> Sound<'_> {
        if self.samples.is_empty() || self.pauses >= GATE_HANGOVER_FRAMES {
            return Sound::Silent;
        }
        match Rate::from(self.codec) {
            Rate::Narrow => Sound::Narrow(&self.samples),
            Rate::Wide => Sound::Wide(&self.samples),
        }
    }

    /// How loud the last 20 ms were.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Whether someone speaks.
    pub fn speaks(&self) -> bool {
        self.speaks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g722_that_counts_samples_is_put_in_octets() {
        let mut clock = G722Clock::default();
        let corrected: Vec<u32> = (0..8).map(|n| clock.correct(1000 + n * 320, 160)).collect();
        assert_eq!(corrected[3..], [1960, 2120, 2280, 2440, 2600]);
        let mut right = G722Clock::default();
        assert!((0..8).all(|n| right.correct(n * 160, 160) == n * 160));
        // A lost packet now and then is no other clock.
        assert_eq!(right.correct(9 * 160, 160), 9 * 160);
    }
}

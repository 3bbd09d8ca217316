//! An N-1 audio conference in G.711, with all its steps: decoding, level meters, mixing, encoding.

use base::AudioCodec;
use media::audio::level::{Level, VoiceDetector};
use media::audio::mixer::{Ear, Heard, Mixer, Sound};
use media::audio::tone::Tone;
use media::audio::{FRAME_MS, Rate};
use media::codec::audio::{AudioDecoder, AudioEncoder};
use std::hint::black_box;

/// Mixes in a second.
pub const FRAMES_PER_SECOND: usize = 1000 / FRAME_MS as usize;
const CODEC: AudioCodec = AudioCodec::G711Ulaw;

/// Participants who all send packets.
pub struct MixedRoom {
    participants: Vec<Participant>,
    talkers: usize,
    mixer: Mixer,
    common: Vec<u8>,
    frame: usize,
}

struct Participant {
    packets: Vec<Vec<u8>>,
    decoder: AudioDecoder,
    voice: VoiceDetector,
    sound: Vec<i16>,
    ear: Ear,
    encoder: AudioEncoder,
    mix: Vec<i16>,
    payload: Vec<u8>,
}

impl MixedRoom {
    /// Of `count` participants, of whom `talkers` are mixed; they send tones of their own.
    pub fn new(count: usize, talkers: usize) -> Self {
        MixedRoom {
            participants: (0..count).map(Participant::new).collect(),
            talkers: talkers.min(count),
            mixer: Mixer::default(),
            common: Vec::new(),
            frame: 0,
        }
    }

    /// The next 20 ms of everybody.
    pub fn mix(&mut self) {
        let packet = self.frame % FRAMES_PER_SECOND;
        self.frame += 1;
        for participant in &mut self.participants {
            participant.sound.clear();
            participant
                .decoder
                .decode(&participant.packets[packet], &mut participant.sound);
            black_box(participant.voice.speaks(Level::of(&participant.sound)));
        }
        let talkers = self.participants[..self.talkers].iter();
        self.mixer
            .sum(talkers.map(|talker| Sound::Narrow(&talker.sound)), false);
        self.common.clear();
        AudioEncoder::new(CODEC).encode(self.mixer.common(Rate::Narrow), &mut self.common);
        for (index, participant) in self.participants.iter_mut().enumerate() {
            let Participant {
                sound,
                ear,
                encoder,
                mix,
                payload,
                ..
            } = participant;
            let own = if index < self.talkers {
                Sound::Narrow(sound)
            } else {
                Sound::Silent
            };
            payload.clear();
            match self.mixer.mix(ear, own, mix) {
                Heard::Common => payload.extend_from_slice(&self.common),
                Heard::Own => encoder.encode(mix, payload),
            }
            black_box(payload);
        }
    }
}

impl Participant {
    fn new(sender: usize) -> Self {
        let mut tone = Tone::new(sender as u8, Rate::Narrow);
        let mut encoder = AudioEncoder::new(CODEC);
        let packet = |_| {
            let (mut samples, mut packet) = (Vec::new(), Vec::new());
            tone.play(Rate::Narrow.frame_samples(), &mut samples);
            encoder.encode(&samples, &mut packet);
            packet
        };
        Participant {
            packets: (0..FRAMES_PER_SECOND).map(packet).collect(),
            decoder: AudioDecoder::new(CODEC),
            voice: VoiceDetector::default(),
            sound: Vec::new(),
            ear: Ear::new(CODEC.into()),
            encoder: AudioEncoder::new(CODEC),
            mix: Vec::new(),
            payload: Vec::new(),
        }
    }
}

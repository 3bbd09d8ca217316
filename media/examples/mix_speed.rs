//! CPU time of an N-1 audio conference in G.711 (decoding, level meters, mixing and encoding), and
//! of each codec.
//!
//! `cargo run --release -p media --example mix_speed`

use base::AudioCodec;
use media::audio::level::{Level, VoiceDetector};
use media::audio::mixer::{Ear, Heard, Mixer, Sound};
use media::audio::tone::Tone;
use media::audio::{FRAME_MS, Rate};
use media::codec::audio::{AudioDecoder, AudioEncoder};
use std::hint::black_box;

/// Participants times seconds of each measurement: CPU time is counted coarsely.
const PARTICIPANT_SECONDS: usize = 10_000;
const FRAMES_PER_SECOND: usize = 1000 / FRAME_MS as usize;

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

impl Participant {
    fn new(sender: usize) -> Self {
        let codec = AudioCodec::G711Ulaw;
        let mut tone = Tone::new(sender as u8, Rate::Narrow);
        let mut encoder = AudioEncoder::new(codec);
        let packet = |_| {
            let (mut samples, mut packet) = (Vec::new(), Vec::new());
            tone.play(Rate::Narrow.frame_samples(), &mut samples);
            encoder.encode(&samples, &mut packet);
            packet
        };
        Participant {
            packets: (0..FRAMES_PER_SECOND).map(packet).collect(),
            decoder: AudioDecoder::new(codec),
            voice: VoiceDetector::default(),
            sound: Vec::new(),
            ear: Ear::new(codec.into()),
            encoder: AudioEncoder::new(codec),
            mix: Vec::new(),
            payload: Vec::new(),
        }
    }
}

fn main() {
    println!("CPU ms per second of conference, G.711, {FRAME_MS} ms frames");
    println!("{:>12} {:>10} {:>12}", "participants", "3 talk", "all talk");
    for count in [3, 10, 100, 500] {
        let few = milliseconds_per_second(count, 3.min(count));
        let all = milliseconds_per_second(count, count);
        println!("{count:>12} {few:>10.3} {all:>12.3}");
    }
    println!("\nCPU µs per second of one stream");
    println!("{:>12} {:>10} {:>12}", "codec", "encode", "decode");
    for codec in [AudioCodec::G711Ulaw, AudioCodec::G711Alaw, AudioCodec::G722] {
        let (encode, decode) = microseconds_per_second(codec);
        println!("{:>12} {encode:>10.1} {decode:>12.1}", format!("{codec:?}"));
    }
}

/// Encoding and decoding of noise, which is the hardest to predict.
fn microseconds_per_second(codec: AudioCodec) -> (f64, f64) {
    let seconds = match codec {
        AudioCodec::G722 => 1000,
        AudioCodec::G711Ulaw | AudioCodec::G711Alaw => 50_000,
    };
    let mut rng = base::Rng::new(1);
    let rate = codec.sample_rate_hz() as usize;
    let sound: Vec<i16> = (0..rate).map(|_| rng.next_u32() as i16 >> 3).collect();
    let (mut encoder, mut decoder) = (AudioEncoder::new(codec), AudioDecoder::new(codec));
    let (mut octets, mut decoded) = (Vec::new(), Vec::new());
    let start = cpu_seconds();
    for _ in 0..seconds {
        octets.clear();
        for frame in sound.chunks(rate / FRAMES_PER_SECOND) {
            encoder.encode(black_box(frame), &mut octets);
        }
    }
    let encoded = cpu_seconds();
    for _ in 0..seconds {
        decoded.clear();
        for packet in octets.chunks(8 * FRAME_MS as usize) {
            decoder.decode(black_box(packet), &mut decoded);
        }
    }
    let micros = |cpu_seconds: f64| cpu_seconds * 1e6 / seconds as f64;
    (micros(encoded - start), micros(cpu_seconds() - encoded))
}

/// Everyone sends packets; `talkers` of them are mixed.
fn milliseconds_per_second(count: usize, talkers: usize) -> f64 {
    let mut participants: Vec<_> = (0..count).map(Participant::new).collect();
    let mut mixer = Mixer::default();
    let mut common = Vec::new();
    let seconds = PARTICIPANT_SECONDS / count;
    let start = cpu_seconds();
    for frame in 0..seconds * FRAMES_PER_SECOND {
        for participant in &mut participants {
            participant.sound.clear();
            let packet = &participant.packets[frame % FRAMES_PER_SECOND];
            participant.decoder.decode(packet, &mut participant.sound);
            black_box(participant.voice.speaks(Level::of(&participant.sound)));
        }
        let sounds = participants[..talkers].iter();
        mixer.sum(sounds.map(|talker| Sound::Narrow(&talker.sound)), false);
        common.clear();
        AudioEncoder::new(AudioCodec::G711Ulaw).encode(mixer.common(Rate::Narrow), &mut common);
        for (index, participant) in participants.iter_mut().enumerate() {
            let own = if index < talkers {
                Sound::Narrow(&participant.sound)
            } else {
                Sound::Silent
            };
            participant.payload.clear();
            match mixer.mix(&mut participant.ear, own, &mut participant.mix) {
                Heard::Common => participant.payload.extend_from_slice(&common),
                Heard::Own => {
                    (participant.encoder).encode(&participant.mix, &mut participant.payload)
                }
            }
            black_box(&participant.payload);
        }
    }
    (cpu_seconds() - start) * 1000.0 / seconds as f64
}

/// CPU time of this process, as Linux counts it: what others run does not matter.
fn cpu_seconds() -> f64 {
    let times = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos = times.split(' ').next().and_then(|nanos| nanos.parse().ok());
    nanos.unwrap_or(0.0) / 1e9
}

//! The audio codecs against ffmpeg's, on noise, tones and full-scale steps.

use super::audio::{AudioDecoder, AudioEncoder};
use base::AudioCodec;
use std::io::Write;
use std::process::{Command, Stdio};

/// Half speech-like (tones that swell), half noise of full scale, with steps between the limits.
fn test_sound() -> Vec<i16> {
    let mut rng = base::Rng::new(7);
    let mut sound = Vec::new();
    for at in 0..32_000 {
        let seconds = at as f64 / 16_000.0;
        let swell = (seconds * 9.0).sin().abs() * 15_000.0;
        let tones = (seconds * 2800.0).sin() + 0.8 * (seconds * 9000.0).sin();
        sound.push((swell * tones).clamp(-32768.0, 32767.0) as i16);
    }
    sound.extend((0..16_000).map(|_| rng.next_u32() as i16));
    sound.extend((0..4_000).map(|at| if at / 50 % 2 == 0 { i16::MAX } else { i16::MIN }));
    sound.extend([0; 4000]);
    sound
}

fn ffmpeg(arguments: &[&str], input: Vec<u8>) -> Option<Vec<u8>> {
    let child = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("SKIPPED: no ffmpeg to compare with");
        return None;
    };
    let mut stdin = child.stdin.take()?;
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("ffmpeg runs");
    feeder
        .join()
        .expect("the feeder ends")
        .expect("ffmpeg reads all");
    assert!(output.status.success());
    Some(output.stdout)
}

fn octets(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn samples(octets: &[u8]) -> Vec<i16> {
    octets
        .as_chunks()
        .0
        .iter()
        .copied()
        .map(i16::from_le_bytes)
        .collect()
}

const CODECS: [(AudioCodec, &str, &str); 3] = [
    (AudioCodec::G711Ulaw, "mulaw", "8000"),
    (AudioCodec::G711Alaw, "alaw", "8000"),
    (AudioCodec::G722, "g722", "16000"),
];

#[test]
fn decoders_give_what_ffmpeg_gives() {
    for (codec, name, rate) in CODECS {
        let mut coded = Vec::new();
        AudioEncoder::new(codec).encode(&test_sound(), &mut coded);
        // All octets in all orders of loudness, not just those of our encoder.
        let mut rng = base::Rng::new(3);
        coded.extend((0..8000).map(|_| rng.next_u32() as u8));
        let mut arguments = vec!["-f", name];
        if codec != AudioCodec::G722 {
            arguments.extend(["-ar", rate, "-ac", "1"]);
        }
        arguments.extend(["-i", "-", "-f", "s16le", "-"]);
        let Some(expected) = ffmpeg(&arguments, coded.clone()) else {
            return;
        };
        let mut ours = Vec::new();
        AudioDecoder::new(codec).decode(&coded, &mut ours);
        let expected = samples(&expected);
        assert_eq!(ours.len(), expected.len(), "{name}");
        let differing = ours.iter().zip(&expected).position(|(a, b)| a != b);
        assert_eq!(differing, None, "{name}: first differing sample");
    }
}

#[test]
fn g722_encoder_gives_what_ffmpeg_gives() {
    let sound = test_sound();
    let arguments = [
        "-f", "s16le", "-ar", "16000", "-ac", "1", "-i", "-", "-c:a", "g722",
    ];
    let arguments: Vec<_> = arguments.into_iter().chain(["-f", "g722", "-"]).collect();
    let Some(expected) = ffmpeg(&arguments, octets(&sound)) else {
        return;
    };
    let mut ours = Vec::new();
    AudioEncoder::new(AudioCodec::G722).encode(&sound, &mut ours);
    let differing = ours.iter().zip(&expected).position(|(a, b)| a != b);
    assert_eq!(differing, None, "first differing octet of {}", ours.len());
}

/// ffmpeg puts the decision levels between segments half way, G.711 a quarter of a step lower, and
/// they differ about negative samples that are exactly at a level.
#[test]
fn g711_encoders_are_as_close_as_ffmpeg() {
    let sound: Vec<i16> = (i16::MIN..=i16::MAX).collect();
    for (codec, name, rate) in CODECS.into_iter().take(2) {
        let arguments = [
            "-f", "s16le", "-ar", rate, "-ac", "1", "-i", "-", "-f", name, "-",
        ];
        let Some(theirs) = ffmpeg(&arguments, octets(&sound)) else {
            return;
        };
        let mut ours = Vec::new();
        AudioEncoder::new(codec).encode(&sound, &mut ours);
        let (mut our_sound, mut their_sound) = (Vec::new(), Vec::new());
        AudioDecoder::new(codec).decode(&ours, &mut our_sound);
        AudioDecoder::new(codec).decode(&theirs, &mut their_sound);
        let mut differing = 0;
        for ((&x, &a), &b) in sound.iter().zip(&our_sound).zip(&their_sound) {
            let error = |y: i16| (i32::from(x) - i32::from(y)).abs();
            assert!(
                error(a) <= error(b) + i32::from(x).abs() / 50 + 8,
                "{name}: {x} is {a}, not {b}"
            );
            differing += usize::from(a != b);
        }
        assert!(differing < 1000, "{name}: {differing} samples differ");
    }
}

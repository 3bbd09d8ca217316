//! Damaged input is an error, or a wrong picture; never a panic.

use super::synthetic::{format, stream};
use crate::codec::h264::{Engine, H264Decoder};
use crate::codec::{CodedPicture, VideoDecoder};
use base::{PictureSize, Rng};
use bytes::{Bytes, BytesMut};

/// More with `H264_MUTATIONS` in the environment.
const MUTATIONS: u32 = 2_000;

fn mutate(rng: &mut Rng, payload: &Bytes) -> Bytes {
    let mut octets = BytesMut::from(&payload[..]);
    match rng.below(4) {
        0 => octets.truncate(rng.below(octets.len() as u64 + 1) as usize),
        1 => octets.extend_from_slice(&rng.octets16()),
        _ => {
            // Headers are short; most damage elsewhere only changes samples.
            let reach = if rng.below(2) == 0 {
                16
            } else {
                octets.len() as u64
            };
            for _ in 0..1 + rng.below(4) {
                let at = rng.below(reach.min(octets.len() as u64).max(1)) as usize;
                if let Some(octet) = octets.get_mut(at) {
                    *octet = rng.next_u32() as u8;
                }
            }
        }
    }
    octets.freeze()
}

fn survive(engine: Engine, coded: &[CodedPicture], seed: u64, mutations: u32) {
    let mut rng = Rng::new(seed);
    let (mut shown, mut refused) = (0, 0);
    for round in 0..mutations {
        let mut decoder = H264Decoder::new(engine).unwrap();
        let victim = rng.below(coded.len() as u64) as usize;
        for (index, picture) in coded.iter().enumerate() {
            let mut picture = picture.clone();
            if index == victim {
                let at = rng.below(picture.payloads.len() as u64) as usize;
                let payload = picture.payloads[at].as_ref().unwrap();
                picture.payloads[at] = Some(mutate(&mut rng, payload));
            }
            let decoding = std::panic::AssertUnwindSafe(|| decoder.decode(&picture).is_ok());
            match std::panic::catch_unwind(decoding) {
                Ok(true) => shown += 1,
                Ok(false) => refused += 1,
                Err(_) => panic!("seed {seed}, round {round}, picture {index}"),
            }
        }
    }
    assert!(shown > 0 && refused > 0, "{shown} shown, {refused} refused");
}

fn mutations() -> u32 {
    let asked = std::env::var("H264_MUTATIONS").ok();
    asked.map_or(MUTATIONS, |count| count.parse().expect("a number"))
}

#[test]
fn damage_to_a_baseline_stream_is_survived() {
    let coded = stream(format(PictureSize::new(64, 48), 200, true), 500, 3);
    survive(Engine::RustyH264, &coded, 1, mutations());
}

#[test]
fn openh264_survives_damage_to_a_baseline_stream() {
    let coded = stream(format(PictureSize::new(64, 48), 200, false), 500, 3);
    survive(Engine::OpenH264, &coded, 2, mutations() / 4);
}

#[test]
fn damage_to_a_high_profile_stream_is_survived() {
    let source = "testsrc2=s=64x48:r=30:d=0.3";
    let options = "-profile:v high -bf 2 -refs 3 -slices 2 -x264-params weightp=2:b-pyramid=normal";
    let Some(stream) = super::ffmpeg::x264(source, options) else {
        return;
    };
    survive(
        Engine::RustyH264,
        &super::ffmpeg::packets(&stream),
        3,
        mutations() / 2,
    );
}

#[test]
fn noise_is_survived() {
    let mut rng = Rng::new(4);
    let mut decoder = H264Decoder::new(Engine::default()).unwrap();
    for _ in 0..mutations() {
        let length = 1 + rng.below(60);
        let mut octets: Vec<u8> = (0..length).map(|_| rng.next_u32() as u8).collect();
        octets[0] = [0x67, 0x68, 0x65, 0x41][rng.below(4) as usize];
        let coded = CodedPicture {
            timestamp: 0,
            payloads: vec![Some(octets.into())],
        };
        assert!(!matches!(decoder.decode(&coded), Ok(Some(_))));
    }
}

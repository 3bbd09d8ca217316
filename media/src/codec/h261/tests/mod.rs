//! Encoder against decoder, with and without loss, and both against ffmpeg.

mod damage;
mod ffmpeg;
mod parts;
mod sharp;

use super::*;
use crate::Picture;
use crate::codec::{CodedPicture, EncodedPicture, VideoDecoder, VideoEncoder};
use base::{Bitrate, PictureSize};

const FRAME_TICKS: u32 = 3000;

/// Frame `t` of a clip: a slow pan over texture, a rectangle that moves faster, a little noise.
fn scene(size: PictureSize, t: usize) -> Picture {
    let mut picture = Picture::black(size);
    let (width, height) = (picture.width(), picture.height());
    let wave = |x: f64, y: f64| (x / 9.0).sin() * 40.0 + (y / 7.0 + x / 31.0).cos() * 35.0;
    let (left, top) = (20 + t * 3 % 80, 30 + t * 2 % 40);
    for y in 0..height {
        for x in 0..width {
            let inside = (left..left + 50).contains(&x) && (top..top + 40).contains(&y);
            let value = match inside {
                true => 90.0 + wave((x - left) as f64 * 2.0, (y - top) as f64 * 3.0),
                false => 120.0 + wave((x + t) as f64, y as f64),
            };
            picture.y[y * width + x] = (value + f64::from(noise(x, y, t) % 5) - 2.0) as u8;
        }
    }
    for i in 0..picture.u.len() {
        let (x, y) = (i % (width / 2), i / (width / 2));
        picture.u[i] = (128.0 + wave((x * 2 + t) as f64, 5.0) / 4.0) as u8;
        picture.v[i] = 100 + (y / 4) as u8;
    }
    picture
}

fn noise(x: usize, y: usize, t: usize) -> u32 {
    let mut hash = (x * 7919 + y * 104_729 + t * 1_299_709) as u32;
    for _ in 0..3 {
        hash = (hash ^ hash >> 15).wrapping_mul(0x2c1b_3c6d);
    }
    hash >> 16
}

fn received(picture: &EncodedPicture) -> CodedPicture {
    CodedPicture {
        timestamp: 0,
        payloads: picture.payloads.iter().cloned().map(Some).collect(),
    }
}

/// The first `count` frames of the scene, coded.
fn encode(size: PictureSize, kbps: u32, count: usize) -> Vec<EncodedPicture> {
    let rate = Bitrate::from_kbps(kbps);
    let mut encoder = H261Encoder::new(size, rate, 30, PAYLOAD_OCTETS_DEFAULT);
    (0..count)
        .map(|t| encoder.encode(&scene(size, t), t as u32 * FRAME_TICKS, false))
        .collect()
}

fn octets(pictures: &[EncodedPicture]) -> usize {
    let payloads = pictures.iter().flat_map(|picture| &picture.payloads);
    payloads.map(|payload| payload.len()).sum()
}

#[test]
fn the_decoder_has_exactly_the_pictures_of_the_encoder() {
    for (size, kbps, payload_max) in [
        (PictureSize::CIF, 384, PAYLOAD_OCTETS_DEFAULT),
        (PictureSize::CIF, 1920, PAYLOAD_OCTETS_MIN),
        (PictureSize::QCIF, 64, 1024),
        (PictureSize::QCIF, 384, 0),
    ] {
        let rate = Bitrate::from_kbps(kbps);
        let mut encoder = H261Encoder::new(size, rate, 30, payload_max);
        let mut decoder = H261Decoder::new();
        for t in 0..40 {
            let picture = scene(size, t);
            let coded = encoder.encode(&picture, t as u32 * FRAME_TICKS, t == 20);
            assert_eq!(coded.intra, t % 20 == 0);
            for payload in &coded.payloads {
                assert!(payload.len() <= payload_max.max(PAYLOAD_OCTETS_MIN));
            }
            let shown = decoder.decode(&received(&coded)).unwrap().unwrap();
            assert!(
                shown == encoder.reconstruction(),
                "{size} {kbps} picture {t}"
            );
            let quality = shown.psnr(&picture);
            assert!(quality > 26.0, "{size} {kbps} picture {t}: {quality} dB");
        }
    }
}

#[test]
fn the_bit_rate_is_met_and_can_change() {
    let size = PictureSize::CIF;
    let mut encoder = H261Encoder::new(size, Bitrate::from_kbps(384), 30, 1200);
    for (second, kbps) in [(0, 384.0), (1, 384.0), (2, 192.0), (3, 192.0), (4, 384.0)] {
        encoder.set_bit_rate(Bitrate::from_kbps(kbps as u32));
        let pictures: Vec<_> = (second * 30..second * 30 + 30)
            .map(|t| encoder.encode(&scene(size, t), t as u32 * FRAME_TICKS, false))
            .collect();
        let found = octets(&pictures) as f64 * 8.0 / 1000.0;
        // The first second has the INTRA picture; after a change the buffer has to settle.
        assert!(
            (kbps * 0.75..kbps * 1.3).contains(&found),
            "{second}: {found}"
        );
    }
}

#[test]
fn an_intra_picture_decodes_alone_and_is_not_too_large() {
    let rate = Bitrate::from_kbps(384);
    let mut encoder = H261Encoder::new(PictureSize::CIF, rate, 30, 1200);
    for t in 0..31 {
        let coded = encoder.encode(&scene(PictureSize::CIF, t), t as u32 * 3000, t == 30);
        let mut decoder = H261Decoder::new();
        let shown = decoder.decode(&received(&coded));
        if coded.intra {
            assert!(shown.unwrap().unwrap() == encoder.reconstruction());
            // A quarter of a second of the channel.
            assert!(octets(std::slice::from_ref(&coded)) < 384_000 / 8 / 4);
        } else {
            assert!(
                shown.is_err(),
                "a picture predicted from nothing is not shown"
            );
        }
    }
}

#[test]
fn noise_at_any_rate_stays_within_the_limit_of_the_standard() {
    for (size, bits) in [
        (PictureSize::CIF, 256 * 1024),
        (PictureSize::QCIF, 64 * 1024),
    ] {
        let rate = Bitrate::from_kbps(100_000);
        let mut encoder = H261Encoder::new(size, rate, 30, PAYLOAD_OCTETS_MIN);
        let mut decoder = H261Decoder::new();
        for t in 0..4 {
            let mut picture = Picture::black(size);
            for (i, sample) in picture.y.iter_mut().enumerate() {
                *sample = (noise(i, 1, t) % 2 * 255) as u8;
            }
            let coded = encoder.encode(&picture, t as u32 * FRAME_TICKS, t == 2);
            let length = join(&coded).len() * 8;
            assert!(length <= bits && length > bits / 2, "{size}: {length}");
            let shown = decoder.decode(&received(&coded)).unwrap().unwrap();
            assert!(shown == encoder.reconstruction());
        }
    }
}

#[test]
fn what_does_not_change_costs_almost_nothing() {
    let mut encoder = H261Encoder::new(PictureSize::CIF, Bitrate::from_kbps(384), 30, 1200);
    let picture = scene(PictureSize::CIF, 0);
    let pictures: Vec<_> = (0..90)
        .map(|t| encoder.encode(&picture, t * FRAME_TICKS, false))
        .collect();
    assert!(octets(&pictures[80..]) < 10 * 100);
    assert!(encoder.reconstruction().psnr(&picture) > 40.0);
}

#[test]
fn the_size_of_the_stream_may_change() {
    let mut decoder = H261Decoder::new();
    for size in [PictureSize::QCIF, PictureSize::CIF, PictureSize::QCIF] {
        for coded in encode(size, 384, 3) {
            let shown = decoder.decode(&received(&coded)).unwrap().unwrap();
            assert_eq!(shown.size(), size);
        }
    }
}

#[test]
fn an_elementary_stream_splits_into_its_pictures() {
    let pictures = encode(PictureSize::QCIF, 128, 10);
    let stream: Vec<u8> = pictures.iter().flat_map(join).collect();
    let mut by_payloads = H261Decoder::new();
    let mut by_stream = H261Decoder::new();
    let split: Vec<_> = split_elementary(&stream).collect();
    assert_eq!(split.len(), 10);
    for (coded, octets) in pictures.iter().zip(&split) {
        let one = by_payloads.decode(&received(coded)).unwrap();
        let other = by_stream.decode_elementary(octets).unwrap();
        assert!(one == other);
    }
}

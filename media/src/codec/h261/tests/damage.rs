//! Loss, truncation and noise.

use super::*;
use bytes::Bytes;

#[test]
fn each_payload_decodes_without_the_others() {
    let size = PictureSize::CIF;
    let rate = Bitrate::from_kbps(768);
    let grey = Picture::filled(size, 100, 128, 128);
    let mut encoder = H261Encoder::new(size, rate, 30, PAYLOAD_OCTETS_MIN);
    let first = encoder.encode(&grey, 0, true);
    let second = encoder.encode(&scene(size, 0), FRAME_TICKS, true);
    let whole = encoder.reconstruction();
    let count = second.payloads.len();
    assert!(count > 5);
    let mut changed = vec![false; whole.y.len()];
    let mut grey_decoded = 0;
    for kept in 0..count {
        let mut decoder = H261Decoder::new();
        let start = decoder.decode(&received(&first)).unwrap().unwrap().clone();
        grey_decoded = start.y[0];
        let mut coded = received(&second);
        for (i, payload) in coded.payloads.iter_mut().enumerate() {
            if i != kept {
                *payload = None;
            }
        }
        let shown = decoder.decode(&coded).unwrap().unwrap();
        for (i, changed) in changed.iter_mut().enumerate() {
            if shown.y[i] != start.y[i] {
                assert_eq!(shown.y[i], whole.y[i], "payload {kept}, sample {i}");
                *changed = true;
            }
        }
    }
    // The grey picture has one value everywhere.
    let missed = (0..changed.len())
        .filter(|&i| whole.y[i] != grey_decoded && !changed[i])
        .count();
    assert_eq!(missed, 0, "every macroblock is in one payload");
}

#[test]
fn losing_any_one_payload_spares_the_rest_of_the_picture() {
    let size = PictureSize::CIF;
    let pictures = encode(size, 384, 12);
    for lost_from in 1..pictures.len() {
        for lost in 0..pictures[lost_from].payloads.len() {
            let mut decoder = H261Decoder::new();
            for (t, picture) in pictures.iter().enumerate() {
                let mut coded = received(picture);
                if t == lost_from {
                    coded.payloads[lost] = None;
                }
                let shown = decoder.decode(&coded).unwrap().unwrap();
                let quality = shown.psnr(&scene(size, t));
                assert!(
                    quality > 19.0,
                    "payload {lost} of {lost_from}, {t}: {quality} dB"
                );
            }
        }
    }
}

#[test]
fn an_intra_picture_mends_everything() {
    let size = PictureSize::QCIF;
    let mut encoder = H261Encoder::new(size, Bitrate::from_kbps(128), 30, 1200);
    let mut decoder = H261Decoder::new();
    for t in 0..10 {
        let coded = encoder.encode(&scene(size, t), t as u32 * FRAME_TICKS, t == 9);
        let mut coded = received(&coded);
        if t == 5 {
            coded.payloads.fill(None);
        }
        let shown = decoder.decode(&coded).unwrap().unwrap();
        if t >= 5 {
            assert_eq!(shown == encoder.reconstruction(), t == 9);
        }
    }
}

#[test]
fn mutated_and_truncated_payloads_do_no_harm() {
    let size = PictureSize::QCIF;
    let payloads: Vec<Bytes> = encode(size, 256, 20)
        .into_iter()
        .flat_map(|picture| picture.payloads)
        .collect();
    let mut decoder = H261Decoder::new();
    let mut shown = 0;
    for round in 0..100_000 {
        let mut octets = payloads[round % payloads.len()].to_vec();
        let random = |i| noise(round, i, 77) as usize;
        for i in 0..random(0) % 4 {
            let at = random(2 * i + 1) % octets.len();
            octets[at] ^= 1 << (random(2 * i + 2) % 8);
        }
        if random(100) % 3 == 0 {
            octets.truncate(random(101) % (octets.len() + 1));
        }
        if random(102) % 50 == 0 {
            octets = (0..random(103) % 300)
                .map(|i| noise(i, round, 5) as u8)
                .collect();
        }
        let lost = (random(104) % 5 == 0).then_some(None);
        let coded = CodedPicture {
            timestamp: 0,
            payloads: lost.into_iter().chain([Some(octets.into())]).collect(),
        };
        shown += usize::from(decoder.decode(&coded).is_ok());
    }
    // The damage is real, and not so bad that nothing was decoded.
    assert!((10_000..95_000).contains(&shown), "{shown}");
}

#[test]
fn faults_in_a_large_picture_take_bounded_time() {
    // Start codes and broken groups everywhere: as many faults as a datagram can hold.
    let mut decoder = H261Decoder::new();
    let start = encode(PictureSize::CIF, 384, 1);
    decoder.decode(&received(&start[0])).unwrap();
    let broken = [&[0; 4][..], &[0x00, 0x01, 0xf0].repeat(20_000)].concat();
    let zeros = [&[0; 4][..], &[0; 60_000]].concat();
    // Headers of pictures of both sizes in turn.
    let pictures = [
        &[0; 4][..],
        &[0, 1, 0, 0b0000_0110, 0, 1, 0, 0b0000_1110].repeat(8000),
    ]
    .concat();
    // Filling alone is a picture in which nothing changed.
    for (octets, fails) in [(broken, true), (zeros, false), (pictures, true)] {
        let coded = CodedPicture {
            timestamp: 0,
            payloads: vec![Some(octets.into())],
        };
        assert_eq!(decoder.decode(&coded).is_err(), fails);
    }
}

#[test]
fn nothing_decodes_before_the_first_picture_header() {
    let pictures = encode(PictureSize::QCIF, 64, 1);
    let mut coded = received(&pictures[0]);
    coded.payloads[0] = None;
    let mut decoder = H261Decoder::new();
    assert!(decoder.decode(&coded).is_err());
    assert!(decoder.decode(&CodedPicture::default()).is_err());
}

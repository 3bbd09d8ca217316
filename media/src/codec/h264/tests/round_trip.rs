use super::synthetic::{FRAME_TICKS, format, picture, received, stream};
use crate::codec::h264::{Engine, H264Decoder, H264Encoder, Level, PAYLOAD_MIN};
use crate::codec::{CodedPicture, DecodeError, VideoDecoder, VideoEncoder};
use crate::rtp::payload::h264::nal_unit_type;
use base::{Bitrate, PictureSize};

const ENGINES: [Engine; 2] = [Engine::RustyH264, Engine::OpenH264];

#[test]
fn pictures_come_back_good_in_both_modes_by_both_engines() {
    let cases = [
        (PictureSize::QCIF, 128, 12),
        (PictureSize::CIF, 512, 12),
        (PictureSize::new(354, 290), 512, 6),
        (PictureSize::HD720, 1500, 6),
    ];
    for (size, kbps, count) in cases {
        for (fragments, payload_max) in [(false, 1200), (true, 1200), (false, 700)] {
            let coded = stream(format(size, kbps, fragments), payload_max, count);
            let payloads = || {
                coded
                    .iter()
                    .flat_map(|coded| coded.payloads.iter().flatten())
            };
            let largest = payloads().map(|payload| payload.len()).max().unwrap();
            assert!(largest <= payload_max, "{size} {fragments}: {largest}");
            let fragmented = payloads().any(|payload| nal_unit_type(payload) > 23);
            assert!(!fragmented || fragments);
            for engine in ENGINES {
                let mut decoder = H264Decoder::new(engine).unwrap();
                for (frame, coded) in coded.iter().enumerate() {
                    let shown = decoder.decode(coded).unwrap().expect("no delay");
                    let psnr = shown.psnr(&picture(size, frame));
                    assert!(psnr >= 30.0, "{engine:?} {size} picture {frame}: {psnr} dB");
                }
                let format = decoder.format().unwrap();
                assert_eq!(format.size, size);
                assert_eq!((format.profile, format.constraints & 0x40), (66, 0x40));
            }
        }
    }
}

#[test]
fn the_level_is_the_lowest_that_fits_and_is_in_the_stream() {
    for (size, kbps, level) in [
        (PictureSize::QCIF, 128, 11),
        (PictureSize::CIF, 512, 13),
        (PictureSize::HD720, 1500, 31),
    ] {
        let coded = stream(format(size, kbps, true), 1200, 1);
        let mut decoder = H264Decoder::new(Engine::default()).unwrap();
        decoder.decode(&coded[0]).unwrap();
        assert_eq!(decoder.format().unwrap().level, Level(level));
    }
    assert!(H264Encoder::new(format(PictureSize::new(4096, 2160), 512, true), 1200).is_err());
}

#[test]
fn an_intra_picture_comes_when_asked_for_and_stands_alone() {
    let size = PictureSize::CIF;
    for (fragments, engine) in [(false, Engine::RustyH264), (true, Engine::OpenH264)] {
        let mut encoder = H264Encoder::new(format(size, 512, fragments), 1200).unwrap();
        for frame in 0..20 {
            let asked = frame == 7;
            let source = picture(size, frame);
            let timestamp = frame as u32 * FRAME_TICKS;
            let encoded = encoder.encode(&source, timestamp, asked);
            assert_eq!(encoded.intra, asked || frame == 0, "picture {frame}");
            let alone = H264Decoder::new(engine)
                .unwrap()
                .decode(&received(&encoded, timestamp))
                .map(|shown| shown.map(|shown| shown.psnr(&source) > 30.0));
            let expected = if encoded.intra {
                Ok(Some(true))
            } else {
                Err(DecodeError::NeedIntra)
            };
            assert_eq!(alone, expected, "picture {frame}");
        }
    }
}

#[test]
fn the_bit_rate_is_met_and_follows_changes() {
    const SECONDS: u32 = 3;
    for (size, rates) in [
        (PictureSize::CIF, [512, 256, 384]),
        (PictureSize::HD720, [1500, 800, 1400]),
    ] {
        for fragments in [false, true] {
            let mut encoder = H264Encoder::new(format(size, rates[0], fragments), 1200).unwrap();
            let mut frame = 0;
            for kbps in rates {
                encoder.set_bit_rate(Bitrate::from_kbps(kbps));
                let mut octets = 0;
                for _ in 0..SECONDS * 30 {
                    let source = noisy(size, frame);
                    let encoded = encoder.encode(&source, frame as u32 * FRAME_TICKS, false);
                    octets += encoded
                        .payloads
                        .iter()
                        .map(|payload| payload.len())
                        .sum::<usize>();
                    frame += 1;
                }
                let measured = octets as f64 * 8.0 / 1000.0 / f64::from(SECONDS);
                let ratio = measured / f64::from(kbps);
                assert!(
                    (0.85..=1.15).contains(&ratio),
                    "{size} {kbps}: {measured:.0} kbit/s"
                );
            }
        }
    }
}

#[test]
fn pictures_that_cost_most_are_coded_whole_and_fit_too() {
    for (size, kbps) in [
        (PictureSize::QCIF, 64),
        (PictureSize::CIF, 1500),
        (PictureSize::HD720, 2500),
    ] {
        for payload_max in [PAYLOAD_MIN, 700, 1392] {
            let mut encoder = H264Encoder::new(format(size, kbps, false), payload_max).unwrap();
            let mut decoder = H264Decoder::new(Engine::default()).unwrap();
            let mut rng = base::Rng::new(1);
            for frame in 0..6 {
                let mut source = picture(size, frame);
                for sample in source.y.chunks_mut(8) {
                    sample.copy_from_slice(&rng.next_u64().to_le_bytes());
                }
                let encoded = encoder.encode(&source, frame as u32 * FRAME_TICKS, frame == 3);
                let lengths = encoded.payloads.iter().map(|payload| payload.len());
                let (count, largest) = (lengths.len(), lengths.max().unwrap_or(0));
                assert!(
                    largest <= payload_max,
                    "{size} {payload_max}: picture {frame}, {count}, {largest}"
                );
                assert!(count > 0, "{size} {payload_max} picture {frame}");
                let shown = decoder.decode(&received(&encoded, 0));
                assert!(
                    matches!(shown, Ok(Some(_))),
                    "{size} {payload_max} picture {frame}: {shown:?}"
                );
            }
        }
    }
}

/// Noise in a window makes the picture cost bits however it is coded.
fn noisy(size: PictureSize, frame: usize) -> crate::Picture {
    let mut source = picture(size, frame);
    let mut rng = base::Rng::new(frame as u64);
    let width = source.width();
    for row in source.y.chunks_mut(width).take(size.height as usize / 3) {
        for octets in row.chunks_mut(8).take(width / 24) {
            for (sample, noise) in octets.iter_mut().zip(rng.next_u64().to_le_bytes()) {
                *sample = sample.saturating_add(noise / 8);
            }
        }
    }
    source
}

#[test]
fn after_a_loss_nothing_is_shown_until_an_intra_picture() {
    let size = PictureSize::CIF;
    for engine in ENGINES {
        let mut encoder = H264Encoder::new(format(size, 512, true), 450).unwrap();
        let mut decoder = H264Decoder::new(engine).unwrap();
        for frame in 0..40 {
            let timestamp = frame as u32 * FRAME_TICKS;
            let encoded = encoder.encode(&picture(size, frame), timestamp, frame == 20);
            let mut coded = received(&encoded, timestamp);
            match frame {
                // Part of a picture is lost, and the jitter buffer says so.
                10 => *coded.payloads.last_mut().unwrap() = None,
                // Numbers are missing, but nothing of any picture.
                20 | 25 => coded.payloads.insert(0, None),
                // The beginning is lost.
                28 => coded.payloads[0] = None,
                // A whole picture is lost, and nothing says so.
                30 => continue,
                _ => {}
            }
            let shown = decoder.decode(&coded).map(|shown| shown.is_some());
            let good = frame < 10 || (20..28).contains(&frame);
            let expected = if good {
                Ok(true)
            } else {
                Err(DecodeError::NeedIntra)
            };
            assert_eq!(shown, expected, "{engine:?} picture {frame}");
        }
    }
}

#[test]
fn parameter_sets_outlive_the_picture_they_came_with() {
    let coded = stream(format(PictureSize::CIF, 512, true), 1200, 3);
    let (sets, slices): (Vec<_>, Vec<_>) = (coded[0].payloads.iter().flatten().cloned())
        .partition(|payload| matches!(nal_unit_type(payload), 7 | 8));
    let wrap = |payloads: Vec<_>| CodedPicture {
        timestamp: 0,
        payloads,
    };
    let mut decoder = H264Decoder::new(Engine::default()).unwrap();
    let lossy = sets.into_iter().map(Some).chain([None]).collect();
    assert_eq!(decoder.decode(&wrap(lossy)), Err(DecodeError::NeedIntra));
    let rest = slices.into_iter().map(Some).collect();
    assert!(decoder.decode(&wrap(rest)).unwrap().is_some());
}

#[test]
fn the_size_may_change_at_an_intra_picture() {
    for engine in ENGINES {
        let mut decoder = H264Decoder::new(engine).unwrap();
        for size in [
            PictureSize::CIF,
            PictureSize::QCIF,
            PictureSize::HD720,
            PictureSize::CIF,
        ] {
            for (frame, coded) in stream(format(size, 1000, false), 1200, 4)
                .iter()
                .enumerate()
            {
                let shown = decoder.decode(coded).unwrap().expect("no delay");
                assert!(
                    shown.psnr(&picture(size, frame)) > 30.0,
                    "{engine:?} {size}"
                );
            }
        }
    }
}

#[test]
fn nothing_is_shown_of_an_empty_picture() {
    for engine in ENGINES {
        let mut decoder = H264Decoder::new(engine).unwrap();
        assert_eq!(decoder.decode(&CodedPicture::default()), Ok(None));
    }
}

//! Pictures that are hard to code: sharp edges that change every time, and more detail than fits.

use super::*;
use crate::video::layout::Rect;
use crate::video::pattern;

fn pattern_picture(size: PictureSize, t: u32) -> Picture {
    let mut picture = Picture::black(size);
    pattern::draw(3, t as u16, &mut picture);
    picture
}

#[test]
fn sharp_edges_are_not_clipped() {
    for (size, kbps, least) in [
        (PictureSize::QCIF, 128, 34.0),
        (PictureSize::QCIF, 384, 44.0),
        (PictureSize::QCIF, 1500, 46.0),
        (PictureSize::CIF, 384, 44.0),
    ] {
        let mut encoder = H261Encoder::new(size, Bitrate::from_kbps(kbps), 30, 1200);
        for t in 0..150 {
            let picture = pattern_picture(size, t);
            encoder.encode(&picture, t * FRAME_TICKS, false);
            let quality = encoder.reconstruction().psnr(&picture);
            assert!(
                quality > least,
                "{size} {kbps} kbit/s picture {t}: {quality} dB"
            );
        }
    }
}

#[test]
fn the_first_intra_picture_after_an_outage_mends_all() {
    let size = PictureSize::QCIF;
    let mut encoder = H261Encoder::new(size, Bitrate::from_kbps(1500), 30, 1200);
    let mut decoder = H261Decoder::new();
    for t in 0..150 {
        let coded = encoder.encode(&pattern_picture(size, t), t * FRAME_TICKS, t == 77);
        if (60..75).contains(&t) {
            continue;
        }
        let shown = decoder.decode(&received(&coded)).ok().flatten();
        let code = shown.and_then(|shown| pattern::read(shown, Rect::whole(size)));
        if !(60..77).contains(&t) {
            assert_eq!(code.map(|code| u32::from(code.frame)), Some(t));
        }
    }
}

#[test]
fn detail_beyond_the_limit_of_the_standard_leaves_no_part_behind() {
    let size = PictureSize::QCIF;
    let third = 176 * 48;
    let mut encoder = H261Encoder::new(size, Bitrate::from_kbps(3000), 30, 1200);
    for t in 0..40 {
        let mut picture = Picture::black(size);
        for (i, sample) in picture.y.iter_mut().enumerate() {
            *sample = 60 + (noise(i, 1, t) % 128) as u8;
        }
        encoder.encode(&picture, t as u32 * FRAME_TICKS, false);
        let shown = &encoder.reconstruction().y;
        for (shown, wanted) in shown.chunks(third).zip(picture.y.chunks(third)) {
            let squares: u64 = (shown.iter().zip(wanted))
                .map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2))
                .sum();
            // The rate control learns at first. What is not sent at all has 1500 or more.
            assert!(t < 8 || squares / (third as u64) < 400, "picture {t}");
        }
    }
}

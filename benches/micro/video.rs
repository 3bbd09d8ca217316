//! Composing, and one CIF picture of each codec.

use super::Bench;
use base::{Bitrate, PictureSize};
use mcu_benches::clip::{Content, FRAME_RATE};
use mcu_benches::video::Standard;
use media::Picture;
use media::codec::h264::Engine;
use media::plane::Layout;
use media::video::compositor::Compositor;
use media::video::layout;

const SIZE: PictureSize = PictureSize::CIF;
/// Pictures in a clip, and ticks of 90 kHz between them.
const PICTURES: u16 = 60;
const TICKS: u32 = 3000;

pub fn bench(criterion: &mut Bench) {
    let clip = Content::Camera.pictures(0, PICTURES);
    compose(criterion, &clip);
    for (name, standard, kbps) in [
        ("H.261 CIF", Standard::H261, 384),
        (
            "H.264 CIF rusty_h264",
            Standard::H264(Engine::RustyH264),
            512,
        ),
        ("H.264 CIF openh264", Standard::H264(Engine::OpenH264), 512),
    ] {
        code(criterion, name, standard, Bitrate::from_kbps(kbps), &clip);
    }
}

fn compose(criterion: &mut Bench, clip: &[Picture]) {
    let mut group = criterion.benchmark_group("compose CIF");
    for (layout, count) in [(Layout::Four, 4), (Layout::Nine, 9), (Layout::Sixteen, 16)] {
        let mut compositor = Compositor::new(SIZE);
        compositor.arrange(&layout::tiles(layout, count, SIZE));
        for tile in 0..count {
            compositor.decorate(tile, &format!("Participant {tile}"), tile == 0);
        }
        group.bench_function(format!("{count} tiles"), |b| {
            b.iter(|| (0..count).for_each(|tile| compositor.draw(tile, &clip[tile])));
        });
    }
    // No exact ratio: 352x288 to 640x360.
    let mut compositor = Compositor::new(PictureSize::HD720);
    compositor.arrange(&layout::tiles(Layout::Four, 4, PictureSize::HD720));
    group.bench_function("4 tiles in 1280x720", |b| {
        b.iter(|| (0..4).for_each(|tile| compositor.draw(tile, &clip[tile])));
    });
    group.finish();
}

/// The clip goes round and round; each time it begins with an intra picture for the decoder.
fn code(criterion: &mut Bench, name: &str, standard: Standard, rate: Bitrate, clip: &[Picture]) {
    let mut group = criterion.benchmark_group(name);
    let mut encoder = standard.encoder(SIZE, FRAME_RATE, rate);
    let mut frame = 0;
    // Both engines come with the same encoder.
    if standard != Standard::H264(Engine::OpenH264) {
        group.bench_function("encode", |b| {
            b.iter(|| {
                frame += 1;
                let picture = &clip[frame % clip.len()];
                encoder.encode(picture, frame as u32 * TICKS, false)
            });
        });
    }
    let coded = standard.encode(clip, FRAME_RATE, rate);
    let (mut decoder, mut next) = (standard.decoder(), 0);
    group.bench_function("decode", |b| {
        b.iter(|| {
            let picture = decoder.decode(&coded[next]);
            assert!(
                picture.is_ok_and(|picture| picture.is_some()),
                "our own stream"
            );
            next = (next + 1) % coded.len();
        });
    });
    group.finish();
}

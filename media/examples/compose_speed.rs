//! What composing a mosaic costs: CPU milliseconds per output picture, every tile new each time.
//!
//! `cargo run --release -p media --example compose_speed`

use base::PictureSize;
use media::Picture;
use media::plane::Layout;
use media::video::compositor::Compositor;
use media::video::{layout, pattern};

const PICTURES: u16 = 100;
/// CPU milliseconds per figure; the kernel counts them in steps of a few.
const RUN_MS: f64 = 200.0;

fn main() {
    println!("| mosaic | senders | CPU ms per picture | with names and a border |");
    println!("|---|---|---|---|");
    let (cif, hd) = (PictureSize::CIF, PictureSize::HD720);
    for (mosaic, sent) in [(cif, cif), (hd, cif), (cif, hd)] {
        for (layout, count) in [
            (Layout::Two, 2),
            (Layout::Four, 4),
            (Layout::Nine, 9),
            (Layout::Sixteen, 16),
        ] {
            let plain = compose(layout, mosaic, sent, false);
            let decorated = compose(layout, mosaic, sent, true);
            println!("| {mosaic} | {count} × {sent} | {plain:.4} | {decorated:.4} |");
        }
    }
    let mut picture = Picture::black(cif);
    let drawn = cpu_ms(|frame| pattern::draw(7, frame, &mut picture));
    let read = cpu_ms(|_| {
        let picture = std::hint::black_box(&picture);
        std::hint::black_box(pattern::read(picture, layout::Rect::whole(cif)));
    });
    println!("test picture {cif}: draw {drawn:.4} ms, read {read:.4} ms");
}

/// CPU milliseconds per picture of a mosaic whose tiles all change.
fn compose(layout: Layout, mosaic: PictureSize, sent: PictureSize, decorated: bool) -> f64 {
    let tiles = layout::tiles(layout, 0, mosaic);
    let senders: Vec<Picture> = (0..tiles.len())
        .map(|sender| {
            let mut picture = Picture::black(sent);
            pattern::draw(sender as u8, 0, &mut picture);
            picture
        })
        .collect();
    let mut compositor = Compositor::new(mosaic);
    compositor.arrange(&tiles);
    if decorated {
        for tile in 0..tiles.len() {
            compositor.decorate(tile, &format!("Participant {tile}"), tile == 0);
        }
    }
    cpu_ms(|_| {
        for (tile, picture) in senders.iter().enumerate() {
            compositor.draw(tile, picture);
        }
    })
}

/// CPU milliseconds of one call: the mean over [`RUN_MS`].
fn cpu_ms(mut work: impl FnMut(u16)) -> f64 {
    let start = cpu_ns();
    let mut calls = 0u32;
    loop {
        (0..PICTURES).for_each(&mut work);
        calls += u32::from(PICTURES);
        let spent = (cpu_ns() - start) as f64 / 1e6;
        if spent > RUN_MS {
            return spent / f64::from(calls);
        }
    }
}

/// Nanoseconds this thread has had a processor.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("needs Linux");
    let first = text.split(' ').next().and_then(|n| n.parse().ok());
    first.expect("schedstat begins with a number")
}

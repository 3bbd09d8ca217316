//! A film for a terminal to show: a camera that pans over hills under a moving sun, with the grain
//! of a sensor.

use base::{PictureSize, Rng};
use media::Picture;
use media::file::y4m::{FrameRate, Writer};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// Two seconds, shown again and again.
const PICTURES: usize = 60;
const SIZE: PictureSize = PictureSize::CIF;
/// Samples the camera moves between two pictures.
const PAN: f64 = 1.5;
/// Grain, luma steps.
const GRAIN: u64 = 5;

/// Writes the film as Y4M.
pub fn write(path: &Path) -> anyhow::Result<()> {
    let file = BufWriter::new(File::create(path)?);
    let mut writer = Writer::new(
        file,
        SIZE,
        FrameRate {
            pictures: 30,
            seconds: 1,
        },
    )?;
    let mut rng = Rng::new(1);
    for number in 0..PICTURES {
        writer.write(&picture(number, &mut rng))?;
    }
    writer.finish()?;
    Ok(())
}

fn picture(number: usize, rng: &mut Rng) -> Picture {
    let mut picture = Picture::black(SIZE);
    let (width, height) = (picture.width(), picture.height());
    // There and back, so that the film can be repeated without a jump.
    let turn = (number as f64 / PICTURES as f64 * std::f64::consts::TAU).sin();
    let camera = turn * PAN * PICTURES as f64 / std::f64::consts::TAU;
    let sun = (width as f64 * (0.5 + 0.3 * turn), height as f64 * 0.2);
    for y in 0..height {
        for x in 0..width {
            let (luma, [cb, cr]) = scene(x as f64 + camera, x as f64, y as f64, height as f64, sun);
            let grain = rng.below(GRAIN) as f64 - GRAIN as f64 / 2.0;
            picture.y[y * width + x] = (luma + grain).clamp(16.0, 235.0) as u8;
            let chroma = y / 2 * (width / 2) + x / 2;
            (picture.u[chroma], picture.v[chroma]) = (cb, cr);
        }
    }
    picture
}

/// Luma and chroma at world position `x` and screen position (`column`, `y`).
fn scene(x: f64, column: f64, y: f64, height: f64, sun: (f64, f64)) -> (f64, [u8; 2]) {
    let ridge = |base: f64, wave: f64, swing: f64| {
        height * base + swing * ((x / wave).sin() + (x / wave * 2.3).sin())
    };
    if y > ridge(0.75, 60.0, 10.0) {
        let furrows = ((x + y * 2.0) / 9.0).sin() * 12.0;
        return (95.0 + furrows, [100, 115]);
    }
    if y > ridge(0.55, 95.0, 16.0) {
        return (70.0 + (x / 5.0).sin() * (y / 7.0).cos() * 10.0, [110, 112]);
    }
    let distance = (column - sun.0).hypot(y - sun.1);
    if distance < 18.0 {
        return (230.0, [90, 150]);
    }
    (
        190.0 - y * 0.25 + 20.0 * (-distance / 40.0).exp(),
        [145, 118],
    )
}

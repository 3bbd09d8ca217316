//! What participants send: clips that are the same in every run.

use crate::ffmpeg;
use base::{PictureSize, Rng};
use media::Picture;
use media::video::pattern;
use std::fmt;

/// Pictures per second of every clip.
pub const FRAME_RATE: u8 = 30;

/// What a clip shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Like a camera: smooth shapes that drift, and the grain of a sensor.
    Camera,
    /// The picture of our own test endpoint.
    Pattern,
    /// ffmpeg's testsrc2: flat colours and sharp moving edges.
    TestSource,
    /// ffmpeg's mandelbrot: fine detail that grows.
    Mandelbrot,
}

impl Content {
    /// Those that can be made here: the last two need ffmpeg.
    pub fn available() -> &'static [Content] {
        const ALL: [Content; 4] = [
            Content::Camera,
            Content::TestSource,
            Content::Pattern,
            Content::Mandelbrot,
        ];
        const OURS: [Content; 2] = [Content::Camera, Content::Pattern];
        if ffmpeg::is_present() { &ALL } else { &OURS }
    }

    /// `count` CIF pictures; different seeds give different ones, except from ffmpeg.
    pub fn pictures(self, seed: u8, count: u16) -> Vec<Picture> {
        let size = PictureSize::CIF;
        let source = |name| ffmpeg::source(name, size, FRAME_RATE, count);
        match self {
            Content::Camera => (0..count).map(|frame| camera(size, seed, frame)).collect(),
            Content::Pattern => {
                let drawn = |frame| {
                    let mut picture = Picture::black(size);
                    pattern::draw(seed, frame, &mut picture);
                    picture
                };
                (0..count).map(drawn).collect()
            }
            Content::TestSource => source("testsrc2"),
            Content::Mandelbrot => source("mandelbrot"),
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Content::Camera => "camera",
            Content::Pattern => "pattern",
            Content::TestSource => "testsrc2",
            Content::Mandelbrot => "mandelbrot",
        })
    }
}

/// Grain: the sum of so many values of 0 to [`GRAIN_STEPS`] luma steps is nearly normal.
const GRAIN_DRAWS: u32 = 3;
const GRAIN_STEPS: u32 = 3;

/// A background that pans slowly and a head that sways in front of it.
fn camera(size: PictureSize, seed: u8, frame: u16) -> Picture {
    let mut picture = Picture::black(size);
    let (width, height) = (f32::from(size.width), f32::from(size.height));
    let mut rng = Rng::new(u64::from(seed) << 16 | u64::from(frame));
    let (time, phase) = (f32::from(frame) / f32::from(FRAME_RATE), f32::from(seed));
    let (pan_x, pan_y) = (9.0 * (0.7 * time + phase).sin(), 4.0 * (0.5 * time).cos());
    let centre = (
        width * 0.5 + 14.0 * (1.9 * time + phase).sin(),
        height * 0.52,
    );
    // 1 in the head, 0 outside, soft between.
    let head = |x: f32, y: f32| {
        let (dx, dy) = (
            (x - centre.0) / (width * 0.17),
            (y - centre.1) / (height * 0.33),
        );
        ((1.15 - (dx * dx + dy * dy)) * 6.0).clamp(0.0, 1.0)
    };
    for (row, y) in picture.y.chunks_mut(size.width.into()).zip(0u16..) {
        for (sample, x) in row.iter_mut().zip(0u16..) {
            let (x, y) = (f32::from(x), f32::from(y));
            let (u, v) = (x + pan_x, y + pan_y);
            let wall = 110.0
                + 35.0 * (u * 0.021 + phase).sin() * (v * 0.027).cos()
                + 14.0 * (u * 0.11 + v * 0.06).sin();
            let (fx, fy) = (x - centre.0, y - centre.1);
            let face =
                165.0 + 18.0 * (fx * 0.09).cos() * (fy * 0.07 + 2.0 * time).sin() - fy * 0.25;
            let share = head(x, y);
            let grain: u32 = (0..GRAIN_DRAWS)
                .map(|_| rng.next_u32() % (GRAIN_STEPS + 1))
                .sum();
            *sample = (wall + (face - wall) * share) as u8 + grain as u8;
        }
    }
    let half = usize::from(size.width) / 2;
    for (i, (u, v)) in picture.u.iter_mut().zip(&mut picture.v).enumerate() {
        let (x, y) = ((i % half * 2) as f32, (i / half * 2) as f32);
        let share = head(x, y);
        *u = (124.0 + 8.0 * ((x + pan_x) * 0.02).sin() - 16.0 * share) as u8;
        *v = (128.0 + 6.0 * ((y + pan_y) * 0.03).cos() + 22.0 * share) as u8;
    }
    picture
}

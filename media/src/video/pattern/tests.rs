use super::*;
use crate::file::y4m;
use crate::video::compositor::Compositor;
use std::io::Write;
use std::process::{Command, Stdio};

/// A decorated mosaic of `size`; tile `i` shows sender `3 * i` in the frame after `frame + i`.
fn mosaic(layout: Layout, size: PictureSize, sent: PictureSize, frame: u16) -> Compositor {
    let mut compositor = Compositor::new(size);
    let tiles = tiles(layout, 0, size);
    compositor.arrange(&tiles);
    for i in 0..tiles.len() {
        compositor.decorate(i, "Wilhelmine Ångström", i % 2 == 0);
        show(&mut compositor, i, sent, frame);
    }
    compositor
}

fn show(compositor: &mut Compositor, tile: usize, sent: PictureSize, frame: u16) {
    let mut picture = Picture::black(sent);
    let code = expected(tile, frame);
    draw(code.sender, code.frame, &mut picture);
    compositor.draw(tile, &picture);
}

fn expected(tile: usize, frame: u16) -> Code {
    Code {
        sender: 3 * tile as u8,
        frame: frame.wrapping_add(tile as u16),
    }
}

/// What coding does at worst: noise of ±`noise` and luma in steps of `quantum`.
fn spoilt(picture: &Picture, noise: u32, quantum: u8) -> Picture {
    let mut out = picture.clone();
    let mut state = 7u32;
    for sample in &mut out.y {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let shift = (state >> 16) % (2 * noise + 1);
        let noisy = (u32::from(*sample) + shift).saturating_sub(noise).min(255) as u8;
        *sample = noisy / quantum * quantum;
    }
    out
}

#[test]
fn every_tile_of_every_layout_can_be_read() {
    let sizes = [PictureSize::CIF, PictureSize::CIF4, PictureSize::HD720];
    for size in sizes {
        for sent in [PictureSize::QCIF, PictureSize::CIF, PictureSize::HD720] {
            for layout in Layout::DIVISIONS {
                let compositor = mosaic(layout, size, sent, 65_530);
                let clean = compositor.picture();
                for picture in [clean, &spoilt(clean, 60, 40)] {
                    for (i, tile) in tiles(layout, 0, size).into_iter().enumerate() {
                        let case = format!("{layout:?} {size} of {sent}, tile {i}");
                        let code = expected(i, 65_530);
                        assert_eq!(read(picture, tile), Some(code), "{case}");
                        assert!(!is_blank(picture, tile), "{case}");
                    }
                }
            }
        }
    }
}

#[test]
fn an_unknown_layout_is_found_exactly() {
    for layout in Layout::DIVISIONS {
        let size = PictureSize::CIF;
        let mosaic = mosaic(layout, size, size, 9);
        let codes = (0..).map(|i| expected(i, 9));
        let mut wanted: Vec<_> = tiles(layout, 0, size).into_iter().zip(codes).collect();
        let mut found = read_all(mosaic.picture());
        wanted.sort();
        found.sort();
        assert_eq!(found, wanted, "{layout:?}");
    }
}

#[test]
fn codes_are_found_nowhere_else() {
    let grey = Picture::filled(PictureSize::CIF, 128, 128, 128);
    assert_eq!(read_all(&Picture::black(PictureSize::CIF)), []);
    for noise in [30, 127] {
        assert_eq!(read_all(&spoilt(&grey, noise, 1)), []);
    }
    // A chequered picture is the worst likeness of the finder.
    for cell in 1..48 {
        let mut chequered = grey.clone();
        for (i, sample) in chequered.y.iter_mut().enumerate() {
            *sample = if (i % 352 / cell + i / 352 / cell).is_multiple_of(2) {
                208
            } else {
                36
            };
        }
        assert_eq!(read_all(&chequered), [], "cells of {cell}");
    }
}

#[test]
fn a_picture_torn_between_two_frames_is_refused() {
    // Frames 0x00ff and 0x0100 differ in a row that lies in one of the halves.
    let (mut before, mut after) = (
        Picture::black(PictureSize::CIF),
        Picture::black(PictureSize::CIF),
    );
    draw(1, 0x00ff, &mut before);
    draw(1, 0x0100, &mut after);
    let torn_at = 352 * (16 + 3 * 24);
    before.y[torn_at..].copy_from_slice(&after.y[torn_at..]);
    assert_eq!(read(&before, Rect::whole(PictureSize::CIF)), None);
}

#[test]
fn blank_is_black_or_flat_even_with_a_name() {
    let size = PictureSize::CIF;
    let mut compositor = Compositor::new(size);
    let tiles = tiles(Layout::Nine, 0, size);
    compositor.arrange(&tiles);
    compositor.decorate(0, "nobody", true);
    compositor.draw(1, &Picture::filled(size, 128, 128, 128));
    compositor.decorate(1, "grey", true);
    compositor.placeholder(2, "audio only");
    show(&mut compositor, 3, size, 0);
    let blank: Vec<bool> = (tiles.iter())
        .map(|t| is_blank(compositor.picture(), *t))
        .collect();
    assert_eq!(blank[..5], [true, true, false, false, true]);
}

#[test]
fn senders_and_frames_look_different() {
    let mut pictures = [(1, 0), (2, 0), (1, 1)].map(|(sender, frame)| {
        let mut picture = Picture::black(PictureSize::CIF);
        draw(sender, frame, &mut picture);
        picture
    });
    let [one, two, next] = &mut pictures;
    assert_ne!(one.u, two.u);
    let moved = one.y.iter().zip(&next.y).filter(|(a, b)| a != b).count();
    assert!(moved > one.y.len() / 3, "{moved} samples moved");
}

/// Writes `pictures`, lets ffmpeg code them with `codec` options, gives what comes back.
fn coded(pictures: &[Picture], codec: &[&str], container: &str) -> Vec<Picture> {
    let rate = y4m::FrameRate {
        pictures: 30,
        seconds: 1,
    };
    let mut file = y4m::Writer::new(Vec::new(), pictures[0].size(), rate).expect("a header");
    for picture in pictures {
        file.write(picture).expect("memory takes it");
    }
    let input = file.finish().expect("memory takes it");
    let encode = [&["-i", "-"], codec, &["-f", container, "-"]].concat();
    let stream = ffmpeg(&encode, input);
    let decoded = ffmpeg(
        &[
            "-f",
            container,
            "-i",
            "-",
            "-pix_fmt",
            "yuv420p",
            "-f",
            "yuv4mpegpipe",
            "-",
        ],
        stream,
    );
    y4m::Reader::new(decoded.as_slice())
        .expect("ffmpeg writes y4m")
        .map(|picture| picture.expect("a whole picture"))
        .collect()
}

fn ffmpeg(arguments: &[&str], input: Vec<u8>) -> Vec<u8> {
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg starts");
    let mut stdin = child.stdin.take().expect("piped");
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("ffmpeg ends");
    feeder.join().expect("no panic").expect("ffmpeg reads all");
    output.stdout
}

#[test]
fn a_sixteen_mosaic_survives_coding_at_low_rate() {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        eprintln!("skipped: ffmpeg is not installed");
        return;
    }
    let size = PictureSize::CIF;
    let mut compositor = mosaic(Layout::Sixteen, size, size, 0);
    let pictures: Vec<Picture> = (0..60)
        .map(|frame| {
            (0..16).for_each(|tile| show(&mut compositor, tile, size, frame));
            compositor.picture().clone()
        })
        .collect();
    let h261: &[&str] = &[
        "-c:v", "h261", "-b:v", "384k", "-maxrate", "384k", "-bufsize", "384k",
    ];
    let h264: &[&str] = &[
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-tune",
        "zerolatency",
        "-b:v",
        "384k",
    ];
    for (codec, container) in [(h261, "h261"), (h264, "h264")] {
        let decoded = coded(&pictures, codec, container);
        assert_eq!(decoded.len(), pictures.len(), "{container}");
        let mut read_right = 0;
        for (frame, picture) in decoded.iter().enumerate() {
            for (i, tile) in tiles(Layout::Sixteen, 0, size).into_iter().enumerate() {
                let code = read(picture, tile);
                read_right += usize::from(code == Some(expected(i, frame as u16)));
            }
        }
        let share = read_right as f64 / (16 * decoded.len()) as f64;
        eprintln!("{container} at 384 kbit/s: {:.1} % read", 100.0 * share);
        assert!(share > 0.98, "{container}: {share}");
    }
}

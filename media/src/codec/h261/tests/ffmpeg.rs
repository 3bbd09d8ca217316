//! Against ffmpeg, where it is installed.

use super::*;
use std::path::{Path, PathBuf};
use std::process::Command;

const FRAMES: usize = 60;

/// A folder for the files of one test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("h261-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs ffmpeg and gives what it complained about; `None`, with a message, if there is none.
fn ffmpeg(folder: &Path, arguments: &str) -> Option<String> {
    let output = Command::new("ffmpeg")
        .current_dir(folder)
        .args(["-hide_banner", "-loglevel", "error", "-y", "-nostdin"])
        .args(arguments.split(' '))
        .output();
    match output {
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(_) => {
            eprintln!("skipped: there is no ffmpeg");
            None
        }
    }
}

fn pictures(raw: &[u8], size: PictureSize) -> Vec<Picture> {
    let luma = size.macroblocks() as usize * 256;
    raw.chunks_exact(luma * 3 / 2)
        .map(|frame| {
            let mut picture = Picture::black(size);
            picture.y.copy_from_slice(&frame[..luma]);
            picture.u.copy_from_slice(&frame[luma..luma * 5 / 4]);
            picture.v.copy_from_slice(&frame[luma * 5 / 4..]);
            picture
        })
        .collect()
}

/// Mean luma PSNR against the scene.
fn quality(pictures: &[Picture]) -> f64 {
    let sum: f64 = (pictures.iter().enumerate())
        .map(|(t, picture)| picture.psnr(&scene(picture.size(), t)))
        .sum();
    sum / pictures.len() as f64
}

/// Holds decoders to nearly the same pictures, whose inverse transforms may differ a little.
fn assert_same(ours: &[Picture], theirs: &[Picture]) {
    assert_eq!((ours.len(), theirs.len()), (FRAMES, FRAMES));
    for (t, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        assert!(ours.psnr(theirs) > 50.0, "{t}: {} dB", ours.psnr(theirs));
    }
    let (ours, theirs) = (quality(ours), quality(theirs));
    assert!((ours - theirs).abs() < 0.1, "{ours} dB and {theirs} dB");
}

#[test]
fn ffmpeg_decodes_our_streams_as_we_do() {
    for (size, kbps) in [(PictureSize::CIF, 384), (PictureSize::QCIF, 256)] {
        let folder = Folder::new(&format!("ours-{kbps}"));
        let rate = Bitrate::from_kbps(kbps);
        let mut encoder = H261Encoder::new(size, rate, 30, PAYLOAD_OCTETS_DEFAULT);
        let mut stream = Vec::new();
        let mut ours = Vec::new();
        for t in 0..FRAMES {
            let coded = encoder.encode(&scene(size, t), t as u32 * FRAME_TICKS, false);
            stream.extend(join(&coded));
            ours.push(encoder.reconstruction().clone());
        }
        std::fs::write(folder.0.join("ours.h261"), stream).unwrap();
        let arguments = "-err_detect explode -f h261 -i ours.h261 -vsync passthrough -f rawvideo \
                         -pix_fmt yuv420p out.yuv";
        let Some(complaints) = ffmpeg(&folder.0, arguments) else {
            return;
        };
        // H.261 has no mark of an INTRA picture, so ffmpeg says this of every stream.
        let harmless = |line: &str| line.contains("first frame is no keyframe");
        assert!(complaints.lines().all(harmless), "{complaints}");
        let theirs = pictures(&std::fs::read(folder.0.join("out.yuv")).unwrap(), size);
        assert_same(&ours, &theirs);
    }
}

#[test]
fn we_decode_streams_of_ffmpeg_as_it_does() {
    for (size, kbps) in [(PictureSize::CIF, 384), (PictureSize::QCIF, 256)] {
        let folder = Folder::new(&format!("theirs-{kbps}"));
        let raw: Vec<u8> = (0..FRAMES)
            .flat_map(|t| {
                let picture = scene(size, t);
                [picture.y, picture.u, picture.v].concat()
            })
            .collect();
        std::fs::write(folder.0.join("in.yuv"), raw).unwrap();
        let encode =
            format!("-f rawvideo -s {size} -r 30 -i in.yuv -c:v h261 -b:v {kbps}k theirs.h261");
        let decode = "-f h261 -i theirs.h261 -vsync passthrough -f rawvideo -pix_fmt yuv420p \
                      out.yuv";
        if ffmpeg(&folder.0, &encode).is_none() || ffmpeg(&folder.0, decode).is_none() {
            return;
        }
        let stream = std::fs::read(folder.0.join("theirs.h261")).unwrap();
        let theirs = pictures(&std::fs::read(folder.0.join("out.yuv")).unwrap(), size);
        let mut decoder = H261Decoder::new();
        let ours: Vec<Picture> = split_elementary(&stream)
            .map(|octets| decoder.decode_elementary(&octets).unwrap().unwrap().clone())
            .collect();
        assert_same(&ours, &theirs);
    }
}

//! ffmpeg as a peer: the same work by the program everybody knows, in one thread.

use crate::cpu;
use crate::video::Standard;
use base::{Bitrate, PictureSize};
use media::Picture;
use media::video::layout::Rect;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// Whether an `ffmpeg` is on the PATH.
pub fn is_present() -> bool {
    static PRESENT: OnceLock<bool> = OnceLock::new();
    *PRESENT.get_or_init(|| {
        let version = Command::new("ffmpeg")
            .arg("-version")
            .stdout(Stdio::null())
            .status();
        version.is_ok_and(|status| status.success())
    })
}

/// Pictures of one of its synthetic sources.
pub fn source(name: &str, size: PictureSize, frame_rate: u8, count: u16) -> Vec<Picture> {
    let source = format!("{name}=size={size}:rate={frame_rate}");
    let mut command = quiet();
    command.args([
        "-f",
        "lavfi",
        "-i",
        &source,
        "-frames:v",
        &count.to_string(),
    ]);
    let pictures = raw_pictures(&mut command, size);
    assert_eq!(pictures.len(), usize::from(count), "ffmpeg's {name}");
    pictures
}

/// Coded files of one standard to be shown side by side.
pub struct Conference<'a> {
    /// Of inputs and output.
    pub standard: Standard,
    /// Byte streams.
    pub inputs: &'a [&'a Path],
    /// One for each input.
    pub tiles: &'a [Rect],
    /// Of the output.
    pub size: PictureSize,
    /// Pictures per second.
    pub frame_rate: u8,
    /// Of the output.
    pub rate: Bitrate,
}

impl Conference<'_> {
    /// Writes `frames` pictures to `output` and says what that cost.
    pub fn run(&self, frames: usize, output: &Path) -> Duration {
        let mut command = self.composed();
        command.args(["-frames:v", &frames.to_string(), "-threads", "1"]);
        command.args(encoder(self.standard));
        command.args([
            "-b:v",
            &self.rate.0.to_string(),
            "-f",
            demuxer(self.standard),
        ]);
        cost(command.arg(output))
    }

    /// What the encoder is given.
    pub fn reference(&self, frames: usize) -> Vec<Picture> {
        let mut command = self.composed();
        command.args(["-frames:v", &frames.to_string()]);
        raw_pictures(&mut command, self.size)
    }

    fn composed(&self) -> Command {
        let mut command = quiet();
        command.args(["-filter_complex_threads", "1"]);
        for input in self.inputs {
            command.args(["-threads", "1", "-framerate", &self.frame_rate.to_string()]);
            command
                .args(["-f", demuxer(self.standard), "-i"])
                .arg(input);
        }
        command.args(["-filter_complex", &self.graph(), "-map", "[out]"]);
        command.args(["-vsync", "passthrough"]);
        command
    }

    /// Pictures are numbered anew: byte streams bear no times, or odd ones.
    fn graph(&self) -> String {
        let rate = self.frame_rate;
        let (mut graph, mut names, mut places) = (String::new(), String::new(), Vec::new());
        for (i, tile) in self.tiles.iter().enumerate() {
            let Rect {
                x,
                y,
                width,
                height,
            } = tile;
            let _ = write!(
                graph,
                "[{i}:v]settb=1/{rate},setpts=N,scale={width}:{height}:flags=fast_bilinear[t{i}];"
            );
            let _ = write!(names, "[t{i}]");
            places.push(format!("{x}_{y}"));
        }
        let (count, places) = (self.tiles.len(), places.join("|"));
        let PictureSize { width, height } = self.size;
        graph
            + &format!(
                "{names}xstack=inputs={count}:layout={places}:fill=black,pad={width}:{height}:0:0:black,fps={rate}[out]"
            )
    }
}

/// Encodes raw I420 pictures, and says what that cost.
pub fn encode_raw(
    standard: Standard,
    raw: &Path,
    size: PictureSize,
    frame_rate: u8,
    rate: Bitrate,
    output: &Path,
) -> Duration {
    let mut command = read_raw(raw, size, frame_rate);
    command.args(["-threads", "1"]).args(encoder(standard));
    command.args(["-b:v", &rate.0.to_string(), "-f", demuxer(standard)]);
    cost(command.arg(output))
}

/// Only reads what [`encode_raw`] reads.
pub fn skim_raw(raw: &Path, size: PictureSize, frame_rate: u8) -> Duration {
    let mut command = read_raw(raw, size, frame_rate);
    cost(command.args(["-f", "null", "-"]))
}

/// Decodes a byte stream of which the first `frames` pictures are wanted, and drops them.
pub fn decode_only(standard: Standard, stream: &Path, frames: usize) -> Duration {
    let mut command = quiet();
    command
        .args(["-threads", "1", "-f", demuxer(standard), "-i"])
        .arg(stream);
    cost(command.args(["-frames:v", &frames.to_string(), "-f", "null", "-"]))
}

/// The pictures of a byte stream.
pub fn decode(standard: Standard, stream: &Path, size: PictureSize) -> Vec<Picture> {
    let mut command = quiet();
    command.args(["-f", demuxer(standard), "-i"]).arg(stream);
    command.args(["-vsync", "passthrough"]);
    raw_pictures(&mut command, size)
}

fn read_raw(raw: &Path, size: PictureSize, frame_rate: u8) -> Command {
    let mut command = quiet();
    command.args([
        "-f",
        "rawvideo",
        "-pix_fmt",
        "yuv420p",
        "-video_size",
        &size.to_string(),
    ]);
    command
        .args(["-framerate", &frame_rate.to_string(), "-i"])
        .arg(raw);
    command
}

fn quiet() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "fatal", "-nostdin", "-y"]);
    command
}

fn demuxer(standard: Standard) -> &'static str {
    match standard {
        Standard::H264(_) => "h264",
        Standard::H261 => "h261",
    }
}

fn encoder(standard: Standard) -> &'static [&'static str] {
    match standard {
        Standard::H264(_) => &[
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-tune",
            "zerolatency",
        ],
        Standard::H261 => &["-c:v", "h261"],
    }
}

fn cost(command: &mut Command) -> Duration {
    let start = cpu::children();
    let status = command.status().expect("ffmpeg is present");
    assert!(status.success(), "{command:?}");
    cpu::children() - start
}

fn raw_pictures(command: &mut Command, size: PictureSize) -> Vec<Picture> {
    command.args(["-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .expect("ffmpeg is present");
    assert!(output.status.success(), "{command:?}");
    let luma = usize::from(size.width) * usize::from(size.height);
    let picture = |octets: &[u8]| {
        let (y, chroma) = octets.split_at(luma);
        let (u, v) = chroma.split_at(luma / 4);
        Picture::from_planes(size, y.to_vec(), u.to_vec(), v.to_vec()).expect("the right lengths")
    };
    output
        .stdout
        .chunks_exact(luma * 3 / 2)
        .map(picture)
        .collect()
}

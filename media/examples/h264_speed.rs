//! CPU milliseconds per picture of the H.264 encoder and both decoders, single-threaded:
//! `cargo run --release -p media --example h264_speed [FILE.h264]`. With a file only decoding is
//! measured, of that file. Linux only: it reads the time its thread has been running.

use base::{Bitrate, PictureSize, VideoCodec, VideoFormat};
use media::Picture;
use media::codec::h264::{Engine, H264Decoder, H264Encoder};
use media::codec::{CodedPicture, VideoDecoder, VideoEncoder};
use media::rtp::payload::h264::split_annex_b;
use std::time::Duration;

const PICTURES: u32 = 150;
const PAYLOAD_MAX: usize = 1200;
const FRAME_TICKS: u32 = 3000;

fn main() {
    if let Some(path) = std::env::args().nth(1) {
        let stream = std::fs::read(&path).expect("a readable file").into();
        let coded: Vec<_> = (split_annex_b(&stream).into_iter())
            .map(|nal_units| CodedPicture {
                timestamp: 0,
                payloads: nal_units.into_iter().map(Some).collect(),
            })
            .collect();
        print_decoding(&path, &coded);
        return;
    }
    for (size, kbps) in [
        (PictureSize::QCIF, 128),
        (PictureSize::CIF, 512),
        (PictureSize::CIF4, 1500),
        (PictureSize::HD720, 2500),
    ] {
        let format = VideoFormat {
            codec: VideoCodec::H264,
            size,
            frame_rate: 30,
            bit_rate: Bitrate::from_kbps(kbps),
            fragments: true,
        };
        let (coded, time) = encode(format);
        let octets: usize = (coded
            .iter()
            .flat_map(|coded| coded.payloads.iter().flatten()))
        .map(|payload| payload.len())
        .sum();
        let rate = octets as f64 * 8.0 * 30.0 / 1000.0 / f64::from(PICTURES);
        print!(
            "{size} {kbps} kbit/s ({rate:.0} made): encode {}, ",
            per(time, PICTURES as usize)
        );
        print_decoding("decode", &coded);
    }
}

fn print_decoding(what: &str, coded: &[CodedPicture]) {
    let [rusty, open] = [Engine::RustyH264, Engine::OpenH264].map(|engine| decode(engine, coded));
    let (rusty, open) = (per(rusty, coded.len()), per(open, coded.len()));
    println!("{what} rusty_h264 {rusty}, openh264 {open} ms");
}

fn per(time: Duration, pictures: usize) -> String {
    format!("{:.3}", time.as_secs_f64() * 1000.0 / pictures as f64)
}

fn encode(format: VideoFormat) -> (Vec<CodedPicture>, Duration) {
    let sources: Vec<Picture> = (0..PICTURES)
        .map(|frame| scene(format.size, frame))
        .collect();
    let mut encoder = H264Encoder::new(format, PAYLOAD_MAX).expect("a usual format");
    let start = cpu_time();
    let coded = (sources.iter().zip(0..))
        .map(|(source, frame)| {
            let timestamp = frame * FRAME_TICKS;
            let encoded = encoder.encode(source, timestamp, false);
            CodedPicture {
                timestamp,
                payloads: encoded.payloads.into_iter().map(Some).collect(),
            }
        })
        .collect();
    (coded, cpu_time() - start)
}

/// proc(5): the first field is nanoseconds on a processor.
fn cpu_time() -> Duration {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let field = line.split_whitespace().next().expect("three fields");
    Duration::from_nanos(field.parse().expect("a number"))
}

/// The best of three, since other work disturbs.
fn decode(engine: Engine, coded: &[CodedPicture]) -> Duration {
    (0..3)
        .map(|_| {
            let mut decoder = H264Decoder::new(engine).expect("it starts");
            let start = cpu_time();
            for coded in coded {
                decoder.decode(coded).expect("a good stream");
            }
            cpu_time() - start
        })
        .min()
        .unwrap_or_default()
}

/// A panning pattern with grain, as hard to code as a camera's picture.
fn scene(size: PictureSize, frame: u32) -> Picture {
    let mut picture = Picture::filled(size, 0, 110, 150);
    let mut rng = base::Rng::new(frame.into());
    let (width, frame) = (picture.width(), frame as usize);
    for (y, row) in picture.y.chunks_mut(width).enumerate() {
        for (x, sample) in row.iter_mut().enumerate() {
            let (x, y) = (x + frame * 3, y + frame);
            *sample = 40 + ((x * x / 97 + y * y / 61) % 160) as u8;
        }
        for sample in row.iter_mut().step_by(5) {
            *sample = sample.wrapping_add(rng.next_u32() as u8 & 7);
        }
    }
    picture
}

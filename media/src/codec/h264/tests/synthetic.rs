//! Pictures that move, and streams made of them.

use crate::Picture;
use crate::codec::h264::H264Encoder;
use crate::codec::{CodedPicture, EncodedPicture, VideoEncoder};
use base::{Bitrate, PictureSize, VideoCodec, VideoFormat};

pub const FRAME_TICKS: u32 = 3000;

pub fn format(size: PictureSize, kbps: u32, fragments: bool) -> VideoFormat {
    VideoFormat {
        codec: VideoCodec::H264,
        size,
        frame_rate: 30,
        bit_rate: Bitrate::from_kbps(kbps),
        fragments,
    }
}

/// Soft waves that pan, with a hard-edged square that crosses them.
pub fn picture(size: PictureSize, frame: usize) -> Picture {
    let mut picture = Picture::filled(size, 0, 110, 150);
    let (width, height) = (picture.width(), picture.height());
    let wave: Vec<u8> = (0..256)
        .map(|step| (100.0 + 50.0 * (step as f64 / 128.0 * std::f64::consts::PI).sin()) as u8)
        .collect();
    let side = height / 4;
    let left = frame * 4 % (width - side);
    for y in 0..height {
        for x in 0..width {
            let square = (left..left + side).contains(&x) && (side..2 * side).contains(&y);
            let waves = wave[(x + frame * 2) % 256] / 2 + wave[(y * 2 + frame) % 256] / 2;
            picture.y[y * width + x] = if square { 220 } else { waves };
        }
    }
    for y in 0..height / 2 {
        for x in 0..width / 2 {
            picture.u[y * width / 2 + x] = wave[(x + frame) % 256];
        }
    }
    picture
}

pub fn received(encoded: &EncodedPicture, timestamp: u32) -> CodedPicture {
    CodedPicture {
        timestamp,
        payloads: encoded.payloads.iter().cloned().map(Some).collect(),
    }
}

/// `count` coded pictures, the first intra.
pub fn stream(format: VideoFormat, payload_max: usize, count: usize) -> Vec<CodedPicture> {
    let mut encoder = H264Encoder::new(format, payload_max).unwrap();
    (0..count)
        .map(|frame| {
            let timestamp = frame as u32 * FRAME_TICKS;
            let encoded = encoder.encode(&picture(format.size, frame), timestamp, frame == 0);
            received(&encoded, timestamp)
        })
        .collect()
}

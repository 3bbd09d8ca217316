//! Prints CPU time per frame and quality: `h261_speed clip.yuv [kbit/s [out.h261]]`, a raw CIF clip in
//! I420.

use base::{Bitrate, PictureSize};
use media::Picture;
use media::codec::h261::{H261Decoder, H261Encoder, PAYLOAD_OCTETS_DEFAULT, join};
use media::codec::{CodedPicture, VideoDecoder, VideoEncoder};

const FRAME_RATE: u8 = 30;
const RUNS: usize = 7;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("a raw CIF clip");
    let kbps = arguments
        .next()
        .map_or(384, |text| text.parse().expect("kbit/s"));
    let clip = std::fs::read(path).expect("the clip is readable");
    let size = PictureSize::CIF;
    let luma = size.macroblocks() as usize * 256;
    let pictures: Vec<Picture> = clip
        .chunks_exact(luma * 3 / 2)
        .map(|frame| {
            let mut picture = Picture::black(size);
            picture.y.copy_from_slice(&frame[..luma]);
            picture.u.copy_from_slice(&frame[luma..luma * 5 / 4]);
            picture.v.copy_from_slice(&frame[luma * 5 / 4..]);
            picture
        })
        .collect();

    let count = pictures.len() as f64;
    let mut best = (f64::MAX, f64::MAX);
    let mut stream = Vec::new();
    for _ in 0..RUNS {
        let rate = Bitrate::from_kbps(kbps);
        let mut encoder = H261Encoder::new(size, rate, FRAME_RATE, PAYLOAD_OCTETS_DEFAULT);
        let start = cpu_seconds();
        let coded: Vec<CodedPicture> = (0u32..)
            .zip(&pictures)
            .map(|(i, picture)| CodedPicture {
                timestamp: i * 3000,
                payloads: (encoder.encode(picture, i * 3000, false).payloads)
                    .into_iter()
                    .map(Some)
                    .collect(),
            })
            .collect();
        let encoded = cpu_seconds();
        let mut decoder = H261Decoder::new();
        for picture in &coded {
            decoder.decode(picture).expect("our own stream decodes");
        }
        let decoded = cpu_seconds();
        best.0 = best.0.min((encoded - start) * 1000.0 / count);
        best.1 = best.1.min((decoded - encoded) * 1000.0 / count);
        stream = coded;
    }

    let mut decoder = H261Decoder::new();
    let mut elementary = Vec::new();
    let mut error = 0.0;
    for (coded, picture) in stream.iter().zip(&pictures) {
        let shown = decoder.decode(coded).expect("decodes").expect("a picture");
        let squares: u64 = (shown.y.iter().zip(&picture.y))
            .map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2))
            .sum();
        error += squares as f64 / luma as f64 / count;
        let payloads = coded.payloads.iter().flatten().cloned().collect();
        elementary.extend(join(&media::codec::EncodedPicture {
            payloads,
            intra: false,
        }));
    }
    let kbps = elementary.len() as f64 * 8.0 * f64::from(FRAME_RATE) / count / 1000.0;
    let psnr = 10.0 * (65025.0 / error).log10();
    println!(
        "encode {:.3} ms, decode {:.3} ms per frame, {kbps:.0} kbit/s, {psnr:.2} dB",
        best.0, best.1
    );
    if let Some(path) = arguments.next() {
        std::fs::write(path, elementary).expect("the stream is writable");
    }
}

/// CPU time of this thread so far, to the nanosecond.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds: f64 = (text.split(' ').next())
        .and_then(|field| field.parse().ok())
        .expect("a count of nanoseconds");
    nanoseconds / 1e9
}

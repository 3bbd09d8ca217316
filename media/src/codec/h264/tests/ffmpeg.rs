//! Against ffmpeg and x264, where they are installed.

use super::synthetic::{format, stream};
use crate::codec::h264::{Engine, H264Decoder};
use crate::codec::{CodedPicture, DecodeError, VideoDecoder};
use crate::rtp::payload::h264::{append_annex_b, pack, split_annex_b, unpack};
use base::PictureSize;
use bytes::Bytes;
use std::io::Write;
use std::process::{Command, Stdio};

/// Runs ffmpeg with `input` on its standard input; its standard output, or `None` with a message
/// where it is not installed. Whatever it complains of fails the test.
fn ffmpeg(arguments: &str, input: &[u8]) -> Option<Vec<u8>> {
    let spawned = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "warning", "-nostdin"])
        .args(arguments.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = spawned else {
        eprintln!("skipped: ffmpeg is not installed");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    });
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaints.is_empty(),
        "{complaints}"
    );
    Some(output.stdout)
}

/// ffmpeg's pictures of a byte stream, one after the other in planar 4:2:0.
fn reference(stream: &[u8]) -> Option<Vec<u8>> {
    ffmpeg(
        "-f h264 -i - -fps_mode passthrough -pix_fmt yuv420p -f rawvideo -",
        stream,
    )
}

pub fn x264(source: &str, options: &str) -> Option<Bytes> {
    let format = if options.contains("-pix_fmt") {
        ""
    } else {
        "-pix_fmt yuv420p"
    };
    let arguments = format!("-f lavfi -i {source} {format} -c:v libx264 {options} -f h264 -");
    ffmpeg(&arguments, &[]).map(Bytes::from)
}

/// The access units of a byte stream as the packets of mode 1.
pub fn packets(stream: &Bytes) -> Vec<CodedPicture> {
    (split_annex_b(stream).into_iter())
        .map(|nal_units| {
            let mut payloads = Vec::new();
            for nal_unit in nal_units {
                pack(nal_unit, 1200, true, &mut payloads);
            }
            CodedPicture {
                timestamp: 0,
                payloads: payloads.into_iter().map(Some).collect(),
            }
        })
        .collect()
}

/// The pictures that come out, one after the other, and how many are still kept back.
fn decode(engine: Engine, coded: &[CodedPicture]) -> (Vec<u8>, usize) {
    let mut decoder = H264Decoder::new(engine).unwrap();
    let mut planes = Vec::new();
    let mut kept = 0;
    for coded in coded {
        match decoder.decode(coded).unwrap() {
            Some(shown) => [&shown.y, &shown.u, &shown.v]
                .map(|plane| planes.extend_from_slice(plane))
                .len(),
            None => {
                kept += 1;
                kept
            }
        };
    }
    (planes, kept)
}

#[test]
fn ffmpeg_decodes_our_stream_to_the_same_pictures() {
    for fragments in [false, true] {
        let coded = stream(format(PictureSize::CIF, 512, fragments), 900, 30);
        let mut octets = Vec::new();
        for coded in &coded {
            for nal_unit in unpack(&coded.payloads).nal_units {
                append_annex_b(&nal_unit, &mut octets);
            }
        }
        let Some(reference) = reference(&octets) else {
            return;
        };
        for engine in [Engine::RustyH264, Engine::OpenH264] {
            assert!(
                decode(engine, &coded) == (reference.clone(), 0),
                "{engine:?}"
            );
        }
    }
}

#[test]
fn streams_of_x264_are_decoded_bit_exactly() {
    let moving = "testsrc2=s=352x288:r=30:d=2";
    let zoom = "mandelbrot=s=352x288:r=30,trim=end_frame=60";
    let streams = [
        (moving, "-profile:v baseline -b:v 300k", 0),
        (
            zoom,
            "-profile:v baseline -b:v 300k -bf 0 -refs 4 -slices 4",
            0,
        ),
        (
            zoom,
            "-profile:v baseline -preset ultrafast -x264-params slice-max-size=600",
            0,
        ),
        (zoom, "-profile:v baseline -qp 1 -frames:v 8", 0),
        (
            moving,
            "-profile:v main -bf 0 -b:v 300k -tune zerolatency",
            0,
        ),
        (zoom, "-profile:v main -bf 0 -refs 5 -coder vlc", 0),
        (
            moving,
            "-profile:v main -bf 3 -x264-params b-pyramid=none:keyint=20",
            1,
        ),
        (
            zoom,
            "-profile:v main -bf 3 -x264-params direct=temporal:b-pyramid=normal:keyint=25:scenecut=0",
            2,
        ),
        (moving, "-profile:v high -bf 0 -preset slow", 0),
        (zoom, "-profile:v high -bf 3 -preset slower -b:v 400k", 2),
        (
            zoom,
            "-profile:v high -bf 2 -x264-params weightb=1:weightp=2:cqm=jvt:constrained-intra=1",
            2,
        ),
        ("testsrc2=s=350x286:r=30:d=1", "-profile:v high -bf 0", 0),
        (
            "testsrc2=s=176x144:r=30:d=1,fade=out:0:30",
            "-profile:v main -bf 0 -x264-params weightp=2",
            0,
        ),
        (
            "testsrc2=s=1280x720:r=30:d=0.5",
            "-profile:v high -tune zerolatency -preset veryfast",
            0,
        ),
        (
            "testsrc2=s=1920x1080:r=30:d=0.2",
            "-profile:v baseline -preset veryfast",
            0,
        ),
    ];
    for (source, options, kept_max) in streams {
        let Some(stream) = x264(source, options) else {
            return;
        };
        let coded = packets(&stream);
        let reference = reference(&stream).unwrap();
        let picture_octets = reference.len() / coded.len();
        let (planes, kept) = decode(Engine::RustyH264, &coded);
        assert_eq!(
            planes.len() + kept * picture_octets,
            reference.len(),
            "{options}"
        );
        assert!(reference.starts_with(&planes), "{options}");
        assert!(kept <= kept_max, "{options}: {kept} kept back");
        // openh264 gives B slices in the wrong order, and all but baseline a picture late.
        if !options.contains("-bf 2") && !options.contains("-bf 3") {
            let (planes, kept) = decode(Engine::OpenH264, &coded);
            assert_eq!(planes.len() + kept * picture_octets, reference.len());
            assert!(reference.starts_with(&planes), "openh264 {options}");
        }
    }
}

#[test]
fn what_is_not_supported_is_refused_and_not_shown() {
    let source = "testsrc2=s=352x288:r=30:d=0.3";
    let streams = [
        (
            source,
            "-flags +ildct+ilme -x264-params weightp=0",
            "interlaced pictures",
        ),
        (
            source,
            "-pix_fmt yuv444p",
            "a chroma format other than 4:2:0",
        ),
        (
            "testsrc2=s=2048x1152:d=0.1",
            "-profile:v high",
            "a picture above 1920x1088",
        ),
    ];
    for (source, options, why) in streams {
        let Some(stream) = x264(source, options) else {
            return;
        };
        for engine in [Engine::RustyH264, Engine::OpenH264] {
            let mut decoder = H264Decoder::new(engine).unwrap();
            let mut results = packets(&stream)
                .into_iter()
                .map(|coded| decoder.decode(&coded).map(drop));
            let first = results.next().unwrap();
            assert_eq!(first, Err(DecodeError::Unsupported(why)));
            assert!(results.all(|result| result.is_err()));
        }
    }
}

#[test]
fn an_intra_picture_that_is_no_refresh_heals() {
    // Open groups of pictures begin with I slices in a picture of another type than refresh.
    let source = "testsrc2=s=176x144:r=30:d=2";
    let options =
        "-profile:v main -bf 0 -x264-params keyint=20:min-keyint=20:open-gop=1:scenecut=0";
    let Some(stream) = x264(source, options) else {
        return;
    };
    let mut coded = packets(&stream);
    coded[5].payloads[0] = None;
    let mut decoder = H264Decoder::new(Engine::default()).unwrap();
    let good: Vec<bool> = coded
        .iter()
        .map(|coded| decoder.decode(coded).is_ok())
        .collect();
    assert!(good[..5].iter().all(|&good| good));
    assert!(good[5..20].iter().all(|&good| !good));
    assert!(good[20..].iter().all(|&good| good));
}

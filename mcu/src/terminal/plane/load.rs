//! Reads the files that a terminal plays.

use super::source::{PictureFile, SoundFile};
use anyhow::{Context, bail};
use bytes::Bytes;
use media::Picture;
use media::audio::Rate;
use media::codec::h261::{H261Decoder, split_elementary};
use media::codec::h264::{Engine, H264Decoder};
use media::codec::{CodedPicture, VideoDecoder};
use media::file::y4m::FrameRate;
use media::file::{wav, y4m};
use media::rtp::payload::h264::split_annex_b;
use std::fs::File;
use std::path::Path;

/// Memory for the pictures of a file; further ones are left out. Fifty seconds of CIF at 30 a
/// second.
pub const PICTURE_OCTETS_MAX: usize = 256 << 20;
/// The longest elementary stream that is read.
const STREAM_OCTETS_MAX: u64 = 64 << 20;
/// Elementary streams do not say how fast they are.
const ELEMENTARY_RATE: FrameRate = FrameRate {
    pictures: 30,
    seconds: 1,
};

/// Reads a WAV file.
pub fn sound(path: &Path) -> anyhow::Result<SoundFile> {
    let read = |rate| {
        let file = File::open(path)?;
        anyhow::Ok(wav::read(file, rate)?)
    };
    let cannot = || format!("cannot play the sound of {}", path.display());
    let file = SoundFile {
        narrow: read(Rate::Narrow).with_context(cannot)?.into(),
        wide: read(Rate::Wide).with_context(cannot)?.into(),
    };
    if file.narrow.is_empty() || file.wide.is_empty() {
        bail!("{}: there is no sound in it", cannot());
    }
    Ok(file)
}

/// Reads a file of pictures; its name tells what it is.
pub fn pictures(path: &Path) -> anyhow::Result<PictureFile> {
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    let read = match extension.to_ascii_lowercase().as_str() {
        "y4m" => read_y4m(path),
        "h264" | "264" => read_stream(path).and_then(|stream| decode_h264(&stream)),
        "h261" | "261" => read_stream(path).and_then(|stream| decode_h261(&stream)),
        _ => Err(anyhow::anyhow!(
            "its name must end in .y4m, .h264 or .h261: convert it with \
             `ffmpeg -i FILE -pix_fmt yuv420p OUT.y4m`"
        )),
    };
    let (pictures, rate) =
        read.with_context(|| format!("cannot show the pictures of {}", path.display()))?;
    if pictures.is_empty() {
        bail!("cannot show {}: there is no picture in it", path.display());
    }
    Ok(PictureFile {
        pictures: pictures.into(),
        rate,
    })
}

type Read = (Vec<Picture>, FrameRate);

fn read_y4m(path: &Path) -> anyhow::Result<Read> {
    let reader = y4m::Reader::new(File::open(path)?)?;
    let rate = reader.rate();
    let mut room = PICTURE_OCTETS_MAX;
    let mut pictures = Vec::new();
    for picture in reader {
        if !keep(picture?, &mut room, &mut pictures) {
            break;
        }
    }
    Ok((pictures, rate))
}

fn read_stream(path: &Path) -> anyhow::Result<Bytes> {
    use std::io::Read;
    let mut stream = Vec::new();
    File::open(path)?
        .take(STREAM_OCTETS_MAX)
        .read_to_end(&mut stream)?;
    Ok(stream.into())
}

fn decode_h264(stream: &Bytes) -> anyhow::Result<Read> {
    let mut decoder = H264Decoder::new(Engine::default())?;
    let mut room = PICTURE_OCTETS_MAX;
    let mut pictures = Vec::new();
    for (number, nal_units) in split_annex_b(stream).into_iter().enumerate() {
        let coded = CodedPicture {
            timestamp: number as u32,
            payloads: nal_units.into_iter().map(Some).collect(),
        };
        let decoded = decoder.decode(&coded);
        let decoded = decoded.with_context(|| format!("picture {number} of the stream"))?;
        if let Some(picture) = decoded
            && !keep(picture.clone(), &mut room, &mut pictures)
        {
            break;
        }
    }
    Ok((pictures, ELEMENTARY_RATE))
}

fn decode_h261(stream: &[u8]) -> anyhow::Result<Read> {
    let mut decoder = H261Decoder::new();
    let mut room = PICTURE_OCTETS_MAX;
    let mut pictures = Vec::new();
    for (number, octets) in split_elementary(stream).enumerate() {
        let decoded = decoder.decode_elementary(&octets);
        let decoded = decoded.with_context(|| format!("picture {number} of the stream"))?;
        if let Some(picture) = decoded
            && !keep(picture.clone(), &mut room, &mut pictures)
        {
            break;
        }
    }
    Ok((pictures, ELEMENTARY_RATE))
}

/// Keeps a picture if there is room for it.
fn keep(picture: Picture, room: &mut usize, pictures: &mut Vec<Picture>) -> bool {
    let octets = picture.y.len() + picture.u.len() + picture.v.len();
    let fits = octets <= *room;
    if fits {
        *room -= octets;
        pictures.push(picture);
    }
    fits
}

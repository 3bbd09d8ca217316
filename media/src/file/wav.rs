//! WAV files of 16-bit PCM (RIFF): read to mono at a rate that is mixed, written as mono.

use crate::audio::Rate;
use std::f64::consts::PI;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::RangeInclusive;

/// The most of a file that is read: an hour of 48 kHz stereo.
pub const OCTETS_MAX: u64 = 700 << 20;
/// Sampling rates that are read.
pub const RATES_HZ: RangeInclusive<u32> = 4_000..=192_000;
/// WAVE_FORMAT_PCM.
const FORMAT_PCM: u16 = 1;
/// WAVE_FORMAT_EXTENSIBLE, which PCM may hide behind.
const FORMAT_EXTENSIBLE: u16 = 0xfffe;
const OCTETS_PER_SAMPLE: u32 = 2;
/// Zero crossings of the resampling filter on either side.
const FILTER_CROSSINGS: f64 = 16.0;

/// Why a file was not read, and what to do.
#[derive(Debug)]
pub enum Error {
    /// The file cannot be read or written.
    Io(io::Error),
    /// It is not a WAV file, or it is cut short before its sound.
    NotWav(&'static str),
    /// It is a WAV file of another kind.
    Unsupported {
        /// Its format tag; 1 is PCM.
        format: u16,
        /// Bits per sample.
        bits: u16,
        /// Channels.
        channels: u16,
        /// Samples per second.
        rate_hz: u32,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io(error) => error.fmt(f),
            Error::NotWav(what) => write!(
                f,
                "not a WAV file ({what}): convert it with `ffmpeg -i FILE -c:a pcm_s16le OUT.wav`"
            ),
            Error::Unsupported {
                format,
                bits,
                channels,
                rate_hz,
            } => write!(
                f,
                "WAV format {format} with {bits} bits, {channels} channels, {rate_hz} Hz; needed is \
                 16-bit PCM, mono or stereo, {} to {} Hz: convert it with \
                 `ffmpeg -i FILE -c:a pcm_s16le -ac 1 -ar 16000 OUT.wav`",
                RATES_HZ.start(),
                RATES_HZ.end()
            ),
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Io(error)
    }
}

/// Reads 16-bit PCM, mono or stereo at any rate, as mono at `rate`. A file that ends early, as
/// one does whose writer was stopped, gives what there is.
pub fn read(source: impl Read, rate: Rate) -> Result<Vec<i16>, Error> {
    let mut file = Vec::new();
    source.take(OCTETS_MAX).read_to_end(&mut file)?;
    let (format, sound) = chunks(&file)?;
    let samples: Vec<i16> = match format.channels {
        1 => sound
            .as_chunks()
            .0
            .iter()
            .copied()
            .map(i16::from_le_bytes)
            .collect(),
        _ => sound
            .as_chunks()
            .0
            .iter()
            .map(|&[a, b, c, d]| {
                let (left, right) = (i16::from_le_bytes([a, b]), i16::from_le_bytes([c, d]));
                ((i32::from(left) + i32::from(right)) >> 1) as i16
            })
            .collect(),
    };
    Ok(resample(samples, format.rate_hz, rate.hz()))
}

/// Writes mono 16-bit PCM at `rate`.
pub fn write(target: &mut impl Write, rate: Rate, samples: &[i16]) -> io::Result<()> {
    let too_long = |_| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "more than 4 GB of sound: write several files",
        )
    };
    let length = u32::try_from(2 * samples.len() + 36).map_err(too_long)?;
    let mut file = Vec::with_capacity(2 * samples.len() + 44);
    file.extend(header(rate, length - 36));
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    target.write_all(&file)
}

/// Writes mono 16-bit PCM piece by piece. The lengths in its header are right after
/// [`finish`](Self::finish); without it the file reads as an empty one.
#[derive(Debug)]
pub struct Writer<W> {
    target: W,
    rate: Rate,
    octets: u32,
}

impl<W: Write + Seek> Writer<W> {
    /// Writes the header.
    pub fn new(mut target: W, rate: Rate) -> io::Result<Self> {
        target.write_all(&header(rate, 0))?;
        Ok(Writer {
            target,
            rate,
            octets: 0,
        })
    }

    /// Adds samples; beyond 4 GB they are left out.
    pub fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        let longer = u32::try_from(2 * samples.len()).ok();
        let longer = longer.and_then(|octets| self.octets.checked_add(octets));
        let Some(octets) = longer.filter(|&octets| octets <= u32::MAX - 36) else {
            return Ok(());
        };
        let piece: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        self.target.write_all(&piece)?;
        self.octets = octets;
        Ok(())
    }

    /// Puts the length into the header and gives the output back.
    pub fn finish(mut self) -> io::Result<W> {
        self.target.seek(SeekFrom::Start(0))?;
        self.target.write_all(&header(self.rate, self.octets))?;
        self.target.flush()?;
        Ok(self.target)
    }
}

/// What precedes `octets` octets of samples.
fn header(rate: Rate, octets: u32) -> Vec<u8> {
    let mut header = Vec::with_capacity(44);
    header.extend(b"RIFF");
    header.extend((octets + 36).to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(16u32.to_le_bytes());
    header.extend(FORMAT_PCM.to_le_bytes());
    header.extend(1u16.to_le_bytes());
    header.extend(rate.hz().to_le_bytes());
    header.extend((rate.hz() * OCTETS_PER_SAMPLE).to_le_bytes());
    header.extend((OCTETS_PER_SAMPLE as u16).to_le_bytes());
    header.extend((8 * OCTETS_PER_SAMPLE as u16).to_le_bytes());
    header.extend(b"data");
    header.extend(octets.to_le_bytes());
    header
}

#[derive(Clone, Copy)]
struct Format {
    channels: u16,
    rate_hz: u32,
}

/// The `fmt ` chunk, and the contents of the `data` chunk after it.
fn chunks(file: &[u8]) -> Result<(Format, &[u8]), Error> {
    let mut rest = match file.split_first_chunk::<12>() {
        Some(([b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E'], rest)) => rest,
        _ => return Err(Error::NotWav("no RIFF WAVE header")),
    };
    let mut format = None;
    while let Some((&[a, b, c, d, size @ ..], body)) = rest.split_first_chunk::<8>() {
        let size = u32::from_le_bytes(size) as usize;
        let (chunk, tail) = body.split_at(size.min(body.len()));
        match (&[a, b, c, d], format) {
            (b"fmt ", _) => format = Some(parse_format(chunk)?),
            (b"data", Some(format)) => return Ok((format, chunk)),
            (b"data", None) => return Err(Error::NotWav("sound before its format")),
            _ => {}
        }
        // Chunks start at even positions.
        rest = tail.get(size % 2..).unwrap_or_default();
    }
    Err(Error::NotWav("no sound in it"))
}

fn parse_format(chunk: &[u8]) -> Result<Format, Error> {
    let Some(&[f0, f1, c0, c1, r0, r1, r2, r3, _, _, _, _, _, _, b0, b1]) =
        chunk.first_chunk::<16>()
    else {
        return Err(Error::NotWav("its format chunk is too short"));
    };
    let mut format = u16::from_le_bytes([f0, f1]);
    // The first two octets of the sub-format are the format tag.
    if let (FORMAT_EXTENSIBLE, Some(&[tag0, tag1])) =
        (format, chunk.get(24..26).and_then(<[u8]>::first_chunk))
    {
        format = u16::from_le_bytes([tag0, tag1]);
    }
    let channels = u16::from_le_bytes([c0, c1]);
    let rate_hz = u32::from_le_bytes([r0, r1, r2, r3]);
    let bits = u16::from_le_bytes([b0, b1]);
    if (format, bits) != (FORMAT_PCM, 16)
        || !matches!(channels, 1 | 2)
        || !RATES_HZ.contains(&rate_hz)
    {
        return Err(Error::Unsupported {
            format,
            bits,
            channels,
            rate_hz,
        });
    }
    Ok(Format { channels, rate_hz })
}

/// Any rate to any rate, by a sinc under a Hann window; a file need not be fast.
fn resample(samples: Vec<i16>, from_hz: u32, to_hz: u32) -> Vec<i16> {
    if from_hz == to_hz {
        return samples;
    }
    let (from, to) = (f64::from(from_hz), f64::from(to_hz));
    let cutoff = (to / from).min(1.0);
    let reach = FILTER_CROSSINGS / cutoff;
    let length = samples.len() as u64 * u64::from(to_hz) / u64::from(from_hz);
    let at = |output: u64| {
        let centre = output as f64 * from / to;
        let first = (centre - reach).ceil().max(0.0) as usize;
        let last = ((centre + reach).floor() as usize + 1).min(samples.len());
        let mut sum = 0.0;
        for (index, &sample) in samples.iter().enumerate().take(last).skip(first) {
            let distance = index as f64 - centre;
            let angle = PI * distance * cutoff;
            let sinc = if angle.abs() < 1e-9 {
                1.0
            } else {
                angle.sin() / angle
            };
            let window = 0.5 + 0.5 * (PI * distance / reach).cos();
            sum += f64::from(sample) * sinc * window * cutoff;
        }
        // The conversion saturates.
        sum.round() as i16
    };
    (0..length).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let samples: Vec<i16> = (0..1000).map(|x| (x * 31 - 15000) as i16).collect();
        let mut file = Vec::new();
        write(&mut file, Rate::Narrow, &samples).unwrap();
        assert_eq!(read(&file[..], Rate::Narrow).unwrap(), samples);
    }

    #[test]
    fn what_is_written_in_pieces_is_read() {
        let samples: Vec<i16> = (0..1000).map(|x| (x * 31 - 15000) as i16).collect();
        let mut writer = Writer::new(io::Cursor::new(Vec::new()), Rate::Wide).unwrap();
        samples
            .chunks(77)
            .for_each(|piece| writer.write(piece).unwrap());
        let pieces = writer.finish().unwrap().into_inner();
        let mut whole = Vec::new();
        write(&mut whole, Rate::Wide, &samples).unwrap();
        assert_eq!(pieces, whole);
    }

    #[test]
    fn stereo_at_44100_hz_becomes_mono() {
        let tone =
            |hz: f64, rate: f64, at: usize| 10_000.0 * (2.0 * PI * hz * at as f64 / rate).sin();
        let mono: Vec<i16> = (0..44_100)
            .map(|at| tone(1000.0, 44_100.0, at) as i16)
            .collect();
        let mut file = Vec::new();
        let twice: Vec<i16> = mono.iter().flat_map(|&x| [x, x]).collect();
        write(&mut file, Rate::Narrow, &twice).unwrap();
        file[22] = 2;
        file[24..28].copy_from_slice(&44_100u32.to_le_bytes());
        let read = read(&file[..], Rate::Wide).unwrap();
        assert_eq!(read.len(), 16_000);
        for (at, &sample) in read.iter().enumerate().take(15_900).skip(100) {
            let error = f64::from(sample) - tone(1000.0, 16_000.0, at);
            assert!(error.abs() < 60.0, "sample {at} is off by {error}");
        }
    }

    #[test]
    fn bad_files_are_errors_that_say_what_to_do() {
        let mut file = Vec::new();
        write(&mut file, Rate::Wide, &[1; 100]).unwrap();
        for length in 0..44 {
            let error = read(&file[..length], Rate::Wide).unwrap_err();
            assert!(error.to_string().contains("ffmpeg -i"), "{error}");
        }
        for length in 44..file.len() {
            assert_eq!(
                read(&file[..length], Rate::Wide).unwrap().len(),
                (length - 44) / 2
            );
        }
        file[34] = 24;
        assert!(matches!(
            read(&file[..], Rate::Wide),
            Err(Error::Unsupported { bits: 24, .. })
        ));
    }
}

//! YUV4MPEG2: uncompressed pictures with a line of text before each, as ffmpeg and mpv read and
//! write it. Progressive 4:2:0 with 8 bits only.

use crate::Picture;
use base::PictureSize;
use std::io::{self, BufRead, BufReader, Read, Write};

/// Octets in a header line at most.
const LINE_OCTETS_MAX: u64 = 512;
/// Samples across or down at most.
const SIDE_MAX: u16 = 4096;

/// Pictures per second, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameRate {
    /// Pictures in `seconds`.
    pub pictures: u32,
    /// Not 0.
    pub seconds: u32,
}

/// Reads pictures one by one: an iterator that ends with the file or the first error.
#[derive(Debug)]
pub struct Reader<R> {
    input: BufReader<R>,
    size: PictureSize,
    rate: FrameRate,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    pub fn new(input: R) -> io::Result<Self> {
        let mut input = BufReader::new(input);
        let line = line(&mut input)?.ok_or_else(|| malformed("the file is empty"))?;
        let mut words = line.split(' ');
        if words.next() != Some("YUV4MPEG2") {
            return Err(malformed("not a YUV4MPEG2 file"));
        }
        let (mut width, mut height) = (0, 0);
        let mut rate = FrameRate {
            pictures: 25,
            seconds: 1,
        };
        for word in words.filter(|w| !w.is_empty()) {
            let mut characters = word.chars();
            let key = characters.next();
            let value = characters.as_str();
            match key {
                Some('W') => width = side(value)?,
                Some('H') => height = side(value)?,
                Some('F') => rate = frame_rate(value)?,
                Some('C') if !["420", "420jpeg", "420mpeg2", "420paldv"].contains(&value) => {
                    return Err(malformed("only 4:2:0 with 8 bits is read"));
                }
                Some('I') if !["p", "?"].contains(&value) => {
                    return Err(malformed("only progressive pictures are read"));
                }
                _ => {}
            }
        }
        if width == 0 || height == 0 {
            return Err(malformed("the picture size is missing"));
        }
        Ok(Reader {
            input,
            size: PictureSize::new(width, height),
            rate,
            ended: false,
        })
    }

    /// The size of every picture.
    pub fn size(&self) -> PictureSize {
        self.size
    }

    /// Pictures per second.
    pub fn rate(&self) -> FrameRate {
        self.rate
    }

    fn picture(&mut self) -> io::Result<Option<Picture>> {
        match line(&mut self.input)? {
            None => return Ok(None),
            Some(line) if line == "FRAME" || line.starts_with("FRAME ") => {}
            Some(_) => return Err(malformed("FRAME expected")),
        }
        let mut picture = Picture::black(self.size);
        self.input.read_exact(&mut picture.y)?;
        self.input.read_exact(&mut picture.u)?;
        self.input.read_exact(&mut picture.v)?;
        Ok(Some(picture))
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = io::Result<Picture>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.picture().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

/// The next line without its end; `None` at the end of the file.
fn line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    input.take(LINE_OCTETS_MAX).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(malformed("a header line has no end"));
    }
    let text = String::from_utf8(line).map_err(|_| malformed("a header line is no text"))?;
    Ok(Some(text))
}

fn side(value: &str) -> io::Result<u16> {
    let side: u16 = value
        .parse()
        .map_err(|_| malformed("a size is no number"))?;
    if side == 0 || !side.is_multiple_of(2) || side > SIDE_MAX {
        return Err(malformed("the picture size is not even, or too large"));
    }
    Ok(side)
}

fn frame_rate(value: &str) -> io::Result<FrameRate> {
    let parts = value.split_once(':');
    let rate = parts.and_then(|(pictures, seconds)| {
        Some(FrameRate {
            pictures: pictures.parse().ok()?,
            seconds: seconds.parse().ok().filter(|&s| s > 0)?,
        })
    });
    rate.ok_or_else(|| malformed("the frame rate is no fraction"))
}

fn malformed(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Writes pictures of one size.
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
    size: PictureSize,
}

impl<W: Write> Writer<W> {
    /// Writes the header.
    pub fn new(mut output: W, size: PictureSize, rate: FrameRate) -> io::Result<Self> {
        writeln!(
            output,
            "YUV4MPEG2 W{} H{} F{}:{} Ip A1:1 C420jpeg",
            size.width, size.height, rate.pictures, rate.seconds
        )?;
        Ok(Writer { output, size })
    }

    /// Adds a picture; its size must be the file's.
    pub fn write(&mut self, picture: &Picture) -> io::Result<()> {
        assert_eq!(picture.size(), self.size, "a file has pictures of one size");
        self.output.write_all(b"FRAME\n")?;
        self.output.write_all(&picture.y)?;
        self.output.write_all(&picture.u)?;
        self.output.write_all(&picture.v)
    }

    /// Writes what is still buffered and gives the output back.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NTSC: FrameRate = FrameRate {
        pictures: 30_000,
        seconds: 1001,
    };

    fn file() -> (Vec<Picture>, Vec<u8>) {
        let size = PictureSize::new(6, 4);
        let pictures = vec![
            Picture::filled(size, 1, 2, 3),
            Picture::filled(size, 200, 10, 90),
        ];
        let mut writer = Writer::new(Vec::new(), size, NTSC).expect("memory takes it");
        for picture in &pictures {
            writer.write(picture).expect("memory takes it");
        }
        (pictures, writer.finish().expect("memory takes it"))
    }

    #[test]
    fn what_is_written_is_read() {
        let (pictures, file) = file();
        assert!(file.starts_with(b"YUV4MPEG2 W6 H4 F30000:1001 Ip A1:1 C420jpeg\nFRAME\n\x01"));
        let reader = Reader::new(file.as_slice()).expect("our own header");
        assert_eq!(
            (reader.size(), reader.rate()),
            (PictureSize::new(6, 4), NTSC)
        );
        let read: Vec<Picture> = reader.map(|p| p.expect("whole")).collect();
        assert_eq!(read, pictures);
    }

    #[test]
    fn a_file_cut_anywhere_ends_or_fails_but_never_panics() {
        let (pictures, file) = file();
        for end in 0..file.len() {
            let Ok(reader) = Reader::new(&file[..end]) else {
                continue;
            };
            let (read, failed): (Vec<_>, Vec<_>) = reader.partition(Result::is_ok);
            assert!(read.len() < pictures.len() && failed.len() <= 1);
        }
    }

    #[test]
    fn other_files_are_refused() {
        let headers = [
            "",
            "RIFF",
            "YUV4MPEG2 W6 H4",
            "YUV4MPEG2 W6\n",
            "YUV4MPEG2 W7 H4\n",
            "YUV4MPEG2 W6 H4096000\n",
            "YUV4MPEG2 W6 H4 F25\n",
            "YUV4MPEG2 W6 H4 F25:0\n",
            "YUV4MPEG2 W6 H4 C444\n",
            "YUV4MPEG2 W6 H4 C420p10\n",
            "YUV4MPEG2 W6 H4 It\n",
        ];
        for header in headers {
            assert!(Reader::new(header.as_bytes()).is_err(), "{header}");
        }
        assert!(Reader::new(" x".repeat(9000).as_bytes()).is_err());
        let mut reader = Reader::new(&b"YUV4MPEG2 W6 H4\nFRAMED\n"[..]).expect("a header");
        assert!(reader.next().is_some_and(|p| p.is_err()));
        assert!(reader.next().is_none());
    }
}

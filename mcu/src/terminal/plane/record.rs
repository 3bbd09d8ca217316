//! Files of what a terminal hears and sees: `NAME.wav`, `NAME.y4m` and, of the last picture,
//! `NAME.png`. The one part of the plane that does I/O; the first error ends a recording and is
//! reported, and the call goes on.

use anyhow::Context;
use base::PictureSize;
use media::Picture;
use media::audio::Rate;
use media::file::y4m::FrameRate;
use media::file::{png, wav, y4m};
use media::video::layout::{Rect, fit};
use media::video::scale::Scaler;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// Seconds of sound that are recorded at most.
pub const SOUND_SECONDS_MAX: u64 = 600;
/// Octets of pictures that are recorded at most: seven minutes of CIF at 30 a second.
pub const PICTURE_OCTETS_MAX: u64 = 2 << 30;

/// Writes the files of one terminal.
pub struct Recorder {
    folder: PathBuf,
    name: String,
    rate: FrameRate,
    sound: Option<SoundFile>,
    pictures: Option<PictureFile>,
    last: Option<Picture>,
    error: Option<anyhow::Error>,
}

struct SoundFile {
    rate: Rate,
    writer: wav::Writer<BufWriter<File>>,
    samples: u64,
}

struct PictureFile {
    writer: y4m::Writer<BufWriter<File>>,
    canvas: Picture,
    scaler: Scaler,
    octets: u64,
}

impl Recorder {
    /// Makes the folder if need be. Files appear with the first sound and picture; they play
    /// `frame_rate` pictures a second.
    pub fn new(folder: &Path, name: &str, frame_rate: u8) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        Ok(Recorder {
            folder: folder.to_owned(),
            // The name is no path.
            name: name.replace(|c| !plain(c), "_"),
            rate: FrameRate {
                pictures: frame_rate.max(1).into(),
                seconds: 1,
            },
            sound: None,
            pictures: None,
            last: None,
            error: None,
        })
    }

    /// Adds what was heard. The file keeps the rate it began with.
    pub fn sound(&mut self, rate: Rate, samples: &[i16]) {
        let result = self.add_sound(rate, samples);
        self.note(result);
    }

    fn add_sound(&mut self, rate: Rate, samples: &[i16]) -> anyhow::Result<()> {
        if self.error.is_some() {
            return Ok(());
        }
        let file = match &mut self.sound {
            Some(file) => file,
            None => {
                let file = BufWriter::new(self.create("wav")?);
                self.sound.insert(SoundFile {
                    rate,
                    writer: wav::Writer::new(file, rate)?,
                    samples: 0,
                })
            }
        };
        let limit = SOUND_SECONDS_MAX * u64::from(rate.hz());
        if file.rate == rate && file.samples < limit {
            file.samples += samples.len() as u64;
            file.writer.write(samples).context("cannot write sound")?;
        }
        Ok(())
    }

    /// Adds what was seen. The file keeps the size it began with.
    pub fn picture(&mut self, picture: &Picture) {
        match &mut self.last {
            Some(last) if last.size() == picture.size() => last.clone_from(picture),
            last => *last = Some(picture.clone()),
        }
        let result = self.add_picture(picture);
        self.note(result);
    }

    fn add_picture(&mut self, picture: &Picture) -> anyhow::Result<()> {
        if self.error.is_some() {
            return Ok(());
        }
        let file = match &mut self.pictures {
            Some(file) => file,
            None => {
                let output = BufWriter::new(self.create("y4m")?);
                self.pictures.insert(PictureFile {
                    writer: y4m::Writer::new(output, picture.size(), self.rate)?,
                    canvas: Picture::black(picture.size()),
                    scaler: Scaler::default(),
                    octets: 0,
                })
            }
        };
        file.write(picture).context("cannot write a picture")
    }

    fn create(&self, extension: &str) -> anyhow::Result<File> {
        let path = self.path(extension);
        File::create(&path).with_context(|| format!("cannot write {}", path.display()))
    }

    fn path(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.name))
    }

    fn note(&mut self, result: anyhow::Result<()>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }

    /// Why the recording ended early.
    pub fn error(&self) -> Option<String> {
        self.error.as_ref().map(|error| format!("{error:#}"))
    }

    /// Completes the files and writes the last picture.
    pub fn finish(mut self) -> anyhow::Result<()> {
        if let Some(file) = self.sound.take() {
            file.writer.finish().context("cannot finish the sound")?;
        }
        if let Some(file) = self.pictures.take() {
            file.writer.finish().context("cannot finish the pictures")?;
        }
        if let Some(last) = &self.last {
            png::write(last, BufWriter::new(self.create("png")?)).context("cannot write a PNG")?;
        }
        self.error.map_or(Ok(()), Err)
    }
}

impl PictureFile {
    fn write(&mut self, picture: &Picture) -> std::io::Result<()> {
        let octets = octets(self.canvas.size());
        if self.octets + octets > PICTURE_OCTETS_MAX {
            return Ok(());
        }
        self.octets += octets;
        if picture.size() == self.canvas.size() {
            return self.writer.write(picture);
        }
        let fitted = fit(picture.size(), Rect::whole(self.canvas.size()));
        self.canvas = Picture::black(self.canvas.size());
        (self.scaler).scale(picture, fitted.source, &mut self.canvas, fitted.target);
        self.writer.write(&self.canvas)
    }
}

fn octets(size: PictureSize) -> u64 {
    u64::from(size.width) * u64::from(size.height) * 3 / 2
}

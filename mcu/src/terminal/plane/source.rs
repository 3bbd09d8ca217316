//! What a terminal says and shows.

use media::Picture;
use media::audio::Rate;
use media::audio::tone::Tone;
use media::file::y4m::FrameRate;
use std::sync::Arc;

/// What it says.
#[derive(Debug, Clone)]
pub enum SoundSource {
    /// The tone of its sender number.
    Tone,
    /// A file, again and again.
    File(SoundFile),
    /// Nothing: not even packets.
    Silent,
}

/// The sound of a file at both rates; not empty. Shared by all terminals of a process.
#[derive(Debug, Clone)]
pub struct SoundFile {
    /// At 8 kHz.
    pub narrow: Arc<[i16]>,
    /// At 16 kHz.
    pub wide: Arc<[i16]>,
}

/// What it shows.
#[derive(Debug, Clone)]
pub enum PictureSource {
    /// The synthetic picture of its sender number.
    Pattern,
    /// A file, again and again, with the block code on it.
    File(PictureFile),
}

/// The pictures of a file, of any size; not empty. Shared by all terminals of a process.
#[derive(Debug, Clone)]
pub struct PictureFile {
    /// All of them.
    pub pictures: Arc<[Picture]>,
    /// How fast they are shown.
    pub rate: FrameRate,
}

impl PictureFile {
    /// The picture to show at `index` of a grid of `per_second`.
    pub fn picture(&self, index: u64, per_second: u32) -> &Picture {
        let shown = u128::from(index) * u128::from(self.rate.pictures)
            / (u128::from(per_second) * u128::from(self.rate.seconds));
        &self.pictures[(shown % self.pictures.len() as u128) as usize]
    }
}

/// A sound source that is being played at one rate.
#[derive(Debug, Clone)]
pub enum Playing {
    /// A tone.
    Tone(Tone),
    /// Samples and the position of the next one.
    Samples(Arc<[i16]>, usize),
}

impl Playing {
    /// Starts `source`; `None` if it is silent.
    pub fn start(source: &SoundSource, sender: u8, rate: Rate) -> Option<Self> {
        match (source, rate) {
            (SoundSource::Tone, _) => Some(Playing::Tone(Tone::new(sender, rate))),
            (SoundSource::File(file), Rate::Narrow) => {
                Some(Playing::Samples(file.narrow.clone(), 0))
            }
            (SoundSource::File(file), Rate::Wide) => Some(Playing::Samples(file.wide.clone(), 0)),
            (SoundSource::Silent, _) => None,
        }
    }

    /// Appends the next `count` samples.
    pub fn play(&mut self, count: usize, out: &mut Vec<i16>) {
        match self {
            Playing::Tone(tone) => tone.play(count, out),
            Playing::Samples(samples, at) => {
                out.extend(samples.iter().cycle().skip(*at).take(count));
                *at = (*at + count) % samples.len();
            }
        }
    }
}

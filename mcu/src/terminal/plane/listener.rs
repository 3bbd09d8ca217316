//! The sound that comes to a terminal, and whose it is.

use super::arrivals::Arrivals;
use super::gaps::Gaps;
use super::record::Recorder;
use crate::terminal::report::{HeardReport, SoundReport, milliseconds};
use base::{AudioCodec, Instant};
use media::audio::Rate;
use media::audio::tone::{SENDERS_MAX, Senders, ToneDetector, frequency_hz};
use media::codec::audio::AudioDecoder;
use media::room::link::Link;
use media::room::source::Accepted;
use media::rtp::jitter_buffer::{JitterBuffer, Playout};
use std::collections::BTreeMap;
use std::f64::consts::TAU;

/// Silence, in decibels over overload.
const SILENCE_DBOV: f64 = -127.0;
/// What is louder than this besides the tones is other sound. A tone through µ-law leaves less.
const OTHER_SOUND_DBOV_MIN: f64 = -50.0;

/// Hears what comes through an open channel, and remembers it.
pub struct Listener {
    own: u8,
    arrivals: Arrivals,
    stream: Option<Stream>,
    late_before: u64,
    windows: u64,
    heard: BTreeMap<u8, Heard>,
    unbroken_windows: u64,
    /// How many unbroken windows have so many tenths of dBov of what is no tone.
    other_levels: BTreeMap<i32, u64>,
    other_windows: u64,
    concealed_ms: u64,
}

struct Stream {
    rate: Rate,
    jitter: JitterBuffer,
    decoder: AudioDecoder,
    detector: ToneDetector,
    /// Samples of the window that the detector is in.
    window: Vec<i16>,
    is_broken: bool,
}

#[derive(Default)]
struct Heard {
    windows: u64,
    first: Instant,
    gaps: Gaps,
}

impl Listener {
    /// No channel is open yet; `own` is the sender that must not be heard.
    pub fn new(own: u8) -> Self {
        Listener {
            own,
            arrivals: Arrivals::default(),
            stream: None,
            late_before: 0,
            windows: 0,
            heard: BTreeMap::new(),
            unbroken_windows: 0,
            other_levels: BTreeMap::new(),
            other_windows: 0,
            concealed_ms: 0,
        }
    }

    /// A channel opens.
    pub fn open(&mut self, codec: AudioCodec) {
        self.arrivals.open(format!("{codec:?}"));
        let rate = Rate::from(codec);
        self.end_stream();
        self.stream = Some(Stream {
            rate,
            jitter: JitterBuffer::new(),
            decoder: AudioDecoder::new(codec),
            detector: ToneDetector::new(rate),
            window: Vec::new(),
            is_broken: false,
        });
    }

    /// The channel closes.
    pub fn close(&mut self, now: Instant, link: &Link) {
        self.arrivals.close(now, link);
        self.heard
            .values_mut()
            .for_each(|heard| heard.gaps.end(now));
        self.end_stream();
    }

    fn end_stream(&mut self) {
        self.late_before += self.stream.take().map_or(0, |stream| stream.jitter.late());
    }

    /// Takes a packet that `link` has accepted.
    pub fn take(&mut self, now: Instant, accepted: &Accepted<'_>, link: &Link) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        self.arrivals.take(now, accepted, link);
        if accepted.begins.is_some() {
            self.late_before += stream.jitter.late();
            stream.jitter = JitterBuffer::new();
        }
        let held = (accepted.begins.as_ref()).map(|held| (held.header, &held.payload[..]));
        for (header, payload) in held
            .into_iter()
            .chain([(accepted.header, accepted.payload)])
        {
            if link.is_media(&header) {
                (stream.jitter).put(now, header.timestamp, header.marker, payload);
            }
        }
    }

    /// Hears the next 20 ms.
    pub fn hear(&mut self, now: Instant, recorder: Option<&mut Recorder>) {
        let (Some(stream), Some(_)) = (&mut self.stream, self.arrivals.first()) else {
            return;
        };
        let count = stream.rate.frame_samples();
        let mut samples = Vec::with_capacity(count);
        match stream.jitter.pull(now, false) {
            Playout::Sound(octets) => stream.decoder.decode(&octets, &mut samples),
            Playout::Missing => {
                stream.decoder.conceal(count, &mut samples);
                stream.is_broken = true;
                self.concealed_ms += 20;
            }
            Playout::Idle => {
                samples.resize(count, 0);
                stream.is_broken = true;
            }
        }
        if let Some(recorder) = recorder {
            recorder.sound(stream.rate, &samples);
        }
        stream.window.extend_from_slice(&samples);
        if let Some(senders) = stream.detector.push(&samples) {
            let other = other_energy(&stream.window, senders, stream.rate);
            let is_broken = std::mem::take(&mut stream.is_broken);
            stream.window.clear();
            self.judge(now, senders, (!is_broken).then_some(other));
        }
    }

    fn judge(&mut self, now: Instant, senders: Senders, other: Option<f64>) {
        self.windows += 1;
        for sender in senders.iter() {
            let heard = self.heard.entry(sender).or_insert_with(|| Heard {
                first: now,
                ..Heard::default()
            });
            heard.windows += 1;
            heard.gaps.mark(now);
        }
        if let Some(other) = other {
            self.unbroken_windows += 1;
            let level = dbov(other);
            let tenths = (level * 10.0).round() as i32;
            *self.other_levels.entry(tenths).or_default() += 1;
            self.other_windows += u64::from(level > OTHER_SOUND_DBOV_MIN);
        }
    }

    /// The level that nine of ten unbroken windows do not exceed: single windows in which the
    /// jitter buffer leaves out sound, a jump in the tones, do not count.
    fn other_sound_dbov(&self) -> f64 {
        let mut counted = 0;
        let mut until = self.other_levels.iter().filter_map(|(&tenths, &count)| {
            counted += count;
            (counted * 10 >= self.unbroken_windows * 9).then_some(f64::from(tenths) / 10.0)
        });
        until.next().unwrap_or(SILENCE_DBOV)
    }

    /// What was heard.
    pub fn report(&self, now: Instant, connected: Instant) -> SoundReport {
        let jitter = self.stream.as_ref().map(|stream| &stream.jitter);
        let late = self.late_before + jitter.map_or(0, JitterBuffer::late);
        let heard = |(&sender, heard): (&u8, &Heard)| {
            let silences = heard.gaps.report(now);
            HeardReport {
                sender,
                windows: heard.windows,
                fraction: fraction(heard.windows, self.windows),
                first_heard_ms: milliseconds(heard.first.since(connected)),
                silence_ms_max: silences.first().map_or(0.0, |gap| gap.length_ms),
                silences,
            }
        };
        let own = self.heard.get(&(self.own % SENDERS_MAX));
        SoundReport {
            stream: self.arrivals.report(now, connected, late),
            windows: self.windows,
            heard: self.heard.iter().map(heard).collect(),
            own_tone_windows: own.map_or(0, |heard| heard.windows),
            other_sound_dbov: self.other_sound_dbov(),
            other_sound_fraction: fraction(self.other_windows, self.unbroken_windows),
            concealed_ms: self.concealed_ms,
            playout_delay_ms: jitter.map_or(0, JitterBuffer::delay_ms),
        }
    }
}

fn fraction(part: u64, whole: u64) -> f64 {
    (part as f64 * 1000.0 / whole.max(1) as f64).round() / 1000.0
}

/// A mean square as decibels over that of a full-scale square wave, to a tenth.
fn dbov(energy: f64) -> f64 {
    let decibels = 10.0 * (energy / f64::from(1u32 << 30)).log10();
    (decibels.max(SILENCE_DBOV) * 10.0).round() / 10.0
}

/// The mean square of a window without the tones of `senders`. All tones have whole periods in a
/// window, so each is orthogonal to the others and can be taken out alone.
fn other_energy(window: &[i16], senders: Senders, rate: Rate) -> f64 {
    let length = window.len() as f64;
    let all: f64 = window.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / length;
    let tones = senders.iter().map(|sender| {
        let step = TAU * f64::from(frequency_hz(sender)) / f64::from(rate.hz());
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (at, &sample) in window.iter().enumerate() {
            let (sin, cos) = (step * at as f64).sin_cos();
            real += f64::from(sample) * cos;
            imaginary += f64::from(sample) * sin;
        }
        2.0 * (real * real + imaginary * imaginary) / (length * length)
    });
    (all - tones.sum::<f64>()).max(0.0)
}

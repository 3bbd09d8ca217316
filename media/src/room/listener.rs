//! The sound that goes to one participant. Whoever contributes nothing hears the common mix, which
//! is encoded once per codec for all of them.

use super::limits::{MIX_INTERVAL, SHARE_AFTER_FRAMES};
use crate::audio::Rate;
use crate::audio::mixer::{Ear, Heard, Mixer, Sound};
use crate::codec::{g711, g722};
use base::{AudioCodec, Instant};
use std::time::Duration;

/// The shortest packets we send, in milliseconds.
const FRAME_MS_MIN: u8 = 10;
/// The longest packets we send, in milliseconds.
pub const FRAME_MS_MAX: u8 = 60;

/// The common mix of one frame, encoded when somebody first wants it.
#[derive(Default)]
pub struct CommonSound {
    ulaw: Vec<u8>,
    alaw: Vec<u8>,
    g722: Vec<u8>,
    /// State before and after the frame in `g722`: G.722 is adaptive.
    before: g722::Encoder,
    after: g722::Encoder,
}

impl CommonSound {
    /// A new frame: nothing is encoded yet.
    pub fn begin(&mut self) {
        self.ulaw.clear();
        self.alaw.clear();
        self.g722.clear();
    }

    fn octets(&mut self, mixer: &Mixer, codec: AudioCodec) -> &[u8] {
        let samples = mixer.common(codec.into());
        match codec {
            AudioCodec::G711Ulaw => {
                if self.ulaw.is_empty() {
                    g711::encode_ulaw(samples, &mut self.ulaw);
                }
                &self.ulaw
            }
            AudioCodec::G711Alaw => {
                if self.alaw.is_empty() {
                    g711::encode_alaw(samples, &mut self.alaw);
                }
                &self.alaw
            }
            AudioCodec::G722 => {
                if self.g722.is_empty() {
                    self.before = self.after.clone();
                    self.after.encode(samples, &mut self.g722);
                }
                &self.g722
            }
        }
    }

    /// The state of a decoder that heard every common frame but the present one.
    fn encoder(&self) -> g722::Encoder {
        if self.g722.is_empty() {
            self.after.clone()
        } else {
            self.before.clone()
        }
    }
}

/// An outgoing sound stream before packets. Packets lie on a grid that starts at the service's epoch,
/// so that another node cuts them at the same places.
pub struct Listener {
    codec: AudioCodec,
    frame_ms: u8,
    ear: Ear,
    /// G.722 while the listener is, or was until lately, a speaker.
    encoder: Option<g722::Encoder>,
    common_frames: u32,
    pending: Vec<u8>,
    /// When the first pending octet was sampled.
    pending_since: Instant,
    /// Pending octets that come before the first packet begins.
    unused: usize,
    begun: bool,
}

impl Listener {
    /// A listener who gets packets of `frame_ms` milliseconds.
    pub fn new(codec: AudioCodec, frame_ms: u8) -> Self {
        let frame_ms = frame_ms.clamp(FRAME_MS_MIN, FRAME_MS_MAX);
        Listener {
            codec,
            frame_ms,
            ear: Ear::new(codec.into()),
            encoder: None,
            common_frames: 0,
            pending: Vec::new(),
            pending_since: Instant::ZERO,
            unused: 0,
            begun: false,
        }
    }

    /// The rate it hears at.
    pub fn rate(&self) -> Rate {
        self.ear.rate()
    }

    /// Takes the frame of `at` from the mixer; `own` is what the listener contributed to it.
    pub fn hear(
        &mut self,
        at: Instant,
        mixer: &Mixer,
        common: &mut CommonSound,
        own: Sound<'_>,
        mix: &mut Vec<i16>,
    ) {
        if self.pending_until() != at {
            self.begin(at);
        }
        let heard = mixer.mix(&mut self.ear, own, mix);
        if heard == Heard::Common {
            self.common_frames = self.common_frames.saturating_add(1);
            if self.encoder.is_none() || self.common_frames >= SHARE_AFTER_FRAMES {
                self.encoder = None;
                (self.pending).extend_from_slice(common.octets(mixer, self.codec));
                return;
            }
        } else {
            self.common_frames = 0;
        }
        let samples = match heard {
            Heard::Common => mixer.common(self.ear.rate()),
            Heard::Own => mix,
        };
        match self.codec {
            AudioCodec::G711Ulaw => g711::encode_ulaw(samples, &mut self.pending),
            AudioCodec::G711Alaw => g711::encode_alaw(samples, &mut self.pending),
            AudioCodec::G722 => (self.encoder.get_or_insert_with(|| common.encoder()))
                .encode(samples, &mut self.pending),
        }
    }

    /// How many packets have been sent, counted from the epoch, when the mix that was due at `at` or
    /// before has been heard.
    pub fn packets_until(&self, at: Instant) -> u64 {
        let mixes = at.as_nanos() / MIX_INTERVAL.as_nanos() as u64 + 1;
        mixes * MIX_INTERVAL.as_millis() as u64 / u64::from(self.frame_ms)
    }

    /// When what is pending ends.
    fn pending_until(&self) -> Instant {
        self.pending_since + self.duration(self.pending.len())
    }

    /// Begins the first packet after `at`.
    fn begin(&mut self, at: Instant) {
        let into = at.as_nanos() / 1_000_000 % u64::from(self.frame_ms);
        let rest = (u64::from(self.frame_ms) - into) % u64::from(self.frame_ms);
        self.pending.clear();
        self.pending_since = at;
        self.unused = rest as usize * self.codec.octets_per_ms();
    }

    /// Gives `send` every packet that is full: when it was sampled, its marker, its payload.
    pub fn packets(&mut self, mut send: impl FnMut(Instant, bool, &[u8])) {
        let octets = usize::from(self.frame_ms) * self.codec.octets_per_ms();
        let mut taken = 0;
        if self.pending.len() >= self.unused {
            taken = std::mem::take(&mut self.unused);
            self.pending_since += self.duration(taken);
            while let Some(payload) = self.pending.get(taken..taken + octets) {
                // RFC 3551 §4.1: the marker begins a talkspurt; ours never ends.
                send(self.pending_since, !self.begun, payload);
                self.begun = true;
                taken += octets;
                self.pending_since += self.duration(octets);
            }
        }
        self.pending.drain(..taken);
    }

    fn duration(&self, octets: usize) -> Duration {
        Duration::from_millis((octets / self.codec.octets_per_ms()) as u64)
    }
}

//! The sound that a terminal sends, cut into packets.

use super::SOUND_INTERVAL;
use super::source::{Playing, SoundSource};
use crate::terminal::report::{SentReport, milliseconds};
use base::{AudioCodec, Instant};
use bytes::Bytes;
use media::audio::Rate;
use media::codec::audio::AudioEncoder;
use media::rtp::Sender;
use std::time::Duration;

/// The shortest and longest packets we send, in milliseconds.
const FRAME_MS_MIN: u8 = 10;
const FRAME_MS_MAX: u8 = 60;

/// Plays a source into an open channel.
pub struct Talker {
    sender: u8,
    source: SoundSource,
    stream: Option<Stream>,
    sent: SentReport,
}

struct Stream {
    playing: Playing,
    rate: Rate,
    encoder: AudioEncoder,
    frame: Duration,
    packet_octets: usize,
    pending: Vec<u8>,
    /// When the first pending octet was sampled.
    pending_since: Instant,
    begun: bool,
}

impl Talker {
    /// No channel is open yet. `sender` chooses the tone.
    pub fn new(sender: u8, source: SoundSource) -> Self {
        Talker {
            sender,
            source,
            stream: None,
            sent: SentReport::default(),
        }
    }

    /// A channel for packets of `frame_ms` milliseconds opens.
    pub fn open(&mut self, codec: AudioCodec, frame_ms: u8) {
        let frame_ms = frame_ms.clamp(FRAME_MS_MIN, FRAME_MS_MAX);
        let rate = Rate::from(codec);
        self.sent.codec = Some(format!("{codec:?}"));
        self.stream = Playing::start(&self.source, self.sender, rate).map(|playing| Stream {
            playing,
            rate,
            encoder: AudioEncoder::new(codec),
            frame: Duration::from_millis(frame_ms.into()),
            packet_octets: usize::from(frame_ms) * codec.octets_per_ms(),
            pending: Vec::new(),
            pending_since: Instant::ZERO,
            begun: false,
        });
    }

    /// The channel closes.
    pub fn close(&mut self) {
        self.stream = None;
    }

    /// Samples the 20 ms that begin at `at` and gives `send` the packets that are full.
    pub fn speak(
        &mut self,
        now: Instant,
        at: Instant,
        sender: &mut Sender,
        send: &mut impl FnMut(Bytes),
    ) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        let expected = stream.pending_since + stream.pending_time();
        if stream.pending.is_empty() || expected != at {
            // After a pause of the process timestamps go on with the clock.
            stream.pending.clear();
            stream.pending_since = at;
        }
        let mut samples = Vec::with_capacity(stream.rate.frame_samples());
        stream
            .playing
            .play(stream.rate.frame_samples(), &mut samples);
        stream.encoder.encode(&samples, &mut stream.pending);
        while stream.pending.len() >= stream.packet_octets {
            let rest = stream.pending.split_off(stream.packet_octets);
            let payload = std::mem::replace(&mut stream.pending, rest);
            // RFC 3551 §4.1: the marker begins a talkspurt; ours never ends.
            let marker = !std::mem::replace(&mut stream.begun, true);
            send(sender.packet(stream.pending_since, marker, &payload));
            stream.pending_since += stream.frame;
            self.sent.packets += 1;
            self.sent.octets += payload.len() as u64;
        }
        let delay = milliseconds(now.since(at + SOUND_INTERVAL));
        self.sent.delay_ms_max = self.sent.delay_ms_max.max(delay);
    }

    /// What was sent.
    pub fn report(&self) -> SentReport {
        self.sent.clone()
    }
}

impl Stream {
    fn pending_time(&self) -> Duration {
        self.frame * self.pending.len() as u32 / self.packet_octets as u32
    }
}

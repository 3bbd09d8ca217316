//! One encoder of a room, shared by every receiver that can take what it makes.

use super::codecs::Codecs;
use super::limits::{FRAME_RATE_LADDER, INTRA_INTERVAL, RATE_LADDER_KBPS, STILL_INTERVAL};
use crate::Picture;
use crate::codec::{EncodedPicture, VideoEncoder};
use base::format::VIDEO_CLOCK_HZ;
use base::{Bitrate, Instant, ParticipantId, PictureSize, VideoCodec, VideoFormat};
use std::time::Duration;

/// What tells outputs apart. Every part comes from a short ladder, so there are few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutputKey {
    /// The codec.
    pub codec: VideoCodec,
    /// RFC 6184 packetization mode 1.
    pub fragments: bool,
    /// The picture.
    pub size: PictureSize,
    /// Pictures a second.
    pub frame_rate: u8,
    /// Thousands of bits a second.
    pub rate_kbps: u32,
}

/// A packet holds so many macroblocks at least, on the average of a picture: noise at a high rate.
const MACROBLOCKS_A_PACKET_MIN: u64 = 4;
/// A picture takes at most so many times the packets of the largest before, and [`PACKETS_MORE`].
const LARGER_AT_ONCE: u64 = 2;
/// See [`LARGER_AT_ONCE`]; small numbers vary more.
const PACKETS_MORE: u64 = 8;
/// Of several pictures most take at most so many times their share of the rate.
const USUAL_TIMES_MAX: u64 = 4;
/// The packets of larger pictures are at least so long, on the average.
const PACKET_OCTETS_MIN: u64 = 800;

/// Sizes that mosaics are made in, largest first.
const SIZES: [PictureSize; 4] = [
    PictureSize::HD720,
    PictureSize::CIF4,
    PictureSize::CIF,
    PictureSize::QCIF,
];

impl OutputKey {
    /// The best that a receiver of `format` can take now; `None` if it wants nothing.
    pub fn for_receiver(
        format: VideoFormat,
        limit: Option<Bitrate>,
        room_frame_rate: u8,
    ) -> Option<Self> {
        let rate = limit.map_or(format.bit_rate, |limit| limit.min(format.bit_rate));
        let highest =
            (RATE_LADDER_KBPS.iter().rev()).find(|&&rung| Bitrate::from_kbps(rung) <= rate);
        let size = (SIZES.iter())
            .filter(|&&size| format.codec == VideoCodec::H264 || size.width <= 352)
            .find(|size| size.width <= format.size.width && size.height <= format.size.height);
        let frame_rate = if format.frame_rate >= room_frame_rate {
            room_frame_rate
        } else {
            let rungs = FRAME_RATE_LADDER.iter().rev();
            { rungs }
                .find(|&&rung| rung <= format.frame_rate)
                .copied()
                .unwrap_or(1)
        };
        Some(OutputKey {
            codec: format.codec,
            fragments: format.fragments && format.codec == VideoCodec::H264,
            size: *size.unwrap_or(&PictureSize::QCIF),
            frame_rate,
            rate_kbps: *highest?,
        })
    }

    /// Whether who can take `self` can take `other` as well.
    pub fn covers(&self, other: &OutputKey) -> bool {
        self.codec == other.codec
            && (self.fragments || !other.fragments)
            && self.size.width >= other.size.width
            && self.frame_rate >= other.frame_rate
            && self.rate_kbps >= other.rate_kbps
    }

    /// How many of a room's first `index` pictures, `frame_rate` a second, it makes: a slower output
    /// takes some of them, evenly.
    pub fn pictures_until(&self, index: u64, frame_rate: u8) -> u64 {
        index * u64::from(self.frame_rate) / u64::from(frame_rate)
    }

    /// Packets that the next `pictures` take at most, if none before took more than `largest` (0: there
    /// was none). One of them may be intra: those are far apart.
    pub fn packets_max(&self, pictures: u64, largest: u16) -> u64 {
        let Some(others) = pictures.checked_sub(1) else {
            return 0;
        };
        let one = match largest {
            0 => u64::from(self.size.macroblocks()) / MACROBLOCKS_A_PACKET_MIN,
            largest => u64::from(largest) * LARGER_AT_ONCE,
        };
        let octets = u64::from(self.rate_kbps) * 1000 / 8 / u64::from(self.frame_rate);
        let usual = octets * USUAL_TIMES_MAX / PACKET_OCTETS_MIN + 1;
        one + PACKETS_MORE + others * usual.min(one + PACKETS_MORE)
    }

    /// What the encoder is made for.
    pub fn format(&self) -> VideoFormat {
        VideoFormat {
            codec: self.codec,
            size: self.size,
            frame_rate: self.frame_rate,
            bit_rate: Bitrate::from_kbps(self.rate_kbps),
            fragments: self.fragments,
        }
    }
}

/// An encoder, made when its first picture is due, and its receivers.
#[derive(Default)]
pub struct Output {
    encoder: Option<Box<dyn VideoEncoder>>,
    is_made: bool,
    /// Who gets its packets.
    receivers: Vec<ParticipantId>,
    /// Who gets them from the next intra picture on: earlier ones would not decode.
    newcomers: Vec<ParticipantId>,
    wants_intra: bool,
    intra_at: Option<Instant>,
    encoded: Option<(Instant, u64)>,
}

impl Output {
    /// Adds a receiver, which needs an intra picture to begin with.
    pub fn add(&mut self, receiver: ParticipantId) {
        self.newcomers.push(receiver);
        self.wants_intra = true;
    }

    /// Takes a receiver away.
    pub fn remove(&mut self, receiver: ParticipantId) {
        self.receivers.retain(|&other| other != receiver);
        self.newcomers.retain(|&other| other != receiver);
    }

    /// Whether this is one of its receivers.
    pub fn serves(&self, receiver: ParticipantId) -> bool {
        self.receivers.contains(&receiver) || self.newcomers.contains(&receiver)
    }

    /// How many receivers it has.
    pub fn count(&self) -> usize {
        self.receivers.len() + self.newcomers.len()
    }

    /// Who gets the picture that was just encoded.
    pub fn receivers(&self) -> &[ParticipantId] {
        &self.receivers
    }

    /// A receiver asks for an intra picture.
    pub fn ask_intra(&mut self) {
        self.wants_intra = true;
    }

    /// Makes the encoder ahead of its first picture.
    pub fn prepare(&mut self, key: &OutputKey, codecs: &dyn Codecs) {
        if !self.is_made {
            self.is_made = true;
            self.encoder = codecs.encoder(key.format());
        }
    }

    /// Another rate for its only receiver.
    pub fn set_rate(&mut self, rate: Bitrate) {
        if self.encoded.is_none() {
            // It can as well be made for this rate.
            self.is_made = false;
            self.encoder = None;
        }
        if let Some(encoder) = &mut self.encoder {
            encoder.set_bit_rate(rate);
        }
    }

    /// Whether a picture is due: something changed, or somebody waits, or nothing moved for long.
    pub fn is_due(&self, at: Instant, version: u64) -> bool {
        let Some((encoded_at, encoded_version)) = self.encoded else {
            return true;
        };
        encoded_version != version
            || self.intra_is_due(at)
            || at.since(encoded_at) + Duration::from_millis(1) >= STILL_INTERVAL
    }

    fn intra_is_due(&self, at: Instant) -> bool {
        self.wants_intra && (self.intra_at).is_none_or(|last| at.since(last) >= INTRA_INTERVAL)
    }

    /// Encodes the mosaic as it was at `at`.
    pub fn encode(
        &mut self,
        at: Instant,
        key: &OutputKey,
        (picture, version): (&Picture, u64),
        codecs: &dyn Codecs,
    ) -> EncodedPicture {
        self.prepare(key, codecs);
        self.encoded = Some((at, version));
        let intra = self.intra_is_due(at);
        let Some(encoder) = &mut self.encoder else {
            return EncodedPicture::default();
        };
        let encoded = encoder.encode(picture, at.ticks(VIDEO_CLOCK_HZ), intra);
        if encoded.intra {
            self.wants_intra = false;
            self.intra_at = Some(at);
            self.receivers.append(&mut self.newcomers);
        }
        encoded
    }
}

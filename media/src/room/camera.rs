//! The pictures that come from one participant.

use super::codecs::Codecs;
use super::kept::{Packet, Packets, Pictures};
use super::limits::{INTRA_RETRY, PICTURE_OCTETS_KEPT_MAX};
use crate::Picture;
use crate::codec::{CodedPicture, DecodeError, VideoDecoder};
use crate::rtp::picture_buffer::PictureBuffer;
use base::{Instant, VideoCodec};
use std::time::Duration;

/// An incoming video stream behind its source.
pub struct Camera {
    codec: VideoCodec,
    buffer: PictureBuffer,
    /// What came while another node served, and what has come since: decoded first.
    backlog: Option<Backlog>,
    is_wanted: bool,
    /// Made for the first picture that is wanted.
    decoder: Option<Box<dyn VideoDecoder>>,
    latest: Option<Picture>,
    version: u64,
    needs_intra: bool,
    /// Something was lost since we last asked: the decoder goes on (H.261), with a picture that is
    /// wrong in places.
    is_damaged: bool,
    asked_at: Option<Instant>,
    /// When the last intra picture came, or the first picture if there was none.
    fresh_at: Option<Instant>,
    /// There was one.
    had_intra: bool,
    errors: u64,
}

/// Packets of the past, being decoded.
struct Backlog {
    packets: Packets,
    /// How far decoding has come.
    at: Instant,
}

impl Camera {
    /// A stream that has not begun.
    pub fn new(codec: VideoCodec) -> Self {
        Camera {
            codec,
            buffer: PictureBuffer::new(),
            backlog: None,
            is_wanted: true,
            decoder: None,
            latest: None,
            version: 0,
            needs_intra: false,
            is_damaged: false,
            asked_at: None,
            fresh_at: None,
            had_intra: false,
            errors: 0,
        }
    }

    /// Its codec.
    pub fn codec(&self) -> VideoCodec {
        self.codec
    }

    /// The newest picture; `None` as long as that is one of the past.
    pub fn latest(&self) -> Option<&Picture> {
        self.latest.as_ref().filter(|_| self.backlog.is_none())
    }

    /// Pictures decoded so far; changes with every new picture.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Pictures that did not decode, or not well.
    pub fn errors(&self) -> u64 {
        self.errors
    }

    /// A new source has begun.
    pub fn restart(&mut self) {
        self.buffer = PictureBuffer::new();
        self.backlog = None;
        if self.version + self.errors > 0 {
            self.asked_at = None;
        }
    }

    /// Whether its pictures are to be decoded.
    pub fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    /// Whether the pictures are wanted from now on; those that are not are not decoded.
    pub fn want(&mut self, is_wanted: bool) {
        if !is_wanted {
            self.decoder = None;
            self.latest = None;
            self.backlog = None;
        } else if !self.is_wanted {
            self.needs_intra = true;
            self.asked_at = None;
        }
        self.is_wanted = is_wanted;
    }

    /// Takes a packet.
    pub fn put(&mut self, packet: Packet, payload: &[u8]) {
        let Some(backlog) = &mut self.backlog else {
            return self.buffer_packet(packet, payload);
        };
        backlog.packets.push(packet, payload);
        // It grows faster than it is decoded.
        if backlog.packets.octets() > 2 * PICTURE_OCTETS_KEPT_MAX {
            self.needs_intra = true;
            self.end_backlog();
        }
    }

    fn buffer_packet(&mut self, packet: Packet, payload: &[u8]) {
        let Packet { at, header, .. } = packet;
        let (timestamp, marker) = (header.timestamp, header.marker);
        (self.buffer).put(at, packet.sequence, timestamp, marker, payload);
    }

    /// Makes the decoder ahead of its first picture.
    pub fn prepare(&mut self, codecs: &dyn Codecs) {
        if self.is_wanted && self.decoder.is_none() {
            self.decoder = codecs.decoder(self.codec);
        }
    }

    /// Decodes what is complete, or will not become so.
    pub fn advance(&mut self, now: Instant, codecs: &dyn Codecs) {
        if self.backlog.is_some() {
            return;
        }
        while let Some(coded) = self.buffer.take(now) {
            self.decode(now, &coded, codecs);
        }
    }

    /// Decodes a picture that came at `at`.
    fn decode(&mut self, at: Instant, coded: &CodedPicture, codecs: &dyn Codecs) {
        self.prepare(codecs);
        let Some(decoder) = &mut self.decoder else {
            return;
        };
        let is_complete = coded.is_complete();
        match decoder.decode(coded) {
            Ok(picture) => {
                self.needs_intra = false;
                self.is_damaged |= !is_complete;
                if let Some(picture) = picture {
                    copy(picture, &mut self.latest);
                    self.version += 1;
                }
                self.fresh_at.get_or_insert(at);
                if decoder.was_intra() {
                    self.fresh_at = Some(at);
                    self.had_intra = true;
                }
            }
            Err(DecodeError::NeedIntra | DecodeError::Malformed { .. }) => {
                self.needs_intra = true;
                self.errors += 1;
            }
            // An intra picture would be no better.
            Err(DecodeError::Unsupported(_)) => self.errors += 1,
        }
    }

    /// Goes on where another node was, which has decoded `kept` before; true if there is anything to
    /// catch up with.
    pub fn take_over(&mut self, kept: Option<Pictures>, codecs: &dyn Codecs) -> bool {
        let kept = kept.filter(|_| self.is_wanted).unwrap_or_default();
        self.buffer = PictureBuffer::with_markers(kept.markers);
        self.needs_intra = true;
        if !kept.parameter_sets.is_empty() {
            self.prepare(codecs);
            let sets = CodedPicture {
                timestamp: 0,
                payloads: kept.parameter_sets.into_iter().map(Some).collect(),
            };
            if let Some(decoder) = &mut self.decoder {
                // There is no picture in it, and a set that cannot be read says so when it is needed.
                let _ = decoder.decode(&sets);
            }
        }
        self.backlog = kept
            .packets
            .first()
            .map(|first| first.at)
            .map(|at| Backlog {
                packets: kept.packets,
                at,
            });
        self.is_catching_up()
    }

    /// Whether pictures of the past are being decoded.
    pub fn is_catching_up(&self) -> bool {
        self.backlog.is_some()
    }

    /// Decodes one picture of the past.
    pub fn catch_up(&mut self, codecs: &dyn Codecs) {
        while let Some(backlog) = &mut self.backlog {
            // As if it came now: what is missing is waited for as long as it was.
            if let Some(coded) = self.buffer.take(backlog.at) {
                let at = backlog.at;
                return self.decode(at, &coded, codecs);
            }
            let Some((packet, payload)) = backlog.packets.pop() else {
                return self.end_backlog();
            };
            backlog.at = packet.at;
            let (timestamp, marker) = (packet.header.timestamp, packet.header.marker);
            (self.buffer).put(packet.at, packet.sequence, timestamp, marker, payload);
        }
    }

    fn end_backlog(&mut self) {
        self.backlog = None;
        // H.261 decodes from anywhere, but what has not changed since was never seen.
        self.is_damaged |= !self.had_intra;
        if self.needs_intra {
            // The last good picture is an old one.
            self.latest = None;
        }
    }

    /// Asks for an intra picture though this decoder needs none: another node's will.
    pub fn want_intra(&mut self) {
        self.is_damaged = true;
        self.asked_at = None;
    }

    /// Whether the sender has been asked for an intra picture and none has come.
    pub fn waits_for_intra(&self) -> bool {
        self.needs_intra && self.asked_at.is_some()
    }

    /// Whether the sender is to be asked for an intra picture now; counts as having asked. With an
    /// `interval` it is asked as well when there was none for so long.
    pub fn asks_for_intra(&mut self, now: Instant, interval: Option<Duration>) -> bool {
        if !self.is_wanted || self.is_catching_up() {
            return false;
        }
        let passed = |since: Option<Instant>, wait| since.is_none_or(|at| now.since(at) >= wait);
        let needs = (self.needs_intra || self.is_damaged) && passed(self.asked_at, INTRA_RETRY);
        let is_overdue = interval.is_some_and(|interval| {
            self.fresh_at.is_some()
                && passed(self.fresh_at, interval)
                && passed(self.asked_at, interval.max(INTRA_RETRY))
        });
        if needs || is_overdue {
            self.asked_at = Some(now);
            self.is_damaged = false;
        }
        needs || is_overdue
    }
}

/// Copies into the memory of the picture before, if the size is the same.
fn copy(picture: &Picture, to: &mut Option<Picture>) {
    match to {
        Some(to) if to.size() == picture.size() => {
            to.y.copy_from_slice(&picture.y);
            to.u.copy_from_slice(&picture.u);
            to.v.copy_from_slice(&picture.v);
        }
        _ => *to = Some(picture.clone()),
    }
}

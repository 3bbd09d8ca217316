//! The pictures that come from one participant.

use super::codecs::Codecs;
use super::limits::INTRA_RETRY;
use crate::Picture;
use crate::codec::{DecodeError, VideoDecoder};
use crate::rtp::picture_buffer::PictureBuffer;
use base::{Instant, VideoCodec};

/// An incoming video stream behind its source.
pub struct Camera {
    codec: VideoCodec,
    buffer: PictureBuffer,
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
    errors: u64,
}

impl Camera {
    /// A stream that has not begun.
    pub fn new(codec: VideoCodec) -> Self {
        Camera {
            codec,
            buffer: PictureBuffer::new(),
            is_wanted: true,
            decoder: None,
            latest: None,
            version: 0,
            needs_intra: false,
            is_damaged: false,
            asked_at: None,
            errors: 0,
        }
    }

    /// Its codec.
    pub fn codec(&self) -> VideoCodec {
        self.codec
    }

    /// The newest picture.
    pub fn latest(&self) -> Option<&Picture> {
        self.latest.as_ref()
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
        self.asked_at = None;
    }

    /// Whether the pictures are wanted from now on; those that are not are not decoded.
    pub fn want(&mut self, is_wanted: bool) {
        if !is_wanted {
            self.decoder = None;
            self.latest = None;
        } else if !self.is_wanted {
            self.needs_intra = true;
            self.asked_at = None;
        }
        self.is_wanted = is_wanted;
    }

    /// Takes a packet.
    pub fn put(
        &mut self,
        now: Instant,
        sequence: i64,
        timestamp: u32,
        marker: bool,
        payload: &[u8],
    ) {
        (self.buffer).put(now, sequence, timestamp, marker, payload);
    }

    /// Decodes what is complete, or will not become so.
    pub fn advance(&mut self, now: Instant, codecs: &dyn Codecs) {
        while let Some(coded) = self.buffer.take(now) {
            if self.is_wanted && self.decoder.is_none() {
                self.decoder = codecs.decoder(self.codec);
            }
            let Some(decoder) = &mut self.decoder else {
                continue;
            };
            let is_complete = coded.is_complete();
            match decoder.decode(&coded) {
                Ok(picture) => {
                    self.needs_intra = false;
                    self.is_damaged |= !is_complete;
                    if let Some(picture) = picture {
                        copy(picture, &mut self.latest);
                        self.version += 1;
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
    }

    /// Whether the sender is to be asked for an intra picture now; counts as having asked.
    pub fn asks_for_intra(&mut self, now: Instant) -> bool {
        let waits = (self.asked_at).is_some_and(|asked| now.since(asked) < INTRA_RETRY);
        let asks = (self.needs_intra || self.is_damaged) && self.is_wanted && !waits;
        if asks {
            self.asked_at = Some(now);
            self.is_damaged = false;
        }
        asks
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

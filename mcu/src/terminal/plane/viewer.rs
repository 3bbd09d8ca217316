//! The pictures that come to a terminal, decoded.

use super::arrivals::Arrivals;
use super::gaps::Gaps;
use super::grid::Grid;
use super::record::Recorder;
use super::sight::Sight;
use super::trace::Trace;
use crate::terminal::report::PicturesReport;
use base::{Instant, VideoCodec, VideoFormat};
use media::codec::{DecodeError, VideoDecoder};
use media::room::codecs::{BuiltIn, Codecs};
use media::room::limits::INTRA_RETRY;
use media::room::link::Link;
use media::room::source::Accepted;
use media::rtp::picture_buffer::PictureBuffer;

/// Sees what comes through an open channel, and remembers it.
pub struct Viewer {
    arrivals: Arrivals,
    sight: Sight,
    stream: Option<Stream>,
    late_before: u64,
    pictures: u64,
    picture_gaps: Gaps,
    decode_errors: u64,
    intra_requests: u64,
}

struct Stream {
    codec: VideoCodec,
    buffer: PictureBuffer,
    decoder: Box<dyn VideoDecoder>,
    needs_intra: bool,
    /// Something was lost since we last asked: the decoder goes on (H.261), with a picture that is
    /// wrong in places.
    is_damaged: bool,
    asked_at: Option<Instant>,
}

impl Viewer {
    /// No channel is open yet. All senders number their pictures by `grid`.
    pub fn new(grid: Grid) -> Self {
        Viewer {
            arrivals: Arrivals::default(),
            sight: Sight::new(grid),
            stream: None,
            late_before: 0,
            pictures: 0,
            picture_gaps: Gaps::default(),
            decode_errors: 0,
            intra_requests: 0,
        }
    }

    /// A channel opens.
    pub fn open(&mut self, format: VideoFormat) {
        self.arrivals.open(format!("{:?}", format.codec));
        self.end_stream();
        self.stream = BuiltIn.decoder(format.codec).map(|decoder| Stream {
            codec: format.codec,
            buffer: PictureBuffer::new(),
            decoder,
            needs_intra: false,
            is_damaged: false,
            asked_at: None,
        });
    }

    /// The channel closes.
    pub fn close(&mut self, now: Instant, link: &Link) {
        self.arrivals.close(now, link);
        self.picture_gaps.end(now);
        self.sight.close(now);
        self.end_stream();
    }

    fn end_stream(&mut self) {
        self.late_before += self.stream.take().map_or(0, |stream| stream.buffer.late());
    }

    /// Takes a packet that `link` has accepted.
    pub fn take(&mut self, now: Instant, accepted: &Accepted<'_>, link: &Link) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        self.arrivals.take(now, accepted, link);
        if let Some(held) = &accepted.begins {
            self.late_before += stream.buffer.late();
            stream.buffer = PictureBuffer::new();
            let (header, before) = (held.header, accepted.sequence - 1);
            let (timestamp, marker) = (header.timestamp, header.marker);
            (stream.buffer).put(now, before, timestamp, marker, &held.payload);
        }
        let header = accepted.header;
        let (timestamp, marker) = (header.timestamp, header.marker);
        (stream.buffer).put(now, accepted.sequence, timestamp, marker, accepted.payload);
    }

    /// Decodes and judges the pictures that are complete, or will not become so.
    pub fn advance(
        &mut self,
        now: Instant,
        mut recorder: Option<&mut Recorder>,
        trace: Option<&Trace>,
    ) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        while let Some(coded) = stream.buffer.take(now) {
            match stream.decoder.decode(&coded) {
                Ok(picture) => {
                    stream.needs_intra = false;
                    stream.is_damaged |= !coded.is_complete();
                    let Some(picture) = picture else {
                        continue;
                    };
                    self.pictures += 1;
                    self.picture_gaps.mark(now);
                    self.sight.see(now, picture, trace);
                    if let Some(recorder) = &mut recorder {
                        recorder.picture(picture);
                    }
                }
                Err(error) => {
                    self.decode_errors += 1;
                    stream.needs_intra |= !matches!(error, DecodeError::Unsupported(_));
                }
            }
        }
    }

    /// The codec to ask for an intra picture in, if it is time to; counts as having asked.
    pub fn asks_for_intra(&mut self, now: Instant) -> Option<VideoCodec> {
        let stream = self.stream.as_mut()?;
        let waits = (stream.asked_at).is_some_and(|asked| now.since(asked) < INTRA_RETRY);
        if !(stream.needs_intra || stream.is_damaged) || waits {
            return None;
        }
        stream.asked_at = Some(now);
        stream.is_damaged = false;
        self.intra_requests += 1;
        Some(stream.codec)
    }

    /// What was seen.
    pub fn report(&self, now: Instant, connected: Instant) -> PicturesReport {
        let buffer = self.stream.as_ref().map(|stream| &stream.buffer);
        let late = self.late_before + buffer.map_or(0, PictureBuffer::late);
        let gaps = self.picture_gaps.report(now);
        PicturesReport {
            stream: self.arrivals.report(now, connected, late),
            pictures: self.pictures,
            decode_errors: self.decode_errors,
            intra_requests: self.intra_requests,
            sizes: self.sight.sizes(),
            unread_pictures: self.sight.unread(),
            picture_gap_ms_max: gaps.first().map_or(0.0, |gap| gap.length_ms),
            seen: self.sight.report(now, connected),
        }
    }
}

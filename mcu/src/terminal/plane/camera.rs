//! The pictures that a terminal sends: taken at the instants of the grid, which number them.

use super::grid::Grid;
use super::source::PictureSource;
use crate::terminal::report::{SentReport, milliseconds};
use base::format::VIDEO_CLOCK_HZ;
use base::{Bitrate, Instant, VideoFormat};
use bytes::Bytes;
use media::Picture;
use media::codec::VideoEncoder;
use media::room::codecs::{BuiltIn, Codecs};
use media::rtp::Sender;
use media::video::layout::{Rect, fit};
use media::video::pattern::{self, Code};
use media::video::scale::Scaler;

/// Shows a source in an open channel.
pub struct Camera {
    sender: u8,
    source: PictureSource,
    grid: Grid,
    stream: Option<Stream>,
    sent: SentReport,
}

struct Stream {
    encoder: Box<dyn VideoEncoder>,
    format: VideoFormat,
    canvas: Picture,
    scaler: Scaler,
    /// Index on the grid of the next picture.
    next: u64,
    wants_intra: bool,
    /// The other side wants nothing for now.
    paused: bool,
}

impl Camera {
    /// No channel is open yet.
    pub fn new(sender: u8, source: PictureSource, grid: Grid) -> Self {
        Camera {
            sender,
            source,
            grid,
            stream: None,
            sent: SentReport::default(),
        }
    }

    /// A channel opens; a format that cannot be encoded stays dark.
    pub fn open(&mut self, now: Instant, format: VideoFormat) {
        self.sent.codec = Some(format!("{:?} {}", format.codec, format.size));
        let Some(encoder) = BuiltIn.encoder(format) else {
            tracing::warn!(?format, "no encoder for this format: no pictures are sent");
            self.stream = None;
            return;
        };
        let mut stream = Stream {
            encoder,
            format,
            canvas: Picture::black(format.size),
            scaler: Scaler::default(),
            next: self.grid.index(now) + 1,
            wants_intra: true,
            paused: false,
        };
        stream.skip_to_due(self.grid);
        self.stream = Some(stream);
    }

    /// The channel closes.
    pub fn close(&mut self) {
        self.stream = None;
    }

    /// The next picture must stand alone.
    pub fn ask_intra(&mut self) {
        self.sent.intra_requests += 1;
        if let Some(stream) = &mut self.stream {
            stream.wants_intra = true;
        }
    }

    /// At most `limit` bits per second, or what was negotiated. Zero stops the pictures.
    pub fn limit(&mut self, limit: Option<Bitrate>) {
        if let Some(stream) = &mut self.stream {
            let rate = limit.map_or(stream.format.bit_rate, |l| l.min(stream.format.bit_rate));
            stream.wants_intra |= stream.paused;
            stream.paused = rate == Bitrate(0);
            if !stream.paused {
                stream.encoder.set_bit_rate(rate);
            }
        }
    }

    /// When the next picture is due.
    pub fn next(&self) -> Option<Instant> {
        let stream = self.stream.as_ref()?;
        Some(self.grid.instant(stream.next))
    }

    /// Takes the newest picture that is due, and gives `send` its packets. Older ones that were
    /// missed are left out.
    pub fn shoot(&mut self, now: Instant, sender: &mut Sender, send: &mut impl FnMut(Bytes)) {
        let grid = self.grid;
        let Some(stream) = &mut self.stream else {
            return;
        };
        let due = (stream.next..=grid.index(now)).rev();
        let Some(index) = { due }.find(|&index| stream.is_due(grid, index)) else {
            return;
        };
        stream.next = index + 1;
        stream.skip_to_due(grid);
        if stream.paused {
            return;
        }
        let at = grid.instant(index);
        stream.draw(&self.source, self.sender, index, grid);
        let intra = std::mem::take(&mut stream.wants_intra);
        let encoded = (stream.encoder).encode(&stream.canvas, at.ticks(VIDEO_CLOCK_HZ), intra);
        let Some((last, others)) = encoded.payloads.split_last() else {
            // Left out by rate control.
            stream.wants_intra |= intra;
            return;
        };
        for payload in others {
            send(sender.packet(at, false, payload));
        }
        send(sender.packet(at, true, last));
        self.sent.packets += encoded.payloads.len() as u64;
        self.sent.octets += encoded.payloads.iter().map(|p| p.len() as u64).sum::<u64>();
        self.sent.pictures += 1;
        self.sent.intra_pictures += u64::from(encoded.intra);
        self.sent.delay_ms_max = self.sent.delay_ms_max.max(milliseconds(now.since(at)));
    }

    /// What was sent.
    pub fn report(&self) -> SentReport {
        self.sent.clone()
    }
}

impl Stream {
    /// Of the grid's instants only so many are used that the negotiated frame rate is kept.
    fn is_due(&self, grid: Grid, index: u64) -> bool {
        let allowed = u64::from(self.format.frame_rate.max(1));
        let grid_rate = u64::from(grid.per_second());
        allowed >= grid_rate || index * allowed / grid_rate != (index - 1) * allowed / grid_rate
    }

    fn skip_to_due(&mut self, grid: Grid) {
        while !self.is_due(grid, self.next) {
            self.next += 1;
        }
    }

    fn draw(&mut self, source: &PictureSource, sender: u8, index: u64, grid: Grid) {
        let frame = index as u16;
        match source {
            PictureSource::Pattern => pattern::draw(sender, frame, &mut self.canvas),
            PictureSource::File(file) => {
                let picture = file.picture(index, grid.per_second());
                let fitted = fit(picture.size(), Rect::whole(self.canvas.size()));
                (self.scaler).scale(picture, fitted.source, &mut self.canvas, fitted.target);
                pattern::stamp(Code { sender, frame }, &mut self.canvas);
            }
        }
    }
}

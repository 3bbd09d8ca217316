//! Everything that a terminal notices, packet by packet and tile by tile, with times that all
//! processes of a machine share: others judge from it what happened around an instant of theirs.
//!
//! A line is a time (CLOCK_MONOTONIC, nanoseconds), the number of the terminal, and one of
//!
//! ```text
//! received,<audio|video>,<ssrc>,<sequence>,<timestamp>,<marker 0|1>   an RTP packet
//! sent,<audio|video>,<ssrc>,<sequence>,<timestamp>,<marker 0|1>
//! seen,<sender>,<frame>,<time at which it was taken>                  a tile of a decoded picture
//! blank,<sender>             the tile where that sender was seen last shows nothing
//! unread,<sender>            it shows something, but no code can be read
//! lost,<lines>               so many lines are missing here: the file was too slow
//! ```

use anyhow::Context;
use base::{Instant, MediaKind};
use media::rtp::packet::Header;
use nix::time::{ClockId, clock_gettime};
use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Lines that wait to be written at most; half a minute of a terminal.
const WAITING_MAX: usize = 1 << 14;
/// Lines are collected for so long, because to wake the writer costs more than to write a line.
const COLLECTED_FOR: Duration = Duration::from_millis(100);

/// The file of all traces of a process, written by a thread of its own.
pub struct TraceFile {
    lines: SyncSender<Line>,
    lost: Arc<AtomicU64>,
    writer: JoinHandle<std::io::Result<()>>,
    since_boot: SinceBoot,
}

impl TraceFile {
    /// A new file. `now` is what the clock of the terminals shows at this moment.
    pub fn create(path: &Path, now: Instant) -> anyhow::Result<TraceFile> {
        let monotonic = Duration::from(clock_gettime(ClockId::CLOCK_MONOTONIC)?);
        let file = File::create(path)
            .with_context(|| format!("cannot write the trace {}", path.display()))?;
        let (lines, written) = sync_channel(WAITING_MAX);
        let lost = Arc::<AtomicU64>::default();
        let counted = lost.clone();
        let writer = std::thread::Builder::new()
            .name("trace".into())
            .spawn(move || write_all(&written, &counted, BufWriter::new(file)))?;
        Ok(TraceFile {
            lines,
            lost,
            writer,
            since_boot: SinceBoot(monotonic.as_nanos() as i128 - i128::from(now.as_nanos())),
        })
    }

    /// The trace of one terminal.
    pub fn of(&self, terminal: u8) -> Trace {
        Trace {
            terminal,
            lines: self.lines.clone(),
            lost: self.lost.clone(),
            since_boot: self.since_boot,
        }
    }

    /// Waits until all is written; no [`Trace`] may be left.
    pub fn finish(self) -> anyhow::Result<()> {
        drop(self.lines);
        let written = self.writer.join().expect("the writer does not panic");
        written.context("the trace is incomplete")
    }
}

fn write_all(
    lines: &Receiver<Line>,
    lost: &AtomicU64,
    mut file: BufWriter<File>,
) -> std::io::Result<()> {
    while let Ok(first) = lines.recv() {
        std::thread::sleep(COLLECTED_FOR);
        let last = first.nanos;
        for line in std::iter::once(first).chain(lines.try_iter()) {
            writeln!(file, "{line}")?;
        }
        match lost.swap(0, Ordering::Relaxed) {
            0 => {}
            lost => writeln!(file, "{last},0,lost,{lost}")?,
        }
        file.flush()?;
    }
    Ok(())
}

/// What must be added to the time of the terminals' clock, nanoseconds.
#[derive(Debug, Clone, Copy)]
struct SinceBoot(i128);

impl SinceBoot {
    fn nanos(self, at: Instant) -> i128 {
        i128::from(at.as_nanos()) + self.0
    }
}

/// Takes notes for one terminal, and never waits.
pub struct Trace {
    terminal: u8,
    lines: SyncSender<Line>,
    lost: Arc<AtomicU64>,
    since_boot: SinceBoot,
}

impl Trace {
    /// A packet came, whether it is of use or not; what is no RTP packet is left out.
    pub fn received(&self, now: Instant, kind: MediaKind, packet: &[u8]) {
        if let Ok((header, _)) = Header::parse(packet) {
            self.note(now, Event::Received(kind, header));
        }
    }

    /// A packet goes out.
    pub fn sent(&self, now: Instant, kind: MediaKind, packet: &[u8]) {
        if let Ok((header, _)) = Header::parse(packet) {
            self.note(now, Event::Sent(kind, header));
        }
    }

    /// The code of `sender` was read in a tile; that picture of it was taken then.
    pub fn seen(&self, now: Instant, sender: u8, frame: u16, taken: Instant) {
        let taken = self.since_boot.nanos(taken);
        self.note(now, Event::Seen(sender, frame, taken));
    }

    /// The tile where `sender` was seen last shows no code of it, or nothing at all.
    pub fn missed(&self, now: Instant, sender: u8, is_blank: bool) {
        self.note(now, Event::Missed(sender, is_blank));
    }

    fn note(&self, now: Instant, event: Event) {
        let line = Line {
            nanos: self.since_boot.nanos(now),
            terminal: self.terminal,
            event,
        };
        if self.lines.try_send(line).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Line {
    nanos: i128,
    terminal: u8,
    event: Event,
}

enum Event {
    Received(MediaKind, Header),
    Sent(MediaKind, Header),
    Seen(u8, u16, i128),
    Missed(u8, bool),
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut packet = |what: &str, kind: MediaKind, header: &Header| {
            let kind = match kind {
                MediaKind::Audio => "audio",
                MediaKind::Video => "video",
            };
            let (ssrc, sequence, timestamp) = (header.ssrc, header.sequence, header.timestamp);
            let marker = u8::from(header.marker);
            write!(
                f,
                "{},{},{what},{kind},{ssrc},{sequence},{timestamp},{marker}",
                self.nanos, self.terminal
            )
        };
        match &self.event {
            Event::Received(kind, header) => packet("received", *kind, header),
            Event::Sent(kind, header) => packet("sent", *kind, header),
            Event::Seen(sender, frame, taken) => write!(
                f,
                "{},{},seen,{sender},{frame},{taken}",
                self.nanos, self.terminal
            ),
            Event::Missed(sender, is_blank) => {
                let what = if *is_blank { "blank" } else { "unread" };
                write!(f, "{},{},{what},{sender}", self.nanos, self.terminal)
            }
        }
    }
}

//! What the block codes in the pictures say: who is seen, how late, how smoothly.

use super::gaps::Gaps;
use super::grid::Grid;
use super::trace::Trace;
use crate::terminal::report::{SeenReport, milliseconds};
use base::{Instant, PictureSize};
use media::Picture;
use media::plane::Layout;
use media::video::layout::{Rect, tiles};
use media::video::pattern::{self, Code};
use std::collections::BTreeMap;
use std::time::Duration;

/// Pictures after which the layout is looked for anew although all codes are read.
const SEARCH_EVERY: u32 = 30;
/// A frame number that would be older than this is taken for one of a sender with another clock.
const LATENCY_MAX: Duration = Duration::from_secs(60);
/// Sizes that are reported at most.
const SIZES_MAX: usize = 16;
/// Everyone seen in one stream of pictures.
pub struct Sight {
    grid: Grid,
    /// The tiles of the layout found last.
    tiles: Vec<Rect>,
    size: Option<PictureSize>,
    /// Codes read in the picture before, and pictures since the layout was looked for.
    read_before: usize,
    since_search: u32,
    sizes: Vec<PictureSize>,
    unread: u64,
    seen: BTreeMap<u8, Seen>,
    last: Option<Instant>,
}

struct Seen {
    tile: Rect,
    frame: u16,
    pictures: u64,
    frames: u64,
    first: Instant,
    freezes: Gaps,
    /// How many frames took so many milliseconds.
    latencies: BTreeMap<u32, u32>,
    latency_max: Duration,
    blank: Duration,
}

impl Sight {
    /// Nothing has been seen. All senders number their pictures by `grid`.
    pub fn new(grid: Grid) -> Self {
        Sight {
            grid,
            tiles: Vec::new(),
            size: None,
            read_before: 0,
            since_search: 0,
            sizes: Vec::new(),
            unread: 0,
            seen: BTreeMap::new(),
            last: None,
        }
    }

    /// Looks at a picture that came whole at `now`.
    pub fn see(&mut self, now: Instant, picture: &Picture, trace: Option<&Trace>) {
        if !self.sizes.contains(&picture.size()) && self.sizes.len() < SIZES_MAX {
            self.sizes.push(picture.size());
        }
        let codes = self.read(picture);
        self.unread += u64::from(codes.is_empty());
        for &(tile, code) in &codes {
            let taken = self.grid.taken(now, code.frame);
            let latency = taken.map(|taken| now.since(taken));
            if let (Some(trace), Some(taken)) = (trace, taken) {
                trace.seen(now, code.sender, code.frame, taken);
            }
            (self.seen.entry(code.sender))
                .or_insert_with(|| Seen::new(now, tile))
                .see(now, tile, code.frame, latency);
        }
        let since = self
            .last
            .replace(now)
            .map_or(Duration::ZERO, |last| now.since(last));
        for (&sender, seen) in &mut self.seen {
            let is_read = codes.iter().any(|(_, code)| code.sender == sender);
            if is_read {
                continue;
            }
            let is_blank = seen.tile.fits(picture.size()) && pattern::is_blank(picture, seen.tile);
            if is_blank {
                seen.blank += since;
            }
            if let Some(trace) = trace {
                trace.missed(now, sender, is_blank);
            }
        }
    }

    /// The codes in the tiles of the layout found last; if they are fewer than before, in those of
    /// the layout that shows most.
    fn read(&mut self, picture: &Picture) -> Vec<(Rect, Code)> {
        self.since_search += 1;
        let mut codes = Vec::new();
        if self.size == Some(picture.size()) && self.since_search < SEARCH_EVERY {
            codes = read_tiles(picture, &self.tiles);
        }
        if codes.is_empty() || codes.len() < self.read_before {
            self.size = Some(picture.size());
            self.since_search = 0;
            for layout in Layout::DIVISIONS {
                let tiles = tiles(layout, 0, picture.size());
                let found = read_tiles(picture, &tiles);
                if found.len() > codes.len() {
                    (self.tiles, codes) = (tiles, found);
                }
            }
        }
        self.read_before = codes.len();
        codes
    }

    /// No more pictures come.
    pub fn close(&mut self, now: Instant) {
        self.last = None;
        self.seen
            .values_mut()
            .for_each(|seen| seen.freezes.end(now));
    }

    /// The sizes of the pictures.
    pub fn sizes(&self) -> Vec<String> {
        self.sizes.iter().map(PictureSize::to_string).collect()
    }

    /// Pictures without any code.
    pub fn unread(&self) -> u64 {
        self.unread
    }

    /// Who was seen.
    pub fn report(&self, now: Instant, connected: Instant) -> Vec<SeenReport> {
        let report = |(&sender, seen): (&u8, &Seen)| seen.report(sender, now, connected);
        self.seen.iter().map(report).collect()
    }
}

fn read_tiles(picture: &Picture, tiles: &[Rect]) -> Vec<(Rect, Code)> {
    let read = |&tile: &Rect| Some((tile, pattern::read(picture, tile)?));
    tiles.iter().filter_map(read).collect()
}

impl Seen {
    fn new(first: Instant, tile: Rect) -> Self {
        Seen {
            tile,
            frame: 0,
            pictures: 0,
            frames: 0,
            first,
            freezes: Gaps::default(),
            latencies: BTreeMap::new(),
            latency_max: Duration::ZERO,
            blank: Duration::ZERO,
        }
    }

    fn see(&mut self, now: Instant, tile: Rect, frame: u16, latency: Option<Duration>) {
        self.tile = tile;
        self.pictures += 1;
        // Repetitions are no news: they would count a standing picture as a late one.
        if self.frames > 0 && self.frame == frame {
            return;
        }
        self.frame = frame;
        self.frames += 1;
        self.freezes.mark(now);
        if let Some(latency) = latency.filter(|&latency| latency <= LATENCY_MAX) {
            let rounded = (latency + Duration::from_micros(500)).as_millis() as u32;
            *self.latencies.entry(rounded).or_default() += 1;
            self.latency_max = self.latency_max.max(latency);
        }
    }

    /// So many percent of the frames took at most so long.
    fn latency_ms(&self, percent: u64) -> f64 {
        let all: u64 = self.latencies.values().map(|&count| u64::from(count)).sum();
        let mut counted = 0;
        let mut until = self.latencies.iter().filter_map(|(&ms, &count)| {
            counted += u64::from(count);
            (counted * 100 >= all * percent).then_some(ms)
        });
        until.next().unwrap_or(0).into()
    }

    fn report(&self, sender: u8, now: Instant, connected: Instant) -> SeenReport {
        let freezes = self.freezes.report(now);
        SeenReport {
            sender,
            pictures: self.pictures,
            frames: self.frames,
            first_seen_ms: milliseconds(self.first.since(connected)),
            latency_ms_p50: self.latency_ms(50),
            latency_ms_p95: self.latency_ms(95),
            latency_ms_max: milliseconds(self.latency_max),
            freeze_ms_max: freezes.first().map_or(0.0, |gap| gap.length_ms),
            freezes,
            blank_ms: milliseconds(self.blank),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::video::compositor::Compositor;

    fn picture(sender: u8, index: u64) -> Picture {
        let mut picture = Picture::black(PictureSize::CIF);
        pattern::draw(sender, index as u16, &mut picture);
        picture
    }

    #[test]
    fn every_tile_is_read_and_one_that_goes_dark_is_blank() {
        let grid = Grid::new(30);
        let mut sight = Sight::new(grid);
        let mut mosaic = Compositor::new(PictureSize::CIF);
        mosaic.arrange(&tiles(Layout::Four, 4, PictureSize::CIF));
        let start = grid.index(Instant::from_millis(1_795_000_000_000));
        for step in 0..60 {
            // Senders 7, 8, 9; the last one stands still from step 30 and is gone from step 45.
            for (tile, sender) in (7..10).enumerate() {
                match (sender, step) {
                    (9, 45..) => mosaic.clear(tile),
                    (9, 30..) => {}
                    _ => mosaic.draw(tile, &picture(sender, start + step)),
                }
            }
            // Shown three instants later.
            sight.see(grid.instant(start + step + 3), mosaic.picture(), None);
        }
        let now = grid.instant(start + 62);
        let seen = sight.report(now, grid.instant(start));
        let senders: Vec<u8> = seen.iter().map(|seen| seen.sender).collect();
        assert_eq!(senders, [7, 8, 9]);
        for seen in &seen[..2] {
            assert_eq!((seen.frames, seen.latency_ms_max), (60, 100.0));
            assert!(seen.freeze_ms_max < 34.0 && seen.blank_ms == 0.0);
        }
        assert_eq!((seen[2].frames, seen[2].pictures), (30, 45));
        assert_eq!((seen[2].blank_ms, seen[2].latency_ms_max), (500.0, 100.0));
        assert!((seen[2].freeze_ms_max - 1000.0).abs() < 0.1);
        assert_eq!(sight.unread(), 0);
    }
}

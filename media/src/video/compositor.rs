//! Paints a mosaic, tile by tile.
//!
//! A tile is touched only when its content changes. Its decoration (the name on a translucent bar,
//! the active speaker's border) lies on top and is put back after every change; what it covers is
//! remembered, so that it can also change without a new picture.

use super::layout::{Rect, fit};
use super::scale::Scaler;
use super::text::{Mask, mask};
use crate::Picture;
use base::PictureSize;

/// Luma samples of the active speaker's border.
pub const BORDER_WIDTH: usize = 2;

/// A name's line takes this part of its tile's height, but at least [`LABEL_HEIGHT_MIN`].
const LABEL_PART: usize = 10;
/// Luma samples; smaller letters cannot be read after coding.
const LABEL_HEIGHT_MIN: usize = 11;
/// Luma samples; enough for a picture of any height.
const LABEL_HEIGHT_MAX: usize = 40;

/// A colour in BT.601 limited range: luma, Cb, Cr.
type Colour = [u8; 3];
const BLACK: Colour = [16, 128, 128];
const INK: u8 = 235;
const BORDER: Colour = [190, 60, 110];
const PLACEHOLDER: Colour = [48, 136, 124];
const MARK: Colour = [104, 140, 122];

/// A mosaic in the making.
#[derive(Debug)]
pub struct Compositor {
    picture: Picture,
    tiles: Vec<Tile>,
    scaler: Scaler,
}

#[derive(Debug)]
struct Tile {
    rect: Rect,
    content: Content,
    label: String,
    active: bool,
    /// The mask of `label`, made when first needed.
    name: Option<Mask>,
    /// What the decoration covers.
    covered: Covered,
}

#[derive(Debug, PartialEq)]
enum Content {
    Empty,
    /// Pictures whose bars, if any, are black already.
    Pictures {
        size: PictureSize,
    },
    Placeholder {
        label: String,
    },
}

impl Compositor {
    /// A black picture of `size` without tiles.
    pub fn new(size: PictureSize) -> Self {
        Compositor {
            picture: Picture::black(size),
            tiles: Vec::new(),
            scaler: Scaler::default(),
        }
    }

    /// Divides the picture anew. A tile that keeps its number and place keeps its content; the
    /// rest becomes black. Tiles must not overlap.
    pub fn arrange(&mut self, tiles: &[Rect]) {
        let size = self.picture.size();
        assert!(tiles.iter().all(|t| t.fits(size)), "tiles lie inside");
        let kept =
            |i: usize, old: &[Tile]| old.get(i).is_some_and(|t| tiles.get(i) == Some(&t.rect));
        for i in (0..self.tiles.len()).filter(|&i| !kept(i, &self.tiles)) {
            fill(&mut self.picture, self.tiles[i].rect, BLACK);
        }
        let mut old: Vec<Option<Tile>> = self.tiles.drain(..).map(Some).collect();
        for (i, &rect) in tiles.iter().enumerate() {
            let same = old.get_mut(i).and_then(|t| t.take_if(|t| t.rect == rect));
            self.tiles.push(same.unwrap_or_else(|| Tile::empty(rect)));
        }
    }

    /// Makes a tile black and takes its decoration away.
    pub fn clear(&mut self, tile: usize) {
        let Some(tile) = self.tiles.get_mut(tile) else {
            return;
        };
        fill(&mut self.picture, tile.rect, BLACK);
        *tile = Tile::empty(tile.rect);
    }

    /// Shows `picture` in a tile. A tile that does not exist is ignored.
    pub fn draw(&mut self, tile: usize, picture: &Picture) {
        let Some(tile) = self.tiles.get_mut(tile) else {
            return;
        };
        let size = picture.size();
        let fitted = fit(size, tile.rect);
        let place = tile.rect.within(fitted.target);
        if tile.content != (Content::Pictures { size }) {
            fill(&mut self.picture, tile.rect, BLACK);
            tile.content = Content::Pictures { size };
        } else if place != tile.rect {
            // The decoration may lie on the bars, which the new picture does not paint over.
            tile.covered.restore(&mut self.picture);
        }
        self.scaler
            .scale(picture, fitted.source, &mut self.picture, place);
        tile.decorate(&mut self.picture);
    }

    /// Shows a dark tile with a mark and the name, for a participant that sends no pictures.
    pub fn placeholder(&mut self, tile: usize, label: &str) {
        let Some(tile) = self.tiles.get_mut(tile) else {
            return;
        };
        if matches!(&tile.content, Content::Placeholder { label: shown } if shown == label) {
            return;
        }
        tile.content = Content::Placeholder {
            label: label.to_owned(),
        };
        paint_placeholder(&mut self.picture, tile.rect, label);
        tile.decorate(&mut self.picture);
    }

    /// Names a tile, and marks it as the active speaker's. An empty label has no bar.
    pub fn decorate(&mut self, tile: usize, label: &str, active: bool) {
        let Some(tile) = self.tiles.get_mut(tile) else {
            return;
        };
        if tile.label == label && tile.active == active {
            return;
        }
        if tile.label != label {
            tile.label = label.to_owned();
            tile.name = None;
        }
        tile.active = active;
        tile.covered.restore(&mut self.picture);
        tile.decorate(&mut self.picture);
    }

    /// The mosaic as it is now.
    pub fn picture(&self) -> &Picture {
        &self.picture
    }
}

impl Tile {
    fn empty(rect: Rect) -> Self {
        Tile {
            rect,
            content: Content::Empty,
            label: String::new(),
            active: false,
            name: None,
            covered: Covered::default(),
        }
    }

    /// Puts the decoration on fresh content. A placeholder bears the name itself.
    fn decorate(&mut self, picture: &mut Picture) {
        self.covered = Covered::take(std::mem::take(&mut self.covered));
        let rect = self.rect;
        if self.active {
            for edge in edges(rect) {
                self.covered.save(picture, edge);
                fill(picture, edge, BORDER);
            }
        }
        if self.label.is_empty() || matches!(self.content, Content::Placeholder { .. }) {
            return;
        }
        let (line, inset) = (label_height(rect), 4);
        let room = rect.width.saturating_sub(2 * (inset + BORDER_WIDTH));
        let name = self
            .name
            .get_or_insert_with(|| mask(&self.label, line, room));
        let bar = Rect {
            x: rect.x + BORDER_WIDTH,
            y: rect.y + rect.height.saturating_sub(BORDER_WIDTH + line + line % 2),
            width: (name.width + 2 * inset).next_multiple_of(2),
            height: line + line % 2,
        };
        if bar.width + 2 * BORDER_WIDTH > rect.width || bar.height + 2 * BORDER_WIDTH > rect.height
        {
            return;
        }
        self.covered.save(picture, bar);
        darken(picture, bar);
        write(picture, name, bar.x + inset, bar.y, INK);
    }
}

/// Samples under a decoration.
#[derive(Debug, Default)]
struct Covered {
    parts: Vec<Rect>,
    /// Of each part the rows of luma, Cb and Cr.
    samples: Vec<u8>,
}

impl Covered {
    /// Nothing, in the memory of `old`.
    fn take(mut old: Covered) -> Covered {
        old.parts.clear();
        old.samples.clear();
        old
    }

    fn save(&mut self, picture: &mut Picture, part: Rect) {
        self.parts.push(part);
        for_rows(picture, part, |row, _| self.samples.extend_from_slice(row));
    }

    fn restore(&mut self, picture: &mut Picture) {
        let mut saved = self.samples.as_slice();
        for &part in &self.parts {
            for_rows(picture, part, |row, _| {
                let (samples, rest) = saved.split_at(row.len());
                row.copy_from_slice(samples);
                saved = rest;
            });
        }
        self.parts.clear();
        self.samples.clear();
    }
}

/// Calls `paint` with each row of `part` in the planes, and the plane's number: 0 luma, 1 Cb, 2 Cr.
fn for_rows(picture: &mut Picture, part: Rect, mut paint: impl FnMut(&mut [u8], usize)) {
    let width = picture.width();
    let Picture { y, u, v, .. } = picture;
    let (half, chroma) = (width / 2, part.chroma());
    for (number, (plane, stride, part)) in [(y, width, part), (u, half, chroma), (v, half, chroma)]
        .into_iter()
        .enumerate()
    {
        for row in plane
            .chunks_exact_mut(stride)
            .skip(part.y)
            .take(part.height)
        {
            paint(&mut row[part.x..][..part.width], number);
        }
    }
}

fn fill(picture: &mut Picture, part: Rect, colour: Colour) {
    for_rows(picture, part, |row, plane| row.fill(colour[plane]));
}

/// A translucent black bar.
fn darken(picture: &mut Picture, part: Rect) {
    for_rows(picture, part, |row, plane| {
        let black = BLACK[plane];
        for sample in row {
            *sample = ((u16::from(*sample) * 3 + u16::from(black) * 5) / 8) as u8;
        }
    });
}

/// Blends text of the luma `ink` into the picture with its corner at `x`, `y`.
fn write(picture: &mut Picture, mask: &Mask, x: usize, y: usize, ink: u8) {
    let stride = picture.width();
    let rows = picture.y.chunks_exact_mut(stride).skip(y);
    for (row, coverage) in rows.zip(mask.coverage.chunks_exact(mask.width.max(1))) {
        for (sample, &c) in row[x..].iter_mut().zip(coverage) {
            let c = u32::from(c);
            *sample = ((u32::from(*sample) * (255 - c) + u32::from(ink) * c + 127) / 255) as u8;
        }
    }
}

/// The four sides of a border, which do not overlap.
fn edges(rect: Rect) -> [Rect; 4] {
    let w = BORDER_WIDTH.min(rect.width / 2).min(rect.height / 2);
    let side_height = rect.height - 2 * w;
    let side = Rect {
        y: rect.y + w,
        width: w,
        height: side_height,
        ..rect
    };
    [
        Rect { height: w, ..rect },
        Rect {
            y: rect.y + rect.height - w,
            height: w,
            ..rect
        },
        side,
        Rect {
            x: rect.x + rect.width - w,
            ..side
        },
    ]
}

fn label_height(tile: Rect) -> usize {
    (tile.height / LABEL_PART).clamp(LABEL_HEIGHT_MIN, LABEL_HEIGHT_MAX)
}

/// A head and shoulders over the name.
fn paint_placeholder(picture: &mut Picture, tile: Rect, label: &str) {
    fill(picture, tile, PLACEHOLDER);
    let unit = tile.height.min(tile.width);
    let head = (unit * 27 / 100, unit * 11 / 100);
    let shoulders = (unit * 62 / 100, unit * 21 / 100);
    let chest = unit * 58 / 100;
    // Two rows at a time, so that chroma follows luma.
    for y in (0..chest).step_by(2) {
        // Half the width of a disc in this row.
        let half = |(centre, radius): (usize, usize)| {
            let squared = (radius * radius).saturating_sub(centre.abs_diff(y).pow(2));
            squared.isqrt() & !1
        };
        let half = half(head).max(half(shoulders));
        let row = Rect {
            x: ((tile.width / 2) & !1) - half,
            y,
            width: 2 * half,
            height: 2,
        };
        fill(picture, tile.within(row), MARK);
    }
    let line = (tile.height / 6).clamp(LABEL_HEIGHT_MIN, 2 * LABEL_HEIGHT_MAX);
    let room = tile.width.saturating_sub(4 * BORDER_WIDTH);
    let name = mask(label, line, room);
    let y = tile.y + (tile.height * 66 / 100).min(tile.height.saturating_sub(line));
    if line <= tile.height {
        write(
            picture,
            &name,
            tile.x + (tile.width - name.width) / 2,
            y,
            INK,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plane::Layout;
    use crate::video::{layout, pattern};

    const CIF: PictureSize = PictureSize::CIF;

    fn test_picture(sender: u8, size: PictureSize) -> Picture {
        let mut picture = Picture::black(size);
        pattern::draw(sender, 0, &mut picture);
        picture
    }

    fn four() -> (Compositor, Vec<Rect>) {
        let tiles = layout::tiles(Layout::Four, 0, CIF);
        let mut compositor = Compositor::new(CIF);
        compositor.arrange(&tiles);
        for i in 0..4 {
            compositor.draw(i, &test_picture(i as u8, CIF));
        }
        (compositor, tiles)
    }

    /// Samples of the parts of two pictures that differ.
    fn differing(a: &Picture, b: &Picture, part: Rect) -> usize {
        let (mut a, mut b) = (a.clone(), b.clone());
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for_rows(&mut a, part, |row, _| left.extend_from_slice(row));
        for_rows(&mut b, part, |row, _| right.extend_from_slice(row));
        left.iter().zip(&right).filter(|(a, b)| a != b).count()
    }

    #[test]
    fn a_decoration_comes_and_goes_without_a_trace() {
        for sent in [CIF, PictureSize::HD720] {
            let (mut compositor, tiles) = four();
            compositor.draw(2, &test_picture(2, sent));
            let plain = compositor.picture().clone();
            compositor.decorate(2, "Анна Ω", true);
            compositor.draw(2, &test_picture(2, sent));
            for (i, &tile) in tiles.iter().enumerate() {
                let changed = differing(&plain, compositor.picture(), tile);
                assert_eq!(changed > 0, i == 2, "tile {i}: {changed} samples");
            }
            let decorated = compositor.picture().clone();
            compositor.draw(2, &test_picture(2, sent));
            assert!(
                *compositor.picture() == decorated,
                "drawing again adds nothing"
            );
            compositor.decorate(2, "Анна Ω", false);
            compositor.decorate(2, "", false);
            assert!(*compositor.picture() == plain, "{sent}");
        }
    }

    #[test]
    fn arranging_keeps_what_stays() {
        let (mut compositor, tiles) = four();
        compositor.decorate(0, "Ada", true);
        let before = compositor.picture().clone();
        compositor.arrange(&tiles);
        assert!(*compositor.picture() == before);
        compositor.arrange(&tiles[..3]);
        for &kept in &tiles[..3] {
            assert_eq!(differing(&before, compositor.picture(), kept), 0);
        }
        assert_eq!(
            differing(&Picture::black(CIF), compositor.picture(), tiles[3]),
            0
        );
        compositor.arrange(&layout::tiles(Layout::Nine, 0, CIF));
        assert!(*compositor.picture() == Picture::black(CIF));
    }

    #[test]
    fn bars_are_black_after_any_content() {
        let (mut compositor, tiles) = four();
        compositor.placeholder(1, "Bo");
        compositor.decorate(1, "Bo", true);
        compositor.draw(1, &test_picture(1, PictureSize::HD720));
        compositor.decorate(1, "", false);
        let bar = Rect {
            height: 22,
            ..tiles[1]
        };
        assert_eq!(
            differing(&Picture::black(CIF), compositor.picture(), bar),
            0
        );
    }

    #[test]
    fn a_placeholder_fits_tiles_of_any_size_and_replaces_the_picture() {
        let (mut compositor, tiles) = four();
        compositor.placeholder(3, "Grace Hopper");
        assert_eq!(pattern::read(compositor.picture(), tiles[3]), None);
        let shown = compositor.picture().clone();
        compositor.decorate(3, "Grace Hopper", false);
        assert!(*compositor.picture() == shown, "the name is there already");
        let mut odd = Compositor::new(PictureSize::new(64, 48));
        for (width, height) in [(2, 2), (2, 48), (64, 2), (10, 14), (64, 48)] {
            odd.arrange(&[Rect {
                x: 0,
                y: 0,
                width,
                height,
            }]);
            odd.placeholder(0, "Grace Hopper");
            odd.decorate(0, "Grace Hopper", true);
            odd.draw(0, &test_picture(0, CIF));
            odd.clear(0);
            assert!(*odd.picture() == Picture::black(odd.picture().size()));
        }
    }
}

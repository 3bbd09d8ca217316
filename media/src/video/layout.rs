//! Where the tiles of a mosaic lie, and which part of a picture fills a tile.
//!
//! All tiles of a grid have one size, the largest even one that fits, and the shape of the whole
//! picture: a sender that uses the mosaic's format fills its tile at an exact ratio (2:1, 3:1, 4:1)
//! without bars. What remains at the edges (two columns each side for 3×3 in CIF) stays black.
//! Samples count as square.

use crate::plane::Layout;
use base::PictureSize;

/// A part of a picture, in luma samples. All four are even, so the chroma planes divide too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rect {
    /// Columns to its left.
    pub x: usize,
    /// Rows above it.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Rect {
    /// A whole picture of `size`.
    pub fn whole(size: PictureSize) -> Self {
        Rect {
            x: 0,
            y: 0,
            width: size.width.into(),
            height: size.height.into(),
        }
    }

    /// The same part in a chroma plane.
    pub fn chroma(self) -> Self {
        Rect {
            x: self.x / 2,
            y: self.y / 2,
            width: self.width / 2,
            height: self.height / 2,
        }
    }

    /// The part of `self` that lies `inner` from its corner: moves `inner` into place.
    pub fn within(self, inner: Rect) -> Self {
        Rect {
            x: self.x + inner.x,
            y: self.y + inner.y,
            ..inner
        }
    }

    /// Whether `self` lies inside a picture of `size`.
    pub fn fits(self, size: PictureSize) -> bool {
        self.x + self.width <= size.width.into() && self.y + self.height <= size.height.into()
    }
}

/// The layout with `Automatic` decided: the smallest grid that shows everybody.
pub fn resolve(layout: Layout, participants: usize) -> Layout {
    match (layout, participants) {
        (Layout::Automatic, 0..=1) => Layout::One,
        (Layout::Automatic, 2) => Layout::Two,
        (Layout::Automatic, 3..=4) => Layout::Four,
        (Layout::Automatic, 5..=9) => Layout::Nine,
        (Layout::Automatic, _) => Layout::Sixteen,
        (fixed, _) => fixed,
    }
}

/// How many tiles `layout` has for that many participants.
pub fn tile_count(layout: Layout, participants: usize) -> usize {
    match resolve(layout, participants) {
        Layout::Automatic | Layout::One => 1,
        Layout::Two => 2,
        Layout::Four => 4,
        Layout::OnePlusFive => 6,
        Layout::Nine => 9,
        Layout::Sixteen => 16,
    }
}

/// The tiles of a mosaic of `size`, in reading order; in `OnePlusFive` the large one comes first,
/// then the right column downwards, then the rest of the bottom row.
pub fn tiles(layout: Layout, participants: usize, size: PictureSize) -> Vec<Rect> {
    match resolve(layout, participants) {
        Layout::Automatic | Layout::One => vec![Rect::whole(size)],
        Layout::Two => Grid::new(size, 2, 2).row_of_two(),
        Layout::Four => Grid::new(size, 2, 2).all(),
        Layout::Nine => Grid::new(size, 3, 3).all(),
        Layout::Sixteen => Grid::new(size, 4, 4).all(),
        Layout::OnePlusFive => {
            let grid = Grid::new(size, 3, 3);
            let small = [(2, 0), (2, 1), (0, 2), (1, 2), (2, 2)];
            let mut tiles = vec![Rect {
                width: grid.width * 2,
                height: grid.height * 2,
                ..grid.cell(0, 0)
            }];
            tiles.extend(small.map(|(column, row)| grid.cell(column, row)));
            tiles
        }
    }
}

/// Equal cells, centred.
struct Grid {
    columns: usize,
    rows: usize,
    width: usize,
    height: usize,
    left: usize,
    top: usize,
}

impl Grid {
    fn new(size: PictureSize, columns: usize, rows: usize) -> Self {
        let cell = |total: u16, parts: usize| even(usize::from(total) / parts);
        let margin = |total: u16, used: usize| even((usize::from(total) - used) / 2);
        let (width, height) = (cell(size.width, columns), cell(size.height, rows));
        Grid {
            columns,
            rows,
            width,
            height,
            left: margin(size.width, width * columns),
            top: margin(size.height, height * rows),
        }
    }

    fn cell(&self, column: usize, row: usize) -> Rect {
        Rect {
            x: self.left + column * self.width,
            y: self.top + row * self.height,
            width: self.width,
            height: self.height,
        }
    }

    fn all(&self) -> Vec<Rect> {
        (0..self.rows)
            .flat_map(|row| (0..self.columns).map(move |column| self.cell(column, row)))
            .collect()
    }

    /// The upper two cells of a 2×2 grid, moved to half height.
    fn row_of_two(&self) -> Vec<Rect> {
        let lower = even(self.height / 2);
        [0, 1]
            .map(|column| {
                let cell = self.cell(column, 0);
                Rect {
                    y: cell.y + lower,
                    ..cell
                }
            })
            .to_vec()
    }
}

/// Up to one part in this many of a picture's width or height is cut off to avoid bars.
pub const CROP_MAX_FRACTION: usize = 8;

/// How a picture goes into a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    /// The part of the picture that is shown.
    pub source: Rect,
    /// Where it is shown, measured from the tile's corner. Black bars surround it.
    pub target: Rect,
}

/// Fits a picture of `size` into `tile`, keeping its aspect: cropped at the centre if a little is
/// enough ([`CROP_MAX_FRACTION`]), else whole between two bars.
pub fn fit(size: PictureSize, tile: Rect) -> Fit {
    let whole = Rect::whole(size);
    let full = Rect { x: 0, y: 0, ..tile };
    // The part of the picture that has the tile's shape.
    let crop_width = (whole.height * tile.width / tile.height.max(1)).min(whole.width);
    let crop_height = (whole.width * tile.height / tile.width.max(1)).min(whole.height);
    let cut_is_small = |part: usize, all: usize| (all - part) * CROP_MAX_FRACTION <= all;
    if cut_is_small(crop_width, whole.width) && cut_is_small(crop_height, whole.height) {
        return Fit {
            source: centred(crop_width, crop_height, whole),
            target: full,
        };
    }
    let width = (tile.height * whole.width / whole.height.max(1)).clamp(2, tile.width.max(2));
    let height = (tile.width * whole.height / whole.width.max(1)).clamp(2, tile.height.max(2));
    Fit {
        source: whole,
        target: centred(width, height, full),
    }
}

/// An even rectangle of about `width` × `height` in the middle of `outer`, which starts at 0, 0.
fn centred(width: usize, height: usize, outer: Rect) -> Rect {
    let (width, height) = (even(width), even(height));
    Rect {
        x: even((outer.width - width) / 2),
        y: even((outer.height - height) / 2),
        width,
        height,
    }
}

fn even(n: usize) -> usize {
    n & !1
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn rect(x: usize, y: usize, width: usize, height: usize) -> Rect {
        Rect {
            x,
            y,
            width,
            height,
        }
    }

    #[test]
    fn tiles_are_even_apart_and_inside() {
        let sizes = [
            PictureSize::QCIF,
            PictureSize::CIF,
            PictureSize::CIF4,
            PictureSize::HD720,
            PictureSize::new(640, 362),
        ];
        for size in sizes {
            for layout in Layout::DIVISIONS {
                let tiles = tiles(layout, 0, size);
                assert_eq!(tiles.len(), tile_count(layout, 0));
                for (i, a) in tiles.iter().enumerate() {
                    assert!(a.fits(size), "{layout:?} {size} {a:?}");
                    assert!([a.x, a.y, a.width, a.height].iter().all(|n| n % 2 == 0));
                    for b in &tiles[..i] {
                        let apart = a.x >= b.x + b.width
                            || b.x >= a.x + a.width
                            || a.y >= b.y + b.height
                            || b.y >= a.y + a.height;
                        assert!(apart, "{layout:?} {size}: {a:?} {b:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn cif_divides_exactly() {
        let cif = PictureSize::CIF;
        assert_eq!(
            tiles(Layout::Four, 0, cif),
            [
                rect(0, 0, 176, 144),
                rect(176, 0, 176, 144),
                rect(0, 144, 176, 144),
                rect(176, 144, 176, 144)
            ]
        );
        assert_eq!(
            tiles(Layout::Two, 0, cif),
            [rect(0, 72, 176, 144), rect(176, 72, 176, 144)]
        );
        assert_eq!(tiles(Layout::Nine, 0, cif)[4], rect(118, 96, 116, 96));
        assert_eq!(tiles(Layout::OnePlusFive, 0, cif)[0], rect(2, 0, 232, 192));
        assert_eq!(
            fit(cif, rect(118, 96, 116, 96)),
            Fit {
                source: rect(2, 0, 348, 288),
                target: rect(0, 0, 116, 96)
            },
            "3:1 after two columns each side"
        );
    }

    #[test]
    fn automatic_grows_with_the_conference() {
        let counts = [0, 1, 2, 3, 4, 5, 9, 10, 16, 40].map(|n| tile_count(Layout::Automatic, n));
        assert_eq!(counts, [1, 1, 2, 4, 4, 9, 9, 16, 16, 16]);
    }

    #[test]
    fn wide_pictures_get_bars_and_keep_their_aspect() {
        let fitted = fit(PictureSize::HD720, rect(0, 0, 176, 144));
        assert_eq!(fitted.source, Rect::whole(PictureSize::HD720));
        assert_eq!(fitted.target, rect(0, 22, 176, 98));
        let nearly = fit(PictureSize::HD720, rect(0, 0, 640, 480));
        assert_eq!(
            nearly.target,
            rect(0, 60, 640, 360),
            "a quarter is too much"
        );
        let tall = fit(PictureSize::CIF, rect(0, 0, 640, 360));
        assert_eq!(tall.target, rect(100, 0, 440, 360));
    }
}

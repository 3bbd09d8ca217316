//! Names as masks of coverage, in DejaVu Sans Condensed Bold (Latin, Greek, Cyrillic and more; a
//! missing glyph is a box).

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};

/// Characters of a name that are looked at; longer ones do not fit a tile anyway.
pub const CHARACTERS_MAX: usize = 64;

/// A line of text: how much of each sample is ink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// Samples across.
    pub width: usize,
    /// Samples down, ascent and descent included.
    pub height: usize,
    /// 0 (none) to 255 (all), row by row.
    pub coverage: Vec<u8>,
}

/// Draws `text` with lines of `height` samples, at most `width_max` wide: a longer text ends in an
/// ellipsis. Control characters are left out.
pub fn mask(text: &str, height: usize, width_max: usize) -> Mask {
    let font = FontRef::try_from_slice(dejavu::sans_condensed::bold())
        .expect("the embedded font is sound");
    let scaled = font.as_scaled(PxScale::from(height as f32));
    let mut characters: Vec<char> = (text.chars().filter(|c| !c.is_control()))
        .take(CHARACTERS_MAX)
        .collect();
    let advance = |c: &char| scaled.h_advance(scaled.glyph_id(*c));
    let width_of = |characters: &[char]| characters.iter().map(advance).sum::<f32>().ceil();
    if width_of(&characters) > width_max as f32 {
        characters.push('…');
        while characters.len() > 1 && width_of(&characters) > width_max as f32 {
            characters.remove(characters.len() - 2);
        }
    }

    let width = (width_of(&characters) as usize).min(width_max);
    let mut coverage = vec![0u8; width * height];
    let mut pen = point(0.0, scaled.ascent());
    for c in characters {
        let glyph = scaled.scaled_glyph(c);
        let advance = scaled.h_advance(glyph.id);
        let glyph = ab_glyph::Glyph {
            position: pen,
            ..glyph
        };
        pen.x += advance;
        let Some(outline) = font.outline_glyph(glyph) else {
            continue;
        };
        let corner = outline.px_bounds().min;
        outline.draw(|x, y, ink| {
            let (x, y) = (corner.x + x as f32, corner.y + y as f32);
            if x >= 0.0 && y >= 0.0 && (x as usize) < width && (y as usize) < height {
                let sample = &mut coverage[y as usize * width + x as usize];
                *sample = sample.saturating_add((ink * 255.0) as u8);
            }
        });
    }
    Mask {
        width,
        height,
        coverage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ink(text: &str) -> u64 {
        let mask = mask(text, 20, 400);
        mask.coverage.iter().map(|&c| u64::from(c)).sum()
    }

    #[test]
    fn letters_of_three_alphabets_differ_from_the_box() {
        let missing = mask("\u{10ffff}", 20, 400);
        assert!(missing.coverage.iter().any(|&c| c > 128), "a box is drawn");
        for letter in ["Ä", "ß", "Ω", "Щ", "ő", "م"] {
            assert!(ink(letter) > 0);
            assert_ne!(mask(letter, 20, 400), missing, "{letter}");
        }
    }

    #[test]
    fn long_names_end_in_an_ellipsis_inside_the_limit() {
        let long = "Wolfeschlegelsteinhausenbergerdorff".repeat(100);
        for (height, width_max) in [(10, 60), (20, 100), (16, 3), (12, 0)] {
            let cut = mask(&long, height, width_max);
            assert!(cut.width <= width_max);
            assert_eq!(cut.coverage.len(), cut.width * cut.height);
        }
        assert_eq!(mask("", 12, 100).width, 0);
        assert_eq!(mask("a\nb", 12, 100), mask("ab", 12, 100));
    }
}

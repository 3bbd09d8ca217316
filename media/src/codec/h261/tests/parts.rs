//! Tables, transforms and hand-made streams.

use super::super::bits::{BitReader, BitWriter, PADDING};
use super::super::tables::{self, Code};
use super::super::{dct, macroblock};
use super::*;
use std::f64::consts::PI;

/// Checks that no code starts another, and gives the share of all bit strings they cover, in
/// units of 2^-16.
fn covered(codes: &[Code]) -> u32 {
    let used: Vec<&Code> = codes.iter().filter(|code| code.length > 0).collect();
    for (i, a) in used.iter().enumerate() {
        for b in &used[i + 1..] {
            let common = a.length.min(b.length);
            let start = |code: &Code| code.bits >> (code.length - common);
            assert_ne!(start(a), start(b), "{a:?} {b:?}");
        }
    }
    used.iter().map(|code| 1 << (16 - code.length)).sum()
}

#[test]
fn no_code_starts_another_and_few_strings_are_left_over() {
    let all = 1 << 16;
    // Left over: 0000 0000, 0000 0010, and 0000 0001 but for stuffing.
    assert_eq!(covered(&tables::MBA), all - 2 * (1 << 8) - 7 * (1 << 5));
    // Left over: 0000 0000 to 0000 0010, and 0000 0011 000.
    assert_eq!(covered(&tables::MVD), all - 3 * (1 << 8) - (1 << 5));
    // Left over: eight zeros, and nine.
    assert_eq!(covered(&tables::CBP), all - (1 << 8));
    let coefficients: Vec<Code> = (tables::TCOEFF.iter().copied())
        .chain([tables::EOB, tables::ESCAPE])
        .collect();
    assert_eq!(covered(&coefficients), all - (1 << 7));
}

#[test]
fn lookups_find_every_code() {
    for (i, code) in tables::MBA.iter().enumerate() {
        let entry = tables::MBA_LOOKUP[usize::from(code.bits) << (11 - code.length)];
        assert_eq!((entry.value as usize, entry.length), (i + 1, code.length));
    }
    for (i, code) in tables::TCOEFF.iter().enumerate() {
        for sign in 0..2u32 {
            if code.length == 0 {
                continue;
            }
            let bits = (u32::from(code.bits) << 1 | sign) << (31 - code.length);
            let found = tables::coefficient(bits);
            let level = (i % 16) as i8 * (1 - 2 * sign as i8);
            assert_eq!((usize::from(found.run), found.level), (i / 16, level));
            assert_eq!(found.length, code.length + 1);
        }
    }
    assert_eq!(tables::coefficient(0b10 << 30).run, tables::RUN_EOB);
    assert_eq!(tables::coefficient(1 << 26).run, tables::RUN_ESCAPE);
    assert_eq!(tables::coefficient(1 << 22).length, 0);
}

/// C(u)/2 · cos((2x+1)uπ/16).
fn basis(u: usize, x: usize) -> f64 {
    let scale = if u == 0 { 0.5f64.sqrt() } else { 1.0 };
    scale / 2.0 * ((2 * x + 1) as f64 * u as f64 * PI / 16.0).cos()
}

fn exact_inverse(terms: &[dct::Term], x: usize, y: usize) -> f64 {
    (terms.iter())
        .map(|&(place, value)| {
            let (v, u) = (usize::from(place / 8), usize::from(place % 8));
            f64::from(value) * basis(v, y) * basis(u, x)
        })
        .sum()
}

#[test]
fn the_inverse_transform_is_accurate() {
    // Annex A: blocks of random samples, through an exact forward transform.
    for range in [5.0, 256.0, 300.0] {
        let (mut squares, mut errors, mut wrong) = (0.0, 0.0, 0);
        const BLOCKS: usize = 500;
        for round in 0..BLOCKS {
            let sample = |x, y| f64::from(noise(x, y, round) % 1001) / 500.0 * range - range;
            let terms: Vec<dct::Term> = (0..64)
                .map(|place| {
                    let mut sum = 0.0;
                    for i in 0..64 {
                        sum += sample(i % 8, i / 8)
                            * basis(place / 8, i / 8)
                            * basis(place % 8, i % 8);
                    }
                    (place as u8, sum.round().clamp(-2048.0, 2047.0) as i16)
                })
                .collect();
            let lines = dct::inverse(&terms);
            for i in 0..64 {
                let exact = exact_inverse(&terms, i % 8, i / 8).round();
                let error = f64::from(lines[i / 8][i % 8]) - exact;
                assert!(error.abs() <= 1.0);
                squares += error * error;
                errors += error;
                wrong += usize::from(error != 0.0);
            }
        }
        let samples = (BLOCKS * 64) as f64;
        assert!(squares / samples < 0.02, "{range}: {wrong} wrong");
        assert!((errors / samples).abs() < 0.0015, "{range}: {errors}");
    }
}

#[test]
fn the_forward_transform_is_the_inverse_of_the_inverse() {
    let mut lines = [[0i16; 8]; 8];
    for (i, value) in lines.as_flattened_mut().iter_mut().enumerate() {
        *value = (noise(i, 3, 3) % 511) as i16 - 255;
    }
    let found = dct::forward(&lines);
    for (u, row) in found.iter().enumerate() {
        for (v, value) in row.iter().enumerate() {
            let exact: f64 = (0..64)
                .map(|i| f64::from(lines[i / 8][i % 8]) * basis(v, i / 8) * basis(u, i % 8))
                .sum();
            let scale = |k: usize| f64::from(dct::FORWARD_SCALE[k]) / 65536.0;
            let value = f64::from(*value) / 8.0 / scale(u) / scale(v);
            assert!((value - exact).abs() < 4.0, "{u} {v}: {value} {exact}");
        }
    }
}

/// A QCIF picture of one group: its header, then `bits`.
fn group_with(bits: &[&str]) -> Vec<u8> {
    let mut writer = BitWriter::default();
    for text in ["0000 0000 0000 0001 0000 00000 000011 0"]
        .iter()
        .chain(&["0000 0000 0000 0001 0001 00101 1 10101010 0"])
        .chain(bits)
    {
        for digit in text.bytes().filter(|digit| *digit != b' ') {
            writer.write(u32::from(digit - b'0'), 1);
        }
    }
    writer.finish().to_vec()
}

#[test]
fn stuffing_and_extension_are_ignored() {
    const STUFFING: &str = "0000 0001 111";
    const INTRA: &str = "1 0001";
    // DC 64 gives 512 / 8 samples, and the end of the block.
    const BLOCK: &str = "0100 0000 10";
    let stream = group_with(&[
        STUFFING, STUFFING, INTRA, BLOCK, BLOCK, BLOCK, BLOCK, BLOCK, BLOCK, STUFFING,
    ]);
    let mut decoder = H261Decoder::new();
    // One macroblock of 99 is not worth showing.
    assert!(decoder.decode_elementary(&stream).is_err());
    for _ in 0..150 {
        let _ = decoder.decode_elementary(&stream);
    }
    let shown = decoder.decode_elementary(&stream).unwrap().unwrap();
    assert_eq!((shown.y[0], shown.y[15], shown.y[16]), (64, 64, 16));
    assert_eq!((shown.u[0], shown.u[8]), (64, 128));
}

#[test]
fn the_filter_has_the_response_of_the_standard() {
    let size = PictureSize::QCIF;
    let mut reference = Picture::filled(size, 0, 0, 0);
    // A dot inside a block, one in its corner and one at its edge.
    let width = reference.width();
    for (x, y) in [(3, 3), (8, 0), (4, 8)] {
        reference.y[y * width + x] = 160;
    }
    let mut filtered = reference.clone();
    let place = macroblock::Place::new(1, 1);
    macroblock::predict(
        &reference,
        &mut filtered,
        place,
        macroblock::Vector::ZERO,
        true,
    );
    let at = |x: usize, y: usize| filtered.y[y * width + x];
    assert_eq!([at(3, 3), at(2, 3), at(3, 4), at(4, 4)], [40, 20, 20, 10]);
    // The corner keeps its value; its neighbours along the edges take a quarter of it.
    assert_eq!([at(8, 0), at(9, 0), at(8, 1), at(9, 1)], [160, 40, 40, 10]);
    assert_eq!([at(7, 0), at(4, 7)], [0, 0]);
    assert_eq!([at(4, 8), at(3, 8), at(4, 9)], [80, 40, 20]);
}

#[test]
fn readers_see_the_bits_between_their_ends() {
    let mut octets = vec![0b1010_1100, 0b0101_0011];
    octets.extend([0; PADDING]);
    let mut reader = BitReader::new(&octets, 3, 13);
    assert_eq!(reader.read(10), 0b01_1000_1010);
    assert!(!reader.overrun() && reader.has_fewer_than(1));
}

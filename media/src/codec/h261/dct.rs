//! Discrete cosine transforms of 8×8 blocks (H.261 §3.2.4).
//!
//! Both are written as operations on rows of eight values, which the compiler turns into vector
//! instructions. The forward one is fast and fair, because its errors cost only bits. The inverse
//! one is accurate, because encoder and decoder must agree on it, and its work grows with the
//! number of coefficients, because most blocks have few.

/// Eight values side by side.
pub type Row = [i16; 8];

/// 2^14 · C(u)/2 · cos((2x+1)uπ/16): row u, column x.
const BASIS: [Row; 8] = [
    [5793, 5793, 5793, 5793, 5793, 5793, 5793, 5793],
    [8035, 6811, 4551, 1598, -1598, -4551, -6811, -8035],
    [7568, 3135, -3135, -7568, -7568, -3135, 3135, 7568],
    [6811, -1598, -8035, -4551, 4551, 8035, 1598, -6811],
    [5793, -5793, -5793, 5793, 5793, -5793, -5793, 5793],
    [4551, -8035, 1598, 6811, -6811, -1598, 8035, -4551],
    [3135, -7568, 7568, -3135, -3135, 7568, -7568, 3135],
    [1598, -4551, 6811, -8035, 8035, -6811, 4551, -1598],
];
const BASIS_BITS: u32 = 14;
/// Fractional bits kept between rows and columns: as many as 16-bit values leave room for.
const BETWEEN_BITS: u32 = 5;

/// A coefficient to transform: row × 8 + column below 64, and its reconstruction level.
pub type Term = (u8, i16);

/// The inverse transform of a sum of terms, each place at most once.
pub fn inverse(terms: &[Term]) -> [Row; 8] {
    if let [(0, dc)] = terms {
        return [[(dc + 4) >> 3; 8]; 8];
    }
    let mut rows = [[0i32; 8]; 8];
    let mut used = 0u8;
    for &(place, value) in terms {
        let row = &mut rows[usize::from(place >> 3 & 7)];
        let basis = &BASIS[usize::from(place & 7)];
        for x in 0..8 {
            row[x] += i32::from(value) * i32::from(basis[x]);
        }
        used |= 1 << (place >> 3);
    }
    const SHIFT: u32 = BASIS_BITS + BETWEEN_BITS;
    // Even rows of coefficients give the same to line y and line 7 - y, odd rows the opposite.
    let mut even = [[1i32 << (SHIFT - 1); 8]; 4];
    let mut odd = [[0i32; 8]; 4];
    for v in 0..8 {
        if used >> v & 1 == 0 {
            continue;
        }
        let mut between = [0i16; 8];
        for x in 0..8 {
            let rounded = (rows[v][x] + (1 << (BASIS_BITS - BETWEEN_BITS - 1)))
                >> (BASIS_BITS - BETWEEN_BITS);
            between[x] = rounded.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        }
        let sums = if v % 2 == 0 { &mut even } else { &mut odd };
        for y in 0..4 {
            for x in 0..8 {
                sums[y][x] += i32::from(between[x]) * i32::from(BASIS[v][y]);
            }
        }
    }
    let mut lines = [[0i16; 8]; 8];
    for y in 0..4 {
        for x in 0..8 {
            lines[y][x] = ((even[y][x] + odd[y][x]) >> SHIFT) as i16;
            lines[7 - y][x] = ((even[y][x] - odd[y][x]) >> SHIFT) as i16;
        }
    }
    lines
}

/// 2^16 · √2 · cos(kπ/16) with k = 0 as 1: [`forward`] gives coefficients larger than the
/// standard's by eight times this for the row and this for the column.
pub const FORWARD_SCALE: [u32; 8] = [65536, 90901, 85627, 77062, 65536, 51491, 35468, 18081];

/// The scaled forward transform (Arai, Agui and Nakajima) of values from −255 to 255.
/// The result is transposed: row u holds the coefficients of horizontal frequency u.
pub fn forward(lines: &[Row; 8]) -> [Row; 8] {
    columns(&transpose(&columns(lines)))
}

/// The transform of the eight columns side by side.
fn columns(d: &[Row; 8]) -> [Row; 8] {
    // Factors in units of 1/65536; those of a half and more are kept as what exceeds one.
    const HALF_ROOT: i16 = (46341 - 65536) as i16;
    const SIN_PI_8: i16 = 25080;
    const DIFFERENCE: i16 = (35468 - 65536) as i16;
    const SUM: i16 = 20091;
    let scale = |a: i16, factor: i16| ((i32::from(a) * i32::from(factor)) >> 16) as i16;
    let add = i16::wrapping_add;
    let subtract = i16::wrapping_sub;

    let mut out = [[0; 8]; 8];
    for x in 0..8 {
        let (s0, d7) = (add(d[0][x], d[7][x]), subtract(d[0][x], d[7][x]));
        let (s1, d6) = (add(d[1][x], d[6][x]), subtract(d[1][x], d[6][x]));
        let (s2, d5) = (add(d[2][x], d[5][x]), subtract(d[2][x], d[5][x]));
        let (s3, d4) = (add(d[3][x], d[4][x]), subtract(d[3][x], d[4][x]));

        let (e0, e3) = (add(s0, s3), subtract(s0, s3));
        let (e1, e2) = (add(s1, s2), subtract(s1, s2));
        let turned = add(e2, e3);
        let turned = add(scale(turned, HALF_ROOT), turned);

        let (o0, o1, o2) = (add(d4, d5), add(d5, d6), add(d6, d7));
        let common = scale(subtract(o0, o2), SIN_PI_8);
        let z2 = add(add(scale(o0, DIFFERENCE), o0), common);
        let z4 = add(add(scale(o2, SUM), o2), common);
        let z3 = add(scale(o1, HALF_ROOT), o1);
        let (z11, z13) = (add(d7, z3), subtract(d7, z3));

        out[0][x] = add(e0, e1);
        out[1][x] = add(z11, z4);
        out[2][x] = add(e3, turned);
        out[3][x] = subtract(z13, z2);
        out[4][x] = subtract(e0, e1);
        out[5][x] = add(z13, z2);
        out[6][x] = subtract(e3, turned);
        out[7][x] = subtract(z11, z4);
    }
    out
}

fn transpose(rows: &[Row; 8]) -> [Row; 8] {
    fn round(r: &[Row; 8]) -> [Row; 8] {
        let low = |a: Row, b: Row| [a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3]];
        let high = |a: Row, b: Row| [a[4], b[4], a[5], b[5], a[6], b[6], a[7], b[7]];
        [
            low(r[0], r[4]),
            high(r[0], r[4]),
            low(r[1], r[5]),
            high(r[1], r[5]),
            low(r[2], r[6]),
            high(r[2], r[6]),
            low(r[3], r[7]),
            high(r[3], r[7]),
        ]
    }
    round(&round(&round(rows)))
}

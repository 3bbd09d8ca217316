//! The variable-length codes of H.261 (03/93), written as the standard prints them, and the
//! lookups made of them at compile time.

/// One code word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The code word in the lowest bits.
    pub bits: u16,
    /// Its length; 0 where there is no code word.
    pub length: u8,
}

impl Code {
    const NONE: Code = Code { bits: 0, length: 0 };

    /// From zeros and ones, spaces ignored.
    const fn parse(text: &str) -> Code {
        let text = text.as_bytes();
        let mut code = Code::NONE;
        let mut i = 0;
        while i < text.len() {
            if text[i] != b' ' {
                code.bits = code.bits << 1 | (text[i] - b'0') as u16;
                code.length += 1;
            }
            i += 1;
        }
        code
    }
}

const fn parse_all<const N: usize>(texts: [&str; N]) -> [Code; N] {
    let mut codes = [Code::NONE; N];
    let mut i = 0;
    while i < N {
        codes[i] = Code::parse(texts[i]);
        i += 1;
    }
    codes
}

/// What a lookup gives for the next bits: a value and the length of its code word, 0 if none.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The decoded value.
    pub value: i8,
    /// Bits of the code word; 0 where no code word starts like this.
    pub length: u8,
}

/// A table over the next `width` bits (2^width = M) for `codes`, code i meaning `first` + i.
const fn lookup<const N: usize, const M: usize>(codes: &[Code; N], first: i8) -> [Entry; M] {
    let width = M.trailing_zeros();
    let mut entries = [Entry {
        value: 0,
        length: 0,
    }; M];
    let mut i = 0;
    while i < N {
        let code = codes[i];
        if code.length > 0 {
            let spare = width - code.length as u32;
            let mut j = 0;
            while j < 1 << spare {
                entries[((code.bits as usize) << spare) + j] = Entry {
                    value: first + i as i8,
                    length: code.length,
                };
                j += 1;
            }
        }
        i += 1;
    }
    entries
}

/// Value of [`MBA_LOOKUP`] for MBA stuffing.
pub const MBA_STUFFING: i8 = 34;

/// Table 1: macroblock address differences 1 to 33, then MBA stuffing.
pub const MBA: [Code; 34] = parse_all([
    "1",
    "011",
    "010",
    "0011",
    "0010",
    "0001 1",
    "0001 0",
    "0000 111",
    "0000 110",
    "0000 1011",
    "0000 1010",
    "0000 1001",
    "0000 1000",
    "0000 0111",
    "0000 0110",
    "0000 0101 11",
    "0000 0101 10",
    "0000 0101 01",
    "0000 0101 00",
    "0000 0100 11",
    "0000 0100 10",
    "0000 0100 011",
    "0000 0100 010",
    "0000 0100 001",
    "0000 0100 000",
    "0000 0011 111",
    "0000 0011 110",
    "0000 0011 101",
    "0000 0011 100",
    "0000 0011 011",
    "0000 0011 010",
    "0000 0011 001",
    "0000 0011 000",
    "0000 0001 111",
]);

/// [`MBA`] by the next 11 bits: 1 to 33, or [`MBA_STUFFING`].
pub static MBA_LOOKUP: [Entry; 1 << 11] = lookup(&MBA, 1);

/// Table 3: motion vector differences −16 to 15; each code also means the value 32 away.
pub const MVD: [Code; 32] = parse_all([
    "0000 0011 001",
    "0000 0011 011",
    "0000 0011 101",
    "0000 0011 111",
    "0000 0100 001",
    "0000 0100 011",
    "0000 0100 11",
    "0000 0101 01",
    "0000 0101 11",
    "0000 0111",
    "0000 1001",
    "0000 1011",
    "0000 111",
    "0001 1",
    "0011",
    "011",
    "1",
    "010",
    "0010",
    "0001 0",
    "0000 110",
    "0000 1010",
    "0000 1000",
    "0000 0110",
    "0000 0101 10",
    "0000 0101 00",
    "0000 0100 10",
    "0000 0100 010",
    "0000 0100 000",
    "0000 0011 110",
    "0000 0011 100",
    "0000 0011 010",
]);

/// [`MVD`] by the next 11 bits.
pub static MVD_LOOKUP: [Entry; 1 << 11] = lookup(&MVD, -16);

/// Table 4: coded block patterns 0 (which has no code) to 63.
pub const CBP: [Code; 64] = parse_all([
    "",
    "0101 1",
    "0100 1",
    "0011 01",
    "1101",
    "0010 111",
    "0010 011",
    "0001 1111",
    "1100",
    "0010 110",
    "0010 010",
    "0001 1110",
    "1001 1",
    "0001 1011",
    "0001 0111",
    "0001 0011",
    "1011",
    "0010 101",
    "0010 001",
    "0001 1101",
    "1000 1",
    "0001 1001",
    "0001 0101",
    "0001 0001",
    "0011 11",
    "0000 1111",
    "0000 1101",
    "0000 0001 1",
    "0111 1",
    "0000 1011",
    "0000 0111",
    "0000 0011 1",
    "1010",
    "0010 100",
    "0010 000",
    "0001 1100",
    "0011 10",
    "0000 1110",
    "0000 1100",
    "0000 0001 0",
    "1000 0",
    "0001 1000",
    "0001 0100",
    "0001 0000",
    "0111 0",
    "0000 1010",
    "0000 0110",
    "0000 0011 0",
    "1001 0",
    "0001 1010",
    "0001 0110",
    "0001 0010",
    "0110 1",
    "0000 1001",
    "0000 0101",
    "0000 0010 1",
    "0110 0",
    "0000 1000",
    "0000 0100",
    "0000 0010 0",
    "111",
    "0101 0",
    "0100 0",
    "0011 00",
]);

/// [`CBP`] by the next 9 bits.
pub static CBP_LOOKUP: [Entry; 1 << 9] = lookup(&CBP, 0);

/// Figure 12: the order in which coefficients are sent, as row × 8 + column.
pub const SCAN: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Table 5 by run: the codes, without the sign bit, of levels 1, 2, 3 … Level 1 of run 0 is "1"
/// where it comes first in a block of an INTER macroblock.
const TCOEFF_TEXT: [&[&str]; 27] = [
    &[
        "11",
        "0100",
        "0010 1",
        "0000 110",
        "0010 0110",
        "0010 0001",
        "0000 0010 10",
        "0000 0001 1101",
        "0000 0001 1000",
        "0000 0001 0011",
        "0000 0001 0000",
        "0000 0000 1101 0",
        "0000 0000 1100 1",
        "0000 0000 1100 0",
        "0000 0000 1011 1",
    ],
    &[
        "011",
        "0001 10",
        "0010 0101",
        "0000 0011 00",
        "0000 0001 1011",
        "0000 0000 1011 0",
        "0000 0000 1010 1",
    ],
    &[
        "0101",
        "0000 100",
        "0000 0010 11",
        "0000 0001 0100",
        "0000 0000 1010 0",
    ],
    &["0011 1", "0010 0100", "0000 0001 1100", "0000 0000 1001 1"],
    &["0011 0", "0000 0011 11", "0000 0001 0010"],
    &["0001 11", "0000 0010 01", "0000 0000 1001 0"],
    &["0001 01", "0000 0001 1110"],
    &["0001 00", "0000 0001 0101"],
    &["0000 111", "0000 0001 0001"],
    &["0000 101", "0000 0000 1000 1"],
    &["0010 0111", "0000 0000 1000 0"],
    &["0010 0011"],
    &["0010 0010"],
    &["0010 0000"],
    &["0000 0011 10"],
    &["0000 0011 01"],
    &["0000 0010 00"],
    &["0000 0001 1111"],
    &["0000 0001 1010"],
    &["0000 0001 1001"],
    &["0000 0001 0111"],
    &["0000 0001 0110"],
    &["0000 0000 1111 1"],
    &["0000 0000 1111 0"],
    &["0000 0000 1110 1"],
    &["0000 0000 1110 0"],
    &["0000 0000 1101 1"],
];

/// End of block.
pub const EOB: Code = Code::parse("10");
/// Precedes a run of 6 bits and a level of 8 bits.
pub const ESCAPE: Code = Code::parse("0000 01");

/// Codes of run × 16 + level, without the sign bit, for runs to 63 and levels to 15.
pub static TCOEFF: [Code; 64 * 16] = {
    let mut codes = [Code::NONE; 64 * 16];
    let mut run = 0;
    while run < TCOEFF_TEXT.len() {
        let mut level = 1;
        while level <= TCOEFF_TEXT[run].len() {
            codes[run * 16 + level] = Code::parse(TCOEFF_TEXT[run][level - 1]);
            level += 1;
        }
        run += 1;
    }
    codes
};

/// A decoded coefficient code.
#[derive(Debug, Clone, Copy)]
pub struct Coefficient {
    /// Zeros before it, or [`RUN_EOB`] or [`RUN_ESCAPE`].
    pub run: u8,
    /// Its signed level.
    pub level: i8,
    /// Bits of the code with the sign; 0 where no code starts like this.
    pub length: u8,
}

/// Run of [`Coefficient`] that means the end of the block.
pub const RUN_EOB: u8 = 64;
/// Run of [`Coefficient`] that means the escape.
pub const RUN_ESCAPE: u8 = 65;

/// By the next 9 bits, of codes that start with fewer than six zeros.
static SHORT: [Coefficient; 1 << 9] = coefficients(9, 0);
/// By the 8 bits after six zeros.
static LONG: [Coefficient; 1 << 8] = coefficients(14, 6);

/// Entries of the codes that fit in `width` bits, for indices without the first `zeros` bits.
const fn coefficients<const M: usize>(width: u32, zeros: u32) -> [Coefficient; M] {
    let mut entries = [Coefficient {
        run: 0,
        level: 0,
        length: 0,
    }; M];
    let mut index = 0;
    while index < TCOEFF.len() + 2 {
        let (code, run, sign) = if index < TCOEFF.len() {
            (TCOEFF[index], (index / 16) as u8, 1)
        } else if index == TCOEFF.len() {
            (EOB, RUN_EOB, 0)
        } else {
            (ESCAPE, RUN_ESCAPE, 0)
        };
        let length = code.length as u32 + sign;
        let long = code.bits >> (code.length - if code.length < 6 { code.length } else { 6 }) == 0;
        if code.length > 0 && long == (zeros > 0) {
            let spare = width - length;
            let mut j = 0;
            while j < 1 << (spare + sign) {
                let negative = sign == 1 && j >> spare == 1;
                let level = (index % 16) as i8;
                entries[((code.bits as usize) << (spare + sign)) + j] = Coefficient {
                    run,
                    level: if negative { -level } else { level },
                    length: length as u8,
                };
                j += 1;
            }
        }
        index += 1;
    }
    entries
}

/// The coefficient code at the start of `bits`, which are the next 32.
#[inline(always)]
pub fn coefficient(bits: u32) -> Coefficient {
    if bits >> 26 != 0 {
        SHORT[(bits >> 23) as usize]
    } else {
        LONG[(bits >> 18 & 0xff) as usize]
    }
}

//! Codecs of the character string types.

use super::{Codec, Error, ErrorKind, MAX, Reader, Result, Writer};
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;

/// The characters of a known-multiplier string type.
pub trait Alphabet {
    /// Bits per character in the aligned variant.
    const BITS: u32;
    /// The code of a character, if the alphabet has it.
    fn code(c: u16) -> Option<u16>;
    /// The character of a code, if there is one.
    fn char(code: u16) -> Option<u16>;
}

/// Defines an [`Alphabet`] of fewer than 128 characters: `FROM ("...")`.
macro_rules! alphabet {
    ($(#[$meta:meta])* $name:ident = $chars:literal) => {
        $(#[$meta])*
        pub struct $name;
        impl $name {
            /// In ascending order.
            const CHARS: &'static [u8] = $chars;
        }
        impl $crate::wire::per::Alphabet for $name {
            const BITS: u32 = {
                let bits = usize::BITS - ($name::CHARS.len() - 1).leading_zeros();
                bits.next_power_of_two()
            };
            fn code(c: u16) -> Option<u16> {
                let i = $name::CHARS.iter().position(|x| u16::from(*x) == c)?;
                Some(if $name::by_value() { c } else { i as u16 })
            }
            fn char(code: u16) -> Option<u16> {
                if $name::by_value() {
                    return $name::CHARS.iter().any(|x| u16::from(*x) == code).then_some(code);
                }
                $name::CHARS.get(usize::from(code)).copied().map(u16::from)
            }
        }
        impl $name {
            /// Characters are their own codes where the largest one fits (X.691 §30.5.4).
            fn by_value() -> bool {
                let largest = $name::CHARS[$name::CHARS.len() - 1];
                u32::from(largest) < 1 << <$name as $crate::wire::per::Alphabet>::BITS
            }
        }
    };
}

alphabet!(
    /// `NumericString`.
    Numeric = b" 0123456789"
);
alphabet!(
    /// `PrintableString`.
    Printable = b" '()+,-./0123456789:=?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
);

/// `IA5String`. Octets above 127, which some endpoints send, are taken as ISO 8859-1.
pub struct Ascii;
impl Alphabet for Ascii {
    const BITS: u32 = 8;
    fn code(c: u16) -> Option<u16> {
        (c < 256).then_some(c)
    }
    fn char(code: u16) -> Option<u16> {
        Some(code)
    }
}

/// Memory that a growing `String` takes for each character of ISO 8859-1: up to two octets, in a
/// buffer that doubles and is copied.
const STRING_GROWTH: usize = 6;
/// The same for a vector of UCS-2 characters.
const UCS2_GROWTH: usize = 6;
/// The smallest buffers that a string or vector takes, whatever it holds.
const BUFFER_MIN: usize = 8;

fn encode_chars<A: Alphabet>(chars: &[u16], lb: usize, ub: usize, w: &mut Writer) -> Result<()> {
    w.lengths(chars.len(), lb, ub, |w, range| {
        if chars_aligned::<A>(lb, ub) && !range.is_empty() {
            w.align();
        }
        chars[range].iter().try_for_each(|c| {
            w.bits(
                A::code(*c)
                    .ok_or(Error::encoding(ErrorKind::Character))?
                    .into(),
                A::BITS,
            );
            Ok(())
        })
    })
}

fn decode_chars<A: Alphabet>(
    r: &mut Reader<'_>,
    lb: usize,
    ub: usize,
    octets_each: usize,
    mut push: impl FnMut(u16),
) -> Result<()> {
    r.lengths(lb, ub, |r, n| {
        r.charge(n * octets_each + BUFFER_MIN)?;
        if chars_aligned::<A>(lb, ub) && n > 0 {
            r.align();
        }
        (0..n).try_for_each(|_| {
            let code = r.bits(A::BITS)? as u16;
            push(A::char(code).ok_or_else(|| r.error(ErrorKind::Character))?);
            Ok(())
        })
    })
}

/// X.691 §30.5.6-30.5.7. An empty string is not aligned (§11.9.3.3): PTLib and ooh323c agree, while
/// Wireshark, OTP and pycrate align it.
fn chars_aligned<A: Alphabet>(lb: usize, ub: usize) -> bool {
    let most = ub.saturating_mul(A::BITS as usize);
    most > 16 || (most == 16 && lb != ub)
}

/// A known-multiplier string `(SIZE (LB..UB)) (FROM (A))` of 8-bit characters.
pub struct Chars<A = Ascii, const LB: usize = 0, const UB: usize = MAX>(PhantomData<A>);
impl<A: Alphabet, const LB: usize, const UB: usize> Codec for Chars<A, LB, UB> {
    type Value = String;
    fn encode(value: &String, w: &mut Writer) -> Result<()> {
        let chars: Option<Vec<u16>> = value
            .chars()
            .map(|c| u16::try_from(u32::from(c)).ok())
            .collect();
        encode_chars::<A>(
            &chars.ok_or(Error::encoding(ErrorKind::Character))?,
            LB,
            UB,
            w,
        )
    }
    fn decode(r: &mut Reader<'_>) -> Result<String> {
        let mut value = String::new();
        decode_chars::<A>(r, LB, UB, STRING_GROWTH, |c| value.push(c as u8 as char))?;
        Ok(value)
    }
    fn json(value: &String) -> Value {
        value.as_str().into()
    }
    fn initial() -> String {
        (0..LB)
            .map(|_| A::char(0).unwrap_or(0x30) as u8 as char)
            .collect()
    }
}

/// `GeneralString` and its like: octets, taken as ISO 8859-1.
pub struct General;
impl Codec for General {
    type Value = String;
    fn encode(value: &String, w: &mut Writer) -> Result<()> {
        let octets: Option<Vec<u8>> = value
            .chars()
            .map(|c| u8::try_from(u32::from(c)).ok())
            .collect();
        w.octet_string(
            &octets.ok_or(Error::encoding(ErrorKind::Character))?,
            0,
            MAX,
        )
    }
    fn decode(r: &mut Reader<'_>) -> Result<String> {
        let octets = r.octet_string(0, MAX)?;
        r.charge(octets.len() * STRING_GROWTH)?;
        Ok(octets.into_iter().map(char::from).collect())
    }
    fn json(value: &String) -> Value {
        value.as_str().into()
    }
    fn initial() -> String {
        String::new()
    }
}

/// A string of UCS-2 characters, kept as sent: some endpoints send surrogates.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct BmpString(pub Vec<u16>);

impl From<&str> for BmpString {
    fn from(s: &str) -> Self {
        BmpString(s.encode_utf16().collect())
    }
}
impl fmt::Display for BmpString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf16_lossy(&self.0))
    }
}
impl fmt::Debug for BmpString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf16_lossy(&self.0), f)
    }
}

/// `BMPString (SIZE (LB..UB))`.
pub struct Bmp<const LB: usize = 0, const UB: usize = MAX>;
struct Ucs2;
impl Alphabet for Ucs2 {
    const BITS: u32 = 16;
    fn code(c: u16) -> Option<u16> {
        Some(c)
    }
    fn char(code: u16) -> Option<u16> {
        Some(code)
    }
}
impl<const LB: usize, const UB: usize> Codec for Bmp<LB, UB> {
    type Value = BmpString;
    fn encode(value: &BmpString, w: &mut Writer) -> Result<()> {
        encode_chars::<Ucs2>(&value.0, LB, UB, w)
    }
    fn decode(r: &mut Reader<'_>) -> Result<BmpString> {
        let mut value = Vec::new();
        decode_chars::<Ucs2>(r, LB, UB, UCS2_GROWTH, |c| value.push(c))?;
        Ok(BmpString(value))
    }
    fn json(value: &BmpString) -> Value {
        value.to_string().into()
    }
    fn initial() -> BmpString {
        BmpString(vec![0x20; LB])
    }
}

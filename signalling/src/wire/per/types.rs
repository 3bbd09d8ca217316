//! Codecs of the built-in types, and the values that have no type of their own in Rust.
use super::{Codec, Error, MAX, Reader, Result, Writer};
use std::fmt;
use std::marker::PhantomData;

pub struct Bool;
impl Codec for Bool {
    type Value = bool;
    fn encode(value: &bool, w: &mut Writer) -> Result<()> {
        w.bit(*value);
        Ok(())
    }
    fn decode(r: &mut Reader<'_>) -> Result<bool> {
        r.bit()
    }
    fn initial() -> bool {
        false
    }
}

pub struct Null;
impl Codec for Null {
    type Value = ();
    fn encode(_: &(), _: &mut Writer) -> Result<()> {
        Ok(())
    }
    fn decode(_: &mut Reader<'_>) -> Result<()> {
        Ok(())
    }
    fn initial() {}
}

/// `INTEGER (LB..UB)`.
pub struct Int<T, const LB: i64, const UB: i64>(PhantomData<T>);
impl<T: Copy + Into<i64> + TryFrom<i64>, const LB: i64, const UB: i64> Codec for Int<T, LB, UB> {
    type Value = T;
    fn encode(value: &T, w: &mut Writer) -> Result<()> {
        w.constrained((*value).into(), LB, UB)
    }
    fn decode(r: &mut Reader<'_>) -> Result<T> {
        T::try_from(r.constrained(LB, UB)?).map_err(|_| Error::Constraint("integer"))
    }
    fn initial() -> T {
        match T::try_from(LB) {
            Ok(lb) => lb,
            Err(_) => unreachable!("the bounds fit the type"),
        }
    }
}

/// `INTEGER (LB..UB, ...)`.
pub struct ExtInt<const LB: i64, const UB: i64>;
impl<const LB: i64, const UB: i64> Codec for ExtInt<LB, UB> {
    type Value = i64;
    fn encode(value: &i64, w: &mut Writer) -> Result<()> {
        let root = (LB..=UB).contains(value);
        w.bit(!root);
        if root {
            return w.constrained(*value, LB, UB);
        }
        w.unconstrained(*value);
        Ok(())
    }
    fn decode(r: &mut Reader<'_>) -> Result<i64> {
        match r.bit()? {
            false => r.constrained(LB, UB),
            true => r.unconstrained(),
        }
    }
    fn initial() -> i64 {
        LB
    }
}

/// `INTEGER (LB..MAX)`.
pub struct AtLeast<const LB: u64>;
impl<const LB: u64> Codec for AtLeast<LB> {
    type Value = u64;
    fn encode(value: &u64, w: &mut Writer) -> Result<()> {
        w.semi_constrained(value.checked_sub(LB).ok_or(Error::Constraint("integer"))?);
        Ok(())
    }
    fn decode(r: &mut Reader<'_>) -> Result<u64> {
        r.semi_constrained()?
            .checked_add(LB)
            .ok_or(Error::Constraint("integer"))
    }
    fn initial() -> u64 {
        LB
    }
}

/// `INTEGER`.
pub struct AnyInt;
impl Codec for AnyInt {
    type Value = i64;
    fn encode(value: &i64, w: &mut Writer) -> Result<()> {
        w.unconstrained(*value);
        Ok(())
    }
    fn decode(r: &mut Reader<'_>) -> Result<i64> {
        r.unconstrained()
    }
    fn initial() -> i64 {
        0
    }
}

/// `OCTET STRING (SIZE (LB..UB))`.
pub struct Octets<const LB: usize = 0, const UB: usize = MAX>;
impl<const LB: usize, const UB: usize> Codec for Octets<LB, UB> {
    type Value = Vec<u8>;
    fn encode(value: &Vec<u8>, w: &mut Writer) -> Result<()> {
        w.octet_string(value, LB, UB)
    }
    fn decode(r: &mut Reader<'_>) -> Result<Vec<u8>> {
        r.octet_string(LB, UB)
    }
    fn initial() -> Vec<u8> {
        vec![0; LB]
    }
}

/// `OCTET STRING (SIZE (N))`.
pub struct OctetArray<const N: usize>;
impl<const N: usize> Codec for OctetArray<N> {
    type Value = [u8; N];
    fn encode(value: &[u8; N], w: &mut Writer) -> Result<()> {
        w.octet_string(value, N, N)
    }
    fn decode(r: &mut Reader<'_>) -> Result<[u8; N]> {
        r.octet_string(N, N)?
            .try_into()
            .map_err(|_| Error::Constraint("length"))
    }
    fn initial() -> [u8; N] {
        [0; N]
    }
}

/// A string of bits; those after the last one in `octets` are zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BitString {
    pub octets: Vec<u8>,
    pub len: usize,
}

/// `BIT STRING (SIZE (LB..UB))`.
pub struct Bits<const LB: usize = 0, const UB: usize = MAX>;
impl<const LB: usize, const UB: usize> Codec for Bits<LB, UB> {
    type Value = BitString;
    fn encode(value: &BitString, w: &mut Writer) -> Result<()> {
        if value.octets.len() != value.len.div_ceil(8) {
            return Err(Error::Constraint("length"));
        }
        w.lengths(value.len, LB, UB, |w, range| {
            if (LB != UB || UB > 16) && !range.is_empty() {
                w.align();
            }
            for start in range.clone().step_by(8) {
                let n = (range.end - start).min(8) as u32;
                w.bits(u64::from(value.octets[start / 8] >> (8 - n)), n);
            }
            Ok(())
        })
    }
    fn decode(r: &mut Reader<'_>) -> Result<BitString> {
        let mut value = BitString::default();
        r.lengths(LB, UB, |r, mut n| {
            if (LB != UB || UB > 16) && n > 0 {
                r.align();
            }
            while n > 0 {
                let take = n.min(8) as u32;
                value.octets.push((r.bits(take)? << (8 - take)) as u8);
                value.len += take as usize;
                n -= take as usize;
            }
            Ok(())
        })?;
        Ok(value)
    }
    fn initial() -> BitString {
        BitString {
            octets: vec![0; LB.div_ceil(8)],
            len: LB,
        }
    }
}

/// The characters of a known-multiplier string type.
pub trait Alphabet {
    /// Bits per character in the aligned variant.
    const BITS: u32;
    /// The code of a character, if the alphabet has it.
    fn code(c: u16) -> Option<u16>;
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

fn encode_chars<A: Alphabet>(chars: &[u16], lb: usize, ub: usize, w: &mut Writer) -> Result<()> {
    w.lengths(chars.len(), lb, ub, |w, range| {
        if chars_aligned::<A>(lb, ub) && !range.is_empty() {
            w.align();
        }
        chars[range].iter().try_for_each(|c| {
            w.bits(
                A::code(*c).ok_or(Error::Constraint("character"))?.into(),
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
    mut push: impl FnMut(u16),
) -> Result<()> {
    r.lengths(lb, ub, |r, n| {
        if chars_aligned::<A>(lb, ub) && n > 0 {
            r.align();
        }
        (0..n).try_for_each(|_| {
            push(A::char(r.bits(A::BITS)? as u16).ok_or(Error::Constraint("character"))?);
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
        encode_chars::<A>(&chars.ok_or(Error::Constraint("character"))?, LB, UB, w)
    }
    fn decode(r: &mut Reader<'_>) -> Result<String> {
        let mut value = String::new();
        decode_chars::<A>(r, LB, UB, |c| value.push(c as u8 as char))?;
        Ok(value)
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
        w.octet_string(&octets.ok_or(Error::Constraint("character"))?, 0, MAX)
    }
    fn decode(r: &mut Reader<'_>) -> Result<String> {
        Ok(r.octet_string(0, MAX)?
            .into_iter()
            .map(char::from)
            .collect())
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
        decode_chars::<Ucs2>(r, LB, UB, |c| value.push(c))?;
        Ok(BmpString(value))
    }
    fn initial() -> BmpString {
        BmpString(vec![0x20; LB])
    }
}

/// An OBJECT IDENTIFIER, kept as its BER contents octets.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(Vec<u8>);

impl ObjectId {
    /// From at least two arcs, the first at most 2.
    pub fn new(arcs: &[u32]) -> Self {
        let [first, second, rest @ ..] = arcs else {
            panic!("an object identifier has two arcs at least")
        };
        let mut octets = Vec::with_capacity(arcs.len() + 2);
        let mut push = |mut arc: u64| {
            let mut group = vec![(arc & 0x7f) as u8];
            while arc > 0x7f {
                arc >>= 7;
                group.push(0x80 | (arc & 0x7f) as u8);
            }
            octets.extend(group.iter().rev());
        };
        push(u64::from(*first) * 40 + u64::from(*second));
        rest.iter().for_each(|arc| push((*arc).into()));
        ObjectId(octets)
    }

    /// The arcs; those beyond 64 bits are cut.
    pub fn arcs(&self) -> Vec<u64> {
        let (mut arcs, mut arc) = (Vec::new(), 0u64);
        for octet in &self.0 {
            arc = arc << 7 | u64::from(octet & 0x7f);
            if octet & 0x80 == 0 {
                if arcs.is_empty() {
                    let first = (arc / 40).min(2);
                    arcs.push(first);
                    arc -= first * 40;
                }
                arcs.push(arc);
                arc = 0;
            }
        }
        arcs
    }
}
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arcs: Vec<String> = self.arcs().iter().map(u64::to_string).collect();
        f.write_str(&arcs.join("."))
    }
}
impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// `OBJECT IDENTIFIER`.
pub struct Oid;
impl Codec for Oid {
    type Value = ObjectId;
    fn encode(value: &ObjectId, w: &mut Writer) -> Result<()> {
        w.octet_string(&value.0, 1, MAX)
    }
    fn decode(r: &mut Reader<'_>) -> Result<ObjectId> {
        let octets = r.octet_string(1, MAX)?;
        match octets.last() {
            Some(last) if last & 0x80 == 0 => Ok(ObjectId(octets)),
            _ => Err(Error::Constraint("object identifier")),
        }
    }
    fn initial() -> ObjectId {
        ObjectId(vec![0])
    }
}

/// `SEQUENCE (SIZE (LB..UB)) OF C`, and SET OF.
pub struct SeqOf<C, const LB: usize = 0, const UB: usize = MAX>(PhantomData<C>);
impl<C: Codec, const LB: usize, const UB: usize> Codec for SeqOf<C, LB, UB> {
    type Value = Vec<C::Value>;
    fn encode(value: &Self::Value, w: &mut Writer) -> Result<()> {
        w.lengths(value.len(), LB, UB, |w, range| {
            value[range].iter().try_for_each(|v| C::encode(v, w))
        })
    }
    fn decode(r: &mut Reader<'_>) -> Result<Self::Value> {
        r.nested(|r| {
            let mut value = Vec::new();
            r.lengths(LB, UB, |r, n| {
                (0..n).try_for_each(|_| {
                    r.charge(size_of::<C::Value>().max(8))?;
                    value.push(C::decode(r)?);
                    Ok(())
                })
            })?;
            Ok(value)
        })
    }
    fn initial() -> Self::Value {
        (0..LB).map(|_| C::initial()).collect()
    }
}

/// A type that contains itself.
pub struct Boxed<C>(PhantomData<C>);
impl<C: Codec> Codec for Boxed<C> {
    type Value = Box<C::Value>;
    fn encode(value: &Self::Value, w: &mut Writer) -> Result<()> {
        C::encode(value, w)
    }
    fn decode(r: &mut Reader<'_>) -> Result<Self::Value> {
        r.charge(size_of::<C::Value>())?;
        r.nested(C::decode).map(Box::new)
    }
    fn initial() -> Self::Value {
        Box::new(C::initial())
    }
}

/// The complete encoding of a value of another type, as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenType(pub Vec<u8>);

/// An open type field.
pub struct Open;
impl Codec for Open {
    type Value = OpenType;
    fn encode(value: &OpenType, w: &mut Writer) -> Result<()> {
        w.octet_string(&value.0, 0, MAX)
    }
    fn decode(r: &mut Reader<'_>) -> Result<OpenType> {
        r.open_octets().map(OpenType)
    }
    fn initial() -> OpenType {
        OpenType::default()
    }
}

/// An alternative that a later version of the type has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    pub index: u32,
    pub encoding: Vec<u8>,
}

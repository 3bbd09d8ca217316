//! Codecs of the built-in types, and the values that have no type of their own in Rust.

use super::{Codec, Error, ErrorKind, MAX, Reader, Result, Writer};
use crate::wire::hex;
use serde_json::{Value, json};
use std::fmt;
use std::marker::PhantomData;

/// `BOOLEAN`.
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
    fn json(value: &bool) -> Value {
        (*value).into()
    }
    fn initial() -> bool {
        false
    }
}

/// `NULL`.
pub struct Null;
impl Codec for Null {
    type Value = ();
    fn encode(_: &(), _: &mut Writer) -> Result<()> {
        Ok(())
    }
    fn decode(_: &mut Reader<'_>) -> Result<()> {
        Ok(())
    }
    fn json(_: &()) -> Value {
        Value::Null
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
        T::try_from(r.constrained(LB, UB)?).map_err(|_| r.error(ErrorKind::Integer))
    }
    fn json(value: &T) -> Value {
        (*value).into().into()
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
    fn json(value: &i64) -> Value {
        (*value).into()
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
        w.semi_constrained(
            value
                .checked_sub(LB)
                .ok_or(Error::encoding(ErrorKind::Integer))?,
        );
        Ok(())
    }
    fn decode(r: &mut Reader<'_>) -> Result<u64> {
        let offset = r.semi_constrained()?;
        offset
            .checked_add(LB)
            .ok_or_else(|| r.error(ErrorKind::Integer))
    }
    fn json(value: &u64) -> Value {
        (*value).into()
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
    fn json(value: &i64) -> Value {
        (*value).into()
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
    fn json(value: &Vec<u8>) -> Value {
        hex::from_octets(value).into()
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
        let mut octets = [0; N];
        match N {
            // X.691 §17.6: up to two octets are not aligned
            0..=2 => {
                for octet in &mut octets {
                    *octet = r.bits(8)? as u8;
                }
            }
            _ => octets.copy_from_slice(r.octets(N)?),
        }
        Ok(octets)
    }
    fn json(value: &[u8; N]) -> Value {
        hex::from_octets(value).into()
    }
    fn initial() -> [u8; N] {
        [0; N]
    }
}

/// A string of bits; those after the last one in `octets` are zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BitString {
    /// The bits, most significant first.
    pub octets: Vec<u8>,
    /// In bits.
    pub len: usize,
}

/// `BIT STRING (SIZE (LB..UB))`.
pub struct Bits<const LB: usize = 0, const UB: usize = MAX>;
impl<const LB: usize, const UB: usize> Codec for Bits<LB, UB> {
    type Value = BitString;
    fn encode(value: &BitString, w: &mut Writer) -> Result<()> {
        if value.octets.len() != value.len.div_ceil(8) {
            return Err(Error::encoding(ErrorKind::Length));
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
            r.reserve(&mut value.octets, n.div_ceil(8))?;
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
    fn json(value: &BitString) -> Value {
        let digits = hex::from_octets(&value.octets);
        // A size that never varies goes without saying
        if LB == UB {
            return digits.into();
        }
        json!({"value": digits, "length": value.len})
    }
    fn initial() -> BitString {
        BitString {
            octets: vec![0; LB.div_ceil(8)],
            len: LB,
        }
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
            _ => Err(r.error(ErrorKind::ObjectIdentifier)),
        }
    }
    fn json(value: &ObjectId) -> Value {
        value.to_string().into()
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
                r.reserve(&mut value, n)?;
                (0..n).try_for_each(|_| {
                    value.push(C::decode(r)?);
                    Ok(())
                })
            })?;
            Ok(value)
        })
    }
    fn json(value: &Self::Value) -> Value {
        value.iter().map(C::json).collect()
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
    fn json(value: &Self::Value) -> Value {
        C::json(value)
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
        r.octet_string(0, MAX).map(OpenType)
    }
    fn json(value: &OpenType) -> Value {
        hex::from_octets(&value.0).into()
    }
    fn initial() -> OpenType {
        OpenType::default()
    }
}

/// An alternative that a later version of the type has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Among the alternatives after the extension marker.
    pub index: u32,
    /// The complete encoding of its value.
    pub encoding: Vec<u8>,
}

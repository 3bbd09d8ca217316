//! Aligned PER (ITU-T X.691, basic-PER, ALIGNED variant) without `unsafe`.
//!
//! A *codec* is a zero-sized marker that knows how a constrained ASN.1 type is laid out and which
//! Rust type carries its value: `Int<u8, 0, 255>` carries `u8`, `SeqOf<Alias, 1, 4>` carries
//! `Vec<Alias>`. The macros `sequence!`, `choice!` and `enumerated!` define a Rust type that is its
//! own codec, in a notation that mirrors its ASN.1.
//!
//! Decoding is safe on hostile input: nesting is bounded by [`DEPTH_MAX`], and every allocation is
//! first taken from a budget that is in proportion to the length of the message ([`Reader::new`]).

#[macro_use]
mod macros;
pub mod name;
#[macro_use]
mod strings;
mod error;
mod reader;
mod types;
mod writer;

pub use error::{Error, ErrorKind, Result};
pub use reader::{Additions, DEPTH_MAX, MEMORY_BASE, MEMORY_PER_OCTET, Reader};
pub use strings::*;
pub use types::*;
pub use writer::Writer;

use serde_json::{Map, Value};

/// No upper bound on a length.
pub const MAX: usize = usize::MAX;

/// How a type is laid out in aligned PER.
pub trait Codec {
    /// What carries a value of the type.
    type Value;
    /// Appends `value` to `w`.
    fn encode(value: &Self::Value, w: &mut Writer) -> Result<()>;
    /// Takes a value from `r`.
    fn decode(r: &mut Reader<'_>) -> Result<Self::Value>;
    /// The value a freshly made message starts from: zero, empty, or the first alternative.
    fn initial() -> Self::Value;
    /// `value` in JSON: members by their ASN.1 names, octets in hexadecimal digits.
    fn json(value: &Self::Value) -> Value;
}

/// A component of a SEQUENCE: a [`Codec`], or one wrapped in [`Opt`].
pub trait Component {
    /// Whether a bit says that the component is there.
    const OPTIONAL: bool;
    /// What carries a value of the component.
    type Value;
    /// As [`Codec::initial`]; an optional component starts absent.
    fn initial() -> Self::Value;
    /// Whether `value` is there.
    fn present(value: &Self::Value) -> bool;
    /// Appends `value`, if it is there, to `w`.
    fn encode(value: &Self::Value, w: &mut Writer) -> Result<()>;
    /// Takes a value from `r` if it is `present`.
    fn decode(r: &mut Reader<'_>, present: bool) -> Result<Self::Value>;
    /// Adds `value`, if it is there, to `members`.
    fn json(value: &Self::Value, name: &str, members: &mut Map<String, Value>);
}

impl<C: Codec> Component for C {
    const OPTIONAL: bool = false;
    type Value = C::Value;
    fn initial() -> C::Value {
        C::initial()
    }
    fn present(_: &C::Value) -> bool {
        true
    }
    fn encode(value: &C::Value, w: &mut Writer) -> Result<()> {
        C::encode(value, w)
    }
    fn decode(r: &mut Reader<'_>, _: bool) -> Result<C::Value> {
        C::decode(r)
    }
    fn json(value: &C::Value, name: &str, members: &mut Map<String, Value>) {
        members.insert(name.into(), C::json(value));
    }
}

/// An OPTIONAL component.
pub struct Opt<C>(std::marker::PhantomData<C>);

impl<C: Codec> Component for Opt<C> {
    const OPTIONAL: bool = true;
    type Value = Option<C::Value>;
    fn initial() -> Self::Value {
        None
    }
    fn present(value: &Self::Value) -> bool {
        value.is_some()
    }
    fn encode(value: &Self::Value, w: &mut Writer) -> Result<()> {
        value.as_ref().map_or(Ok(()), |v| C::encode(v, w))
    }
    fn decode(r: &mut Reader<'_>, present: bool) -> Result<Self::Value> {
        present.then(|| C::decode(r)).transpose()
    }
    fn json(value: &Self::Value, name: &str, members: &mut Map<String, Value>) {
        if let Some(value) = value {
            members.insert(name.into(), C::json(value));
        }
    }
}

/// A type that is its own codec: what the macros define.
pub trait Pdu: Codec<Value = Self> + Sized {
    /// The complete encoding (X.691 §11.1): at least one octet.
    fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut w = Writer::new();
        Self::encode(self, &mut w)?;
        Ok(w.finish())
    }

    /// Decodes a complete encoding; octets after it are ignored, as X.691 receivers may.
    fn from_bytes(octets: &[u8]) -> Result<Self> {
        Self::decode(&mut Reader::new(octets)).map_err(|e| {
            let path = std::any::type_name::<Self>();
            e.within(path.rsplit("::").next().unwrap_or(path))
        })
    }

    /// The value in JSON: members by their ASN.1 names, absent ones left out, a CHOICE as an object
    /// of one member, octets in hexadecimal digits, NULL as null.
    fn to_json(&self) -> Value {
        Self::json(self)
    }
}

impl<T: Codec<Value = T>> Pdu for T {}

#[cfg(test)]
mod tests {
    use super::*;

    sequence! { Ack { number: Int<u8, 0, 255>, ..., call_id as "callID": Opt<Octets> } }
    choice! { Answer { Ack(Ack), Nothing as "none", ..., Late } }

    #[test]
    fn a_sequence_with_an_addition() {
        let ack = Ack {
            number: 3,
            call_id: Some(vec![0xff]),
        };
        let octets = ack.to_bytes().unwrap();
        assert_eq!(octets, [0x80, 3, 0x01, 2, 1, 0xff]);
        assert_eq!(
            ack.to_json(),
            serde_json::json!({"number": 3, "callID": "ff"})
        );
        assert_eq!(Ack::from_bytes(&octets), Ok(ack));
    }

    #[test]
    fn errors_say_where() {
        let error = Ack::from_bytes(&[0x80, 3, 0x01, 2, 9, 0xff]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Truncated);
        assert_eq!((error.at_bit, error.what), (40, "callID"));
        assert_eq!(Answer::from_bytes(&[]).unwrap_err().what, "Answer");
    }

    #[test]
    fn an_unknown_alternative_is_kept() {
        let octets = [0x85, 2, 0xaa, 0xbb];
        let answer = Answer::from_bytes(&octets).unwrap();
        assert_eq!(answer.to_json(), serde_json::json!({"_ext_5": "aabb"}));
        assert_eq!(answer.to_bytes().unwrap(), octets);
        assert_eq!(Answer::Nothing.to_json(), serde_json::json!({"none": null}));
        assert_eq!(Answer::default(), Answer::Ack(Ack::default()));
        assert_eq!(
            Answer::Late.to_bytes().and_then(|o| Answer::from_bytes(&o)),
            Ok(Answer::Late)
        );
    }
}

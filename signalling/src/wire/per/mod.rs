//! Aligned PER (ITU-T X.691, basic-PER, ALIGNED variant) without dependencies and without `unsafe`.
//!
//! A *codec* is a zero-sized marker that knows how a constrained ASN.1 type is laid out and which
//! Rust type carries its value: `Int<u8, 0, 255>` carries `u8`, `SeqOf<Alias, 1, 4>` carries
//! `Vec<Alias>`. The [`sequence!`], [`choice!`] and [`enumerated!`] macros define a Rust type that
//! is its own codec, in a notation that mirrors the ASN.1 it was generated from.
//!
//! Decoding is safe on hostile input: every length is checked against the octets that are left
//! before anything is allocated, nesting is bounded by [`Limits::depth`], and the memory taken by
//! decoded lists is bounded by [`Limits::memory`].

#[macro_use]
mod macros;
mod reader;
#[macro_use]
mod types;
mod writer;

pub use reader::{Additions, Limits, Reader};
pub use types::*;
pub use writer::Writer;

/// No upper bound on a length.
pub const MAX: usize = usize::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The octets end before the value does.
    Truncated,
    /// A value lies outside its constraint; names the kind of value.
    Constraint(&'static str),
    /// A CHOICE index or ENUMERATED value that the (inextensible) type does not have.
    UnknownAlternative,
    /// Nested deeper than [`Limits::depth`].
    TooDeep,
    /// Decoded value larger than [`Limits::memory`].
    TooLarge,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Truncated => f.write_str("the encoding is truncated"),
            Error::Constraint(what) => write!(f, "{what} outside its constraint"),
            Error::UnknownAlternative => f.write_str("unknown alternative of an inextensible type"),
            Error::TooDeep => f.write_str("nested too deeply"),
            Error::TooLarge => f.write_str("decoded value too large"),
        }
    }
}

impl std::error::Error for Error {}

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How a type is laid out in aligned PER.
pub trait Codec {
    type Value;
    fn encode(value: &Self::Value, w: &mut Writer) -> Result<()>;
    fn decode(r: &mut Reader<'_>) -> Result<Self::Value>;
    /// The value a freshly made message starts from: zero, empty, or the first alternative.
    fn initial() -> Self::Value;
}

/// A component of a SEQUENCE: a [`Codec`], or one wrapped in [`Opt`].
pub trait Component {
    const OPTIONAL: bool;
    type Value;
    fn initial() -> Self::Value;
    fn present(value: &Self::Value) -> bool;
    fn encode(value: &Self::Value, w: &mut Writer) -> Result<()>;
    fn decode(r: &mut Reader<'_>, present: bool) -> Result<Self::Value>;
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
        Self::decode(&mut Reader::new(octets))
    }
}

impl<T: Codec<Value = T>> Pdu for T {}

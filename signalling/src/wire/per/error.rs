//! Why a message does not decode or encode, and where.

use std::fmt;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The octets end before the value does.
    Truncated,
    /// An integer or index outside its constraint.
    Integer,
    /// A length outside its constraint.
    Length,
    /// A character that the alphabet does not have.
    Character,
    /// An object identifier that does not end.
    ObjectIdentifier,
    /// A CHOICE index or ENUMERATED value that the (inextensible) type does not have.
    UnknownAlternative,
    /// Nested deeper than [`DEPTH_MAX`](super::DEPTH_MAX).
    TooDeep,
    /// The value would take more memory than a message of this length may.
    TooLarge,
}

/// What is wrong, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Bits from the start of the message to where decoding stopped; 0 when encoding.
    pub at_bit: u32,
    /// The ASN.1 name of the innermost component at hand, or the type.
    pub what: &'static str,
}

/// What encoding and decoding give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of the encoder.
    pub(crate) fn encoding(kind: ErrorKind) -> Self {
        Error {
            kind,
            at_bit: 0,
            what: "",
        }
    }

    /// The same error, said to be in `what` if no inner element was named.
    pub(crate) fn within(mut self, what: &'static str) -> Self {
        if self.what.is_empty() {
            self.what = what;
        }
        self
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ErrorKind::Truncated => "truncated",
            ErrorKind::Integer => "integer outside its constraint",
            ErrorKind::Length => "length outside its constraint",
            ErrorKind::Character => "character outside its alphabet",
            ErrorKind::ObjectIdentifier => "object identifier without an end",
            ErrorKind::UnknownAlternative => "unknown alternative of an inextensible type",
            ErrorKind::TooDeep => "nested too deeply",
            ErrorKind::TooLarge => "too large for the length of the message",
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at bit {}: {}", self.what, self.at_bit, self.kind)
    }
}

impl std::error::Error for Error {}

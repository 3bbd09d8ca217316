//! What can be wrong with what a peer sends, by whose fault, and what the wire says about it.

use crate::call::ReleaseCause;
use crate::call::state::CallState;
use crate::call::timers::TimerKind;
use crate::wire::{per, q931};
use std::fmt;

/// Something wrong that does not by itself end a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The octets are no packets (RFC 1006): the connection cannot be followed any more.
    NotTpkt,
    /// A packet that is not a Q.931 message.
    MalformedQ931(q931::Error),
    /// A message that is not the ASN.1 type it must be, by that type's name.
    MalformedAsn1(&'static str, per::Error),
    /// A Q.931 message that the call's state does not allow.
    OutOfState(CallState, q931::MessageType),
    /// An H.245 message that makes no sense now.
    Unexpected(&'static str),
    /// More than we keep: the limit's name.
    TooMany(&'static str),
    /// The peer did not answer in time.
    TimedOut(TimerKind),
    /// Something of ours does not fit the wire, by the type's name; an alias too long, say.
    Unencodable(&'static str),
}

impl From<&Error> for ReleaseCause {
    fn from(error: &Error) -> Self {
        match error {
            Error::NotTpkt
            | Error::MalformedQ931(_)
            | Error::MalformedAsn1(..)
            | Error::OutOfState(..)
            | Error::Unexpected(_) => ReleaseCause::ProtocolError,
            Error::TooMany(_) | Error::Unencodable(_) => ReleaseCause::ResourceUnavailable,
            Error::TimedOut(timer) => ReleaseCause::TimedOut(*timer),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotTpkt => f.write_str("not a sequence of TPKT packets"),
            Error::MalformedQ931(error) => write!(f, "malformed Q.931 message: {error:?}"),
            Error::MalformedAsn1(what, error) => write!(f, "malformed {what}: {error}"),
            Error::OutOfState(state, message) => write!(f, "{message:?} in state {state:?}"),
            Error::Unexpected(what) => write!(f, "unexpected {what}"),
            Error::TooMany(what) => write!(f, "too many {what}"),
            Error::TimedOut(timer) => write!(f, "no answer before {timer:?}"),
            Error::Unencodable(what) => write!(f, "cannot encode {what}"),
        }
    }
}

impl std::error::Error for Error {}

//! Why a call ends: our word for it, the H.225.0 reason, and the Q.931 cause (H.225.0 table 5).

use crate::call::timers::TimerKind;
use crate::wire::h225::ReleaseCompleteReason as Reason;
use serde::{Deserialize, Serialize};

/// Why an incoming call is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such conference.
    UnknownRoom,
    /// The conference has all the participants it may have.
    Full,
    /// The conference takes nobody else in.
    Locked,
    /// The PIN is missing or wrong.
    WrongPin,
    /// The called user is in another call.
    Busy,
    /// The caller may not do this.
    NoPermission,
    /// No ports, no processing power left.
    ResourceUnavailable,
}

/// Why a call ended, or is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReleaseCause {
    /// Somebody hung up.
    Normal,
    /// The called user is in another call, or the conference is full.
    Busy,
    /// The called user did not answer.
    NoAnswer,
    /// The called user, or the operator, said no.
    Rejected,
    /// Nobody has the called address.
    UnknownDestination,
    /// The address cannot be parsed.
    BadAddress,
    /// The called host cannot be reached.
    Unreachable,
    /// The call is not allowed.
    NoPermission,
    /// Something ran out at the called side.
    ResourceUnavailable,
    /// The network has no bandwidth.
    NoBandwidth,
    /// A message that cannot be understood.
    ProtocolError,
    /// The signalling connection closed without a word.
    ConnectionLost,
    /// The H.245 connection closed and was not restored.
    ControlLost,
    /// The peer went silent.
    TimedOut(TimerKind),
    /// Another Q.931 cause value that the peer gave.
    Other(u8),
}

impl From<Refusal> for ReleaseCause {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownRoom => ReleaseCause::UnknownDestination,
            Refusal::Full | Refusal::Busy => ReleaseCause::Busy,
            Refusal::Locked => ReleaseCause::Rejected,
            Refusal::WrongPin | Refusal::NoPermission => ReleaseCause::NoPermission,
            Refusal::ResourceUnavailable => ReleaseCause::ResourceUnavailable,
        }
    }
}

impl ReleaseCause {
    /// The Q.931 cause value (Q.850 §2.2.5, without the extension bit).
    pub fn q931(self) -> u8 {
        match self {
            ReleaseCause::Normal => 16,
            ReleaseCause::Busy => 17,
            ReleaseCause::NoAnswer => 19,
            ReleaseCause::Rejected => 21,
            ReleaseCause::UnknownDestination => 1,
            ReleaseCause::BadAddress => 28,
            ReleaseCause::Unreachable => 3,
            ReleaseCause::NoPermission => 57,
            ReleaseCause::ResourceUnavailable => 42,
            ReleaseCause::NoBandwidth => 34,
            ReleaseCause::ProtocolError => 111,
            ReleaseCause::ConnectionLost => 38,
            ReleaseCause::ControlLost => 41,
            ReleaseCause::TimedOut(TimerKind::T301 | TimerKind::AnswerExpected) => 19,
            ReleaseCause::TimedOut(TimerKind::T303) => 18,
            ReleaseCause::TimedOut(_) => 102,
            ReleaseCause::Other(cause) => cause & 0x7f,
        }
    }

    /// The H.225.0 reason, where one says it; a message carries the reason or the cause, and the
    /// cause is the more precise.
    pub fn reason(self) -> Reason {
        match self {
            ReleaseCause::Normal | ReleaseCause::NoAnswer | ReleaseCause::Rejected => {
                Reason::DestinationRejection
            }
            ReleaseCause::Busy => Reason::InConf,
            ReleaseCause::UnknownDestination => Reason::CalledPartyNotRegistered,
            ReleaseCause::BadAddress => Reason::BadFormatAddress,
            ReleaseCause::Unreachable => Reason::UnreachableDestination,
            ReleaseCause::NoPermission => Reason::NoPermission,
            ReleaseCause::ResourceUnavailable => Reason::GatewayResources,
            ReleaseCause::NoBandwidth => Reason::NoBandwidth,
            ReleaseCause::ControlLost => Reason::AdaptiveBusy,
            ReleaseCause::ProtocolError
            | ReleaseCause::ConnectionLost
            | ReleaseCause::TimedOut(_)
            | ReleaseCause::Other(_) => Reason::UndefinedReason,
        }
    }

    /// From a Q.931 cause value.
    pub fn from_q931(cause: u8) -> Self {
        match cause & 0x7f {
            16 => ReleaseCause::Normal,
            17 => ReleaseCause::Busy,
            18 | 19 => ReleaseCause::NoAnswer,
            21 => ReleaseCause::Rejected,
            1 | 20 => ReleaseCause::UnknownDestination,
            28 => ReleaseCause::BadAddress,
            3 | 27 => ReleaseCause::Unreachable,
            57 => ReleaseCause::NoPermission,
            34 => ReleaseCause::NoBandwidth,
            42 | 47 => ReleaseCause::ResourceUnavailable,
            other => ReleaseCause::Other(other),
        }
    }

    /// From an H.225.0 reason (table 5).
    pub fn from_reason(reason: &Reason) -> Self {
        match reason {
            Reason::NoBandwidth => ReleaseCause::NoBandwidth,
            Reason::GatekeeperResources | Reason::GatewayResources | Reason::AdaptiveBusy => {
                ReleaseCause::ResourceUnavailable
            }
            Reason::UnreachableDestination | Reason::UnreachableGatekeeper => {
                ReleaseCause::Unreachable
            }
            Reason::DestinationRejection => ReleaseCause::Rejected,
            Reason::NoPermission | Reason::SecurityDenied | Reason::CallerNotRegistered => {
                ReleaseCause::NoPermission
            }
            Reason::BadFormatAddress => ReleaseCause::BadAddress,
            Reason::InConf => ReleaseCause::Busy,
            Reason::CalledPartyNotRegistered => ReleaseCause::UnknownDestination,
            Reason::InvalidRevision => ReleaseCause::ProtocolError,
            _ => ReleaseCause::Other(31),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_survives_the_wire_by_cause_and_by_reason() {
        for refusal in [
            Refusal::UnknownRoom,
            Refusal::Full,
            Refusal::Locked,
            Refusal::WrongPin,
            Refusal::Busy,
            Refusal::NoPermission,
            Refusal::ResourceUnavailable,
        ] {
            let cause = ReleaseCause::from(refusal);
            assert_eq!(ReleaseCause::from_q931(cause.q931()), cause, "{refusal:?}");
            assert_eq!(ReleaseCause::from_reason(&cause.reason()), cause);
        }
    }

    #[test]
    fn an_unknown_cause_is_kept() {
        assert_eq!(ReleaseCause::from_q931(0x80 | 99), ReleaseCause::Other(99));
        assert_eq!(ReleaseCause::Other(99).q931(), 99);
    }
}

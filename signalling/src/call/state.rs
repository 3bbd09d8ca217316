//! The states of an H.225.0 call (H.225.0 §7.4, after Q.931 §2.1) as one table.
//!
//! `state_table.txt` beside this file is the table written out, a line for each sender, state and
//! message. A test compares the two, so a change of the table shows as a change of its lines.

use crate::wire::q931::MessageType;
use serde::{Deserialize, Serialize};

/// Where a call stands, seen from our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CallState {
    /// U0: no call yet.
    Null,
    /// U1: Setup sent.
    CallInitiated,
    /// U3: the peer works on it.
    OutgoingCallProceeding,
    /// U4: the peer's user is alerted.
    CallDelivered,
    /// U6: Setup received.
    CallPresent,
    /// U9: we said that we work on it.
    IncomingCallProceeding,
    /// U7: we said that our user is alerted.
    CallReceived,
    /// U10: connected.
    Active,
    /// U12 and after: nothing more is sent.
    Released,
}

/// Which side of a call something comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Party {
    /// Us.
    Local,
    /// The peer.
    Remote,
}

impl CallState {
    /// The state after `message` from `sender`; None if it is out of place, which changes nothing.
    pub fn on(self, sender: Party, message: MessageType) -> Option<CallState> {
        use CallState::*;
        use MessageType as M;
        match (sender, self, message) {
            (_, Released, _) => None,
            (_, Null, M::ReleaseComplete) => Some(Released),
            (_, _, M::ReleaseComplete) => Some(Released),

            // the caller's side
            (Party::Local, Null, M::Setup) => Some(CallInitiated),
            (Party::Remote, CallInitiated, M::SetupAcknowledge) => Some(CallInitiated),
            (Party::Remote, CallInitiated, M::CallProceeding) => Some(OutgoingCallProceeding),
            (Party::Remote, CallInitiated | OutgoingCallProceeding, M::Alerting) => {
                Some(CallDelivered)
            }
            (Party::Remote, CallDelivered, M::Alerting) => Some(CallDelivered),
            // deviates: gateways repeat CallProceeding, or send it after Alerting
            (Party::Remote, OutgoingCallProceeding | CallDelivered, M::CallProceeding) => {
                Some(self)
            }
            (Party::Remote, CallInitiated | OutgoingCallProceeding | CallDelivered, M::Connect) => {
                Some(Active)
            }

            // the called side
            (Party::Remote, Null, M::Setup) => Some(CallPresent),
            (Party::Local, CallPresent, M::CallProceeding) => Some(IncomingCallProceeding),
            (Party::Local, CallPresent | IncomingCallProceeding, M::Alerting) => Some(CallReceived),
            (Party::Local, CallPresent | IncomingCallProceeding | CallReceived, M::Connect) => {
                Some(Active)
            }

            // either side, once there is a call (H.225.0 table 4)
            (_, Null, _) => None,
            (
                _,
                _,
                M::Facility
                | M::Information
                | M::Notify
                | M::Progress
                | M::Status
                | M::StatusInquiry,
            ) => Some(self),
            _ => None,
        }
    }

    /// The call state element's value (Q.931 §4.5.7).
    pub fn q931(self) -> u8 {
        match self {
            CallState::Null => 0,
            CallState::CallInitiated => 1,
            CallState::OutgoingCallProceeding => 3,
            CallState::CallDelivered => 4,
            CallState::CallPresent => 6,
            CallState::CallReceived => 7,
            CallState::IncomingCallProceeding => 9,
            CallState::Active => 10,
            CallState::Released => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    /// `MCU_BLESS=1` rewrites the file after a deliberate change.
    #[test]
    fn the_table_is_the_committed_one() {
        use CallState::*;
        use MessageType as M;
        let mut table = String::from("sender state message -> next state\n");
        for sender in [Party::Local, Party::Remote] {
            for state in [
                Null,
                CallInitiated,
                OutgoingCallProceeding,
                CallDelivered,
                CallPresent,
                IncomingCallProceeding,
                CallReceived,
                Active,
                Released,
            ] {
                for message in [
                    M::Setup,
                    M::SetupAcknowledge,
                    M::CallProceeding,
                    M::Alerting,
                    M::Progress,
                    M::Connect,
                    M::Facility,
                    M::Information,
                    M::Notify,
                    M::StatusInquiry,
                    M::Status,
                    M::ReleaseComplete,
                    M::Other(0x46),
                ] {
                    let next = match state.on(sender, message) {
                        Some(next) => format!("{next:?}"),
                        None => "-".into(),
                    };
                    writeln!(table, "{sender:?} {state:?} {message:?} -> {next}").unwrap();
                }
            }
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/call/state_table.txt");
        if std::env::var_os("MCU_BLESS").is_some() {
            std::fs::write(path, &table).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), table);
    }
}

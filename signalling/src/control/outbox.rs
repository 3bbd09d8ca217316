//! An outbox in a snapshot: the messages as the wire has them, so that their hundreds of types need
//! no other form.

use super::{Message, Outbox};
use crate::wire::per::Pdu;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

/// Each message in its packed encoding (X.691). One that has none is never sent either.
pub fn serialize<S: Serializer>(outbox: &Outbox, serializer: S) -> Result<S::Ok, S::Error> {
    let encodings = outbox.iter().filter_map(|message| message.to_bytes().ok());
    serializer.collect_seq(encodings.collect::<Vec<_>>())
}

/// The reverse.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Outbox, D::Error> {
    let encodings = Vec::<Vec<u8>>::deserialize(deserializer)?;
    let messages = encodings.iter().map(|octets| Message::from_bytes(octets));
    messages
        .collect::<Result<_, _>>()
        .map_err(|error| D::Error::custom(format_args!("an H.245 message: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::h245::{RequestMessage, RoundTripDelayRequest, TerminalCapabilitySet};

    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    struct Kept(#[serde(with = "super")] Outbox);

    #[test]
    fn messages_come_back_in_order() {
        let capabilities = RequestMessage::TerminalCapabilitySet(TerminalCapabilitySet::default());
        let round_trip = RequestMessage::RoundTripDelayRequest(RoundTripDelayRequest {
            sequence_number: 77,
        });
        let kept = Kept(vec![capabilities.into(), round_trip.into()]);
        let written = serde_json::to_string(&kept).unwrap();
        let read: Kept = serde_json::from_str(&written).unwrap();
        assert_eq!(format!("{read:?}"), format!("{kept:?}"));
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        assert!(serde_json::from_str::<Kept>("[[]]").is_err());
        assert!(serde_json::from_str::<Kept>("[[0, 255]]").is_err());
    }
}

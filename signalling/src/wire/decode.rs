//! Octets to JSON for people: what `mcu decode` prints of a message.

use super::h225::{H323UserInformation, H323UuPduH323MessageBody, RasMessage};
use super::h245::{MultimediaSystemControlMessage, OpenLogicalChannel};
use super::per::{self, Pdu};
use super::q931::{self, Element, Message};
use super::{hex, tpkt};
use serde_json::{Map, Value, json};
use std::str::FromStr;

/// What octets are taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A packet of a TCP connection: Q.931 with H.225.0 in it, or H.245.
    Tpkt,
    /// H.225.0 call signalling, without Q.931 around it.
    H323UserInformation,
    /// H.225.0 registration, admission and status.
    RasMessage,
    /// H.245.
    MultimediaSystemControlMessage,
}

impl Kind {
    const NAMES: [(Kind, &'static str); 4] = [
        (Kind::Tpkt, "TPKT"),
        (Kind::H323UserInformation, "H323-UserInformation"),
        (Kind::RasMessage, "RasMessage"),
        (
            Kind::MultimediaSystemControlMessage,
            "MultimediaSystemControlMessage",
        ),
    ];

    /// As `FromStr` takes it: the ASN.1 name, or `TPKT`.
    pub fn name(self) -> &'static str {
        let named = Self::NAMES.iter().find(|(kind, _)| *kind == self);
        named.map_or("", |(_, name)| name)
    }
}

impl FromStr for Kind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::NAMES.iter().find(|(_, name)| *name == text);
        named
            .map(|(kind, _)| *kind)
            .ok_or_else(|| format!("no kind of message: {text}"))
    }
}

/// What stops decoding.
struct Failure {
    error: String,
    at_bit: usize,
    what: &'static str,
}

impl From<per::Error> for Failure {
    fn from(error: per::Error) -> Self {
        Failure {
            error: error.kind.to_string(),
            at_bit: error.at_bit as usize,
            what: error.what,
        }
    }
}

impl From<q931::Error> for Failure {
    fn from(error: q931::Error) -> Self {
        Failure {
            error: error.kind.to_string(),
            at_bit: error.at_octet * 8,
            what: "Q.931",
        }
    }
}

impl Failure {
    fn new(error: impl ToString, what: &'static str) -> Self {
        Failure {
            error: error.to_string(),
            at_bit: 0,
            what,
        }
    }

    /// The same, in octets that start `octets` into a message.
    fn after(mut self, octets: usize) -> Self {
        self.at_bit += octets * 8;
        self
    }

    fn members(self) -> Map<String, Value> {
        Map::from_iter([
            ("error".into(), self.error.into()),
            ("at_bit".into(), self.at_bit.into()),
            ("what".into(), self.what.into()),
        ])
    }
}

/// The value of a message, and what our encoder makes of it.
type Decoded = (Value, Vec<u8>);

/// [`decode`] of hexadecimal digits, as [`hex::to_octets`] takes them.
pub fn decode_line(line: &str, kind: Kind) -> Value {
    match hex::to_octets(line) {
        Ok(octets) => decode(&octets, kind),
        Err(error) => report(kind, Err(Failure::new(error, "hex"))),
    }
}

/// An object of `type`, `value` and `octets`, which is what our encoder makes of the value; or of
/// `type`, `error`, `at_bit` and `what`.
pub fn decode(octets: &[u8], kind: Kind) -> Value {
    let decoded = match kind {
        Kind::Tpkt => packet(octets),
        Kind::H323UserInformation => pdu::<H323UserInformation>(octets),
        Kind::RasMessage => pdu::<RasMessage>(octets),
        Kind::MultimediaSystemControlMessage => pdu::<MultimediaSystemControlMessage>(octets),
    };
    report(kind, decoded)
}

fn report(kind: Kind, decoded: Result<Decoded, Failure>) -> Value {
    let mut members = Map::from_iter([("type".into(), kind.name().into())]);
    match decoded {
        Ok((value, octets)) => {
            members.insert("value".into(), value);
            members.insert("octets".into(), hex::from_octets(&octets).into());
        }
        Err(failure) => members.extend(failure.members()),
    }
    members.into()
}

fn pdu<T: Pdu>(octets: &[u8]) -> Result<Decoded, Failure> {
    let value = T::from_bytes(octets)?;
    let encoded = value.to_bytes()?;
    Ok((value.to_json(), encoded))
}

/// The packet at the start of `octets`; nothing may follow.
fn packet(octets: &[u8]) -> Result<Decoded, Failure> {
    let (payload, length) = tpkt::first(octets)
        .map_err(|_| Failure::new("not a TPKT packet", "TPKT"))?
        .ok_or_else(|| Failure::new("truncated", "TPKT").after(octets.len()))?;
    if length < octets.len() {
        return Err(Failure::new("octets after the packet", "TPKT").after(length));
    }
    let header = length - payload.len();
    // No H.245 message starts with the protocol discriminator of Q.931 and a length of two
    let decoded = match payload {
        [] => Ok((Value::Null, Vec::new())),
        [8, 2, ..] => call_signalling(payload),
        _ => pdu::<MultimediaSystemControlMessage>(payload)
            .map(|(value, octets)| (json!({"h245": value}), octets)),
    };
    let (value, payload) = decoded.map_err(|failure| failure.after(header))?;
    let packet = tpkt::packet(&payload).ok_or_else(|| Failure::new("too long", "TPKT"))?;
    Ok((value, packet))
}

fn call_signalling(octets: &[u8]) -> Result<Decoded, Failure> {
    let mut message = Message::decode(octets)?;
    let mut value = Map::from_iter([("q931".into(), q931(&message))]);
    if let Some(uuie) = &mut message.user_user {
        // It ends the message in all that endpoints send
        let before = octets.len() - uuie.len();
        let information =
            H323UserInformation::from_bytes(uuie).map_err(|e| Failure::from(e).after(before))?;
        let (inner, encoded) = with_inner_messages(information)?;
        value.insert("user-user".into(), inner);
        *uuie = encoded;
    }
    Ok((value.into(), message.encode()?))
}

/// The message with those that it carries as octets decoded and encoded again.
fn with_inner_messages(mut information: H323UserInformation) -> Result<Decoded, Failure> {
    let mut value = information.to_json();
    let pdu = &mut information.h323_uu_pdu;
    if let Some(items) = &mut pdu.h245_control {
        value["h323-uu-pdu"]["h245Control"] = inner::<MultimediaSystemControlMessage>(items);
    }
    if let Some(body) = value
        .pointer_mut("/h323-uu-pdu/h323-message-body")
        .and_then(Value::as_object_mut)
        .and_then(|body| body.values_mut().next())
    {
        if let Some(items) = fast_start(&mut pdu.h323_message_body) {
            body["fastStart"] = inner::<OpenLogicalChannel>(items);
        }
        if let H323UuPduH323MessageBody::Setup(setup) = &mut pdu.h323_message_body
            && let Some(items) = &mut setup.parallel_h245_control
        {
            body["parallelH245Control"] = inner::<MultimediaSystemControlMessage>(items);
        }
    }
    Ok((value, information.to_bytes()?))
}

/// The messages in `items`, which become what our encoder makes of them. One that does not decode
/// is left as it is.
fn inner<T: Pdu>(items: &mut [Vec<u8>]) -> Value {
    items
        .iter_mut()
        .map(|item| match pdu::<T>(item) {
            Ok((value, octets)) => {
                *item = octets;
                value
            }
            Err(failure) => {
                let mut members = failure.members();
                members.insert("octets".into(), hex::from_octets(item).into());
                members.into()
            }
        })
        .collect()
}

/// The channels that a message proposes or accepts, each an encoded OpenLogicalChannel.
pub fn fast_start(body: &mut H323UuPduH323MessageBody) -> Option<&mut Vec<Vec<u8>>> {
    use H323UuPduH323MessageBody::*;
    match body {
        Setup(uuie) => uuie.fast_start.as_mut(),
        CallProceeding(uuie) => uuie.fast_start.as_mut(),
        Connect(uuie) => uuie.fast_start.as_mut(),
        Alerting(uuie) => uuie.fast_start.as_mut(),
        Information(uuie) => uuie.fast_start.as_mut(),
        Facility(uuie) => uuie.fast_start.as_mut(),
        Progress(uuie) => uuie.fast_start.as_mut(),
        _ => None,
    }
}

fn q931(message: &Message) -> Value {
    json!({
        "messageType": message.message_type.to_string(),
        "callReference": message.call_reference,
        "from": if message.from_destination { "destination" } else { "origin" },
        "elements": message
            .elements
            .iter()
            .map(|(id, contents)| element(*id, contents))
            .collect::<Value>(),
    })
}

/// An element by its name, or as `{"id", "octets"}`.
fn element(id: u8, contents: &[u8]) -> Value {
    typed_element(id, contents)
        .unwrap_or_else(|| json!({"id": id, "octets": hex::from_octets(contents)}))
}

fn typed_element(id: u8, contents: &[u8]) -> Option<Value> {
    Some(match id {
        q931::BEARER_CAPABILITY => {
            let bearer = q931::BearerCapability::parse(contents)?;
            json!({"bearerCapability": {
                "capability": bearer.capability,
                "rateMultiplier": bearer.rate_multiplier,
                "layer1": bearer.layer_1,
            }})
        }
        q931::CAUSE => {
            let cause = q931::Cause::parse(contents)?;
            json!({"cause": {
                "coding": cause.coding,
                "location": cause.location.to_string(),
                "value": cause.value.to_string(),
                "diagnostics": hex::from_octets(&cause.diagnostics),
            }})
        }
        q931::CALL_STATE => {
            json!({"callState": q931::CallState::parse(contents)?.to_string()})
        }
        q931::PROGRESS_INDICATOR => {
            let progress = q931::ProgressIndicator::parse(contents)?;
            json!({"progressIndicator": {
                "location": progress.location.to_string(),
                "description": progress.description.to_string(),
            }})
        }
        q931::NOTIFICATION_INDICATOR => {
            json!({"notificationIndicator": q931::Notification::parse(contents)?.to_string()})
        }
        q931::DISPLAY => json!({"display": q931::Display::parse(contents)?.0}),
        q931::KEYPAD => json!({"keypad": q931::Keypad::parse(contents)?.0}),
        q931::CALLED_PARTY_NUMBER => {
            json!({"calledPartyNumber": number(q931::CalledPartyNumber::parse(contents)?.0)})
        }
        q931::CALLING_PARTY_NUMBER => {
            json!({"callingPartyNumber": number(q931::CallingPartyNumber::parse(contents)?.0)})
        }
        q931::FACILITY => json!({"facility": hex::from_octets(contents)}),
        q931::DATE_TIME => json!({"dateTime": hex::from_octets(contents)}),
        _ => return None,
    })
}

fn number(number: q931::PartyNumber) -> Value {
    json!({
        "type": number.number_type,
        "plan": number.plan,
        "presentation": number.presentation,
        "digits": number.digits,
    })
}

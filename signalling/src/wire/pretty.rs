//! One line about a message, for logs.

use super::h225::{
    AliasAddress, H323UserInformation, H323UuPdu, H323UuPduH323MessageBody, RasMessage, SetupUuie,
};
use super::h245::{
    AudioCapability, CommandMessage, DataType, IndicationMessage, MultimediaSystemControlMessage,
    RequestMessage, ResponseMessage, TerminalCapabilitySet, VideoCapability,
};
use super::per::{Codec, Pdu};
use super::q931::{Cause, Message};
use serde_json::Value;

/// `setup #1234 alice -> 9000 fastStart(4) tunnelling`.
///
/// `information` is what the user-user element of `message` holds, if it decoded.
pub fn call_signalling(message: &Message, information: Option<&H323UserInformation>) -> String {
    let mut line = format!("{} #{}", message.message_type, message.call_reference);
    if let Some(cause) = message.find::<Cause>() {
        line += &format!(" cause {}", cause.value);
    }
    if let Some(information) = information {
        line += &user_user(&information.h323_uu_pdu);
    }
    line
}

fn user_user(pdu: &H323UuPdu) -> String {
    use H323UuPduH323MessageBody::*;
    let mut line = String::new();
    let fast_start = match &pdu.h323_message_body {
        Setup(setup) => {
            line += &parties(setup);
            &setup.fast_start
        }
        CallProceeding(uuie) => &uuie.fast_start,
        Alerting(uuie) => &uuie.fast_start,
        Connect(uuie) => &uuie.fast_start,
        Progress(uuie) => &uuie.fast_start,
        Facility(uuie) => {
            line += &format!(" {}", alternative(&uuie.reason));
            &uuie.fast_start
        }
        ReleaseComplete(uuie) => {
            if let Some(reason) = &uuie.reason {
                line += &format!(" {}", alternative(reason));
            }
            &None
        }
        _ => &None,
    };
    if let Some(channels) = fast_start {
        line += &format!(" fastStart({})", channels.len());
    }
    if pdu.h245_tunneling == Some(true) {
        line += " tunnelling";
    }
    for item in pdu.h245_control.iter().flatten() {
        line += &match MultimediaSystemControlMessage::from_bytes(item) {
            Ok(message) => format!(" [{}]", control(&message)),
            Err(error) => format!(" [{error}]"),
        };
    }
    line
}

fn parties(setup: &SetupUuie) -> String {
    let first = |aliases: &Option<Vec<AliasAddress>>| {
        let alias = aliases.iter().flatten().next();
        alias.map_or("?".into(), self::alias)
    };
    format!(
        " {} -> {}",
        first(&setup.source_address),
        first(&setup.destination_address)
    )
}

fn alias(alias: &AliasAddress) -> String {
    match alias {
        AliasAddress::DialedDigits(digits) => digits.clone(),
        AliasAddress::H323Id(name) => name.to_string(),
        AliasAddress::UrlId(url) => url.clone(),
        AliasAddress::EmailId(email) => email.clone(),
        other => alternative(other),
    }
}

/// `registrationRequest 17`.
pub fn ras(message: &RasMessage) -> String {
    let value = message.to_json();
    let number = value
        .as_object()
        .and_then(|message| message.values().next())
        .and_then(|message| message.get("requestSeqNum"));
    format!(
        "{} {}",
        alternative(message),
        number.unwrap_or(&Value::Null)
    )
}

/// `openLogicalChannel 101 g711Ulaw64k`.
pub fn control(message: &MultimediaSystemControlMessage) -> String {
    use MultimediaSystemControlMessage::*;
    match message {
        Request(message) => format!("{}{}", alternative(message), request(message)),
        Response(message) => format!("{}{}", alternative(message), response(message)),
        Command(message) => format!("{}{}", alternative(message), command(message)),
        Indication(message) => format!("{}{}", alternative(message), indication(message)),
        Unrecognized(message) => format!("unknown message {}", message.index),
    }
}

fn request(message: &RequestMessage) -> String {
    use RequestMessage::*;
    match message {
        TerminalCapabilitySet(set) => capabilities(set),
        MasterSlaveDetermination(determination) => format!(
            " type {} number {}",
            determination.terminal_type, determination.status_determination_number
        ),
        OpenLogicalChannel(channel) => {
            let data_type = &channel.forward_logical_channel_parameters.data_type;
            let number = channel.forward_logical_channel_number;
            format!(" {number} {}", media(data_type))
        }
        CloseLogicalChannel(channel) => format!(" {}", channel.forward_logical_channel_number),
        RequestChannelClose(channel) => format!(" {}", channel.forward_logical_channel_number),
        RoundTripDelayRequest(delay) => format!(" {}", delay.sequence_number),
        ConferenceRequest(request) => format!(" {}", alternative(request)),
        _ => String::new(),
    }
}

fn capabilities(set: &TerminalCapabilitySet) -> String {
    let entries = set.capability_table.as_ref().map_or(0, Vec::len);
    format!(" {}: {entries} capabilities", set.sequence_number)
}

fn media(data_type: &DataType) -> String {
    match data_type {
        DataType::AudioData(AudioCapability::GenericAudioCapability(codec))
        | DataType::VideoData(VideoCapability::GenericVideoCapability(codec)) => {
            let name = codec.capability_identifier.to_json();
            name["standard"].as_str().unwrap_or("generic").to_string()
        }
        DataType::AudioData(codec) => alternative(codec),
        DataType::VideoData(codec) => alternative(codec),
        other => alternative(other),
    }
}

fn response(message: &ResponseMessage) -> String {
    use ResponseMessage::*;
    match message {
        TerminalCapabilitySetAck(ack) => format!(" {}", ack.sequence_number),
        TerminalCapabilitySetReject(reject) => {
            format!(" {} {}", reject.sequence_number, alternative(&reject.cause))
        }
        MasterSlaveDeterminationAck(ack) => format!(" {}", alternative(&ack.decision)),
        OpenLogicalChannelAck(ack) => format!(" {}", ack.forward_logical_channel_number),
        OpenLogicalChannelReject(reject) => format!(
            " {} {}",
            reject.forward_logical_channel_number,
            alternative(&reject.cause)
        ),
        CloseLogicalChannelAck(ack) => format!(" {}", ack.forward_logical_channel_number),
        RoundTripDelayResponse(delay) => format!(" {}", delay.sequence_number),
        ConferenceResponse(response) => format!(" {}", alternative(response)),
        _ => String::new(),
    }
}

fn command(message: &CommandMessage) -> String {
    use CommandMessage::*;
    match message {
        MiscellaneousCommand(command) => format!(
            " {} {}",
            command.logical_channel_number.to_owned(),
            alternative(&command.r#type)
        ),
        EndSessionCommand(command) => format!(" {}", alternative(command)),
        ConferenceCommand(command) => format!(" {}", alternative(command)),
        _ => String::new(),
    }
}

fn indication(message: &IndicationMessage) -> String {
    use IndicationMessage::*;
    match message {
        MiscellaneousIndication(indication) => format!(
            " {} {}",
            indication.logical_channel_number,
            alternative(&indication.r#type)
        ),
        UserInput(input) => format!(" {}", alternative(input)),
        ConferenceIndication(indication) => format!(" {}", alternative(indication)),
        _ => String::new(),
    }
}

/// The name of the alternative that a CHOICE is.
fn alternative<C: Codec<Value = C>>(choice: &C) -> String {
    match C::json(choice) {
        Value::Object(members) => members.keys().next().cloned().unwrap_or_default(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::hex;
    use crate::wire::q931::{CauseValue, MessageType};

    fn control_line(digits: &str) -> String {
        let octets = hex::to_octets(digits).unwrap();
        control(&MultimediaSystemControlMessage::from_bytes(&octets).unwrap())
    }

    #[test]
    fn control_messages_on_a_line() {
        assert_eq!(
            control_line("0200020600088175000f"),
            "terminalCapabilitySet 2: 0 capabilities"
        );
    }

    #[test]
    fn call_signalling_on_a_line() {
        let message =
            Message::new(MessageType::ReleaseComplete, 7).with(&Cause::from(CauseValue::UserBusy));
        assert_eq!(
            call_signalling(&message, None),
            "releaseComplete #7 cause userBusy"
        );
        let mut setup = SetupUuie {
            source_address: Some(vec![AliasAddress::H323Id("alice".into())]),
            destination_address: Some(vec![AliasAddress::DialedDigits("9000".into())]),
            fast_start: Some(vec![vec![]; 4]),
            ..Default::default()
        };
        setup.media_wait_for_connect = Some(false);
        let information = H323UserInformation {
            h323_uu_pdu: H323UuPdu {
                h323_message_body: H323UuPduH323MessageBody::Setup(setup),
                h245_tunneling: Some(true),
                ..Default::default()
            },
            user_data: None,
        };
        assert_eq!(
            call_signalling(&Message::new(MessageType::Setup, 1234), Some(&information)),
            "setup #1234 alice -> 9000 fastStart(4) tunnelling"
        );
    }
}

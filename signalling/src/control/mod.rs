//! H.245 Annex C: one file per signalling entity, each a state, its procedures, its timer, its
//! tests. An entity pushes the messages it sends to an outbox and returns what its user must know.

pub mod capability;
pub mod logical_channel;
pub mod master_slave;
pub mod mode;
pub mod round_trip;

use crate::wire::h245::{
    CommandMessage, IndicationMessage, MultimediaSystemControlMessage, RequestMessage,
    ResponseMessage,
};

/// Any H.245 message.
pub type Message = MultimediaSystemControlMessage;

/// Messages waiting to be sent, first one first.
pub type Outbox = Vec<Message>;

impl From<RequestMessage> for Message {
    fn from(message: RequestMessage) -> Self {
        Message::Request(message)
    }
}

impl From<ResponseMessage> for Message {
    fn from(message: ResponseMessage) -> Self {
        Message::Response(message)
    }
}

impl From<CommandMessage> for Message {
    fn from(message: CommandMessage) -> Self {
        Message::Command(message)
    }
}

impl From<IndicationMessage> for Message {
    fn from(message: IndicationMessage) -> Self {
        Message::Indication(message)
    }
}

//! H.245 Annex C: one file per signalling entity, each a state, its procedures, its timer, its
//! tests. An entity pushes the messages it sends to an outbox and returns what its user must know.
//!
//! | procedure | clause | file | timer |
//! |---|---|---|---|
//! | master-slave determination (MSDSE) | C.2 | [`master_slave`] | T106, N100 |
//! | capability exchange (CESE) | C.3 | [`capability`] | T101 |
//! | unidirectional logical channels (LCSE) | C.4 | [`logical_channel`] | T103 |
//! | close logical channel (CLCSE) | C.6 | [`logical_channel`] | T108 |
//! | mode request (MRSE) | C.9 | [`mode`] | T109 |
//! | round trip delay (RTDSE) | C.10 | [`round_trip`] | T105 |
//!
//! Left out: bidirectional channels (C.5), which H.323 uses for data, are rejected; multiplex tables
//! of H.223 (C.7, C.8) and maintenance loops (C.11) are answered with functionNotUnderstood.

pub mod capability;
pub mod logical_channel;
pub mod master_slave;
pub mod mode;
pub mod outbox;
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

//! What the conference server and the test terminals have in common about a call: its connections,
//! and how its channels reach the media plane.

use base::{ConnId, ParticipantId, Rng};
use bytes::Bytes;
use media::plane::{Command, StreamStart};
use serde::{Deserialize, Serialize};
use signalling::call::state::Party;
use signalling::session::{Alias, Event, Output};
use std::net::SocketAddr;

/// Where an output of a session goes.
#[derive(Debug)]
pub enum Route {
    /// Onto this connection.
    Transmit(ConnId, Bytes),
    /// An H.245 connection is to be opened.
    Connect(SocketAddr),
    /// This connection, which is none of the call's any more, is to be closed.
    Close(ConnId),
    /// To the user.
    Event(Event),
}

/// The TCP connections of one call. Both sides may open one for H.245 at the same moment; the
/// session then says which to close.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Legs {
    /// H.225.0.
    pub signalling: Option<ConnId>,
    opened_by_us: Option<ConnId>,
    opened_by_peer: Option<ConnId>,
}

impl Legs {
    /// A call on this H.225.0 connection.
    pub fn new(signalling: ConnId) -> Self {
        Legs {
            signalling: Some(signalling),
            ..Legs::default()
        }
    }

    /// The H.245 connection that `opener` made.
    pub fn control_of(&mut self, opener: Party) -> &mut Option<ConnId> {
        match opener {
            Party::Local => &mut self.opened_by_us,
            Party::Remote => &mut self.opened_by_peer,
        }
    }

    /// The H.245 connection to send on.
    pub fn control(&self) -> Option<ConnId> {
        self.opened_by_us.or(self.opened_by_peer)
    }

    /// Who made this H.245 connection, if it stands.
    pub fn opener(&self, conn: ConnId) -> Option<Party> {
        let by = [
            (Party::Local, self.opened_by_us),
            (Party::Remote, self.opened_by_peer),
        ];
        by.into_iter()
            .find(|(_, standing)| *standing == Some(conn))
            .map(|(party, _)| party)
    }

    /// Where `output` goes; `None` for what needs nothing done, or a connection that does not stand.
    pub fn route(&mut self, output: Output) -> Option<Route> {
        match output {
            Output::Signalling(bytes) => Some(Route::Transmit(self.signalling?, bytes)),
            Output::Control(bytes) => Some(Route::Transmit(self.control()?, bytes)),
            // Its port listens for as long as the call has ports.
            Output::ListenControl => None,
            Output::ConnectControl(to) => Some(Route::Connect(to)),
            Output::CloseControl(opener) => self.control_of(opener).take().map(Route::Close),
            Output::CloseSignalling => self.signalling.take().map(Route::Close),
            Output::Event(event) => Some(Route::Event(event)),
        }
    }

    /// All that stand.
    pub fn all(&self) -> impl Iterator<Item = ConnId> {
        [self.opened_by_us, self.opened_by_peer, self.signalling]
            .into_iter()
            .flatten()
    }
}

/// What a channel event of a session means for the media plane.
pub fn media_command(participant: ParticipantId, event: &Event, rng: &mut Rng) -> Option<Command> {
    Some(match event {
        Event::ReceiveOpened(channel) => Command::OpenReceive {
            participant,
            format: channel.format,
            payload_type: channel.payload_type,
            rtcp: channel.rtcp,
        },
        Event::ReceiveClosed(kind) => Command::CloseReceive(participant, *kind),
        Event::TransmitOpened(channel) => Command::OpenTransmit {
            participant,
            format: channel.format,
            payload_type: channel.payload_type,
            rtp: channel.rtp,
            rtcp: channel.rtcp,
            start: StreamStart {
                ssrc: rng.next_u32(),
                sequence: rng.next_u32() as u16,
                timestamp: rng.next_u32(),
            },
        },
        Event::TransmitClosed(kind) => Command::CloseTransmit(participant, *kind),
        Event::IntraRequested => Command::Intra(participant),
        Event::FlowControl(base::MediaKind::Video, limit) => {
            Command::FlowControl(participant, *limit)
        }
        _ => return None,
    })
}

/// An alias as people write it.
pub fn alias_text(alias: &Alias) -> &str {
    match alias {
        Alias::Digits(text) | Alias::H323Id(text) | Alias::Url(text) | Alias::Email(text) => text,
    }
}

/// What somebody wrote as an alias: digits, a URL, or a name.
pub fn alias(text: &str) -> Option<Alias> {
    let is_url = text
        .split_once(':')
        .is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("h323"));
    match text {
        "" => None,
        _ if text
            .chars()
            .all(|c| c.is_ascii_digit() || "*#,".contains(c)) =>
        {
            Some(Alias::Digits(text.into()))
        }
        _ if is_url => Some(Alias::Url(text.into())),
        _ => Some(Alias::H323Id(text.into())),
    }
}

//! Who gets in, and where to; who does not is told why.

use super::call::{Admitted, Stage, capabilities};
use super::lobby::Lobby;
use super::{Destination, Server};
use crate::core::{Action, Severity};
use crate::legs::alias_text;
use base::CallId;
use signalling::call::Refusal;
use signalling::session::IncomingCall;
use std::net::SocketAddr;

impl Server {
    /// A complete Setup: decides where the call goes, or refuses it.
    pub(super) fn incoming(&mut self, id: CallId, incoming: &IncomingCall) {
        if let Some(conn) = self.calls.get(&id).and_then(|call| call.legs.signalling) {
            self.no_longer_waits(conn);
        }
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.since = self.now;
        if let Some(name) = caller_name(incoming) {
            call.name = name;
        }
        let (name, peer) = (call.name.clone(), call.peer);
        let wanted: Vec<Destination> = called(incoming).filter_map(Destination::parse).collect();
        let dialled = wanted.first().map_or("no room".to_string(), |wanted| {
            format!("room {:?}", wanted.room)
        });
        match self.admit(id, peer, &wanted) {
            Ok(admitted) => {
                self.report(
                    Severity::Info,
                    Some(id),
                    format!("{name} at {peer} calls {dialled}"),
                );
                let Some(call) = self.calls.get_mut(&id) else {
                    return;
                };
                let address = self.rules.address.unwrap_or(call.local.ip());
                if let Admitted::Room(room) = &admitted
                    && let Some(room) = self.rooms.get(room)
                {
                    call.session
                        .set_capabilities(self.now, capabilities(&room.rules));
                }
                call.stage = Stage::Admitted(admitted);
                self.act(Action::AllocatePorts(id, address));
            }
            Err((refusal, why)) => {
                let text = format!("{name} at {peer} calls {dialled} and is refused: {why}");
                self.report(Severity::Warning, Some(id), text);
                if let Some(call) = self.calls.get_mut(&id) {
                    call.stage = Stage::Over;
                    call.session.refuse(self.now, refusal);
                }
            }
        }
    }

    pub(super) fn admit(
        &mut self,
        id: CallId,
        peer: SocketAddr,
        wanted: &[Destination],
    ) -> Result<Admitted, (Refusal, String)> {
        let limits = &self.rules.limits;
        if !self.rate.admit(self.now, peer.ip(), limits) {
            let why = format!(
                "{} makes more than limits.calls-per-second = {} calls a second",
                peer.ip(),
                limits.calls_per_second
            );
            return Err((Refusal::ResourceUnavailable, why));
        }
        let others = self
            .calls
            .iter()
            .filter(|(other, call)| **other != id && call.ports.is_some())
            .count();
        if others >= limits.calls {
            let why = format!("limits.calls = {} are on already", limits.calls);
            return Err((Refusal::ResourceUnavailable, why));
        }
        let exists = |wanted: &&Destination| self.rooms.contains_key(&self.room_name(&wanted.room));
        let Some(Destination { room, pin }) = wanted.iter().find(exists).or(wanted.first()) else {
            return match self.rules.lobby.enabled {
                true => Ok(Admitted::Lobby(Lobby::default())),
                false => Err((
                    Refusal::UnknownRoom,
                    "it names no room and lobby.enabled is false".into(),
                )),
            };
        };
        let room = self.room_name(room);
        match self.enter(&room, pin.as_deref()) {
            Ok(()) => Ok(Admitted::Room(room)),
            // The PIN is asked for at the door.
            Err((Refusal::WrongPin, _)) if self.rules.lobby.enabled => {
                let failures = u32::from(pin.is_some());
                Ok(Admitted::Lobby(Lobby::for_pin(room, failures)))
            }
            Err(refused) => Err(refused),
        }
    }

    /// The room that goes by this name, whether it exists or not.
    pub(super) fn room_name(&self, dialled: &str) -> String {
        self.rules
            .names
            .get(dialled)
            .map_or(dialled, String::as_str)
            .to_string()
    }

    /// Whether one more may enter `room` with this PIN.
    pub(super) fn enter(&self, room: &str, pin: Option<&str>) -> Result<(), (Refusal, String)> {
        let (rules, locked, members) = match self.rooms.get(room) {
            Some(room) => (&room.rules, room.locked, room.members.len()),
            None if self.rules.create_rooms => (&self.rules.template, false, 0),
            None => {
                let why = format!("there is no room {room:?} and create-rooms is false");
                return Err((Refusal::UnknownRoom, why));
            }
        };
        if locked {
            return Err((Refusal::Locked, format!("room {room:?} is locked")));
        }
        if members >= rules.max_participants {
            let why = format!(
                "room {room:?} is full (max-participants = {})",
                rules.max_participants
            );
            return Err((Refusal::Full, why));
        }
        if !rules.pin.is_empty() && pin != Some(&rules.pin) {
            return Err((Refusal::WrongPin, format!("wrong PIN for room {room:?}")));
        }
        Ok(())
    }
}

/// What the caller calls itself: its display, h323-ID or number.
fn caller_name(incoming: &IncomingCall) -> Option<String> {
    let aliases = incoming.calling.iter().map(alias_text);
    let names = incoming
        .display
        .as_deref()
        .into_iter()
        .chain(aliases)
        .chain(incoming.calling_number.as_deref());
    names
        .map(|name| name.trim_matches(['\0', ' ']).to_string())
        .find(|name| !name.is_empty())
}

/// Everything the caller names as its destination.
fn called(incoming: &IncomingCall) -> impl Iterator<Item = &str> {
    incoming
        .called
        .iter()
        .map(alias_text)
        .chain(incoming.called_number.as_deref())
}

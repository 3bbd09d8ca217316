//! One call on its way through the server: admission, lobby, room, release.

use super::lobby::Lobby;
use super::{Alarm, Destination, LOBBIES, Link, Server};
use crate::config::{RoomRules, Rules};
use crate::core::{Action, Ports, Severity};
use crate::legs::{Legs, alias, alias_text, media_command};
use base::{CallId, ConnId, Instant, MediaKind, ParticipantId};
use media::plane::{Command, RoomId};
use signalling::call::Refusal;
use signalling::session::{
    self, Capabilities, Config, ControlAddressIn, Event, Goal, IncomingCall, Local, Output,
    Session, StartMode,
};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// Terminal type of an MCU with audio and video conferencing (H.245 table C.1).
const TERMINAL_TYPE_MCU: u8 = 190;
/// Milliseconds of sound in the packets we send.
const AUDIO_FRAME_MS: u8 = 20;

/// Where a call stands.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    /// No complete Setup yet.
    Arriving,
    /// Waiting for its ports; then it goes there.
    Admitted(Admitted),
    /// Waiting for digits until then; `None`: on its way out.
    InLobby(Lobby, Option<Instant>),
    /// Dialled for the room of that name, not answered yet.
    Ringing(String),
    /// In the room of that name.
    InRoom(String),
    /// Released; the connection is closing.
    Over,
}

/// A terminal that an operator dials.
#[derive(Debug, Clone)]
pub(super) struct Dialling {
    pub room: String,
    pub alias: String,
    pub to: SocketAddr,
    /// Our end, once the connection stands.
    pub local: SocketAddr,
}

/// Where an admitted call goes once it has ports.
#[derive(Debug, Clone)]
pub(super) enum Admitted {
    Lobby(Lobby),
    Room(String),
}

#[derive(Debug)]
pub(super) struct Call {
    pub session: Session,
    pub stage: Stage,
    pub legs: Legs,
    pub peer: SocketAddr,
    pub local: SocketAddr,
    /// The name on the tile and in the log.
    pub name: String,
    pub ports: Option<Ports>,
    pub since: Instant,
    pub muted_audio: bool,
    pub muted_video: bool,
    /// Its entry among the server's alarms.
    pub alarm: Option<Instant>,
}

impl Call {
    pub fn answering(
        rules: &Rules,
        conn: ConnId,
        peer: SocketAddr,
        local: SocketAddr,
        seed: u64,
    ) -> Self {
        Call::new(
            Session::answering(session_config(rules, &rules.template), seed),
            conn,
            peer,
            local,
        )
    }

    pub fn new(session: Session, conn: ConnId, peer: SocketAddr, local: SocketAddr) -> Self {
        Call {
            session,
            stage: Stage::Arriving,
            legs: Legs::new(conn),
            peer,
            local,
            name: peer.ip().to_string(),
            ports: None,
            since: Instant::ZERO,
            muted_audio: false,
            muted_video: false,
            alarm: None,
        }
    }

    pub fn room(&self) -> Option<&str> {
        match &self.stage {
            Stage::InRoom(room) => Some(room),
            _ => None,
        }
    }

    fn lobby_deadline(&self) -> Option<Instant> {
        match &self.stage {
            Stage::InLobby(lobby, Some(until)) => {
                Some(lobby.pause_over.map_or(*until, |pause| pause.min(*until)))
            }
            _ => None,
        }
    }
}

pub(super) fn session_config(rules: &Rules, room: &RoomRules) -> Config {
    Config {
        display: rules.name.clone(),
        h323_id: rules.name.clone(),
        terminal_type: TERMINAL_TYPE_MCU,
        is_mcu: true,
        capabilities: capabilities(room),
        max_bit_rate: room.bit_rate,
        start: StartMode {
            fast: true,
            tunnelling: true,
            h245_in_setup: false,
            control_address_in: ControlAddressIn::Connect,
        },
        auto_open: true,
        number: None,
        product: env!("CARGO_PKG_NAME").into(),
        version: env!("CARGO_PKG_VERSION").into(),
    }
}

fn capabilities(room: &RoomRules) -> Capabilities {
    Capabilities {
        audio: room.audio.clone(),
        video: room.video.clone(),
        audio_frame_ms: AUDIO_FRAME_MS,
    }
}

impl Server {
    /// Lets `change` work on a call's session, then carries out what the session wants. A panic in
    /// the session is a bug of ours that the same octets would bring about on a backup too: it ends
    /// this call and no other.
    pub(super) fn with_session(&mut self, id: CallId, change: impl FnOnce(&mut Session, Instant)) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let changed = catch_unwind(AssertUnwindSafe(|| change(&mut call.session, now)));
        if changed.is_err() {
            let text =
                "a bug in the server ended this call; please report what was logged before it";
            self.report(Severity::Warning, Some(id), text.into());
            return self.forget_call(id);
        }
        self.settle(id);
    }

    /// Carries out everything a call's session has to say, and sets the call's alarm anew.
    pub(super) fn settle(&mut self, id: CallId) {
        while let Some(output) = self
            .calls
            .get_mut(&id)
            .and_then(|call| call.session.poll_output())
        {
            self.session_output(id, output);
        }
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if call.legs.signalling.is_none() {
            return self.forget_call(id);
        }
        let session = call.session.next_timeout().map(|(at, _)| at);
        let alarm = session.into_iter().chain(call.lobby_deadline()).min();
        if alarm != call.alarm {
            if let Some(former) = std::mem::replace(&mut call.alarm, alarm) {
                self.alarms.remove(&(former, Alarm::Call(id)));
            }
            self.alarms.extend(alarm.map(|at| (at, Alarm::Call(id))));
        }
    }

    fn session_output(&mut self, id: CallId, output: Output) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        match output {
            Output::Signalling(bytes) => {
                let conn = call.legs.signalling;
                conn.into_iter()
                    .for_each(|conn| self.act(Action::Transmit(conn, bytes.clone())));
            }
            Output::Control(bytes) => {
                let conn = call.legs.control();
                conn.into_iter()
                    .for_each(|conn| self.act(Action::Transmit(conn, bytes.clone())));
            }
            // Its port listens for as long as the call has ports.
            Output::ListenControl => {}
            Output::ConnectControl(to) => {
                let from = call.local.ip();
                let conn = self.allot_conn(Link::Control(id));
                self.act(Action::Connect { conn, from, to });
            }
            Output::CloseControl(opener) => {
                if let Some(conn) = call.legs.control_of(opener).take() {
                    self.drop_link(conn);
                }
            }
            Output::CloseSignalling => {
                if let Some(conn) = call.legs.signalling.take() {
                    self.waiting.retain(|(_, waiting)| *waiting != conn);
                    self.drop_link(conn);
                }
            }
            Output::Event(event) => self.session_event(id, event),
        }
    }

    fn session_event(&mut self, id: CallId, event: Event) {
        if let Some(command) = media_command(ParticipantId(id.0), &event, &mut self.rng) {
            self.report(Severity::Debug, Some(id), format!("{command:?}"));
            return self.media(command);
        }
        match event {
            Event::Incoming(incoming) => self.incoming(id, &incoming),
            Event::Connected { .. } => {
                if let Some(Call {
                    stage: Stage::Ringing(room),
                    ..
                }) = self.calls.get(&id)
                {
                    let room = room.clone();
                    self.leave_lobby(id, room);
                }
            }
            Event::TransmitFailed(kind, cause) => {
                let text = format!("the terminal takes no {kind:?} from us: {cause:?}");
                self.report(Severity::Warning, Some(id), text);
            }
            Event::UserInput(keys) => self.keyed(id, &keys),
            Event::ControlLost => {
                let text =
                    "the H.245 connection is lost; waiting for it to be restored".to_string();
                self.report(Severity::Warning, Some(id), text);
            }
            Event::ProtocolError(what) => {
                self.report(
                    Severity::Warning,
                    Some(id),
                    format!("the terminal broke the protocol: {what}"),
                );
            }
            Event::Released { cause, by } => self.released(id, &format!("{cause:?} by {by:?}")),
            other => self.report(Severity::Debug, Some(id), format!("{other:?}")),
        }
    }

    /// A complete Setup: decides where the call goes, or refuses it.
    fn incoming(&mut self, id: CallId, incoming: &IncomingCall) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if let Some(conn) = call.legs.signalling {
            self.waiting.retain(|(_, waiting)| *waiting != conn);
        }
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

    fn admit(
        &mut self,
        id: CallId,
        peer: SocketAddr,
        wanted: &[Destination],
    ) -> Result<Admitted, (Refusal, String)> {
        let limits = &self.rules.limits;
        if !self.admission.admit(self.now, peer.ip(), limits) {
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
    fn enter(&self, room: &str, pin: Option<&str>) -> Result<(), (Refusal, String)> {
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

    pub(super) fn ports_allocated(&mut self, id: CallId, ports: Ports) {
        if let Some((conn, dialling)) = self.dialled.remove(&id) {
            return self.call_out(id, conn, dialling, ports);
        }
        let Some(call) = self.calls.get_mut(&id) else {
            self.act(Action::ReleasePorts(id));
            return;
        };
        call.ports = Some(ports);
        let at = call.local;
        let local = self.addresses(at, ports);
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        match std::mem::replace(&mut call.stage, Stage::Over) {
            Stage::Admitted(Admitted::Room(room)) => self.place(id, room),
            Stage::Admitted(Admitted::Lobby(lobby)) => self.wait_in_lobby(id, lobby),
            other => call.stage = other,
        }
        self.with_session(id, |session, now| session.accept(now, local));
    }

    /// What the terminal is told of us.
    fn addresses(&self, local: SocketAddr, ports: Ports) -> Local {
        let address = self.rules.address.unwrap_or(local.ip());
        Local {
            signalling: local,
            control: SocketAddr::new(address, ports.control),
            audio: SocketAddr::new(address, ports.audio),
            video: SocketAddr::new(address, ports.video),
        }
    }

    pub(super) fn ports_unavailable(&mut self, id: CallId, why: &str) {
        if let Some((conn, dialling)) = self.dialled.remove(&id) {
            let text = format!("{} is not called: no ports: {why}", dialling.to);
            self.report(Severity::Warning, Some(id), text);
            return self.drop_link(conn);
        }
        self.report(
            Severity::Warning,
            Some(id),
            format!("the call is refused: no ports: {why}"),
        );
        self.with_session(id, |session, now| {
            session.refuse(now, Refusal::ResourceUnavailable)
        });
    }

    /// Puts a call into a room that it was let into.
    fn place(&mut self, id: CallId, name: String) {
        if !self.rooms.contains_key(&name) {
            self.make_room(name.clone(), self.rules.template.clone(), true);
        }
        let (Some(call), Some(room)) = (self.calls.get_mut(&id), self.rooms.get_mut(&name)) else {
            return;
        };
        room.members.insert(id);
        let (room, label) = (room.id, call.name.clone());
        call.stage = Stage::InRoom(name.clone());
        self.media(Command::Join {
            participant: ParticipantId(id.0),
            room,
            label: label.clone(),
        });
        self.report(
            Severity::Info,
            Some(id),
            format!("{label} is in room {name:?}"),
        );
    }

    fn wait_in_lobby(&mut self, id: CallId, lobby: Lobby) {
        let until = self.now + Duration::from_secs(self.rules.lobby.timeout_s);
        let label = lobby.prompt();
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.stage = Stage::InLobby(lobby, Some(until));
        self.join_alone(id, label);
    }

    /// Puts a call into a media room of its own, under this label.
    fn join_alone(&mut self, id: CallId, label: String) {
        let room = RoomId(LOBBIES | id.0);
        self.media(Command::Room(room, self.rules.template.settings));
        self.media(Command::Join {
            participant: ParticipantId(id.0),
            room,
            label,
        });
    }

    /// User input: in the lobby it names room and PIN.
    pub(super) fn keyed(&mut self, id: CallId, keys: &str) {
        let Some(Call {
            stage: Stage::InLobby(lobby, Some(_)),
            ..
        }) = self.calls.get_mut(&id)
        else {
            return;
        };
        for entry in lobby.key(self.now, keys) {
            self.entered(id, &entry);
        }
        self.settle(id);
    }

    fn entered(&mut self, id: CallId, entry: &str) {
        let Some(Call {
            stage: Stage::InLobby(lobby, _),
            ..
        }) = self.calls.get(&id)
        else {
            return;
        };
        let (room, pin) = match lobby.room.clone() {
            Some(room) => (room, Some(entry)),
            None => (self.room_name(entry), None),
        };
        match self.enter(&room, pin) {
            Ok(()) => self.leave_lobby(id, room),
            Err((Refusal::WrongPin, _)) if pin.is_none() => {
                let Some(Call {
                    stage: Stage::InLobby(lobby, _),
                    ..
                }) = self.calls.get_mut(&id)
                else {
                    return;
                };
                *lobby = Lobby::for_pin(room, 0);
                let label = lobby.prompt();
                self.join_alone(id, label);
            }
            Err((refusal @ (Refusal::WrongPin | Refusal::UnknownRoom), why)) => {
                self.wrong_entry(id, refusal, &why)
            }
            Err((refusal, why)) => self.turn_away(id, refusal, &why),
        }
    }

    fn leave_lobby(&mut self, id: CallId, room: String) {
        self.place(id, room);
        self.media(Command::EndRoom(RoomId(LOBBIES | id.0)));
    }

    fn wrong_entry(&mut self, id: CallId, refusal: Refusal, why: &str) {
        let Some(Call {
            stage: Stage::InLobby(lobby, _),
            ..
        }) = self.calls.get_mut(&id)
        else {
            return;
        };
        lobby.failures += 1;
        let (failures, label) = (lobby.failures, lobby.prompt());
        if failures >= self.rules.lobby.attempts {
            self.turn_away(id, refusal, &format!("{why}, {failures} times"));
        } else {
            self.join_alone(id, label);
        }
    }

    fn turn_away(&mut self, id: CallId, refusal: Refusal, why: &str) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if let Stage::InLobby(_, until) = &mut call.stage {
            *until = None;
        }
        let text = format!("{} is released from the lobby: {why}", call.name);
        self.report(Severity::Warning, Some(id), text);
        self.with_session(id, |session, now| session.release(now, refusal.into()));
    }

    pub(super) fn call_timeout(&mut self, id: CallId) {
        if let Some(Call {
            stage: Stage::InLobby(lobby, Some(until)),
            ..
        }) = self.calls.get_mut(&id)
        {
            let pause_over = lobby.pause_over.is_some_and(|at| at <= self.now);
            if *until <= self.now {
                let seconds = self.rules.lobby.timeout_s;
                let why = format!("nothing valid was keyed in within {seconds} s");
                self.turn_away(id, Refusal::NoPermission, &why);
            } else if pause_over {
                lobby.pause_over = None;
                self.pause(id);
            }
        }
        self.with_session(id, |session, now| session.handle_timeout(now));
    }

    /// A caller has paused: an entry that can be meant counts; one that may go on does not.
    fn pause(&mut self, id: CallId) {
        let Some(Call {
            stage: Stage::InLobby(lobby, _),
            ..
        }) = self.calls.get(&id)
        else {
            return;
        };
        if lobby.room.is_none() && !self.rooms.contains_key(&self.room_name(lobby.entry())) {
            return;
        }
        if let Some(Call {
            stage: Stage::InLobby(lobby, _),
            ..
        }) = self.calls.get_mut(&id)
        {
            let entry = lobby.take_entry();
            self.entered(id, &entry);
        }
    }

    /// A terminal that an operator dials has taken the connection: ports come next, then Setup.
    pub(super) fn dialled(&mut self, conn: ConnId, dialling: Dialling) {
        let id = CallId(self.next_call);
        self.next_call += 1;
        self.links.insert(conn, Link::Signalling(id));
        self.act(Action::AllocatePorts(
            id,
            self.rules.address.unwrap_or(dialling.local.ip()),
        ));
        self.dialled.insert(id, (conn, dialling));
    }

    fn call_out(&mut self, id: CallId, conn: ConnId, dialling: Dialling, ports: Ports) {
        let Dialling {
            room,
            alias: name,
            to,
            local,
        } = dialling;
        let rules = self
            .rooms
            .get(&room)
            .map_or(&self.rules.template, |room| &room.rules);
        let destination = session::Destination {
            aliases: alias(&name).into_iter().collect(),
            signalling: to,
            // h323plus refuses an invitation to a conference that it does not hold itself.
            goal: Goal::Create,
        };
        let config = session_config(&self.rules, rules);
        let addresses = self.addresses(local, ports);
        let session = Session::placing(config, destination, addresses, self.rng.next_u64());
        let mut call = Call::new(session, conn, to, local);
        call.since = self.now;
        call.ports = Some(ports);
        if !name.is_empty() {
            call.name = name;
        }
        call.stage = Stage::Ringing(room);
        let label = call.name.clone();
        self.calls.insert(id, call);
        // Nobody sees a terminal that is only ringing.
        self.join_alone(id, label);
        self.with_session(id, |session, now| session.signalling_connected(now));
    }

    /// Ends a call's part in its conference; its connections may still be closing.
    fn released(&mut self, id: CallId, why: &str) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let stage = std::mem::replace(&mut call.stage, Stage::Over);
        let (name, had_ports, seconds) = (
            call.name.clone(),
            call.ports.take().is_some(),
            self.now.since(call.since).as_secs(),
        );
        if had_ports {
            self.media(Command::Leave(ParticipantId(id.0)));
            self.act(Action::ReleasePorts(id));
        }
        match stage {
            Stage::InLobby(..) | Stage::Ringing(_) => {
                self.media(Command::EndRoom(RoomId(LOBBIES | id.0)))
            }
            Stage::InRoom(room) => self.left(id, &room),
            Stage::Over => return,
            Stage::Arriving | Stage::Admitted(_) => {}
        }
        self.report(
            Severity::Info,
            Some(id),
            format!("{name} is gone after {seconds} s: {why}"),
        );
    }

    fn left(&mut self, id: CallId, name: &str) {
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        room.members.remove(&id);
        if room.members.is_empty() {
            room.locked = false;
            let (transient, id) = (room.transient, room.id);
            if transient {
                self.rooms.remove(name);
                self.media(Command::EndRoom(id));
            }
        }
    }

    /// Nothing of the call is left: its signalling connection is gone.
    pub(super) fn forget_call(&mut self, id: CallId) {
        self.released(id, "the connection closed");
        self.dialled.remove(&id);
        let Some(call) = self.calls.remove(&id) else {
            return;
        };
        if let Some(at) = call.alarm {
            self.alarms.remove(&(at, Alarm::Call(id)));
        }
        call.legs.all().for_each(|conn| self.drop_link(conn));
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

pub(super) fn kind(video: bool) -> MediaKind {
    if video {
        MediaKind::Video
    } else {
        MediaKind::Audio
    }
}

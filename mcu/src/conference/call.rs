//! One call on its way through the server: its session, ports, room, release.

use super::lobby::Lobby;
use super::{Alarm, LOBBIES, Link, Server};
use crate::config::{RoomRules, Rules};
use crate::core::{Action, Ports, Severity};
use crate::legs::{Legs, Route, media_command};
use base::{CallId, ConnId, Instant, MediaKind, ParticipantId};
use media::plane::{Command, RoomId};
use serde::{Deserialize, Serialize};
use signalling::call::Refusal;
use signalling::session::{
    Capabilities, Config, ControlAddressIn, Event, Local, Output, Session, StartMode,
};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Terminal type of an MCU with audio and video conferencing (H.245 table C.1).
const TERMINAL_TYPE_MCU: u8 = 190;
/// Milliseconds of sound in the packets we send.
const AUDIO_FRAME_MS: u8 = 20;

/// RTP ticks (8 kHz) within which a digit that is not later than the last one is the same again: a node
/// that takes over tells those of the last moments. What is further off is of another source.
const DIGIT_REPEAT_TICKS: u32 = 10 * 8000;

/// Where a call stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
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

/// Where an admitted call goes once it has ports.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Admitted {
    Lobby(Lobby),
    Room(String),
}

#[derive(Debug, Serialize, Deserialize)]
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
    /// RTP timestamp of the last digit that came as a telephone event.
    pub last_digit: Option<u32>,
    /// Its entry among the server's alarms.
    pub alarm: Option<Instant>,
}

fn is_repeated(last: Option<u32>, timestamp: u32) -> bool {
    last.is_some_and(|last| last.wrapping_sub(timestamp) <= DIGIT_REPEAT_TICKS)
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
            last_digit: None,
            alarm: None,
        }
    }

    pub fn room(&self) -> Option<&str> {
        match &self.stage {
            Stage::InRoom(room) => Some(room),
            _ => None,
        }
    }

    /// Whether a telephone event has not been told before; counts as told.
    pub fn is_new_digit(&mut self, timestamp: u32) -> bool {
        let is_new = !is_repeated(self.last_digit, timestamp);
        if is_new {
            self.last_digit = Some(timestamp);
        }
        is_new
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

pub(super) fn capabilities(room: &RoomRules) -> Capabilities {
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
        match call.legs.route(output) {
            Some(Route::Transmit(conn, bytes)) => self.act(Action::Transmit(conn, bytes)),
            Some(Route::Connect(to)) => {
                let from = call.local.ip();
                let conn = self.allot_conn(Link::Control(id));
                self.act(Action::Connect { conn, from, to });
            }
            Some(Route::Close(conn)) => self.drop_link(conn),
            Some(Route::Event(event)) => self.session_event(id, event),
            None => {}
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
    pub(super) fn addresses(&self, local: SocketAddr, ports: Ports) -> Local {
        let address = self.rules.address.unwrap_or(local.ip());
        let media = self.rules.media_address.unwrap_or(address);
        Local {
            signalling: local,
            control: SocketAddr::new(address, ports.control),
            audio: SocketAddr::new(media, ports.audio),
            video: SocketAddr::new(media, ports.video),
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
    pub(super) fn place(&mut self, id: CallId, name: String) {
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

pub(super) fn kind(video: bool) -> MediaKind {
    if video {
        MediaKind::Video
    } else {
        MediaKind::Audio
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digit_is_repeated_if_it_is_not_later_than_the_last_one() {
        assert!(!is_repeated(None, 7));
        assert!(is_repeated(Some(800), 800) && is_repeated(Some(800), 0));
        assert!(is_repeated(Some(5), u32::MAX) && !is_repeated(Some(u32::MAX), 5));
        assert!(!is_repeated(Some(800), 960));
        // Another source begins anywhere.
        assert!(!is_repeated(Some(1 << 31), 3));
    }
}

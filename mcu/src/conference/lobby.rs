//! A caller alone before the door: keys in a room and its PIN, each ended by `#`, or by a pause where
//! the entry makes sense: some terminals have no `#`.

use super::call::{Call, Stage};
use super::{LOBBIES, Server};
use crate::core::Severity;
use base::{CallId, Instant, ParticipantId};
use media::plane::{Command, RoomId};
use serde::{Deserialize, Serialize};
use signalling::call::Refusal;
use std::time::Duration;

/// Digits kept at most; more are ignored until `#`.
const ENTRY_MAX: usize = 64;

/// A pause after which an entry counts as ended.
const ENTRY_PAUSE: Duration = Duration::from_secs(3);

/// What a caller has keyed in so far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Lobby {
    /// The room, once it is known; then a PIN is wanted.
    pub room: Option<String>,
    /// Wrong answers so far.
    pub failures: u32,
    entry: String,
    /// When the pause after the last key is over.
    pub pause_over: Option<Instant>,
}

impl Lobby {
    /// Before the door of `room`, waiting for its PIN, which was wrong `failures` times.
    pub fn for_pin(room: String, failures: u32) -> Self {
        Lobby {
            room: Some(room),
            failures,
            ..Lobby::default()
        }
    }

    /// Takes what a user input brought; gives back each entry that a `#` ended. `*` alone clears.
    pub fn key(&mut self, now: Instant, input: &str) -> Vec<String> {
        let mut entries = Vec::new();
        for key in input.chars() {
            match key {
                '#' if !self.entry.is_empty() => entries.push(std::mem::take(&mut self.entry)),
                '#' => {}
                '*' => self.entry.clear(),
                key if key.is_ascii_digit() && self.entry.len() < ENTRY_MAX => self.entry.push(key),
                _ => {}
            }
        }
        self.pause_over = (!self.entry.is_empty()).then(|| now + ENTRY_PAUSE);
        entries
    }

    /// What has been keyed in since the last `#`.
    pub fn entry(&self) -> &str {
        &self.entry
    }

    /// Ends the entry without a `#`.
    pub fn take_entry(&mut self) -> String {
        self.pause_over = None;
        std::mem::take(&mut self.entry)
    }

    /// What stands on the caller's screen.
    pub fn prompt(&self) -> String {
        match (&self.room, self.failures) {
            (None, 0) => "Room number, then #".into(),
            (None, _) => "No such room. Room number, then #".into(),
            (Some(_), 0) => "PIN, then #".into(),
            (Some(_), _) => "Wrong PIN. PIN, then #".into(),
        }
    }
}

impl Server {
    pub(super) fn wait_in_lobby(&mut self, id: CallId, lobby: Lobby) {
        let until = self.now + Duration::from_secs(self.rules.lobby.timeout_s);
        let label = lobby.prompt();
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.stage = Stage::InLobby(lobby, Some(until));
        self.join_alone(id, label);
    }

    /// Puts a call into a media room of its own, under this label.
    pub(super) fn join_alone(&mut self, id: CallId, label: String) {
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

    pub(super) fn entered(&mut self, id: CallId, entry: &str) {
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

    pub(super) fn leave_lobby(&mut self, id: CallId, room: String) {
        self.place(id, room);
        self.media(Command::EndRoom(RoomId(LOBBIES | id.0)));
    }

    pub(super) fn wrong_entry(&mut self, id: CallId, refusal: Refusal, why: &str) {
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

    pub(super) fn turn_away(&mut self, id: CallId, refusal: Refusal, why: &str) {
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

    /// A caller has paused: an entry that can be meant counts; one that may go on does not.
    pub(super) fn pause(&mut self, id: CallId) {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::ZERO;

    #[test]
    fn entries_end_with_a_hash() {
        let mut lobby = Lobby::default();
        assert!(lobby.key(NOW, "10").is_empty());
        assert_eq!(lobby.key(NOW, "00#47"), ["1000"]);
        assert_eq!(lobby.key(NOW, "*4711##"), ["4711"]);
        lobby.key(NOW, &"9".repeat(1000));
        assert_eq!(lobby.key(NOW, "#")[0].len(), ENTRY_MAX);
    }
}

//! What operators ask for, and what they are told.

use super::call::{Stage, kind};
use super::dialling::Dialling;
use super::{Link, Server};
use crate::config::parse_layout;
use crate::core::{Action, OperatorCommand, Severity};
use base::{CallId, ParticipantId};
use media::plane::Command;
use serde_json::{Value, json};
use signalling::call::ReleaseCause;
use std::net::SocketAddr;

impl Server {
    pub(super) fn obey(&mut self, command: OperatorCommand) -> Result<Value, String> {
        match command {
            OperatorCommand::Status => return Ok(self.status()),
            OperatorCommand::Mute { call, video } => self.mute(CallId(call), video, true)?,
            OperatorCommand::Unmute { call, video } => self.mute(CallId(call), video, false)?,
            OperatorCommand::Disconnect { call } => {
                self.check_call(CallId(call))?;
                self.report(
                    Severity::Info,
                    Some(CallId(call)),
                    "released by an operator".into(),
                );
                self.with_session(CallId(call), |session, now| {
                    session.release(now, ReleaseCause::Normal)
                });
            }
            OperatorCommand::Lock { room } => self.room(&room)?.locked = true,
            OperatorCommand::Unlock { room } => self.room(&room)?.locked = false,
            OperatorCommand::Layout { room, layout } => {
                let layout = parse_layout(&layout).map_err(|error| error.to_string())?;
                let room = self.room(&room)?;
                room.rules.settings.layout = layout;
                let command = Command::Room(room.id, room.rules.settings);
                self.media(command);
            }
            OperatorCommand::Dial {
                room,
                address,
                alias,
            } => {
                let room = self.room_name(&room.to_lowercase());
                let from = self
                    .rules
                    .address
                    .unwrap_or(std::net::Ipv4Addr::UNSPECIFIED.into());
                let local = SocketAddr::new(from, 0);
                let conn = self.allot_conn(Link::Dialling(Dialling {
                    room,
                    alias,
                    to: address,
                    local,
                }));
                self.act(Action::Connect {
                    conn,
                    from,
                    to: address,
                });
            }
        }
        Ok(Value::Null)
    }

    fn check_call(&self, id: CallId) -> Result<(), String> {
        match self.calls.contains_key(&id) {
            true => Ok(()),
            false => Err(format!("there is no call {id}; `status` lists them")),
        }
    }

    fn room(&mut self, name: &str) -> Result<&mut super::room::Room, String> {
        (self.rooms.get_mut(&name.to_lowercase()))
            .ok_or_else(|| format!("there is no room {name:?}; `status` lists them"))
    }

    fn mute(&mut self, id: CallId, video: bool, muted: bool) -> Result<(), String> {
        self.check_call(id)?;
        if let Some(call) = self.calls.get_mut(&id) {
            *(if video {
                &mut call.muted_video
            } else {
                &mut call.muted_audio
            }) = muted;
        }
        self.media(Command::Mute(ParticipantId(id.0), kind(video), muted));
        Ok(())
    }

    fn status(&self) -> Value {
        let calls = self.calls.iter().map(|(id, call)| {
            json!({
                "call": id.0,
                "name": call.name,
                "peer": call.peer.to_string(),
                "seconds": self.now.since(call.since).as_secs(),
                "stage": match &call.stage {
                    Stage::Arriving => "arriving",
                    Stage::Admitted(_) => "admitted",
                    Stage::InLobby(..) => "lobby",
                    Stage::Ringing(_) => "ringing",
                    Stage::InRoom(_) => "room",
                    Stage::Over => "over",
                },
                "room": call.room(),
                "muted": { "audio": call.muted_audio, "video": call.muted_video },
            })
        });
        let rooms = self.rooms.iter().map(|(name, room)| {
            json!({
                "room": name,
                "calls": room.members.iter().map(|id| id.0).collect::<Vec<_>>(),
                "locked": room.locked,
                "speaker": room.speaker.map(|id| id.0),
            })
        });
        json!({ "rooms": rooms.collect::<Vec<_>>(), "calls": calls.collect::<Vec<_>>() })
    }
}

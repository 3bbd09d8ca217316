//! The shortest list of media commands that leads to where the media plane is: what a joining node's
//! plane has to be told.

use base::{MediaKind, ParticipantId};
use bytes::Bytes;
use media::plane::{Command, RoomId};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct Journal {
    rooms: BTreeMap<RoomId, Command>,
    participants: BTreeMap<ParticipantId, BTreeMap<Slot, Command>>,
}

/// A command replaces an earlier one of the same slot; they are told in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Join,
    Receive(MediaKind),
    Transmit(MediaKind),
    FlowControl,
    Mute(MediaKind),
}

impl Journal {
    pub(super) fn note(&mut self, command: &Command) {
        let (participant, slot) = match command {
            Command::Room(room, _) => {
                self.rooms.insert(*room, command.clone());
                return;
            }
            Command::EndRoom(room) => {
                self.rooms.remove(room);
                return;
            }
            Command::Leave(participant) => {
                self.participants.remove(participant);
                return;
            }
            Command::CloseReceive(participant, kind) => {
                return self.drop(*participant, Slot::Receive(*kind));
            }
            Command::CloseTransmit(participant, kind) => {
                return self.drop(*participant, Slot::Transmit(*kind));
            }
            // A moment's request, not a state.
            Command::Intra(_) => return,
            Command::Join { participant, .. } => (*participant, Slot::Join),
            Command::OpenReceive {
                participant,
                format,
                ..
            } => (*participant, Slot::Receive(format.kind())),
            Command::OpenTransmit {
                participant,
                format,
                ..
            } => (*participant, Slot::Transmit(format.kind())),
            Command::FlowControl(participant, _) => (*participant, Slot::FlowControl),
            Command::Mute(participant, kind, _) => (*participant, Slot::Mute(*kind)),
        };
        let slots = self.participants.entry(participant).or_default();
        slots.insert(slot, command.clone());
    }

    fn drop(&mut self, participant: ParticipantId, slot: Slot) {
        if let Some(slots) = self.participants.get_mut(&participant) {
            slots.remove(&slot);
        }
    }

    fn commands(&self) -> Vec<Command> {
        let participants = self.participants.values().flat_map(BTreeMap::values);
        self.rooms.values().chain(participants).cloned().collect()
    }

    pub(super) fn snapshot(&self) -> Bytes {
        postcard::to_stdvec(&self.commands())
            .expect("commands can be written")
            .into()
    }

    /// Begins anew with a snapshot. Gives the commands that lead the plane there from where it is.
    pub(super) fn replace(&mut self, snapshot: &[u8]) -> anyhow::Result<Vec<Command>> {
        let new: Vec<Command> = postcard::from_bytes(snapshot)?;
        let leaving = self.participants.keys().copied().map(Command::Leave);
        let ending = self.rooms.keys().copied().map(Command::EndRoom);
        let all = leaving.chain(ending).chain(new.iter().cloned()).collect();
        *self = Journal::default();
        new.iter().for_each(|command| self.note(command));
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::plane::{Layout, RoomSettings};

    fn room(n: u64) -> Command {
        let settings = RoomSettings {
            layout: Layout::Automatic,
            frame_rate: 30,
        };
        Command::Room(RoomId(n), settings)
    }

    fn join(n: u64, room: u64) -> Command {
        Command::Join {
            participant: ParticipantId(n),
            room: RoomId(room),
            label: format!("p{n}"),
        }
    }

    #[test]
    fn what_has_ended_is_not_told() {
        let mut journal = Journal::default();
        let mute = Command::Mute(ParticipantId(2), MediaKind::Audio, true);
        for command in [room(1), room(2), join(1, 1), join(2, 1), mute.clone()] {
            journal.note(&command);
        }
        journal.note(&join(2, 2));
        journal.note(&Command::Leave(ParticipantId(1)));
        journal.note(&Command::EndRoom(RoomId(1)));
        assert_eq!(journal.commands(), [room(2), join(2, 2), mute]);
    }

    #[test]
    fn a_plane_that_went_astray_leaves_everything_first() {
        let (mut right, mut wrong) = (Journal::default(), Journal::default());
        [room(1), join(1, 1)].iter().for_each(|c| right.note(c));
        [room(9), join(7, 9)].iter().for_each(|c| wrong.note(c));
        let commands = wrong.replace(&right.snapshot()).unwrap();
        let (leave, end) = (
            Command::Leave(ParticipantId(7)),
            Command::EndRoom(RoomId(9)),
        );
        assert_eq!(commands, [leave, end, room(1), join(1, 1)]);
        assert_eq!(wrong.commands(), right.commands());
    }
}

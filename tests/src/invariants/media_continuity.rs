//! I5: an outgoing stream has one identity (SSRC, first sequence number, timestamp offset) for life,
//! whichever node sends it.

use super::Verdict;
use base::{MediaKind, ParticipantId};
use media::plane::{Command, StreamStart};
use std::collections::BTreeMap;

/// What each node's media plane was told, in order.
#[derive(Debug, Default)]
pub struct MediaContinuity {
    /// All that any node's plane was told, in the core's order.
    commands: Vec<Command>,
    /// Nodes, and how many commands theirs have had.
    planes: BTreeMap<u8, usize>,
    /// Of these clients may have seen the consequence.
    carried_out: usize,
    open: BTreeMap<(ParticipantId, MediaKind), StreamStart>,
    /// Whose stream an SSRC is.
    sources: BTreeMap<u32, (ParticipantId, MediaKind)>,
}

impl MediaContinuity {
    /// A node begins with what another's plane had been told.
    pub fn begins(&mut self, node: u8, commands: &[Command]) -> Verdict {
        self.planes.insert(node, commands.len());
        match self.commands.get(..commands.len()) == Some(commands) {
            true => Ok(()),
            false => Err(format!(
                "I5: node {node} begins with a media plane that differs from the one it is a copy of"
            )),
        }
    }

    /// A node's plane is told something; `serves`: it goes on to send.
    pub fn told(&mut self, node: u8, serves: bool, command: &Command) -> Verdict {
        let at = self.planes.entry(node).or_default();
        *at += 1;
        let (index, at) = (*at - 1, *at);
        if serves {
            self.carried_out = self.carried_out.max(at);
        }
        if let Some(known) = self.commands.get(index) {
            return match known == command {
                true => Ok(()),
                false => Err(format!(
                    "I5: node {node} is told {command:?} where another was told {known:?}"
                )),
            };
        }
        self.commands.push(command.clone());
        self.check(command)
    }

    /// A node has taken over whose plane was told what it was told. Anything that another plane has
    /// carried out beyond it was seen by clients and is lost.
    pub fn reign(&mut self, node: u8) -> Verdict {
        let told = self.planes.get(&node).copied().unwrap_or_default();
        if told < self.carried_out {
            let lost = &self.commands[told..self.carried_out];
            return Err(format!("I5: node {node} takes over without {lost:?}"));
        }
        self.carried_out = told;
        self.commands.truncate(told);
        let commands = std::mem::take(&mut self.commands);
        (self.open, self.sources) = Default::default();
        commands
            .iter()
            .try_for_each(|command| self.check(command))?;
        self.commands = commands;
        Ok(())
    }

    /// Whether the command goes with those before it.
    fn check(&mut self, command: &Command) -> Verdict {
        match command {
            Command::OpenTransmit {
                participant,
                format,
                start,
                ..
            } => {
                let stream = (*participant, format.kind());
                if let Some(owner) = self.sources.insert(start.ssrc, stream)
                    && owner != stream
                {
                    return Err(format!("I5: {stream:?} has the SSRC of {owner:?}"));
                }
                if let Some(open) = self.open.insert(stream, *start)
                    && open != *start
                {
                    return Err(format!(
                        "I5: {stream:?} goes from {open:?} to {start:?} without an end"
                    ));
                }
            }
            Command::CloseTransmit(participant, kind) => {
                self.open.remove(&(*participant, *kind));
            }
            Command::Leave(participant) => self.open.retain(|(of, _), _| of != participant),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{AudioCodec, Format};

    fn open(participant: u64, ssrc: u32) -> Command {
        Command::OpenTransmit {
            participant: ParticipantId(participant),
            format: Format::Audio {
                codec: AudioCodec::G722,
                frame_ms: 20,
            },
            payload_type: 9,
            rtp: ([10, 0, 0, 10], 5000).into(),
            rtcp: None,
            start: StreamStart {
                ssrc,
                sequence: 1,
                timestamp: 2,
            },
        }
    }

    #[test]
    fn both_planes_are_told_the_same() {
        let mut media = MediaContinuity::default();
        assert_eq!(media.told(0, true, &open(1, 7)), Ok(()));
        assert!(
            media
                .told(1, false, &open(1, 8))
                .unwrap_err()
                .starts_with("I5")
        );
    }

    #[test]
    fn what_was_carried_out_is_not_lost_by_a_takeover() {
        let mut media = MediaContinuity::default();
        assert_eq!(media.told(0, true, &open(1, 7)), Ok(()));
        assert!(media.reign(1).unwrap_err().starts_with("I5"));
        assert_eq!(media.told(1, false, &open(1, 7)), Ok(()));
        assert_eq!(media.reign(1), Ok(()));
    }

    #[test]
    fn a_stream_keeps_its_source_and_shares_it_with_nobody() {
        let mut media = MediaContinuity::default();
        assert_eq!(media.told(0, true, &open(1, 7)), Ok(()));
        assert!(media.told(0, true, &open(2, 7)).is_err(), "another's");
        assert!(media.told(0, true, &open(1, 8)).is_err(), "another one");
        let close = Command::CloseTransmit(ParticipantId(1), MediaKind::Audio);
        assert_eq!(media.told(0, true, &close), Ok(()));
        assert_eq!(media.told(0, true, &open(1, 9)), Ok(()));
    }
}

//! One room: who is in it, the mix and the mosaic.

use super::codecs::Codecs;
use super::hold::Hold;
use super::limits::{DECODERS_MAX, FRAME_RATE_MAX};
use super::listener::CommonSound;
use super::mosaic::{Mosaic, Tile};
use super::participant::Participant;
use crate::audio::Rate;
use crate::audio::mixer::Mixer;
use crate::audio::speaker::ActiveSpeaker;
use crate::plane::{Channel, Port, RoomSettings, Transmit};
use crate::video::arrangement::Arrangement;
use base::{Instant, MediaKind, ParticipantId};
use std::collections::BTreeMap;

/// All participants of all rooms.
pub type Participants = BTreeMap<ParticipantId, Participant>;

/// A room.
pub struct Conference {
    settings: RoomSettings,
    members: Vec<ParticipantId>,
    arrangement: Arrangement,
    mosaic: Mosaic,
    mixer: Mixer,
    common: CommonSound,
    speaker: ActiveSpeaker,
    /// Pictures until now, counted from the epoch.
    frames: u64,
    /// The first picture after a takeover is not ready.
    hold: Option<Hold>,
    mix: Vec<i16>,
}

impl Conference {
    /// An empty room.
    pub fn new(settings: RoomSettings) -> Self {
        Conference {
            settings: bounded(settings),
            members: Vec::new(),
            arrangement: Arrangement::new(settings.layout),
            mosaic: Mosaic::default(),
            mixer: Mixer::default(),
            common: CommonSound::default(),
            speaker: ActiveSpeaker::default(),
            frames: 0,
            hold: None,
            mix: Vec::new(),
        }
    }

    /// Who is here.
    pub fn members(&self) -> &[ParticipantId] {
        &self.members
    }

    /// How many video encoders run.
    pub fn outputs(&self) -> usize {
        self.mosaic.outputs()
    }

    /// Who speaks.
    pub fn speaker(&self) -> Option<ParticipantId> {
        self.speaker.current()
    }

    /// Changes layout and frame rate.
    pub fn set(&mut self, now: Instant, settings: RoomSettings, participants: &Participants) {
        self.settings = bounded(settings);
        self.arrangement.set_layout(settings.layout);
        self.frames = self.frames_until(now);
        for &member in &self.members {
            let wants = (participants.get(&member)).and_then(|p| p.wants(self.settings.frame_rate));
            self.mosaic.assign(member, wants);
        }
    }

    /// Takes a participant in.
    pub fn join(&mut self, now: Instant, id: ParticipantId, participant: &Participant) {
        if self.mosaic.is_idle() {
            self.frames = self.frames_until(now);
        }
        if !self.members.contains(&id) {
            self.members.push(id);
        }
        self.arrangement.join(id);
        self.adapt_view(id, participant);
    }

    /// Lets a participant go; true if it was the active speaker.
    pub fn leave(&mut self, id: ParticipantId) -> bool {
        let was_speaker = self.speaker() == Some(id);
        self.members.retain(|&member| member != id);
        self.arrangement.leave(id);
        self.speaker.remove(id);
        self.mosaic.assign(id, None);
        was_speaker
    }

    /// What a member can be sent has changed.
    pub fn adapt_view(&mut self, id: ParticipantId, participant: &Participant) {
        let wants = participant.wants(self.settings.frame_rate);
        self.mosaic.assign(id, wants);
    }

    /// A member asks for an intra picture.
    pub fn ask_intra(&mut self, id: ParticipantId) {
        self.mosaic.ask_intra(id);
    }

    /// Mixes the 20 ms that begin at `at`. Returns the active speaker if it changed.
    pub fn mix(
        &mut self,
        at: Instant,
        participants: &mut Participants,
        send: &mut impl FnMut(Transmit),
    ) -> Option<ParticipantId> {
        let mut wide = false;
        for member in &self.members {
            let Some(participant) = participants.get_mut(member) else {
                continue;
            };
            if let Some(voice) = &mut participant.voice {
                voice.advance(at);
            }
            wide |= (participant.listener.as_ref()).is_some_and(|l| l.rate() == Rate::Wide);
        }
        let present = (self.members.iter()).filter_map(|id| Some((*id, participants.get(id)?)));
        (self.mixer).sum(present.clone().map(|(_, p)| p.sound()), wide);
        let speaking = present.filter_map(|(id, participant)| {
            let voice = participant.voice.as_ref()?;
            (voice.speaks() && !participant.is_silenced).then(|| (id, voice.level()))
        });
        let speaker = self.speaker.update(at, speaking);
        if let Some(speaker) = speaker {
            self.arrangement.speak(speaker);
        }

        self.common.begin();
        for &id in &self.members {
            let Some(participant) = participants.get_mut(&id) else {
                continue;
            };
            // Taken out while the participant's own sound is looked at.
            let Some(mut listener) = participant.listener.take() else {
                continue;
            };
            let own = participant.sound();
            listener.hear(at, &self.mixer, &mut self.common, own, &mut self.mix);
            if let Some(to) = participant.audio.destination()
                && let Some(sender) = participant.audio.sender_mut()
            {
                listener.packets(|sampled, marker, payload| {
                    send(Transmit {
                        port: rtp(id, MediaKind::Audio),
                        to,
                        packet: sender.packet(sampled, marker, payload),
                    });
                });
            }
            participant.listener = Some(listener);
        }
        speaker
    }

    /// When the next picture is due; `None` if nobody looks.
    pub fn next_frame(&self, participants: &Participants) -> Option<Instant> {
        if self.mosaic.is_idle() {
            return None;
        }
        if let Some(hold) = &self.hold {
            return Some(hold.until(self.seen(participants)));
        }
        let nanos = (u128::from(self.frames) + 1) * 1_000_000_000;
        let at = nanos.div_ceil(u128::from(self.settings.frame_rate));
        Some(Instant::from_nanos(at as u64))
    }

    /// Makes what pictures will need.
    pub fn prepare(&mut self, codecs: &dyn Codecs) {
        self.mosaic.prepare(codecs);
    }

    /// Another node has made the pictures until `now`; the next one shows everybody.
    pub fn hold(&mut self, now: Instant, participants: &Participants) {
        self.frames = self.frames_until(now);
        self.hold = Some(Hold::new(now, self.seen(participants)));
    }

    /// What was kept of a member's pictures has been decoded.
    pub fn note_progress(&mut self, now: Instant) {
        if let Some(hold) = &mut self.hold {
            hold.note_progress(now);
        }
    }

    /// Packets that a member, of whose pictures none took more than `largest`, may have been sent after
    /// `from` until `to`.
    pub fn packets_between(
        &self,
        id: ParticipantId,
        (from, to): (Instant, Instant),
        largest: u16,
    ) -> u64 {
        let Some(key) = self.mosaic.key_of(id) else {
            return 0;
        };
        let pictures = |at| key.pictures_until(self.frames_until(at), self.settings.frame_rate);
        key.packets_max(pictures(to).saturating_sub(pictures(from)), largest)
    }

    /// Those in a tile.
    fn seen<'a>(&'a self, all: &'a Participants) -> impl Iterator<Item = &'a Participant> {
        let ids = self.arrangement.tiles().iter().flatten();
        ids.filter_map(|id| all.get(id))
    }

    /// Makes the picture that is due. Pictures that were missed are left out.
    pub fn frame(
        &mut self,
        now: Instant,
        participants: &mut Participants,
        codecs: &dyn Codecs,
        send: &mut impl FnMut(Transmit),
    ) {
        self.frames = self.frames_until(now);
        self.hold = None;
        let speaker = self.speaker();
        let tiles: Vec<Option<Tile<'_>>> = (self.arrangement.tiles().iter())
            .map(|tile| {
                let id = (*tile)?;
                let participant = participants.get(&id)?;
                let camera = participant.visible_camera();
                Some(Tile {
                    participant: id,
                    label: &participant.label,
                    is_active: speaker == Some(id),
                    picture: camera.and_then(|c| Some((c.latest()?, c.version()))),
                })
            })
            .collect();
        let frame = (self.frames, self.settings.frame_rate);
        let layout = self.arrangement.layout();
        let mut coded = Vec::new();
        (self.mosaic).frame(now, frame, layout, &tiles, codecs, |receivers, picture| {
            coded.push((receivers.to_vec(), picture.clone()));
        });
        for (receivers, picture) in coded {
            for id in receivers {
                let Some(link) = participants.get_mut(&id).map(|p| &mut p.video) else {
                    continue;
                };
                let (Some(to), Some(sender)) = (link.destination(), link.sender_mut()) else {
                    continue;
                };
                sender.note_picture(picture.payloads.len());
                let last = picture.payloads.len().saturating_sub(1);
                for (at, payload) in picture.payloads.iter().enumerate() {
                    send(Transmit {
                        port: rtp(id, MediaKind::Video),
                        to,
                        packet: sender.packet(now, at == last, payload),
                    });
                }
            }
        }
    }

    /// In a large room only those in a tile are decoded.
    pub fn decode_what_is_seen(&self, participants: &mut Participants) {
        let mut spare = DECODERS_MAX.saturating_sub(self.arrangement.tiles().len());
        for &id in &self.members {
            let Some(participant) = participants.get_mut(&id) else {
                continue;
            };
            let is_hidden = participant.is_hidden;
            if let Some(camera) = &mut participant.camera {
                let is_shown = self.arrangement.tile_of(id).is_some();
                camera.want(!is_hidden && (is_shown || spare > 0));
                spare = spare.saturating_sub(usize::from(!is_shown && !is_hidden));
            }
        }
    }

    fn frames_until(&self, now: Instant) -> u64 {
        let frames = u128::from(now.as_nanos()) * u128::from(self.settings.frame_rate);
        (frames / 1_000_000_000) as u64
    }
}

fn bounded(settings: RoomSettings) -> RoomSettings {
    RoomSettings {
        frame_rate: settings.frame_rate.clamp(1, FRAME_RATE_MAX),
        ..settings
    }
}

fn rtp(participant: ParticipantId, kind: MediaKind) -> Port {
    Port {
        participant,
        kind,
        channel: Channel::Rtp,
    }
}

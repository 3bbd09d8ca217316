//! One party of a conference, as the media plane knows it.

use super::camera::Camera;
use super::link::Link;
use super::listener::Listener;
use super::output::OutputKey;
use super::voice::Voice;
use crate::audio::mixer::Sound;
use crate::plane::RoomId;
use base::{Bitrate, MediaKind, ParticipantId, VideoFormat};

/// Everything about one party; it moves between rooms with it.
pub struct Participant {
    /// The room it is in.
    pub room: RoomId,
    /// The name on its tile.
    pub label: String,
    /// The session of its sound.
    pub audio: Link,
    /// The session of its pictures.
    pub video: Link,
    /// Its sound, while a channel is open.
    pub voice: Option<Voice>,
    /// What it hears.
    pub listener: Option<Listener>,
    /// Its pictures.
    pub camera: Option<Camera>,
    /// What it sees.
    pub viewer: Option<VideoFormat>,
    /// The rate it allows at most.
    pub rate_limit: Option<Bitrate>,
    /// Its sound is left out.
    pub is_silenced: bool,
    /// Its picture is left out.
    pub is_hidden: bool,
}

impl Participant {
    /// A party without channels.
    pub fn new(id: ParticipantId, room: RoomId, label: String) -> Self {
        // RFC 3550 §6.5.1: one canonical name for all streams of a source.
        let cname = format!("{id}@mcu");
        let silent_ssrc = id.0 as u32;
        Participant {
            room,
            label,
            audio: Link::new(MediaKind::Audio, silent_ssrc, cname.clone()),
            video: Link::new(MediaKind::Video, silent_ssrc, cname),
            voice: None,
            listener: None,
            camera: None,
            viewer: None,
            rate_limit: None,
            is_silenced: false,
            is_hidden: false,
        }
    }

    /// One of its sessions.
    pub fn link(&self, kind: MediaKind) -> &Link {
        match kind {
            MediaKind::Audio => &self.audio,
            MediaKind::Video => &self.video,
        }
    }

    /// The same, to change it.
    pub fn link_mut(&mut self, kind: MediaKind) -> &mut Link {
        match kind {
            MediaKind::Audio => &mut self.audio,
            MediaKind::Video => &mut self.video,
        }
    }

    /// What it contributes to this frame of the mix.
    pub fn sound(&self) -> Sound<'_> {
        match &self.voice {
            Some(voice) if !self.is_silenced => voice.sound(),
            _ => Sound::Silent,
        }
    }

    /// Its camera, if it may be seen and pictures come.
    pub fn visible_camera(&self) -> Option<&Camera> {
        (self.camera.as_ref()).filter(|_| !self.is_hidden && !self.video.is_stalled())
    }

    /// What it can be sent in a room of `frame_rate`.
    pub fn wants(&self, frame_rate: u8) -> Option<OutputKey> {
        OutputKey::for_receiver(self.viewer?, self.rate_limit, frame_rate)
    }
}

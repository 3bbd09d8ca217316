//! Mode requests (H.245 §C.9), asked and followed: another codec, or another picture size.

use super::Session;
use super::channels::same_codec;
use super::event::{Event, Format};
use super::formats;
use crate::control::mode;
use crate::wire::h245::{
    AudioMode, DataType, H261VideoMode, H261VideoModeResolution, ModeElement, ModeElementType,
    RequestMode, VideoCapability, VideoMode,
};
use base::{AudioCodec, Instant, MediaKind, PictureSize, VideoCodec};

impl Session {
    /// Asks the peer to transmit this audio codec or this video codec and size.
    pub fn request_mode(&mut self, now: Instant, format: Format) {
        let element = ModeElementType::from(format);
        let mode = vec![ModeElement {
            r#type: element,
            ..Default::default()
        }];
        self.mode_request
            .request(now, vec![mode], &mut self.control_out);
        self.flush();
    }

    pub(super) fn on_mode_request(&mut self, now: Instant, request: &RequestMode) {
        let taken = self.follow_mode(now, request);
        mode::answer(
            request,
            taken.map(|index| index == 0),
            &mut self.control_out,
        );
        if taken.is_some() {
            self.event(Event::ModeRequested);
        }
    }

    /// Follows the first mode of which every element is something we can transmit; its index.
    fn follow_mode(&mut self, now: Instant, request: &RequestMode) -> Option<usize> {
        let remote = self.remote.as_ref()?;
        let ours = &self.config.capabilities;
        let mut common = remote.common(ours, MediaKind::Audio);
        common.extend(remote.common(ours, MediaKind::Video));
        let resolve = |element: &ModeElement| {
            let mut formats = common.iter();
            formats.find(|f| matches(f, &element.r#type)).copied()
        };
        let modes = request.requested_modes.iter();
        let (index, formats) = modes.enumerate().find_map(|(index, mode)| {
            let formats: Option<Vec<Format>> = mode.iter().map(resolve).collect();
            Some((index, formats?))
        })?;
        for format in formats {
            let kind = format.kind();
            let current = self.channels.transmit.get(&kind).map(|t| t.format);
            if current.is_none_or(|current| !same_codec(&current, &format)) {
                self.open_transmit(now, kind, Some(format));
            }
        }
        Some(index)
    }
}

impl From<Format> for ModeElementType {
    fn from(format: Format) -> Self {
        match format {
            Format::Audio { codec, .. } => ModeElementType::AudioMode(match codec {
                AudioCodec::G711Ulaw => AudioMode::G711Ulaw64k,
                AudioCodec::G711Alaw => AudioMode::G711Alaw64k,
                AudioCodec::G722 => AudioMode::G72264k,
            }),
            Format::Video(video) if video.codec == VideoCodec::H261 => {
                ModeElementType::VideoMode(VideoMode::H261VideoMode(H261VideoMode {
                    resolution: match video.size == PictureSize::QCIF {
                        true => H261VideoModeResolution::Qcif,
                        false => H261VideoModeResolution::Cif,
                    },
                    bit_rate: video.bit_rate.as_h245().clamp(1, 19_200) as u16,
                    ..Default::default()
                }))
            }
            Format::Video(_) => match formats::data_type(&format) {
                DataType::VideoData(VideoCapability::GenericVideoCapability(generic)) => {
                    ModeElementType::VideoMode(VideoMode::GenericVideoMode(*generic))
                }
                _ => unreachable!("H.264 is a generic video capability"),
            },
        }
    }
}

fn matches(format: &Format, mode: &ModeElementType) -> bool {
    match (ModeElementType::from(*format), mode) {
        (ModeElementType::AudioMode(ours), ModeElementType::AudioMode(theirs)) => ours == *theirs,
        (ModeElementType::VideoMode(ours), ModeElementType::VideoMode(theirs)) => {
            match (ours, theirs) {
                (VideoMode::H261VideoMode(_), VideoMode::H261VideoMode(_)) => true,
                (VideoMode::GenericVideoMode(a), VideoMode::GenericVideoMode(b)) => {
                    a.capability_identifier == b.capability_identifier
                }
                _ => false,
            }
        }
        _ => false,
    }
}

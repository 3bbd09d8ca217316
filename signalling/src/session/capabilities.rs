//! Capability sets (H.245 §B.2): ours, and what the peer's says that it receives.

use super::config::{Capabilities, Config};
use super::event::Format;
use super::formats::{self, NON_INTERLEAVED};
use super::remote_video::RemoteVideo;
use crate::wire::h245::{
    AudioTelephonyEventCapability, Capability, CapabilityDescriptor, CapabilityTableEntry,
    H2250Capability, H2250CapabilityMcCapability, MediaDistributionCapability,
    MediaPacketizationCapability, MultiplexCapability, MultipointCapability,
    RTPPayloadTypePayloadDescriptor, TerminalCapabilitySet, TerminalCapabilitySetRejectCause,
    UserInputCapability,
};
use crate::wire::per::ObjectId;
use base::{AudioCodec, VideoCodec, VideoFormat};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// H.245 version 15, which the endpoints in the field speak at most.
const PROTOCOL: [u32; 6] = [0, 0, 8, 245, 0, 15];
/// Payload type of RFC 2833 events that we receive.
pub const TELEPHONE_EVENT: u8 = 101;
/// Entries of a peer's capability table that are read; the rest are ignored.
pub const ENTRIES_MAX: usize = 256;
/// Formats of one kind that are kept.
const FORMATS_MAX: usize = 64;

/// What a peer receives.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RemoteCapabilities {
    /// Codecs with the longest packet in milliseconds.
    pub audio: Vec<(AudioCodec, u8)>,
    /// Video with its limits.
    pub video: Vec<RemoteVideo>,
    /// Takes text as user input.
    pub alphanumeric: bool,
    /// Takes DTMF signals as user input.
    pub dtmf: bool,
    /// Takes RFC 2833 events with this payload type.
    pub telephone_event: Option<u8>,
}

impl RemoteCapabilities {
    /// From a set that has a capability table.
    pub fn from_set(set: &TerminalCapabilitySet) -> Result<Self, TerminalCapabilitySetRejectCause> {
        let mut remote = RemoteCapabilities::default();
        let fragments = takes_fragments(set.multiplex_capability.as_ref());
        let table = set.capability_table.iter().flatten();
        for entry in table.clone().take(ENTRIES_MAX) {
            remote.add(entry.capability.as_ref(), fragments);
        }
        // §C.3.4: a descriptor may only name entries of the table
        let numbers: BTreeSet<u16> = table.map(|e| e.capability_table_entry_number).collect();
        let descriptors = set.capability_descriptors.iter().flatten();
        let mut named = descriptors
            .flat_map(|descriptor| &descriptor.simultaneous_capabilities)
            .flatten()
            .flatten();
        if named.any(|number| !numbers.contains(number)) {
            return Err(TerminalCapabilitySetRejectCause::UndefinedTableEntryUsed);
        }
        Ok(remote)
    }

    /// The transmit formats of `kind` that we share, in our order, each cut to what the peer
    /// takes.
    pub fn common(&self, ours: &Capabilities, kind: base::MediaKind) -> Vec<Format> {
        match kind {
            base::MediaKind::Audio => ours
                .audio
                .iter()
                .filter_map(|codec| {
                    let (_, longest) = self.audio.iter().find(|(c, _)| c == codec)?;
                    Some(Format::Audio {
                        codec: *codec,
                        frame_ms: ours.audio_frame_ms.min(*longest),
                    })
                })
                .collect(),
            base::MediaKind::Video => {
                let mut formats = Vec::new();
                for mine in &ours.video {
                    let best = self
                        .video
                        .iter()
                        .filter_map(|theirs| theirs.fit(mine))
                        .max_by_key(|f| (f.size.macroblocks(), f.frame_rate, f.bit_rate));
                    if let Some(format) = best.map(Format::Video)
                        && !formats.contains(&format)
                    {
                        formats.push(format);
                    }
                }
                formats
            }
        }
    }

    fn add(&mut self, capability: Option<&Capability>, fragments: bool) {
        use Capability as C;
        match capability {
            Some(C::ReceiveAudioCapability(a) | C::ReceiveAndTransmitAudioCapability(a)) => {
                if let Some(audio) = formats::audio_format(a)
                    && self.audio.len() < FORMATS_MAX
                {
                    self.audio.push(audio);
                }
            }
            Some(C::ReceiveVideoCapability(v) | C::ReceiveAndTransmitVideoCapability(v)) => {
                if let Some(video) = formats::remote_video(v, fragments)
                    && self.video.len() < FORMATS_MAX
                {
                    self.video.push(video);
                }
            }
            Some(
                C::ReceiveUserInputCapability(u) | C::ReceiveAndTransmitUserInputCapability(u),
            ) => match u {
                UserInputCapability::BasicString
                | UserInputCapability::IA5String
                | UserInputCapability::GeneralString => self.alphanumeric = true,
                UserInputCapability::Dtmf => self.dtmf = true,
                _ => {}
            },
            Some(C::ReceiveRTPAudioTelephonyEventCapability(event)) => {
                self.telephone_event = Some(event.dynamic_rtp_payload_type);
            }
            _ => {}
        }
    }
}

/// Our capability set; its sequence number is set when it is sent.
pub fn capability_set(config: &Config) -> TerminalCapabilitySet {
    let ours = &config.capabilities;
    let mut table = Vec::new();
    let mut add = |capability| {
        let number = table.len() as u16 + 1;
        table.push(CapabilityTableEntry {
            capability_table_entry_number: number,
            capability: Some(capability),
        });
        number
    };
    let audio: Vec<u16> = ours
        .audio
        .iter()
        .map(|codec| {
            add(Capability::ReceiveAudioCapability(
                formats::audio_capability(*codec, ours.audio_frame_ms),
            ))
        })
        .collect();
    let video: Vec<u16> = ours
        .video
        .iter()
        .map(|format| {
            add(Capability::ReceiveVideoCapability(
                formats::video_capability(format),
            ))
        })
        .collect();
    let input = [UserInputCapability::BasicString, UserInputCapability::Dtmf]
        .map(|kind| add(Capability::ReceiveUserInputCapability(kind)))
        .to_vec();
    let event = add(Capability::ReceiveRTPAudioTelephonyEventCapability(
        AudioTelephonyEventCapability {
            dynamic_rtp_payload_type: TELEPHONE_EVENT,
            audio_telephone_event: "0-16".into(),
        },
    ));
    let simultaneous = [audio, video, input, vec![event]];
    TerminalCapabilitySet {
        protocol_identifier: ObjectId::new(&PROTOCOL),
        multiplex_capability: Some(MultiplexCapability::H2250Capability(multiplex(config))),
        capability_table: Some(table),
        capability_descriptors: Some(vec![CapabilityDescriptor {
            capability_descriptor_number: 0,
            simultaneous_capabilities: Some(
                simultaneous
                    .into_iter()
                    .filter(|set| !set.is_empty())
                    .collect(),
            ),
        }]),
        ..Default::default()
    }
}

/// The set that stops all media toward us (H.323 §8.4.6).
pub fn empty_set() -> TerminalCapabilitySet {
    TerminalCapabilitySet {
        protocol_identifier: ObjectId::new(&PROTOCOL),
        ..Default::default()
    }
}

/// Whether a set is the empty one.
pub fn is_empty(set: &TerminalCapabilitySet) -> bool {
    set.capability_table.is_none()
}

fn takes_fragments(multiplex: Option<&MultiplexCapability>) -> bool {
    let Some(MultiplexCapability::H2250Capability(h2250)) = multiplex else {
        return false;
    };
    let types = h2250.media_packetization_capability.rtp_payload_type.iter();
    types.flatten().any(|t| {
        matches!(&t.payload_descriptor, RTPPayloadTypePayloadDescriptor::Oid(oid)
            if *oid == ObjectId::new(&NON_INTERLEAVED))
    })
}

fn multiplex(config: &Config) -> H2250Capability {
    let multipoint = MultipointCapability {
        media_distribution_capability: vec![MediaDistributionCapability {
            centralized_control: true,
            centralized_audio: true,
            centralized_video: true,
            ..Default::default()
        }],
        ..Default::default()
    };
    let has_h264 = |f: &VideoFormat| f.codec == VideoCodec::H264;
    let mut modes = Vec::new();
    if config.capabilities.video.iter().any(has_h264) {
        modes.push(formats::h264_packetization(false, None));
    }
    if config
        .capabilities
        .video
        .iter()
        .any(|f| has_h264(f) && f.fragments)
    {
        modes.push(formats::h264_packetization(true, None));
    }
    H2250Capability {
        maximum_audio_delay_jitter: 60,
        receive_multipoint_capability: multipoint.clone(),
        transmit_multipoint_capability: multipoint.clone(),
        receive_and_transmit_multipoint_capability: multipoint,
        mc_capability: H2250CapabilityMcCapability {
            centralized_conference_mc: config.is_mcu,
            ..Default::default()
        },
        media_packetization_capability: MediaPacketizationCapability {
            rtp_payload_type: (!modes.is_empty()).then_some(modes),
            ..Default::default()
        },
        ..Default::default()
    }
}

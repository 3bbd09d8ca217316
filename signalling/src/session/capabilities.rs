//! Our formats as H.245 capabilities and channel types, and the peer's as formats.

use super::config::{Capabilities, Config};
use super::event::Format;
use super::h264_level::Level;
use crate::wire::h245::{
    AudioCapability, AudioTelephonyEventCapability, Capability, CapabilityDescriptor,
    CapabilityIdentifier, CapabilityTableEntry, DataType, GenericCapability, GenericParameter,
    H261VideoCapability, H2250Capability, H2250CapabilityMcCapability,
    H2250LogicalChannelParametersMediaPacketization as MediaPacketization,
    MediaDistributionCapability, MediaPacketizationCapability, MultiplexCapability,
    MultipointCapability, OpenLogicalChannelRejectCause as RejectCause, ParameterIdentifier,
    ParameterValue, RTPPayloadType, RTPPayloadTypePayloadDescriptor, TerminalCapabilitySet,
    TerminalCapabilitySetRejectCause, UserInputCapability, VideoCapability,
};
use crate::wire::per::ObjectId;
use base::{AudioCodec, Bitrate, PictureSize, VideoCodec, VideoFormat};

/// H.245 version 15, which the endpoints in the field speak at most.
const PROTOCOL: [u32; 6] = [0, 0, 8, 245, 0, 15];
/// H.241 §8.3.2: H.264 as a generic capability.
const H264: [u32; 7] = [0, 0, 8, 241, 0, 0, 1];
/// H.241 §7.1.2: one NAL unit in a packet.
const SINGLE_NAL: [u32; 8] = [0, 0, 8, 241, 0, 0, 0, 0];
/// H.241 §7.1.2: RFC 6184 non-interleaved mode, with fragmentation units.
const NON_INTERLEAVED: [u32; 8] = [0, 0, 8, 241, 0, 0, 0, 1];
/// H.241 table 8-4: parameter identifiers.
const PROFILE: u8 = 41;
const LEVEL: u8 = 42;
const CUSTOM_MAX_MBPS: u8 = 3;
const CUSTOM_MAX_FS: u8 = 4;
const CUSTOM_MAX_BR: u8 = 6;
/// H.241 table 8-4: the baseline profile's bit.
const BASELINE: u8 = 64;
/// Payload type of RFC 2833 events that we receive.
pub const TELEPHONE_EVENT: u8 = 101;
/// Payload type of our H.264 (a dynamic one).
pub const H264_PAYLOAD_TYPE: u8 = 96;
/// RFC 3551 table 5.
pub const H261_PAYLOAD_TYPE: u8 = 31;
/// H.261 picture clock: 29.97 Hz, taken as 30.
const PICTURE_CLOCK: u8 = 30;
/// Entries of a peer's capability table that are read; the rest are ignored.
pub const ENTRIES_MAX: usize = 256;
/// Formats of one kind that are kept.
const FORMATS_MAX: usize = 64;

/// What a peer receives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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

/// Limits of a peer's video decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteVideo {
    /// H.261: picture intervals in units of 1/29.97 s per size.
    H261 {
        /// QCIF.
        qcif_mpi: Option<u8>,
        /// CIF.
        cif_mpi: Option<u8>,
        /// Most bits per second.
        bit_rate: Bitrate,
    },
    /// H.264.
    H264 {
        /// The level, raised by custom parameters.
        level: Level,
        /// Most bits per second.
        bit_rate: Bitrate,
        /// Whether it takes fragmentation units.
        fragments: bool,
    },
}

impl RemoteVideo {
    /// The most that it takes.
    pub fn format(&self) -> VideoFormat {
        match *self {
            RemoteVideo::H261 {
                qcif_mpi,
                cif_mpi,
                bit_rate,
            } => VideoFormat {
                codec: VideoCodec::H261,
                size: match cif_mpi {
                    Some(_) => PictureSize::CIF,
                    None => PictureSize::QCIF,
                },
                frame_rate: PICTURE_CLOCK / cif_mpi.or(qcif_mpi).unwrap_or(1).max(1),
                bit_rate,
                fragments: false,
            },
            RemoteVideo::H264 {
                level,
                bit_rate,
                fragments,
            } => VideoFormat {
                codec: VideoCodec::H264,
                size: level.size(),
                frame_rate: level.frame_rate(level.size()),
                bit_rate,
                fragments,
            },
        }
    }

    /// `ours` cut down to what it takes; None if the codecs differ.
    fn fit(&self, ours: &VideoFormat) -> Option<VideoFormat> {
        let most = self.format();
        if most.codec != ours.codec {
            return None;
        }
        let size = match ours.size.macroblocks() <= most.size.macroblocks() {
            true => ours.size,
            false => most.size,
        };
        let frame_rate = match *self {
            RemoteVideo::H264 { level, .. } => level.frame_rate(size),
            RemoteVideo::H261 {
                qcif_mpi, cif_mpi, ..
            } => {
                let mpi = if size == PictureSize::CIF {
                    cif_mpi
                } else {
                    qcif_mpi.or(cif_mpi)
                };
                PICTURE_CLOCK / mpi.unwrap_or(1).max(1)
            }
        };
        Some(VideoFormat {
            size,
            frame_rate: frame_rate.clamp(1, ours.frame_rate.max(1)),
            bit_rate: ours.bit_rate.min(most.bit_rate),
            fragments: ours.fragments && most.fragments,
            ..*ours
        })
    }
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
        for descriptor in set.capability_descriptors.iter().flatten() {
            for number in descriptor
                .simultaneous_capabilities
                .iter()
                .flatten()
                .flatten()
            {
                if !table
                    .clone()
                    .any(|e| e.capability_table_entry_number == *number)
                {
                    return Err(TerminalCapabilitySetRejectCause::UndefinedTableEntryUsed);
                }
            }
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
                if let Some(audio) = audio_format(a)
                    && self.audio.len() < FORMATS_MAX
                {
                    self.audio.push(audio);
                }
            }
            Some(C::ReceiveVideoCapability(v) | C::ReceiveAndTransmitVideoCapability(v)) => {
                if let Some(video) = remote_video(v, fragments)
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
            add(Capability::ReceiveAudioCapability(audio_capability(
                *codec,
                ours.audio_frame_ms,
            )))
        })
        .collect();
    let video: Vec<u16> = ours
        .video
        .iter()
        .map(|format| add(Capability::ReceiveVideoCapability(video_capability(format))))
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

/// The dataType of a channel that carries `format`.
pub fn data_type(format: &Format) -> DataType {
    match format {
        Format::Audio { codec, frame_ms } => {
            DataType::AudioData(audio_capability(*codec, *frame_ms))
        }
        Format::Video(format) => DataType::VideoData(video_capability(format)),
    }
}

/// The format that a channel of the peer carries, if we take it.
pub fn accepted(
    data_type: &DataType,
    packetization: Option<&MediaPacketization>,
    ours: &Capabilities,
) -> Result<Format, RejectCause> {
    match data_type {
        DataType::AudioData(capability) => {
            let (codec, frame_ms) =
                audio_format(capability).ok_or(RejectCause::DataTypeNotSupported)?;
            match ours.audio.contains(&codec) {
                true => Ok(Format::Audio { codec, frame_ms }),
                false => Err(RejectCause::DataTypeNotSupported),
            }
        }
        DataType::VideoData(capability) => {
            let fragments = packetization.is_some_and(|p| {
                matches!(p, MediaPacketization::RtpPayloadType(RTPPayloadType {
                    payload_descriptor: RTPPayloadTypePayloadDescriptor::Oid(oid), ..
                }) if *oid == ObjectId::new(&NON_INTERLEAVED))
            });
            let theirs =
                remote_video(capability, fragments).ok_or(RejectCause::DataTypeNotSupported)?;
            // The limits of the decoder are ours, whatever level the sender names.
            let format = ours.video.iter().find_map(|mine| theirs.fit(mine));
            format
                .map(Format::Video)
                .ok_or(RejectCause::DataTypeNotSupported)
        }
        DataType::NonStandard(_) | DataType::Unrecognized(_) => Err(RejectCause::UnknownDataType),
        _ => Err(RejectCause::DataTypeNotSupported),
    }
}

/// mediaPacketization of a channel, where its format has several.
pub fn packetization(format: &Format) -> Option<MediaPacketization> {
    match format {
        Format::Video(VideoFormat {
            codec: VideoCodec::H264,
            fragments,
            ..
        }) => Some(MediaPacketization::RtpPayloadType(h264_packetization(
            *fragments,
            Some(H264_PAYLOAD_TYPE),
        ))),
        _ => None,
    }
}

/// The RTP payload type that we send `format` with.
pub fn payload_type(format: &Format) -> u8 {
    match format {
        Format::Audio { codec, .. } => codec.payload_type(),
        Format::Video(VideoFormat {
            codec: VideoCodec::H261,
            ..
        }) => H261_PAYLOAD_TYPE,
        Format::Video(_) => H264_PAYLOAD_TYPE,
    }
}

/// Whether a payload type has to be signalled.
pub fn is_dynamic(payload_type: u8) -> bool {
    payload_type >= 96
}

fn h264_packetization(fragments: bool, payload_type: Option<u8>) -> RTPPayloadType {
    let mode = if fragments {
        NON_INTERLEAVED
    } else {
        SINGLE_NAL
    };
    RTPPayloadType {
        payload_descriptor: RTPPayloadTypePayloadDescriptor::Oid(ObjectId::new(&mode)),
        payload_type,
    }
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
        modes.push(h264_packetization(false, None));
    }
    if config
        .capabilities
        .video
        .iter()
        .any(|f| has_h264(f) && f.fragments)
    {
        modes.push(h264_packetization(true, None));
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

fn audio_capability(codec: AudioCodec, frame_ms: u8) -> AudioCapability {
    // H.245 §B.2.2.6 note and H.225.0 §7: a frame of these codecs is one millisecond.
    let frames = u16::from(frame_ms.max(1));
    match codec {
        AudioCodec::G711Ulaw => AudioCapability::G711Ulaw64k(frames),
        AudioCodec::G711Alaw => AudioCapability::G711Alaw64k(frames),
        AudioCodec::G722 => AudioCapability::G72264k(frames),
    }
}

fn audio_format(capability: &AudioCapability) -> Option<(AudioCodec, u8)> {
    let (codec, frames) = match capability {
        AudioCapability::G711Ulaw64k(frames) => (AudioCodec::G711Ulaw, *frames),
        AudioCapability::G711Alaw64k(frames) => (AudioCodec::G711Alaw, *frames),
        AudioCapability::G72264k(frames) => (AudioCodec::G722, *frames),
        _ => return None,
    };
    Some((codec, u8::try_from(frames).unwrap_or(u8::MAX)))
}

fn video_capability(format: &VideoFormat) -> VideoCapability {
    match format.codec {
        VideoCodec::H261 => {
            let mpi = PICTURE_CLOCK.div_ceil(format.frame_rate.max(1)).clamp(1, 4);
            VideoCapability::H261VideoCapability(H261VideoCapability {
                qcif_mpi: Some(mpi),
                cif_mpi: (format.size.macroblocks() >= PictureSize::CIF.macroblocks())
                    .then_some(mpi),
                max_bit_rate: format.bit_rate.as_h245().clamp(1, 19_200) as u16,
                ..Default::default()
            })
        }
        VideoCodec::H264 => {
            let parameter = |id, value| GenericParameter {
                parameter_identifier: ParameterIdentifier::Standard(id),
                parameter_value: value,
                supersedes: None,
            };
            VideoCapability::GenericVideoCapability(GenericCapability {
                capability_identifier: CapabilityIdentifier::Standard(ObjectId::new(&H264)),
                max_bit_rate: Some(format.bit_rate.as_h245()),
                collapsing: Some(vec![
                    parameter(PROFILE, ParameterValue::BooleanArray(BASELINE)),
                    parameter(LEVEL, ParameterValue::UnsignedMin(Level::of(format).h241)),
                ]),
                ..Default::default()
            })
        }
    }
}

fn remote_video(capability: &VideoCapability, fragments: bool) -> Option<RemoteVideo> {
    match capability {
        VideoCapability::H261VideoCapability(h261) => Some(RemoteVideo::H261 {
            qcif_mpi: h261.qcif_mpi,
            cif_mpi: h261.cif_mpi,
            bit_rate: Bitrate::from_h245(h261.max_bit_rate.into()),
        }),
        VideoCapability::GenericVideoCapability(generic) => h264(generic, fragments),
        _ => None,
    }
}

fn h264(generic: &GenericCapability, fragments: bool) -> Option<RemoteVideo> {
    if generic.capability_identifier != CapabilityIdentifier::Standard(ObjectId::new(&H264)) {
        return None;
    }
    let mut level = Level::from_h241(0);
    let value = |wanted| {
        let mut parameters = generic.collapsing.iter().flatten();
        let found =
            parameters.find(|p| p.parameter_identifier == ParameterIdentifier::Standard(wanted))?;
        match found.parameter_value {
            ParameterValue::UnsignedMin(v) | ParameterValue::UnsignedMax(v) => Some(u32::from(v)),
            ParameterValue::Unsigned32Min(v) | ParameterValue::Unsigned32Max(v) => Some(v),
            _ => None,
        }
    };
    if let Some(v) = value(LEVEL) {
        level = Level::from_h241(u16::try_from(v).unwrap_or(u16::MAX));
    }
    // Custom parameters only raise what the level allows (H.241 §8.3.2.2).
    if let Some(v) = value(CUSTOM_MAX_MBPS) {
        level.macroblock_rate = level.macroblock_rate.max(v.saturating_mul(500));
    }
    if let Some(v) = value(CUSTOM_MAX_FS) {
        level.picture_macroblocks = level.picture_macroblocks.max(v.saturating_mul(256));
    }
    if let Some(v) = value(CUSTOM_MAX_BR) {
        level.bit_rate = level.bit_rate.max(Bitrate(v.saturating_mul(25_000)));
    }
    let asked = generic.max_bit_rate.filter(|rate| *rate > 0);
    let bit_rate = asked.map_or(level.bit_rate, Bitrate::from_h245);
    Some(RemoteVideo::H264 {
        level,
        bit_rate,
        fragments,
    })
}

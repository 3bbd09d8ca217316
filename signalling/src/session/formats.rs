//! Formats as H.245 writes them, in capabilities and in channels, and back.

use super::config::Capabilities;
use super::event::Format;
use super::h264_level::Level;
use super::remote_video::{PICTURE_CLOCK, RemoteVideo};
use crate::wire::h245::{
    AudioCapability, CapabilityIdentifier, DataType, GenericCapability, GenericParameter,
    H261VideoCapability, H2250LogicalChannelParametersMediaPacketization as MediaPacketization,
    OpenLogicalChannelRejectCause as RejectCause, ParameterIdentifier, ParameterValue,
    RTPPayloadType, RTPPayloadTypePayloadDescriptor, VideoCapability,
};
use crate::wire::per::ObjectId;
use base::{AudioCodec, Bitrate, PictureSize, VideoCodec, VideoFormat};

/// H.241 §8.3.2: H.264 as a generic capability.
const H264: [u32; 7] = [0, 0, 8, 241, 0, 0, 1];
/// H.241 §7.1.2: one NAL unit in a packet.
const SINGLE_NAL: [u32; 8] = [0, 0, 8, 241, 0, 0, 0, 0];
/// H.241 §7.1.2: RFC 6184 non-interleaved mode, with fragmentation units.
pub const NON_INTERLEAVED: [u32; 8] = [0, 0, 8, 241, 0, 0, 0, 1];
/// H.241 table 8-4: parameter identifiers.
const PROFILE: u8 = 41;
const LEVEL: u8 = 42;
const CUSTOM_MAX_MBPS: u8 = 3;
const CUSTOM_MAX_FS: u8 = 4;
const CUSTOM_MAX_BR: u8 = 6;
/// H.241 table 8-4: the baseline profile's bit.
const BASELINE: u8 = 64;
/// Payload type of our H.264 (a dynamic one).
pub const H264_PAYLOAD_TYPE: u8 = 96;
/// RFC 3551 table 5.
pub const H261_PAYLOAD_TYPE: u8 = 31;

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

/// How H.264 is packed (H.241 §7.1.2).
pub fn h264_packetization(fragments: bool, payload_type: Option<u8>) -> RTPPayloadType {
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

/// `codec` in packets of `frame_ms` milliseconds.
pub fn audio_capability(codec: AudioCodec, frame_ms: u8) -> AudioCapability {
    // H.245 §B.2.2.6 note and H.225.0 §7: a frame of these codecs is one millisecond.
    let frames = u16::from(frame_ms.max(1));
    match codec {
        AudioCodec::G711Ulaw => AudioCapability::G711Ulaw64k(frames),
        AudioCodec::G711Alaw => AudioCapability::G711Alaw64k(frames),
        AudioCodec::G722 => AudioCapability::G72264k(frames),
    }
}

/// The codec, and the milliseconds of a packet at most.
pub fn audio_format(capability: &AudioCapability) -> Option<(AudioCodec, u8)> {
    let (codec, frames) = match capability {
        AudioCapability::G711Ulaw64k(frames) => (AudioCodec::G711Ulaw, *frames),
        AudioCapability::G711Alaw64k(frames) => (AudioCodec::G711Alaw, *frames),
        AudioCapability::G72264k(frames) => (AudioCodec::G722, *frames),
        _ => return None,
    };
    Some((codec, u8::try_from(frames).unwrap_or(u8::MAX)))
}

/// The most that we take in `format`.
pub fn video_capability(format: &VideoFormat) -> VideoCapability {
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
            VideoCapability::GenericVideoCapability(Box::new(GenericCapability {
                capability_identifier: CapabilityIdentifier::Standard(ObjectId::new(&H264)),
                max_bit_rate: Some(format.bit_rate.as_h245()),
                collapsing: Some(vec![
                    parameter(PROFILE, ParameterValue::BooleanArray(BASELINE)),
                    parameter(LEVEL, ParameterValue::UnsignedMin(Level::of(format).h241)),
                ]),
                ..Default::default()
            }))
        }
    }
}

/// The limits that a capability sets; `fragments` are what the peer takes of H.264.
pub fn remote_video(capability: &VideoCapability, fragments: bool) -> Option<RemoteVideo> {
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

//! Encoding by openh264: constrained baseline without delay.

use super::level::Level;
use crate::Picture;
use crate::codec::{EncodedPicture, VideoEncoder, ffi};
use crate::rtp::payload::h264;
use base::format::VIDEO_CLOCK_HZ;
use base::{Bitrate, VideoFormat};
use bytes::Bytes;
use openh264::encoder::{
    Complexity, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, Profile,
    RateControlMode,
};
use openh264::formats::YUVSource;
use openh264::{OpenH264API, Timestamp};
use std::fmt;

/// Start codes that openh264 puts before NAL units are this long at most.
const START_CODE_OCTETS: usize = 4;
/// The least rate openh264 takes is a bit per picture; below this no picture is recognizable.
const BIT_RATE_MIN: Bitrate = Bitrate::from_kbps(16);

/// The least payload that slices can be made to fit, in octets: what openh264 reserves for one
/// macroblock and its headers.
pub const PAYLOAD_MIN: usize = 421;

/// Why no encoder can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EncoderError {
    /// No level up to 4.2 allows this size, frame rate or bit rate.
    BeyondLevels(VideoFormat),
    /// Payloads are to be smaller than [`PAYLOAD_MIN`].
    PayloadTooSmall(usize),
    /// The library refused.
    Library(String),
}

impl fmt::Display for EncoderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncoderError::BeyondLevels(format) => {
                let VideoFormat {
                    size,
                    frame_rate,
                    bit_rate,
                    ..
                } = format;
                write!(
                    f,
                    "no H.264 level allows {size} at {frame_rate} Hz, {bit_rate}"
                )
            }
            EncoderError::PayloadTooSmall(octets) => {
                write!(f, "payloads of {octets} octets are too small for H.264")
            }
            EncoderError::Library(why) => write!(f, "openh264: {why}"),
        }
    }
}

impl std::error::Error for EncoderError {}

/// Encodes pictures of one size as constrained baseline of the lowest level that allows them.
pub struct H264Encoder {
    encoder: Encoder,
    format: VideoFormat,
    level: Level,
    payload_max: usize,
    /// For the next picture but the first, before which the library takes no rate.
    new_rate: Option<Bitrate>,
    /// RTP time since the first picture, which does not wrap.
    elapsed_ticks: u64,
    last_timestamp: Option<u32>,
}

impl H264Encoder {
    /// Makes pictures of `format.size` for at most `format.bit_rate`, in payloads of at most
    /// `payload_max` octets. Without `format.fragments` (mode 0) the slices are made to fit.
    pub fn new(format: VideoFormat, payload_max: usize) -> Result<Self, EncoderError> {
        if payload_max < PAYLOAD_MIN {
            return Err(EncoderError::PayloadTooSmall(payload_max));
        }
        let level = Level::lowest_for(format.size, format.frame_rate, format.bit_rate)
            .ok_or(EncoderError::BeyondLevels(format))?;
        let mut config = EncoderConfig::new()
            .profile(Profile::Baseline)
            .level(level_of_library(level))
            .complexity(Complexity::Low)
            // Without a frame rate there is no rate control at all.
            .max_frame_rate(FrameRate::from_hz(format.frame_rate.into()))
            .rate_control_mode(RateControlMode::Bitrate)
            .bitrate(openh264::encoder::BitRate::from_bps(
                format.bit_rate.0.max(BIT_RATE_MIN.0),
            ))
            // Every picture given is coded; the pace is the caller's.
            .skip_frames(false)
            // Intra pictures only when asked for: they are bursts.
            .intra_frame_period(IntraFramePeriod::auto())
            .scene_change_detect(false)
            .background_detection(false)
            .adaptive_quantization(false)
            .num_threads(1);
        if !format.fragments {
            config = config.max_slice_len(payload_max as u32);
        }
        let mut encoder = Encoder::with_api_config(OpenH264API::from_source(), config)
            .map_err(|error| EncoderError::Library(error.to_string()))?;
        ffi::silence(&mut encoder);
        Ok(H264Encoder {
            encoder,
            format,
            level,
            payload_max,
            new_rate: None,
            elapsed_ticks: 0,
            last_timestamp: None,
        })
    }

    /// The level of the stream.
    pub fn level(&self) -> Level {
        self.level
    }

    fn advance(&mut self, timestamp: u32) -> Timestamp {
        let last = self.last_timestamp.replace(timestamp).unwrap_or(timestamp);
        self.elapsed_ticks += u64::from(timestamp.wrapping_sub(last));
        Timestamp::from_millis(self.elapsed_ticks * 1000 / u64::from(VIDEO_CLOCK_HZ))
    }
}

impl VideoEncoder for H264Encoder {
    /// Without payloads if the library fails, which only lack of memory should cause.
    fn encode(&mut self, picture: &Picture, timestamp: u32, intra: bool) -> EncodedPicture {
        assert_eq!(picture.size(), self.format.size, "the size is fixed");
        let first = self.last_timestamp.is_none();
        let at = self.advance(timestamp);
        if !first {
            if let Some(rate) = self.new_rate.take() {
                ffi::set_bit_rate(&mut self.encoder, rate);
            }
            if intra {
                self.encoder.force_intra_frame();
            }
        }
        let mut encoded = EncodedPicture::default();
        let Ok(stream) = self.encoder.encode_at(&Planes(picture), at) else {
            return encoded;
        };
        encoded.intra = stream.frame_type() == FrameType::IDR;
        for layer in (0..stream.num_layers()).filter_map(|index| stream.layer(index)) {
            for unit in (0..layer.nal_count()).filter_map(|index| layer.nal_unit(index)) {
                let unit = Bytes::copy_from_slice(without_start_code(unit));
                let fragments = self.format.fragments;
                h264::pack(unit, self.payload_max, fragments, &mut encoded.payloads);
            }
        }
        encoded
    }

    /// Never above the rate the encoder was made for, which its level depends on.
    fn set_bit_rate(&mut self, rate: Bitrate) {
        self.new_rate = Some(rate.clamp(BIT_RATE_MIN, self.format.bit_rate.max(BIT_RATE_MIN)));
    }
}

fn without_start_code(unit: &[u8]) -> &[u8] {
    let zeros = unit.iter().take_while(|&&octet| octet == 0).count();
    unit.get(zeros + 1..)
        .filter(|_| zeros < START_CODE_OCTETS)
        .unwrap_or(unit)
}

fn level_of_library(level: Level) -> openh264::encoder::Level {
    use openh264::encoder::Level as Library;
    match level.0 {
        ..=10 => Library::Level_1_0,
        11 => Library::Level_1_1,
        12 => Library::Level_1_2,
        13 => Library::Level_1_3,
        14..=20 => Library::Level_2_0,
        21 => Library::Level_2_1,
        22 => Library::Level_2_2,
        23..=30 => Library::Level_3_0,
        31 => Library::Level_3_1,
        32 => Library::Level_3_2,
        33..=40 => Library::Level_4_0,
        41 => Library::Level_4_1,
        42.. => Library::Level_4_2,
    }
}

/// A picture as openh264 wants to see it.
struct Planes<'a>(&'a Picture);

impl YUVSource for Planes<'_> {
    fn dimensions(&self) -> (usize, usize) {
        (self.0.width(), self.0.height())
    }
    fn strides(&self) -> (usize, usize, usize) {
        (self.0.width(), self.0.width() / 2, self.0.width() / 2)
    }
    fn y(&self) -> &[u8] {
        &self.0.y
    }
    fn u(&self) -> &[u8] {
        &self.0.u
    }
    fn v(&self) -> &[u8] {
        &self.0.v
    }
}

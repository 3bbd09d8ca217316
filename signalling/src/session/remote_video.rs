//! What a peer's video decoder takes, and what of ours that leaves.

use super::h264_level::Level;
use base::{Bitrate, PictureSize, VideoCodec, VideoFormat};
use serde::{Deserialize, Serialize};

/// H.261 picture clock: 29.97 Hz, taken as 30.
pub const PICTURE_CLOCK: u8 = 30;

/// Limits of a peer's video decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    pub fn fit(&self, ours: &VideoFormat) -> Option<VideoFormat> {
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

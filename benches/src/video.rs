//! A conference's video pipeline in one thread: decode, compose, encode.

use crate::cpu;
use base::format::VIDEO_CLOCK_HZ;
use base::{Bitrate, PictureSize, VideoCodec, VideoFormat};
use media::Picture;
use media::codec::h261::{self, H261Decoder, H261Encoder, PAYLOAD_OCTETS_DEFAULT};
use media::codec::h264::{Engine, H264Decoder, H264Encoder};
use media::codec::{CodedPicture, EncodedPicture, VideoDecoder, VideoEncoder};
use media::rtp::payload::h264::{append_annex_b, unpack};
use media::video::compositor::Compositor;
use media::video::layout::Rect;
use std::fmt;
use std::time::Duration;

/// A video standard and, where we have a choice, the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// H.264 decoded by this engine.
    H264(Engine),
    /// H.261.
    H261,
}

impl fmt::Display for Standard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Standard::H264(Engine::RustyH264) => "H.264 rusty_h264",
            Standard::H264(Engine::OpenH264) => "H.264 openh264",
            Standard::H261 => "H.261",
        })
    }
}

impl Standard {
    /// An encoder for usual RTP payloads.
    pub fn encoder(
        self,
        size: PictureSize,
        frame_rate: u8,
        rate: Bitrate,
    ) -> Box<dyn VideoEncoder> {
        match self {
            Standard::H264(_) => {
                let format = VideoFormat {
                    codec: VideoCodec::H264,
                    size,
                    frame_rate,
                    bit_rate: rate,
                    fragments: true,
                };
                let encoder = H264Encoder::new(format, PAYLOAD_OCTETS_DEFAULT);
                Box::new(encoder.expect("a usual format"))
            }
            Standard::H261 => Box::new(H261Encoder::new(
                size,
                rate,
                frame_rate,
                PAYLOAD_OCTETS_DEFAULT,
            )),
        }
    }

    /// A decoder.
    pub fn decoder(self) -> Box<dyn VideoDecoder> {
        match self {
            Standard::H264(engine) => Box::new(H264Decoder::new(engine).expect("it starts")),
            Standard::H261 => Box::new(H261Decoder::new()),
        }
    }

    /// The coded pictures of `clip` as a receiver gets them.
    pub fn encode(self, clip: &[Picture], frame_rate: u8, rate: Bitrate) -> Vec<CodedPicture> {
        let mut encoder = self.encoder(clip[0].size(), frame_rate, rate);
        (clip.iter().zip(0..))
            .map(|(picture, frame)| {
                let timestamp = frame * ticks(frame_rate);
                received(encoder.encode(picture, timestamp, false), timestamp)
            })
            .collect()
    }

    /// The pictures of a stream of ours.
    pub fn decode(self, coded: &[CodedPicture]) -> Vec<Picture> {
        let mut decoder = self.decoder();
        let mut picture = |coded| {
            let shown = decoder.decode(coded).expect("our own stream");
            shown.expect("a picture for each").clone()
        };
        coded.iter().map(&mut picture).collect()
    }

    /// As a byte stream in a file.
    pub fn byte_stream(self, coded: &[CodedPicture]) -> Vec<u8> {
        let mut stream = Vec::new();
        for coded in coded {
            match self {
                Standard::H264(_) => {
                    for nal_unit in unpack(&coded.payloads).nal_units {
                        append_annex_b(&nal_unit, &mut stream);
                    }
                }
                Standard::H261 => {
                    let payloads = coded.payloads.iter().flatten().cloned().collect();
                    stream.extend(h261::join(&EncodedPicture {
                        payloads,
                        intra: false,
                    }));
                }
            }
        }
        stream
    }
}

/// CPU time of the steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Split {
    /// RTP payloads to pictures, of all participants.
    pub decode: Duration,
    /// Pictures to the mosaic.
    pub compose: Duration,
    /// The mosaic to RTP payloads.
    pub encode: Duration,
}

impl Split {
    /// Everything.
    pub fn total(&self) -> Duration {
        self.decode + self.compose + self.encode
    }
}

/// What everybody in a conference gets and what making it cost.
pub struct Shown {
    /// The mosaic, coded.
    pub coded: Vec<CodedPicture>,
    /// CPU time.
    pub split: Split,
}

/// A conference of participants who send to one mosaic.
pub struct Conference<'a> {
    /// Of what comes and goes.
    pub standard: Standard,
    /// Coded clips of one length.
    pub inputs: &'a [&'a [CodedPicture]],
    /// One for each input.
    pub tiles: &'a [Rect],
    /// Of the mosaic.
    pub size: PictureSize,
    /// Pictures per second.
    pub frame_rate: u8,
    /// Of the mosaic.
    pub rate: Bitrate,
}

impl Conference<'_> {
    /// Runs to the end of the clips.
    pub fn run(&self) -> Shown {
        let mut encoder = self.standard.encoder(self.size, self.frame_rate, self.rate);
        let (mut coded, mut split) = (Vec::new(), Split::default());
        self.compose(&mut split, |mosaic, split| {
            let timestamp = coded.len() as u32 * ticks(self.frame_rate);
            let (picture, time) = cpu::timed(|| encoder.encode(mosaic, timestamp, false));
            split.encode += time;
            coded.push(received(picture, timestamp));
        });
        Shown { coded, split }
    }

    /// What the encoder is given.
    pub fn reference(&self) -> Vec<Picture> {
        let mut mosaics = Vec::new();
        self.compose(&mut Split::default(), |mosaic, _| {
            mosaics.push(mosaic.clone())
        });
        mosaics
    }

    fn compose(&self, split: &mut Split, mut take: impl FnMut(&Picture, &mut Split)) {
        let mut compositor = Compositor::new(self.size);
        compositor.arrange(self.tiles);
        let mut decoders: Vec<_> = self
            .inputs
            .iter()
            .map(|_| self.standard.decoder())
            .collect();
        for frame in 0..self.inputs[0].len() {
            for (tile, (decoder, input)) in decoders.iter_mut().zip(self.inputs).enumerate() {
                let (decoded, time) = cpu::timed(|| decoder.decode(&input[frame]));
                split.decode += time;
                let picture = decoded
                    .expect("our own stream")
                    .expect("a picture for each");
                let ((), time) = cpu::timed(|| compositor.draw(tile, picture));
                split.compose += time;
            }
            take(compositor.picture(), split);
        }
    }
}

/// Luma PSNR of a whole clip, in dB: of the mean square error, so that bad pictures count.
pub fn psnr(shown: &[Picture], reference: &[Picture]) -> f64 {
    assert_eq!(shown.len(), reference.len(), "clips of one length");
    let squares = |(a, b): (&Picture, &Picture)| 10f64.powf(a.psnr(b) / -10.0);
    let mean = shown.iter().zip(reference).map(squares).sum::<f64>() / shown.len() as f64;
    -10.0 * mean.log10()
}

fn received(encoded: EncodedPicture, timestamp: u32) -> CodedPicture {
    let payloads = encoded.payloads.into_iter().map(Some).collect();
    CodedPicture {
        timestamp,
        payloads,
    }
}

fn ticks(frame_rate: u8) -> u32 {
    VIDEO_CLOCK_HZ / u32::from(frame_rate)
}

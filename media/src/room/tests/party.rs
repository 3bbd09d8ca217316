//! A party at the other end of the network.

use crate::Picture;
use crate::audio::Rate;
use crate::audio::tone::{Senders, Tone, ToneDetector};
use crate::codec::{CodedPicture, g711};
use crate::plane::{Channel, Command, Format, Port, StreamStart};
use crate::rtp::{Header, Sender};
use crate::video::pattern;
use base::{
    AudioCodec, Bitrate, Instant, MediaKind, ParticipantId, PictureSize, VideoCodec, VideoFormat,
};
use bytes::Bytes;
use std::net::SocketAddr;

pub const VIDEO: VideoFormat = VideoFormat {
    codec: VideoCodec::H264,
    size: PictureSize::CIF,
    frame_rate: 30,
    bit_rate: Bitrate(512_000),
    fragments: true,
};

/// The first octet of a picture: it needs no other, it is a NAL unit of type 5 and needs no other, or
/// it needs the one before.
pub const ALONE: u8 = 1;
pub const INTRA: u8 = 0x65;
pub const INTER: u8 = 0x41;

pub struct Party {
    pub id: u8,
    pub address: SocketAddr,
    pub format: VideoFormat,
    pub sound: Sender,
    pub picture: Sender,
    tone: Tone,
    pub frame: u16,
    /// Every so many pictures one is intra and the others refer to the one before; `None`: all stand
    /// alone.
    pub intra_every: Option<u16>,
    /// The next picture from then on is intra.
    pub intra_at: Option<Instant>,
    /// Heeds requests.
    pub answers: bool,
    /// Sends sound, pictures.
    pub speaks: bool,
    pub shows: bool,
    pub ears: ToneDetector,
    pub heard: Option<Senders>,
    pub packets: Vec<(Instant, MediaKind, Header)>,
    /// The packets of sound, whole.
    pub sounds: Vec<Bytes>,
    pub controls: Vec<Bytes>,
    coded: CodedPicture,
    pub seen: Vec<CodedPicture>,
}

impl Party {
    /// When the first packet of a picture came.
    pub fn first_picture(&self) -> Instant {
        let mut packets = self.packets.iter();
        let first = packets.find(|(_, kind, _)| *kind == MediaKind::Video);
        first.expect("a picture has come").0
    }

    pub fn new(id: u8) -> Self {
        let start = |ssrc| StreamStart {
            ssrc,
            sequence: 65_500,
            timestamp: 0,
        };
        Party {
            id,
            address: SocketAddr::from(([10, 0, 0, id], 5000)),
            format: VIDEO,
            sound: Sender::new(start(u32::from(id)), 8000, 0),
            picture: Sender::new(start(u32::from(id) + 1000), 90_000, 96),
            tone: Tone::new(id, Rate::Narrow),
            frame: 0,
            intra_every: None,
            intra_at: None,
            answers: true,
            speaks: true,
            shows: false,
            ears: ToneDetector::new(Rate::Narrow),
            heard: None,
            packets: Vec::new(),
            sounds: Vec::new(),
            controls: Vec::new(),
            coded: CodedPicture::default(),
            seen: Vec::new(),
        }
    }

    pub fn participant(&self) -> ParticipantId {
        ParticipantId(self.id.into())
    }

    pub fn port(&self, kind: MediaKind, channel: Channel) -> Port {
        Port {
            participant: self.participant(),
            kind,
            channel,
        }
    }

    /// What opens its four channels.
    pub fn opening(&self, with_video: bool) -> Vec<Command> {
        let audio = Format::Audio {
            codec: AudioCodec::G711Ulaw,
            frame_ms: 20,
        };
        let kinds = [(audio, 0, 0), (Format::Video(self.format), 96, 2)];
        (kinds.into_iter().take(1 + usize::from(with_video)))
            .flat_map(|(format, payload_type, port)| {
                let participant = self.participant();
                let at = |port| SocketAddr::new(self.address.ip(), self.address.port() + port);
                [
                    Command::OpenReceive {
                        participant,
                        format,
                        payload_type,
                        rtcp: Some(at(port + 1)),
                    },
                    Command::OpenTransmit {
                        participant,
                        format,
                        payload_type,
                        rtp: at(port),
                        rtcp: Some(at(port + 1)),
                        start: StreamStart {
                            ssrc: 0x5000 + u32::from(self.id) * 2 + u32::from(port),
                            sequence: 65_000,
                            timestamp: 77,
                        },
                    },
                ]
            })
            .collect()
    }

    pub fn say(&mut self, now: Instant) -> Bytes {
        let (mut samples, mut octets) = (Vec::new(), Vec::new());
        self.tone.play(160, &mut samples);
        g711::encode_ulaw(&samples, &mut octets);
        self.sound.packet(now, false, &octets)
    }

    /// Two packets of a picture in the code of `FakeCodecs`.
    pub fn show(&mut self, now: Instant, size: PictureSize) -> [Bytes; 2] {
        self.frame += 1;
        let [width, height] = [size.width, size.height].map(u16::to_be_bytes);
        let [high, low] = self.frame.to_be_bytes();
        let is_asked = self.intra_at.take_if(|at| *at <= now).is_some();
        let kind = match self.intra_every {
            None => ALONE,
            Some(every) if is_asked || self.frame % every == 1 % every => INTRA,
            Some(_) => INTER,
        };
        let first = [
            kind, self.id, high, low, width[0], width[1], height[0], height[1],
        ];
        [
            self.picture.packet(now, false, &first),
            self.picture.packet(now, true, &[2; 500]),
        ]
    }

    pub fn hear(&mut self, now: Instant, port: Port, packet: Bytes) {
        if port.channel == Channel::Rtcp {
            self.controls.push(packet);
            return;
        }
        let (header, payload) = Header::parse(&packet).unwrap();
        self.packets.push((now, port.kind, header));
        match port.kind {
            MediaKind::Audio => {
                let mut samples = Vec::new();
                g711::decode_ulaw(payload, &mut samples);
                self.heard = self.ears.push(&samples).or(self.heard);
                self.sounds.push(packet);
            }
            MediaKind::Video => {
                self.coded.timestamp = header.timestamp;
                let payload = packet.slice_ref(payload);
                self.coded.payloads.push(Some(payload));
                if header.marker {
                    self.seen.push(std::mem::take(&mut self.coded));
                }
            }
        }
    }

    pub fn heard(&self) -> Vec<u8> {
        self.heard.unwrap_or_default().iter().collect()
    }

    /// The senders in the newest mosaic.
    pub fn senders_seen(&self) -> Vec<u8> {
        let Some(mosaic) = self.seen.last().and_then(mosaic) else {
            return Vec::new();
        };
        let mut senders: Vec<u8> = (pattern::read_all(&mosaic).iter())
            .map(|(_, code)| code.sender)
            .collect();
        senders.sort();
        senders.dedup();
        senders
    }
}

/// The picture that the fake encoder put on the wire whole.
pub fn mosaic(coded: &CodedPicture) -> Option<Picture> {
    let octets: Vec<u8> = (coded.payloads.iter().flatten())
        .flat_map(|payload| payload[1..].to_vec())
        .collect();
    let (head, mut rest) = octets.split_first_chunk::<4>()?;
    let size = PictureSize::new(
        u16::from_be_bytes([head[0], head[1]]),
        u16::from_be_bytes([head[2], head[3]]),
    );
    let mut picture = Picture::black(size);
    for plane in [&mut picture.y, &mut picture.u, &mut picture.v] {
        let (samples, after) = rest.split_at_checked(plane.len())?;
        plane.copy_from_slice(samples);
        rest = after;
    }
    Some(picture)
}

pub fn is_intra(coded: &CodedPicture) -> bool {
    coded
        .payloads
        .iter()
        .flatten()
        .all(|payload| payload[0] == 1)
}

//! CPU milliseconds of one core per second of conference, through `Rooms`: parties who send CIF at
//! 30 pictures a second and G.711, and get the mosaic at 512 kbit/s (H.261: 384) and the mix.
//!
//! `cargo run --release -p media --example room_speed [CLIP]`, where CLIP holds raw CIF pictures
//! (I420); without one the test pattern is sent. The parts are told apart by leaving them out: a
//! run without pictures, one without receivers, one whose encoder does nothing, and the whole.
//! Linux only: it reads the time its thread has been running.

use base::{
    AudioCodec, Bitrate, Instant, MediaKind, ParticipantId, PictureSize, Rng, VideoCodec,
    VideoFormat,
};
use bytes::Bytes;
use media::Picture;
use media::codec::{EncodedPicture, VideoDecoder, VideoEncoder};
use media::plane::{
    Channel, Command, Format, Layout, Plane, Port, RoomId, RoomSettings, StreamStart,
};
use media::room::Rooms;
use media::room::codecs::{BuiltIn, Codecs};
use media::rtp::Sender;
use media::video::pattern;
use std::net::SocketAddr;
use std::time::Duration;

const SECONDS: u64 = 10;
const FRAME_RATE: u8 = 30;
/// Pictures sent over and over; the first of them is intra.
const PICTURES: usize = 150;

fn main() {
    let clip = std::env::args()
        .nth(1)
        .map(|path| std::fs::read(path).expect("a readable clip"));
    println!("codec N   sound decode compose encode  total ms/s");
    for codec in [VideoCodec::H264, VideoCodec::H261] {
        for count in [2, 3, 4, 9] {
            let run = |parts| conference(codec, count, parts, clip.as_deref());
            let runs = [Parts::Sound, Parts::Decode, Parts::Compose, Parts::All].map(run);
            let [sound, decode, compose, all] =
                runs.map(|time| time.as_secs_f64() * 1000.0 / SECONDS as f64);
            let (decode_part, compose_part) = (decode - sound, compose - decode);
            let encode_part = all - compose;
            println!(
                "{codec:?} {count}  {sound:6.2} {decode_part:6.2} {compose_part:7.2} \
                 {encode_part:6.2} {all:10.2}"
            );
        }
    }
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Parts {
    Sound,
    Decode,
    Compose,
    All,
}

fn conference(codec: VideoCodec, count: u64, parts: Parts, clip: Option<&[u8]>) -> Duration {
    let format = VideoFormat {
        codec,
        size: PictureSize::CIF,
        frame_rate: FRAME_RATE,
        bit_rate: Bitrate::from_kbps(if codec == VideoCodec::H264 { 512 } else { 384 }),
        fragments: true,
    };
    let coded: Vec<Vec<EncodedPicture>> = (0..count)
        .map(|party| coded_pictures(format, party, clip))
        .collect();
    let codecs: Box<dyn Codecs> = match parts {
        Parts::All => Box::new(BuiltIn),
        _ => Box::new(NoEncoder),
    };
    let mut rooms = Rooms::with_codecs(1, codecs);
    let room = RoomId(1);
    let settings = RoomSettings {
        layout: Layout::Automatic,
        frame_rate: FRAME_RATE,
    };
    rooms.command(Instant::ZERO, Command::Room(room, settings));
    for id in 0..count {
        open(&mut rooms, room, id, format, parts);
    }
    let mut rng = Rng::new(2);
    let noise: Vec<u8> = (0..160).map(|_| rng.next_u32() as u8).collect();
    let stream = |ssrc, clock| {
        let start = StreamStart {
            ssrc,
            sequence: 0,
            timestamp: 0,
        };
        Sender::new(start, clock, if clock == 8000 { 0 } else { 96 })
    };
    let mut senders: Vec<(Sender, Sender)> = (0..count as u32)
        .map(|id| (stream(id, 8000), stream(id + 100, 90_000)))
        .collect();
    // All packets are made before the clock runs.
    let mut arrivals: Vec<(Instant, Port, SocketAddr, Bytes)> = Vec::new();
    for ms in 0..SECONDS * 1000 {
        let now = Instant::from_millis(ms);
        for (id, (sound, picture)) in (0..).zip(&mut senders) {
            if ms % 20 == id {
                let packet = sound.packet(now, false, &noise);
                arrivals.push((now, port(id, MediaKind::Audio), address(id), packet));
            }
            let frame = (ms * u64::from(FRAME_RATE) / 1000) as usize;
            let is_new = ms == 0 || ((ms - 1) * u64::from(FRAME_RATE) / 1000) as usize != frame;
            if parts > Parts::Sound && is_new {
                let payloads = &coded[id as usize][frame % PICTURES].payloads;
                for (at, payload) in payloads.iter().enumerate() {
                    let packet = picture.packet(now, at + 1 == payloads.len(), payload);
                    arrivals.push((now, port(id, MediaKind::Video), address(id), packet));
                }
            }
        }
    }
    let start = cpu_time();
    let mut sent = 0;
    let mut arrivals = arrivals.into_iter().peekable();
    for ms in 0..SECONDS * 1000 {
        let now = Instant::from_millis(ms);
        while let Some((_, port, from, packet)) = arrivals.next_if(|arrival| arrival.0 <= now) {
            rooms.receive(now, port, from, &packet);
        }
        while rooms.next_timeout().is_some_and(|at| at <= now) {
            rooms.handle_timeout(now);
        }
        sent += std::iter::from_fn(|| rooms.poll_transmit()).count();
    }
    let time = cpu_time() - start;
    assert!(
        sent as u64 >= SECONDS * 49 * count,
        "sound went out: {sent}"
    );
    let decoded = rooms.statistics().map(|s| s.pictures).min().unwrap_or(0);
    assert!(parts == Parts::Sound || decoded > SECONDS * 25, "{decoded}");
    time
}

fn open(rooms: &mut Rooms, room: RoomId, id: u64, format: VideoFormat, parts: Parts) {
    let participant = ParticipantId(id);
    let audio = Format::Audio {
        codec: AudioCodec::G711Ulaw,
        frame_ms: 20,
    };
    rooms.command(
        Instant::ZERO,
        Command::Join {
            participant,
            room,
            label: format!("party {id}"),
        },
    );
    for (format, payload_type) in [(audio, 0), (Format::Video(format), 96)] {
        let receive = Command::OpenReceive {
            participant,
            format,
            payload_type,
            rtcp: None,
        };
        let transmit = Command::OpenTransmit {
            participant,
            format,
            payload_type,
            rtp: address(id),
            rtcp: None,
            start: StreamStart {
                ssrc: id as u32 + 1000,
                sequence: 0,
                timestamp: 0,
            },
        };
        let is_sound = format.kind() == MediaKind::Audio;
        if is_sound || parts > Parts::Sound {
            rooms.command(Instant::ZERO, receive);
        }
        if is_sound || parts > Parts::Decode {
            rooms.command(Instant::ZERO, transmit);
        }
    }
}

fn coded_pictures(format: VideoFormat, party: u64, clip: Option<&[u8]>) -> Vec<EncodedPicture> {
    let mut encoder = BuiltIn.encoder(format).expect("a usual format");
    let mut picture = Picture::black(format.size);
    let luma = picture.y.len();
    (0..PICTURES)
        .map(|frame| {
            match clip {
                None => pattern::draw(party as u8, frame as u16, &mut picture),
                Some(clip) => {
                    let octets = luma * 3 / 2;
                    let number = (frame + party as usize * 7) % (clip.len() / octets);
                    let (y, rest) = clip[number * octets..][..octets].split_at(luma);
                    let (u, v) = rest.split_at(luma / 4);
                    picture.y.copy_from_slice(y);
                    picture.u.copy_from_slice(u);
                    picture.v.copy_from_slice(v);
                }
            }
            encoder.encode(&picture, frame as u32 * 3000, frame == 0)
        })
        .collect()
}

fn port(id: u64, kind: MediaKind) -> Port {
    Port {
        participant: ParticipantId(id),
        kind,
        channel: Channel::Rtp,
    }
}

fn address(id: u64) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, id as u8], 5000))
}

/// Decoders of the crate, and encoders that do nothing.
struct NoEncoder;

impl Codecs for NoEncoder {
    fn encoder(&self, _: VideoFormat) -> Option<Box<dyn VideoEncoder>> {
        None
    }
    fn decoder(&self, codec: VideoCodec) -> Option<Box<dyn VideoDecoder>> {
        BuiltIn.decoder(codec)
    }
}

fn cpu_time() -> Duration {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanos = line.split_whitespace().next().expect("three fields");
    Duration::from_nanos(nanos.parse().expect("a number"))
}

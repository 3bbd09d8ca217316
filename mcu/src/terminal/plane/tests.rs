//! Two terminals back to back over a network of virtual time.

use super::*;
use crate::terminal::report::{HeardReport, SeenReport};
use base::{AudioCodec, Bitrate, Format, MediaKind, PictureSize, VideoCodec, VideoFormat};
use bytes::Bytes;
use media::Picture;
use media::file::y4m::FrameRate;
use media::plane::{Channel, StreamStart};
use std::net::IpAddr;

/// A moment as the UNIX clock has them, off all grids.
const START: Instant = Instant::from_nanos(1_795_000_000_123_456_789);
const DELAY: Duration = Duration::from_millis(50);
const AUDIO: Format = audio(AudioCodec::G711Ulaw);
const VIDEO: Format = video(VideoCodec::H264, PictureSize::QCIF);

const fn audio(codec: AudioCodec) -> Format {
    let frame_ms = 20;
    Format::Audio { codec, frame_ms }
}

const fn video(codec: VideoCodec, size: PictureSize) -> Format {
    Format::Video(VideoFormat {
        codec,
        size,
        frame_rate: 30,
        bit_rate: Bitrate::from_kbps(1500),
        fragments: true,
    })
}

/// The two terminals send with these numbers.
const SENDERS: [u8; 2] = [3, 200];

fn settings(index: usize) -> EndpointSettings {
    EndpointSettings {
        participant: ParticipantId(index as u64),
        name: format!("t{index}"),
        sender: SENDERS[index],
        frame_rate: 30,
        sound: SoundSource::Tone,
        pictures: PictureSource::Pattern,
        recorder: None,
        trace: None,
    }
}

fn address(port: Port) -> SocketAddr {
    let host = IpAddr::from([10, 0, 0, port.participant.0 as u8]);
    let control = u16::from(port.channel == Channel::Rtcp);
    let session = if port.kind == MediaKind::Audio { 0 } else { 2 };
    SocketAddr::new(host, 5000 + session + control)
}

fn port(address: SocketAddr) -> Port {
    let IpAddr::V4(host) = address.ip() else {
        panic!("the network has IPv4 addresses only");
    };
    Port {
        participant: ParticipantId(host.octets()[3].into()),
        kind: [MediaKind::Audio, MediaKind::Video][usize::from(address.port() & 2) / 2],
        channel: [Channel::Rtp, Channel::Rtcp][usize::from(address.port() & 1)],
    }
}

/// Whether a packet that is sent at that time gets lost.
type Loses = Box<dyn FnMut(Instant, &Transmit) -> bool>;

struct World {
    plane: TerminalPlane,
    now: Instant,
    under_way: std::collections::VecDeque<(Instant, SocketAddr, Transmit)>,
    notices: Vec<Notice>,
    control: Vec<Bytes>,
    loses: Loses,
}

impl World {
    fn new(settings: [EndpointSettings; 2]) -> Self {
        World {
            plane: TerminalPlane::new(settings.into()),
            now: START,
            under_way: Default::default(),
            notices: Vec::new(),
            control: Vec::new(),
            loses: Box::new(|_, _| false),
        }
    }

    /// Opens a channel from each to the other.
    fn open(mut self, format: Format, payload_type: u8) -> Self {
        for id in [0, 1] {
            self.open_one(id, format, payload_type, 0x1000 + id as u32);
        }
        self
    }

    fn open_one(&mut self, from: u64, format: Format, payload_type: u8, ssrc: u32) {
        let at = |id, channel| {
            let participant = ParticipantId(id);
            let kind = format.kind();
            address(Port {
                participant,
                kind,
                channel,
            })
        };
        let to = 1 - from;
        let receive = Command::OpenReceive {
            participant: ParticipantId(to),
            format,
            payload_type,
            rtcp: Some(at(from, Channel::Rtcp)),
        };
        let transmit = Command::OpenTransmit {
            participant: ParticipantId(from),
            format,
            payload_type,
            rtp: at(to, Channel::Rtp),
            rtcp: Some(at(to, Channel::Rtcp)),
            start: StreamStart {
                ssrc,
                sequence: 65_500,
                timestamp: 77,
            },
        };
        self.plane.command(self.now, receive);
        self.plane.command(self.now, transmit);
    }

    fn run(&mut self, milliseconds: u64) {
        let end = self.now + Duration::from_millis(milliseconds);
        loop {
            while let Some(transmit) = self.plane.poll_transmit() {
                if transmit.port.channel == Channel::Rtcp {
                    self.control.push(transmit.packet.clone());
                }
                if !(self.loses)(self.now, &transmit) {
                    let from = address(transmit.port);
                    self.under_way.push_back((self.now + DELAY, from, transmit));
                }
            }
            self.notices
                .extend(std::iter::from_fn(|| self.plane.poll_notice()));
            let arrival = self.under_way.front().map(|&(at, ..)| at);
            let next = arrival.into_iter().chain(self.plane.next_timeout()).min();
            let Some(next) = next.filter(|&next| next <= end) else {
                break;
            };
            assert!(next >= self.now || next == START, "time goes forward");
            self.now = self.now.max(next);
            if arrival.is_some_and(|arrival| arrival <= self.now) {
                if let Some((_, from, transmit)) = self.under_way.pop_front() {
                    let to = port(transmit.to);
                    self.plane.receive(self.now, to, from, &transmit.packet);
                }
            } else {
                self.plane.handle_timeout(self.now);
            }
        }
        self.now = end;
    }

    fn report(&self, id: usize) -> EndpointReport {
        self.plane.report(self.now).swap_remove(id)
    }

    fn heard(&self, id: usize) -> HeardReport {
        let heard = self.report(id).sound.heard;
        assert_eq!(heard.len(), 1, "{heard:?}");
        heard.into_iter().next().unwrap()
    }

    fn seen(&self, id: usize) -> SeenReport {
        let seen = self.report(id).pictures.seen;
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.into_iter().next().unwrap()
    }
}

fn pair() -> World {
    World::new([settings(0), settings(1)])
}

#[test]
fn each_hears_the_other_and_not_itself_with_every_codec() {
    for codec in [AudioCodec::G711Ulaw, AudioCodec::G711Alaw, AudioCodec::G722] {
        let mut world = pair().open(audio(codec), codec.payload_type());
        world.run(5000);
        for id in [0, 1] {
            let (heard, report) = (world.heard(id), world.report(id));
            assert_eq!(heard.sender, SENDERS[1 - id] % 64, "{codec:?}");
            assert!(heard.fraction > 0.95, "{codec:?}: {heard:?}");
            assert!(heard.silence_ms_max <= 200.1, "{codec:?}: {heard:?}");
            let sound = report.sound;
            assert_eq!(sound.own_tone_windows, 0);
            assert!(sound.other_sound_dbov < -50.0, "{}", sound.other_sound_dbov);
            assert_eq!(sound.stream.lost, 0);
            assert!((20.0..20.1).contains(&sound.stream.gap_ms_max));
            assert_eq!(sound.stream.bit_rate_bps / 1000, 64);
            let (sent, came) = (
                world.report(1 - id).sound_sent.packets,
                sound.stream.packets,
            );
            assert!((248..=251).contains(&sent), "{sent}");
            // Two or three are still under way.
            assert!((2..=3).contains(&(sent - came)), "{sent} {came}");
        }
    }
}

#[test]
fn each_sees_the_other_with_every_codec_and_knows_how_late() {
    let formats = [
        (VideoCodec::H261, PictureSize::QCIF),
        (VideoCodec::H261, PictureSize::CIF),
        (VideoCodec::H264, PictureSize::QCIF),
        (VideoCodec::H264, PictureSize::CIF4),
    ];
    for (codec, size) in formats {
        let mut world = pair().open(video(codec, size), 96);
        world.run(3000);
        for id in [0, 1] {
            let (seen, report) = (world.seen(id), world.report(id));
            assert_eq!(seen.sender, SENDERS[1 - id]);
            assert_eq!(seen.latency_ms_p50, 50.0, "{codec:?} {size}");
            assert_eq!(seen.latency_ms_p95, 50.0, "{codec:?} {size}");
            let pictures = report.pictures;
            let sent = world.report(1 - id).pictures_sent.pictures;
            // Two are still under way.
            assert!(
                pictures.pictures >= 87 && sent >= 89,
                "{codec:?} {size}: {pictures:?}"
            );
            assert_eq!(pictures.unread_pictures, 0, "{codec:?} {size}");
            assert_eq!(seen.frames, pictures.pictures, "{codec:?} {size}");
            assert!(seen.freeze_ms_max < 34.0, "{codec:?} {size}: {seen:?}");
            assert_eq!(seen.blank_ms, 0.0);
            assert_eq!(pictures.sizes, [size.to_string()]);
            assert_eq!(pictures.decode_errors, 0);
            assert_eq!(pictures.stream.lost, 0);
        }
        assert_eq!(world.notices, []);
    }
}

#[test]
fn an_outage_is_a_gap_and_a_freeze_of_its_length() {
    outage(VIDEO);
    outage(video(VideoCodec::H261, PictureSize::QCIF));
    outage(video(VideoCodec::H261, PictureSize::CIF));
}

fn outage(pictures: Format) {
    let mut world = pair().open(AUDIO, 0).open(pictures, 96);
    let outage = START + Duration::from_secs(2)..START + Duration::from_millis(2500);
    let from = outage.start;
    world.loses = Box::new(move |now, _| outage.contains(&now));
    world.run(5000);
    let (report, seen) = (world.report(0), world.seen(0));
    let gap = report.sound.stream.gaps[0];
    assert!((500.0..=540.0).contains(&gap.length_ms), "{gap:?}");
    let begins = gap.start_unix_ms - from.as_nanos() / 1_000_000;
    // The last packet before it had the delay still to go.
    assert!((30..=50).contains(&begins), "{begins}");
    // Then an intra picture has to be asked for.
    let freeze = seen.freezes[0].length_ms;
    assert!((500.0..=900.0).contains(&freeze), "{seen:?}");
    assert!(seen.freezes[1].length_ms < 150.0, "{seen:?}");
    assert!((24..=26).contains(&report.sound.stream.lost));
    assert!(report.sound.heard[0].silence_ms_max >= 600.0);
    assert_eq!(report.sound.stream.ssrc_changes, 0);
    let stalls = (world.notices.iter()).any(|n| matches!(n, Notice::Stalled(..)));
    assert!(!stalls, "nothing stalls in half a second");
}

#[test]
fn a_broken_off_stream_stalls_and_its_gap_lasts_until_now() {
    let mut world = pair().open(AUDIO, 0);
    let end = START + Duration::from_secs(1);
    world.loses = Box::new(move |now, _| now >= end);
    world.run(10_000);
    assert!(
        world
            .notices
            .contains(&Notice::Stalled(ParticipantId(1), MediaKind::Audio))
    );
    let gap = world.report(1).sound.stream.gap_ms_max;
    assert!((8930.0..=8990.0).contains(&gap), "{gap}");
}

#[test]
fn lost_packets_are_counted_and_a_damaged_picture_is_asked_for_anew() {
    let mut world = pair().open(video(VideoCodec::H264, PictureSize::CIF), 96);
    let mut sent = 0;
    world.loses = Box::new(move |_, transmit| {
        sent += u32::from(transmit.port.channel == Channel::Rtp);
        transmit.port.channel == Channel::Rtp && sent % 100 == 50
    });
    world.run(6000);
    let reports = [world.report(0), world.report(1)];
    let lost: i64 = reports.iter().map(|r| r.pictures.stream.lost).sum();
    assert!(lost >= 4, "{lost}");
    let asked: Vec<_> = (world.notices.iter())
        .filter(|notice| matches!(notice, Notice::NeedIntra(_)))
        .collect();
    assert!(asked.len() >= 2, "{asked:?}");
    for (id, report) in reports.iter().enumerate() {
        let asked = asked
            .iter()
            .filter(|&&n| *n == Notice::NeedIntra(ParticipantId(id as u64)));
        let requests = report.pictures.intra_requests;
        assert_eq!(asked.count() as u64, requests);
        assert!(
            (1..=6).contains(&requests),
            "at most one a second: {requests}"
        );
        let other = &reports[1 - id].pictures_sent;
        assert!(
            other.intra_requests >= 1 && other.intra_pictures >= 2,
            "{other:?}"
        );
        assert!(report.pictures.seen[0].freeze_ms_max < 1200.0);
    }
}

#[test]
fn a_new_source_is_noticed() {
    let mut world = pair().open(AUDIO, 0);
    world.run(1000);
    world.open_one(0, AUDIO, 0, 0x9999);
    world.run(1000);
    let stream = world.report(1).sound.stream;
    assert_eq!((stream.ssrc_changes, stream.sequence_restarts), (1, 0));
    assert_eq!(stream.lost, 0);
    assert!(stream.packets > 90);
}

#[test]
fn the_silent_send_nothing_and_a_file_is_no_tone() {
    let mut rng = Rng::new(4);
    let noise: Vec<i16> = (0..12_345).map(|_| (rng.next_u32() as i16) >> 5).collect();
    let file = SoundFile {
        narrow: noise.clone().into(),
        wide: noise.into(),
    };
    let mut world = World::new([
        EndpointSettings {
            sound: SoundSource::Silent,
            ..settings(0)
        },
        EndpointSettings {
            sound: SoundSource::File(file),
            ..settings(1)
        },
    ])
    .open(AUDIO, 0);
    world.run(4000);
    let (silent, speaker) = (world.report(0), world.report(1));
    assert_eq!(silent.sound_sent.packets, 0);
    assert_eq!(
        (speaker.sound.stream.packets, speaker.sound.windows),
        (0, 0)
    );
    assert_eq!(speaker.sound.other_sound_dbov, -127.0);
    assert_eq!(silent.sound.heard, []);
    assert!(
        silent.sound.other_sound_fraction > 0.95,
        "{:?}",
        silent.sound
    );
    // Uniform noise of 1/32 of full scale: -30.1 - 4.8 dB.
    let level = silent.sound.other_sound_dbov;
    assert!((-36.0..=-33.0).contains(&level), "{level}");
}

#[test]
fn a_picture_file_bears_the_code() {
    let grey = |luma| Picture::filled(PictureSize::new(320, 240), luma, 100, 150);
    let file = PictureFile {
        pictures: [grey(60), grey(190)].into(),
        rate: FrameRate {
            pictures: 5,
            seconds: 1,
        },
    };
    let mut world = World::new([
        EndpointSettings {
            pictures: PictureSource::File(file),
            ..settings(0)
        },
        settings(1),
    ])
    .open(video(VideoCodec::H264, PictureSize::CIF), 96);
    world.run(2000);
    let seen = world.seen(1);
    assert_eq!((seen.sender, seen.latency_ms_p50), (SENDERS[0], 50.0));
    assert!(seen.frames > 50, "{seen:?}");
}

#[test]
fn commands_are_obeyed() {
    let mut world = pair().open(VIDEO, 96);
    world.run(1000);
    let before = world.report(0).pictures_sent;
    world
        .plane
        .command(world.now, Command::Intra(ParticipantId(0)));
    world.run(100);
    let after = world.report(0).pictures_sent;
    assert_eq!(after.intra_pictures, before.intra_pictures + 1);

    let stop = Command::FlowControl(ParticipantId(0), Some(Bitrate(0)));
    world.plane.command(world.now, stop);
    world.run(500);
    assert_eq!(world.report(0).pictures_sent.pictures, after.pictures);
    let go_on = Command::FlowControl(ParticipantId(0), None);
    world.plane.command(world.now, go_on);
    world.run(500);
    assert!(world.report(0).pictures_sent.pictures > after.pictures + 10);

    world.control.clear();
    world
        .plane
        .command(world.now, Command::Leave(ParticipantId(0)));
    let sent = world.report(0).pictures_sent.packets;
    world.run(500);
    assert_eq!(world.report(0).pictures_sent.packets, sent);
    let goodbyes = (world.control.iter())
        .filter(|packet| packet.windows(2).any(|octets| octets == [0x81, 203]))
        .count();
    assert_eq!(goodbyes, 1);
    let freeze = world.report(0).pictures.seen[0].freeze_ms_max;
    assert!(freeze < 300.0, "after the end nothing freezes: {freeze}");
}

#[test]
fn reports_of_receivers_tell_the_time_there_and_back() {
    let mut world = pair().open(AUDIO, 0);
    world.run(20_000);
    assert!(
        (4..=16).contains(&world.control.len()),
        "{}",
        world.control.len()
    );
    let round_trip = world.report(0).sound_sent.round_trip_ms.unwrap();
    assert!((99.0..=101.0).contains(&round_trip), "{round_trip}");
}

#[test]
fn a_lower_negotiated_frame_rate_keeps_the_grid() {
    let Format::Video(format) = VIDEO else {
        panic!("VIDEO is video");
    };
    let format = VideoFormat {
        frame_rate: 12,
        ..format
    };
    let mut world = pair().open(Format::Video(format), 96);
    world.run(5000);
    let seen = world.seen(0);
    assert!((56..=60).contains(&seen.frames), "{seen:?}");
    assert_eq!(seen.latency_ms_p50, 50.0);
    assert!(seen.freeze_ms_max < 101.0, "{seen:?}");
}

#[test]
fn a_report_can_be_written_and_read() {
    let mut world = pair().open(AUDIO, 0).open(VIDEO, 96);
    world.run(1000);
    let reports = world.plane.report(world.now);
    let json = serde_json::to_string_pretty(&reports).unwrap();
    let read: Vec<EndpointReport> = serde_json::from_str(&json).unwrap();
    assert_eq!(read, reports);
    assert!(json.contains("\"gap_ms_max\""));
}

#[test]
fn a_trace_has_every_packet_and_every_tile() {
    let path = std::env::temp_dir().join(format!("terminal-{}.csv", std::process::id()));
    let file = TraceFile::create(&path, START).unwrap();
    let traced = EndpointSettings {
        trace: Some(file.of(SENDERS[0])),
        ..settings(0)
    };
    let mut world = World::new([traced, settings(1)])
        .open(AUDIO, 0)
        .open(VIDEO, 96);
    world.run(2000);
    let report = world.report(0);
    drop(world);
    file.finish().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let count = |what: &str| text.lines().filter(|line| line.contains(what)).count() as u64;
    assert_eq!(
        count(",3,received,audio,4097,"),
        report.sound.stream.packets
    );
    assert_eq!(
        count(",3,received,video,4097,"),
        report.pictures.stream.packets
    );
    assert_eq!(count(",3,sent,audio,4096,"), report.sound_sent.packets);
    assert_eq!(count(",3,sent,video,4096,"), report.pictures_sent.packets);
    assert_eq!(count(",3,seen,200,"), report.pictures.pictures);
    assert_eq!((count(",blank,"), count(",lost,")), (0, 0));
    // In the end pictures take as long as the network does; before it is known which packet ends one,
    // they wait for the next.
    let last = text.lines().rfind(|line| line.contains(",seen,")).unwrap();
    let fields: Vec<i64> = (last.split(','))
        .filter_map(|part| part.parse().ok())
        .collect();
    let latency = Duration::from_nanos((fields[0] - fields[4]) as u64);
    assert_eq!(latency, DELAY, "{last}");
}

#[test]
fn a_recording_is_played_again() {
    let folder = std::env::temp_dir().join(format!("terminal-record-{}", std::process::id()));
    let mut world = World::new([
        EndpointSettings {
            recorder: Some(Recorder::new(&folder, "a/b", 30).unwrap()),
            ..settings(0)
        },
        settings(1),
    ])
    .open(AUDIO, 0)
    .open(VIDEO, 96);
    world.run(2000);
    world.plane.finish_recordings().unwrap();
    let sound = load::sound(&folder.join("a_b.wav")).unwrap();
    assert!((14_000..=16_000).contains(&sound.narrow.len()));
    let pictures = load::pictures(&folder.join("a_b.y4m")).unwrap();
    assert_eq!(
        pictures.pictures.len() as u64,
        world.report(0).pictures.pictures
    );
    assert_eq!(pictures.pictures[0].size(), PictureSize::QCIF);
    let png = std::fs::read(folder.join("a_b.png")).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    let error = load::pictures(&folder.join("a_b.wav"))
        .map(drop)
        .unwrap_err();
    assert!(format!("{error:#}").contains(".y4m"), "{error:#}");
    let error = load::sound(&folder.join("none.wav")).map(drop).unwrap_err();
    assert!(format!("{error:#}").contains("none.wav"), "{error:#}");
    std::fs::remove_dir_all(&folder).unwrap();
}

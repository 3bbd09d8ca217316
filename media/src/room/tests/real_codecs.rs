use super::party::Party;
use super::world::ROOM;
use crate::Picture;
use crate::codec::{CodedPicture, VideoEncoder};
use crate::plane::{Channel, Command, Layout, Plane, RoomSettings};
use crate::room::Rooms;
use crate::room::codecs::{BuiltIn, Codecs};
use crate::room::output::OutputKey;
use crate::rtp::Header;
use crate::rtp::picture_buffer::PictureBuffer;
use crate::video::pattern;
use base::{Instant, MediaKind, PictureSize, VideoCodec};

/// A room with so many parties who send pictures, and their encoders.
pub(super) fn meeting(
    codec: VideoCodec,
    count: u8,
) -> (Rooms, Vec<Party>, Vec<Box<dyn VideoEncoder>>) {
    let mut rooms = Rooms::new(1);
    let settings = RoomSettings {
        layout: Layout::Automatic,
        frame_rate: 30,
    };
    rooms.command(Instant::ZERO, Command::Room(ROOM, settings));
    let mut parties: Vec<Party> = (1..=count).map(Party::new).collect();
    let mut encoders = Vec::new();
    for party in &mut parties {
        party.format.codec = codec;
        let join = Command::Join {
            participant: party.participant(),
            room: ROOM,
            label: "somebody".into(),
        };
        let commands = [vec![join], party.opening(true)].concat();
        (commands.into_iter()).for_each(|command| rooms.command(Instant::ZERO, command));
        encoders.push(BuiltIn.encoder(party.format).unwrap());
    }
    (rooms, parties, encoders)
}

/// Two seconds of three parties, decoded again by the first one, at the end.
fn last_mosaic(codec: VideoCodec) -> Picture {
    let (mut rooms, mut parties, mut encoders) = meeting(codec, 3);
    let mut eye = BuiltIn.decoder(codec).unwrap();
    let mut buffer = PictureBuffer::new();
    let mut picture = Picture::black(PictureSize::CIF);
    let mut mosaic = None;
    for ms in 0..2000u64 {
        let now = Instant::from_millis(ms);
        for (party, encoder) in parties.iter_mut().zip(&mut encoders) {
            if ms % 33 == 0 {
                pattern::draw(party.id, (ms / 33) as u16, &mut picture);
                let coded = encoder.encode(&picture, now.ticks(90_000), ms == 0);
                let last = coded.payloads.len() - 1;
                for (at, payload) in coded.payloads.iter().enumerate() {
                    let packet = party.picture.packet(now, at == last, payload);
                    let port = party.port(MediaKind::Video, Channel::Rtp);
                    rooms.receive(now, port, party.address, &packet);
                }
            }
        }
        rooms.handle_timeout(now);
        while let Some(transmit) = rooms.poll_transmit() {
            if transmit.port == parties[0].port(MediaKind::Video, Channel::Rtp) {
                let (header, payload) = Header::parse(&transmit.packet).unwrap();
                // 65,000 and on: two seconds may wrap.
                let sequence = i64::from(header.sequence.wrapping_sub(65_000));
                buffer.put(now, sequence, header.timestamp, header.marker, payload);
            }
        }
        while let Some(coded) = buffer.take(now) {
            mosaic = show(eye.decode(&coded), &coded).cloned().or(mosaic);
        }
    }
    mosaic.unwrap()
}

fn show<'a, E: std::fmt::Debug>(
    decoded: Result<Option<&'a Picture>, E>,
    coded: &CodedPicture,
) -> Option<&'a Picture> {
    assert!(coded.is_complete());
    decoded.unwrap()
}

fn check(codec: VideoCodec) {
    let codes = pattern::read_all(&last_mosaic(codec));
    let senders: Vec<u8> = codes.iter().map(|(_, code)| code.sender).collect();
    assert_eq!(senders, [1, 2, 3], "{codec:?}");
    assert!(codes.iter().all(|(_, code)| code.frame >= 56), "{codes:?}");
}

#[test]
fn a_mosaic_in_h264_shows_everybody() {
    check(VideoCodec::H264);
}

#[test]
fn a_mosaic_in_h261_shows_everybody() {
    check(VideoCodec::H261);
}

/// Encodes pictures of noise, or moving ones; each stays within what those before it make expect.
fn check_packets_max(key: &OutputKey, is_noise: bool) {
    let mut encoder = BuiltIn.encoder(key.format()).unwrap();
    let mut rng = base::Rng::new(1);
    let mut picture = Picture::black(key.size);
    let mut largest = 0;
    for n in 0..12u32 {
        if is_noise {
            (picture.y.iter_mut()).for_each(|sample| *sample = rng.next_u32() as u8);
        } else {
            pattern::draw((n % 7) as u8, n as u16, &mut picture);
        }
        let timestamp = n * 90_000 / u32::from(key.frame_rate);
        let coded = encoder.encode(&picture, timestamp, n % 8 == 0);
        let packets = coded.payloads.len() as u16;
        let most = key.packets_max(1, largest);
        assert!(u64::from(packets) <= most, "{key:?}: {packets} of {most}");
        largest = largest.max(packets);
    }
}

#[test]
fn no_picture_takes_more_packets_than_a_takeover_skips() {
    use PictureSize as Size;
    let h264 = [Size::QCIF, Size::CIF, Size::CIF4, Size::HD720].map(|s| (VideoCodec::H264, s));
    let h261 = [Size::QCIF, Size::CIF].map(|size| (VideoCodec::H261, size));
    for (codec, size) in h264.into_iter().chain(h261) {
        for (rate_kbps, frame_rate) in [(32, 30), (128, 5), (512, 30), (4096, 30)] {
            for fragments in [true, false] {
                let key = OutputKey {
                    codec,
                    fragments,
                    size,
                    frame_rate,
                    rate_kbps,
                };
                check_packets_max(&key, true);
                check_packets_max(&key, false);
            }
        }
    }
}

use super::party::Party;
use super::world::ROOM;
use crate::Picture;
use crate::codec::CodedPicture;
use crate::plane::{Channel, Command, Layout, Plane, RoomSettings};
use crate::room::Rooms;
use crate::room::codecs::{BuiltIn, Codecs};
use crate::rtp::Header;
use crate::rtp::picture_buffer::PictureBuffer;
use crate::video::pattern;
use base::{Instant, MediaKind, PictureSize, VideoCodec};

/// Two seconds of three parties, decoded again by the first one, at the end.
fn last_mosaic(codec: VideoCodec) -> Picture {
    let mut rooms = Rooms::new(1);
    let settings = RoomSettings {
        layout: Layout::Automatic,
        frame_rate: 30,
    };
    rooms.command(Instant::ZERO, Command::Room(ROOM, settings));
    let mut parties = [1, 2, 3].map(Party::new);
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

//! What a node keeps and makes while another one serves.

use super::takeover::{fail, pair, senders_in};
use super::world::World;
use crate::plane::{Channel, Command, Notice, Plane};
use crate::room::kept::{Kept, Packet};
use crate::room::limits::KEPT_OCTETS_MAX;
use crate::rtp::Header;
use base::{Instant, MediaKind, ParticipantId, VideoCodec};
use std::sync::atomic::Ordering;
use std::time::Duration;

#[test]
fn a_sender_is_asked_for_an_intra_picture_as_often_as_told() {
    let asked = |world: &World| {
        let asks = |notice: &&Notice| matches!(notice, Notice::NeedIntra(_));
        world.notices.iter().filter(asks).count()
    };
    // By itself it makes one every ten seconds.
    let mut world = pair(1, true, 300);
    world.run(9000);
    assert_eq!(asked(&world), 0);
    world.rooms.set_intra_interval(Some(Duration::from_secs(4)));
    world.run(8500);
    assert_eq!(asked(&world), 2);
    // Without pictures none are asked for.
    world.party(1).shows = false;
    world.run(20_000);
    assert!(asked(&world) <= 3);
}

#[test]
fn a_flood_is_bounded() {
    let mut world = pair(1, true, 300);
    let mut rng = base::Rng::new(1);
    let mut most = 0;
    for n in 0..60_000u32 {
        world.now += Duration::from_micros(50);
        let (now, party) = (world.now, world.party(1));
        let payload = [&[0x65][..], &[7; 1300]].concat();
        let picture = party
            .picture
            .packet(now, n % 9 == 0, &payload[usize::from(n > 5)..]);
        let sound = party.sound.packet(now, false, &[7; 160]);
        let noise: Vec<u8> = (0..rng.below(60)).map(|_| rng.next_u32() as u8).collect();
        let from = party.address;
        let ports = [MediaKind::Video, MediaKind::Audio].map(|k| party.port(k, Channel::Rtp));
        let rooms = &mut world.backup().rooms;
        rooms.keep(now, ports[0], from, &picture);
        rooms.keep(now, ports[1], from, &sound);
        rooms.keep(now, ports[n as usize % 2], from, &noise);
        most = most.max(rooms.kept().memory());
    }
    // The pictures at twice their bound, since memory grows by doubling, and the sound.
    assert!((1 << 19..(2 << 20) + (256 << 10)).contains(&most), "{most}");
    world.command(Command::Leave(ParticipantId(1)));
    assert_eq!(world.backup().rooms.kept().memory(), 0);
}

#[test]
fn what_is_kept_of_all_is_bounded() {
    let mut kept = Kept::default();
    let packet = |n: u64| Packet {
        at: Instant::from_millis(n),
        sequence: n as i64,
        header: Header {
            marker: false,
            payload_type: 96,
            sequence: n as u16,
            timestamp: n as u32 / 8,
            ssrc: 1,
        },
    };
    for id in 0..400 {
        for n in 0..600 {
            let codec = [VideoCodec::H261, VideoCodec::H264][id as usize % 2];
            let payload = [&[if n == 0 { 0x65 } else { 0x41 }][..], &[0; 1399]].concat();
            kept.keep_picture(ParticipantId(id), codec, packet(n), &payload);
        }
    }
    assert!((KEPT_OCTETS_MAX / 2..=KEPT_OCTETS_MAX).contains(&kept.memory()));
    let pictures = kept.take_pictures();
    assert_eq!(kept.memory(), 0);
    assert!(pictures.values().filter(|p| !p.packets.is_empty()).count() > 50);
}

#[test]
fn a_stream_without_intra_pictures_is_kept_no_longer_than_decoding_it_is_worth() {
    let mut world = pair(1, true, 600);
    let kept = |world: &mut World| world.backup().rooms.kept().memory();
    world.run(9900);
    assert!(kept(&mut world) > 100_000, "{}", kept(&mut world));
    world.run(500);
    assert!(kept(&mut world) < 50_000, "{}", kept(&mut world));
    // The next one begins anew; the fake sender makes it after 20 s.
    world.run(10_000);
    assert!(kept(&mut world) > 4000);
    fail(&mut world, 100, 0, 10);
    world.run(60);
    assert_eq!(world.backup().notices, []);
    assert_eq!(senders_in(&world.backup().parties[0].seen[0]), [1]);
}

#[test]
fn everything_is_made_ahead_and_nothing_at_the_takeover() {
    let mut world = pair(3, true, 300);
    let made = |world: &mut World| {
        let codecs = &world.backup().codecs;
        [&codecs.encoders, &codecs.decoders].map(|count| count.load(Ordering::Relaxed))
    };
    let now = world.now;
    world.backup().rooms.prepare(now);
    assert_eq!(made(&mut world), [1, 3]);
    world.backup().rooms.prepare(now);
    fail(&mut world, 1000, 0, 10);
    world.run(500);
    assert_eq!(made(&mut world), [1, 3]);
    // One of them between two places of the grid, as soon as all were there.
    let encodings = world.backup().codecs.encodings.load(Ordering::Relaxed);
    assert!((15..=16).contains(&encodings), "{encodings}");
}

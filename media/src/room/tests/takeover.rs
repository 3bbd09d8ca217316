//! A second node takes over while the first one goes on: what it sends is compared with what would
//! have been sent.

use super::party::{Party, is_intra, mosaic};
use super::world::{INTRA_LATENCY, World};
use crate::codec::CodedPicture;
use crate::plane::{Channel, Command, Format, Layout, Notice, Plane, StreamMark};
use crate::room::kept::{Kept, Packet};
use crate::room::limits::KEPT_OCTETS_MAX;
use crate::rtp::Header;
use crate::rtp::rtcp::{self, Item};
use crate::video::pattern;
use base::{AudioCodec, Instant, MediaKind, ParticipantId, VideoCodec};
use bytes::Bytes;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Parties 1 to `count`, each with an intra picture every `intra_every`, seen by two nodes.
fn pair(count: u8, is_warm: bool, intra_every: u16) -> World {
    let mut world = World::new(Layout::Automatic).paired(is_warm);
    for id in 1..=count {
        let mut party = Party::new(id);
        party.shows = true;
        party.intra_every = Some(intra_every);
        world.enter(party);
    }
    world
}

/// Kills the serving node after `ms`; `outage` milliseconds later the other one takes over with marks
/// that were `age` milliseconds old at the death.
/// Gives the marks at the death.
fn fail(world: &mut World, ms: u64, age: u64, outage: u64) -> Vec<StreamMark> {
    world.run(ms - age);
    let (at, marks) = (world.now, world.rooms.marks());
    world.run(age);
    let last = world.rooms.marks();
    world.run(outage);
    for party in &mut world.parties {
        party.packets.clear();
        party.sounds.clear();
    }
    world.take_over(at, &marks);
    last
}

#[test]
fn the_sound_goes_on_as_if_nothing_had_happened() {
    for offset in 0..40 {
        let mut world = World::new(Layout::Automatic).paired(true);
        // The number is also when within 20 ms it sends.
        let ids = [1, 4 + (offset % 5) as u8, 12, 16 + (offset % 4) as u8];
        for id in ids {
            world.enter(Party::new(id));
        }
        fail(&mut world, 4500 + offset, offset % 7, 4 + offset % 20);
        world.run(100);
        for (at, id) in ids.into_iter().enumerate() {
            let expected = std::mem::take(&mut world.party(id).sounds);
            let sounds = &world.backup().parties[at].sounds;
            assert_eq!(expected.len(), 5);
            assert!(sounds == &expected, "{offset} {id}");
        }
    }
}

#[test]
fn the_first_picture_shows_everybody_alive() {
    for (count, offset) in [3, 9]
        .into_iter()
        .flat_map(|count| (0..34).map(move |o| (count, o)))
    {
        let mut world = pair(count, true, 300);
        let last = fail(&mut world, 2500 + offset, offset % 7, 4 + offset % 20);
        let before = world.backup().codecs.decodings.load(Ordering::Relaxed);
        assert_eq!(before, 0);
        let now = world.now;
        world.run(60);
        let latest = u64::from(world.parties[0].frame);
        let party = &world.backup().parties[0];
        let (at, ..) = party
            .packets
            .iter()
            .find(|p| p.1 == MediaKind::Video)
            .unwrap();
        assert!(
            at.since(now).as_millis() <= 34,
            "{offset}: {:?}",
            at.since(now)
        );
        assert!(is_intra(&party.seen[0]));
        let codes = pattern::read_all(&mosaic(&party.seen[0]).unwrap());
        assert_eq!(senders_in(&party.seen[0]), (1..=count).collect::<Vec<u8>>());
        let oldest = codes.iter().map(|(_, code)| u64::from(code.frame)).min();
        assert!(oldest.unwrap() + 3 >= latest, "{codes:?} of {latest}");
        let (sound, pictures) = skipped(&mut world, &last);
        assert!(sound <= 2 && pictures <= 30, "{sound} {pictures}");
        // What was kept is decoded once, and then what comes.
        let decodings = world.backup().codecs.decodings.load(Ordering::Relaxed);
        assert!(decodings <= usize::from(count) * 80, "{decodings}");
    }
}

/// Asserts that the numbers of all streams rise from what the first node `last` sent, and gives how many
/// were skipped of sound and of pictures at most.
fn skipped(world: &mut World, last: &[StreamMark]) -> (u16, u16) {
    let (mut sound, mut picture) = (0, 0);
    for mark in last {
        let id = mark.participant.0 as usize;
        let packets = &world.backup().parties[id - 1].packets;
        let numbers: Vec<u16> = (packets.iter())
            .filter(|(_, kind, _)| *kind == mark.kind)
            .map(|(.., header)| header.sequence)
            .collect();
        let rises = |pair: &[u16]| pair[1] == pair[0].wrapping_add(1);
        assert!(numbers.windows(2).all(rises));
        let gap = numbers[0].wrapping_sub(mark.sender.sequence);
        match mark.kind {
            MediaKind::Audio => sound = sound.max(gap),
            MediaKind::Video => picture = picture.max(gap),
        }
    }
    (sound, picture)
}

#[test]
fn a_node_that_kept_nothing_asks_at_once_and_waits_for_everybody() {
    let mut world = pair(3, false, 300);
    fail(&mut world, 2500, 0, 4);
    let now = world.now;
    world.run(1);
    let asked = |notice: &&Notice| matches!(notice, Notice::NeedIntra(_));
    assert_eq!(world.backup().notices.iter().filter(asked).count(), 3);
    world.run(400);
    assert_eq!(world.backup().notices.iter().filter(asked).count(), 3);
    let party = &world.backup().parties[0];
    let (at, ..) = party
        .packets
        .iter()
        .find(|p| p.1 == MediaKind::Video)
        .unwrap();
    // The next picture after the request, and one that ends it: markers are not proven yet.
    assert!(
        at.since(now) <= INTRA_LATENCY + Duration::from_millis(70),
        "{:?}",
        at.since(now)
    );
    assert_eq!(senders_in(&party.seen[0]), [1, 2, 3]);
    let requests = |packet: &Bytes| rtcp::parse(packet).unwrap().contains(&Item::IntraRequest);
    assert_eq!(
        party
            .controls
            .iter()
            .filter(|packet| requests(packet))
            .count(),
        1
    );
}

#[test]
fn who_sends_nothing_is_not_waited_for_long() {
    let mut world = pair(3, false, 300);
    world.run(1000);
    world.party(2).shows = false;
    fail(&mut world, 1500, 0, 4);
    let now = world.now;
    world.run(300);
    let party = &world.backup().parties[0];
    let (at, ..) = party
        .packets
        .iter()
        .find(|p| p.1 == MediaKind::Video)
        .unwrap();
    assert!(
        at.since(now) <= Duration::from_millis(170),
        "{:?}",
        at.since(now)
    );
    assert_eq!(senders_in(&party.seen[0]), [1, 3]);
}

#[test]
fn who_answers_no_request_delays_the_first_picture_by_its_patience_alone() {
    for is_warm in [true, false] {
        let mut world = pair(3, is_warm, 300);
        world.run(1000);
        // A picture that refers to one that is not there, for ever.
        let party = world.party(2);
        party.intra_every = Some(u16::MAX);
        party.answers = false;
        party.frame += 1;
        world.run(10_000);
        fail(&mut world, 500, 0, 4);
        let now = world.now;
        world.run(500);
        let party = &world.backup().parties[0];
        let (at, ..) = party
            .packets
            .iter()
            .find(|p| p.1 == MediaKind::Video)
            .unwrap();
        let most = if is_warm { 135 } else { 435 };
        assert!(
            at.since(now).as_millis() <= most,
            "{is_warm} {:?}",
            at.since(now)
        );
        assert_eq!(senders_in(&party.seen[0]), [1, 3]);
    }
}

/// The senders in a mosaic.
fn senders_in(coded: &CodedPicture) -> Vec<u8> {
    let codes = pattern::read_all(&mosaic(coded).unwrap());
    let mut senders: Vec<u8> = codes.iter().map(|(_, code)| code.sender).collect();
    senders.sort();
    senders
}

#[test]
fn numbers_are_skipped_only_for_what_may_have_been_sent() {
    for (kill, outage) in (0..40).flat_map(|kill| [3, 17, 33].map(|outage| (kill, outage))) {
        let mut world = pair(2, true, 300);
        let last = fail(&mut world, 1500 + kill, 0, outage);
        let ticks = |at: Instant, per_second: u64| at.as_nanos() * per_second / 1_000_000_000;
        let (end, begin) = (world.now, world.now - Duration::from_millis(outage));
        world.run(100);
        let (sound, pictures) = skipped(&mut world, &last);
        assert_eq!(u64::from(sound), ticks(end, 50) - ticks(begin, 50));
        match ticks(end, 30) - ticks(begin, 30) {
            0 => assert_eq!(pictures, 0),
            // The fake encoder's pictures are of four packets.
            count => assert!(
                (1..=16 + 14 * count).contains(&pictures.into()),
                "{pictures}"
            ),
        }
    }
}

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
fn a_key_pressed_at_the_last_moment_is_told_and_nothing_else_of_the_past() {
    let mut world = pair(2, true, 300);
    world.run(1980);
    world.press(1, 10);
    fail(&mut world, 20, 0, 10);
    world.run(100);
    let key = Notice::Digit(ParticipantId(1), '#', 4711);
    assert_eq!(world.backup().notices, [key]);
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

#[test]
fn packets_of_any_length_are_cut_where_the_other_node_cut_them() {
    for frame_ms in [10, 20, 30, 40, 60] {
        for (is_warm, offset) in (0..120).step_by(13).map(|offset| (offset % 2 == 0, offset)) {
            let mut world = pair(2, is_warm, 300);
            for mut command in world.party(1).opening(false) {
                if let Command::OpenTransmit { format, .. } = &mut command {
                    *format = Format::Audio {
                        codec: AudioCodec::G711Ulaw,
                        frame_ms,
                    };
                }
                world.command(command);
            }
            fail(&mut world, 4500 + offset, 5, 10);
            world.run(300);
            let numbers = |sounds: &[Bytes]| -> Vec<Bytes> {
                sounds.iter().map(|packet| packet.slice(..12)).collect()
            };
            let expected = std::mem::take(&mut world.party(1).sounds);
            let sounds = &world.backup().parties[0].sounds;
            assert!(!sounds.is_empty());
            assert_eq!(numbers(sounds), numbers(&expected), "{frame_ms} {offset}");
            assert!(!is_warm || sounds == &expected, "{frame_ms} {offset}");
        }
    }
}

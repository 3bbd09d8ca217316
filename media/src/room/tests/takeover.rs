//! A second node takes over while the first one goes on: what it sends is compared with what would
//! have been sent.

use super::party::{Party, is_intra, mosaic};
use super::world::{INTRA_LATENCY, World};
use crate::codec::CodedPicture;
use crate::plane::{Command, Format, Layout, Notice, Plane, StreamMark};
use crate::rtp::rtcp::{self, Item};
use crate::video::pattern;
use base::{AudioCodec, Instant, MediaKind, ParticipantId};
use bytes::Bytes;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Parties 1 to `count`, each with an intra picture every `intra_every`, seen by two nodes.
pub fn pair(count: u8, is_warm: bool, intra_every: u16) -> World {
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
pub fn fail(world: &mut World, ms: u64, age: u64, outage: u64) -> Vec<StreamMark> {
    world.run(ms - age);
    let (at, marks) = (world.now, world.rooms.marks());
    world.run(age);
    let last = world.rooms.marks();
    world.run(outage);
    for party in &mut world.parties {
        party.packets.clear();
        party.sounds.clear();
    }
    world.take_over(world.now, at, &marks);
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
        let at = party.first_picture();
        assert!(
            at.since(now).as_millis() <= 2,
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
    let at = party.first_picture();
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
    let at = party.first_picture();
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
        let at = party.first_picture();
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
pub fn senders_in(coded: &CodedPicture) -> Vec<u8> {
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

#[test]
fn pictures_of_the_past_keep_neither_sound_nor_new_pictures_waiting() {
    let mut world = pair(3, true, 300);
    // One call a millisecond, as if a picture took so long to decode.
    world.backup().calls_per_ms = 1;
    fail(&mut world, 4500, 3, 10);
    let now = world.now;
    world.run(600);
    for id in 1..=3 {
        let expected = world.party(id).sounds.clone();
        let sounds = &world.backup().parties[usize::from(id) - 1].sounds;
        assert_eq!(sounds.len(), 30);
        assert!(sounds == &expected, "{id}");
    }
    let party = &world.backup().parties[0];
    let at = party.first_picture();
    // Three times 136 pictures, and those that have come since.
    let waited = at.since(now).as_millis();
    assert!((408..500).contains(&waited), "{waited}");
    assert_eq!(senders_in(&party.seen[0]), [1, 2, 3]);
    let sent = 4510 / 33 + waited as u16 / 33;
    let codes = pattern::read_all(&mosaic(&party.seen[0]).unwrap());
    assert!(
        codes.iter().all(|(_, code)| code.frame + 3 >= sent),
        "{codes:?} of {sent}"
    );
    assert_eq!(world.backup().notices, []);
}

#[test]
fn a_loss_in_what_was_kept_shows_no_old_picture() {
    let mut world = pair(3, true, 300);
    world.run(2000);
    let mut lost = 0;
    world.passes = Box::new(move |kind, _| {
        lost += u32::from(kind == MediaKind::Video);
        kind == MediaKind::Audio || lost != 2
    });
    world.notices.clear();
    fail(&mut world, 300, 3, 10);
    let now = world.now;
    world.run(150);
    let asked = |notice: &&Notice| matches!(notice, Notice::NeedIntra(_));
    assert_eq!(world.backup().notices.iter().filter(asked).count(), 1);
    let latest = world.party(1).frame;
    let party = &world.backup().parties[0];
    let at = party.first_picture();
    assert!(at.since(now).as_millis() <= 135, "{:?}", at.since(now));
    assert_eq!(senders_in(&party.seen[0]), [1, 2, 3]);
    let codes = pattern::read_all(&mosaic(&party.seen[0]).unwrap());
    assert!(
        codes.iter().all(|(_, code)| code.frame + 5 >= latest),
        "{codes:?} of {latest}"
    );
}

#[test]
fn a_picture_that_has_just_come_needs_no_next_one_to_be_shown() {
    for offset in 0..33 {
        let mut world = pair(3, true, 1);
        fail(&mut world, 2000 + offset, 0, 10);
        let now = world.now;
        world.run(5);
        let party = &world.backup().parties[0];
        let at = party.packets.iter().find(|p| p.1 == MediaKind::Video);
        assert!(
            at.is_some_and(|(at, ..)| at.since(now).as_millis() <= 2),
            "{offset}"
        );
        assert_eq!(senders_in(&party.seen[0]), [1, 2, 3]);
    }
}

#[test]
fn a_stream_that_nobody_told_of_goes_on_from_its_start() {
    let mut world = pair(2, true, 300);
    world.run(4500);
    let last = world.rooms.marks();
    world.take_over(world.now, world.now, &[]);
    world.party(1).sounds.clear();
    world.run(100);
    let expected = std::mem::take(&mut world.party(1).sounds);
    assert!(world.backup().parties[0].sounds == expected);
    skipped(&mut world, &last);
}

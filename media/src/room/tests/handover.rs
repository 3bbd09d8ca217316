//! The first node stops on purpose, and the other one goes on exactly there.

use super::party::{Party, mosaic};
use super::takeover::{pair, senders_in};
use super::world::{INTRA_LATENCY, World};
use crate::plane::{Layout, Notice, Plane, StreamMark};
use crate::video::pattern;
use base::{Instant, MediaKind};
use std::time::Duration;

/// The first node stops after `ms`; `gap` milliseconds later the other one goes on. Gives where it stopped.
fn hand_over(world: &mut World, ms: u64, gap: u64) -> Vec<StreamMark> {
    world.run(ms);
    let (at, marks) = (world.now, world.rooms.marks());
    for party in &mut world.parties {
        party.packets.clear();
        party.sounds.clear();
    }
    world.run(gap);
    world.take_over(at, at, &marks);
    marks
}

#[test]
fn the_sound_of_the_gap_is_made_up() {
    for offset in 0..40 {
        let mut world = World::new(Layout::Automatic).paired(true);
        let ids = [1, 4 + (offset % 5) as u8, 12, 16 + (offset % 4) as u8];
        for id in ids {
            world.enter(Party::new(id));
        }
        let gap = 1 + offset % 60;
        hand_over(&mut world, 4500 + offset, gap);
        world.run(200 - gap);
        for (at, id) in ids.into_iter().enumerate() {
            let expected = std::mem::take(&mut world.party(id).sounds);
            let sounds = &world.backup().parties[at].sounds;
            assert_eq!(expected.len(), 10);
            assert!(sounds == &expected, "{offset} {id}");
        }
    }
}

#[test]
fn no_number_is_left_out_and_everybody_is_in_the_first_picture() {
    for offset in 0..34 {
        let mut world = pair(3, true, 60);
        let last = hand_over(&mut world, 2500 + offset, 1 + offset % 20);
        let latest = u64::from(world.parties[0].frame);
        world.run(100);
        for mark in &last {
            let packets = &world.backup().parties[mark.participant.0 as usize - 1].packets;
            let numbers = { packets.iter() }
                .filter(|(_, kind, _)| *kind == mark.kind)
                .map(|(.., header)| header.sequence);
            let mut expected = mark.sender.sequence;
            for number in numbers {
                assert_eq!(number, expected, "{:?}", mark.kind);
                expected = expected.wrapping_add(1);
            }
            assert_ne!(expected, mark.sender.sequence, "{:?}", mark.kind);
        }
        let party = &world.backup().parties[0];
        assert_eq!(senders_in(&party.seen[0]), [1, 2, 3]);
        let codes = pattern::read_all(&mosaic(&party.seen[0]).unwrap());
        let oldest = codes.iter().map(|(_, code)| u64::from(code.frame)).min();
        assert!(oldest.unwrap() + 3 >= latest, "{codes:?} of {latest}");
    }
}

#[test]
fn a_node_is_warm_when_it_has_an_intra_picture_of_everybody_who_sends() {
    let mut world = pair(3, false, 300);
    world.run(1500);
    // Sends nothing, and is not waited for.
    world.party(3).shows = false;
    world.run(100);
    world.backup().is_warm = true;
    let since = world.now;
    world.rooms.refresh(since);
    world.run(40);
    let asked: Vec<_> = (world.notices.drain(..))
        .filter(|notice| matches!(notice, Notice::NeedIntra(_)))
        .collect();
    assert_eq!(asked.len(), 3, "the third may only be slow");
    assert!(!world.backup().rooms.is_warm(since));
    let soon = world.now + INTRA_LATENCY;
    for id in [1, 2] {
        world.party(id).intra_at = Some(soon + Duration::from_millis(u64::from(id) * 50));
    }
    let mut warm_at: Option<Instant> = None;
    while warm_at.is_none() {
        world.run(1);
        let (now, party) = (world.now, &world.parties[1]);
        let backup = world.backup.as_ref().unwrap();
        warm_at = backup.rooms.is_warm(since).then_some(now);
        assert!(now.since(soon) < Duration::from_millis(200));
        assert!(warm_at.is_none() || party.intra_at.is_none(), "too early");
    }
    let decodings = &world.backup().codecs.decodings;
    assert_eq!(decodings.load(std::sync::atomic::Ordering::Relaxed), 0);
    hand_over(&mut world, 20, 5);
    world.run(60);
    let party = &world.backup().parties[0];
    assert_eq!(senders_in(&party.seen[0]), [1, 2]);
    assert!((party.packets.iter()).any(|(_, kind, _)| *kind == MediaKind::Video));
}

use super::party::Party;
use super::world::{ROOM, World};
use crate::plane::{Channel, Command, Layout, Notice, Plane, RoomId};
use crate::rtp::Header;
use crate::rtp::rtcp::{self, Item};
use base::{Instant, MediaKind, ParticipantId};
use std::net::SocketAddr;

#[test]
fn everybody_hears_the_others_and_never_itself() {
    let mut world = World::new(Layout::Automatic).with(4, false);
    world.party(4).speaks = false;
    world.run(2000);
    assert_eq!(world.party(1).heard(), [2, 3]);
    assert_eq!(world.party(2).heard(), [1, 3]);
    assert_eq!(world.party(4).heard(), [1, 2, 3]);
    world.command(Command::Mute(ParticipantId(2), MediaKind::Audio, true));
    world.run(1500);
    assert_eq!(world.party(1).heard(), [3]);
    assert_eq!(world.party(2).heard(), [1, 3]);
}

#[test]
fn sound_goes_out_on_the_grid_of_the_epoch() {
    let mut world = World::new(Layout::Automatic).with(2, false);
    world.run(1000);
    let packets = &world.party(1).packets;
    assert_eq!(packets.len(), 50);
    assert!(packets[0].2.marker && !packets[1].2.marker);
    for ((at, _, header), n) in packets.iter().zip(0u16..) {
        assert_eq!(header.sequence, 65_000u16.wrapping_add(n));
        let tick = at.as_nanos() / 20_000_000 * 20_000_000;
        let expected = Instant::from_nanos(tick).ticks(8000).wrapping_add(77);
        assert_eq!(header.timestamp, expected);
    }
}

#[test]
fn another_address_than_signalled_gets_the_sound_and_noise_gets_nothing() {
    let mut world = World::new(Layout::Automatic);
    let mut party = Party::new(1);
    party.speaks = false;
    world.enter(party);
    world.enter(Party::new(2));
    let real = SocketAddr::from(([192, 0, 2, 1], 7777));
    let thief = SocketAddr::from(([192, 0, 2, 66], 1));
    let port = world.party(1).port(MediaKind::Audio, Channel::Rtp);
    let mut rng = base::Rng::new(5);
    let mut destinations = Vec::new();
    for ms in 0..2000u64 {
        world.now += std::time::Duration::from_millis(1);
        let now = world.now;
        let noise = Header {
            marker: true,
            payload_type: 0,
            sequence: rng.next_u32() as u16,
            timestamp: rng.next_u32(),
            ssrc: rng.next_u32(),
        };
        let noise = noise.packet(&[0; 160]);
        world.rooms.receive(now, port, thief, &noise);
        world.rooms.receive(now, port, thief, &noise[..7]);
        if ms % 20 == 0 {
            let packet = world.party(1).say(now);
            world.rooms.receive(now, port, real, &packet);
        }
        world.rooms.handle_timeout(now);
        while let Some(transmit) = world.rooms.poll_transmit() {
            if transmit.port == port {
                destinations.push(transmit.to);
            } else if transmit.port.channel == Channel::Rtp {
                world.party(2).hear(now, transmit.port, transmit.packet);
            }
        }
    }
    assert_eq!(destinations[0].ip(), world.parties[0].address.ip());
    assert!(destinations[1..].iter().all(|&to| to == real));
    assert_eq!(world.party(2).heard(), [1]);
    let statistics = world.rooms.statistics().next().unwrap();
    assert_eq!(statistics.audio.packets_lost, 0);
    assert_eq!(statistics.audio.packets_refused, 4001);
}

#[test]
fn loss_and_disorder_leave_the_mix_intact() {
    let mut world = World::new(Layout::Automatic).with(3, false);
    world.passes = Box::new(|_, n| n % 20 != 0);
    world.run(3000);
    assert_eq!(world.party(1).heard(), [2, 3]);
    assert!(world.rooms.statistics().any(|s| s.audio.packets_lost > 0));
}

#[test]
fn a_new_source_goes_on_where_the_old_one_was() {
    let mut world = World::new(Layout::Automatic).with(2, false);
    world.run(1000);
    let sender = &mut world.party(2).sound;
    sender.ssrc = 999;
    sender.sequence = 7;
    sender.timestamp_offset = 1 << 31;
    world.run(1000);
    assert_eq!(world.party(1).heard(), [2]);
    assert!(world.rooms.statistics().all(|s| s.audio.packets_lost == 0));
}

#[test]
fn a_silent_channel_is_noticed_after_three_seconds_and_its_return_at_once() {
    let mut world = World::new(Layout::Automatic).with(2, false);
    world.run(1000);
    world.party(2).speaks = false;
    let stalled = Notice::Stalled(ParticipantId(2), MediaKind::Audio);
    world.run(2960);
    assert!(!world.notices.contains(&stalled));
    world.run(80);
    assert!(world.notices.contains(&stalled));
    world.party(2).speaks = true;
    world.run(40);
    let resumed = Notice::Resumed(ParticipantId(2), MediaKind::Audio);
    assert_eq!(world.notices.iter().filter(|n| **n == resumed).count(), 1);
}

#[test]
fn a_key_is_told_once() {
    let mut world = World::new(Layout::Automatic).with(2, false);
    world.run(200);
    for n in 0..6 {
        world.press(1, if n > 3 { 0x8a } else { 10 });
        world.run(20);
    }
    let digits = |n: &&Notice| matches!(n, Notice::Digit(..));
    let digits: Vec<_> = world.notices.iter().filter(digits).collect();
    assert_eq!(digits, [&Notice::Digit(ParticipantId(1), '#', 4711)]);
}

#[test]
fn who_moves_keeps_its_streams() {
    let mut world = World::new(Layout::Automatic).with(3, false);
    world.run(1000);
    for id in [1, 2] {
        world.command(Command::Join {
            participant: ParticipantId(id),
            room: RoomId(2),
            label: "moved".into(),
        });
    }
    world.run(1000);
    assert_eq!(world.party(1).heard(), [2]);
    assert_eq!(world.party(3).heard(), []);
    let packets = &world.party(1).packets;
    let follows = |w: &[(Instant, MediaKind, Header)]| {
        w[1].2.sequence == w[0].2.sequence.wrapping_add(1) && w[1].2.ssrc == w[0].2.ssrc
    };
    assert!(packets.windows(2).all(follows));
    world.command(Command::EndRoom(ROOM));
    world.run(100);
    assert_eq!(world.rooms.statistics().count(), 2);
}

#[test]
fn another_node_continues_the_streams_in_step() {
    let mut world = World::new(Layout::Automatic).with(2, false);
    world.run(1000);
    let streams = world.rooms.marks();
    assert_eq!(streams.len(), 2);
    let mut backup = World::new(Layout::Automatic).with(2, false);
    backup.now = world.now;
    for mark in streams {
        backup.rooms.continue_stream(backup.now, backup.now, mark);
    }
    let last = world.party(1).packets.last().unwrap().2;
    backup.party(1).packets.clear();
    backup.run(40);
    let next = backup.party(1).packets[0].2;
    assert_eq!(next.ssrc, last.ssrc);
    assert_eq!(next.sequence, last.sequence.wrapping_add(1));
    assert_eq!(next.timestamp, last.timestamp.wrapping_add(160));
}

#[test]
fn reports_come_and_a_goodbye_at_the_end() {
    let mut world = World::new(Layout::Automatic).with(2, false);
    world.run(20_000);
    let controls = std::mem::take(&mut world.party(1).controls);
    assert!((3..=8).contains(&controls.len()), "{}", controls.len());
    let items = rtcp::parse(&controls[1]).unwrap();
    let Item::SenderReport { ssrc, info, blocks } = &items[0] else {
        panic!("a sender report, not {items:?}");
    };
    assert_eq!((*ssrc, blocks[0].ssrc, blocks[0].lost), (0x5002, 1, 0));
    assert!(info.packets > 100);
    world.command(Command::Leave(ParticipantId(1)));
    let goodbye = world.party(1).controls.pop().unwrap();
    assert!(
        rtcp::parse(&goodbye)
            .unwrap()
            .contains(&Item::Goodbye(0x5002))
    );
}

#[test]
fn the_speaker_is_told_and_its_leaving() {
    let mut world = World::new(Layout::Automatic).with(2, false);
    world.party(1).speaks = false;
    world.run(2000);
    let speaker = Notice::ActiveSpeaker(ROOM, Some(ParticipantId(2)));
    assert!(world.notices.contains(&speaker));
    world.command(Command::Leave(ParticipantId(2)));
    world.run(20);
    assert_eq!(
        world.notices.last(),
        Some(&Notice::ActiveSpeaker(ROOM, None))
    );
}

#[test]
fn five_hundred_in_a_room_cost_one_mix() {
    let mut world = World::new(Layout::Automatic);
    for id in 0..500u64 {
        let participant = ParticipantId(id);
        world.command(Command::Join {
            participant,
            room: ROOM,
            label: String::new(),
        });
        let mut party = Party::new((id % 250) as u8);
        party.shows = true;
        for mut command in party.opening(true) {
            match &mut command {
                Command::OpenReceive { participant: p, .. }
                | Command::OpenTransmit { participant: p, .. } => *p = participant,
                _ => {}
            }
            world.command(command);
        }
    }
    let mut packets = 0;
    for ms in 0..200 {
        let now = world.now + std::time::Duration::from_millis(ms);
        world.rooms.handle_timeout(now);
        packets += std::iter::from_fn(|| world.rooms.poll_transmit()).count();
    }
    assert_eq!(world.rooms.outputs(ROOM), 1);
    assert!(packets >= 500 * 10, "{packets}");
    assert!(world.encodings() <= 7, "{}", world.encodings());
}

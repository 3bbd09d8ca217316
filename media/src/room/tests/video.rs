use super::party::{Party, is_intra, mosaic};
use super::world::{ROOM, World};
use crate::plane::{Channel, Command, Layout, Notice, Plane, RoomSettings};
use crate::rtp::rtcp::{self, Compound, Item};
use crate::video::layout::Rect;
use crate::video::pattern;
use base::{Bitrate, MediaKind, ParticipantId, PictureSize};

#[test]
fn the_mosaic_shows_every_sender_moving_and_is_encoded_once() {
    let mut world = World::new(Layout::Automatic).with(4, true);
    world.run(500);
    world
        .codecs
        .encodings
        .store(0, std::sync::atomic::Ordering::Relaxed);
    world.party(1).seen.clear();
    world.run(1000);
    assert_eq!(world.party(1).senders_seen(), [1, 2, 3, 4]);
    assert_eq!(world.party(4).senders_seen(), [1, 2, 3, 4]);
    assert_eq!((world.rooms.outputs(ROOM), world.encodings()), (1, 30));
    let read = |n: usize, world: &mut World| {
        let mosaic = mosaic(&world.party(1).seen[n]).unwrap();
        pattern::read_all(&mosaic)[0].1.frame
    };
    let (first, last) = (read(0, &mut world), read(29, &mut world));
    assert!((28..=30).contains(&(last - first)), "{first} {last}");
}

#[test]
fn timestamps_of_pictures_follow_the_grid() {
    let mut world = World::new(Layout::Automatic).with(2, true);
    world.run(1000);
    let party = world.party(1);
    let mut timestamps: Vec<u32> = party.seen.iter().map(|c| c.timestamp).collect();
    timestamps.dedup();
    assert!((29..=31).contains(&timestamps.len()));
    let steps = timestamps.windows(2).map(|w| w[1].wrapping_sub(w[0]));
    assert!(steps.into_iter().all(|step| (2900..=3100).contains(&step)));
}

#[test]
fn receivers_with_other_wishes_have_outputs_of_their_own_and_rates_are_few() {
    let mut world = World::new(Layout::Automatic);
    for id in 1..=40 {
        let mut party = Party::new(id);
        party.shows = true;
        party.format.bit_rate = Bitrate(300_000 + u32::from(id) * 100);
        party.format.size = PictureSize::new(352 + u16::from(id), 300);
        world.enter(party);
    }
    world.run(100);
    assert_eq!(world.rooms.outputs(ROOM), 1);
    world.command(Command::FlowControl(
        ParticipantId(3),
        Some(Bitrate(128_000)),
    ));
    assert_eq!(world.rooms.outputs(ROOM), 2);
    // Alone in its output, it takes the output along.
    world.command(Command::FlowControl(
        ParticipantId(3),
        Some(Bitrate(70_000)),
    ));
    assert_eq!(world.rooms.outputs(ROOM), 2);
    world.command(Command::FlowControl(ParticipantId(3), Some(Bitrate(0))));
    assert_eq!(world.rooms.outputs(ROOM), 1);
    world.run(100);
    world.party(3).seen.clear();
    world.run(200);
    assert!(world.party(3).seen.is_empty());
    world.command(Command::FlowControl(ParticipantId(3), None));
    world.run(500);
    assert!(world.party(3).seen.iter().any(is_intra));
    for id in 1..=40u64 {
        let limit = Bitrate(32_000 + id as u32 * 7000);
        world.command(Command::FlowControl(ParticipantId(id), Some(limit)));
    }
    assert!(world.rooms.outputs(ROOM) <= crate::room::limits::OUTPUTS_MAX);
}

#[test]
fn an_intra_request_is_answered_within_a_picture_and_many_by_one() {
    let mut world = World::new(Layout::Automatic).with(2, true);
    world.run(1000);
    for id in [1, 2] {
        world.party(id).seen.clear();
    }
    let address = world.party(1).address;
    let port = world.party(1).port(MediaKind::Video, Channel::Rtcp);
    let request = Compound::new(1, None, &[], "x")
        .picture_loss(1, 2)
        .into_octets();
    let now = world.now;
    world.rooms.receive(now, port, address, &request);
    world.run(34);
    assert!(is_intra(&world.party(1).seen[0]));
    for _ in 0..14 {
        world.command(Command::Intra(ParticipantId(2)));
        world.run(34);
    }
    let intra = |party: &Party| party.seen.iter().filter(|c| is_intra(c)).count();
    assert_eq!(intra(world.party(1)), 1);
    world.run(100);
    assert_eq!(intra(world.party(2)), 2);
}

#[test]
fn a_loss_asks_the_sender_once_a_second_until_a_picture_decodes() {
    let mut world = World::new(Layout::Automatic).with(1, true);
    world.run(1000);
    world.notices.clear();
    world.party(1).controls.clear();
    // Every second packet of every picture is lost.
    let mut n = 0;
    world.passes = Box::new(move |kind, _| {
        n += u64::from(kind == MediaKind::Video);
        kind == MediaKind::Audio || n % 2 == 1
    });
    world.run(2500);
    let asked = Notice::NeedIntra(ParticipantId(1));
    assert_eq!(world.notices.iter().filter(|n| **n == asked).count(), 3);
    let asks = |packet: &bytes::Bytes| rtcp::parse(packet).unwrap().contains(&Item::IntraRequest);
    assert_eq!(
        world.party(1).controls.iter().filter(|c| asks(c)).count(),
        3
    );
    world.passes = Box::new(|_, _| true);
    world.run(200);
    world.notices.clear();
    world.run(2000);
    assert!(!world.notices.contains(&asked));
}

#[test]
fn who_stalls_or_is_hidden_becomes_a_placeholder_and_comes_back() {
    let mut world = World::new(Layout::Automatic).with(2, true);
    world.run(500);
    world.party(2).shows = false;
    world.run(3100);
    assert_eq!(world.party(1).senders_seen(), [1]);
    world.party(2).shows = true;
    world.run(200);
    assert_eq!(world.party(1).senders_seen(), [1, 2]);
    world.command(Command::Mute(ParticipantId(1), MediaKind::Video, true));
    world.run(100);
    assert_eq!(world.party(1).senders_seen(), [2]);
}

#[test]
fn a_still_mosaic_is_sent_five_times_a_second() {
    let mut world = World::new(Layout::Automatic).with(2, true);
    world.run(500);
    for id in [1, 2] {
        world.party(id).shows = false;
        world.party(id).speaks = false;
    }
    world.run(500);
    world.party(1).seen.clear();
    world.run(2000);
    assert!(
        (9..=11).contains(&world.party(1).seen.len()),
        "{}",
        world.party(1).seen.len()
    );
}

#[test]
fn a_layout_of_one_shows_the_speaker() {
    let mut world = World::new(Layout::One).with(3, true);
    for id in [1, 2] {
        world.party(id).speaks = false;
    }
    world.run(2000);
    let mosaic = mosaic(world.party(1).seen.last().unwrap()).unwrap();
    let code = pattern::read(&mosaic, Rect::whole(PictureSize::CIF)).unwrap();
    assert_eq!(code.sender, 3);
    let settings = RoomSettings {
        layout: Layout::Four,
        frame_rate: 15,
    };
    world.command(Command::Room(ROOM, settings));
    world.run(200);
    assert_eq!(world.party(1).senders_seen(), [1, 2, 3]);
    world.party(1).seen.clear();
    world.run(1000);
    assert!((14..=16).contains(&world.party(1).seen.len()));
}

#[test]
fn in_a_large_room_only_who_is_shown_is_decoded_and_the_first_picture_counts() {
    let mut world = World::new(Layout::Four).with(20, true);
    world
        .parties
        .iter_mut()
        .for_each(|party| party.speaks = false);
    world.run(1500);
    let decoded = |world: &World| {
        let pictures = world.rooms.statistics().map(|s| s.pictures);
        pictures.filter(|&count| count > 2).count()
    };
    assert_eq!(decoded(&world), crate::room::limits::DECODERS_MAX);
    let errors = world.rooms.statistics().map(|s| s.decode_errors);
    assert_eq!(errors.sum::<u64>(), 0);
}

use super::pair::*;
use crate::session::*;
use base::{AudioCodec, Bitrate, MediaKind};
use std::time::Duration;

fn opened(kind: MediaKind) -> impl Fn(&Event) -> bool {
    move |e| matches!(e, Event::TransmitOpened(c) if c.format.kind() == kind)
}

#[test]
fn a_pause_stops_media_and_a_resume_starts_it_with_the_next_channel_numbers() {
    let mut pair = Pair::established(terminal(), mcu());
    let before = pair.transmit(CALLER, MediaKind::Video).unwrap().number;
    pair.take_events();
    let now = pair.now;
    pair.sides[CALLED].pause(now);
    pair.run();
    assert!(pair.events[CALLER].contains(&Event::RemotePaused));
    for kind in [MediaKind::Audio, MediaKind::Video] {
        assert!(pair.events[CALLER].contains(&Event::TransmitClosed(kind)));
        assert!(pair.events[CALLED].contains(&Event::ReceiveClosed(kind)));
        // the other direction goes on
        assert!(!pair.events[CALLED].contains(&Event::TransmitClosed(kind)));
    }
    let now = pair.now;
    pair.sides[CALLED].resume(now);
    pair.run();
    assert!(pair.events[CALLER].contains(&Event::RemoteResumed));
    let after = pair.transmit(CALLER, MediaKind::Video).unwrap().number;
    assert_eq!(after, before + 2);
    assert_eq!(
        pair.receive(CALLED, MediaKind::Video).unwrap().number,
        after
    );
    pair.assert_no_complaint(CALLER);
    pair.assert_no_complaint(CALLED);
}

#[test]
fn a_channel_closes_and_opens_again_in_another_format() {
    let mut pair = Pair::established(terminal(), mcu());
    let now = pair.now;
    pair.take_events();
    pair.sides[CALLED].close_transmit(now, MediaKind::Audio);
    pair.run();
    assert!(pair.events[CALLER].contains(&Event::ReceiveClosed(MediaKind::Audio)));
    let alaw = Format::Audio {
        codec: AudioCodec::G711Alaw,
        frame_ms: 20,
    };
    pair.sides[CALLED].open_transmit(now, MediaKind::Audio, Some(alaw));
    pair.run();
    let sent = pair.transmit(CALLED, MediaKind::Audio).unwrap();
    assert_eq!(sent.format, alaw);
    assert_eq!(pair.receive(CALLER, MediaKind::Audio).unwrap().format, alaw);
}

#[test]
fn a_format_the_peer_no_longer_takes_is_rejected_and_the_next_one_opened() {
    let mut caller = terminal();
    caller.auto_open = false;
    let mut pair = Pair::established(caller, mcu());
    // The called side changes its mind behind the back of the capability exchange.
    pair.sides[CALLED].config.capabilities.audio = vec![AudioCodec::G711Ulaw];
    let now = pair.now;
    pair.sides[CALLER].open_transmit(now, MediaKind::Audio, None);
    pair.run();
    let sent = pair.transmit(CALLER, MediaKind::Audio).unwrap();
    assert!(matches!(
        sent.format,
        Format::Audio {
            codec: AudioCodec::G711Ulaw,
            ..
        }
    ));
    pair.sides[CALLED].config.capabilities.video = vec![];
    pair.sides[CALLER].open_transmit(now, MediaKind::Video, None);
    pair.run();
    let failed = Event::TransmitFailed(MediaKind::Video, TransmitFailure::Rejected);
    assert!(pair.events[CALLER].contains(&failed));
}

#[test]
fn the_receiver_may_ask_for_a_channel_to_be_closed() {
    let mut pair = Pair::established(terminal(), mcu());
    let now = pair.now;
    pair.sides[CALLED].close_receive(now, MediaKind::Video);
    pair.run();
    assert!(pair.events[CALLER].contains(&Event::TransmitClosed(MediaKind::Video)));
    assert!(pair.events[CALLED].contains(&Event::ReceiveClosed(MediaKind::Video)));
    pair.run_for(Duration::from_secs(60));
    assert_eq!(pair.count(CALLER, opened(MediaKind::Video)), 1);
}

#[test]
fn commands_and_input_reach_the_other_side() {
    for tunnelling in [false, true] {
        let start = StartMode {
            tunnelling,
            ..StartMode::SLOW
        };
        let config = |config: Config| Config { start, ..config };
        let mut pair = Pair::established(config(terminal()), config(mcu()));
        let now = pair.now;
        let limit = Some(Bitrate::from_kbps(256));
        pair.sides[CALLED].request_intra(now);
        pair.sides[CALLED].flow_control(now, MediaKind::Video, limit);
        pair.sides[CALLED].flow_control(now, MediaKind::Video, None);
        pair.sides[CALLER].send_user_input(now, "12#");
        pair.sides[CALLER].request_round_trip(now);
        pair.run();
        assert!(pair.events[CALLER].contains(&Event::IntraRequested));
        for limit in [limit, None] {
            let event = Event::FlowControl(MediaKind::Video, limit);
            assert!(pair.events[CALLER].contains(&event));
        }
        assert!(pair.events[CALLED].contains(&Event::UserInput("12#".into())));
        let round_trip = |e: &Event| matches!(e, Event::RoundTrip(d) if *d > Duration::ZERO);
        assert_eq!(pair.count(CALLER, round_trip), 1);
    }
}

#[test]
fn a_peer_follows_a_mode_request_it_can_follow() {
    let mut pair = Pair::established(terminal(), mcu());
    let ulaw = Format::Audio {
        codec: AudioCodec::G711Ulaw,
        frame_ms: 20,
    };
    let now = pair.now;
    pair.sides[CALLED].request_mode(now, ulaw);
    pair.run();
    assert!(pair.events[CALLED].contains(&Event::ModeAnswered { accepted: true }));
    assert_eq!(
        pair.transmit(CALLER, MediaKind::Audio).unwrap().format,
        ulaw
    );
    pair.sides[CALLED].request_mode(now, Format::Video(h261()));
    pair.run();
    assert_eq!(
        pair.transmit(CALLER, MediaKind::Video).unwrap().format,
        Format::Video(h261())
    );
    pair.assert_no_complaint(CALLER);
}

#[test]
fn fast_connect_opens_channels_that_h245_keeps() {
    let start = StartMode {
        fast: true,
        tunnelling: true,
        ..StartMode::SLOW
    };
    let config = |config: Config| Config { start, ..config };
    let mut pair = Pair::established(config(terminal()), config(mcu()));
    pair.run_for(Duration::from_secs(60));
    pair.assert_talking();
    for side in 0..2 {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            assert_eq!(pair.count(side, opened(kind)), 1);
        }
        let position =
            |wanted: &dyn Fn(&Event) -> bool| pair.events[side].iter().position(wanted).unwrap();
        let media = position(&|e| matches!(e, Event::TransmitOpened(_)));
        let control = position(&|e| matches!(e, Event::ControlEstablished { .. }));
        assert!(media < control);
    }
}

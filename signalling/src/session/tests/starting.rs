use super::pair::*;
use crate::session::*;
use base::{AudioCodec, MediaKind};

/// Every way to start that a side may be configured for.
fn start_modes() -> Vec<StartMode> {
    let mut modes = Vec::new();
    for fast in [false, true] {
        for tunnelling in [false, true] {
            for h245_in_setup in [false, true] {
                for control_address_in in [
                    ControlAddressIn::CallProceeding,
                    ControlAddressIn::Alerting,
                    ControlAddressIn::Connect,
                    ControlAddressIn::Facility,
                ] {
                    modes.push(StartMode {
                        fast,
                        tunnelling,
                        h245_in_setup,
                        control_address_in,
                    });
                }
            }
        }
    }
    modes
}

fn with(config: Config, start: StartMode) -> Config {
    Config { start, ..config }
}

#[test]
fn every_pair_of_start_modes_ends_in_talk() {
    for caller in start_modes() {
        for called in start_modes() {
            let mut pair = Pair::new(with(terminal(), caller), with(mcu(), called));
            pair.run_for(std::time::Duration::from_secs(8));
            println!("{caller:?} {called:?}");
            pair.assert_talking();
            let tunnelled = caller.tunnelling && called.tunnelling;
            assert_eq!(pair.has_control_connection(), !tunnelled);
            for side in 0..2 {
                let established = |e: &Event| matches!(e, Event::ControlEstablished { .. });
                assert_eq!(pair.count(side, established), 1);
                assert_eq!(
                    pair.count(side, |e| matches!(e, Event::Connected { .. })),
                    1
                );
            }
        }
    }
}

#[test]
fn streams_may_be_cut_anywhere() {
    for piece in [1, 2, 3, 5, 7, 64, 1000] {
        for tunnelling in [false, true] {
            for fast in [false, true] {
                let start = StartMode {
                    tunnelling,
                    fast,
                    ..StartMode::SLOW
                };
                let pair = Pair::new(with(terminal(), start), with(mcu(), start));
                let mut pair = pair.in_pieces_of(piece);
                pair.run_for(std::time::Duration::from_secs(8));
                pair.assert_talking();
            }
        }
    }
}

#[test]
fn each_side_transmits_the_first_of_its_own_formats_that_the_other_takes() {
    let mut caller = terminal();
    caller.capabilities.audio = vec![AudioCodec::G711Ulaw, AudioCodec::G722];
    caller.capabilities.video = vec![h261(), h264()];
    let pair = Pair::established(caller, mcu());
    pair.assert_talking();
    let format = |side, kind| pair.transmit(side, kind).unwrap().format;
    let audio = |codec| Format::Audio {
        codec,
        frame_ms: 20,
    };
    assert_eq!(
        format(CALLER, MediaKind::Audio),
        audio(AudioCodec::G711Ulaw)
    );
    assert_eq!(format(CALLED, MediaKind::Audio), audio(AudioCodec::G722));
    assert_eq!(format(CALLER, MediaKind::Video), Format::Video(h261()));
    assert_eq!(format(CALLED, MediaKind::Video), Format::Video(h264()));
}

#[test]
fn every_single_pair_of_codecs_talks() {
    for audio in [AudioCodec::G711Alaw, AudioCodec::G711Ulaw, AudioCodec::G722] {
        for video in [h261(), h264()] {
            for start in start_modes() {
                let mut caller = with(terminal(), start);
                caller.capabilities.audio = vec![audio];
                caller.capabilities.video = vec![video];
                let mut pair = Pair::new(caller, with(mcu(), start));
                pair.run_for(std::time::Duration::from_secs(8));
                pair.assert_talking();
                let format = pair.transmit(CALLED, MediaKind::Video).unwrap().format;
                assert_eq!(format, Format::Video(video));
            }
        }
    }
}

#[test]
fn the_mcu_is_master() {
    let pair = Pair::established(terminal(), mcu());
    assert!(pair.events[CALLED].contains(&Event::ControlEstablished { master: true }));
    assert!(pair.events[CALLER].contains(&Event::ControlEstablished { master: false }));
}

#[test]
fn an_incoming_call_says_who_calls_whom() {
    let mut pair = Pair::new(terminal(), mcu());
    pair.accepts = false;
    pair.run();
    let Some(Event::Incoming(call)) = pair.events[CALLED].first() else {
        panic!("{:?}", pair.events)
    };
    assert_eq!(call.called, destination().aliases);
    assert_eq!(call.called_number.as_deref(), Some("9000"));
    assert_eq!(
        call.calling,
        [Alias::H323Id("alice".into()), Alias::Digits("1001".into())]
    );
    assert_eq!(call.calling_number.as_deref(), Some("1001"));
    assert_eq!(call.display.as_deref(), Some("Alice"));
    assert_eq!(call.vendor.as_deref(), Some("test 1"));
    assert_eq!(call.call_id, pair.sides[CALLER].call_id());
    assert_eq!(call.goal, Goal::Join);
    assert_eq!(call.bandwidth, Some(base::Bitrate::from_kbps(24 * 64)));
    pair.now += std::time::Duration::from_secs(1);
    let now = pair.now;
    pair.sides[CALLED].alert(now);
    pair.run();
    assert!(pair.events[CALLER].contains(&Event::Alerting));
    pair.sides[CALLED].accept(now, local(2));
    pair.run();
    assert!(pair.events[CALLER].contains(&Event::Connected {
        display: Some("MCU".into())
    }));
    pair.assert_talking();
}

#[test]
fn replaying_the_inputs_gives_the_same_outputs() {
    let events = || {
        let mut pair = Pair::established(terminal(), mcu());
        pair.run_for(std::time::Duration::from_secs(5));
        format!("{:?} {:?}", pair.events, pair.sides)
    };
    assert_eq!(events(), events());
}

use super::pair::*;
use crate::call::state::{CallState, Party};
use crate::session::*;
use base::{Instant, Rng};
use bytes::Bytes;

/// What both sides of a call send, in order, per side: (control connection, octets).
fn traffic(start: StartMode) -> Vec<(bool, Bytes)> {
    let config = |config: Config| Config { start, ..config };
    let mut sides = [
        Session::placing(config(terminal()), destination(), local(1), 1),
        Session::answering(config(mcu()), 2),
    ];
    let now = Instant::from_millis(1);
    let mut sent = Vec::new();
    sides[0].signalling_connected(now);
    for _ in 0..200 {
        for side in 0..2 {
            while let Some(output) = sides[side].poll_output() {
                let other = 1 - side;
                match output {
                    Output::Signalling(octets) => {
                        sides[other].handle_signalling(now, &octets);
                        sent.extend((side == 0).then_some((false, octets)));
                    }
                    Output::Control(octets) => {
                        let by = if other == 0 {
                            Party::Local
                        } else {
                            Party::Remote
                        };
                        sides[other].handle_control(now, by, &octets);
                        sent.extend((side == 0).then_some((true, octets)));
                    }
                    Output::ConnectControl(_) => {
                        sides[side].control_connected(now, Party::Local);
                        sides[other].control_connected(now, Party::Remote);
                    }
                    Output::Event(Event::Incoming(_)) => sides[side].accept(now, local(2)),
                    _ => {}
                }
            }
        }
    }
    sent
}

#[test]
fn broken_and_shuffled_messages_never_stop_us() {
    let mut rng = Rng::new(99);
    for tunnelling in [false, true] {
        for fast in [false, true] {
            let start = StartMode {
                tunnelling,
                fast,
                ..StartMode::SLOW
            };
            let traffic = traffic(start);
            assert!(!traffic.is_empty());
            for _ in 0..500 {
                let mut session = Session::answering(Config { start, ..mcu() }, 2);
                let mut now = Instant::from_millis(1);
                session.signalling_connected(now);
                for (index, (control, octets)) in traffic.iter().enumerate() {
                    let mut octets = octets.to_vec();
                    // The first message mostly stays whole, so that there is a call to break.
                    if index > 0 || rng.below(8) == 0 {
                        for _ in 0..rng.below(4) {
                            let at = 4 + rng.below(octets.len() as u64 - 4) as usize;
                            octets[at] = rng.next_u32() as u8;
                        }
                    }
                    if *control {
                        session.control_connected(now, Party::Remote);
                        session.handle_control(now, Party::Remote, &octets);
                    } else {
                        session.handle_signalling(now, &octets);
                    }
                    let mut outputs = 0;
                    while let Some(output) = session.poll_output() {
                        outputs += 1;
                        if let Output::Event(Event::Incoming(_)) = output {
                            session.accept(now, local(2));
                        }
                    }
                    assert!(outputs < 500);
                    if rng.below(10) == 0
                        && let Some((at, _)) = session.next_timeout()
                    {
                        now = at;
                        session.handle_timeout(now);
                    }
                }
            }
        }
    }
}

#[test]
fn octets_that_are_no_packets_end_the_call() {
    let mut session = Session::answering(mcu(), 1);
    session.signalling_connected(Instant::ZERO);
    session.handle_signalling(Instant::ZERO, b"GET / HTTP/1.1\r\n");
    assert_eq!(session.state(), CallState::Released);
}

#[test]
fn commands_in_any_state_are_harmless() {
    let kinds = [base::MediaKind::Audio, base::MediaKind::Video];
    for placing in [false, true] {
        let mut session = match placing {
            true => Session::placing(terminal(), destination(), local(1), 1),
            false => Session::answering(mcu(), 1),
        };
        let now = Instant::ZERO;
        for _ in 0..2 {
            session.alert(now);
            session.pause(now);
            session.resume(now);
            session.request_intra(now);
            session.request_round_trip(now);
            session.send_user_input(now, "1");
            for kind in kinds {
                session.open_transmit(now, kind, None);
                session.close_transmit(now, kind);
                session.close_receive(now, kind);
                session.flow_control(now, kind, None);
            }
            session.control_connected(now, Party::Remote);
            session.control_closed(now, Party::Remote);
            session.control_failed(now);
            session.handle_timeout(now);
            if !placing {
                session.accept(now, local(2));
            }
            session.release(now, crate::call::ReleaseCause::Normal);
            session.signalling_closed(now);
        }
        assert_eq!(session.state(), CallState::Released);
        assert_eq!(session.next_timeout(), None);
    }
}

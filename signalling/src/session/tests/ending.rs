use super::pair::*;
use crate::call::state::{CallState, Party};
use crate::call::timers::TimerKind;
use crate::call::{Refusal, ReleaseCause};
use crate::session::*;
use std::time::Duration;

fn modes() -> [StartMode; 3] {
    let tunnelling = StartMode {
        tunnelling: true,
        ..StartMode::SLOW
    };
    let fast = StartMode {
        fast: true,
        ..tunnelling
    };
    [StartMode::SLOW, tunnelling, fast]
}

fn call(start: StartMode) -> Pair {
    let config = |config: Config| Config { start, ..config };
    Pair::established(config(terminal()), config(mcu()))
}

#[test]
fn either_side_or_both_may_hang_up() {
    for start in modes() {
        for who in [&[CALLER][..], &[CALLED], &[CALLER, CALLED]] {
            let mut pair = call(start);
            for side in who {
                let now = pair.now;
                pair.sides[*side].release(now, ReleaseCause::Normal);
            }
            let before = pair.now;
            pair.run();
            assert!(pair.now.since(before) < Duration::from_millis(100));
            for side in 0..2 {
                let by = if who.contains(&side) {
                    Party::Local
                } else {
                    Party::Remote
                };
                assert_eq!(pair.released(side), Some((ReleaseCause::Normal, by)));
                assert_eq!(pair.sides[side].next_timeout(), None);
                pair.assert_no_complaint(side);
            }
        }
    }
}

#[test]
fn a_refusal_reaches_the_caller() {
    for refusal in [
        Refusal::UnknownRoom,
        Refusal::Full,
        Refusal::WrongPin,
        Refusal::Locked,
    ] {
        let mut pair = Pair::new(terminal(), mcu());
        pair.accepts = false;
        pair.run();
        let now = pair.now;
        pair.sides[CALLED].refuse(now, refusal);
        pair.run();
        let cause = ReleaseCause::from(refusal);
        assert_eq!(pair.released(CALLER), Some((cause, Party::Remote)));
        assert_eq!(pair.released(CALLED), Some((cause, Party::Local)));
    }
}

#[test]
fn a_peer_that_does_not_answer_end_session_is_not_waited_for() {
    let mut pair = call(StartMode::SLOW);
    pair.cut[CALLER] = true;
    let now = pair.now;
    pair.sides[CALLED].release(now, ReleaseCause::Normal);
    pair.run();
    assert_eq!(pair.released(CALLED), None);
    pair.run_for(crate::call::timers::END_SESSION);
    assert_eq!(
        pair.released(CALLED),
        Some((ReleaseCause::Normal, Party::Local))
    );
}

#[test]
fn a_connection_that_closes_without_a_word_ends_the_call() {
    for start in modes() {
        let mut pair = call(start);
        let now = pair.now;
        pair.sides[CALLED].signalling_closed(now);
        pair.run();
        let lost = Some((ReleaseCause::ConnectionLost, Party::Remote));
        assert_eq!(pair.released(CALLED), lost);
        assert_eq!(pair.sides[CALLED].state(), CallState::Released);
    }
}

#[test]
fn a_lost_control_connection_is_restored() {
    let mut pair = call(StartMode::SLOW);
    pair.take_events();
    pair.break_control();
    // Each side asks the other one to connect.
    pair.run_for(2 * crate::call::timers::CONTROL_CROSSED);
    for side in 0..2 {
        assert!(pair.events[side].contains(&Event::ControlLost));
        let established = |e: &Event| matches!(e, Event::ControlEstablished { .. });
        assert_eq!(pair.count(side, established), 1, "{:?}", pair.events);
        // the channels never closed
        assert_eq!(
            pair.count(side, |e| matches!(e, Event::TransmitClosed(_))),
            0
        );
        assert_eq!(pair.released(side), None);
    }
    assert!(pair.has_control_connection());
    pair.run_for(Duration::from_secs(60));
    assert_eq!(pair.released(CALLER), None);
}

#[test]
fn a_control_connection_that_stays_away_ends_the_call() {
    let mut pair = call(StartMode::SLOW);
    pair.cut = [true, true];
    pair.break_control();
    pair.run_for(crate::call::timers::CONTROL_RESTORE);
    let lost = Some((ReleaseCause::ControlLost, Party::Local));
    assert_eq!(pair.released(CALLED), lost);
}

#[test]
fn nobody_waits_for_ever_for_a_setup_or_an_answer() {
    let mut pair = Pair::new(terminal(), mcu());
    pair.cut[CALLED] = true;
    pair.run_for(crate::call::timers::SETUP_EXPECTED);
    let timed_out = |kind| Some((ReleaseCause::TimedOut(kind), Party::Local));
    assert_eq!(pair.released(CALLER), timed_out(TimerKind::T303));
}

use super::pair::*;
use crate::call::ReleaseCause;
use crate::call::state::Party;
use crate::call::timers::{self, TimerKind};
use crate::control::{capability, logical_channel};
use crate::session::*;
use base::MediaKind;
use std::time::Duration;

fn timed_out(kind: TimerKind) -> Option<(ReleaseCause, Party)> {
    Some((ReleaseCause::TimedOut(kind), Party::Local))
}

#[test]
fn an_alerted_user_who_never_answers_is_given_up() {
    let mut pair = Pair::new(terminal(), mcu());
    pair.accepts = false;
    pair.run();
    let now = pair.now;
    pair.sides[CALLED].alert(now);
    pair.run();
    pair.cut[CALLER] = true;
    pair.run_for(timers::T301);
    assert_eq!(pair.released(CALLER), timed_out(TimerKind::T301));
}

#[test]
fn a_call_that_proceeds_nowhere_is_given_up_just_then() {
    let mut pair = Pair::new(terminal(), mcu());
    pair.accepts = false;
    pair.run();
    pair.run_for(timers::T310 - Duration::from_millis(100));
    assert_eq!(pair.released(CALLER), None);
    pair.run_for(Duration::from_millis(200));
    assert_eq!(pair.released(CALLER), timed_out(TimerKind::T310));
}

#[test]
fn a_peer_silent_on_h245_is_released() {
    let start = StartMode {
        tunnelling: true,
        ..StartMode::SLOW
    };
    let mut pair = Pair::new(
        Config {
            start,
            ..terminal()
        },
        Config { start, ..mcu() },
    );
    pair.accepts = false;
    pair.run();
    let now = pair.now;
    pair.sides[CALLED].accept(now, local(2));
    pair.cut[CALLED] = true;
    pair.run_for(capability::T101);
    assert_eq!(pair.released(CALLED), timed_out(TimerKind::T101));
}

#[test]
fn a_channel_never_acknowledged_fails_and_the_call_goes_on() {
    let mut caller = terminal();
    caller.auto_open = false;
    let mut pair = Pair::established(caller, mcu());
    pair.cut[CALLED] = true;
    let now = pair.now;
    pair.sides[CALLER].open_transmit(now, MediaKind::Audio, None);
    pair.run_for(logical_channel::T103);
    let failed = Event::TransmitFailed(MediaKind::Audio, TransmitFailure::TimedOut);
    assert!(pair.events[CALLER].contains(&failed));
    assert_eq!(pair.released(CALLER), None);
}

//! A node dies at every moment of whole calls: before and after every event and every step of both
//! nodes. Whatever the moment, the clients hear what they would have heard.

use mcu::core::OperatorCommand;
use mcu::terminal::options::Start;
use mcu_tests::conference::{PAIR_ROOMS, STARTS, plan};
use mcu_tests::sim::{Death, Fault, Pair, Victim, every_point};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// A client whose handshake met a death has tried again by then.
const RETRANSMISSION: Duration = Duration::from_millis(300);

/// A terminal calls in as `arguments` say.
fn call_in(pair: &mut Pair, start: Start, arguments: &str) -> usize {
    let mut plan = plan(arguments);
    plan.start = start;
    pair.call(plan)
}

/// A terminal that waits to be called.
fn wait_for_call(pair: &mut Pair, start: Start, arguments: &str) -> usize {
    let mut plan = plan(arguments);
    (plan.start, plan.to) = (start, None);
    pair.call(plan)
}

/// An operator has a terminal called into a room.
fn dial(pair: &mut Pair, terminal: usize, room: &str) {
    pair.ask(OperatorCommand::Dial {
        room: room.into(),
        address: pair.address(terminal),
        alias: "9000".into(),
    });
}

/// ```text
///   terminal                 pair
///      │── TCP, Setup ────────►│
///      │◄── Connect ───────────│
///      │◄── H.245, channels ──►│
///      │          …            │
///      │── Release ───────────►│
/// ```
#[test]
fn a_call_of_every_start_mode_outlives_a_death_at_every_point() {
    for start in STARTS {
        every_point(&format!("{start:?}"), &[], |faults| {
            let mut pair = Pair::duplex("");
            pair.arm(faults);
            call_in(&mut pair, start, "room --duration 5");
            pair.run_to_the_end(60 * SECOND);
            pair
        });
    }
}

#[test]
fn a_dialled_call_of_every_start_mode_outlives_a_death_at_every_point() {
    for start in STARTS {
        every_point(&format!("dialled {start:?}"), &[], |faults| {
            let mut pair = Pair::duplex(PAIR_ROOMS);
            let terminal = wait_for_call(&mut pair, start, "room --duration 5");
            pair.arm(faults);
            dial(&mut pair, terminal, "room");
            pair.run_to_the_end(60 * SECOND);
            pair
        });
    }
}

/// Three terminals, one of them dialled, one through the lobby, and an operator at work.
fn conference(pair: &mut Pair) {
    call_in(pair, Start::Slow, "1000 --duration 15");
    pair.run_for(3 * SECOND);
    call_in(pair, Start::FastTunnel, "--dtmf 2000#,4711# --duration 12");
    pair.run_for(3 * SECOND);
    let dialled = wait_for_call(pair, Start::Fast, "1000 --duration 8");
    dial(pair, dialled, "1000");
    pair.run_for(3 * SECOND);
    let mute = OperatorCommand::Mute {
        call: 1,
        video: false,
    };
    pair.ask(mute);
    let (room, layout) = ("1000".into(), "1+5".into());
    pair.ask(OperatorCommand::Layout { room, layout });
    pair.run_to_the_end(60 * SECOND);
}

#[test]
fn a_conference_of_three_outlives_a_death_at_every_point() {
    every_point("conference", &[], |faults| {
        let mut pair = Pair::duplex(PAIR_ROOMS);
        pair.arm(faults);
        conference(&mut pair);
        pair
    });
}

/// ```text
///   A primary   B backup
///      ✝        B serves
///   A joins     B primary
///                  ✝
///   A serves
/// ```
#[test]
fn a_call_outlives_a_death_at_every_point_and_another_when_there_is_a_pair_again() {
    let other = (10, Victim::Primary, Death::Cut(0));
    for start in [Start::Slow, Start::FastTunnel] {
        every_point(&format!("{start:?}, twice"), &[other], |faults| {
            let mut pair = Pair::duplex("");
            pair.revive(Duration::from_millis(5), RETRANSMISSION);
            pair.arm(faults);
            call_in(&mut pair, start, "room --duration 5");
            pair.run_to_the_end(60 * SECOND);
            pair
        });
    }
}

/// The node that joins finds a call in progress; from the moment on at which it calls itself the
/// backup, the other one may die.
#[test]
fn a_call_outlives_a_death_at_every_point_of_a_rejoin() {
    let rejoin = |faults: &[Fault]| {
        let mut pair = Pair::simplex(PAIR_ROOMS);
        call_in(&mut pair, Start::Slow, "--dtmf 1000# --duration 5");
        call_in(&mut pair, Start::Tunnel, "1000 --duration 5");
        pair.run_for(Duration::from_millis(2));
        pair.start(1);
        pair.arm(faults);
        pair.run_to_the_end(60 * SECOND);
        pair
    };
    every_point("rejoin", &[], rejoin);
}

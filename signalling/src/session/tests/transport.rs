//! How H.245 gets under way on a connection of its own, when both sides begin it.

use super::pair::*;
use super::script::Script;
use crate::call::state::Party;
use crate::call::timers;
use crate::session::*;
use crate::wire::h225::{FacilityReason, FacilityUuie, H323UuPduH323MessageBody as Body};
use crate::wire::q931::MessageType;
use std::net::SocketAddr;
use std::time::Duration;

const FAST: StartMode = StartMode {
    fast: true,
    ..StartMode::SLOW
};

fn with(config: Config, start: StartMode) -> Config {
    Config { start, ..config }
}

#[test]
fn fast_connect_without_tunnelling_has_h245_at_once() {
    for control_address_in in [
        ControlAddressIn::CallProceeding,
        ControlAddressIn::Connect,
        ControlAddressIn::Facility,
    ] {
        let called = StartMode {
            control_address_in,
            ..FAST
        };
        let mut pair = Pair::new(with(terminal(), FAST), with(mcu(), called));
        pair.run_for(2 * timers::CONTROL_CROSSED);
        pair.assert_talking();
        assert!(pair.has_control_connection());
        let now = pair.now;
        for side in 0..2 {
            let established = |e: &Event| matches!(e, Event::ControlEstablished { .. });
            assert_eq!(pair.count(side, established), 1);
            pair.sides[side].request_intra(now);
        }
        pair.run();
        for side in 0..2 {
            assert!(pair.events[side].contains(&Event::IntraRequested));
            // The channels of fast connect are still the ones.
            let opened = |e: &Event| matches!(e, Event::TransmitOpened(_));
            assert_eq!(pair.count(side, opened), 2);
        }
    }
}

#[test]
fn both_sides_may_make_a_connection_at_once() {
    let mut pair = Pair::established(with(terminal(), FAST), with(mcu(), FAST));
    pair.break_control();
    // Each has offered its address by now, and each connects to the other's as well.
    for side in 0..2 {
        pair.take_events();
        let address = local(2 - side as u8).control;
        pair.sides[side].remote_control = Some(address);
        pair.sides[side].connect_control(address);
    }
    pair.run();
    assert!(pair.has_control_connection());
    for side in 0..2 {
        let established = |e: &Event| matches!(e, Event::ControlEstablished { .. });
        assert_eq!(pair.count(side, established), 1, "{:?}", pair.events);
        let larger_made_it = match side {
            CALLER => Party::Remote,
            _ => Party::Local,
        };
        let transport = pair.sides[side].transport;
        assert_eq!(transport, Transport::Connected(larger_made_it));
        pair.assert_no_complaint(side);
    }
    pair.run_for(Duration::from_secs(60));
    assert_eq!((pair.released(0), pair.released(1)), (None, None));
}

/// We have sent startH245, and so has the peer.
fn crossed(theirs: SocketAddr) -> Script {
    let start = StartMode {
        control_address_in: ControlAddressIn::Facility,
        ..FAST
    };
    let mut script = Script::accepted(with(mcu(), start));
    let offer = Body::Facility(FacilityUuie {
        reason: FacilityReason::StartH245,
        h245_address: Some(envelope::h225_address(theirs)),
        ..Default::default()
    });
    script.signal(MessageType::Facility, vec![], offer);
    let connect = Output::ConnectControl(theirs);
    assert!(!script.others.contains(&connect));
    script
}

#[test]
fn crossing_offers_give_one_connection_whichever_side_the_peer_thinks_connects() {
    for host in [1, 3] {
        let theirs = local(host).control;
        // It connects.
        let mut script = crossed(theirs);
        script.session.control_connected(script.now, Party::Remote);
        script.wait(4 * timers::CONTROL_CROSSED);
        assert!(!script.others.contains(&Output::ConnectControl(theirs)));
        assert_eq!(
            script.session.transport,
            Transport::Connected(Party::Remote)
        );
        // It waits for us.
        let mut script = crossed(theirs);
        script.wait(2 * timers::CONTROL_CROSSED);
        assert!(script.others.contains(&Output::ConnectControl(theirs)));
    }
}

#[test]
fn of_two_crossing_offers_of_ours_one_connection_comes() {
    let called = StartMode {
        control_address_in: ControlAddressIn::Facility,
        ..FAST
    };
    let mut pair = Pair::established(with(terminal(), FAST), with(mcu(), called));
    assert!(!pair.has_control_connection());
    pair.run_for(timers::CONTROL_CROSSED + Duration::from_millis(100));
    assert!(pair.has_control_connection());
    for side in 0..2 {
        let established = |e: &Event| matches!(e, Event::ControlEstablished { .. });
        assert_eq!(pair.count(side, established), 1);
        pair.assert_no_complaint(side);
    }
}

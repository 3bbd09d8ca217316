use super::pair::*;
use super::script::Script;
use crate::call::ReleaseCause;
use crate::call::state::Party;
use crate::call::timers::{self, TimerKind};
use crate::control::{Message, capability, logical_channel, mode, round_trip};
use crate::error::Error;
use crate::session::*;
use crate::wire::h225::H323UuPduH323MessageBody as Body;
use crate::wire::h245::IndicationMessage;
use crate::wire::q931::MessageType;
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

#[test]
fn a_gateway_that_wants_more_digits_is_given_up_after_t304() {
    let mut session = Session::placing(terminal(), destination(), local(1), 1);
    let start = base::Instant::from_millis(1);
    session.signalling_connected(start);
    let envelope = envelope::Envelope {
        message_type: MessageType::SetupAcknowledge,
        elements: vec![],
        body: Body::Empty,
        tunnelling: false,
        control: vec![],
    };
    let packet = envelope.encode(session.call_reference, true).unwrap();
    session.handle_signalling(start, &packet);
    let deadline = Some((start + timers::T304, TimerKind::T304));
    assert_eq!(session.next_timeout(), deadline);
    session.handle_timeout(start + timers::T304);
    let (cause, by) = timed_out(TimerKind::T304).unwrap();
    let mut outputs = std::iter::from_fn(|| session.poll_output());
    assert!(outputs.any(|o| o == Output::Event(Event::Released { cause, by })));
}

#[test]
fn t105_leaves_the_round_trip_unknown() {
    let mut script = Script::established(mcu());
    script.session.request_round_trip(script.now);
    script.events.clear();
    script.wait(round_trip::T105);
    let expired = Event::ProtocolError(Error::TimedOut(TimerKind::T105));
    assert_eq!(script.events, [expired]);
}

#[test]
fn t108_takes_the_request_to_close_back() {
    let mut pair = Pair::established(terminal(), mcu());
    pair.cut[CALLER] = true;
    let now = pair.now;
    let number = pair.receive(CALLED, MediaKind::Video).unwrap().number;
    pair.sides[CALLED].close_receive(now, MediaKind::Video);
    let deadline = Some((now + logical_channel::T108, TimerKind::T108));
    assert_eq!(pair.sides[CALLED].next_timeout(), deadline);
    while pair.sides[CALLED].poll_output().is_some() {}
    pair.sides[CALLED].handle_timeout(now + logical_channel::T108);
    let Some(Output::Control(packet)) = pair.sides[CALLED].poll_output() else {
        panic!("requestChannelCloseRelease")
    };
    let message = <Message as crate::wire::per::Pdu>::from_bytes(&packet[4..]);
    let Ok(Message::Indication(IndicationMessage::RequestChannelCloseRelease(release))) = message
    else {
        panic!("{message:?}")
    };
    assert_eq!(release.forward_logical_channel_number, number);
    // The channel is the peer's, and stays.
    let closed = Event::ReceiveClosed(MediaKind::Video);
    assert!(!pair.events[CALLED].contains(&closed));
}

#[test]
fn t109_takes_the_mode_request_back() {
    let mut script = Script::established(mcu());
    let now = script.now;
    script.session.request_mode(now, Format::Video(h261()));
    script.drain();
    script.heard.clear();
    script.events.clear();
    script.wait(mode::T109 - Duration::from_millis(1));
    assert_eq!(script.heard, []);
    script.wait(Duration::from_millis(1));
    let is_release = |m: &Message| {
        matches!(
            m,
            Message::Indication(IndicationMessage::RequestModeRelease(_))
        )
    };
    assert!(script.heard.iter().any(is_release), "{:?}", script.heard);
    let refused = Event::ModeAnswered { accepted: false };
    assert!(script.events.contains(&refused));
}

use super::pair::*;
use super::script::Script;
use crate::call::state::{CallState, Party};
use crate::control::Message;
use crate::session::*;
use crate::wire::h225::{H323UuPduH323MessageBody as Body, StatusInquiryUuie};
use crate::wire::h245::{OpenLogicalChannel, RequestMessage, RoundTripDelayRequest};
use crate::wire::per::Pdu;
use crate::wire::q931::MessageType;
use crate::wire::tpkt;
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

#[test]
fn a_thousand_channels_are_a_thousand_answers_and_at_most_one_channel_of_a_kind() {
    let mut script = Script::established(mcu());
    let mut pair = Pair::established(terminal(), mcu());
    let now = pair.now;
    pair.sides[CALLER].close_transmit(now, base::MediaKind::Audio);
    pair.sides[CALLER].open_transmit(now, base::MediaKind::Audio, None);
    let mut open = None;
    while let Some(output) = pair.sides[CALLER].poll_output() {
        if let Output::Control(packet) = output
            && let Ok(Message::Request(RequestMessage::OpenLogicalChannel(request))) =
                Message::from_bytes(&packet[4..])
        {
            open = Some(request);
        }
    }
    let open = open.expect("a request to open a channel");
    for number in 1..=1000 {
        script.say(RequestMessage::OpenLogicalChannel(OpenLogicalChannel {
            forward_logical_channel_number: number,
            ..open.clone()
        }));
    }
    assert_eq!(script.heard.len(), 1000);
    let opened = |e: &&Event| matches!(e, Event::ReceiveOpened(_));
    assert_eq!(script.events.iter().filter(opened).count(), 1);
}

#[test]
fn noise_on_either_connection_ends_the_call_or_is_ignored() {
    let mut rng = Rng::new(5);
    let mut noise = |octets: usize| -> Vec<u8> {
        let octets = (0..octets).map(|_| rng.next_u32() as u8);
        octets.collect()
    };
    for in_packets in [false, true] {
        for control in [false, true] {
            let mut script = Script::established(mcu());
            script.heard.clear();
            let octets = match in_packets {
                false => noise(64 << 10),
                true => {
                    let packets = (0..64).map(|_| tpkt::packet(&noise(1020)).unwrap());
                    packets.collect::<Vec<_>>().concat()
                }
            };
            match control {
                false => script.session.handle_signalling(script.now, &octets),
                true => script
                    .session
                    .handle_control(script.now, Party::Remote, &octets),
            }
            script.drain();
            match in_packets {
                // What is no packet cannot be followed any more.
                false => assert_eq!(script.session.state(), CallState::Released),
                true => assert!(!script.complaints().is_empty()),
            }
            let sent = script.heard.len() + script.signals.len();
            assert!(sent < 100, "{sent} answers to noise");
        }
    }
}

#[test]
fn a_packet_that_never_completes_delays_nothing_else() {
    let mut script = Script::established(mcu());
    let header = [3, 0, 0xff, 0xff];
    script.session.handle_signalling(script.now, &header);
    for _ in 0..65 {
        script.session.handle_signalling(script.now, &[0; 1000]);
    }
    let request = RoundTripDelayRequest { sequence_number: 9 };
    script.say(RequestMessage::RoundTripDelayRequest(request));
    assert_eq!(script.heard.len(), 1);
    assert_eq!(script.session.state(), CallState::Active);
}

#[test]
fn thousands_of_messages_in_one_segment_are_each_answered() {
    let mut script = Script::established(mcu());
    script.signals.clear();
    let inquiry = envelope::Envelope {
        message_type: MessageType::StatusInquiry,
        elements: vec![],
        body: Body::StatusInquiry(StatusInquiryUuie::default()),
        tunnelling: false,
        control: vec![],
    };
    let reference = script.session.call_reference;
    let segment = inquiry.encode(reference, false).unwrap().repeat(5_000);
    script.session.handle_signalling(script.now, &segment);
    let request = RoundTripDelayRequest { sequence_number: 9 };
    let request = Message::from(RequestMessage::RoundTripDelayRequest(request));
    let packet = tpkt::packet(&request.to_bytes().unwrap()).unwrap();
    let by = Party::Remote;
    let segment = packet.repeat(5_000);
    script.session.handle_control(script.now, by, &segment);
    script.drain();
    assert_eq!(script.signals.len(), 5_000);
    assert_eq!(script.heard.len(), 5_000);
}

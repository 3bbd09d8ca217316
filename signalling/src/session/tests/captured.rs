//! Real calls between two h323plus endpoints, with us in the place of either.

use super::pair::*;
use crate::call::state::{CallState, Party};
use crate::session::*;
use base::{Instant, MediaKind};
use std::path::PathBuf;

struct Line {
    from_caller: bool,
    signalling: bool,
    octets: Vec<u8>,
}

fn captured(name: &str) -> Vec<Line> {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data/signalling");
    let text = std::fs::read_to_string(data.join(name).with_extension("hex")).unwrap();
    let mut head = "";
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with('#') {
            head = line;
            continue;
        }
        let octet = |i| u8::from_str_radix(&line[i..i + 2], 16).unwrap();
        lines.push(Line {
            from_caller: head.contains(" 127.0.0.1:") && !head.contains("-> 127.0.0.1:"),
            signalling: head.contains(":1720"),
            octets: (0..line.len()).step_by(2).map(octet).collect(),
        });
    }
    lines
}

/// Plays one side of a captured call to a session in place of the other; what the session told,
/// before the release and in all.
fn play(name: &str, we_call: bool, terminal_type: u8) -> (Vec<Event>, Vec<Event>, Session) {
    let mut config = terminal();
    config.terminal_type = terminal_type;
    config.start = StartMode {
        fast: name.starts_with("fast"),
        tunnelling: !name.contains("notunnel") && name.matches("tunnel").count() > 0
            || name.contains("h245setup"),
        ..StartMode::SLOW
    };
    let mut session = match we_call {
        true => Session::placing(config, destination(), local(1), 1),
        false => Session::answering(config, 1),
    };
    let lines = captured(name);
    // The peer's answers name what the endpoint in our place had sent.
    session.channels.last_number = 100;
    let reference = &lines[0].octets[6..8];
    session.call_reference = u16::from_be_bytes([reference[0], reference[1]]);
    let mut now = Instant::from_millis(10);
    session.signalling_connected(now);
    let (mut events, mut before_release) = (Vec::new(), None);
    let mut connected = false;
    let opened_by = if we_call { Party::Local } else { Party::Remote };
    for line in lines.iter().filter(|line| line.from_caller != we_call) {
        now += std::time::Duration::from_millis(1);
        while let Some(output) = session.poll_output() {
            match output {
                Output::Event(event) => {
                    if let Event::Incoming(_) = event {
                        session.accept(now, local(2));
                    }
                    events.push(event);
                }
                Output::ConnectControl(_) => {
                    session.control_connected(now, Party::Local);
                    connected = true;
                }
                _ => {}
            }
        }
        let release = line.signalling && line.octets[8] == 0x5a;
        let end_session = !line.signalling && line.octets[4..] == [0x4a, 0x40];
        if (release || end_session) && before_release.is_none() {
            before_release = Some(events.clone());
        }
        if line.signalling {
            session.handle_signalling(now, &line.octets);
        } else {
            if !connected {
                session.control_connected(now, opened_by);
                connected = true;
            }
            session.handle_control(now, opened_by, &line.octets);
        }
    }
    while let Some(output) = session.poll_output() {
        if let Output::Event(event) = output {
            events.push(event);
        }
    }
    (before_release.unwrap_or_default(), events, session)
}

#[test]
fn real_endpoints_get_their_channels_and_give_us_ours() {
    for name in [
        "slow-audio",
        "slow-video-h261",
        "slow-tunnel-audio",
        "slow-tunnel-video-h264",
        "slow-tunnel-video-h264-720",
        "slow-tunnel-video-h263",
        "fast-tunnel-audio",
        "fast-tunnel-video-h261",
        "fast-notunnel-audio",
        "fast-h245setup-video-h261",
    ] {
        for we_call in [false, true] {
            // The captured acknowledgements fit one outcome of master-slave determination.
            let plays = [190, 0].map(|terminal_type| play(name, we_call, terminal_type));
            let good = plays.iter().find(|(before, ..)| {
                let opened = |kind| {
                    before
                        .iter()
                        .any(|e| matches!(e, Event::TransmitOpened(c) if c.format.kind() == kind))
                        && before.iter().any(
                            |e| matches!(e, Event::ReceiveOpened(c) if c.format.kind() == kind),
                        )
                };
                let video = name.contains("h261") || name.contains("h264");
                opened(MediaKind::Audio) && (!video || opened(MediaKind::Video))
            });
            let Some((_, events, session)) = good else {
                panic!(
                    "{name}, calling: {we_call}: {:#?} {:#?}",
                    plays[0].1, plays[1].1
                )
            };
            assert_eq!(session.state(), CallState::Released, "{name} {events:?}");
            let complaint = events.iter().find(|e| matches!(e, Event::ProtocolError(_)));
            assert_eq!(complaint, None, "{name}, calling: {we_call}");
        }
    }
}

//! Capabilities, roles and channels, as peers vary them.

use super::pair::*;
use super::script::Script;
use crate::control::Message;
use crate::control::master_slave::N100;
use crate::session::capabilities::{capability_set, empty_set};
use crate::session::*;
use crate::wire::h245::{
    CapabilityIdentifier, DataType, GenericCapability, GenericParameter,
    H2250LogicalChannelParameters, MasterSlaveDetermination, MulticastAddress,
    MulticastAddressIPAddress, OpenLogicalChannel,
    OpenLogicalChannelForwardLogicalChannelParametersMultiplexParameters as Multiplex,
    ParameterIdentifier, ParameterValue, RequestMessage, ResponseMessage, TransportAddress,
    VideoCapability,
};
use crate::wire::per::ObjectId;
use base::{AudioCodec, MediaKind, PictureSize, VideoFormat};

fn is_set(message: &Message) -> bool {
    matches!(
        message,
        Message::Request(RequestMessage::TerminalCapabilitySet(_))
    )
}

fn is_open(message: &Message) -> bool {
    matches!(
        message,
        Message::Request(RequestMessage::OpenLogicalChannel(_))
    )
}

fn determination(message: &Message) -> Option<MasterSlaveDetermination> {
    match message {
        Message::Request(RequestMessage::MasterSlaveDetermination(determination)) => {
            Some(determination.clone())
        }
        _ => None,
    }
}

#[test]
fn new_capabilities_in_a_call_replace_the_channels_that_they_no_longer_allow() {
    for tunnelling in [false, true] {
        let start = StartMode {
            tunnelling,
            ..StartMode::SLOW
        };
        let config = |config: Config| Config { start, ..config };
        let mut pair = Pair::established(config(terminal()), config(mcu()));
        pair.take_events();
        let capabilities = Capabilities {
            audio: vec![AudioCodec::G711Alaw],
            ..mcu().capabilities
        };
        let now = pair.now;
        pair.sides[CALLED].set_capabilities(now, capabilities);
        pair.run();
        let alaw = Format::Audio {
            codec: AudioCodec::G711Alaw,
            frame_ms: 20,
        };
        for side in 0..2 {
            let sent = pair.transmit(side, MediaKind::Audio).map(|c| c.format);
            assert_eq!(sent, Some(alaw));
            let got = pair.receive(1 - side, MediaKind::Audio).map(|c| c.format);
            assert_eq!(got, Some(alaw));
            // pictures go on as they are
            assert_eq!(pair.transmit(side, MediaKind::Video), None);
            let closed = Event::TransmitClosed(MediaKind::Video);
            assert!(!pair.events[side].contains(&closed));
            pair.assert_no_complaint(side);
        }
        let is_set = |e: &Event| matches!(e, Event::RemoteCapabilities(_));
        assert_eq!(pair.count(CALLER, is_set), 1);

        // Without pictures there is no channel for them; with them again, there is.
        pair.take_events();
        let audio_only = Capabilities {
            video: vec![],
            ..mcu().capabilities
        };
        pair.sides[CALLED].set_capabilities(now, audio_only);
        pair.run();
        for side in 0..2 {
            let closed = Event::TransmitClosed(MediaKind::Video);
            assert!(pair.events[side].contains(&closed));
            assert_eq!(pair.transmit(side, MediaKind::Video), None);
        }
        pair.sides[CALLED].set_capabilities(now, mcu().capabilities);
        pair.run();
        for side in 0..2 {
            let sent = pair.transmit(side, MediaKind::Video).map(|c| c.format);
            assert_eq!(sent, Some(Format::Video(h264())));
            pair.assert_no_complaint(side);
        }
    }
}

#[test]
fn a_repeated_determination_in_a_call_is_answered_and_changes_nothing() {
    let mut script = Script::established(mcu());
    script.events.clear();
    for number in 0..3 {
        script.heard.clear();
        script.say(RequestMessage::MasterSlaveDetermination(
            MasterSlaveDetermination {
                terminal_type: 50,
                status_determination_number: number,
            },
        ));
        let is_ack = |m: &Message| {
            matches!(
                m,
                Message::Response(ResponseMessage::MasterSlaveDeterminationAck(_))
            )
        };
        assert!(
            script.heard.len() == 1 && is_ack(&script.heard[0]),
            "{:?}",
            script.heard
        );
        assert_eq!(script.events, []);
    }
    // A peer that never agrees to our agreement loses nothing by it.
    script.wait(crate::control::master_slave::T106);
    let closed = |e: &Event| matches!(e, Event::TransmitClosed(_) | Event::Released { .. });
    assert!(!script.events.iter().any(closed), "{:?}", script.events);
}

#[test]
fn identical_numbers_are_drawn_again_until_n100() {
    let mut script = Script::accepted(mcu());
    script
        .session
        .control_connected(script.now, crate::call::state::Party::Remote);
    script.drain();
    let mut asked = 0;
    // The peer echoes each of our determinations, as an unlucky twin would.
    while let Some(ours) = script.heard.iter().find_map(determination) {
        asked += 1;
        script.heard.clear();
        script.say(RequestMessage::MasterSlaveDetermination(ours));
    }
    assert_eq!(asked, N100);
    assert_eq!(script.session.state(), CallState::Released);
}

#[test]
fn an_empty_set_in_the_middle_of_fast_connect_stops_what_it_opened() {
    for tunnelling in [false, true] {
        let start = StartMode {
            fast: true,
            tunnelling,
            ..StartMode::SLOW
        };
        let mut script = Script::accepted(Config { start, ..mcu() });
        let opened = |e: &Event| matches!(e, Event::TransmitOpened(_));
        assert_eq!(script.events.iter().filter(|e| opened(e)).count(), 2);
        if !tunnelling {
            let by = crate::call::state::Party::Remote;
            script.session.control_connected(script.now, by);
            script.drain();
        }
        script.events.clear();
        script.say(RequestMessage::TerminalCapabilitySet(empty_set()));
        assert_eq!(script.events[0], Event::RemotePaused);
        for kind in [MediaKind::Audio, MediaKind::Video] {
            assert!(script.events.contains(&Event::TransmitClosed(kind)));
        }
        // The full set and the roles come, and channels with them.
        script.events.clear();
        script.heard.retain(is_set);
        script.exchange_capabilities();
        script.exchange_capabilities();
        script.say(RequestMessage::MasterSlaveDetermination(
            MasterSlaveDetermination {
                terminal_type: 50,
                ..Default::default()
            },
        ));
        script.say(ResponseMessage::MasterSlaveDeterminationAck(
            Default::default(),
        ));
        assert!(script.events.contains(&Event::RemoteResumed));
        let opens = script.heard.iter().filter(|m| is_open(m)).count();
        assert_eq!(opens, 2, "{:?} {:?}", script.events, script.heard);
        assert_eq!(script.complaints(), Vec::<&Event>::new());
    }
}

#[test]
fn the_same_set_twice_opens_nothing_twice() {
    let mut script = Script::accepted(mcu());
    let by = crate::call::state::Party::Remote;
    script.session.control_connected(script.now, by);
    script.drain();
    script.exchange_capabilities();
    script.say(ResponseMessage::MasterSlaveDeterminationAck(
        Default::default(),
    ));
    let opens = |script: &Script| script.heard.iter().filter(|m| is_open(m)).count();
    assert_eq!(opens(&script), 2);
    for _ in 0..3 {
        script.say(RequestMessage::TerminalCapabilitySet(capability_set(
            &terminal(),
        )));
    }
    assert_eq!(opens(&script), 2);
    assert_eq!(script.complaints(), Vec::<&Event>::new());
}

/// A request of the peer to open its channel 7.
fn request(format: Format, media_channel: Option<TransportAddress>) -> OpenLogicalChannel {
    let mut open = OpenLogicalChannel {
        forward_logical_channel_number: 7,
        ..Default::default()
    };
    let forward = &mut open.forward_logical_channel_parameters;
    forward.data_type = formats::data_type(&format);
    forward.multiplex_parameters =
        Multiplex::H2250LogicalChannelParameters(H2250LogicalChannelParameters {
            session_id: channels::session_id(format.kind()),
            media_channel,
            media_control_channel: Some(envelope::h245_address(local(1).media(format.kind()).1)),
            media_packetization: formats::packetization(&format),
            ..Default::default()
        });
    open
}

#[test]
fn an_rtp_address_in_the_request_itself_is_tolerated() {
    let unicast = envelope::h245_address(local(1).audio);
    let multicast = TransportAddress::MulticastAddress(MulticastAddress::IPAddress(
        MulticastAddressIPAddress {
            network: [239, 1, 1, 1],
            tsap_identifier: 5000,
        },
    ));
    let format = Format::Audio {
        codec: AudioCodec::G711Alaw,
        frame_ms: 20,
    };
    for address in [unicast, multicast] {
        let mut script = Script::established(mcu());
        script.say(RequestMessage::OpenLogicalChannel(request(
            format,
            Some(address),
        )));
        let [Message::Response(ResponseMessage::OpenLogicalChannelAck(ack))] = &script.heard[..]
        else {
            panic!("{:?}", script.heard)
        };
        assert_eq!(ack.forward_logical_channel_number, 7);
        let opened = |e: &Event| matches!(e, Event::ReceiveOpened(c) if c.format == format);
        assert!(script.events.iter().any(opened));
        assert_eq!(script.complaints(), Vec::<&Event>::new());
    }
}

#[test]
fn custom_h264_parameters_raise_size_and_rate_above_the_level() {
    let parameter = |id, parameter_value| GenericParameter {
        parameter_identifier: ParameterIdentifier::Standard(id),
        parameter_value,
        ..Default::default()
    };
    // Level 1.2 allows CIF at 15 Hz. With 40,500 macroblocks a second (81 * 500) and 1,792 in a
    // picture (7 * 256), 704x576 at 25 Hz fits.
    let level = vec![
        parameter(41, ParameterValue::BooleanArray(64)),
        parameter(42, ParameterValue::UnsignedMin(29)),
    ];
    let mut custom = level.clone();
    custom.extend([
        parameter(3, ParameterValue::UnsignedMin(81)),
        parameter(4, ParameterValue::UnsignedMin(7)),
    ]);
    for (collapsing, size, frame_rate) in [
        (level, PictureSize::CIF, 15),
        (custom, PictureSize::CIF4, 25),
    ] {
        let large = VideoFormat {
            size: PictureSize::HD720,
            ..h264()
        };
        let mut config = mcu();
        config.capabilities.video = vec![large];
        let mut script = Script::established(config);
        let mut open = request(Format::Video(large), None);
        open.forward_logical_channel_parameters.data_type = DataType::VideoData(
            VideoCapability::GenericVideoCapability(Box::new(GenericCapability {
                capability_identifier: CapabilityIdentifier::Standard(ObjectId::new(&[
                    0, 0, 8, 241, 0, 0, 1,
                ])),
                max_bit_rate: Some(3_840),
                collapsing: Some(collapsing),
                ..Default::default()
            })),
        );
        script.say(RequestMessage::OpenLogicalChannel(open));
        let format = script.events.iter().find_map(|event| match event {
            Event::ReceiveOpened(channel) => Some(channel.format),
            _ => None,
        });
        let expected = Format::Video(VideoFormat {
            size,
            frame_rate,
            bit_rate: base::Bitrate::from_kbps(384),
            ..large
        });
        assert_eq!(format, Some(expected));
    }
}

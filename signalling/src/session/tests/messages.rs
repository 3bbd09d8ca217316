//! Messages that are rare, or that we do not know.

use super::pair::*;
use super::script::Script;
use crate::control::Message;
use crate::session::*;
use crate::wire::h225::{
    H323UuPduH323MessageBody as Body, InformationUuie, NotifyUuie, ProgressUuie, StatusInquiryUuie,
};
use crate::wire::h245::{
    CommandMessage, FunctionNotUnderstood, IndicationMessage, RequestMessage, ResponseMessage,
};
use crate::wire::per::Unknown;
use crate::wire::q931::{self, MessageType};

fn tunnelled() -> Config {
    Config {
        start: StartMode {
            tunnelling: true,
            ..StartMode::SLOW
        },
        ..mcu()
    }
}

#[test]
fn a_status_inquiry_is_answered_with_the_state_of_the_call() {
    let mut script = Script::established(mcu());
    script.signals.clear();
    let inquiry = Body::StatusInquiry(StatusInquiryUuie::default());
    script.signal(MessageType::StatusInquiry, vec![], inquiry);
    let [(message, pdu)] = &script.signals[..] else {
        panic!("{:?}", script.signals)
    };
    assert_eq!(message.message_type, MessageType::Status);
    assert!(matches!(pdu.h323_message_body, Body::Status(_)));
    let active = CallState::Active.q931();
    assert_eq!(message.element(q931::CALL_STATE), Some(&[active][..]));
    // Q.850 cause 30, response to StatusInquiry
    let cause = message.element(q931::CAUSE).unwrap();
    assert_eq!(cause.last(), Some(&(0x80 | 30)));
    assert_eq!(script.session.state(), CallState::Active);
}

#[test]
fn notify_progress_and_information_are_tolerated_and_keypad_digits_are_input() {
    let mut script = Script::established(tunnelled());
    script.events.clear();
    script.signals.clear();
    let notify = Body::Notify(NotifyUuie::default());
    let progress = Body::Progress(ProgressUuie::default());
    let information = Body::Information(InformationUuie::default());
    script.signal(MessageType::Notify, vec![], notify);
    script.signal(MessageType::Progress, vec![], progress);
    script.signal(MessageType::Information, vec![], information.clone());
    assert_eq!(script.events, []);
    script.signal(
        MessageType::Information,
        vec![(q931::KEYPAD, b"42#".to_vec())],
        information,
    );
    assert_eq!(script.events, [Event::UserInput("42#".into())]);
    assert!(script.signals.is_empty());
    assert_eq!(script.session.state(), CallState::Active);
}

#[test]
fn requests_and_commands_that_are_not_understood_are_returned_and_nothing_else_is() {
    for config in [mcu(), tunnelled()] {
        let mut script = Script::established(config);
        let unknown = || Unknown {
            index: 40,
            encoding: vec![1, 2, 3],
        };
        let request = RequestMessage::Unrecognized(unknown());
        let command = CommandMessage::Unrecognized(unknown());
        script.say(request.clone());
        script.say(command.clone());
        let returned = |what| IndicationMessage::FunctionNotUnderstood(what).into();
        let expected: [Message; 2] = [
            returned(FunctionNotUnderstood::Request(request)),
            returned(FunctionNotUnderstood::Command(command)),
        ];
        assert_eq!(script.heard, expected);
        script.heard.clear();
        let response = ResponseMessage::Unrecognized(unknown());
        script.say(response.clone());
        script.say(IndicationMessage::Unrecognized(unknown()));
        let function = FunctionNotUnderstood::Response(response);
        script.say(IndicationMessage::FunctionNotUnderstood(function));
        script.say(Message::Unrecognized(unknown()));
        assert_eq!(script.heard, []);
        assert_eq!(script.session.state(), CallState::Active);
    }
}

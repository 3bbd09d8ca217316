//! Who gets into which room, and what those are told who do not.

use mcu::core::OperatorCommand;
use mcu_tests::conference::{SERVER, outcomes, terminals, told, world};
use mcu_tests::sim::{Notebook, World};
use serde_json::Value;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const ROOMS: &str = r#"
    create-rooms = false
    [lobby]
    attempts = 2
    [[room]]
    name = "1000"
    aliases = ["court"]
    [[room]]
    name = "2000"
    pin = "4711"
    [[room]]
    name = "3000"
    max-participants = 1
"#;

/// A world in which terminals call with these arguments, a second later.
fn calling(config: &str, arguments: &[&str]) -> World {
    let mut world = world(config, Notebook::default());
    for arguments in arguments {
        let terminals = terminals(arguments, world.now(), 3);
        world.add(terminals, Notebook::default(), None);
        world.run_for(SECOND);
    }
    world
}

fn rooms_of(world: &mut World) -> Vec<(String, Option<String>)> {
    let status = world.ask(SERVER, OperatorCommand::Status).unwrap();
    let text = |value: &Value| value.as_str().map(String::from);
    let calls = status["calls"].as_array().unwrap();
    calls
        .iter()
        .map(|call| (text(&call["stage"]).unwrap(), text(&call["room"])))
        .collect()
}

fn in_room(name: &str) -> (String, Option<String>) {
    ("room".into(), Some(name.into()))
}

#[test]
fn a_room_goes_by_number_name_and_url() {
    let calls = [
        "1000",
        "court",
        "Court",
        "h323:1000@10.0.0.1",
        "court@10.0.0.1",
    ];
    let mut world = calling(ROOMS, &calls);
    assert_eq!(rooms_of(&mut world), vec![in_room("1000"); calls.len()]);
}

#[test]
fn dialling_a_new_name_makes_a_room_that_ends_with_its_last_caller() {
    let mut world = calling("", &["stand-up --duration 3"]);
    assert_eq!(rooms_of(&mut world), [in_room("stand-up")]);
    world.run_for(10 * SECOND);
    let status = world.ask(SERVER, OperatorCommand::Status).unwrap();
    assert_eq!(status["rooms"], Value::Array(vec![]));
}

#[test]
fn an_unknown_room_is_refused_with_its_cause_where_callers_may_not_make_rooms() {
    let world = calling(ROOMS, &["9999"]);
    assert!(
        outcomes(&world, 1)[0]
            .release
            .contains("UnknownDestination"),
        "{:?}",
        outcomes(&world, 1)
    );
    assert!(told(&world, SERVER, "there is no room \"9999\""));
}

#[test]
fn a_full_room_is_busy() {
    let world = calling(ROOMS, &["3000", "3000"]);
    assert_eq!(outcomes(&world, 1)[0].release, "");
    assert!(
        outcomes(&world, 2)[0].release.contains("Busy"),
        "{:?}",
        outcomes(&world, 2)
    );
    assert!(told(
        &world,
        SERVER,
        "room \"3000\" is full (max-participants = 1)"
    ));
}

#[test]
fn a_locked_room_rejects_and_opens_again() {
    let mut world = calling(ROOMS, &["1000"]);
    world
        .ask(
            SERVER,
            OperatorCommand::Lock {
                room: "1000".into(),
            },
        )
        .unwrap();
    for (unlock, expected) in [(false, "Rejected"), (true, "")] {
        if unlock {
            world
                .ask(
                    SERVER,
                    OperatorCommand::Unlock {
                        room: "1000".into(),
                    },
                )
                .unwrap();
        }
        let late = world.add(terminals("1000", world.now(), 5), Notebook::default(), None);
        world.run_for(SECOND);
        let release = &outcomes(&world, late)[0].release;
        assert!(
            if unlock {
                release.is_empty()
            } else {
                release.contains(expected)
            },
            "{release}"
        );
    }
}

#[test]
fn a_pin_is_dialled_with_the_room_or_keyed_in_at_the_door() {
    let mut world = calling(ROOMS, &["2000*4711", "2000 --dtmf 4711#"]);
    assert_eq!(rooms_of(&mut world)[1], ("lobby".into(), None));
    world.run_for(5 * SECOND);
    assert_eq!(rooms_of(&mut world), [in_room("2000"), in_room("2000")]);
}

#[test]
fn a_caller_without_a_room_keys_in_room_and_pin() {
    let mut world = calling(ROOMS, &["--dtmf 2000#,4711#"]);
    assert_eq!(rooms_of(&mut world), [("lobby".into(), None)]);
    world.run_for(8 * SECOND);
    assert_eq!(rooms_of(&mut world), [in_room("2000")]);
}

#[test]
fn a_pause_ends_an_entry_for_terminals_without_a_hash_key() {
    let mut world = calling(
        ROOMS,
        &[
            "--dtmf 20,00 --duration 60",
            "2000 --dtmf 4711 --duration 60",
        ],
    );
    world.run_for(5 * SECOND);
    assert_eq!(rooms_of(&mut world)[1], in_room("2000"));
    world.run_for(3 * SECOND);
    let status = world.ask(SERVER, OperatorCommand::Status).unwrap();
    assert_eq!(
        status["calls"][0]["stage"], "lobby",
        "the room is known, its PIN is not"
    );
    assert!(
        !told(&world, SERVER, "there is no room"),
        "20 and a pause was not an entry"
    );
}

#[test]
fn wrong_pins_end_the_call_with_no_permission() {
    let mut world = calling(ROOMS, &["2000 --dtmf 1#,2# --duration 60"]);
    world.run_for(10 * SECOND);
    assert!(
        outcomes(&world, 1)[0].release.contains("NoPermission"),
        "{:?}",
        outcomes(&world, 1)
    );
    assert!(told(&world, SERVER, "wrong PIN for room \"2000\", 2 times"));
}

#[test]
fn nobody_stays_in_the_lobby_for_ever() {
    let mut world = calling("[lobby]\ntimeout-s = 20", &["--duration 300"]);
    world.run_for(30 * SECOND);
    assert!(
        outcomes(&world, 1)[0].release.contains("NoPermission"),
        "{:?}",
        outcomes(&world, 1)
    );
}

#[test]
fn operators_release_calls_and_are_told_of_mistakes() {
    let mut world = calling(ROOMS, &["1000 --duration 60"]);
    assert!(
        world
            .ask(SERVER, OperatorCommand::Disconnect { call: 77 })
            .unwrap_err()
            .contains("no call 77")
    );
    assert!(
        world
            .ask(SERVER, OperatorCommand::Lock { room: "x".into() })
            .unwrap_err()
            .contains("no room")
    );
    world
        .ask(SERVER, OperatorCommand::Disconnect { call: 1 })
        .unwrap();
    world.run_for(5 * SECOND);
    assert!(world.finished(1));
    assert_eq!(rooms_of(&mut world), []);
}

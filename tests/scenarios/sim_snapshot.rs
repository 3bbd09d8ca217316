//! A server made of another's snapshot goes on as the other does, from wherever it was.

use base::{ConnId, Instant, MediaKind, ParticipantId, Rng};
use bytes::Bytes;
use mcu::conference::{SNAPSHOT_VERSION, Server};
use mcu::core::{Input, Listener, OperatorCommand};
use mcu::terminal::core::Terminals;
use mcu::terminal::options::Start;
use mcu_tests::conference::{SERVER, START, STARTS, captured_setup, plan, server, told};
use mcu_tests::sim::{Mirrored, Notebook, World};
use media::plane::{Command, Notice, Plane, Port, Transmit};
use replication::core::{Core as _, Replicated};
use replication::log::Digest;
use std::collections::VecDeque;
use std::hint::black_box;
use std::net::SocketAddr;
use std::time::{Duration, Instant as Clock};

const SECOND: Duration = Duration::from_secs(1);
const ROOMS: &str = r#"
    [lobby]
    attempts = 2
    [[room]]
    name = "1000"
    aliases = ["court"]
    [[room]]
    name = "2000"
    pin = "4711"
"#;
/// Octets of a snapshot before the state: the version and the check.
const HEADER: usize = 9;

/// A media plane that has something to say about every command.
#[derive(Default)]
struct Gossip(VecDeque<Notice>);

impl Plane for Gossip {
    fn command(&mut self, _: Instant, command: Command) {
        match command {
            Command::Join {
                participant, room, ..
            } => self
                .0
                .push_back(Notice::ActiveSpeaker(room, Some(participant))),
            Command::OpenReceive {
                participant,
                format,
                ..
            } => self.0.extend([
                Notice::Stalled(participant, format.kind()),
                Notice::NeedIntra(participant),
            ]),
            Command::Mute(participant, kind, _) => {
                self.0.push_back(Notice::Resumed(participant, kind));
            }
            _ => {}
        }
    }
    fn receive(&mut self, _: Instant, _: Port, _: SocketAddr, _: &[u8]) {}
    fn handle_timeout(&mut self, _: Instant) {}
    fn next_timeout(&self) -> Option<Instant> {
        None
    }
    fn poll_transmit(&mut self) -> Option<Transmit> {
        None
    }
    fn poll_notice(&mut self) -> Option<Notice> {
        self.0.pop_front()
    }
}

/// A world with a watched server.
fn watched() -> World {
    let mut world = World::new(7, START);
    world.add(Mirrored::new(ROOMS), Gossip::default(), Some(1720));
    world
}

fn call_in(world: &mut World, start: Start, arguments: &str) -> usize {
    let mut plan = plan(arguments);
    plan.start = start;
    let seed = world.now().as_nanos();
    let terminals = Terminals::new(plan, world.now(), seed);
    world.add(terminals, Notebook::default(), None)
}

fn mirrored(world: &World) -> &Mirrored {
    world.machine(SERVER).core()
}

/// A world with three calls in a room.
fn busy() -> World {
    let mut world = watched();
    for start in [Start::Slow, Start::Tunnel, Start::FastTunnel] {
        call_in(&mut world, start, "1000 --duration 600");
    }
    world.run_for(3 * SECOND);
    world
}

#[test]
fn a_copy_made_before_any_input_of_a_conference_does_what_the_server_does() {
    let mut world = watched();
    let ask = |world: &mut World, command| world.ask(SERVER, command).unwrap();
    // A stranger whose Setup comes in pieces while others come and go.
    let setup = captured_setup();
    let stranger = world.stranger(SERVER, 1720);
    let mut pieces = setup.chunks(setup.len().div_ceil(STARTS.len()));
    for start in STARTS {
        call_in(&mut world, start, "1000 --duration 12");
        world.run_for(Duration::from_millis(7));
        world.stranger_sends(SERVER, stranger, pieces.next().unwrap());
        world.run_for(SECOND);
    }
    call_in(&mut world, Start::Slow, "2000 --dtmf 4711# --duration 8");
    call_in(&mut world, Start::Fast, "--dtmf 2000#,4711 --duration 12");
    call_in(&mut world, Start::Tunnel, "2000 --dtmf 1#,2# --duration 60");
    world.run_for(SECOND);
    let mute = OperatorCommand::Mute {
        call: 1,
        video: false,
    };
    ask(&mut world, mute);
    let (room, layout) = ("1000".to_string(), "1+5".to_string());
    ask(&mut world, OperatorCommand::Lock { room: room.clone() });
    ask(&mut world, OperatorCommand::Layout { room, layout });
    call_in(&mut world, Start::Slow, "1000");
    for start in STARTS {
        let mut called = plan("room --duration 3");
        (called.start, called.to) = (start, None);
        let now = world.now();
        let called = Terminals::new(called, now, 2);
        let terminal = world.add(called, Notebook::default(), Some(1720));
        let dial = OperatorCommand::Dial {
            room: "room".into(),
            address: SocketAddr::new(World::address(terminal), 1720),
            alias: "9000".into(),
        };
        ask(&mut world, dial);
    }
    let nowhere = OperatorCommand::Dial {
        room: "room".into(),
        address: SocketAddr::from(([10, 9, 9, 9], 1720)),
        alias: String::new(),
    };
    ask(&mut world, nowhere);
    world.run_for(2 * SECOND);
    ask(&mut world, OperatorCommand::Disconnect { call: 2 });
    world.run_for(60 * SECOND);
    let original = mirrored(&world).original();
    assert_eq!((original.calls(), original.connections()), (0, 0));
    for what in [
        "is locked",
        "wrong PIN",
        "cannot be called",
        "OpenReceive",
        "comes again",
    ] {
        assert!(told(&world, SERVER, what), "{what} is a part of it");
    }
    let inputs = mirrored(&world).inputs();
    assert!(inputs > 250, "a conference has more inputs than {inputs}");
}

#[test]
fn one_octet_makes_another_digest_at_once() {
    let at = |ms| START + Duration::from_millis(ms);
    let accepted = Input::Accepted {
        conn: ConnId(1),
        listener: Listener::Main,
        peer: SocketAddr::from(([10, 0, 0, 9], 1024)),
        local: SocketAddr::from(([10, 0, 0, 1], 1720)),
    };
    // Not a whole packet: neither server has anything to say.
    let half = |last| Input::Received(ConnId(1), Bytes::from(vec![3, 0, 0, 200, 8, last]));
    let (mut one, mut other) = (server(""), server(""));
    for server in [&mut one, &mut other] {
        server.handle(at(0), accepted.clone());
    }
    assert_eq!(one.digest(), other.digest());
    one.handle(at(1), half(1));
    other.handle(at(1), half(2));
    assert_ne!(one.digest(), other.digest());
    let differing = (one.digest(), other.digest());
    for server in [&mut one, &mut other] {
        server.handle(at(2), Input::Timeout);
    }
    assert_ne!(one.digest(), other.digest(), "and it never heals");
    assert_ne!(differing, (one.digest(), other.digest()));
}

#[test]
fn another_generator_another_time_and_other_rules_make_another_digest() {
    let after_stop = |config: &str, seed: u64, ms: u64| {
        let config: mcu::config::Config = config.parse().unwrap();
        let mut server = Server::new(config.rules().unwrap(), seed);
        server.handle(START + Duration::from_millis(ms), Input::Timeout);
        server.digest()
    };
    let digest = after_stop("", 1, 0);
    assert_eq!(digest, after_stop("", 1, 0));
    assert_ne!(digest, after_stop("", 2, 0), "seed");
    assert_ne!(digest, after_stop("", 1, 1), "time");
    assert_ne!(digest, after_stop("[[room]]\nname = \"1\"", 1, 0), "rooms");
}

#[test]
fn the_rules_of_the_host_stay() {
    let mut other = server("[lobby]\nenabled = false");
    let original = server(ROOMS);
    let rules = |server: &Server| format!("{server:?}").contains("lobby: Lobby { enabled: false");
    let mut drained = original;
    while drained.poll_output().is_some() {}
    other.restore(&drained.snapshot()).unwrap();
    assert!(rules(&other));
    assert_eq!(other.digest(), drained.digest());
}

#[test]
fn a_damaged_snapshot_changes_nothing() {
    let world = busy();
    let snapshot = mirrored(&world).original().snapshot();
    let mut server = server(ROOMS);
    let before = format!("{server:?}");
    let mut refused = |octets: &[u8]| {
        let error = server.restore(octets).expect_err("it is damaged");
        assert_eq!(format!("{server:?}"), before);
        error.to_string()
    };
    for length in (0..snapshot.len()).step_by(97) {
        refused(&snapshot[..length]);
    }
    let mut rng = Rng::new(1);
    for _ in 0..1000 {
        let mut damaged = snapshot.clone();
        let at = rng.below(damaged.len() as u64) as usize;
        damaged[at] ^= 1 << rng.below(8);
        refused(&damaged);
    }
    let mut newer = snapshot.clone();
    newer[0] = SNAPSHOT_VERSION + 1;
    assert!(refused(&newer).contains("run the same program on both hosts"));
    let state = [&snapshot[HEADER..], &[0]].concat();
    assert!(refused(&sealed(&state)).contains("1 octets too many"));
}

/// Octets that a buggy server may have written: the check is right, the state is not.
#[test]
fn a_wrong_state_with_a_right_check_is_refused_or_read() {
    let world = busy();
    let snapshot = mirrored(&world).original().snapshot();
    let state = &snapshot[HEADER..];
    assert_eq!(sealed(state), snapshot);
    let (mut rng, mut read) = (Rng::new(2), 0);
    for length in (0..state.len()).step_by(97) {
        server(ROOMS)
            .restore(&sealed(&state[..length]))
            .expect_err("it ends early");
    }
    for _ in 0..1000 {
        let mut damaged = state.to_vec();
        let at = rng.below(damaged.len() as u64) as usize;
        damaged[at] ^= 1 << rng.below(8);
        let mut server = server(ROOMS);
        if server.restore(&sealed(&damaged)).is_ok() {
            read += 1;
            let again = server.snapshot();
            server
                .restore(&again)
                .expect("what was read can be written");
        }
    }
    assert!(read > 0, "some numbers are as good as others");
}

fn sealed(state: &[u8]) -> Vec<u8> {
    let mut check = Digest::default();
    check.octets(state);
    [&[SNAPSHOT_VERSION], &check.value().to_le_bytes()[..], state].concat()
}

#[test]
fn a_snapshot_is_small() {
    let world = busy();
    let original = mirrored(&world).original();
    assert_eq!(original.calls(), 3);
    let octets = original.snapshot().len();
    assert!(octets < 1000 * original.calls(), "{octets} octets");
}

#[test]
#[ignore = "prints what snapshots and digests cost; wants --release --nocapture"]
fn what_it_costs() {
    #[expect(clippy::disallowed_methods, reason = "it measures")]
    fn print<T>(what: &str, mut work: impl FnMut() -> T) {
        const ROUNDS: u32 = 2000;
        let started = Clock::now();
        (0..ROUNDS).for_each(|_| drop(black_box(work())));
        println!("{what}: {:?}", started.elapsed() / ROUNDS);
    }
    let world = busy();
    let original = mirrored(&world).original();
    let snapshot = original.snapshot();
    println!("3 calls: {} octets", snapshot.len());
    print("to make", || original.snapshot());
    let mut copy = server(ROOMS);
    print("to restore", || copy.restore(&snapshot).is_ok());
    print("a record of no octets, with its handling", || {
        copy.handle(world.now(), Input::Timeout);
    });
    let mut digest = Digest::default();
    let octets = vec![7; 1000];
    print("digest of 1000 octets", || {
        digest.octets(black_box(&octets))
    });
    let mute = Command::Mute(ParticipantId(1), MediaKind::Audio, true);
    print("digest of a media command", || digest.debug(&mute));
}

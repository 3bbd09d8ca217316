//! A server and its terminals, as scenarios want them.

use crate::sim::{AnyPlane, World};
use base::{Instant, MediaKind, ParticipantId};
use clap::Parser;
use mcu::conference::Server;
use mcu::config::Config;
use mcu::terminal::core::{Outcome, Plan, Terminals};
use mcu::terminal::options::{Options, Start};
use mcu::terminal::plane::{EndpointSettings, PictureSource, SoundSource, TerminalPlane};
use media::plane::Command;
use std::collections::BTreeSet;

/// When every world begins.
pub const START: Instant = Instant::from_millis(1_700_000_000_000);
/// The machine that the server is.
pub const SERVER: usize = 0;
/// Every way in which a call starts.
pub const STARTS: [Start; 5] = [
    Start::Slow,
    Start::SlowEarly,
    Start::Tunnel,
    Start::Fast,
    Start::FastTunnel,
];
/// Two rooms of a pair, one of them with a PIN.
pub const PAIR_ROOMS: &str = r#"
    address = "10.0.0.1"
    [[room]]
    name = "1000"
    [[room]]
    name = "2000"
    pin = "4711"
"#;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    options: Options,
}

/// A core by this configuration file.
pub fn server(config: &str) -> Server {
    let config: Config = config
        .parse()
        .expect("the scenario's configuration is right");
    Server::new(config.rules().expect("the scenario's rules are right"), 1)
}

/// What `mcu call 10.0.0.1 …` is told to do.
pub fn options(arguments: &str) -> Options {
    let line = format!("call {} {arguments}", World::address(SERVER));
    Line::parse_from(line.split_whitespace()).options
}

/// Terminals that call the server.
pub fn terminals(arguments: &str, now: Instant, seed: u64) -> Terminals {
    Terminals::new(plan(arguments), now, seed)
}

/// The same, as a plan.
pub fn plan(arguments: &str) -> Plan {
    Plan::new(&options(arguments)).expect("the scenario's arguments are right")
}

/// A media plane that plays the synthetic picture and tone, and judges.
pub fn judge(arguments: &str) -> TerminalPlane {
    let options = options(arguments);
    let plan = plan(arguments);
    let endpoint = |index: u8| EndpointSettings {
        participant: ParticipantId(index.into()),
        name: plan.name_of(index),
        sender: options.sender + index,
        frame_rate: options.frame_rate,
        sound: if options.silent {
            SoundSource::Silent
        } else {
            SoundSource::Tone
        },
        pictures: PictureSource::Pattern,
        recorder: None,
        trace: None,
    };
    TerminalPlane::new((0..plan.count).map(endpoint).collect())
}

/// A world with a server.
pub fn world(config: &str, plane: impl AnyPlane) -> World {
    let mut world = World::new(7, START);
    world.add(server(config), plane, Some(1720));
    world
}

/// How the calls of a machine of terminals went.
pub fn outcomes(world: &World, machine: usize) -> Vec<Outcome> {
    world
        .machine(machine)
        .core::<Terminals>()
        .outcomes()
        .collect()
}

/// Whether everything a machine's operator was told mentions `text` somewhere.
pub fn told(world: &World, machine: usize, text: &str) -> bool {
    world
        .reports(machine)
        .any(|report| report.text.contains(text))
}

/// The channels that stand after these commands: (received, transmitted), in order of kind.
pub fn channels(commands: &[Command]) -> (Vec<MediaKind>, Vec<MediaKind>) {
    let (mut received, mut transmitted) = (BTreeSet::new(), BTreeSet::new());
    for command in commands {
        let is_new = match command {
            Command::OpenReceive { format, .. } => received.insert(format.kind()),
            Command::CloseReceive(_, kind) => received.remove(kind),
            Command::OpenTransmit { format, .. } => transmitted.insert(format.kind()),
            Command::CloseTransmit(_, kind) => transmitted.remove(kind),
            _ => true,
        };
        assert!(is_new, "{command:?} does not follow from what came before");
    }
    (
        received.into_iter().collect(),
        transmitted.into_iter().collect(),
    )
}

/// A Setup as a terminal of others sends it, TPKT included.
pub fn captured_setup() -> Vec<u8> {
    let capture = include_str!("../data/signalling/slow-audio.hex");
    let line = capture
        .lines()
        .find(|line| !line.starts_with('#'))
        .expect("it begins with the Setup");
    signalling::wire::hex::to_octets(line).expect("it is hex")
}

//! Terminals enter rooms, in every way they can, in virtual time.

use base::{Instant, MediaKind};
use mcu::conference::Server;
use mcu::config::Config;
use mcu::terminal::core::{Plan, Terminals};
use mcu::terminal::options::{Options, Start};
use mcu_tests::sim::{Notebook, World};
use media::plane::Command;
use std::time::Duration;

const START: Instant = Instant::from_millis(1_000_000);
const STARTS: [Start; 5] = [Start::Slow, Start::SlowEarly, Start::Tunnel, Start::Fast, Start::FastTunnel];

fn server(config: &str) -> Server {
    Server::new(config.parse::<Config>().unwrap().rules().unwrap(), 1)
}

/// Terminals as the command line would make them, calling the first machine.
fn terminals(arguments: &str) -> Plan {
    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }
    let line = format!("call 10.0.0.1 {arguments}");
    let line = <Line as clap::Parser>::parse_from(line.split_whitespace());
    Plan::new(&line.options).unwrap()
}

fn world(config: &str, plan: Plan) -> World {
    let mut world = World::new(7, START);
    world.add(server(config), Notebook::default(), Some(1720));
    world.add(Terminals::new(plan, START, 2), Notebook::default(), None);
    world
}

/// The channels that a machine's media plane was told to open: (received, transmitted).
fn channels(world: &World, number: usize) -> (Vec<MediaKind>, Vec<MediaKind>) {
    let (mut received, mut transmitted) = (Vec::new(), Vec::new());
    for command in &world.machine(number).plane::<Notebook>().commands {
        match command {
            Command::OpenReceive { format, .. } => received.push(format.kind()),
            Command::OpenTransmit { format, .. } => transmitted.push(format.kind()),
            _ => {}
        }
    }
    received.sort();
    transmitted.sort();
    (received, transmitted)
}

#[test]
fn every_start_mode_opens_every_codec_in_both_directions() {
    for start in STARTS {
        for audio in ["g711u", "g711a", "g722"] {
            for video in ["h264-cif", "h264-720p", "h261-cif", "h261-qcif"] {
                let mut plan = terminals(&format!("room --audio {audio} --video {video} --duration 5"));
                plan.start = start;
                let mut world = world("", plan);
                let done = world.run_until_done(Duration::from_secs(60), |world| world.finished(1));
                world.run_for(Duration::from_secs(1));
                let case = format!("{start:?} {audio} {video}");
                assert!(done, "{case}: the call does not end");
                let outcome = world.machine(1).core::<Terminals>().outcomes().next().unwrap();
                assert!(outcome.completed, "{case}: {outcome:?}");
                assert!(outcome.protocol_errors.is_empty(), "{case}: {outcome:?}");
                let both = vec![MediaKind::Audio, MediaKind::Video];
                assert_eq!(channels(&world, 0), (both.clone(), both.clone()), "{case}: server");
                assert_eq!(channels(&world, 1), (both.clone(), both), "{case}: terminal");
                assert_eq!(world.machine(0).core::<Server>().calls(), 0, "{case}: nothing is left");
            }
        }
    }
}

//! Terminals enter a room, in every way they can.

use base::MediaKind;
use mcu::conference::Server;
use mcu::terminal::core::Terminals;
use mcu_tests::conference::{SERVER, START, STARTS, channels, outcomes, plan, world};
use mcu_tests::sim::{Notebook, World};
use std::time::Duration;

const AUDIO: [&str; 3] = ["g711u", "g711a", "g722"];
const VIDEO: [&str; 4] = ["h264-cif", "h264-720p", "h261-cif", "h261-qcif"];
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn every_start_mode_opens_every_codec_in_both_directions() {
    for start in STARTS {
        for (audio, video) in AUDIO
            .iter()
            .flat_map(|audio| VIDEO.map(|video| (audio, video)))
        {
            let mut plan = plan(&format!(
                "room --audio {audio} --video {video} --duration 5"
            ));
            plan.start = start;
            let mut world = world("", Notebook::default());
            let terminal = world.add(Terminals::new(plan, START, 2), Notebook::default(), None);
            check_both_ways(world, terminal, &format!("{start:?} {audio} {video}"));
        }
    }
}

#[test]
fn an_operator_dials_terminals_that_answer_in_every_start_mode() {
    for start in STARTS {
        for video in VIDEO {
            let mut plan = plan(&format!("room --video {video} --duration 5"));
            (plan.start, plan.to) = (start, None);
            let mut world = world("", Notebook::default());
            let terminal = world.add(
                Terminals::new(plan, START, 2),
                Notebook::default(),
                Some(1720),
            );
            let dial = mcu::core::OperatorCommand::Dial {
                room: "room".into(),
                address: std::net::SocketAddr::new(World::address(terminal), 1720),
                alias: "9000".into(),
            };
            world.ask(SERVER, dial).unwrap();
            check_both_ways(world, terminal, &format!("dialled {start:?} {video}"));
        }
    }
}

/// Sound and pictures are open each way, the call lasts its time and leaves nothing behind.
fn check_both_ways(mut world: World, terminal: usize, case: &str) {
    world.run_for(4 * SECOND);
    let both = vec![MediaKind::Audio, MediaKind::Video];
    for machine in [SERVER, terminal] {
        let open = channels(&world.machine(machine).plane::<Notebook>().commands);
        assert_eq!(
            open,
            (both.clone(), both.clone()),
            "{case}: machine {machine}"
        );
    }
    assert!(
        world.run_until_done(60 * SECOND, |world| world.finished(terminal)),
        "{case} does not end"
    );
    world.run_for(SECOND);
    let outcome = &outcomes(&world, terminal)[0];
    assert!(outcome.completed, "{case}: {outcome:?}");
    assert!(outcome.protocol_errors.is_empty(), "{case}: {outcome:?}");
    assert_eq!(
        world.machine(SERVER).core::<Server>().calls(),
        0,
        "{case}: nothing is left"
    );
}

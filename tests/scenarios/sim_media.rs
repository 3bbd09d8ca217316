//! Who sees and hears whom, judged at the terminals, with the real codecs.

use mcu::core::OperatorCommand;
use mcu::terminal::plane::TerminalPlane;
use mcu::terminal::report::EndpointReport;
use mcu_tests::conference::{SERVER, judge, terminals, world};
use mcu_tests::sim::World;
use media::room::Rooms;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn conference(arguments: &[&str]) -> World {
    let mut world = world("", Rooms::new(1));
    for arguments in arguments {
        let terminals = terminals(arguments, world.now(), 3);
        world.add(terminals, judge(arguments), None);
    }
    world
}

fn report(world: &World, machine: usize) -> EndpointReport {
    world
        .machine(machine)
        .plane::<TerminalPlane>()
        .report(world.now())
        .remove(0)
}

fn heard(report: &EndpointReport, sender: u8) -> f64 {
    report
        .sound
        .heard
        .iter()
        .find(|heard| heard.sender == sender)
        .map_or(0.0, |heard| heard.fraction)
}

#[test]
fn three_terminals_of_different_codecs_see_all_and_hear_the_others() {
    let mut world = conference(&[
        "room --sender 1 --video h264-cif --audio g711u --start slow --duration 60",
        "room --sender 2 --video h261-cif --audio g722 --start fast-tunnel --duration 60",
        "room --sender 3 --video h264-720p --bit-rate-kbps 768 --audio g711a --start tunnel --duration 60",
    ]);
    world.run_for(6 * SECOND);
    for machine in 1..=3 {
        let report = report(&world, machine);
        assert_eq!(
            report.sound.own_tone_windows, 0,
            "terminal {machine} hears itself"
        );
        assert_eq!(report.pictures.decode_errors, 0, "terminal {machine}");
        for sender in 1..=3 {
            let tile = report
                .pictures
                .seen
                .iter()
                .find(|seen| seen.sender == sender);
            let tile = tile
                .unwrap_or_else(|| panic!("terminal {machine} does not see {sender}: {report:?}"));
            assert!(tile.latency_ms_p95 < 150.0, "terminal {machine}: {tile:?}");
            assert!(tile.freeze_ms_max < 600.0, "terminal {machine}: {tile:?}");
            if usize::from(sender) != machine {
                assert!(
                    heard(&report, sender) > 0.9,
                    "terminal {machine} hears {sender}: {:?}",
                    report.sound
                );
            }
        }
    }
}

#[test]
fn a_muted_participant_is_not_heard_and_is_again() {
    let calls = [
        "room --sender 1 --video= --duration 60",
        "room --sender 2 --video= --duration 60",
    ];
    let mut world = conference(&calls);
    world.run_for(3 * SECOND);
    let windows = |world: &World| {
        let report = report(world, 2);
        report
            .sound
            .heard
            .iter()
            .find(|heard| heard.sender == 1)
            .map_or(0, |heard| heard.windows)
    };
    assert!(windows(&world) > 8);
    world
        .ask(
            SERVER,
            OperatorCommand::Mute {
                call: 1,
                video: false,
            },
        )
        .unwrap();
    world.run_for(SECOND);
    let before = windows(&world);
    world.run_for(3 * SECOND);
    assert_eq!(windows(&world), before, "heard while muted");
    world
        .ask(
            SERVER,
            OperatorCommand::Unmute {
                call: 1,
                video: false,
            },
        )
        .unwrap();
    world.run_for(3 * SECOND);
    assert!(windows(&world) > before + 8);
}

#[test]
fn loss_costs_intra_pictures_and_no_tile() {
    let calls = [
        "room --sender 1 --duration 60",
        "room --sender 2 --video h261-cif --duration 60",
    ];
    let mut world = conference(&calls);
    world.run_for(2 * SECOND);
    world.lose(20);
    world.run_for(5 * SECOND);
    world.lose(0);
    world.run_for(3 * SECOND);
    for machine in [1, 2] {
        let report = report(&world, machine);
        assert!(report.pictures.stream.lost > 0, "the loss was injected");
        assert_eq!(report.pictures.seen.len(), 2);
        let since = world.now().as_nanos() / 1_000_000 - 1000;
        for tile in &report.pictures.seen {
            let late = tile
                .freezes
                .iter()
                .find(|freeze| freeze.start_unix_ms > since && freeze.length_ms > 300.0);
            assert!(
                late.is_none(),
                "terminal {machine} still sees {} frozen: {late:?}",
                tile.sender
            );
        }
    }
}

//! Random schedules: terminals come and go while nodes die and come back.

use base::Rng;
use mcu::core::OperatorCommand;
use mcu_tests::conference::{PAIR_ROOMS, STARTS, plan};
use mcu_tests::sim::{Death, Pair};
use std::time::Duration;

const SEEDS: u64 = 300;
const SECOND: Duration = Duration::from_secs(1);
const WAYS: [&str; 5] = [
    "1000 --duration 4",
    "1000 --duration 30",
    "2000*4711 --duration 12",
    "--dtmf 2000#,4711# --duration 20",
    "1000 --dtmf 123 --duration 8",
];

/// What a seed makes happen.
fn schedule(seed: u64) -> Pair {
    let mut rng = Rng::new(seed);
    let mut pair = Pair::duplex(PAIR_ROOMS);
    let pause = |rng: &mut Rng, most_ms| Duration::from_millis(rng.below(most_ms));
    for _ in 0..12 {
        match rng.below(6) {
            0..=2 => {
                let start = STARTS[rng.below(5) as usize];
                let mut plan = plan(WAYS[rng.below(5) as usize]);
                plan.start = start;
                let dialled = rng.below(4) == 0;
                if dialled {
                    plan.to = None;
                }
                let terminal = pair.call(plan);
                if dialled {
                    pair.ask(OperatorCommand::Dial {
                        room: "1000".into(),
                        address: pair.address(terminal),
                        alias: "9000".into(),
                    });
                }
                // In the middle of its handshakes, or later.
                let most = [5, 400][rng.below(2) as usize];
                let wait = pause(&mut rng, most);
                pair.run_for(wait);
            }
            3 | 4 => {
                assert!(
                    pair.run_until_done(5 * SECOND, Pair::is_duplex),
                    "seed {seed}: no pair again, {} at {:?}",
                    pair.roles(),
                    pair.now()
                );
                let place = rng.below(2) as usize;
                let kept = rng.below(4) as usize;
                let death = [Death::Process, Death::Host, Death::Cut(kept)][rng.below(3) as usize];
                pair.kill(place, death);
                let wait = pause(&mut rng, 700);
                pair.run_for(wait);
                pair.start(place);
                // Handshakes that met the death are tried again before the next.
                let wait = Duration::from_millis(1200) + pause(&mut rng, 300);
                pair.run_for(wait);
            }
            _ => {
                let number = pair.ask(OperatorCommand::Status);
                let wait = pause(&mut rng, 300);
                pair.run_for(wait);
                let patience = SECOND;
                let answered = pair.run_until_done(patience, |pair| pair.answer(number).is_some());
                assert!(answered, "seed {seed}: an operator is not answered");
            }
        }
    }
    pair.run_to_the_end(120 * SECOND);
    pair
}

#[test]
fn no_call_is_lost_whenever_terminals_come_and_nodes_die() {
    let (mut calls, mut deaths, mut records) = (0, 0, 0);
    for seed in 0..SEEDS {
        let pair = schedule(seed);
        assert_eq!(pair.violations(), [] as [String; 0], "seed {seed}");
        let found = pair.finding();
        for (at, outcome) in found.outcomes.iter().enumerate() {
            assert!(outcome.completed, "seed {seed}, call {at}: {outcome:?}");
            let errors = &outcome.protocol_errors;
            assert!(errors.is_empty(), "seed {seed}, call {at}: {errors:?}");
        }
        assert_eq!(found.left, Some((0, 0)), "seed {seed}");
        calls += found.outcomes.len();
        deaths += pair.deaths();
        records += pair.compared().0;
    }
    println!("{SEEDS} seeds: {calls} calls, {deaths} deaths, {records} records compared");
}

//! A node joins while calls begin, talk and end. Its copy is put together from connections that were captured
//! one after the other meanwhile; whenever that was, it is good enough to take over with.

use mcu::terminal::options::Start;
use mcu_tests::conference::{PAIR_ROOMS, plan};
use mcu_tests::sim::{Death, Fault, Finding, Pair, Runs, Victim};
use std::cell::Cell;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// Between two joins that are tried: less than a message and its answer take.
const STEP: Duration = Duration::from_micros(250);
/// From before a call begins until it talks, and from before it ends until it is gone.
const STEPS: u32 = 60;

/// One call talks, one begins and one is about to end when `happens` happens, after a while.
fn calls(after: Duration, happens: impl Fn(&mut Pair)) -> Pair {
    let mut pair = Pair::simplex(PAIR_ROOMS);
    let call = |pair: &mut Pair, start, arguments| {
        let mut plan = plan(arguments);
        plan.start = start;
        pair.call(plan);
    };
    call(&mut pair, Start::Slow, "--dtmf 1000# --duration 6");
    call(&mut pair, Start::Tunnel, "1000 --duration 2");
    pair.run_for(2 * SECOND);
    call(&mut pair, Start::Slow, "1000 --duration 3");
    pair.run_for(after);
    happens(&mut pair);
    pair.run_to_the_end(60 * SECOND);
    pair
}

fn undisturbed() -> Finding {
    let pair = calls(Duration::ZERO, |_| {});
    assert_eq!(pair.violations(), [] as [String; 0]);
    let finding = pair.finding();
    assert!(finding.outcomes.iter().all(|outcome| outcome.completed));
    finding
}

#[test]
fn a_node_that_joins_whenever_calls_begin_and_end_can_take_over() {
    let expected = undisturbed();
    let mut runs = Runs::default();
    for step in 0..STEPS {
        let after = STEP * step;
        let pair = calls(after, |pair| {
            pair.start(1);
            assert!(pair.run_until_done(SECOND, Pair::is_duplex), "{after:?}");
            pair.kill(0, Death::Process);
        });
        runs.judge(&format!("a join after {after:?}"), &pair, &expected);
    }
    runs.report("a node joins and takes over");
}

#[test]
fn a_death_on_either_side_at_any_point_of_a_join_among_busy_calls_ends_no_call() {
    let expected = undisturbed();
    let mut runs = Runs::default();
    for step in (0..STEPS).step_by(15) {
        let after = STEP * step;
        let join = |faults: &[Fault]| {
            let moments = Cell::new(0);
            let pair = calls(after, |pair| {
                pair.start(1);
                pair.arm(faults);
                pair.run_until_done(SECOND, Pair::is_duplex);
                moments.set(pair.moments());
            });
            (pair, moments.get())
        };
        let (_, moments) = join(&[]);
        runs.moments += moments;
        for moment in 0..moments {
            for victim in [Victim::Primary, Victim::Backup] {
                let fault = Fault {
                    moment,
                    victim,
                    death: Death::Process,
                };
                let (pair, _) = join(&[fault]);
                let what = format!("a join after {after:?}, {fault:?}");
                runs.judge(&what, &pair, &expected);
            }
        }
    }
    runs.report("deaths while a node joins");
}

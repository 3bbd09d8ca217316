//! Ports of a call, which both nodes must have bound before the terminal hears of them.

use mcu_tests::conference::plan;
use mcu_tests::sim::{Death, Fault, Finding, Pair, Victim};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// The first ports that a node tries for the first call, and how far apart the next ones are.
const FIRST: u16 = 20_100;
const APART: usize = 6;
/// Proposals until a call is refused.
const ATTEMPTS: usize = 8;

/// A call while somebody else has the backup's ports of the first `taken` tries.
fn call(taken: usize, faults: &[Fault]) -> Pair {
    let mut pair = Pair::duplex("");
    let ports = (FIRST..).step_by(APART).take(taken);
    pair.take_ports(1, ports);
    pair.arm(faults);
    pair.call(plan("room --duration 5"));
    pair.run_to_the_end(60 * SECOND);
    pair
}

fn checked(pair: &Pair) -> Finding {
    assert_eq!(pair.violations(), [] as [String; 0]);
    pair.finding()
}

#[test]
fn ports_that_the_backup_cannot_have_are_replaced_before_the_terminal_hears_of_them() {
    for taken in 1..ATTEMPTS {
        let found = checked(&call(taken, &[]));
        assert!(found.outcomes[0].completed, "{taken}: {found:?}");
    }
}

#[test]
fn a_call_for_which_the_backup_has_no_ports_is_refused_with_its_cause() {
    let found = checked(&call(ATTEMPTS, &[]));
    let release = &found.outcomes[0].release;
    assert!(release.contains("ResourceUnavailable"), "{release}");
    assert_eq!(found.left, Some((0, 0)));
}

#[test]
fn a_death_at_any_point_of_a_proposal_leaves_the_call_to_the_other_node() {
    for taken in [1, 2] {
        let calls = |fault: &[Fault]| call(taken, fault);
        let reference = calls(&[]);
        for moment in 0..reference.moments() {
            for victim in [Victim::Primary, Victim::Backup] {
                let death = Death::Process;
                let fault = Fault {
                    moment,
                    victim,
                    death,
                };
                // The one that is left may choose ports that the other one could not have.
                let found = checked(&calls(&[fault]));
                let outcome = &found.outcomes[0];
                assert!(outcome.completed, "{fault:?}: {outcome:?}");
                assert_eq!(outcome.protocol_errors, [] as [String; 0], "{fault:?}");
                assert_eq!(found.left, Some((0, 0)), "{fault:?}");
            }
        }
    }
}

#[test]
fn a_refused_call_is_refused_or_served_whenever_a_node_dies() {
    let reference = call(ATTEMPTS, &[]);
    for moment in 0..reference.moments() {
        for victim in [Victim::Primary, Victim::Backup] {
            let fault = Fault {
                moment,
                victim,
                death: Death::Host,
            };
            let found = checked(&call(ATTEMPTS, &[fault]));
            let outcome = &found.outcomes[0];
            let refused = outcome.release.contains("ResourceUnavailable");
            assert!(refused || outcome.completed, "{fault:?}: {outcome:?}");
            assert_eq!(found.left, Some((0, 0)), "{fault:?}");
        }
    }
}

//! The tables of the dissertation on which this pair is built, a test for each line: when a node
//! fails against how the pair recovers, and which packet is lost against how it is made up for.

use mcu::core::Action;
use mcu_tests::conference::plan;
use mcu_tests::sim::{Death, Finding, Loss, Pair, Side, Sign, Victim};
use replication::core::Input;
use replication::log::Logged;
use replication::replica::{Message, Step};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A call through a pair to which `happens` something; it must not notice.
fn goes_on_as_if_nothing_had_happened(happens: impl Fn(&mut Pair)) -> Pair {
    let run = |happens: &dyn Fn(&mut Pair)| {
        let mut pair = Pair::duplex("");
        happens(&mut pair);
        pair.call(plan("room --duration 5"));
        pair.run_to_the_end(60 * SECOND);
        pair
    };
    let undisturbed = run(&|_| {}).finding();
    assert!(undisturbed.outcomes[0].completed, "{undisturbed:?}");
    let pair = run(&happens);
    assert_eq!(pair.violations(), [] as [String; 0]);
    let Finding {
        outcomes,
        heard,
        media,
        left,
    } = pair.finding();
    assert!(outcomes[0].completed, "{outcomes:?}");
    assert_eq!(outcomes[0].protocol_errors, [] as [String; 0]);
    assert_eq!(heard, undisturbed.heard, "octet for octet");
    assert_eq!(media, undisturbed.media);
    assert_eq!(left, Some((0, 0)));
    pair
}

/// The same, and somebody dies.
fn outlives(side: Side, sign: Sign, victim: Victim) {
    for death in [Death::Process, Death::Cut(0), Death::Host] {
        let pair = goes_on_as_if_nothing_had_happened(|pair| {
            pair.kill_at(side, sign, victim, death);
        });
        assert_eq!(pair.deaths(), 1, "the sign was seen");
    }
}

const PROPOSAL_SENT: Sign = Sign::Step(
    |step| matches!(step, Step::Send(envelope) if matches!(envelope.message, Message::Propose(_))),
);
const PROPOSAL_COMES: Sign = Sign::Message(|message| matches!(message, Message::Propose(_)));
const ACCEPTANCE_COMES: Sign = Sign::Message(|message| matches!(message, Message::Accept(..)));
/// The ports are in the log, so the answer to the terminal follows.
const PORTS_LOGGED: Sign = Sign::Message(|message| {
    let of_ports = |logged: &Logged<_>| matches!(logged, Logged::Plain(Input::PortsAllocated(..)));
    matches!(message, Message::Records(records) if records.iter().any(|one| of_ports(&one.input)))
});
const ANSWER_SENT: Sign = Sign::Step(|step| matches!(step, Step::Act(Action::Transmit(..))));
const RELEASE: Sign = Sign::Step(|step| matches!(step, Step::Act(Action::Close(_))));

// The primary fails.

#[test]
fn primary_dies_before_its_proposal_leaves_and_the_backup_chooses_ports_itself() {
    outlives(Side::Before, PROPOSAL_SENT, Victim::Primary);
}

#[test]
fn primary_dies_before_its_proposal_arrives_and_the_backup_chooses_ports_itself() {
    outlives(Side::Before, PROPOSAL_COMES, Victim::Primary);
}

#[test]
fn primary_dies_when_its_proposal_has_arrived_and_the_backup_uses_those_ports() {
    outlives(Side::After, PROPOSAL_COMES, Victim::Primary);
}

#[test]
fn primary_dies_before_it_hears_of_the_acceptance_and_the_backup_goes_on() {
    outlives(Side::Before, ACCEPTANCE_COMES, Victim::Primary);
}

#[test]
fn primary_dies_when_ports_are_accepted_and_the_terminal_has_no_answer_yet() {
    outlives(Side::After, ACCEPTANCE_COMES, Victim::Primary);
    outlives(Side::Before, PORTS_LOGGED, Victim::Primary);
    outlives(Side::After, PORTS_LOGGED, Victim::Primary);
    outlives(Side::Before, ANSWER_SENT, Victim::Primary);
}

#[test]
fn primary_dies_when_its_answer_is_on_its_way_and_the_backup_does_not_say_another() {
    outlives(Side::After, ANSWER_SENT, Victim::Primary);
}

#[test]
fn primary_dies_during_a_release_and_the_call_ends_all_the_same() {
    outlives(Side::Before, RELEASE, Victim::Primary);
    outlives(Side::After, RELEASE, Victim::Primary);
}

// The backup fails.

#[test]
fn backup_dies_before_a_proposal_arrives_and_the_primary_does_not_wait_for_it() {
    outlives(Side::Before, PROPOSAL_SENT, Victim::Backup);
    outlives(Side::Before, PROPOSAL_COMES, Victim::Backup);
}

#[test]
fn backup_dies_when_it_has_heard_a_proposal_and_the_primary_does_not_wait_for_it() {
    outlives(Side::After, PROPOSAL_COMES, Victim::Backup);
}

#[test]
fn backup_dies_when_it_has_accepted_and_the_call_goes_on() {
    outlives(Side::Before, ACCEPTANCE_COMES, Victim::Backup);
    outlives(Side::After, ACCEPTANCE_COMES, Victim::Backup);
}

#[test]
fn backup_dies_without_acknowledging_what_an_answer_waits_for_and_the_answer_leaves() {
    outlives(Side::Before, PORTS_LOGGED, Victim::Backup);
    outlives(Side::After, PORTS_LOGGED, Victim::Backup);
}

#[test]
fn backup_dies_during_a_release_and_the_call_ends_all_the_same() {
    outlives(Side::Before, RELEASE, Victim::Backup);
    outlives(Side::After, RELEASE, Victim::Backup);
}

/// While nothing is said.
#[test]
fn either_node_dies_in_the_middle_of_a_quiet_call_and_nobody_notices() {
    for place in [0, 1] {
        for death in [Death::Process, Death::Host] {
            let mut pair = Pair::duplex("");
            pair.call(plan("room --duration 5"));
            pair.run_for(2 * SECOND);
            let quiet = pair.finding();
            pair.kill(place, death);
            pair.run_for(SECOND);
            assert_eq!(pair.finding().heard, quiet.heard, "not an octet more");
            pair.run_to_the_end(60 * SECOND);
            let found = pair.finding();
            assert!(found.outcomes[0].completed, "{found:?}");
            assert_eq!(found.left, Some((0, 0)));
            assert_eq!(pair.violations(), [] as [String; 0]);
        }
    }
}

// Packets are lost; every one of a kind in its turn.

/// More than a call has.
const PACKETS: u64 = 20;

fn makes_up_for(loss: Loss) {
    for nth in 0..PACKETS {
        goes_on_as_if_nothing_had_happened(|pair| pair.lose(loss, nth));
    }
}

#[test]
fn a_clients_octets_lost_before_the_tap_are_sent_again() {
    makes_up_for(Loss::BeforeTap);
}

#[test]
fn a_clients_octets_lost_between_tap_and_primary_are_not_acknowledged_and_sent_again() {
    makes_up_for(Loss::BehindTap);
}

#[test]
fn the_primarys_octets_lost_on_their_way_are_sent_again_by_its_kernel() {
    makes_up_for(Loss::Output);
}

#[test]
fn an_acknowledgement_lost_is_made_up_for_by_the_next() {
    makes_up_for(Loss::Acknowledgement);
}

/// The backup has the octets, the primary never had them: they count when the backup takes over.
#[test]
fn a_clients_octets_lost_between_tap_and_primary_are_known_to_the_backup_that_takes_over() {
    for nth in 0..8 {
        let pair = goes_on_as_if_nothing_had_happened(|pair| {
            pair.lose(Loss::BehindTap, nth);
            pair.kill_at(Side::After, ANSWER_SENT, Victim::Primary, Death::Host);
        });
        assert_eq!(pair.deaths(), 1);
    }
}

#[test]
fn the_primarys_last_octets_lost_with_it_are_sent_by_the_backup() {
    for nth in 0..8 {
        let pair = goes_on_as_if_nothing_had_happened(|pair| {
            pair.lose(Loss::Output, nth);
            pair.kill_at(Side::After, ANSWER_SENT, Victim::Primary, Death::Process);
        });
        assert_eq!(pair.deaths(), 1);
    }
}

/// A copy that differs says so at the next record, is thrown away, and made anew; the clients notice
/// nothing, and the new copy is good enough to take over.
#[test]
fn a_backup_that_went_astray_is_healed_by_a_snapshot_and_takes_over() {
    let pair = goes_on_as_if_nothing_had_happened(|pair| pair.diverge(1));
    assert!(pair.is_duplex(), "{}", pair.roles());

    let mut pair = Pair::duplex("");
    pair.call(plan("room --duration 8"));
    pair.run_for(2 * SECOND);
    pair.diverge(1);
    // The next record makes it differ, the one after tells.
    for _ in 0..2 {
        pair.ask(mcu::core::OperatorCommand::Status);
        pair.run_for(Duration::from_millis(1));
    }
    assert!(!pair.is_duplex(), "it is detected: {}", pair.roles());
    assert!(pair.run_until_done(SECOND, Pair::is_duplex), "and healed");
    pair.kill(0, Death::Process);
    pair.run_to_the_end(60 * SECOND);
    let found = pair.finding();
    assert!(found.outcomes[0].completed, "{found:?}");
    assert_eq!(found.left, Some((0, 0)));
    assert_eq!(pair.violations(), [] as [String; 0]);
}

/// Both nodes live: the one that serves goes on alone, and the other one joins again instead of taking
/// over with a copy that grows old.
#[test]
fn a_link_that_breaks_between_living_nodes_leaves_one_owner_and_is_made_again() {
    for ms in (0..30).chain([200, 1000]) {
        let pair = goes_on_as_if_nothing_had_happened(|pair| {
            pair.cut_link_after(Duration::from_millis(ms) / 10);
        });
        assert!(pair.is_duplex(), "{}", pair.roles());
        let (_, reigns) = pair.compared();
        assert_eq!(reigns, 1, "nobody has taken over");
    }
}

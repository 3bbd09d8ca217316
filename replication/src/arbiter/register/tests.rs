use super::*;

const GRANTED_5: Answer = Answer::Granted(Epoch(5));
/// Long after every start.
const LATER: Instant = Instant::from_millis(3_600_000);

fn claim(epoch: u64) -> Question {
    Question::Claim {
        epoch: Epoch(epoch),
    }
}

fn keep(epoch: u64) -> Question {
    Question::Keep {
        epoch: Epoch(epoch),
    }
}

fn refusal(epoch: u64, node: u8) -> Answer {
    denial(epoch, node, false)
}

/// The same for a reign that began without state.
fn fresh_refusal(epoch: u64, node: u8) -> Answer {
    denial(epoch, node, true)
}

fn denial(epoch: u64, node: u8, fresh: bool) -> Answer {
    Answer::Refused {
        epoch: Epoch(epoch),
        node,
        boot: u64::from(node) * 10,
        fresh,
    }
}

/// Node 1 of boot 10 has claimed epoch 5 at `LATER`.
fn register() -> Register {
    let mut register = Register::new(Instant::ZERO, None);
    assert_eq!(register.ask(LATER, 1, 10, &claim(5)), GRANTED_5);
    register
}

#[test]
fn of_two_nodes_that_claim_an_epoch_the_first_gets_it() {
    let mut register = register();
    assert_eq!(register.ask(LATER, 2, 20, &claim(5)), refusal(5, 1));
    assert_eq!(register.ask(LATER, 2, 20, &claim(4)), refusal(5, 1));
    let next = register.ask(LATER, 2, 20, &claim(6));
    assert_eq!(next, Answer::Granted(Epoch(6)));
    assert_eq!(register.ask(LATER, 1, 10, &claim(6)), refusal(6, 2));
    assert_eq!(register.ask(LATER, 1, 10, &keep(5)), refusal(6, 2));
}

#[test]
fn a_claim_may_be_repeated_by_the_same_life_of_the_node_alone() {
    let mut register = register();
    assert_eq!(register.ask(LATER, 1, 10, &claim(5)), GRANTED_5);
    assert_eq!(register.ask(LATER, 1, 11, &claim(5)), refusal(5, 1));
    assert_eq!(register.ask(LATER, 1, 10, &claim(5)), GRANTED_5);
}

#[test]
fn who_reigns_keeps_and_nobody_else_does() {
    let mut register = register();
    assert_eq!(register.ask(LATER, 1, 10, &keep(5)), GRANTED_5);
    assert_eq!(register.ask(LATER, 2, 20, &keep(5)), refusal(5, 1));
    assert_eq!(register.ask(LATER, 1, 11, &keep(5)), refusal(5, 1));
    assert_eq!(register.ask(LATER, 1, 10, &keep(4)), refusal(5, 1));
}

#[test]
fn a_later_reign_is_learnt_from_who_keeps_it() {
    let mut register = register();
    // It had proof that the other was dead, and did not ask.
    let learnt = register.ask(LATER, 2, 20, &keep(7));
    assert_eq!(learnt, Answer::Granted(Epoch(7)));
    assert_eq!(register.ask(LATER, 1, 10, &claim(7)), refusal(7, 2));
    let record = register.record().unwrap();
    assert_eq!((record.epoch, record.holder.node), (Epoch(7), 2));
}

#[test]
fn a_node_without_state_waits_until_nobody_can_reign() {
    let mut register = register();
    let last_kept = LATER + LEASE;
    assert_eq!(register.ask(last_kept, 1, 10, &keep(5)), GRANTED_5);
    let almost = last_kept + 2 * LEASE - Duration::from_nanos(1);
    let fresh = Question::ClaimFresh;
    assert_eq!(register.ask(almost, 2, 20, &fresh), refusal(5, 1));
    // Neither this refusal nor others prolong anything.
    assert_eq!(register.ask(almost, 2, 20, &keep(4)), refusal(5, 1));
    assert_eq!(register.ask(almost, 2, 20, &claim(5)), refusal(5, 1));
    let granted = register.ask(last_kept + 2 * LEASE, 2, 20, &fresh);
    assert_eq!(granted, Answer::Granted(Epoch(6)));
    let late = register.ask(last_kept + 2 * LEASE, 1, 10, &keep(5));
    assert_eq!(late, fresh_refusal(6, 2));
}

#[test]
fn a_claim_is_as_good_as_a_keep_to_make_the_fresh_wait() {
    let mut register = register();
    let soon = LATER + 2 * LEASE - Duration::from_nanos(1);
    let fresh = Question::ClaimFresh;
    assert_eq!(register.ask(soon, 2, 20, &fresh), refusal(5, 1));
    // The holder itself, started anew, has lost its state like any other.
    assert_eq!(register.ask(soon, 1, 11, &fresh), refusal(5, 1));
    assert_eq!(register.ask(soon, 1, 10, &fresh), refusal(5, 1));
}

#[test]
fn a_fresh_claim_may_be_repeated_until_it_is_kept() {
    let mut register = Register::new(Instant::ZERO, None);
    let first = Answer::Granted(Epoch(1));
    let fresh = Question::ClaimFresh;
    assert_eq!(register.ask(LATER, 1, 10, &fresh), first);
    assert_eq!(register.ask(LATER, 1, 10, &fresh), first);
    assert_eq!(register.ask(LATER, 2, 20, &fresh), fresh_refusal(1, 1));
    assert_eq!(register.ask(LATER, 1, 10, &keep(1)), first);
    // Now it has had the answer, and lost its state since.
    assert_eq!(register.ask(LATER, 1, 10, &fresh), fresh_refusal(1, 1));
    // What follows it with its state did not begin without.
    assert_eq!(
        register.ask(LATER, 2, 20, &claim(2)),
        Answer::Granted(Epoch(2))
    );
    assert_eq!(register.ask(LATER, 1, 10, &keep(1)), refusal(2, 2));
}

#[test]
fn an_arbiter_that_knows_nothing_only_listens_at_first() {
    let start = LATER;
    let almost = start + 2 * LEASE - Duration::from_nanos(1);
    let mut register = Register::new(start, None);
    assert_eq!(register.ask(almost, 1, 10, &claim(5)), refusal(0, NOBODY));
    let fresh = Question::ClaimFresh;
    assert_eq!(register.ask(almost, 2, 20, &fresh), refusal(0, NOBODY));
    let mut learning = register.clone();
    assert_eq!(learning.ask(almost, 1, 10, &keep(5)), GRANTED_5);
    assert_eq!(learning.ask(almost, 2, 20, &claim(5)), refusal(5, 1));
    assert_eq!(
        learning.ask(start + 2 * LEASE, 2, 20, &fresh),
        refusal(5, 1)
    );
    let claimed = register.ask(start + 2 * LEASE, 1, 10, &claim(5));
    assert_eq!(claimed, GRANTED_5);
}

#[test]
fn an_arbiter_that_is_started_again_goes_on() {
    let record = register().record();
    let start = LATER + Duration::from_secs(60);
    let mut register = Register::new(start, record);
    assert_eq!(register.ask(start, 2, 20, &claim(5)), refusal(5, 1));
    // It cannot know what was kept while it was away.
    let fresh = Question::ClaimFresh;
    assert_eq!(register.ask(start, 2, 20, &fresh), refusal(5, 1));
    let next = register.ask(start, 2, 20, &claim(6));
    assert_eq!(next, Answer::Granted(Epoch(6)));
}

#[test]
fn there_is_no_reign_after_the_last() {
    let mut register = Register::new(Instant::ZERO, None);
    let last = Answer::Granted(Epoch(u64::MAX));
    assert_eq!(register.ask(LATER, 1, 10, &claim(u64::MAX)), last);
    let answer = register.ask(LATER + 9 * LEASE, 2, 20, &Question::ClaimFresh);
    assert_eq!(answer, refusal(u64::MAX, 1));
}

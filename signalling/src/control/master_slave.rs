//! Master-slave determination (H.245 §C.2).
//!
//! Both sides may start at once, and either may start again later. The larger terminal type wins,
//! then the number that is ahead of the other in a circle of 2^24.

use super::Outbox;
use crate::wire::h245::{
    IndicationMessage, MasterSlaveDetermination, MasterSlaveDeterminationAck,
    MasterSlaveDeterminationAckDecision as Decision, MasterSlaveDeterminationReject,
    MasterSlaveDeterminationRejectCause, MasterSlaveDeterminationRelease, RequestMessage,
    ResponseMessage,
};
use base::{Instant, Rng};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// T106: how long an answer may take (H.245 §C.2.5 leaves the value to us).
pub const T106: Duration = Duration::from_secs(30);
/// N100: how often a number is drawn (H.245 §C.2.5).
pub const N100: u8 = 10;
/// Half of the circle of status determination numbers.
const HALF: u32 = 1 << 23;

/// Who decides when both sides want conflicting things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// We do.
    Master,
    /// The peer does.
    Slave,
}

/// H.245 §C.2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Nothing under way.
    Idle,
    /// We asked.
    OutgoingAwaitingResponse,
    /// We answered and await the peer's agreement.
    IncomingAwaitingResponse,
}

/// What the user of the entity learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// DETERMINE.confirm: both sides agree.
    Determined(Status),
    /// REJECT.indication: no agreement.
    Failed,
}

/// The entity (MSDSE).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Msdse {
    terminal_type: u8,
    state: State,
    number: u32,
    attempts: u8,
    status: Option<Status>,
    deadline: Option<Instant>,
}

impl Msdse {
    /// Idle, undetermined.
    pub fn new(terminal_type: u8) -> Self {
        Msdse {
            terminal_type,
            state: State::Idle,
            number: 0,
            attempts: 0,
            status: None,
            deadline: None,
        }
    }

    /// The last agreement.
    pub fn status(&self) -> Option<Status> {
        match self.state {
            State::Idle => self.status,
            _ => None,
        }
    }

    /// When T106 runs out.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// DETERMINE.request.
    pub fn determine(&mut self, now: Instant, rng: &mut Rng, out: &mut Outbox) {
        if self.state == State::Idle {
            self.attempts = 0;
            self.ask(now, rng, out);
        }
    }

    /// MasterSlaveDetermination.
    pub fn on_determination(
        &mut self,
        now: Instant,
        theirs: &MasterSlaveDetermination,
        rng: &mut Rng,
        out: &mut Outbox,
    ) -> Option<Outcome> {
        // deviates: §C.2.4 gives up on a second request while awaiting agreement to the first;
        // taking it as a fresh one agrees with peers that repeat themselves.
        if self.state != State::OutgoingAwaitingResponse {
            self.number = draw(rng);
        }
        match self.compare(theirs) {
            Some(status) => {
                self.status = Some(status);
                self.state = State::IncomingAwaitingResponse;
                self.deadline = Some(now + T106);
                self.acknowledge(status, out);
                None
            }
            None if self.state == State::OutgoingAwaitingResponse => self.retry(now, rng, out),
            None => {
                self.state = State::Idle;
                self.deadline = None;
                let cause = MasterSlaveDeterminationRejectCause::IdenticalNumbers;
                out.push(
                    ResponseMessage::MasterSlaveDeterminationReject(
                        MasterSlaveDeterminationReject { cause },
                    )
                    .into(),
                );
                None
            }
        }
    }

    /// MasterSlaveDeterminationAck: what the peer says we are.
    pub fn on_ack(
        &mut self,
        ack: &MasterSlaveDeterminationAck,
        out: &mut Outbox,
    ) -> Option<Outcome> {
        let told = match ack.decision {
            Decision::Master => Status::Master,
            Decision::Slave => Status::Slave,
        };
        let state = std::mem::replace(&mut self.state, State::Idle);
        self.deadline = None;
        match state {
            State::Idle => None,
            State::OutgoingAwaitingResponse => {
                self.status = Some(told);
                self.acknowledge(told, out);
                Some(Outcome::Determined(told))
            }
            State::IncomingAwaitingResponse if self.status == Some(told) => {
                Some(Outcome::Determined(told))
            }
            State::IncomingAwaitingResponse => {
                self.status = None;
                Some(Outcome::Failed)
            }
        }
    }

    /// MasterSlaveDeterminationReject.
    pub fn on_reject(&mut self, now: Instant, rng: &mut Rng, out: &mut Outbox) -> Option<Outcome> {
        match self.state {
            State::Idle => None,
            State::OutgoingAwaitingResponse => self.retry(now, rng, out),
            State::IncomingAwaitingResponse => Some(self.fail()),
        }
    }

    /// MasterSlaveDeterminationRelease: the peer gave up waiting for us.
    pub fn on_release(&mut self) -> Option<Outcome> {
        (self.state != State::Idle).then(|| self.fail())
    }

    /// T106 (§C.2.4.6): the peer is told that we no longer wait.
    pub fn on_timeout(&mut self, out: &mut Outbox) -> Option<Outcome> {
        if self.state == State::OutgoingAwaitingResponse {
            let release = MasterSlaveDeterminationRelease {};
            out.push(IndicationMessage::MasterSlaveDeterminationRelease(release).into());
        }
        self.on_release()
    }

    fn ask(&mut self, now: Instant, rng: &mut Rng, out: &mut Outbox) {
        self.attempts += 1;
        self.number = draw(rng);
        self.state = State::OutgoingAwaitingResponse;
        self.deadline = Some(now + T106);
        let request = MasterSlaveDetermination {
            terminal_type: self.terminal_type,
            status_determination_number: self.number,
        };
        out.push(RequestMessage::MasterSlaveDetermination(request).into());
    }

    fn retry(&mut self, now: Instant, rng: &mut Rng, out: &mut Outbox) -> Option<Outcome> {
        if self.attempts >= N100 {
            return Some(self.fail());
        }
        self.ask(now, rng, out);
        None
    }

    fn fail(&mut self) -> Outcome {
        self.state = State::Idle;
        self.status = None;
        self.deadline = None;
        Outcome::Failed
    }

    /// §C.2.4.2; None is indeterminate.
    fn compare(&self, theirs: &MasterSlaveDetermination) -> Option<Status> {
        let ahead = theirs.status_determination_number.wrapping_sub(self.number) & (2 * HALF - 1);
        match theirs.terminal_type.cmp(&self.terminal_type) {
            std::cmp::Ordering::Less => Some(Status::Master),
            std::cmp::Ordering::Greater => Some(Status::Slave),
            std::cmp::Ordering::Equal if ahead == 0 || ahead == HALF => None,
            std::cmp::Ordering::Equal if ahead < HALF => Some(Status::Master),
            std::cmp::Ordering::Equal => Some(Status::Slave),
        }
    }

    fn acknowledge(&self, ours: Status, out: &mut Outbox) {
        let decision = match ours {
            Status::Master => Decision::Slave,
            Status::Slave => Decision::Master,
        };
        let ack = MasterSlaveDeterminationAck { decision };
        out.push(ResponseMessage::MasterSlaveDeterminationAck(ack).into());
    }
}

fn draw(rng: &mut Rng) -> u32 {
    rng.next_u32() & (2 * HALF - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Message;

    struct Side {
        entity: Msdse,
        rng: Rng,
        out: Outbox,
        outcome: Option<Outcome>,
    }

    fn side(terminal_type: u8, seed: u64) -> Side {
        Side {
            entity: Msdse::new(terminal_type),
            rng: Rng::new(seed),
            out: Vec::new(),
            outcome: None,
        }
    }

    impl Side {
        fn start(&mut self) {
            self.entity
                .determine(Instant::ZERO, &mut self.rng, &mut self.out);
        }
        fn take(&mut self, message: Message) {
            let outcome = match message {
                Message::Request(RequestMessage::MasterSlaveDetermination(m)) => self
                    .entity
                    .on_determination(Instant::ZERO, &m, &mut self.rng, &mut self.out),
                Message::Response(ResponseMessage::MasterSlaveDeterminationAck(m)) => {
                    self.entity.on_ack(&m, &mut self.out)
                }
                Message::Response(ResponseMessage::MasterSlaveDeterminationReject(_)) => self
                    .entity
                    .on_reject(Instant::ZERO, &mut self.rng, &mut self.out),
                other => panic!("{other:?}"),
            };
            self.outcome = outcome.or(self.outcome);
        }
    }

    fn exchange(a: &mut Side, b: &mut Side) -> usize {
        let mut count = 0;
        while !(a.out.is_empty() && b.out.is_empty()) {
            let (from_a, from_b) = (std::mem::take(&mut a.out), std::mem::take(&mut b.out));
            count += from_a.len() + from_b.len();
            from_a.into_iter().for_each(|m| b.take(m));
            from_b.into_iter().for_each(|m| a.take(m));
        }
        count
    }

    #[test]
    fn an_mcu_becomes_master_of_a_terminal_whoever_starts() {
        for (a_starts, b_starts) in [(true, false), (false, true), (true, true)] {
            let (mut mcu, mut terminal) = (side(190, 1), side(50, 2));
            if a_starts {
                mcu.start();
            }
            if b_starts {
                terminal.start();
            }
            exchange(&mut mcu, &mut terminal);
            assert_eq!(mcu.outcome, Some(Outcome::Determined(Status::Master)));
            assert_eq!(terminal.outcome, Some(Outcome::Determined(Status::Slave)));
            assert_eq!(mcu.entity.deadline(), None);
        }
    }

    #[test]
    fn equals_agree_on_opposite_roles() {
        for seed in 0..100 {
            let (mut a, mut b) = (side(50, seed), side(50, seed + 1000));
            a.start();
            b.start();
            exchange(&mut a, &mut b);
            let roles = (a.entity.status(), b.entity.status());
            assert!(
                roles == (Some(Status::Master), Some(Status::Slave))
                    || roles == (Some(Status::Slave), Some(Status::Master)),
                "{roles:?}"
            );
        }
    }

    #[test]
    fn identical_numbers_are_drawn_again_at_most_n100_times() {
        // The same seed draws the same numbers for ever.
        let (mut a, mut b) = (side(50, 7), side(50, 7));
        a.start();
        b.start();
        exchange(&mut a, &mut b);
        assert_eq!(a.outcome, Some(Outcome::Failed));
        assert_eq!(b.outcome, Some(Outcome::Failed));
        assert_eq!(a.entity.attempts, N100);
    }

    #[test]
    fn silence_ends_in_a_release() {
        let mut a = side(50, 1);
        a.start();
        assert_eq!(a.entity.deadline(), Some(Instant::ZERO + T106));
        a.out.clear();
        assert_eq!(a.entity.on_timeout(&mut a.out), Some(Outcome::Failed));
        assert!(matches!(
            a.out[..],
            [Message::Indication(
                IndicationMessage::MasterSlaveDeterminationRelease(_)
            )]
        ));
    }
}

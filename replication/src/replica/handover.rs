//! The reign moves on purpose, and nothing is lost on the way.
//!
//! | step | primary | backup |
//! |---|---|---|
//! | 1 | [`Message::Prepare`] | gets clients' media as well, from here on: [`Message::Listening`] |
//! | 2 | sends it copies, asks for intra pictures | has what it needs to go on at once: [`Message::Prepared`] |
//! | 3 | the service's own threads pause; then nothing is taken in any more | |
//! | 4 | all is acknowledged and out: it falls silent, then [`Message::Reign`] | |
//! | 5 | | [`Message::Reigning`], then takes over as if the primary had died |
//! | 6 | deposed by the later reign | |
//!
//! Until the fourth step the primary serves, and breaks off if anything is amiss. After it the backup has the
//! reign or is dead: if its link ends without a word of the later reign it has not served, because it
//! says so before it opens its doors. Then the primary goes on, in a reign later than the one it gave away.

use super::message::{Envelope, Message};
use super::{Replica, Step};
use crate::core::Replicated;
use crate::failover::Role;
use base::Instant;
use bytes::Bytes;
use std::time::Duration;

/// How long a backup waits for what it needs to go on at once, such as intra pictures of all senders.
pub const WARM_UP: Duration = Duration::from_secs(1);
/// How long the primary waits for a backup that prepares.
pub const PREPARE_PATIENCE: Duration = Duration::from_millis(2500);
/// How long the service's own threads may take to pause. The service goes on meanwhile.
pub const PAUSE_PATIENCE: Duration = Duration::from_millis(1500);
/// How long from their pause until everything is acknowledged: nothing goes on meanwhile.
pub const SETTLE_PATIENCE: Duration = Duration::from_millis(500);

/// How far the primary is.
#[derive(Debug)]
pub(super) enum Handing {
    /// The backup prepares.
    Preparing { until: Instant },
    /// The service's own threads are about to pause.
    Pausing { until: Instant },
    /// They have, and this is where; the last records are on their way.
    Settling { until: Instant, marks: Bytes },
    /// The reign is the other node's.
    Handed,
}

/// How far the backup is.
#[derive(Debug)]
pub(super) struct Preparing {
    until: Instant,
}

impl<C: Replicated> Replica<C> {
    /// Begins to give the reign to the backup, or says why that cannot be.
    pub fn hand_over(&mut self, now: Instant) -> Result<(), String> {
        if self.role != Role::Primary {
            return Err(match self.role {
                Role::Simplex => "there is no backup that could go on".into(),
                role => format!("this node is {} and has no reign to give", role.name()),
            });
        }
        if self.handing.is_some() {
            return Err("a handover is on its way already".into());
        }
        let until = now + PREPARE_PATIENCE;
        self.handing = Some(Handing::Preparing { until });
        self.send(Message::Prepare);
        Ok(())
    }

    /// Nothing is taken in: the other node has the reign, or is about to have it.
    pub fn is_frozen(&self) -> bool {
        let frozen = |stage: &Handing| matches!(stage, Handing::Settling { .. } | Handing::Handed);
        self.handing.as_ref().is_some_and(frozen)
    }

    /// The other node has the reign, if it lives.
    pub fn has_handed_over(&self) -> bool {
        matches!(self.handing, Some(Handing::Handed))
    }

    /// The service's own threads have paused, where the marks say: what [`Step::Pause`] asked for.
    pub fn paused(&mut self, now: Instant, marks: Bytes) {
        if let Some(Handing::Pausing { .. }) = self.handing {
            let until = now + SETTLE_PATIENCE;
            self.handing = Some(Handing::Settling { until, marks });
            self.give_away();
        }
    }

    /// Gives the reign away once nothing is left to be said by this node.
    pub(super) fn give_away(&mut self) {
        let settled = self.acknowledged == self.index && self.held.is_empty();
        if let Some(Handing::Settling { marks, .. }) = &mut self.handing
            && settled
        {
            let marks = std::mem::take(marks);
            self.handing = Some(Handing::Handed);
            // Outputs come before it, and the other node may speak only after it.
            self.steps.push_back(Step::Abdicate);
            self.send(Message::Reign(marks));
        }
    }

    pub(super) fn backup_listens(&mut self) {
        if let Some(Handing::Preparing { .. }) = self.handing {
            self.steps.push_back(Step::Warm);
        }
    }

    pub(super) fn backup_is_prepared(&mut self, now: Instant) {
        if let Some(Handing::Preparing { .. }) = self.handing {
            let until = now + PAUSE_PATIENCE;
            self.handing = Some(Handing::Pausing { until });
            self.steps.push_back(Step::Pause);
        }
    }

    /// The backup is lost: whatever was given to it comes back.
    pub(super) fn take_back(&mut self, why: &str) {
        if let Some(stage) = self.handing.take() {
            if let Handing::Handed = stage {
                // Later than the reign that the other one may have begun.
                self.epoch = self.epoch.next().next();
            }
            self.steps.push_back(Step::Resume(why.into()));
        }
    }

    /// When a handover is late.
    pub(super) fn handover_due(&self) -> Option<Instant> {
        match (&self.handing, &self.preparing) {
            (
                Some(
                    Handing::Preparing { until }
                    | Handing::Pausing { until }
                    | Handing::Settling { until, .. },
                ),
                _,
            )
            | (None, Some(Preparing { until })) => Some(*until),
            (Some(Handing::Handed) | None, _) => None,
        }
    }

    /// Gives a handover up that is late. A backup that waits for more has to do with what it has.
    pub(super) fn check_handover(&mut self, now: Instant) {
        if self.handover_due().is_none_or(|until| now < until) {
            return;
        }
        let why = match &self.handing {
            Some(Handing::Preparing { .. }) => "the backup was not ready in time",
            Some(Handing::Pausing { .. }) => "media did not stop in time",
            Some(Handing::Settling { .. }) => "the backup did not acknowledge everything in time",
            Some(Handing::Handed) => return,
            None => return self.prepared(),
        };
        self.handing = None;
        self.send(Message::Remain);
        self.steps.push_back(Step::Resume(why.into()));
    }

    pub(super) fn asked_to_prepare(&mut self, now: Instant) {
        let until = now + WARM_UP;
        self.preparing = Some(Preparing { until });
        self.steps.push_back(Step::Prepare(true));
    }

    /// Clients' media comes here as well from now on: what [`Step::Prepare`] asked for.
    pub fn listening(&mut self) {
        if self.preparing.is_some() {
            self.send(Message::Listening);
        }
    }

    /// The primary waits until this node says that it is prepared.
    pub fn is_preparing(&self) -> bool {
        self.preparing.is_some()
    }

    /// This node can go on at once.
    pub fn prepared(&mut self) {
        if self.preparing.take().is_some() {
            self.send(Message::Prepared);
        }
    }

    /// The primary keeps the reign, or this node's copy is worth nothing.
    pub(super) fn remain(&mut self) {
        self.preparing = None;
        self.steps.push_back(Step::Prepare(false));
    }

    /// The primary gives its reign away.
    pub(super) fn inherit(&mut self, marks: Bytes) {
        self.preparing = None;
        // Before this node says anything to anybody else.
        let epoch = self.epoch.next();
        let message = Message::Reigning;
        self.steps
            .push_back(Step::Send(Envelope { epoch, message }));
        self.steps.push_back(Step::Succeed(marks));
    }
}

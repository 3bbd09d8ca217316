//! Questions to the arbiter and its answers.

use super::{Asked, Decision, FRESH_INTERVAL, Membership, View};
use crate::arbiter::{Answer, NOBODY, Question};
use crate::failover::{Epoch, Role};
use base::Instant;
use std::time::Duration;

impl Membership {
    pub(super) fn answered(&mut self, now: Instant, view: View, id: u64, answer: Answer) {
        let Some(asked) = self.asked.filter(|asked| asked.id == id) else {
            match answer {
                Answer::Refused { epoch, node, boot }
                    if view.role.serves() && epoch >= view.epoch && node != NOBODY =>
                {
                    self.refused(now, view, epoch, node, boot);
                }
                Answer::Granted(epoch) if epoch == view.epoch && self.keeping == Some(id) => {
                    self.kept = self.kept_asked;
                }
                _ => {}
            }
            return;
        };
        match (asked.question, answer) {
            (Question::ClaimFresh, Answer::Granted(epoch)) if view.role == Role::Starting => {
                self.asked = None;
                // The answer may be to any of the questions.
                self.kept = asked.first;
                let why = "the arbiter grants it, nobody serves";
                self.decide(Decision::Serve(Some(epoch), why.into()));
            }
            (Question::Claim { .. }, Answer::Granted(epoch)) => {
                let why = self.doubt.as_ref().map_or("", |doubt| &doubt.why);
                let why = format!("{why}; the arbiter grants reign {epoch}");
                // The answer may be to any of the questions.
                self.kept = self.kept.max(asked.first);
                if view.role == Role::Simplex && self.partner.is_none() {
                    self.trust();
                    self.decide(Decision::PartnerGone(Some(epoch), why));
                } else {
                    self.gone(Some(epoch), &why);
                }
            }
            // Nothing is granted yet: the arbiter has just started.
            (Question::Claim { .. }, Answer::Refused { epoch, .. })
                if epoch < view.epoch.next() => {}
            (Question::Claim { .. }, Answer::Refused { epoch, node, boot }) => {
                self.refused(now, view, epoch, node, boot);
            }
            (Question::ClaimFresh, Answer::Refused { .. }) => {
                // It is there, and knows best.
                self.asked = Some(Asked {
                    first: now,
                    ..asked
                });
            }
            _ => {}
        }
    }

    /// The arbiter has this reign on record, as one of this process of a node.
    pub(super) fn refused(&mut self, now: Instant, view: View, epoch: Epoch, node: u8, boot: u64) {
        if view.role.serves() && (epoch, boot) == (view.epoch, self.boot) {
            // A question from before this reign began.
            return;
        }
        // It was granted to a process that cannot begin it any more; or to this one, which did not wait for that.
        let void = node == self.settings.node
            || self.buried == Some(boot)
            || self.is_succeeded(now, view, node, boot);
        if void {
            let epoch = epoch.next();
            return self.ask_in_time(now, Question::Claim { epoch });
        }
        let why = format!("the arbiter says that node {node} reigns in epoch {epoch}");
        match view.role {
            Role::Primary | Role::Simplex => self.decide(Decision::Yield(why)),
            _ => {
                self.trust();
                self.lose(&why);
            }
        }
    }

    /// Another process of a node is heard than the one that has the reign, and that one had no time to die and begin
    /// again since.
    pub(super) fn is_succeeded(&self, now: Instant, view: View, node: u8, boot: u64) -> bool {
        let said = (self.peers.get(&node)).and_then(|peer| peer.said.filter(|_| peer.alive));
        let over = self.right_ends(view).is_some_and(|at| now >= at);
        let without_state = |role| matches!(role, Role::Starting | Role::Joining);
        view.role.serves()
            && !over
            && said.is_some_and(|(at, said)| {
                said.boot != boot && without_state(said.role) && now < at + self.settings.start_wait
            })
    }

    pub(super) fn ask(&mut self, now: Instant, question: Question) {
        let again = self.asked.filter(|asked| asked.question == question);
        let id = again.map_or(self.next_question, |asked| asked.id);
        if again.is_none() {
            self.next_question += 1;
        }
        self.asked = Some(Asked {
            id,
            question,
            first: again.map_or(now, |asked| asked.first),
            last: now,
        });
        self.decide(Decision::Ask(id, question));
    }

    pub(super) fn ask_again(&self, question: Question) -> Duration {
        match question {
            Question::Claim { .. } => self.settings.rhythm.period,
            Question::ClaimFresh | Question::Keep { .. } => FRESH_INTERVAL,
        }
    }

    /// Asks, unless that was done just now.
    pub(super) fn ask_in_time(&mut self, now: Instant, question: Question) {
        let waits = self.asked.is_some_and(|asked| {
            asked.question == question && now < asked.last + self.ask_again(question)
        });
        if !waits {
            self.ask(now, question);
        }
    }
}

//! Questions to the arbiter and its answers.

use super::{Asked, DENIAL_PATIENCE, Decision, FRESH_INTERVAL, Membership, View};
use crate::arbiter::{Answer, NOBODY, Question};
use crate::failover::Role;
use base::Instant;
use std::time::Duration;

impl Membership {
    pub(super) fn answered(&mut self, now: Instant, view: View, id: u64, answer: Answer) {
        let Some(asked) = self.asked.filter(|asked| asked.id == id) else {
            match answer {
                Answer::Refused { epoch, node, .. }
                    if view.role.serves() && epoch >= view.epoch && node != NOBODY =>
                {
                    self.refused(now, view, answer);
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
            (Question::Claim { .. }, Answer::Refused { .. }) => self.refused(now, view, answer),
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

    /// The arbiter has another reign on record.
    fn refused(&mut self, now: Instant, view: View, answer: Answer) {
        let Answer::Refused {
            epoch, node, boot, ..
        } = answer
        else {
            return;
        };
        match view.role {
            // A question from before this reign began.
            Role::Primary | Role::Simplex if (epoch, boot) == (view.epoch, self.boot) => {}
            Role::Primary | Role::Simplex => {
                let since = self.denied.map_or(now, |(since, _)| since);
                self.denied = Some((since, answer));
                self.ponder_denial(now, view, since, answer);
            }
            _ if self.is_void(now, view, answer) => {
                let epoch = epoch.next();
                self.ask_in_time(now, Question::Claim { epoch });
            }
            _ => {
                self.trust();
                self.lose(&format!(
                    "the arbiter says that node {node} reigns in epoch {epoch}"
                ));
            }
        }
    }

    /// What follows from that, for a node that serves. One that is silent has time to hear more of who has that reign.
    pub(super) fn ponder_denial(
        &mut self,
        now: Instant,
        view: View,
        since: Instant,
        answer: Answer,
    ) {
        let Answer::Refused { epoch, node, .. } = answer else {
            return;
        };
        if self.is_void(now, view, answer) {
            self.denied = None;
            let epoch = epoch.next();
            self.ask_in_time(now, Question::Claim { epoch });
        } else if !self.suspended || now >= since + DENIAL_PATIENCE {
            self.denied = None;
            let why = format!("the arbiter says that node {node} reigns in epoch {epoch}");
            self.decide(Decision::Yield(why));
        }
    }

    /// The process that was granted this reign cannot begin it any more; or it is this one, which did not wait for that.
    fn is_void(&self, now: Instant, view: View, answer: Answer) -> bool {
        let Answer::Refused {
            node, boot, fresh, ..
        } = answer
        else {
            return false;
        };
        node == self.settings.node
            || self.buried == Some(boot)
            || self.given_up == Some(boot) && !fresh
            || view.role.serves() && self.is_succeeded(now, view, node, boot)
    }

    /// Another process is heard there now, and that one had no time to die and begin again since. If this node had no right
    /// any more, the dead one may have reigned before.
    fn is_succeeded(&self, now: Instant, view: View, node: u8, boot: u64) -> bool {
        let said = (self.peers.get(&node)).and_then(|peer| peer.said.filter(|_| peer.alive));
        let over = self.right_ends(view).is_some_and(|at| now >= at);
        let without_state = |role| matches!(role, Role::Starting | Role::Joining);
        let lately = |at: Instant| now < at + self.settings.start_wait;
        !over
            && said.is_some_and(|(at, said)| {
                said.boot != boot && without_state(said.role) && lately(at)
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

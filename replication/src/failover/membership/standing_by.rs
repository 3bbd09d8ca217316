//! A backup whose primary may be gone.

use super::{FENCE_HEAD_START, Membership, OnPartition, UNANSWERED_BEATS, View};
use crate::arbiter::Question;
use base::Instant;

/// A backup whose primary is dead for certain waits so many beats for the arbiter.
const PROOF_BEATS: u32 = 2;

impl Membership {
    pub(super) fn ponder_backup(&mut self, now: Instant, view: View) {
        let Some(doubt) = self.doubt.clone() else {
            return;
        };
        if !view.carrier && self.asked.is_none() {
            self.trust();
            return self.lose("this host is cut off: its interface has no carrier");
        }
        let back = self.partner_state().is_some_and(|peer| peer.alive) && !doubt.proof;
        match (self.settings.arbiter, self.settings.on_partition) {
            (true, _) if back && self.asked.is_some() => {
                // It has been granted what it asked for, or not. Without its copy it cannot make use of it, and the
                // primary goes on.
                let patience = self.settings.rhythm.period * UNANSWERED_BEATS;
                if (self.asked).is_some_and(|asked| now >= asked.last + patience) {
                    self.trust();
                    self.lose("the other node is back, and the arbiter does not answer");
                }
            }
            (true, policy) => {
                self.echo(false);
                let first = self.asked.map(|asked| asked.first);
                self.ask_in_time(
                    now,
                    Question::Claim {
                        epoch: view.epoch.next(),
                    },
                );
                let rhythm = self.settings.rhythm;
                let late = first.is_some_and(|at| now >= at + rhythm.period * PROOF_BEATS);
                if doubt.proof && doubt.counted_on && late {
                    return self.bury(now, &doubt.why);
                }
                let patience = rhythm.detection();
                let late = first.is_some_and(|at| now >= at + patience);
                if policy == OnPartition::Serve && late && !self.is_held_up(now) {
                    let why = format!("{}; the arbiter does not answer", doubt.why);
                    self.gone(None, &why);
                }
            }
            (false, _) if self.settings.fence => {
                self.echo(false);
                if now >= doubt.since + FENCE_HEAD_START {
                    self.fence(now);
                }
            }
            (false, OnPartition::Serve) if !self.is_held_up(now) => self.gone(None, &doubt.why),
            (false, _) => {}
        }
    }
}

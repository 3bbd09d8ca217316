//! A node that serves: going on without its backup, or replacing it.

use super::{Decision, FAILBACK_AFTER, Membership, OnPartition, Peer, SEAT_RETRY, View};
use crate::arbiter::Question;
use crate::failover::Role;
use base::Instant;

impl Membership {
    pub(super) fn ponder_primary(&mut self, now: Instant, view: View) {
        let rhythm = self.settings.rhythm;
        let guess_at = (self.held_up).map_or(Instant::ZERO, |at| at + rhythm.detection());
        if let Some(doubt) = self.doubt.clone() {
            let over = self.right_ends(view).is_some_and(|at| now >= at);
            match (self.settings.arbiter, self.settings.on_partition) {
                // When the cable is back, the other node is to be heard first.
                _ if !view.carrier => self.held_up = Some(now),
                (true, policy) => {
                    let epoch = match self.asked.map(|asked| asked.question) {
                        Some(Question::Claim { epoch }) => epoch,
                        _ => view.epoch.next(),
                    };
                    self.ask_in_time(now, Question::Claim { epoch });
                    if policy == OnPartition::Serve && over && now >= guess_at {
                        self.gone(None, &doubt.why);
                    }
                }
                (false, OnPartition::Serve) if now >= guess_at => self.gone(None, &doubt.why),
                // Alone it would say what the backup does not know, which may yet take over.
                (false, OnPartition::Stop) if self.settings.fence && now >= guess_at => {
                    self.fence(now);
                }
                (false, _) => {}
            }
        } else if self.held_up.is_some() && now >= guess_at && guess_at > Instant::ZERO {
            // Nothing of the other node, neither that it reigns nor that it hears this one.
            self.suspect(now, "nothing is heard of it since this process stood still");
        }
        let long = now >= self.since + FAILBACK_AFTER;
        let calm = self.doubt.is_none() && self.held_up.is_none() && !self.suspended;
        if self.settings.failback && long && calm {
            self.fail_back(now, view);
        }
    }

    /// The partner lives, and is not to be counted on any more. It must know before this node goes on without it.
    pub(super) fn dismiss(&mut self, now: Instant, view: View, why: &str) {
        if self.may_guess() && !self.settings.arbiter && self.held_up.is_none() {
            // It hears of it, most likely in time.
            self.gone(None, why);
        } else if view.role == Role::Primary {
            // By the arbiter's grant what it holds is worth nothing.
            self.suspect(now, why);
            if let Some(node) = self.partner.filter(|_| !self.settings.arbiter) {
                // By the next greeting it knows that what it holds is out of date, and says so.
                self.decide(Decision::DropLink(node));
            }
        }
    }

    /// More preferred nodes get their places back.
    pub(super) fn fail_back(&mut self, now: Instant, view: View) {
        let Some(partner) = self.partner else { return };
        if partner < self.settings.node {
            self.since = now;
            let why = format!("node {partner} is preferred and has returned");
            return self.decide(Decision::HandOver(why));
        }
        let waiting = |peer: &Peer| peer.is_there(|role| role == Role::Starting);
        let better = (self.peers.range(..partner)).find(|(_, peer)| waiting(peer));
        if let Some((node, _)) = better {
            self.reserved = Some((*node, now + SEAT_RETRY * 2));
            let why = format!("node {node} is preferred as the backup and has returned");
            self.dismiss(now, view, &why);
        }
    }

    pub(super) fn fence(&mut self, now: Instant) {
        if now < self.fence_after {
            return;
        }
        if let Some(node) = self.partner.filter(|_| !self.fencing) {
            self.fencing = true;
            self.decide(Decision::Fence(node));
        }
    }
}

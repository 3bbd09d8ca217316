//! The partner may be gone: how sure that is, and what follows.

use super::{Decision, Doubt, Membership, Said, View};
use crate::failover::{Epoch, Role};
use base::Instant;

impl Membership {
    pub(super) fn suspect(&mut self, now: Instant, why: impl Into<String>) {
        self.doubt.get_or_insert_with(|| Doubt {
            since: now,
            why: why.into(),
            proof: false,
            counted_on: false,
        });
    }

    /// Nothing is in doubt any more.
    pub(super) fn trust(&mut self) {
        self.doubt = None;
        self.broken = None;
        self.asked = None;
        self.denied = None;
        self.held_up = None;
        self.echo(true);
    }

    /// The partner serves, and this copy does not follow it any more.
    pub(super) fn lose(&mut self, why: &str) {
        self.decide(Decision::LinkLost(why.into()));
        if let Some(node) = self.partner {
            // A new link begins with a new greeting.
            self.decide(Decision::DropLink(node));
        }
    }

    /// The partner is gone, and nobody else has the right.
    pub(super) fn gone(&mut self, epoch: Option<Epoch>, why: &str) {
        self.trust();
        if let Some(node) = self.partner.take() {
            self.decide(Decision::PartnerGone(epoch, why.into()));
            self.decide(Decision::DropLink(node));
        }
    }

    /// There is proof that it is.
    pub(super) fn gone_for_sure(&mut self, now: Instant, view: View, why: &str) {
        let another = (self.peers.iter()).find(|(node, peer)| {
            let reigns =
                |(_, said): (Instant, Said)| said.role.serves() && said.epoch >= view.epoch;
            Some(**node) != self.partner && peer.alive && peer.said.is_some_and(reigns)
        });
        if view.role == Role::Backup && another.is_some() {
            self.trust();
            return self.lose("another node serves");
        }
        let over = self.right_ends(view).is_some_and(|at| now >= at);
        // Alive it may have reigned without this node, and what this node has is out of date.
        let unsure = view.role == Role::Backup || view.role == Role::Primary && over;
        if self.strict() && unsure {
            let counted_on = self.is_counted_on(now, view);
            self.suspect(now, why);
            if let Some(doubt) = self.doubt.as_mut().filter(|doubt| !doubt.proof) {
                (doubt.proof, doubt.counted_on) = (true, counted_on);
            }
            return;
        }
        self.bury(now, why);
    }

    /// The partner is dead, and has not reigned without this node.
    pub(super) fn bury(&mut self, now: Instant, why: &str) {
        self.kept = now;
        self.buried = self.partner_boot;
        self.gone(None, why);
    }

    /// The partner is dead, though that does not settle it.
    pub(super) fn is_proven(&self) -> bool {
        self.doubt.as_ref().is_some_and(|doubt| doubt.proof)
    }

    /// The primary has said lately that it is one, in this reign.
    pub(super) fn is_counted_on(&self, now: Instant, view: View) -> bool {
        let said = self.partner_state().and_then(|peer| peer.said);
        said.is_some_and(|(at, said)| {
            said.role == Role::Primary
                && said.epoch == view.epoch
                && now < at + self.settings.rhythm.detection()
        })
    }
}

//! What the other nodes do and say.

use super::{Broken, Decision, Membership, Said, View};
use crate::failover::{Epoch, Role};
use crate::heartbeat::News;
use base::Instant;

impl Membership {
    pub(super) fn link_down(&mut self, now: Instant, view: View, node: u8, why: &str) {
        let peer = self.peer(node);
        (peer.linked, peer.greeted) = (false, false);
        self.decide(Decision::DropLink(node));
        if self.partner != Some(node) {
            return;
        }
        match view.role {
            Role::Primary
                if !self.settings.arbiter && self.may_guess() && self.held_up.is_none() =>
            {
                self.gone(None, &format!("the link has ended: {why}"));
            }
            Role::Primary | Role::Backup => {
                let now = Broken {
                    since: now,
                    probed: now,
                };
                self.broken.get_or_insert(now);
                self.decide(Decision::Probe(node));
                if view.role == Role::Primary {
                    self.suspect(now.since, format!("the link has ended: {why}"));
                }
            }
            Role::Joining => self.decide(Decision::LinkLost(why.into())),
            // It was about to be the backup.
            Role::Simplex => self.gone(None, why),
            Role::Starting | Role::Deposed => {}
        }
    }

    pub(super) fn greeted(
        &mut self,
        now: Instant,
        view: View,
        (node, boot): (u8, u64),
        epoch: Epoch,
        role: Role,
    ) {
        self.peer(node).greeted = true;
        let is_partner = self.partner == Some(node);
        let has_state = role.serves() || role == Role::Backup;
        match view.role {
            Role::Backup if is_partner && has_state => {
                // The link broke and was made again, and what was said in between is lost.
                self.lose("the other node goes on without it");
            }
            Role::Primary if is_partner && !has_state && self.partner_boot == Some(boot) => {
                // It has not reigned, and will not with what it held.
                self.kept = now;
                self.given_up = Some(boot);
                self.gone(None, "it has given its copy up");
            }
            Role::Backup | Role::Joining | Role::Primary if is_partner && !has_state => {
                self.gone_for_sure(now, view, "its process has started again");
                self.peer(node).said = None;
            }
            Role::Simplex if is_partner && !has_state => self.gone(None, "it has started again"),
            Role::Starting if role.serves() => self.join(now, node),
            own if own.serves() && role.serves() => self.meets_another_reign(view, node, epoch),
            _ => {}
        }
    }

    /// They began apart from each other, or this one was cut off.
    pub(super) fn meets_another_reign(&mut self, view: View, node: u8, epoch: Epoch) {
        let ours = view.epoch;
        if epoch > ours {
            let why = format!("node {node} serves in epoch {epoch}, ours is {ours}");
            self.decide(Decision::Yield(why));
        } else if epoch == ours && node < self.settings.node {
            let why = format!("node {node} serves too, and comes first");
            self.decide(Decision::Yield(why));
        }
    }

    pub(super) fn join(&mut self, now: Instant, node: u8) {
        self.seat_tried = now;
        self.pair_with(node);
        self.asked = None;
        self.decide(Decision::Join(node, format!("node {node} serves")));
    }

    pub(super) fn said(&mut self, now: Instant, view: View, node: u8, at: Instant, said: Said) {
        let former = self.peer(node).said;
        // What was said before they were a pair may be of a process before the partner.
        let another =
            former.is_some_and(|(at, former)| at > self.since && former.boot != said.boot);
        if another && self.partner == Some(node) {
            self.gone_for_sure(now, view, "its process has started again");
        }
        let peer = self.peer(node);
        peer.said = Some((at, said));
        peer.alive = true;
        if view.role.serves() && said.role.serves() {
            // Before anything of an earlier reign goes out.
            self.meets_another_reign(view, node, said.epoch);
        }
        if view.role == Role::Backup && self.partner == Some(node) {
            self.counted_on |= said.role == Role::Primary && at > self.since;
            if self.counted_on && said.role == Role::Simplex {
                // From then on this copy is out of date, and must not take over with that.
                self.counted_on = false;
                self.lose("the other node goes on without it");
            }
        }
    }

    pub(super) fn news(&mut self, now: Instant, view: View, node: u8, news: News) {
        let lately = self.settings.rhythm.period * 2;
        let peer = self.peer(node);
        match news {
            News::Silent => peer.alive = false,
            News::Back => peer.alive = true,
            News::Unheard(at) => peer.unheard = Some(at),
            News::HearsUs => peer.unheard = None,
        }
        let heard_lately = peer.said.is_some_and(|(at, _)| now.since(at) < lately);
        // The silence of a former process on that host says nothing.
        if self.partner != Some(node) || !self.has_heard_partner() {
            return;
        }
        match (view.role, news) {
            (Role::Joining, News::Silent) => {
                self.lose("its heartbeats have stopped");
            }
            // It was about to be the backup.
            (Role::Simplex, News::Silent) => self.gone(None, "its heartbeats have stopped"),
            (Role::Primary | Role::Backup, News::Silent) => {
                self.suspect(now, "its heartbeats have stopped");
            }
            // This process stood still: nothing is known of what the backup did meanwhile.
            (Role::Primary, News::Unheard(at)) if now >= at + self.settings.rhythm.right() => {
                self.held_up.get_or_insert(now);
            }
            // Only what it says of us is missing: it may come before the right ends.
            (Role::Primary, News::Unheard(_)) if !heard_lately => {
                self.suspect(now, "it does not say that it hears this node");
            }
            (Role::Primary, News::HearsUs)
                if self.asked.is_none() && self.broken.is_none() && !self.is_proven() =>
            {
                self.trust();
            }
            (Role::Primary, News::HearsUs) => self.held_up = None,
            // Without a question, nobody has acted on the doubt.
            (Role::Backup, News::Back)
                if self.asked.is_none() && !self.fencing && !self.is_proven() =>
            {
                self.doubt = None;
                self.echo(true);
            }
            _ => {}
        }
    }
}

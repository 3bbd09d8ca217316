//! A node that has just started: does anybody serve?

use super::{Decision, Membership, OnPartition, Peer, SEAT_RETRY, View};
use crate::arbiter::{LEASE, Question};
use crate::failover::Role;
use base::Instant;

impl Membership {
    pub(super) fn wait(&mut self, now: Instant, view: View) {
        let serves = |peer: &Peer| peer.said.is_some_and(|(_, said)| said.role.serves());
        let serving = (self.peers.iter()).find(|(_, peer)| peer.alive && serves(peer));
        if let Some((node, peer)) = serving {
            let free = peer
                .said
                .is_some_and(|(_, said)| said.role == Role::Simplex);
            let node = *node;
            if free && peer.greeted && now >= self.seat_tried + SEAT_RETRY {
                self.join(now, node);
            }
            return;
        }
        if self.is_held_up(now) {
            return;
        }
        let started = |peer: &Peer| peer.is_there(|role| role == Role::Starting);
        let seen = self.peers.values().filter(|peer| started(peer)).count();
        let wait = self.settings.start_wait;
        let near = |peer: &Peer| peer.alive || peer.greeted && now < peer.greeted_at + wait;
        let first = (self.peers.range(..self.settings.node)).all(|(_, peer)| !near(peer));
        let all = seen == self.peers.len();
        let patient = now >= self.patient_at();
        if !view.carrier || !first || !(all || patient) {
            return;
        }
        match (self.settings.arbiter, self.settings.on_partition) {
            // A duplex needs two nodes: at most one that cannot be seen may be serving, alone, and that
            // tells the arbiter.
            (true, OnPartition::Stop) if seen + 1 < self.peers.len() => {}
            (true, policy) => {
                let first = self.asked.map(|asked| asked.first);
                self.ask_in_time(now, Question::ClaimFresh);
                let patience = LEASE * 3;
                if policy == OnPartition::Serve && first.is_some_and(|at| now >= at + patience) {
                    let why = "no other node answers, nor does the arbiter";
                    self.decide(Decision::Serve(None, why.into()));
                }
            }
            (false, OnPartition::Stop) if !all => {}
            (false, _) if all => {
                self.decide(Decision::Serve(
                    None,
                    "the other nodes have just started too".into(),
                ));
            }
            (false, _) => self.decide(Decision::Serve(None, "no other node answers".into())),
        }
    }

    /// This process stood still a moment ago: what waits for it may say who serves.
    pub(super) fn is_held_up(&mut self, now: Instant) -> bool {
        let detection = self.settings.rhythm.detection();
        self.held_up = self.held_up.filter(|at| now < *at + detection);
        self.held_up.is_some()
    }

    /// Until when a starting node waits for others. One that had more than itself when it was heard last
    /// may be about to take over, or be held up.
    pub(super) fn patient_at(&self) -> Instant {
        let heard = self.peers.values().filter_map(|peer| peer.said);
        let last = (heard.filter(|(_, said)| said.role != Role::Starting))
            .map(|(at, _)| at)
            .max();
        let wait = match self.settings.arbiter {
            // Until then a node that it does not see may take itself for the only one.
            true => self.settings.start_wait.max(LEASE),
            false => self.settings.start_wait,
        };
        self.waits.max(last.unwrap_or_default()) + wait
    }
}

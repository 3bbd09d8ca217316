//! What a schedule has go wrong.

use super::{SINGLE_RETRY, What, World, service};
use crate::sim::cluster::network::Party;
use crate::sim::cluster::node::{Item, Node};
use crate::sim::cluster::schedule::{Fault, Timed};
use std::time::Duration;

impl World {
    pub(super) fn begin(&mut self, number: usize) {
        if self.healed {
            return;
        }
        let doubt =
            (self.hosts.iter()).any(|host| host.node.as_ref().is_some_and(Node::is_in_doubt));
        if self.schedule.single && (doubt || !self.is_duplex()) {
            // A single fault has something to be survived by: no backup is just being replaced.
            return self.after(SINGLE_RETRY, What::Begin(number));
        }
        let Timed { lasts, fault, .. } = self.schedule.faults[number];
        self.tell(|| format!("{fault:?} for {lasts:?}"));
        self.after(lasts, What::Undo(number));
        match fault {
            Fault::Crash(victim) => self.process_dies(victim),
            Fault::HostCrash(victim) => self.host_dies(victim),
            Fault::Pause(victim) => {
                let pause = self.scheduled;
                // Without a judge, two in a row would be too long: see `Schedule`.
                let longer = self.schedule.mode.is_exclusive();
                let host = self.host(victim);
                if host.node.is_some() && (longer || host.paused.is_none()) {
                    host.paused = Some(pause);
                    self.look_at(victim);
                    self.after(lasts, What::Resume(victim, pause));
                }
            }
            Fault::LinkBreak(one, other) => self.break_link(one, other),
            Fault::LinkStall(one, other) => {
                self.links
                    .get_mut(&(one, other))
                    .expect("all are there")
                    .stalled = true;
                self.links_may_end();
            }
            Fault::ArbiterCrash => self.register = None,
            Fault::Isolate(victim, carrier) => {
                self.cut(fault, 1);
                if carrier {
                    self.host(victim).no_carrier += 1;
                    self.node_event(victim, |node, _| node.carrier = false);
                }
            }
            Fault::Cut(..) | Fault::CutBoth(..) => self.cut(fault, 1),
            Fault::Bad(from, to, loss, late) => {
                let path = self.network.path(from, to);
                (path.loss_permille, path.late_micros) = (loss, late);
            }
        }
    }

    pub(super) fn undo(&mut self, number: usize) {
        if self.healed {
            return;
        }
        let Timed { fault, .. } = self.schedule.faults[number];
        match fault {
            Fault::Crash(victim) | Fault::HostCrash(victim) => self.start(victim),
            Fault::LinkStall(one, other) => {
                self.links
                    .get_mut(&(one, other))
                    .expect("all are there")
                    .stalled = false;
            }
            Fault::ArbiterCrash => {
                if self.register.is_none() {
                    self.happen(What::ArbiterStarts);
                }
            }
            Fault::Isolate(victim, carrier) => {
                self.cut(fault, -1);
                let host = self.host(victim);
                host.no_carrier = host.no_carrier.saturating_sub(u8::from(carrier));
                let carrier = host.no_carrier == 0;
                self.node_event(victim, |node, _| node.carrier = carrier);
            }
            Fault::Cut(..) | Fault::CutBoth(..) => self.cut(fault, -1),
            Fault::Bad(from, to, ..) => {
                let path = self.network.path(from, to);
                (path.loss_permille, path.late_micros) = (0, 0);
            }
            Fault::Pause(_) | Fault::LinkBreak(..) => {}
        }
        self.tell(|| format!("no more {fault:?}"));
        self.flush_links();
    }

    pub(super) fn cut(&mut self, fault: Fault, by: i8) {
        let mut pairs = Vec::new();
        match fault {
            Fault::Cut(from, to) => pairs.push((from, to)),
            Fault::CutBoth(one, other) => pairs.extend([(one, other), (other, one)]),
            Fault::Isolate(victim, _) => {
                let others = (1..=self.schedule.mode.nodes).filter(|node| *node != victim);
                let others = others
                    .map(Party::Node)
                    .chain([Party::Arbiter, Party::Clients]);
                let victim = Party::Node(victim);
                pairs.extend(others.flat_map(|other| [(victim, other), (other, victim)]));
            }
            _ => {}
        }
        for (from, to) in pairs {
            let path = self.network.path(from, to);
            path.cuts = path.cuts.saturating_add_signed(by);
        }
        self.links_may_end();
    }

    /// The process on a host dies: its kernel ends its links.
    pub(super) fn process_dies(&mut self, number: u8) {
        if self.node(number).is_none() {
            return;
        }
        for other in self.others(number) {
            let (link, here, _) = self.link(number, other);
            if std::mem::take(&mut link.open[here]) {
                self.push_item(number, other, Item::End);
            }
        }
        let closes = Duration::from_micros(self.rng.below(3000));
        self.host(number).port_closes = self.now + closes;
        self.node_is_gone(number);
    }

    pub(super) fn host_dies(&mut self, number: u8) {
        for other in self.others(number) {
            let (link, here, _) = self.link(number, other);
            link.open[here] = false;
            link.backlog[here].clear();
        }
        self.node_is_gone(number);
        self.host(number).down = true;
    }

    pub(super) fn node_is_gone(&mut self, number: u8) {
        self.tell(|| format!("node {number} is gone"));
        let host = self.host(number);
        if let Some(node) = host.node.take() {
            let (life, counts) = (node.life, node.counts);
            (host.turn, host.may, host.wake) = (false, false, None);
            host.paused = None;
            host.waiting.clear();
            let verdict = self.checks.senders.may(life, None);
            self.checks.note(verdict);
            self.tally.takeovers += counts.takeovers;
            self.tally.alone += counts.alone;
            self.tally.suspensions += counts.suspensions;
            self.tally.rejoins += counts.rejoins;
            self.tally.yields += counts.yields;
            self.tally.handovers += counts.handovers;
            self.tally.refusals += counts.refusals;
        }
    }

    /// Counts what is to be counted at the end.
    pub fn end(&mut self) {
        for number in 1..=self.schedule.mode.nodes {
            self.node_is_gone(number);
        }
        self.tally.compared = self.checks.compared();
        for client in &mut self.clients {
            self.tally.lost += u64::from(client.lost);
            self.tally.answers += client.answers;
        }
    }

    pub(super) fn start(&mut self, number: u8) {
        if self.node(number).is_some() {
            return;
        }
        self.tell(|| format!("node {number} starts"));
        for other in self.others(number) {
            // The other end hears of it by what its kernel is told when it says something.
            let (link, _, there) = self.link(number, other);
            if link.open[there] {
                self.push_item(number, other, Item::End);
            }
        }
        let (boot, settings) = (self.rng.next_u64(), self.schedule.settings(number));
        let (life, plant, now) = (self.lives, self.plant, self.now);
        self.lives += 1;
        let host = self.host(number);
        host.down = false;
        let now = host.clock.show(now);
        let mut node = Node::new(life, boot, settings, service(), now);
        node.carrier = host.no_carrier == 0;
        node.plant = plant;
        host.node = Some(node);
        self.look_at(number);
    }

    pub(super) fn others(&self, number: u8) -> Vec<u8> {
        let nodes = 1..=self.schedule.mode.nodes;
        nodes.filter(|other| *other != number).collect()
    }

    pub(super) fn resume(&mut self, number: u8, pause: u64) {
        let host = self.host(number);
        if host.paused != Some(pause) {
            return;
        }
        host.paused = None;
        self.tell(|| format!("node {number} goes on"));
        // Whoever comes first: media, then the heartbeats with all that has come, then the rest.
        self.node_event(number, Node::media);
        let waiting = std::mem::take(&mut self.host(number).waiting);
        self.node_event(number, Node::stood_still);
        let is_beat = |what: &What| matches!(what, What::Beat(..));
        let (beats, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, what)| is_beat(what));
        for (came, what) in beats {
            self.take(came, what);
        }
        self.node_event(number, Node::held_up);
        self.node_event(number, Node::judge);
        for (came, what) in rest {
            self.take(came, what);
        }
    }
}

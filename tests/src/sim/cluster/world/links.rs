//! Links between nodes: TCP, as far as it matters here.

use super::{Host, LINK_PATIENCE, LINK_RETRY, What, World};
use crate::sim::cluster::links::Link;
use crate::sim::cluster::network::Party;
use crate::sim::cluster::node::Item;
use std::time::Duration;

impl World {
    /// A link, and which of its ends the first and the second node have.
    pub(super) fn link(&mut self, one: u8, other: u8) -> (&mut Link, usize, usize) {
        let here = usize::from(one > other);
        let pair = (one.min(other), one.max(other));
        let link = self
            .links
            .get_mut(&pair)
            .expect("there is one for every pair");
        (link, here, 1 - here)
    }

    pub(super) fn link_try(&mut self, one: u8, other: u8) {
        self.after(LINK_RETRY, What::LinkTry(one, other));
        let ready = |host: &Host| host.node.is_some() && host.paused.is_none();
        let alive = [one, other]
            .iter()
            .all(|number| ready(&self.hosts[usize::from(*number) - 1]));
        let (here, there) = (Party::Node(one), Party::Node(other));
        let open = self.network.is_open(here, there) && self.network.is_open(there, here);
        let now = self.now;
        let (link, ..) = self.link(one, other);
        if !alive || !open || !link.is_free() || link.stalled {
            return;
        }
        link.begin(now);
        let generation = link.generation;
        for (to, from) in [(one, other), (other, one)] {
            let delay = Duration::from_micros(500);
            self.after(delay, What::LinkUp(to, from, generation));
            let (link, here, _) = self.link(to, from);
            link.last[here] = now + delay;
        }
    }

    pub(super) fn push_item(&mut self, from: u8, to: u8, item: Item) {
        let open = self.network.is_open(Party::Node(from), Party::Node(to));
        let delay = (self.network).carry(&mut self.rng, Party::Node(from), Party::Node(to));
        let at = self.now + delay;
        let (link, here, _) = self.link(from, to);
        if !open || link.stalled || !link.backlog[here].is_empty() {
            link.backlog[here].push_back(item);
            return;
        }
        link.last[here] = at.max(link.last[here] + Duration::from_nanos(1));
        let (at, generation) = (link.last[here], link.generation);
        self.at(at, What::Item(from, to, generation, item));
    }

    /// What was held back goes on its way, where the network is there again.
    pub(super) fn flush_links(&mut self) {
        let pairs: Vec<(u8, u8)> = self.links.keys().copied().collect();
        for (one, other) in pairs {
            for (from, to) in [(one, other), (other, one)] {
                let open = self.network.is_open(Party::Node(from), Party::Node(to));
                let (link, here, _) = self.link(from, to);
                if !open || link.stalled || link.backlog[here].is_empty() {
                    continue;
                }
                let backlog = std::mem::take(&mut link.backlog[here]);
                let wait = Duration::from_micros(self.rng.below(200_000));
                let now = self.now;
                let (link, ..) = self.link(from, to);
                link.last[here] = link.last[here].max(now + wait);
                backlog
                    .into_iter()
                    .for_each(|item| self.push_item(from, to, item));
            }
        }
    }

    /// The network is cut: kernels wait for a while.
    pub(super) fn links_may_end(&mut self) {
        let links: Vec<_> = (self.links.iter())
            .map(|((one, other), link)| (*one, *other, link.generation))
            .collect();
        for (one, other, generation) in links {
            self.after(LINK_PATIENCE, What::LinkPatience(one, other, generation));
        }
    }

    /// Both kernels give the link up, and what is on its way is lost.
    pub(super) fn break_link(&mut self, one: u8, other: u8) {
        let (link, ..) = self.link(one, other);
        link.generation += 1;
        link.backlog = Default::default();
        let generation = link.generation;
        for (from, to) in [(one, other), (other, one)] {
            let (link, _, there) = self.link(from, to);
            if link.open[there] {
                self.after(Duration::ZERO, What::Item(from, to, generation, Item::End));
            }
        }
    }
}

//! What nodes do, passed on and held against the invariants.

use super::{FRAME_DELAY_MAX, RESTART, TURN_DELAY, What, World, swapped};
use crate::invariants::Voice;
use crate::sim::cluster::client::Client;
use crate::sim::cluster::network::Party;
use crate::sim::cluster::node::{Deed, Item, Node};
use crate::sim::tcp::Packet;
use base::{Instant, LogIndex};
use replication::arbiter::Question;
use replication::failover::Role;
use replication::tcp::Ends;
use std::time::Duration;

impl World {
    /// Something happens to a node, and it carries out what follows.
    pub(super) fn node_event(&mut self, number: u8, event: impl FnOnce(&mut Node, Instant)) {
        let now = self.now;
        let host = self.host(number);
        let now = host.clock.show(now);
        let Some(node) = &mut host.node else { return };
        let before = (node.role(), node.suspended);
        event(node, now);
        let after = (node.role(), node.suspended);
        let epoch = node.replica.epoch();
        if before != after {
            self.tell(|| format!("node {number}: {after:?} {epoch}"));
        }
        self.observe(number);
        self.look_at(number);
    }

    /// When a node has something to do next.
    pub(super) fn look_at(&mut self, number: u8) {
        let now = self.now;
        let host = self.host(number);
        let Some(node) = &host.node else { return };
        let life = node.life;
        let wake = match host.paused {
            None => Some(node.next_timeout()),
            Some(_) => node.kernel.next_timeout(),
        };
        host.wake = wake.map(|at| host.clock.when(at).max(now));
        if node.has_work() && !host.turn {
            host.turn = true;
            self.after(TURN_DELAY, What::Turn(number, life));
        }
    }

    /// Takes note of what a node has done, and passes it on.
    pub(super) fn observe(&mut self, number: u8) {
        while let Some(deed) = (self.host(number).node.as_mut()).and_then(|n| n.deeds.pop_front()) {
            self.deed(number, deed);
        }
        self.read_tape(number, LogIndex(u64::MAX));
        self.reigns(number);
        while let Some(node) = self.host(number).node.as_mut()
            && let Some(packet) = node.kernel.poll_packet()
        {
            self.node_sends(number, packet);
        }
    }

    pub(super) fn reigns(&mut self, number: u8) {
        let may = self.may_send(number);
        let Some(node) = self.node(number) else {
            return;
        };
        let (life, role, epoch) = (node.life, node.role(), node.replica.epoch());
        let (index, peer, taps) = (node.replica.index(), node.peer(), node.is_tapping());
        let origin = node.replica.core().origin();
        let verdict = self.checks.owner.is(life, may, epoch);
        self.checks.note(verdict);
        if may {
            self.checks.sends(origin, epoch);
        }
        if let (Role::Backup | Role::Joining, Some(peer)) = (role, peer)
            && taps
            && self
                .node(peer)
                .is_some_and(|node| node.peer() == Some(number))
        {
            self.host(peer).held = index;
        }
        if may != std::mem::replace(&mut self.host(number).may, may) {
            for other in self.others(number) {
                // A right may have run out without a word.
                let may = self.may_send(other);
                let host = self.host(other);
                host.may &= may;
                if let Some(node) = host.node.as_ref().filter(|_| !may) {
                    let life = node.life;
                    let _ = self.checks.senders.may(life, None);
                }
            }
            let verdict = self.checks.senders.may(life, may.then_some(epoch));
            self.checks.note(verdict);
        }
    }

    /// A node that stands still sends nothing: only its kernel repeats what it has sent.
    pub(super) fn may_send(&mut self, number: u8) -> bool {
        let now = self.now;
        let host = self.host(number);
        let now = host.clock.show(now);
        host.paused.is_none() && host.node.as_ref().is_some_and(|node| node.may_send(now))
    }

    pub(super) fn read_tape(&mut self, number: u8, last: LogIndex) {
        while let Some(node) = self.node(number)
            && let Some(entry) = node.tape.next(last)
        {
            let (life, epoch) = (node.life, node.replica.epoch());
            let service = self.checks.service(node.replica.core().origin());
            if epoch < service.latest {
                // Of a reign that is over: nobody will see it.
                continue;
            }
            if let Some((conn, ends)) = entry.accepted {
                service.names.insert(conn, (entry.index, ends));
            }
            let said = (entry.said.iter())
                .filter_map(|(conn, octets)| Some((service.names.get(conn)?.1, &octets[..])));
            service.output.said(entry.index, said);
            let verdict = (service.determinism).handled(life, entry.index, entry.digest);
            self.checks.note(verdict);
        }
    }

    pub(super) fn deed(&mut self, number: u8, deed: Deed) {
        let here = Party::Node(number);
        let Some(node) = self.node(number) else {
            return;
        };
        let life = node.life;
        match deed {
            Deed::Beat(to, beat) => {
                if let Some(delay) = self.network.pass(&mut self.rng, here, Party::Node(to)) {
                    let process = self.node(to).is_some();
                    match process {
                        true => self.after(delay, What::Beat(to, beat)),
                        false => self.after(delay, What::Probe(to, number)),
                    }
                }
            }
            Deed::Link(to, item) => {
                let (link, here, _) = self.link(number, to);
                if !link.open[here] {
                    return;
                }
                if let Item::End = item {
                    link.open[here] = false;
                }
                self.push_item(number, to, item);
            }
            Deed::Forward(to, packet) => {
                if let Some(delay) = self.network.pass(&mut self.rng, here, Party::Node(to)) {
                    // A frame is lost rather than so late that its receiver has another backup by then.
                    let delay = delay.min(FRAME_DELAY_MAX);
                    self.after(delay, What::Forwarded(to, number, packet));
                }
            }
            Deed::Media(ends, ssrc, sequence) => self.media(number, ends, ssrc, sequence),
            Deed::Announce => {
                if let Some(delay) = self.network.pass(&mut self.rng, here, Party::Clients) {
                    self.after(delay, What::Announce(number));
                }
            }
            Deed::Ask(id, question) => {
                self.tell(|| format!("node {number} asks {question:?}"));
                let boot = self.node(number).map_or(0, |node| node.boot);
                if let Some(delay) = self.network.pass(&mut self.rng, here, Party::Arbiter) {
                    self.after(delay, What::Ask(number, boot, id, question));
                }
            }
            Deed::Probe(to) => {
                if let Some(delay) = self.network.pass(&mut self.rng, here, Party::Node(to)) {
                    self.after(delay, What::Probe(to, number));
                }
            }
            Deed::Fence(victim) => {
                let takes = Duration::from_millis(50 + self.rng.below(250));
                let works = self.healed || self.rng.below(4) > 0;
                self.fencing += 1;
                self.after(takes, What::Fence(number, life, victim, works));
            }
            Deed::Fresh => {
                self.tell(|| format!("node {number} begins without state"));
                self.tally.fresh += 1;
                // A tap could take what they repeat for calls that it has not seen begin.
                self.clients.iter_mut().for_each(Client::lose_call);
                self.checks.begin_anew();
            }
            Deed::Reign(index) => {
                self.read_tape(number, index);
                self.tell(|| format!("node {number} takes over at record {index}"));
                if let Some(node) = self.node(number) {
                    let (origin, epoch) = (node.replica.core().origin(), node.replica.epoch());
                    self.checks.reign(origin, index, epoch);
                }
            }
            Deed::TookOver => self.took_over(number),
            Deed::Restart => {
                self.process_dies(number);
                self.after(RESTART, What::Start(number));
            }
        }
    }

    pub(super) fn ask(&mut self, from: u8, boot: u64, id: u64, question: Question) {
        let Some(register) = &mut self.register else {
            return;
        };
        let answer = register.ask(self.now, from, boot, &question);
        self.record = register.record();
        if let Some(delay) = self
            .network
            .pass(&mut self.rng, Party::Arbiter, Party::Node(from))
        {
            self.after(delay, What::Answer(from, boot, id, answer));
        }
    }

    /// A datagram for the heartbeats of a host: its kernel says if nobody listens.
    pub(super) fn probed(&mut self, to: u8, from: u8) {
        let now = self.now;
        let host = self.host(to);
        if host.node.is_some() || host.down || now < host.port_closes {
            return;
        }
        if let Some(delay) = (self.network).pass(&mut self.rng, Party::Node(to), Party::Node(from))
        {
            self.after(delay, What::Refused(from, to));
        }
    }

    /// I1 at a takeover: what clients have seen acknowledged is in the new kernel.
    pub(super) fn took_over(&mut self, number: u8) {
        let Some(node) = self.node(number) else {
            return;
        };
        let origin = node.replica.core().origin();
        let conns = self.clients.iter().filter_map(Client::conn).map(swapped);
        let known: Vec<_> = conns
            .map(|ends| (ends, node.kernel.progress(ends)))
            .collect();
        for (ends, progress) in known {
            let input = &self.checks.service(origin).input;
            let verdict = match progress {
                Some((_, received)) => input.known(ends, received),
                None => input
                    .known(ends, 0)
                    .map_err(|how| format!("{how}, and not the connection")),
            };
            self.checks.note(verdict);
        }
    }

    pub(super) fn node_sends(&mut self, number: u8, packet: Packet) {
        let may = self.may_send(number);
        let paused = self.host(number).paused.is_some();
        let held = self.host(number).held;
        let Some(node) = self.node(number) else {
            return;
        };
        let (life, role) = (node.life, node.role());
        if !role.serves() || node.suspended {
            // The packet filter.
            return;
        }
        let ends = Ends {
            local: packet.from,
            peer: packet.to,
        };
        let offset = node.kernel.offset(&packet);
        let (origin, epoch) = (node.replica.core().origin(), node.replica.epoch());
        let stale = epoch < self.checks.service(origin).latest;
        if !paused {
            let what = match packet.fin || packet.rst {
                true => Voice::Goodbye,
                false => Voice::Segment,
            };
            let verdict = self.checks.silence.heard(life, Some(role), what, ends);
            self.checks.note(verdict);
            let verdict = self.checks.senders.sends(life, may);
            self.checks.note(verdict);
        }
        let held = match role {
            Role::Primary => held,
            _ => LogIndex(u64::MAX),
        };
        // The kernel of a process that stands still repeats what was said before.
        if let Some(offset) = offset.filter(|_| !(paused && stale)) {
            let output = &mut self.checks.service(origin).output;
            let verdict = output.sent(ends, offset, &packet.payload, held);
            self.checks.note(verdict);
        }
        let Some(client) = self.client_at(packet.to) else {
            return;
        };
        if let Some(delay) = (self.network).pass(&mut self.rng, Party::Node(number), Party::Clients)
        {
            self.after(delay, What::ToClient(client, packet));
        }
    }

    pub(super) fn media(&mut self, number: u8, ends: Ends, ssrc: u32, sequence: u16) {
        let may = self.may_send(number);
        let Some(node) = self.node(number) else {
            return;
        };
        let (life, origin) = (node.life, node.replica.core().origin());
        let verdict = self.checks.senders.sends(life, may);
        self.checks.note(verdict);
        let numbers = &mut self.checks.service(origin).numbers;
        let verdict = numbers.sent(ends, ssrc, sequence);
        self.checks.note(verdict);
        let arrives = self.network.is_open(Party::Node(number), Party::Clients);
        let Some(client) = self.client_at(ends.peer).filter(|_| arrives) else {
            return;
        };
        if self.clients[client].conn() != Some(swapped(ends)) {
            return;
        }
        let now = self.now;
        let last = self.media[client].replace(now).unwrap_or(now);
        if self.schedule.single && self.clients[client].is_connected() {
            let gap = now.since(last).as_millis() as u64;
            self.tally.longest_gap_ms = self.tally.longest_gap_ms.max(gap);
        }
    }
}

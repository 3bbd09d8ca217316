//! What clients do, and what comes to them.

use super::{What, World, swapped};
use crate::sim::cluster::network::Party;
use crate::sim::tcp::Packet;
use replication::failover::Role;
use replication::tcp::Ends;
use std::net::SocketAddr;

impl World {
    pub(super) fn client_at(&self, at: SocketAddr) -> Option<usize> {
        self.clients
            .iter()
            .position(|client| client.address == at.ip())
    }

    pub(super) fn client_receives(&mut self, number: usize, packet: &Packet) {
        self.tell(|| format!("client {number} gets {packet:?}"));
        let client = &mut self.clients[number];
        client.receive(self.now, packet);
        let wrong = std::mem::take(&mut client.wrong);
        let theirs = Ends {
            local: packet.to,
            peer: packet.from,
        };
        let progress = client.kernel.progress(theirs);
        let current = client.conn() == Some(theirs);
        wrong.into_iter().for_each(|how| self.checks.note(Err(how)));
        let ends = swapped(theirs);
        if let Some((acknowledged, _)) = progress.filter(|_| current) {
            (self.checks.current().input).acknowledged(ends, acknowledged);
            let primary = (self.hosts.iter().filter_map(|host| host.node.as_ref()))
                .find(|node| node.role() == Role::Primary);
            // Only of a backup that is counted on.
            let backup = primary.and_then(|primary| Some((self.node(primary.peer()?)?, primary)));
            let backup = backup.filter(|(backup, primary)| {
                backup.role() == Role::Backup
                    && backup.peer() == Some(primary.number)
                    && backup.replica.epoch() == primary.replica.epoch()
            });
            let known = backup.and_then(|(backup, _)| {
                let clock = self.hosts[usize::from(backup.number) - 1].clock;
                backup.shadow_knows(clock.show(self.now), ends)
            });
            if let Some(known) = known {
                let verdict = self.checks.current().input.known(ends, known);
                self.checks.note(verdict);
            }
        } else {
            self.checks.current().input.over(ends);
        }
        self.client_sends(number);
    }

    pub(super) fn client_sends(&mut self, number: usize) {
        if !self.clients[number].is_connected() {
            self.media[number] = None;
        }
        while let Some(packet) = self.clients[number].kernel.poll_packet() {
            let to = Party::Node(self.front);
            self.tell(|| format!("client {number} sends by node {}: {packet:?}", self.front));
            if let Some(delay) = self.network.pass(&mut self.rng, Party::Clients, to) {
                self.after(delay, What::ToHost(self.front, packet));
            }
        }
    }
}

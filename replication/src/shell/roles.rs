//! What the other node's messages, coming and going, and a change of role mean for this one.

use super::pair::{Pair, PairEvent};
use super::status::{NodeStatus, Status};
use super::{Draining, Host, Shell, heartbeat_thread};
use crate::core::Replicated;
use crate::failover::{Epoch, Role, Timeline};
use crate::heartbeat::Beat;
use crate::os::tcp_repair;
use crate::replica::{Envelope, Hello, Message, OpenConnection, Snapshot};
use base::Instant;
use bytes::Bytes;
use std::time::Duration;

/// How long a packet or a connection can be on its way from a client past a tap that stands to the core.
const DRAIN_TIME: Duration = Duration::from_millis(20);

impl<C, H> Shell<C, H>
where
    C: Replicated + 'static,
    C::Event: Send + 'static,
    H: Host<C>,
{
    pub(super) fn take_pair(&mut self, now: Instant, event: PairEvent<C::Event>) {
        let Some(pair) = &mut self.pair else { return };
        match event {
            PairEvent::LinkUp(link) => {
                pair.link = Some(link);
                // A backup that missed the other node's death and hears it start again will serve.
                let role = self.replica.role();
                let serving = role.serves() || role == Role::Backup;
                pair.greet(self.replica.epoch(), serving);
            }
            PairEvent::LinkDown(why) => {
                pair.drop_link();
                match self.replica.role() {
                    Role::Primary => self.peer_gone(now, &format!("the link has ended: {why}")),
                    Role::Backup => pair.ask_whether_alive(),
                    _ => {
                        self.replica.peer_gone(&why, &mut pair.shadows().lock());
                    }
                }
            }
            PairEvent::Message(envelope) => self.take_message(now, *envelope),
            PairEvent::Heartbeat(event) => self.take_heartbeat(now, event),
        }
    }

    fn take_message(&mut self, now: Instant, envelope: Envelope<C::Event>) {
        let Some(pair) = &mut self.pair else { return };
        match envelope.message {
            Message::Hello(hello) => self.greeted(now, envelope.epoch, hello),
            Message::Goodbye => {
                pair.drop_link();
                self.peer_gone(now, "it has left on purpose");
            }
            message => {
                let dismissed = matches!(message, Message::Dismissed);
                let envelope = Envelope {
                    epoch: envelope.epoch,
                    message,
                };
                let shadows = pair.shadows();
                self.replica.message(now, envelope, &mut shadows.lock());
                if dismissed {
                    // A new link begins with a new greeting.
                    pair.drop_link();
                }
            }
        }
    }

    fn greeted(&mut self, now: Instant, epoch: Epoch, hello: Hello) {
        let Some(pair) = &mut self.pair else { return };
        if let Some(mismatch) = pair.mismatch(&hello) {
            tracing::error!("the other node cannot be this one's partner: {mismatch}");
            return pair.drop_link();
        }
        let (first, serving) = (pair.place == 0, hello.serving);
        if serving && !self.replica.role().serves() {
            // Before its records, which carry times.
            pair.follow_clock(hello.now);
        }
        pair.met(hello);
        match self.replica.role() {
            Role::Backup if serving => {
                // The link broke and was made again, and what was said in between is lost.
                self.replica.link_lost("the other node goes on without it");
                return;
            }
            Role::Backup | Role::Joining if !serving => {
                self.peer_gone(now, "its process has started again");
                return;
            }
            _ => {}
        }
        self.replica.reign(epoch);
        match self.replica.role() {
            // They began apart from each other.
            role if role.serves() && serving && !first && epoch == self.replica.epoch() => {
                self.replica
                    .yield_reign("both nodes serve; the first of the pair goes on");
            }
            Role::Starting if serving => self.replica.join("the other node serves"),
            Role::Starting if first => self.replica.serve("the other node has just started too"),
            _ => {}
        }
    }

    fn take_heartbeat(&mut self, now: Instant, event: heartbeat_thread::Event) {
        let Some(pair) = &mut self.pair else { return };
        match event {
            heartbeat_thread::Event::PeerChanged(at, beat) => self.take_beat(at, &beat),
            heartbeat_thread::Event::PeerRefused => {
                // The host over there lives, the process does not; alone this may be a restart.
                if pair.is_broken() {
                    pair.mended();
                    self.peer_gone(now, "its process has died");
                }
            }
            // One that has never been heard has only just come: what there is of it is the link.
            heartbeat_thread::Event::PeerDead { silence: None } => {}
            heartbeat_thread::Event::PeerDead { .. } => {
                pair.mended();
                let role = self.replica.role();
                if matches!(role, Role::Primary | Role::Backup | Role::Joining)
                    || self.replica.is_followed()
                {
                    self.peer_gone(now, "its heartbeats have stopped");
                    // It is told that it is dismissed, should it live.
                    self.carry_out();
                    if let Some(pair) = &mut self.pair {
                        pair.drop_link();
                    }
                }
            }
            heartbeat_thread::Event::PeerBack => {}
        }
    }

    /// What the other node says of itself; the same may be said again, because what it means depends on
    /// what this node is.
    fn take_beat(&mut self, at: Instant, beat: &Beat) {
        // Before anything of an earlier reign goes out.
        if beat.role.serves() && self.replica.role().serves() {
            self.replica.reign(Epoch(beat.epoch));
        }
        let Some(pair) = &mut self.pair else { return };
        if self.replica.role() == Role::Backup && pair.dismissed(at, beat) {
            pair.drop_link();
            self.replica.link_lost("the other node goes on without it");
        }
    }

    pub(super) fn pair_timeout(&mut self, now: Instant) {
        if let Some((at, beat)) = self.pair.as_ref().and_then(Pair::last_beat) {
            self.take_beat(at, &beat);
        }
        // A node that has just begun anew waits anew.
        self.carry_out();
        let Some(pair) = &mut self.pair else { return };
        pair.handle_timeout();
        if self.replica.role() == Role::Starting && pair.waited_enough() {
            self.replica.serve("no other node answers");
        }
        let Some(pair) = &mut self.pair else { return };
        if pair.link_given_up() {
            pair.mended();
            // It lives and serves; what it does is not known here any more.
            self.replica
                .link_lost("the link broke, though the other node is alive");
        }
        let late = self.pair.as_ref().is_some_and(Pair::late_handshakes);
        if late && !self.replica.is_frozen() {
            self.adopt_unannounced(now);
        }
    }

    /// The role has changed: addresses, filter and tap follow.
    pub(super) fn became(&mut self, now: Instant, role: Role, why: &str) {
        match role {
            Role::Simplex if self.pair.is_some() => {
                tracing::warn!(epoch = %self.replica.epoch(), "serving alone: {why}");
            }
            Role::Simplex => tracing::info!("serving: {why}"),
            Role::Deposed => tracing::error!("deposed: {why}"),
            _ => tracing::info!(epoch = %self.replica.epoch(), "{}: {why}", role.name()),
        }
        let Some(pair) = &mut self.pair else { return };
        match role {
            // The takeover does the rest in an order of its own.
            Role::Simplex if self.taking_over => {}
            Role::Simplex => {
                let mut timeline = Timeline::new("backup lost", why.into(), now, pair.last_sign());
                pair.stand(role);
                timeline.step("addresses owned", self.clock.now());
                let starting = self.replica.index().0 == 0;
                if !starting {
                    pair.last_change = Some(timeline);
                }
                pair.greet(self.replica.epoch(), true);
                self.host.serve(now, &[]);
            }
            Role::Primary | Role::Backup | Role::Joining => {}
            Role::Starting => {
                // The greetings that a link begins with have to be said again.
                pair.drop_link();
                pair.stop_tap();
                pair.stand(role);
                pair.wait_again();
            }
            Role::Deposed => {
                for connection in std::mem::take(&mut self.connections).into_values() {
                    connection.abandon();
                }
                pair.stand(role);
                self.finished = true;
                self.moved();
            }
        }
    }

    /// The other node's tap stands. From now on nothing comes here that it has not seen; what had come
    /// before and was not read has to get into the log.
    pub(super) fn drain(&mut self, now: Instant) {
        let Some(pair) = &mut self.pair else { return };
        pair.stop_tap();
        pair.stand(Role::Primary);
        let until = now + DRAIN_TIME;
        let mut draining = std::collections::BTreeMap::new();
        for (conn, connection) in &self.connections {
            let unread = tcp_repair::unread(connection.socket()).unwrap_or(0);
            if unread > 0 {
                draining.insert(*conn, self.replica.received(*conn) + unread);
            }
        }
        self.draining = Some(Draining {
            until,
            unread: draining,
        });
    }

    /// Tells the replica when everything is read that [`Self::drain`] found.
    pub(super) fn drained(&mut self, now: Instant) {
        let Some(draining) = &mut self.draining else {
            return;
        };
        let replica = &self.replica;
        (draining.unread)
            .retain(|conn, end| replica.reads(*conn) && replica.received(*conn) < *end);
        if draining.unread.is_empty() && draining.until <= now {
            self.draining = None;
            self.replica.drained();
        }
    }

    /// The other node asks for everything.
    pub(super) fn capture(&mut self, now: Instant) {
        let mut open = Vec::with_capacity(self.connections.len());
        for (conn, connection) in &self.connections {
            match tcp_repair::capture(connection.socket()) {
                Ok(captured) => {
                    let mut socket = captured.restoration;
                    if let Some(known) = connection.negotiated() {
                        socket.negotiated.send_start = known.send_start;
                        socket.negotiated.receive_start = known.receive_start;
                    }
                    socket.pending.extend(connection.unsent());
                    open.push(OpenConnection {
                        conn: *conn,
                        received: self.replica.received(*conn),
                        socket,
                        unread: captured.unread,
                    });
                }
                // Reset a moment ago: the log will tell.
                Err(error) => tracing::debug!(%conn, %error, "a connection cannot be captured"),
            }
        }
        let (connections, took) = (open.len(), self.clock.now().since(now));
        tracing::info!(connections, ?took, "the other node is given a snapshot");
        let marks = (self.pair.as_ref()).map_or_else(Bytes::new, Pair::told_marks);
        self.replica.snapshot(open, self.host.snapshot(), marks);
    }

    /// The state of a snapshot is in place: sockets are bound; now the clients' packets come here first.
    pub(super) fn adopt(&mut self, now: Instant, snapshot: &Snapshot) {
        let Some(pair) = &mut self.pair else { return };
        let prepared = self
            .host
            .restore(now, &snapshot.service)
            .and_then(|()| pair.start_tap());
        if let Err(error) = prepared {
            tracing::error!("this node cannot be the backup: {error:#}");
            return pair.drop_link();
        }
        self.host.note(&snapshot.marks);
        pair.stand(Role::Backup);
        self.replica.ready();
    }

    /// What heartbeats say of this node.
    pub(super) fn tell(&mut self) {
        let role = self.replica.role();
        let Some(pair) = &mut self.pair else { return };
        if !role.serves() {
            pair.hear_notes(|note| self.host.note(note));
        }
        for (what, at) in self.host.progress() {
            pair.progressed(what, at);
        }
        pair.tell(self.replica.epoch(), role, self.replica.index());
    }

    pub(super) fn status(&self) -> Status {
        let role = self.replica.role();
        let watched = (self.pair.as_ref()).map_or(0, |pair| pair.shadows().lock().conns().count());
        let other = self.pair.as_ref().and_then(Pair::other);
        Status {
            paired: self.pair.is_some(),
            this: NodeStatus {
                node: self.pair.as_ref().map_or(0, |pair| pair.place as u8 + 1),
                role,
                epoch: self.replica.epoch().0,
                position: self.replica.index().0,
                acknowledged: Some(self.replica.acknowledged().0),
                connections: Some(match role.serves() {
                    true => self.connections.len(),
                    false => watched,
                }),
                load_permille: None,
            },
            last_beat_ms: other.as_ref().map(|(_, ago)| ago.as_secs_f64() * 1e3),
            other: other.map(|(status, _)| status),
            linked: self.pair.as_ref().is_some_and(|pair| pair.peer.is_some()),
            takeovers: self.pair.as_ref().map_or(0, |pair| pair.takeovers),
            last_change: self.pair.as_ref().and_then(|pair| pair.last_change.clone()),
        }
    }
}

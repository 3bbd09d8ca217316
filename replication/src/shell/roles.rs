//! What the other node's messages, coming and going, and a change of role mean for this one.

use super::pair::{Pair, PairEvent, said_in};
use super::status::{NodeStatus, Status};
use super::{Draining, Host, Shell, heartbeat_thread};
use crate::core::Replicated;
use crate::failover::membership::{Decision, Event as News};
use crate::failover::{Epoch, Role, Timeline};
use crate::heartbeat;
use crate::os::tcp_repair;
use crate::replica::{Envelope, Hello, Message, Snapshot};
use base::Instant;
use std::time::Duration;

/// How long a packet or a connection can be on its way from a client past a tap that stands to the core.
const DRAIN_TIME: Duration = Duration::from_millis(20);
/// How often a node that is about to be the primary looks whether its backup hears it.
const HEARING_INTERVAL: Duration = Duration::from_millis(1);

impl<C, H> Shell<C, H>
where
    C: Replicated + 'static,
    C::Event: Send + 'static,
    H: Host<C>,
{
    pub(super) fn take_pair(&mut self, now: Instant, event: PairEvent<C::Event>) {
        self.look_up();
        let Some(pair) = &mut self.pair else { return };
        let news = match event {
            PairEvent::LinkUp(node, link) => {
                pair.link_up(node, link);
                News::LinkUp(node)
            }
            PairEvent::LinkDown(node, why) => {
                pair.drop_link(node);
                News::LinkDown(node, why)
            }
            PairEvent::Message(node, envelope) => return self.take_message(now, node, *envelope),
            PairEvent::Heartbeat(node, event) => match event {
                heartbeat_thread::Event::PeerChanged(at, beat) => {
                    News::Said(node, at, said_in(&beat))
                }
                heartbeat_thread::Event::PeerRefused => News::Refused(node),
                heartbeat_thread::Event::News(news) => News::News(node, news),
            },
            PairEvent::Answer(id, answer) => News::Answer(id, answer),
            PairEvent::Fenced(node, done) => {
                match &done {
                    Ok(()) => tracing::warn!(node, "fenced: it is certainly dead"),
                    Err(why) => tracing::error!(node, "fencing has failed: {why}"),
                }
                News::Fenced(node, done)
            }
        };
        self.learn(news);
    }

    /// What the membership makes of something, and what follows.
    pub(super) fn learn(&mut self, news: News) {
        let (role, epoch) = (self.replica.role(), self.replica.epoch());
        let Some(pair) = &mut self.pair else { return };
        let silence = matches!(
            news,
            News::News(_, heartbeat::News::Silent | heartbeat::News::Unheard(_))
        );
        pair.look_at_carrier(role, silence);
        let (now, view) = (pair.steady_now(), pair.view(role, epoch));
        pair.membership.handle(now, view, news);
        self.decide();
    }

    pub(super) fn decide(&mut self) {
        while let Some(decision) = (self.pair.as_mut()).and_then(|pair| pair.membership.poll()) {
            tracing::debug!(?decision, role = self.replica.role().name(), "membership");
            self.carry(decision);
        }
    }

    fn carry(&mut self, decision: Decision) {
        let now = self.clock.now();
        let (role, epoch) = (self.replica.role(), self.replica.epoch());
        let Some(pair) = &mut self.pair else { return };
        match decision {
            Decision::Serve(_, why) if self.replica.index().0 > 0 => {
                tracing::warn!(
                    "{why}, and what this node knows of calls is out of date: it starts anew"
                );
                self.finished = true;
            }
            Decision::Serve(granted, why) => {
                self.replica.grant(granted);
                self.replica.serve(&why);
            }
            Decision::Join(node, why) => {
                pair.pair_with(node);
                self.replica.join(&why);
            }
            Decision::PartnerGone(granted, why) => {
                self.replica.grant(granted);
                self.peer_gone(now, &why);
            }
            Decision::LinkLost(why) => self.replica.link_lost(&why),
            Decision::Yield(why) => self.replica.yield_reign(&why),
            Decision::Greet(node) => pair.greet(node, epoch, role),
            Decision::DropLink(node) => {
                // What was said last goes out before: that a backup is dismissed, should it live.
                self.carry_out();
                if let Some(pair) = &mut self.pair {
                    pair.drop_link(node);
                }
            }
            Decision::Probe(node) => pair.probe(node),
            Decision::Ask(id, question) => pair.ask(id, question),
            Decision::Fence(node) => {
                tracing::warn!(node, "it is silent: making sure that it is dead");
                pair.fence(node);
            }
            Decision::Suspend(why) => {
                tracing::warn!("silent towards clients: {why}");
                pair.silence(role, true);
            }
            Decision::Resume => {
                tracing::warn!("speaking to clients again");
                pair.silence(role, false);
            }
            Decision::Echo(on) => pair.set_echoes(on),
            Decision::HandOver(why) => self.hand_over(now, &why, None),
        }
        self.carry_out();
    }

    fn take_message(&mut self, now: Instant, node: u8, envelope: Envelope<C::Event>) {
        let (role, epoch) = (self.replica.role(), self.replica.epoch());
        let Some(pair) = &mut self.pair else { return };
        match envelope.message {
            Message::Hello(hello) => return self.greeted(node, envelope.epoch, hello),
            Message::Goodbye => return self.learn(News::Goodbye(node)),
            Message::Occupied => return self.learn(News::Occupied(node)),
            Message::Join => {
                let (steady, view) = (pair.steady_now(), pair.view(role, epoch));
                if !pair.membership.admit(steady, view, node) {
                    let message = Message::Occupied;
                    return pair.send_to(node, Envelope { epoch, message });
                }
                pair.pair_with(node);
            }
            _ => {}
        }
        if !pair.is_partner(node) {
            return;
        }
        let dismissed = matches!(envelope.message, Message::Dismissed);
        let shadows = pair.shadows();
        self.replica.message(now, envelope, &mut shadows.lock());
        if dismissed && let Some(pair) = &mut self.pair {
            // A new link begins with a new greeting.
            pair.drop_link(node);
        }
    }

    fn greeted(&mut self, node: u8, epoch: Epoch, hello: Hello) {
        let Some(pair) = &mut self.pair else { return };
        if let Some(mismatch) = pair.mismatch(node, &hello) {
            tracing::error!(node, "it cannot be this node's partner: {mismatch}");
            return pair.drop_link(node);
        }
        if hello.role.serves() && !self.replica.role().serves() {
            // Before its records, which carry times.
            pair.follow_clock(hello.boot, hello.now);
        }
        let (role, boot) = (hello.role, hello.boot);
        pair.met(node, hello);
        if self.replica.role() == Role::Starting {
            self.replica.reign(epoch);
        }
        self.learn(News::Greeted {
            node,
            boot,
            epoch,
            role,
        });
    }

    pub(super) fn pair_timeout(&mut self, now: Instant) {
        let Some(pair) = &mut self.pair else { return };
        for (node, at, said) in pair.said() {
            self.learn(News::Said(node, at, said));
        }
        // A node that has just begun anew waits anew.
        self.carry_out();
        let (role, epoch) = (self.replica.role(), self.replica.epoch());
        let Some(pair) = &mut self.pair else { return };
        pair.handle_timeout();
        pair.look_at_carrier(role, false);
        let (steady, view) = (pair.steady_now(), pair.view(role, epoch));
        pair.membership.handle_timeout(steady, view);
        self.decide();
        let late = self.pair.as_ref().is_some_and(Pair::late_handshakes);
        if late && !self.replica.is_frozen() {
            self.adopt_unannounced(now);
        }
        if self.drain_wanted {
            self.drain(now);
        }
    }

    /// A process that stood still may have been replaced: nothing of what it has to say is said before it knows.
    pub(super) fn look_up(&mut self) {
        let role = self.replica.role();
        if self.pair.as_mut().is_some_and(Pair::stood_still) {
            self.learn(News::HeldUp);
        }
        if role.serves() && self.pair.as_ref().is_some_and(Pair::was_held_up) {
            self.learn(News::HeldUp);
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
                pair.proclaim(self.replica.epoch(), role);
                pair.stand(role);
                timeline.step("addresses owned", self.clock.now());
                let starting = self.replica.index().0 == 0;
                if !starting {
                    pair.last_change = Some(timeline);
                }
                pair.greet_all(self.replica.epoch(), role);
                self.host.serve(now, &[]);
            }
            Role::Primary | Role::Backup | Role::Joining => {}
            Role::Starting => {
                pair.stop_tap();
                pair.stand(role);
            }
            Role::Deposed => {
                for connection in std::mem::take(&mut self.connections).into_values() {
                    connection.abandon();
                }
                pair.stand(role);
                self.finished = true;
                self.reign_has_moved();
            }
        }
        self.learn(News::Became);
    }

    /// The other node's tap stands. From now on nothing comes here that it has not seen; what had come
    /// before and was not read has to get into the log.
    pub(super) fn drain(&mut self, now: Instant) {
        let Some(pair) = &mut self.pair else { return };
        // Handshakes of a dead node end here, before its successor's tap goes.
        self.drain_wanted = self.replica.is_followed() && pair.is_completing_handshakes();
        if self.drain_wanted || !self.replica.is_followed() {
            return;
        }
        if pair.late_handshakes() {
            self.adopt_unannounced(now);
        }
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
            // From then on this node's right to send hangs on being heard.
            if !self.pair.as_ref().is_none_or(Pair::is_heard) {
                draining.until = now + HEARING_INTERVAL;
                return;
            }
            self.draining = None;
            self.replica.drained();
        }
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
            let partner = pair.partner_number();
            return pair.drop_link(partner);
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
                node: self.pair.as_ref().map_or(0, |pair| pair.number),
                role,
                epoch: self.replica.epoch().0,
                position: self.replica.index().0,
                acknowledged: Some(self.replica.acknowledged().0),
                connections: Some(match role.serves() {
                    true => self.connections.len(),
                    false => watched,
                }),
                load_permille: self.pair.as_ref().map(Pair::load),
            },
            last_beat_ms: other.as_ref().map(|(_, ago)| ago.as_secs_f64() * 1e3),
            other: other.map(|(status, _)| status),
            linked: self.pair.as_ref().is_some_and(Pair::is_linked),
            others: self.pair.as_ref().map_or_else(Vec::new, Pair::other_nodes),
            suspended: (self.pair.as_ref()).is_some_and(|pair| pair.membership.is_suspended()),
            takeovers: self.pair.as_ref().map_or(0, |pair| pair.takeovers),
            last_change: self.pair.as_ref().and_then(|pair| pair.last_change.clone()),
        }
    }
}

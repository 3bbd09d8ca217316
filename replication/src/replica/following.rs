//! Joining and backup: the peer's state is taken over, its log applied; when it dies, this node goes
//! on where it stopped.

use super::message::{Envelope, Message, OpenConnection, Outstanding, Snapshot};
use super::{Held, Reading, Replica, Step};
use crate::core::{Action, Input, Replicated};
use crate::failover::{Event, Role};
use crate::log::{Logged, Record};
use crate::tcp::shadows::{Progress, Shadows};
use base::Instant;
use bytes::Bytes;

impl<C: Replicated> Replica<C> {
    /// The link to the peer stands and its greeting was accepted; it serves.
    pub fn join(&mut self, why: &str) {
        if self.change(Event::PeerServes, why) {
            self.send(Message::Join);
        }
    }

    /// Takes a message from the peer.
    pub fn message(&mut self, now: Instant, envelope: Envelope<C::Event>, shadows: &mut Shadows) {
        if !self.reign(envelope.epoch) {
            // A greeting, and a question for the state, come from a node without a reign.
            let Message::Join = envelope.message else {
                return;
            };
        }
        let serves = self.role.serves();
        if self.has_handed_over() && !matches!(envelope.message, Message::Join | Message::Astray(_))
        {
            // The reign that this was said in has ended.
            return;
        }
        match envelope.message {
            Message::Join if serves => self.asked_to_share(),
            Message::Listening if serves => self.backup_listens(),
            Message::Prepared if serves => self.backup_is_prepared(now),
            Message::Prepare if self.role == Role::Backup => self.asked_to_prepare(now),
            Message::Remain if self.role == Role::Backup => self.remain(),
            Message::Reign(marks) if self.role == Role::Backup => self.inherit(marks),
            Message::Astray(how) if serves => {
                // It knows by itself that its copy is worth nothing.
                self.following = false;
                self.backup_lost(&format!("its copy went astray: {how}"));
                self.asked_to_share();
            }
            Message::Ready if serves => self.peer_is_ready(),
            Message::Acknowledged(index) if serves => self.peer_acknowledges(index),
            Message::Covered(conn) if serves => self.peer_covers(conn),
            Message::Accept(call, attempt) if serves => self.peer_accepts(now, call, attempt),
            Message::Refuse(call, attempt, why) if serves => {
                self.peer_refuses(now, call, attempt, &why);
            }
            Message::Snapshot(snapshot) if self.role == Role::Joining => {
                self.take_snapshot(now, *snapshot, shadows);
            }
            Message::Records(records) if self.synchronized() => {
                self.take_records(now, records, shadows);
            }
            Message::Confirmed if self.role == Role::Joining && self.following => {
                self.change(Event::Synchronized, "it holds everything");
            }
            Message::Propose(proposal) if self.synchronized() => self.proposed(proposal),
            Message::Dismissed if !serves => {
                self.link_lost("the other node goes on without this one");
            }
            // Greetings are the shell's; the rest comes too late for what this node is now.
            _ => {}
        }
    }

    /// The state of a snapshot is in place, whether the clients' packets come here yet or not.
    pub(super) fn synchronized(&self) -> bool {
        self.role == Role::Backup || self.role == Role::Joining && self.following
    }

    fn take_snapshot(&mut self, now: Instant, snapshot: Snapshot, shadows: &mut Shadows) {
        if let Err(error) = self.core.restore(&snapshot.core) {
            return self.send(Message::Astray(error.to_string()));
        }
        self.inbox.clear();
        self.index = snapshot.index;
        self.now = snapshot.now;
        self.outstanding = snapshot.outstanding.clone();
        self.reading.clear();
        self.ports.forget_missing();
        // What is bound already stays: sockets that are given up are not free at once.
        let bound = self.ports.all();
        for ports in bound.iter().filter(|bound| !snapshot.ports.contains(bound)) {
            self.free(ports.0);
        }
        for ports in (snapshot.ports.iter()).filter(|wanted| !bound.contains(wanted)) {
            self.expect_ports(ports.0, ports.1, ports.2);
        }
        for open in &snapshot.connections {
            self.adopt(now, open, shadows);
        }
        self.following = true;
        self.steps.push_back(Step::Adopt(Box::new(snapshot)));
    }

    fn adopt(&mut self, now: Instant, open: &OpenConnection, shadows: &mut Shadows) {
        let OpenConnection {
            conn,
            received,
            socket,
            unread,
        } = open;
        let (conn, received) = (*conn, *received);
        self.reading.insert(
            conn,
            Reading {
                end: received,
                covered: false,
            },
        );
        let pending: usize = socket.pending.iter().map(Bytes::len).sum();
        let acknowledged = (socket.send_unacknowledged).wrapping_sub(socket.negotiated.send_start);
        let beyond = socket
            .receive_next
            .wrapping_sub(socket.negotiated.receive_start);
        let progress = Progress {
            consumed: received,
            written: u64::from(acknowledged) + pending as u64,
            // The FIN counts as an octet that nobody can read.
            peer_finished: u64::from(beyond) == (received + unread.len() as u64 + 1) & 0xffff_ffff,
        };
        shadows.adopt(now, conn, socket, progress);
        shadows.insert(conn, received, unread);
    }

    /// The shell stands ready: sockets bound, the clients' packets come here first. This node is the
    /// backup when the other one says so: until then it acts without waiting for this one.
    pub fn ready(&mut self) {
        if self.role == Role::Joining && self.following {
            self.send(Message::Ready);
        }
    }

    fn take_records(
        &mut self,
        now: Instant,
        records: Vec<Record<C::Event>>,
        shadows: &mut Shadows,
    ) {
        for record in records {
            if record.index.0 != self.index.0 + 1 {
                let how = format!("record {} follows {}", record.index, self.index);
                return self.astray(&how);
            }
            let input = match self.resolve(now, record.input, shadows) {
                Ok(input) => input,
                Err(how) => return self.astray(&how),
            };
            self.index = record.index;
            self.inbox.push_back(Held {
                index: record.index,
                now: record.now,
                digest: record.digest,
                input,
            });
        }
        while let Some(conn) = shadows.newly_covered() {
            self.send(Message::Covered(conn));
        }
        // First the acknowledgement, on which the clients wait; then the work.
        self.send(Message::Acknowledged(self.index));
    }

    /// The input that a record tells of, with the octets that the tap has seen.
    fn resolve(
        &mut self,
        now: Instant,
        logged: Logged<C::Event>,
        shadows: &mut Shadows,
    ) -> Result<Input<C::Event>, String> {
        Ok(match logged {
            Logged::Accepted {
                conn,
                listener,
                ends,
                negotiated,
            } => {
                shadows.announce(now, conn, ends, negotiated);
                Input::Accepted {
                    conn,
                    listener,
                    peer: ends.peer,
                    local: ends.local,
                }
            }
            Logged::Connected {
                conn,
                ends,
                negotiated,
            } => {
                shadows.announce(now, conn, ends, negotiated);
                Input::Connected(conn, ends.local)
            }
            Logged::Received {
                conn,
                end,
                length,
                octets,
            } => {
                let begin = end.saturating_sub(length.into());
                if let Some(octets) = octets {
                    shadows.insert(conn, begin, &octets);
                }
                let octets = shadows.take(conn, end).map_err(|missing| {
                    format!("connection {conn} was read up to octet {end}, the tap has {missing}")
                })?;
                self.reading.entry(conn).or_default().end = end;
                Input::Received(conn, octets)
            }
            Logged::Plain(input) => input,
        })
    }

    /// Applies what was acknowledged.
    pub fn apply(&mut self, shadows: &mut Shadows) {
        while let Some(record) = self.inbox.pop_front() {
            let digest = self.core.digest();
            if digest != record.digest {
                let how = format!(
                    "before record {} the digest is {digest:016x}, the primary's {:016x}",
                    record.index, record.digest
                );
                return self.astray(&how);
            }
            self.apply_one(record.now, record.input, shadows);
        }
    }

    fn apply_one(&mut self, now: Instant, input: Input<C::Event>, shadows: &mut Shadows) {
        self.now = self.now.max(now);
        if let Input::PortsAllocated(call, ports) = input
            && self.ports.of(call) != Some(ports)
            && let Some(address) = self.outstanding.ports.get(&call).copied()
        {
            // Allocated by a node that was alone: not proposed.
            self.expect_ports(call, address, ports);
        }
        if let Input::Closed(conn, _) = &input {
            shadows.finish(*conn);
        }
        self.note_input(&input);
        self.core.handle(now, input);
        while let Some(output) = self.core.poll_output() {
            self.note_action(&output.action);
            match output.action {
                Action::Transmit(conn, octets) => shadows.send(conn, octets),
                Action::Close(conn) => shadows.finish(conn),
                Action::ReleasePorts(call) => self.free(call),
                Action::Effect(effect) => self.steps.push_back(Step::Follow(effect)),
                Action::Connect { .. } | Action::AllocatePorts(..) => {}
            }
        }
    }

    fn astray(&mut self, how: &str) {
        self.inbox.clear();
        self.following = false;
        self.change(Event::Astray, how);
        self.send(Message::Astray(how.into()));
    }

    /// The link is gone for good though the peer serves on: this copy does not follow any more.
    pub fn link_lost(&mut self, why: &str) {
        self.inbox.clear();
        self.following = false;
        self.change(Event::Astray, why);
        if self.role == Role::Joining {
            self.change(Event::PeerGone, why);
        }
    }

    /// The peer is gone. A backup takes over: from now on this node serves, and gives back what the core
    /// still waits for. Anything else begins anew.
    pub fn peer_gone(&mut self, why: &str, shadows: &mut Shadows) -> Option<Outstanding> {
        match self.role {
            Role::Backup => {}
            Role::Primary | Role::Simplex => {
                // A backup that lives hears of it with the new reign.
                self.epoch = self.granted.take().unwrap_or(self.epoch);
                self.backup_lost(why);
                return None;
            }
            Role::Joining => {
                self.following = false;
                self.inbox.clear();
                self.change(Event::PeerGone, why);
                return None;
            }
            Role::Starting | Role::Deposed => return None,
        }
        self.apply(shadows);
        if self.role != Role::Backup {
            // What it held differs from what the primary had: it must not go on with that.
            self.change(Event::PeerGone, why);
            return None;
        }
        self.following = false;
        self.preparing = None;
        self.epoch = self.granted.take().unwrap_or_else(|| self.epoch.next());
        self.change(Event::PeerGone, why);
        self.acknowledged = self.index;
        self.claim_missing_ports();
        Some(self.outstanding.clone())
    }
}

//! Simplex and primary: inputs become records, outputs wait until the backup holds them.

use super::message::{Message, OpenConnection, Snapshot};
use super::{Reading, Replica, Step};
use crate::core::{Action, Input, Output, Replicated};
use crate::failover::{Event, Role};
use crate::log::{Logged, Record};
use crate::tcp::{Ends, Negotiated};
use base::{ConnId, Instant, LogIndex};
use bytes::Bytes;
use std::time::Duration;

impl<C: Replicated> Replica<C> {
    /// The name that the next accepted connection must have.
    pub fn next_conn(&self) -> ConnId {
        self.core.next_conn()
    }

    /// Takes an input; only a node that serves has any.
    pub fn handle(&mut self, now: Instant, input: Input<C::Event>) {
        self.handle_connection(now, input, None);
    }

    /// Takes the input that a connection stands, with what the kernel knows of it. Without that a
    /// backup could not go on with it.
    pub fn handle_connection(
        &mut self,
        now: Instant,
        input: Input<C::Event>,
        negotiated: Option<(Ends, Negotiated)>,
    ) {
        assert!(
            self.role.serves(),
            "a node that is {} has no inputs of its own",
            self.role.name()
        );
        self.now = self.now.max(now);
        self.index.0 += 1;
        let octets = match &input {
            Input::Received(conn, bytes) => {
                let reading = self.reading.entry(*conn).or_default();
                reading.end += bytes.len() as u64;
                Some(*reading)
            }
            _ => None,
        };
        if self.following {
            let record = Record {
                index: self.index,
                now: self.now,
                digest: self.core.digest(),
                input: logged(&input, octets, negotiated),
            };
            self.batch.push(record);
            let size = match &input {
                Input::Received(_, bytes) => bytes.len(),
                _ => 0,
            };
            self.in_flight.sent(self.index, self.now, size);
        }
        self.note_input(&input);
        let gone = match &input {
            Input::Closed(conn, _) => Some(*conn),
            _ => None,
        };
        self.core.handle(self.now, input);
        if let Some(conn) = gone {
            // Our half closes too, and like everything only when the backup knows.
            let (after, action) = (self.index, Action::Close(conn));
            self.held.push_back(Output { after, action });
        }
        self.collect();
        if self.in_flight.records() > self.limits.records_in_flight {
            self.slow("too many records wait for its acknowledgement".into());
        }
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        let patience = Duration::from_millis(self.limits.acknowledge_ms);
        let overdue = self.in_flight.oldest().map(|sent| sent + patience);
        if overdue.is_some_and(|at| at <= now) {
            let why = format!(
                "it has acknowledged nothing for {} ms",
                patience.as_millis()
            );
            self.slow(why);
        }
        self.retry_ports(now);
        self.check_handover(now);
        if self.role.serves()
            && !self.is_frozen()
            && self.core.next_timeout().is_some_and(|at| at <= now)
        {
            self.handle(now, Input::Timeout);
        }
    }

    /// Sorts the core's outputs: what may be seen outside waits for the backup.
    pub(super) fn collect(&mut self) {
        while let Some(output) = self.core.poll_output() {
            self.note_action(&output.action);
            match output.action {
                // Binding cannot be seen outside, and its outcome is an input of its own.
                Action::AllocatePorts(call, address) => {
                    self.steps.push_back(Step::Bind(call, address, None));
                }
                action => self.held.push_back(Output { action, ..output }),
            }
        }
        self.release();
    }

    fn release(&mut self) {
        // It waits from the moment on that decides when there is a backup.
        let safe = match self.role == Role::Primary || self.drained.is_some() {
            true => self.acknowledged,
            false => LogIndex(u64::MAX),
        };
        while self.held.front().is_some_and(|output| output.after <= safe)
            && let Some(output) = self.held.pop_front()
        {
            let step = match output.action {
                Action::ReleasePorts(call) => {
                    self.ports.forget(call);
                    Step::Free(call)
                }
                action => Step::Act(action),
            };
            self.steps.push_back(step);
        }
    }

    /// A peer asks for the state.
    pub(super) fn asked_to_share(&mut self) {
        if self.role == Role::Primary {
            self.following = false;
            self.backup_lost("it begins anew");
        }
        self.asked = true;
        self.steps.push_back(Step::Capture);
    }

    /// The state for a joining node: what [`Step::Capture`] asked for. From here on it is sent the
    /// log. No connection may have moved since it was captured.
    pub fn snapshot(&mut self, connections: Vec<OpenConnection>, service: Bytes, marks: Bytes) {
        if !self.is_asked() {
            return;
        }
        self.asked = false;
        for (conn, reading) in &mut self.reading {
            *reading = Reading {
                end: reading.end,
                covered: false,
            };
            debug_assert!(
                connections
                    .iter()
                    .all(|open| open.conn != *conn || open.received == reading.end),
                "the shell and the log count octets alike"
            );
        }
        let snapshot = Snapshot {
            index: self.index,
            now: self.now,
            core: self.core.snapshot().into(),
            outstanding: self.outstanding.clone(),
            ports: self.ports.all(),
            connections,
            service,
            marks,
        };
        self.batch.clear();
        self.in_flight.clear();
        self.following = true;
        self.drained = None;
        self.acknowledged = self.index;
        self.send(Message::Snapshot(Box::new(snapshot)));
    }

    /// How far the core has read a connection, octets since its beginning.
    pub fn received(&self, conn: ConnId) -> u64 {
        self.reading.get(&conn).map_or(0, |reading| reading.end)
    }

    pub(super) fn peer_acknowledges(&mut self, index: LogIndex) {
        // More than was sent is a peer gone mad; it is not believed.
        if index > self.index {
            return self.backup_lost("it acknowledges records that do not exist");
        }
        self.acknowledged = self.acknowledged.max(index);
        self.slow = false;
        self.in_flight.acknowledged(index);
        self.share_reign();
        self.release();
        self.give_away();
    }

    pub(super) fn peer_covers(&mut self, conn: ConnId) {
        if let Some(reading) = self.reading.get_mut(&conn) {
            reading.covered = true;
        }
    }

    pub(super) fn peer_is_ready(&mut self) {
        if !self.following {
            // It took so long that it was given up meanwhile.
            return self.asked_to_share();
        }
        if self.role == Role::Simplex {
            self.steps.push_back(Step::Drain);
        }
    }

    /// Everything that clients had sent before the backup's tap saw them is in the log: what
    /// [`Step::Drain`] asked for. When the backup holds that, this node is the primary.
    pub fn drained(&mut self) {
        if self.following {
            self.drained = Some(self.index);
            self.share_reign();
        }
    }

    fn share_reign(&mut self) {
        if (self.drained).is_some_and(|index| index <= self.acknowledged) {
            self.drained = None;
            if self.change(Event::BackupReady, "the backup holds everything") {
                self.send(Message::Confirmed);
            }
        }
    }

    fn slow(&mut self, why: String) {
        if !std::mem::replace(&mut self.slow, true) {
            self.steps.push_back(Step::Slow(why));
        }
    }

    /// The peer is gone, or does not follow: this node goes on alone.
    pub(super) fn backup_lost(&mut self, why: &str) {
        self.batch.clear();
        self.slow = false;
        let followed = std::mem::take(&mut self.following);
        if followed {
            // If it lives, it must not take over with what it holds.
            self.send(Message::Dismissed);
        }
        self.drained = None;
        self.asked = false;
        self.in_flight.clear();
        if !self.change(Event::PeerGone, why) && followed {
            // It was about to be the backup, and may have the addresses: the host is arranged anew.
            self.steps.push_back(Step::Role(self.role, why.into()));
        }
        self.take_back(why);
        self.settle_proposals();
        self.release();
    }
}

fn logged<E: Clone>(
    input: &Input<E>,
    reading: Option<Reading>,
    negotiated: Option<(Ends, Negotiated)>,
) -> Logged<E> {
    match (input, negotiated, reading) {
        (Input::Accepted { conn, listener, .. }, Some((ends, negotiated)), _) => Logged::Accepted {
            conn: *conn,
            listener: *listener,
            ends,
            negotiated,
        },
        (Input::Connected(conn, _), Some((ends, negotiated)), _) => Logged::Connected {
            conn: *conn,
            ends,
            negotiated,
        },
        (Input::Received(conn, bytes), _, Some(reading)) => Logged::Received {
            conn: *conn,
            end: reading.end,
            length: bytes.len() as u32,
            octets: (!reading.covered).then(|| bytes.clone()),
        },
        _ => Logged::Plain(input.clone()),
    }
}

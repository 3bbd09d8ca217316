//! A node's connections: accepted, read, captured for another node, and taken over from one.

use super::core::Effect;
use super::node::{Deed, Node, Tap};
use crate::sim::tcp::{News, Read};
use base::{ConnId, Instant};
use bytes::Bytes;
use replication::core::{Action, Input, Listener};
use replication::failover::Role;
use replication::replica::OpenConnection;
use replication::tcp::shadows::Offer;
use replication::tcp::{Ends, Negotiated};
use std::time::Duration;

const LATE_HANDSHAKES: Duration = Duration::from_secs(3);
const OFFER: Offer = Offer {
    mss: 1460,
    scale: 7,
};

/// A connection as the takeover finds it.
struct Continued {
    conn: ConnId,
    /// What the client has sent beyond the last record.
    unread: Bytes,
    /// How the client's direction has ended beyond it.
    ended: Option<String>,
}

impl Node {
    /// Takes what the kernel has to tell. A node that does not serve has no events.
    pub(super) fn take_news(&mut self, now: Instant) {
        while let Some((ends, news)) = self.kernel.poll_news() {
            if !self.role().serves() {
                continue;
            }
            let time = self.service_time(now);
            match news {
                News::Accepted => self.accepted(time, ends),
                News::Readable => self.read(time, ends),
                News::Broken(why) => {
                    if let Some(conn) = self.names.get(&ends).copied()
                        && self.replica.reads(conn)
                    {
                        self.replica.handle(time, Input::Closed(conn, why.into()));
                    }
                }
                News::Connected => {}
            }
        }
    }

    fn accepted(&mut self, time: Instant, ends: Ends) {
        let Some(negotiated) = self.kernel.negotiated(ends) else {
            return;
        };
        let conn = self.replica.next_conn();
        self.attach(conn, ends);
        let input = accepted(conn, ends);
        (self.replica).handle_connection(time, input, Some((ends, negotiated)));
    }

    fn read(&mut self, time: Instant, ends: Ends) {
        while let Some(conn) = self.names.get(&ends).copied()
            && self.replica.reads(conn)
        {
            let input = match self.kernel.read(ends) {
                Read::Octets(octets) => Input::Received(conn, octets),
                Read::Drained => return,
                Read::Finished => Input::Closed(conn, "closed by the peer".into()),
            };
            self.replica.handle(time, input);
        }
    }

    fn attach(&mut self, conn: ConnId, ends: Ends) {
        self.conns.insert(conn, ends);
        self.names.insert(ends, conn);
    }

    pub(super) fn act(&mut self, now: Instant, action: Action<Effect>) {
        match action {
            Action::Transmit(conn, octets) => {
                if let Some(ends) = self.conns.get(&conn) {
                    self.kernel.send(now, *ends, &octets);
                }
            }
            Action::Close(conn) => {
                if let Some(ends) = self.conns.remove(&conn) {
                    self.names.remove(&ends);
                    self.kernel.close(now, ends);
                }
            }
            _ => {}
        }
    }

    /// The other side of the replica is gone. A backup takes over; a primary goes on alone.
    pub(super) fn peer_gone(&mut self, now: Instant, why: &str) {
        if self.tap == Tap::Passing {
            self.tap = Tap::Watching;
        }
        if self.role() != Role::Backup {
            self.replica.peer_gone(why, &mut self.shadows);
            return;
        }
        self.taking_over = true;
        if (self.replica.peer_gone(why, &mut self.shadows)).is_some() {
            self.deeds.push_back(Deed::Reign(self.replica.index()));
            self.carry_out(now);
            self.continue_media(now);
            let continued = self.restore(now);
            self.shadows.take_over();
            self.catch_up(now, continued);
            self.look_for_late(now + LATE_HANDSHAKES);
            self.deeds.push_back(Deed::TookOver);
        }
        self.taking_over = false;
    }

    fn restore(&mut self, now: Instant) -> Vec<Continued> {
        let mut continued = Vec::new();
        let known: Vec<_> = self.shadows.conns().collect();
        for (conn, ends) in known {
            let unread = self.shadows.take_rest(conn);
            let ended = self.shadows.ended(conn).map(|end| end.to_string());
            if let Some(restoration) = self.shadows.restoration(conn, now) {
                self.kernel.restore(now, &restoration);
                self.attach(conn, ends);
                if !self.replica.reads(conn) {
                    self.act(now, Action::Close(conn));
                }
            }
            continued.push(Continued {
                conn,
                unread,
                ended,
            });
        }
        continued
    }

    fn catch_up(&mut self, now: Instant, continued: Vec<Continued>) {
        let time = self.service_time(now).max(self.replica.log_time());
        let reads: Vec<ConnId> = self.replica.open().collect();
        for one in &continued {
            if !one.unread.is_empty() && self.replica.reads(one.conn) {
                let input = Input::Received(one.conn, one.unread.clone());
                self.replica.handle(time, input);
            }
        }
        for one in continued {
            if let Some(why) = one.ended
                && self.replica.reads(one.conn)
            {
                self.replica.handle(time, Input::Closed(one.conn, why));
            }
        }
        for conn in reads {
            if self.replica.reads(conn) && !self.conns.contains_key(&conn) {
                let why = "nothing is known of it after the takeover";
                self.replica.handle(time, Input::Closed(conn, why.into()));
            }
        }
        self.carry_out(now);
        self.adopt_unannounced(now);
    }

    pub(super) fn adopt_unannounced(&mut self, now: Instant) {
        if !self.role().serves() {
            return;
        }
        for (ends, negotiated) in self.shadows.unannounced(now, OFFER) {
            let conn = self.replica.next_conn();
            self.adopt_one(now, conn, ends, negotiated);
        }
    }

    fn adopt_one(&mut self, now: Instant, conn: ConnId, ends: Ends, negotiated: Negotiated) {
        self.shadows.announce(now, conn, ends, negotiated);
        let restoration = self.shadows.restoration(conn, now);
        let octets = self.shadows.take_rest(conn);
        let end = self.shadows.ended(conn);
        self.shadows.forget(conn);
        match restoration {
            Some(restoration) if self.kernel.restore(now, &restoration) => self.attach(conn, ends),
            _ => return,
        }
        let time = self.service_time(now);
        let input = accepted(conn, ends);
        (self.replica).handle_connection(time, input, Some((ends, negotiated)));
        if !octets.is_empty() {
            self.replica.handle(time, Input::Received(conn, octets));
        }
        if let Some(end) = end {
            let closed = Input::Closed(conn, end.to_string());
            self.replica.handle(time, closed);
        }
        self.carry_out(now);
    }

    /// Every open connection, for another node.
    pub(super) fn captured(&self) -> Vec<OpenConnection> {
        let open = self.conns.iter().filter_map(|(conn, ends)| {
            let (socket, unread) = self.kernel.capture(*ends)?;
            Some(OpenConnection {
                conn: *conn,
                received: self.replica.received(*conn),
                socket,
                unread,
            })
        });
        open.collect()
    }
}

fn accepted(conn: ConnId, ends: Ends) -> Input<()> {
    Input::Accepted {
        conn,
        listener: Listener::Main,
        peer: ends.peer,
        local: ends.local,
    }
}

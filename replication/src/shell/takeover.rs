//! Going on with the connections of a node that is gone.

use super::pair::GOODBYE_MARK;
use super::{Host, Shell};
use crate::core::{Action, Input, Listener, Replicated};
use crate::failover::{Role, Timeline};
use crate::os::tcp_repair::{self, Restored};
use crate::replica::Outstanding;
use crate::tcp::{Ends, Negotiated, Restoration};
use base::{ConnId, Instant};
use bytes::Bytes;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

/// Connections for which a thread is started: they take about a millisecond.
const CONNECTIONS_PER_THREAD: usize = 64;

/// A client that has sent nothing for so long waits for no acknowledgement: it would have repeated
/// itself (RFC 6298 §2: at first after a second at most).
const QUIET: Duration = Duration::from_secs(1);

/// A connection as the takeover finds it.
struct Continued {
    conn: ConnId,
    /// Nothing if both sides have ended it.
    socket: Option<(Restored, Negotiated)>,
    /// What the client has sent beyond the last record.
    unread: Bytes,
    /// The client has nothing to learn.
    quiet: bool,
    /// How the client's direction has ended beyond it.
    ended: Option<String>,
}

impl<C, H> Shell<C, H>
where
    C: Replicated + 'static,
    C::Event: Send + 'static,
    H: Host<C>,
{
    /// The other node is gone. A backup takes over; a primary goes on alone.
    pub(super) fn peer_gone(&mut self, now: Instant, why: &str) {
        let inheritance = self.inheritance.take();
        let Some(pair) = &mut self.pair else { return };
        let last_sign = pair.last_sign();
        let shadows = pair.shadows();
        pair.hold_tap();
        let role = self.replica.role();
        if !matches!(role, Role::Backup) {
            self.replica.peer_gone(why, &mut shadows.lock());
            return;
        }
        let what = match inheritance {
            Some(_) => "handover",
            None => "takeover",
        };
        let mut timeline = Timeline::new(what, why.into(), now, last_sign);
        self.taking_over = true;
        let Some(outstanding) = self.replica.peer_gone(why, &mut shadows.lock()) else {
            self.taking_over = false;
            return;
        };
        pair.proclaim(self.replica.epoch(), Role::Simplex);
        timeline.step("log applied", self.clock.now());
        // The steps so far prepare the service; the change of role is among them.
        self.carry_out();
        // Media first: it has no time to wait, and a thread of its own.
        if let Some(pair) = &mut self.pair {
            pair.open_media();
            let marks = inheritance.unwrap_or_else(|| pair.marks());
            pair.hear_notes(|note| self.host.note(note));
            timeline.step("media address owned", self.clock.now());
            self.host.serve(self.clock.now(), &marks);
            timeline.step("media told to go on", self.clock.now());
        }
        let mut continued = self.restore(now);
        timeline.step(
            format!("{} sockets made", continued.len()),
            self.clock.now(),
        );
        // What came while they were made: better told to the kernel than waited for again.
        for Continued {
            conn,
            socket,
            quiet,
            ..
        } in &mut continued
        {
            let more = shadows.lock().take_rest(*conn);
            *quiet &= more.is_empty();
            if let Some((socket, _)) = socket
                && !more.is_empty()
                && let Err(error) = socket.receive_more(&more)
            {
                tracing::warn!(%conn, %error, "octets that came during the takeover have to come again");
            }
        }
        if let Some(pair) = &mut self.pair {
            pair.stand(Role::Simplex);
        }
        // The kernel has the packets.
        shadows.lock().take_over();
        timeline.step("addresses owned", self.clock.now());
        timeline.connections = continued.len();
        let sockets = (continued.iter_mut())
            .filter_map(|one| Some((one.conn, one.quiet, one.socket.take()?)));
        let open = |(conn, quiet, (socket, negotiated)): (_, _, (Restored, _))| {
            let stream = match quiet {
                true => socket.go_on_quietly(),
                false => socket.go_on(),
            };
            (conn, stream, negotiated)
        };
        for (conn, stream, negotiated) in each(sockets.collect(), open) {
            self.go_on(conn, stream, negotiated);
        }
        timeline.step("sockets open", self.clock.now());
        self.catch_up(continued, outstanding);
        timeline.step("caught up", self.clock.now());
        tracing::warn!(epoch = %self.replica.epoch(), connections = timeline.connections, "{timeline}");
        self.taking_over = false;
        if let Some(pair) = &mut self.pair {
            pair.took_over(timeline);
            // A node that has just started waits for one that serves.
            pair.greet_all(self.replica.epoch(), Role::Simplex);
        }
    }

    /// Makes the sockets of all connections. What the client has sent counts as received from here on,
    /// so it is taken at the same moment.
    fn restore(&mut self, now: Instant) -> Vec<Continued> {
        let Some(pair) = &self.pair else {
            return Vec::new();
        };
        let (shadows, alive) = (pair.shadows(), pair.bereaved());
        let mut shadows = shadows.lock();
        let conns: Vec<ConnId> = shadows.conns().map(|(conn, _)| conn).collect();
        let known: Vec<(Continued, Option<Restoration>)> = (conns.into_iter())
            .map(|conn| {
                let unread = shadows.take_rest(conn);
                let silent = |heard| now.since(heard) >= QUIET;
                let continued = Continued {
                    conn,
                    socket: None,
                    // Octets that wait here may have closed the window that the client knows.
                    quiet: unread.is_empty() && shadows.heard(conn).is_some_and(silent),
                    unread,
                    ended: shadows.ended(conn).map(|end| end.to_string()),
                };
                (continued, shadows.restoration(conn, now))
            })
            .collect();
        drop(shadows);
        let make = |(mut one, restoration): (Continued, Option<Restoration>)| {
            alive.moves();
            if let Some(restoration) = restoration {
                match tcp_repair::restore(&restoration, GOODBYE_MARK) {
                    Ok(socket) => one.socket = Some((socket, restoration.negotiated)),
                    Err(error) => {
                        tracing::error!(conn = %one.conn, %error, "a connection cannot be continued");
                        one.ended.get_or_insert(error.to_string());
                    }
                }
            }
            one
        };
        each(known, make)
    }

    fn go_on(
        &mut self,
        conn: ConnId,
        stream: std::io::Result<std::net::TcpStream>,
        negotiated: Negotiated,
    ) {
        match stream.and_then(TcpStream::from_std) {
            // A connection that the core has closed already only has to say so to its peer.
            Ok(stream) if self.replica.reads(conn) => self.attach(conn, stream, Some(negotiated)),
            Ok(stream) => {
                self.attach(conn, stream, Some(negotiated));
                self.act(self.clock.now(), Action::Close(conn));
            }
            Err(error) => tracing::error!(%conn, %error, "a connection cannot be continued"),
        }
    }

    /// What the log had not told: unread octets, ends, answers that the core still waits for, and
    /// connections that the dead node had accepted without a word about them.
    fn catch_up(&mut self, continued: Vec<Continued>, outstanding: Outstanding) {
        let now = self.clock.now().max(self.replica.log_time());
        let reads: Vec<ConnId> = self.replica.open().collect();
        for one in &continued {
            if !one.unread.is_empty() && self.replica.reads(one.conn) {
                let input = Input::Received(one.conn, one.unread.clone());
                self.replica.handle(now, input);
            }
        }
        for one in continued {
            if let Some(why) = one.ended
                && self.replica.reads(one.conn)
            {
                self.replica.handle(now, Input::Closed(one.conn, why));
            }
        }
        for conn in reads {
            if self.replica.reads(conn) && !self.connections.contains_key(&conn) {
                let why = "nothing is known of it after the takeover";
                self.replica.handle(now, Input::Closed(conn, why.into()));
            }
        }
        for (conn, (from, to)) in outstanding.connects {
            let answered = self.pair.as_ref().and_then(|pair| {
                let shadows = pair.shadows();
                let shadows = shadows.lock();
                shadows.placed(now, from, to, pair.offer())
            });
            match answered {
                Some((ends, negotiated)) => {
                    let input = Input::Connected(conn, ends.local);
                    self.adopt_one(now, conn, ends, negotiated, input);
                }
                None => self.act(now, Action::Connect { conn, from, to }),
            }
        }
        for (call, address) in outstanding.ports {
            match self.replica.ports_of(call) {
                Some(ports) => self.replica.handle(now, Input::PortsAllocated(call, ports)),
                None => {
                    let bound = self.bind(call, address, None);
                    let bound = bound.map_err(|error| format!("{error:#}"));
                    self.replica.bound(now, call, bound);
                }
            }
        }
        self.carry_out();
        self.adopt_unannounced(now);
    }

    /// Connections that the dead node's kernel had accepted, or was about to, and the log never named.
    pub(super) fn adopt_unannounced(&mut self, now: Instant) {
        let Some(pair) = &self.pair else { return };
        let (shadows, offer) = (pair.shadows(), pair.offer());
        let strangers = shadows.lock().unannounced(now, offer);
        for (ends, negotiated) in strangers {
            let Some(listener) = self.listener_at(ends.local) else {
                // To a port where nobody listens: its client has been refused, or will be.
                continue;
            };
            let conn = self.replica.next_conn();
            let input = Input::Accepted {
                conn,
                listener,
                peer: ends.peer,
                local: ends.local,
            };
            self.adopt_one(now, conn, ends, negotiated, input);
        }
    }

    fn listener_at(&self, local: SocketAddr) -> Option<Listener> {
        match self.options.listen {
            Some(main) if main.port() == local.port() => Some(Listener::Main),
            _ => self.replica.call_at(local.port()).map(Listener::Call),
        }
    }

    fn adopt_one(
        &mut self,
        now: Instant,
        conn: ConnId,
        ends: Ends,
        negotiated: Negotiated,
        input: Input<C::Event>,
    ) {
        let Some(pair) = &self.pair else { return };
        let shadows = pair.shadows();
        let mut shadows = shadows.lock();
        shadows.announce(now, conn, ends, negotiated);
        let restoration = shadows.restoration(conn, now);
        let octets = shadows.take_rest(conn);
        let end = shadows.ended(conn);
        shadows.forget(conn);
        drop(shadows);
        let stream = restoration.map(|restoration| {
            tcp_repair::restore(&restoration, GOODBYE_MARK)
                .and_then(Restored::go_on)
                .and_then(TcpStream::from_std)
        });
        match stream {
            Some(Ok(stream)) => self.attach(conn, stream, Some(negotiated)),
            Some(Err(error)) => {
                tracing::warn!(peer = %ends.peer, %error, "a new connection cannot be continued");
                return;
            }
            None => return,
        }
        (self.replica).handle_connection(now, input, Some((ends, negotiated)));
        if !octets.is_empty() {
            self.replica.handle(now, Input::Received(conn, octets));
        }
        if let Some(end) = end {
            self.replica
                .handle(now, Input::Closed(conn, end.to_string()));
        }
        self.carry_out();
    }
}

/// Does the same work for each, in order; for many on all processors.
fn each<T: Send, U: Send>(all: Vec<T>, work: impl Fn(T) -> U + Sync) -> Vec<U> {
    let threads = all.len() / CONNECTIONS_PER_THREAD;
    let threads = std::thread::available_parallelism().map_or(1, |count| threads.min(count.get()));
    if threads < 2 {
        return all.into_iter().map(work).collect();
    }
    let share = all.len().div_ceil(threads);
    let mut rest = all.into_iter();
    let shares: Vec<Vec<T>> = (0..threads)
        .map(|_| rest.by_ref().take(share).collect())
        .collect();
    let work = &work;
    std::thread::scope(|scope| {
        let begin = |share: Vec<T>| scope.spawn(move || share.into_iter().map(work).collect());
        let running: Vec<_> = shares.into_iter().map(begin).collect();
        let done = |thread: std::thread::ScopedJoinHandle<'_, Vec<U>>| {
            (thread.join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        running.into_iter().flat_map(done).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_threads_keep_the_order() {
        for count in [0, 1, CONNECTIONS_PER_THREAD * 3 + 1] {
            let all: Vec<usize> = (0..count).collect();
            let expected: Vec<usize> = all.iter().map(|n| n * 2).collect();
            assert_eq!(each(all, |n| n * 2), expected);
        }
    }
}

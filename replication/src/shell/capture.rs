//! The state for a node that joins, read from living sockets while the service goes on.

use super::{Host, Shell};
use crate::core::Replicated;
use crate::os::tcp_repair;
use crate::replica::{Capturing, Moved, OpenConnection};
use base::{ConnId, Instant};
use bytes::Bytes;
use std::time::Duration;

/// How long clients wait for sockets being captured, before they have their turn. A socket takes ten
/// microseconds.
const SLICE: Duration = Duration::from_micros(500);

/// A snapshot in the making.
pub(super) struct Capture {
    begun: Instant,
    capturing: Capturing,
    /// How long clients have waited at once, at most.
    longest: Duration,
}

impl<C, H> Shell<C, H>
where
    C: Replicated + 'static,
    C::Event: Send + 'static,
    H: Host<C>,
{
    /// The other node asks for everything.
    pub(super) fn begin_capture(&mut self, now: Instant) {
        self.capture = Some(Capture {
            begun: now,
            capturing: Capturing::new(self.connections.keys().copied()),
            longest: Duration::ZERO,
        });
        self.capture_more(now);
    }

    /// Goes on with that for a moment; at the end the other node is sent the snapshot. All that the core
    /// has caused is in the sockets.
    pub(super) fn capture_more(&mut self, now: Instant) {
        let Some(mut capture) = self.capture.take() else {
            return;
        };
        if !self.replica.is_asked() {
            // It has gone again.
            return;
        }
        let mut captured = false;
        while let Some(conn) = capture.capturing.poll_next() {
            self.capture_one(&mut capture.capturing, conn);
            captured = true;
            if self.clock.now().since(now) >= SLICE {
                break;
            }
        }
        if captured {
            // What is left to do takes a turn of its own.
            capture.longest = capture.longest.max(self.clock.now().since(now));
            self.capture = Some(capture);
            return;
        }
        let open = self.connections.keys();
        let open = open.filter_map(|conn| Some((*conn, self.moved(*conn)?)));
        let Some(last) = capture.capturing.last(open) else {
            self.capture = Some(capture);
            return;
        };
        for conn in last {
            self.capture_one(&mut capture.capturing, conn);
        }
        let again = capture.capturing.again();
        let open = capture.capturing.finish(self.clock.now());
        let connections = open.len();
        let marks = (self.pair.as_ref()).map_or_else(Bytes::new, super::Pair::told_marks);
        self.replica.snapshot(open, self.host.snapshot(), marks);
        let done = self.clock.now();
        let (took, last) = (done.since(capture.begun), done.since(now));
        let pause = capture.longest.max(last);
        tracing::info!(
            connections,
            again,
            ?took,
            ?pause,
            "the other node is given a snapshot"
        );
    }

    fn moved(&self, conn: ConnId) -> Option<Moved> {
        Some(Moved {
            read: self.replica.received(conn),
            written: self.connections.get(&conn)?.written(),
        })
    }

    fn capture_one(&self, capturing: &mut Capturing, conn: ConnId) {
        let (Some(connection), Some(moved)) = (self.connections.get(&conn), self.moved(conn))
        else {
            return;
        };
        match tcp_repair::capture(connection.socket()) {
            Ok(captured) => {
                let mut socket = captured.restoration;
                if let Some(known) = connection.negotiated() {
                    socket.negotiated.send_start = known.send_start;
                    socket.negotiated.receive_start = known.receive_start;
                }
                socket.pending.extend(connection.unsent());
                let open = OpenConnection {
                    conn,
                    received: moved.read,
                    socket,
                    unread: captured.unread,
                };
                capturing.captured(self.clock.now(), moved, open);
            }
            // Reset a moment ago: the log will tell.
            Err(error) => tracing::debug!(%conn, %error, "a connection cannot be captured"),
        }
    }
}

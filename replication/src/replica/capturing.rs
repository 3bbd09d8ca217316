//! Capturing the connections of a node that goes on serving meanwhile: some in each turn, and at the end,
//! in one turn with the core's state, those again that have moved since.
//!
//! A connection has moved if the core has read from it or written to it. What else happens to it, the log and
//! the tap tell: octets that the client sends are in the log when they are read, and each segment
//! of a client acknowledges all that it has got.

use super::OpenConnection;
use base::{ConnId, Instant};
use std::collections::{BTreeMap, VecDeque};

/// Connections that may be captured in one turn with the core's state: a third of a millisecond.
const LAST_MAX: usize = 32;
/// So often connections that have moved are captured once more before the last turn; clients that are so
/// busy that more of them move in a round wait a little longer then.
const ROUNDS_MAX: u32 = 4;

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Octets that the core has read since its beginning.
    pub read: u64,
    /// Octets that the core has written since a moment that stays the same.
    pub written: u64,
}

#[derive(Debug)]
struct Captured {
    at: Instant,
    moved: Moved,
    open: OpenConnection,
}

/// What is captured so far for a node that joins.
#[derive(Debug, Default)]
pub struct Capturing {
    waiting: VecDeque<ConnId>,
    captured: BTreeMap<ConnId, Captured>,
    rounds: u32,
    again: usize,
}

impl Capturing {
    /// Nothing yet of these connections.
    pub fn new(conns: impl Iterator<Item = ConnId>) -> Self {
        Capturing {
            waiting: conns.collect(),
            ..Capturing::default()
        }
    }

    /// The next one to capture; none if the round is over: see [`Capturing::last`].
    pub fn poll_next(&mut self) -> Option<ConnId> {
        self.waiting.pop_front()
    }

    /// It was captured at `at`, when it had come so far.
    pub fn captured(&mut self, at: Instant, moved: Moved, open: OpenConnection) {
        self.captured
            .insert(open.conn, Captured { at, moved, open });
    }

    /// The round is over, and these connections are open now. Gives those that are to be captured before
    /// [`Capturing::finish`], in this very turn; or none if there are so many that another round begins.
    pub fn last(&mut self, open: impl Iterator<Item = (ConnId, Moved)>) -> Option<Vec<ConnId>> {
        let mut former = std::mem::take(&mut self.captured);
        let mut again = Vec::new();
        for (conn, moved) in open {
            match former.remove(&conn) {
                Some(captured) if captured.moved == moved => {
                    self.captured.insert(conn, captured);
                }
                _ => again.push(conn),
            }
        }
        self.again += again.len();
        if again.len() <= LAST_MAX || self.rounds == ROUNDS_MAX {
            return Some(again);
        }
        self.rounds += 1;
        self.waiting = again.into();
        None
    }

    /// Connections that were captured more than once, or came later.
    pub fn again(&self) -> usize {
        self.again
    }

    /// All of them, as if captured `now`.
    pub fn finish(self, now: Instant) -> Vec<OpenConnection> {
        let one = |Captured { at, mut open, .. }| {
            if let Some(timestamp) = &mut open.socket.negotiated.timestamp {
                // The kernel's clock went on (RFC 7323 §4). Ahead of it does no harm, behind it would.
                let millis = now.since(at).as_nanos().div_ceil(1_000_000);
                *timestamp = timestamp.wrapping_add(millis as u32);
            }
            open
        };
        self.captured.into_values().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tcp::{Ends, Negotiated, Restoration};
    use bytes::Bytes;

    const STILL: Moved = Moved {
        read: 5,
        written: 7,
    };
    const FURTHER: Moved = Moved {
        read: 5,
        written: 8,
    };

    fn open(conn: u64) -> OpenConnection {
        let any = "10.0.0.1:1720".parse().unwrap();
        OpenConnection {
            conn: ConnId(conn),
            received: STILL.read,
            socket: Restoration {
                ends: Ends {
                    local: any,
                    peer: any,
                },
                negotiated: Negotiated {
                    mss: 1460,
                    scales: None,
                    sack: true,
                    timestamp: Some(u32::MAX),
                    send_start: 0,
                    receive_start: 0,
                },
                receive_next: 0,
                send_unacknowledged: 0,
                pending: Vec::new(),
                send_window: 0,
                window_update: 0,
                finished: false,
            },
            unread: Bytes::new(),
        }
    }

    /// One round; gives how many were captured.
    fn round(capturing: &mut Capturing, at: Instant) -> usize {
        let mut count = 0;
        while let Some(conn) = capturing.poll_next() {
            capturing.captured(at, STILL, open(conn.0));
            count += 1;
        }
        count
    }

    fn conns(count: u64) -> impl Iterator<Item = ConnId> {
        (0..count).map(ConnId)
    }

    #[test]
    fn what_has_moved_or_is_new_is_captured_again_and_what_is_gone_is_left_out() {
        let mut capturing = Capturing::new(conns(4));
        assert_eq!(round(&mut capturing, Instant::ZERO), 4);
        let now = [(0, STILL), (1, FURTHER), (3, STILL), (9, STILL)];
        let now = now.map(|(conn, moved)| (ConnId(conn), moved));
        let last = capturing.last(now.into_iter()).unwrap();
        assert_eq!(last, [ConnId(1), ConnId(9)]);
        capturing.captured(Instant::ZERO, FURTHER, open(1));
        // The other one was reset in this moment.
        let all = capturing.finish(Instant::ZERO);
        let all: Vec<u64> = all.iter().map(|open| open.conn.0).collect();
        assert_eq!(all, [0, 1, 3]);
    }

    #[test]
    fn busy_clients_cost_some_rounds_and_no_more() {
        let many = LAST_MAX as u64 + 1;
        let mut capturing = Capturing::new(conns(2 * many));
        let busy = || {
            conns(2 * many).map(|conn| match conn.0 < many {
                true => (conn, FURTHER),
                false => (conn, STILL),
            })
        };
        assert_eq!(round(&mut capturing, Instant::ZERO) as u64, 2 * many);
        for _ in 0..ROUNDS_MAX {
            assert_eq!(capturing.last(busy()), None);
            assert_eq!(round(&mut capturing, Instant::ZERO) as u64, many);
        }
        assert_eq!(
            capturing.last(busy()).map(|last| last.len() as u64),
            Some(many)
        );
    }

    #[test]
    fn the_timestamp_clock_goes_on() {
        let mut capturing = Capturing::new(conns(2));
        capturing.poll_next();
        capturing.captured(Instant::from_millis(10), STILL, open(0));
        capturing.poll_next();
        capturing.captured(Instant::from_millis(13), STILL, open(1));
        let now = Instant::from_millis(13);
        let stamps = capturing.finish(now).into_iter();
        let stamps: Vec<_> = stamps.map(|one| one.socket.negotiated.timestamp).collect();
        assert_eq!(stamps, [Some(2), Some(u32::MAX)]);
    }
}

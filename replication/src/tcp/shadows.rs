//! All connections that the tap sees, and whether a segment may be passed on to the primary.
//!
//! The rule: a segment is passed on only if all its data is held here. So the primary cannot
//! acknowledge an octet that the backup lacks. Every bound refuses to pass something on (the client
//! sends it again); what was passed on is not dropped, with one exception: see [`Shadows::segment`].

use super::segment::Segment;
pub use super::shadow::{End, Hold, Offer};
use super::shadow::{Origin, Shadow};
use super::{Ends, Negotiated, Restoration};
use base::{ConnId, Instant};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How long a connection that the core has closed is kept, so that our FIN reaches the client.
pub const CLOSED_LINGER: Duration = Duration::from_secs(60);
/// How long a connection that the service does not know is kept.
pub const UNANNOUNCED_LINGER: Duration = Duration::from_secs(60);
/// A living primary announces a connection within this time, usually within a millisecond. One that
/// is older may make room for another.
pub const ANNOUNCEMENT_MAX: Duration = Duration::from_secs(5);

/// Bounds of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections that the service knows: with as many, no further one is let in.
    pub connections: usize,
    /// Connections that it does not know yet, or will never know.
    pub handshakes: usize,
    /// Octets of a client that are held for one connection, the log not having taken them. At least
    /// a joined segment, 64 KiB, else such a segment never gets through.
    pub buffered_octets: usize,
}

/// What the tap shall do with a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Pass it on to the primary.
    Forward,
    /// Drop it: the client will send it again.
    Hold(Hold),
}

/// The log speaks of octets that the tap lacks: the pair has lost its agreement on this connection,
/// and the backup must join again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// Stream offset of the first octet that is lacking.
    pub have: u64,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the tap lacks the client's octets from offset {} on, which the primary has: this node \
             must join again",
            self.have
        )
    }
}

impl std::error::Error for Missing {}

/// How far a connection has come on the node that hands it over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Octets of the client that the core has taken.
    pub consumed: u64,
    /// Octets that the core has written, those in `Restoration::pending` included.
    pub written: u64,
    /// The client's FIN is the last thing that the kernel has received.
    pub peer_finished: bool,
}

/// Rises with every shadow, so that the lowest is the oldest.
type Key = u64;

/// All shadows.
#[derive(Debug)]
pub struct Shadows {
    limits: Limits,
    next_key: Key,
    shadows: BTreeMap<Key, Box<Shadow>>,
    /// The one that segments between these ends belong to.
    current: BTreeMap<Ends, Key>,
    named: BTreeMap<ConnId, Key>,
    /// Without a name and without data: nothing is lost with them but the handshake.
    bare: BTreeSet<Key>,
    /// Without a name, with data that the primary may have acknowledged.
    carrying: BTreeSet<Key>,
    newly_covered: VecDeque<ConnId>,
    /// Closed by the core, and when.
    closed: VecDeque<(Instant, ConnId)>,
    /// The last time that the caller spoke of.
    now: Instant,
    /// Handshakes are this node's own kernel's from now on.
    own: bool,
}

impl Shadows {
    /// None yet.
    pub fn new(limits: Limits) -> Self {
        Shadows {
            limits,
            next_key: 0,
            shadows: BTreeMap::new(),
            current: BTreeMap::new(),
            named: BTreeMap::new(),
            bare: BTreeSet::new(),
            carrying: BTreeSet::new(),
            newly_covered: VecDeque::new(),
            closed: VecDeque::new(),
            now: Instant::ZERO,
            own: false,
        }
    }

    /// This node has taken over: its kernel has the connections that have a name, and takes every
    /// handshake that begins. What is left are handshakes that the other node's kernel had begun.
    pub fn take_over(&mut self) {
        self.own = true;
        while let Some((_, key)) = self.named.pop_first() {
            self.remove_shadow(key);
        }
        self.closed.clear();
    }

    /// What the tap shall do with a segment.
    ///
    /// A flood of handshakes pushes out the oldest ones: those without data first, and one with data
    /// only if it has not been announced within [`ANNOUNCEMENT_MAX`]. Without a flood each is kept for
    /// [`UNANNOUNCED_LINGER`].
    pub fn segment(&mut self, now: Instant, segment: &Segment<'_>) -> Verdict {
        self.now = self.now.max(now);
        match self.take_in(now, segment) {
            Ok(()) => Verdict::Forward,
            Err(hold) => Verdict::Hold(hold),
        }
    }

    fn take_in(&mut self, now: Instant, segment: &Segment<'_>) -> Result<(), Hold> {
        if segment.syn && !segment.rst && (segment.fin || !segment.payload.is_empty()) {
            return Err(Hold::Flags);
        }
        let current = self.current.get(&segment.ends).copied();
        let key = match current.and_then(|key| Some((key, self.shadows.get(&key)?))) {
            None if segment.rst || self.own => return Ok(()),
            None if !segment.syn && segment.acknowledgement.is_none() => return Err(Hold::Flags),
            None => self.begin(now, segment)?,
            Some((key, _)) if self.own && segment.begins() => {
                // It has not heard the other node's answer, and gets our kernel's.
                self.remove(key);
                return Ok(());
            }
            Some((key, shadow)) if segment.syn && !segment.rst => {
                // Sent again, or the kernel's to challenge (RFC 5961 §4).
                if shadow.input.start() == segment.sequence + 1 || !replaceable(now, shadow) {
                    return Ok(());
                }
                self.abandon(key);
                self.begin(now, segment)?
            }
            Some((key, _)) => key,
        };
        if segment.syn && !segment.rst {
            return Ok(());
        }
        let Some(shadow) = self.shadows.get_mut(&key) else {
            return Ok(());
        };
        let covered = shadow.covered();
        let taken_in = shadow.take_in(now, segment, self.limits.buffered_octets);
        match shadow.conn {
            Some(conn) if shadow.covered() && !covered => self.newly_covered.push_back(conn),
            Some(_) if shadow.settled() => self.remove(key),
            None if shadow.reset() => self.remove(key),
            None if shadow.held() > 0 && self.bare.remove(&key) => {
                self.carrying.insert(key);
            }
            _ => {}
        }
        taken_in
    }

    /// The log names a connection and says what its handshake agreed on. The tap need not have seen
    /// it: then its octets come by [`Shadows::insert`] until [`Shadows::newly_covered`] says so.
    pub fn announce(&mut self, now: Instant, conn: ConnId, ends: Ends, negotiated: Negotiated) {
        self.now = self.now.max(now);
        if let Some(&key) = self.current.get(&ends)
            && let Some(shadow) = self.shadows.get_mut(&key)
            && shadow.conn.is_none()
            && shadow.announce(now, conn, &negotiated)
        {
            self.bare.remove(&key);
            self.carrying.remove(&key);
            self.name(conn, key);
            return;
        }
        let mut shadow = Shadow::told(now, ends, &negotiated);
        shadow.conn = Some(conn);
        self.replace(conn, shadow);
    }

    /// A connection that the other node has had for a while, as its kernel and core know it.
    pub fn adopt(
        &mut self,
        now: Instant,
        conn: ConnId,
        restoration: &Restoration,
        progress: Progress,
    ) {
        self.now = self.now.max(now);
        let mut shadow = Shadow::adopted(now, restoration, progress);
        shadow.conn = Some(conn);
        self.replace(conn, shadow);
        if restoration.finished {
            self.closed.push_back((self.now, conn));
        }
    }

    /// Octets that the log carries itself, at a stream offset: the tap may lack them.
    pub fn insert(&mut self, conn: ConnId, offset: u64, bytes: &[u8]) {
        let Some(shadow) = self.named_mut(conn) else {
            return;
        };
        let covered = shadow.covered();
        shadow.insert(offset, bytes);
        if shadow.covered() && !covered {
            self.newly_covered.push_back(conn);
        }
    }

    /// A connection whose client's octets are from now on all here: those up to now without a gap,
    /// later ones by the tap. The primary need not ship them any more. Drain until `None`.
    pub fn newly_covered(&mut self) -> Option<ConnId> {
        self.newly_covered.pop_front()
    }

    /// Octets up to stream offset `end`, for a log record; none if the log has had them.
    pub fn take(&mut self, conn: ConnId, end: u64) -> Result<Bytes, Missing> {
        let shadow = self.named_mut(conn).ok_or(Missing { have: 0 })?;
        let have = shadow.input.received();
        shadow.input.take(end).ok_or(Missing { have })
    }

    /// All octets without a gap beyond the last record: what the core is fed first at a takeover.
    pub fn take_rest(&mut self, conn: ConnId) -> Bytes {
        self.named_mut(conn)
            .and_then(|shadow| shadow.input.take(shadow.input.received()))
            .unwrap_or_default()
    }

    /// The core's output.
    pub fn send(&mut self, conn: ConnId, bytes: Bytes) {
        if let Some(shadow) = self.named_mut(conn) {
            shadow.output.write(bytes);
        }
    }

    /// The core has closed: our FIN follows all output. The connection is kept until the client has
    /// closed too and acknowledged our FIN, so that another node can see to its end; at most for
    /// [`CLOSED_LINGER`].
    pub fn finish(&mut self, conn: ConnId) {
        let now = self.now;
        if let Some(shadow) = self.named_mut(conn)
            && !shadow.output.finished()
        {
            shadow.output.finish();
            if shadow.settled() {
                self.forget(conn);
            } else {
                self.closed.push_back((now, conn));
            }
        }
    }

    /// The connection is gone, whatever state it was in; see [`Shadows::finish`] for an orderly end.
    pub fn forget(&mut self, conn: ConnId) {
        if let Some(&key) = self.named.get(&conn) {
            self.remove(key);
        }
    }

    /// How the client's direction ended, once everything before the end has been taken.
    pub fn ended(&self, conn: ConnId) -> Option<End> {
        self.shadow(conn)?.ended()
    }

    /// When the client's last segment came.
    pub fn heard(&self, conn: ConnId) -> Option<Instant> {
        Some(self.shadow(conn)?.heard)
    }

    /// What another kernel needs to go on; None if nothing is left to go on with.
    pub fn restoration(&self, conn: ConnId, now: Instant) -> Option<Restoration> {
        self.shadow(conn)?.restoration(now)
    }

    /// All connections with a name, those that the core has closed included.
    pub fn conns(&self) -> impl Iterator<Item = (ConnId, Ends)> + '_ {
        self.named
            .iter()
            .filter_map(|(&conn, key)| Some((conn, self.shadows.get(key)?.ends)))
    }

    /// Connections that clients have established and the primary has not announced, oldest first. At
    /// a takeover the service accepts them: it announces each with a name and what is agreed, as far
    /// as the client's half of the handshake and our `offer` tell. One whose handshake nobody saw
    /// counts only if it has brought data: else it may be the last word of an old connection.
    pub fn unannounced(&self, now: Instant, offer: Offer) -> Vec<(Ends, Negotiated)> {
        self.nameless()
            .filter(|shadow| match shadow.origin {
                Origin::Accepted => shadow.established,
                Origin::Inferred => shadow.held() > 0,
                Origin::Placed | Origin::Told => false,
            })
            .map(|shadow| (shadow.ends, shadow.negotiated(now, offer)))
            .collect()
    }

    /// The connection that the primary has placed from one of our addresses to `peer`, if it was
    /// answered but not announced; to be announced as `unannounced` ones are.
    pub fn placed(
        &self,
        now: Instant,
        from: IpAddr,
        peer: SocketAddr,
        offer: Offer,
    ) -> Option<(Ends, Negotiated)> {
        self.nameless()
            .filter(|shadow| shadow.origin == Origin::Placed)
            .find(|shadow| shadow.ends.local.ip() == from && shadow.ends.peer == peer)
            .map(|shadow| (shadow.ends, shadow.negotiated(now, offer)))
    }

    /// Whether a handshake is under way that the other node's kernel has begun to answer: the client may take it for
    /// complete.
    pub fn is_half_open(&self) -> bool {
        let begun = |shadow: &Shadow| shadow.origin == Origin::Accepted && !shadow.established;
        self.nameless().any(begun)
    }

    /// How many connections have no name: handshakes under way, and what `unannounced` and `placed`
    /// speak of.
    pub fn nameless_count(&self) -> usize {
        self.bare.len() + self.carrying.len()
    }

    /// Octets of data held, both ways.
    pub fn held_octets(&self) -> usize {
        self.shadows.values().map(|shadow| shadow.held()).sum()
    }

    /// Drops what has been kept long enough.
    pub fn expire(&mut self, now: Instant) {
        self.now = self.now.max(now);
        while let Some(&(at, conn)) = self.closed.front()
            && at + CLOSED_LINGER <= now
        {
            self.closed.pop_front();
            self.forget(conn);
        }
        while let Some(key) = self.oldest_nameless()
            && self.born(key) + UNANNOUNCED_LINGER <= now
        {
            self.remove(key);
        }
    }

    /// When [`Shadows::expire`] has something to do next.
    pub fn next_timeout(&self) -> Option<Instant> {
        let closed = self.closed.front().map(|&(at, _)| at + CLOSED_LINGER);
        let nameless = self
            .oldest_nameless()
            .map(|key| self.born(key) + UNANNOUNCED_LINGER);
        closed.into_iter().chain(nameless).min()
    }

    fn shadow(&self, conn: ConnId) -> Option<&Shadow> {
        self.shadows
            .get(self.named.get(&conn)?)
            .map(|shadow| &**shadow)
    }

    fn named_mut(&mut self, conn: ConnId) -> Option<&mut Shadow> {
        self.shadows
            .get_mut(self.named.get(&conn)?)
            .map(|shadow| &mut **shadow)
    }

    /// Shadows without a name, oldest first.
    fn nameless(&self) -> impl Iterator<Item = &Shadow> {
        let mut keys: Vec<Key> = self.bare.union(&self.carrying).copied().collect();
        keys.sort_unstable();
        keys.into_iter()
            .filter_map(|key| self.shadows.get(&key).map(|shadow| &**shadow))
    }

    fn oldest_nameless(&self) -> Option<Key> {
        self.bare
            .first()
            .into_iter()
            .chain(self.carrying.first())
            .min()
            .copied()
    }

    fn born(&self, key: Key) -> Instant {
        self.shadows
            .get(&key)
            .map_or(Instant::ZERO, |shadow| shadow.born)
    }

    /// A shadow without a name, if there is room for it.
    fn begin(&mut self, now: Instant, segment: &Segment<'_>) -> Result<Key, Hold> {
        if self.named.len() >= self.limits.connections {
            return Err(Hold::Connections);
        }
        if self.nameless_count() >= self.limits.handshakes {
            let late = |key: &&Key| self.born(**key) + ANNOUNCEMENT_MAX <= now;
            let victim = self
                .bare
                .first()
                .or_else(|| self.carrying.first().filter(late))
                .copied();
            self.remove(victim.ok_or(Hold::Handshakes)?);
        }
        let key = self.add(Shadow::begin(now, segment));
        self.bare.insert(key);
        Ok(key)
    }

    fn replace(&mut self, conn: ConnId, shadow: Shadow) {
        if let Some(&key) = self.current.get(&shadow.ends) {
            self.abandon(key);
        }
        let key = self.add(shadow);
        self.name(conn, key);
    }

    fn add(&mut self, shadow: Shadow) -> Key {
        let key = self.next_key;
        self.next_key += 1;
        self.current.insert(shadow.ends, key);
        self.shadows.insert(key, Box::new(shadow));
        key
    }

    fn name(&mut self, conn: ConnId, key: Key) {
        if let Some(old) = self.named.insert(conn, key) {
            self.remove_shadow(old);
        }
        if self
            .shadows
            .get(&key)
            .is_some_and(|shadow| shadow.covered())
        {
            self.newly_covered.push_back(conn);
        }
    }

    /// Another connection begins between the same ends. One with a name stays until the log has
    /// forgotten it, because the log may still want its octets.
    fn abandon(&mut self, key: Key) {
        match self.shadows.get(&key) {
            Some(shadow) if shadow.conn.is_some() => {
                self.current.remove(&shadow.ends);
            }
            _ => self.remove(key),
        }
    }

    fn remove(&mut self, key: Key) {
        if let Some(conn) = self.remove_shadow(key) {
            self.named.remove(&conn);
        }
    }

    fn remove_shadow(&mut self, key: Key) -> Option<ConnId> {
        let shadow = self.shadows.remove(&key)?;
        self.bare.remove(&key);
        self.carrying.remove(&key);
        if self.current.get(&shadow.ends) == Some(&key) {
            self.current.remove(&shadow.ends);
        }
        shadow.conn
    }
}

/// Whether a SYN with another number begins another connection. One whose octets the primary may
/// have acknowledged has its time to be announced first.
fn replaceable(now: Instant, shadow: &Shadow) -> bool {
    match shadow.conn {
        Some(_) => shadow.over(),
        None => shadow.held() == 0 || shadow.born + ANNOUNCEMENT_MAX <= now,
    }
}

#[cfg(test)]
mod tests;

//! A model of a kernel's TCP, as small as recovery allows: numbered segments, acknowledgements,
//! retransmission, orderly ends. No congestion control, no selective acknowledgement.

use base::Instant;
use bytes::Bytes;
use replication::tcp::segment::Segment;
use replication::tcp::sequence::Sequence;
use replication::tcp::{Ends, Negotiated, Restoration, Scales};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

/// First wait for an acknowledgement of data, as Linux has it on a LAN.
const RETRANSMISSION: Duration = Duration::from_millis(200);
/// Of a SYN.
const SYN_RETRANSMISSION: Duration = Duration::from_secs(1);
/// Retransmissions until a connection is given up.
const TRIES_MAX: u32 = 10;
/// Largest segment, octets.
const MSS: u16 = 1460;
/// Window in a SYN, and, scaled, later, octets.
const WINDOW: u32 = 64_000;
const SCALE: u8 = 7;

/// A segment on the wire.
#[derive(Debug, Clone)]
pub struct Packet {
    /// Whose.
    pub from: SocketAddr,
    /// Whom to.
    pub to: SocketAddr,
    /// Of the first octet, or of the SYN.
    pub sequence: Sequence,
    /// The next octet expected.
    pub acknowledgement: Option<Sequence>,
    /// First of a direction.
    pub syn: bool,
    /// Last of a direction.
    pub fin: bool,
    /// There is no such connection.
    pub rst: bool,
    /// Its data.
    pub payload: Bytes,
}

impl Packet {
    /// As the tap reads it.
    pub fn segment(&self) -> Segment<'_> {
        Segment {
            ends: Ends {
                local: self.to,
                peer: self.from,
            },
            sequence: self.sequence,
            acknowledgement: self.acknowledgement,
            syn: self.syn,
            fin: self.fin,
            rst: self.rst,
            window: match self.syn {
                true => WINDOW as u16,
                false => (WINDOW >> SCALE) as u16,
            },
            mss: self.syn.then_some(MSS),
            scale: self.syn.then_some(SCALE),
            sack_permitted: self.syn,
            timestamps: None,
            payload: &self.payload,
        }
    }
}

/// What a kernel tells its process about a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// A listening socket has a new connection.
    Accepted,
    /// A connection that was asked for stands.
    Connected,
    /// There are octets, or the peer has finished.
    Readable,
    /// It is gone, and how.
    Broken(&'static str),
}

/// What a read gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// Octets in order.
    Octets(Bytes),
    /// Nothing for now.
    Drained,
    /// The peer has finished and everything is read.
    Finished,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    SynSent,
    SynReceived,
    Established,
}

#[derive(Debug, Clone)]
struct Socket {
    state: State,
    send_start: Sequence,
    receive_start: Sequence,
    /// Octets from offset `acknowledged` on.
    pending: Vec<u8>,
    acknowledged: u64,
    sent: u64,
    finishing: bool,
    fin_sent: bool,
    fin_acknowledged: bool,
    received: u64,
    early: BTreeMap<u64, Bytes>,
    unread: Vec<u8>,
    peer_fin: Option<u64>,
    retransmit: Option<Instant>,
    tries: u32,
}

impl Socket {
    fn new(state: State, send_start: Sequence) -> Self {
        Socket {
            state,
            send_start,
            receive_start: Sequence(0),
            pending: Vec::new(),
            acknowledged: 0,
            sent: 0,
            finishing: false,
            fin_sent: false,
            fin_acknowledged: false,
            received: 0,
            early: BTreeMap::new(),
            unread: Vec::new(),
            peer_fin: None,
            retransmit: None,
            tries: 0,
        }
    }

    fn peer_finished(&self) -> bool {
        self.peer_fin == Some(self.received)
    }

    fn outstanding(&self) -> bool {
        self.state != State::Established
            || self.sent > self.acknowledged
            || self.fin_sent && !self.fin_acknowledged
    }

    fn receive_next(&self) -> Sequence {
        self.receive_start + (self.received + u64::from(self.peer_finished()))
    }

    /// The peer has acknowledged up to `offset`; our FIN counts as an octet.
    fn acknowledge(&mut self, now: Instant, offset: i64) {
        let written = self.acknowledged + self.pending.len() as u64;
        let Ok(offset) = u64::try_from(offset) else {
            return;
        };
        if offset > self.acknowledged && offset <= written + 1 {
            let octets = offset.min(written) - self.acknowledged;
            self.pending.drain(..octets as usize);
            self.acknowledged += octets;
            self.sent = self.sent.max(self.acknowledged);
            self.tries = 0;
            self.retransmit = Some(now + RETRANSMISSION);
        }
        self.fin_acknowledged |= self.fin_sent && offset == written + 1;
        if !self.outstanding() {
            self.retransmit = None;
        }
    }

    /// True if there is something new to read.
    fn store(&mut self, offset: i64, payload: &Bytes, fin: bool) -> bool {
        let before = (self.received, self.peer_finished());
        let end = offset + payload.len() as i64;
        if fin && let Ok(end) = u64::try_from(end) {
            self.peer_fin.get_or_insert(end);
        }
        if let Ok(end) = u64::try_from(end)
            && end > self.received
        {
            let known = (self.received as i64 - offset).max(0);
            let at = (offset + known) as u64;
            self.early.insert(at, payload.slice(known as usize..));
        }
        while let Some(entry) = self
            .early
            .first_entry()
            .filter(|e| *e.key() <= self.received)
        {
            let (at, octets) = entry.remove_entry();
            let known = (self.received - at) as usize;
            if known < octets.len() {
                self.unread.extend_from_slice(&octets[known..]);
                self.received = at + octets.len() as u64;
            }
        }
        before != (self.received, self.peer_finished())
    }
}

/// One host's TCP.
#[derive(Debug, Clone)]
pub struct Kernel {
    sockets: BTreeMap<Ends, Socket>,
    listening: BTreeSet<SocketAddr>,
    packets: VecDeque<Packet>,
    news: VecDeque<(Ends, News)>,
    next_start: u32,
    next_port: u16,
    /// Segments without a connection are answered with an RST.
    answers_strangers: bool,
}

impl Kernel {
    /// A kernel whose own connections begin at `first_port`. One whose packet filter keeps it from
    /// answering segments without a connection is `silent`.
    pub fn new(first_port: u16, silent: bool) -> Self {
        Kernel {
            sockets: BTreeMap::new(),
            listening: BTreeSet::new(),
            packets: VecDeque::new(),
            news: VecDeque::new(),
            next_start: u32::from(first_port).wrapping_mul(0x9e37_79b9),
            next_port: first_port,
            answers_strangers: !silent,
        }
    }

    /// Accepts connections there.
    pub fn listen(&mut self, at: SocketAddr) {
        self.listening.insert(at);
    }

    /// Accepts none any more.
    pub fn unlisten(&mut self, at: SocketAddr) {
        self.listening.remove(&at);
    }

    /// Opens a connection; its ends are its name.
    pub fn connect(&mut self, now: Instant, from: std::net::IpAddr, to: SocketAddr) -> Ends {
        let ends = Ends {
            local: SocketAddr::new(from, self.next_port),
            peer: to,
        };
        self.next_port += 1;
        let mut socket = Socket::new(State::SynSent, self.start());
        socket.retransmit = Some(now + SYN_RETRANSMISSION);
        self.sockets.insert(ends, socket);
        self.syn(ends);
        ends
    }

    /// Gives octets to a connection.
    pub fn send(&mut self, now: Instant, ends: Ends, octets: &[u8]) {
        if let Some(socket) = self.sockets.get_mut(&ends)
            && !socket.finishing
        {
            socket.pending.extend_from_slice(octets);
            self.flush(now, ends);
        }
    }

    /// Our FIN follows everything given to the connection.
    pub fn close(&mut self, now: Instant, ends: Ends) {
        if let Some(socket) = self.sockets.get_mut(&ends) {
            if socket.state == State::SynSent {
                self.sockets.remove(&ends);
                return;
            }
            socket.finishing = true;
            self.flush(now, ends);
        }
    }

    /// Takes what there is to read.
    pub fn read(&mut self, ends: Ends) -> Read {
        match self.sockets.get_mut(&ends) {
            Some(socket) if !socket.unread.is_empty() => {
                Read::Octets(std::mem::take(&mut socket.unread).into())
            }
            Some(socket) if socket.peer_finished() => Read::Finished,
            _ => Read::Drained,
        }
    }

    /// What the network brings.
    pub fn receive(&mut self, now: Instant, packet: &Packet) {
        let ends = Ends {
            local: packet.to,
            peer: packet.from,
        };
        let listening = self.listening.contains(&packet.to);
        let Some(socket) = self.sockets.get_mut(&ends) else {
            if packet.syn && packet.acknowledgement.is_none() && listening {
                let mut socket = Socket::new(State::SynReceived, self.start());
                socket.receive_start = packet.sequence + 1;
                socket.retransmit = Some(now + SYN_RETRANSMISSION);
                self.sockets.insert(ends, socket);
                return self.syn(ends);
            }
            if self.answers_strangers && !packet.rst {
                self.packets.push_back(Packet {
                    from: ends.local,
                    to: ends.peer,
                    sequence: packet.acknowledgement.unwrap_or_default(),
                    acknowledgement: Some(packet.sequence + 1),
                    syn: false,
                    fin: false,
                    rst: true,
                    payload: Bytes::new(),
                });
            }
            return;
        };
        if packet.rst {
            self.sockets.remove(&ends);
            return self
                .news
                .push_back((ends, News::Broken("reset by the peer")));
        }
        match socket.state {
            State::SynSent => {
                if packet.syn && packet.acknowledgement == Some(socket.send_start) {
                    socket.state = State::Established;
                    socket.receive_start = packet.sequence + 1;
                    (socket.retransmit, socket.tries) = (None, 0);
                    self.news.push_back((ends, News::Connected));
                    self.acknowledge(ends);
                    self.flush(now, ends);
                }
                return;
            }
            State::SynReceived if packet.syn => return self.syn(ends),
            State::SynReceived => {
                socket.state = State::Established;
                (socket.retransmit, socket.tries) = (None, 0);
                self.news.push_back((ends, News::Accepted));
            }
            State::Established if packet.syn => return self.acknowledge(ends),
            State::Established => {}
        }
        let Some(socket) = self.sockets.get_mut(&ends) else {
            return;
        };
        if let Some(acknowledgement) = packet.acknowledgement {
            let base = socket.send_start + socket.acknowledged;
            let offset = socket.acknowledged as i64 + i64::from(acknowledgement.since(base));
            socket.acknowledge(now, offset);
        }
        let base = socket.receive_start + socket.received;
        let offset = socket.received as i64 + i64::from(packet.sequence.since(base));
        let probe = packet.payload.is_empty() && offset < socket.received as i64;
        if !packet.payload.is_empty() || packet.fin {
            if socket.store(offset, &packet.payload, packet.fin) {
                self.news.push_back((ends, News::Readable));
            }
            self.acknowledge(ends);
        } else if probe && !socket.peer_finished() {
            self.acknowledge(ends);
        }
        self.flush(now, ends);
    }

    /// Sends again what is overdue.
    pub fn handle_timeout(&mut self, now: Instant) {
        let due = |socket: &Socket| socket.retransmit.is_some_and(|at| at <= now);
        let due: Vec<Ends> = self
            .sockets
            .iter()
            .filter(|(_, socket)| due(socket))
            .map(|(ends, _)| *ends)
            .collect();
        for ends in due {
            let Some(socket) = self.sockets.get_mut(&ends) else {
                continue;
            };
            socket.tries += 1;
            if socket.tries > TRIES_MAX {
                self.sockets.remove(&ends);
                self.news.push_back((ends, News::Broken("timed out")));
                continue;
            }
            if socket.state != State::Established {
                socket.retransmit = Some(now + SYN_RETRANSMISSION * (1 << socket.tries.min(3)));
                self.syn(ends);
                continue;
            }
            socket.sent = socket.acknowledged;
            socket.fin_sent = false;
            self.flush(now, ends);
        }
    }

    /// When the next is.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.sockets
            .values()
            .filter_map(|socket| socket.retransmit)
            .min()
    }

    /// The next for the network.
    pub fn poll_packet(&mut self) -> Option<Packet> {
        self.packets.pop_front()
    }

    /// The next for the process.
    pub fn poll_news(&mut self) -> Option<(Ends, News)> {
        self.news.pop_front()
    }

    /// There is some.
    pub fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    /// How many octets the peer has said that it has, and how many came from it in order.
    pub fn progress(&self, ends: Ends) -> Option<(u64, u64)> {
        let socket = self.sockets.get(&ends)?;
        (socket.state == State::Established).then_some((socket.acknowledged, socket.received))
    }

    /// Where in its direction's stream a segment that leaves here begins.
    pub fn offset(&self, packet: &Packet) -> Option<u64> {
        let ends = Ends {
            local: packet.from,
            peer: packet.to,
        };
        let start = self.sockets.get(&ends)?.send_start;
        u64::try_from(packet.sequence.since(start)).ok()
    }

    /// What the handshake agreed on.
    pub fn negotiated(&self, ends: Ends) -> Option<Negotiated> {
        let socket = self.sockets.get(&ends)?;
        Some(Negotiated {
            mss: MSS,
            scales: Some(Scales {
                send: SCALE,
                receive: SCALE,
            }),
            sack: true,
            timestamp: None,
            send_start: socket.send_start.0,
            receive_start: socket.receive_start.0,
        })
    }

    /// Everything another kernel needs, and what was not read yet.
    pub fn capture(&self, ends: Ends) -> Option<(Restoration, Bytes)> {
        let negotiated = self.negotiated(ends)?;
        let socket = self.sockets.get(&ends)?;
        let pending = (!socket.pending.is_empty()).then(|| socket.pending.clone().into());
        let restoration = Restoration {
            ends,
            negotiated,
            receive_next: socket.receive_next().0,
            send_unacknowledged: (socket.send_start + socket.acknowledged).0,
            pending: pending.into_iter().collect(),
            send_window: WINDOW,
            window_update: socket.receive_next().0,
            finished: socket.finishing,
        };
        Some((restoration, socket.unread.clone().into()))
    }

    /// Goes on with another kernel's connection, and asks its peer what it has. False if there is one
    /// between these ends already.
    pub fn restore(&mut self, now: Instant, restoration: &Restoration) -> bool {
        let Restoration {
            ends, negotiated, ..
        } = restoration;
        if self.sockets.contains_key(ends) {
            return false;
        }
        let since = |number: u32, start: u32| u64::from(number.wrapping_sub(start));
        let mut socket = Socket::new(State::Established, Sequence(negotiated.send_start));
        socket.receive_start = Sequence(negotiated.receive_start);
        socket.received = since(restoration.receive_next, negotiated.receive_start);
        socket.acknowledged = since(restoration.send_unacknowledged, negotiated.send_start);
        socket.pending = restoration.pending.concat();
        socket.sent = socket.acknowledged + socket.pending.len() as u64;
        socket.retransmit = socket.outstanding().then_some(now + RETRANSMISSION);
        let probe = socket.send_start + socket.acknowledged - 1;
        self.sockets.insert(*ends, socket);
        self.segment(*ends, probe, Bytes::new(), false);
        true
    }

    /// Forgets a connection without a word.
    pub fn abandon(&mut self, ends: Ends) {
        self.sockets.remove(&ends);
        self.news.retain(|(of, _)| *of != ends);
    }

    fn start(&mut self) -> Sequence {
        // The first ones are close to where numbers wrap.
        self.next_start = self.next_start.wrapping_add(0x1357_9bdf);
        Sequence(self.next_start | 0xffff_f000)
    }

    fn syn(&mut self, ends: Ends) {
        let socket = &self.sockets[&ends];
        let answers = socket.state == State::SynReceived;
        self.packets.push_back(Packet {
            from: ends.local,
            to: ends.peer,
            sequence: socket.send_start - 1,
            acknowledgement: answers.then_some(socket.receive_start),
            syn: true,
            fin: false,
            rst: false,
            payload: Bytes::new(),
        });
    }

    fn acknowledge(&mut self, ends: Ends) {
        let socket = &self.sockets[&ends];
        let next = socket.send_start
            + (socket.sent + u64::from(socket.fin_sent && socket.sent >= socket.acknowledged));
        self.segment(ends, next, Bytes::new(), false);
    }

    fn segment(&mut self, ends: Ends, sequence: Sequence, payload: Bytes, fin: bool) {
        let socket = &self.sockets[&ends];
        self.packets.push_back(Packet {
            from: ends.local,
            to: ends.peer,
            sequence,
            acknowledgement: Some(socket.receive_next()),
            syn: false,
            fin,
            rst: false,
            payload,
        });
    }

    /// Sends what has not been sent.
    fn flush(&mut self, now: Instant, ends: Ends) {
        loop {
            let socket = self.sockets.get_mut(&ends).expect("it was looked up");
            if socket.state != State::Established {
                return;
            }
            let from = (socket.sent - socket.acknowledged) as usize;
            let rest = &socket.pending[from..];
            let payload = Bytes::copy_from_slice(&rest[..rest.len().min(usize::from(MSS))]);
            let last = payload.len() == rest.len();
            let fin = last && socket.finishing && !socket.fin_sent && !socket.fin_acknowledged;
            if payload.is_empty() && !fin {
                return;
            }
            let sequence = socket.send_start + socket.sent;
            socket.sent += payload.len() as u64;
            socket.fin_sent |= fin;
            let wait = RETRANSMISSION * (1 << socket.tries.min(4));
            if socket.retransmit.is_none_or(|at| at <= now) {
                socket.retransmit = Some(now + wait);
            }
            self.segment(ends, sequence, payload, fin);
            if last {
                return;
            }
        }
    }
}

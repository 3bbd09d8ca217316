//! The service of the simulation: it adds up what each client sends, tells it the time, and has a stream of
//! media for it. Small, but its state depends on every input, its order and its time.

use base::{ConnId, Instant, LogIndex, Rng};
use bytes::Bytes;
use replication::core::{Action, Core, Input, Output, Replicated, SnapshotError};
use replication::log::Digest;
use replication::tcp::Ends;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

/// Octets of a request: its number.
pub(super) const REQUEST_OCTETS: usize = 8;
/// Octets of a frame to a client: what it is, and two numbers.
pub(super) const FRAME_OCTETS: usize = 17;
/// A frame that answers a request: its number, and the sum so far.
pub(super) const REPLY: u8 = 1;
/// A frame that nobody has asked for: how many there have been, and zero.
pub(super) const TICK: u8 = 2;
const TICK_INTERVAL: Duration = Duration::from_secs(1);

/// A stream of media to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stream {
    pub ssrc: u32,
    /// Number of its first packet.
    pub first: u16,
    /// When that is sent, by the service's clock.
    pub begun: Instant,
}

/// What the service does beside talking to clients.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    Open(ConnId, Stream),
    Close(ConnId),
}

/// The sum that follows `sum` when a client sends `number`.
pub(super) fn add(sum: u64, number: u64) -> u64 {
    sum.wrapping_mul(31).wrapping_add(number)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Account {
    sum: u64,
    ticks: u64,
    partial: Vec<u8>,
    pub stream: Stream,
}

#[derive(Debug, Serialize, Deserialize)]
struct State {
    origin: u64,
    position: LogIndex,
    connections: u64,
    rng: Rng,
    digest: Digest,
    tick: Option<Instant>,
    accounts: BTreeMap<u64, Account>,
}

/// One input and what came of it.
#[derive(Debug)]
pub(super) struct Entry {
    pub index: LogIndex,
    pub accepted: Option<(ConnId, Ends)>,
    pub said: Vec<(ConnId, Bytes)>,
    pub digest: u64,
}

/// What a core has written down since somebody looked. Clones are the same tape.
#[derive(Debug, Clone, Default)]
pub(super) struct Tape {
    entries: Rc<RefCell<VecDeque<Entry>>>,
    diverge: Rc<Cell<bool>>,
}

impl Tape {
    /// The next entry that is not beyond `last`.
    pub fn next(&self, last: LogIndex) -> Option<Entry> {
        let mut entries = self.entries.borrow_mut();
        match entries.front() {
            Some(entry) if entry.index <= last => entries.pop_front(),
            _ => None,
        }
    }

    /// With the next input comes something that the log does not have.
    pub fn diverge(&self) {
        self.diverge.set(true);
    }
}

/// The service.
pub(super) struct Ledger {
    state: State,
    outputs: VecDeque<Output<Effect>>,
    tape: Tape,
}

impl Ledger {
    pub fn new(seed: u64, tape: Tape) -> Self {
        Ledger {
            state: State {
                origin: seed,
                position: LogIndex(0),
                connections: 0,
                rng: Rng::new(seed),
                digest: Digest::default(),
                tick: None,
                accounts: BTreeMap::new(),
            },
            outputs: VecDeque::new(),
            tape,
        }
    }

    /// Differs with every beginning without state.
    pub fn origin(&self) -> u64 {
        self.state.origin
    }

    /// The streams that there are.
    pub fn streams(&self) -> impl Iterator<Item = (ConnId, Stream)> + '_ {
        let accounts = self.state.accounts.iter();
        accounts.map(|(conn, account)| (ConnId(*conn), account.stream))
    }

    fn output(&mut self, action: Action<Effect>) {
        let after = self.state.position;
        self.outputs.push_back(Output { after, action });
    }

    fn received(&mut self, conn: ConnId, octets: &[u8]) {
        self.state.digest.octets(octets);
        let Some(account) = self.state.accounts.get_mut(&conn.0) else {
            return;
        };
        account.partial.extend_from_slice(octets);
        let mut said = Vec::new();
        while let Some((request, rest)) = account.partial.split_first_chunk::<REQUEST_OCTETS>() {
            let number = u64::from_be_bytes(*request);
            account.sum = add(account.sum, number);
            said.extend(frame(REPLY, number, account.sum));
            account.partial = rest.to_vec();
        }
        let sum = account.sum;
        self.state.digest.words([conn.0, sum]);
        if !said.is_empty() {
            self.output(Action::Transmit(conn, said.into()));
        }
    }

    fn tick(&mut self, now: Instant) {
        self.state.digest.words([now.as_nanos()]);
        let mut said = Vec::new();
        for (conn, account) in &mut self.state.accounts {
            account.ticks += 1;
            said.push((ConnId(*conn), frame(TICK, account.ticks, 0)));
        }
        for (conn, frame) in said {
            self.output(Action::Transmit(conn, frame.to_vec().into()));
        }
        let more = !self.state.accounts.is_empty();
        self.state.tick = more.then(|| now + TICK_INTERVAL);
    }
}

fn frame(kind: u8, one: u64, other: u64) -> [u8; FRAME_OCTETS] {
    let mut frame = [kind; FRAME_OCTETS];
    frame[1..9].copy_from_slice(&one.to_be_bytes());
    frame[9..].copy_from_slice(&other.to_be_bytes());
    frame
}

impl Core for Ledger {
    type Event = ();
    type Effect = Effect;

    fn next_conn(&self) -> ConnId {
        ConnId(self.state.connections + 1)
    }

    fn handle(&mut self, now: Instant, input: Input<()>) {
        self.state.position.0 += 1;
        let first = self.outputs.len();
        let mut accepted = None;
        match input {
            Input::Accepted {
                conn, peer, local, ..
            } => {
                accepted = Some((conn, Ends { local, peer }));
                self.state.connections = conn.0;
                let stream = Stream {
                    ssrc: self.state.rng.next_u32(),
                    first: self.state.rng.next_u32() as u16,
                    begun: now,
                };
                let account = Account {
                    sum: 0,
                    ticks: 0,
                    partial: Vec::new(),
                    stream,
                };
                self.state.accounts.insert(conn.0, account);
                self.state.tick.get_or_insert(now + TICK_INTERVAL);
                self.output(Action::Effect(Effect::Open(conn, stream)));
            }
            Input::Received(conn, octets) => self.received(conn, &octets),
            Input::Closed(conn, _) => {
                self.state.digest.words([conn.0]);
                if self.state.accounts.remove(&conn.0).is_some() {
                    self.output(Action::Effect(Effect::Close(conn)));
                }
            }
            Input::Timeout => self.tick(now),
            Input::Connected(..)
            | Input::PortsAllocated(..)
            | Input::PortsUnavailable(..)
            | Input::Event(()) => {}
        }
        if self.tape.diverge.take() {
            self.state.digest.word(1);
        }
        let said = self
            .outputs
            .range(first..)
            .filter_map(|output| match &output.action {
                Action::Transmit(conn, octets) => Some((*conn, octets.clone())),
                _ => None,
            });
        let entry = Entry {
            index: self.state.position,
            accepted,
            said: said.collect(),
            digest: self.digest(),
        };
        self.tape.entries.borrow_mut().push_back(entry);
    }

    fn poll_output(&mut self) -> Option<Output<Effect>> {
        self.outputs.pop_front()
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.state.tick
    }
}

impl Replicated for Ledger {
    fn digest(&self) -> u64 {
        self.state.digest.value() ^ self.state.position.0
    }

    fn snapshot(&self) -> Vec<u8> {
        serde_json::to_vec(&self.state).expect("numbers have a form")
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let state = serde_json::from_slice(snapshot);
        self.state = state.map_err(|error| SnapshotError(error.to_string()))?;
        Ok(())
    }
}

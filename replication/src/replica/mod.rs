//! One node's side of a service that is kept twice. Pure: the shell feeds it inputs, messages from
//! the peer and the time, and carries out its steps.
//!
//! | file | what |
//! |---|---|
//! | `message` | what the nodes say to each other |
//! | `serving` | simplex and primary: the log, output commit, snapshots |
//! | `following` | joining and backup: the log applied, takeover |
//! | `handover` | the reign moves on purpose |
//! | `versions` | what nodes of different builds have in common |
//! | `capturing` | connections captured while the service goes on |
//! | `in_flight` | records that the backup has not acknowledged |
//! | `ports` | ports proposed, accepted, refused and proposed again |

mod capturing;
mod following;
mod handover;
mod in_flight;
mod message;
mod ports;
mod serving;
mod versions;

#[cfg(test)]
mod tests;

pub use capturing::{Capturing, Moved};
pub use message::{Envelope, Hello, Message, OpenConnection, Outstanding, Proposal, Snapshot};
pub use versions::{LINK, Versions};

use crate::core::{Action, Input, Output, Ports, Replicated};
use crate::failover::{Epoch, Event, Role};
use base::{CallId, ConnId, Instant, LogIndex};
use bytes::Bytes;
use handover::{Handing, Preparing};
use in_flight::InFlight;
use ports::PortTable;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

/// Bounds of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Limits {
    /// Milliseconds the backup may take to acknowledge a record before it is given up.
    pub acknowledge_ms: u64,
    /// Records on their way to the backup at most before it is given up.
    pub records_in_flight: usize,
    /// Proposals of ports for one call before the call is refused.
    pub port_attempts: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            acknowledge_ms: 500,
            records_in_flight: 100_000,
            port_attempts: 8,
        }
    }
}

/// With more octets of clients on their way to the backup, clients are not read: what is answered to
/// them when the backup is lost must fit into their queues at once.
const OCTETS_IN_FLIGHT_HIGH: usize = 512 * 1024;

/// What the shell has to do, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Step<E, A> {
    /// Carry this out: every record it depends on is safe.
    Act(Action<A>),
    /// The primary carries this out; the service may prepare for doing so.
    Follow(A),
    /// Bind ports for the call, exactly these if given, and answer with [`Replica::bound`].
    Bind(CallId, IpAddr, Option<Ports>),
    /// For the operator: the backup cannot bind the ports of this running call, and why; or now it has.
    BackupPorts(CallId, Result<(), String>),
    /// Close the call's ports.
    Free(CallId),
    /// For the peer.
    Send(Envelope<E>),
    /// Capture every connection ([`Capturing`]) and answer with [`Replica::snapshot`] in a turn in which no
    /// step is left, as long as [`Replica::is_asked`].
    Capture,
    /// The clients' packets come to the backup first from now on. Read what had come before, and
    /// answer with [`Replica::drained`].
    Drain,
    /// The state of a snapshot is in place; connections and the service's own part are for the shell.
    Adopt(Box<Snapshot>),
    /// The role has changed, and why.
    Role(Role, String),
    /// Backup: the reign is to come here, or is not. Get clients' media as well, and answer with
    /// [`Replica::listening`], and with [`Replica::prepared`] when enough has come; or do as before.
    Prepare(bool),
    /// Primary: the backup gets media from now on. Send it copies, and see that it is warm soon.
    Warm,
    /// Primary: the service's own threads are to pause; answer with [`Replica::paused`].
    Pause,
    /// Primary: the reign goes to the backup with the next message. Say nothing any more, but keep all.
    Abdicate,
    /// Primary: the reign stays here, and why. Everything goes on.
    Resume(String),
    /// Backup: the reign is this node's, and nobody else serves. The service's streams are where this says.
    Succeed(Bytes),
    /// The backup does not acknowledge, and why that is too much: is it gone?
    Slow(String),
}

/// A record that the backup holds and has not applied yet.
#[derive(Debug, Clone)]
struct Held<E> {
    index: LogIndex,
    now: Instant,
    digest: u64,
    input: Input<E>,
}

/// How far a connection is read.
#[derive(Debug, Clone, Copy, Default)]
struct Reading {
    /// Octets since its beginning.
    end: u64,
    /// The backup sees them itself.
    covered: bool,
}

/// One node's copy of the service.
pub struct Replica<C: Replicated> {
    core: C,
    limits: Limits,
    role: Role,
    epoch: Epoch,
    /// The reign that the arbiter has granted for the next change of role.
    granted: Option<Epoch>,
    /// It has been said that the backup is slow.
    slow: bool,
    /// The last record appended here, or received.
    index: LogIndex,
    /// The latest time of a record: the service's clock never goes back.
    now: Instant,
    outstanding: Outstanding,
    ports: PortTable,
    reading: BTreeMap<ConnId, Reading>,
    steps: VecDeque<Step<C::Event, C::Effect>>,
    /// Serving: a peer is being sent the log, whether it is the backup yet or not.
    following: bool,
    /// Serving: a peer waits for the state.
    asked: bool,
    /// The record after which the backup's tap sees everything, as long as it is not acknowledged.
    drained: Option<LogIndex>,
    /// Serving with a backup: what it has acknowledged.
    acknowledged: LogIndex,
    /// Outputs that wait for it.
    held: VecDeque<Output<C::Effect>>,
    /// Records not acknowledged yet.
    in_flight: InFlight,
    /// Records of this turn.
    batch: Vec<crate::log::Record<C::Event>>,
    /// Backup: acknowledged, not applied yet.
    inbox: VecDeque<Held<C::Event>>,
    /// Primary: the reign is being given away.
    handing: Option<Handing>,
    /// Backup: it is about to come here.
    preparing: Option<Preparing>,
}

impl<C: Replicated> Replica<C> {
    /// A node that does not serve yet.
    pub fn new(core: C, limits: Limits) -> Self {
        Replica {
            core,
            limits,
            role: Role::Starting,
            epoch: Epoch::default(),
            granted: None,
            slow: false,
            index: LogIndex::default(),
            now: Instant::ZERO,
            outstanding: Outstanding::default(),
            ports: PortTable::default(),
            reading: BTreeMap::new(),
            steps: VecDeque::new(),
            following: false,
            asked: false,
            drained: None,
            acknowledged: LogIndex::default(),
            held: VecDeque::new(),
            in_flight: InFlight::default(),
            batch: Vec::new(),
            inbox: VecDeque::new(),
            handing: None,
            preparing: None,
        }
    }

    /// The service.
    pub fn core(&self) -> &C {
        &self.core
    }

    /// The service, at the end.
    pub fn into_core(self) -> C {
        self.core
    }

    /// What this node is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Which reign it belongs to.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The last record here.
    pub fn index(&self) -> LogIndex {
        self.index
    }

    /// The last record that both nodes hold, as this one knows.
    pub fn acknowledged(&self) -> LogIndex {
        match self.role {
            Role::Primary => self.acknowledged,
            _ => self.index,
        }
    }

    /// The latest time in the log.
    pub fn log_time(&self) -> Instant {
        self.now
    }

    /// A peer is sent the log.
    pub fn is_followed(&self) -> bool {
        self.following && self.role.serves()
    }

    /// A peer waits for [`Replica::snapshot`].
    pub fn is_asked(&self) -> bool {
        self.asked && self.role.serves()
    }

    /// So much waits for the backup that clients are not to be read until it has caught up.
    pub fn congested(&self) -> bool {
        self.in_flight.octets() >= OCTETS_IN_FLIGHT_HIGH
    }

    /// Records wait to be applied.
    pub fn has_work(&self) -> bool {
        !self.inbox.is_empty()
    }

    /// Connections that the core reads.
    pub fn open(&self) -> impl Iterator<Item = ConnId> + '_ {
        self.reading.keys().copied()
    }

    /// The core reads this connection.
    pub fn reads(&self, conn: ConnId) -> bool {
        self.reading.contains_key(&conn)
    }

    /// Ports that are bound for a call.
    pub fn ports_of(&self, call: CallId) -> Option<Ports> {
        self.ports.of(call)
    }

    /// The call that accepts connections at this port.
    pub fn call_at(&self, control_port: u16) -> Option<CallId> {
        self.ports.at(control_port)
    }

    /// The next thing to do; drain until `None`.
    #[must_use]
    pub fn poll_step(&mut self) -> Option<Step<C::Event, C::Effect>> {
        self.flush_batch();
        self.steps.pop_front()
    }

    /// Nobody serves: this node begins to.
    pub fn serve(&mut self, why: &str) {
        if self.change(Event::NobodyServes, why) {
            self.epoch = self.granted.take().unwrap_or_else(|| self.epoch.next());
            self.collect();
        }
    }

    /// The reign that begins when this node serves the next time, or goes on alone.
    pub fn grant(&mut self, epoch: Option<Epoch>) {
        self.granted = epoch.filter(|epoch| *epoch > self.epoch);
    }

    /// A message of this epoch came, before anything else is made of it. False if it is not to be
    /// taken any further.
    pub fn reign(&mut self, epoch: Epoch) -> bool {
        if epoch > self.epoch {
            let why = format!(
                "another node serves in epoch {epoch}, ours is {}",
                self.epoch
            );
            self.change(Event::LaterReign, &why);
            if self.role != Role::Deposed {
                self.epoch = epoch;
            }
        }
        self.role != Role::Deposed && epoch == self.epoch
    }

    /// Another node serves with the same right, and is to go on.
    pub fn yield_reign(&mut self, why: &str) {
        self.change(Event::LaterReign, why);
    }

    fn change(&mut self, event: Event, why: &str) -> bool {
        let Some(role) = self.role.on(event) else {
            return false;
        };
        self.role = role;
        self.steps.push_back(Step::Role(role, why.into()));
        if self.preparing.is_some() && !role.serves() {
            self.remain();
        }
        true
    }

    /// Sends a message, after the records before it.
    fn send(&mut self, message: Message<C::Event>) {
        self.flush_batch();
        let epoch = self.epoch;
        self.steps
            .push_back(Step::Send(Envelope { epoch, message }));
    }

    fn flush_batch(&mut self) {
        if !self.batch.is_empty() {
            let epoch = self.epoch;
            let message = Message::Records(std::mem::take(&mut self.batch));
            self.steps
                .push_back(Step::Send(Envelope { epoch, message }));
        }
    }

    /// What an input settles of what the core waits for.
    fn note_input(&mut self, input: &Input<C::Event>) {
        match input {
            Input::Accepted { conn, .. } => {
                self.reading.entry(*conn).or_default();
            }
            Input::Connected(conn, _) => {
                self.outstanding.connects.remove(conn);
                self.reading.entry(*conn).or_default();
            }
            Input::Closed(conn, _) => {
                self.outstanding.connects.remove(conn);
                self.reading.remove(conn);
            }
            Input::PortsAllocated(call, ports) => {
                if let Some(address) = self.outstanding.ports.remove(call) {
                    self.ports.hold(*call, address, *ports);
                }
            }
            Input::PortsUnavailable(call, _) => {
                self.outstanding.ports.remove(call);
            }
            Input::Received(..) | Input::Timeout | Input::Event(_) => {}
        }
    }

    /// What an output begins or ends of it.
    fn note_action(&mut self, action: &Action<C::Effect>) {
        match action {
            Action::Connect { conn, from, to } => {
                self.outstanding.connects.insert(*conn, (*from, *to));
            }
            Action::Close(conn) => {
                self.outstanding.connects.remove(conn);
                self.reading.remove(conn);
            }
            Action::AllocatePorts(call, address) => {
                self.outstanding.ports.insert(*call, *address);
            }
            Action::ReleasePorts(call) => {
                self.outstanding.ports.remove(call);
            }
            Action::Transmit(..) | Action::Effect(_) => {}
        }
    }

    /// When `handle_timeout` wants to be called next.
    pub fn next_timeout(&self) -> Option<Instant> {
        let handover = self.handover_due();
        if !self.role.serves() {
            return [handover, self.ports_timeout()].into_iter().flatten().min();
        }
        let patience = Duration::from_millis(self.limits.acknowledge_ms);
        let oldest = self.in_flight.oldest().filter(|_| !self.slow);
        let overdue = oldest.map(|sent| sent + patience);
        let core = (self.core.next_timeout()).filter(|_| !self.is_frozen());
        [core, overdue, handover].into_iter().flatten().min()
    }
}

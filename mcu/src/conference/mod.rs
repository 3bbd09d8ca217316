//! The conference server's core: calls, rooms, and who may enter them. Pure: its state is a
//! function of its inputs, so a backup that takes the same inputs has the same conferences.

mod admission;
mod call;
mod destination;
mod dialling;
mod digest;
mod lobby;
mod operator;
mod rate;
mod room;
mod snapshot;

pub use destination::Destination;
pub use snapshot::SNAPSHOT_VERSION;

use crate::config::Rules;
use crate::core::{Action, Effect, Input, Listener, Output, Report, Severity};

use base::{CallId, ConnId, Instant, LogIndex, ParticipantId, Rng};
use bytes::Bytes;
use call::Call;
use dialling::Dialling;
use media::plane::{Command, Notice, RoomId};
use rate::CallRate;
use replication::log::Digest;
use room::Room;
use serde::{Deserialize, Serialize};
use signalling::call::ReleaseCause;
use signalling::call::state::Party;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

/// Room numbers from here on are lobbies, one for each call that waits in one.
const LOBBIES: u64 = 1 << 63;

/// What a connection is for.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Link {
    /// Accepted for call signalling, nothing has come yet.
    Fresh {
        since: Instant,
        peer: SocketAddr,
        local: SocketAddr,
    },
    /// Being opened to a terminal that an operator dials.
    Dialling(Dialling),
    /// H.225.0 of a call, on a connection that stands since then.
    Signalling { id: CallId, since: Instant },
    /// H.245 of a call.
    Control(CallId),
}

impl Link {
    /// Its place among those that wait, if it is one of them.
    fn since(&self) -> Option<Instant> {
        match self {
            Link::Fresh { since, .. } | Link::Signalling { since, .. } => Some(*since),
            Link::Dialling(_) | Link::Control(_) => None,
        }
    }
}

/// What wants waking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Alarm {
    Connection(ConnId),
    Call(CallId),
}

/// The conference server. All its fields are its state, and in a snapshot, but for the first two.
#[derive(Debug, Serialize, Deserialize)]
pub struct Server {
    /// From this host's configuration.
    #[serde(skip)]
    rules: Rules,
    /// Drained before a snapshot is taken.
    #[serde(skip)]
    outputs: VecDeque<Output>,
    /// Of all inputs and outputs so far.
    digest: Digest,
    rng: Rng,
    index: LogIndex,
    now: Instant,
    next_conn: u64,
    next_call: u64,
    next_room: u64,
    links: BTreeMap<ConnId, Link>,
    /// Connections without a call yet, oldest first.
    waiting: BTreeSet<(Instant, ConnId)>,
    calls: BTreeMap<CallId, Call>,
    rooms: BTreeMap<String, Room>,
    /// Dialled, waiting for ports.
    dialled: BTreeMap<CallId, (ConnId, Dialling)>,
    alarms: BTreeSet<(Instant, Alarm)>,
    rate: CallRate,
    stopping: bool,
}

impl Server {
    /// A server by `rules`; `seed` decides every choice it will make.
    pub fn new(rules: Rules, seed: u64) -> Self {
        let mut server = Server {
            outputs: VecDeque::new(),
            digest: Digest::default(),
            rng: Rng::new(seed),
            index: LogIndex::default(),
            now: Instant::ZERO,
            next_conn: 1,
            next_call: 1,
            next_room: 1,
            links: BTreeMap::new(),
            waiting: BTreeSet::new(),
            calls: BTreeMap::new(),
            rooms: BTreeMap::new(),
            dialled: BTreeMap::new(),
            alarms: BTreeSet::new(),
            rate: CallRate::default(),
            stopping: false,
            rules,
        };
        for (name, rules) in server.rules.rooms.clone() {
            server.make_room(name, rules, false);
        }
        server
    }

    /// Calls that stand, in the lobby or in a room.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Connections that stand, whatever for.
    pub fn connections(&self) -> usize {
        self.links.len()
    }

    fn act(&mut self, action: Action) {
        digest::action(&mut self.digest, &action);
        self.outputs.push_back(Output {
            after: self.index,
            action,
        });
    }

    fn media(&mut self, command: Command) {
        self.act(Action::Effect(Effect::Media(command)));
    }

    fn report(&mut self, severity: Severity, call: Option<CallId>, text: String) {
        self.act(Action::Effect(Effect::Report(Report {
            severity,
            call,
            text,
        })));
    }

    fn make_room(&mut self, name: String, rules: crate::config::RoomRules, transient: bool) {
        let id = RoomId(self.next_room);
        self.next_room += 1;
        self.media(Command::Room(id, rules.settings));
        self.rooms.insert(name, Room::new(id, rules, transient));
    }

    fn allot_conn(&mut self, link: Link) -> ConnId {
        let conn = ConnId(self.next_conn);
        self.next_conn += 1;
        self.links.insert(conn, link);
        conn
    }

    fn accepted(&mut self, listener: Listener, peer: SocketAddr, local: SocketAddr) {
        let Listener::Call(id) = listener else {
            let link = Link::Fresh {
                since: self.now,
                peer,
                local,
            };
            let conn = self.allot_conn(link);
            self.waiting.insert((self.now, conn));
            let timeout = Duration::from_millis(self.rules.limits.setup_timeout_ms);
            self.alarms
                .insert((self.now + timeout, Alarm::Connection(conn)));
            if self.waiting.len() > self.rules.limits.connections_without_call
                && let Some((_, oldest)) = self.waiting.first().copied()
            {
                self.drop_connection(oldest, "too many connections without a call");
            }
            return;
        };
        let conn = self.allot_conn(Link::Control(id));
        let expected = self
            .calls
            .get(&id)
            .is_some_and(|call| call.peer.ip() == peer.ip());
        if !expected {
            let text =
                format!("a connection from {peer} to the H.245 port of another's call is closed");
            self.report(Severity::Warning, Some(id), text);
            self.drop_link(conn);
            return;
        }
        self.attach_control(id, conn, Party::Remote);
    }

    /// Makes `conn` the call's H.245 connection; the session says if another has to go.
    fn attach_control(&mut self, id: CallId, conn: ConnId, opener: Party) {
        let Some(call) = self.calls.get_mut(&id) else {
            return self.drop_link(conn);
        };
        if let Some(former) = call.legs.control_of(opener).replace(conn) {
            // The peer has given its former one up, whether we have noticed or not.
            self.drop_link(former);
            self.with_session(id, |session, now| session.control_closed(now, opener));
        }
        self.with_session(id, |session, now| session.control_connected(now, opener));
    }

    fn drop_link(&mut self, conn: ConnId) {
        self.unlink(conn);
        self.act(Action::Close(conn));
    }

    fn unlink(&mut self, conn: ConnId) -> Option<Link> {
        self.no_longer_waits(conn);
        self.links.remove(&conn)
    }

    /// A connection has become a call, or goes.
    fn no_longer_waits(&mut self, conn: ConnId) {
        if let Some(since) = self.links.get(&conn).and_then(Link::since) {
            self.waiting.remove(&(since, conn));
        }
    }

    /// Ends a connection that has not become a call.
    fn drop_connection(&mut self, conn: ConnId, why: &str) {
        match self.links.get(&conn) {
            Some(Link::Fresh { peer, .. }) => {
                let text = format!("connection from {peer} closed: {why}");
                self.report(Severity::Debug, None, text);
            }
            Some(Link::Signalling { id, .. }) => {
                let id = *id;
                let peer = self.calls.get(&id).map(|call| call.peer);
                let peer = peer.map_or_else(String::new, |peer| format!(" from {peer}"));
                self.report(
                    Severity::Debug,
                    Some(id),
                    format!("connection{peer} closed: {why}"),
                );
                self.forget_call(id);
            }
            _ => {}
        }
        self.drop_link(conn);
    }

    fn received(&mut self, conn: ConnId, bytes: &Bytes) {
        match self.links.get(&conn) {
            Some(Link::Fresh { since, peer, local }) => {
                let (since, peer, local) = (*since, *peer, *local);
                let id = CallId(self.next_call);
                self.next_call += 1;
                let call = Call::answering(&self.rules, conn, peer, local, self.rng.next_u64());
                self.calls.insert(id, call);
                self.links.insert(conn, Link::Signalling { id, since });
                self.with_session(id, |session, now| session.handle_signalling(now, bytes));
            }
            Some(Link::Signalling { id, .. }) => {
                self.with_session(*id, |session, now| session.handle_signalling(now, bytes));
            }
            Some(Link::Control(id)) => {
                let id = *id;
                if let Some(opener) = self.calls.get(&id).and_then(|call| call.legs.opener(conn)) {
                    self.with_session(id, |session, now| {
                        session.handle_control(now, opener, bytes)
                    });
                }
            }
            Some(Link::Dialling { .. }) | None => {}
        }
    }

    fn connected(&mut self, conn: ConnId, local: SocketAddr) {
        match self.links.get(&conn) {
            Some(Link::Control(id)) => {
                let id = *id;
                self.attach_control(id, conn, Party::Local);
            }
            Some(Link::Dialling(dialling)) => {
                let dialling = Dialling {
                    local,
                    ..dialling.clone()
                };
                self.dialled(conn, dialling);
            }
            _ => {}
        }
    }

    fn closed(&mut self, conn: ConnId, why: &str) {
        match self.unlink(conn) {
            Some(Link::Dialling(Dialling { room, to, .. })) => {
                self.report(
                    Severity::Warning,
                    None,
                    format!("{to} cannot be called into {room}: {why}"),
                );
            }
            Some(Link::Signalling { id, .. }) => {
                if let Some(call) = self.calls.get_mut(&id) {
                    call.legs.signalling = None;
                }
                self.with_session(id, |session, now| session.signalling_closed(now));
                // A dialled one may have had no session yet.
                self.forget_call(id);
            }
            Some(Link::Control(id)) => {
                let Some(call) = self.calls.get_mut(&id) else {
                    return;
                };
                match call.legs.opener(conn) {
                    Some(opener) => {
                        *call.legs.control_of(opener) = None;
                        self.with_session(id, |session, now| session.control_closed(now, opener));
                    }
                    // It never stood.
                    None => self.with_session(id, |session, now| session.control_failed(now)),
                }
            }
            Some(Link::Fresh { .. }) | None => {}
        }
    }

    fn timeout(&mut self) {
        while let Some((at, alarm)) = self
            .alarms
            .first()
            .copied()
            .filter(|(at, _)| *at <= self.now)
        {
            self.alarms.remove(&(at, alarm));
            match alarm {
                Alarm::Connection(conn) => {
                    let since = self.links.get(&conn).and_then(Link::since);
                    if since.is_some_and(|since| self.waiting.contains(&(since, conn))) {
                        self.drop_connection(conn, "it has sent no Setup in time");
                    }
                }
                Alarm::Call(id) => {
                    if let Some(call) = self.calls.get_mut(&id) {
                        call.alarm = None;
                    }
                    self.call_timeout(id);
                }
            }
        }
    }

    fn stop(&mut self) {
        self.stopping = true;
        let calls: Vec<CallId> = self.calls.keys().copied().collect();
        for id in calls {
            self.with_session(id, |session, now| {
                session.release(now, ReleaseCause::Normal)
            });
        }
    }

    fn noticed(&mut self, notice: Notice) {
        match notice {
            Notice::ActiveSpeaker(id, speaker) => {
                let speaker = speaker.map(|participant| CallId(participant.0));
                if let Some(room) = self.rooms.values_mut().find(|room| room.id == id) {
                    room.speaker = speaker;
                }
            }
            Notice::NeedIntra(ParticipantId(id)) => {
                self.with_session(CallId(id), |session, now| session.request_intra(now));
            }
            Notice::Digit(ParticipantId(id), digit, timestamp) => {
                let id = CallId(id);
                if (self.calls.get_mut(&id)).is_some_and(|call| call.is_new_digit(timestamp)) {
                    self.keyed(id, &digit.to_string());
                }
            }
            Notice::Stalled(ParticipantId(id), kind) => {
                let text = format!("no {kind:?} comes from the participant any more");
                self.report(Severity::Warning, Some(CallId(id)), text);
            }
            Notice::Resumed(ParticipantId(id), kind) => {
                self.report(
                    Severity::Info,
                    Some(CallId(id)),
                    format!("{kind:?} comes again"),
                );
            }
        }
    }
}

impl replication::core::Core for Server {
    type Event = crate::core::Event;
    type Effect = Effect;

    fn next_conn(&self) -> ConnId {
        ConnId(self.next_conn)
    }

    fn handle(&mut self, now: Instant, input: Input) {
        assert!(
            now >= self.now,
            "time goes back from {:?} to {now:?}",
            self.now
        );
        self.now = now;
        self.index.0 += 1;
        digest::input(&mut self.digest, &input);
        match input {
            Input::Accepted {
                conn,
                listener,
                peer,
                local,
            } => {
                assert_eq!(
                    conn,
                    self.next_conn(),
                    "the shell numbers connections as the core does"
                );
                self.accepted(listener, peer, local);
            }
            Input::Connected(conn, local) => self.connected(conn, local),
            Input::Received(conn, bytes) => self.received(conn, &bytes),
            Input::Closed(conn, why) => self.closed(conn, &why),
            Input::PortsAllocated(call, ports) => self.ports_allocated(call, ports),
            Input::PortsUnavailable(call, why) => self.ports_unavailable(call, &why),
            Input::Event(crate::core::Event::Media(notice)) => self.noticed(notice),
            Input::Event(crate::core::Event::Operator(request)) => {
                let answer = self.obey(request.command);
                self.act(Action::Effect(Effect::Answer(request.number, answer)));
            }
            Input::Timeout => self.timeout(),
            Input::Event(crate::core::Event::Stop) => self.stop(),
        }
        if self.stopping && self.calls.is_empty() {
            self.stopping = false;
            self.act(Action::Effect(Effect::Finished));
        }
        self.digest_state();
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.alarms.first().map(|(at, _)| *at)
    }
}

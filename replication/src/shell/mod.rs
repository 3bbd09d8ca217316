//! The threads and sockets that run a replicated service: feed its core the inputs in one order and
//! carry out its outputs.
//!
//! | file | what |
//! |---|---|
//! | `capture` | the state for a node that joins |
//! | `connection` | a client's TCP connection |
//! | `clock` | the service's clock |
//! | `options` | the settings of a pair |
//! | `pair` | the other nodes: the links to them, their heartbeats |
//! | `linking` | how the links are made |
//! | `addresses` | the service's addresses on this host |
//! | `heartbeat_thread`, `hearing`, `pulse` | heartbeats, and what they tell |
//! | `notes` | what changes too often for heartbeats |
//! | `roles` | what the other's messages, coming and going mean for this node |
//! | `tap` | the thread that passes clients' packets on to the primary |
//! | `takeover` | going on with another node's connections |
//! | `handover` | the reign moves on purpose |
//! | `status` | what an operator sees |

mod addresses;
mod capture;
mod clock;
mod connection;
mod handover;
mod hearing;
pub mod heartbeat_thread;
mod linking;
mod notes;
mod options;
mod pair;
pub mod pulse;
mod roles;
mod status;
mod takeover;
mod tap;

pub use crate::copy::CopyPath;
pub use crate::host::MediaMode;
pub use clock::Clock;
pub use handover::HandedOver;
pub use notes::NOTE_OCTETS_MAX;
pub use options::PairOptions;
pub use status::{NodeStatus, Status};

use crate::core::{Action, Input, Listener, Ports, Replicated};
use crate::failover::{Role, membership};
use crate::host::PASSING_ON;
use crate::os::tcp_repair;
use crate::replica::{Limits, Replica, Step};
use crate::tcp::{Ends, Negotiated};
use base::{CallId, ConnId, Instant};
use bytes::Bytes;
use capture::Capture;
use connection::{Connection, Read};
use handover::{LEAVING_PATIENCE, Moving};
use pair::{Pair, PairEvent};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant as TokioInstant};

/// Events waiting for the core at most; connections are not read while it is full.
const EVENTS_MAX: usize = 1024;
/// Events handled before outputs are carried out, so that many share one turn.
const EVENTS_PER_TURN: usize = 64;
/// Reads from one connection in a turn, so that others get theirs.
const READS_PER_TURN: usize = 16;
/// How long the listener pauses when the system is out of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);
/// How long connecting to an endpoint may take; H.323 leaves it to us, Q.931 T303 waits 4 s.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// How long calls may take to end when the process is to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(3);
/// How long the last messages to the other node may take.
const FAREWELL: Duration = Duration::from_millis(500);
/// How often a node that is not yet one of a pair looks for what it waits for.
const SEARCH_INTERVAL: Duration = Duration::from_millis(100);
/// Connections the kernel queues for us.
const BACKLOG: i32 = 1024;

/// What a service needs beside its core: its own sockets, and what its effects mean.
pub trait Host<C: Replicated> {
    /// Binds the call's ports on `address`, exactly these if given. The listener is for the call's own
    /// TCP connection; the rest stays with the host.
    fn bind(
        &mut self,
        call: CallId,
        address: IpAddr,
        exactly: Option<Ports>,
    ) -> anyhow::Result<(Ports, TcpListener)>;
    /// Closes them.
    fn free(&mut self, call: CallId);
    /// Carries an effect out. Break: nothing is left to do.
    fn effect(&mut self, now: Instant, effect: C::Effect) -> ControlFlow<()>;
    /// Takes note of an effect that the primary carries out.
    fn follow(&mut self, now: Instant, effect: C::Effect);
    /// This node cannot take the event: another one serves.
    fn refuse(&mut self, event: C::Event);
    /// What a joining node must know beside the core.
    fn snapshot(&self) -> Bytes;
    /// Takes the state of `snapshot`, instead of all that was followed before.
    fn restore(&mut self, now: Instant, snapshot: &[u8]) -> anyhow::Result<()>;
    /// From now on this node serves; before, it followed. The marks are the last that the other node gave.
    fn serve(&mut self, now: Instant, marks: &[u8]);
    /// This node is to follow on the one that serves: it is to get what it needs to go on at once, or need
    /// not any more.
    fn prepare(&mut self, _wanted: bool) {}
    /// Whether it has got that.
    fn is_prepared(&self) -> bool {
        true
    }
    /// The node that follows is to go on soon, and has to find a beginning in what comes from now on.
    fn refresh(&mut self) {}
    /// Another node is to go on. The host's own threads stop sending, and say where: at once, or with
    /// [`Handle::paused`] after all their events.
    fn pause(&mut self) -> Option<Bytes> {
        Some(Bytes::new())
    }
    /// It does not: they go on.
    fn resume(&mut self) {}
    /// The other node's service has told this ([`Supervision::tell`]).
    fn note(&mut self, _note: &[u8]) {}
    /// What the host's own threads have done since [`Host::serve`], and when; each step is told once.
    fn progress(&mut self) -> Vec<(&'static str, Instant)> {
        Vec::new()
    }
    /// There is another node: the host's own threads are to show that they move, and to tell the marks
    /// that heartbeats carry.
    fn supervise(&mut self, supervision: Supervision);
}

/// By which a thread of the service shows that it moves, and asks whether it may send.
#[derive(Clone)]
pub struct Supervision {
    moving: pulse::Loop,
    pulse: Arc<pulse::Pulse>,
    notes: notes::Notes,
}

impl Supervision {
    /// The thread moves; say so in each of its turns.
    pub fn alive(&self) {
        self.moving.moves();
    }

    /// The thread waits for work, and for nothing else; at most for so long.
    pub fn rests(&self, at_most: Option<Duration>) {
        self.moving.rests(at_most);
    }

    /// Whether marks are of use now: the next heartbeat is near.
    pub fn marks_wanted(&self) -> bool {
        self.pulse.marks_wanted()
    }

    /// Numbers that change too often for the log, for the next heartbeats to carry.
    pub fn set_marks(&self, marks: &Bytes) {
        if !self.pulse.set_marks(marks) && self.pulse.set_marks(&Bytes::new()) {
            let octets = marks.len();
            tracing::warn!(
                octets,
                "media marks are too long for heartbeats: streams will jump at a takeover"
            );
        }
    }

    /// Whether there is another node that can be told something.
    pub fn is_heard(&self) -> bool {
        self.notes.is_heard()
    }

    /// Tells the other node's service, at once, in at most [`NOTE_OCTETS_MAX`] octets. It may be lost.
    pub fn tell(&self, note: &[u8]) {
        self.notes.tell(note);
    }

    /// False if this node may have lost its reign without knowing.
    pub fn may_send(&self) -> bool {
        self.pulse.reign_valid()
    }
}

/// What a shell needs to know beside its core and its host.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of the service; several on one host have different ones.
    pub service: String,
    /// Where clients' connections are accepted, if at all.
    pub listen: Option<SocketAddr>,
    /// The pair, if this node has another beside it.
    pub pair: Option<PairOptions>,
    /// Changes whenever something does that must be equal on both nodes.
    pub configuration: u64,
}

/// What happens outside the core, in the order it is taken in.
enum Event<E> {
    Accepted(TcpStream, SocketAddr, Listener),
    Established(ConnId, TcpStream),
    NotEstablished(ConnId, String),
    Readable(ConnId),
    Service(E),
    Stop(E),
    Pair(PairEvent<E>),
    HandOver(oneshot::Sender<HandedOver>),
    Paused(Bytes),
    Status(oneshot::Sender<Status>),
}

/// A handle to a running shell, for the control socket, signal handlers and the service's threads.
pub struct Handle<E> {
    events: mpsc::Sender<Event<E>>,
}

impl<E> Clone for Handle<E> {
    fn clone(&self) -> Self {
        Handle {
            events: self.events.clone(),
        }
    }
}

impl<E> Handle<E> {
    /// Hands the core an event.
    pub async fn send(&self, event: E) -> Result<(), Stopped> {
        let event = Event::Service(event);
        self.events.send(event).await.map_err(|_| Stopped)
    }

    /// Hands the core an event, or back if there is no room for it now.
    pub fn try_send(&self, event: E) -> Result<(), E> {
        self.events
            .try_send(Event::Service(event))
            .map_err(|refused| match refused.into_inner() {
                Event::Service(event) => event,
                _ => unreachable!("a channel returns what was sent"),
            })
    }

    /// Gives the reign to the other node without losing anything, and tells what was done when.
    pub async fn hand_over(&self) -> Result<HandedOver, Stopped> {
        let (answer, answered) = oneshot::channel();
        let event = Event::HandOver(answer);
        self.events.send(event).await.map_err(|_| Stopped)?;
        answered.await.map_err(|_| Stopped)
    }

    /// A thread of the service has paused ([`Host::pause`]). Not to be called in the shell's own thread.
    pub fn paused(&self, marks: Bytes) {
        let _ = self.events.blocking_send(Event::Paused(marks));
    }

    /// Ends the shell's run. A node with a backup leaves its connections to that; any other gives the
    /// core `last` and some time to finish.
    pub async fn stop(&self, last: E) {
        let _ = self.events.send(Event::Stop(last)).await;
    }

    /// What the node is and how it fares.
    pub async fn status(&self) -> Result<Status, Stopped> {
        let (answer, answered) = oneshot::channel();
        let event = Event::Status(answer);
        self.events.send(event).await.map_err(|_| Stopped)?;
        answered.await.map_err(|_| Stopped)
    }
}

/// The shell has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the server is stopping")
    }
}

impl std::error::Error for Stopped {}

/// Where a call's own connection is accepted.
struct Listening {
    listener: Arc<TcpListener>,
    accepting: JoinHandle<()>,
}

impl Listening {
    /// Frees the port at once: the same may be wanted next. The task's end comes later.
    fn end(self) {
        let _ = socket2::SockRef::from(&*self.listener).shutdown(std::net::Shutdown::Both);
        self.accepting.abort();
    }
}

/// What is left when a shell has stopped.
#[derive(Debug)]
pub struct Ended<C, H> {
    /// The last role.
    pub role: Role,
    /// Somebody wanted it to end.
    pub stopped: bool,
    /// It has given its reign away in order.
    pub handed_over: bool,
    /// The service.
    pub core: C,
    /// Its own sockets.
    pub host: H,
}

/// What has come past the new backup's tap, on its way into the log.
struct Draining {
    /// Connections that the kernel had, not told to the core, are in the log by then.
    until: Instant,
    /// Up to where each connection has to be read.
    unread: BTreeMap<ConnId, u64>,
}

/// One node's sockets around its copy of the service.
pub struct Shell<C: Replicated, H> {
    replica: Replica<C>,
    host: H,
    clock: Clock,
    options: Options,
    pair: Option<Pair<C::Event>>,
    events: mpsc::Receiver<Event<C::Event>>,
    handle: Handle<C::Event>,
    connections: BTreeMap<ConnId, Connection>,
    /// The snapshot that another node waits for.
    capture: Option<Capture>,
    /// Octets up to which connections are to be read before the backup sees everything.
    draining: Option<Draining>,
    /// It is to begin when no handshakes of a dead node are left.
    drain_wanted: bool,
    /// To be read when the backup has caught up.
    postponed: Vec<ConnId>,
    /// Closed by the core, sending their last octets.
    closing: Vec<JoinHandle<()>>,
    /// Accepting connections of calls.
    listening: BTreeMap<CallId, Listening>,
    accepting: Option<JoinHandle<()>>,
    finished: bool,
    /// The reign is on its way to the other node.
    moving: Option<Moving<C::Event>>,
    /// It has arrived there.
    handed_over: bool,
    /// Or it comes to this one, with what the other node's service has left.
    inheritance: Option<Bytes>,
    /// Between the other node's death and the end of going on with its work.
    taking_over: bool,
    /// Somebody wants this node to end.
    leaving: bool,
    /// When to stop waiting for calls to end.
    stopping: Option<Instant>,
}

impl<C, H> Shell<C, H>
where
    C: Replicated + 'static,
    C::Event: Send + 'static,
    H: Host<C>,
{
    /// A node that runs `core`. `host` is made with the handle by which its threads reach the core.
    pub async fn start(
        core: C,
        clock: Clock,
        options: Options,
        host: impl FnOnce(Handle<C::Event>) -> anyhow::Result<H>,
    ) -> anyhow::Result<Self> {
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let handle = Handle { events: sender };
        let limits =
            (options.pair.as_ref()).map_or_else(Limits::default, |pair| pair.limits.clone());
        let mut shell = Shell {
            replica: Replica::new(core, limits),
            host: host(handle.clone())?,
            clock,
            pair: None,
            events,
            handle,
            connections: BTreeMap::new(),
            capture: None,
            draining: None,
            drain_wanted: false,
            postponed: Vec::new(),
            closing: Vec::new(),
            listening: BTreeMap::new(),
            accepting: None,
            finished: false,
            moving: None,
            handed_over: false,
            inheritance: None,
            taking_over: false,
            leaving: false,
            stopping: None,
            options,
        };
        match shell.options.pair.clone() {
            Some(options) => {
                let events = shell.handle.events.clone();
                let configuration = shell.options.configuration;
                let clock = shell.clock.clone();
                let service = shell.options.service.clone();
                let core = C::VERSIONS;
                let pair =
                    Pair::start(service, options, configuration, core, clock, events).await?;
                shell
                    .host
                    .supervise(pair.supervision("the service's thread"));
                shell.pair = Some(pair);
            }
            None => shell.replica.serve("no other node is configured"),
        }
        // A backup has the same sockets, though no packet comes to them.
        if let Some(address) = shell.options.listen {
            let accepting = accept(
                Arc::new(listen(address)?),
                Listener::Main,
                shell.handle.events.clone(),
            );
            shell.accepting = Some(tokio::spawn(accepting));
        }
        Ok(shell)
    }

    /// A handle for others to reach the core.
    pub fn handle(&self) -> Handle<C::Event> {
        self.handle.clone()
    }

    /// Runs until the core has finished, somebody stops it, or another node reigns.
    pub async fn run(mut self) -> Ended<C, H> {
        self.carry_out();
        while !self.finished {
            self.turn().await;
        }
        // What was said last is sent before the links end.
        let linked = self.pair.as_mut().is_some_and(Pair::drop_links);
        if let Some(pair) = &mut self.pair {
            pair.beat_no_more();
        }
        if linked {
            let _ = tokio::time::timeout(FAREWELL, self.link_down()).await;
        }
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
        }
        let mark = self.mark();
        let open = std::mem::take(&mut self.connections);
        for connection in open.into_values() {
            self.closing.push(connection.finish(mark));
        }
        for task in std::mem::take(&mut self.closing) {
            let _ = task.await;
        }
        if let Some(mut pair) = self.pair.take() {
            let passes_on = pair.passes_media_on();
            if passes_on && self.leaving {
                // No other instance follows.
                tokio::time::sleep(PASSING_ON).await;
            }
            pair.leave(passes_on && !self.leaving);
        }
        Ended {
            role: self.replica.role(),
            stopped: self.leaving,
            handed_over: self.handed_over,
            core: self.replica.into_core(),
            host: self.host,
        }
    }

    async fn link_down(&mut self) {
        while let Some(event) = self.events.recv().await {
            if let Event::Pair(PairEvent::LinkDown(..)) = event {
                return;
            }
        }
    }

    async fn turn(&mut self) {
        let now = self.clock.now();
        let paired = matches!(self.replica.role(), Role::Primary | Role::Backup);
        let deadlines = [
            self.replica.next_timeout(),
            self.stopping,
            self.draining.as_ref().map(|draining| draining.until),
            self.warmth_due(now),
            self.capture.as_ref().map(|_| now),
            self.pair
                .as_ref()
                .map(|pair| pair.next_timeout(self.replica.role(), self.replica.epoch())),
            (self.pair.as_ref().filter(|_| !paired)).map(|_| now + SEARCH_INTERVAL),
        ];
        let wake = deadlines.into_iter().flatten().min();
        if let (Some(pair), Some(wake)) = (&self.pair, wake) {
            pair.rests(wake.since(now));
        }
        let wake = wake.map(|at| self.clock.to_tokio(at));
        let sleep = tokio::time::sleep_until(wake.unwrap_or_else(TokioInstant::now));
        tokio::select! {
            // Clients first: what is due by the clock is done in every turn.
            biased;
            event = self.events.recv() => {
                self.look_up();
                let mut next = event;
                for _ in 0..EVENTS_PER_TURN {
                    let Some(event) = next else { break };
                    self.take(event);
                    next = self.events.try_recv().ok();
                }
                if let Some(event) = next {
                    self.take(event);
                }
            }
            () = sleep, if wake.is_some() => self.look_up(),
        }
        if let Some(pair) = &self.pair {
            pair.moves();
        }
        let now = self.clock.now();
        if !self.replica.congested() && !self.replica.is_frozen() {
            for conn in std::mem::take(&mut self.postponed) {
                self.read(now, conn);
            }
        }
        self.replica.handle_timeout(now);
        self.pair_timeout(now);
        if self.stopping.is_some_and(|until| until <= now) {
            tracing::warn!("some calls did not end in time");
            self.finished = true;
        }
        self.drained(now);
        self.check_warmth();
        self.carry_out();
        if self.capture.is_some() {
            self.capture_more(self.clock.now());
            self.carry_out();
            // What clients have sent meanwhile becomes an event.
            tokio::task::yield_now().await;
        }
        self.follow().await;
        self.succeed().await;
        self.tell();
    }

    /// A backup applies the records it has acknowledged, once the acknowledgement is on its way.
    async fn follow(&mut self) {
        let Some(pair) = self.pair.as_ref().filter(|_| self.replica.has_work()) else {
            return;
        };
        let shadows = pair.shadows();
        tokio::task::yield_now().await;
        self.replica.apply(&mut shadows.lock());
        self.carry_out();
    }

    fn take(&mut self, event: Event<C::Event>) {
        let now = self.clock.now();
        match event {
            Event::Pair(event) => return self.take_pair(now, event),
            Event::Status(answer) => {
                let _ = answer.send(self.status());
                return;
            }
            Event::Stop(last) => return self.stop(now, last),
            Event::HandOver(asking) => {
                return self.hand_over(now, "an operator's wish", Some(asking));
            }
            Event::Paused(marks) => return self.paused(now, marks),
            _ => {}
        }
        if !self.replica.role().serves() {
            if let Event::Service(event) = event {
                self.host.refuse(event);
            }
            return;
        }
        let Some(event) = self.postpone(event) else {
            return;
        };
        match event {
            Event::Accepted(stream, peer, listener) => self.accepted(now, stream, peer, listener),
            Event::Established(conn, stream) => self.established(now, conn, stream),
            Event::NotEstablished(conn, why) => {
                self.replica.handle(now, Input::Closed(conn, why));
            }
            Event::Readable(conn) => self.read(now, conn),
            Event::Service(event) => self.replica.handle(now, Input::Event(event)),
            Event::Stop(_)
            | Event::Pair(_)
            | Event::Status(_)
            | Event::HandOver(_)
            | Event::Paused(_) => unreachable!("taken above"),
        }
    }

    fn stop(&mut self, now: Instant, last: C::Event) {
        if !std::mem::replace(&mut self.leaving, true) && self.replica.role() == Role::Primary {
            self.hand_over(now, "this process is to end", None);
            if let Some(moving) = &mut self.moving {
                moving.end_with(last);
                self.stopping.get_or_insert(now + LEAVING_PATIENCE);
                return;
            }
        }
        if self.replica.role() != Role::Simplex {
            // Another node serves, or is ready to: nobody is sent away.
            tracing::info!(role = self.replica.role().name(), "leaving the pair");
            for connection in std::mem::take(&mut self.connections).into_values() {
                connection.abandon();
            }
            if let Some(pair) = &self.pair {
                pair.goodbye(self.replica.epoch());
            }
            self.finished = true;
            return;
        }
        self.stopping.get_or_insert(now + STOP_PATIENCE);
        self.replica.handle(now, Input::Event(last));
    }

    fn accepted(&mut self, now: Instant, stream: TcpStream, peer: SocketAddr, listener: Listener) {
        let (Ok(local), Ok(negotiated)) = (stream.local_addr(), self.negotiated(&stream)) else {
            // Reset before we came to it.
            return;
        };
        let ends = Ends { local, peer };
        let conn = self.replica.next_conn();
        self.attach(conn, stream, negotiated);
        let input = Input::Accepted {
            conn,
            listener,
            peer,
            local,
        };
        let negotiated = negotiated.map(|negotiated| (ends, negotiated));
        self.replica.handle_connection(now, input, negotiated);
    }

    fn established(&mut self, now: Instant, conn: ConnId, stream: TcpStream) {
        let known = || {
            let (local, peer) = (stream.local_addr()?, stream.peer_addr()?);
            std::io::Result::Ok((Ends { local, peer }, self.negotiated(&stream)?))
        };
        match known() {
            Ok((ends, negotiated)) => {
                self.attach(conn, stream, negotiated);
                let input = Input::Connected(conn, ends.local);
                let negotiated = negotiated.map(|negotiated| (ends, negotiated));
                self.replica.handle_connection(now, input, negotiated);
            }
            Err(error) => {
                let closed = Input::Closed(conn, error.to_string());
                self.replica.handle(now, closed);
            }
        }
    }

    /// What the kernel knows of a connection, if there is another node that may need it.
    fn negotiated(&self, stream: &TcpStream) -> std::io::Result<Option<Negotiated>> {
        use std::os::fd::AsFd;
        match self.pair {
            Some(_) => tcp_repair::negotiated(stream.as_fd()).map(Some),
            None => Ok(None),
        }
    }

    fn read(&mut self, now: Instant, conn: ConnId) {
        for _ in 0..READS_PER_TURN {
            // The core may have closed it meanwhile, be it that the socket waits for the backup.
            let Some(connection) = self.connections.get(&conn) else {
                return;
            };
            if !self.replica.reads(conn) {
                return;
            }
            if self.replica.congested() {
                self.postponed.push(conn);
                return;
            }
            if connection.clogged() {
                break;
            }
            match connection.read() {
                Read::Octets(bytes) => self.replica.handle(now, Input::Received(conn, bytes)),
                Read::Drained => return,
                Read::Ended(why) => return self.replica.handle(now, Input::Closed(conn, why)),
            }
            // What it caused may end the connection.
            self.carry_out();
        }
        if let Some(connection) = self.connections.get(&conn) {
            connection.wait_for_more();
        }
    }

    fn attach(&mut self, conn: ConnId, stream: TcpStream, negotiated: Option<Negotiated>) {
        let events = self.handle.events.clone();
        let connection = Connection::start(conn, stream, negotiated, events, Event::Readable);
        self.connections.insert(conn, connection);
    }

    /// The mark that lets a deliberate FIN out, if the host has the rule against others.
    fn mark(&self) -> Option<u32> {
        self.pair.as_ref().map(|_| pair::GOODBYE_MARK)
    }

    fn carry_out(&mut self) {
        let mut asked = false;
        loop {
            let now = self.clock.now();
            let Some(step) = self.replica.poll_step() else {
                if !std::mem::take(&mut asked) {
                    return;
                }
                // Now all that the core has caused so far is in the sockets.
                self.begin_capture(now);
                continue;
            };
            match step {
                Step::Act(action) => self.act(now, action),
                Step::Follow(effect) => self.host.follow(now, effect),
                Step::Bind(call, address, exactly) => {
                    let bound = self.bind(call, address, exactly);
                    let bound = bound.map_err(|error| format!("{error:#}"));
                    self.replica.bound(now, call, bound);
                    if let Some(pair) = &self.pair {
                        // A node that joins binds those of all calls in one turn.
                        pair.moves();
                    }
                }
                Step::BackupPorts(call, outcome) => self.tell_backup_ports(call, outcome),
                Step::Free(call) => {
                    self.host.free(call);
                    if let Some(listening) = self.listening.remove(&call) {
                        listening.end();
                    }
                }
                Step::Send(envelope) => {
                    if let Some(pair) = &self.pair {
                        pair.send(envelope);
                    }
                }
                Step::Capture => {
                    // What a node that was about to be the backup has asked for is over.
                    (self.draining, self.drain_wanted) = (None, false);
                    asked = true;
                }
                Step::Drain => self.drain(now),
                Step::Adopt(snapshot) => self.adopt(now, &snapshot),
                Step::Role(role, why) => self.became(now, role, &why),
                Step::Slow(why) => self.learn(membership::Event::Slow(why)),
                step => self.move_on(now, step),
            }
        }
    }

    fn act(&mut self, now: Instant, action: Action<C::Effect>) {
        match action {
            Action::Transmit(conn, bytes) => {
                let sent = (self.connections.get(&conn)).map(|connection| connection.send(bytes));
                if sent == Some(false) && self.replica.reads(conn) {
                    let why = "the peer does not read what it is sent".to_string();
                    self.replica.handle(now, Input::Closed(conn, why));
                }
            }
            Action::Connect { conn, from, to } => {
                let events = self.handle.events.clone();
                tokio::spawn(async move {
                    let event = match connect(from, to).await {
                        Ok(stream) => Event::Established(conn, stream),
                        Err(why) => Event::NotEstablished(conn, why),
                    };
                    let _ = events.send(event).await;
                });
            }
            Action::Close(conn) => {
                if let Some(connection) = self.connections.remove(&conn) {
                    self.closing.retain(|task| !task.is_finished());
                    let mark = self.mark();
                    self.closing.push(connection.finish(mark));
                }
            }
            Action::Effect(effect) => {
                if self.host.effect(now, effect).is_break() {
                    self.finished = true;
                }
            }
            Action::AllocatePorts(..) | Action::ReleasePorts(_) => {
                unreachable!("the replica turns them into steps of their own")
            }
        }
    }

    /// Whether the backup has the ports of a running call.
    fn tell_backup_ports(&self, call: CallId, outcome: Result<(), String>) {
        let call = call.0;
        match (outcome, self.replica.role()) {
            (Ok(()), _) => tracing::info!(call, "the backup has the call's ports now"),
            (Err(why), Role::Simplex) => {
                tracing::error!(call, "the call goes on without sound and pictures: {why}");
            }
            (Err(why), _) => tracing::error!(
                call,
                "the backup cannot bind the call's ports, and tries again every second; if it has to take over,                  the call will be without sound and pictures: {why} (`ss -tulpn` on its host shows who has them)"
            ),
        }
    }

    fn bind(
        &mut self,
        call: CallId,
        address: IpAddr,
        exactly: Option<Ports>,
    ) -> anyhow::Result<Ports> {
        let (ports, listener) = self.host.bind(call, address, exactly)?;
        let events = self.handle.events.clone();
        let listener = Arc::new(listener);
        let accepting = accept(listener.clone(), Listener::Call(call), events);
        let listening = Listening {
            listener,
            accepting: tokio::spawn(accepting),
        };
        if let Some(former) = self.listening.insert(call, listening) {
            former.end();
        }
        Ok(ports)
    }
}

async fn accept<E>(listener: Arc<TcpListener>, which: Listener, events: mpsc::Sender<Event<E>>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let event = Event::Accepted(stream, peer, which);
                if events.send(event).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection; raise the limit of open files (ulimit -n)?");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

async fn connect(from: IpAddr, to: SocketAddr) -> Result<TcpStream, String> {
    let socket = if to.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    };
    let connecting = async {
        let socket = socket?;
        if !from.is_unspecified() {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        socket.connect(to).await
    };
    match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
        Ok(connected) => connected.map_err(|error| format!("cannot connect to {to}: {error}")),
        Err(_) => Err(format!(
            "no answer from {to} within {} s",
            CONNECT_TIMEOUT.as_secs()
        )),
    }
}

/// A listening socket on `address`, which need not be this host's yet.
pub fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    bind_anywhere(&socket, address)?;
    socket.listen(BACKLOG)?;
    Ok(TcpListener::from_std(socket.into())?)
}

/// Binds a socket to an address that may still be the other node's.
pub fn bind_anywhere(socket: &socket2::Socket, address: SocketAddr) -> std::io::Result<()> {
    match address {
        SocketAddr::V4(_) => socket.set_freebind_v4(true)?,
        SocketAddr::V6(_) => socket.set_freebind_v6(true)?,
    }
    socket.bind(&address.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn a_port_that_is_freed_can_be_taken_at_once() {
        let listener = Arc::new(listen("127.0.0.1:0".parse().unwrap()).unwrap());
        let address = listener.local_addr().unwrap();
        let (events, _kept) = mpsc::channel::<Event<u64>>(1);
        let accepting = accept(listener.clone(), Listener::Call(CallId(1)), events);
        let listening = Listening {
            listener,
            accepting: tokio::spawn(accepting),
        };
        tokio::task::yield_now().await;
        assert!(listen(address).is_err(), "it is taken");
        listening.end();
        assert!(listen(address).is_ok());
    }
}

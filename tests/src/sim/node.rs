//! One node of a simulated pair: the real replica and shadows, and what the shell does around them,
//! with a model of a kernel in place of sockets. It keeps to `replication::shell` step by step.

use super::tcp::{Kernel, News, Packet, Read};
use super::watched::{Divergence, Tape, Watched};
use base::{CallId, ConnId, Instant, LogIndex};
use bytes::Bytes;
use mcu::conference::Server;
use mcu::core::{Action, Effect, Event, Input, Listener, Ports};
use media::plane::Command;
use replication::failover::{Epoch, Role};
use replication::replica::{
    Capturing, Envelope, Hello, LINK, Limits, Message, Moved, OpenConnection, Outstanding, Replica,
    Snapshot, Step, Versions,
};
use replication::tcp::shadows::{Limits as ShadowLimits, Offer, Shadows, Verdict};
use replication::tcp::{Ends, Negotiated};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// As the shell has it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
const LATE_HANDSHAKES: Duration = Duration::from_secs(3);
const DRAIN_TIME: Duration = Duration::from_millis(20);
const LATE_HANDSHAKES_INTERVAL: Duration = Duration::from_millis(5);
/// How long a starting node waits for another.
const START_WAIT: Duration = Duration::from_secs(1);
/// How long clients have their turn between two connections being captured for a node that joins.
const BETWEEN_CAPTURES: Duration = Duration::from_micros(300);
/// First of the ports of calls; each call has its own ten.
const FIRST_PORT: u16 = 20_000;
/// First of the ports of connections that nodes place; each node has a thousand of its own.
pub(super) const FIRST_PLACED_PORT: u16 = 50_000;
const OFFER: Offer = Offer {
    mss: 1460,
    scale: 7,
};

/// What a node wants of the world.
#[derive(Debug)]
pub(super) enum Deed {
    /// To the other node.
    Link(Box<Envelope<Event>>),
    /// The link to the other node is to be made anew.
    Unlink,
    /// To the other node's kernel, from the tap.
    Forward(Packet),
    /// The service's address is to lead here.
    OwnAddress,
    /// A takeover: no record beyond this is known here.
    Reign(LogIndex),
    /// The takeover is complete.
    TookOver,
    /// A media plane is told something; true if it also sends.
    Media(bool, Command),
    /// A media plane begins with these.
    MediaBegins(Vec<Command>),
    /// An operator is answered.
    Answer(u64, Result<serde_json::Value, String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tap {
    Off,
    /// Clients' packets are seen, and passed on to the primary.
    Passing,
    /// They are seen only.
    Watching,
}

/// A connection as the takeover finds it.
struct Continued {
    conn: ConnId,
    /// What the client has sent beyond the last record.
    unread: Bytes,
    /// How the client's direction has ended beyond it.
    ended: Option<String>,
}

/// A node that lives.
pub struct Node {
    /// Its number for life: a host that starts again gets another.
    pub(super) life: u8,
    pub(super) replica: Replica<Watched>,
    pub(super) shadows: Shadows,
    pub(super) kernel: Kernel,
    pub(super) tape: Tape,
    pub(super) divergence: Divergence,
    pub(super) deeds: VecDeque<Deed>,
    /// TCP ports that somebody else has on this host.
    pub(super) taken: BTreeSet<u16>,
    service: SocketAddr,
    conns: BTreeMap<ConnId, Ends>,
    names: BTreeMap<Ends, ConnId>,
    connecting: BTreeMap<Ends, (ConnId, Instant)>,
    bound: BTreeMap<CallId, Ports>,
    /// How often a call's ports were bound here without being told which.
    tried: BTreeMap<CallId, u16>,
    commands: Vec<Command>,
    tap: Tap,
    taking_over: bool,
    /// Octets that the core has written to each connection here.
    written: BTreeMap<ConnId, u64>,
    /// The snapshot that another node waits for, and when it is gone on with.
    capturing: Option<(Instant, Capturing)>,
    linked: bool,
    /// After a takeover, until when handshakes of the dead node are completed.
    late: Option<Instant>,
    /// When everything that came past the new backup's tap is in the log.
    drain: Option<Instant>,
    /// When the next look at them is due.
    late_look: Option<Instant>,
    waits_since: Instant,
}

impl Node {
    /// A node that has just started.
    pub(super) fn new(
        life: u8,
        server: Server,
        service: SocketAddr,
        limits: Limits,
        now: Instant,
    ) -> Self {
        let (tape, divergence) = (Tape::default(), Divergence::default());
        let core = Watched::new(server, tape.clone(), divergence.clone());
        let mut kernel = Kernel::new(FIRST_PLACED_PORT + u16::from(life % 15) * 1000, true);
        kernel.listen(service);
        Node {
            life,
            replica: Replica::new(core, limits),
            shadows: no_shadows(),
            kernel,
            tape,
            divergence,
            deeds: VecDeque::new(),
            taken: BTreeSet::new(),
            service,
            conns: BTreeMap::new(),
            names: BTreeMap::new(),
            connecting: BTreeMap::new(),
            bound: BTreeMap::new(),
            tried: BTreeMap::new(),
            commands: Vec::new(),
            tap: Tap::Off,
            taking_over: false,
            written: BTreeMap::new(),
            capturing: None,
            linked: false,
            late: None,
            late_look: None,
            drain: None,
            waits_since: now,
        }
    }

    pub(super) fn role(&self) -> Role {
        self.replica.role()
    }

    /// How far the shadow of a connection knows its client's stream, if there is one.
    pub(super) fn shadow_knows(&self, now: Instant, ends: Ends) -> Option<u64> {
        let (conn, _) = self.shadows.conns().find(|(_, of)| *of == ends)?;
        let known = self.shadows.restoration(conn, now)?;
        let start = known.negotiated.receive_start;
        Some(u64::from(known.receive_next.wrapping_sub(start)))
    }

    // What comes from outside.

    pub(super) fn link_up(&mut self, now: Instant) {
        self.linked = true;
        self.greet(now);
    }

    /// The other node has ended the link, or something between the nodes has.
    pub(super) fn link_down(&mut self, now: Instant) {
        self.linked = false;
        match self.role() {
            Role::Primary => self.peer_gone(now, "the link has ended"),
            // Is it alive? The next greeting will tell.
            Role::Backup => {}
            _ => {
                self.replica
                    .peer_gone("the link has ended", &mut self.shadows);
            }
        }
    }

    /// A client's packet arrives at this host's interface.
    pub(super) fn arrive(&mut self, now: Instant, packet: Packet) {
        let serves = self.role().serves();
        if self.tap != Tap::Off
            && let Verdict::Hold(_) = self.shadows.segment(now, &packet.segment())
        {
            return;
        }
        match self.tap {
            Tap::Passing => self.deeds.push_back(Deed::Forward(packet)),
            Tap::Watching => {
                self.late_look.get_or_insert(now + LATE_HANDSHAKES_INTERVAL);
                self.kernel.receive(now, &packet);
            }
            Tap::Off if serves => self.kernel.receive(now, &packet),
            Tap::Off => {}
        }
    }

    /// The tap of the other node has passed a packet on.
    pub(super) fn forwarded(&mut self, now: Instant, packet: &Packet) {
        if self.role().serves() {
            self.kernel.receive(now, packet);
        }
    }

    pub(super) fn message(&mut self, now: Instant, envelope: Envelope<Event>) {
        match envelope.message {
            Message::Hello(hello) => self.greeted(now, envelope.epoch, &hello),
            Message::Goodbye => {
                self.linked = false;
                self.peer_gone(now, "it has left on purpose");
            }
            _ => self.replica.message(now, envelope, &mut self.shadows),
        }
    }

    fn greeted(&mut self, now: Instant, epoch: Epoch, hello: &Hello) {
        match self.role() {
            Role::Backup if has_state(hello.role) => {
                return self.replica.link_lost("the other node goes on without it");
            }
            Role::Backup | Role::Joining if !has_state(hello.role) => {
                self.peer_gone(now, "its process has started again");
                self.linked = true;
                // It waits for somebody who serves.
                self.greet(now);
                return;
            }
            _ => {}
        }
        self.replica.reign(epoch);
        match self.role() {
            Role::Starting if hello.role.serves() => self.replica.join("the other node serves"),
            Role::Starting if self.life == 0 => self.replica.serve("the other has just started"),
            _ => {}
        }
    }

    /// A backup applies what it has acknowledged.
    pub(super) fn follow(&mut self) {
        self.replica.apply(&mut self.shadows);
    }

    /// Takes what its kernel has to tell. A node that does not serve has no events.
    pub(super) fn take_news(&mut self, now: Instant) {
        while let Some((ends, news)) = self.kernel.poll_news() {
            if !self.role().serves() {
                continue;
            }
            match news {
                News::Accepted => self.accepted(now, ends),
                News::Connected => self.established(now, ends),
                News::Readable => self.read(now, ends),
                News::Broken(why) => {
                    if let Some(conn) = self.names.get(&ends).copied()
                        && self.replica.reads(conn)
                    {
                        self.replica.handle(now, Input::Closed(conn, why.into()));
                    }
                }
            }
        }
    }

    pub(super) fn handle(&mut self, now: Instant, event: Event) {
        self.replica.handle(now, Input::Event(event));
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let waiting = (self.role() == Role::Starting).then(|| self.waits_since + START_WAIT);
        let connecting = self.connecting.values().map(|(_, until)| *until).min();
        [
            self.replica.next_timeout(),
            self.kernel.next_timeout(),
            connecting,
            self.late_look,
            self.drain,
            self.capturing.as_ref().map(|(at, _)| *at),
            waiting,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.kernel.handle_timeout(now);
        self.replica.handle_timeout(now);
        let overdue = |(ends, (conn, until)): (&Ends, &(ConnId, Instant))| {
            (*until <= now).then_some((*ends, *conn))
        };
        for (ends, conn) in self
            .connecting
            .iter()
            .filter_map(overdue)
            .collect::<Vec<_>>()
        {
            self.connecting.remove(&ends);
            self.kernel.abandon(ends);
            if self.role().serves() {
                let why = format!("no answer from {}", ends.peer);
                self.replica.handle(now, Input::Closed(conn, why));
            }
        }
        if self.role() == Role::Starting && now.since(self.waits_since) >= START_WAIT {
            self.replica.serve("no other node answers");
        }
        if self.drain.take_if(|at| *at <= now).is_some() {
            self.replica.drained();
        }
        if self.late_look.take_if(|at| *at <= now).is_some() {
            self.adopt_unannounced(now);
            if self.late.is_some_and(|until| until <= now) {
                self.stop_tap();
            }
        }
    }

    /// The other node is gone. A backup takes over; a primary goes on alone.
    pub(super) fn peer_gone(&mut self, now: Instant, why: &str) {
        self.linked = false;
        if self.tap == Tap::Passing {
            self.tap = Tap::Watching;
        }
        if self.role() != Role::Backup {
            self.replica.peer_gone(why, &mut self.shadows);
            return;
        }
        self.taking_over = true;
        let Some(outstanding) = self.replica.peer_gone(why, &mut self.shadows) else {
            self.taking_over = false;
            return;
        };
        self.deeds.push_back(Deed::Reign(self.replica.index()));
        self.carry_out(now);
        let continued = self.restore(now);
        self.deeds.push_back(Deed::OwnAddress);
        self.shadows.take_over();
        self.catch_up(now, continued, outstanding);
        self.taking_over = false;
        self.late = Some(now + LATE_HANDSHAKES);
        self.deeds.push_back(Deed::TookOver);
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

    fn catch_up(&mut self, now: Instant, continued: Vec<Continued>, outstanding: Outstanding) {
        let now = now.max(self.replica.log_time());
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
            if self.replica.reads(conn) && !self.conns.contains_key(&conn) {
                let why = "nothing is known of it after the takeover";
                self.replica.handle(now, Input::Closed(conn, why.into()));
            }
        }
        for (conn, (from, to)) in outstanding.connects {
            match self.shadows.placed(now, from, to, OFFER) {
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
                    self.replica.bound(now, call, bound);
                }
            }
        }
        self.carry_out(now);
        self.adopt_unannounced(now);
    }

    fn adopt_unannounced(&mut self, now: Instant) {
        for (ends, negotiated) in self.shadows.unannounced(now, OFFER) {
            let listener = match self.replica.call_at(ends.local.port()) {
                _ if ends.local.port() == self.service.port() => Listener::Main,
                Some(call) => Listener::Call(call),
                None => continue,
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

    fn adopt_one(
        &mut self,
        now: Instant,
        conn: ConnId,
        ends: Ends,
        negotiated: Negotiated,
        input: Input,
    ) {
        self.shadows.announce(now, conn, ends, negotiated);
        let restoration = self.shadows.restoration(conn, now);
        let octets = self.shadows.take_rest(conn);
        let end = self.shadows.ended(conn);
        self.shadows.forget(conn);
        match restoration {
            Some(restoration) if self.kernel.restore(now, &restoration) => self.attach(conn, ends),
            _ => return,
        }
        (self.replica).handle_connection(now, input, Some((ends, negotiated)));
        if !octets.is_empty() {
            self.replica.handle(now, Input::Received(conn, octets));
        }
        if let Some(end) = end {
            let closed = Input::Closed(conn, end.to_string());
            self.replica.handle(now, closed);
        }
        self.carry_out(now);
    }

    // Connections.

    fn accepted(&mut self, now: Instant, ends: Ends) {
        let (Some(negotiated), Some(listener)) =
            (self.kernel.negotiated(ends), self.listener_at(ends.local))
        else {
            return;
        };
        let conn = self.replica.next_conn();
        self.attach(conn, ends);
        let input = Input::Accepted {
            conn,
            listener,
            peer: ends.peer,
            local: ends.local,
        };
        (self.replica).handle_connection(now, input, Some((ends, negotiated)));
    }

    fn listener_at(&self, local: SocketAddr) -> Option<Listener> {
        if local.port() == self.service.port() {
            return Some(Listener::Main);
        }
        let at = |ports: &Ports| ports.control == local.port();
        let (call, _) = self.bound.iter().find(|(_, ports)| at(ports))?;
        Some(Listener::Call(*call))
    }

    fn established(&mut self, now: Instant, ends: Ends) {
        let (Some((conn, _)), Some(negotiated)) =
            (self.connecting.remove(&ends), self.kernel.negotiated(ends))
        else {
            return;
        };
        self.attach(conn, ends);
        let input = Input::Connected(conn, ends.local);
        (self.replica).handle_connection(now, input, Some((ends, negotiated)));
    }

    fn read(&mut self, now: Instant, ends: Ends) {
        // The core may have closed it meanwhile.
        while let Some(conn) = self.names.get(&ends).copied() {
            if !self.replica.reads(conn) {
                return;
            }
            let input = match self.kernel.read(ends) {
                Read::Octets(octets) => Input::Received(conn, octets),
                Read::Drained => return,
                Read::Finished => Input::Closed(conn, "closed by the peer".into()),
            };
            let ended = matches!(input, Input::Closed(..));
            self.replica.handle(now, input);
            if ended {
                return;
            }
        }
    }

    fn attach(&mut self, conn: ConnId, ends: Ends) {
        self.conns.insert(conn, ends);
        self.names.insert(ends, conn);
    }

    // What the replica wants.

    fn carry_out(&mut self, now: Instant) {
        while let Some(step) = self.poll_step(now) {
            self.step(now, step);
        }
    }

    /// The next step. When none is left, all that the core has caused so far is in the kernel, and the
    /// other node can have some more of its snapshot.
    pub(super) fn poll_step(&mut self, now: Instant) -> Option<Step<Event, Effect>> {
        let step = self.replica.poll_step();
        if step.is_none()
            && let Some((_, capturing)) = self.capturing.take_if(|(at, _)| *at <= now)
        {
            self.capture_more(now, capturing);
            return self.replica.poll_step();
        }
        step
    }

    /// Carries one step out.
    pub(super) fn step(&mut self, now: Instant, step: Step<Event, Effect>) {
        match step {
            Step::Act(action) => self.act(now, action),
            Step::Follow(Effect::Media(command)) => self.media(false, command),
            Step::Follow(_) => {}
            Step::Bind(call, address, exactly) => {
                let bound = self.bind(call, address, exactly);
                self.replica.bound(now, call, bound);
            }
            Step::BackupPorts(..) => {}
            Step::Free(call) => self.free(call),
            Step::Send(envelope) => {
                if self.linked {
                    self.deeds.push_back(Deed::Link(Box::new(envelope)));
                }
            }
            Step::Capture => {
                let conns = self.conns.keys().copied();
                self.capturing = Some((now, Capturing::new(conns)));
            }
            Step::Drain => {
                self.stop_tap();
                self.drain = Some(now + DRAIN_TIME);
            }
            Step::Adopt(snapshot) => self.adopt(&snapshot),
            Step::Role(role, _) => self.became(now, role),
            Step::Slow(why) => {
                // It hears of it by the link, which stands.
                self.replica.peer_gone(&why, &mut self.shadows);
            }
            Step::Prepare(_)
            | Step::Warm
            | Step::Pause
            | Step::Abdicate
            | Step::Resume(_)
            | Step::Succeed(_) => unreachable!("nobody hands a reign over here"),
        }
    }

    fn act(&mut self, now: Instant, action: Action) {
        match action {
            Action::Transmit(conn, octets) => {
                if let Some(ends) = self.conns.get(&conn) {
                    *self.written.entry(conn).or_default() += octets.len() as u64;
                    self.kernel.send(now, *ends, &octets);
                }
            }
            Action::Connect { conn, from, to } => {
                let ends = self.kernel.connect(now, from, to);
                (self.connecting).insert(ends, (conn, now + CONNECT_TIMEOUT));
            }
            Action::Close(conn) => {
                if let Some(ends) = self.conns.remove(&conn) {
                    self.names.remove(&ends);
                    self.kernel.close(now, ends);
                }
            }
            Action::Effect(Effect::Media(command)) => self.media(true, command),
            Action::Effect(Effect::Answer(number, answer)) => {
                self.deeds.push_back(Deed::Answer(number, answer));
            }
            Action::Effect(Effect::Report(_) | Effect::Finished) => {}
            Action::AllocatePorts(..) | Action::ReleasePorts(_) => {
                unreachable!("the replica turns them into steps of their own")
            }
        }
    }

    fn media(&mut self, serves: bool, command: Command) {
        self.commands.push(command.clone());
        self.deeds.push_back(Deed::Media(serves, command));
    }

    fn bind(
        &mut self,
        call: CallId,
        address: IpAddr,
        exactly: Option<Ports>,
    ) -> Result<Ports, String> {
        let first = |tried: u16| FIRST_PORT + call.0 as u16 * 100 + tried * 6;
        let ports = |first: u16| Ports {
            control: first,
            audio: first + 2,
            video: first + 4,
        };
        let ports = exactly.unwrap_or_else(|| {
            let tried = self.tried.entry(call).or_default();
            while self.taken.contains(&first(*tried)) {
                *tried += 1;
            }
            *tried += 1;
            ports(first(*tried - 1))
        });
        if self.taken.contains(&ports.control) {
            return Err(format!("port {} is taken", ports.control));
        }
        self.free(call);
        self.bound.insert(call, ports);
        self.kernel.listen(SocketAddr::new(address, ports.control));
        Ok(ports)
    }

    fn free(&mut self, call: CallId) {
        if let Some(ports) = self.bound.remove(&call) {
            let at = SocketAddr::new(self.service.ip(), ports.control);
            self.kernel.unlisten(at);
        }
    }

    fn became(&mut self, now: Instant, role: Role) {
        match role {
            // The takeover does the rest in an order of its own.
            Role::Simplex if self.taking_over => {}
            Role::Simplex => {
                self.deeds.push_back(Deed::OwnAddress);
                self.greet(now);
            }
            Role::Primary | Role::Backup | Role::Joining => {}
            Role::Starting => {
                self.deeds.push_back(Deed::Unlink);
                self.stop_tap();
                self.waits_since = now;
            }
            Role::Deposed => {
                for ends in std::mem::take(&mut self.conns).into_values() {
                    self.kernel.abandon(ends);
                }
            }
        }
    }

    fn stop_tap(&mut self) {
        self.tap = Tap::Off;
        (self.late, self.late_look) = (None, None);
        self.shadows = no_shadows();
    }

    fn greet(&mut self, now: Instant) {
        if !self.linked {
            return;
        }
        let message = Message::Hello(Hello {
            link: LINK,
            core: Versions::only(1),
            node: self.life,
            role: self.role(),
            configuration: 0,
            mac: [self.life; 6],
            now,
            boot: self.life.into(),
            notes: 0,
        });
        let epoch = self.replica.epoch();
        let envelope = Box::new(Envelope { epoch, message });
        self.deeds.push_back(Deed::Link(envelope));
    }

    /// One connection more, or the last ones and the rest.
    fn capture_more(&mut self, now: Instant, mut capturing: Capturing) {
        if !self.replica.is_asked() {
            return;
        }
        let last = match capturing.poll_next() {
            Some(conn) => {
                self.capture_one(now, &mut capturing, conn);
                None
            }
            None => {
                let open = self.conns.keys().map(|conn| (*conn, self.moved(*conn)));
                capturing.last(open)
            }
        };
        let Some(last) = last else {
            self.capturing = Some((now + BETWEEN_CAPTURES, capturing));
            return;
        };
        for conn in last {
            self.capture_one(now, &mut capturing, conn);
        }
        let service = serde_json::to_vec(&self.commands).expect("commands have a form");
        self.replica
            .snapshot(capturing.finish(now), service.into(), Bytes::new());
    }

    fn moved(&self, conn: ConnId) -> Moved {
        Moved {
            read: self.replica.received(conn),
            written: self.written.get(&conn).copied().unwrap_or_default(),
        }
    }

    fn capture_one(&self, now: Instant, capturing: &mut Capturing, conn: ConnId) {
        let captured = (self.conns.get(&conn)).and_then(|ends| self.kernel.capture(*ends));
        if let Some((socket, unread)) = captured {
            let moved = self.moved(conn);
            let open = OpenConnection {
                conn,
                received: moved.read,
                socket,
                unread,
            };
            capturing.captured(now, moved, open);
        }
    }

    fn adopt(&mut self, snapshot: &Snapshot) {
        self.tape.begin(snapshot.index);
        let commands: Vec<Command> =
            serde_json::from_slice(&snapshot.service).expect("the other node wrote it");
        self.commands = commands.clone();
        self.deeds.push_back(Deed::MediaBegins(commands));
        self.tap = Tap::Passing;
        self.deeds.push_back(Deed::OwnAddress);
        self.replica.ready();
    }
}

fn no_shadows() -> Shadows {
    Shadows::new(ShadowLimits {
        connections: 100,
        handshakes: 100,
        buffered_octets: 1 << 20,
    })
}

fn has_state(role: Role) -> bool {
    role.serves() || role == Role::Backup
}

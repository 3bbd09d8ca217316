//! Two nodes, their clients and the network between them, in virtual time, with deaths at chosen
//! moments. Everything that happens to a node is an event; each step that a node carries out for it
//! is a moment at which a node can die, and so are the moments before and after the event.
//!
//! ```text
//!  client ──½ms──► front node (tap) ──¼ms──► primary        front: whoever answers for the address
//!  client ◄──½ms── primary ◄──────────────── its kernel
//!  primary ◄─¼ms─► backup: the link, in order, nothing is lost but what a death cuts off
//! ```

use super::client::Client;
use super::node::{Deed, Node};
use super::tcp::Packet;
use crate::conference;
use crate::invariants::{
    Determinism, InputSafety, MediaContinuity, OneOwner, OutputCommit, Silence, Verdict, Voice,
};
use base::{ConnId, Instant, LogIndex};
use mcu::core::{Action, Effect, Event, Input, OperatorCommand, Request};
use mcu::terminal::core::{Outcome, Plan, Terminals};
use replication::failover::Role;
use replication::replica::{Envelope, Limits, Message, Step};
use replication::tcp::Ends;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Between clients and the hosts' LAN.
const CLIENT_DELAY: Duration = Duration::from_micros(500);
/// From the tap to the primary, and over the link.
const LAN_DELAY: Duration = Duration::from_micros(250);
/// Until a process takes what its kernel has for it.
const TURN_DELAY: Duration = Duration::from_micros(20);
/// Until a backup applies what it has acknowledged.
const APPLY_DELAY: Duration = Duration::from_micros(10);
/// From the death of a process to the other node's knowing.
const PROCESS_DEATH_DELAY: Duration = Duration::from_millis(1);
/// Of a host: three heartbeats.
const HOST_DEATH_DELAY: Duration = Duration::from_millis(60);
/// Until a link that broke is made again.
const LINK_RETRY: Duration = Duration::from_millis(100);
/// Until an operator without an answer asks again.
const OPERATOR_PATIENCE: Duration = Duration::from_millis(20);
/// Events at one time, at most: more is a loop.
const TURNS_MAX: u32 = 10_000;

/// Where the pair serves.
pub fn service() -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], 1720))
}

/// Who dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    /// The node that serves.
    Primary,
    /// The other one.
    Backup,
}

/// How a node dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// Its process only: what it has said arrives, and the other node knows at once.
    Process,
    /// Its process, which still had messages for the other node to hand to its kernel: of those on
    /// their way only so many arrive.
    Cut(usize),
    /// The whole host: nothing on its way arrives, and its heartbeats stop.
    Host,
}

/// A death at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Which moment, counted from [`Pair::arm`].
    pub moment: u64,
    /// Who.
    pub victim: Victim,
    /// How.
    pub death: Death,
}

/// A packet that is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// A client's data, before the tap.
    BeforeTap,
    /// A client's data, between tap and primary.
    BehindTap,
    /// Data of the service.
    Output,
    /// A client's acknowledgement without data.
    Acknowledgement,
}

/// Something that a node does or is told, by which a scenario names a moment.
#[derive(Clone, Copy)]
pub enum Sign {
    /// It carries out such a step.
    Step(fn(&Step<Event, Effect>) -> bool),
    /// It takes such a message from the other node.
    Message(fn(&Message<Event>) -> bool),
}

/// Before or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Before it happens.
    Before,
    /// When it has happened.
    After,
}

struct Omen {
    sign: Sign,
    side: Side,
    victim: Victim,
    death: Death,
}

enum What {
    ToHost(usize, Packet),
    Forwarded(usize, Packet),
    ToClient(usize, Packet),
    Link {
        from: u8,
        to: usize,
        envelope: Box<Envelope<Event>>,
    },
    LinkUp(usize),
    LinkDown(usize),
    PeerGone(usize, &'static str),
    Turn(usize),
    Apply(usize),
    Operator(u64),
    Start(usize),
    Cut,
}

/// What every run is held against.
#[derive(Default)]
struct Checks {
    input: InputSafety,
    output: OutputCommit,
    determinism: Determinism,
    silence: Silence,
    media: MediaContinuity,
    owner: OneOwner,
    violations: Vec<String>,
}

impl Checks {
    fn note(&mut self, verdict: Verdict) {
        if let Err(how) = verdict
            && self.violations.len() < 10
        {
            self.violations.push(how);
        }
    }
}

struct Question {
    command: OperatorCommand,
    /// The record by which a core has heard it.
    recorded: Option<LogIndex>,
    answer: Option<Result<serde_json::Value, String>>,
}

/// What became of the calls.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// How each terminal's call went.
    pub outcomes: Vec<Outcome>,
    /// What each client heard on each of its connections, but for what a Setup says of the port that
    /// the node's kernel has chosen for that connection.
    pub heard: BTreeMap<(usize, ConnId), Vec<u8>>,
    /// What each client's media plane was told, sorted.
    pub media: Vec<Vec<String>>,
    /// Calls and connections that the service still has.
    pub left: Option<(usize, usize)>,
}

/// Everything there is.
pub struct Pair {
    now: Instant,
    config: String,
    limits: Limits,
    nodes: [Option<Node>; 2],
    /// Ports that somebody else has on a host.
    taken: [Vec<u16>; 2],
    lives: u8,
    /// The host that answers for the service's address.
    front: usize,
    /// What the other node of each host had of the log when it was last its backup.
    held: [LogIndex; 2],
    clients: Vec<Client>,
    events: BTreeMap<(Instant, u64), What>,
    scheduled: u64,
    waiting: [(bool, bool); 2],
    moments: Option<u64>,
    faults: Vec<Fault>,
    /// How long after its death a host starts again.
    revival: Option<(Duration, Duration)>,
    no_death_before: Instant,
    deaths: usize,
    omens: Vec<Omen>,
    losses: Vec<(Loss, u64)>,
    counted: BTreeMap<u8, u64>,
    questions: BTreeMap<u64, Question>,
    /// Names of connections in the log as it stands: which record named them.
    names: BTreeMap<ConnId, (LogIndex, Ends)>,
    dialled: BTreeMap<ConnId, SocketAddr>,
    checks: Checks,
    tells: bool,
}

impl Pair {
    /// One node that serves alone, by this configuration.
    pub fn simplex(config: &str) -> Self {
        let mut pair = Pair {
            now: conference::START,
            config: config.into(),
            limits: Limits::default(),
            nodes: [None, None],
            taken: [Vec::new(), Vec::new()],
            lives: 0,
            front: 0,
            held: [LogIndex(0); 2],
            clients: Vec::new(),
            events: BTreeMap::new(),
            scheduled: 0,
            waiting: [(false, false); 2],
            moments: None,
            faults: Vec::new(),
            revival: None,
            no_death_before: Instant::ZERO,
            deaths: 0,
            omens: Vec::new(),
            losses: Vec::new(),
            counted: BTreeMap::new(),
            questions: BTreeMap::new(),
            names: BTreeMap::new(),
            dialled: BTreeMap::new(),
            checks: Checks::default(),
            tells: std::env::var_os("PAIR_TELLS").is_some(),
        };
        pair.start(0);
        pair.run_for(Duration::from_secs(2));
        pair
    }

    /// Two nodes in duplex.
    pub fn duplex(config: &str) -> Self {
        let mut pair = Pair::simplex(config);
        pair.start(1);
        pair.run_for(Duration::from_millis(100));
        assert!(pair.is_duplex(), "{}", pair.roles());
        pair
    }

    /// A fresh node starts on host `place`.
    pub fn start(&mut self, place: usize) {
        assert!(self.nodes[place].is_none(), "host {place} has a node");
        let server = conference::server(&self.config);
        let mut node = Node::new(self.lives, server, service(), self.limits.clone(), self.now);
        node.taken.extend(&self.taken[place]);
        self.lives += 1;
        self.nodes[place] = Some(node);
        self.waiting[place] = (false, false);
        if self.nodes[1 - place].is_some() {
            // A node that missed the death of the former one sees a new one instead.
            self.events
                .retain(|_, what| !matches!(what, What::PeerGone(of, _) if *of == 1 - place));
            for place in [0, 1] {
                self.schedule(LAN_DELAY * 2, What::LinkUp(place));
            }
        }
    }

    /// A terminal that does as `arguments` say, from now on.
    pub fn call(&mut self, plan: Plan) -> usize {
        let number = self.clients.len();
        let address = IpAddr::from([10, 0, 0, number as u8 + 10]);
        let terminals = Terminals::new(plan, self.now, number as u64 + 2);
        self.clients.push(Client::new(address, terminals));
        number
    }

    /// A terminal's address for those who call it.
    pub fn address(&self, client: usize) -> SocketAddr {
        SocketAddr::new(self.clients[client].address, super::client::SIGNALLING_PORT)
    }

    /// Somebody else has these TCP ports on host `place`.
    pub fn take_ports(&mut self, place: usize, ports: impl IntoIterator<Item = u16>) {
        self.taken[place].extend(ports);
        if let Some(node) = &mut self.nodes[place] {
            node.taken.extend(&self.taken[place]);
        }
    }

    /// From now on a host starts again so long after the death of its node, and the next death comes
    /// `pause` after that at the earliest.
    pub fn revive(&mut self, after: Duration, pause: Duration) {
        self.revival = Some((after, pause));
    }

    /// Moments are counted, and deaths come, from now on: in this order, each as soon after its moment
    /// as there is somebody to die and, if it is the primary, a backup to take over.
    pub fn arm(&mut self, faults: &[Fault]) {
        self.moments.get_or_insert(0);
        self.faults.extend(faults);
    }

    /// A death just before, or after, the first time that something happens.
    pub fn kill_at(&mut self, side: Side, sign: Sign, victim: Victim, death: Death) {
        self.omens.push(Omen {
            sign,
            side,
            victim,
            death,
        });
    }

    /// The `nth` packet of a kind, from now on and counted from 0, is lost.
    pub fn lose(&mut self, loss: Loss, nth: u64) {
        self.counted.insert(loss as u8, 0);
        self.losses.push((loss, nth));
    }

    /// Moments so far.
    pub fn moments(&self) -> u64 {
        self.moments.unwrap_or_default()
    }

    /// Deaths that have come.
    pub fn deaths(&self) -> usize {
        self.deaths
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// A client.
    pub fn client(&self, number: usize) -> &Client {
        &self.clients[number]
    }

    /// The host whose node serves.
    pub fn serving(&self) -> Option<usize> {
        let serves = |node: &Node| node.role().serves();
        (0..2).find(|place| self.nodes[*place].as_ref().is_some_and(serves))
    }

    /// One node serves and the other is its backup, and both know.
    pub fn is_duplex(&self) -> bool {
        let roles = [0, 1].map(|place| self.role(place));
        roles.contains(&Some(Role::Primary)) && roles.contains(&Some(Role::Backup))
    }

    /// What the node on host `place` is.
    pub fn role(&self, place: usize) -> Option<Role> {
        self.nodes[place].as_ref().map(Node::role)
    }

    /// Both nodes' roles, in words.
    pub fn roles(&self) -> String {
        let name = |place| self.role(place).map_or("dead", Role::name);
        format!("{} and {}", name(0), name(1))
    }

    /// The server of the node that serves.
    pub fn server(&self) -> Option<&mcu::conference::Server> {
        let node = self.nodes[self.serving()?].as_ref()?;
        Some(node.replica.core().server())
    }

    /// What was found wrong so far.
    pub fn violations(&self) -> &[String] {
        &self.checks.violations
    }

    /// Records that both nodes have handled, and reigns.
    pub fn compared(&self) -> (u64, usize) {
        (
            self.checks.determinism.compared(),
            self.checks.owner.reigns(),
        )
    }

    /// The core on host `place` is fed something that the log does not have.
    pub fn diverge(&mut self, place: usize) {
        if let Some(node) = &self.nodes[place] {
            node.divergence.plant();
        }
    }

    /// An operator asks the pair, and again until it is answered.
    pub fn ask(&mut self, command: OperatorCommand) -> u64 {
        let number = self.questions.len() as u64 + 1;
        let question = Question {
            command,
            recorded: None,
            answer: None,
        };
        self.questions.insert(number, question);
        self.schedule(Duration::ZERO, What::Operator(number));
        number
    }

    /// The answer, if there is one yet.
    pub fn answer(&self, number: u64) -> Option<&Result<serde_json::Value, String>> {
        self.questions.get(&number)?.answer.as_ref()
    }

    /// Lets `time` pass.
    pub fn run_for(&mut self, time: Duration) {
        self.run_until(self.now + time, |_| false);
    }

    /// Lets time pass until `done`, but not beyond `patience`; true if done.
    pub fn run_until_done(&mut self, patience: Duration, done: impl Fn(&Pair) -> bool) -> bool {
        self.run_until(self.now + patience, done)
    }

    /// Lets time pass until every terminal has done what it was to do.
    pub fn run_to_the_end(&mut self, patience: Duration) -> bool {
        let over = |pair: &Pair| pair.clients.iter().all(|client| client.finished);
        let done = self.run_until_done(patience, over);
        self.run_for(Duration::from_secs(3));
        done
    }

    /// What became of the calls so far.
    pub fn finding(&self) -> Finding {
        let outcomes = (self.clients.iter()).flat_map(|client| client.core.outcomes());
        let heard = self.clients.iter().enumerate().flat_map(|(at, client)| {
            (client.heard.iter()).map(move |(conn, octets)| ((at, *conn), unnumbered(octets)))
        });
        let media = self.clients.iter().map(|client| {
            let commands = client.commands.iter().map(|command| format!("{command:?}"));
            let mut commands: Vec<String> = commands.collect();
            commands.sort_unstable();
            commands
        });
        Finding {
            outcomes: outcomes.collect(),
            media: media.collect(),
            heard: heard.collect(),
            left: (self.server()).map(|server| (server.calls(), server.connections())),
        }
    }

    fn schedule(&mut self, after: Duration, what: What) {
        self.scheduled += 1;
        self.events.insert((self.now + after, self.scheduled), what);
    }

    fn run_until(&mut self, until: Instant, done: impl Fn(&Pair) -> bool) -> bool {
        let mut turns = 0;
        while !done(self) {
            let Some(next) = self.next_event().filter(|next| *next <= until) else {
                self.now = until;
                return false;
            };
            turns = if next > self.now { 0 } else { turns + 1 };
            assert!(turns < TURNS_MAX, "the world does not get beyond {next:?}");
            self.now = self.now.max(next);
            match self.events.first_entry() {
                Some(entry) if entry.key().0 <= self.now => {
                    let what = entry.remove();
                    self.happen(what);
                }
                _ => self.time_comes(),
            }
        }
        true
    }

    fn next_event(&self) -> Option<Instant> {
        let queued = self.events.keys().next().map(|(at, _)| *at);
        let nodes = self.nodes.iter().flatten().filter_map(Node::next_timeout);
        let clients = self.clients.iter().filter_map(Client::next_timeout);
        queued.into_iter().chain(nodes).chain(clients).min()
    }

    fn time_comes(&mut self) {
        for place in 0..2 {
            let due = |node: &Node| node.next_timeout().is_some_and(|at| at <= self.now);
            if self.nodes[place].as_ref().is_some_and(due) {
                self.tell(|| format!("host {place}: timeout"));
                self.node_event(place, Node::handle_timeout);
            }
        }
        for number in 0..self.clients.len() {
            let client = &mut self.clients[number];
            if client.next_timeout().is_some_and(|at| at <= self.now) {
                client.handle_timeout(self.now);
                self.client_sends(number);
            }
        }
    }

    fn happen(&mut self, what: What) {
        match what {
            What::ToHost(place, packet) => {
                self.node_event(place, |node, now| node.arrive(now, packet));
            }
            What::Forwarded(place, packet) => {
                self.node_event(place, |node, now| node.forwarded(now, &packet));
            }
            What::ToClient(number, packet) => self.client_receives(number, &packet),
            What::Link { to, envelope, .. } => {
                self.tell(|| format!("host {to}: {:.300}", format!("{envelope:?}")));
                let omen = self.omen(|sign| match sign {
                    Sign::Message(is) => is(&envelope.message),
                    Sign::Step(_) => false,
                });
                self.fulfil(&omen, Side::Before);
                self.node_event(to, |node, now| node.message(now, *envelope));
                self.fulfil(&omen, Side::After);
            }
            What::LinkDown(place) => self.node_event(place, Node::link_down),
            What::LinkUp(place) => self.node_event(place, Node::link_up),
            What::PeerGone(place, why) => {
                self.tell(|| format!("host {place}: the other node is gone, {why}"));
                self.node_event(place, |node, now| node.peer_gone(now, why));
            }
            What::Turn(place) => {
                self.waiting[place].0 = false;
                self.node_event(place, Node::take_news);
            }
            What::Apply(place) => {
                self.waiting[place].1 = false;
                self.node_event(place, |node, _| node.follow());
            }
            What::Operator(number) => self.operator(number),
            What::Start(place) => self.start(place),
            What::Cut => self.cut_link(),
        }
    }

    fn operator(&mut self, number: u64) {
        let question = &self.questions[&number];
        if question.recorded.is_some() {
            return;
        }
        let Some(place) = self.serving() else {
            return self.schedule(OPERATOR_PATIENCE, What::Operator(number));
        };
        let command = question.command.clone();
        let request = Event::Operator(Request { number, command });
        self.node_event(place, |node, now| node.handle(now, request));
        self.schedule(OPERATOR_PATIENCE, What::Operator(number));
    }

    /// Something happens to a node, and it carries out what follows.
    fn node_event(&mut self, place: usize, event: impl FnOnce(&mut Node, Instant)) {
        self.moment();
        let Some(node) = &mut self.nodes[place] else {
            return;
        };
        event(node, self.now);
        let life = node.life;
        self.observe(place);
        self.moment();
        let now = self.now;
        while let Some(node) = self.alive(place, life)
            && let Some(step) = node.poll_step(now)
        {
            self.tell(|| format!("host {place} {:.200}", format!("{step:?}")));
            let omen = self.omen(|sign| match sign {
                Sign::Step(is) => is(&step),
                Sign::Message(_) => false,
            });
            self.fulfil(&omen, Side::Before);
            if let Some(node) = self.alive(place, life) {
                node.step(now, step);
            }
            self.observe(place);
            self.fulfil(&omen, Side::After);
            self.moment();
        }
        let Some(node) = self.nodes[place].as_ref().filter(|node| node.life == life) else {
            return;
        };
        let (news, work) = (node.kernel.has_news(), node.replica.has_work());
        let (turn, apply) = self.waiting[place];
        if news && !turn {
            self.waiting[place].0 = true;
            self.schedule(TURN_DELAY, What::Turn(place));
        }
        if work && !apply {
            self.waiting[place].1 = true;
            self.schedule(APPLY_DELAY, What::Apply(place));
        }
    }

    fn alive(&mut self, place: usize, life: u8) -> Option<&mut Node> {
        self.nodes[place].as_mut().filter(|node| node.life == life)
    }

    fn omen(&mut self, seen: impl Fn(Sign) -> bool) -> Option<Omen> {
        let at = self.omens.iter().position(|omen| seen(omen.sign))?;
        Some(self.omens.remove(at))
    }

    fn fulfil(&mut self, omen: &Option<Omen>, side: Side) {
        if let (Some(omen), Some(serving)) = (omen, self.serving())
            && omen.side == side
        {
            let place = match omen.victim {
                Victim::Primary => serving,
                Victim::Backup => 1 - serving,
            };
            self.kill(place, omen.death);
        }
    }

    /// A moment at which a node may die.
    fn moment(&mut self) {
        let Some(moment) = self.moments else { return };
        self.moments = Some(moment + 1);
        let Some(fault) = self.faults.first().copied() else {
            return;
        };
        if fault.moment > moment || self.now < self.no_death_before {
            return;
        }
        let Some(serving) = self.serving() else {
            return;
        };
        let other = self.role(1 - serving);
        // Before there is a backup the service is not protected.
        let place = match fault.victim {
            Victim::Primary if other == Some(Role::Backup) => serving,
            Victim::Backup if other.is_some() => 1 - serving,
            _ => return,
        };
        self.faults.remove(0);
        self.kill(place, fault.death);
        if let Some((after, pause)) = self.revival {
            self.schedule(after, What::Start(place));
            self.no_death_before = self.now + after + pause;
        }
    }

    /// The node on host `place` dies now.
    pub fn kill(&mut self, place: usize, death: Death) {
        let Some(node) = self.nodes[place].take() else {
            return;
        };
        self.tell(|| format!("host {place} dies: {death:?}"));
        self.deaths += 1;
        let keep = match death {
            Death::Process => usize::MAX,
            Death::Cut(keep) => keep,
            Death::Host => 0,
        };
        let life = node.life;
        let mut kept = 0;
        self.events.retain(|_, what| match what {
            What::Link { from, .. } if *from == life => {
                kept += 1;
                kept <= keep
            }
            What::Link { to, .. }
            | What::Turn(to)
            | What::Apply(to)
            | What::LinkUp(to)
            | What::LinkDown(to)
            | What::PeerGone(to, _)
            | What::ToHost(to, _)
            | What::Forwarded(to, _) => *to != place,
            // A host that loses power does so in the middle of what it says.
            What::ToClient(_, packet) => death != Death::Host || packet.payload.is_empty(),
            What::Operator(_) | What::Start(_) | What::Cut => true,
        });
        self.waiting[place] = (false, false);
        if self.nodes[1 - place].is_some() {
            let (after, why) = match death {
                Death::Host => (HOST_DEATH_DELAY, "its heartbeats have stopped"),
                Death::Process | Death::Cut(_) => (PROCESS_DEATH_DELAY, "its process has died"),
            };
            self.schedule(after, What::PeerGone(1 - place, why));
        }
    }

    /// The link breaks then, though both nodes live; they make it again.
    pub fn cut_link_after(&mut self, time: Duration) {
        self.schedule(time, What::Cut);
    }

    fn cut_link(&mut self) {
        self.tell(|| "the link breaks".into());
        self.events.retain(|_, what| {
            !matches!(
                what,
                What::Link { .. } | What::LinkUp(_) | What::LinkDown(_)
            )
        });
        if self.nodes.iter().all(Option::is_some) {
            for place in [0, 1] {
                self.schedule(LAN_DELAY, What::LinkDown(place));
                self.schedule(LINK_RETRY, What::LinkUp(place));
            }
        }
    }

    // What the nodes do.

    /// Takes note of what a node has done, and passes it on.
    fn observe(&mut self, place: usize) {
        while let Some(deed) = self.nodes[place]
            .as_mut()
            .and_then(|node| node.deeds.pop_front())
        {
            self.deed(place, deed);
        }
        self.read_tape(place, LogIndex(u64::MAX));
        let Some(node) = &self.nodes[place] else {
            return;
        };
        let (life, role) = (node.life, node.role());
        let epoch = node.replica.epoch();
        let verdict = self.checks.owner.is(life, role.serves(), epoch);
        self.checks.note(verdict);
        if role == Role::Backup {
            self.held[1 - place] = node.replica.index();
        }
        while let Some(packet) = (self.nodes[place].as_mut()).and_then(|n| n.kernel.poll_packet()) {
            self.node_sends(place, packet);
        }
    }

    fn read_tape(&mut self, place: usize, last: LogIndex) {
        while let Some(node) = &self.nodes[place]
            && let Some(entry) = node.tape.next(last)
        {
            let verdict = (self.checks.determinism).handled(node.life, entry.index, entry.digest);
            self.checks.note(verdict);
            match &entry.input {
                Input::Accepted {
                    conn, peer, local, ..
                } => {
                    let (local, peer) = (*local, *peer);
                    self.names
                        .insert(*conn, (entry.index, Ends { local, peer }));
                }
                Input::Connected(conn, local) => {
                    if let Some(peer) = self.dialled.get(conn).copied() {
                        let local = *local;
                        self.names
                            .insert(*conn, (entry.index, Ends { local, peer }));
                    }
                }
                Input::Event(Event::Operator(request)) => {
                    if let Some(question) = self.questions.get_mut(&request.number) {
                        question.recorded.get_or_insert(entry.index);
                    }
                }
                _ => {}
            }
            for output in &entry.outputs {
                if let Action::Connect { conn, to, .. } = output {
                    self.dialled.insert(*conn, *to);
                }
            }
            let said = entry.outputs.iter().filter_map(|output| match output {
                Action::Transmit(conn, octets) => Some((self.names.get(conn)?.1, octets.as_ref())),
                _ => None,
            });
            self.checks.output.said(entry.index, said);
        }
    }

    fn deed(&mut self, place: usize, deed: Deed) {
        let Some(node) = &self.nodes[place] else {
            return;
        };
        let life = node.life;
        match deed {
            Deed::Link(envelope) => {
                if self.nodes[1 - place].is_some() {
                    let to = 1 - place;
                    let from = life;
                    self.schedule(LAN_DELAY, What::Link { from, to, envelope });
                }
            }
            Deed::Unlink => self.cut_link(),
            Deed::Forward(packet) => {
                let lost = !packet.payload.is_empty() && self.is_lost(Loss::BehindTap);
                if !lost {
                    self.schedule(LAN_DELAY, What::Forwarded(1 - place, packet));
                }
            }
            Deed::OwnAddress => self.front = place,
            Deed::Reign(index) => self.reign(place, index),
            Deed::TookOver => self.took_over(place),
            Deed::Media(serves, command) => {
                let verdict = self.checks.media.told(life, serves, &command);
                self.checks.note(verdict);
            }
            Deed::MediaBegins(commands) => {
                let verdict = self.checks.media.begins(life, &commands);
                self.checks.note(verdict);
            }
            Deed::Answer(number, answer) => {
                if let Some(question) = self.questions.get_mut(&number) {
                    question.answer = Some(answer);
                }
            }
        }
    }

    /// The node on host `place` has taken over with the log up to `index`.
    fn reign(&mut self, place: usize, index: LogIndex) {
        self.read_tape(place, index);
        self.tell(|| format!("host {place} takes over at record {index}"));
        let Some(node) = &self.nodes[place] else {
            return;
        };
        self.checks.determinism.reign(index);
        let verdicts = [
            self.checks.output.reign(index),
            self.checks.media.reign(node.life),
        ];
        verdicts
            .into_iter()
            .for_each(|verdict| self.checks.note(verdict));
        self.names.retain(|_, (named, _)| *named <= index);
        for question in self.questions.values_mut() {
            if question.recorded.is_some_and(|recorded| recorded > index) {
                question.recorded = None;
            }
        }
        let unheard = |question: &Question| question.recorded.is_none();
        let unheard: Vec<u64> = (self.questions.iter())
            .filter(|(_, question)| unheard(question))
            .map(|(number, _)| *number)
            .collect();
        for number in unheard {
            self.schedule(OPERATOR_PATIENCE, What::Operator(number));
        }
    }

    /// I1 at a takeover: what clients have seen acknowledged is in the new kernel.
    fn took_over(&mut self, place: usize) {
        let Some(node) = &self.nodes[place] else {
            return;
        };
        let mut lost = Vec::new();
        for (ends, acknowledged) in self.checks.input.connections() {
            let Some(client) = self.client_at(ends.peer.ip()) else {
                continue;
            };
            if acknowledged == 0 || self.clients[client].has_closed(swapped(ends)) {
                continue;
            }
            match node.kernel.progress(ends) {
                Some((_, received)) => lost.push(self.checks.input.known(ends, received)),
                None => lost.push(Err(format!("I1: {} has lost its connection", ends.peer))),
            }
        }
        lost.into_iter()
            .for_each(|verdict| self.checks.note(verdict));
    }

    fn node_sends(&mut self, place: usize, packet: Packet) {
        let Some(node) = &self.nodes[place] else {
            return;
        };
        let ends = Ends {
            local: packet.from,
            peer: packet.to,
        };
        let role = node.role();
        let what = match packet.fin || packet.rst {
            true => Voice::Goodbye,
            false => Voice::Segment,
        };
        let verdict = self.checks.silence.heard(node.life, Some(role), what, ends);
        self.checks.note(verdict);
        let held = match role {
            Role::Primary => self.held[place],
            _ => LogIndex(u64::MAX),
        };
        if let Some(offset) = node.kernel.offset(&packet) {
            let verdict = (self.checks.output).sent(ends, offset, &packet.payload, held);
            self.checks.note(verdict);
        }
        let lost = !packet.payload.is_empty() && self.is_lost(Loss::Output);
        if let Some(client) = self.client_at(packet.to.ip()).filter(|_| !lost) {
            self.schedule(CLIENT_DELAY, What::ToClient(client, packet));
        }
    }

    // What the clients do.

    fn client_at(&self, address: IpAddr) -> Option<usize> {
        self.clients
            .iter()
            .position(|client| client.address == address)
    }

    fn client_receives(&mut self, number: usize, packet: &Packet) {
        self.tell(|| {
            let Packet {
                sequence,
                acknowledgement,
                ..
            } = packet;
            let flags = (packet.syn, packet.fin, packet.rst);
            let size = packet.payload.len();
            format!("client {number}: {sequence:?} {acknowledgement:?} {flags:?} {size}")
        });
        let client = &mut self.clients[number];
        client.receive(self.now, packet);
        let theirs = Ends {
            local: packet.to,
            peer: packet.from,
        };
        let ends = swapped(theirs);
        if let Some((acknowledged, _)) = client.kernel.progress(theirs) {
            self.checks.input.acknowledged(ends, acknowledged);
            let backup = (self.nodes.iter().flatten()).find(|node| node.role() == Role::Backup);
            if let Some(known) = backup.and_then(|node| node.shadow_knows(self.now, ends)) {
                let verdict = self.checks.input.known(ends, known);
                self.checks.note(verdict);
            }
        } else {
            self.checks.input.over(ends);
        }
        self.client_sends(number);
    }

    fn client_sends(&mut self, number: usize) {
        while let Some(packet) = self.clients[number].kernel.poll_packet() {
            let loss = match packet.payload.is_empty() {
                false => Some(Loss::BeforeTap),
                true if !packet.syn && !packet.fin => Some(Loss::Acknowledgement),
                true => None,
            };
            let lost = loss.is_some_and(|loss| self.is_lost(loss));
            if !lost && packet.to.ip() == service().ip() {
                self.schedule(CLIENT_DELAY, What::ToHost(self.front, packet));
            }
        }
    }

    fn is_lost(&mut self, loss: Loss) -> bool {
        let Some(count) = self.counted.get_mut(&(loss as u8)) else {
            return false;
        };
        *count += 1;
        let nth = *count - 1;
        self.losses.contains(&(loss, nth))
    }

    fn tell(&self, text: impl FnOnce() -> String) {
        if self.tells {
            eprintln!("{:>12?} {}", self.now.since(conference::START), text());
        }
    }
}

/// Without the ports that a kernel gives to connections that a node places.
fn unnumbered(octets: &[u8]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    for at in 0..octets.len().saturating_sub(5) {
        let port = u16::from_be_bytes([octets[at + 4], octets[at + 5]]);
        if octets[at..at + 4] == [10, 0, 0, 1] && port >= super::node::FIRST_PLACED_PORT {
            octets[at + 4..at + 6].fill(0);
        }
    }
    octets
}

/// The same connection as its other end names it.
fn swapped(ends: Ends) -> Ends {
    Ends {
        local: ends.peer,
        peer: ends.local,
    }
}

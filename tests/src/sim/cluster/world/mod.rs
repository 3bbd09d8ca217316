//! Nodes, clients, the arbiter and the network between them, in virtual time, with whatever a schedule has go wrong.

mod clients;
mod faults;
mod links;
mod nodes;

use super::checks::Checks;
use super::client::Client;
use super::hearing::Beat;
use super::links::Link;
use super::network::{HostClock, Network, Party};
use super::node::{Item, Node};
use super::plant::Plant;
use super::schedule::{Schedule, Timed};
use crate::sim::tcp::Packet;
use base::{Instant, LogIndex, Rng};
use replication::arbiter::{Answer, Question, Record, Register};
use replication::failover::Role;
use replication::tcp::Ends;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

/// When the world begins: long after the arbiter.
const BEGINNING: Instant = Instant::from_millis(100_000);
/// Until a process takes what its kernel has for it.
const TURN_DELAY: Duration = Duration::from_micros(20);
/// How often two nodes without a link try to make one.
const LINK_RETRY: Duration = Duration::from_millis(100);
/// After so long a kernel gives a link up whose other end does not answer.
const LINK_PATIENCE: Duration = Duration::from_secs(3);
/// Until a deposed node begins anew.
const RESTART: Duration = Duration::from_millis(100);
/// Duplex for so long is there to stay: longer than a backup waits with fencing, and fencing takes.
const SETTLED: Duration = Duration::from_millis(1500);
/// Until a single fault that finds no duplex is tried again.
const SINGLE_RETRY: Duration = Duration::from_millis(20);
/// From the tap to the primary, within one switch.
const FRAME_DELAY_MAX: Duration = Duration::from_millis(10);
/// Events at one time, at most: more is a loop.
const TURNS_MAX: u32 = 100_000;

fn service() -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], 1720))
}

#[derive(Debug)]
enum What {
    Start(u8),
    Beat(u8, Beat),
    Item(u8, u8, u64, Item),
    LinkTry(u8, u8),
    LinkUp(u8, u8, u64),
    LinkPatience(u8, u8, u64),
    Forwarded(u8, u8, Packet),
    ToHost(u8, Packet),
    ToClient(usize, Packet),
    Ask(u8, u64, u64, Question),
    Answer(u8, u64, u64, Answer),
    Probe(u8, u8),
    Refused(u8, u8),
    Fence(u8, u8, u8, bool),
    Fenced(u8, u8, u8, bool),
    Turn(u8, u8),
    Announce(u8),
    Resume(u8, u64),
    Begin(usize),
    Undo(usize),
    ArbiterStarts,
}

/// A host.
struct Host {
    node: Option<Node>,
    clock: HostClock,
    /// The host is down, not only the process.
    down: bool,
    /// A process that has died closes its port then.
    port_closes: Instant,
    /// The process stands still; the number of the last fault that made it.
    paused: Option<u64>,
    /// What waits for it, and since when.
    waiting: VecDeque<(Instant, What)>,
    /// Faults that take its carrier.
    no_carrier: u8,
    turn: bool,
    /// It may send, as far as it was looked at.
    may: bool,
    /// What the backup of its node had of the log when it was looked at last.
    held: LogIndex,
    /// When it has something to do.
    wake: Option<Instant>,
}

/// What has happened, over one run or many.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    /// Runs.
    pub seeds: u64,
    /// A backup has taken over.
    pub takeovers: u64,
    /// A primary has gone on alone.
    pub alone: u64,
    /// A node was suspended.
    pub suspensions: u64,
    /// A node has become the backup.
    pub rejoins: u64,
    /// A node has yielded to another.
    pub yields: u64,
    /// A reign was handed over.
    pub handovers: u64,
    /// The arbiter has refused something.
    pub refusals: u64,
    /// A node was fenced.
    pub fences: u64,
    /// A node began without state.
    pub fresh: u64,
    /// Calls that ended.
    pub lost: u64,
    /// Requests answered.
    pub answers: u64,
    /// Records that two nodes have compared.
    pub compared: u64,
    /// Events.
    pub events: u64,
    /// The longest time without media in a run with a single fault, milliseconds.
    pub longest_gap_ms: u64,
}

impl Tally {
    /// Whatever is to be tried has been.
    pub fn has_seen_everything(&self) -> bool {
        let Tally {
            takeovers,
            alone,
            suspensions,
            rejoins,
            yields,
            handovers,
            refusals,
            fences,
            fresh,
            ..
        } = *self;
        [
            takeovers,
            alone,
            suspensions,
            rejoins,
            yields,
            handovers,
            refusals,
            fences,
            fresh,
        ]
        .iter()
        .all(|count| *count > 0)
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.seeds += other.seeds;
        self.takeovers += other.takeovers;
        self.alone += other.alone;
        self.suspensions += other.suspensions;
        self.rejoins += other.rejoins;
        self.yields += other.yields;
        self.handovers += other.handovers;
        self.refusals += other.refusals;
        self.fences += other.fences;
        self.fresh += other.fresh;
        self.lost += other.lost;
        self.answers += other.answers;
        self.compared += other.compared;
        self.events += other.events;
        self.longest_gap_ms = self.longest_gap_ms.max(other.longest_gap_ms);
    }
}

/// Everything there is.
pub(super) struct World {
    now: Instant,
    rng: Rng,
    schedule: Schedule,
    plant: Plant,
    hosts: Vec<Host>,
    links: BTreeMap<(u8, u8), Link>,
    network: Network,
    register: Option<Register>,
    record: Option<Record>,
    clients: Vec<Client>,
    /// When each client last had media.
    media: Vec<Option<Instant>>,
    /// The host that answers for the service's address.
    front: u8,
    events: BTreeMap<(Instant, u64), What>,
    scheduled: u64,
    lives: u8,
    healed: bool,
    duplex_since: Option<Instant>,
    /// Fencing commands that run.
    fencing: u32,
    pub checks: Checks,
    pub tally: Tally,
    tells: bool,
}

impl World {
    pub fn new(seed: u64, schedule: Schedule, plant: Plant) -> Self {
        // Not the numbers that the schedule was made of.
        let mut rng = Rng::new(seed ^ 0x5eed_0000_0000_0000);
        let host = |rng: &mut Rng| Host {
            node: None,
            clock: HostClock {
                begins: rng.below(1 << 40),
                gains: rng.below(401) as i64 - 200,
            },
            down: false,
            port_closes: Instant::ZERO,
            paused: None,
            waiting: VecDeque::new(),
            no_carrier: 0,
            turn: false,
            may: false,
            held: LogIndex(0),
            wake: None,
        };
        let hosts: Vec<Host> = (0..schedule.mode.nodes).map(|_| host(&mut rng)).collect();
        let client = |number| {
            Client::new(
                number,
                service(),
                seed.wrapping_add(number.into()),
                BEGINNING,
            )
        };
        let mut world = World {
            now: BEGINNING,
            hosts,
            links: BTreeMap::new(),
            network: Network::default(),
            register: Some(Register::new(Instant::ZERO, None)),
            record: None,
            clients: (0..schedule.clients).map(client).collect(),
            media: vec![None; schedule.clients.into()],
            front: 1,
            events: BTreeMap::new(),
            scheduled: 0,
            lives: 0,
            healed: false,
            duplex_since: None,
            fencing: 0,
            checks: Checks::new(schedule.strict),
            tally: Tally {
                seeds: 1,
                ..Tally::default()
            },
            tells: std::env::var_os("CLUSTER_TELLS").is_some(),
            rng,
            plant,
            schedule,
        };
        for node in 1..=world.schedule.mode.nodes {
            let after = world.schedule.starts[usize::from(node) - 1];
            world.after(after, What::Start(node));
            for other in node + 1..=world.schedule.mode.nodes {
                world.links.insert((node, other), Link::default());
                world.after(Duration::ZERO, What::LinkTry(node, other));
            }
        }
        world
    }

    /// From now on what the schedule has go wrong does so.
    pub fn begin_faults(&mut self) {
        for number in 0..self.schedule.faults.len() {
            let Timed { at, .. } = self.schedule.faults[number];
            self.after(at, What::Begin(number));
        }
    }

    /// A core is fed something that is not in the log.
    pub fn diverge(&mut self) {
        let backup = |host: &&Host| (host.node.as_ref()).is_some_and(|n| n.role() == Role::Backup);
        if let Some(node) = self
            .hosts
            .iter()
            .find(backup)
            .and_then(|host| host.node.as_ref())
        {
            node.tape.diverge();
        }
    }

    /// Everything is repaired, and nothing breaks any more.
    pub fn heal(&mut self) {
        self.tell(|| "all is repaired".into());
        self.healed = true;
        self.duplex_since = None;
        self.network.heal();
        if self.register.is_none() {
            self.happen(What::ArbiterStarts);
        }
        for number in 1..=self.schedule.mode.nodes {
            let host = self.host(number);
            host.no_carrier = 0;
            host.down = false;
            if let Some(pause) = host.paused {
                self.resume(number, pause);
            }
            if self.host(number).node.is_none() {
                self.after(Duration::ZERO, What::Start(number));
            }
            self.node_event(number, |node, _| node.carrier = true);
        }
        self.links
            .values_mut()
            .for_each(|link| link.stalled = false);
        self.flush_links();
    }

    pub fn now(&self) -> Instant {
        self.now
    }

    /// One node serves, another one is its backup, and both know; no other one serves.
    pub fn is_duplex(&self) -> bool {
        let serving: Vec<&Node> = (self.hosts.iter())
            .filter_map(|host| host.node.as_ref())
            .filter(|node| node.role().serves())
            .collect();
        let [primary] = serving[..] else { return false };
        let backup = (primary.partner()).and_then(|node| self.node(node));
        primary.role() == Role::Primary
            && !primary.suspended
            && self.fencing == 0
            && backup.is_some_and(|backup| {
                backup.role() == Role::Backup
                    && backup.partner() == Some(primary.number)
                    && backup.is_linked(primary.number)
                    && primary.is_linked(backup.number)
                    && backup.replica.epoch() == primary.replica.epoch()
            })
    }

    /// It has been so for a while: no doubt from before is left.
    pub fn is_settled(&self) -> bool {
        (self.duplex_since).is_some_and(|since| self.now.since(since) >= SETTLED)
    }

    /// The most preferred nodes have their places.
    pub fn is_as_preferred(&self) -> bool {
        let role = |node| self.node(node).map(Node::role);
        role(1) == Some(Role::Primary) && role(2) == Some(Role::Backup)
    }

    /// How many requests each client has had answered.
    pub fn answers(&self) -> Vec<u64> {
        self.clients.iter().map(|client| client.answers).collect()
    }

    /// What the nodes are.
    pub fn roles(&self) -> String {
        let one = |host: &Host| match &host.node {
            Some(node) => format!(
                "{} {}{}",
                node.role().name(),
                node.replica.epoch(),
                if node.suspended { " suspended" } else { "" }
            ),
            None => "dead".into(),
        };
        self.hosts.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// Lets time pass until `done`, which is asked now and then, but not beyond `patience`; true if done.
    pub fn run_until(&mut self, patience: Duration, done: impl Fn(&World) -> bool) -> bool {
        let end = self.now + patience;
        loop {
            self.duplex_since = match self.is_duplex() {
                true => self.duplex_since.or(Some(self.now)),
                false => None,
            };
            if done(self) {
                return true;
            }
            if self.now >= end || !self.checks.violations.is_empty() {
                return false;
            }
            let next = end.min(self.now + Duration::from_millis(20));
            self.run_to(next);
        }
    }

    fn run_to(&mut self, until: Instant) {
        let mut turns = 0;
        loop {
            let queued = self.events.first_key_value().map(|((at, _), _)| *at);
            let hosts = self.hosts.iter().filter_map(|host| host.wake);
            let clients = self.clients.iter().map(Client::next_timeout);
            let next = hosts.chain(clients).chain(queued).min();
            let Some(next) = next.filter(|next| *next <= until) else {
                break;
            };
            turns = if next > self.now { 0 } else { turns + 1 };
            assert!(turns < TURNS_MAX, "the world does not get beyond {next:?}");
            self.now = self.now.max(next);
            self.tally.events += 1;
            match self.events.first_entry() {
                Some(entry) if entry.key().0 <= self.now => {
                    let what = entry.remove();
                    self.happen(what);
                }
                _ => self.time_comes(),
            }
        }
        self.now = until;
    }

    fn after(&mut self, after: Duration, what: What) {
        self.at(self.now + after, what);
    }

    fn at(&mut self, at: Instant, what: What) {
        self.scheduled += 1;
        self.events.insert((at, self.scheduled), what);
    }

    fn host(&mut self, number: u8) -> &mut Host {
        &mut self.hosts[usize::from(number) - 1]
    }

    fn node(&self, number: u8) -> Option<&Node> {
        self.hosts[usize::from(number) - 1].node.as_ref()
    }

    fn time_comes(&mut self) {
        for number in 1..=self.schedule.mode.nodes {
            let now = self.now;
            let host = self.host(number);
            if host.wake.is_none_or(|at| at > now) {
                continue;
            }
            let shown = host.clock.show(now);
            let media = (host.node.as_ref()).is_some_and(|node| node.is_media_due(shown));
            match host.paused {
                None => {
                    if media {
                        self.node_event(number, Node::media);
                    }
                    self.node_event(number, Node::handle_timeout);
                }
                Some(_) => self.node_event(number, |node, now| node.kernel.handle_timeout(now)),
            }
        }
        for number in 0..self.clients.len() {
            if self.clients[number].next_timeout() <= self.now {
                self.clients[number].handle_timeout(self.now);
                self.client_sends(number);
            }
        }
    }

    /// What happens to a process waits while that stands still.
    fn waits(&mut self, number: u8, what: What) -> Option<What> {
        let now = self.now;
        let host = self.host(number);
        match host.paused {
            None => Some(what),
            Some(_) => {
                host.waiting.push_back((now, what));
                None
            }
        }
    }

    fn happen(&mut self, what: What) {
        let to = match &what {
            What::Beat(to, _)
            | What::Item(_, to, ..)
            | What::LinkUp(to, ..)
            | What::Answer(to, ..)
            | What::Refused(to, _)
            | What::Fenced(to, ..)
            | What::Turn(to, _) => Some(*to),
            What::ToHost(to, _) | What::Forwarded(to, ..) => {
                let taps = self.node(*to).is_some_and(Node::is_tapping);
                taps.then_some(*to)
            }
            _ => None,
        };
        let what = match to {
            Some(to) => match self.waits(to, what) {
                Some(what) => what,
                None => return,
            },
            None => what,
        };
        self.take(self.now, what);
    }

    /// Carries out what happens, which came to its host at `came`.
    fn take(&mut self, came: Instant, what: What) {
        match what {
            What::Start(number) => self.start(number),
            What::Beat(to, beat) => {
                let came_at = came;
                let came = self.host(to).clock.show(came);
                let all = self.now == came_at;
                self.node_event(to, |node, now| {
                    node.beat(now, came, &beat);
                    if all {
                        node.judge(now);
                    }
                });
            }
            What::Item(from, to, generation, item) => {
                let (link, _, there) = self.link(from, to);
                if link.generation != generation || !link.open[there] {
                    return;
                }
                if let Item::End = item {
                    link.open[there] = false;
                }
                self.tell(|| format!("node {to} from {from}: {:.200}", format!("{item:?}")));
                self.node_event(to, |node, now| node.item(now, from, item));
            }
            What::LinkTry(one, other) => self.link_try(one, other),
            What::LinkUp(to, from, generation) => {
                let (link, _, there) = self.link(from, to);
                if link.generation == generation && link.open[there] {
                    self.node_event(to, |node, now| node.link_up(now, from));
                }
            }
            What::LinkPatience(one, other, generation) => {
                let (one_way, back) = (Party::Node(one), Party::Node(other));
                let open =
                    self.network.is_open(one_way, back) && self.network.is_open(back, one_way);
                let link = &self.links[&(one, other)];
                if link.generation == generation && (!open || link.stalled) {
                    self.break_link(one, other);
                }
            }
            What::Forwarded(to, from, packet) => {
                self.node_event(to, |node, now| node.forwarded(now, from, &packet));
            }
            What::ToHost(to, packet) => self.node_event(to, |node, now| node.arrive(now, packet)),
            What::ToClient(number, packet) => self.client_receives(number, &packet),
            What::Ask(from, boot, id, question) => self.ask(from, boot, id, question),
            What::Answer(to, boot, id, answer) => {
                self.tell(|| format!("node {to} is answered {answer:?}"));
                if self.node(to).is_some_and(|node| node.boot == boot) {
                    self.node_event(to, |node, now| node.answer(now, id, answer));
                }
            }
            What::Probe(to, from) => self.probed(to, from),
            What::Refused(to, node) => self.node_event(to, |this, now| this.refused(now, node)),
            What::Fence(by, life, victim, works) => {
                self.fencing -= 1;
                if works {
                    self.tally.fences += 1;
                    self.host_dies(victim);
                    let back = Duration::from_millis(300 + self.rng.below(2000));
                    self.after(back, What::Start(victim));
                }
                self.after(
                    Duration::from_millis(5),
                    What::Fenced(by, life, victim, works),
                );
            }
            What::Fenced(by, life, victim, works) => {
                let outcome = match works {
                    true => Ok(()),
                    false => Err("it does not answer".into()),
                };
                if self.node(by).is_some_and(|node| node.life == life) {
                    self.node_event(by, |node, now| node.fenced(now, victim, outcome));
                }
            }
            What::Turn(number, life) => {
                self.host(number).turn = false;
                if self.node(number).is_some_and(|node| node.life == life) {
                    self.node_event(number, Node::turn);
                }
            }
            What::Announce(number) => {
                if self.node(number).is_some_and(Node::has_address) {
                    self.front = number;
                }
            }
            What::Resume(number, pause) => self.resume(number, pause),
            What::Begin(number) => self.begin(number),
            What::Undo(number) => self.undo(number),
            What::ArbiterStarts => {
                self.register = Some(Register::new(self.now, self.record));
            }
        }
    }

    fn tell(&self, text: impl FnOnce() -> String) {
        if self.tells {
            eprintln!("{:>12?} {}", self.now.since(BEGINNING), text());
        }
    }
}

/// The same connection as its other end names it.
fn swapped(ends: Ends) -> Ends {
    Ends {
        local: ends.peer,
        peer: ends.local,
    }
}

//! Nodes, clients, the arbiter and the network between them, in virtual time, with whatever a schedule has go wrong.

use super::checks::Checks;
use super::client::Client;
use super::hearing::Beat;
use super::links::Link;
use super::network::{HostClock, Network, Party};
use super::node::{Deed, Item, Node};
use super::plant::Plant;
use super::schedule::{Fault, Schedule, Timed};
use crate::invariants::Voice;
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

    // Faults.

    fn begin(&mut self, number: usize) {
        if self.healed {
            return;
        }
        let doubt =
            (self.hosts.iter()).any(|host| host.node.as_ref().is_some_and(Node::is_in_doubt));
        if self.schedule.single && (doubt || !self.is_duplex()) {
            // A single fault has something to be survived by: no backup is just being replaced.
            return self.after(SINGLE_RETRY, What::Begin(number));
        }
        let Timed { lasts, fault, .. } = self.schedule.faults[number];
        self.tell(|| format!("{fault:?} for {lasts:?}"));
        self.after(lasts, What::Undo(number));
        match fault {
            Fault::Crash(victim) => self.process_dies(victim),
            Fault::HostCrash(victim) => self.host_dies(victim),
            Fault::Pause(victim) => {
                let pause = self.scheduled;
                // Without a judge, two in a row would be too long: see `Schedule`.
                let longer = self.schedule.mode.is_exclusive();
                let host = self.host(victim);
                if host.node.is_some() && (longer || host.paused.is_none()) {
                    host.paused = Some(pause);
                    self.look_at(victim);
                    self.after(lasts, What::Resume(victim, pause));
                }
            }
            Fault::LinkBreak(one, other) => self.break_link(one, other),
            Fault::LinkStall(one, other) => {
                self.links
                    .get_mut(&(one, other))
                    .expect("all are there")
                    .stalled = true;
                self.links_may_end();
            }
            Fault::ArbiterCrash => self.register = None,
            Fault::Isolate(victim, carrier) => {
                self.cut(fault, 1);
                if carrier {
                    self.host(victim).no_carrier += 1;
                    self.node_event(victim, |node, _| node.carrier = false);
                }
            }
            Fault::Cut(..) | Fault::CutBoth(..) => self.cut(fault, 1),
            Fault::Bad(from, to, loss, late) => {
                let path = self.network.path(from, to);
                (path.loss_permille, path.late_micros) = (loss, late);
            }
        }
    }

    fn undo(&mut self, number: usize) {
        if self.healed {
            return;
        }
        let Timed { fault, .. } = self.schedule.faults[number];
        match fault {
            Fault::Crash(victim) | Fault::HostCrash(victim) => self.start(victim),
            Fault::LinkStall(one, other) => {
                self.links
                    .get_mut(&(one, other))
                    .expect("all are there")
                    .stalled = false;
            }
            Fault::ArbiterCrash => {
                if self.register.is_none() {
                    self.happen(What::ArbiterStarts);
                }
            }
            Fault::Isolate(victim, carrier) => {
                self.cut(fault, -1);
                let host = self.host(victim);
                host.no_carrier = host.no_carrier.saturating_sub(u8::from(carrier));
                let carrier = host.no_carrier == 0;
                self.node_event(victim, |node, _| node.carrier = carrier);
            }
            Fault::Cut(..) | Fault::CutBoth(..) => self.cut(fault, -1),
            Fault::Bad(from, to, ..) => {
                let path = self.network.path(from, to);
                (path.loss_permille, path.late_micros) = (0, 0);
            }
            Fault::Pause(_) | Fault::LinkBreak(..) => {}
        }
        self.tell(|| format!("no more {fault:?}"));
        self.flush_links();
    }

    fn cut(&mut self, fault: Fault, by: i8) {
        let mut pairs = Vec::new();
        match fault {
            Fault::Cut(from, to) => pairs.push((from, to)),
            Fault::CutBoth(one, other) => pairs.extend([(one, other), (other, one)]),
            Fault::Isolate(victim, _) => {
                let others = (1..=self.schedule.mode.nodes).filter(|node| *node != victim);
                let others = others
                    .map(Party::Node)
                    .chain([Party::Arbiter, Party::Clients]);
                let victim = Party::Node(victim);
                pairs.extend(others.flat_map(|other| [(victim, other), (other, victim)]));
            }
            _ => {}
        }
        for (from, to) in pairs {
            let path = self.network.path(from, to);
            path.cuts = path.cuts.saturating_add_signed(by);
        }
        self.links_may_end();
    }

    /// The process on a host dies: its kernel ends its links.
    fn process_dies(&mut self, number: u8) {
        if self.node(number).is_none() {
            return;
        }
        for other in self.others(number) {
            let (link, here, _) = self.link(number, other);
            if std::mem::take(&mut link.open[here]) {
                self.push_item(number, other, Item::End);
            }
        }
        let closes = Duration::from_micros(self.rng.below(3000));
        self.host(number).port_closes = self.now + closes;
        self.node_is_gone(number);
    }

    fn host_dies(&mut self, number: u8) {
        for other in self.others(number) {
            let (link, here, _) = self.link(number, other);
            link.open[here] = false;
            link.backlog[here].clear();
        }
        self.node_is_gone(number);
        self.host(number).down = true;
    }

    fn node_is_gone(&mut self, number: u8) {
        self.tell(|| format!("node {number} is gone"));
        let host = self.host(number);
        if let Some(node) = host.node.take() {
            let (life, counts) = (node.life, node.counts);
            (host.turn, host.may, host.wake) = (false, false, None);
            host.paused = None;
            host.waiting.clear();
            let verdict = self.checks.senders.may(life, None);
            self.checks.note(verdict);
            self.tally.takeovers += counts.takeovers;
            self.tally.alone += counts.alone;
            self.tally.suspensions += counts.suspensions;
            self.tally.rejoins += counts.rejoins;
            self.tally.yields += counts.yields;
            self.tally.handovers += counts.handovers;
            self.tally.refusals += counts.refusals;
        }
    }

    /// Counts what is to be counted at the end.
    pub fn end(&mut self) {
        for number in 1..=self.schedule.mode.nodes {
            self.node_is_gone(number);
        }
        self.tally.compared = self.checks.compared();
        for client in &mut self.clients {
            self.tally.lost += u64::from(client.lost);
            self.tally.answers += client.answers;
        }
    }

    fn start(&mut self, number: u8) {
        if self.node(number).is_some() {
            return;
        }
        self.tell(|| format!("node {number} starts"));
        for other in self.others(number) {
            // The other end hears of it by what its kernel is told when it says something.
            let (link, _, there) = self.link(number, other);
            if link.open[there] {
                self.push_item(number, other, Item::End);
            }
        }
        let (boot, settings) = (self.rng.next_u64(), self.schedule.settings(number));
        let (life, plant, now) = (self.lives, self.plant, self.now);
        self.lives += 1;
        let host = self.host(number);
        host.down = false;
        let now = host.clock.show(now);
        let mut node = Node::new(life, boot, settings, service(), now);
        node.carrier = host.no_carrier == 0;
        node.plant = plant;
        host.node = Some(node);
        self.look_at(number);
    }

    fn others(&self, number: u8) -> Vec<u8> {
        let nodes = 1..=self.schedule.mode.nodes;
        nodes.filter(|other| *other != number).collect()
    }

    fn resume(&mut self, number: u8, pause: u64) {
        let host = self.host(number);
        if host.paused != Some(pause) {
            return;
        }
        host.paused = None;
        self.tell(|| format!("node {number} goes on"));
        // Whoever comes first: media, then the heartbeats with all that has come, then the rest.
        self.node_event(number, Node::media);
        let waiting = std::mem::take(&mut self.host(number).waiting);
        self.node_event(number, Node::stood_still);
        let is_beat = |what: &What| matches!(what, What::Beat(..));
        let (beats, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, what)| is_beat(what));
        for (came, what) in beats {
            self.take(came, what);
        }
        self.node_event(number, Node::held_up);
        self.node_event(number, Node::judge);
        for (came, what) in rest {
            self.take(came, what);
        }
    }

    // Links.

    /// A link, and which of its ends the first and the second node have.
    fn link(&mut self, one: u8, other: u8) -> (&mut Link, usize, usize) {
        let here = usize::from(one > other);
        let pair = (one.min(other), one.max(other));
        let link = self
            .links
            .get_mut(&pair)
            .expect("there is one for every pair");
        (link, here, 1 - here)
    }

    fn link_try(&mut self, one: u8, other: u8) {
        self.after(LINK_RETRY, What::LinkTry(one, other));
        let ready = |host: &Host| host.node.is_some() && host.paused.is_none();
        let alive = [one, other]
            .iter()
            .all(|number| ready(&self.hosts[usize::from(*number) - 1]));
        let (here, there) = (Party::Node(one), Party::Node(other));
        let open = self.network.is_open(here, there) && self.network.is_open(there, here);
        let now = self.now;
        let (link, ..) = self.link(one, other);
        if !alive || !open || !link.is_free() || link.stalled {
            return;
        }
        link.begin(now);
        let generation = link.generation;
        for (to, from) in [(one, other), (other, one)] {
            let delay = Duration::from_micros(500);
            self.after(delay, What::LinkUp(to, from, generation));
            let (link, here, _) = self.link(to, from);
            link.last[here] = now + delay;
        }
    }

    fn push_item(&mut self, from: u8, to: u8, item: Item) {
        let open = self.network.is_open(Party::Node(from), Party::Node(to));
        let delay = (self.network).carry(&mut self.rng, Party::Node(from), Party::Node(to));
        let at = self.now + delay;
        let (link, here, _) = self.link(from, to);
        if !open || link.stalled || !link.backlog[here].is_empty() {
            link.backlog[here].push_back(item);
            return;
        }
        link.last[here] = at.max(link.last[here] + Duration::from_nanos(1));
        let (at, generation) = (link.last[here], link.generation);
        self.at(at, What::Item(from, to, generation, item));
    }

    /// What was held back goes on its way, where the network is there again.
    fn flush_links(&mut self) {
        let pairs: Vec<(u8, u8)> = self.links.keys().copied().collect();
        for (one, other) in pairs {
            for (from, to) in [(one, other), (other, one)] {
                let open = self.network.is_open(Party::Node(from), Party::Node(to));
                let (link, here, _) = self.link(from, to);
                if !open || link.stalled || link.backlog[here].is_empty() {
                    continue;
                }
                let backlog = std::mem::take(&mut link.backlog[here]);
                let wait = Duration::from_micros(self.rng.below(200_000));
                let now = self.now;
                let (link, ..) = self.link(from, to);
                link.last[here] = link.last[here].max(now + wait);
                backlog
                    .into_iter()
                    .for_each(|item| self.push_item(from, to, item));
            }
        }
    }

    /// The network is cut: kernels wait for a while.
    fn links_may_end(&mut self) {
        let links: Vec<_> = (self.links.iter())
            .map(|((one, other), link)| (*one, *other, link.generation))
            .collect();
        for (one, other, generation) in links {
            self.after(LINK_PATIENCE, What::LinkPatience(one, other, generation));
        }
    }

    /// Both kernels give the link up, and what is on its way is lost.
    fn break_link(&mut self, one: u8, other: u8) {
        let (link, ..) = self.link(one, other);
        link.generation += 1;
        link.backlog = Default::default();
        let generation = link.generation;
        for (from, to) in [(one, other), (other, one)] {
            let (link, _, there) = self.link(from, to);
            if link.open[there] {
                self.after(Duration::ZERO, What::Item(from, to, generation, Item::End));
            }
        }
    }

    // What the nodes do.

    /// Something happens to a node, and it carries out what follows.
    fn node_event(&mut self, number: u8, event: impl FnOnce(&mut Node, Instant)) {
        let now = self.now;
        let host = self.host(number);
        let now = host.clock.show(now);
        let Some(node) = &mut host.node else { return };
        let before = (node.role(), node.suspended);
        event(node, now);
        let after = (node.role(), node.suspended);
        let epoch = node.replica.epoch();
        if before != after {
            self.tell(|| format!("node {number}: {after:?} {epoch}"));
        }
        self.observe(number);
        self.look_at(number);
    }

    /// When a node has something to do next.
    fn look_at(&mut self, number: u8) {
        let now = self.now;
        let host = self.host(number);
        let Some(node) = &host.node else { return };
        let life = node.life;
        let wake = match host.paused {
            None => Some(node.next_timeout()),
            Some(_) => node.kernel.next_timeout(),
        };
        host.wake = wake.map(|at| host.clock.when(at).max(now));
        if node.has_work() && !host.turn {
            host.turn = true;
            self.after(TURN_DELAY, What::Turn(number, life));
        }
    }

    /// Takes note of what a node has done, and passes it on.
    fn observe(&mut self, number: u8) {
        while let Some(deed) = (self.host(number).node.as_mut()).and_then(|n| n.deeds.pop_front()) {
            self.deed(number, deed);
        }
        self.read_tape(number, LogIndex(u64::MAX));
        self.reigns(number);
        while let Some(node) = self.host(number).node.as_mut()
            && let Some(packet) = node.kernel.poll_packet()
        {
            self.node_sends(number, packet);
        }
    }

    fn reigns(&mut self, number: u8) {
        let may = self.may_send(number);
        let Some(node) = self.node(number) else {
            return;
        };
        let (life, role, epoch) = (node.life, node.role(), node.replica.epoch());
        let (index, peer, taps) = (node.replica.index(), node.peer(), node.is_tapping());
        let origin = node.replica.core().origin();
        let verdict = self.checks.owner.is(life, may, epoch);
        self.checks.note(verdict);
        if may {
            self.checks.sends(origin, epoch);
        }
        if let (Role::Backup | Role::Joining, Some(peer)) = (role, peer)
            && taps
            && self
                .node(peer)
                .is_some_and(|node| node.peer() == Some(number))
        {
            self.host(peer).held = index;
        }
        if may != std::mem::replace(&mut self.host(number).may, may) {
            for other in self.others(number) {
                // A right may have run out without a word.
                let may = self.may_send(other);
                let host = self.host(other);
                host.may &= may;
                if let Some(node) = host.node.as_ref().filter(|_| !may) {
                    let life = node.life;
                    let _ = self.checks.senders.may(life, None);
                }
            }
            let verdict = self.checks.senders.may(life, may.then_some(epoch));
            self.checks.note(verdict);
        }
    }

    /// A node that stands still sends nothing: only its kernel repeats what it has sent.
    fn may_send(&mut self, number: u8) -> bool {
        let now = self.now;
        let host = self.host(number);
        let now = host.clock.show(now);
        host.paused.is_none() && host.node.as_ref().is_some_and(|node| node.may_send(now))
    }

    fn read_tape(&mut self, number: u8, last: LogIndex) {
        while let Some(node) = self.node(number)
            && let Some(entry) = node.tape.next(last)
        {
            let (life, epoch) = (node.life, node.replica.epoch());
            let service = self.checks.service(node.replica.core().origin());
            if epoch < service.latest {
                // Of a reign that is over: nobody will see it.
                continue;
            }
            if let Some((conn, ends)) = entry.accepted {
                service.names.insert(conn, (entry.index, ends));
            }
            let said = (entry.said.iter())
                .filter_map(|(conn, octets)| Some((service.names.get(conn)?.1, &octets[..])));
            service.output.said(entry.index, said);
            let verdict = (service.determinism).handled(life, entry.index, entry.digest);
            self.checks.note(verdict);
        }
    }

    fn deed(&mut self, number: u8, deed: Deed) {
        let here = Party::Node(number);
        let Some(node) = self.node(number) else {
            return;
        };
        let life = node.life;
        match deed {
            Deed::Beat(to, beat) => {
                if let Some(delay) = self.network.pass(&mut self.rng, here, Party::Node(to)) {
                    let process = self.node(to).is_some();
                    match process {
                        true => self.after(delay, What::Beat(to, beat)),
                        false => self.after(delay, What::Probe(to, number)),
                    }
                }
            }
            Deed::Link(to, item) => {
                let (link, here, _) = self.link(number, to);
                if !link.open[here] {
                    return;
                }
                if let Item::End = item {
                    link.open[here] = false;
                }
                self.push_item(number, to, item);
            }
            Deed::Forward(to, packet) => {
                if let Some(delay) = self.network.pass(&mut self.rng, here, Party::Node(to)) {
                    // A frame is lost rather than so late that its receiver has another backup by then.
                    let delay = delay.min(FRAME_DELAY_MAX);
                    self.after(delay, What::Forwarded(to, number, packet));
                }
            }
            Deed::Media(ends, ssrc, sequence) => self.media(number, ends, ssrc, sequence),
            Deed::Announce => {
                if let Some(delay) = self.network.pass(&mut self.rng, here, Party::Clients) {
                    self.after(delay, What::Announce(number));
                }
            }
            Deed::Ask(id, question) => {
                self.tell(|| format!("node {number} asks {question:?}"));
                let boot = self.node(number).map_or(0, |node| node.boot);
                if let Some(delay) = self.network.pass(&mut self.rng, here, Party::Arbiter) {
                    self.after(delay, What::Ask(number, boot, id, question));
                }
            }
            Deed::Probe(to) => {
                if let Some(delay) = self.network.pass(&mut self.rng, here, Party::Node(to)) {
                    self.after(delay, What::Probe(to, number));
                }
            }
            Deed::Fence(victim) => {
                let takes = Duration::from_millis(50 + self.rng.below(250));
                let works = self.healed || self.rng.below(4) > 0;
                self.fencing += 1;
                self.after(takes, What::Fence(number, life, victim, works));
            }
            Deed::Fresh => {
                self.tell(|| format!("node {number} begins without state"));
                self.tally.fresh += 1;
                // A tap could take what they repeat for calls that it has not seen begin.
                self.clients.iter_mut().for_each(Client::lose_call);
                self.checks.begin_anew();
            }
            Deed::Reign(index) => {
                self.read_tape(number, index);
                self.tell(|| format!("node {number} takes over at record {index}"));
                if let Some(node) = self.node(number) {
                    let (origin, epoch) = (node.replica.core().origin(), node.replica.epoch());
                    self.checks.reign(origin, index, epoch);
                }
            }
            Deed::TookOver => self.took_over(number),
            Deed::Restart => {
                self.process_dies(number);
                self.after(RESTART, What::Start(number));
            }
        }
    }

    fn ask(&mut self, from: u8, boot: u64, id: u64, question: Question) {
        let Some(register) = &mut self.register else {
            return;
        };
        let answer = register.ask(self.now, from, boot, &question);
        self.record = register.record();
        if let Some(delay) = self
            .network
            .pass(&mut self.rng, Party::Arbiter, Party::Node(from))
        {
            self.after(delay, What::Answer(from, boot, id, answer));
        }
    }

    /// A datagram for the heartbeats of a host: its kernel says if nobody listens.
    fn probed(&mut self, to: u8, from: u8) {
        let now = self.now;
        let host = self.host(to);
        if host.node.is_some() || host.down || now < host.port_closes {
            return;
        }
        if let Some(delay) = (self.network).pass(&mut self.rng, Party::Node(to), Party::Node(from))
        {
            self.after(delay, What::Refused(from, to));
        }
    }

    /// I1 at a takeover: what clients have seen acknowledged is in the new kernel.
    fn took_over(&mut self, number: u8) {
        let Some(node) = self.node(number) else {
            return;
        };
        let origin = node.replica.core().origin();
        let conns = self.clients.iter().filter_map(Client::conn).map(swapped);
        let known: Vec<_> = conns
            .map(|ends| (ends, node.kernel.progress(ends)))
            .collect();
        for (ends, progress) in known {
            let input = &self.checks.service(origin).input;
            let verdict = match progress {
                Some((_, received)) => input.known(ends, received),
                None => input
                    .known(ends, 0)
                    .map_err(|how| format!("{how}, and not the connection")),
            };
            self.checks.note(verdict);
        }
    }

    fn node_sends(&mut self, number: u8, packet: Packet) {
        let may = self.may_send(number);
        let paused = self.host(number).paused.is_some();
        let held = self.host(number).held;
        let Some(node) = self.node(number) else {
            return;
        };
        let (life, role) = (node.life, node.role());
        if !role.serves() || node.suspended {
            // The packet filter.
            return;
        }
        let ends = Ends {
            local: packet.from,
            peer: packet.to,
        };
        let offset = node.kernel.offset(&packet);
        let (origin, epoch) = (node.replica.core().origin(), node.replica.epoch());
        let stale = epoch < self.checks.service(origin).latest;
        if !paused {
            let what = match packet.fin || packet.rst {
                true => Voice::Goodbye,
                false => Voice::Segment,
            };
            let verdict = self.checks.silence.heard(life, Some(role), what, ends);
            self.checks.note(verdict);
            let verdict = self.checks.senders.sends(life, may);
            self.checks.note(verdict);
        }
        let held = match role {
            Role::Primary => held,
            _ => LogIndex(u64::MAX),
        };
        // The kernel of a process that stands still repeats what was said before.
        if let Some(offset) = offset.filter(|_| !(paused && stale)) {
            let output = &mut self.checks.service(origin).output;
            let verdict = output.sent(ends, offset, &packet.payload, held);
            self.checks.note(verdict);
        }
        let Some(client) = self.client_at(packet.to) else {
            return;
        };
        if let Some(delay) = (self.network).pass(&mut self.rng, Party::Node(number), Party::Clients)
        {
            self.after(delay, What::ToClient(client, packet));
        }
    }

    fn media(&mut self, number: u8, ends: Ends, ssrc: u32, sequence: u16) {
        let may = self.may_send(number);
        let Some(node) = self.node(number) else {
            return;
        };
        let (life, origin) = (node.life, node.replica.core().origin());
        let verdict = self.checks.senders.sends(life, may);
        self.checks.note(verdict);
        let numbers = &mut self.checks.service(origin).numbers;
        let verdict = numbers.sent(ends, ssrc, sequence);
        self.checks.note(verdict);
        let arrives = self.network.is_open(Party::Node(number), Party::Clients);
        let Some(client) = self.client_at(ends.peer).filter(|_| arrives) else {
            return;
        };
        if self.clients[client].conn() != Some(swapped(ends)) {
            return;
        }
        let now = self.now;
        let last = self.media[client].replace(now).unwrap_or(now);
        if self.schedule.single && self.clients[client].is_connected() {
            let gap = now.since(last).as_millis() as u64;
            self.tally.longest_gap_ms = self.tally.longest_gap_ms.max(gap);
        }
    }

    // What the clients do.

    fn client_at(&self, at: SocketAddr) -> Option<usize> {
        self.clients
            .iter()
            .position(|client| client.address == at.ip())
    }

    fn client_receives(&mut self, number: usize, packet: &Packet) {
        self.tell(|| format!("client {number} gets {packet:?}"));
        let client = &mut self.clients[number];
        client.receive(self.now, packet);
        let wrong = std::mem::take(&mut client.wrong);
        let theirs = Ends {
            local: packet.to,
            peer: packet.from,
        };
        let progress = client.kernel.progress(theirs);
        let current = client.conn() == Some(theirs);
        wrong.into_iter().for_each(|how| self.checks.note(Err(how)));
        let ends = swapped(theirs);
        if let Some((acknowledged, _)) = progress.filter(|_| current) {
            (self.checks.current().input).acknowledged(ends, acknowledged);
            let primary = (self.hosts.iter().filter_map(|host| host.node.as_ref()))
                .find(|node| node.role() == Role::Primary);
            // Only of a backup that is counted on.
            let backup = primary.and_then(|primary| Some((self.node(primary.peer()?)?, primary)));
            let backup = backup.filter(|(backup, primary)| {
                backup.role() == Role::Backup
                    && backup.peer() == Some(primary.number)
                    && backup.replica.epoch() == primary.replica.epoch()
            });
            let known = backup.and_then(|(backup, _)| {
                let clock = self.hosts[usize::from(backup.number) - 1].clock;
                backup.shadow_knows(clock.show(self.now), ends)
            });
            if let Some(known) = known {
                let verdict = self.checks.current().input.known(ends, known);
                self.checks.note(verdict);
            }
        } else {
            self.checks.current().input.over(ends);
        }
        self.client_sends(number);
    }

    fn client_sends(&mut self, number: usize) {
        if !self.clients[number].is_connected() {
            self.media[number] = None;
        }
        while let Some(packet) = self.clients[number].kernel.poll_packet() {
            let to = Party::Node(self.front);
            self.tell(|| format!("client {number} sends by node {}: {packet:?}", self.front));
            if let Some(delay) = self.network.pass(&mut self.rng, Party::Clients, to) {
                self.after(delay, What::ToHost(self.front, packet));
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

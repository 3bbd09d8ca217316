//! Who reigns, as one node sees it. Pure: the shell and the simulation feed it what is heard of the other
//! nodes and of the arbiter, and carry out its decisions.
//!
//! A service has two or more nodes. One serves, one is its *partner*, the backup; others wait until that seat is
//! free. What decides is *proof*: a process whose port is closed, that said goodbye, or that has started anew is
//! dead. Silence is none: the other may be alive behind a cut. Then the arbiter is asked, whose register gives
//! each reign to one node only; without an arbiter a fencing command may give proof; without either,
//! [`OnPartition`] decides. A node that has no carrier on its interface is itself the one that is cut off.
//!
//! Three rules keep two nodes from serving at once, if there is an arbiter:
//!
//! 1. In duplex the primary sends only as long as its backup is known to have heard it lately
//!    ([`Rhythm::right`](crate::heartbeat::Rhythm::right)); then it is *suspended*: it keeps everything and is silent.
//! 2. A backup takes over after more silence than that, and only with the arbiter's grant of the next reign. While it
//!    asks, it does not tell the primary that it hears it. Proof alone does not tell that the primary had not been
//!    granted that reign itself before it died; it counts if the arbiter is silent and the primary spoke just before.
//! 3. A node that serves alone without proof has the grant itself, and goes on only while it is renewed
//!    ([`LEASE`]).
//!
//! A process that stood still acts on nothing before it has had time to hear what waits for it. Who begins to serve, or
//! goes on alone, beats before it says anything to clients.
//!
//! | file | what |
//! |---|---|
//! | `words` | what a membership is told, and what it says |
//! | `starting`, `standing_by`, `serving` | what a node does by its role |
//! | `others` | what other nodes do and say |
//! | `doubt` | the partner may be gone |
//! | `questions` | the arbiter |

mod doubt;
mod others;
mod questions;
mod serving;
mod standing_by;
mod starting;
mod words;

pub use words::{Decision, Event, OnPartition, Said, Settings, View};

use super::Role;
use crate::arbiter::{Answer, LEASE, Question};
use base::Instant;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How often a node that serves tells the arbiter so.
const KEEP_INTERVAL: Duration = Duration::from_millis(500);
/// The right of a node that serves alone ends so long before its lease, for clocks that run differently.
const LEASE_MARGIN: Duration = Duration::from_millis(250);
/// Between two questions whether the process at the other end of a broken link is there: one that is
/// just ending closes the link before it closes the port of its heartbeats, which takes the first
/// question as if it lived.
const PROBE_AGAIN: Duration = Duration::from_millis(2);
/// A link that broke while the other node is alive is given up after this many heartbeats.
const LINK_GRACE_BEATS: u32 = 5;
/// A backup whose question is unanswered gives its copy up so many beats after it, if the primary is back.
const UNANSWERED_BEATS: u32 = 5;
/// A silent node that is told of another reign waits so long to hear more of it: a node that has no copy any more has a new
/// link by then, by which it says so.
const DENIAL_PATIENCE: Duration = Duration::from_millis(500);
/// Between two tries of a spare node to become the backup.
const SEAT_RETRY: Duration = Duration::from_secs(1);
/// Between two questions of a node that has no state and wants to begin.
const FRESH_INTERVAL: Duration = Duration::from_millis(500);
/// After the fencing command has failed, until it is tried again.
const FENCE_RETRY: Duration = Duration::from_secs(5);
/// How long the service is in duplex before a more preferred node gets its place back.
const FAILBACK_AFTER: Duration = Duration::from_secs(5);
/// So long a backup waits before it has the other node fenced: if both live, they are not to kill each other.
const FENCE_HEAD_START: Duration = Duration::from_secs(1);

/// Another node.
#[derive(Debug, Clone, Copy, Default)]
struct Peer {
    said: Option<(Instant, Said)>,
    /// It has been heard, and is not silent.
    alive: bool,
    /// It has not said for too long that it hears us; the last beat it has named was sent then.
    unheard: Option<Instant>,
    linked: bool,
    /// It has greeted, and the link stands.
    greeted: bool,
    /// The process that has greeted last, and when.
    boot: Option<u64>,
    greeted_at: Instant,
}

impl Peer {
    /// It lives, its link stands, and that is what it said last.
    fn is_there(&self, is: impl Fn(Role) -> bool) -> bool {
        self.alive && self.greeted && self.said.is_some_and(|(_, said)| is(said.role))
    }
}

/// The link to the partner broke, and the partner may yet be alive.
#[derive(Debug, Clone, Copy)]
struct Broken {
    since: Instant,
    probed: Instant,
}

/// The partner may be gone.
#[derive(Debug, Clone)]
struct Doubt {
    since: Instant,
    why: String,
    /// It is dead; but what did it do before?
    proof: bool,
    /// Just before the proof it counted on this node.
    counted_on: bool,
}

/// The last question to the arbiter.
#[derive(Debug, Clone, Copy)]
struct Asked {
    id: u64,
    question: Question,
    /// When it was asked for the first time, and for the last.
    first: Instant,
    last: Instant,
}

/// Who reigns.
#[derive(Debug, Clone)]
pub struct Membership {
    settings: Settings,
    /// This process, as beats and the arbiter name it.
    boot: u64,
    peers: BTreeMap<u8, Peer>,
    /// The other node of the duplex, or of what is about to become one.
    partner: Option<u8>,
    /// Its process.
    partner_boot: Option<u64>,
    /// Starting: since when it waits.
    waits: Instant,
    /// Since when the role is what it is.
    since: Instant,
    /// Backup: the primary has said since then that it counts on it.
    counted_on: bool,
    broken: Option<Broken>,
    doubt: Option<Doubt>,
    asked: Option<Asked>,
    next_question: u64,
    /// Serving alone: when the question was asked by which it has the right to.
    kept: Instant,
    /// When a question of that kind was asked last.
    kept_asked: Instant,
    /// Its number.
    keeping: Option<u64>,
    /// Serving: since when the arbiter is known to have another reign on record, and its last answer.
    denied: Option<(Instant, Answer)>,
    fencing: bool,
    /// Not before then again.
    fence_after: Instant,
    seat_tried: Instant,
    /// The seat of the backup is kept for this node until then.
    reserved: Option<(u8, Instant)>,
    /// The process of the last partner, if it is proven that it is dead.
    buried: Option<u64>,
    /// Or if it has given its copy up: what it was granted because of that is void.
    given_up: Option<u64>,
    suspended: bool,
    /// The shell wants silence: a handover.
    silenced: bool,
    echoes: bool,
    /// This process stood still, and has not heard since then who reigns.
    held_up: Option<Instant>,
    /// The last look at what is due.
    looked: Instant,
    /// The last time that anything was thought about.
    pondered: Instant,
    decisions: VecDeque<Decision>,
}

impl Membership {
    /// Of a node that starts.
    pub fn new(settings: Settings, boot: u64, now: Instant) -> Self {
        let others = (1..=settings.nodes).filter(|node| *node != settings.node);
        Membership {
            settings,
            boot,
            peers: others.map(|node| (node, Peer::default())).collect(),
            partner: None,
            partner_boot: None,
            waits: now,
            since: now,
            counted_on: false,
            broken: None,
            doubt: None,
            asked: None,
            next_question: 1,
            kept: now,
            kept_asked: now,
            keeping: None,
            denied: None,
            fencing: false,
            fence_after: now,
            seat_tried: Instant::ZERO,
            reserved: None,
            buried: None,
            given_up: None,
            suspended: false,
            silenced: false,
            echoes: true,
            held_up: None,
            looked: Instant::ZERO,
            pondered: Instant::ZERO,
            decisions: VecDeque::new(),
        }
    }

    /// The other node of the duplex.
    pub fn partner(&self) -> Option<u8> {
        self.partner
    }

    /// Whether this node keeps silent although its role is to serve.
    pub fn is_suspended(&self) -> bool {
        self.suspended
    }

    /// Whether the partner may be gone.
    pub fn is_in_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    /// The next decision; drain until `None`.
    #[must_use]
    pub fn poll(&mut self) -> Option<Decision> {
        self.decisions.pop_front()
    }

    /// Keeps the node silent, or not any more, whatever else is known.
    pub fn silence(&mut self, now: Instant, view: View, silent: bool) {
        self.silenced = silent;
        self.ponder(now, view);
    }

    /// A node asks for the state: true if it may have it.
    pub fn admit(&mut self, now: Instant, view: View, node: u8) -> bool {
        let reserved = (self.reserved).is_some_and(|(other, until)| other != node && now < until);
        let free = self.partner.is_none() && !reserved;
        if !view.role.serves() || self.suspended || !(free || self.partner == Some(node)) {
            return false;
        }
        self.pair_with(node);
        self.reserved = None;
        (self.buried, self.given_up) = (None, None);
        // It has no state any more: whatever was asked because of it is settled.
        self.trust();
        true
    }

    fn pair_with(&mut self, node: u8) {
        self.partner = Some(node);
        self.partner_boot = self.peer(node).boot;
    }

    /// Takes what happens.
    pub fn handle(&mut self, now: Instant, view: View, event: Event) {
        match event {
            Event::LinkUp(node) => {
                self.peer(node).linked = true;
                self.decide(Decision::Greet(node));
            }
            Event::LinkDown(node, why) => self.link_down(now, view, node, &why),
            Event::Greeted {
                node,
                boot,
                epoch,
                role,
            } => {
                let peer = self.peer(node);
                (peer.boot, peer.greeted_at) = (Some(boot), now);
                self.greeted(now, view, (node, boot), epoch, role);
            }
            Event::Goodbye(node) => {
                self.peer(node).greeted = false;
                self.decide(Decision::DropLink(node));
                if self.partner == Some(node) {
                    self.bury(now, "it has left on purpose");
                }
            }
            Event::HandedOver(node) => {
                if self.partner == Some(node) && view.role == Role::Backup {
                    self.bury(now, "it has handed the reign over");
                }
            }
            Event::Occupied(node) => {
                if view.role == Role::Joining && self.partner == Some(node) {
                    self.decide(Decision::LinkLost(
                        "the service has its backup already".into(),
                    ));
                }
            }
            Event::Said(node, at, said) => self.said(now, view, node, at, said),
            Event::News(node, news) => self.news(now, view, node, news),
            Event::Refused(node) => {
                // Alone this may be a restart.
                if self.partner == Some(node) && self.broken.is_some() {
                    self.gone_for_sure(now, view, "its process has died");
                }
            }
            Event::Slow(why) => self.dismiss(now, view, &why),
            Event::HeldUp => match view.role {
                Role::Primary => {
                    self.held_up.get_or_insert(now);
                }
                // Another node may have begun to serve meanwhile.
                Role::Starting => (self.held_up, self.waits) = (Some(now), now),
                Role::Backup => self.held_up = Some(now),
                _ => {}
            },
            Event::Answer(id, answer) => self.answered(now, view, id, answer),
            Event::Fenced(node, Ok(())) => {
                self.fencing = false;
                if self.partner == Some(node) && self.doubt.is_some() {
                    self.gone_for_sure(now, view, "it was made sure that it is dead");
                }
            }
            Event::Fenced(_, Err(_)) => {
                self.fencing = false;
                self.fence_after = now + FENCE_RETRY;
                if self.doubt.is_some() && self.settings.on_partition == OnPartition::Serve {
                    self.gone(
                        None,
                        "it is silent, and it could not be made sure that it is dead",
                    );
                }
            }
            Event::Became => self.became(now, view),
        }
        self.ponder(now, view);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant, view: View) {
        self.looked = now;
        if let (Some(broken), Some(node)) = (&mut self.broken, self.partner)
            && now >= broken.probed + PROBE_AGAIN
        {
            broken.probed = now;
            self.decisions.push_back(Decision::Probe(node));
        }
        let grace = self.settings.rhythm.period * (LINK_GRACE_BEATS + self.settings.rhythm.misses);
        if view.role == Role::Backup
            && self
                .broken
                .is_some_and(|broken| now >= broken.since + grace)
            && self.doubt.is_none()
        {
            // It lives and serves; what it does is not known here any more.
            self.broken = None;
            self.lose("the link broke, though the other node is alive");
        }
        if view.role == Role::Backup
            && !self.has_heard_partner()
            && now >= self.since + self.settings.rhythm.detection()
        {
            self.suspect(now, "it has never sent a heartbeat");
        }
        self.ponder(now, view);
    }

    /// When `handle_timeout` has something to do.
    pub fn next_timeout(&self, view: View) -> Option<Instant> {
        // What was due at the last look needs something to happen.
        self.timeouts(view)
            .into_iter()
            .filter(|at| *at > self.looked)
            .min()
    }

    fn timeouts(&self, view: View) -> Vec<Instant> {
        let rhythm = self.settings.rhythm;
        let grace = rhythm.period * (LINK_GRACE_BEATS + rhythm.misses);
        let mut at = Vec::with_capacity(8);
        if let Some(broken) = self.broken {
            at.push(broken.probed + PROBE_AGAIN);
            if view.role == Role::Backup && self.doubt.is_none() {
                at.push(broken.since + grace);
            }
        }
        // Without a gap as long as a period: see `ponder`.
        at.extend(self.held_up.map(|_| self.pondered + rhythm.period / 2));
        at.extend((self.held_up).map(|since| since + rhythm.detection()));
        match view.role {
            Role::Starting => {
                at.push(self.patient_at());
                let wait = self.settings.start_wait;
                at.extend(self.peers.values().map(|peer| peer.greeted_at + wait));
                at.extend(self.asked.map(|asked| asked.last + FRESH_INTERVAL));
                let serving = |peer: &Peer| peer.is_there(Role::serves);
                let serving = self.peers.values().any(serving);
                at.extend(serving.then(|| self.seat_tried + SEAT_RETRY));
            }
            Role::Primary | Role::Backup => {
                at.extend((self.asked).map(|asked| asked.last + self.ask_again(asked.question)));
                let given_up = rhythm.period * UNANSWERED_BEATS;
                at.extend((self.asked).map(|asked| asked.last + given_up));
                at.extend(self.right_ends(view).filter(|_| !self.suspended));
                at.extend(
                    self.doubt
                        .as_ref()
                        .map(|doubt| doubt.since + rhythm.detection()),
                );
                at.extend(self.doubt.is_some().then_some(self.fence_after));
                at.push(self.since + rhythm.detection());
                let waits = self.settings.fence && view.role == Role::Backup;
                let doubt = self.doubt.as_ref().filter(|_| waits);
                at.extend(doubt.map(|doubt| doubt.since + FENCE_HEAD_START));
                // The carrier is not told, but looked at.
                let cut_off = self.doubt.is_some() && !view.carrier;
                at.extend(cut_off.then(|| self.looked + rhythm.period));
                if self.settings.failback && view.role == Role::Primary {
                    at.push(self.since + FAILBACK_AFTER);
                }
            }
            Role::Simplex => {
                at.extend((self.asked).map(|asked| asked.last + self.ask_again(asked.question)));
            }
            _ => {}
        }
        if view.role.serves() && self.settings.arbiter {
            at.push(self.kept_asked + KEEP_INTERVAL);
            at.extend((self.denied).map(|(since, _)| since + DENIAL_PATIENCE));
            at.extend(self.right_ends(view).filter(|_| !self.suspended));
        }
        at
    }

    /// When the right to send of this node ends if nothing more is heard; `None` if that is not in question.
    pub fn right_ends(&self, view: View) -> Option<Instant> {
        match view.role {
            // Whatever is heard of its next process.
            Role::Primary if self.is_proven() => Some(Instant::ZERO),
            Role::Primary => {
                let unheard = self.peers.get(&self.partner?)?.unheard?;
                Some(unheard + self.settings.rhythm.right())
            }
            Role::Simplex if self.strict() => Some(self.kept + (LEASE - LEASE_MARGIN)),
            _ => None,
        }
    }

    /// Only with a right that nobody else can have.
    fn strict(&self) -> bool {
        self.settings.arbiter && self.settings.on_partition == OnPartition::Stop
    }

    fn peer(&mut self, node: u8) -> &mut Peer {
        self.peers.entry(node).or_default()
    }

    /// What was said last over there was said by the partner's process.
    fn has_heard_partner(&self) -> bool {
        let said = self.partner_state().and_then(|peer| peer.said);
        said.is_some_and(|(_, said)| Some(said.boot) == self.partner_boot)
    }

    fn partner_state(&self) -> Option<&Peer> {
        self.peers.get(&self.partner?)
    }

    fn decide(&mut self, decision: Decision) {
        self.decisions.push_back(decision);
    }

    fn echo(&mut self, on: bool) {
        if self.echoes != on {
            self.echoes = on;
            self.decide(Decision::Echo(on));
        }
    }

    /// Nobody is there to be asked, and the operator has chosen to serve.
    fn may_guess(&self) -> bool {
        !self.settings.fence && self.settings.on_partition == OnPartition::Serve
    }

    /// The role is another: what was waited for is over.
    fn became(&mut self, now: Instant, view: View) {
        self.since = now;
        self.denied = None;
        match view.role {
            Role::Starting => {
                self.trust();
                self.waits = now;
                self.partner = None;
                (self.buried, self.given_up) = (None, None);
                self.fencing = false;
            }
            Role::Backup => self.counted_on = false,
            Role::Simplex => {
                self.kept_asked = Instant::ZERO;
                self.held_up = None;
                // Gone by a way of its own: what it said on the link.
                if self.doubt.is_some() {
                    self.trust();
                }
            }
            Role::Joining => self.trust(),
            Role::Primary | Role::Deposed => {}
        }
    }

    /// What follows from all that is known.
    fn ponder(&mut self, now: Instant, view: View) {
        // Only time in which this process moved is time to hear something.
        let blind = now
            .since(self.pondered)
            .saturating_sub(self.settings.rhythm.period);
        self.held_up = self.held_up.map(|at| (at + blind).min(now));
        self.pondered = now;
        if !self.decisions.is_empty() {
            // First what has been decided; then the role may be another.
            return self.settle(now, view);
        }
        if let Some((since, answer)) = self.denied {
            self.ponder_denial(now, view, since, answer);
        }
        match view.role {
            Role::Starting => self.wait(now, view),
            Role::Primary => self.ponder_primary(now, view),
            Role::Backup => self.ponder_backup(now, view),
            Role::Simplex => {
                // Its reign is not on record yet.
                if let Some(asked) = self.asked {
                    self.ask_in_time(now, asked.question);
                }
            }
            _ => {}
        }
        if view.role.serves() && self.settings.arbiter && now >= self.kept_asked + KEEP_INTERVAL {
            self.kept_asked = now;
            self.keeping = Some(self.next_question);
            let question = Question::Keep { epoch: view.epoch };
            self.decide(Decision::Ask(self.next_question, question));
            self.next_question += 1;
        }
        self.settle(now, view);
    }

    /// Silent or not?
    fn settle(&mut self, now: Instant, view: View) {
        let over = self.right_ends(view).is_some_and(|at| now >= at);
        let suspended = view.role.serves() && (over || self.silenced || self.held_up.is_some());
        match (self.suspended, suspended) {
            (false, true) => {
                let why = match view.role {
                    _ if self.silenced => "the reign is handed over",
                    Role::Primary => "it is not known whether the backup has taken over",
                    _ => "the arbiter has not answered for too long",
                };
                self.decide(Decision::Suspend(why.into()));
            }
            (true, false) if view.role.serves() => self.decide(Decision::Resume),
            _ => {}
        }
        self.suspended = suspended;
    }
}

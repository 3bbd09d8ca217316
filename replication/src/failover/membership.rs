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
//!    ([`Rhythm::right`]); then it is *suspended*: it keeps everything and is silent.
//! 2. A backup takes over after more silence than that, and only with the arbiter's grant of the next reign. While it
//!    asks, it does not tell the primary that it hears it. Proof alone does not tell that the primary had not been
//!    granted that reign itself before it died; it counts if the arbiter is silent and the primary spoke just before.
//! 3. A node that serves alone without proof has the grant itself, and goes on only while it is renewed
//!    ([`LEASE`]).

use super::{Epoch, Role};
use crate::arbiter::{Answer, LEASE, NOBODY, Question};
use crate::heartbeat::{News, Rhythm};
use base::Instant;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How often a node that serves tells the arbiter so.
const KEEP_INTERVAL: Duration = Duration::from_millis(500);
/// The right of a node that serves alone ends so long before its lease, for clocks that run differently.
const LEASE_MARGIN: Duration = Duration::from_millis(250);
/// Between two questions of a node that has no state and wants to begin.
const FRESH_INTERVAL: Duration = Duration::from_millis(500);
/// Between two questions whether the process at the other end of a broken link is there: one that is
/// just ending closes the link before it closes the port of its heartbeats, which takes the first
/// question as if it lived.
const PROBE_AGAIN: Duration = Duration::from_millis(2);
/// A link that broke while the other node is alive is given up after this many heartbeats.
const LINK_GRACE_BEATS: u32 = 5;
/// Between two tries of a spare node to become the backup.
const SEAT_RETRY: Duration = Duration::from_secs(1);
/// A backup whose question is unanswered gives its copy up if the primary is back for so many heartbeats.
const UNANSWERED_BEATS: u32 = 25;
/// A backup whose primary is dead for certain waits so many beats for the arbiter.
const PROOF_BEATS: u32 = 2;
/// After the fencing command has failed, until it is tried again.
const FENCE_RETRY: Duration = Duration::from_secs(5);
/// So long a backup waits before it has the other node fenced: if both live, they are not to kill each other.
const FENCE_HEAD_START: Duration = Duration::from_secs(1);
/// How long the service is in duplex before a more preferred node gets its place back.
const FAILBACK_AFTER: Duration = Duration::from_secs(5);

/// What a node does that can learn neither from the other one nor from an arbiter whether that serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnPartition {
    /// It serves: no call is lost, but two nodes may serve at once.
    Serve,
    /// It does not: two nodes never serve at once, but possibly none.
    Stop,
}

/// What a membership goes by. Nodes are numbered from 1 in the order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// This node.
    pub node: u8,
    /// How many there are.
    pub nodes: u8,
    /// Of heartbeats.
    pub rhythm: Rhythm,
    /// How long a starting node waits for others.
    pub start_wait: Duration,
    /// There is an arbiter.
    pub arbiter: bool,
    /// There is a command that makes sure that another node is dead.
    pub fence: bool,
    /// What to do without either.
    pub on_partition: OnPartition,
    /// The most preferred node that is there is to serve.
    pub failback: bool,
}

/// What of this node decides: see the replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Its role.
    pub role: Role,
    /// The reign that it belongs to.
    pub epoch: Epoch,
    /// Its interface has a carrier: the cable is plugged in.
    pub carrier: bool,
}

/// What another node says of itself in a beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Differs with every start of its process.
    pub boot: u64,
    /// Its reign.
    pub epoch: Epoch,
    /// Its role.
    pub role: Role,
}

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The link to a node stands.
    LinkUp(u8),
    /// It has ended, and why.
    LinkDown(u8, String),
    /// A node has greeted, and serves or stands by, or has just started.
    Greeted {
        /// Which.
        node: u8,
        /// Its process.
        boot: u64,
        /// Its reign.
        epoch: Epoch,
        /// What it is.
        role: Role,
    },
    /// A node leaves on purpose.
    Goodbye(u8),
    /// The primary has handed its reign over.
    HandedOver(u8),
    /// The serving node has a backup already.
    Occupied(u8),
    /// What a node has said last, and when that came. The same may be told again.
    Said(u8, Instant, Said),
    /// From its beats.
    News(u8, News),
    /// Its host says that the process is not there.
    Refused(u8),
    /// The backup does not acknowledge.
    Slow(String),
    /// This process stood still so long that its right to send is over, or that others may have acted without it.
    HeldUp,
    /// The arbiter's answer to a question.
    Answer(u64, Answer),
    /// The other node is dead: the command says so, or why it does not.
    Fenced(u8, Result<(), String>),
    /// This node's role is another now.
    Became,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Begin to serve in this reign, or in the next one.
    Serve(Option<Epoch>, String),
    /// Ask this node for its state.
    Join(u8, String),
    /// The partner is gone: take over, or go on alone; in this reign, if it was granted.
    PartnerGone(Option<Epoch>, String),
    /// The partner goes on without this node.
    LinkLost(String),
    /// Another node serves with a better right.
    Yield(String),
    /// Greet a node.
    Greet(u8),
    /// End the link to a node.
    DropLink(u8),
    /// Ask the host of a node whether its process is there.
    Probe(u8),
    /// Ask the arbiter; the answer names the number.
    Ask(u64, Question),
    /// Make sure that a node is dead.
    Fence(u8),
    /// Say nothing to clients any more, and keep everything.
    Suspend(String),
    /// Go on.
    Resume,
    /// Stop (or begin again) to tell the partner that it is heard.
    Echo(bool),
    /// Hand the reign over to the backup.
    HandOver(String),
}

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
    /// The process that has greeted last.
    boot: Option<u64>,
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
    fencing: bool,
    /// Not before then again.
    fence_after: Instant,
    seat_tried: Instant,
    /// The seat of the backup is kept for this node until then.
    reserved: Option<(u8, Instant)>,
    /// The process of the last partner, if it is proven that it is dead.
    buried: Option<u64>,
    suspended: bool,
    /// The shell wants silence: a handover.
    silenced: bool,
    echoes: bool,
    /// This process stood still, and has not heard since then who reigns.
    held_up: Option<Instant>,
    /// The last look at what is due.
    looked: Instant,
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
            fencing: false,
            fence_after: now,
            seat_tried: Instant::ZERO,
            reserved: None,
            buried: None,
            suspended: false,
            silenced: false,
            echoes: true,
            held_up: None,
            looked: Instant::ZERO,
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
        self.buried = None;
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
                self.peer(node).boot = Some(boot);
                self.greeted(now, view, node, epoch, role);
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
        match view.role {
            Role::Starting => {
                at.push(self.patient_at());
                at.extend((self.held_up).map(|since| since + rhythm.detection()));
                at.extend(self.asked.map(|asked| asked.last + FRESH_INTERVAL));
                let serving = |peer: &Peer| peer.is_there(Role::serves);
                let serving = self.peers.values().any(serving);
                at.extend(serving.then(|| self.seat_tried + SEAT_RETRY));
            }
            Role::Primary | Role::Backup => {
                at.extend((self.asked).map(|asked| asked.last + self.ask_again(asked.question)));
                at.extend(self.right_ends(view).filter(|_| !self.suspended));
                at.extend(
                    self.doubt
                        .as_ref()
                        .map(|doubt| doubt.since + rhythm.detection()),
                );
                at.extend((self.held_up).map(|since| since + rhythm.detection()));
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

    fn suspect(&mut self, now: Instant, why: impl Into<String>) {
        self.doubt.get_or_insert_with(|| Doubt {
            since: now,
            why: why.into(),
            proof: false,
            counted_on: false,
        });
    }

    /// Nothing is in doubt any more.
    fn trust(&mut self) {
        self.doubt = None;
        self.broken = None;
        self.asked = None;
        self.held_up = None;
        self.echo(true);
    }

    fn echo(&mut self, on: bool) {
        if self.echoes != on {
            self.echoes = on;
            self.decide(Decision::Echo(on));
        }
    }

    /// The partner serves, and this copy does not follow it any more.
    fn lose(&mut self, why: &str) {
        self.decide(Decision::LinkLost(why.into()));
        if let Some(node) = self.partner {
            // A new link begins with a new greeting.
            self.decide(Decision::DropLink(node));
        }
    }

    /// The partner is gone, and nobody else has the right.
    fn gone(&mut self, epoch: Option<Epoch>, why: &str) {
        self.trust();
        if let Some(node) = self.partner.take() {
            self.decide(Decision::PartnerGone(epoch, why.into()));
            self.decide(Decision::DropLink(node));
        }
    }

    /// There is proof that it is.
    fn gone_for_sure(&mut self, now: Instant, view: View, why: &str) {
        let another = (self.peers.iter()).find(|(node, peer)| {
            let reigns =
                |(_, said): (Instant, Said)| said.role.serves() && said.epoch >= view.epoch;
            Some(**node) != self.partner && peer.alive && peer.said.is_some_and(reigns)
        });
        if view.role == Role::Backup && another.is_some() {
            self.trust();
            return self.lose("another node serves");
        }
        let over = self.right_ends(view).is_some_and(|at| now >= at);
        // Alive it may have reigned without this node, and what this node has is out of date.
        let unsure = view.role == Role::Backup || view.role == Role::Primary && over;
        if self.strict() && unsure {
            let counted_on = self.is_counted_on(now, view);
            self.suspect(now, why);
            if let Some(doubt) = self.doubt.as_mut().filter(|doubt| !doubt.proof) {
                (doubt.proof, doubt.counted_on) = (true, counted_on);
            }
            return;
        }
        self.bury(now, why);
    }

    /// The partner is dead, and has not reigned without this node.
    fn bury(&mut self, now: Instant, why: &str) {
        self.kept = now;
        self.buried = self.partner_boot;
        self.gone(None, why);
    }

    /// The partner is dead, though that does not settle it.
    fn is_proven(&self) -> bool {
        self.doubt.as_ref().is_some_and(|doubt| doubt.proof)
    }

    /// The primary has said lately that it is one, in this reign.
    fn is_counted_on(&self, now: Instant, view: View) -> bool {
        let said = self.partner_state().and_then(|peer| peer.said);
        said.is_some_and(|(at, said)| {
            said.role == Role::Primary
                && said.epoch == view.epoch
                && now < at + self.settings.rhythm.detection()
        })
    }

    fn link_down(&mut self, now: Instant, view: View, node: u8, why: &str) {
        let peer = self.peer(node);
        (peer.linked, peer.greeted) = (false, false);
        self.decide(Decision::DropLink(node));
        if self.partner != Some(node) {
            return;
        }
        match view.role {
            Role::Primary
                if !self.settings.arbiter && self.may_guess() && self.held_up.is_none() =>
            {
                self.gone(None, &format!("the link has ended: {why}"));
            }
            Role::Primary | Role::Backup => {
                let now = Broken {
                    since: now,
                    probed: now,
                };
                self.broken.get_or_insert(now);
                self.decide(Decision::Probe(node));
                if view.role == Role::Primary {
                    self.suspect(now.since, format!("the link has ended: {why}"));
                }
            }
            Role::Joining => self.decide(Decision::LinkLost(why.into())),
            // It was about to be the backup.
            Role::Simplex => self.gone(None, why),
            Role::Starting | Role::Deposed => {}
        }
    }

    /// Nobody is there to be asked, and the operator has chosen to serve.
    fn may_guess(&self) -> bool {
        !self.settings.fence && self.settings.on_partition == OnPartition::Serve
    }

    fn greeted(&mut self, now: Instant, view: View, node: u8, epoch: Epoch, role: Role) {
        self.peer(node).greeted = true;
        let is_partner = self.partner == Some(node);
        let has_state = role.serves() || role == Role::Backup;
        match view.role {
            Role::Backup if is_partner && has_state => {
                // The link broke and was made again, and what was said in between is lost.
                self.lose("the other node goes on without it");
            }
            Role::Backup | Role::Joining | Role::Primary if is_partner && !has_state => {
                self.gone_for_sure(now, view, "its process has started again");
                self.peer(node).said = None;
            }
            Role::Simplex if is_partner && !has_state => self.gone(None, "it has started again"),
            Role::Starting if role.serves() => self.join(now, node),
            own if own.serves() && role.serves() => self.meets_another_reign(view, node, epoch),
            _ => {}
        }
    }

    /// They began apart from each other, or this one was cut off.
    fn meets_another_reign(&mut self, view: View, node: u8, epoch: Epoch) {
        let ours = view.epoch;
        if epoch > ours {
            let why = format!("node {node} serves in epoch {epoch}, ours is {ours}");
            self.decide(Decision::Yield(why));
        } else if epoch == ours && node < self.settings.node {
            let why = format!("node {node} serves too, and comes first");
            self.decide(Decision::Yield(why));
        }
    }

    fn join(&mut self, now: Instant, node: u8) {
        self.seat_tried = now;
        self.pair_with(node);
        self.asked = None;
        self.decide(Decision::Join(node, format!("node {node} serves")));
    }

    fn said(&mut self, now: Instant, view: View, node: u8, at: Instant, said: Said) {
        let former = self.peer(node).said;
        // What was said before they were a pair may be of a process before the partner.
        let another =
            former.is_some_and(|(at, former)| at > self.since && former.boot != said.boot);
        if another && self.partner == Some(node) {
            self.gone_for_sure(now, view, "its process has started again");
        }
        let peer = self.peer(node);
        peer.said = Some((at, said));
        peer.alive = true;
        if view.role.serves() && said.role.serves() {
            // Before anything of an earlier reign goes out.
            self.meets_another_reign(view, node, said.epoch);
        }
        if view.role == Role::Backup && self.partner == Some(node) {
            self.counted_on |= said.role == Role::Primary && at > self.since;
            if self.counted_on && said.role == Role::Simplex {
                // From then on this copy is out of date, and must not take over with that.
                self.counted_on = false;
                self.lose("the other node goes on without it");
            }
        }
    }

    fn news(&mut self, now: Instant, view: View, node: u8, news: News) {
        let lately = self.settings.rhythm.period * 2;
        let peer = self.peer(node);
        match news {
            News::Silent => peer.alive = false,
            News::Back => peer.alive = true,
            News::Unheard(at) => peer.unheard = Some(at),
            News::HearsUs => peer.unheard = None,
        }
        let heard_lately = peer.said.is_some_and(|(at, _)| now.since(at) < lately);
        // The silence of a former process on that host says nothing.
        if self.partner != Some(node) || !self.has_heard_partner() {
            return;
        }
        match (view.role, news) {
            (Role::Joining, News::Silent) => {
                self.lose("its heartbeats have stopped");
            }
            // It was about to be the backup.
            (Role::Simplex, News::Silent) => self.gone(None, "its heartbeats have stopped"),
            (Role::Primary | Role::Backup, News::Silent) => {
                self.suspect(now, "its heartbeats have stopped");
            }
            // This process stood still: nothing is known of what the backup did meanwhile.
            (Role::Primary, News::Unheard(at)) if now >= at + self.settings.rhythm.right() => {
                self.held_up.get_or_insert(now);
            }
            // Only what it says of us is missing: it may come before the right ends.
            (Role::Primary, News::Unheard(_)) if !heard_lately => {
                self.suspect(now, "it does not say that it hears this node");
            }
            (Role::Primary, News::HearsUs)
                if self.asked.is_none() && self.broken.is_none() && !self.is_proven() =>
            {
                self.trust();
            }
            (Role::Primary, News::HearsUs) => self.held_up = None,
            // Without a question, nobody has acted on the doubt.
            (Role::Backup, News::Back)
                if self.asked.is_none() && !self.fencing && !self.is_proven() =>
            {
                self.doubt = None;
                self.echo(true);
            }
            _ => {}
        }
    }

    fn answered(&mut self, now: Instant, view: View, id: u64, answer: Answer) {
        let Some(asked) = self.asked.filter(|asked| asked.id == id) else {
            match answer {
                Answer::Refused { epoch, node, boot }
                    if view.role.serves() && epoch >= view.epoch && node != NOBODY =>
                {
                    self.refused(now, view, epoch, node, boot);
                }
                Answer::Granted(epoch) if epoch == view.epoch && self.keeping == Some(id) => {
                    self.kept = self.kept_asked;
                }
                _ => {}
            }
            return;
        };
        match (asked.question, answer) {
            (Question::ClaimFresh, Answer::Granted(epoch)) if view.role == Role::Starting => {
                self.asked = None;
                // The answer may be to any of the questions.
                self.kept = asked.first;
                let why = "the arbiter grants it, nobody serves";
                self.decide(Decision::Serve(Some(epoch), why.into()));
            }
            (Question::Claim { .. }, Answer::Granted(epoch)) => {
                let why = self.doubt.as_ref().map_or("", |doubt| &doubt.why);
                let why = format!("{why}; the arbiter grants reign {epoch}");
                // The answer may be to any of the questions.
                self.kept = self.kept.max(asked.first);
                if view.role == Role::Simplex && self.partner.is_none() {
                    self.trust();
                    self.decide(Decision::PartnerGone(Some(epoch), why));
                } else {
                    self.gone(Some(epoch), &why);
                }
            }
            // Nothing is granted yet: the arbiter has just started.
            (Question::Claim { .. }, Answer::Refused { epoch, .. })
                if epoch < view.epoch.next() => {}
            (Question::Claim { .. }, Answer::Refused { epoch, node, boot }) => {
                self.refused(now, view, epoch, node, boot);
            }
            (Question::ClaimFresh, Answer::Refused { .. }) => {
                // It is there, and knows best.
                self.asked = Some(Asked {
                    first: now,
                    ..asked
                });
            }
            _ => {}
        }
    }

    /// The arbiter has this reign on record, as one of this process of a node.
    fn refused(&mut self, now: Instant, view: View, epoch: Epoch, node: u8, boot: u64) {
        if view.role.serves() && (epoch, boot) == (view.epoch, self.boot) {
            // A question from before this reign began.
            return;
        }
        // It was granted to a process that cannot begin it any more; or to this one, which did not wait for that.
        let void = node == self.settings.node
            || self.buried == Some(boot)
            || self.is_succeeded(now, view, node, boot);
        if void {
            let epoch = epoch.next();
            return self.ask_in_time(now, Question::Claim { epoch });
        }
        let why = format!("the arbiter says that node {node} reigns in epoch {epoch}");
        match view.role {
            Role::Primary | Role::Simplex => self.decide(Decision::Yield(why)),
            _ => {
                self.trust();
                self.lose(&why);
            }
        }
    }

    /// Another process of a node is heard than the one that has the reign, and that one had no time to die and begin
    /// again since.
    fn is_succeeded(&self, now: Instant, view: View, node: u8, boot: u64) -> bool {
        let said = (self.peers.get(&node)).and_then(|peer| peer.said.filter(|_| peer.alive));
        let over = self.right_ends(view).is_some_and(|at| now >= at);
        let without_state = |role| matches!(role, Role::Starting | Role::Joining);
        view.role.serves()
            && !over
            && said.is_some_and(|(at, said)| {
                said.boot != boot && without_state(said.role) && now < at + self.settings.start_wait
            })
    }

    /// The role is another: what was waited for is over.
    fn became(&mut self, now: Instant, view: View) {
        self.since = now;
        match view.role {
            Role::Starting => {
                self.trust();
                self.waits = now;
                self.partner = None;
                self.buried = None;
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

    fn ask(&mut self, now: Instant, question: Question) {
        let again = self.asked.filter(|asked| asked.question == question);
        let id = again.map_or(self.next_question, |asked| asked.id);
        if again.is_none() {
            self.next_question += 1;
        }
        self.asked = Some(Asked {
            id,
            question,
            first: again.map_or(now, |asked| asked.first),
            last: now,
        });
        self.decide(Decision::Ask(id, question));
    }

    fn ask_again(&self, question: Question) -> Duration {
        match question {
            Question::Claim { .. } => self.settings.rhythm.period,
            Question::ClaimFresh | Question::Keep { .. } => FRESH_INTERVAL,
        }
    }

    /// Asks, unless that was done just now.
    fn ask_in_time(&mut self, now: Instant, question: Question) {
        let waits = self.asked.is_some_and(|asked| {
            asked.question == question && now < asked.last + self.ask_again(question)
        });
        if !waits {
            self.ask(now, question);
        }
    }

    /// What follows from all that is known.
    fn ponder(&mut self, now: Instant, view: View) {
        if !self.decisions.is_empty() {
            // First what has been decided; then the role may be another.
            return self.settle(now, view);
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

    fn wait(&mut self, now: Instant, view: View) {
        let serves = |peer: &Peer| peer.said.is_some_and(|(_, said)| said.role.serves());
        let serving = (self.peers.iter()).find(|(_, peer)| peer.alive && serves(peer));
        if let Some((node, peer)) = serving {
            let free = peer
                .said
                .is_some_and(|(_, said)| said.role == Role::Simplex);
            let node = *node;
            if free && peer.greeted && now >= self.seat_tried + SEAT_RETRY {
                self.join(now, node);
            }
            return;
        }
        if self.is_held_up(now) {
            return;
        }
        let started = |peer: &Peer| peer.is_there(|role| role == Role::Starting);
        let seen = self.peers.values().filter(|peer| started(peer)).count();
        let first = (self.peers.range(..self.settings.node)).all(|(_, peer)| !peer.alive);
        let all = seen == self.peers.len();
        let patient = now >= self.patient_at();
        if !view.carrier || !first || !(all || patient) {
            return;
        }
        match (self.settings.arbiter, self.settings.on_partition) {
            // A duplex needs two nodes: at most one that cannot be seen may be serving, alone, and that
            // tells the arbiter.
            (true, OnPartition::Stop) if seen + 1 < self.peers.len() => {}
            (true, policy) => {
                let first = self.asked.map(|asked| asked.first);
                self.ask_in_time(now, Question::ClaimFresh);
                let patience = LEASE * 3;
                if policy == OnPartition::Serve && first.is_some_and(|at| now >= at + patience) {
                    let why = "no other node answers, nor does the arbiter";
                    self.decide(Decision::Serve(None, why.into()));
                }
            }
            (false, OnPartition::Stop) if !all => {}
            (false, _) if all => {
                self.decide(Decision::Serve(
                    None,
                    "the other nodes have just started too".into(),
                ));
            }
            (false, _) => self.decide(Decision::Serve(None, "no other node answers".into())),
        }
    }

    /// This process stood still a moment ago: what waits for it may say who serves.
    fn is_held_up(&mut self, now: Instant) -> bool {
        let detection = self.settings.rhythm.detection();
        self.held_up = self.held_up.filter(|at| now < *at + detection);
        self.held_up.is_some()
    }

    /// Until when a starting node waits for others. One that had more than itself when it was heard last
    /// may be about to take over, or be held up.
    fn patient_at(&self) -> Instant {
        let heard = self.peers.values().filter_map(|peer| peer.said);
        let last = (heard.filter(|(_, said)| said.role != Role::Starting))
            .map(|(at, _)| at)
            .max();
        self.waits.max(last.unwrap_or_default()) + self.settings.start_wait
    }

    fn ponder_primary(&mut self, now: Instant, view: View) {
        let rhythm = self.settings.rhythm;
        if let Some(at) = &mut self.held_up
            && now > *at + rhythm.detection() + rhythm.period
        {
            // It has stood still again, and what waits for it may say more.
            *at = now;
        }
        let guess_at = (self.held_up).map_or(Instant::ZERO, |at| at + rhythm.detection());
        if let Some(doubt) = self.doubt.clone() {
            let over = self.right_ends(view).is_some_and(|at| now >= at);
            match (self.settings.arbiter, self.settings.on_partition) {
                // When the cable is back, the other node is to be heard first.
                _ if !view.carrier => self.held_up = Some(now),
                (true, policy) => {
                    let epoch = match self.asked.map(|asked| asked.question) {
                        Some(Question::Claim { epoch }) => epoch,
                        _ => view.epoch.next(),
                    };
                    self.ask_in_time(now, Question::Claim { epoch });
                    if policy == OnPartition::Serve && over && now >= guess_at {
                        self.gone(None, &doubt.why);
                    }
                }
                (false, OnPartition::Serve) if now >= guess_at => self.gone(None, &doubt.why),
                // Alone it would say what the backup does not know, which may yet take over.
                (false, OnPartition::Stop) if self.settings.fence && now >= guess_at => {
                    self.fence(now);
                }
                (false, _) => {}
            }
        } else if self.held_up.is_some() && now >= guess_at && guess_at > Instant::ZERO {
            // Nothing of the other node, neither that it reigns nor that it hears this one.
            self.suspect(now, "nothing is heard of it since this process stood still");
        }
        let long = now >= self.since + FAILBACK_AFTER;
        let calm = self.doubt.is_none() && self.held_up.is_none() && !self.suspended;
        if self.settings.failback && long && calm {
            self.fail_back(now, view);
        }
    }

    /// The partner lives, and is not to be counted on any more. It must know before this node goes on without it.
    fn dismiss(&mut self, now: Instant, view: View, why: &str) {
        if self.may_guess() && !self.settings.arbiter && self.held_up.is_none() {
            // It hears of it, most likely in time.
            self.gone(None, why);
        } else if view.role == Role::Primary {
            // By the arbiter's grant what it holds is worth nothing.
            self.suspect(now, why);
            if let Some(node) = self.partner.filter(|_| !self.settings.arbiter) {
                // By the next greeting it knows that what it holds is out of date, and says so.
                self.decide(Decision::DropLink(node));
            }
        }
    }

    /// More preferred nodes get their places back.
    fn fail_back(&mut self, now: Instant, view: View) {
        let Some(partner) = self.partner else { return };
        if partner < self.settings.node {
            self.since = now;
            let why = format!("node {partner} is preferred and has returned");
            return self.decide(Decision::HandOver(why));
        }
        let waiting = |peer: &Peer| peer.is_there(|role| role == Role::Starting);
        let better = (self.peers.range(..partner)).find(|(_, peer)| waiting(peer));
        if let Some((node, _)) = better {
            self.reserved = Some((*node, now + SEAT_RETRY * 2));
            let why = format!("node {node} is preferred as the backup and has returned");
            self.dismiss(now, view, &why);
        }
    }

    fn fence(&mut self, now: Instant) {
        if now < self.fence_after {
            return;
        }
        if let Some(node) = self.partner.filter(|_| !self.fencing) {
            self.fencing = true;
            self.decide(Decision::Fence(node));
        }
    }

    fn ponder_backup(&mut self, now: Instant, view: View) {
        let Some(doubt) = self.doubt.clone() else {
            return;
        };
        if !view.carrier && self.asked.is_none() {
            self.trust();
            return self.lose("this host is cut off: its interface has no carrier");
        }
        let back = self.partner_state().is_some_and(|peer| peer.alive);
        match (self.settings.arbiter, self.settings.on_partition) {
            (true, policy) => {
                self.echo(false);
                let first = self.asked.map(|asked| asked.first);
                self.ask_in_time(
                    now,
                    Question::Claim {
                        epoch: view.epoch.next(),
                    },
                );
                let rhythm = self.settings.rhythm;
                let late = first.is_some_and(|at| now >= at + rhythm.period * PROOF_BEATS);
                if doubt.proof && doubt.counted_on && late {
                    return self.bury(now, &doubt.why);
                }
                let given_up = doubt.since + rhythm.period * UNANSWERED_BEATS;
                if back && now >= given_up {
                    self.trust();
                    return self.lose("the other node is back, and the arbiter does not answer");
                }
                let patience = rhythm.detection();
                let late = first.is_some_and(|at| now >= at + patience);
                // One that is heard again decides by itself, and knows more.
                let may_guess = !back && !self.is_held_up(now);
                if policy == OnPartition::Serve && late && may_guess {
                    let why = format!("{}; the arbiter does not answer", doubt.why);
                    self.gone(None, &why);
                }
            }
            (false, _) if self.settings.fence => {
                self.echo(false);
                if now >= doubt.since + FENCE_HEAD_START {
                    self.fence(now);
                }
            }
            (false, OnPartition::Serve) if !self.is_held_up(now) => self.gone(None, &doubt.why),
            (false, _) => {}
        }
    }
}

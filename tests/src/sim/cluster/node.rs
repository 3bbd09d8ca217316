//! One node: the real membership, watches, replica and shadows, and what the shell does around them, with a model of
//! a kernel in place of sockets. All its times are its host's clock's, but for those of the log.

use super::core::{Effect, Ledger, Stream, Tape};
use super::hearing::{Beat, Hearing};
use super::plant::Plant;
use crate::sim::tcp::{Kernel, Packet};
use base::{ConnId, Instant, LogIndex};
use bytes::Bytes;
use replication::arbiter::{Answer, Question};
use replication::failover::membership::{Decision, Event, Settings, View};
use replication::failover::{Membership, Role};
use replication::replica::{
    Envelope, Hello, LINK, Limits, Message, Replica, Snapshot, Step, Versions,
};
use replication::tcp::Ends;
use replication::tcp::shadows::{Limits as ShadowLimits, Shadows, Verdict};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

/// As the shell has them.
const DRAIN_TIME: Duration = Duration::from_millis(20);
const LATE_HANDSHAKES_INTERVAL: Duration = Duration::from_millis(5);
const HEARING_INTERVAL: Duration = Duration::from_millis(1);
/// How often a node that has the address says so.
const ANNOUNCE_INTERVAL: Duration = Duration::from_millis(200);
/// Between packets of media, by their numbers.
const PACKET_TIME: Duration = Duration::from_millis(20);
/// How often they are sent, a few at a time to save work here.
const MEDIA_INTERVAL: Duration = Duration::from_millis(40);
/// Packets that are late by more are left out.
const LATE_PACKETS_MAX: u64 = 4;
/// Of differences between the primary's clock and ours, so many are looked at.
const DIFFERENCES: usize = 50;
/// Rounds of decisions and what they lead to, at one moment.
const ROUNDS_MAX: u32 = 50;

/// On the link.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Message(Box<Envelope<()>>),
    /// The link ends.
    End,
}

/// What a node wants of the world.
#[derive(Debug)]
pub(super) enum Deed {
    Beat(u8, Beat),
    Link(u8, Item),
    Forward(u8, Packet),
    /// A packet of media on the stream of a connection.
    Media(Ends, u32, u16),
    /// The service's address is here.
    Announce,
    Ask(u64, Question),
    Probe(u8),
    Fence(u8),
    /// It begins to serve without any state.
    Fresh,
    /// A takeover: no record beyond this is known here.
    Reign(LogIndex),
    /// The takeover is complete.
    TookOver,
    /// It has to begin anew as another process.
    Restart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tap {
    Off,
    /// Clients' packets are seen, and passed on to the primary.
    Passing,
    /// They are seen only.
    Watching,
}

/// What a node has done, for statistics.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counts {
    pub takeovers: u64,
    pub alone: u64,
    pub suspensions: u64,
    pub rejoins: u64,
    pub yields: u64,
    pub handovers: u64,
    pub refusals: u64,
}

/// Packets of a stream.
#[derive(Debug, Clone, Copy)]
struct Playing {
    stream: Stream,
    /// How many there have been.
    next: u64,
}

/// A node that lives.
pub(super) struct Node {
    /// Its number for life: a process that starts again gets another.
    pub life: u8,
    pub number: u8,
    pub boot: u64,
    pub replica: Replica<Ledger>,
    pub shadows: Shadows,
    pub kernel: Kernel,
    pub tape: Tape,
    pub deeds: VecDeque<Deed>,
    pub counts: Counts,
    pub suspended: bool,
    pub carrier: bool,
    pub plant: Plant,
    pub(super) settings: Settings,
    pub(super) service: SocketAddr,
    membership: Membership,
    ears: BTreeMap<u8, Hearing>,
    links: BTreeMap<u8, bool>,
    /// Links that this node has ended, of which it is told too.
    dropped: Vec<u8>,
    /// The other side of the replica.
    peer: Option<u8>,
    role: Role,
    became: bool,
    pub(super) conns: BTreeMap<ConnId, Ends>,
    pub(super) names: BTreeMap<Ends, ConnId>,
    streams: BTreeMap<ConnId, Playing>,
    marks: BTreeMap<ConnId, u64>,
    pub(super) tap: Tap,
    pub(super) taking_over: bool,
    /// Media pauses: the reign is about to move.
    paused: bool,
    capture_asked: bool,
    drain: Option<Instant>,
    drain_wanted: bool,
    /// After a takeover, until when handshakes of the dead node are completed.
    pub(super) late: Option<Instant>,
    late_look: Option<Instant>,
    echoes: bool,
    beat_due: Instant,
    media_due: Instant,
    announced: Instant,
    /// The service's clock less the host's, nanoseconds.
    offset: i128,
    differences: VecDeque<i128>,
    /// The boot of the node whose clock ours follows.
    follows: u64,
}

impl Node {
    /// A node that has just started.
    pub fn new(life: u8, boot: u64, settings: Settings, service: SocketAddr, now: Instant) -> Self {
        let tape = Tape::default();
        let mut kernel = Kernel::new(50_000, true);
        kernel.listen(service);
        let others = (1..=settings.nodes).filter(|node| *node != settings.node);
        let ear = |node| (node, Hearing::new(now, settings.rhythm, boot));
        Node {
            life,
            number: settings.node,
            boot,
            replica: Replica::new(Ledger::new(boot, tape.clone()), Limits::default()),
            shadows: no_shadows(),
            kernel,
            tape,
            deeds: VecDeque::new(),
            counts: Counts::default(),
            suspended: false,
            carrier: true,
            plant: Plant::None,
            settings,
            service,
            membership: Membership::new(settings, boot, now),
            ears: others.map(ear).collect(),
            links: BTreeMap::new(),
            dropped: Vec::new(),
            peer: None,
            role: Role::Starting,
            became: false,
            conns: BTreeMap::new(),
            names: BTreeMap::new(),
            streams: BTreeMap::new(),
            marks: BTreeMap::new(),
            tap: Tap::Off,
            taking_over: false,
            paused: false,
            capture_asked: false,
            drain: None,
            drain_wanted: false,
            late: None,
            late_look: None,
            echoes: true,
            beat_due: now,
            media_due: now,
            announced: Instant::ZERO,
            offset: 0,
            differences: VecDeque::new(),
            follows: 0,
        }
    }

    pub fn role(&self) -> Role {
        self.replica.role()
    }

    /// The other node of the duplex, as the membership has it.
    pub fn partner(&self) -> Option<u8> {
        self.membership.partner()
    }

    /// Whether its partner may be gone, or is to go.
    pub fn is_in_doubt(&self) -> bool {
        self.membership.is_in_doubt()
    }

    /// The node that it follows, or that follows it.
    pub fn peer(&self) -> Option<u8> {
        self.peer
    }

    pub fn is_linked(&self, node: u8) -> bool {
        self.links.get(&node).copied().unwrap_or_default()
    }

    /// What the service's clock shows.
    pub(super) fn service_time(&self, now: Instant) -> Instant {
        shifted(now, self.offset)
    }

    /// What each thread looks at before it says anything to clients: it serves, and has the right to.
    pub fn may_send(&self, now: Instant) -> bool {
        let right = match self.role() {
            Role::Primary => {
                let ear = self
                    .membership
                    .partner()
                    .and_then(|node| self.ears.get(&node));
                let heard = ear.and_then(Hearing::heard_us).unwrap_or_default();
                Some(heard + self.settings.rhythm.right())
            }
            _ => self.membership.right_ends(self.view()),
        };
        self.role().serves() && !self.suspended && right.is_none_or(|until| now < until)
    }

    /// Clients' packets are to come here first.
    pub fn has_address(&self) -> bool {
        match self.role() {
            Role::Backup => true,
            Role::Joining => self.tap == Tap::Passing,
            Role::Simplex => !self.suspended && self.drain.is_none(),
            _ => false,
        }
    }

    /// Its tap stands: what comes for the address waits for the process.
    pub fn is_tapping(&self) -> bool {
        self.tap != Tap::Off
    }

    /// How far the shadow of a connection knows its client's stream, if there is one.
    pub fn shadow_knows(&self, now: Instant, ends: Ends) -> Option<u64> {
        let (conn, _) = self.shadows.conns().find(|(_, of)| *of == ends)?;
        let known = self.shadows.restoration(conn, now)?;
        let start = known.negotiated.receive_start;
        Some(u64::from(known.receive_next.wrapping_sub(start)))
    }

    fn view(&self) -> View {
        View {
            role: self.role(),
            epoch: self.replica.epoch(),
            carrier: self.carrier,
        }
    }

    // What comes from outside.

    /// A beat that has come `at`. When all that have come are read, they are judged.
    pub fn beat(&mut self, now: Instant, at: Instant, beat: &Beat) {
        let own = self.role();
        let Some(ear) = self.ears.get_mut(&beat.from) else {
            return;
        };
        if let Some(said) = ear.hear(at, own, beat) {
            if said.role.serves() && !self.role().serves() {
                self.follow_clock(beat.boot, beat.now, at);
                if self.peer == Some(beat.from) {
                    let period = self.settings.rhythm.period;
                    self.beat_due = (at + period / 4).max(now);
                    for (conn, count) in beat.marks.iter() {
                        let most = self.marks.entry(*conn).or_default();
                        *most = (*most).max(*count);
                    }
                }
            }
            self.event(now, Event::Said(beat.from, at, said));
        }
    }

    /// The host of another node says that the process is not there.
    pub fn refused(&mut self, now: Instant, node: u8) {
        self.event(now, Event::Refused(node));
    }

    pub fn answer(&mut self, now: Instant, id: u64, answer: Answer) {
        self.counts.refusals += u64::from(matches!(answer, Answer::Refused { .. }));
        self.event(now, Event::Answer(id, answer));
    }

    pub fn fenced(&mut self, now: Instant, node: u8, outcome: Result<(), String>) {
        self.event(now, Event::Fenced(node, outcome));
    }

    pub fn link_up(&mut self, now: Instant, node: u8) {
        self.links.insert(node, true);
        self.event(now, Event::LinkUp(node));
    }

    pub fn item(&mut self, now: Instant, node: u8, item: Item) {
        if !self.is_linked(node) {
            return;
        }
        match item {
            Item::Message(envelope) => self.message(now, node, *envelope),
            Item::End => {
                self.links.insert(node, false);
                let why = "the other node has closed it";
                self.event(now, Event::LinkDown(node, why.into()));
            }
        }
    }

    fn message(&mut self, now: Instant, node: u8, envelope: Envelope<()>) {
        match envelope.message {
            Message::Hello(hello) => {
                if hello.role.serves() && !self.role().serves() {
                    self.follow_clock(hello.boot, hello.now, now);
                }
                let (epoch, role, boot) = (envelope.epoch, hello.role, hello.boot);
                if self.role() == Role::Starting {
                    self.replica.reign(epoch);
                }
                self.event(
                    now,
                    Event::Greeted {
                        node,
                        boot,
                        epoch,
                        role,
                    },
                );
            }
            Message::Goodbye => self.event(now, Event::Goodbye(node)),
            Message::Occupied => self.event(now, Event::Occupied(node)),
            Message::Join => {
                if self.membership.admit(now, self.view(), node) {
                    self.peer = Some(node);
                    self.replica.message(now, envelope, &mut self.shadows);
                } else {
                    self.send(node, Message::Occupied);
                }
                self.settle(now);
            }
            _ if self.peer == Some(node) => {
                (self.replica).message(now, envelope, &mut self.shadows);
                self.settle(now);
            }
            _ => {}
        }
    }

    /// A client's packet arrives at this host's interface.
    pub fn arrive(&mut self, now: Instant, packet: Packet) {
        let segment = packet.segment();
        if self.tap != Tap::Off
            && self.plant != Plant::PassUnseen
            && let Verdict::Hold(_) = self.shadows.segment(now, &segment)
        {
            return;
        }
        match (self.tap, self.peer) {
            (Tap::Passing, Some(peer)) => self.deeds.push_back(Deed::Forward(peer, packet)),
            (Tap::Passing, None) => {}
            (Tap::Watching, _) => {
                self.late_look.get_or_insert(now + LATE_HANDSHAKES_INTERVAL);
                self.pass_in(now, &packet);
            }
            // A primary takes only what its backup has seen.
            (Tap::Off, _) if self.role() == Role::Simplex => self.pass_in(now, &packet),
            (Tap::Off, _) => {}
        }
    }

    /// The tap of a node has passed a packet on. The filter of a primary lets in what its backup has seen.
    pub fn forwarded(&mut self, now: Instant, from: u8, packet: &Packet) {
        let role = self.role();
        if role == Role::Simplex && self.tap == Tap::Watching {
            self.arrive(now, packet.clone());
        } else if role == Role::Simplex || role == Role::Primary && self.peer == Some(from) {
            self.pass_in(now, packet);
        }
    }

    fn pass_in(&mut self, now: Instant, packet: &Packet) {
        if !self.suspended {
            self.kernel.receive(now, packet);
        }
    }

    /// It has stood still, and looks at the clock before anything else.
    pub fn stood_still(&mut self, now: Instant) {
        let turned = self.beat_due - self.settings.rhythm.period;
        if now.since(turned) > self.settings.rhythm.detection() {
            self.event(now, Event::HeldUp);
        }
    }

    /// And then at what has come of its backup.
    pub fn held_up(&mut self, now: Instant) {
        if self.role().serves() && !self.may_send(now) {
            self.event(now, Event::HeldUp);
        }
    }

    /// It is time for media.
    pub fn is_media_due(&self, now: Instant) -> bool {
        self.role().serves() && !self.suspended && now >= self.media_due
    }

    /// Takes what its kernel has to tell, and applies what it has acknowledged.
    pub fn turn(&mut self, now: Instant) {
        if !self.replica.is_frozen() {
            self.take_news(now);
        }
        self.replica.apply(&mut self.shadows);
        self.settle(now);
    }

    pub fn has_work(&self) -> bool {
        self.kernel.has_news() && !self.replica.is_frozen() || self.replica.has_work()
    }

    pub fn next_timeout(&self) -> Instant {
        let replica = (self.replica.next_timeout()).map(|at| shifted(at, -self.offset));
        let ears = self.ears.values().filter_map(Hearing::deadline).min();
        let others = [
            replica,
            ears,
            self.kernel.next_timeout(),
            self.membership.next_timeout(self.view()),
            self.late_look.filter(|_| !self.replica.is_frozen()),
            self.drain,
            (self.role().serves() && !self.suspended).then_some(self.media_due),
        ];
        (others.into_iter().flatten()).fold(self.beat_due, Instant::min)
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.kernel.handle_timeout(now);
        self.judge(now);
        if self.role().serves() {
            self.replica.handle_timeout(self.service_time(now));
        }
        if self.drain.take_if(|at| *at <= now).is_some() {
            match self.is_heard(now) {
                true => self.replica.drained(),
                false => self.drain = Some(now + HEARING_INTERVAL),
            }
        }
        if !self.replica.is_frozen() && self.late_look.take_if(|at| *at <= now).is_some() {
            self.adopt_unannounced(now);
            if self.late.is_some_and(|until| until <= now) {
                self.stop_tap();
            }
            if self.drain_wanted {
                self.drain(now);
            }
        }
        self.settle(now);
        if now >= self.beat_due {
            self.beat_now(now);
        }
    }

    /// Media's own thread: it looks at the right by itself.
    pub fn media(&mut self, now: Instant) {
        self.media_due = now + MEDIA_INTERVAL;
        let wrong = self.plant == Plant::SendSuspended && self.role().serves();
        if self.paused || !self.may_send(now) && !wrong {
            return;
        }
        let time = self.service_time(now);
        for (conn, playing) in &mut self.streams {
            let Some(ends) = self.conns.get(conn) else {
                continue;
            };
            let due = packets(playing.stream, time);
            playing.next = playing.next.max(due.saturating_sub(LATE_PACKETS_MAX));
            while playing.next < due {
                let jump = if self.plant == Plant::JumpNumbers {
                    4000
                } else {
                    0
                };
                let number = playing.stream.first.wrapping_add(playing.next as u16);
                let number = number.wrapping_add(jump * u16::from(playing.next >= 300));
                (self.deeds).push_back(Deed::Media(*ends, playing.stream.ssrc, number));
                playing.next += 1;
            }
        }
    }

    /// The partner is known to hear this node, now and for the next beat.
    fn is_heard(&self, now: Instant) -> bool {
        let partner = self.peer.and_then(|peer| self.ears.get(&peer));
        let heard_us = partner.and_then(Hearing::heard_us);
        self.settings.rhythm.is_heard(heard_us, now)
    }

    /// The node that joins sees clients' packets first from now on. Handshakes of a dead node end before.
    fn drain(&mut self, now: Instant) {
        let followed = self.replica.is_followed();
        self.drain_wanted = followed && self.late.is_some() && self.shadows.is_half_open();
        if self.drain_wanted {
            self.late_look.get_or_insert(now + LATE_HANDSHAKES_INTERVAL);
        } else if followed {
            if self.late.is_some() {
                self.adopt_unannounced(now);
            }
            self.stop_tap();
            self.drain = Some(now + DRAIN_TIME);
        }
    }

    fn beat_now(&mut self, now: Instant) {
        let period = self.settings.rhythm.period;
        self.beat_due = match self.beat_due + period > now {
            true => self.beat_due + period,
            false => now + period,
        };
        self.say_beat(now);
        self.announce(now, false);
    }

    fn say_beat(&mut self, now: Instant) {
        let serves = self.role().serves();
        let streams = self.streams.iter().filter(|_| serves);
        let marks: std::rc::Rc<[_]> = streams
            .map(|(conn, playing)| (*conn, playing.next))
            .collect();
        let time = self.service_time(now);
        let (boot, epoch, role) = (self.boot, self.replica.epoch(), self.role());
        for (node, ear) in &mut self.ears {
            let beat = Beat {
                from: self.number,
                boot,
                sequence: ear.next_sequence(now),
                echo: ear.echo().filter(|_| self.echoes),
                epoch,
                role,
                now: time,
                marks: std::rc::Rc::clone(&marks),
            };
            self.deeds.push_back(Deed::Beat(*node, beat));
        }
    }

    fn announce(&mut self, now: Instant, at_once: bool) {
        if self.has_address() && (at_once || now >= self.announced + ANNOUNCE_INTERVAL) {
            self.announced = now;
            self.deeds.push_back(Deed::Announce);
        }
    }

    /// What the beats of the others say by now.
    pub fn judge(&mut self, now: Instant) {
        let judge = |(node, ear): (&u8, &mut Hearing)| {
            let node = *node;
            ear.judge(now).into_iter().map(move |news| (node, news))
        };
        let news: Vec<_> = self.ears.iter_mut().flat_map(judge).collect();
        for (node, news) in news {
            self.event(now, Event::News(node, news));
        }
    }

    /// The service's clock on the node that serves, a process of its own, showed this when ours showed `at`.
    fn follow_clock(&mut self, boot: u64, theirs: Instant, at: Instant) {
        if std::mem::replace(&mut self.follows, boot) != boot {
            self.differences.clear();
        }
        let ours = self.service_time(at);
        let difference = i128::from(theirs.as_nanos()) - i128::from(ours.as_nanos());
        self.differences.push_back(difference);
        if self.differences.len() > DIFFERENCES {
            self.differences.pop_front();
        }
        let best = self.differences.iter().copied().max().unwrap_or(0);
        self.offset += best;
        self.differences.iter_mut().for_each(|one| *one -= best);
    }

    // What is decided, and what follows.

    pub fn event(&mut self, now: Instant, event: Event) {
        self.membership.handle(now, self.view(), event);
        self.settle(now);
    }

    /// Until nothing is left to decide or to do.
    fn settle(&mut self, now: Instant) {
        for _ in 0..ROUNDS_MAX {
            self.carry_out(now);
            if std::mem::take(&mut self.became) {
                self.membership.handle(now, self.view(), Event::Became);
            }
            if let Some(decision) = self.membership.poll() {
                self.decide(now, decision);
                continue;
            }
            self.membership.handle_timeout(now, self.view());
            match (self.membership.poll(), self.dropped.pop()) {
                (Some(decision), dropped) => {
                    self.dropped.extend(dropped);
                    self.decide(now, decision);
                }
                (None, Some(node)) => {
                    let down = Event::LinkDown(node, "this node has given it up".into());
                    self.membership.handle(now, self.view(), down);
                }
                (None, None) if !self.became => return,
                (None, None) => {}
            }
        }
        panic!("node {} decides without end", self.number);
    }

    fn decide(&mut self, now: Instant, decision: Decision) {
        match decision {
            Decision::Serve(epoch, why) => {
                if self.replica.core().origin() != self.boot {
                    self.begin_anew();
                }
                self.replica.grant(epoch);
                self.replica.serve(&why);
                self.deeds.push_back(Deed::Fresh);
            }
            Decision::Join(node, why) => {
                self.peer = Some(node);
                self.replica.join(&why);
            }
            Decision::PartnerGone(epoch, why) => {
                self.replica.grant(epoch);
                self.peer_gone(now, &why);
                self.carry_out(now);
                self.peer = None;
            }
            Decision::LinkLost(why) => self.replica.link_lost(&why),
            Decision::Yield(why) => {
                self.counts.yields += 1;
                self.replica.yield_reign(&why);
            }
            Decision::Greet(node) => self.greet(now, node),
            Decision::DropLink(node) => self.drop_link(node),
            Decision::Probe(node) => self.deeds.push_back(Deed::Probe(node)),
            Decision::Ask(id, question) => self.ask(now, id, question),
            Decision::Fence(node) => self.deeds.push_back(Deed::Fence(node)),
            Decision::Suspend(_) => {
                self.counts.suspensions += 1;
                self.suspended = true;
            }
            Decision::Resume => {
                self.suspended = false;
                self.announce(now, true);
            }
            Decision::Echo(on) => self.echoes = on,
            Decision::HandOver(_) => {
                let time = self.service_time(now);
                // It is tried again if it cannot be now.
                let _ = self.replica.hand_over(time);
            }
        }
    }

    fn ask(&mut self, now: Instant, id: u64, question: Question) {
        if self.plant == Plant::IgnoreArbiter
            && let Question::Claim { epoch } = question
        {
            return self.event(now, Event::Answer(id, Answer::Granted(epoch)));
        }
        self.deeds.push_back(Deed::Ask(id, question));
    }

    /// What was followed is out of date: the core begins again with nothing.
    fn begin_anew(&mut self) {
        let epoch = self.replica.epoch();
        self.tape = Tape::default();
        self.replica = Replica::new(Ledger::new(self.boot, self.tape.clone()), Limits::default());
        self.replica.reign(epoch);
        (self.conns, self.names, self.streams) = Default::default();
        self.kernel = Kernel::new(50_000, true);
        self.kernel.listen(self.service);
    }

    pub(super) fn carry_out(&mut self, now: Instant) {
        while let Some(step) = self.poll_step() {
            self.step(now, step);
        }
    }

    fn poll_step(&mut self) -> Option<Step<(), Effect>> {
        let step = self.replica.poll_step();
        if step.is_none() && std::mem::take(&mut self.capture_asked) {
            self.capture();
            return self.replica.poll_step();
        }
        step
    }

    fn step(&mut self, now: Instant, step: Step<(), Effect>) {
        use replication::core::Action;
        match step {
            Step::Act(Action::Effect(effect)) => self.effect(effect),
            Step::Act(action) => self.act(now, action),
            Step::Follow(effect) => self.effect(effect),
            Step::Send(envelope) => {
                if self.plant == Plant::ReleaseEarly
                    && let Message::Records(_) = envelope.message
                {
                    let message = Message::Acknowledged(self.replica.index());
                    let early = Envelope {
                        message,
                        ..envelope
                    };
                    self.replica.message(now, early, &mut self.shadows);
                }
                if let Some(peer) = self.peer.filter(|peer| self.is_linked(*peer)) {
                    (self.deeds).push_back(Deed::Link(peer, Item::Message(Box::new(envelope))));
                }
            }
            Step::Capture => {
                // What a node that was about to be the backup has asked for is over.
                (self.drain, self.drain_wanted) = (None, false);
                self.capture_asked = true;
            }
            Step::Drain => self.drain(now),
            Step::Adopt(snapshot) => self.adopt(now, &snapshot),
            Step::Role(role, why) => self.change(now, role, &why),
            Step::Slow(why) => {
                self.membership.handle(now, self.view(), Event::Slow(why));
            }
            Step::Prepare(true) => {
                self.replica.listening();
                self.replica.prepared();
            }
            Step::Pause => {
                self.paused = true;
                let time = self.service_time(now);
                self.replica.paused(time, Bytes::new());
            }
            Step::Abdicate => {
                self.counts.handovers += 1;
                self.membership.silence(now, self.view(), true);
            }
            Step::Resume(_) => {
                self.paused = false;
                self.membership.silence(now, self.view(), false);
            }
            Step::Succeed(_) => {
                if let Some(peer) = self.peer {
                    (self.membership).handle(now, self.view(), Event::HandedOver(peer));
                }
            }
            Step::Bind(..) | Step::Free(_) | Step::BackupPorts(..) => {}
            Step::Prepare(false) | Step::Warm => {}
        }
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Open(conn, stream) => {
                self.streams.insert(conn, Playing { stream, next: 0 });
            }
            Effect::Close(conn) => {
                self.streams.remove(&conn);
                self.marks.remove(&conn);
            }
        }
    }

    fn change(&mut self, now: Instant, role: Role, _why: &str) {
        if role == self.role {
            return;
        }
        match (self.role, role) {
            (Role::Backup, Role::Simplex) => self.counts.takeovers += 1,
            (Role::Primary, Role::Simplex) => self.counts.alone += 1,
            (Role::Joining, Role::Backup) => self.counts.rejoins += 1,
            _ => {}
        }
        self.role = role;
        self.became = true;
        match role {
            Role::Starting => {
                self.peer = None;
                self.stop_tap();
                self.marks.clear();
            }
            Role::Deposed => {
                for ends in std::mem::take(&mut self.conns).into_values() {
                    self.kernel.abandon(ends);
                }
                self.deeds.push_back(Deed::Restart);
            }
            Role::Simplex => {
                self.drain = None;
                // Before clients hear of it.
                self.say_beat(now);
                self.announce(now, true);
                let links: Vec<u8> = self.ears.keys().copied().collect();
                links.into_iter().for_each(|node| self.greet(now, node));
            }
            _ => {}
        }
    }

    /// The media thread goes on where the other node was; one number is left out, for clocks that differ.
    pub(super) fn continue_media(&mut self, now: Instant) {
        let time = self.service_time(now);
        for (conn, playing) in &mut self.streams {
            let marked = self.marks.get(conn).copied().unwrap_or_default();
            playing.next = marked.max(packets(playing.stream, time) + 1);
        }
        self.announce(now, true);
    }

    pub(super) fn stop_tap(&mut self) {
        self.tap = Tap::Off;
        (self.late, self.late_look) = (None, None);
        self.shadows = no_shadows();
    }

    pub(super) fn look_for_late(&mut self, until: Instant) {
        self.late = Some(until);
    }

    fn greet(&mut self, now: Instant, node: u8) {
        let hello = Hello {
            link: LINK,
            core: Versions::only(1),
            node: self.number,
            role: self.role(),
            configuration: 0,
            mac: [self.number; 6],
            now: self.service_time(now),
            boot: self.boot,
            notes: 0,
        };
        self.send(node, Message::Hello(hello));
    }

    fn send(&mut self, node: u8, message: Message<()>) {
        if self.is_linked(node) {
            let epoch = self.replica.epoch();
            let envelope = Box::new(Envelope { epoch, message });
            (self.deeds).push_back(Deed::Link(node, Item::Message(envelope)));
        }
    }

    fn drop_link(&mut self, node: u8) {
        if self.links.insert(node, false) == Some(true) {
            self.deeds.push_back(Deed::Link(node, Item::End));
            self.dropped.push(node);
        }
    }

    fn adopt(&mut self, now: Instant, _: &Snapshot) {
        let streams = self.replica.core().streams();
        self.streams = (streams)
            .map(|(conn, stream)| (conn, Playing { stream, next: 0 }))
            .collect();
        self.tap = Tap::Passing;
        self.announce(now, true);
        self.replica.ready();
    }

    fn capture(&mut self) {
        let open = self.captured();
        self.replica.snapshot(open, Bytes::new(), Bytes::new());
    }
}

/// How many packets of a stream there have been by then.
fn packets(stream: Stream, time: Instant) -> u64 {
    (time.since(stream.begun).as_micros() / PACKET_TIME.as_micros()) as u64
}

fn shifted(at: Instant, by: i128) -> Instant {
    let shifted = i128::from(at.as_nanos()) + by;
    Instant::from_nanos(u64::try_from(shifted).unwrap_or(0))
}

pub(super) fn no_shadows() -> Shadows {
    Shadows::new(ShadowLimits {
        connections: 100,
        handshakes: 100,
        buffered_octets: 1 << 20,
    })
}

//! The other nodes: the links to them, their heartbeats, and what their coming and going changes here.

use super::addresses::{self, ServiceAddresses};
use super::clock::{Clock, Follower};
use super::heartbeat_thread::{self, Heard, Heartbeat};
use super::linking;
use super::notes::Notes;
use super::options::PairOptions;
use super::pulse::{Loop, Pulse};
use super::status::NodeStatus;
use super::tap::{SharedShadows, Tap};
use super::{Event, Supervision};
use crate::arbiter::{Answer, Arbiter, Question, fence};
use crate::failover::membership::{Membership, Said, View};
use crate::failover::{Epoch, Role, Timeline};
use crate::heartbeat::Beat;
use crate::host::{MediaMode, ServiceHost, Standing};
use crate::link::PairKey;
use crate::os::address::Addresses;
use crate::os::carrier;
use crate::os::mac::Mac;
use crate::os::{sysctl, tcp_repair};
use crate::replica::{Envelope, Hello, LINK, Message, Versions};
use crate::tcp::shadows::{Limits as ShadowLimits, Offer, Shadows};
use anyhow::Context;
use base::Instant;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Duration;

/// SO_MARK of sockets that may say goodbye to their peers: the packet filter lets their FIN out.
pub(super) const GOODBYE_MARK: u32 = 0x6d63_7501;
/// How long after a takeover handshakes that the dead node began are completed here.
const LATE_HANDSHAKES: Duration = Duration::from_secs(3);
/// How often they are looked at.
const LATE_HANDSHAKES_INTERVAL: Duration = Duration::from_millis(5);
/// Between two looks at the carrier, as long as something hangs on it.
const CARRIER_INTERVAL: Duration = Duration::from_millis(10);
/// How often the load that heartbeats tell is measured.
const LOAD_INTERVAL: Duration = Duration::from_millis(500);
/// Connections that a backup watches at most.
const CONNECTIONS_MAX: usize = 20_000;
/// Handshakes that a backup watches at most.
const HANDSHAKES_MAX: usize = 4096;
/// Octets of a client that a backup holds for one connection at most before the log has taken them.
const BUFFERED_OCTETS_MAX: usize = 8 * 1024 * 1024;
/// Octets of IPv4 and TCP headers, which a segment has beside its data.
const HEADER_OCTETS: u16 = 40;

/// What the link and the heartbeats tell.
pub(super) enum PairEvent<E> {
    /// The link to a node stands; messages for it go here.
    LinkUp(u8, mpsc::UnboundedSender<Envelope<E>>),
    Message(u8, Box<Envelope<E>>),
    LinkDown(u8, String),
    Heartbeat(u8, heartbeat_thread::Event),
    /// The arbiter's, to the question of this number.
    Answer(u64, Answer),
    /// Whether a node is certainly dead.
    Fenced(u8, Result<(), String>),
}

/// Another node.
struct Other<E> {
    address: SocketAddr,
    heartbeat: Heartbeat,
    link: Option<mpsc::UnboundedSender<Envelope<E>>>,
    /// Its greeting, as long as the link stands.
    hello: Option<Hello>,
    /// When the beat came that the membership knows of.
    told: Instant,
}

pub(super) struct Pair<E> {
    pub options: PairOptions,
    /// This node, from 1.
    pub number: u8,
    configuration: u64,
    /// Ways in which the core can behave.
    core: Versions,
    clock: Clock,
    /// Never adjusted: for how long things take.
    local: Clock,
    shadows: SharedShadows,
    offer: Offer,
    tap: Option<Tap>,
    tap_loop: Loop,
    core_loop: Loop,
    addresses: Option<ServiceAddresses>,
    pulse: Arc<Pulse>,
    others: BTreeMap<u8, Other<E>>,
    pub membership: Membership,
    /// To whom the replica speaks.
    partner: Option<u8>,
    arbiter: Option<Arbiter>,
    events: mpsc::Sender<Event<E>>,
    linking: Vec<JoinHandle<()>>,
    /// Whether the cable was plugged in at the last look, and when that was.
    carrier: bool,
    looked: Instant,
    notes: Notes,
    boot: u64,
    /// How often the process stood still, when that was asked last.
    standstills: u64,
    /// When the process's CPU time was looked at, and what it was.
    load: (Instant, Duration),
    follower: Arc<Mutex<Follower>>,
    /// The reign is to come here soon.
    heir: bool,
    late: Option<Instant>,
    pub takeovers: u64,
    pub last_change: Option<Timeline>,
}

impl<E> Pair<E>
where
    E: Serialize + DeserializeOwned + Send + 'static,
{
    pub(super) async fn start(
        service: String,
        options: PairOptions,
        configuration: u64,
        core: Versions,
        clock: Clock,
        events: mpsc::Sender<Event<E>>,
    ) -> anyhow::Result<Self> {
        options.check()?;
        let key = PairKey::load(&options.key)?;
        let owned = (Addresses::open()?.list(None)).context("cannot list this host's addresses")?;
        let owned: Vec<_> = owned.iter().map(|owned| owned.address).collect();
        let number = options.number(&owned)?;
        let own = options.nodes[usize::from(number) - 1];
        let host = ServiceHost::open(crate::host::Config {
            name: service,
            interface: options.interface.clone(),
            control: options.control_address,
            media: options.media_address,
            media_mode: options.media_mode,
            media_path: options.media_path,
            mark: GOODBYE_MARK,
            state_file: Some(options.state.clone()),
        })
        .context("cannot prepare this host (`mcu doctor` says what is missing)")?;
        let local = Clock::new();
        let pulse = Arc::new(Pulse::new(options.rhythm()));
        let boot = heartbeat_thread::boot()?;
        let notes = Notes::open(own.ip(), boot, key.note_key())?;
        let follower = Arc::new(Mutex::new(Follower::new(clock.clone())));
        let mut others = BTreeMap::new();
        for (node, address) in (1..).zip(options.nodes.iter().copied()) {
            if node == number {
                continue;
            }
            let (following, state) = (follower.clone(), pulse.clone());
            let on_beat = move |beat: &Beat, ago| {
                let (_, role, ..) = state.state();
                if beat.role.serves() && !role.serves() {
                    follow(&following, beat.boot, beat.sent + ago);
                }
            };
            let (beats, heard) = mpsc::unbounded_channel();
            let stamps = clock.clone();
            let config = heartbeat_thread::Config {
                node: number,
                boot,
                own,
                peer_node: node,
                peer: address,
                shares_port: options.nodes.len() > 2,
                rhythm: options.rhythm(),
                hang_limit: Duration::from_millis(options.hang_ms),
            };
            let heartbeat = Heartbeat::start(
                config,
                key.heartbeat_key(),
                pulse.clone(),
                move || stamps.now(),
                on_beat,
                beats,
            )?;
            tokio::spawn(pass_on(node, heard, events.clone()));
            let other = Other {
                address,
                heartbeat,
                link: None,
                hello: None,
                told: Instant::ZERO,
            };
            others.insert(node, other);
        }
        let arbiter = options.arbiter.as_ref().map(|arbiter| {
            let answers = events.clone();
            let answered = move |id, answer| {
                let event = Event::Pair(PairEvent::Answer(id, answer));
                if answers.try_send(event).is_err() {
                    tracing::warn!("too busy for the arbiter's answer; it will be asked again");
                }
            };
            Arbiter::start(
                arbiter,
                &key,
                options.control_address,
                number,
                boot,
                answered,
            )
        });
        let linking = linking::start(&options.nodes, number, key.clone(), events.clone()).await?;
        let tap_loop = pulse.watch("the tap");
        tap_loop.rests(None);
        Ok(Pair {
            number,
            core,
            configuration: configuration ^ settings(&options),
            shadows: SharedShadows::new(no_shadows()),
            offer: offer(&options.interface).await,
            tap: None,
            tap_loop,
            core_loop: pulse.watch("the core's loop"),
            addresses: Some(ServiceAddresses::new(host)),
            membership: Membership::new(options.membership(number), boot, pulse.now()),
            others,
            partner: None,
            arbiter: arbiter.transpose()?,
            events,
            linking,
            carrier: true,
            looked: Instant::ZERO,
            notes,
            boot,
            standstills: 0,
            load: (local.now(), cpu_time()),
            follower,
            heir: false,
            late: None,
            takeovers: 0,
            last_change: None,
            pulse,
            clock,
            local,
            options,
        })
    }

    /// For a loop of the service's own.
    pub(super) fn supervision(&self, name: &'static str) -> Supervision {
        Supervision {
            moving: self.pulse.watch(name),
            pulse: self.pulse.clone(),
            notes: self.notes.clone(),
        }
    }

    pub(super) fn shadows(&self) -> SharedShadows {
        self.shadows.clone()
    }

    pub(super) fn offer(&self) -> Offer {
        self.offer
    }

    /// By the clock of heartbeats, by which nothing is adjusted.
    pub(super) fn steady_now(&self) -> Instant {
        self.pulse.now()
    }

    /// What the membership has to know of this node.
    pub(super) fn view(&self, role: Role, epoch: Epoch) -> View {
        let carrier = self.carrier;
        View {
            role,
            epoch,
            carrier,
        }
    }

    /// Looks whether the cable is plugged in, if something may hang on it now: the kernel's answer takes its lock on
    /// interfaces.
    pub(super) fn look_at_carrier(&mut self, role: Role, silence: bool) {
        let waits = role == Role::Starting || self.membership.is_in_doubt();
        let now = self.pulse.now();
        if silence || waits && now.since(self.looked) >= CARRIER_INTERVAL {
            self.looked = now;
            // An interface that cannot be asked is believed to have one.
            self.carrier = carrier::has_carrier(&self.options.interface).unwrap_or(true);
        }
    }

    fn partner(&self) -> Option<&Other<E>> {
        self.others.get(&self.partner?)
    }

    /// What the partner has said last, and how long ago.
    fn heard(&self) -> Option<(Heard, Duration)> {
        let heard = self.partner()?.heartbeat.heard()?;
        let ago = self.pulse.now().since(heard.at);
        Some((heard, ago))
    }

    /// What the others have said that the membership does not know of.
    pub(super) fn said(&mut self) -> Vec<(u8, Instant, Said)> {
        let mut news = Vec::new();
        for (node, other) in &mut self.others {
            let Some(Heard { at, beat, .. }) = other.heartbeat.last() else {
                continue;
            };
            if at > other.told {
                other.told = at;
                news.push((*node, at, said_in(&beat)));
            }
        }
        news
    }

    /// The whole process stood still since this was asked last.
    pub(super) fn stood_still(&mut self) -> bool {
        let count = self.pulse.standstills();
        std::mem::replace(&mut self.standstills, count) != count
    }

    /// The partner is known to hear this node, now and for the next beat.
    pub(super) fn is_heard(&self) -> bool {
        let Some(partner) = self.partner() else {
            return false;
        };
        partner.heartbeat.catch_up();
        let heard_us = partner.heartbeat.heard_us();
        (self.options.rhythm()).is_heard(heard_us, self.pulse.now())
    }

    /// This process stood still, and what waits in its sockets does not tell that its backup hears it.
    pub(super) fn was_held_up(&self) -> bool {
        if !self.pulse.lapsed() || self.membership.is_in_doubt() {
            return false;
        }
        if let Some(partner) = self.partner() {
            partner.heartbeat.catch_up();
        }
        self.pulse.lapsed()
    }

    /// The service's own words in the partner's beats.
    pub(super) fn marks(&self) -> Bytes {
        (self.heard()).map_or_else(Bytes::new, |(heard, _)| heard.marks)
    }

    /// When the partner was heard last, by the service's clock.
    pub(super) fn last_sign(&self) -> Option<Instant> {
        let (_, ago) = self.heard()?;
        Some(self.clock.now() - ago)
    }

    /// From now on the replica speaks to this node.
    pub(super) fn pair_with(&mut self, node: u8) {
        self.partner = Some(node);
        if let Some(Other { address, hello, .. }) = self.others.get(&node)
            && let Some(hello) = hello
        {
            let notes = SocketAddr::new(address.ip(), hello.notes);
            self.notes.meet(notes, hello.boot);
        }
    }

    /// The node to which the replica speaks; 0 if there is none yet.
    pub(super) fn partner_number(&self) -> u8 {
        self.partner.unwrap_or(0)
    }

    /// Whether it speaks to this node.
    pub(super) fn is_partner(&self, node: u8) -> bool {
        self.partner == Some(node)
    }

    /// The link to the partner stands.
    pub(super) fn is_linked(&self) -> bool {
        self.partner().is_some_and(|other| other.hello.is_some())
    }

    /// To the partner.
    pub(super) fn send(&self, envelope: Envelope<E>) {
        if let Some(partner) = self.partner {
            self.send_to(partner, envelope);
        }
    }

    pub(super) fn send_to(&self, node: u8, envelope: Envelope<E>) {
        if let Some(link) = self.others.get(&node).and_then(|other| other.link.as_ref()) {
            // It fails only if the link is broken, of which an event tells.
            let _ = link.send(envelope);
        }
    }

    /// Greets all nodes, or tells them what has changed.
    pub(super) fn greet_all(&self, epoch: Epoch, role: Role) {
        for node in self.others.keys() {
            self.greet(*node, epoch, role);
        }
    }

    /// Greets a node.
    pub(super) fn greet(&self, node: u8, epoch: Epoch, role: Role) {
        let Some(addresses) = &self.addresses else {
            return;
        };
        let message = Message::Hello(Hello {
            link: LINK,
            core: self.core,
            node: self.number,
            role,
            configuration: self.configuration,
            mac: addresses.host().mac().0,
            now: self.clock.now(),
            boot: self.boot,
            notes: self.notes.port(),
        });
        self.send_to(node, Envelope { epoch, message });
    }

    /// What is wrong with a node's greeting.
    pub(super) fn mismatch(&self, node: u8, hello: &Hello) -> Option<String> {
        let agreed = LINK
            .agree(hello.link, "the messages between nodes")
            .and_then(|_| self.core.agree(hello.core, "the behaviour of calls"));
        if let Err(why) = agreed {
            return Some(why);
        }
        if hello.node != node {
            let said = hello.node;
            return Some(format!(
                "it calls itself node {said} and has the address of node {node}: is pair.nodes the same on all?"
            ));
        }
        (hello.configuration != self.configuration).then(|| {
            "its configuration differs: pair, rooms and limits must be equal on all nodes, and so must the \
             kernel's TCP settings (`mcu doctor` prints them)"
                .to_string()
        })
    }

    /// What the other node's service has told since this was asked last.
    pub(super) fn hear_notes(&self, take: impl FnMut(&[u8])) {
        self.notes.hear(take);
    }

    pub(super) fn link_up(&mut self, node: u8, link: mpsc::UnboundedSender<Envelope<E>>) {
        if let Some(other) = self.others.get_mut(&node) {
            (other.link, other.hello) = (Some(link), None);
        }
    }

    /// A node has greeted, and is whom it has to be.
    pub(super) fn met(&mut self, node: u8, hello: Hello) {
        if let Some(other) = self.others.get_mut(&node) {
            other.hello = Some(hello);
        }
        if self.partner == Some(node) {
            self.pair_with(node);
        }
    }

    pub(super) fn drop_link(&mut self, node: u8) {
        if self.partner == Some(node) {
            self.notes.part();
        }
        if let Some(other) = self.others.get_mut(&node) {
            (other.link, other.hello) = (None, None);
        }
    }

    /// Ends all links; true if there was one.
    pub(super) fn drop_links(&mut self) -> bool {
        let linked = self.others.values().any(|other| other.link.is_some());
        let nodes: Vec<u8> = self.others.keys().copied().collect();
        for node in nodes {
            self.drop_link(node);
        }
        linked
    }

    /// Asks a node's host whether the process is there.
    pub(super) fn probe(&self, node: u8) {
        if let Some(other) = self.others.get(&node) {
            other.heartbeat.probe_now();
        }
    }

    pub(super) fn ask(&self, id: u64, question: Question) {
        if let Some(arbiter) = &self.arbiter {
            arbiter.ask(id, question);
        }
    }

    /// Makes sure that a node is dead.
    pub(super) fn fence(&self, node: u8) {
        let (Some(options), Some(other)) = (&self.options.fence, self.others.get(&node)) else {
            return;
        };
        let events = self.events.clone();
        fence(options, node, other.address.ip(), move |done| {
            let event = Event::Pair(PairEvent::Fenced(node, done));
            let _ = events.blocking_send(event);
        });
    }

    /// Whether beats tell the others that they are heard.
    pub(super) fn set_echoes(&self, on: bool) {
        self.pulse.set_echoes(on);
    }

    /// Nothing goes to clients; or it may again.
    pub(super) fn silence(&mut self, role: Role, silent: bool) {
        self.pulse.silence(silent);
        self.stand(role);
    }

    /// The clock of the node that serves showed this a moment ago.
    pub(super) fn follow_clock(&self, boot: u64, theirs: Instant) {
        follow(&self.follower, boot, theirs);
    }

    /// Passes clients' packets on to the primary from now on.
    pub(super) fn start_tap(&mut self) -> anyhow::Result<()> {
        if self.tap.is_some() {
            return Ok(());
        }
        let peer = self.partner().and_then(|other| other.hello.as_ref());
        let peer = peer.context("the other node is gone")?;
        self.tap = Some(Tap::start(
            &self.options.interface,
            self.options.control_address,
            Mac(peer.mac),
            self.options.media_mode != MediaMode::Forwarded,
            self.shadows.clone(),
            self.clock.clone(),
            self.tap_loop.clone(),
        )?);
        Ok(())
    }

    pub(super) fn hold_tap(&self) {
        if let Some(tap) = &self.tap {
            tap.hold();
        }
    }

    /// The other node is dead, so it does not take over however long this one is held up by its own
    /// takeover. Gives what tells of the core's loop meanwhile.
    pub(super) fn bereaved(&self) -> Loop {
        self.pulse.alone(None);
        self.core_loop.clone()
    }

    /// The tap is of no use any more, nor is what it has seen.
    pub(super) fn stop_tap(&mut self) {
        self.tap = None;
        self.late = None;
        *self.shadows.lock() = no_shadows();
    }

    /// Does to the host what the role asks for.
    pub(super) fn stand(&mut self, role: Role) {
        self.heir &= role == Role::Backup;
        let peer = self.partner().and_then(|other| other.hello.as_ref());
        let standing = match (role, peer.map(|peer| Mac(peer.mac))) {
            _ if self.membership.is_suspended() => Standing::Off,
            (Role::Backup, Some(primary)) if self.heir => Standing::Heir { primary },
            (Role::Backup, Some(primary)) => Standing::Backup { primary },
            (Role::Backup, None) => Standing::Off,
            (Role::Primary, Some(backup)) => Standing::Primary { backup },
            (Role::Primary, None) | (Role::Simplex, _) => Standing::Simplex,
            (Role::Starting | Role::Joining | Role::Deposed, _) => Standing::Off,
        };
        self.stand_as(role, standing);
    }

    /// The first part of becoming the one that serves: media goes in and out from here on.
    pub(super) fn open_media(&mut self) {
        self.stand_as(Role::Simplex, Standing::Opening);
    }

    /// The reign is to come here, or is not any more.
    pub(super) fn stand_as_heir(&mut self, wanted: bool) {
        self.heir = wanted;
        self.stand(Role::Backup);
    }

    /// The backup is to get clients' media, too.
    pub(super) fn share_media(&mut self) {
        let peer = self.partner().and_then(|other| other.hello.as_ref());
        let mac = peer.map(|peer| Mac(peer.mac));
        if let (Some(addresses), Some(backup)) = (&mut self.addresses, mac)
            && let Err(error) = addresses.host_mut().share_media(backup)
        {
            tracing::warn!(%error, "the backup cannot be sent copies of media: packets will be lost");
        }
    }

    /// The reign is the backup's: what still comes here for the media address goes to it.
    pub(super) fn pass_media_on(&mut self) {
        if let Some(addresses) = &mut self.addresses
            && let Err(error) = addresses.host_mut().pass_media_on()
        {
            tracing::warn!(%error, "media that still comes here is lost");
        }
    }

    /// It is not.
    pub(super) fn share_media_no_more(&mut self) {
        if let Some(addresses) = &mut self.addresses {
            addresses.host_mut().share_media_no_more();
        }
    }

    /// Where the partner is.
    pub(super) fn partner_address(&self) -> Option<IpAddr> {
        Some(self.partner()?.address.ip())
    }

    /// What still comes here for the service finds its way only as long as this host passes it on.
    pub(super) fn passes_media_on(&self) -> bool {
        (self.addresses.as_ref()).is_some_and(|addresses| addresses.host().passes_media_on())
    }

    fn stand_as(&mut self, role: Role, standing: Standing) {
        if role == Role::Deposed {
            self.pulse.silence(true);
        }
        let Some(addresses) = &mut self.addresses else {
            return;
        };
        for (what, took) in addresses.take(standing) {
            tracing::debug!(what, ?took, role = role.name(), "this host");
        }
    }

    /// What is due by the clock: leases, announcements.
    pub(super) fn handle_timeout(&mut self) {
        if let Some(addresses) = &mut self.addresses
            && addresses.handle_timeout()
        {
            self.shadows.lock().expire(self.clock.now());
        }
        if self.late.is_some_and(|until| until <= self.local.now()) {
            self.stop_tap();
        }
    }

    /// Handshakes that a dead node began may still be completed.
    pub(super) fn late_handshakes(&self) -> bool {
        self.late.is_some()
    }

    /// Clients may be about to complete some that the dead node's kernel has begun.
    pub(super) fn is_completing_handshakes(&self) -> bool {
        self.late_handshakes() && self.shadows.lock().is_half_open()
    }

    /// When `handle_timeout`, or the membership, has something to do next, by the service's clock.
    pub(super) fn next_timeout(&self, role: Role, epoch: Epoch) -> Instant {
        let service = self.clock.now();
        let addresses = self.addresses.as_ref().map(ServiceAddresses::next_timeout);
        let member = self.membership.next_timeout(self.view(role, epoch));
        let member = member.map(|at| at.since(self.pulse.now()));
        let late = self.late.map(|_| LATE_HANDSHAKES_INTERVAL);
        let soonest = [addresses, member, late].into_iter().flatten().min();
        service + soonest.unwrap_or(LATE_HANDSHAKES)
    }

    pub(super) fn took_over(&mut self, timeline: Timeline) {
        if let Some(addresses) = &mut self.addresses {
            addresses.tidy();
        }
        self.takeovers += 1;
        self.last_change = Some(timeline);
        self.late = Some(self.local.now() + LATE_HANDSHAKES);
        if let Some(beyond) = self.options.probe {
            let services = [self.options.control_address, self.options.media_address];
            std::thread::spawn(move || addresses::confirm(services, beyond));
        }
    }

    /// The marks that this node's heartbeats carry.
    pub(super) fn told_marks(&self) -> Bytes {
        self.pulse.whole_marks()
    }

    /// A step of the last takeover that another thread has done.
    pub(super) fn progressed(&mut self, what: &str, at: Instant) {
        if let Some(timeline) = &mut self.last_change {
            timeline.service_step(what, at);
            tracing::info!(what, after = ?at.since(timeline.detected), "takeover");
        }
    }

    /// The core's loop waits, at most for so long.
    pub(super) fn rests(&self, at_most: Duration) {
        self.core_loop.rests(Some(at_most));
    }

    /// It goes on.
    pub(super) fn moves(&self) {
        self.core_loop.moves();
    }

    /// This node begins to serve, or goes on alone: the others are told before clients hear of it.
    pub(super) fn proclaim(&self, epoch: Epoch, role: Role) {
        self.pulse.set_reign(epoch.0, role);
        for other in self.others.values() {
            other.heartbeat.beat_now();
        }
    }

    /// What heartbeats say from now on.
    pub(super) fn tell(&mut self, epoch: Epoch, role: Role, position: base::LogIndex) {
        self.pulse.set_reign(epoch.0, role);
        self.pulse.set_position(position);
        match (role, self.partner()) {
            (Role::Primary, Some(_)) if self.pulse.is_paired_with(self.partner_number()) => {}
            (Role::Primary, Some(other)) => {
                let heard_us = other.heartbeat.heard_us();
                self.pulse.pair_with(self.partner_number(), heard_us);
            }
            _ => {
                let view = self.view(role, epoch);
                self.pulse.alone(self.membership.right_ends(view));
            }
        }
        self.measure_load();
    }

    fn measure_load(&mut self) {
        let now = self.local.now();
        let (since, used) = self.load;
        let over = now.since(since);
        if over < LOAD_INTERVAL {
            return;
        }
        let cpu = cpu_time();
        let permille = cpu.saturating_sub(used).as_micros() * 1000 / over.as_micros().max(1);
        self.pulse
            .set_load(u16::try_from(permille).unwrap_or(u16::MAX));
        self.load = (now, cpu);
    }

    /// What a node has said last of itself, and how long ago.
    fn status_of(&self, other: &Other<E>) -> Option<(NodeStatus, Duration)> {
        let Heard { at, beat, .. } = other.heartbeat.heard()?;
        let status = NodeStatus {
            node: beat.node,
            role: beat.role,
            epoch: beat.epoch,
            position: beat.position.0,
            acknowledged: None,
            connections: None,
            load_permille: Some(beat.load_permille),
        };
        Some((status, self.pulse.now().since(at)))
    }

    /// The partner, or if there is none, the first other node that is heard.
    pub(super) fn other(&self) -> Option<(NodeStatus, Duration)> {
        let partner = self.partner().and_then(|other| self.status_of(other));
        partner.or_else(|| self.others.values().find_map(|other| self.status_of(other)))
    }

    /// What this process takes of a core, in thousandths.
    pub(super) fn load(&self) -> u16 {
        let (_, _, _, permille) = self.pulse.state();
        permille
    }

    /// All other nodes that were heard.
    pub(super) fn other_nodes(&self) -> Vec<NodeStatus> {
        let others = self.others.values();
        (others
            .filter_map(|other| self.status_of(other))
            .map(|(status, _)| status))
        .collect()
    }

    pub(super) fn goodbye(&self, epoch: Epoch) {
        for node in self.others.keys() {
            let message = Message::Goodbye;
            self.send_to(*node, Envelope { epoch, message });
        }
    }

    /// This node is about to end: nobody is to wait for it, nor it to take itself for hung.
    pub(super) fn beat_no_more(&mut self) {
        self.others.clear();
    }

    /// Undoes what was done to the host.
    pub(super) fn leave(&mut self, passes_on: bool) {
        self.tap = None;
        self.linking.iter().for_each(JoinHandle::abort);
        if let Some(addresses) = self.addresses.take()
            && let Err(error) = addresses.leave(passes_on)
        {
            tracing::warn!(%error, "not everything on this host could be put back; `mcu doctor` shows what is left");
        }
    }
}

/// The clock of the node that serves showed `theirs` a moment ago.
fn follow(follower: &Mutex<Follower>, boot: u64, theirs: Instant) {
    let mut follower = follower.lock().unwrap_or_else(PoisonError::into_inner);
    follower.follow(boot, theirs);
}

/// User and system time of this process so far.
fn cpu_time() -> Duration {
    use nix::sys::resource::{UsageWho, getrusage};
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else {
        return Duration::ZERO;
    };
    let of = |time: nix::sys::time::TimeVal| {
        let micros = time.tv_sec() * 1_000_000 + time.tv_usec();
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    };
    of(usage.user_time()) + of(usage.system_time())
}

pub(super) fn said_in(beat: &Beat) -> Said {
    Said {
        boot: beat.boot,
        epoch: Epoch(beat.epoch),
        role: beat.role,
    }
}

async fn pass_on<E>(
    node: u8,
    mut heard: mpsc::UnboundedReceiver<heartbeat_thread::Event>,
    events: mpsc::Sender<Event<E>>,
) {
    while let Some(event) = heard.recv().await {
        let event = Event::Pair(PairEvent::Heartbeat(node, event));
        if events.send(event).await.is_err() {
            return;
        }
    }
}

fn no_shadows() -> Shadows {
    Shadows::new(ShadowLimits {
        connections: CONNECTIONS_MAX,
        handshakes: HANDSHAKES_MAX,
        buffered_octets: BUFFERED_OCTETS_MAX,
    })
}

/// Fingerprint of what must be equal on both nodes beside the service's own configuration.
fn settings(options: &PairOptions) -> u64 {
    let mut digest = crate::log::Digest::default();
    let shared = PairOptions {
        node: None,
        key: Default::default(),
        state: Default::default(),
        interface: String::new(),
        ..options.clone()
    };
    digest.debug(&(shared, sysctl::tcp_fingerprint()));
    digest.value()
}

/// What this host's kernel offers in every handshake: asked of itself over the loopback interface.
async fn offer(interface: &str) -> Offer {
    /// What kernels have had by default for long.
    const SCALE_DEFAULT: u8 = 7;
    const MTU_DEFAULT: u16 = 1500;
    let mtu = std::fs::read_to_string(format!("/sys/class/net/{interface}/mtu"));
    let mtu = (mtu.ok()).and_then(|text| text.trim().parse().ok());
    let ask = async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let asking = tokio::net::TcpStream::connect(listener.local_addr()?).await?;
        let (accepted, _) = listener.accept().await?;
        let negotiated = tcp_repair::negotiated(accepted.as_fd());
        drop(asking);
        negotiated
    };
    let asked = tokio::time::timeout(Duration::from_millis(500), ask).await;
    let scales = asked
        .ok()
        .and_then(Result::ok)
        .and_then(|known| known.scales);
    Offer {
        mss: mtu.unwrap_or(MTU_DEFAULT).saturating_sub(HEADER_OCTETS),
        scale: scales.map_or(SCALE_DEFAULT, |scales| scales.receive),
    }
}

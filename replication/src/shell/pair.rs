//! The other node: the link to it, its heartbeats, and what its coming and going changes here.

use super::clock::{Clock, Follower};
use super::heartbeat_thread::{self, Heard, Heartbeat};
use super::notes::Notes;
use super::options::PairOptions;
use super::pulse::{Loop, Pulse};
use super::status::NodeStatus;
use super::tap::{SharedShadows, Tap};
use super::{Event, Supervision};
use crate::failover::{Epoch, Role, Timeline};
use crate::heartbeat::Beat;
use crate::host::{ANNOUNCEMENTS, MediaMode, ServiceHost, Standing};
use crate::link::{self, Acceptor, Ended, Link, PairKey};
use crate::os::address::Addresses;
use crate::os::mac::Mac;
use crate::os::{arp, sysctl, tcp_repair};
use crate::replica::{Envelope, Hello, LINK, Message, Versions};
use crate::tcp::shadows::{Limits as ShadowLimits, Offer, Shadows};
use anyhow::Context;
use base::Instant;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Duration;

/// SO_MARK of sockets that may say goodbye to their peers: the packet filter lets their FIN out.
pub(super) const GOODBYE_MARK: u32 = 0x6d63_7501;
/// How often a node without a link tries to make one.
const LINK_RETRY: Duration = Duration::from_millis(100);
/// How often the leases of service addresses are renewed. A lease lasts 2 s, of which the kernel may
/// take a quarter of a second: so a node that stands still for a second keeps its addresses.
const RENEWAL: Duration = Duration::from_millis(700);
/// How long after a refusal the host's addresses are tried again at the earliest.
const STANDING_RETRY: Duration = Duration::from_millis(100);
/// How long after a takeover handshakes that the dead node began are completed here.
const LATE_HANDSHAKES: Duration = Duration::from_secs(3);
/// How often they are looked at.
const LATE_HANDSHAKES_INTERVAL: Duration = Duration::from_millis(5);
/// A link that broke while the other node is alive is given up after this many heartbeats.
const LINK_GRACE_BEATS: u32 = 5;
/// Between two questions whether the process at the other end of a broken link is there: one that is
/// just ending closes the link before it closes the port of its heartbeats, which takes the first
/// question as if it lived.
const PROBE_AGAIN: Duration = Duration::from_millis(2);
/// How often the load that heartbeats tell is measured.
const LOAD_INTERVAL: Duration = Duration::from_millis(500);
/// Probes beyond the LAN after a takeover, at most.
const PROBES_MAX: u16 = 20;
/// How long one waits for its answer.
const PROBE_PATIENCE: Duration = Duration::from_millis(250);
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
    /// The link stands; messages for the other node go here.
    LinkUp(mpsc::UnboundedSender<Envelope<E>>),
    Message(Box<Envelope<E>>),
    LinkDown(String),
    Heartbeat(heartbeat_thread::Event),
}

pub(super) struct Pair<E> {
    pub options: PairOptions,
    pub place: usize,
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
    host: Option<ServiceHost>,
    heartbeat: Option<Heartbeat>,
    pulse: Arc<Pulse>,
    pub link: Option<mpsc::UnboundedSender<Envelope<E>>>,
    linking: JoinHandle<()>,
    /// The other node's greeting, as long as the link stands.
    pub peer: Option<Hello>,
    /// The link broke then, and the other node may yet be alive.
    broken: Option<Instant>,
    /// When it was asked last whether the other process is there.
    probed: Instant,
    /// When this node became the backup last, by the pulse's clock.
    backup_since: Instant,
    /// The other node has said since then that it counts on it.
    counted_on: bool,
    notes: Notes,
    boot: u64,
    /// When the process's CPU time was looked at, and what it was.
    load: (Instant, Duration),
    follower: Arc<Mutex<Follower>>,
    started: Instant,
    renewed: Instant,
    /// What this host should be and is not yet, and why it was refused.
    wanted: Option<Standing>,
    refused: Option<String>,
    /// Addresses were taken then; the announcement of this number is next.
    announcing: Option<(Instant, usize)>,
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
        let place = options.place(&owned)?;
        let (own, other) = (options.nodes[place], options.nodes[1 - place]);
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
        let now = local.now();
        // Before this the other node cannot have taken over: it waits for half a period more.
        let unheard = options.period() * options.misses - options.period() / 2;
        let pulse = Arc::new(Pulse::new(unheard));
        let boot = heartbeat_thread::boot()?;
        let notes = Notes::open(own.ip(), boot, key.note_key())?;
        let (beats, mut heard) = mpsc::unbounded_channel();
        let stamps = clock.clone();
        let follower = Arc::new(Mutex::new(Follower::new(clock.clone())));
        let (following, state) = (follower.clone(), pulse.clone());
        let on_beat = move |beat: &Beat, ago| {
            let (_, role, ..) = state.state();
            if beat.role.serves() && !role.serves() {
                follow(&following, beat.sent + ago);
            }
        };
        let heartbeat = Heartbeat::start(
            heartbeat_thread::Config {
                node: place as u8 + 1,
                own,
                peer: other,
                period: options.period(),
                misses: options.misses,
                hang_limit: Duration::from_millis(options.hang_ms),
            },
            key.heartbeat_key(),
            pulse.clone(),
            move || stamps.now(),
            on_beat,
            |gap| end_replaced(gap),
            beats,
        )?;
        let heartbeats = events.clone();
        tokio::spawn(async move {
            while let Some(event) = heard.recv().await {
                let event = Event::Pair(PairEvent::Heartbeat(event));
                if heartbeats.send(event).await.is_err() {
                    return;
                }
            }
        });
        // The first node listens, the second calls: whichever serves.
        let linking = if place == 0 {
            let acceptor = Acceptor::bind(own, &key).await?;
            tokio::spawn(accept_links(acceptor, events))
        } else {
            tokio::spawn(place_links(own, other, key, events))
        };
        let tap_loop = pulse.watch("the tap");
        tap_loop.rests(None);
        Ok(Pair {
            place,
            core,
            configuration: configuration ^ settings(&options),
            shadows: SharedShadows::new(no_shadows()),
            offer: offer(&options.interface).await,
            tap: None,
            tap_loop,
            core_loop: pulse.watch("the core's loop"),
            host: Some(host),
            heartbeat: Some(heartbeat),
            pulse,
            link: None,
            linking,
            peer: None,
            broken: None,
            probed: Instant::ZERO,
            backup_since: Instant::ZERO,
            counted_on: false,
            notes,
            boot,
            load: (now, cpu_time()),
            follower,
            started: now,
            renewed: now,
            wanted: None,
            refused: None,
            announcing: None,
            late: None,
            takeovers: 0,
            last_change: None,
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

    /// What the other node has said last, and how long ago.
    fn heard(&self) -> Option<(Heard, Duration)> {
        let heard = self.heartbeat.as_ref()?.heard()?;
        let ago = self.pulse.now().since(heard.at);
        Some((heard, ago))
    }

    /// The last beat that the heartbeat thread has read.
    pub(super) fn last_beat(&self) -> Option<(Instant, Beat)> {
        let heard = self.heartbeat.as_ref()?.last()?;
        Some((heard.at, heard.beat))
    }

    /// The service's own words in the other node's beats.
    pub(super) fn marks(&self) -> Bytes {
        (self.heard()).map_or_else(Bytes::new, |(heard, _)| heard.marks)
    }

    /// When the other node was heard last, by the service's clock.
    pub(super) fn last_sign(&self) -> Option<Instant> {
        let (_, ago) = self.heard()?;
        Some(self.clock.now() - ago)
    }

    pub(super) fn send(&self, envelope: Envelope<E>) {
        if let Some(link) = &self.link {
            // It fails only if the link is broken, of which an event tells.
            let _ = link.send(envelope);
        }
    }

    /// Greets the other node, or tells it what has changed.
    pub(super) fn greet(&self, epoch: Epoch, serving: bool) {
        let Some(host) = &self.host else { return };
        let message = Message::Hello(Hello {
            link: LINK,
            core: self.core,
            node: self.place as u8 + 1,
            serving,
            configuration: self.configuration,
            mac: host.mac().0,
            now: self.clock.now(),
            boot: self.boot,
            notes: self.notes.port(),
        });
        self.send(Envelope { epoch, message });
    }

    /// What is wrong with the other node's greeting.
    pub(super) fn mismatch(&self, hello: &Hello) -> Option<String> {
        let agreed = LINK
            .agree(hello.link, "the messages between nodes")
            .and_then(|_| self.core.agree(hello.core, "the behaviour of calls"));
        if let Err(why) = agreed {
            return Some(why);
        }
        if usize::from(hello.node) == self.place + 1 {
            let node = hello.node;
            return Some(format!("it calls itself node {node}, as this one does"));
        }
        (hello.configuration != self.configuration).then(|| {
            "its configuration differs: pair, rooms and limits must be equal on both nodes, and so must the \
             kernel's TCP settings (`mcu doctor` prints them)"
                .to_string()
        })
    }

    /// What the other node's service has told since this was asked last.
    pub(super) fn hear_notes(&self, take: impl FnMut(&[u8])) {
        self.notes.hear(take);
    }

    /// The other node has greeted, and is whom it has to be.
    pub(super) fn met(&mut self, hello: Hello) {
        let address = self.options.nodes[1 - self.place].ip();
        self.notes
            .meet(SocketAddr::new(address, hello.notes), hello.boot);
        self.peer = Some(hello);
        self.mended();
    }

    pub(super) fn drop_link(&mut self) {
        self.notes.part();
        self.link = None;
        self.peer = None;
    }

    /// The link is gone: is the other node? It is asked until it is known.
    pub(super) fn ask_whether_alive(&mut self) {
        self.broken = Some(self.local.now());
        self.probe();
    }

    fn probe(&mut self) {
        self.probed = self.local.now();
        if let Some(heartbeat) = &self.heartbeat {
            heartbeat.probe_now();
        }
    }

    /// It is, and everything is settled.
    pub(super) fn mended(&mut self) {
        self.broken = None;
    }

    /// The link is gone for so long that heartbeats would have told if the other node were.
    pub(super) fn link_given_up(&self) -> bool {
        (self.broken).is_some_and(|since| self.local.now() >= since + self.link_grace())
    }

    fn link_grace(&self) -> Duration {
        self.options.period() * (LINK_GRACE_BEATS + self.options.misses)
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// Whether a beat says that the other node goes on without this one, the backup. From then on this
    /// one's copy is out of date, and it must not take over with that.
    pub(super) fn dismissed(&mut self, at: Instant, beat: &Beat) -> bool {
        self.counted_on |= beat.role == Role::Primary && at > self.backup_since;
        self.counted_on && beat.role == Role::Simplex
    }

    /// The last beat says that the other node serves, and was not long ago.
    fn other_serves(&self) -> bool {
        let silence = self.options.period() * (self.options.misses + 1);
        (self.heard()).is_some_and(|(heard, ago)| heard.beat.role.serves() && ago <= silence)
    }

    /// No other node has been found in the time that a starting one waits for it.
    pub(super) fn waited_enough(&self) -> bool {
        let patience = Duration::from_millis(self.options.start_wait_ms);
        self.local.now().since(self.started) >= patience && !self.other_serves()
    }

    /// Begins to wait anew.
    pub(super) fn wait_again(&mut self) {
        self.started = self.local.now();
    }

    /// The clock of the node that serves showed this a moment ago.
    pub(super) fn follow_clock(&self, theirs: Instant) {
        follow(&self.follower, theirs);
    }

    /// Passes clients' packets on to the primary from now on.
    pub(super) fn start_tap(&mut self) -> anyhow::Result<()> {
        self.counted_on = false;
        self.backup_since = self.pulse.now();
        if self.tap.is_some() {
            return Ok(());
        }
        let peer = self.peer.as_ref().context("the other node is gone")?;
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
        self.pulse.set_duplex(false);
        self.core_loop.clone()
    }

    /// The tap is of no use any more, nor is what it has seen.
    pub(super) fn stop_tap(&mut self) {
        self.tap = None;
        self.late = None;
        *self.shadows.lock() = no_shadows();
    }

    /// Does to the host what the role asks for.
    pub(super) fn stand(&mut self, role: Role) -> Vec<(&'static str, Duration)> {
        let peer = self.peer.as_ref().map(|peer| Mac(peer.mac));
        let standing = match (role, peer) {
            (Role::Backup, Some(primary)) => Standing::Backup { primary },
            (Role::Backup, None) => Standing::Off,
            (Role::Primary, Some(backup)) => Standing::Primary { backup },
            (Role::Primary, None) | (Role::Simplex, _) => Standing::Simplex,
            (Role::Starting | Role::Joining | Role::Deposed, _) => Standing::Off,
        };
        self.stand_as(role, standing)
    }

    /// The first part of becoming the one that serves: media goes in and out from here on.
    pub(super) fn open_media(&mut self) -> Vec<(&'static str, Duration)> {
        self.stand_as(Role::Simplex, Standing::Opening)
    }

    /// The reign is to come here, or is not any more.
    pub(super) fn stand_as_heir(&mut self, wanted: bool) {
        let primary = self.peer.as_ref().map(|peer| Mac(peer.mac));
        match primary {
            Some(primary) if wanted => {
                self.stand_as(Role::Backup, Standing::Heir { primary });
            }
            _ => {
                self.stand(Role::Backup);
            }
        }
    }

    /// The backup is to get clients' media, too.
    pub(super) fn share_media(&mut self) {
        if let (Some(host), Some(peer)) = (&mut self.host, &self.peer)
            && let Err(error) = host.share_media(Mac(peer.mac))
        {
            tracing::warn!(%error, "the backup cannot be sent copies of media: pictures will pause");
        }
    }

    /// The backup is to reign: from here on this node says nothing.
    pub(super) fn abdicate(&mut self) {
        if let Some(host) = &mut self.host
            && let Err(error) = host.pass_media_on()
        {
            tracing::warn!(%error, "media that still comes here is lost");
        }
        self.stand_as(Role::Primary, Standing::Off);
    }

    /// It is not.
    pub(super) fn keep_reign(&mut self, role: Role) {
        if let Some(host) = &mut self.host {
            host.share_media_no_more();
        }
        self.stand(role);
    }

    /// Where the other node is.
    pub(super) fn other_address(&self) -> IpAddr {
        self.options.nodes[1 - self.place].ip()
    }

    /// What still comes here for the service finds its way only as long as this host passes it on.
    pub(super) fn passes_media_on(&self) -> bool {
        self.host.as_ref().is_some_and(ServiceHost::passes_media_on)
    }

    fn stand_as(&mut self, role: Role, standing: Standing) -> Vec<(&'static str, Duration)> {
        // A primary that was held up may have been replaced. A backup that was only hears that it is
        // dismissed. And if both were held up at once, one must be left.
        match role {
            Role::Deposed => self.pulse.depose(),
            _ => self.pulse.set_duplex(role == Role::Primary),
        }
        self.wanted = Some(standing);
        self.take_standing()
    }

    /// Tries what is wanted of the host; what fails is tried again.
    fn take_standing(&mut self) -> Vec<(&'static str, Duration)> {
        let (Some(host), Some(standing)) = (&mut self.host, self.wanted) else {
            return Vec::new();
        };
        self.announcing = Some((self.local.now(), 0));
        match host.take(standing) {
            Ok(steps) => {
                self.wanted = None;
                steps
            }
            Err(error) => {
                if self.refused.as_ref() != Some(&error.to_string()) {
                    tracing::error!(%error, ?standing, "cannot arrange the service addresses; trying on (`mcu doctor` may say why)");
                    self.refused = Some(error.to_string());
                }
                Vec::new()
            }
        }
    }

    /// What is due by the clock: leases, announcements.
    pub(super) fn handle_timeout(&mut self) {
        let now = self.local.now();
        if self.wanted.is_some() && now.since(self.renewed) >= STANDING_RETRY {
            self.take_standing();
        }
        if self.broken.is_some() && now.since(self.probed) >= PROBE_AGAIN {
            self.probe();
        }
        let Some(host) = &mut self.host else { return };
        if now.since(self.renewed) >= RENEWAL {
            self.renewed = now;
            if let Err(error) = host.renew() {
                // The lease has run out (the host slept?): nobody else has the reign, or this node would
                // have heard of it or ended.
                tracing::warn!(%error, "cannot renew the service addresses");
                let standing = host.standing();
                let serves = matches!(standing, Standing::Simplex | Standing::Primary { .. });
                self.wanted = serves.then_some(standing);
            }
            self.shadows.lock().expire(self.clock.now());
        }
        while let Some((since, next)) = self.announcing {
            match ANNOUNCEMENTS.get(next) {
                None => self.announcing = None,
                Some(after) if now.since(since) < *after => break,
                Some(_) => {
                    self.announcing = Some((since, next + 1));
                    if let Err(error) = host.announce() {
                        tracing::debug!(%error, "cannot announce the service addresses");
                    }
                }
            }
        }
        if self.late.is_some_and(|until| until <= now) {
            self.stop_tap();
        }
    }

    /// Handshakes that a dead node began may still be completed.
    pub(super) fn late_handshakes(&self) -> bool {
        self.late.is_some()
    }

    /// When `handle_timeout` has something to do next, by the service's clock.
    pub(super) fn next_timeout(&self) -> Instant {
        let (local, service) = (self.local.now(), self.clock.now());
        let announce = self.announcing.map(|(since, next)| {
            let after = ANNOUNCEMENTS.get(next).copied().unwrap_or_default();
            service + (since + after).since(local)
        });
        let late = self.late.map(|_| service + LATE_HANDSHAKES_INTERVAL);
        let refused = (self.wanted).map(|_| service + (self.renewed + STANDING_RETRY).since(local));
        let broken = (self.broken).map(|_| service + (self.probed + PROBE_AGAIN).since(local));
        let renewal = service + (self.renewed + RENEWAL).since(local);
        let some = [announce, late, refused, broken];
        some.into_iter().flatten().fold(renewal, Instant::min)
    }

    pub(super) fn took_over(&mut self, timeline: Timeline) {
        if let Some(host) = &mut self.host {
            host.tidy();
        }
        self.takeovers += 1;
        self.last_change = Some(timeline);
        self.late = Some(self.local.now() + LATE_HANDSHAKES);
        if let Some(beyond) = self.options.probe {
            let services = [self.options.control_address, self.options.media_address];
            std::thread::spawn(move || confirm(services, beyond));
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

    /// It goes on, but not with the work of a node that may have been replaced: the heartbeat thread may
    /// notice that later than this one runs again.
    pub(super) fn moves(&self) {
        if let Some(gap) = self.pulse.stopped() {
            end_replaced(gap);
        }
        self.core_loop.moves();
    }

    /// What heartbeats say from now on.
    pub(super) fn tell(&mut self, epoch: Epoch, role: Role, position: base::LogIndex) {
        self.pulse.set_reign(epoch.0, role);
        self.pulse.set_position(position);
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

    pub(super) fn other(&self) -> Option<(NodeStatus, Duration)> {
        let (Heard { beat, .. }, ago) = self.heard()?;
        let status = NodeStatus {
            node: beat.node,
            role: beat.role,
            epoch: beat.epoch,
            position: beat.position.0,
            acknowledged: None,
            connections: None,
            load_permille: Some(beat.load_permille),
        };
        Some((status, ago))
    }

    pub(super) fn goodbye(&self, epoch: Epoch) {
        let message = Message::Goodbye;
        self.send(Envelope { epoch, message });
    }

    /// This node is about to end: nobody is to wait for it, nor it to take itself for hung.
    pub(super) fn beat_no_more(&mut self) {
        self.heartbeat = None;
    }

    /// Undoes what was done to the host.
    pub(super) fn leave(&mut self, passes_on: bool) {
        self.tap = None;
        self.linking.abort();
        if let Some(host) = self.host.take()
            && let Err(error) = host.leave(passes_on)
        {
            tracing::warn!(%error, "not everything on this host could be put back; `mcu doctor` shows what is left");
        }
    }
}

/// The clock of the node that serves showed `theirs` a moment ago.
fn follow(follower: &Mutex<Follower>, theirs: Instant) {
    let mut follower = follower.lock().unwrap_or_else(PoisonError::into_inner);
    follower.follow(theirs);
}

fn end_replaced(gap: Duration) -> ! {
    tracing::error!(
        ?gap,
        "this process was stopped for so long that the other node has taken over: it ends here"
    );
    std::process::abort();
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

/// Asks a host beyond the LAN until its answers find the way here: then routers have learnt where the
/// addresses are now.
fn confirm(services: [IpAddr; 2], beyond: IpAddr) {
    for service in services {
        let answered = (1..=PROBES_MAX).find(|sequence| {
            arp::probe(service, beyond, *sequence, PROBE_PATIENCE).unwrap_or(false)
        });
        match answered {
            Some(probes) => {
                tracing::info!(%service, %beyond, probes, "the world beyond the LAN finds the address here");
            }
            None => tracing::warn!(
                %service,
                %beyond,
                "no answer from beyond the LAN finds its way to the address here: do routers hold an old ARP \
                 entry, or is pair.probe down?"
            ),
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

async fn accept_links<E>(mut acceptor: Acceptor, events: mpsc::Sender<Event<E>>)
where
    E: Serialize + DeserializeOwned + Send + 'static,
{
    let mut current: Option<JoinHandle<()>> = None;
    loop {
        let link = acceptor.accept().await;
        // A new link from the other node means that it has given the former one up.
        if let Some(former) = current.take() {
            former.abort();
            let _ = former.await;
        }
        current = Some(tokio::spawn(converse(link, events.clone())));
    }
}

async fn place_links<E>(
    own: SocketAddr,
    other: SocketAddr,
    key: PairKey,
    events: mpsc::Sender<Event<E>>,
) where
    E: Serialize + DeserializeOwned + Send + 'static,
{
    loop {
        match link::connect(own.ip(), other, &key).await {
            Ok(link) => converse(link, events.clone()).await,
            Err(error) => tracing::debug!("no link to the other node: {error:#}"),
        }
        tokio::time::sleep(LINK_RETRY).await;
    }
}

/// Carries messages both ways until the link ends.
async fn converse<E>(link: Link, events: mpsc::Sender<Event<E>>)
where
    E: Serialize + DeserializeOwned + Send + 'static,
{
    let (mut sender, mut receiver) = link.split();
    let (queue, mut queued) = mpsc::unbounded_channel::<Envelope<E>>();
    let tell = |event| async { events.send(Event::Pair(event)).await };
    if tell(PairEvent::LinkUp(queue)).await.is_err() {
        return;
    }
    let sending = async {
        while let Some(first) = queued.recv().await {
            let mut next = Some(first);
            while let Some(envelope) = next {
                if let Err(error) = sender.queue(&envelope) {
                    return error.to_string();
                }
                next = queued.try_recv().ok();
            }
            if let Err(ended) = sender.flush().await {
                return ended.to_string();
            }
        }
        "this node has given it up".to_string()
    };
    let receiving = async {
        loop {
            let envelope = match receiver.next::<Envelope<E>>().await {
                Ok(envelope) => envelope,
                Err(Ended::Closed) => return "the other node has closed it".to_string(),
                Err(ended) => return ended.to_string(),
            };
            if tell(PairEvent::Message(Box::new(envelope))).await.is_err() {
                return String::new();
            }
        }
    };
    let why = tokio::select! {
        why = sending => why,
        why = receiving => why,
    };
    let _ = tell(PairEvent::LinkDown(why)).await;
}

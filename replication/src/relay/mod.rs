//! The multicast node: a host that has the service's media address and copies what comes for it to both
//! nodes of a pair, so that both always have everything (media mode `multicast`).
//!
//! It has no state, so a second relay can take its place at any time: of a pair of relays one has the
//! address, the other all rules but not the address. They beat to each other as nodes do; who of them has
//! the address is decided in `contest`.
//!
//! What a relay leaves behind when it is killed does no harm: its kernel goes on copying what still comes
//! there, which bridges the time until the other is known to the LAN, and its lease of the address ends.
//!
//! | file | what |
//! |---|---|
//! | `options` | the settings |
//! | `contest` | which relay has the address (pure) |
//! | `lookup` | where the nodes are on the LAN |

mod contest;
mod lookup;
mod options;

use crate::copy::{Copier, Copying, Owner};
use crate::failover::Role;
use crate::heartbeat::{News, Rhythm};
use crate::host::{ANNOUNCEMENTS, LEASE};
use crate::link::PairKey;
use crate::os::address::{Addresses, whole};
use crate::os::arp::Neighbours;
use crate::os::mac::Mac;
use crate::shell::Clock;
use crate::shell::heartbeat_thread::{self, Event, Heartbeat};
use crate::shell::pulse::Pulse;
use anyhow::{Context, ensure};
use base::Instant;
use contest::{Contest, Decision};
use lookup::Found;
pub use options::{RelayOptions, RelayPeers};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{MissedTickBehavior, interval, sleep, sleep_until};

/// How often the lease of the address is renewed.
const RENEWAL: Duration = LEASE.checked_div(4).expect("four is not zero");
/// A relay that does nothing for longer ends itself, so that the other takes over.
const HANG_LIMIT: Duration = Duration::from_secs(1);

/// A running relay.
pub struct Relay {
    media: IpAddr,
    nodes: [IpAddr; 2],
    interface: u32,
    addresses: Addresses,
    neighbours: Neighbours,
    copier: Copier,
    found: UnboundedReceiver<Found>,
    targets: [Option<Mac>; 2],
    contest: Contest,
    clock: Clock,
    announcements: Vec<Instant>,
    peer: Option<Peer>,
}

/// The other relay.
struct Peer {
    heartbeat: Heartbeat,
    heard: UnboundedReceiver<Event>,
    pulse: Arc<Pulse>,
    period: Duration,
}

impl Relay {
    /// Removes what a former process left over, and begins to look for the nodes. It copies from now on, but
    /// nothing comes before it has the address.
    pub fn open(options: &RelayOptions) -> anyhow::Result<Self> {
        options.check()?;
        let mut addresses = Addresses::open()?;
        let link = addresses.link(&options.interface)?;
        let all = addresses.list(None)?;
        let own: Vec<IpAddr> = all.iter().map(|owned| owned.address).collect();
        for node in options.nodes {
            ensure!(
                !own.contains(&node),
                "relay.nodes: this host is the node {node}; a relay needs a host of its own, or both would die \
                 together"
            );
        }
        let media = options.media_address;
        for owned in all.iter().filter(|owned| owned.address == media) {
            addresses.remove(owned.interface, media, owned.prefix)?;
        }
        let copying = Copying {
            path: options.media_path,
            owner: Owner::Relay,
            interface: options.interface.clone(),
            address: media,
            keep_local: false,
        };
        let copier = Copier::start(&copying, &[]).context("cannot copy packets")?;
        tracing::info!(path = ?copier.path(), %media, "a relay");
        let found = lookup::start(&link, &all, options)?;
        let clock = Clock::new();
        let place = match &options.peers {
            Some(peers) => Some((peers, peers.place(&own)?)),
            None => None,
        };
        let peer = place.map(|(peers, place)| Peer::start(peers, place, clock.clone()));
        Ok(Relay {
            media,
            nodes: options.nodes,
            interface: link.index,
            neighbours: Neighbours::open(&link)?,
            addresses,
            copier,
            found,
            targets: [None; 2],
            contest: Contest::new(place.is_none_or(|(_, place)| place == 0)),
            clock,
            announcements: Vec::new(),
            peer: peer.transpose()?,
        })
    }

    /// Relays until `stop` is ready; then the address is free for the other relay at once. An error ends it
    /// too.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        tokio::pin!(stop);
        let moving = self.peer.as_ref().map(|peer| peer.pulse.watch("relay"));
        let mut renewal = interval(RENEWAL);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        if self.peer.is_none() {
            self.take()?;
        }
        loop {
            if let Some(moving) = &moving {
                moving.moves();
            }
            let announcement = self.announcements.last().copied();
            tokio::select! {
                () = &mut stop => break,
                event = next(&mut self.peer) => self.heard(event)?,
                Some(found) = self.found.recv() => self.found(found)?,
                _ = renewal.tick() => {
                    self.renew()?;
                    if self.contest.peer_lives() {
                        let decision = self.compare();
                        self.follow(decision)?;
                    }
                }
                () = until(&self.clock, announcement) => {
                    self.announcements.pop();
                    self.announce();
                }
            }
        }
        self.leave().await
    }

    fn heard(&mut self, event: Event) -> anyhow::Result<()> {
        let decision = match event {
            Event::PeerChanged(_, beat) => self.contest.beat(beat.epoch, beat.role),
            Event::PeerRefused | Event::News(News::Silent) => {
                // A death can show in both ways.
                if self.contest.peer_lives() {
                    tracing::warn!(?event, "the other relay is gone");
                }
                self.contest.gone()
            }
            Event::News(News::Back) => {
                tracing::info!("the other relay is back");
                self.compare()
            }
            // A relay says nothing that another must not say.
            Event::News(News::Unheard(_) | News::HearsUs) => return Ok(()),
        };
        self.follow(decision)
    }

    /// Looks at what the other says, whether that is new or not: this relay may have changed since.
    fn compare(&mut self) -> Decision {
        let said = self.peer.as_ref().and_then(|peer| peer.heartbeat.heard());
        said.map_or(Decision::Stay, |said| {
            self.contest.beat(said.beat.epoch, said.beat.role)
        })
    }

    fn follow(&mut self, decision: Decision) -> anyhow::Result<()> {
        match decision {
            Decision::Stay => Ok(()),
            Decision::Take => self.take(),
            Decision::Yield => self.give_up(),
            Decision::Insist => {
                if self.announcements.is_empty() {
                    tracing::warn!(
                        "the other relay thinks that it has the address; announcing again"
                    );
                    self.announce_repeatedly();
                }
                Ok(())
            }
        }
    }

    fn take(&mut self) -> anyhow::Result<()> {
        let epoch = self.contest.take();
        (self.addresses).add(self.interface, self.media, whole(self.media), Some(LEASE))?;
        self.announce_repeatedly();
        self.tell(epoch, Role::Simplex);
        tracing::info!(media = %self.media, epoch, "this relay has the media address");
        Ok(())
    }

    fn give_up(&mut self) -> anyhow::Result<()> {
        let epoch = self.contest.give_up();
        self.announcements.clear();
        (self.addresses).remove(self.interface, self.media, whole(self.media))?;
        self.tell(epoch, Role::Backup);
        tracing::info!(media = %self.media, "the other relay has the media address");
        Ok(())
    }

    /// Prolongs the lease. An address that is gone is not taken back before it is sure that nobody has it.
    fn renew(&mut self) -> anyhow::Result<()> {
        if !self.contest.is_active() {
            return Ok(());
        }
        let all = self.addresses.list(Some(self.interface))?;
        if all.iter().any(|owned| owned.address == self.media) {
            let prefix = whole(self.media);
            (self.addresses).add(self.interface, self.media, prefix, Some(LEASE))?;
            return Ok(());
        }
        tracing::warn!(
            media = %self.media,
            "the media address has gone: it was not renewed for {LEASE:?}, because the process was stopped or \
             the host overloaded, or somebody has removed it"
        );
        let decision = self.contest.lapsed();
        self.follow(decision)
    }

    fn found(&mut self, found: Found) -> anyhow::Result<()> {
        let node = self.nodes[found.place];
        match found.mac {
            Some(mac) => {
                tracing::info!(%node, %mac, "copies go to the node");
                self.targets[found.place] = Some(mac);
                let mut targets: Vec<Mac> = self.targets.into_iter().flatten().collect();
                targets.dedup();
                Ok(self.copier.set_targets(&targets)?)
            }
            // It may be back before its address is known to be elsewhere.
            None => {
                tracing::warn!(%node, last = ?self.targets[found.place], "the node is silent");
                Ok(())
            }
        }
    }

    fn announce_repeatedly(&mut self) {
        self.announce();
        let now = self.clock.now();
        self.announcements = ANNOUNCEMENTS
            .iter()
            .rev()
            .map(|after| now + *after)
            .collect();
    }

    fn announce(&self) {
        if let Err(error) = self.neighbours.announce(self.media) {
            tracing::warn!(%error, "cannot announce the media address");
        }
    }

    fn tell(&self, epoch: u64, role: Role) {
        if let Some(peer) = &self.peer {
            peer.pulse.set_reign(epoch, role);
        }
    }

    async fn leave(mut self) -> anyhow::Result<()> {
        (self.addresses).remove(self.interface, self.media, whole(self.media))?;
        let epoch = self.contest.give_up();
        self.tell(epoch, Role::Deposed);
        if let Some(peer) = &self.peer {
            // The other takes the address when it hears that; copies go on until then.
            sleep(peer.period * 2).await;
        }
        Ok(self.copier.stop()?)
    }
}

impl Peer {
    fn start(peers: &RelayPeers, place: usize, clock: Clock) -> anyhow::Result<Self> {
        let rhythm = Rhythm {
            period: peers.period(),
            misses: peers.misses,
        };
        let pulse = Arc::new(Pulse::new(rhythm));
        let (events, heard) = unbounded_channel();
        let config = heartbeat_thread::Config {
            node: place as u8 + 1,
            boot: heartbeat_thread::boot()?,
            own: peers.addresses[place],
            peer_node: 2 - place as u8,
            peer: peers.addresses[1 - place],
            shares_port: false,
            rhythm,
            hang_limit: HANG_LIMIT,
        };
        let key = PairKey::load(&peers.key)?.heartbeat_key();
        let heartbeat = Heartbeat::start(
            config,
            key,
            pulse.clone(),
            move || clock.now(),
            |_, _| {},
            events,
        )?;
        Ok(Peer {
            heartbeat,
            heard,
            pulse,
            period: peers.period(),
        })
    }
}

/// The next of what is heard of the other relay; never, if there is none.
async fn next(peer: &mut Option<Peer>) -> Event {
    if let Some(peer) = peer
        && let Some(event) = peer.heard.recv().await
    {
        return event;
    }
    std::future::pending().await
}

/// At that time; never, if there is none.
async fn until(clock: &Clock, at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(clock.to_tokio(at)).await,
        None => std::future::pending().await,
    }
}

//! The host of a node: its service addresses, its packet filter and its settings, as the node's
//! standing asks for.
//!
//! | standing | control address | media: direct | forwarded | multicast | filter |
//! |---|---|---|---|---|---|
//! | off | nowhere | nowhere | nowhere | nowhere | mute |
//! | backup | on the interface | nowhere | on the interface | on `lo` | mute, standby |
//! | heir | on the interface | on `lo` | on the interface | on `lo` | mute, standby |
//! | opening | on the interface | on the interface | on the interface | on `lo` | mute but for UDP, standby |
//! | primary | on `lo`, silently | on the interface | on `lo` | on `lo` | guard |
//! | simplex | on the interface | on the interface | on the interface | on `lo` | |
//!
//! The backup's kernel says where the control address is (ARP), but what comes for it is dropped
//! after the tap has seen it. The primary's kernel does not answer for an address on `lo`. In
//! forwarded mode the backup's kernel takes what comes for the media address, and a [`Copier`] sends
//! the primary a copy. The address of a multicast group is nobody's. If control and media address are
//! one, it is where the control address is; in direct mode the backup's tap then passes media on.
//!
//! **Order.** The filter comes first. A node that closes its doors sends nothing, and lets nothing
//! past the tap, from then on. A node that opens them has made all its sockets before, so no packet
//! finds the kernel without them; a backup has the control address already, and need not wait for
//! the kernel's lock on addresses (which others may hold for milliseconds) before its clients are
//! heard. Then addresses are added, then removed, so that no socket is ever without its own.
//!
//! A simplex node becomes primary only after its new backup has taken the control address: until
//! the LAN has learnt that, the guard drops what still comes here directly, and clients send it
//! again.
//!
//! The first packet of a connection that was taken over is the window probe which the kernel sends
//! when repair mode ends. Before the doors are open it would be dropped, and the client would only
//! be heard after its retransmission timer: so make the sockets, then become simplex, then end
//! repair mode.
//!
//! **A handover.** In direct mode the primary sends its backup, which is the heir then, copies of what comes
//! for the media address. When it falls silent it keeps nothing for itself and passes all on: until the LAN
//! has learnt where the address is now, some still send to this host ([`PASSING_ON`]). These rules outlive
//! the instance that made them, so that the next one can start at once.
//!
//! **Leases.** Every address has a lease. A node that is not able to call [`ServiceHost::renew`]
//! loses its addresses, whatever state it is in.

mod doctor;

use crate::copy::{self, Copier, CopyPath, Copying, Owner};
use crate::os::address::{Addresses, Owned, whole};
use crate::os::arp::Neighbours;
use crate::os::filter::Filter;
pub use crate::os::filter::{Counters, Standing};
use crate::os::mac::Mac;
use crate::os::orphans;
use crate::os::sysctl::{self, Sysctls};
pub use doctor::{Examination, Finding, Severity, examine};
use serde::{Deserialize, Serialize};
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long an address stays without being renewed; the kernel counts in seconds.
pub const LEASE: Duration = Duration::from_secs(2);

/// When, after taking a standing, the addresses are to be announced again: often at first, because
/// an announcement can be lost, and past the lease, because until then a node that woke up from
/// being stopped may have answered for them.
pub const ANNOUNCEMENTS: [Duration; 7] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1600),
    Duration::from_millis(3000),
];
const _: () = assert!(ANNOUNCEMENTS[ANNOUNCEMENTS.len() - 1].as_millis() > LEASE.as_millis());

/// How long a host that had the media address and has handed it over passes on what still comes for it:
/// longer than announcements go on.
pub const PASSING_ON: Duration = Duration::from_secs(4);
const _: () = assert!(PASSING_ON.as_millis() > ANNOUNCEMENTS[ANNOUNCEMENTS.len() - 1].as_millis());

/// The interface of the host's inside, where an address is owned silently.
const LOOPBACK: &str = "lo";

/// What a service host is made of.
#[derive(Debug, Clone)]
pub struct Config {
    /// The name of the service: each on a host has another.
    pub name: String,
    /// The interface on the LAN.
    pub interface: String,
    /// The service's address for TCP.
    pub control: IpAddr,
    /// The service's address for UDP; it may be the same.
    pub media: IpAddr,
    /// How media comes to the node that serves.
    pub media_mode: MediaMode,
    /// How a backup passes media on.
    pub media_path: CopyPath,
    /// What the process sets on a socket (`SO_MARK`) whose FIN or RST is meant.
    pub mark: u32,
    /// Where changed settings of the kernel are noted, so that they are put back even after the
    /// process died: the same file for all services of a process. Without it they are put back only at a
    /// clean end.
    pub state_file: Option<PathBuf>,
}

/// How clients' media finds the node that serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MediaMode {
    /// The media address is on the primary.
    #[default]
    Direct,
    /// The media address is on the backup, which takes a copy and passes everything on.
    Forwarded,
    /// Both nodes get everything: from a relay that has the media address, or because that is the
    /// address of a multicast group.
    Multicast,
}

impl MediaMode {
    /// Whether a backup gets clients' media too.
    pub fn reaches_backup(self) -> bool {
        self != MediaMode::Direct
    }
}

/// A step of a change, and how long it took.
pub type Step = (&'static str, Duration);

impl Config {
    /// The service addresses that are on hosts: not that of a multicast group.
    fn services(&self) -> Vec<IpAddr> {
        let media = Some(self.media).filter(|media| !media.is_multicast());
        [self.control].into_iter().chain(media).collect()
    }
}

/// A host that can have the service's addresses.
#[derive(Debug)]
pub struct ServiceHost {
    config: Config,
    interface: u32,
    loopback: u32,
    addresses: Addresses,
    filter: Filter,
    neighbours: Neighbours,
    sysctls: Sysctls,
    /// Passes media on to the primary, or to the node that has been handed the reign.
    copier: Option<Copier>,
    /// The latter.
    heir: Option<Mac>,
    /// What a former instance has left may still pass media on, which it did not stop doing until then.
    leftover: Option<Instant>,
    standing: Standing,
}

/// A service address and the interface it is on.
type Place = (u32, IpAddr);

impl ServiceHost {
    /// Removes what a former node of this service left over and makes everything ready for [`Self::take`].
    pub fn open(config: Config) -> io::Result<Self> {
        let mut addresses = Addresses::open()?;
        let lan = addresses.link(&config.interface)?;
        let loopback = addresses.link(LOOPBACK)?.index;
        let services = config.services();
        remove_services(&mut addresses, [lan.index, loopback], &services)?;
        let sysctls = Sysctls::open(config.state_file.clone())?;
        let takes_media = config.media_mode.reaches_backup();
        let filter = Filter::open(
            &config.name,
            &config.interface,
            &services,
            config.control,
            takes_media,
            config.mark,
        )?;
        // The old rules were replaced at once, so that what the dead process has left never gets a FIN
        // out: a connection that was taken over needs no address to send (IP_TRANSPARENT).
        orphans::end(&services)?;
        own_silently(&sysctls, &config.interface)?;
        Ok(ServiceHost {
            interface: lan.index,
            loopback,
            addresses,
            filter,
            neighbours: Neighbours::open(&lan)?,
            sysctls,
            copier: None,
            heir: None,
            leftover: Some(now() + PASSING_ON),
            standing: Standing::Off,
            config,
        })
    }

    /// What this node is now.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// The interface's own address, which the other node needs for its guard.
    pub fn mac(&self) -> Mac {
        self.neighbours.own()
    }

    /// Takes a standing: filter, addresses, first announcement. The caller goes on announcing
    /// ([`ANNOUNCEMENTS`]) and renewing. Before a backup becomes simplex, all its sockets stand, in
    /// repair mode; opening, it gets and sends media meanwhile.
    /// If it fails, the change is incomplete and may be tried again.
    pub fn take(&mut self, standing: Standing) -> io::Result<Vec<Step>> {
        let wanted = self.places(standing);
        let mut steps = Vec::new();
        timed(&mut steps, "filter", || self.filter.set(standing))?;
        if matches!(
            standing,
            Standing::Opening | Standing::Simplex | Standing::Primary { .. }
        ) {
            // What comes here is for this host.
            self.remove_leftover()?;
        }
        if let Standing::Backup { primary } | Standing::Heir { primary } = standing
            && self.config.media_mode == MediaMode::Forwarded
        {
            // Before clients hear where the address is.
            timed(&mut steps, "forwarding", || self.forward_to(primary))?;
        }
        timed(&mut steps, "addresses added", || {
            add(&mut self.addresses, &wanted)
        })?;
        let mut former = self.places(self.standing);
        former.retain(|place| !wanted.contains(place));
        timed(&mut steps, "addresses removed", || {
            former.iter().try_for_each(|(interface, address)| {
                let prefix = whole(*address);
                self.addresses.remove(*interface, *address, prefix)
            })
        })?;
        self.standing = standing;
        if !matches!(standing, Standing::Opening | Standing::Simplex) {
            self.tidy();
        }
        timed(&mut steps, "announced", || self.announce())?;
        Ok(steps)
    }

    /// Prolongs the leases; to be called several times in each [`LEASE`]. An address that is gone
    /// is not taken back, because another node may have it: that is an error, after which this node
    /// must find out who reigns before it takes a standing again.
    pub fn renew(&mut self) -> io::Result<()> {
        if self.leftover.is_some_and(|until| until <= now()) {
            self.remove_leftover()?;
        }
        let places = self.places(self.standing);
        let there = self.addresses.list(None)?;
        let lapsed = places.iter().find(|(interface, address)| {
            let is_it = |owned: &Owned| (owned.interface, owned.address) == (*interface, *address);
            !there.iter().any(is_it)
        });
        if let Some((_, address)) = lapsed {
            let text = format!(
                "the service address {address} is no longer on this host: it was not renewed for \
                 {LEASE:?}, because the process was stopped or the host overloaded, or somebody \
                 has removed it"
            );
            return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, text));
        }
        add(&mut self.addresses, &places)
    }

    /// Direct: the backup gets a copy of clients' media, because it is to have the reign soon.
    pub fn share_media(&mut self, backup: Mac) -> io::Result<()> {
        if self.moves_media() {
            self.heir = Some(backup);
            self.forward_to(backup)?;
        }
        Ok(())
    }

    /// The reign stays here.
    pub fn share_media_no_more(&mut self) {
        if self.heir.take().is_some() {
            self.copier = None;
        }
    }

    /// Whether media that still comes here finds its way only as long as this node passes it on.
    pub fn passes_media_on(&self) -> bool {
        self.heir.is_some() && self.standing == Standing::Off
    }

    /// The reign goes to the node with which media is shared: what still comes here for the media address is
    /// passed on, and nothing is kept.
    pub fn pass_media_on(&mut self) -> io::Result<()> {
        match (&mut self.copier, self.heir) {
            (Some(copier), Some(heir)) => copier.keep_none(&[heir]),
            _ => Ok(()),
        }
    }

    /// The media address is on the node that serves alone, so it moves with the reign.
    fn moves_media(&self) -> bool {
        let Config { control, media, .. } = &self.config;
        // Where it is the control address too, all comes by the backup already.
        self.config.media_mode == MediaMode::Direct && media != control && !media.is_multicast()
    }

    fn remove_leftover(&mut self) -> io::Result<()> {
        match self.leftover.take() {
            Some(_) => copy::remove_leftover(&Owner::Node(self.config.name.clone())),
            None => Ok(()),
        }
    }

    fn forward_to(&mut self, primary: Mac) -> io::Result<()> {
        if let Some(copier) = &mut self.copier {
            return copier.set_targets(&[primary]);
        }
        // It is replaced.
        self.leftover = None;
        let copying = Copying {
            path: self.config.media_path,
            owner: Owner::Node(self.config.name.clone()),
            interface: self.config.interface.clone(),
            address: self.config.media,
            keep_local: true,
        };
        self.copier = Some(Copier::start(&copying, &[primary])?);
        Ok(())
    }

    /// Ends what a former standing needed and this one does not, and is in no hurry: copies for a node that
    /// is gone reach nobody.
    pub fn tidy(&mut self) {
        let forwards = matches!(
            self.standing,
            Standing::Backup { .. } | Standing::Heir { .. } | Standing::Opening
        );
        if !forwards && self.heir.is_none() {
            self.copier = None;
        }
    }

    /// Tells the LAN that the addresses it may see here are here.
    pub fn announce(&self) -> io::Result<()> {
        self.places(self.standing)
            .iter()
            .filter(|(interface, _)| *interface == self.interface)
            .try_for_each(|(_, address)| self.neighbours.announce(*address))
    }

    /// What the filter has dropped.
    pub fn counters(&mut self) -> io::Result<Counters> {
        self.filter.counters()
    }

    /// Undoes everything, but for passing on media if the next instance on this host follows at once. What
    /// can be undone is, even if something fails; the first error is told.
    pub fn leave(mut self, passes_on: bool) -> io::Result<()> {
        match self.copier.take() {
            Some(copier) if passes_on => copier.leave_behind(),
            _ if passes_on => {}
            copier => {
                drop(copier);
                self.remove_leftover()?;
            }
        }
        let services = self.config.services();
        let interfaces = [self.interface, self.loopback];
        let addresses = remove_services(&mut self.addresses, interfaces, &services);
        let filter = self.filter.remove();
        let sysctls = self.sysctls.leave();
        addresses.and(filter).and(sysctls)
    }

    fn places(&self, standing: Standing) -> Vec<Place> {
        let (control, media) = (self.config.control, self.config.media);
        let (lan, silent) = (Some(self.interface), Some(self.loopback));
        let control_on = match standing {
            Standing::Off => None,
            Standing::Backup { .. }
            | Standing::Heir { .. }
            | Standing::Opening
            | Standing::Simplex => lan,
            Standing::Primary { .. } => silent,
        };
        let media_on = match (self.config.media_mode, standing) {
            _ if media == control || media.is_multicast() => None,
            (_, Standing::Off) | (MediaMode::Direct, Standing::Backup { .. }) => None,
            (MediaMode::Multicast, _)
            | (MediaMode::Forwarded, Standing::Primary { .. })
            | (MediaMode::Direct, Standing::Heir { .. }) => silent,
            _ => lan,
        };
        let control = control_on.map(|interface| (interface, control));
        let media = media_on.map(|interface| (interface, media));
        control.into_iter().chain(media).collect()
    }
}

fn add(addresses: &mut Addresses, places: &[Place]) -> io::Result<()> {
    places.iter().try_for_each(|(interface, address)| {
        addresses.add(*interface, *address, whole(*address), Some(LEASE))
    })
}

fn remove_services(
    addresses: &mut Addresses,
    interfaces: [u32; 2],
    services: &[IpAddr],
) -> io::Result<()> {
    for owned in addresses.list(None)? {
        if interfaces.contains(&owned.interface) && services.contains(&owned.address) {
            addresses.remove(owned.interface, owned.address, owned.prefix)?;
        }
    }
    Ok(())
}

/// Makes the kernel keep quiet about addresses on `lo`. (In IPv6 it does by itself.)
fn own_silently(sysctls: &Sysctls, interface: &str) -> io::Result<()> {
    for place in ["all", interface] {
        // Answers only for addresses of the interface that was asked.
        sysctls.set(&format!("ipv4/conf/{place}/arp_ignore"), "1")?;
        // Never names a service address as the sender of an own question.
        sysctls.set(&format!("ipv4/conf/{place}/arp_announce"), "2")?;
    }
    // Strict checking of senders would drop what comes another way than the answer goes. The
    // larger value of the two counts.
    let checking = |place: &str| sysctl::read(&format!("ipv4/conf/{place}/rp_filter"));
    if [checking("all")?, checking(interface)?].contains(&"1".into()) {
        sysctls.set(&format!("ipv4/conf/{interface}/rp_filter"), "2")?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "counts seconds of its own")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "measures itself")]
fn timed<T>(
    steps: &mut Vec<Step>,
    name: &'static str,
    step: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    let begin = Instant::now();
    let done = step();
    steps.push((name, begin.elapsed()));
    done
}

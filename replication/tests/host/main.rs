//! What a host does for a pair, on the real kernel: leases, filter, announcements, standing.
//!
//! It makes its hosts itself, in namespaces, for which a process must have one thread; so it is a
//! program of its own. An argument selects the claims whose names contain it.

#![expect(
    clippy::disallowed_methods,
    reason = "waits for the kernel, which has its own clock"
)]

mod claims;
mod lan;

use anyhow::{Context, ensure};
use lan::{Host, two_hosts};
use replication::copy::CopyPath;
use replication::host::{Config, MediaMode, ServiceHost, Standing, Step};
use replication::os::address::Addresses;
use replication::os::arp::Neighbours;
use replication::os::mac::Mac;
use socket2::SockRef;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

const MARK: u32 = 0xc1;
const PORT: u16 = 1720;
/// A station that is not there.
const STRANGER: Mac = Mac([2, 0, 0, 0, 0, 0x99]);
/// How long something that must happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long something that must not happen is waited for, where the kernel gives no sign of it.
const SILENCE: Duration = Duration::from_millis(300);
/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(5);

type Claim = fn(&World) -> anyhow::Result<()>;

const CLAIMS: [(&str, Claim); 18] = [
    (
        "a leased address disappears when it is not renewed",
        claims::lease,
    ),
    ("a lapsed lease is not renewed", claims::lapse),
    (
        "each standing has its addresses, whatever it was before",
        claims::places,
    ),
    (
        "a host that has handed its reign over passes media on for a while",
        claims::passing_on,
    ),
    (
        "an opening node lets media pass, and TCP not yet",
        claims::opening,
    ),
    (
        "a standby's packets reach the tap and not its kernel",
        claims::standby,
    ),
    ("a node that is not the owner sends nothing", claims::mute),
    (
        "the guard lets in what comes from the backup only",
        claims::guard,
    ),
    ("a FIN without our mark is not sent", claims::silence),
    (
        "an announcement corrects what a neighbour knows",
        claims::announcement,
    ),
    (
        "a primary owns the control address silently",
        claims::silent_ownership,
    ),
    (
        "a connection survives its primary becoming simplex",
        claims::primary_to_simplex,
    ),
    ("an echo comes back to the owner", claims::echo),
    ("nothing is left after leaving", claims::leaving),
    ("a node cleans up after one that died", claims::cleaning),
    ("a carrier shows at both ends of a cable", claims::carrier),
    (
        "two services share settings, and neither touches the other's packets",
        claims::two_services,
    ),
    ("the doctor names what is wrong", claims::doctor),
];

fn main() -> anyhow::Result<()> {
    lan::isolate()?;
    let wanted = std::env::args()
        .nth(1)
        .filter(|word| !word.starts_with('-'));
    let mut failed = 0;
    for version in [4, 6] {
        for (name, claim) in CLAIMS {
            if wanted
                .as_ref()
                .is_some_and(|word| !name.contains(word.as_str()))
            {
                continue;
            }
            match World::new(version).and_then(|world| claim(&world)) {
                Ok(()) => println!("ok: {name} (IPv{version})"),
                Err(error) => {
                    failed += 1;
                    println!("FAILED: {name} (IPv{version}): {error:#}");
                }
            }
        }
    }
    if wanted.is_none() {
        measure()?;
    }
    ensure!(failed == 0, "{failed} claims do not hold");
    Ok(())
}

/// A node, a client on the same LAN, and a service.
struct World {
    node: Host,
    client: Host,
    control: IpAddr,
    media: IpAddr,
}

impl World {
    fn new(version: u8) -> anyhow::Result<World> {
        let [node, client] = two_hosts()?;
        let (control, media) = match version {
            4 => ("198.18.0.100".parse()?, "198.18.0.101".parse()?),
            _ => ("fd00::64".parse()?, "fd00::65".parse()?),
        };
        Ok(World {
            node,
            client,
            control,
            media,
        })
    }

    fn config(&self) -> Config {
        Config {
            name: "test".into(),
            interface: "eth0".into(),
            control: self.control,
            media: self.media,
            media_mode: MediaMode::Direct,
            media_path: CopyPath::Auto,
            mark: MARK,
            state_file: None,
        }
    }

    /// A service host on the node, with this standing.
    fn standing(&self, standing: Standing) -> anyhow::Result<ServiceHost> {
        self.node.inside(|| {
            let mut host = ServiceHost::open(self.config())?;
            host.take(standing)?;
            Ok(host)
        })
    }

    fn own(&self, host: &Host) -> IpAddr {
        if self.control.is_ipv4() {
            host.v4
        } else {
            host.v6
        }
    }

    /// Asks, at the client, who has the address.
    fn who_has(&self, address: IpAddr, timeout: Duration) -> anyhow::Result<Option<Mac>> {
        self.client.inside(|| {
            let link = Addresses::open()?.link("eth0")?;
            let from = self.own(&self.client);
            Ok(Neighbours::open(&link)?.resolve(from, address, timeout)?)
        })
    }

    fn connect(&self, timeout: Duration) -> anyhow::Result<TcpStream> {
        let to = SocketAddr::new(self.control, PORT);
        let begin = Instant::now();
        self.client.inside(|| {
            loop {
                match TcpStream::connect_timeout(&to, timeout) {
                    // The kernel tells its IPv6 a little later that the cable is in at both ends.
                    Err(error)
                        if error.kind() == ErrorKind::NetworkUnreachable
                            && begin.elapsed() < timeout =>
                    {
                        std::thread::sleep(POLL);
                    }
                    done => return Ok(done?),
                }
            }
        })
    }

    fn listen(&self) -> anyhow::Result<TcpListener> {
        self.node
            .inside(|| Ok(TcpListener::bind(SocketAddr::new(self.control, PORT))?))
    }

    /// What the client believes.
    fn neighbour(&self, address: IpAddr) -> anyhow::Result<Option<Mac>> {
        self.client.inside(|| lan::neighbour(address))
    }

    /// Where the service addresses are on the node.
    fn places(&self) -> anyhow::Result<Vec<(&'static str, IpAddr)>> {
        self.node.inside(|| {
            let mut addresses = Addresses::open()?;
            let mut places = Vec::new();
            for interface in ["eth0", "lo"] {
                let index = addresses.link(interface)?.index;
                for owned in addresses.list(Some(index))? {
                    if [self.control, self.media].contains(&owned.address) {
                        places.push((interface, owned.address));
                    }
                }
            }
            Ok(places)
        })
    }

    fn owns(&self, address: IpAddr) -> anyhow::Result<bool> {
        self.node.inside(|| {
            let all = Addresses::open()?.list(None)?;
            Ok(all.iter().any(|owned| owned.address == address))
        })
    }
}

/// The next connection; an error if there is none in time.
fn accept(listener: &TcpListener) -> anyhow::Result<TcpStream> {
    SockRef::from(listener).set_read_timeout(Some(PATIENCE))?;
    let (connection, _) = listener.accept().context("no connection came")?;
    Ok(connection)
}

fn eventually(
    what: &str,
    mut holds: impl FnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<Duration> {
    let begin = Instant::now();
    while !holds()? {
        ensure!(
            begin.elapsed() < PATIENCE,
            "not within {PATIENCE:?}: {what}"
        );
        std::thread::sleep(POLL);
    }
    Ok(begin.elapsed())
}

/// How long the changes that clients wait for take in the kernel.
fn measure() -> anyhow::Result<()> {
    const ROUNDS: usize = 100;
    let primary = Standing::Primary { backup: STRANGER };
    let backup = Standing::Backup { primary: STRANGER };
    for (version, former, next) in [
        (4, backup, Standing::Simplex),
        (6, backup, Standing::Simplex),
        (4, primary, Standing::Simplex),
        (6, primary, Standing::Simplex),
        (4, Standing::Simplex, primary),
    ] {
        let world = World::new(version)?;
        let mut host = world.standing(Standing::Off)?;
        let mut changes: Vec<(Duration, Vec<Step>)> = Vec::new();
        for _ in 0..ROUNDS {
            host.take(former)?;
            // As it is for a node that has been what it is for a while.
            std::thread::sleep(POLL);
            let begin = Instant::now();
            let steps = host.take(next)?;
            changes.push((begin.elapsed(), steps));
        }
        changes.sort();
        println!("{former:?} to {next:?} (IPv{version}), {ROUNDS} times:");
        println!("  median {:?}", changes[ROUNDS / 2]);
        println!("  worst  {:?}", changes[ROUNDS - 1]);
        host.leave(false)?;
    }
    Ok(())
}

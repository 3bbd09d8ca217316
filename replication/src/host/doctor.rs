//! Looks at a host before it becomes a node, and says what an operator should do about it.

use super::MediaMode;
use crate::os::address::{Addresses, Link, Owned};
use crate::os::arp::Neighbours;
use crate::os::filter::{base_chains, leftovers};
use crate::os::mac::Mac;
use crate::os::permission::{self, capability};
use crate::os::sysctl;
use nix::sys::resource::{Resource, getrlimit};
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, UdpSocket};
use std::time::Duration;

/// How long another host has to say that it has a service address.
const ANSWER_PATIENCE: Duration = Duration::from_millis(300);
/// Open files that a pair of modest size needs: a call has two connections and four media sockets.
const OPEN_FILES_WANTED: u64 = 4096;
/// Clock sources whose reading is cheap and does not stop.
const GOOD_CLOCKS: [&str; 4] = [
    "tsc",
    "kvm-clock",
    "arch_sys_counter",
    "hyperv_clocksource_tsc_page",
];
const CLOCK: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
/// The bits of the capabilities (linux/capability.h), and what each is for.
const CAPABILITIES: [(u32, &str, &str); 2] = [
    (
        12,
        "CAP_NET_ADMIN",
        "moves addresses, sets the packet filter and takes over connections",
    ),
    (
        13,
        "CAP_NET_RAW",
        "listens in on the clients' connections and announces addresses",
    ),
];

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Ok,
    /// It works, but worse, or not always.
    Warning,
    /// The pair cannot work.
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What is so.
    pub what: String,
    /// What the operator can do; empty if nothing is to be done.
    pub what_to_do: String,
}

impl Finding {
    fn ok(what: impl Into<String>) -> Self {
        Finding {
            severity: Severity::Ok,
            what: what.into(),
            what_to_do: String::new(),
        }
    }

    fn warning(what: impl Into<String>, what_to_do: impl Into<String>) -> Self {
        Finding {
            severity: Severity::Warning,
            what: what.into(),
            what_to_do: what_to_do.into(),
        }
    }

    fn error(what: impl Into<String>, what_to_do: impl Into<String>) -> Self {
        Finding {
            severity: Severity::Error,
            what: what.into(),
            what_to_do: what_to_do.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Ok => "ok",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}: {}", self.what)?;
        match self.what_to_do.as_str() {
            "" => Ok(()),
            what_to_do => write!(f, "; {what_to_do}"),
        }
    }
}

/// What is to be looked at, on a host where no node runs.
#[derive(Debug, Clone)]
pub struct Examination {
    /// The interface on the LAN.
    pub interface: String,
    /// The service's address for TCP.
    pub control: IpAddr,
    /// The service's address for UDP.
    pub media: IpAddr,
    /// How media comes to the node that serves.
    pub media_mode: MediaMode,
    /// TCP ports that the node will listen at for its peer.
    pub tcp_ports: Vec<u16>,
    /// UDP ports that the node will listen at for its peer.
    pub udp_ports: Vec<u16>,
}

/// Looks at everything. Takes up to a second, because it asks the LAN. Changes nothing.
pub fn examine(examination: &Examination) -> Vec<Finding> {
    let mut findings = capabilities();
    findings.extend(addresses(examination));
    findings.extend(filter());
    findings.extend(settings(&examination.interface));
    findings.extend([open_files(), connection_takeover(), clock()]);
    findings.extend(ports(examination));
    findings
}

fn capabilities() -> Vec<Finding> {
    let finding = |(bit, name, purpose): (u32, &str, &str)| match capability(bit) {
        true => Finding::ok(format!("the process has the capability {name}")),
        false => Finding::error(
            format!("the process has not the capability {name}, with which it {purpose}"),
            format!(
                "run it as root, give it `AmbientCapabilities={name}` in its systemd unit, or \
                 `setcap {}+ep` on the program",
                name.to_lowercase()
            ),
        ),
    };
    CAPABILITIES.map(finding).to_vec()
}

fn addresses(examination: &Examination) -> Vec<Finding> {
    let name = &examination.interface;
    let looked = Addresses::open().and_then(|mut addresses| {
        let link = addresses.link(name)?;
        let all = addresses.list(None)?;
        Ok((link, all))
    });
    let (link, all) = match looked {
        Ok(looked) => looked,
        Err(error) => {
            let what_to_do = "name the LAN's interface as `ip link` shows it";
            return vec![Finding::error(error.to_string(), what_to_do)];
        }
    };
    let mut findings = vec![match (link.up, link.running) {
        (true, true) => Finding::ok(format!("the interface {name} is up")),
        (true, false) => Finding::error(
            format!("the interface {name} has no carrier"),
            "plug its cable, or switch its peer on",
        ),
        (false, _) => Finding::error(
            format!("the interface {name} is down"),
            format!("`ip link set {name} up`"),
        ),
    }];
    let mut services = vec![examination.control];
    match examination.media_mode {
        MediaMode::Direct | MediaMode::Forwarded => services.push(examination.media),
        MediaMode::Multicast => findings.push(relay(examination.media, &link, &all)),
    }
    services.dedup();
    for service in services {
        findings.push(in_subnet(service, name, &link, &all));
        findings.push(nobody_elses(service, &link, &all));
        if all.iter().any(|owned| owned.address == service) {
            findings.push(Finding::warning(
                format!("this host has the service address {service} already"),
                "if no node runs here, it is a leftover or configured by hand; a node that starts \
                 removes it, so take it out of the host's network configuration",
            ));
        }
    }
    findings
}

fn in_subnet(service: IpAddr, name: &str, link: &Link, all: &[Owned]) -> Finding {
    let near = |owned: &&Owned| {
        owned.interface == link.index
            && owned.address != service
            && same_network(owned.address, service, owned.prefix)
    };
    match all.iter().find(near) {
        Some(owned) => Finding::ok(format!(
            "the service address {service} is in the network of {}/{} on {name}",
            owned.address, owned.prefix
        )),
        None => Finding::error(
            format!("the service address {service} is in no network of the interface {name}"),
            "take one that is, or give the interface an own address in that network, so that the \
             routers of the LAN find it there",
        ),
    }
}

/// Who has an address on the LAN, if not this host.
fn who_has(service: IpAddr, link: &Link, all: &[Owned]) -> io::Result<Option<Mac>> {
    // An own address to ask from; without one an IPv4 question has no sender (RFC 5227).
    let own = all.iter().find(|owned| {
        owned.interface == link.index
            && owned.address.is_ipv4() == service.is_ipv4()
            && owned.address != service
    });
    let from = own.map_or(unspecified(service), |owned| owned.address);
    Neighbours::open(link)?.resolve(from, service, ANSWER_PATIENCE)
}

fn relay(media: IpAddr, link: &Link, all: &[Owned]) -> Finding {
    if media.is_multicast() {
        return Finding::ok(format!("media comes by the multicast group {media}"));
    }
    match who_has(media, link, all) {
        Ok(Some(mac)) => Finding::ok(format!("the relay {mac} has the media address {media}")),
        Ok(None) => Finding::warning(
            format!("no relay answers for the media address {media}"),
            "start one (`mcu relay`): without it no media comes",
        ),
        Err(error) => Finding::error(
            format!("cannot ask the LAN who has {media}: {error}"),
            "see the findings above about capabilities and the interface",
        ),
    }
}

fn nobody_elses(service: IpAddr, link: &Link, all: &[Owned]) -> Finding {
    match who_has(service, link, all) {
        Ok(None) => Finding::ok(format!("no other host answers for {service}")),
        Ok(Some(mac)) => Finding::warning(
            format!("the station {mac} answers for the service address {service}"),
            "that is right if it is the other node of the pair; else take another address",
        ),
        Err(error) => Finding::error(
            format!("cannot ask the LAN who has {service}: {error}"),
            "see the findings above about capabilities and the interface",
        ),
    }
}

fn filter() -> Vec<Finding> {
    let looked = leftovers().and_then(|leftovers| Ok((leftovers, base_chains()?)));
    let (leftovers, chains) = match looked {
        Ok(looked) => looked,
        Err(error) => {
            let what_to_do = "a node needs a kernel with nftables (CONFIG_NF_TABLES, \
                              CONFIG_NF_TABLES_INET, CONFIG_NF_TABLES_NETDEV)";
            return vec![Finding::error(error.to_string(), what_to_do)];
        }
    };
    let mut findings = vec![match leftovers.join(", ").as_str() {
        "" => Finding::ok("no rules of a former node or relay are left in the packet filter"),
        tables => Finding::warning(
            format!("rules of a node or relay are in the packet filter (tables {tables})"),
            "those of a service or relay that does not run here are of one that has died: it removes \
             them when it starts again, and so does `nft delete table netdev NAME`, for a service also \
             `nft delete table inet NAME`",
        ),
    }];
    for chain in chains {
        let side = match (chain.is_output(), chain.is_input()) {
            (true, _) => "leaves",
            (_, true) => "comes in",
            _ => continue,
        };
        findings.push(match chain.drops {
            true => Finding::warning(
                format!("the packet filter's chain `{chain}` drops what {side} unless a rule allows it"),
                "allow the service's ports and those of the pair's link there",
            ),
            false => Finding::ok(format!(
                "the packet filter's chain `{chain}` sees what {side}; see that no rule of it drops the service's packets"
            )),
        });
    }
    findings
}

fn settings(interface: &str) -> Vec<Finding> {
    let value = |place: &str, name: &str| {
        sysctl::read(&format!("ipv4/conf/{place}/{name}")).unwrap_or_else(|_| "?".into())
    };
    let mut findings = Vec::new();
    for name in ["arp_ignore", "arp_announce", "rp_filter"] {
        findings.push(Finding::ok(format!(
            "{name} is {} for all interfaces and {} for {interface}; a node sets what it needs",
            value("all", name),
            value(interface, name),
        )));
    }
    if value("all", "arp_ignore")
        .parse()
        .is_ok_and(|value: u8| value > 2)
    {
        findings.push(Finding::warning(
            "net.ipv4.conf.all.arp_ignore is above 2, so this host answers less than a backup must",
            "`sysctl net.ipv4.conf.all.arp_ignore=1`",
        ));
    }
    let tcp: Vec<String> = sysctl::tcp_fingerprint()
        .into_iter()
        .map(|(name, value)| format!("{}={value}", name.replace('/', ".")))
        .collect();
    findings.push(Finding::ok(format!(
        "settings of TCP, which must be the same on both nodes: {}",
        tcp.join(", ")
    )));
    findings
}

fn open_files() -> Finding {
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((_, hard)) if hard >= OPEN_FILES_WANTED => {
            Finding::ok(format!("the process may open {hard} files"))
        }
        Ok((_, hard)) => Finding::warning(
            format!("the process may open only {hard} files, which limits the number of calls"),
            format!(
                "`LimitNOFILE={OPEN_FILES_WANTED}` or more in its systemd unit, or `ulimit -Hn`"
            ),
        ),
        Err(error) => Finding::warning(format!("the limit of open files is unknown: {error}"), ""),
    }
}

fn connection_takeover() -> Finding {
    match permission::tcp_repair() {
        Ok(()) => Finding::ok("connections can be taken over (TCP_REPAIR)"),
        Err(error) => Finding::error(
            format!("connections cannot be taken over: the option TCP_REPAIR is refused: {error}"),
            "the process needs CAP_NET_ADMIN, and the kernel CONFIG_CHECKPOINT_RESTORE",
        ),
    }
}

fn ports(examination: &Examination) -> Vec<Finding> {
    let tcp = examination.tcp_ports.iter().map(|port| {
        let bound = TcpListener::bind((Ipv4Addr::UNSPECIFIED, *port)).map(drop);
        ("TCP", *port, bound)
    });
    let udp = examination.udp_ports.iter().map(|port| {
        let bound = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, *port)).map(drop);
        ("UDP", *port, bound)
    });
    let finding = |(protocol, port, bound): (&str, u16, io::Result<()>)| match bound {
        Ok(()) => Finding::ok(format!(
            "the {protocol} port {port} of the pair's link is free"
        )),
        Err(error) => Finding::error(
            format!("the {protocol} port {port} of the pair's link cannot be used: {error}"),
            format!("`ss -lnp 'sport = {port}'` names its user; stop it or take another port"),
        ),
    };
    tcp.chain(udp).map(finding).collect()
}

fn clock() -> Finding {
    match std::fs::read_to_string(CLOCK) {
        Ok(name) if GOOD_CLOCKS.contains(&name.trim()) => {
            Finding::ok(format!("the clock source is {}", name.trim()))
        }
        Ok(name) => Finding::warning(
            format!(
                "the clock source is {}, which is slow to read or may jump",
                name.trim()
            ),
            format!(
                "see which others there are in {}",
                CLOCK.replace("current", "available")
            ),
        ),
        Err(error) => Finding::warning(format!("the clock source is unknown: {error}"), ""),
    }
}

fn same_network(one: IpAddr, other: IpAddr, prefix: u8) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let ((one, size), (other, other_size)) = (bits(one), bits(other));
    let differing = (one ^ other).leading_zeros();
    size == other_size && (one == other || differing >= u32::from(prefix))
}

fn unspecified(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

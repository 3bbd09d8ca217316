//! Rules of the packet filter (nftables): which packets of the service a node lets in and out.
//!
//! A service has two tables of one name ([`table_name`]). They and their chains are made once and stay, also when
//! the process dies; what changes with the node's standing is only the rules in them, in one
//! transaction, because that is what a takeover waits for: putting a chain on its hook or taking
//! it off is slower.
//!
//! A third table, of its own kind, copies packets to other hosts ([`CopyTable`]). All rules are about
//! addresses of their service, so services on one host do not touch each other's packets.
//!
//! | table | chain | rules | when |
//! |---|---|---|---|
//! | inet | `silence` (output) | no FIN or RST without our mark | always |
//! | inet | `mute` (output) | nothing from a service address | not the owner |
//! | inet | `mute` (output) | nothing but UDP from a service address | opening |
//! | netdev | `ingress` | `standby`: nothing for the control address (nothing but UDP, if it is the media address too) reaches the kernel | backup, heir, opening |
//! | netdev | `ingress` | `guard`: TCP for it comes from the backup only | primary |

mod copying;
mod expression;
mod rules;
mod survey;
mod table;

use super::mac::Mac;
use super::netlink::{Message, Netlink, Subsystem};
pub use copying::{CopyTable, Place};
use expression::Rule;
use std::io;
use std::net::IpAddr;
pub use survey::{BaseChain, base_chains, leftovers};
use table::{Family, Table, commit};

/// How the names of all tables of this program begin.
const OURS: &str = "mcu_";

/// Numbers from linux/netfilter/nf_tables.h and nfnetlink.h.
mod number {
    pub const BATCH_BEGIN: u16 = 16;
    pub const BATCH_END: u16 = 17;
    pub const SUBSYSTEM: u16 = 10;
    pub const NEWTABLE: u16 = SUBSYSTEM << 8;
    pub const GETTABLE: u16 = SUBSYSTEM << 8 | 1;
    pub const DELTABLE: u16 = SUBSYSTEM << 8 | 2;
    pub const NEWCHAIN: u16 = SUBSYSTEM << 8 | 3;
    pub const GETCHAIN: u16 = SUBSYSTEM << 8 | 4;
    pub const NEWRULE: u16 = SUBSYSTEM << 8 | 6;
    pub const DELRULE: u16 = SUBSYSTEM << 8 | 8;
    pub const NEWOBJ: u16 = SUBSYSTEM << 8 | 18;
    pub const GETOBJ: u16 = SUBSYSTEM << 8 | 19;
    pub const TABLE_NAME: u16 = 1;
    pub const CHAIN_TABLE: u16 = 1;
    pub const CHAIN_NAME: u16 = 3;
    pub const CHAIN_HOOK: u16 = 4;
    pub const CHAIN_POLICY: u16 = 5;
    pub const CHAIN_TYPE: u16 = 7;
    pub const HOOK_NUMBER: u16 = 1;
    pub const HOOK_PRIORITY: u16 = 2;
    pub const HOOK_DEVICE: u16 = 3;
    pub const RULE_TABLE: u16 = 1;
    pub const RULE_CHAIN: u16 = 2;
    pub const RULE_EXPRESSIONS: u16 = 4;
    pub const OBJ_TABLE: u16 = 1;
    pub const OBJ_NAME: u16 = 2;
    pub const OBJ_TYPE: u16 = 3;
    pub const OBJ_DATA: u16 = 4;
    pub const COUNTER_PACKETS: u16 = 2;
}

/// The chain and the counter of the rules that stop FIN and RST.
const SILENCE: &str = "silence";
/// The chain and the counter of the rules that let nothing out.
const MUTE: &str = "mute";
/// The chain of what comes in.
const INGRESS: &str = "ingress";
/// The counter of what the standby drops.
const STANDBY: &str = "standby";
/// The counter of what went past the backup.
const GUARD: &str = "guard";
/// The place of our ingress chain among those of the interface.
const PRIORITY: i32 = 0;

/// What a node is to the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing: it owns no service address.
    Off,
    /// It answers for the control address, listens in, and says nothing.
    Backup {
        /// The station that serves, for packets that come here and are passed on.
        primary: Mac,
    },
    /// The same, and the reign is to come here: it gets clients' media as well.
    Heir {
        /// The station that still serves.
        primary: Mac,
    },
    /// It serves behind the backup, which has this address.
    Primary {
        /// The only station whose frames may carry TCP for the control address.
        backup: Mac,
    },
    /// A backup that is about to serve alone: media goes in and out, connections are still being made.
    Opening,
    /// It serves alone.
    Simplex,
}

/// How many packets each kind of rule has dropped since the tables were made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// FIN and RST without our mark.
    pub silence: u64,
    /// Sent from a service address by a node that is not its owner.
    pub mute: u64,
    /// For the control address, at the backup.
    pub standby: u64,
    /// For the control address, at the primary, not from the backup.
    pub guard: u64,
}

/// The name of the tables of a service.
pub fn table_name(service: &str) -> String {
    format!("{OURS}{service}")
}

/// The tables of a service in the kernel.
#[derive(Debug)]
pub struct Filter {
    netlink: Netlink,
    inet: Table,
    netdev: Table,
    services: Vec<IpAddr>,
    control: IpAddr,
    /// A backup's kernel gets the UDP that comes for the control address.
    takes_media: bool,
}

impl Filter {
    /// Makes the tables of the service called `name` anew, as for [`Standing::Off`]. `interface` is the one
    /// on the LAN, `services` are all its service addresses, `control` is the one of them for TCP (and a backup's kernel
    /// `takes_media` that comes for it, or not), `mark` is what the process sets on a socket (`SO_MARK`)
    /// whose FIN or RST is meant.
    pub fn open(
        name: &str,
        interface: &str,
        services: &[IpAddr],
        control: IpAddr,
        takes_media: bool,
        mark: u32,
    ) -> io::Result<Self> {
        let mut services = services.to_vec();
        services.sort();
        services.dedup();
        let table = |family| Table {
            family,
            name: table_name(name),
        };
        let mut filter = Filter {
            netlink: Netlink::open(Subsystem::Netfilter)?,
            inet: table(Family::Inet),
            netdev: table(Family::Netdev),
            services,
            control,
            takes_media,
        };
        let (inet, netdev) = (&filter.inet, &filter.netdev);
        let mut messages = filter.removal();
        messages.extend([inet.make(), netdev.make()]);
        messages.extend([SILENCE, MUTE].map(|name| inet.counter(name)));
        messages.extend([STANDBY, GUARD].map(|name| netdev.counter(name)));
        messages.extend([SILENCE, MUTE].map(|name| inet.output_chain(name)));
        messages.push(netdev.ingress_chain(INGRESS, interface, PRIORITY));
        for service in &filter.services {
            let silence = rules::silence(*service, mark, SILENCE);
            messages.push(inet.rule(SILENCE, silence));
        }
        messages.extend(filter.rules(Standing::Off));
        commit(&mut filter.netlink, messages)?;
        Ok(filter)
    }

    /// Puts the rules for this standing in the place of the former ones, all at once.
    pub fn set(&mut self, standing: Standing) -> io::Result<()> {
        let mut messages = vec![self.inet.flush(MUTE), self.netdev.flush(INGRESS)];
        messages.extend(self.rules(standing));
        commit(&mut self.netlink, messages)
    }

    /// Removes the tables.
    pub fn remove(&mut self) -> io::Result<()> {
        let removal = self.removal();
        commit(&mut self.netlink, removal)
    }

    /// What the rules have dropped.
    pub fn counters(&mut self) -> io::Result<Counters> {
        let mut counters = Counters::default();
        for table in [&self.inet, &self.netdev] {
            for (name, packets) in table.read_counters(&mut self.netlink)? {
                match name.as_str() {
                    SILENCE => counters.silence = packets,
                    MUTE => counters.mute = packets,
                    STANDBY => counters.standby = packets,
                    GUARD => counters.guard = packets,
                    _ => {}
                }
            }
        }
        Ok(counters)
    }

    fn rules(&self, standing: Standing) -> Vec<Message> {
        let muted = |mute: fn(IpAddr, &str) -> Vec<Rule>| {
            self.services
                .iter()
                .flat_map(move |service| mute(*service, MUTE))
                .map(|mute| self.inet.rule(MUTE, mute))
        };
        let standby = || {
            let takes_media = self.takes_media || matches!(standing, Standing::Heir { .. });
            let standby = rules::standby(self.control, takes_media, STANDBY);
            (standby.into_iter()).map(|found| self.netdev.rule(INGRESS, found))
        };
        match standing {
            Standing::Off => muted(rules::mute).collect(),
            Standing::Backup { .. } | Standing::Heir { .. } => {
                muted(rules::mute).chain(standby()).collect()
            }
            Standing::Opening => muted(rules::mute_all_but_udp).chain(standby()).collect(),
            Standing::Primary { backup } => {
                let guard = rules::guard(self.control, backup, GUARD);
                vec![self.netdev.rule(INGRESS, guard)]
            }
            Standing::Simplex => Vec::new(),
        }
    }

    fn removal(&self) -> Vec<Message> {
        [self.inet.remove(), self.netdev.remove()].concat()
    }
}

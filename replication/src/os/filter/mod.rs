//! Rules of the packet filter (nftables): which packets of the service a node lets in and out.
//!
//! There are two tables called [`TABLE`]. They and their chains are made once and stay, also when
//! the process dies; what changes with the node's standing is only the rules in them, in one
//! transaction, because that is what a takeover waits for: putting a chain on its hook or taking
//! it off is slower.
//!
//! | table | chain | rules | when |
//! |---|---|---|---|
//! | inet | `silence` (output) | no FIN or RST without our mark | always |
//! | inet | `mute` (output) | nothing from a service address | not the owner |
//! | inet | `mute` (output) | nothing but UDP from a service address | opening |
//! | netdev | `ingress` | `standby`: nothing for the control address (nothing but UDP, if it is the media address too) reaches the kernel | backup, opening |
//! | netdev | `ingress` | `guard`: TCP for it comes from the backup only | primary |

mod expression;
mod rules;
mod survey;

use super::mac::Mac;
use super::netlink::{
    Answer, Attributes, Message, Netlink, Subsystem, attribute, attributes, text,
};
use expression::{OBJECT_COUNTER, Rule};
use std::io;
use std::net::IpAddr;
pub use survey::{BaseChain, base_chains, leftovers};

/// The name of our tables.
pub const TABLE: &str = "mcu_pair";

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

/// One of our two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Inet,
    Netdev,
}

impl Family {
    const BOTH: [Family; 2] = [Family::Inet, Family::Netdev];

    fn number(self) -> u8 {
        let number = match self {
            Family::Inet => libc::NFPROTO_INET,
            Family::Netdev => libc::NFPROTO_NETDEV,
        };
        number as u8
    }
}

/// Our tables in the kernel.
#[derive(Debug)]
pub struct Filter {
    netlink: Netlink,
    services: Vec<IpAddr>,
    control: IpAddr,
    /// A backup's kernel gets the UDP that comes for the control address.
    takes_media: bool,
}

impl Filter {
    /// Makes the tables anew, as for [`Standing::Off`]. `interface` is the one on the LAN,
    /// `services` are all service addresses, `control` is the one of them for TCP (and a backup's kernel
    /// `takes_media` that comes for it, or not), `mark` is what the process sets on a socket (`SO_MARK`)
    /// whose FIN or RST is meant.
    pub fn open(
        interface: &str,
        services: &[IpAddr],
        control: IpAddr,
        takes_media: bool,
        mark: u32,
    ) -> io::Result<Self> {
        let mut services = services.to_vec();
        services.sort();
        services.dedup();
        let mut filter = Filter {
            netlink: Netlink::open(Subsystem::Netfilter)?,
            services,
            control,
            takes_media,
        };
        let mut messages = removal();
        for family in Family::BOTH {
            messages.push(table(family, number::NEWTABLE));
        }
        for (family, name) in [
            (Family::Inet, SILENCE),
            (Family::Inet, MUTE),
            (Family::Netdev, STANDBY),
            (Family::Netdev, GUARD),
        ] {
            messages.push(counter(family, name));
        }
        messages.push(chain(Family::Inet, SILENCE, None));
        messages.push(chain(Family::Inet, MUTE, None));
        messages.push(chain(Family::Netdev, INGRESS, Some(interface)));
        for service in &filter.services {
            let silence = rules::silence(*service, mark, SILENCE);
            messages.push(rule(Family::Inet, SILENCE, silence));
        }
        messages.extend(filter.rules(Standing::Off));
        commit(&mut filter.netlink, messages)?;
        Ok(filter)
    }

    /// Puts the rules for this standing in the place of the former ones, all at once.
    pub fn set(&mut self, standing: Standing) -> io::Result<()> {
        let mut messages = vec![flush(Family::Inet, MUTE), flush(Family::Netdev, INGRESS)];
        messages.extend(self.rules(standing));
        commit(&mut self.netlink, messages)
    }

    /// Removes the tables.
    pub fn remove(&mut self) -> io::Result<()> {
        commit(&mut self.netlink, removal())
    }

    /// What the rules have dropped.
    pub fn counters(&mut self) -> io::Result<Counters> {
        let mut counters = Counters::default();
        for family in Family::BOTH {
            let ours = Attributes::new().text(number::OBJ_TABLE, TABLE);
            let question = ask("read the counters", family.number(), number::GETOBJ, ours);
            for answer in self.netlink.ask(question)? {
                let Some((name, packets)) = counted(&answer) else {
                    continue;
                };
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
                .map(|mute| rule(Family::Inet, MUTE, mute))
        };
        let standby = || {
            let standby = rules::standby(self.control, self.takes_media, STANDBY);
            (standby.into_iter()).map(|found| rule(Family::Netdev, INGRESS, found))
        };
        match standing {
            Standing::Off => muted(rules::mute).collect(),
            Standing::Backup { .. } => muted(rules::mute).chain(standby()).collect(),
            Standing::Opening => muted(rules::mute_all_but_udp).chain(standby()).collect(),
            Standing::Primary { backup } => {
                let guard = rules::guard(self.control, backup, GUARD);
                vec![rule(Family::Netdev, INGRESS, guard)]
            }
            Standing::Simplex => Vec::new(),
        }
    }
}

/// Sends messages as one transaction: all of them take effect, or none.
fn commit(netlink: &mut Netlink, messages: Vec<Message>) -> io::Result<()> {
    let border = |kind| {
        let purpose = "change the packet filter (nftables must be in the kernel)";
        let header = header(0, number::SUBSYSTEM);
        Message::new(purpose, kind, 0, &header, Attributes::new())
    };
    let mut batch = vec![border(number::BATCH_BEGIN)];
    batch.extend(messages);
    batch.push(border(number::BATCH_END));
    netlink.send(&batch)
}

/// struct nfgenmsg: family, version, and in a batch the number of the subsystem.
fn header(family: u8, subsystem: u16) -> [u8; 4] {
    let [high, low] = subsystem.to_be_bytes();
    [family, 0, high, low]
}

fn change(purpose: String, family: Family, kind: u16, flags: i32, body: Attributes) -> Message {
    let flags = flags | libc::NLM_F_ACK;
    Message::new(purpose, kind, flags, &header(family.number(), 0), body)
}

fn ask(purpose: &str, family: u8, kind: u16, body: Attributes) -> Message {
    Message::new(purpose, kind, libc::NLM_F_DUMP, &header(family, 0), body)
}

/// Deletes the tables. Making them first keeps that from failing when there are none.
fn removal() -> Vec<Message> {
    let both = |kind| Family::BOTH.map(|family| table(family, kind));
    [both(number::NEWTABLE), both(number::DELTABLE)].concat()
}

fn table(family: Family, kind: u16) -> Message {
    let verb = if kind == number::NEWTABLE {
        "make"
    } else {
        "remove"
    };
    let purpose = format!("{verb} the nftables table {family:?} {TABLE}");
    let body = Attributes::new().text(number::TABLE_NAME, TABLE);
    change(purpose, family, kind, libc::NLM_F_CREATE, body)
}

/// A chain on its hook: what the host itself sends, or what comes in at an interface.
fn chain(family: Family, name: &str, interface: Option<&str>) -> Message {
    let hook_number = match interface {
        // NF_NETDEV_INGRESS
        Some(_) => 0,
        None => libc::NF_INET_LOCAL_OUT as u32,
    };
    let mut hook = Attributes::new()
        .number(number::HOOK_NUMBER, hook_number)
        .number(number::HOOK_PRIORITY, 0);
    if let Some(interface) = interface {
        hook = hook.text(number::HOOK_DEVICE, interface);
    }
    let body = Attributes::new()
        .text(number::CHAIN_TABLE, TABLE)
        .text(number::CHAIN_NAME, name)
        .nest(number::CHAIN_HOOK, hook)
        .number(number::CHAIN_POLICY, libc::NF_ACCEPT as u32)
        .text(number::CHAIN_TYPE, "filter");
    let purpose = format!("make the nftables chain {name}");
    change(purpose, family, number::NEWCHAIN, libc::NLM_F_CREATE, body)
}

fn counter(family: Family, name: &str) -> Message {
    let body = Attributes::new()
        .text(number::OBJ_TABLE, TABLE)
        .text(number::OBJ_NAME, name)
        .number(number::OBJ_TYPE, OBJECT_COUNTER)
        .nest(number::OBJ_DATA, Attributes::new());
    let purpose = format!("make the nftables counter {name}");
    change(purpose, family, number::NEWOBJ, libc::NLM_F_CREATE, body)
}

fn rule(family: Family, chain: &str, rule: Rule) -> Message {
    let body = Attributes::new()
        .text(number::RULE_TABLE, TABLE)
        .text(number::RULE_CHAIN, chain)
        .nest(number::RULE_EXPRESSIONS, rule.into_expressions());
    let flags = libc::NLM_F_CREATE | libc::NLM_F_APPEND;
    let purpose = format!("make a rule in the nftables chain {chain}");
    change(purpose, family, number::NEWRULE, flags, body)
}

fn flush(family: Family, chain: &str) -> Message {
    let body = Attributes::new()
        .text(number::RULE_TABLE, TABLE)
        .text(number::RULE_CHAIN, chain);
    let purpose = format!("empty the nftables chain {chain}");
    change(purpose, family, number::DELRULE, 0, body)
}

/// A counter's name and its packets.
fn counted(answer: &Answer) -> Option<(String, u64)> {
    let body = answer.body.get(header(0, 0).len()..)?;
    let name = attribute(body, number::OBJ_NAME).map(text)?;
    let data = attribute(body, number::OBJ_DATA)?;
    let (_, packets) = attributes(data).find(|(kind, _)| *kind == number::COUNTER_PACKETS)?;
    Some((name, u64::from_be_bytes(packets.try_into().ok()?)))
}

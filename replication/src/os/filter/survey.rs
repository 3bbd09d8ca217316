//! What stands in the packet filter, ours and others'.

use super::table::{ask, header};
use super::{OURS, number};
use crate::os::netlink::{Answer, Attributes, Netlink, Subsystem, attribute, text};
use std::fmt;
use std::io;

/// All families of tables.
const ANY_FAMILY: u8 = 0;

/// A chain that packets go through because it is on a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseChain {
    family: u8,
    hook: u32,
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// It drops what none of its rules is about.
    pub drops: bool,
}

impl BaseChain {
    /// It sees packets that this host sends.
    pub fn is_output(&self) -> bool {
        let ip = [libc::NFPROTO_INET, libc::NFPROTO_IPV4, libc::NFPROTO_IPV6];
        let on = |hook: i32| self.hook == hook as u32;
        ip.contains(&i32::from(self.family))
            && (on(libc::NF_INET_LOCAL_OUT) || on(libc::NF_INET_POST_ROUTING))
    }

    /// It sees frames before, or packets when, they come to this host.
    pub fn is_input(&self) -> bool {
        !self.is_output() && self.hook != libc::NF_INET_FORWARD as u32
    }
}

impl fmt::Display for BaseChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = match i32::from(self.family) {
            libc::NFPROTO_INET => "inet",
            libc::NFPROTO_IPV4 => "ip",
            libc::NFPROTO_IPV6 => "ip6",
            libc::NFPROTO_ARP => "arp",
            libc::NFPROTO_BRIDGE => "bridge",
            _ => "netdev",
        };
        write!(f, "{family} {} {}", self.table, self.name)
    }
}

/// Every chain on a hook that is not ours.
pub fn base_chains() -> io::Result<Vec<BaseChain>> {
    let mut netlink = Netlink::open(Subsystem::Netfilter)?;
    let purpose = "list the chains of the packet filter";
    let question = ask(purpose, ANY_FAMILY, number::GETCHAIN, Attributes::new());
    let mut chains: Vec<BaseChain> = netlink.ask(question)?.iter().filter_map(read).collect();
    chains.retain(|chain| !chain.table.starts_with(OURS));
    Ok(chains)
}

/// The names of our tables that are in the kernel.
pub fn leftovers() -> io::Result<Vec<String>> {
    let mut netlink = Netlink::open(Subsystem::Netfilter)?;
    let purpose = "list the tables of the packet filter";
    let question = ask(purpose, ANY_FAMILY, number::GETTABLE, Attributes::new());
    let name = |answer: &Answer| {
        let body = answer.body.get(header(0, 0).len()..)?;
        attribute(body, number::TABLE_NAME).map(text)
    };
    let tables = netlink.ask(question)?;
    let mut names: Vec<String> = tables.iter().filter_map(name).collect();
    names.retain(|name| name.starts_with(OURS));
    names.sort();
    names.dedup();
    Ok(names)
}

/// A base chain; nothing for a chain that is on no hook.
fn read(answer: &Answer) -> Option<BaseChain> {
    let family = *answer.body.first()?;
    let body = answer.body.get(header(0, 0).len()..)?;
    let number = |octets: &[u8]| Some(u32::from_be_bytes(octets.try_into().ok()?));
    let hook = attribute(body, number::CHAIN_HOOK)?;
    Some(BaseChain {
        family,
        hook: attribute(hook, number::HOOK_NUMBER).and_then(number)?,
        table: attribute(body, number::CHAIN_TABLE).map(text)?,
        name: attribute(body, number::CHAIN_NAME).map(text)?,
        drops: attribute(body, number::CHAIN_POLICY).and_then(number) == Some(libc::NF_DROP as u32),
    })
}

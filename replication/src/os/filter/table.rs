//! Messages about one table of the packet filter, to be sent as one transaction.

use super::expression::{OBJECT_COUNTER, Rule};
use super::number;
use crate::os::netlink::{Answer, Attributes, Message, Netlink, attribute, attributes, text};
use std::io;

/// Which packets a table sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// IPv4 and IPv6 of this host.
    Inet,
    /// Frames of an interface.
    Netdev,
}

impl Family {
    fn number(self) -> u8 {
        let number = match self {
            Family::Inet => libc::NFPROTO_INET,
            Family::Netdev => libc::NFPROTO_NETDEV,
        };
        number as u8
    }
}

/// A table, whether it is in the kernel or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub family: Family,
    pub name: String,
}

impl Table {
    /// Makes it; nothing happens if it is there.
    pub fn make(&self) -> Message {
        self.whole("make", number::NEWTABLE)
    }

    /// Removes it with all that is in it. Making it first keeps that from failing when it is not there.
    pub fn remove(&self) -> [Message; 2] {
        [self.make(), self.whole("remove", number::DELTABLE)]
    }

    fn whole(&self, verb: &str, kind: u16) -> Message {
        let Table { family, name } = self;
        let purpose = format!("{verb} the nftables table {family:?} {name}");
        let body = Attributes::new().text(number::TABLE_NAME, name);
        self.change(purpose, kind, libc::NLM_F_CREATE, body)
    }

    /// A chain of what the host itself sends.
    pub fn output_chain(&self, name: &str) -> Message {
        self.chain(name, libc::NF_INET_LOCAL_OUT as u32, 0, None)
    }

    /// A chain of what comes in at an interface; the chain with the lowest priority comes first.
    pub fn ingress_chain(&self, name: &str, interface: &str, priority: i32) -> Message {
        const NF_NETDEV_INGRESS: u32 = 0;
        self.chain(name, NF_NETDEV_INGRESS, priority, Some(interface))
    }

    fn chain(&self, name: &str, hook: u32, priority: i32, interface: Option<&str>) -> Message {
        let mut hook = Attributes::new()
            .number(number::HOOK_NUMBER, hook)
            .number(number::HOOK_PRIORITY, priority.cast_unsigned());
        if let Some(interface) = interface {
            hook = hook.text(number::HOOK_DEVICE, interface);
        }
        let body = Attributes::new()
            .text(number::CHAIN_TABLE, &self.name)
            .text(number::CHAIN_NAME, name)
            .nest(number::CHAIN_HOOK, hook)
            .number(number::CHAIN_POLICY, libc::NF_ACCEPT as u32)
            .text(number::CHAIN_TYPE, "filter");
        let purpose = format!("make the nftables chain {name}");
        self.change(purpose, number::NEWCHAIN, libc::NLM_F_CREATE, body)
    }

    /// A counter that rules name.
    pub fn counter(&self, name: &str) -> Message {
        let body = Attributes::new()
            .text(number::OBJ_TABLE, &self.name)
            .text(number::OBJ_NAME, name)
            .number(number::OBJ_TYPE, OBJECT_COUNTER)
            .nest(number::OBJ_DATA, Attributes::new());
        let purpose = format!("make the nftables counter {name}");
        self.change(purpose, number::NEWOBJ, libc::NLM_F_CREATE, body)
    }

    /// A rule after those that the chain has.
    pub fn rule(&self, chain: &str, rule: Rule) -> Message {
        let body = Attributes::new()
            .text(number::RULE_TABLE, &self.name)
            .text(number::RULE_CHAIN, chain)
            .nest(number::RULE_EXPRESSIONS, rule.into_expressions());
        let flags = libc::NLM_F_CREATE | libc::NLM_F_APPEND;
        let purpose = format!("make a rule in the nftables chain {chain}");
        self.change(purpose, number::NEWRULE, flags, body)
    }

    /// Removes all rules of a chain.
    pub fn flush(&self, chain: &str) -> Message {
        let body = Attributes::new()
            .text(number::RULE_TABLE, &self.name)
            .text(number::RULE_CHAIN, chain);
        let purpose = format!("empty the nftables chain {chain}");
        self.change(purpose, number::DELRULE, 0, body)
    }

    /// The table's counters: name and packets.
    pub fn read_counters(&self, netlink: &mut Netlink) -> io::Result<Vec<(String, u64)>> {
        let ours = Attributes::new().text(number::OBJ_TABLE, &self.name);
        let purpose = "read the counters";
        let question = ask(purpose, self.family.number(), number::GETOBJ, ours);
        Ok((netlink.ask(question)?.iter())
            .filter_map(counted)
            .collect())
    }

    fn change(&self, purpose: String, kind: u16, flags: i32, body: Attributes) -> Message {
        let flags = flags | libc::NLM_F_ACK;
        let header = header(self.family.number(), 0);
        Message::new(purpose, kind, flags, &header, body)
    }
}

/// Sends messages as one transaction: all of them take effect, or none.
pub(super) fn commit(netlink: &mut Netlink, messages: Vec<Message>) -> io::Result<()> {
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
pub(super) fn header(family: u8, subsystem: u16) -> [u8; 4] {
    let [high, low] = subsystem.to_be_bytes();
    [family, 0, high, low]
}

/// A question for a list.
pub(super) fn ask(purpose: &str, family: u8, kind: u16, body: Attributes) -> Message {
    Message::new(purpose, kind, libc::NLM_F_DUMP, &header(family, 0), body)
}

/// A counter's name and its packets.
fn counted(answer: &Answer) -> Option<(String, u64)> {
    let body = answer.body.get(header(0, 0).len()..)?;
    let name = attribute(body, number::OBJ_NAME).map(text)?;
    let data = attribute(body, number::OBJ_DATA)?;
    let (_, packets) = attributes(data).find(|(kind, _)| *kind == number::COUNTER_PACKETS)?;
    Some((name, u64::from_be_bytes(packets.try_into().ok()?)))
}

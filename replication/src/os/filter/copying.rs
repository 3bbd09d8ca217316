//! A table that copies UDP for one address to other stations of the LAN, in the kernel.
//!
//! Each copy gets the hardware addresses of its target and of this host, so that switches learn
//! nothing wrong; what is inside stays as it is. The last copy needs no copying if this host keeps
//! none. What is kept goes to this host's own sockets: above Ethernet nobody looks at hardware
//! addresses any more. Frames that come from a target are not copied: two nodes may take themselves for
//! the backup for a moment, when roles change.

use super::expression::Rule;
use super::table::{Family, Table, commit};
use super::{INGRESS, rules};
use crate::os::mac::Mac;
use crate::os::netlink::{Message, Netlink, Subsystem};
use std::io;
use std::net::IpAddr;

/// Before the pair's chain, which drops what the kernel of a backup must not answer.
const PRIORITY: i32 = super::PRIORITY - 10;
/// The counter of packets that came for the address.
const COPIED: &str = "copied";
/// The counter of packets that came while there was nobody to copy them to, and were not kept.
const DROPPED: &str = "dropped";

/// The place where a table copies.
#[derive(Debug, Clone)]
pub struct Place {
    /// The interface on the LAN,
    pub interface: String,
    /// its number,
    pub index: u32,
    /// and its hardware address.
    pub own: Mac,
    /// UDP for this address is copied.
    pub address: IpAddr,
    /// This host's own sockets get it too; else its kernel sees nothing of it.
    pub keep: bool,
}

/// The table in the kernel. It stays when the process dies.
#[derive(Debug)]
pub struct CopyTable {
    netlink: Netlink,
    table: Table,
    place: Place,
    /// It is to stay.
    is_left: bool,
}

impl CopyTable {
    /// Makes the table called `name` anew, without targets.
    pub fn open(name: String, place: Place) -> io::Result<Self> {
        let mut made = CopyTable {
            netlink: Netlink::open(Subsystem::Netfilter)?,
            table: Table {
                family: Family::Netdev,
                name,
            },
            place,
            is_left: false,
        };
        let table = &made.table;
        let mut messages = table.remove().to_vec();
        messages.push(table.make());
        messages.extend([COPIED, DROPPED].map(|name| table.counter(name)));
        messages.push(table.ingress_chain(INGRESS, &made.place.interface, PRIORITY));
        messages.extend(made.rule(&[]));
        commit(&mut made.netlink, messages)?;
        Ok(made)
    }

    /// Whether the kernel takes rules that copy: an error says why not.
    pub fn can_copy(&mut self) -> io::Result<()> {
        let index = self.place.index;
        let rule = rules::udp_to(self.place.address)
            .copy_to(index)
            .send_to(index);
        // The rule is gone when the transaction takes effect.
        let mut messages = vec![self.table.rule(INGRESS, rule), self.table.flush(INGRESS)];
        messages.extend(self.rule(&[]));
        commit(&mut self.netlink, messages)
    }

    /// From now on there is one copy for each of these stations.
    pub fn set(&mut self, targets: &[Mac]) -> io::Result<()> {
        let mut messages = vec![self.table.flush(INGRESS)];
        messages.extend(self.rule(targets));
        commit(&mut self.netlink, messages)
    }

    /// From the next [`Self::set`] on this host's own sockets get nothing.
    pub fn keep_none(&mut self) {
        self.place.keep = false;
    }

    /// From now on [`Self::remove`] does nothing.
    pub fn leave_behind(&mut self) {
        self.is_left = true;
    }

    /// Packets that were copied, whatever the number of targets.
    pub fn copied(&mut self) -> io::Result<u64> {
        let counters = self.table.read_counters(&mut self.netlink)?;
        let copied = counters.into_iter().find(|(name, _)| name == COPIED);
        Ok(copied.map_or(0, |(_, packets)| packets))
    }

    /// Removes a table that a dead process has left, if there is one.
    pub fn remove_leftover(name: String) -> io::Result<()> {
        let family = Family::Netdev;
        let mut netlink = Netlink::open(Subsystem::Netfilter)?;
        commit(&mut netlink, Table { family, name }.remove().to_vec())
    }

    /// Removes the table.
    pub fn remove(&mut self) -> io::Result<()> {
        if self.is_left {
            return Ok(());
        }
        commit(&mut self.netlink, self.table.remove().to_vec())
    }

    fn rule(&self, targets: &[Mac]) -> Option<Message> {
        let Place {
            index, own, keep, ..
        } = self.place;
        let udp = rules::udp_to(self.place.address);
        // What a target has copied itself does not go back: it would come again, for ever.
        let udp = targets.iter().fold(udp, rules::not_of);
        let copy = |rule, target: &Mac| rules::redirect(rule, own, *target).copy_to(index);
        let rule: Rule = match (targets, keep) {
            ([], true) => return None,
            ([], false) => udp.drop(DROPPED),
            (all, true) => all.iter().fold(udp.count(COPIED), copy),
            ([others @ .., last], false) => {
                let copied = others.iter().fold(udp.count(COPIED), copy);
                rules::redirect(copied, own, *last).send_to(index)
            }
        };
        Some(self.table.rule(INGRESS, rule))
    }
}

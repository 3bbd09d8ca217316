//! Interfaces and addresses by netlink, each in the namespace it was made for.

use futures_util::TryStreamExt;
use rtnetlink::packet_route::link::LinkMessage;
use rtnetlink::{Handle, LinkBridge, LinkUnspec, LinkVeth, RouteMessageBuilder};
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsRawFd, BorrowedFd};
use tokio::runtime::Runtime;

/// The interface that sees everything on the LAN.
pub const BRIDGE: &str = "lan";

/// What a host's cable is called at the bridge.
pub(super) fn port(host: &str) -> String {
    format!("lan-{host}")
}

/// A netlink socket in the namespace of the thread that made it.
pub(super) struct Links {
    runtime: Runtime,
    handle: Handle,
}

impl Links {
    pub fn in_this_namespace() -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (connection, handle, _) = {
            let _entered = runtime.enter();
            rtnetlink::new_connection()?
        };
        runtime.spawn(connection);
        let links = Links { runtime, handle };
        links.up("lo")?;
        Ok(links)
    }

    pub fn make_bridge(&self, name: &str) -> anyhow::Result<()> {
        let bridge = LinkBridge::new(name).up().build();
        Ok(self
            .runtime
            .block_on(self.handle.link().add(bridge).execute())?)
    }

    /// A cable from `bridge` to `namespace`, where its end is called `end`.
    pub fn plug(&self, bridge: &str, end: &str, namespace: BorrowedFd<'_>) -> anyhow::Result<()> {
        self.add_cable(&port(end), end)?;
        self.connect(&port(end), Some(bridge))?;
        let hand_over = LinkUnspec::new_with_index(self.index(end)?)
            .setns_by_fd(namespace.as_raw_fd())
            .build();
        self.set(hand_over)
    }

    /// A cable with these two ends.
    pub fn add_cable(&self, one: &str, other: &str) -> anyhow::Result<()> {
        let cable = LinkVeth::new(one, other).build();
        Ok(self
            .runtime
            .block_on(self.handle.link().add(cable).execute())?)
    }

    /// Puts the end of a cable into a bridge, or pulls it out. Whoever is at the other end keeps its
    /// carrier.
    pub fn connect(&self, end: &str, bridge: Option<&str>) -> anyhow::Result<()> {
        let bridge = bridge.map(|bridge| self.index(bridge)).transpose()?;
        let end = LinkUnspec::new_with_index(self.index(end)?);
        let change = match bridge {
            Some(bridge) => end.controller(bridge).up(),
            None => end.nocontroller(),
        };
        self.set(change.build())
    }

    pub fn up(&self, link: &str) -> anyhow::Result<()> {
        self.set(LinkUnspec::new_with_index(self.index(link)?).up().build())
    }

    fn set(&self, change: LinkMessage) -> anyhow::Result<()> {
        Ok(self
            .runtime
            .block_on(self.handle.link().set(change).execute())?)
    }

    pub fn add_address(&self, link: &str, address: IpAddr, prefix: u8) -> anyhow::Result<()> {
        let index = self.index(link)?;
        Ok(self
            .runtime
            .block_on(self.handle.address().add(index, address, prefix).execute())?)
    }

    /// Packets for multicast groups leave there.
    pub fn route_groups(&self, link: &str) -> anyhow::Result<()> {
        let route = RouteMessageBuilder::<Ipv4Addr>::new()
            .destination_prefix(Ipv4Addr::new(224, 0, 0, 0), 4)
            .output_interface(self.index(link)?)
            .build();
        Ok(self
            .runtime
            .block_on(self.handle.route().add(route).execute())?)
    }

    fn index(&self, link: &str) -> anyhow::Result<u32> {
        let mut found = self
            .handle
            .link()
            .get()
            .match_name(link.to_string())
            .execute();
        let message = self.runtime.block_on(found.try_next())?;
        message
            .map(|link| link.header.index)
            .ok_or_else(|| anyhow::anyhow!("there is no interface {link}"))
    }
}

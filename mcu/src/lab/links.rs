//! Interfaces and addresses by netlink, each in the namespace it was made for.

use futures_util::TryStreamExt;
use rtnetlink::{Handle, LinkBridge, LinkUnspec, LinkVeth};
use std::net::IpAddr;
use std::os::fd::{AsRawFd, BorrowedFd};
use tokio::runtime::Runtime;

/// The interface that sees everything on the LAN.
pub const BRIDGE: &str = "lan";

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

    pub fn make_bridge(&self) -> anyhow::Result<()> {
        let bridge = LinkBridge::new(BRIDGE).up().build();
        Ok(self
            .runtime
            .block_on(self.handle.link().add(bridge).execute())?)
    }

    /// A cable from the bridge to `namespace`, where its end is called `end`.
    pub fn plug(&self, end: &str, namespace: BorrowedFd<'_>) -> anyhow::Result<()> {
        let socket = format!("lan-{end}");
        let cable = LinkVeth::new(&socket, end).build();
        self.runtime
            .block_on(self.handle.link().add(cable).execute())?;
        let bridge = self.index(BRIDGE)?;
        let connect = LinkUnspec::new_with_index(self.index(&socket)?)
            .controller(bridge)
            .up()
            .build();
        self.runtime
            .block_on(self.handle.link().set(connect).execute())?;
        let hand_over = LinkUnspec::new_with_index(self.index(end)?)
            .setns_by_fd(namespace.as_raw_fd())
            .build();
        Ok(self
            .runtime
            .block_on(self.handle.link().set(hand_over).execute())?)
    }

    pub fn up(&self, link: &str) -> anyhow::Result<()> {
        let up = LinkUnspec::new_with_index(self.index(link)?).up().build();
        Ok(self
            .runtime
            .block_on(self.handle.link().set(up).execute())?)
    }

    pub fn add_address(&self, link: &str, address: IpAddr, prefix: u8) -> anyhow::Result<()> {
        let index = self.index(link)?;
        Ok(self
            .runtime
            .block_on(self.handle.address().add(index, address, prefix).execute())?)
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

//! Copies of UDP packets for one address, to other hosts of the LAN.
//!
//! Every packet that comes to this host's own hardware address for the IP address is sent on to each
//! target: sender, ports and payload as they were, hardware addresses those of this host and the target.
//! Ports do not matter, and a packet may be in fragments. Copies are made in the kernel, by rules of the
//! packet filter, or by a thread that takes and sends frames in batches; both do the same.
//!
//! Either way there is a table in the packet filter. It stays when the process dies: kernel copies then go
//! on until somebody calls [`Copier::start`] again or [`remove_leftover`].

mod thread;

use crate::os::address::Addresses;
use crate::os::filter::{CopyTable, Place, table_name};
use crate::os::mac::Mac;
use serde::{Deserialize, Serialize};
use std::io;
use std::net::IpAddr;
use thread::CopyThread;

/// What a relay's table is called like; no service has this name.
pub const RELAY: &str = "relay";

/// By what means packets are copied to other hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CopyPath {
    /// In the kernel if it can, else by this process.
    #[default]
    Auto,
    /// By rules of the packet filter.
    Kernel,
    /// By this process, in batches.
    User,
}

/// Whose table it is: those of several services and of a relay on one host do not touch each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A node of the service of this name.
    Node(String),
    /// A relay.
    Relay,
}

impl Owner {
    fn table(&self) -> String {
        match self {
            Owner::Node(service) => table_name(service) + "_copy",
            Owner::Relay => table_name(RELAY),
        }
    }
}

/// What is copied, where and how.
#[derive(Debug, Clone)]
pub struct Copying {
    /// By what means.
    pub path: CopyPath,
    /// Whose copier it is.
    pub owner: Owner,
    /// The Ethernet interface on the LAN, where packets come in and copies go out.
    pub interface: String,
    /// UDP for this address is copied.
    pub address: IpAddr,
    /// This host's own sockets get it too. If not, its kernel sees nothing of it, and does not answer that
    /// nobody listens.
    pub keep_local: bool,
}

/// What a copier has done since it was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets that came and were copied, however many targets there were.
    pub packets: u64,
    /// Packets that the thread got too late, and copies that the interface did not take. The kernel's own
    /// path does not tell.
    pub lost: u64,
}

/// Copies packets until it is stopped or dropped.
#[derive(Debug)]
pub struct Copier {
    own: Mac,
    /// Copies itself, or does what the thread cannot: keep packets from this host's kernel.
    table: CopyTable,
    thread: Option<CopyThread>,
}

impl Copier {
    /// Starts copying to these stations, which may be none. A table that a former process has left is
    /// replaced. It needs CAP_NET_ADMIN, and in user space CAP_NET_RAW.
    pub fn start(copying: &Copying, targets: &[Mac]) -> io::Result<Self> {
        let link = Addresses::open()?.link(&copying.interface)?;
        let own = link.mac.ok_or_else(|| {
            let name = &copying.interface;
            io::Error::other(format!("{name} is not Ethernet: it has nobody to copy to"))
        })?;
        let place = Place {
            interface: copying.interface.clone(),
            index: link.index,
            own,
            address: copying.address,
            keep: copying.keep_local,
        };
        let mut copier = Copier {
            own,
            table: CopyTable::open(copying.owner.table(), place)?,
            thread: None,
        };
        let in_kernel = match copying.path {
            CopyPath::User => false,
            // Whether the kernel can copy shows only with a rule that copies.
            CopyPath::Kernel => copier.table.can_copy().map(|()| true)?,
            CopyPath::Auto => match copier.table.can_copy() {
                Ok(()) => true,
                Err(error) => {
                    tracing::warn!(
                        %error,
                        "the kernel does not copy packets (it needs nft_dup_netdev and nft_fwd_netdev): this \
                         process does, which costs more"
                    );
                    false
                }
            },
        };
        if !in_kernel {
            copier.thread = Some(CopyThread::start(&copying.interface, copying.address)?);
        }
        copier.set_targets(targets)?;
        Ok(copier)
    }

    /// From now on packets are copied to these stations and no others.
    pub fn set_targets(&mut self, targets: &[Mac]) -> io::Result<()> {
        if targets.contains(&self.own) {
            // It would come back as a packet to be copied, again and again.
            let text = format!("{} is this host itself: it needs no copy", self.own);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        match &self.thread {
            None => self.table.set(targets),
            Some(thread) => {
                thread.set_targets(targets);
                Ok(())
            }
        }
    }

    /// From now on this host keeps nothing: the packets themselves go to the last target.
    pub fn keep_none(&mut self, targets: &[Mac]) -> io::Result<()> {
        self.table.keep_none();
        match self.thread {
            None => self.set_targets(targets),
            // What is not for this kernel is what the thread sees all the same.
            Some(_) => self.table.set(&[]),
        }
    }

    /// Ends it, but if the kernel copies, it goes on until somebody removes what is left
    /// ([`remove_leftover`]).
    pub fn leave_behind(mut self) {
        if self.thread.is_none() {
            self.table.leave_behind();
        }
    }

    /// What it really uses: [`CopyPath::Kernel`] or [`CopyPath::User`].
    pub fn path(&self) -> CopyPath {
        match self.thread {
            None => CopyPath::Kernel,
            Some(_) => CopyPath::User,
        }
    }

    /// What it has done.
    pub fn counters(&mut self) -> io::Result<Counters> {
        match &self.thread {
            None => Ok(Counters {
                packets: self.table.copied()?,
                lost: 0,
            }),
            Some(thread) => thread.counters(),
        }
    }

    /// Ends it and removes the table.
    pub fn stop(mut self) -> io::Result<()> {
        self.end()
    }

    fn end(&mut self) -> io::Result<()> {
        // The thread first: without it nothing is copied twice, and nothing gets past it to the kernel.
        self.thread = None;
        self.table.remove()
    }
}

impl Drop for Copier {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::warn!(%error, "copying goes on in the kernel");
        }
    }
}

/// Removes what a dead process may have left. It is no error if there is nothing.
pub fn remove_leftover(owner: &Owner) -> io::Result<()> {
    CopyTable::remove_leftover(owner.table())
}

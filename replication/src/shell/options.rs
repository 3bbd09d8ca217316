//! The settings of a pair: the same section on both nodes.

use crate::copy::CopyPath;
use crate::host::MediaMode;
use crate::replica::Limits;
use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Least time after which a loop counts as hung, ms.
const HANG_MS_MIN: u64 = 300;

/// A pair of nodes. The section is the same on both: a node finds itself in `nodes` by its addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PairOptions {
    /// Where each node is reached by the other: the link by TCP, heartbeats by UDP. The first has precedence
    /// when both start at once.
    pub nodes: [SocketAddr; 2],
    /// Which of them this node is, 1 or 2; by default the one whose address this host has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<u8>,
    /// The file that `mcu keygen` has made, the same on both.
    pub key: PathBuf,
    /// The interface on the clients' LAN.
    pub interface: String,
    /// The service address of TCP: what clients call.
    pub control_address: IpAddr,
    /// The service address of UDP, held by the node that serves.
    pub media_address: IpAddr,
    /// How clients' media finds the node that serves.
    #[serde(default)]
    pub media_mode: MediaMode,
    /// By what means a backup passes media on (`forwarded`).
    #[serde(default)]
    pub media_path: CopyPath,
    /// Milliseconds between heartbeats, 5 to 200.
    #[serde(default = "defaults::heartbeat_ms")]
    pub heartbeat_ms: u64,
    /// Heartbeats missed before the other node counts as dead.
    #[serde(default = "defaults::misses")]
    pub misses: u32,
    /// Milliseconds that a starting node waits for the other before it serves alone.
    #[serde(default = "defaults::start_wait_ms")]
    pub start_wait_ms: u64,
    /// Milliseconds after which a part of this node that does not move counts as hung; the node then
    /// ends itself, so that the other takes over.
    #[serde(default = "defaults::hang_ms")]
    pub hang_ms: u64,
    /// A host beyond the LAN that answers pings, to see that routers have learnt an address that moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<IpAddr>,
    /// Where settings of the kernel that this node changes are noted, to be put back even after a crash.
    #[serde(default = "defaults::state")]
    pub state: PathBuf,
    /// Bounds.
    #[serde(default)]
    pub limits: Limits,
}

mod defaults {
    pub(super) fn heartbeat_ms() -> u64 {
        20
    }
    pub(super) fn misses() -> u32 {
        3
    }
    pub(super) fn start_wait_ms() -> u64 {
        1000
    }
    /// Far above any delay of scheduling, far below what people in a call put up with.
    pub(super) fn hang_ms() -> u64 {
        1000
    }
    pub(super) fn state() -> std::path::PathBuf {
        "/run/mcu-pair.state".into()
    }
}

impl PairOptions {
    /// A pair with every other setting at its default.
    pub fn new(
        nodes: [SocketAddr; 2],
        key: PathBuf,
        interface: String,
        control_address: IpAddr,
        media_address: IpAddr,
    ) -> Self {
        PairOptions {
            nodes,
            node: None,
            key,
            interface,
            control_address,
            media_address,
            media_mode: MediaMode::default(),
            media_path: CopyPath::default(),
            heartbeat_ms: defaults::heartbeat_ms(),
            misses: defaults::misses(),
            start_wait_ms: defaults::start_wait_ms(),
            hang_ms: defaults::hang_ms(),
            probe: None,
            state: defaults::state(),
            limits: Limits::default(),
        }
    }

    /// Checks what the types alone do not.
    pub fn check(&self) -> anyhow::Result<()> {
        ensure!(
            (5..=200).contains(&self.heartbeat_ms),
            "pair.heartbeat-ms = {}: 5 to 200 are possible",
            self.heartbeat_ms
        );
        ensure!(self.misses > 0, "pair.misses = 0: one is the least");
        ensure!(
            self.hang_ms >= HANG_MS_MIN,
            "pair.hang-ms = {}: {HANG_MS_MIN} is the least, because a busy host may hold a loop up that long",
            self.hang_ms
        );
        ensure!(
            self.nodes[0].ip() != self.nodes[1].ip(),
            "pair.nodes: both are {}; each node needs an address of its own",
            self.nodes[0].ip()
        );
        ensure!(
            !matches!(self.node, Some(node) if node != 1 && node != 2),
            "pair.node is 1 or 2"
        );
        ensure!(
            self.media_mode == MediaMode::Multicast || !self.media_address.is_multicast(),
            "pair.media-address = {} is the address of a group: this needs media-mode = \"multicast\"",
            self.media_address
        );
        ensure!(
            self.media_mode != MediaMode::Multicast || self.media_address != self.control_address,
            "pair.media-address: with media-mode = \"multicast\" it is the relay's, so it cannot be the control address {}",
            self.control_address
        );
        for service in [self.control_address, self.media_address] {
            if self.nodes.iter().any(|node| node.ip() == service) {
                bail!(
                    "pair: {service} is a node's own address; a service address belongs to neither, \
                     because it moves"
                );
            }
        }
        Ok(())
    }

    /// Which node this host is: its place in `nodes`, 0 or 1.
    pub fn place(&self, own: &[IpAddr]) -> anyhow::Result<usize> {
        if let Some(node) = self.node {
            return Ok(usize::from(node) - 1);
        }
        self.nodes
            .iter()
            .position(|node| own.contains(&node.ip()))
            .with_context(|| {
                format!(
                    "this host has neither {} nor {} (pair.nodes); has it lost its address, or is pair.node \
                     missing?",
                    self.nodes[0].ip(),
                    self.nodes[1].ip()
                )
            })
    }

    /// Between heartbeats.
    pub fn period(&self) -> Duration {
        Duration::from_millis(self.heartbeat_ms)
    }
}

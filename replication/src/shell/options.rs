//! The settings of a pair: the same section on both nodes.

use crate::arbiter::{ArbiterOptions, FenceOptions};
use crate::copy::CopyPath;
use crate::failover::membership::{OnPartition, Settings};
use crate::heartbeat::Rhythm;
use crate::host::MediaMode;
use crate::replica::Limits;
use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Nodes of one service at most.
const NODES_MAX: usize = 16;
/// Least time after which a loop counts as hung, ms.
const HANG_MS_MIN: u64 = 300;

/// A pair of nodes. The section is the same on both: a node finds itself in `nodes` by its addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PairOptions {
    /// Where each node is reached by the others: the link by TCP, heartbeats by UDP. Two of them are the pair, others
    /// wait until one is needed; the first are preferred.
    pub nodes: Vec<SocketAddr>,
    /// Which of them this node is, from 1; by default the one whose address this host has.
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
    /// Milliseconds that a starting node waits for the other before it serves alone; with an arbiter it waits 2 s at least.
    #[serde(default = "defaults::start_wait_ms")]
    pub start_wait_ms: u64,
    /// Milliseconds after which a part of this node that does not move counts as hung; the node then
    /// ends itself, so that the other takes over.
    #[serde(default = "defaults::hang_ms")]
    pub hang_ms: u64,
    /// A host beyond the LAN that answers pings, to see that routers have learnt an address that moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<IpAddr>,
    /// What a node does that knows neither whether the other lives nor what the arbiter says; by default it
    /// stops if there is an arbiter, and serves if not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_partition: Option<OnPartition>,
    /// Who decides between nodes that cannot see each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arbiter: Option<ArbiterOptions>,
    /// How to make sure that a silent node is dead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<FenceOptions>,
    /// The first of the nodes that are there gets the service back when it has returned, then the second the
    /// backup's place.
    #[serde(default)]
    pub failback: bool,
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
        nodes: impl Into<Vec<SocketAddr>>,
        key: PathBuf,
        interface: String,
        control_address: IpAddr,
        media_address: IpAddr,
    ) -> Self {
        PairOptions {
            nodes: nodes.into(),
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
            on_partition: None,
            arbiter: None,
            fence: None,
            failback: false,
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
        ensure!(
            self.misses > 1,
            "pair.misses = {}: two is the least, because one beat may be lost",
            self.misses
        );
        ensure!(
            self.hang_ms >= HANG_MS_MIN,
            "pair.hang-ms = {}: {HANG_MS_MIN} is the least, because a busy host may hold a loop up that long",
            self.hang_ms
        );
        let count = self.nodes.len();
        ensure!(
            (2..=NODES_MAX).contains(&count),
            "pair.nodes: 2 to {NODES_MAX} are possible, not {count}"
        );
        for (at, node) in self.nodes.iter().enumerate() {
            ensure!(
                self.nodes[..at].iter().all(|other| other.ip() != node.ip()),
                "pair.nodes: two are {}; each node needs an address of its own",
                node.ip()
            );
        }
        ensure!(
            (self.node).is_none_or(|node| (1..=count).contains(&usize::from(node))),
            "pair.node is one of 1 to {count}"
        );
        self.arbiter
            .as_ref()
            .map_or(Ok(()), ArbiterOptions::check)?;
        self.fence.as_ref().map_or(Ok(()), FenceOptions::check)?;
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

    /// Which node this host is: its place in `nodes`, from 1.
    pub fn number(&self, own: &[IpAddr]) -> anyhow::Result<u8> {
        if let Some(node) = self.node {
            return Ok(node);
        }
        let numbered = (1..).zip(&self.nodes);
        let mut found = numbered.filter(|(_, node)| own.contains(&node.ip()));
        found.next().map(|(number, _)| number).with_context(|| {
            let nodes: Vec<String> = self.nodes.iter().map(|node| node.ip().to_string()).collect();
            format!(
                "this host has none of {} (pair.nodes); has it lost its address, or is pair.node missing?",
                nodes.join(", ")
            )
        })
    }

    /// What the membership of this node goes by.
    pub fn membership(&self, node: u8) -> Settings {
        let default = match self.arbiter {
            Some(_) => OnPartition::Stop,
            None => OnPartition::Serve,
        };
        Settings {
            node,
            nodes: u8::try_from(self.nodes.len()).unwrap_or(u8::MAX),
            rhythm: self.rhythm(),
            start_wait: Duration::from_millis(self.start_wait_ms),
            arbiter: self.arbiter.is_some(),
            fence: self.fence.is_some(),
            on_partition: self.on_partition.unwrap_or(default),
            failback: self.failback,
        }
    }

    /// Of heartbeats.
    pub fn rhythm(&self) -> Rhythm {
        Rhythm {
            period: Duration::from_millis(self.heartbeat_ms),
            misses: self.misses,
        }
    }
}

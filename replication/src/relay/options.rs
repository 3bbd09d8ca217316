//! The settings of a relay: the section `[relay]`.

use crate::copy::CopyPath;
use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// A relay. With a second one, the section is the same on both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RelayOptions {
    /// The interface on the LAN.
    pub interface: String,
    /// The service address of UDP, which the relay has.
    pub media_address: IpAddr,
    /// The own addresses of the pair's nodes.
    pub nodes: [IpAddr; 2],
    /// By what means packets are copied.
    #[serde(default)]
    pub media_path: CopyPath,
    /// A second relay that takes over when this one dies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peers: Option<RelayPeers>,
}

/// A pair of relays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RelayPeers {
    /// Where each relay is reached by the other, by UDP: own addresses. The first has precedence when both
    /// start at once; each finds itself here by its addresses.
    pub addresses: [SocketAddr; 2],
    /// The file that `mcu keygen` has made, the same on both relays.
    pub key: PathBuf,
    /// Milliseconds between heartbeats, 5 to 200.
    #[serde(default = "defaults::heartbeat_ms")]
    pub heartbeat_ms: u64,
    /// Heartbeats missed before the other relay counts as dead.
    #[serde(default = "defaults::misses")]
    pub misses: u32,
}

mod defaults {
    pub(super) fn heartbeat_ms() -> u64 {
        20
    }
    pub(super) fn misses() -> u32 {
        3
    }
}

impl RelayOptions {
    /// Checks what the types alone do not.
    pub fn check(&self) -> anyhow::Result<()> {
        let [one, other] = self.nodes;
        ensure!(one != other, "relay.nodes: both are {one}");
        let media = self.media_address;
        ensure!(
            !media.is_multicast(),
            "relay.media-address = {media}: what is sent to a multicast group reaches both nodes without a relay"
        );
        ensure!(
            !self.nodes.contains(&media),
            "relay.nodes: {media} is the media address; nodes are named by their own addresses"
        );
        match &self.peers {
            Some(peers) => peers.check(media),
            None => Ok(()),
        }
    }
}

impl RelayPeers {
    fn check(&self, media: IpAddr) -> anyhow::Result<()> {
        ensure!(
            (5..=200).contains(&self.heartbeat_ms),
            "relay.peers.heartbeat-ms = {}: 5 to 200 are possible",
            self.heartbeat_ms
        );
        ensure!(self.misses > 0, "relay.peers.misses = 0: one is the least");
        let [one, other] = self.addresses.map(|address| address.ip());
        ensure!(one != other, "relay.peers.addresses: both are {one}");
        ensure!(
            one != media && other != media,
            "relay.peers.addresses: {media} is the media address, which moves; relays are named by their own \
             addresses"
        );
        Ok(())
    }

    /// Which relay this host is: its place in `addresses`, 0 or 1.
    pub(super) fn place(&self, own: &[IpAddr]) -> anyhow::Result<usize> {
        let [one, other] = self.addresses.map(|address| address.ip());
        [one, other]
            .iter()
            .position(|address| own.contains(address))
            .with_context(|| {
                format!("this host has neither {one} nor {other} (relay.peers.addresses); has it lost its address?")
            })
    }

    /// Between heartbeats.
    pub(super) fn period(&self) -> Duration {
        Duration::from_millis(self.heartbeat_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(changed: &str) -> String {
        let text = format!(
            "interface = 'eth0'\nmedia-address = '192.0.2.11'\nnodes = ['192.0.2.1', '192.0.2.2']\n{changed}"
        );
        let checked = toml::from_str::<RelayOptions>(&text)
            .map_err(anyhow::Error::from)
            .and_then(|options| options.check());
        checked
            .err()
            .map_or(String::new(), |error| error.to_string())
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(mistake(""), "");
        assert!(mistake("media-pth = 'user'").contains("media-pth"));
        assert!(mistake("media-path = 'users'").contains("users"));
        let peers = |addresses, rest| {
            mistake(&format!(
                "[peers]\nkey = 'k'\naddresses = {addresses}\n{rest}"
            ))
        };
        assert_eq!(peers("['192.0.2.3:1', '192.0.2.4:1']", ""), "");
        assert!(peers("['192.0.2.3:1', '192.0.2.3:2']", "").contains("both are"));
        assert!(peers("['192.0.2.3:1', '192.0.2.11:1']", "").contains("moves"));
        assert!(peers("['192.0.2.3:1', '192.0.2.4:1']", "misses = 0").contains("misses"));
        assert!(peers("['192.0.2.3:1', '192.0.2.4:1']", "heartbeat-ms = 1").contains("5 to 200"));
    }
}

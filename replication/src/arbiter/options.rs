//! The settings of arbiter and fence.

use super::etcd;
use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::time::Duration;

/// The most that a fencing command may take, ms.
const FENCE_MS_MAX: u64 = 60_000;
/// An etcd cluster has rarely more than five members.
const ENDPOINTS_MAX: usize = 16;

/// Who grants reigns: the section `[pair.arbiter]`, with one of these settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArbiterOptions {
    /// A witness (`mcu witness`) at this address and UDP port.
    Witness(SocketAddr),
    /// An etcd cluster, by the addresses of its members, as `http://10.0.0.5:2379`.
    Etcd(Vec<String>),
}

impl ArbiterOptions {
    /// Checks what the types alone do not.
    pub fn check(&self) -> anyhow::Result<()> {
        match self {
            ArbiterOptions::Witness(address) => ensure!(
                address.port() != 0 && !address.ip().is_unspecified(),
                "pair.arbiter.witness = {address}: this needs the address and port of the witness"
            ),
            ArbiterOptions::Etcd(endpoints) => {
                ensure!(
                    (1..=ENDPOINTS_MAX).contains(&endpoints.len()),
                    "pair.arbiter.etcd: 1 to {ENDPOINTS_MAX} addresses are possible"
                );
                for endpoint in endpoints {
                    etcd::check_endpoint(endpoint).context("pair.arbiter.etcd")?;
                }
            }
        }
        Ok(())
    }
}

/// A command that makes sure that a node is off: the section `[pair.fence]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FenceOptions {
    /// The program and its first arguments; number and own address of the node to be fenced follow. Exit
    /// status 0 means that the node is off.
    pub command: Vec<String>,
    /// Milliseconds that it may take.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
}

fn timeout_ms() -> u64 {
    5000
}

impl FenceOptions {
    /// Checks what the types alone do not.
    pub fn check(&self) -> anyhow::Result<()> {
        ensure!(
            self.command
                .first()
                .is_some_and(|program| !program.is_empty()),
            "pair.fence.command is empty: name the program that switches a node off"
        );
        ensure!(
            (1..=FENCE_MS_MAX).contains(&self.timeout_ms),
            "pair.fence.timeout-ms = {}: 1 to {FENCE_MS_MAX} are possible",
            self.timeout_ms
        );
        Ok(())
    }

    /// How long the command may take.
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(text: &str) -> String {
        let checked = toml::from_str::<ArbiterOptions>(text)
            .map_err(anyhow::Error::from)
            .and_then(|options| options.check());
        checked
            .err()
            .map_or(String::new(), |error| format!("{error:#}"))
    }

    #[test]
    fn an_arbiter_is_a_witness_or_etcd() {
        assert_eq!(mistake("witness = '192.0.2.5:1741'"), "");
        assert_eq!(
            mistake("etcd = ['http://192.0.2.5:2379', 'http://etcd:2379/']"),
            ""
        );
        assert!(mistake("").contains("1 element"));
        assert!(mistake("witness = '192.0.2.5:1741'\netcd = []").contains("1 element"));
        assert!(mistake("witnes = '192.0.2.5:1741'").contains("witnes"));
        assert!(mistake("witness = '192.0.2.5'").contains("address"));
        assert!(mistake("witness = '192.0.2.5:0'").contains("port"));
        assert!(mistake("etcd = []").contains("1 to 16"));
        assert!(mistake("etcd = ['https://192.0.2.5:2379']").contains("http://"));
        assert!(mistake("etcd = ['http://192.0.2.5']").contains("port"));
    }

    #[test]
    fn a_fence_has_a_command() {
        let fence = |text| toml::from_str::<FenceOptions>(text).unwrap().check();
        assert!(fence("command = ['/usr/local/bin/off']").is_ok());
        assert!(fence("command = []").is_err());
        assert!(fence("command = ['off']\ntimeout-ms = 0").is_err());
    }
}

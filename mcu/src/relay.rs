//! `mcu relay`: the host that has a pair's media address and copies what comes for it to both nodes.

use crate::supervision::Supervisor;
use anyhow::Context;
use clap::Args;
use replication::relay::{Relay, RelayOptions};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Copy a pair's media to both of its nodes (media-mode = "multicast")
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Configuration file (TOML) with a [relay] section
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Config {
    relay: RelayOptions,
}

/// Relays until SIGTERM or SIGINT.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let options = load(&arguments.config)?;
    let supervisor = Supervisor::from_environment();
    let service = supervisor.service("relay");
    super::runtime()?.block_on(async {
        let relay = Relay::open(&options).context(
            "cannot relay (`ip -brief address` shows this host's interfaces and addresses; CAP_NET_ADMIN and \
             CAP_NET_RAW are needed)",
        )?;
        tokio::spawn(service.works("relays media"));
        let stop = async {
            super::asked_to_stop().await;
            supervisor.stopping();
        };
        relay.run(stop).await?;
        tracing::info!("stopped");
        Ok(())
    })
}

fn load(path: &Path) -> anyhow::Result<RelayOptions> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| path.display().to_string())
}

fn parse(text: &str) -> anyhow::Result<RelayOptions> {
    let config: Config = toml::from_str(text)?;
    config.relay.check()?;
    Ok(config.relay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_a_configuration_that_works() {
        let readme = include_str!("../../README.md");
        let (_, relay) = readme.split_once("```toml\n[relay]").unwrap();
        let (relay, _) = relay.split_once("```").unwrap();
        let options = parse(&format!("[relay]{relay}")).unwrap();
        assert!(options.peers.is_some());
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text| format!("{:#}", parse(text).unwrap_err());
        assert!(error("").contains("relay"));
        assert!(error("[relay]\ninterfaces = 'eth0'").contains("interfaces"));
    }
}

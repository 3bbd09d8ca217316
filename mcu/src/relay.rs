//! `mcu relay`: the host that has a pair's media address and copies what comes for it to both nodes.
//! The same host may be the witness of the pair.

use crate::supervision::Supervisor;
use anyhow::Context;
use clap::Args;
use replication::arbiter::{Witness, WitnessOptions};
use replication::relay::{Relay, RelayOptions};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Copy a pair's media to both of its nodes (media-mode = "multicast")
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Configuration file (TOML) with a [relay] section, and a [witness] section if it is to be one too
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Config {
    relay: RelayOptions,
    witness: Option<WitnessOptions>,
}

/// Relays until SIGTERM or SIGINT.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let options = load(&arguments.config)?;
    let supervisor = Supervisor::from_environment();
    let service = supervisor.service("relay");
    let witness = options.witness.as_ref().map(Witness::start).transpose();
    let _witness = witness.context("cannot be a witness")?;
    super::runtime()?.block_on(async {
        let relay = Relay::open(&options.relay).context(
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

fn load(path: &Path) -> anyhow::Result<Config> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| path.display().to_string())
}

fn parse(text: &str) -> anyhow::Result<Config> {
    let config: Config = toml::from_str(text)?;
    config.relay.check()?;
    Ok(config)
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
        assert!(options.relay.peers.is_some() && options.witness.is_none());
    }

    #[test]
    fn a_relay_may_be_a_witness_too() {
        let relay = "[relay]\ninterface = 'eth0'\nmedia-address = '192.0.2.11'\nnodes = ['192.0.2.1', '192.0.2.2']";
        let witness = "[witness]\nlisten = '0.0.0.0:1741'\nkey = 'k'\nstate = 's'";
        let options = parse(&format!("{relay}\n{witness}")).unwrap();
        assert_eq!(options.witness.unwrap().listen.port(), 1741);
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text| format!("{:#}", parse(text).unwrap_err());
        assert!(error("").contains("relay"));
        assert!(error("[relay]\ninterfaces = 'eth0'").contains("interfaces"));
    }
}

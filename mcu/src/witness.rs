//! `mcu witness`: the third host that two nodes ask who cannot see each other.

use crate::supervision::Supervisor;
use anyhow::{Context, bail};
use clap::Args;
use replication::arbiter::{Witness, WitnessOptions};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Decide which node of a pair reigns when they cannot see each other
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Configuration file (TOML) with a [witness] section; instead of the other options
    #[arg(long, value_name = "FILE", conflicts_with_all = ["listen", "key", "state"])]
    config: Option<PathBuf>,
    /// Where nodes ask, by UDP
    #[arg(long, value_name = "ADDRESS:PORT", requires_all = ["key", "state"])]
    listen: Option<SocketAddr>,
    /// The pair's key, as on its nodes
    #[arg(long, value_name = "FILE", requires = "listen")]
    key: Option<PathBuf>,
    /// Where it keeps who reigns; must outlast a restart of the host
    #[arg(long, value_name = "FILE", requires = "listen")]
    state: Option<PathBuf>,
}

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Config {
    witness: WitnessOptions,
}

/// Answers until SIGTERM or SIGINT.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let options = arguments.options()?;
    let _witness = Witness::start(&options).context("cannot be a witness")?;
    let supervisor = Supervisor::from_environment();
    let service = supervisor.service("witness");
    super::runtime()?.block_on(async {
        tokio::spawn(service.works("answers nodes"));
        super::asked_to_stop().await;
        supervisor.stopping();
    });
    tracing::info!("stopped");
    Ok(())
}

impl Arguments {
    fn options(&self) -> anyhow::Result<WitnessOptions> {
        match (&self.config, self.listen, &self.key, &self.state) {
            (Some(config), ..) => load(config),
            (None, Some(listen), Some(key), Some(state)) => Ok(WitnessOptions {
                listen,
                key: key.clone(),
                state: state.clone(),
            }),
            _ => bail!("give --config FILE, or --listen, --key and --state"),
        }
    }
}

fn load(path: &Path) -> anyhow::Result<WitnessOptions> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let config: Config = toml::from_str(&text).with_context(|| path.display().to_string())?;
    Ok(config.witness)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_a_configuration_that_works() {
        let text = include_str!("../../docs/arbiter.md");
        let (_, witness) = text.split_once("```toml\n[witness]").unwrap();
        let (witness, _) = witness.split_once("```").unwrap();
        let config: Config = toml::from_str(&format!("[witness]{witness}")).unwrap();
        assert_eq!(config.witness.listen.port(), 1741);
    }

    #[test]
    fn options_are_in_a_file_or_in_arguments() {
        let arguments = |listen: Option<&str>| Arguments {
            config: None,
            listen: listen.map(|address| address.parse().unwrap()),
            key: Some("key".into()),
            state: Some("state".into()),
        };
        let options = arguments(Some("192.0.2.5:1741")).options().unwrap();
        assert_eq!(options.state, PathBuf::from("state"));
        assert!(arguments(None).options().is_err());
    }
}

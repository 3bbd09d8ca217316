//! `mcu serve`: the conference server.

use crate::conference::Server;
use crate::config::Config;
use crate::control;
use crate::shell::{Clock, Node, Options};
use anyhow::{Context, ensure};
use clap::Args;
use media::room::Rooms;
use replication::failover::Role;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// A backup that gets clients' media keeps all since the last intra picture, and decodes it when it takes over:
/// so much at most, a quarter of a millisecond for each picture.
const INTRA_INTERVAL: Duration = Duration::from_secs(4);

/// Serve conferences
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Configuration file (TOML); without it every setting has its default
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Accept calls here instead of where the configuration says
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The address endpoints are told for media and H.245
    #[arg(long)]
    address: Option<IpAddr>,
    /// Unix socket for `mcu control`
    #[arg(long, value_name = "PATH")]
    control_socket: Option<PathBuf>,
    /// Check the configuration, print it whole, and end
    #[arg(long)]
    check: bool,
}

/// Serves until SIGTERM or SIGINT.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut config = arguments
        .config
        .as_deref()
        .map_or_else(|| Ok(Config::default()), Config::load)?;
    config.listen = arguments.listen.unwrap_or(config.listen);
    config.address = arguments.address.or(config.address);
    config.control_socket = arguments.control_socket.or(config.control_socket);
    if let Some(pair) = &config.pair {
        config.listen.set_ip(pair.control_address);
    }
    let rules = config.rules()?;
    if arguments.check {
        print!("{}", toml::to_string(&config)?);
        return Ok(());
    }
    super::open_files_limit();
    let configuration = fingerprint(&config);
    let clock = Clock::since_1970();
    let server = Server::new(rules, rand::random());
    let options = Options {
        listen: Some(config.listen),
        ports: config.ports.clone(),
        media: config.media.clone(),
        pair: config.pair.clone(),
        configuration,
    };
    super::runtime()?.block_on(async {
        let mut media = Rooms::new(rand::random());
        if (config.pair.as_ref()).is_some_and(|pair| pair.media_mode.reaches_backup()) {
            media.set_intra_interval(Some(INTRA_INTERVAL));
        }
        let node = Node::start(server, media, clock, options)
            .await
            .with_context(|| format!("cannot accept calls at {}", config.listen))?;
        let handle = node.handle();
        if let Some(path) = &config.control_socket {
            control::listen(path, handle.clone()).with_context(|| {
                format!("cannot listen for `mcu control` at {}", path.display())
            })?;
        }
        tracing::info!(listen = %config.listen, rooms = config.rooms.len(), "serving");
        tokio::spawn(async move {
            super::asked_to_stop().await;
            handle.stop().await;
        });
        let ended = node.run().await;
        ensure!(
            ended.stopped || ended.role != Role::Deposed,
            "another node serves in a later reign; started again, this one becomes its backup"
        );
        tracing::info!("stopped");
        Ok(())
    })
}

/// What must be equal on both nodes of a pair, in a number.
fn fingerprint(config: &Config) -> u64 {
    let shared = Config {
        control_socket: None,
        pair: None,
        ..config.clone()
    };
    let mut digest = replication::log::Digest::default();
    digest.debug(&shared);
    digest.value()
}

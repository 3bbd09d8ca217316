//! `mcu serve`: the conference server.

use crate::conference::Server;
use crate::config::Config;
use crate::control;
use crate::shell::{Clock, Options, Shell};
use anyhow::Context;
use clap::Args;
use media::room::Rooms;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

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
    let rules = config.rules()?;
    if arguments.check {
        print!("{}", toml::to_string(&config)?);
        return Ok(());
    }
    super::open_files_limit();
    let clock = Clock::since_1970();
    let server = Server::new(rules, rand::random());
    let options = Options {
        listen: Some(config.listen),
        ports: config.ports.clone(),
        media: config.media.clone(),
    };
    super::runtime()?.block_on(async {
        let shell = Shell::start(server, Rooms::new(rand::random()), clock, &options)
            .with_context(|| format!("cannot accept calls at {}", config.listen))?;
        let handle = shell.handle();
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
        shell.run().await;
        tracing::info!("stopped");
        Ok(())
    })
}

//! `mcu serve`: the conference server, of one service or several.

mod clashes;
mod service;

pub use service::Entrance;

use crate::config::Config;
use crate::control;
use crate::supervision::Supervisor;
use anyhow::{Context, ensure};
use clap::Args;
use service::Service;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use tokio::sync::watch;

/// Serve conferences
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Configuration file (TOML) of a service; given again, the process runs another service beside it.
    /// Without any every setting has its default
    #[arg(long, value_name = "FILE")]
    config: Vec<PathBuf>,
    /// Accept calls here instead of where the configuration says (with one file only)
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The address endpoints are told for media and H.245 (with one file only)
    #[arg(long)]
    address: Option<IpAddr>,
    /// Unix socket for `mcu control`, for all services
    #[arg(long, value_name = "PATH")]
    control_socket: Option<PathBuf>,
    /// Check the configuration, print it whole, and end
    #[arg(long)]
    check: bool,
}

/// A service's configuration and where it stands, for people.
struct ServiceFile {
    name: String,
    config: Config,
}

impl Arguments {
    /// What they and the files say; no two services are in each other's way.
    fn services(&self) -> anyhow::Result<Vec<ServiceFile>> {
        let mut files = Vec::new();
        for path in &self.config {
            files.push(ServiceFile {
                name: path.display().to_string(),
                config: Config::load(path)?,
            });
        }
        if files.is_empty() {
            files.push(ServiceFile {
                name: "the defaults".into(),
                config: Config::default(),
            });
        }
        ensure!(
            files.len() == 1 || (self.listen.is_none() && self.address.is_none()),
            "--listen and --address are of one service, and there are {}: say it in their files",
            files.len()
        );
        for ServiceFile { config, .. } in &mut files {
            config.listen = self.listen.unwrap_or(config.listen);
            config.address = self.address.or(config.address);
            if let Some(pair) = &config.pair {
                config.listen.set_ip(pair.control_address);
            }
        }
        if let Some(path) = &self.control_socket {
            files[0].config.control_socket = Some(path.clone());
        }
        clashes::check(&files)?;
        Ok(files)
    }
}

/// Serves until SIGTERM or SIGINT. An error if a service cannot be started.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let files = arguments.services()?;
    if arguments.check {
        for ServiceFile { name, config } in &files {
            config.rules()?;
            println!("# {name}\n{}", toml::to_string(config)?);
        }
        return Ok(());
    }
    super::open_files_limit();
    if let Err(error) = replication::os::memory::lock() {
        tracing::info!(%error, "memory can be paged out: a backup may be slow to take over");
    }
    let supervisor = Supervisor::from_environment();
    let (stop, stopping) = watch::channel(false);
    let mut services = Vec::new();
    let started = start(&files, &stopping, &supervisor, &mut services);
    super::runtime()?.block_on(async {
        let serving = async {
            started?;
            listen_to_operators(&files, &services)?;
            tokio::spawn(supervisor.clone().attend());
            super::asked_to_stop().await;
            supervisor.stopping();
            anyhow::Ok(())
        };
        let served = serving.await;
        // All at once, also those that run beside one that could not be started.
        let _ = stop.send(true);
        for service in services {
            service.ended().await;
        }
        served
    })?;
    tracing::info!("stopped");
    Ok(())
}

fn start(
    files: &[ServiceFile],
    stopping: &watch::Receiver<bool>,
    supervisor: &Supervisor,
    services: &mut Vec<Service>,
) -> anyhow::Result<()> {
    // All are named before the first of them can be ready.
    let supervision = (files.iter())
        .map(|file| supervisor.service(file.config.service.as_str()))
        .collect::<Vec<_>>();
    for (ServiceFile { name, config }, supervision) in files.iter().zip(supervision) {
        let span = match files.len() {
            1 => tracing::Span::none(),
            _ => tracing::info_span!("service", name = config.service),
        };
        let service = Service::start(config.clone(), span, stopping.clone(), supervision);
        services.push(service.with_context(|| name.clone())?);
    }
    Ok(())
}

/// The first socket is for all services; another one is for the service in whose file it stands.
fn listen_to_operators(files: &[ServiceFile], services: &[Service]) -> anyhow::Result<()> {
    let all = services.iter().map(Service::entrance);
    let mut first = Some(all.collect::<Vec<_>>());
    let mut served = Vec::new();
    for (file, service) in files.iter().zip(services) {
        let Some(path) =
            (file.config.control_socket.as_ref()).filter(|path| !served.contains(path))
        else {
            continue;
        };
        let entrances = first.take().unwrap_or_else(|| vec![service.entrance()]);
        control::listen(path, entrances)
            .with_context(|| format!("cannot listen for `mcu control` at {}", path.display()))?;
        served.push(path);
    }
    Ok(())
}

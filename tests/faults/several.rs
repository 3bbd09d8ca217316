//! A process that runs several services.

use super::nodes::{PATIENCE, program};
use super::within;
use anyhow::{Context, ensure};
use mcu::config::{Config, SIGNALLING_PORT};
use mcu::control::{NodeQuestion, Question, ask};
use mcu::lab::{Host, Process, Signal};
use mcu::shell::{MediaMode, PairOptions};
use mcu::status::ServiceStatus;
use replication::failover::Role;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The kills are noticed without heartbeats; slow ones take a machine that is busy otherwise for dead less often.
const HEARTBEAT_MS: u64 = 100;

/// A service.
#[derive(Clone, Copy)]
pub struct Service {
    pub name: &'static str,
    /// Of the nodes' link.
    pub port: u16,
    /// Last number of the control address; the media address is the next.
    pub control: u8,
    pub media_mode: MediaMode,
    /// The host that is preferred; then come the next ones, in a ring.
    pub home: usize,
}

impl Service {
    /// What terminals call.
    pub fn control_address(&self) -> IpAddr {
        Ipv4Addr::new(10, 77, 0, self.control).into()
    }
}

/// A process with all services.
pub struct Node<'a> {
    host: &'a Host,
    process: Option<Process>,
    pub socket: PathBuf,
    files: Vec<PathBuf>,
    log: PathBuf,
}

impl<'a> Node<'a> {
    /// The one on that of the hosts.
    pub fn new<'h: 'a>(
        hosts: impl IntoIterator<Item = &'h Host>,
        which: usize,
        services: &[Service],
        key: &Path,
        out: &Path,
        set: impl Fn(&mut PairOptions),
    ) -> anyhow::Result<Self> {
        let hosts: Vec<&Host> = hosts.into_iter().collect();
        let host = hosts[which];
        let mut files = Vec::new();
        for service in services {
            let node = |after: usize| {
                let host = hosts[(service.home + after) % hosts.len()];
                SocketAddr::new(host.address.into(), service.port)
            };
            let nodes: Vec<SocketAddr> = (0..hosts.len()).map(node).collect();
            let control = service.control_address();
            let media = Ipv4Addr::new(10, 77, 0, service.control + 1).into();
            let mut options = PairOptions {
                state: out.join(format!("{}.state", host.name)),
                media_mode: service.media_mode,
                heartbeat_ms: HEARTBEAT_MS,
                ..PairOptions::new(nodes, key.into(), host.name.clone(), control, media)
            };
            set(&mut options);
            let config = Config {
                service: service.name.into(),
                listen: SocketAddr::new(control, SIGNALLING_PORT),
                pair: Some(options),
                ..Config::default()
            };
            let file = out.join(format!("{}-{}.toml", host.name, service.name));
            std::fs::write(&file, toml::to_string(&config)?)?;
            files.push(file);
        }
        Ok(Node {
            host,
            process: None,
            socket: out.join(format!("{}.sock", host.name)),
            files,
            log: out.join(format!("{}.log", host.name)),
        })
    }

    /// Of its host.
    pub fn name(&self) -> &str {
        &self.host.name
    }

    pub fn start(&mut self) -> anyhow::Result<()> {
        let this = std::env::current_exe()?;
        let (first, others) = self.files.split_first().context("no service")?;
        let mut command = program(&this, "serve", first, &self.log)?;
        for file in others {
            command.arg("--config").arg(file);
        }
        command.arg("--control-socket").arg(&self.socket);
        self.process = Some(self.host.start(&mut command)?);
        Ok(())
    }

    pub fn kill(&mut self) -> anyhow::Result<()> {
        let mut process = self.process.take().context("no process runs")?;
        process.signal(Signal::SIGKILL)?;
        within(PATIENCE, "it dies", || process.ended()).map(drop)
    }

    /// Ends it in order.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let process = self.process.take().context("no process runs")?;
        let status = process.stop(PATIENCE)?;
        ensure!(status.success(), "{} ended with {status}", self.name());
        Ok(())
    }

    /// It must not have ended by itself.
    pub fn runs(&mut self) -> anyhow::Result<()> {
        let process = self.process.as_mut().context("no process runs")?;
        let ended = process.ended()?;
        ensure!(ended.is_none(), "{} has ended: {ended:?}", self.host.name);
        Ok(())
    }

    /// What an operator is told.
    pub fn services(&self) -> anyhow::Result<Vec<ServiceStatus>> {
        let answer = ask(&self.socket, &Question::Node(NodeQuestion::Services))?;
        Ok(serde_json::from_value(answer)?)
    }

    /// What it is to each service.
    pub fn roles(&self) -> Option<Vec<Role>> {
        let services = self.services().ok()?;
        (services.iter())
            .map(|service| Some(service.node.as_ref()?.this.role))
            .collect()
    }

    /// Waits until its services have these roles.
    pub fn becomes(&mut self, roles: &[Role]) -> anyhow::Result<()> {
        let what = format!("the services of {} are {roles:?}", self.host.name);
        within(PATIENCE, &what, || {
            self.runs()?;
            Ok((self.roles().as_deref() == Some(roles)).then_some(()))
        })
    }
}

//! Dual role: two hosts, two services, each host primary for one and backup for the other. Whichever host's
//! process dies, all calls go on at the other host.

use super::callers;
use super::nodes::{self, PATIENCE, program};
use super::{judgement, within};
use anyhow::{Context, bail, ensure};
use mcu::config::{Config, SIGNALLING_PORT};
use mcu::control::{NodeQuestion, Question, ask, ask_service};
use mcu::core::OperatorCommand;
use mcu::lab::{Host, Process, Signal};
use mcu::shell::{Clock, MediaMode, PairOptions, Status};
use mcu::status::{ServiceStatus, overview};
use replication::failover::Role;
use replication::link::PairKey;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The services: name, port of the nodes' link, last number of the control address (the media address is the
/// next), how media comes, and which host is to serve.
const SERVICES: [(&str, u16, u8, MediaMode, usize); 2] = [
    ("first", 1730, 110, MediaMode::Direct, 0),
    ("second", 1732, 120, MediaMode::Forwarded, 1),
];
/// The kills are noticed without heartbeats; slow ones take a machine that is busy otherwise for dead less often.
const HEARTBEAT_MS: u64 = 100;
/// Calls outlast everything that happens here.
const CALL: Duration = Duration::from_secs(25);
/// How long calls go on after each change.
const CALM: Duration = Duration::from_secs(2);

/// A process with both services.
struct Node<'a> {
    host: &'a Host,
    process: Option<Process>,
    socket: PathBuf,
    files: Vec<PathBuf>,
    log: PathBuf,
}

impl<'a> Node<'a> {
    fn new(hosts: &'a [Host; 2], which: usize, key: &Path, out: &Path) -> anyhow::Result<Self> {
        let host = &hosts[which];
        let mut files = Vec::new();
        for (service, port, last, media_mode, first) in SERVICES {
            let node = |index: usize| SocketAddr::new(hosts[index].address.into(), port);
            let address = |last| IpAddr::from(Ipv4Addr::new(10, 77, 0, last));
            let (control, media) = (address(last), address(last + 1));
            let nodes = [node(first), node(1 - first)];
            let config = Config {
                service: service.into(),
                listen: SocketAddr::new(control, SIGNALLING_PORT),
                pair: Some(PairOptions {
                    state: out.join(format!("{}.state", host.name)),
                    media_mode,
                    heartbeat_ms: HEARTBEAT_MS,
                    ..PairOptions::new(nodes, key.into(), host.name.clone(), control, media)
                }),
                ..Config::default()
            };
            let file = out.join(format!("{}-{service}.toml", host.name));
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

    fn start(&mut self) -> anyhow::Result<()> {
        let mut command = program(
            &std::env::current_exe()?,
            "serve",
            &self.files[0],
            &self.log,
        )?;
        command.arg("--config").arg(&self.files[1]);
        command.arg("--control-socket").arg(&self.socket);
        self.process = Some(self.host.start(&mut command)?);
        Ok(())
    }

    fn kill(&mut self) -> anyhow::Result<()> {
        let mut process = self.process.take().context("no process runs")?;
        process.signal(Signal::SIGKILL)?;
        within(PATIENCE, "it dies", || process.ended()).map(drop)
    }

    fn services(&self) -> anyhow::Result<Vec<ServiceStatus>> {
        let answer = ask(&self.socket, &Question::Node(NodeQuestion::Services))?;
        Ok(serde_json::from_value(answer)?)
    }

    fn roles(&self) -> Option<Vec<Role>> {
        let services = self.services().ok()?;
        (services.iter())
            .map(|service| Some(service.node.as_ref()?.this.role))
            .collect()
    }

    /// Waits until its services have these roles.
    fn becomes(&mut self, roles: [Role; 2]) -> anyhow::Result<()> {
        let what = format!("the services of {} are {roles:?}", self.host.name);
        within(PATIENCE, &what, || {
            let process = self.process.as_mut().context("no process runs")?;
            let ended = process.ended()?;
            ensure!(ended.is_none(), "{} has ended: {ended:?}", self.host.name);
            Ok((self.roles().as_deref() == Some(&roles)).then_some(()))
        })
    }

    /// An operator sees both services, with a call each, and has to say which one he means.
    fn tells(&self) -> anyhow::Result<()> {
        let services = self.services()?;
        let text = overview(&services, Clock::since_1970().now());
        for (line, (name, ..)) in text.lines().skip(1).zip(SERVICES) {
            ensure!(line.starts_with(name), "{name} is not in its line: {line}");
        }
        let calls: Vec<usize> = services.iter().map(|service| service.calls).collect();
        ensure!(calls == [1, 1], "calls: {calls:?}");
        let lock = Question::Conferences(OperatorCommand::Lock {
            room: "hall".into(),
        });
        let refused = ask(&self.socket, &lock).err().context("which service?")?;
        ensure!(refused.to_string().contains("first, second"), "{refused}");
        let one = Question::Node(NodeQuestion::Node);
        let one: Status =
            serde_json::from_value(ask_service(&self.socket, Some("second".into()), one)?)?;
        let of_list = services[1].node.as_ref().context("it runs")?;
        ensure!(
            one.this.node == of_list.this.node,
            "another service answered"
        );
        Ok(())
    }
}

/// Two services on two hosts; a terminal in each.
pub fn run(hosts: &[Host; 2], clients: &[Host], out: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(out)?;
    let before = nodes::states(hosts)?;
    let key = out.join("pair.key");
    PairKey::generate()?.write(&key, true)?;
    let [mut one, mut two] = [
        Node::new(hosts, 0, &key, out)?,
        Node::new(hosts, 1, &key, out)?,
    ];
    one.start()?;
    two.start()?;
    one.becomes([Role::Primary, Role::Backup])?;
    two.becomes([Role::Backup, Role::Primary])?;
    let mut calls = Vec::new();
    for ((service, _, last, ..), client) in SERVICES.iter().zip(clients) {
        let control = IpAddr::from(Ipv4Addr::new(10, 77, 0, *last));
        calls.push(callers::place(client, service, control, CALL, out)?);
    }
    within(PATIENCE, "both calls stand", || {
        let served = one.tells().and_then(|()| two.tells());
        Ok(served.is_ok().then_some(()))
    })?;
    std::thread::sleep(CALM);
    for both in [false, true] {
        let (victim, survivor) = match both {
            false => (&mut one, &mut two),
            true => (&mut two, &mut one),
        };
        victim.kill()?;
        survivor.becomes([Role::Simplex, Role::Simplex])?;
        survivor.tells().context("after the death")?;
        let text = overview(&survivor.services()?, Clock::since_1970().now());
        println!(
            "{} after the death of the other:\n{text}",
            survivor.host.name
        );
        std::thread::sleep(CALM);
        victim.start()?;
        victim.becomes([Role::Backup, Role::Backup])?;
        survivor.becomes([Role::Primary, Role::Primary])?;
        within(PATIENCE, "the new node knows both calls", || {
            Ok(victim.tells().is_ok().then_some(()))
        })?;
        std::thread::sleep(CALM);
    }
    for call in calls {
        let call = call.end()?;
        if let Some(fault) = judgement::fault_of(&call) {
            bail!("the call to {}: {fault}", call.what);
        }
    }
    // The backups first; both are of services that the other process serves.
    for node in [&mut two, &mut one] {
        let process = node.process.take().context("no process runs")?;
        let status = process.stop(PATIENCE)?;
        ensure!(status.success(), "{} ended with {status}", node.host.name);
    }
    let after = nodes::states(hosts)?;
    ensure!(
        after == before,
        "the hosts were {before:?} and are {after:?}"
    );
    println!("dual role: both calls went on through two deaths");
    Ok(())
}

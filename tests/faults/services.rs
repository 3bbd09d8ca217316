//! Dual role: two hosts, two services, each host primary for one and backup for the other. Whichever host's
//! process dies, all calls go on at the other host.

use super::nodes::{self, PATIENCE};
use super::several::{Node, Service};
use super::{World, callers, judgement, within};
use anyhow::{Context, bail, ensure};
use mcu::control::{NodeQuestion, Question, ask, ask_service};
use mcu::core::OperatorCommand;
use mcu::shell::{Clock, MediaMode, Status};
use mcu::status::overview;
use replication::failover::Role;
use replication::link::PairKey;
use std::path::Path;
use std::time::Duration;

/// Which host is to serve, too.
const SERVICES: [Service; 2] = [
    Service {
        name: "first",
        port: 1730,
        control: 110,
        media_mode: MediaMode::Direct,
        home: 0,
    },
    Service {
        name: "second",
        port: 1732,
        control: 120,
        media_mode: MediaMode::Forwarded,
        home: 1,
    },
];
/// Calls outlast everything that happens here.
const CALL: Duration = Duration::from_secs(25);
/// How long calls go on after each change.
const CALM: Duration = Duration::from_secs(2);

/// An operator sees both services, with a call each, and has to say which one he means.
fn tells(node: &Node<'_>) -> anyhow::Result<()> {
    let services = node.services()?;
    let text = overview(&services, Clock::since_1970().now());
    for (line, service) in text.lines().skip(1).zip(SERVICES) {
        let name = service.name;
        ensure!(line.starts_with(name), "{name} is not in its line: {line}");
    }
    let calls: Vec<usize> = services.iter().map(|service| service.calls).collect();
    ensure!(calls == [1, 1], "calls: {calls:?}");
    let lock = Question::Conferences(OperatorCommand::Lock {
        room: "hall".into(),
    });
    let refused = ask(&node.socket, &lock).err().context("which service?")?;
    ensure!(refused.to_string().contains("first, second"), "{refused}");
    let one = Question::Node(NodeQuestion::Node);
    let one: Status =
        serde_json::from_value(ask_service(&node.socket, Some("second".into()), one)?)?;
    let of_list = services[1].node.as_ref().context("it runs")?;
    ensure!(
        one.this.node == of_list.this.node,
        "another service answered"
    );
    Ok(())
}

/// Two services on two hosts; a terminal in each.
pub fn run(world: &World, out: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(out)?;
    let before = nodes::states(&world.nodes)?;
    let key = out.join("pair.key");
    PairKey::generate()?.write(&key, true)?;
    let node = |which| Node::new(&world.nodes, which, &SERVICES, &key, out, |_| {});
    let [mut one, mut two] = [node(0)?, node(1)?];
    one.start()?;
    two.start()?;
    one.becomes(&[Role::Primary, Role::Backup])?;
    two.becomes(&[Role::Backup, Role::Primary])?;
    let mut calls = Vec::new();
    for (service, client) in SERVICES.iter().zip(&world.clients) {
        let control = service.control_address();
        calls.push(callers::place(client, service.name, control, CALL, out)?);
    }
    within(PATIENCE, "both calls stand", || {
        let served = tells(&one).and_then(|()| tells(&two));
        Ok(served.is_ok().then_some(()))
    })?;
    std::thread::sleep(CALM);
    for both in [false, true] {
        let (victim, survivor) = match both {
            false => (&mut one, &mut two),
            true => (&mut two, &mut one),
        };
        victim.kill()?;
        survivor.becomes(&[Role::Simplex, Role::Simplex])?;
        tells(survivor).context("after the death")?;
        let text = overview(&survivor.services()?, Clock::since_1970().now());
        println!("{} after the death of the other:\n{text}", survivor.name());
        std::thread::sleep(CALM);
        victim.start()?;
        victim.becomes(&[Role::Backup, Role::Backup])?;
        survivor.becomes(&[Role::Primary, Role::Primary])?;
        within(PATIENCE, "the new node knows both calls", || {
            Ok(tells(victim).is_ok().then_some(()))
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
        node.stop()?;
    }
    let after = nodes::states(&world.nodes)?;
    ensure!(
        after == before,
        "the hosts were {before:?} and are {after:?}"
    );
    println!("dual role: both calls went on through two deaths");
    Ok(())
}

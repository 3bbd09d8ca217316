//! A ring: three hosts, three services, each host at home in one of them and the next one's backup. After the
//! death of one every service is a pair on the two that are left, and when it returns all is as it was.

use super::nodes;
use super::several::{Node, Service};
use super::{World, callers, judgement, within};
use anyhow::{Context, bail, ensure};
use mcu::shell::{Clock, MediaMode};
use mcu::status::overview;
use replication::failover::Role;
use replication::link::PairKey;
use std::path::Path;
use std::time::{Duration, Instant};

const SERVICES: [Service; 3] = [
    service("a", 1730, 110, 0),
    service("b", 1731, 112, 1),
    service("c", 1732, 114, 2),
];
/// What each node is to each service while all live.
const HOME: [[Role; 3]; 3] = [
    [Role::Primary, Role::Starting, Role::Backup],
    [Role::Backup, Role::Primary, Role::Starting],
    [Role::Starting, Role::Backup, Role::Primary],
];
/// The same of the second and the third without the first.
const WITHOUT_FIRST: [[Role; 3]; 2] = [
    [Role::Primary, Role::Primary, Role::Backup],
    [Role::Backup, Role::Backup, Role::Primary],
];
/// From a death until every service is a pair again, at most.
const WHOLE_AGAIN: Duration = Duration::from_secs(10);
/// From a return until every service is at home, at most.
const HOME_AGAIN: Duration = Duration::from_secs(30);
/// How long calls go on after each change.
const CALM: Duration = Duration::from_secs(1);

const fn service(name: &'static str, port: u16, control: u8, home: usize) -> Service {
    Service {
        name,
        port,
        control,
        media_mode: MediaMode::Direct,
        home,
    }
}

/// One death and one return, with a call in each service.
pub fn run(world: &World, out: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(out)?;
    let hosts = || world.nodes.iter().chain([&world.third]);
    let before = nodes::states(hosts())?;
    let key = out.join("pair.key");
    PairKey::generate()?.write(&key, true)?;
    let mut ring = (0..SERVICES.len())
        .map(|which| {
            Node::new(hosts(), which, &SERVICES, &key, out, |options| {
                options.failback = true;
            })
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    for node in &mut ring {
        node.start()?;
    }
    become_all(&mut ring, &HOME, HOME_AGAIN).context("at the beginning")?;
    let day = Duration::from_secs(86_400);
    let calls = (SERVICES.iter().zip(&world.near))
        .map(|(service, client)| {
            let to = service.control_address();
            callers::place(client, service.name, to, day, out)
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    within(nodes::PATIENCE, "the calls stand", || {
        Ok(all_calls(&ring).is_ok().then_some(()))
    })?;
    std::thread::sleep(CALM);
    ring[0].kill()?;
    let after = become_all(&mut ring[1..], &WITHOUT_FIRST, WHOLE_AGAIN).context("after a death")?;
    println!(
        "every service is a pair again {} ms after a death",
        after.as_millis()
    );
    tell(&ring[1..])?;
    all_calls(&ring[1..]).context("after a death")?;
    std::thread::sleep(CALM);
    ring[0].start()?;
    let after = become_all(&mut ring, &HOME, HOME_AGAIN).context("after the return")?;
    println!(
        "the ring is as it was {} ms after the return",
        after.as_millis()
    );
    tell(&ring)?;
    all_calls(&ring).context("after the return")?;
    std::thread::sleep(CALM);
    for call in calls {
        let call = call.hang_up()?;
        if let Some(fault) = judgement::disturbance_of(&call) {
            bail!("the call to {}: {fault}", call.what);
        }
    }
    for node in &mut ring {
        node.stop()?;
    }
    let after = nodes::states(hosts())?;
    ensure!(
        after == before,
        "the hosts were {before:?} and are {after:?}"
    );
    Ok(())
}

/// Waits until the nodes are that, and says how long it took.
fn become_all(
    ring: &mut [Node<'_>],
    roles: &[[Role; 3]],
    patience: Duration,
) -> anyhow::Result<Duration> {
    let begin = Instant::now();
    let all = within(patience, &format!("the roles are {roles:?}"), || {
        for (node, roles) in ring.iter_mut().zip(roles) {
            node.runs()?;
            if node.roles().as_deref() != Some(roles) {
                return Ok(None);
            }
        }
        Ok(Some(begin.elapsed()))
    });
    all.or_else(|error| {
        tell(ring)?;
        Err(error)
    })
}

/// Whoever holds a service knows of its call, and says so.
fn all_calls(ring: &[Node<'_>]) -> anyhow::Result<()> {
    for node in ring {
        for service in node.services()? {
            let name = service.service;
            let status = service
                .node
                .with_context(|| format!("{name} starts anew"))?;
            let holds = matches!(status.this.role, Role::Primary | Role::Backup);
            ensure!(
                !holds || service.calls == 1,
                "{}: {} calls of {name}, as {}",
                node.name(),
                service.calls,
                status.this.role.name()
            );
        }
    }
    Ok(())
}

/// Prints what `mcu status` shows.
fn tell(ring: &[Node<'_>]) -> anyhow::Result<()> {
    for node in ring {
        let text = overview(&node.services()?, Clock::since_1970().now());
        println!("{}:\n{text}", node.name());
    }
    Ok(())
}

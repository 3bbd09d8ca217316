//! `mcu status`: the services of a process and their nodes, in a table.

use crate::control::{NodeQuestion, Question, ask_service};
use crate::serve::Entrance;
use crate::shell::Clock;
use anyhow::Context;
use base::Instant;
use clap::Args;
use replication::shell::{NodeStatus, Status};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::path::PathBuf;

/// Show services: roles, connections, calls, last takeover; of a single one also both nodes' logs and the takeover's steps
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The server's control socket
    #[arg(long, value_name = "PATH", default_value = "/run/mcu.sock")]
    socket: PathBuf,
    /// Only this service, in detail
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Everything, as JSON: a list of services
    #[arg(long)]
    json: bool,
}

/// A service as the process that runs it sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ServiceStatus {
    /// Its name.
    pub service: String,
    /// Calls, whether this node serves them or follows.
    pub calls: usize,
    /// This node and the others; absent while the service starts anew.
    pub node: Option<Status>,
}

impl ServiceStatus {
    /// Asks the instance that runs.
    pub async fn of(service: &Entrance) -> Self {
        let instance = service.instance();
        let calls = instance.as_ref().map_or(0, |instance| instance.calls());
        ServiceStatus {
            service: service.service().into(),
            calls,
            node: match instance {
                Some(instance) => instance.node().await.ok(),
                None => None,
            },
        }
    }
}

/// Asks a process and prints what it says.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let question = Question::Node(NodeQuestion::Services);
    let answer = ask_service(&arguments.socket, arguments.service.clone(), question)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    let services: Vec<ServiceStatus> = serde_json::from_value(answer)
        .context("the server says something else: is it of the same version?")?;
    match services.as_slice() {
        [
            ServiceStatus {
                node: Some(node), ..
            },
        ] => print!("{}", table(node)),
        services => print!("{}", overview(services, Clock::since_1970().now())),
    }
    Ok(())
}

/// A line for each service; it is `now`, since 1970.
pub fn overview(services: &[ServiceStatus], now: Instant) -> String {
    let mut text = format!(
        "{:<16}{:<10}{:>6}  {:<22}{:>12}{:>7}{:>8}  {}\n",
        "service",
        "role",
        "epoch",
        "other nodes",
        "connections",
        "calls",
        "load %",
        "last takeover"
    );
    for ServiceStatus {
        service,
        calls,
        node,
    } in services
    {
        let Some(node) = node else {
            let _ = writeln!(text, "{service:<16}starts anew");
            continue;
        };
        let partner = match (&node.other, node.paired) {
            (Some(other), _) => {
                let was = if node.linked { "" } else { "was " };
                let spares = node.others.iter().filter(|spare| spare.node != other.node);
                spares.fold(
                    format!("{} {was}{}", other.node, other.role.name()),
                    |text, spare| text + &format!(", {} {}", spare.node, spare.role.name()),
                )
            }
            (None, true) => "none heard yet".into(),
            (None, false) => "none".into(),
        };
        let last = node.last_change.as_ref().map_or("-".into(), |change| {
            format!(
                "{} {} ago, {:.1} ms",
                change.what,
                ago(now.since(change.detected).as_secs()),
                change.work().as_secs_f64() * 1e3
            )
        });
        let _ = writeln!(
            text,
            "{service:<16}{:<10}{:>6}  {partner:<22}{:>12}{calls:>7}{:>8}  {last}",
            role(node),
            node.this.epoch,
            number(node.this.connections.map(|count| count as u64)),
            load(&node.this),
        );
    }
    text
}

/// What the node is; whatever that is, it may have to be silent.
fn role(status: &Status) -> &'static str {
    match status.suspended {
        true => "suspended",
        false => status.this.role.name(),
    }
}

/// A length of time, in its largest unit.
fn ago(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn number(value: Option<u64>) -> String {
    value.map_or("-".into(), |value| value.to_string())
}

fn load(node: &NodeStatus) -> String {
    let percent = |load| format!("{:.1}", f64::from(load) / 10.0);
    node.load_permille.map_or("-".into(), percent)
}

/// One service in detail, as people read it.
pub fn table(status: &Status) -> String {
    let mut text = format!(
        "{:<12}{:<10}{:>7}{:>12}{:>14}{:>13}{:>8}\n",
        "node", "role", "epoch", "log", "acknowledged", "connections", "load %"
    );
    let mut line = |who: &str, node: &NodeStatus| {
        let name = match node.node {
            0 => who.to_string(),
            number => format!("{number} ({who})"),
        };
        let _ = writeln!(
            text,
            "{name:<12}{:<10}{:>7}{:>12}{:>14}{:>13}{:>8}",
            node.role.name(),
            node.epoch,
            node.position,
            number(node.acknowledged),
            number(node.connections.map(|count| count as u64)),
            load(node),
        );
    };
    line("this", &status.this);
    let spares =
        |node: &&NodeStatus| (status.other.as_ref()).is_none_or(|other| node.node != other.node);
    for other in status
        .other
        .iter()
        .chain(status.others.iter().filter(spares))
    {
        line("other", other);
    }
    if status.suspended {
        text += "suspended: it does not know whether it may serve, and says nothing to clients\n";
    }
    if !status.paired {
        text += "no pair is configured: this node serves alone\n";
        return text;
    }
    let link = if status.linked { "stands" } else { "is down" };
    let beat = (status.last_beat_ms).map_or("none yet".into(), |ms| format!("{ms:.0} ms ago"));
    let _ = writeln!(
        text,
        "link {link}; last heartbeat {beat}; takeovers here: {}",
        status.takeovers
    );
    if let Some(change) = &status.last_change {
        let _ = writeln!(
            text,
            "last: {} of {} connections, because {}",
            change.what, change.connections, change.why
        );
        if let Some(last) = change.last_sign {
            let silence = change.detected.since(last).as_secs_f64() * 1e3;
            let _ = writeln!(
                text,
                "  {silence:>9.2} ms   from the other's last sign of life to its detection"
            );
        }
        for step in change.steps.iter().chain(&change.service) {
            let _ = writeln!(
                text,
                "  {:>9.2} ms   {}",
                step.after.as_secs_f64() * 1e3,
                step.what
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use replication::failover::{Role, Timeline};
    use std::time::Duration;

    fn service(name: &str, role: Role, other: Option<Role>) -> ServiceStatus {
        let node = |node, role, load_permille| NodeStatus {
            node,
            role,
            epoch: 3,
            position: 7,
            acknowledged: None,
            connections: Some(12),
            load_permille,
        };
        ServiceStatus {
            service: name.into(),
            calls: 6,
            node: Some(Status {
                paired: true,
                this: node(1, role, Some(52)),
                linked: other.is_some(),
                suspended: false,
                others: (other.iter())
                    .flat_map(|role| [node(2, *role, None), node(3, Role::Starting, None)])
                    .collect(),
                other: other.map(|role| node(2, role, None)),
                last_beat_ms: None,
                takeovers: 0,
                last_change: None,
            }),
        }
    }

    #[test]
    fn each_service_has_a_line() {
        let begin = Instant::ZERO + Duration::from_secs(1_000_000);
        let mut takeover = Timeline::new("takeover", "it died".into(), begin, None);
        takeover.step("done", begin + Duration::from_micros(800));
        let mut second = service("second", Role::Backup, Some(Role::Primary));
        let node = second.node.as_mut().unwrap();
        (node.suspended, node.last_change) = (true, Some(takeover));
        let services = [
            service("first", Role::Simplex, None),
            second,
            ServiceStatus {
                service: "third".into(),
                calls: 0,
                node: None,
            },
        ];
        let now = begin + Duration::from_secs(185);
        let text = overview(&services, now);
        let lines: Vec<Vec<&str>> = (text.lines())
            .map(|line| {
                line.split("  ")
                    .map(str::trim)
                    .filter(|word| !word.is_empty())
                    .collect()
            })
            .collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert_eq!(
            lines[1],
            [
                "first",
                "simplex",
                "3",
                "none heard yet",
                "12",
                "6",
                "5.2",
                "-"
            ]
        );
        assert_eq!(
            lines[2][..4],
            ["second", "suspended", "3", "2 primary, 3 starting"]
        );
        assert_eq!(lines[2][7], "takeover 3 min ago, 0.8 ms");
        assert_eq!(lines[3], ["third", "starts anew"]);
    }

    #[test]
    fn what_is_told_can_be_read_again() {
        let told = [service("a", Role::Primary, Some(Role::Backup))];
        let text = serde_json::to_string(&told).unwrap();
        let read: Vec<ServiceStatus> = serde_json::from_str(&text).unwrap();
        assert_eq!(
            overview(&read, Instant::ZERO),
            overview(&told, Instant::ZERO)
        );
    }
}

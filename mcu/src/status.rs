//! `mcu status`: the pair in a table.

use crate::control::{NodeQuestion, Question, ask};
use anyhow::Context;
use clap::Args;
use replication::shell::{NodeStatus, Status};
use std::fmt::Write;
use std::path::PathBuf;

/// Show this node and the other: roles, log, connections, last takeover
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The server's control socket
    #[arg(long, value_name = "PATH", default_value = "/run/mcu.sock")]
    socket: PathBuf,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Asks a node and prints what it says.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let answer = ask(&arguments.socket, &Question::Node(NodeQuestion::Node))?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    let status: Status = serde_json::from_value(answer)
        .context("the server says something else: is it of the same version?")?;
    print!("{}", table(&status));
    Ok(())
}

/// The status as people read it.
pub fn table(status: &Status) -> String {
    let mut text = format!(
        "{:<12}{:<10}{:>7}{:>12}{:>14}{:>13}{:>8}\n",
        "node", "role", "epoch", "log", "acknowledged", "connections", "load %"
    );
    let number = |value: Option<u64>| value.map_or("-".into(), |value| value.to_string());
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
            (node.load_permille)
                .map_or("-".into(), |load| format!("{:.1}", f64::from(load) / 10.0)),
        );
    };
    line("this", &status.this);
    if let Some(other) = &status.other {
        line("other", other);
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

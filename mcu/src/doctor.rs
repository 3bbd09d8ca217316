//! `mcu doctor`: what a host lacks to be a node of a pair, and what a node has left over on it.

use crate::config::Config;
use crate::control::{NodeQuestion, Question, ask_service};
use anyhow::{Context, ensure};
use clap::Args;
use replication::arbiter::check_up;
use replication::host::{Examination, Severity, examine};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Look at this host as a node of a pair and say what is missing or left over
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The configuration file that `mcu serve` is given; for several services, each of them
    #[arg(long, value_name = "FILE", required = true)]
    config: Vec<PathBuf>,
}

/// Examines the host; an error if it cannot be a node of each service.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut errors = 0;
    for path in &arguments.config {
        let config = Config::load(path)?;
        if arguments.config.len() > 1 {
            println!("service {}", config.service);
        }
        errors += examine_for(config)?;
    }
    ensure!(
        errors == 0,
        "{errors} things must be mended before this host can be a node"
    );
    Ok(())
}

/// Prints what is found, and counts what is wrong.
fn examine_for(config: Config) -> anyhow::Result<usize> {
    let pair = (config.pair).context(
        "the configuration has no [pair] section: this node is alone, and needs nothing",
    )?;
    let mut ports: Vec<u16> = pair.nodes.iter().map(SocketAddr::port).collect();
    ports.dedup();
    if let Some(socket) = &config.control_socket
        && let Ok(answer) = ask_service(
            socket,
            Some(config.service),
            Question::Node(NodeQuestion::Node),
        )
    {
        let role = answer["this"]["role"]
            .as_str()
            .unwrap_or("silent about its role");
        println!(
            "note  a node runs here, and is {role}: its ports, addresses and rules are in use"
        );
        ports.clear();
    }
    let arbiter =
        (pair.arbiter.as_ref()).map(|arbiter| check_up(arbiter, &pair.key, pair.control_address));
    let mut findings = examine(&Examination {
        interface: pair.interface,
        control: pair.control_address,
        media: pair.media_address,
        media_mode: pair.media_mode,
        tcp_ports: ports.clone(),
        udp_ports: ports,
    });
    findings.extend(arbiter);
    let mut errors = 0;
    for finding in findings {
        let sign = match finding.severity {
            Severity::Ok => "ok   ",
            Severity::Warning => "note ",
            Severity::Error => "WRONG",
        };
        errors += usize::from(finding.severity == Severity::Error);
        println!("{sign} {}", finding.what);
        if !finding.what_to_do.is_empty() {
            println!("      → {}", finding.what_to_do);
        }
    }
    Ok(errors)
}

//! `mcu doctor`: what a host lacks to be a node of a pair, and what a node has left over on it.

use crate::config::Config;
use crate::control::{NodeQuestion, Question, ask};
use anyhow::{Context, ensure};
use clap::Args;
use replication::host::{Examination, Severity, examine};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Look at this host as a node of a pair and say what is missing or left over
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The configuration file that `mcu serve` is given
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Examines the host; an error if it cannot be a node.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = Config::load(&arguments.config)?;
    let pair = (config.pair).context(
        "the configuration has no [pair] section: this node is alone, and needs nothing",
    )?;
    let mut ports: Vec<u16> = pair.nodes.iter().map(SocketAddr::port).collect();
    ports.dedup();
    if let Some(socket) = &config.control_socket
        && let Ok(answer) = ask(socket, &Question::Node(NodeQuestion::Node))
    {
        let role = answer["this"]["role"]
            .as_str()
            .unwrap_or("silent about its role");
        println!(
            "note  a node runs here, and is {role}: its ports, addresses and rules are in use"
        );
        ports.clear();
    }
    let findings = examine(&Examination {
        interface: pair.interface,
        control: pair.control_address,
        media: pair.media_address,
        media_mode: pair.media_mode,
        tcp_ports: ports.clone(),
        udp_ports: ports,
    });
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
    ensure!(
        errors == 0,
        "{errors} things must be mended before this host can be a node"
    );
    Ok(())
}

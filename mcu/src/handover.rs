//! `mcu handover`: the other node goes on with everything, and nothing is lost on the way.

use crate::control::{NodeQuestion, Question, ask_service};
use anyhow::Context;
use clap::Args;
use replication::failover::Timeline;
use std::path::PathBuf;

/// Let the backup serve, without losing a packet; to be asked at the primary
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The primary's control socket
    #[arg(long, value_name = "PATH", default_value = "/run/mcu.sock")]
    socket: PathBuf,
    /// Which service, if the server runs several
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Asks a node, waits until the other one serves, and prints what was done when.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let question = Question::Node(NodeQuestion::HandOver);
    let answer = ask_service(&arguments.socket, arguments.service, question)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    let timeline: Timeline = serde_json::from_value(answer)
        .context("the server says something else: is it of the same version?")?;
    println!("the other node serves");
    for step in &timeline.steps {
        let after = step.after.as_secs_f64() * 1e3;
        println!("  {after:>9.2} ms   {}", step.what);
    }
    Ok(())
}

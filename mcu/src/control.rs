//! `mcu control`: an operator's requests over a Unix socket, one JSON object a line each way.

use crate::core::OperatorCommand;
use crate::shell::Handle;
use anyhow::{Context, bail};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

/// A request is a short line; more is not ours.
const REQUEST_OCTETS_MAX: u64 = 4096;
/// How long a server may take to answer: one that waits for its backup takes less.
const ANSWER_PATIENCE: Duration = Duration::from_secs(2);

/// See and change a running server
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The server's control socket
    #[arg(long, value_name = "PATH", default_value = "/run/mcu.sock")]
    socket: PathBuf,
    #[command(subcommand)]
    command: OperatorCommand,
}

/// What can be asked over the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Question {
    /// About the node itself, whether it serves or not.
    Node(NodeQuestion),
    /// About the conferences.
    Conferences(OperatorCommand),
}

/// What a node tells of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeQuestion {
    /// Its role and the other node's.
    Node,
}

/// Asks a server and prints its answer.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    match ask(&arguments.socket, &Question::Conferences(arguments.command))? {
        Value::Null => println!("done"),
        done => println!("{}", serde_json::to_string_pretty(&done)?),
    }
    Ok(())
}

/// Asks the server at `socket`.
pub fn ask(socket: &Path, question: &Question) -> anyhow::Result<Value> {
    super::runtime()?.block_on(async {
        let asked = tokio::time::timeout(ANSWER_PATIENCE, exchange(socket, question)).await;
        asked.with_context(|| {
            format!(
                "the server at {} has not answered within {} s: is it stopped?",
                socket.display(),
                ANSWER_PATIENCE.as_secs()
            )
        })?
    })
}

async fn exchange(socket: &Path, question: &Question) -> anyhow::Result<Value> {
    let stream = UnixStream::connect(socket).await.with_context(|| {
        format!(
            "no server answers at {} (is control-socket configured?)",
            socket.display()
        )
    })?;
    let (reading, mut writing) = stream.into_split();
    writing
        .write_all(format!("{}\n", serde_json::to_string(question)?).as_bytes())
        .await?;
    let mut line = String::new();
    BufReader::new(reading).read_line(&mut line).await?;
    let mut answer: Value =
        serde_json::from_str(&line).context("the server closed without an answer")?;
    if let Some(error) = answer.get("error") {
        bail!("{}", error.as_str().unwrap_or("refused"));
    }
    Ok(answer.get_mut("done").map_or(Value::Null, Value::take))
}

/// Answers operators at `path` for as long as the runtime lives.
pub fn listen(path: &Path, handle: Handle) -> anyhow::Result<()> {
    // What a server that was killed left behind; a living one still answers.
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        bail!("another server answers there");
    }
    let _ = std::fs::remove_file(path);
    let listener = UnixListener::bind(path)?;
    tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(answer(stream, handle.clone()))),
                Err(error) => {
                    tracing::warn!(%error, "the control socket fails");
                    return;
                }
            }
        }
    });
    Ok(())
}

async fn answer(stream: UnixStream, handle: Handle) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut reading = BufReader::new(reading.take(REQUEST_OCTETS_MAX));
    let mut line = String::new();
    while reading.read_line(&mut line).await? > 0 {
        let answer = match serde_json::from_str(&line) {
            Ok(Question::Conferences(command)) => handle.ask(command).await,
            Ok(Question::Node(NodeQuestion::Node)) => handle.node().await.map(|node| json!(node)),
            Err(error) => Err(format!("not a request: {error}")),
        };
        let answer = match answer {
            Ok(done) => json!({ "done": done }),
            Err(error) => json!({ "error": error }),
        };
        writing.write_all(format!("{answer}\n").as_bytes()).await?;
        line.clear();
        reading.get_mut().set_limit(REQUEST_OCTETS_MAX);
    }
    Ok(())
}

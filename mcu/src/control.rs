//! `mcu control`: an operator's requests over a Unix socket, one JSON object a line each way.

use crate::core::OperatorCommand;
use crate::shell::Handle;
use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

/// A request is a short line; more is not ours.
const REQUEST_OCTETS_MAX: u64 = 4096;

/// See and change a running server
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The server's control socket
    #[arg(long, value_name = "PATH", default_value = "/run/mcu.sock")]
    socket: PathBuf,
    #[command(subcommand)]
    command: OperatorCommand,
}

/// Asks a server and prints its answer.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    super::runtime()?.block_on(async {
        let stream = UnixStream::connect(&arguments.socket)
            .await
            .with_context(|| {
                format!(
                    "no server answers at {} (is control-socket configured?)",
                    arguments.socket.display()
                )
            })?;
        let (reading, mut writing) = stream.into_split();
        writing
            .write_all(format!("{}\n", serde_json::to_string(&arguments.command)?).as_bytes())
            .await?;
        let mut line = String::new();
        BufReader::new(reading).read_line(&mut line).await?;
        let answer: Value =
            serde_json::from_str(&line).context("the server closed without an answer")?;
        match (answer.get("error"), answer.get("done")) {
            (Some(error), _) => bail!("{}", error.as_str().unwrap_or("refused")),
            (None, Some(Value::Null) | None) => println!("done"),
            (None, Some(done)) => println!("{}", serde_json::to_string_pretty(done)?),
        }
        Ok(())
    })
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
        let answer = match serde_json::from_str::<OperatorCommand>(&line) {
            Ok(command) => match handle.ask(command).await {
                Ok(done) => json!({ "done": done }),
                Err(error) => json!({ "error": error }),
            },
            Err(error) => json!({ "error": format!("not a request: {error}") }),
        };
        writing.write_all(format!("{answer}\n").as_bytes()).await?;
        line.clear();
        reading.get_mut().set_limit(REQUEST_OCTETS_MAX);
    }
    Ok(())
}

//! `mcu control`: an operator's requests over a Unix socket, one JSON object a line each way.

use crate::core::OperatorCommand;
use crate::serve::Entrance;
use crate::status::ServiceStatus;
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
/// How long the server pauses when the system is out of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(500);
/// A handover takes longer: pictures that another node can begin with have to come first.
const HANDOVER_PATIENCE: Duration = Duration::from_secs(10);

/// See and change a running server
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The server's control socket
    #[arg(long, value_name = "PATH", default_value = "/run/mcu.sock")]
    socket: PathBuf,
    /// Which service, if the server runs several
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    #[command(subcommand)]
    command: OperatorCommand,
}

/// A line over the socket: a question, to the service that it names or to the only one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Request {
    To { service: String, ask: Question },
    Any(Question),
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
    /// Nothing: the other node is to serve. When it does, what was done when is told (`Timeline`).
    HandOver,
    /// Its role and the other's of all services, with their names: a list of [`ServiceStatus`].
    Services,
}

/// Asks a server and prints its answer.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let question = Question::Conferences(arguments.command);
    match ask_service(&arguments.socket, arguments.service, question)? {
        Value::Null => println!("done"),
        done => println!("{}", serde_json::to_string_pretty(&done)?),
    }
    Ok(())
}

/// Asks the only service of the server at `socket`.
pub fn ask(socket: &Path, question: &Question) -> anyhow::Result<Value> {
    ask_service(socket, None, question.clone())
}

/// Asks a service of the server at `socket`; which one need not be said if there is one.
pub fn ask_service(
    socket: &Path,
    service: Option<String>,
    question: Question,
) -> anyhow::Result<Value> {
    let patience = match question {
        Question::Node(NodeQuestion::HandOver) => HANDOVER_PATIENCE,
        _ => ANSWER_PATIENCE,
    };
    let request = match service {
        Some(service) => Request::To {
            service,
            ask: question,
        },
        None => Request::Any(question),
    };
    super::runtime()?.block_on(async {
        let asked = tokio::time::timeout(patience, exchange(socket, &request)).await;
        asked.with_context(|| {
            format!(
                "the server at {} has not answered within {} s: is it stopped?",
                socket.display(),
                patience.as_secs()
            )
        })?
    })
}

async fn exchange(socket: &Path, request: &Request) -> anyhow::Result<Value> {
    let stream = UnixStream::connect(socket).await.with_context(|| {
        format!(
            "no server answers at {} (is control-socket configured?)",
            socket.display()
        )
    })?;
    let (reading, mut writing) = stream.into_split();
    writing
        .write_all(format!("{}\n", serde_json::to_string(request)?).as_bytes())
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

/// Answers operators of these services at `path` for as long as the runtime lives.
pub fn listen(path: &Path, services: Vec<Entrance>) -> anyhow::Result<()> {
    // What a server that was killed left behind; a living one still answers.
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        bail!("another server answers there");
    }
    let _ = std::fs::remove_file(path);
    let listener = UnixListener::bind(path)?;
    tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(answer(stream, services.clone()))),
                Err(error) => {
                    tracing::warn!(%error, "an operator cannot be answered");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            }
        }
    });
    Ok(())
}

async fn answer(stream: UnixStream, services: Vec<Entrance>) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut reading = BufReader::new(reading.take(REQUEST_OCTETS_MAX));
    let mut line = String::new();
    while reading.read_line(&mut line).await? > 0 {
        let answer = match serde_json::from_str(&line) {
            Ok(Request::To { service, ask }) => match named(&services, &service) {
                Ok(service) => reply(service, ask).await,
                Err(unknown) => Err(unknown),
            },
            Ok(Request::Any(question)) => reply_any(&services, question).await,
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

fn named<'a>(services: &'a [Entrance], name: &str) -> Result<&'a Entrance, String> {
    let found = services.iter().find(|service| service.service() == name);
    found.ok_or_else(|| {
        format!(
            "no service {name:?} runs here; there are {}",
            names(services)
        )
    })
}

fn names(services: &[Entrance]) -> String {
    let names: Vec<&str> = services.iter().map(Entrance::service).collect();
    names.join(", ")
}

/// A question that names no service: to the only one, or to all if that makes sense.
async fn reply_any(services: &[Entrance], question: Question) -> Result<Value, String> {
    match (question, services) {
        (Question::Node(NodeQuestion::Services), _) => {
            let mut statuses = Vec::new();
            for service in services {
                statuses.push(ServiceStatus::of(service).await);
            }
            Ok(json!(statuses))
        }
        (question, [only]) => reply(only, question).await,
        (question @ Question::Conferences(OperatorCommand::Status), _) => {
            let mut answers = serde_json::Map::new();
            for service in services {
                let answer = reply(service, question.clone()).await;
                let answer = answer.unwrap_or_else(|error| json!({ "error": error }));
                answers.insert(service.service().into(), answer);
            }
            Ok(answers.into())
        }
        _ => Err(format!(
            "several services run here ({}): choose one with --service NAME",
            names(services)
        )),
    }
}

async fn reply(service: &Entrance, question: Question) -> Result<Value, String> {
    let starting = || format!("the service {:?} is just starting anew", service.service());
    match question {
        Question::Conferences(command) => {
            service.instance().ok_or_else(starting)?.ask(command).await
        }
        Question::Node(NodeQuestion::Node) => {
            let node = service.instance().ok_or_else(starting)?.node().await?;
            Ok(json!(node))
        }
        Question::Node(NodeQuestion::HandOver) => {
            let done = service.instance().ok_or_else(starting)?.hand_over().await?;
            Ok(json!(done))
        }
        Question::Node(NodeQuestion::Services) => Ok(json!([ServiceStatus::of(service).await])),
    }
}

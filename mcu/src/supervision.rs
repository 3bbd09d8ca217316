//! What the supervisor of services (systemd) is told of this process: that it is ready, what it does,
//! and that it moves (sd_notify(3)). Without a supervisor nothing is told.
//!
//! Each service of the process answers once in an interval: its loops show that they move. When all
//! have, the supervisor gets one datagram. So a single hanging loop ends the pings of the
//! watchdog, and the supervisor ends the process. A node of a pair has a second guard, its
//! heartbeat thread, which is faster; a server without a pair has this one alone.

use crate::shell::Handle;
use replication::failover::Role;
use replication::shell::Status;
use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Between two answers of a service at most; also the least time between two status lines.
const INTERVAL_MAX: Duration = Duration::from_secs(1);
/// Answers in the time that the supervisor waits for one ping.
const ANSWERS_PER_PING: u32 = 4;
/// A node that has not found its place for so long, as its partner is slow, counts as ready: it has its
/// sockets, and no operator's `systemctl start` shall wait for another host.
const PLACE_PATIENCE: Duration = Duration::from_secs(10);
/// After so long without an answer of a media thread the operator is told.
const ANSWER_PATIENCE: Duration = Duration::from_secs(2);

/// The supervisor of this process, if it has one.
#[derive(Debug, Clone)]
pub struct Supervisor(Option<Arc<Channel>>);

/// The way to it.
#[derive(Debug)]
struct Channel {
    socket: UnixDatagram,
    interval: Duration,
    round: Mutex<Round>,
}

/// What has been answered and told.
#[derive(Debug, Default)]
struct Round {
    services: Vec<Answers>,
    ready: bool,
    status: Option<(Instant, String)>,
}

/// Of one service.
#[derive(Debug)]
struct Answers {
    name: String,
    /// Somebody answers for it; else it is starting, or over.
    watched: bool,
    /// It has answered since the last datagram.
    fresh: bool,
    last: Option<Answer>,
}

/// What a service says of itself.
#[derive(Debug)]
struct Answer {
    /// For people.
    text: String,
    /// It has found its place and does its work.
    settled: bool,
}

impl Supervisor {
    /// The one that the environment names (`NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`).
    pub fn from_environment() -> Supervisor {
        let Some(path) = env::var_os("NOTIFY_SOCKET").filter(|path| !path.is_empty()) else {
            return Supervisor(None);
        };
        let number = |name| env::var(name).ok()?.parse::<u64>().ok();
        let for_another =
            number("WATCHDOG_PID").is_some_and(|pid| pid != u64::from(std::process::id()));
        let watchdog = number("WATCHDOG_USEC")
            .filter(|micros| *micros > 0 && !for_another)
            .map(Duration::from_micros);
        match Channel::open(&path, watchdog) {
            Ok(channel) => Supervisor(Some(Arc::new(channel))),
            Err(error) => {
                tracing::warn!(%error, ?path, "cannot tell the supervisor (NOTIFY_SOCKET) anything");
                Supervisor(None)
            }
        }
    }

    /// A service of this process. The process is ready when all that have been named are, so name them before
    /// any of them starts.
    pub fn service(&self, name: impl Into<String>) -> Service {
        let channel = self.0.clone();
        let index = channel.as_deref().map_or(0, |channel| {
            let services = &mut channel.lock().services;
            services.push(Answers {
                name: name.into().replace('\n', " "),
                watched: false,
                fresh: false,
                last: None,
            });
            services.len() - 1
        });
        Service { channel, index }
    }

    /// Tells of the process as long as none of its services runs, because one begins anew. Spawn it on a
    /// thread that runs none of them.
    pub async fn attend(self) {
        let Some(channel) = self.0 else {
            return;
        };
        loop {
            channel.complete(&mut channel.lock());
            sleep(channel.interval).await;
        }
    }

    /// The process is about to end.
    pub fn stopping(&self) {
        if let Some(channel) = &self.0 {
            channel.tell("STOPPING=1");
        }
    }
}

/// A service of this process, for its supervisor.
#[derive(Debug, Clone)]
pub struct Service {
    channel: Option<Arc<Channel>>,
    index: usize,
}

impl Service {
    /// Answers for a node as long as it runs. Spawn it on the node's own runtime.
    pub async fn watch(self, node: Handle) {
        let Some(watched) = self.watched() else {
            return;
        };
        let begun = Instant::now();
        loop {
            while timeout(ANSWER_PATIENCE, node.media_moves()).await.is_err() {
                tracing::warn!("the media thread has not answered for {ANSWER_PATIENCE:?}");
            }
            let Ok(status) = node.node().await else {
                return;
            };
            watched.answer(Answer {
                text: summary(&status),
                settled: status.this.role != Role::Starting || begun.elapsed() >= PLACE_PATIENCE,
            });
            sleep(watched.channel.interval).await;
        }
    }

    /// Answers for a service all of whose loops are tasks of the runtime that this is spawned on.
    pub async fn works(self, text: &'static str) {
        let Some(watched) = self.watched() else {
            return;
        };
        loop {
            watched.answer(Answer {
                text: text.into(),
                settled: true,
            });
            sleep(watched.channel.interval).await;
        }
    }

    fn watched(self) -> Option<Watched> {
        let channel = self.channel?;
        channel.lock().services[self.index].watched = true;
        Some(Watched {
            channel,
            index: self.index,
        })
    }
}

/// A service is watched as long as this lives.
struct Watched {
    channel: Arc<Channel>,
    index: usize,
}

impl Watched {
    fn answer(&self, answer: Answer) {
        let mut round = self.channel.lock();
        let service = &mut round.services[self.index];
        service.fresh = true;
        service.last = Some(answer);
        self.channel.complete(&mut round);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut round = self.channel.lock();
        let service = &mut round.services[self.index];
        service.watched = false;
        service.last = None;
        // The others may have waited for this one alone.
        self.channel.complete(&mut round);
    }
}

impl Channel {
    fn open(path: &OsStr, watchdog: Option<Duration>) -> io::Result<Self> {
        let address = match path.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            path => SocketAddr::from_pathname(OsStr::from_bytes(path))?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.connect_addr(&address)?;
        // A supervisor that does not read must not hold up a service.
        socket.set_nonblocking(true)?;
        let interval = watchdog.map_or(INTERVAL_MAX, |limit| limit / ANSWERS_PER_PING);
        Ok(Channel {
            socket,
            interval: interval.min(INTERVAL_MAX),
            round: Mutex::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Round> {
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the supervisor if everybody has answered.
    fn complete(&self, round: &mut Round) {
        if let Some(message) = round.message(Instant::now()) {
            self.tell(&message);
        }
    }

    fn tell(&self, message: &str) {
        if let Err(error) = self.socket.send(message.as_bytes()) {
            tracing::debug!(%error, "the supervisor is not told: {message}");
        }
    }
}

impl Round {
    /// What is to be told now, if everybody has answered; then the next round begins.
    fn message(&mut self, now: Instant) -> Option<String> {
        if self.services.iter().any(|one| one.watched && !one.fresh) {
            return None;
        }
        for service in &mut self.services {
            service.fresh = false;
        }
        // A supervisor without a watchdog ignores it.
        let mut message = String::from("WATCHDOG=1");
        let settled = |one: &Answers| one.last.as_ref().is_some_and(|answer| answer.settled);
        if !self.ready && self.services.iter().all(settled) {
            self.ready = true;
            message += "\nREADY=1";
        }
        let status = self.status();
        let told = match &self.status {
            Some((at, told)) => *told == status || now.duration_since(*at) < INTERVAL_MAX,
            None => false,
        };
        if !told {
            message += "\nSTATUS=";
            message += &status;
            self.status = Some((now, status));
        }
        Some(message)
    }

    fn status(&self) -> String {
        let text = |one: &Answers| match &one.last {
            Some(answer) => answer.text.clone(),
            None => "begins".into(),
        };
        match self.services.as_slice() {
            [one] => text(one),
            several => {
                let named = |one: &Answers| format!("{}: {}", one.name, text(one));
                several.iter().map(named).collect::<Vec<_>>().join("; ")
            }
        }
    }
}

/// A node in a line.
fn summary(status: &Status) -> String {
    let node = &status.this;
    let connections = node.connections.unwrap_or_default();
    match status.paired {
        true => format!(
            "{}{}, epoch {}, {connections} connections, {} takeovers",
            if status.suspended { "suspended " } else { "" },
            node.role.name(),
            node.epoch,
            status.takeovers
        ),
        false => format!("serves without a pair, {connections} connections"),
    }
}

#[cfg(test)]
mod tests;

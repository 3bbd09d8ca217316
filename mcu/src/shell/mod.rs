//! The only place with sockets, threads and clocks: feeds a [`Core`] its inputs in one order and
//! carries out its outputs.
//!
//! TCP connections live on a single-threaded tokio runtime together with the core; UDP and the
//! media plane live on a thread of their own, so that signalling never delays sound.

mod clock;
mod connection;
mod media_thread;
mod ports;

pub use clock::Clock;
pub use media_thread::MediaOptions;
pub use ports::PortRanges;

use crate::core::{Action, Core, Input, Listener, Report, Request, Severity};
use base::{CallId, ConnId, Instant};
use bytes::Bytes;
use connection::Connection;
use media::plane::{Notice, Plane};
use media_thread::MediaThread;
use ports::PortPool;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant as TokioInstant};

/// Events waiting for the core at most; connections are not read while it is full.
const EVENTS_MAX: usize = 1024;
/// Events handled before outputs are carried out, so that many share one turn.
const EVENTS_PER_TURN: usize = 64;
/// How long the listener pauses when the system is out of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);
/// How long connecting to an endpoint may take; H.323 leaves it to us, Q.931 T303 waits 4 s.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// How long calls may take to end when the process is to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(3);

/// What a shell needs to know beside its core and its media plane.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where H.225.0 call signalling is accepted, if at all.
    pub listen: Option<SocketAddr>,
    /// Where the ports of calls are taken from.
    pub ports: PortRanges,
    /// For the media thread.
    pub media: MediaOptions,
}

/// What happens outside the core, in the order it is taken in.
enum Event {
    Accepted(TcpStream, SocketAddr, Listener),
    Established(ConnId, TcpStream),
    Received(ConnId, Bytes),
    Closed(ConnId, String),
    Notice(Notice),
    Asked(Request, oneshot::Sender<Result<serde_json::Value, String>>),
    Stop,
}

/// A handle to a running shell, for the control socket and signal handlers.
#[derive(Clone)]
pub struct Handle {
    events: mpsc::Sender<Event>,
}

impl Handle {
    /// Asks the core for `command` and waits for its answer.
    pub async fn ask(
        &self,
        command: crate::core::OperatorCommand,
    ) -> Result<serde_json::Value, String> {
        let (answer, answered) = oneshot::channel();
        let request = Request { number: 0, command };
        let stopped = |_| "the server is stopping".to_string();
        self.events
            .send(Event::Asked(request, answer))
            .await
            .map_err(|_| stopped(()))?;
        answered.await.unwrap_or_else(|_| Err(stopped(())))
    }

    /// Ends the shell's run.
    pub async fn stop(&self) {
        let _ = self.events.send(Event::Stop).await;
    }
}

/// One core with its sockets.
pub struct Shell<C, P> {
    core: C,
    clock: Clock,
    media: MediaThread<P>,
    ports: PortPool,
    events: mpsc::Receiver<Event>,
    handle: Handle,
    connections: BTreeMap<ConnId, Connection>,
    /// Closed by the core, sending their last octets.
    closing: Vec<JoinHandle<()>>,
    /// Accepting H.245 connections, by call.
    listening: BTreeMap<CallId, JoinHandle<()>>,
    questions: BTreeMap<u64, oneshot::Sender<Result<serde_json::Value, String>>>,
    asked: u64,
    finished: bool,
    /// When to stop waiting for calls to end.
    stopping: Option<Instant>,
    accepting: Option<JoinHandle<()>>,
}

impl<C: Core, P: Plane + 'static> Shell<C, P> {
    /// Binds the signalling port and starts the media thread.
    pub fn start(core: C, plane: P, clock: Clock, options: &Options) -> anyhow::Result<Self> {
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let notices = sender.clone();
        let media = MediaThread::start(plane, clock, &options.media, move |notice| {
            notices
                .try_send(Event::Notice(notice))
                .map_err(|refused| match refused.into_inner() {
                    Event::Notice(notice) => notice,
                    _ => unreachable!("a channel returns what was sent"),
                })
        })?;
        let accepting = options.listen.map(|address| {
            let listener = ports::listen(address)?;
            Ok::<_, anyhow::Error>(tokio::spawn(accept(
                listener,
                Listener::Signalling,
                sender.clone(),
            )))
        });
        Ok(Shell {
            core,
            clock,
            media,
            ports: PortPool::new(&options.ports),
            events,
            handle: Handle { events: sender },
            connections: BTreeMap::new(),
            closing: Vec::new(),
            listening: BTreeMap::new(),
            questions: BTreeMap::new(),
            asked: 0,
            finished: false,
            stopping: None,
            accepting: accepting.transpose()?,
        })
    }

    /// A handle for others to reach the core.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Runs until the core has finished or somebody stops it; gives core and plane back.
    pub async fn run(mut self) -> (C, P) {
        self.carry_out();
        while !self.finished {
            let wake = self
                .core
                .next_timeout()
                .into_iter()
                .chain(self.stopping)
                .min();
            let wake = wake.map(|at| self.clock.to_tokio(at));
            let sleep = tokio::time::sleep_until(wake.unwrap_or_else(TokioInstant::now));
            tokio::select! {
                event = self.events.recv() => {
                    let mut next = event;
                    for _ in 0..EVENTS_PER_TURN {
                        let Some(event) = next else { break };
                        self.take(event);
                        next = self.events.try_recv().ok();
                    }
                    if let Some(event) = next {
                        self.take(event);
                    }
                }
                () = sleep, if wake.is_some() => self.core.handle(self.clock.now(), Input::Timeout),
            }
            if self.stopping.is_some_and(|until| until <= self.clock.now()) {
                tracing::warn!("some calls did not end in time");
                self.finished = true;
            }
            self.carry_out();
        }
        if let Some(accepting) = self.accepting {
            accepting.abort();
        }
        let open = std::mem::take(&mut self.connections);
        (self.closing).extend(open.into_values().map(Connection::finish));
        for task in self.closing {
            let _ = task.await;
        }
        (self.core, self.media.stop())
    }

    fn take(&mut self, event: Event) {
        let now = self.clock.now();
        match event {
            Event::Accepted(stream, peer, listener) => {
                let Ok(local) = stream.local_addr() else {
                    return;
                };
                let conn = self.core.next_conn();
                self.attach(conn, stream);
                self.core.handle(
                    now,
                    Input::Accepted {
                        conn,
                        listener,
                        peer,
                        local,
                    },
                );
            }
            Event::Established(conn, stream) => match stream.local_addr() {
                Ok(local) => {
                    self.attach(conn, stream);
                    self.core.handle(now, Input::Connected(conn, local));
                }
                Err(error) => self
                    .core
                    .handle(now, Input::Closed(conn, error.to_string())),
            },
            Event::Received(conn, bytes) => {
                // Octets may still be under way from a connection that was closed on our side.
                if self.connections.contains_key(&conn) {
                    self.core.handle(now, Input::Received(conn, bytes));
                }
            }
            Event::Closed(conn, why) => {
                self.connections.remove(&conn);
                self.core.handle(now, Input::Closed(conn, why));
            }
            Event::Notice(notice) => self.core.handle(now, Input::Media(notice)),
            Event::Asked(mut request, answer) => {
                self.asked += 1;
                request.number = self.asked;
                self.questions.insert(self.asked, answer);
                self.core.handle(now, Input::Operator(request));
            }
            Event::Stop => {
                self.stopping.get_or_insert(now + STOP_PATIENCE);
                self.core.handle(now, Input::Stop);
            }
        }
    }

    fn attach(&mut self, conn: ConnId, stream: TcpStream) {
        let connection = Connection::start(conn, stream, self.handle.events.clone());
        self.connections.insert(conn, connection);
    }

    /// Simplex: every output is safe at once.
    fn carry_out(&mut self) {
        while let Some(output) = self.core.poll_output() {
            match output.action {
                Action::Transmit(conn, bytes) => {
                    let sent = self
                        .connections
                        .get(&conn)
                        .map(|connection| connection.send(bytes));
                    if sent == Some(false) {
                        self.connections.remove(&conn);
                        let why = "the peer does not read what it is sent".to_string();
                        self.core.handle(self.clock.now(), Input::Closed(conn, why));
                    }
                }
                Action::Connect { conn, from, to } => {
                    let events = self.handle.events.clone();
                    tokio::spawn(async move {
                        let event = match connect(from, to).await {
                            Ok(stream) => Event::Established(conn, stream),
                            Err(why) => Event::Closed(conn, why),
                        };
                        let _ = events.send(event).await;
                    });
                }
                Action::Close(conn) => {
                    if let Some(connection) = self.connections.remove(&conn) {
                        self.closing.retain(|task| !task.is_finished());
                        self.closing.push(connection.finish());
                    }
                }
                Action::AllocatePorts(call, address) => {
                    let input = match self.bind(call, address) {
                        Ok(ports) => Input::PortsAllocated(call, ports),
                        Err(error) => Input::PortsUnavailable(call, format!("{error:#}")),
                    };
                    self.core.handle(self.clock.now(), input);
                }
                Action::ReleasePorts(call) => {
                    self.media.close(call);
                    if let Some(listening) = self.listening.remove(&call) {
                        listening.abort();
                    }
                }
                Action::Media(command) => self.media.command(command),
                Action::Answer(number, answer) => {
                    if let Some(question) = self.questions.remove(&number) {
                        let _ = question.send(answer);
                    }
                }
                Action::Report(report) => log(&report),
                Action::Finished => self.finished = true,
            }
        }
    }

    fn bind(
        &mut self,
        call: CallId,
        address: std::net::IpAddr,
    ) -> anyhow::Result<crate::core::Ports> {
        let (ports, sockets, listener) = self.ports.bind(address)?;
        self.media.open(call, sockets)?;
        let accepting = accept(
            listener,
            Listener::Control(call),
            self.handle.events.clone(),
        );
        let accepting = tokio::spawn(accepting);
        self.listening.insert(call, accepting);
        Ok(ports)
    }
}

fn log(report: &Report) {
    let call = report.call.map(|call| call.0);
    match report.severity {
        Severity::Debug => tracing::debug!(call, "{}", report.text),
        Severity::Info => tracing::info!(call, "{}", report.text),
        Severity::Warning => tracing::warn!(call, "{}", report.text),
    }
}

async fn accept(listener: TcpListener, which: Listener, events: mpsc::Sender<Event>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if events
                    .send(Event::Accepted(stream, peer, which))
                    .await
                    .is_err()
                {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection; raise the limit of open files (ulimit -n)?");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

async fn connect(from: std::net::IpAddr, to: SocketAddr) -> Result<TcpStream, String> {
    let socket = if to.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    };
    let connecting = async {
        let socket = socket?;
        if !from.is_unspecified() {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        socket.connect(to).await
    };
    match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
        Ok(connected) => connected.map_err(|error| format!("cannot connect to {to}: {error}")),
        Err(_) => Err(format!(
            "no answer from {to} within {} s",
            CONNECT_TIMEOUT.as_secs()
        )),
    }
}

//! What the MCU adds to the shell of a replicated service: ports of calls, the media plane on its
//! thread, operators' questions.

mod journal;
mod media_thread;
mod ports;

pub use media_thread::MediaOptions;
pub use ports::PortRanges;
pub use replication::shell::{Clock, HandedOver, MediaMode, PairOptions, Status};

use crate::core::{Effect, Event, OperatorCommand, Report, Request, Severity};
use anyhow::Context;
use base::{CallId, Instant, MediaKind, ParticipantId};
use bytes::Bytes;
use journal::Journal;
use media::plane::{Command, Plane, StreamMark};
use media_thread::{Asker, Duty, MediaThread, Reports};
use ports::{MediaAddress, PortPool};
use replication::core::{Ports, Replicated};
use replication::os::packet_socket;
use replication::shell::{Ended, Host, Shell, Supervision};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// What a shell needs to know beside its core and its media plane.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of the service; several of a process have different ones.
    pub service: String,
    /// Where H.225.0 call signalling is accepted, if at all.
    pub listen: Option<SocketAddr>,
    /// Where the ports of calls are taken from.
    pub ports: PortRanges,
    /// For the media thread.
    pub media: MediaOptions,
    /// The pair, if this node has another beside it.
    pub pair: Option<PairOptions>,
    /// Changes with every setting that must be equal on both nodes.
    pub configuration: u64,
}

/// An operator's answer: JSON, or an error message.
type Answer = Result<serde_json::Value, String>;

/// Operators who wait for an answer, by the number of their request.
#[derive(Default)]
struct Questions {
    asked: u64,
    waiting: BTreeMap<u64, oneshot::Sender<Answer>>,
}

#[derive(Clone, Default)]
struct SharedQuestions(Arc<Mutex<Questions>>);

impl SharedQuestions {
    fn lock(&self) -> MutexGuard<'_, Questions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, number: u64, answer: Answer) {
        if let Some(question) = self.lock().waiting.remove(&number) {
            let _ = question.send(answer);
        }
    }
}

/// A handle to a running node, for the control socket and signal handlers.
#[derive(Clone)]
pub struct Handle {
    shell: replication::shell::Handle<Event>,
    questions: SharedQuestions,
    media: Asker,
    calls: Arc<AtomicUsize>,
}

impl Handle {
    /// Asks the core for `command` and waits for its answer.
    pub async fn ask(&self, command: OperatorCommand) -> Answer {
        let (answer, answered) = oneshot::channel();
        let number = {
            let mut questions = self.questions.lock();
            questions.asked += 1;
            let number = questions.asked;
            questions.waiting.insert(number, answer);
            number
        };
        let stopped = |_| "the server is stopping".to_string();
        let request = Event::Operator(Request { number, command });
        self.shell.send(request).await.map_err(stopped)?;
        answered
            .await
            .unwrap_or_else(|_| Err(stopped(replication::shell::Stopped)))
    }

    /// What this node is, and the other.
    pub async fn node(&self) -> Result<Status, String> {
        self.shell
            .status()
            .await
            .map_err(|stopped| stopped.to_string())
    }

    /// Comes back when the media thread has shown that it moves, or has ended.
    pub async fn media_moves(&self) {
        self.media.moves().await;
    }

    /// Calls that have their ports here, whether this node serves or follows.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Gives the reign to the other node without losing anything.
    pub async fn hand_over(&self) -> HandedOver {
        let moved = self.shell.hand_over().await;
        moved.unwrap_or_else(|stopped| Err(stopped.to_string()))
    }

    /// Ends the node's run.
    pub async fn stop(&self) {
        self.shell.stop(Event::Stop).await;
    }
}

/// A core with its sockets and its media plane.
pub struct Node<C: Replicated, P> {
    shell: Shell<C, MediaHost<P>>,
    handle: Handle,
}

impl<C, P> Node<C, P>
where
    C: Replicated<Event = Event, Effect = Effect> + 'static,
    P: Plane + 'static,
{
    /// Binds the signalling port and starts the media thread.
    pub async fn start(core: C, plane: P, clock: Clock, options: Options) -> anyhow::Result<Self> {
        let questions = SharedQuestions::default();
        let asked = questions.clone();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let host_clock = clock.clone();
        let shell_options = replication::shell::Options {
            service: options.service.clone(),
            listen: options.listen,
            pair: options.pair.clone(),
            configuration: options.configuration,
        };
        let following = options.pair.is_some();
        let keeps = (options.pair.as_ref()).is_some_and(|pair| pair.media_mode.reaches_backup());
        let duty = match keeps {
            true => Duty::Keep,
            false => Duty::Follow,
        };
        let media_address = options.pair.as_ref().map(media_address).transpose()?;
        let mut asker = None;
        let made = &mut asker;
        let shell = Shell::start(core, clock, shell_options, move |handle| {
            let media = MediaThread::start(
                plane,
                host_clock,
                &options.media,
                match following {
                    false => Duty::Serve,
                    true => duty,
                },
                reports(handle),
            )?;
            *made = Some(media.asker());
            Ok(MediaHost {
                media,
                following,
                duty,
                ports: PortPool::new(&options.ports),
                media_address,
                questions: asked,
                open: BTreeSet::new(),
                calls: counted,
                marks: KnownMarks::new(),
                journal: Journal::default(),
            })
        })
        .await?;
        let handle = Handle {
            shell: shell.handle(),
            questions,
            media: asker.context("the shell has made no media thread")?,
            calls,
        };
        Ok(Node { shell, handle })
    }

    /// A handle for others to reach the core.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Runs until the core has finished, somebody stops it, or another node reigns.
    pub async fn run(self) -> Ended<C, P> {
        let ended = self.shell.run().await;
        Ended {
            role: ended.role,
            stopped: ended.stopped,
            handed_over: ended.handed_over,
            core: ended.core,
            host: ended.host.media.stop(),
        }
    }
}

/// Media marks as heartbeats carry them.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Marks {
    /// When they were taken.
    at: Instant,
    /// The node that took them has sent nothing since.
    is_last: bool,
    streams: Vec<StreamMark>,
}

/// The pair's media address.
#[derive(Debug, Clone, Copy)]
enum ServiceMedia {
    Host(IpAddr),
    /// A multicast group, joined on the interface of this number.
    Group(IpAddr, u32),
}

fn media_address(pair: &PairOptions) -> anyhow::Result<ServiceMedia> {
    let address = pair.media_address;
    if !address.is_multicast() {
        return Ok(ServiceMedia::Host(address));
    }
    let interface = packet_socket::interface_index(&pair.interface)?;
    Ok(ServiceMedia::Group(address, interface))
}

struct MediaHost<P> {
    media: MediaThread<P>,
    /// Another node serves.
    following: bool,
    /// What the media thread does then.
    duty: Duty,
    ports: PortPool,
    /// Where clients' UDP comes, if not where a call's TCP is.
    media_address: Option<ServiceMedia>,
    questions: SharedQuestions,
    /// Calls that have their ports, and how many, for others to see.
    open: BTreeSet<CallId>,
    calls: Arc<AtomicUsize>,
    /// Where the other node's streams are.
    marks: KnownMarks,
    journal: Journal,
}

/// The last that is known of each stream, and from when that is.
type KnownMarks = BTreeMap<(ParticipantId, MediaKind), (Instant, StreamMark)>;

impl<P: Plane + 'static> MediaHost<P> {
    /// For the media plane, and for that of a node that joins later.
    fn order(&mut self, command: Command) {
        self.journal.note(&command);
        self.media.command(command);
    }

    fn take_note(&mut self, marks: Marks) {
        for mark in marks.streams {
            let key = (mark.participant, mark.kind);
            let known = self.marks.entry(key).or_insert((marks.at, mark));
            if known.0 < marks.at {
                *known = (marks.at, mark);
            }
        }
    }
}

/// No marks if they cannot be read.
fn read_marks(octets: &[u8]) -> Marks {
    postcard::from_bytes(octets).unwrap_or_default()
}

/// How the media thread reaches the core.
fn reports(handle: replication::shell::Handle<Event>) -> Reports {
    let paused = handle.clone();
    let notify = move |notice| {
        (handle.try_send(Event::Media(notice))).map_err(|event| match event {
            Event::Media(notice) => notice,
            _ => unreachable!("the channel returns what was sent"),
        })
    };
    Reports {
        notify: Box::new(notify),
        paused: Box::new(move |marks| paused.paused(marks)),
    }
}

impl<C, P> Host<C> for MediaHost<P>
where
    C: Replicated<Event = Event, Effect = Effect>,
    P: Plane + 'static,
{
    fn bind(
        &mut self,
        call: CallId,
        address: IpAddr,
        exactly: Option<Ports>,
    ) -> anyhow::Result<(Ports, TcpListener)> {
        let media = match self.media_address {
            None => MediaAddress {
                own: address,
                group: None,
            },
            Some(ServiceMedia::Host(own)) => MediaAddress { own, group: None },
            Some(ServiceMedia::Group(group, interface)) => MediaAddress {
                own: address,
                group: Some((group, interface)),
            },
        };
        let bound = match exactly {
            Some(ports) => PortPool::bind_exactly(address, media, ports)?,
            None => self.ports.bind(address, media)?,
        };
        self.media.open(call, bound.media)?;
        self.open.insert(call);
        self.calls.store(self.open.len(), Ordering::Relaxed);
        Ok((bound.ports, bound.control))
    }

    fn free(&mut self, call: CallId) {
        self.open.remove(&call);
        self.calls.store(self.open.len(), Ordering::Relaxed);
        let participant = ParticipantId(call.0);
        self.marks.retain(|(whose, _), _| *whose != participant);
        match self.following {
            // The primary may have given the same ports to another call already.
            true => self.media.close_now(call),
            false => self.media.close(call),
        }
    }

    fn effect(&mut self, _: Instant, effect: Effect) -> ControlFlow<()> {
        match effect {
            Effect::Media(command) => self.order(command),
            Effect::Answer(number, answer) => self.questions.answer(number, answer),
            Effect::Report(report) => log(&report),
            Effect::Finished => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    }

    fn follow(&mut self, _: Instant, effect: Effect) {
        match effect {
            Effect::Media(command) => self.order(command),
            Effect::Report(report) => {
                tracing::debug!(call = report.call.map(|call| call.0), "{}", report.text);
            }
            Effect::Answer(..) | Effect::Finished => {}
        }
    }

    fn refuse(&mut self, event: Event) {
        if let Event::Operator(request) = event {
            let why = "this node does not serve; ask the other one of the pair".to_string();
            self.questions.answer(request.number, Err(why));
        }
    }

    fn snapshot(&self) -> Bytes {
        self.journal.snapshot()
    }

    fn restore(&mut self, _: Instant, snapshot: &[u8]) -> anyhow::Result<()> {
        for command in self.journal.replace(snapshot)? {
            self.media.command(command);
        }
        Ok(())
    }

    fn serve(&mut self, _: Instant, marks: &[u8]) {
        if !std::mem::take(&mut self.following) {
            return;
        }
        let marks = read_marks(marks);
        let until = marks.is_last.then_some(marks.at);
        self.take_note(marks);
        let marks = std::mem::take(&mut self.marks);
        self.media.serve(until, marks.into_values().collect());
    }

    fn prepare(&mut self, wanted: bool) {
        self.media
            .follow(if wanted { Duty::Keep } else { self.duty });
    }

    fn is_prepared(&self) -> bool {
        self.media.is_warm()
    }

    fn refresh(&mut self) {
        self.media.refresh();
    }

    fn pause(&mut self) -> Option<Bytes> {
        self.media.pause();
        None
    }

    fn resume(&mut self) {
        self.media.resume();
    }

    fn note(&mut self, note: &[u8]) {
        self.take_note(read_marks(note));
    }

    fn progress(&mut self) -> Vec<(&'static str, Instant)> {
        self.media.progress()
    }

    fn supervise(&mut self, supervision: Supervision) {
        self.media.supervise(supervision);
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

//! The media plane on a thread of its own, with its UDP sockets.

mod receiving;
mod sending;
mod worker;

use receiving::PACKET_OCTETS_MAX;
use sending::BATCH_OCTETS_MAX;
use worker::{WAKER, Worker};

use super::ports::{MediaSocket, MediaSockets};
use anyhow::Context;
use base::{CallId, Instant, ParticipantId};
use bytes::Bytes;
use media::plane::{Command, Notice, Plane, StreamMark};
use mio::net::UdpSocket;
use mio::{Poll, Token, Waker};
use replication::shell::{Clock, Supervision};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a thread that has nothing else to do may take to close the sockets of a call.
const CLOSE_PATIENCE: Duration = Duration::from_millis(100);

/// Settings of the media sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct MediaOptions {
    /// DiffServ code point of sound (RFC 4594: 46, expedited forwarding).
    pub dscp_audio: u8,
    /// DiffServ code point of pictures (RFC 4594: 34, AF41).
    pub dscp_video: u8,
}

impl Default for MediaOptions {
    fn default() -> Self {
        MediaOptions {
            dscp_audio: 46,
            dscp_video: 34,
        }
    }
}

/// What a thread does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    /// It mixes and sends.
    Serve,
    /// It did, and is to go on at any moment, unless another node does.
    Pause,
    /// It takes note of commands until it is told to serve.
    Follow,
    /// The same, and it keeps what clients send meanwhile.
    Keep,
}

enum Order {
    Open(ParticipantId, MediaSockets),
    /// The sender is told when it is done, if anybody waits.
    Close(ParticipantId, Option<Sender<()>>),
    Command(Command),
    Supervise(Supervision),
    /// The sender is told that the thread moves.
    Answer(oneshot::Sender<()>),
    /// The latest moment until which another node did the work, if that is known, and its streams.
    Serve(Option<Instant>, Vec<(Instant, StreamMark)>),
    /// To follow, or to keep as well.
    Follow(Duty),
    Refresh,
    Pause,
    Resume,
    Stop,
}

/// How the thread reaches the core.
pub(super) struct Reports {
    /// Hands a notice to the core, or back if the core has no room for it now.
    pub notify: Box<dyn Fn(Notice) -> Result<(), Notice> + Send>,
    /// The thread has paused after the last notice; the marks say where.
    pub paused: Box<dyn Fn(Bytes) + Send>,
}

/// What the thread has done since it was told to serve, and when; taken out by the shell.
#[derive(Clone, Default)]
struct Progress(Arc<Mutex<Vec<MediaStep>>>);

/// A step and its time.
type MediaStep = (&'static str, Instant);

impl Progress {
    fn lock(&self) -> MutexGuard<'_, Vec<MediaStep>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct MediaThread<P> {
    orders: Sender<Order>,
    waker: Arc<Waker>,
    thread: JoinHandle<P>,
    progress: Progress,
    warm: Arc<AtomicBool>,
    options: MediaOptions,
}

impl<P: Plane + 'static> MediaThread<P> {
    /// Its thread begins with this duty.
    pub(super) fn start(
        plane: P,
        clock: Clock,
        options: &MediaOptions,
        duty: Duty,
        reports: Reports,
    ) -> anyhow::Result<Self> {
        let poll = Poll::new().context("cannot watch sockets (epoll)")?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let (orders, ordered) = channel();
        let (progress, warm) = (Progress::default(), Arc::<AtomicBool>::default());
        let worker = Worker {
            duty,
            kept: Instant::ZERO,
            warming: None,
            pausing: None,
            warm: warm.clone(),
            supervision: None,
            progress: progress.clone(),
            unsent: Vec::new(),
            marked: Instant::ZERO,
            plane,
            clock,
            poll,
            ordered,
            reports,
            refused: None,
            sockets: BTreeMap::new(),
            tokens: BTreeMap::new(),
            next_token: 0,
            batch: Vec::with_capacity(BATCH_OCTETS_MAX),
            inbox: vec![0; PACKET_OCTETS_MAX],
        };
        // What it logs names the service too.
        let span = tracing::Span::current();
        let thread = std::thread::Builder::new()
            .name("media".into())
            .spawn(move || {
                let _logged = span.entered();
                // Without media there is no conference: the crash of a part is the crash of all.
                let run = AssertUnwindSafe(|| worker.run());
                catch_unwind(run).unwrap_or_else(|_| std::process::abort())
            })?;
        Ok(MediaThread {
            orders,
            waker,
            thread,
            progress,
            warm,
            options: options.clone(),
        })
    }

    /// Gives the thread the sockets of a call.
    pub(super) fn open(&self, call: CallId, sockets: MediaSockets) -> anyhow::Result<()> {
        let marks = [
            (&sockets.audio, self.options.dscp_audio),
            (&sockets.video, self.options.dscp_video),
        ];
        for (pair, dscp) in marks {
            for socket in pair.iter().flat_map(MediaSocket::sockets) {
                let address = socket.local_addr()?;
                let socket = socket2::SockRef::from(socket);
                let class = u32::from(dscp) << 2;
                if address.is_ipv4() {
                    socket.set_tos_v4(class)
                } else {
                    socket.set_tclass_v6(class)
                }
                .context("cannot set the DiffServ code point")?;
            }
        }
        self.order(Order::Open(ParticipantId(call.0), sockets));
        Ok(())
    }

    pub(super) fn close(&self, call: CallId) {
        self.order(Order::Close(ParticipantId(call.0), None));
    }

    /// Closes, and waits until the ports are free: exactly these may be wanted next.
    pub(super) fn close_now(&self, call: CallId) {
        let (done, waiting) = channel();
        self.order(Order::Close(ParticipantId(call.0), Some(done)));
        if waiting.recv_timeout(CLOSE_PATIENCE).is_err() {
            tracing::warn!(call = call.0, "its media sockets are closed late");
        }
    }

    pub(super) fn command(&self, command: Command) {
        self.order(Order::Command(command));
    }

    /// From now on this node sends and mixes; `marks` say how far another one had come at which time. If
    /// that one has stopped on purpose, nothing was sent since `until`.
    pub(super) fn serve(&self, until: Option<Instant>, marks: Vec<(Instant, StreamMark)>) {
        self.order(Order::Serve(until, marks));
    }

    /// Another node serves: to follow, or to keep what clients send as well, from now on.
    pub(super) fn follow(&self, duty: Duty) {
        self.warm.store(false, Ordering::Relaxed);
        self.order(Order::Follow(duty));
    }

    /// Whether what was kept since then is enough to go on without a pause in the pictures.
    pub(super) fn is_warm(&self) -> bool {
        self.warm.load(Ordering::Relaxed)
    }

    /// Another node will soon have to decode what comes from now on.
    pub(super) fn refresh(&self) {
        self.order(Order::Refresh);
    }

    /// Another node is to go on: pause when the next sound has been sent, and report.
    pub(super) fn pause(&self) {
        self.order(Order::Pause);
    }

    /// It did not: go on.
    pub(super) fn resume(&self) {
        self.order(Order::Resume);
    }

    /// There is another node: show that the thread moves, and ask before sending.
    pub(super) fn supervise(&self, supervision: Supervision) {
        self.order(Order::Supervise(supervision));
    }

    /// By which others can ask whether the thread moves.
    pub(super) fn asker(&self) -> Asker {
        Asker {
            orders: self.orders.clone(),
            waker: self.waker.clone(),
        }
    }

    /// What has been done of a takeover since the last question.
    pub(super) fn progress(&self) -> Vec<MediaStep> {
        std::mem::take(&mut self.progress.lock())
    }

    /// Ends the thread and gives its plane back.
    pub(super) fn stop(self) -> P {
        self.order(Order::Stop);
        self.thread
            .join()
            .expect("its panic would have ended the process")
    }

    fn order(&self, order: Order) {
        // Both fail only when the thread is gone, and then so is the process.
        let _ = self.orders.send(order);
        let _ = self.waker.wake();
    }
}

/// Asks a media thread whether it moves.
#[derive(Clone)]
pub(super) struct Asker {
    orders: Sender<Order>,
    waker: Arc<Waker>,
}

impl Asker {
    /// Comes back when the thread has taken its orders, or is gone.
    pub(super) async fn moves(&self) {
        let (answer, answered) = oneshot::channel();
        if self.orders.send(Order::Answer(answer)).is_ok() && self.waker.wake().is_ok() {
            let _ = answered.await;
        }
    }
}

/// A port's socket, or one of its two.
struct Watched {
    socket: UdpSocket,
    token: Token,
}

/// A port of a call.
struct Open {
    socket: Watched,
    group: Option<Watched>,
}

impl Open {
    fn sockets(&mut self) -> impl Iterator<Item = &mut Watched> {
        [Some(&mut self.socket), self.group.as_mut()]
            .into_iter()
            .flatten()
    }
}

//! The media plane on a thread of its own, with its UDP sockets.

use super::Marks;
use super::ports::{MediaSocket, MediaSockets};
use anyhow::Context;
use base::{CallId, Instant, MediaKind, ParticipantId};
use bytes::Bytes;
use media::plane::{Channel, Command, Notice, Plane, Port, StreamMark, Transmit};
use media::room::limits::MIX_INTERVAL;
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token, Waker};
use replication::os::stamped;
use replication::shell::{Clock, NOTE_OCTETS_MAX, Supervision};
use serde::{Deserialize, Serialize};
use socket2::MsgHdr;
use std::collections::BTreeMap;
use std::io::{ErrorKind, IoSlice};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};
use tokio::sync::oneshot;

/// The largest packet taken in; a jumbo frame.
const PACKET_OCTETS_MAX: usize = 9216;
/// Packets taken from one socket before the others get their turn.
const PACKETS_PER_TURN: usize = 64;
/// Packets that the kernel cuts out of one batch at most (UDP_MAX_SEGMENTS).
const SEGMENTS_MAX: usize = 64;
const SOL_UDP: i32 = 17;
const UDP_SEGMENT: i32 = 103;
const EIO: i32 = 5;
/// Sockets reported by one wait.
const READY_MAX: usize = 1024;
/// Octets of one batched send; below the 64 KiB of a datagram.
const BATCH_OCTETS_MAX: usize = 60_000;
/// What a takeover waits for.
const FIRST_SENT: [(MediaKind, &str); 2] = [
    (MediaKind::Audio, "first sound sent"),
    (MediaKind::Video, "first picture sent"),
];
const WAKER: Token = Token(usize::MAX);
/// How long a thread that has nothing else to do may take to close the sockets of a call.
const CLOSE_PATIENCE: Duration = Duration::from_millis(100);
/// How often a node that keeps what comes looks for it. The kernel holds as much as comes meanwhile: at 4
/// Mbit/s 40 packets.
const KEEP_INTERVAL: Duration = Duration::from_millis(100);
/// Whoever sends pictures has sent a packet by then.
const FIRST_PACKETS: Duration = Duration::from_millis(250);
/// Streams in one note to the other node: each takes up to 40 octets.
const MARKS_PER_NOTE: usize = NOTE_OCTETS_MAX / 48;
/// How often marks are written; the shortest heartbeat carries each once.
const MARK_INTERVAL: Duration = Duration::from_millis(5);

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

struct Worker<P> {
    duty: Duty,
    /// When sockets were emptied last, by a node that keeps what comes.
    kept: Instant,
    /// Since when it is to keep so much that it is warm, and when it is to pause.
    warming: Option<Instant>,
    pausing: Option<Instant>,
    warm: Arc<AtomicBool>,
    supervision: Option<Supervision>,
    progress: Progress,
    /// Kinds of media of which nothing has been sent since a takeover.
    unsent: Vec<(MediaKind, &'static str)>,
    /// When marks were told last.
    marked: Instant,
    plane: P,
    clock: Clock,
    poll: Poll,
    ordered: Receiver<Order>,
    reports: Reports,
    /// A notice that the core had no room for; the plane keeps the others.
    refused: Option<Notice>,
    sockets: BTreeMap<Port, Open>,
    tokens: BTreeMap<Token, Port>,
    next_token: usize,
    batch: Vec<u8>,
    inbox: Vec<u8>,
}

impl<P: Plane> Worker<P> {
    fn run(mut self) -> P {
        let mut events = Events::with_capacity(READY_MAX);
        // Sockets that may hold more packets; readiness is reported only once (edge-triggered).
        let mut ready: Vec<Port> = Vec::new();
        loop {
            let paused = self.duty == Duty::Pause;
            let wait = if (ready.is_empty() || paused) && self.refused.is_none() {
                self.time_to_wait()
            } else {
                Some(Duration::ZERO)
            };
            if let Some(supervision) = &self.supervision {
                supervision.rests(wait);
            }
            match self.poll.poll(&mut events, wait) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("cannot wait for packets: {error}"),
            }
            if let Some(supervision) = &self.supervision {
                supervision.alive();
            }
            for event in &events {
                match self.tokens.get(&event.token()) {
                    Some(port) if !ready.contains(port) => ready.push(*port),
                    _ => {}
                }
            }
            if events.iter().any(|event| event.token() == WAKER) {
                while let Ok(order) = self.ordered.try_recv() {
                    if self.obey(order).is_break() {
                        self.flush(self.clock.now());
                        return self.plane;
                    }
                }
            }
            if self.duty != Duty::Pause {
                ready.retain(|port| self.drain(*port));
            }
            let now = self.clock.now();
            if self.duty == Duty::Serve && self.plane.next_timeout().is_some_and(|at| at <= now) {
                self.plane.handle_timeout(now);
            }
            self.flush(now);
            if self.pausing.is_some_and(|at| at <= now) && self.refused.is_none() {
                self.pause(now);
            }
            self.follow(now);
            self.tell_marks(now);
        }
    }

    /// What a node does for the day when it serves.
    fn follow(&mut self, now: Instant) {
        if matches!(self.duty, Duty::Serve | Duty::Pause) {
            return;
        }
        self.plane.prepare(now);
        if self.duty == Duty::Keep && now.since(self.kept) >= KEEP_INTERVAL {
            self.keep(now);
            if let Some(since) = self.warming {
                let heard = now.since(since) >= FIRST_PACKETS;
                (self.warm).store(heard && self.plane.is_warm(since), Ordering::Relaxed);
            }
        }
    }

    /// Follows in another way, if it does follow.
    fn change_duty(&mut self, duty: Duty) {
        match (self.duty, duty) {
            (Duty::Follow, Duty::Keep) => {
                // What came before is of no use: nobody has looked at it for long.
                for (port, open) in &mut self.sockets {
                    for Watched { socket, .. } in open.sockets() {
                        drop_packets(socket, &mut self.inbox);
                        stamp(*port, socket);
                    }
                }
            }
            (Duty::Keep, Duty::Follow) => self.plane.forget(),
            (Duty::Keep, Duty::Keep) => {}
            _ => return,
        }
        self.duty = duty;
        self.warming = (duty == Duty::Keep).then(|| self.clock.now());
    }

    /// Stops after what was sent at `now`. Another node that goes on exactly there leaves no gap.
    fn pause(&mut self, now: Instant) {
        self.pausing = None;
        self.duty = Duty::Pause;
        let marks = Marks {
            at: now,
            is_last: true,
            streams: self.plane.marks(),
        };
        let marks = postcard::to_stdvec(&marks).expect("marks can be written");
        (self.reports.paused)(marks.into());
    }

    /// Empties the sockets into the plane's memory.
    #[expect(
        clippy::disallowed_methods,
        reason = "the kernel's stamps are of the system's clock"
    )]
    fn keep(&mut self, now: Instant) {
        self.kept = now;
        let clock = SystemTime::now();
        for (port, open) in &mut self.sockets {
            for Watched { socket, .. } in open.sockets() {
                loop {
                    match stamped::receive(socket, &mut self.inbox) {
                        Ok((length, source, stamp)) => {
                            // No further back than the last time.
                            let ago = stamped::age(stamp, clock, 2 * KEEP_INTERVAL);
                            (self.plane).keep(now - ago, *port, source, &self.inbox[..length]);
                        }
                        Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                        Err(_) => {}
                    }
                }
            }
        }
    }

    fn time_to_wait(&self) -> Option<Duration> {
        let now = self.clock.now();
        let due = match self.duty {
            Duty::Serve => (self.plane.next_timeout().into_iter().chain(self.pausing)).min(),
            Duty::Follow | Duty::Pause => None,
            Duty::Keep => (!self.sockets.is_empty()).then_some(self.kept + KEEP_INTERVAL),
        };
        due.map(|at| at.since(now))
    }

    /// Tells the heartbeats where the streams are.
    fn tell_marks(&mut self, now: Instant) {
        let Some(supervision) = &self.supervision else {
            return;
        };
        if self.duty != Duty::Serve
            || !supervision.marks_wanted()
            || now.since(self.marked) < MARK_INTERVAL
        {
            return;
        }
        self.marked = now;
        let marks = Marks {
            at: now,
            is_last: false,
            streams: self.plane.marks(),
        };
        let marks = postcard::to_stdvec(&marks).expect("marks can be written");
        supervision.set_marks(&marks.into());
    }

    /// Continues what another node has sent.
    fn serve(&mut self, until: Option<Instant>, marks: Vec<(Instant, StreamMark)>) {
        if self.duty == Duty::Keep {
            self.keep(self.clock.now());
        }
        self.duty = Duty::Serve;
        self.unsent = FIRST_SENT.to_vec();
        let until = until.unwrap_or_else(|| self.clock.now());
        self.plane.take_over(until);
        for (at, mark) in marks {
            self.plane.continue_stream(until, at, mark);
        }
        let ports: Vec<Port> = self.sockets.keys().copied().collect();
        for port in ports {
            self.watch(port);
        }
        let step = ("media taken up", self.clock.now());
        self.progress.lock().push(step);
    }

    fn obey(&mut self, order: Order) -> std::ops::ControlFlow<()> {
        match order {
            Order::Open(participant, sockets) => {
                let all = [
                    (MediaKind::Audio, sockets.audio),
                    (MediaKind::Video, sockets.video),
                ];
                for (kind, [rtp, rtcp]) in all {
                    for (channel, socket) in [(Channel::Rtp, rtp), (Channel::Rtcp, rtcp)] {
                        let port = Port {
                            participant,
                            kind,
                            channel,
                        };
                        self.open(port, socket);
                    }
                }
            }
            Order::Close(participant, done) => {
                // What the plane still has to say (RTCP BYE) goes out first.
                self.flush(self.clock.now());
                let mut gone = Vec::new();
                self.sockets.retain(|port, open| {
                    let keep = port.participant != participant;
                    if !keep {
                        for watched in open.sockets() {
                            gone.push(watched.token);
                            let _ = self.poll.registry().deregister(&mut watched.socket);
                        }
                    }
                    keep
                });
                gone.iter().for_each(|token| {
                    self.tokens.remove(token);
                });
                if let Some(done) = done {
                    let _ = done.send(());
                }
            }
            Order::Command(command) => self.plane.command(self.clock.now(), command),
            Order::Answer(answer) => drop(answer.send(())),
            Order::Supervise(supervision) => self.supervision = Some(supervision),
            Order::Serve(until, marks) => self.serve(until, marks),
            Order::Follow(duty) => self.change_duty(duty),
            Order::Refresh => self.plane.refresh(self.clock.now()),
            Order::Pause => self.pausing = Some(next_mix(self.clock.now())),
            Order::Resume => {
                self.pausing = None;
                if self.duty == Duty::Pause {
                    self.duty = Duty::Serve;
                }
            }
            Order::Stop => return std::ops::ControlFlow::Break(()),
        }
        std::ops::ControlFlow::Continue(())
    }

    fn open(&mut self, port: Port, socket: MediaSocket) {
        let mut watched = |socket: std::net::UdpSocket| {
            let token = Token(self.next_token);
            self.next_token += 1;
            self.tokens.insert(token, port);
            if self.duty == Duty::Keep {
                stamp(port, &socket);
            }
            let socket = UdpSocket::from_std(socket);
            Watched { socket, token }
        };
        let open = Open {
            socket: watched(socket.socket),
            group: socket.group.map(watched),
        };
        self.sockets.insert(port, open);
        if self.duty == Duty::Serve {
            self.watch(port);
        }
    }

    /// From now on its packets wake the thread.
    fn watch(&mut self, port: Port) {
        let Some(open) = self.sockets.get_mut(&port) else {
            return;
        };
        for Watched { socket, token } in open.sockets() {
            let readable = Interest::READABLE;
            if let Err(error) = self.poll.registry().register(socket, *token, readable) {
                tracing::error!(%error, ?port, "cannot use a media socket");
            }
        }
    }

    /// Takes packets from a socket; true if it may hold more.
    fn drain(&mut self, port: Port) -> bool {
        let Some(open) = self.sockets.get_mut(&port) else {
            return false;
        };
        let mut may_hold_more = false;
        for Watched { socket, .. } in open.sockets() {
            may_hold_more |= drain_socket(socket, &mut self.inbox, |source, packet| {
                self.plane.receive(self.clock.now(), port, source, packet);
            });
        }
        may_hold_more
    }

    /// Sends what the plane has made until `now`.
    fn flush(&mut self, now: Instant) {
        // A node that cannot know whether it still reigns sends nothing.
        let silent = self.duty != Duty::Serve
            || (self.supervision.as_ref()).is_some_and(|supervision| !supervision.may_send());
        let mut next = self.plane.poll_transmit();
        let mut is_told = silent;
        while let Some(first) = next.take() {
            let is_picture =
                (first.port.kind, first.port.channel) == (MediaKind::Video, Channel::Rtp);
            if is_picture && !std::mem::replace(&mut is_told, true) {
                self.tell_pictures(now);
            }
            next = match silent {
                true => self.plane.poll_transmit(),
                false => self.send_run(first),
            };
        }
        while let Some(notice) = self.refused.take().or_else(|| self.plane.poll_notice()) {
            if let Err(notice) = (self.reports.notify)(notice) {
                self.refused = Some(notice);
                break;
            }
        }
    }

    /// Tells the other node how far the streams of pictures will be in a moment, before a packet is sent:
    /// if this node dies in between, numbers are left out, not used twice. `at` is no later than the
    /// pictures were due: one that became due while these were made is not in it.
    fn tell_pictures(&self, at: Instant) {
        let Some(supervision) = self.supervision.as_ref().filter(|s| s.is_heard()) else {
            return;
        };
        let mut streams = self.plane.marks();
        streams.retain(|mark| mark.kind == MediaKind::Video);
        for streams in streams.chunks(MARKS_PER_NOTE) {
            let marks = Marks {
                at,
                is_last: false,
                streams: streams.to_vec(),
            };
            let note = postcard::to_stdvec(&marks).expect("marks can be written");
            supervision.tell(&note);
        }
    }

    /// Sends `first` and the packets after it that can share one system call: the same way, the
    /// same size but for the last (UDP segmentation offload). Gives back the one that did not fit.
    fn send_run(&mut self, first: Transmit) -> Option<Transmit> {
        let size = first.packet.len();
        let mut next = self.plane.poll_transmit();
        let mut last_size = size;
        let mut segments = 1;
        self.batch.clear();
        while let Some(more) = next.take_if(|more| {
            (more.port, more.to) == (first.port, first.to)
                && segments < SEGMENTS_MAX
                && last_size == size
                && more.packet.len() <= size
                && (segments + 1) * size <= BATCH_OCTETS_MAX
        }) {
            if segments == 1 {
                self.batch.extend_from_slice(&first.packet);
            }
            self.batch.extend_from_slice(&more.packet);
            last_size = more.packet.len();
            segments += 1;
            next = self.plane.poll_transmit();
        }
        let Some(Watched { socket, .. }) = self.sockets.get(&first.port).map(|open| &open.socket)
        else {
            return next;
        };
        let sent = match segments {
            1 => socket.send_to(&first.packet, first.to).map(|_| ()),
            _ => self.send_segments(socket, first.to, size),
        };
        if let Err(error) = sent {
            // A full buffer or an unreachable peer: media does not wait, the packet is lost.
            tracing::trace!(%error, to = %first.to, "packet not sent");
        } else if first.port.channel == Channel::Rtp && !self.unsent.is_empty() {
            let is_first = |(kind, _): &mut (MediaKind, _)| *kind == first.port.kind;
            let now = self.clock.now();
            let steps = self.unsent.extract_if(.., is_first);
            (self.progress.lock()).extend(steps.map(|(_, what)| (what, now)));
        }
        next
    }

    /// Sends the batch as packets of `size` octets, by one system call where the way allows it.
    fn send_segments(
        &self,
        socket: &UdpSocket,
        to: SocketAddr,
        size: usize,
    ) -> std::io::Result<()> {
        let (to, control) = (to.into(), segment_size(size as u16));
        let buffers = [IoSlice::new(&self.batch)];
        let message = MsgHdr::new()
            .with_addr(&to)
            .with_buffers(&buffers)
            .with_control(&control);
        match socket2::SockRef::from(socket).sendmsg(&message, 0) {
            // The interface cannot do it: a tunnel, a device without checksums.
            Err(error)
                if matches!(error.kind(), ErrorKind::InvalidInput)
                    || error.raw_os_error() == Some(EIO) =>
            {
                let send = |packet| {
                    socket2::SockRef::from(socket)
                        .send_to(packet, &to)
                        .map(|_| ())
                };
                self.batch.chunks(size).try_for_each(send)
            }
            sent => sent.map(|_| ()),
        }
    }
}

/// When sound is sent next.
fn next_mix(now: Instant) -> Instant {
    let interval = MIX_INTERVAL.as_nanos() as u64;
    Instant::from_nanos((now.as_nanos() / interval + 1) * interval)
}

/// Asks the kernel to note when packets come.
fn stamp(port: Port, socket: &impl std::os::fd::AsFd) {
    if let Err(error) = stamped::stamp(socket) {
        tracing::warn!(%error, ?port, "packets come without the time of their arrival");
    }
}

/// Forgets what a socket holds.
fn drop_packets(socket: &UdpSocket, inbox: &mut [u8]) {
    while !matches!(socket.recv_from(inbox), Err(error) if error.kind() == ErrorKind::WouldBlock) {}
}

/// Takes packets from a socket; true if it may hold more.
fn drain_socket(
    socket: &UdpSocket,
    inbox: &mut [u8],
    mut take: impl FnMut(SocketAddr, &[u8]),
) -> bool {
    for _ in 0..PACKETS_PER_TURN {
        match socket.recv_from(inbox) {
            Ok((length, source)) => take(source, &inbox[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            // An ICMP error of an earlier send (nobody listens there yet): the next call goes on.
            Err(_) => {}
        }
    }
    true
}

/// The control message UDP_SEGMENT (udp(7)): a cmsghdr, the size, and padding to the word.
fn segment_size(size: u16) -> Vec<u8> {
    const HEADER_OCTETS: usize = size_of::<usize>() + 2 * size_of::<i32>();
    let mut control = (HEADER_OCTETS + size_of::<u16>()).to_ne_bytes().to_vec();
    control.extend(SOL_UDP.to_ne_bytes());
    control.extend(UDP_SEGMENT.to_ne_bytes());
    control.extend(size.to_ne_bytes());
    control.resize(
        (HEADER_OCTETS + size_of::<u16>()).next_multiple_of(size_of::<usize>()),
        0,
    );
    control
}

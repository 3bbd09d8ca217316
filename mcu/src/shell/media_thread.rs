//! The media plane on a thread of its own, with its UDP sockets.

use super::Marks;
use super::ports::MediaSockets;
use anyhow::Context;
use base::{CallId, Instant, MediaKind, ParticipantId};
use bytes::Bytes;
use media::plane::{Channel, Command, Notice, Plane, Port, Transmit};
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token, Waker};
use replication::shell::{Clock, Supervision};
use serde::{Deserialize, Serialize};
use socket2::MsgHdr;
use std::collections::BTreeMap;
use std::io::{ErrorKind, IoSlice};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

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
const WAKER: Token = Token(usize::MAX);
/// How long a thread that has nothing else to do may take to close the sockets of a call.
const CLOSE_PATIENCE: Duration = Duration::from_millis(100);
/// How often an idle thread shows that it moves.
const SHOW_INTERVAL: Duration = Duration::from_millis(100);
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

enum Order {
    Open(ParticipantId, MediaSockets),
    /// The sender is told when it is done, if anybody waits.
    Close(ParticipantId, Option<Sender<()>>),
    Command(Command),
    Supervise(Supervision),
    Serve(Marks),
    Stop,
}

/// The latest marks, written by the thread, read for the heartbeats.
type SharedMarks = Arc<Mutex<Bytes>>;

pub(super) struct MediaThread<P> {
    orders: Sender<Order>,
    waker: Arc<Waker>,
    thread: JoinHandle<P>,
    marks: SharedMarks,
    options: MediaOptions,
}

impl<P: Plane + 'static> MediaThread<P> {
    /// `notify` hands a notice to the core, or back if the core has no room for it now. A thread that is
    /// `following` only takes note of commands until it is told to serve.
    pub(super) fn start(
        plane: P,
        clock: Clock,
        options: &MediaOptions,
        following: bool,
        notify: impl Fn(Notice) -> Result<(), Notice> + Send + 'static,
    ) -> anyhow::Result<Self> {
        let poll = Poll::new().context("cannot watch sockets (epoll)")?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let (orders, ordered) = channel();
        let marks = SharedMarks::default();
        let worker = Worker {
            following,
            supervision: None,
            marks: marks.clone(),
            marked: Instant::ZERO,
            plane,
            clock,
            poll,
            ordered,
            notify: Box::new(notify),
            refused: None,
            sockets: BTreeMap::new(),
            tokens: BTreeMap::new(),
            next_token: 0,
            batch: Vec::with_capacity(BATCH_OCTETS_MAX),
            inbox: vec![0; PACKET_OCTETS_MAX],
        };
        let thread = std::thread::Builder::new()
            .name("media".into())
            .spawn(move || {
                // Without media there is no conference: the crash of a part is the crash of all.
                let run = AssertUnwindSafe(|| worker.run());
                catch_unwind(run).unwrap_or_else(|_| std::process::abort())
            })?;
        Ok(MediaThread {
            orders,
            waker,
            thread,
            marks,
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
            for socket in pair {
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

    /// From now on this node sends and mixes; `marks` say how far another one has come.
    pub(super) fn serve(&self, marks: Marks) {
        self.order(Order::Serve(marks));
    }

    /// There is another node: show that the thread moves, and ask before sending.
    pub(super) fn supervise(&self, supervision: Supervision) {
        self.order(Order::Supervise(supervision));
    }

    /// Where every outgoing stream is.
    pub(super) fn marks(&self) -> Bytes {
        let marks = self.marks.lock();
        marks.unwrap_or_else(PoisonError::into_inner).clone()
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

struct MediaSocket {
    socket: UdpSocket,
    token: Token,
}

struct Worker<P> {
    /// Another node does the work.
    following: bool,
    supervision: Option<Supervision>,
    marks: SharedMarks,
    /// When they were written last.
    marked: Instant,
    plane: P,
    clock: Clock,
    poll: Poll,
    ordered: Receiver<Order>,
    notify: Box<dyn Fn(Notice) -> Result<(), Notice> + Send>,
    /// A notice that the core had no room for; the plane keeps the others.
    refused: Option<Notice>,
    sockets: BTreeMap<Port, MediaSocket>,
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
            let wait = if ready.is_empty() && self.refused.is_none() {
                self.time_to_wait()
            } else {
                Some(Duration::ZERO)
            };
            match self.poll.poll(&mut events, wait) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("cannot wait for packets: {error}"),
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
                        self.flush();
                        return self.plane;
                    }
                }
            }
            ready.retain(|port| self.drain(*port));
            let now = self.clock.now();
            if !self.following && self.plane.next_timeout().is_some_and(|at| at <= now) {
                self.plane.handle_timeout(now);
            }
            self.flush();
            self.show(now);
        }
    }

    fn time_to_wait(&self) -> Option<Duration> {
        let due = self.plane.next_timeout().filter(|_| !self.following);
        let due = due.map(|at| at.since(self.clock.now()));
        let show = self.supervision.as_ref().map(|_| SHOW_INTERVAL);
        due.into_iter().chain(show).min()
    }

    /// Shows that the thread moves, and where the streams are.
    fn show(&mut self, now: Instant) {
        let Some(supervision) = &self.supervision else {
            return;
        };
        supervision.alive();
        if self.following || now.since(self.marked) < MARK_INTERVAL {
            return;
        }
        self.marked = now;
        let marks = Marks {
            at: now,
            streams: self.plane.marks(),
        };
        let marks = postcard::to_stdvec(&marks).expect("marks can be written");
        *(self.marks.lock()).unwrap_or_else(PoisonError::into_inner) = marks.into();
    }

    /// Continues what another node has sent.
    fn serve(&mut self, marks: Marks) {
        let now = self.clock.now();
        self.following = false;
        self.plane.take_over(now);
        for mark in marks.streams {
            self.plane.continue_stream(now, marks.at, mark);
        }
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
                        if let Err(error) = self.watch(port, socket) {
                            tracing::error!(%error, ?port, "cannot use a media socket");
                        }
                    }
                }
            }
            Order::Close(participant, done) => {
                // What the plane still has to say (RTCP BYE) goes out first.
                self.flush();
                let mut gone = Vec::new();
                self.sockets.retain(|port, socket| {
                    let keep = port.participant != participant;
                    if !keep {
                        gone.push(socket.token);
                        let _ = self.poll.registry().deregister(&mut socket.socket);
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
            Order::Supervise(supervision) => self.supervision = Some(supervision),
            Order::Serve(marks) => self.serve(marks),
            Order::Stop => return std::ops::ControlFlow::Break(()),
        }
        std::ops::ControlFlow::Continue(())
    }

    fn watch(&mut self, port: Port, socket: std::net::UdpSocket) -> std::io::Result<()> {
        let mut socket = UdpSocket::from_std(socket);
        let token = Token(self.next_token);
        self.next_token += 1;
        self.poll
            .registry()
            .register(&mut socket, token, Interest::READABLE)?;
        self.tokens.insert(token, port);
        self.sockets.insert(port, MediaSocket { socket, token });
        Ok(())
    }

    /// Takes packets from a socket; true if it may hold more.
    fn drain(&mut self, port: Port) -> bool {
        let Some(MediaSocket { socket, .. }) = self.sockets.get(&port) else {
            return false;
        };
        for _ in 0..PACKETS_PER_TURN {
            match socket.recv_from(&mut self.inbox) {
                Ok((length, source)) => {
                    let packet = &self.inbox[..length];
                    self.plane.receive(self.clock.now(), port, source, packet);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                // An ICMP error of an earlier send (nobody listens there yet): the next call goes on.
                Err(_) => {}
            }
        }
        true
    }

    fn flush(&mut self) {
        // A node that cannot know whether it still reigns sends nothing.
        let silent = self.following
            || (self.supervision.as_ref()).is_some_and(|supervision| !supervision.may_send());
        let mut next = self.plane.poll_transmit();
        while let Some(first) = next.take() {
            next = match silent {
                true => self.plane.poll_transmit(),
                false => self.send_run(first),
            };
        }
        while let Some(notice) = self.refused.take().or_else(|| self.plane.poll_notice()) {
            if let Err(notice) = (self.notify)(notice) {
                self.refused = Some(notice);
                break;
            }
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
        let Some(MediaSocket { socket, .. }) = self.sockets.get(&first.port) else {
            return next;
        };
        let sent = match segments {
            1 => socket.send_to(&first.packet, first.to).map(|_| ()),
            _ => self.send_segments(socket, first.to, size),
        };
        if let Err(error) = sent {
            // A full buffer or an unreachable peer: media does not wait, the packet is lost.
            tracing::trace!(%error, to = %first.to, "packet not sent");
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

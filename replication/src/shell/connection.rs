//! One TCP connection. The shell reads and writes it in its own turn, so that no octet is anywhere but
//! in the kernel or in the core; a task only waits until that is possible.

use crate::os::tcp_repair;
use crate::tcp::Negotiated;
use base::ConnId;
use bytes::{Buf, Bytes};
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Duration, timeout};

/// Octets queued for a peer at most beyond what the kernel holds; one that reads so little is given up.
const QUEUE_OCTETS_MAX: usize = 1024 * 1024;
/// A peer for which more is queued is not read: one that gets an answer to all that it sends cannot
/// make the queue longer.
const QUEUE_OCTETS_HIGH: usize = QUEUE_OCTETS_MAX / 4;
/// Octets read at once.
const READ_MAX: usize = 16 * 1024;
/// How long the last messages may take to leave.
const LINGER: Duration = Duration::from_secs(2);

struct Shared {
    stream: TcpStream,
    /// What its handshake agreed on, if another node may have to know.
    negotiated: Option<Negotiated>,
    queue: Mutex<Queue>,
    /// The queue is not empty any more.
    queued: Notify,
    /// The shell has read all there was.
    drained: Notify,
}

/// What the kernel has had no room for.
#[derive(Default)]
struct Queue {
    chunks: VecDeque<Bytes>,
    octets: usize,
    /// Octets that ever went in.
    written: u64,
}

pub(super) struct Connection {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What a read gave.
pub(super) enum Read {
    Octets(Bytes),
    /// Nothing for now.
    Drained,
    /// The peer has closed, or the connection is broken.
    Ended(String),
}

impl Connection {
    /// `readable` tells the shell that there may be something to read.
    pub(super) fn start<T: Send + 'static>(
        conn: ConnId,
        stream: TcpStream,
        negotiated: Option<Negotiated>,
        events: mpsc::Sender<T>,
        readable: fn(ConnId) -> T,
    ) -> Self {
        // Control messages are small and wait for answers.
        let _ = stream.set_nodelay(true);
        // Urgent data out of line would count octets otherwise than the backup's tap does.
        let _ = socket2::SockRef::from(&stream).set_out_of_band_inline(true);
        let shared = Arc::new(Shared {
            stream,
            negotiated,
            queue: Mutex::default(),
            queued: Notify::new(),
            drained: Notify::new(),
        });
        let waiting = shared.clone();
        let task = tokio::spawn(async move {
            let mut told = false;
            loop {
                let queued = waiting.queue().octets;
                let (writing, reading) = (queued > 0, queued <= QUEUE_OCTETS_HIGH && !told);
                tokio::select! {
                    _ = waiting.stream.readable(), if reading => {
                        told = true;
                        if events.send(readable(conn)).await.is_err() {
                            return;
                        }
                    }
                    () = waiting.drained.notified(), if told => told = false,
                    _ = waiting.stream.writable(), if writing => waiting.write(),
                    () = waiting.queued.notified(), if !writing => {}
                }
            }
        });
        Connection { shared, task }
    }

    pub(super) fn read(&self) -> Read {
        match self.shared.read() {
            Ok(bytes) if bytes.is_empty() => Read::Ended("closed by the peer".into()),
            Ok(bytes) => Read::Octets(bytes),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.wait_for_more();
                Read::Drained
            }
            Err(error) => Read::Ended(error.to_string()),
        }
    }

    /// So much is queued for the peer that it is not to be read.
    pub(super) fn clogged(&self) -> bool {
        self.shared.queue().octets > QUEUE_OCTETS_HIGH
    }

    /// The shell wants to be told when there is something to read, be it that it has left some.
    pub(super) fn wait_for_more(&self) {
        self.shared.drained.notify_one();
    }

    /// Sends `bytes`, or queues them; false if the peer has not read for too long.
    pub(super) fn send(&self, bytes: Bytes) -> bool {
        let mut queue = self.shared.queue();
        let waiting = queue.octets;
        queue.octets += bytes.len();
        queue.written += bytes.len() as u64;
        queue.chunks.push_back(bytes);
        drop(queue);
        if waiting == 0 {
            self.shared.write();
            if self.shared.queue().octets > 0 {
                self.shared.queued.notify_one();
            }
        }
        waiting < QUEUE_OCTETS_MAX
    }

    /// What `send` could not give to the kernel yet.
    pub(super) fn unsent(&self) -> Vec<Bytes> {
        self.shared.queue().chunks.iter().cloned().collect()
    }

    /// Octets given to `send` so far.
    pub(super) fn written(&self) -> u64 {
        self.shared.queue().written
    }

    pub(super) fn negotiated(&self) -> Option<Negotiated> {
        self.shared.negotiated
    }

    pub(super) fn socket(&self) -> std::os::fd::BorrowedFd<'_> {
        self.shared.stream.as_fd()
    }

    /// Closes once everything queued is sent. With a `mark` the kernel lets our FIN out.
    pub(super) fn finish(self, mark: Option<u32>) -> JoinHandle<()> {
        self.task.abort();
        if let Some(mark) = mark
            && let Err(error) = tcp_repair::set_mark(self.socket(), mark)
        {
            tracing::warn!(%error, "cannot mark a socket that is closed: the peer will not hear of it");
        }
        let shared = self.shared;
        tokio::spawn(async move {
            let _ = timeout(LINGER, shared.goodbye()).await;
        })
    }

    /// Closes it without a word: another node goes on with it.
    pub(super) fn abandon(self) {
        self.task.abort();
        if let Err(error) = tcp_repair::silence(self.socket()) {
            tracing::warn!(%error, "a connection that another node goes on with stays open here");
            // Closing it would tell the peer; the packet filter stops what the end of the process says.
            std::mem::forget(self.shared);
        }
    }
}

impl Shared {
    fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Not async: the buffer is on the stack only while octets are there, so an idle connection holds
    /// none.
    fn read(&self) -> std::io::Result<Bytes> {
        let mut buffer = [0; READ_MAX];
        let n = self.stream.try_read(&mut buffer)?;
        Ok(Bytes::copy_from_slice(&buffer[..n]))
    }

    /// Gives the kernel what it has room for. An error shows at the next read.
    fn write(&self) {
        let mut queue = self.queue();
        while let Some(bytes) = queue.chunks.front_mut() {
            match self.stream.try_write(bytes) {
                Ok(n) => {
                    bytes.advance(n);
                    if bytes.is_empty() {
                        queue.chunks.pop_front();
                    }
                    queue.octets -= n;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {
                    queue.chunks.clear();
                    queue.octets = 0;
                }
            }
        }
    }

    /// Closes our direction and waits for the peer to close its own: closing a socket that holds unread
    /// octets would reset the connection, and the peer might lose what we said last.
    async fn goodbye(&self) -> std::io::Result<()> {
        loop {
            self.write();
            if self.queue().octets == 0 {
                break;
            }
            self.stream.writable().await?;
        }
        socket2::SockRef::from(&self.stream).shutdown(std::net::Shutdown::Write)?;
        loop {
            self.stream.readable().await?;
            match self.read() {
                Ok(bytes) if bytes.is_empty() => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}

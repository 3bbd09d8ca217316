//! Copying by a thread of this process.

use super::Counters;
use crate::os::mac::Mac;
use crate::os::packet_batch::Batch;
use crate::os::packet_socket::PacketSocket;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{self, PipeReader, PipeWriter};
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// What the thread and its owner share.
#[derive(Debug)]
struct Shared {
    socket: PacketSocket,
    targets: Mutex<Vec<Mac>>,
    copied: AtomicU64,
    lost: AtomicU64,
}

/// The thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct CopyThread {
    shared: Arc<Shared>,
    /// When it closes, the thread's waiting ends.
    running: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl CopyThread {
    /// Starts it without targets.
    pub fn start(interface: &str, address: IpAddr) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            socket: PacketSocket::open_udp(interface, address)?,
            targets: Mutex::default(),
            copied: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        });
        let (stop, running) = io::pipe()?;
        let thread = std::thread::Builder::new().name("copier".to_owned());
        let work = shared.clone();
        let thread = thread.spawn(move || work.copy(&stop))?;
        Ok(CopyThread {
            shared,
            running: Some(running),
            thread: Some(thread),
        })
    }

    pub fn set_targets(&self, targets: &[Mac]) {
        *lock(&self.shared.targets) = targets.to_vec();
    }

    pub fn counters(&self) -> io::Result<Counters> {
        let missed = u64::from(self.shared.socket.missed()?);
        Ok(Counters {
            packets: self.shared.copied.load(Ordering::Relaxed),
            lost: self.shared.lost.fetch_add(missed, Ordering::Relaxed) + missed,
        })
    }
}

impl Drop for CopyThread {
    fn drop(&mut self) {
        self.running = None;
        if let Some(thread) = self.thread.take() {
            // It ends after the batch it is at.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn copy(&self, stop: &PipeReader) {
        let mut batch = Batch::default();
        loop {
            match self.wait(stop) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::error!(%error, "cannot wait for packets: nothing is copied any more");
                    return;
                }
            }
            match batch.receive(&self.socket) {
                Ok(0) => {}
                Ok(packets) => {
                    let targets = lock(&self.targets);
                    if !targets.is_empty() {
                        let lost = batch.send(&self.socket, &targets);
                        self.copied.fetch_add(packets as u64, Ordering::Relaxed);
                        self.lost.fetch_add(lost as u64, Ordering::Relaxed);
                    }
                }
                // The interface is down, for example; the next wait goes on when it is up again.
                Err(error) => tracing::debug!(%error, "the copier's socket"),
            }
        }
    }

    /// Until packets have come; false when the thread is to end.
    fn wait(&self, stop: &PipeReader) -> io::Result<bool> {
        let mut waiting = [
            PollFd::new(self.socket.as_fd(), PollFlags::POLLIN),
            PollFd::new(stop.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut waiting, PollTimeout::NONE) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ended = waiting[1]
            .revents()
            .is_some_and(|events| !events.is_empty());
        Ok(!ended)
    }
}

fn lock(targets: &Mutex<Vec<Mac>>) -> std::sync::MutexGuard<'_, Vec<Mac>> {
    targets.lock().unwrap_or_else(PoisonError::into_inner)
}

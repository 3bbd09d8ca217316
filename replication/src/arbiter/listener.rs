//! A thread that reads a UDP socket.

use super::datagram::DATAGRAM_OCTETS_MAX;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{self, PipeReader, PipeWriter};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread::JoinHandle;

/// The thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Listener {
    /// When it closes, the thread's waiting ends.
    running: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Shows `hear` every datagram that is not too long, and where it came from.
    pub fn start(
        name: &str,
        socket: Arc<UdpSocket>,
        mut hear: impl FnMut(&[u8], SocketAddr) + Send + 'static,
    ) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let (stop, running) = io::pipe()?;
        let thread = std::thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || {
            let mut buffer = [0; DATAGRAM_OCTETS_MAX + 1];
            while wait(&socket, &stop) {
                // An error is an answer of another host's kernel to what was sent.
                while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                    if length <= DATAGRAM_OCTETS_MAX {
                        hear(&buffer[..length], from);
                    }
                }
            }
        })?;
        Ok(Listener {
            running: Some(running),
            thread: Some(thread),
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.running = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Waits for the socket; false when the thread is to end.
fn wait(socket: &UdpSocket, stop: &PipeReader) -> bool {
    let mut both = [
        PollFd::new(socket.as_fd(), PollFlags::POLLIN),
        PollFd::new(stop.as_fd(), PollFlags::POLLIN),
    ];
    // After a signal it looks, and waits again.
    let _ = poll(&mut both, PollTimeout::NONE);
    both[1].revents().is_none_or(|events| events.is_empty())
}

//! Waiting for one socket, to the microsecond. The timeouts of sockets themselves are rounded to the
//! kernel's ticks, up to 10 ms. That of ppoll(2) stands still as long as the process is stopped
//! (SIGSTOP): after that, what was left of it would still be waited for. A timer goes on.

#![expect(
    unsafe_code,
    reason = "poll(2) and timerfd_create(2) have no safe wrapper here"
)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// What of a socket ends a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// Something to read, or an error.
    Data,
    /// An error; data waits.
    Error,
}

/// A timer that ends waits.
#[derive(Debug)]
pub struct Alarm(OwnedFd);

impl Alarm {
    /// Not set yet.
    pub fn new() -> io::Result<Self> {
        // SAFETY: no pointers.
        let timer = unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_CLOEXEC) };
        if timer < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just given us this descriptor, and nobody else has it.
        Ok(Alarm(unsafe { OwnedFd::from_raw_fd(timer) }))
    }

    /// Waits for `socket`, or for `timeout`, or for a signal.
    pub fn wait(&self, socket: BorrowedFd<'_>, wake: Wake, timeout: Duration) -> io::Result<()> {
        // Zero would switch it off.
        let timeout = timeout.max(Duration::from_nanos(1));
        let never = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let setting = libc::itimerspec {
            it_interval: never,
            it_value: libc::timespec {
                tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
                tv_nsec: timeout.subsec_nanos().into(),
            },
        };
        let timer = self.0.as_raw_fd();
        // SAFETY: `setting` lives during the call; the former one is not asked for.
        if unsafe { libc::timerfd_settime(timer, 0, &raw const setting, std::ptr::null_mut()) } < 0
        {
            return Err(io::Error::last_os_error());
        }
        let watched = |fd, events| libc::pollfd {
            fd,
            events,
            revents: 0,
        };
        let of_socket = match wake {
            Wake::Data => libc::POLLIN,
            // Errors need not be asked for (poll(2)).
            Wake::Error => 0,
        };
        let mut all = [
            watched(socket.as_raw_fd(), of_socket),
            watched(timer, libc::POLLIN),
        ];
        // SAFETY: `all` holds two entries and lives during the call.
        let ready = unsafe { libc::poll(all.as_mut_ptr(), 2, -1) };
        match ready {
            0.. => Ok(()),
            _ => match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => Ok(()),
                error => Err(error),
            },
        }
    }
}

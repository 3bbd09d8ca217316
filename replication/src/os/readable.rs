//! Waiting for one socket, to the microsecond (ppoll(2)). The timeouts of sockets themselves are
//! rounded to the kernel's ticks, up to 10 ms.

#![expect(unsafe_code, reason = "ppoll(2) has no safe wrapper here")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// What of a socket ends a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// Something to read, or an error.
    Data,
    /// An error; data waits.
    Error,
}

/// Waits for `socket`, or for `timeout`, or for a signal.
pub fn wait(socket: BorrowedFd<'_>, wake: Wake, timeout: Duration) -> io::Result<()> {
    let mut poll = libc::pollfd {
        fd: socket.as_raw_fd(),
        events: match wake {
            Wake::Data => libc::POLLIN,
            // Errors need not be asked for (poll(2)).
            Wake::Error => 0,
        },
        revents: 0,
    };
    let timeout = libc::timespec {
        tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    };
    // SAFETY: `poll` is one pollfd and `timeout` one timespec; both live during the call. A null mask
    // leaves the signals as they are.
    let ready = unsafe { libc::ppoll(&mut poll, 1, &timeout, std::ptr::null()) };
    match ready {
        0.. => Ok(()),
        _ => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            error => Err(error),
        },
    }
}

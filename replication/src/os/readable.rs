//! Waiting for one socket, to the microsecond (ppoll(2)). The timeouts of sockets themselves are
//! rounded to the kernel's ticks, up to 10 ms.

#![expect(unsafe_code, reason = "ppoll(2) has no safe wrapper here")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// Waits until `socket` has something to read or an error, or for `timeout`, or for a signal.
pub fn wait(socket: BorrowedFd<'_>, timeout: Duration) -> io::Result<()> {
    let mut poll = libc::pollfd {
        fd: socket.as_raw_fd(),
        events: libc::POLLIN,
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

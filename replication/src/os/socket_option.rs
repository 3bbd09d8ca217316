//! Options and queues of a socket that neither std nor socket2 reaches.
//!
//! Every option is written and read as plain octets in the machine's order, so that one pair of
//! functions is enough and nothing is said about types that the kernel does not check.
#![expect(
    unsafe_code,
    reason = "setsockopt, getsockopt, ioctl, recv, send and poll through libc"
)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// Sets an option.
pub fn set(
    socket: BorrowedFd<'_>,
    level: libc::c_int,
    name: libc::c_int,
    value: &[u8],
) -> io::Result<()> {
    // SAFETY: the pointer and the length describe `value`, which the kernel only reads.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            value.as_ptr().cast(),
            value.len() as libc::socklen_t,
        )
    };
    done(result as isize).map(drop)
}

/// Sets an option that is a number.
pub fn set_number(
    socket: BorrowedFd<'_>,
    level: libc::c_int,
    name: libc::c_int,
    value: u32,
) -> io::Result<()> {
    set(socket, level, name, &value.to_ne_bytes())
}

/// Reads an option; what the kernel does not know of it stays zero.
pub fn read<const N: usize>(
    socket: BorrowedFd<'_>,
    level: libc::c_int,
    name: libc::c_int,
) -> io::Result<[u8; N]> {
    let mut value = [0; N];
    let mut length = N as libc::socklen_t;
    // SAFETY: the pointer and the length describe `value`; the kernel writes no more than that.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            level,
            name,
            value.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    done(result as isize).map(|_| value)
}

/// Reads an option that is a number.
pub fn read_number(
    socket: BorrowedFd<'_>,
    level: libc::c_int,
    name: libc::c_int,
) -> io::Result<u32> {
    read(socket, level, name).map(u32::from_ne_bytes)
}

/// Octets in one of the socket's queues: `FIONREAD`, `TIOCOUTQ`.
pub fn queued(socket: BorrowedFd<'_>, queue: libc::Ioctl) -> io::Result<u32> {
    let mut octets: libc::c_int = 0;
    // SAFETY: both requests write one int, and nothing else.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), queue, &raw mut octets) };
    done(result as isize)?;
    Ok(octets.unsigned_abs())
}

/// Takes one packet, or octets, without waiting. With `MSG_TRUNC` or in repair mode the length may
/// be greater than the buffer's.
pub fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8], flags: libc::c_int) -> io::Result<usize> {
    // SAFETY: the pointer and the length describe `buffer`; the kernel writes no more than that.
    let result = unsafe {
        libc::recv(
            socket.as_raw_fd(),
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            flags | libc::MSG_DONTWAIT,
        )
    };
    done(result)
}

/// Gives one packet, or octets, without waiting and without a signal; how many were taken.
pub fn send(socket: BorrowedFd<'_>, octets: &[u8]) -> io::Result<usize> {
    // SAFETY: the pointer and the length describe `octets`, which the kernel only reads.
    let result = unsafe {
        libc::send(
            socket.as_raw_fd(),
            octets.as_ptr().cast(),
            octets.len(),
            libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL,
        )
    };
    done(result)
}

/// Waits until the socket has something to read; false when it had not in that time, which is
/// rounded up to milliseconds.
pub fn readable(socket: BorrowedFd<'_>, timeout: Duration) -> io::Result<bool> {
    let milliseconds = timeout.as_nanos().div_ceil(1_000_000);
    let milliseconds = libc::c_int::try_from(milliseconds).unwrap_or(libc::c_int::MAX);
    Ok(poll([socket], milliseconds)?[0] != 0)
}

/// Waits until there is something to read; false if before that the other end of the pipe `end` was
/// closed, or a signal came.
pub fn readable_until(socket: BorrowedFd<'_>, end: BorrowedFd<'_>) -> io::Result<bool> {
    Ok(poll([socket, end], -1)?[0] != 0)
}

/// What is there to read, or wrong, of each; nothing after that time (negative: never) or a signal.
fn poll<const N: usize>(
    files: [BorrowedFd<'_>; N],
    milliseconds: libc::c_int,
) -> io::Result<[libc::c_short; N]> {
    let mut waiting = files.map(|file| libc::pollfd {
        fd: file.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    });
    // SAFETY: N entries, which live through the call.
    let result = unsafe { libc::poll(waiting.as_mut_ptr(), N as libc::nfds_t, milliseconds) };
    match done(result as isize) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
        Err(error) => return Err(error),
    }
    Ok(waiting.map(|file| file.revents))
}

/// What a system call's result means.
fn done(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

//! What the kernel lets this process do.

#![expect(unsafe_code, reason = "the option TCP_REPAIR has no safe wrapper")]

use socket2::{Domain, Socket, Type};
use std::io;
use std::os::fd::AsRawFd;

/// Whether this thread has a capability in effect; `bit` is its number in linux/capability.h.
pub fn capability(bit: u32) -> bool {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let effective = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    effective.is_some_and(|mask| mask >> bit & 1 == 1)
}

/// Whether the state of a TCP socket may be read and made: an error says why not.
pub fn tcp_repair() -> io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let on: libc::c_int = 1;
    // SAFETY: the option's value is an int that lives through the call, and its size is right.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_REPAIR,
            (&raw const on).cast(),
            size_of_val(&on) as libc::socklen_t,
        )
    };
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

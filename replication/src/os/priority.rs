//! Real-time priority of a thread (sched(7)).

#![expect(unsafe_code, reason = "sched_setscheduler(2) has no safe wrapper")]

use std::io;

/// Above all ordinary threads, below those of the kernel, which have 50.
const PRIORITY: libc::c_int = 10;

/// Lets the calling thread run before all ordinary ones (`SCHED_FIFO`). Fails for a user without
/// `CAP_SYS_NICE` and without a limit `RLIMIT_RTPRIO` of at least 10.
pub fn real_time() -> io::Result<()> {
    // SAFETY: all octets of a sched_param may be zero.
    let mut param: libc::sched_param = unsafe { std::mem::zeroed() };
    param.sched_priority = PRIORITY;
    // SAFETY: `param` lives during the call, which only reads it; 0 is the calling thread.
    match unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &param) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

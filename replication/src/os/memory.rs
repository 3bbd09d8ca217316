//! Memory that stays (mlockall(2)).

use nix::sys::mman::{MlockAllFlags, mlockall};
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
use std::io;

/// Keeps the pages of this process from being paged out, where it may: a backup that has slept for hours
/// must not read its program from the disk before it takes over. What is mapped now is read in whole (the
/// program, and its memory as far as it has any); what is mapped later stays once it is used.
///
/// Only without a limit: below one the kernel refuses memory beyond it, which ends the process.
pub fn lock() -> io::Result<()> {
    if getrlimit(Resource::RLIMIT_MEMLOCK)?.0 != RLIM_INFINITY {
        return Err(io::Error::other(
            "the limit of locked memory (ulimit -l) is not unlimited",
        ));
    }
    // Not known to the wrapper: pages are locked when they are touched first, so that stacks and
    // pools of threads take no more memory than they use.
    let on_fault = MlockAllFlags::from_bits_retain(libc::MCL_ONFAULT);
    mlockall(MlockAllFlags::MCL_CURRENT)?;
    Ok(mlockall(MlockAllFlags::MCL_FUTURE | on_fault)?)
}

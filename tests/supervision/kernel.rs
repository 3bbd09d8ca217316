//! What the tests do to processes and mounts.

use anyhow::{Context, ensure};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::ptrace;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// From now on this process, and those that it starts, have mounts of their own. It must have one thread.
pub fn own_mounts() -> anyhow::Result<()> {
    unshare(CloneFlags::CLONE_NEWNS).context("cannot have own mounts")?;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(None::<&str>, "/", None::<&str>, private, None::<&str>).context("cannot part the mounts")
}

/// A disk that is there as long as this lives.
pub struct SmallDisk(PathBuf);

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // In use or not; its folder is to be removed.
        let _ = umount2(&self.0, MntFlags::MNT_DETACH);
    }
}

/// A disk of so many pages at `path`.
pub fn small_disk(path: &Path, pages: usize) -> anyhow::Result<SmallDisk> {
    std::fs::create_dir_all(path)?;
    let size = format!("size={}k", 4 * pages);
    mount(
        Some("small"),
        path,
        Some("tmpfs"),
        MsFlags::empty(),
        Some(size.as_str()),
    )
    .context("cannot mount a small disk")?;
    Ok(SmallDisk(path.into()))
}

/// Adds to a file until there is no room left.
pub fn fill(path: &Path) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    loop {
        match file.write_all(&[b'\n'; 64]) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::StorageFull => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// A thread that does not run as long as this lives, as if it waited for a lock for ever.
pub struct Stopped {
    thread: Pid,
    /// It is the first of its process.
    leads: bool,
}

impl Stopped {
    /// Stops a thread of this child.
    pub fn new(process: u32, thread: i32) -> anyhow::Result<Self> {
        let leads = i32::try_from(process)? == thread;
        let thread = Pid::from_raw(thread);
        ptrace::seize(thread, ptrace::Options::empty()).context("cannot trace the thread")?;
        ptrace::interrupt(thread)?;
        let stopped = waitpid(thread, Some(WaitPidFlag::__WALL))?;
        ensure!(
            matches!(
                stopped,
                WaitStatus::PtraceEvent(..) | WaitStatus::Stopped(..)
            ),
            "the thread is {stopped:?}"
        );
        Ok(Stopped { thread, leads })
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        // Fails when its process has ended. Then it is there until its tracer takes note; the first
        // thread is the process, of which its parent takes note.
        let gone = ptrace::detach(self.thread, None).is_err();
        if gone && !self.leads {
            let _ = waitpid(self.thread, Some(WaitPidFlag::__WALL));
        }
    }
}

/// Sets a limit of a process as `prlimit` takes it, such as `--nofile=7:`.
pub fn limit(process: u32, limit: &str) -> anyhow::Result<()> {
    let status = Command::new("prlimit")
        .args(["--pid", &process.to_string(), limit])
        .status()
        .context("cannot start prlimit (util-linux)")?;
    ensure!(status.success(), "prlimit {limit}: {status}");
    Ok(())
}

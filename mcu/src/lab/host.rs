//! One host of the lab, and the programs that run on it.

use super::links::Links;
use anyhow::Context;
use nix::sched::{CloneFlags, setns, unshare};
pub use nix::sys::signal::Signal;
use std::fs::File;
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

/// The namespace of the calling thread.
const THIS_NAMESPACE: &str = "/proc/thread-self/ns/net";
/// How often a process that should end is looked at.
const EXIT_POLL: Duration = Duration::from_millis(20);

/// A network namespace with one interface on the LAN.
pub struct Host {
    /// Its name, for people.
    pub name: String,
    /// Its address on the LAN.
    pub address: Ipv4Addr,
    /// Where its cable leads.
    pub(super) bridge: &'static str,
    namespace: File,
}

impl Host {
    pub(super) fn new(
        name: &str,
        address: Ipv4Addr,
        prefix: u8,
        lan: &Links,
        bridge: &'static str,
    ) -> anyhow::Result<Self> {
        // A namespace is made by moving a thread into a new one, and lives as long as the file.
        let made = std::thread::spawn(|| {
            unshare(CloneFlags::CLONE_NEWNET)?;
            anyhow::Ok(File::open(THIS_NAMESPACE)?)
        });
        let namespace = made
            .join()
            .expect("the thread does not panic")
            .context("cannot make a namespace")?;
        lan.plug(bridge, name, namespace.as_fd())?;
        let host = Host {
            name: name.into(),
            address,
            bridge,
            namespace,
        };
        host.inside(|| {
            let links = Links::in_this_namespace()?;
            links.add_address(name, address.into(), prefix)?;
            links.up(name)?;
            links.route_groups(name)
        })?;
        Ok(host)
    }

    /// Runs `work` on a thread that is on this host; sockets it makes are this host's for good.
    pub fn inside<T: Send>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send,
    ) -> anyhow::Result<T> {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                setns(self.namespace.as_fd(), CloneFlags::CLONE_NEWNET)
                    .with_context(|| format!("cannot enter host {}", self.name))?;
                work()
            });
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Starts a program on this host.
    pub fn start(&self, command: &mut Command) -> anyhow::Result<Process> {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = self.inside(|| {
            command
                .spawn()
                .with_context(|| format!("cannot start {program}"))
        })?;
        Ok(Process { child })
    }
}

/// A program on a host. It does not outlive this value.
pub struct Process {
    child: Child,
}

impl Process {
    /// A program that was started without a host.
    pub fn start(command: &mut Command) -> anyhow::Result<Process> {
        let program = command.get_program().to_string_lossy().into_owned();
        Ok(Process {
            child: command
                .spawn()
                .with_context(|| format!("cannot start {program}"))?,
        })
    }

    /// Its process number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let pid = nix::unistd::Pid::from_raw(self.child.id().try_into()?);
        nix::sys::signal::kill(pid, signal)
            .with_context(|| format!("cannot send {signal} to process {pid}"))
    }

    /// Its exit status, if it has ended.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Asks it to end (SIGTERM) and waits; kills it after `patience`.
    pub fn stop(mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        self.signal(Signal::SIGTERM)?;
        let mut waited = Duration::ZERO;
        while waited < patience {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(EXIT_POLL);
            waited += EXIT_POLL;
        }
        self.child.kill()?;
        Ok(self.child.wait()?)
    }

    /// User and system time of all its threads so far.
    pub fn cpu_time(&self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The command name, in parentheses, may hold spaces; utime and stime are fields 14 and 15.
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let ticks: u64 = [11, 12]
            .iter()
            .filter_map(|field| fields.get(*field)?.parse::<u64>().ok())
            .sum();
        // USER_HZ is 100 on Linux whatever the kernel's own tick is.
        Ok(Duration::from_millis(ticks * 10))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails when it has ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

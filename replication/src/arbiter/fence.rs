//! Fencing: a command of the operator's that makes sure that a node is off (its power, its port at the switch).

use super::options::FenceOptions;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use std::io::{self, BufRead, BufReader, PipeReader, Read};
use std::net::IpAddr;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread::Builder;

/// What is logged of a line.
const LINE_OCTETS_MAX: u64 = 1024;

/// Runs the command against the node with this number and own address. `done` is called on another thread: with
/// success only if the command said that the node is off, by exit status 0.
pub fn fence(
    options: &FenceOptions,
    node: u8,
    address: IpAddr,
    done: impl FnOnce(Result<(), String>) + Send + 'static,
) {
    let options = options.clone();
    let work = move || {
        let result = run(&options, node, address);
        match &result {
            Ok(()) => tracing::warn!(node, %address, "the node is fenced"),
            Err(error) => tracing::error!(node, %address, "the node is not fenced: {error}"),
        }
        done(result);
    };
    // The thread takes `done` with it; a host that cannot start one has no hope of fencing either.
    if let Err(error) = Builder::new().name("fence".to_owned()).spawn(work) {
        tracing::error!(%error, "the node is not fenced: no thread can be started");
    }
}

fn run(options: &FenceOptions, node: u8, address: IpAddr) -> Result<(), String> {
    let (program, first) = options.command.split_first().ok_or("no command")?;
    let said = |error: io::Error| format!("cannot run {program}: {error}");
    let (output, its_output) = io::pipe().map_err(said)?;
    let its_errors = its_output.try_clone().map_err(said)?;
    let mut command = Command::new(program);
    command
        .args(first)
        .args([node.to_string(), address.to_string()])
        .stdin(Stdio::null())
        .stdout(its_output)
        .stderr(its_errors)
        // What it starts is killed with it.
        .process_group(0);
    tracing::warn!(?command, "fencing");
    let mut child = command.spawn().map_err(said)?;
    // Its ends of the pipe are closed here, so that the end of the output shows.
    drop(command);
    let logging = Builder::new().name("fence-output".to_owned());
    logging.spawn(move || log(output)).map_err(said)?;
    let group = Pid::from_raw(child.id().cast_signed());
    let (exited, exit) = mpsc::channel();
    let waiting = Builder::new().name("fence-wait".to_owned()).spawn(move || {
        // It stays a zombie, so its number is nobody else's until it is reaped below.
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        while waitid(Id::Pid(group), flags) == Err(nix::Error::EINTR) {}
        let _ = exited.send(());
    });
    let in_time = waiting.is_ok() && exit.recv_timeout(options.timeout()).is_ok();
    if !in_time {
        let _ = killpg(group, Signal::SIGKILL);
    }
    let status = child.wait().map_err(said)?;
    match (in_time, status.success()) {
        (true, true) => Ok(()),
        (true, false) => Err(format!("{program} ended with {status}")),
        (false, _) => Err(format!(
            "{program} took longer than {:?} and was killed",
            options.timeout()
        )),
    }
}

/// Logs what the command says, until all have closed its output.
fn log(output: PipeReader) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut output)
            .take(LINE_OCTETS_MAX)
            .read_until(b'\n', &mut line)
        {
            Ok(0) | Err(_) => return,
            Ok(_) => tracing::info!("fence: {}", String::from_utf8_lossy(&line).trim_end()),
        }
    }
}

#[cfg(test)]
mod tests;

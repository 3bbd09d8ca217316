//! The MCU: a deterministic conference core, the shell that gives it sockets, and the programs
//! around them.

pub mod call;
pub mod conference;
pub mod config;
pub mod control;
pub mod core;
pub mod decode;
pub mod demo;
pub mod doctor;
pub mod handover;
pub mod keygen;
pub mod lab;
pub mod legs;
pub mod relay;
pub mod serve;
pub mod shell;
pub mod status;
pub mod supervision;
pub mod terminal;
pub mod witness;

use tracing_subscriber::EnvFilter;

/// Logs to standard error; `MCU_LOG` chooses what (`debug`, `mcu::shell=trace`).
pub fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("MCU_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // It would tell at the same place that there is no room, and panic when it cannot.
        .log_internal_errors(false)
        .init();
}

/// One thread for everything but media.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// Raises the limit of open files as far as it may: a call takes seven.
fn open_files_limit() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
        && let Err(error) = setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
    {
        tracing::warn!(%error, soft, hard, "cannot raise the limit of open files; many calls will be refused");
    }
}

/// Waits for SIGTERM or SIGINT.
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

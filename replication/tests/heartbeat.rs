//! A hang is a crash. In a binary of its own, because for a moment a started process holds all sockets
//! of the one that starts it, which would disturb tests that close sockets.

use base::Instant;
use replication::heartbeat::Rhythm;
use replication::link::PairKey;
use replication::shell::heartbeat_thread::{Config, Heartbeat};
use replication::shell::pulse::Pulse;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::mpsc::unbounded_channel;

const PERIOD: Duration = Duration::from_millis(20);
const RHYTHM: Rhythm = Rhythm {
    period: PERIOD,
    misses: 3,
};

#[test]
fn a_loop_that_hangs_ends_the_process() {
    let child = ["--exact", "process_with_a_hanging_loop", "--ignored"];
    let this = std::env::current_exe().unwrap();
    let status = Command::new(this).args(child).output().unwrap().status;
    assert_eq!(status.signal(), Some(libc::SIGABRT));
}

#[test]
#[ignore = "it aborts: run by the test above"]
fn process_with_a_hanging_loop() {
    let config = Config {
        node: 1,
        boot: 1,
        own: "127.94.2.1:0".parse().unwrap(),
        peer_node: 2,
        peer: "127.94.2.2:9".parse().unwrap(),
        shares_port: false,
        rhythm: RHYTHM,
        hang_limit: PERIOD,
    };
    let pulse = Arc::new(Pulse::new(RHYTHM));
    let _hangs = pulse.watch("core");
    let key = PairKey::generate().unwrap().heartbeat_key();
    let (sender, mut events) = unbounded_channel();
    let _heartbeat = Heartbeat::start(config, key, pulse, now, |_, _| {}, sender).unwrap();
    while events.blocking_recv().is_some() {}
}

#[expect(clippy::disallowed_methods, reason = "a shell reads the clock")]
fn now() -> Instant {
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    Instant::from_millis(1) + START.get_or_init(std::time::Instant::now).elapsed()
}

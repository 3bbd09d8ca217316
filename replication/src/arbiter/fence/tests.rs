use super::*;
use std::time::Duration;

fn fenced(script: &str, timeout_ms: u64) -> Result<(), String> {
    let options = FenceOptions {
        command: ["/bin/sh", "-c", script, "fence"]
            .map(str::to_owned)
            .to_vec(),
        timeout_ms,
    };
    let (sender, result) = mpsc::channel();
    fence(&options, 2, IpAddr::from([192, 0, 2, 7]), move |done| {
        let _ = sender.send(done);
    });
    result.recv_timeout(Duration::from_secs(20)).unwrap()
}

#[test]
fn the_command_is_told_who_is_meant() {
    let script = "echo off; test \"$1 $2 $#\" = '2 192.0.2.7 2'";
    assert_eq!(fenced(script, 10_000), Ok(()));
}

#[test]
fn every_other_end_is_a_failure() {
    assert!(fenced("exit 3", 10_000).unwrap_err().contains("3"));
    assert!(fenced("kill -9 $$", 10_000).unwrap_err().contains("signal"));
    let options = FenceOptions {
        command: vec!["/nothing/there".to_owned()],
        timeout_ms: 1000,
    };
    let error = run(&options, 2, IpAddr::from([192, 0, 2, 7])).unwrap_err();
    assert!(error.contains("/nothing/there"), "{error}");
}

/// A command that hangs is killed with all that it has started: the pipe that they share closes.
#[test]
fn what_takes_too_long_is_killed_with_its_children() {
    let name = format!("fence-{}", std::process::id());
    let pipe = std::env::temp_dir().join(name);
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    let script = format!(
        "exec 3>'{}'; echo on >&3; sleep 1000 & sleep 1000",
        pipe.display()
    );
    let error = fenced(&script, 300).unwrap_err();
    assert!(error.contains("killed"), "{error}");
    assert_eq!(reader.join().unwrap(), "on\n");
    std::fs::remove_file(pipe).unwrap();
}

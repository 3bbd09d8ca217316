//! Clocks that run only while a processor works for us.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use std::time::Duration;

/// CPU time of the calling thread so far.
pub fn thread() -> Duration {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("Linux has this clock");
    time.into()
}

/// CPU time, user and system, of all child processes that have ended.
pub fn children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("always allowed");
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(micros.unsigned_abs())
}

/// CPU time, user and system, of all threads of another process so far.
pub fn process(id: u32) -> anyhow::Result<Duration> {
    let clock = clock_getcpuclockid(Pid::from_raw(id.try_into()?))?;
    Ok(clock_gettime(clock)?.into())
}

/// CPU time of all threads with this name in a folder of processes or threads (`/proc`,
/// `/proc/self/task`); a name that ends with `/` is followed by a processor's number.
pub fn named(folder: &str, name: &str) -> anyhow::Result<Duration> {
    let mut sum = Duration::ZERO;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        // What has ended in the meantime has no files.
        let Ok(called) = std::fs::read_to_string(path.join("comm")) else {
            continue;
        };
        let called = called.trim_end();
        if called == name || name.ends_with('/') && called.starts_with(name) {
            let spent = std::fs::read_to_string(path.join("schedstat"))?;
            let nanos = spent.split(' ').next().unwrap_or_default().parse()?;
            sum += Duration::from_nanos(nanos);
        }
    }
    Ok(sum)
}

/// Result and CPU time of `work`, which must not start threads.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = thread();
    let result = work();
    (result, thread() - start)
}

/// In milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_costs_nothing_and_work_does() {
        let ((), asleep) = timed(|| std::thread::sleep(Duration::from_millis(50)));
        assert!(asleep < Duration::from_millis(20));
        let (sum, awake) = timed(|| (0..20_000_000u64).map(std::hint::black_box).sum::<u64>());
        assert!(sum > 0 && awake > asleep);
    }
}

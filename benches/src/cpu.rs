//! Clocks that run only while a processor works for us.

use anyhow::Context;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use std::collections::BTreeMap;
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

/// The same of each of its threads that run, by their names (`schedstat`, to the nanosecond).
pub fn threads(id: u32) -> anyhow::Result<BTreeMap<String, Duration>> {
    let mut times = BTreeMap::new();
    for task in std::fs::read_dir(format!("/proc/{id}/task"))? {
        let task = task?.path();
        let read = |name| std::fs::read_to_string(task.join(name));
        // A thread may end meanwhile.
        let (Ok(name), Ok(stat)) = (read("comm"), read("schedstat")) else {
            continue;
        };
        let nanos = stat
            .split_whitespace()
            .next()
            .context("schedstat is empty")?;
        let time = Duration::from_nanos(nanos.parse()?);
        *times.entry(name.trim().to_owned()).or_default() += time;
    }
    Ok(times)
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
        let all = threads(std::process::id()).unwrap();
        assert!(all.values().sum::<Duration>() >= awake);
    }
}

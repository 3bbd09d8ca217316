//! Criterion benches of the parts, in CPU time: `cargo bench --bench micro [-- FILTER]`.

mod audio;
mod per;
mod video;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mcu_benches::cpu;
use std::time::Duration;

/// The calling thread's CPU time, so that a busy machine does not show.
struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        cpu::thread()
    }
    fn end(&self, start: Duration) -> Duration {
        cpu::thread() - start
    }
    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }
    fn zero(&self) -> Duration {
        Duration::ZERO
    }
    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }
    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

type Bench = Criterion<CpuTime>;

fn octets(count: usize) -> Throughput {
    Throughput::Bytes(count as u64)
}

/// All of them in a minute or two.
fn brief() -> Bench {
    Criterion::default()
        .with_measurement(CpuTime)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(30)
}

criterion_group! {
    name = all;
    config = brief();
    targets = per::bench, audio::bench, video::bench
}
criterion_main!(all);

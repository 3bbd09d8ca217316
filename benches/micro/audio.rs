//! One 20 ms frame of an N-1 conference in G.711, with decoding, level meters and encoding.

use super::Bench;
use mcu_benches::mixing::MixedRoom;

pub fn bench(criterion: &mut Bench) {
    let mut group = criterion.benchmark_group("mix a frame");
    for count in [10, 100, 500] {
        for (who, talkers) in [("3 talk", 3), ("all talk", count)] {
            let mut room = MixedRoom::new(count, talkers);
            group.bench_function(format!("{count} participants, {who}"), |b| {
                b.iter(|| room.mix())
            });
        }
    }
    group.finish();
}

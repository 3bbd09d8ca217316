//! The receiver of RFC 3550 §A.1, by the letter, as many terminals have it: whether a packet belongs to
//! the source that is known, or makes the receiver begin anew.

use super::recording::Stream;
use media::rtp::Header;
use std::collections::BTreeMap;
use std::time::Duration;

const MAX_DROPOUT: u16 = 3000;
const MAX_MISORDER: u16 = 100;
const MIN_SEQUENTIAL: u32 = 2;
/// From the instant of sampling until the packet leaves. The simulated clock stands still meanwhile.
const CLOCK_TOLERANCE: Duration = Duration::from_millis(1);

/// One source, as `init_seq` and `update_seq` keep it.
#[derive(Debug, Default)]
struct Source {
    max_seq: u16,
    bad_seq: Option<u16>,
    cycles: u32,
    base_seq: u16,
    received: u32,
    probation: u32,
    /// Times that `init_seq` was called for a source that was valid already.
    restarts: u32,
    refused: u32,
}

impl Source {
    fn new(sequence: u16) -> Self {
        let mut source = Source::default();
        source.init_seq(sequence);
        source.max_seq = sequence.wrapping_sub(1);
        source.probation = MIN_SEQUENTIAL;
        source
    }

    fn init_seq(&mut self, sequence: u16) {
        self.base_seq = sequence;
        self.max_seq = sequence;
        self.bad_seq = None;
        self.cycles = 0;
        self.received = 0;
    }

    fn update_seq(&mut self, sequence: u16) {
        let ahead = sequence.wrapping_sub(self.max_seq);
        if self.probation > 0 {
            let follows = ahead == 1;
            self.max_seq = sequence;
            self.probation = match follows {
                true => self.probation - 1,
                false => MIN_SEQUENTIAL - 1,
            };
            if self.probation == 0 {
                self.init_seq(sequence);
                self.received = 1;
            }
            return;
        }
        if ahead < MAX_DROPOUT {
            if sequence < self.max_seq {
                self.cycles += 1 << 16;
            }
            self.max_seq = sequence;
        } else if ahead <= u16::MAX - MAX_MISORDER + 1 {
            if self.bad_seq != Some(sequence) {
                self.bad_seq = Some(sequence.wrapping_add(1));
                self.refused += 1;
                return;
            }
            self.init_seq(sequence);
            self.restarts += 1;
        }
        self.received += 1;
    }

    fn lost(&self) -> i64 {
        let highest = i64::from(self.cycles) + i64::from(self.max_seq);
        highest - i64::from(self.base_seq) + 1 - i64::from(self.received)
    }
}

/// What is wrong with a stream.
pub fn judge(stream: &Stream) -> Result<(), String> {
    let mut sources = BTreeMap::<u32, Source>::new();
    let mut last: Option<Header> = None;
    let mut late = Duration::ZERO;
    for (at, header) in stream.headers() {
        let source = (sources.entry(header.ssrc)).or_insert_with(|| Source::new(header.sequence));
        source.update_seq(header.sequence);
        if let Some(last) = last {
            let rises = header.sequence.wrapping_sub(last.sequence) as i16 > 0;
            let is_later = header.timestamp.wrapping_sub(last.timestamp) as i32 >= 0;
            if !rises || !is_later {
                return Err(format!("{header:?} follows {last:?}"));
            }
        }
        last = Some(header);
        late = late.max(stream.place(&header).abs_diff(at));
    }
    let [source] = Vec::from_iter(sources.values())[..] else {
        return Err(format!("sources: {sources:x?}"));
    };
    if source.restarts > 0 || source.refused > 0 {
        return Err(format!("it begins anew: {source:?}"));
    }
    if source.lost() != stream.missing().len() as i64 {
        return Err(format!("{} are lost: {source:?}", source.lost()));
    }
    if late > CLOCK_TOLERANCE {
        return Err(format!("its timestamps are {late:?} away from the clock"));
    }
    Ok(())
}

//! Turns packets of sound that come when they please into 20 ms every 20 ms.
//!
//! All our audio codecs make eight octets a millisecond on an 8 kHz clock, so the RTP timestamp
//! counts octets: the buffer is a ring of octets that packets of any length are written into at
//! their timestamp, and order, duplicates, splitting and joining take care of themselves.
//!
//! The playout delay follows the *slack* of the packets: how long before its turn each one came.
//! When too many come late, 20 ms of concealment are put in; when all come needlessly early, some
//! is left out: in a pause of the speaker if one comes soon.

use base::Instant;
use std::time::Duration;

/// Octets, and ticks, in the 20 ms that are pulled at once.
pub const FRAME_OCTETS: usize = 160;
const FRAME: i32 = FRAME_OCTETS as i32;
/// The time between two pulls.
pub const FRAME_INTERVAL: Duration = Duration::from_millis(20);
/// Ticks of the clock per second; the codecs make as many octets.
const CLOCK_HZ: u32 = 8000;
/// Capacity in octets, about one second.
const RING_OCTETS: usize = 8192;
/// The longest packet taken, 200 ms; H.245 allows no more for us.
const PACKET_OCTETS_MAX: usize = 1600;
/// Median slack above which no more delay is put in, 200 ms in ticks.
const SLACK_MAX: i32 = 1600;
/// Delay grows when the slack of the latest 3 % of the packets is below 2 ms, in ticks.
const SLACK_LOW: i32 = 16;
/// Delay shrinks when all packets would still have 5 ms of slack without a frame, in ticks.
const SLACK_HIGH: i32 = FRAME + 40;
/// Packets whose slack is remembered.
const WINDOW: usize = 128;
/// Packets between looks at the slack.
const LOOK_EVERY: usize = 16;
/// Packets that must be known before the delay shrinks: a second of 20 ms packets.
const SHRINK_AFTER: usize = 50;
/// Pulls to wait for a pause before the delay changes in the middle of speech.
const PATIENCE: u32 = 15;
/// Packets in a row that are too late or too far ahead, after which the sender's clock is taken to
/// have jumped.
const STRAYS_MAX: u32 = 3;
/// Without sound for this long the next packet starts afresh.
const IDLE_AFTER: Duration = Duration::from_millis(200);

/// What 20 ms of playout hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Playout {
    /// Octets of the codec.
    Sound([u8; FRAME_OCTETS]),
    /// Sound is missing: conceal.
    Missing,
    /// Nothing is being sent.
    Idle,
}

/// Change of delay that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Grow,
    Shrink,
}

/// The buffer of one stream.
#[derive(Debug, Clone)]
pub struct JitterBuffer {
    ring: Box<[u8]>,
    present: Box<[bool]>,
    /// Timestamp of the next octet to play; `None` while idle.
    play: Option<u32>,
    pulled_at: Instant,
    heard_at: Instant,
    strays: u32,
    /// The latest slacks in ticks, oldest first once full.
    slacks: Vec<i32>,
    slack_next: usize,
    since_look: usize,
    change: Option<Change>,
    waited: u32,
    late: u64,
    /// The first start is so many frames later than usual.
    later: i32,
}

impl Default for JitterBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl JitterBuffer {
    /// An empty buffer.
    pub fn new() -> Self {
        JitterBuffer {
            ring: vec![0; RING_OCTETS].into(),
            present: vec![false; RING_OCTETS].into(),
            play: None,
            pulled_at: Instant::ZERO,
            heard_at: Instant::ZERO,
            strays: 0,
            slacks: Vec::with_capacity(WINDOW),
            slack_next: 0,
            since_look: 0,
            change: None,
            waited: 0,
            late: 0,
            later: 0,
        }
    }

    /// An empty buffer for packets that have come already, given as time of arrival and timestamp. It
    /// begins with the delay that they lead to in the end, as if it had always been there. Pulls are on
    /// the grid of [`FRAME_INTERVAL`].
    pub fn foreseeing(packets: impl IntoIterator<Item = (Instant, u32)>) -> Self {
        let interval = FRAME_INTERVAL.as_nanos() as u64;
        let mut first = None;
        let mut lowest = None;
        for (at, timestamp) in packets {
            let (pulls, since) = (at.as_nanos() / interval, at.as_nanos() % interval);
            let (first_pulls, first_timestamp) = *first.get_or_insert((pulls, timestamp));
            let played = pulls.saturating_sub(first_pulls).min(u64::from(u16::MAX)) as i32 * FRAME;
            let since_pull = (since * u64::from(CLOCK_HZ) / 1_000_000_000) as i32;
            let ahead = timestamp.wrapping_sub(first_timestamp) as i32;
            // The packet that playing starts at waits for a whole frame.
            let slack = ahead
                .saturating_sub(played)
                .saturating_add(2 * FRAME - since_pull);
            lowest = Some(lowest.map_or(slack, |lowest: i32| lowest.min(slack)));
        }
        let later = match lowest {
            Some(low) if low < SLACK_LOW => (SLACK_LOW.saturating_sub(low) + FRAME - 1) / FRAME,
            Some(low) if low > SLACK_HIGH => -((low - SLACK_HIGH + FRAME) / FRAME),
            _ => 0,
        };
        JitterBuffer {
            later: later.clamp(-SLACK_MAX / FRAME, SLACK_MAX / FRAME),
            ..Self::new()
        }
    }

    /// Packets that came after their turn or far from it.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Median time in milliseconds that packets wait in here.
    pub fn delay_ms(&self) -> u32 {
        let median = self.percentile(50).unwrap_or(0).max(0) as u32;
        median * 1000 / CLOCK_HZ
    }

    /// Takes a packet of the validated source. A `marker` says that it begins after silence.
    pub fn put(&mut self, now: Instant, timestamp: u32, marker: bool, payload: &[u8]) {
        if payload.is_empty() || payload.len() > PACKET_OCTETS_MAX {
            return;
        }
        let length = payload.len() as i32;
        let play = match self.play {
            Some(play) => play,
            None => self.start(now, timestamp),
        };
        let ahead = timestamp.wrapping_sub(play) as i32;
        let stray =
            ahead.saturating_add(length) <= 0 || ahead.saturating_add(length) > RING_OCTETS as i32;
        let mut offset = ahead;
        if stray {
            self.late += 1;
            self.strays += 1;
            if self.strays < STRAYS_MAX && !marker {
                self.note_slack(now, ahead.clamp(-SLACK_MAX, SLACK_MAX));
                return;
            }
            let play = self.start(now, timestamp);
            offset = timestamp.wrapping_sub(play) as i32;
        }
        self.strays = 0;
        self.heard_at = now;
        self.note_slack(now, offset);
        for (n, &octet) in payload.iter().enumerate() {
            // The part whose turn has passed is of no use.
            if offset + n as i32 >= 0 {
                let at = timestamp.wrapping_add(n as u32) as usize % RING_OCTETS;
                self.ring[at] = octet;
                self.present[at] = true;
            }
        }
    }

    /// The next 20 ms. `quiet` says that what was pulled last was a pause of the speaker.
    pub fn pull(&mut self, now: Instant, quiet: bool) -> Playout {
        self.pulled_at = now;
        let Some(play) = self.play else {
            return Playout::Idle;
        };
        if now.since(self.heard_at) >= IDLE_AFTER {
            self.play = None;
            return Playout::Idle;
        }
        let mut play = play;
        if let Some(change) = self.change {
            self.waited += 1;
            if quiet || self.waited > PATIENCE {
                self.change = None;
                match change {
                    Change::Grow => {
                        self.shift_slacks(FRAME);
                        return Playout::Missing;
                    }
                    Change::Shrink => {
                        // All that is too much at once: a longer cut in a pause is not heard.
                        let low = self.percentile(0).unwrap_or(0);
                        for _ in 0..(low - SLACK_HIGH + FRAME) / FRAME {
                            self.shift_slacks(-FRAME);
                            self.forget(play);
                            play = play.wrapping_add(FRAME as u32);
                        }
                    }
                }
            }
        }
        self.play = Some(play.wrapping_add(FRAME as u32));
        let mut frame = [0; FRAME_OCTETS];
        let mut complete = true;
        for (n, octet) in frame.iter_mut().enumerate() {
            let at = play.wrapping_add(n as u32) as usize % RING_OCTETS;
            complete &= std::mem::take(&mut self.present[at]);
            *octet = self.ring[at];
        }
        if complete {
            Playout::Sound(frame)
        } else {
            Playout::Missing
        }
    }

    /// Starts playing at `timestamp` one frame after the next pull.
    fn start(&mut self, now: Instant, timestamp: u32) -> u32 {
        self.present.fill(false);
        self.slacks.clear();
        self.slack_next = 0;
        self.change = None;
        self.heard_at = now;
        if now.since(self.pulled_at) > IDLE_AFTER {
            self.pulled_at = now;
        }
        let frames = 1 + std::mem::take(&mut self.later);
        let play = timestamp.wrapping_sub((frames * FRAME) as u32);
        self.play = Some(play);
        play
    }

    fn forget(&mut self, from: u32) {
        for n in 0..FRAME as u32 {
            self.present[from.wrapping_add(n) as usize % RING_OCTETS] = false;
        }
    }

    /// Notes a packet that is `ahead` ticks from the playing position.
    fn note_slack(&mut self, now: Instant, ahead: i32) {
        // Ahead by zero it is played by the next pull, which is up to a frame away.
        let since_pull = now.since(self.pulled_at).as_micros() * u128::from(CLOCK_HZ) / 1_000_000;
        let slack = ahead + FRAME
            - i32::try_from(since_pull)
                .unwrap_or(SLACK_MAX)
                .min(SLACK_MAX);
        if self.slacks.len() < WINDOW {
            self.slacks.push(slack);
        } else {
            self.slacks[self.slack_next] = slack;
            self.slack_next = (self.slack_next + 1) % WINDOW;
        }
        self.since_look += 1;
        if self.since_look >= LOOK_EVERY {
            self.since_look = 0;
            self.look();
        }
    }

    fn look(&mut self) {
        let (Some(low), Some(lowest), Some(median)) =
            (self.percentile(3), self.percentile(0), self.percentile(50))
        else {
            return;
        };
        let change = if low < SLACK_LOW && median + FRAME <= SLACK_MAX {
            Some(Change::Grow)
        } else if lowest > SLACK_HIGH && self.slacks.len() >= SHRINK_AFTER {
            Some(Change::Shrink)
        } else {
            None
        };
        if change != self.change {
            self.change = change;
            self.waited = 0;
        }
    }

    fn percentile(&self, percent: usize) -> Option<i32> {
        let mut slacks = [0; WINDOW];
        let slacks = &mut slacks[..self.slacks.len()];
        slacks.copy_from_slice(&self.slacks);
        let at = (slacks.len().checked_sub(1)? * percent).div_ceil(100);
        Some(*slacks.select_nth_unstable(at).1)
    }

    fn shift_slacks(&mut self, by: i32) {
        self.slacks.iter_mut().for_each(|slack| *slack += by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Rng;

    /// Plays `arrivals` (ms of arrival, ms of the timestamp, payload ms) for `until_ms`, every
    /// octet being its timestamp's 20 ms number. Pulls come at 7 ms past every 20.
    fn play(arrivals: &[(u64, u64, u64)], until_ms: u64) -> (JitterBuffer, Vec<Playout>) {
        let mut buffer = JitterBuffer::new();
        let mut arrivals = arrivals.to_vec();
        arrivals.sort_by_key(|a| a.0);
        let mut arrivals = arrivals.into_iter().peekable();
        let mut played = Vec::new();
        for ms in 0..until_ms {
            let now = Instant::from_millis(ms);
            while let Some((_, at, length)) = arrivals.next_if(|a| a.0 <= ms) {
                let payload: Vec<u8> = (at * 8..(at + length) * 8)
                    .map(|tick| (tick / 160) as u8)
                    .collect();
                buffer.put(now, (at * 8) as u32, false, &payload);
            }
            if ms % 20 == 7 {
                played.push(buffer.pull(now, true));
            }
        }
        (buffer, played)
    }

    fn sounds(played: &[Playout]) -> Vec<u8> {
        (played.iter())
            .filter_map(|p| match p {
                Playout::Sound(octets) => Some(octets[80]),
                _ => None,
            })
            .collect()
    }

    fn missing(played: &[Playout]) -> usize {
        played.iter().filter(|p| **p == Playout::Missing).count()
    }

    #[test]
    fn packets_of_any_length_play_gapless() {
        for length in [10, 20, 30, 40, 60] {
            let arrivals: Vec<_> = (0..3000 / length)
                .map(|n| ((n + 1) * length, n * length, length))
                .collect();
            let (buffer, played) = play(&arrivals, 3000);
            let sounds = sounds(&played);
            assert!(sounds.len() >= 140, "{length} ms: {}", sounds.len());
            let steps = sounds.windows(2).filter(|w| w[1] != w[0] + 1).count();
            assert!(steps <= 2, "{length} ms: {steps} jumps");
            // The first frame of playout lies before the first packet.
            assert!(missing(&played) <= 3, "{length} ms: {}", missing(&played));
            assert!(
                buffer.delay_ms() <= 60,
                "{length} ms: {}",
                buffer.delay_ms()
            );
        }
    }

    #[test]
    fn jitter_grows_the_delay_until_all_is_in_time_and_calm_shrinks_it() {
        let mut rng = Rng::new(3);
        let shaky = |n: u64, rng: &mut Rng| (n * 20 + 20 + rng.below(80), n * 20, 20);
        let mut arrivals: Vec<_> = (0..1500).map(|n| shaky(n, &mut rng)).collect();
        let (_, played) = play(&arrivals, 30_000);
        assert!(
            missing(&played[500..1400]) <= 45,
            "{}",
            missing(&played[500..1400])
        );
        arrivals.extend((1500..3000).map(|n| (n * 20 + 20, n * 20, 20)));
        let (buffer, played) = play(&arrivals, 59_990);
        assert!(buffer.delay_ms() < 45, "{}", buffer.delay_ms());
        assert_eq!(missing(&played[2500..]), 0);
    }

    #[test]
    fn loss_is_missing_and_disorder_and_duplicates_are_not() {
        let mut arrivals: Vec<_> = (0..100u64).map(|n| (n * 20 + 20, n * 20, 20)).collect();
        arrivals.remove(50);
        arrivals.push((600, 500, 20)); // late duplicate
        let (_, played) = play(&arrivals, 1990);
        assert_eq!(missing(&played), 2);
        let sounds = sounds(&played);
        assert!(sounds.contains(&49) && !sounds.contains(&50) && sounds.contains(&51));
        let mut swapped: Vec<_> = (0..100u64).map(|n| (n * 20 + 20, n * 20, 20)).collect();
        for pair in swapped[40..].chunks_exact_mut(2) {
            // Both come together, the later one first.
            pair[0].0 = pair[1].0;
            pair.swap(0, 1);
        }
        let (_, played) = play(&swapped, 1990);
        let tail = &played[60..];
        assert_eq!(missing(tail), 0);
    }

    #[test]
    fn a_jump_of_the_timestamps_costs_a_few_packets() {
        for jump in [-40_000i64, 300, 40_000] {
            let arrivals: Vec<_> = (0..400u64)
                .map(|n| {
                    let shift = if n < 100 { 0 } else { jump };
                    (n * 20 + 20, (100_000 + n as i64 * 20 + shift) as u64, 20)
                })
                .collect();
            let (buffer, played) = play(&arrivals, 7990);
            assert!(missing(&played) < 20, "{jump}: {}", missing(&played));
            assert!(buffer.delay_ms() < 60, "{jump}: {}", buffer.delay_ms());
        }
    }

    #[test]
    fn silence_is_idle_and_sound_starts_again() {
        let mut arrivals: Vec<_> = (0..50u64).map(|n| (n * 20 + 20, n * 20, 20)).collect();
        arrivals.extend((500..550u64).map(|n| (n * 20 + 21, n * 20, 20)));
        let (_, played) = play(&arrivals, 12_000);
        assert_eq!(played[100], Playout::Idle);
        assert!(sounds(&played).len() >= 97);
        assert!(missing(&played) < 25);
    }

    #[test]
    fn a_buffer_that_foresees_plays_on_where_one_is_that_was_always_there() {
        for (seed, jitter) in [(1, 1), (2, 10), (3, 30), (4, 60)] {
            let mut rng = Rng::new(seed);
            let arrivals: Vec<_> = (0..600u64)
                .map(|n| (n * 20 + 20 + rng.below(jitter), n * 20, 20))
                .collect();
            let (_, always) = play(&arrivals, 12_000);
            // The first half second of what is played from now on has come before.
            let late = &arrivals[475..];
            let packets = (late.iter().take(25))
                .map(|&(at, timestamp, _)| (Instant::from_millis(at), (timestamp * 8) as u32));
            let mut buffer = JitterBuffer::foreseeing(packets);
            let mut late = late.iter().peekable();
            let mut again = Vec::new();
            for ms in 9500..12_000 {
                let now = Instant::from_millis(ms);
                while let Some(&(_, at, _)) = late.next_if(|a| a.0 <= ms) {
                    let payload = [(at / 20) as u8; FRAME_OCTETS];
                    buffer.put(now, (at * 8) as u32, false, &payload);
                }
                if ms % 20 == 0 {
                    again.push(buffer.pull(now, true));
                }
            }
            let (always, again) = (&always[500..590], &again[25..115]);
            assert!(
                missing(again) <= missing(always) + 4,
                "{jitter} ms: {} {}",
                missing(again),
                missing(always)
            );
            // What both play at the same time is the same, or a frame apart.
            let apart = (always.iter().zip(again)).filter_map(|pair| match pair {
                (Playout::Sound(a), Playout::Sound(b)) => {
                    Some((b[80] as i8).wrapping_sub(a[80] as i8))
                }
                _ => None,
            });
            let apart: Vec<i8> = apart.collect();
            assert!(
                apart.iter().all(|apart| apart.abs() <= 1),
                "{jitter} ms: {apart:?}"
            );
        }
    }

    #[test]
    fn any_timestamps_are_survived() {
        let mut rng = Rng::new(9);
        let mut buffer = JitterBuffer::new();
        for n in 0..50_000u64 {
            let now = Instant::from_nanos(n * 1_000_000);
            let length = rng.below(2000) as usize;
            buffer.put(now, rng.next_u32(), rng.below(50) == 0, &vec![1; length]);
            if n % 20 == 0 {
                buffer.pull(now, n % 40 == 0);
            }
        }
    }
}

//! What one terminal noticed of one fault.

use super::capture::Arrivals;
use super::trace::{Packet, Picture, Tile, Trace, between};
use super::{from_ms, ms};
use std::collections::BTreeSet;

/// Between packets of sound, ms.
pub const SOUND_MS: f64 = 20.0;
/// Ticks of RTP time in a millisecond: sound (RFC 3551 §4.5), and pictures.
const SOUND_TICKS: f64 = 8.0;
const PICTURE_TICKS: f64 = 90.0;
/// A silence that a fault causes begins with the last packet before it, or with one that was on its
/// way; what begins later is told apart.
const ON_THE_WAY: i64 = from_ms(100);
/// How long before the fault is looked at for comparison.
const QUIET: i64 = from_ms(1000);
/// A packet was taken in at most so long after it was sent, or it was another with the same number.
const DELIVERY_MAX: i64 = from_ms(2000);

/// When a fault happened, and how long it is watched.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Just before it.
    pub at: i64,
    /// It was done.
    pub done: i64,
    /// The end of the watch.
    pub until: i64,
    /// The victim is back, and all is as before. Numbers are looked at until then.
    pub whole: i64,
}

/// Times between what should come regularly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gaps {
    /// The longest around the fault, ms.
    pub fault_ms: f64,
    /// What ended it came so long after the fault, ms.
    pub first_ms: f64,
    /// The longest of those that began later, ms.
    pub later_ms: f64,
    /// The longest before, ms.
    pub quiet_ms: f64,
}

/// One incoming stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stream {
    /// Of its packets.
    pub gaps: Gaps,
    /// Numbers that never came.
    pub missing: u64,
    /// Numbers that came again, or after higher ones.
    pub backwards: u64,
    /// Times that its source changed.
    pub ssrc_changes: u64,
    /// What RTP time went on over the longest gap, less the time that passed, ms.
    pub clock_ms: f64,
}

/// All tiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tiles {
    /// From the fault until all had shown a picture that was taken after it, ms; none if one did not.
    pub live_ms: Option<f64>,
    /// The same from the first sound after the gap.
    pub after_sound_ms: Option<f64>,
    /// Blank tiles in pictures after the fault.
    pub blank: u64,
    /// Tiles without a readable code.
    pub unread: u64,
    /// Tiles that still showed what was taken before the fault, after the pictures went on.
    pub stale: u64,
}

/// All of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interruption {
    /// What it heard.
    pub audio: Stream,
    /// What came for its eyes,
    pub video: Stream,
    /// whole pictures of that,
    pub pictures: Gaps,
    /// and what they showed.
    pub tiles: Tiles,
    /// Packets of sound that it sent and that no node received.
    pub audio_unheard: u64,
    /// The same of pictures.
    pub video_unheard: u64,
}

/// What came to the hosts of the nodes.
#[derive(Debug, Clone, Copy)]
pub struct Hosts<'a> {
    /// The node that something happened to: what came after that was lost.
    pub victim: &'a Arrivals,
    /// The other one.
    pub survivor: &'a Arrivals,
}

/// Judges one terminal by its trace. None if it had no sound or no pictures before the fault: then
/// there was no call that could be interrupted.
pub fn judge(trace: &Trace, span: Span, hosts: Hosts<'_>) -> Option<Interruption> {
    let audio = stream(&trace.received.audio, SOUND_TICKS, span)?;
    let video = stream(&trace.received.video, PICTURE_TICKS, span)?;
    let seen = between(
        &trace.pictures,
        |picture| picture.at,
        span.at - QUIET,
        span.until,
    );
    let times: Vec<i64> = seen.iter().map(|picture| picture.at).collect();
    let pictures = gaps(&times, span)?.0;
    let heard = span.at + (audio.gaps.first_ms * 1e6) as i64;
    Some(Interruption {
        audio,
        video,
        pictures,
        tiles: tiles(seen, span, heard, pictures),
        audio_unheard: unheard(&trace.sent.audio, span, hosts),
        video_unheard: unheard(&trace.sent.video, span, hosts),
    })
}

/// Also gives the index of the event before the longest gap around the fault. None without an event
/// before the fault.
fn gaps(times: &[i64], span: Span) -> Option<(Gaps, usize)> {
    let first = *times.first()?;
    if first > span.at {
        return None;
    }
    let mut all = Gaps {
        fault_ms: 0.0,
        first_ms: f64::NAN,
        later_ms: 0.0,
        quiet_ms: 0.0,
    };
    let mut before = 0;
    // What has not come by the end has come at the end.
    let ends = times.iter().skip(1).copied().chain([span.until]);
    for (index, (start, end)) in times.iter().copied().zip(ends).enumerate() {
        let length = ms(end - start);
        if end <= span.at {
            all.quiet_ms = all.quiet_ms.max(length);
        } else if start > span.at + ON_THE_WAY {
            all.later_ms = all.later_ms.max(length);
        } else if length > all.fault_ms {
            (all.fault_ms, all.first_ms) = (length, ms(end - span.at));
            before = index;
        }
    }
    Some((all, before))
}

fn stream(packets: &[Packet], ticks: f64, span: Span) -> Option<Stream> {
    let at = |packet: &Packet| packet.at;
    let watched = between(packets, at, span.at - QUIET, span.until);
    let times: Vec<i64> = watched.iter().map(at).collect();
    let (gaps, before) = gaps(&times, span)?;
    let clock_ms = watched.get(before + 1).map_or(0.0, |after| {
        let before = watched[before];
        let went_on = f64::from(after.timestamp.wrapping_sub(before.timestamp) as i32) / ticks;
        went_on - ms(after.at - before.at)
    });
    let last = packets.partition_point(|packet| packet.at <= span.at) - 1;
    let packets = between(packets, at, packets[last].at, span.whole);
    let mut highest = i64::from(packets[0].sequence);
    let mut numbers = BTreeSet::from([highest]);
    let (mut backwards, mut ssrc_changes) = (0, 0);
    for pair in packets.windows(2) {
        if pair[0].ssrc != pair[1].ssrc {
            // Numbers of another source say nothing.
            ssrc_changes += 1;
            highest += 1;
            numbers.insert(highest);
            continue;
        }
        let step = i64::from(pair[1].sequence.wrapping_sub(highest as u16) as i16);
        backwards += u64::from(step <= 0);
        numbers.insert(highest + step);
        highest += step.max(0);
    }
    let first = numbers.first().copied().unwrap_or(highest);
    Some(Stream {
        gaps,
        missing: (highest - first + 1) as u64 - numbers.len() as u64,
        backwards,
        ssrc_changes,
        clock_ms,
    })
}

fn tiles(seen: &[Picture], span: Span, heard: i64, pictures: Gaps) -> Tiles {
    let (before, after) = seen.split_at(seen.partition_point(|picture| picture.at <= span.at));
    let senders = before.iter().flat_map(|picture| &picture.tiles);
    let senders: BTreeSet<u8> = senders.map(|(sender, _)| *sender).collect();
    let is_live = |tile: &Tile| matches!(tile, Tile::Taken(at) if *at > span.at);
    let live = senders.iter().map(|sender| {
        let shows = |picture: &&Picture| {
            let mut tiles = picture.tiles.iter();
            tiles.any(|(of, tile)| of == sender && is_live(tile))
        };
        after.iter().find(shows).map(|picture| picture.at)
    });
    let live: Option<Vec<i64>> = live.collect();
    let last = live.and_then(|live| live.into_iter().max());
    let count = |is: &dyn Fn(&Tile) -> bool| {
        let tiles = after.iter().flat_map(|picture| &picture.tiles);
        tiles.filter(|(_, tile)| is(tile)).count() as u64
    };
    let went_on = span.at + (pictures.first_ms * 1e6) as i64;
    let stale = (after.iter().filter(|picture| picture.at >= went_on))
        .flat_map(|picture| &picture.tiles)
        .filter(|(_, tile)| matches!(tile, Tile::Taken(at) if *at <= span.at))
        .count();
    Tiles {
        live_ms: last.map(|at| ms(at - span.at)),
        after_sound_ms: last.map(|at| ms(at - heard).max(0.0)),
        blank: count(&|tile| *tile == Tile::Blank),
        unread: count(&|tile| *tile == Tile::Unread),
        stale: stale as u64,
    }
}

/// Packets sent around the fault that neither the victim's host had before it, nor the other's at
/// any time.
fn unheard(sent: &[Packet], span: Span, hosts: Hosts<'_>) -> u64 {
    let around = between(sent, |packet| packet.at, span.at - QUIET, span.until);
    let is_heard = |packet: &&Packet| {
        let key = (packet.ssrc, packet.sequence);
        let came = |arrivals: &Arrivals, before: i64| {
            arrivals.get(&key).is_some_and(|times| {
                let mut times = times.iter();
                times.any(|at| *at < before && (at - packet.at).abs() < DELIVERY_MAX)
            })
        };
        came(hosts.victim, span.done) || came(hosts.survivor, i64::MAX)
    };
    let heard = around.iter().filter(is_heard).count();
    (around.len() - heard) as u64
}

#[cfg(test)]
mod tests {
    use super::super::trace::Packets;
    use super::*;

    const SPAN: Span = Span {
        at: from_ms(10_005),
        done: from_ms(10_006),
        until: from_ms(11_505),
        whole: from_ms(11_505),
    };

    /// A packet every 20 ms of the first 20 s, but for those in a time, with numbers skipped there.
    fn sound(without: std::ops::Range<i64>, skipped: u16) -> Vec<Packet> {
        let packet = |number: i64| {
            let late = number * 20 >= without.end;
            Packet {
                at: from_ms(number * 20),
                ssrc: 1,
                sequence: (number as u16).wrapping_add(if late { skipped } else { 0 }),
                timestamp: number as u32 * 160,
            }
        };
        (0..1000)
            .map(packet)
            .filter(|packet| !without.contains(&(packet.at / 1_000_000)))
            .collect()
    }

    #[test]
    fn a_silence_is_measured_and_numbers_are_counted() {
        let found = stream(&sound(10_001..10_050, 3), SOUND_TICKS, SPAN).unwrap();
        assert_eq!((found.gaps.fault_ms, found.gaps.first_ms), (60.0, 55.0));
        assert_eq!((found.gaps.later_ms, found.gaps.quiet_ms), (20.0, 20.0));
        // Two were not sent, and three numbers were left out.
        assert_eq!(
            (found.missing, found.backwards, found.ssrc_changes),
            (5, 0, 0)
        );
        assert_eq!(found.clock_ms, 0.0);
    }

    #[test]
    fn numbers_that_go_back_and_other_sources_are_noticed() {
        let mut packets = sound(0..0, 0);
        for packet in &mut packets[510..] {
            packet.sequence -= 2;
        }
        packets[520].ssrc = 2;
        let found = stream(&packets, SOUND_TICKS, SPAN).unwrap();
        assert_eq!((found.backwards, found.ssrc_changes), (2, 2));
    }

    #[test]
    fn silence_that_does_not_end_lasts_until_the_end() {
        let found = stream(&sound(10_001..30_000, 0), SOUND_TICKS, SPAN).unwrap();
        assert_eq!((found.gaps.fault_ms, found.missing), (1505.0, 0));
        assert!(stream(&sound(0..10_050, 0), SOUND_TICKS, SPAN).is_none());
    }

    #[test]
    fn tiles_are_live_when_all_show_what_was_taken_later() {
        let picture = |at: i64, tiles: [Tile; 2]| Picture {
            at: from_ms(at),
            tiles: vec![(1, tiles[0]), (2, tiles[1])],
        };
        let taken = |at: i64| Tile::Taken(from_ms(at));
        let seen = [
            picture(10_000, [taken(9_950), taken(9_950)]),
            picture(10_100, [taken(9_990), Tile::Blank]),
            picture(10_133, [taken(10_050), Tile::Unread]),
            picture(10_166, [taken(10_080), taken(10_080)]),
        ];
        let times: Vec<i64> = seen.iter().map(|picture| picture.at).collect();
        let pictures = gaps(&times, SPAN).unwrap().0;
        let found = tiles(&seen, SPAN, from_ms(10_050), pictures);
        assert_eq!(
            (found.live_ms, found.after_sound_ms),
            (Some(161.0), Some(116.0))
        );
        assert_eq!((found.blank, found.unread, found.stale), (1, 1, 1));
        let never = tiles(&seen[..3], SPAN, from_ms(10_050), pictures);
        assert_eq!(never.live_ms, None);
    }

    #[test]
    fn what_came_to_a_dead_host_was_not_heard() {
        let sent = sound(0..0, 0);
        let came = |from: i64, to: i64| -> Arrivals {
            let of = between(&sent, |packet| packet.at, from_ms(from), from_ms(to)).iter();
            of.map(|packet| ((packet.ssrc, packet.sequence), vec![packet.at + 1]))
                .collect()
        };
        let (victim, survivor) = (came(0, 10_100), came(10_060, 20_000));
        let hosts = Hosts {
            victim: &victim,
            survivor: &survivor,
        };
        let trace = Packets {
            audio: sent.clone(),
            video: Vec::new(),
        };
        // At 10,020 and 10,040.
        assert_eq!(unheard(&trace.audio, SPAN, hosts), 2);
    }
}

//! What terminals receive across a takeover, judged by the rule of RFC 3550 and by GStreamer, a receiver
//! that we did not write: a pause in a stream, not another stream.

mod gstreamer;
mod recording;
mod rfc3550;

use base::MediaKind;
use media::rtp::Header;
use recording::{PCMA, PCMU, Stream, Takeover, record};
use std::sync::LazyLock;
use std::time::Duration;

/// Anywhere between two mixes and two pictures; from a process that dies to a host that falls silent.
const TAKEOVERS: [(u64, u64); 5] = [(0, 5), (7, 13), (12, 20), (26, 40), (39, 80)];

static STREAMS: LazyLock<Vec<Stream>> = LazyLock::new(|| {
    let takeovers = TAKEOVERS.map(|(death_ms, outage_ms)| Takeover {
        death_ms,
        outage_ms,
    });
    let streams: Vec<Stream> = takeovers.into_iter().flat_map(record).collect();
    assert_eq!(streams.len(), TAKEOVERS.len() * 6, "sound and pictures");
    let has = |payload_type| {
        streams
            .iter()
            .any(|stream| stream.payload_type == payload_type)
    };
    assert!(has(PCMU) && has(PCMA), "both laws of G.711");
    for stream in &streams {
        let Takeover { outage_ms, .. } = stream.takeover;
        let most = Duration::from_millis(outage_ms) + 2 * stream.interval();
        let (before, pause, after) = stream.pause();
        assert!(
            before > 50 && after > 50 && pause <= most,
            "{:?} {:?}: {before} packets, {pause:?}, {after} packets",
            stream.takeover,
            stream.kind
        );
    }
    streams
});

/// What a mistake makes of the header of each packet after the takeover.
type Alteration = fn(&mut Header);

/// How a node would number the streams that knew nothing, or too little, of them.
const MISTAKES: [(&str, Alteration); 5] = [
    ("another source", |header| header.ssrc ^= 0x5555),
    ("numbers begin anew", |header| {
        header.sequence = header.sequence.wrapping_add(20_000);
    }),
    ("numbers are used again", |header| {
        header.sequence = header.sequence.wrapping_sub(50);
    }),
    ("timestamps begin anew", |header| {
        header.timestamp = header.timestamp.wrapping_add(1_000_000);
    }),
    // Half a second of sound, 44 ms of pictures.
    ("timestamps count the outage twice", |header| {
        header.timestamp = header.timestamp.wrapping_add(4000);
    }),
];

fn judged(judge: fn(&Stream) -> Result<(), String>) {
    let of_one_takeover = |streams: &[Stream]| {
        for stream in streams {
            if let Err(wrong) = judge(stream) {
                panic!("{:?} {:?}: {wrong}", stream.takeover, stream.kind);
            }
        }
    };
    std::thread::scope(|scope| {
        for streams in STREAMS.chunks(STREAMS.len() / TAKEOVERS.len()) {
            scope.spawn(move || of_one_takeover(streams));
        }
    });
    for kind in [MediaKind::Audio, MediaKind::Video] {
        let stream = STREAMS.iter().find(|stream| stream.kind == kind).unwrap();
        for (mistake, make) in MISTAKES {
            let verdict = judge(&stream.altered(make));
            println!("{kind:?}, {mistake}: {verdict:?}");
            assert!(verdict.is_err(), "{kind:?}, {mistake}: nothing is noticed");
        }
    }
}

#[test]
fn a_receiver_of_rfc_3550_takes_both_nodes_for_one_source() {
    judged(rfc3550::judge);
}

#[test]
fn gstreamer_plays_what_two_nodes_send_as_one_stream() {
    if !gstreamer::is_there() {
        println!(
            "skipped: gst-launch-1.0 is not installed (Debian packages gstreamer1.0-tools and \
             gstreamer1.0-plugins-good)"
        );
        return;
    }
    judged(gstreamer::judge);
}

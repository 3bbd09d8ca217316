//! What a test terminal found: one JSON object per terminal. Names end in their unit; `_ms` are
//! milliseconds, `unix_ms` milliseconds since 1970, fractions are from 0 to 1.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One terminal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EndpointReport {
    /// Its name.
    pub name: String,
    /// The number in its block code and behind its tone.
    pub sender: u8,
    /// Pictures a second on the grid that frame numbers count; latencies are right only if all
    /// senders use the same.
    pub frame_rate: u32,
    /// When its first channel opened.
    pub connected_unix_ms: Option<u64>,
    /// From then until this report.
    pub connected_ms: f64,
    /// What it said.
    pub sound_sent: SentReport,
    /// What it showed.
    pub pictures_sent: SentReport,
    /// What it heard.
    pub sound: SoundReport,
    /// What it saw.
    pub pictures: PicturesReport,
    /// Why its recording is incomplete.
    pub recording_error: Option<String>,
}

/// One outgoing stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SentReport {
    /// The last codec, such as `G722` or `H264 352x288`.
    pub codec: Option<String>,
    /// RTP packets.
    pub packets: u64,
    /// Octets of their payload.
    pub octets: u64,
    /// Pictures, of a video stream.
    pub pictures: u64,
    /// Those of them that stand alone.
    pub intra_pictures: u64,
    /// Times that the other side asked for an intra picture.
    pub intra_requests: u64,
    /// How long after its instant on the grid a frame or picture left at worst: the load of the
    /// terminal itself.
    pub delay_ms_max: f64,
    /// Time to the other side and back, from its reports.
    pub round_trip_ms: Option<f64>,
    /// Its reports.
    #[serde(default)]
    pub reports: u64,
    /// The largest number of packets that are missing there by one of them (RFC 3550 §6.4.1).
    #[serde(default)]
    pub reported_lost_max: i32,
}

/// What came, whatever it carries.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StreamReport {
    /// The last codec.
    pub codec: Option<String>,
    /// RTP packets that were part of the stream.
    pub packets: u64,
    /// Octets of their payload.
    pub octets: u64,
    /// Packets missing by their sequence numbers (RFC 3550 §6.4.1); duplicates make it less.
    pub lost: i64,
    /// Packets that came too late to be used.
    pub late: u64,
    /// Packets that were no part of the stream, such as those of a stranger.
    pub refused: u64,
    /// Payload over the time from the first to the last packet.
    pub bit_rate_bps: u64,
    /// Interarrival jitter now (RFC 3550 §6.4.1).
    pub jitter_ms: u32,
    /// Times that the source changed.
    pub ssrc_changes: u32,
    /// Times that sequence numbers started anew within one source.
    pub sequence_restarts: u32,
    /// First packet after the first channel opened.
    pub first_packet_ms: Option<f64>,
    /// The longest time between two packets.
    pub gap_ms_max: f64,
    /// The longest ones, longest first.
    pub gaps: Vec<Gap>,
}

/// A time without what should come.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The last event before it.
    pub start_unix_ms: u64,
    /// Until the next event.
    pub length_ms: f64,
}

/// The sound that came, judged in windows of 200 ms from its first packet on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SoundReport {
    /// Its packets.
    pub stream: StreamReport,
    /// Windows judged.
    pub windows: u64,
    /// Whose tones were heard, by sender.
    pub heard: Vec<HeardReport>,
    /// Windows in which our own tone was heard; there should be none.
    pub own_tone_windows: u64,
    /// Level of what is no tone, such as speech, in decibels over overload (so negative): nine of
    /// ten unbroken windows have at most so much. -127 is silence.
    pub other_sound_dbov: f64,
    /// Part of the unbroken windows in which there was such sound.
    pub other_sound_fraction: f64,
    /// Sound that was made up because none had come.
    pub concealed_ms: u64,
    /// Median time that packets wait in the jitter buffer now.
    pub playout_delay_ms: u32,
}

/// One tone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeardReport {
    /// Whose.
    pub sender: u8,
    /// Windows in which it was heard.
    pub windows: u64,
    /// Part of all windows.
    pub fraction: f64,
    /// End of the first such window after the first channel opened.
    pub first_heard_ms: f64,
    /// Longest time from the end of one such window to the end of the next; 200 if it was never
    /// missed.
    pub silence_ms_max: f64,
    /// The longest ones, longest first.
    pub silences: Vec<Gap>,
}

/// The pictures that came.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PicturesReport {
    /// Their packets.
    pub stream: StreamReport,
    /// Pictures decoded.
    pub pictures: u64,
    /// Coded pictures that gave none.
    pub decode_errors: u64,
    /// Times that we asked for an intra picture.
    pub intra_requests: u64,
    /// Their sizes in order of appearance, such as `352x288`.
    pub sizes: Vec<String>,
    /// Pictures in which no block code was found.
    pub unread_pictures: u64,
    /// Longest time between two pictures.
    pub picture_gap_ms_max: f64,
    /// Who was seen, by sender.
    pub seen: Vec<SeenReport>,
}

/// One sender's tile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeenReport {
    /// Whose.
    pub sender: u8,
    /// Pictures in which its code was read.
    pub pictures: u64,
    /// Different pictures of its own among them.
    pub frames: u64,
    /// First seen after the first channel opened.
    pub first_seen_ms: f64,
    /// Half of its pictures took at most so long from being taken until they came here whole.
    pub latency_ms_p50: f64,
    /// The same for 19 of 20.
    pub latency_ms_p95: f64,
    /// The same for all.
    pub latency_ms_max: f64,
    /// Longest time without a new picture of it.
    pub freeze_ms_max: f64,
    /// The longest ones, longest first.
    pub freezes: Vec<Gap>,
    /// Time that its tile showed nothing.
    pub blank_ms: f64,
}

/// Milliseconds to a tenth.
pub fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

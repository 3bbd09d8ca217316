//! Who saw and heard whom, as a table, and what was not as it should be.

use super::{Fault, PARTIES, Party};
use crate::call::CallReport;
use crate::shell::Status;
use crate::terminal::report::Gap;
use base::Instant;
use replication::failover::Role;
use std::time::Duration;

/// Latency of a tile from camera to screen that people in a conversation accept (ITU-T G.114: 400 ms
/// one way at most).
const LATENCY_MS_MAX: f64 = 400.0;
/// A tile may stand still so long; an intra picture asked for and answered fits in.
const FREEZE_MS_MAX: f64 = 1000.0;
/// Part of the windows in which a tone must be heard, the beginning of the call included.
const HEARD_MIN: f64 = 0.7;
/// Part of the windows in which speech must be heard: it has pauses.
const SPEECH_MIN: f64 = 0.2;
/// Part of the windows in which the own tone may seem to be heard: vowels can sound like one for a
/// moment, a tone that came back would be there all the time.
const OWN_MAX: f64 = 0.3;
/// A tile must be there so long after the first channel opened.
const FIRST_SEEN_MS_MAX: f64 = 5000.0;

/// The last moments of a call, in which its picture goes.
const LEAVING_MS: u64 = 300;

/// When a party's call ended.
fn left_at(reports: &[CallReport], party: &Party) -> u64 {
    let ended = |report: &CallReport| Some(report.media.connected_unix_ms? + report.call.lasted_ms);
    let report = reports
        .iter()
        .find(|report| report.media.sender == party.sender);
    report.and_then(ended).unwrap_or(u64::MAX)
}

/// Prints the table; gives back what failed.
pub fn judge(reports: &[CallReport], server_cpu: Duration, seconds: u64) -> Vec<String> {
    let mut failures = Vec::new();
    println!(
        "\nterminal  sees (latency p50/max ms, longest freeze ms)                        hears"
    );
    for (report, party) in reports.iter().zip(&PARTIES) {
        let name = party.name;
        if !report.call.completed {
            failures.push(format!(
                "{name}: the call ended early: {}",
                report.call.release
            ));
        }
        failures.extend(
            report
                .call
                .protocol_errors
                .iter()
                .map(|error| format!("{name}: {error}")),
        );
        let (mut seen, mut heard) = (Vec::new(), Vec::new());
        for other in &PARTIES {
            seen.push(sight(
                report,
                name,
                other,
                left_at(reports, other),
                &mut failures,
            ));
            if other.sender != party.sender {
                heard.push(hearing(report, name, other, &mut failures));
            }
        }
        let sound = &report.media.sound;
        if !party.speech && sound.own_tone_windows as f64 > OWN_MAX * sound.windows as f64 {
            failures.push(format!("{name} hears itself"));
        }
        println!("{name:<8}  {:<75} {}", seen.join("  "), heard.join("  "));
    }
    println!(
        "\nterminal  sends               receives            packets lost  decode errors  connected after ms"
    );
    for (report, party) in reports.iter().zip(&PARTIES) {
        let media = &report.media;
        let codec = |codec: &Option<String>| codec.clone().unwrap_or_else(|| "nothing".into());
        println!(
            "{:<8}  {:<18}  {:<18}  {:>12}  {:>13}  {:>18}",
            party.name,
            codec(&media.pictures_sent.codec),
            codec(&media.pictures.stream.codec),
            media.sound.stream.lost + media.pictures.stream.lost,
            media.pictures.decode_errors,
            report
                .call
                .connected_after_ms
                .map_or("never".into(), |ms| ms.to_string()),
        );
    }
    let percent = server_cpu.as_secs_f64() / seconds as f64 * 100.0;
    println!(
        "\nserver CPU: {percent:.1} % of a core, {:.1} % for each participant",
        percent / PARTIES.len() as f64
    );
    failures
}

/// A gap that a fault caused begins so long before it at most: the last packet may be one period old,
/// and the clocks are read in different processes.
const BEFORE_FAULT_MS: u64 = 60;
/// And so long after it at most: until heartbeats have told and pictures flow again.
const AFTER_FAULT_MS: u64 = 1500;

/// Prints what the fault cost; gives back what failed.
pub fn judge_fault(
    reports: &[CallReport],
    status: &Status,
    fault: Fault,
    struck: Option<Instant>,
) -> Vec<String> {
    let mut failures = Vec::new();
    println!("\n{}", crate::status::table(status));
    let expected = match fault {
        Fault::None => Role::Primary,
        _ => Role::Simplex,
    };
    if status.this.role != expected {
        let (is, should) = (status.this.role.name(), expected.name());
        failures.push(format!("the node that serves is {is}, not {should}"));
    }
    let takeovers = u64::from(matches!(fault, Fault::Kill | Fault::Stop | Fault::Unplug));
    if status.takeovers != takeovers {
        let seen = status.takeovers;
        failures.push(format!("{seen} takeovers, where {takeovers} should be"));
    }
    let Some(at) = struck else {
        if fault != Fault::None {
            failures.push("the conference ended before the fault".into());
        }
        return failures;
    };
    if let Some(change) = &status.last_change {
        let detected = change.detected.since(at).as_secs_f64() * 1e3;
        println!(
            "noticed {detected:.1} ms after the fault, done {:.2} ms later",
            change.work().as_secs_f64() * 1e3
        );
    }
    let struck = at.as_nanos() / 1_000_000;
    println!("terminal  sound: gap ms  pictures: gap ms  sources changed  numbers begun anew");
    for (report, party) in reports.iter().zip(&PARTIES) {
        let (sound, pictures) = (&report.media.sound.stream, &report.media.pictures.stream);
        let gap = |gaps: &[Gap]| {
            gaps.iter()
                .filter(|gap| gap.start_unix_ms + BEFORE_FAULT_MS >= struck)
                .filter(|gap| gap.start_unix_ms <= struck + AFTER_FAULT_MS)
                .map(|gap| gap.length_ms)
                .fold(0.0, f64::max)
        };
        let changes = sound.ssrc_changes + pictures.ssrc_changes;
        let restarts = sound.sequence_restarts + pictures.sequence_restarts;
        println!(
            "{:<8}  {:>13.0}  {:>16.0}  {changes:>15}  {restarts:>18}",
            party.name,
            gap(&sound.gaps),
            gap(&pictures.gaps),
        );
        if changes + restarts > 0 {
            failures.push(format!("{}: RTP begins anew after the fault", party.name));
        }
    }
    failures
}

fn sight(
    report: &CallReport,
    name: &str,
    other: &Party,
    left_unix_ms: u64,
    failures: &mut Vec<String>,
) -> String {
    let Some(tile) = report
        .media
        .pictures
        .seen
        .iter()
        .find(|seen| seen.sender == other.sender)
    else {
        failures.push(format!("{name} does not see {}", other.name));
        return format!("{} never", other.name);
    };
    // Whoever has left stands still for good.
    let freezes = tile
        .freezes
        .iter()
        .filter(|freeze| freeze.start_unix_ms + LEAVING_MS < left_unix_ms);
    let freeze_ms = freezes.map(|freeze| freeze.length_ms).fold(0.0, f64::max);
    let bounds = [
        ("latency of", tile.latency_ms_p50, LATENCY_MS_MAX),
        ("longest freeze of", freeze_ms, FREEZE_MS_MAX),
        (
            "time to the first picture of",
            tile.first_seen_ms,
            FIRST_SEEN_MS_MAX,
        ),
    ];
    for (what, ms, most) in bounds {
        if ms > most {
            failures.push(format!(
                "{name}: {what} {}: {ms:.0} ms, more than {most:.0}",
                other.name
            ));
        }
    }
    format!(
        "{} {:.0}/{:.0} {:.0}",
        other.name, tile.latency_ms_p50, tile.latency_ms_max, freeze_ms
    )
}

fn hearing(report: &CallReport, name: &str, other: &Party, failures: &mut Vec<String>) -> String {
    let sound = &report.media.sound;
    let (fraction, least) = match other.speech {
        true => (sound.other_sound_fraction, SPEECH_MIN),
        false => {
            let heard = sound
                .heard
                .iter()
                .find(|heard| heard.sender == other.sender);
            (heard.map_or(0.0, |heard| heard.fraction), HEARD_MIN)
        }
    };
    if fraction < least {
        failures.push(format!(
            "{name} hears {} only {:.0} % of the time",
            other.name,
            fraction * 100.0
        ));
    }
    format!("{} {:.0} %", other.name, fraction * 100.0)
}

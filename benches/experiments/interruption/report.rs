//! Tables and the picture.

use crate::conference::{Conference, Fault};
use crate::mode_name;
use mcu_benches::curves::LogCurves;
use mcu_benches::interruption::judgement::{Interruption, SOUND_MS};
use mcu_benches::plot;
use mcu_benches::stats::Summary;
use mcu_benches::table::Table;
use replication::shell::MediaMode;

/// Above the nominal interval, when a process is killed, ms: at the median and of 19 in 20.
const KILLED_MS_P50: f64 = 20.0;
const KILLED_MS_P95: f64 = 40.0;
/// Numbers of sound missing then, at the median.
const KILLED_MISSING_P50: f64 = 1.0;
/// Heartbeats missed before a node counts as dead: the default of the product.
const MISSES: f64 = 3.0;
/// Beyond those and one more, ms.
const SILENT_MS: f64 = 5.0;
/// From the first sound until all tiles are live, ms: with media kept by the backup, and without.
const TILES_KEPT_MS: f64 = 150.0;
const TILES_MS: f64 = 500.0;
/// What cannot be seen in a logarithmic picture, ms.
const LEAST_MS: f64 = 0.1;

/// A conference and how it was held.
pub struct Series {
    pub mode: MediaMode,
    pub heartbeat_ms: u64,
    pub conference: Conference,
}

impl Series {
    fn terminals(&self, fault: Fault) -> Vec<&Interruption> {
        let faults = self.conference.faults.iter();
        faults
            .filter(|judged| judged.fault == fault)
            .flat_map(|judged| judged.terminals.iter().flatten())
            .collect()
    }

    fn faults(&self) -> impl Iterator<Item = Fault> {
        let had = |fault: &Fault| {
            let mut faults = self.conference.faults.iter();
            faults.any(|judged| judged.fault == *fault)
        };
        Fault::ALL.into_iter().filter(had)
    }
}

fn above(interruption: &Interruption) -> f64 {
    (interruption.audio.gaps.fault_ms - SOUND_MS).max(0.0)
}

/// A row for each way, period and fault. Three figures are median, 95th percentile and maximum over all
/// faults and terminals.
pub fn table(all: &[Series]) -> Table {
    let mut table = Table::new(&[
        "mode",
        "heartbeat ms",
        "fault",
        "n",
        "silence above 20 ms",
        "target",
        "met?",
        "published",
        "sound numbers missing",
        "picture gap ms",
        "picture numbers missing",
        "tiles live after fault ms",
        "after first sound ms",
        "target ms",
        "tiles met?",
        "blank",
        "stale",
        "upstream sound lost",
        "upstream pictures lost",
        "numbers back",
        "SSRC changes",
    ]);
    for series in all {
        for fault in series.faults() {
            table.row(row(series, fault));
        }
    }
    table
}

fn row(series: &Series, fault: Fault) -> Vec<String> {
    let of = series.terminals(fault);
    let values = |value: &dyn Fn(&Interruption) -> f64| -> Option<Summary> {
        let values: Vec<f64> = of.iter().map(|one| value(one)).collect();
        (!values.is_empty()).then(|| Summary::of(&values))
    };
    let three = |value: &dyn Fn(&Interruption) -> f64, digits: usize| {
        values(value).map_or("-".into(), |summary| {
            let parts = [summary.p50, summary.p95, summary.max];
            parts.map(|part| format!("{part:.digits$}")).join(" / ")
        })
    };
    let sum = |value: &dyn Fn(&Interruption) -> u64| {
        let sum: u64 = of.iter().map(|one| value(one)).sum();
        sum.to_string()
    };
    let period = series.heartbeat_ms as f64;
    let (target, met) = match (values(&above), values(&|one| one.audio.missing as f64)) {
        (Some(gap), Some(missing)) => silence_target(series.mode, fault, period, gap, missing),
        _ => ("-".into(), None),
    };
    // A tile that did not come to life had the whole time.
    let live = |one: &Interruption| one.tiles.live_ms.unwrap_or(f64::INFINITY);
    let after = |one: &Interruption| one.tiles.after_sound_ms.unwrap_or(f64::INFINITY);
    let tiles = match series.mode {
        MediaMode::Direct => TILES_MS,
        MediaMode::Forwarded | MediaMode::Multicast => TILES_KEPT_MS,
    };
    let tiles_met = fault
        .takes_over()
        .then(|| values(&after).is_some_and(|summary| summary.p50 <= tiles));
    let yes = |met: Option<bool>| match met {
        Some(true) => "yes",
        Some(false) => "NO",
        None => "",
    };
    vec![
        mode_name(series.mode).into(),
        series.heartbeat_ms.to_string(),
        fault.name().into(),
        of.len().to_string(),
        three(&above, 1),
        target,
        yes(met).into(),
        match fault.takes_over() {
            true => format!("{period:.0} to {:.0} ms", 2.0 * period),
            false => String::new(),
        },
        three(&|one| one.audio.missing as f64, 0),
        three(&|one| one.pictures.fault_ms, 0),
        three(&|one| one.video.missing as f64, 0),
        three(&live, 0),
        three(&after, 0),
        match fault.takes_over() {
            true => format!("≤ {tiles:.0}"),
            false => String::new(),
        },
        yes(tiles_met).into(),
        sum(&|one| one.tiles.blank),
        three(&|one| one.tiles.stale as f64, 0),
        three(&|one| one.audio_unheard as f64, 0),
        three(&|one| one.video_unheard as f64, 0),
        sum(&|one| one.audio.backwards + one.video.backwards),
        sum(&|one| one.audio.ssrc_changes + one.video.ssrc_changes),
    ]
}

/// What the silence may be, and whether it is.
fn silence_target(
    mode: MediaMode,
    fault: Fault,
    period: f64,
    gap: Summary,
    missing: Summary,
) -> (String, Option<bool>) {
    match fault {
        Fault::PrimaryKilled => (
            format!("≤ {KILLED_MS_P50:.0} / {KILLED_MS_P95:.0}, ≤ {KILLED_MISSING_P50:.0} missing"),
            Some(
                gap.p50 <= KILLED_MS_P50
                    && gap.p95 <= KILLED_MS_P95
                    && missing.p50 <= KILLED_MISSING_P50,
            ),
        ),
        Fault::PrimaryUnplugged | Fault::PrimaryStopped => {
            let most = (MISSES + 1.0) * period + SILENT_MS;
            (format!("≤ {most:.0} at p95"), Some(gap.p95 <= most))
        }
        Fault::BackupKilled | Fault::BackupUnplugged => match mode {
            MediaMode::Direct | MediaMode::Multicast => {
                ("none missing".into(), Some(missing.max == 0.0))
            }
            MediaMode::Forwarded => (String::new(), None),
        },
    }
}

/// What holds for all of it.
pub fn notes(all: &[Series]) -> String {
    let terminals = || {
        let faults = all.iter().flat_map(|series| &series.conference.faults);
        faults.flat_map(|judged| judged.terminals.iter().flatten())
    };
    let three = |what: &str, values: Vec<f64>| match values.is_empty() {
        true => format!("{what}: -"),
        false => {
            let summary = Summary::of(&values);
            let parts = [summary.p50, summary.p95, summary.max];
            format!("{what}: {}", parts.map(|ms| format!("{ms:.1}")).join(" / "))
        }
    };
    let lost: u64 = all.iter().map(|series| series.conference.spurious).sum();
    let broken: usize = (all.iter())
        .map(|series| series.conference.broken.len())
        .sum();
    [
        "three figures: median / 95th percentile / maximum over faults and terminals".to_string(),
        three(
            "sound: longest interval in the second before a fault, less 20 ms",
            terminals()
                .map(|one| one.audio.gaps.quiet_ms - SOUND_MS)
                .collect(),
        ),
        three(
            "sound: longest interval that begins 100 ms after a fault or later, less 20 ms",
            terminals()
                .map(|one| one.audio.gaps.later_ms - SOUND_MS)
                .collect(),
        ),
        three(
            "pictures: longest interval in the second before a fault, ms",
            terminals().map(|one| one.pictures.quiet_ms).collect(),
        ),
        three(
            "sound: RTP time that passed over the gap, less the time, ms",
            terminals().map(|one| one.audio.clock_ms).collect(),
        ),
        format!("nodes lost without a fault: {lost}; calls lost or broken: {broken}"),
        "terminals run with nice 10, because they share the processors with the nodes".to_string(),
    ]
    .join("\n")
}

/// A row for each fault and terminal.
pub fn every_fault(all: &[Series]) -> Table {
    let mut table = Table::new(&[
        "mode",
        "heartbeat_ms",
        "fault",
        "number",
        "terminal",
        "silence_above_ms",
        "first_sound_ms",
        "later_ms",
        "quiet_ms",
        "sound_missing",
        "sound_clock_ms",
        "picture_gap_ms",
        "first_picture_ms",
        "picture_packet_gap_ms",
        "pictures_missing",
        "live_ms",
        "live_after_sound_ms",
        "blank",
        "unread",
        "stale",
        "sound_unheard",
        "pictures_unheard",
        "backwards",
        "ssrc_changes",
        "timeline",
    ]);
    for series in all {
        for (number, judged) in series.conference.faults.iter().enumerate() {
            for (terminal, one) in judged.terminals.iter().enumerate() {
                let Some(one) = one else { continue };
                let ms = |value: f64| format!("{value:.2}");
                let some = |value: Option<f64>| value.map_or(String::new(), ms);
                let mut cells = vec![
                    mode_name(series.mode).into(),
                    series.heartbeat_ms.to_string(),
                    judged.fault.name().into(),
                    (number + 1).to_string(),
                    (terminal + 1).to_string(),
                ];
                let sound = one.audio.gaps;
                cells.extend([above(one), sound.first_ms, sound.later_ms, sound.quiet_ms].map(ms));
                cells.push(one.audio.missing.to_string());
                let (seen, packets) = (one.pictures, one.video.gaps);
                cells.extend(
                    [
                        one.audio.clock_ms,
                        seen.fault_ms,
                        seen.first_ms,
                        packets.fault_ms,
                    ]
                    .map(ms),
                );
                cells.push(one.video.missing.to_string());
                cells.extend([one.tiles.live_ms, one.tiles.after_sound_ms].map(some));
                let counts = [
                    one.tiles.blank,
                    one.tiles.unread,
                    one.tiles.stale,
                    one.audio_unheard,
                    one.video_unheard,
                    one.audio.backwards + one.video.backwards,
                    one.audio.ssrc_changes + one.video.ssrc_changes,
                ];
                cells.extend(counts.map(|count| count.to_string()));
                // It is the node's: once is enough.
                let timeline = judged.timeline.as_ref().filter(|_| terminal == 0);
                cells.push(timeline.map_or(String::new(), ToString::to_string));
                table.row(cells);
            }
        }
    }
    table
}

/// For each way of media the median silence over the period of heartbeats, beside what was published.
pub fn picture(all: &[Series]) -> String {
    let modes = [
        MediaMode::Direct,
        MediaMode::Forwarded,
        MediaMode::Multicast,
    ];
    let of = |mode: MediaMode| all.iter().filter(move |series| series.mode == mode);
    let picture = |mode: MediaMode| {
        let curve = |fault: Fault| {
            let point = |series: &Series| {
                let values: Vec<f64> = series.terminals(fault).into_iter().map(above).collect();
                let median = (!values.is_empty()).then(|| Summary::of(&values).p50)?;
                Some((series.heartbeat_ms as f64, median.max(LEAST_MS)))
            };
            (fault.name(), of(mode).filter_map(point).collect())
        };
        let mut curves: Vec<(&'static str, Vec<(f64, f64)>)> =
            Fault::ALL.into_iter().map(curve).collect();
        let published = |series: &Series| {
            let period = series.heartbeat_ms as f64;
            (period, 1.5 * period)
        };
        curves.push(("published (1.5 periods)", of(mode).map(published).collect()));
        LogCurves {
            title: format!("Silence above 20 ms, {} (medians)", mode_name(mode)),
            axes: ["heartbeat period, ms".into(), "ms".into()],
            curves,
        }
        .to_svg()
    };
    let pictures: Vec<String> = modes
        .into_iter()
        .filter(|mode| of(*mode).next().is_some())
        .map(picture)
        .collect();
    plot::beside(&pictures)
}

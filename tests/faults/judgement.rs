//! What the terminals noticed of the faults, as a table, and what may not have happened to them.

use super::Fault;
use super::callers::Call;
use mcu::terminal::core::Outcome;
use mcu::terminal::report::Gap;
use std::fmt;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// A gap that a fault caused begins at most so long before it, because the last packet may be one
/// period old, and at most so long after it: a packet that comes late may be repeated meanwhile.
const BEFORE_MS: u64 = 100;
const AFTER_MS: u64 = 500;
/// A longer silence is an outage, whatever caused it.
const SOUND_GAP_MS_MAX: f64 = 500.0;
/// A longer wait for an answer is one; TCP alone repeats a packet that is lost three times running
/// after 1.4 s.
const CONTROL_MS_MAX: f64 = 3_000.0;

/// A fault that happened.
pub struct Stroke {
    pub fault: Fault,
    pub at_unix_ms: u64,
    /// From the victim's last sign of life to the detection, as the survivor says.
    pub silence_ms: Option<f64>,
    /// From the detection to the last step, as it says.
    pub work_ms: f64,
    /// What it has taken over.
    pub connections: usize,
    /// From the victim's return until it was the backup.
    pub rejoined_after: Duration,
}

impl fmt::Display for Stroke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<11} detected after {:>6.1} ms, took {:>6.2} ms, {:>3} connections; backup again {:>6.0} ms \
             after its start",
            format!("{:?}", self.fault),
            self.silence_ms.unwrap_or(f64::NAN),
            self.work_ms,
            self.connections,
            self.rejoined_after.as_secs_f64() * 1e3
        )
    }
}

/// What one fault cost the terminals.
#[derive(Default)]
struct Cost {
    calls: usize,
    sound_ms: f64,
    pictures_ms: f64,
    control_ms: f64,
}

impl Stroke {
    fn cost(&self, calls: &[Call]) -> Cost {
        let mut cost = Cost::default();
        let worst = |gaps: &[Gap], cost: &mut f64| {
            for gap in gaps.iter().filter(|gap| self.caused(gap)) {
                *cost = cost.max(gap.length_ms);
            }
        };
        for call in calls {
            let (outcome, media) = (&call.report.call, &call.report.media);
            let begun = media.connected_unix_ms.unwrap_or(u64::MAX);
            if begun <= self.at_unix_ms
                && self.at_unix_ms <= begun.saturating_add(outcome.lasted_ms)
            {
                cost.calls += 1;
            }
            worst(&media.sound.stream.gaps, &mut cost.sound_ms);
            worst(&media.pictures.stream.gaps, &mut cost.pictures_ms);
            worst(&outcome.round_trips.longest, &mut cost.control_ms);
        }
        cost
    }

    fn caused(&self, gap: &Gap) -> bool {
        let end = gap.start_unix_ms + gap.length_ms as u64;
        gap.start_unix_ms <= self.at_unix_ms + AFTER_MS && end + BEFORE_MS >= self.at_unix_ms
    }
}

/// What came out.
pub struct Judged {
    /// What does not hold.
    pub failures: Vec<String>,
    /// The longest gap in anybody's sound that a fault caused.
    pub sound_gap_ms: f64,
}

/// The longest gap in anybody's sound that a fault caused.
pub fn worst_sound_gap_ms(strokes: &[Stroke], calls: &[Call]) -> f64 {
    let costs = strokes.iter().map(|stroke| stroke.cost(calls).sound_ms);
    costs.fold(0.0, f64::max)
}

/// Prints the table and writes it to `faults.csv`.
pub fn judge(strokes: &[Stroke], calls: &[Call], out: &Path) -> anyhow::Result<Judged> {
    let mut csv = String::from(
        "fault,unix_ms,calls,connections,detected_ms,takeover_ms,sound_gap_ms,pictures_gap_ms,control_ms,\
         rejoined_ms\n",
    );
    let costs: Vec<Cost> = strokes.iter().map(|stroke| stroke.cost(calls)).collect();
    for (stroke, cost) in strokes.iter().zip(&costs) {
        writeln!(
            csv,
            "{:?},{},{},{},{:.1},{:.2},{:.1},{:.1},{:.1},{:.0}",
            stroke.fault,
            stroke.at_unix_ms,
            cost.calls,
            stroke.connections,
            stroke.silence_ms.unwrap_or(f64::NAN),
            stroke.work_ms,
            cost.sound_ms,
            cost.pictures_ms,
            cost.control_ms,
            stroke.rejoined_after.as_secs_f64() * 1e3,
        )?;
    }
    std::fs::write(out.join("faults.csv"), csv)?;
    println!("{:<30}{:>9}{:>9}{:>9}{:>9}", "ms", "p50", "p95", "max", "n");
    let mut kinds: Vec<Fault> = Vec::new();
    for stroke in strokes {
        if !kinds.contains(&stroke.fault) {
            kinds.push(stroke.fault);
        }
    }
    for kind in kinds {
        let of = |value: &dyn Fn(&Stroke, &Cost) -> Option<f64>| -> Vec<f64> {
            (strokes.iter().zip(&costs))
                .filter(|(stroke, _)| stroke.fault == kind)
                .filter_map(|(stroke, cost)| value(stroke, cost))
                .collect()
        };
        line(kind, "detection", of(&|stroke, _| stroke.silence_ms));
        line(kind, "takeover", of(&|stroke, _| Some(stroke.work_ms)));
        line(kind, "worst sound gap", of(&|_, cost| Some(cost.sound_ms)));
        line(
            kind,
            "worst picture gap",
            of(&|_, cost| Some(cost.pictures_ms)),
        );
        line(
            kind,
            "worst control pause",
            of(&|_, cost| Some(cost.control_ms)),
        );
        let rejoined = |stroke: &Stroke| Some(stroke.rejoined_after.as_secs_f64() * 1e3);
        line(kind, "restart to backup", of(&|stroke, _| rejoined(stroke)));
    }
    quiet(strokes, calls);
    let failures: Vec<String> = calls
        .iter()
        .filter_map(|call| Some(format!("{}: {}", call.what, fault_of(call)?)))
        .collect();
    let trips: u64 = calls
        .iter()
        .map(|call| call.report.call.round_trips.answered)
        .sum();
    let lasted: u64 = calls.iter().map(|call| call.report.call.lasted_ms).sum();
    println!(
        "{} faults, {} calls of {} s, {trips} round trips; {} calls were broken",
        strokes.len(),
        calls.len(),
        lasted / 1000,
        failures.len()
    );
    Ok(Judged {
        failures,
        sound_gap_ms: worst_sound_gap_ms(strokes, calls),
    })
}

fn line(kind: Fault, what: &str, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    let part = |percent: usize| {
        let at = (values.len() * percent).div_ceil(100).max(1) - 1;
        values.get(at).copied().unwrap_or(f64::NAN)
    };
    println!(
        "{:<30}{:>9.1}{:>9.1}{:>9.1}{:>9}",
        format!("{kind:?}: {what}"),
        part(50),
        part(95),
        part(100),
        values.len()
    );
}

/// What the cable alone does: the worst far from every fault.
fn quiet(strokes: &[Stroke], calls: &[Call]) {
    let worst = |gaps: &dyn Fn(&Call) -> &[Gap]| {
        let quiet = |gap: &&Gap| !strokes.iter().any(|stroke| stroke.caused(gap));
        let gaps = calls.iter().flat_map(gaps).filter(quiet);
        gaps.map(|gap| gap.length_ms).fold(0.0, f64::max)
    };
    println!(
        "without a fault at worst: sound {:.1} ms, pictures {:.1} ms, control {:.1} ms",
        worst(&|call| &call.report.media.sound.stream.gaps),
        worst(&|call| &call.report.media.pictures.stream.gaps),
        worst(&|call| &call.report.call.round_trips.longest)
    );
}

fn brief(outcome: &Outcome) -> String {
    format!(
        "{:?} {:?} {:?} after {} ms",
        outcome.release, outcome.protocol_errors, outcome.connections_lost, outcome.lasted_ms
    )
}

/// What may not have happened to a call, however long it was to last.
pub fn disturbance_of(call: &Call) -> Option<String> {
    let outcome = &call.report.call;
    let (sound, pictures) = (
        &call.report.media.sound.stream,
        &call.report.media.pictures.stream,
    );
    if outcome.connected_after_ms.is_none() {
        return Some(format!("was not accepted: {}", brief(outcome)));
    }
    if !outcome.protocol_errors.is_empty() || !outcome.connections_lost.is_empty() {
        return Some(format!("was disturbed: {}", brief(outcome)));
    }
    if outcome.round_trips.answered == 0 || outcome.round_trips.unanswered > 1 {
        return Some(format!("had no answers: {:?}", outcome.round_trips));
    }
    let anew = [sound, pictures].map(|stream| stream.ssrc_changes + stream.sequence_restarts);
    (anew != [0, 0]).then(|| format!("its streams began anew {anew:?} times"))
}

/// What may not have happened to a call that had its time.
pub fn fault_of(call: &Call) -> Option<String> {
    let outcome = &call.report.call;
    let sound = &call.report.media.sound.stream;
    if let Some(disturbance) = disturbance_of(call) {
        return Some(disturbance);
    }
    if !call.status.success() || !outcome.completed || outcome.release != "Normal by Local" {
        return Some(format!("did not last: {}", brief(outcome)));
    }
    if sound.packets == 0 || sound.gap_ms_max > SOUND_GAP_MS_MAX {
        return Some(format!("heard nothing for {} ms", sound.gap_ms_max));
    }
    let waited = outcome.round_trips.ms_max;
    (waited > CONTROL_MS_MAX).then(|| format!("waited {waited} ms for an answer"))
}

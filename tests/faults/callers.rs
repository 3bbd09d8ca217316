//! Terminals that call, press keys and hang up, one after another, all the time.

use super::nodes::CONTROL;
use super::{POLL, within};
use anyhow::{Context, ensure};
use base::Rng;
use mcu::call::CallReport;
use mcu::lab::{Host, Process, Signal};
use std::fs::File;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

/// Terminals on a host at once.
const SLOTS_PER_HOST: usize = 2;
/// Milliseconds that a call lasts: most, and one of `LONG_EVERY`.
const SHORT_MS: std::ops::Range<u64> = 1_000..6_000;
const LONG_MS: std::ops::Range<u64> = 8_000..16_000;
const LONG_EVERY: u64 = 3;
/// Milliseconds between two calls of a slot.
const PAUSE_MS: std::ops::Range<u64> = 0..800;
/// Between two H.245 round trips, in milliseconds.
const ROUND_TRIPS_MS: u32 = 50;
/// How long a terminal may take beyond its call, and a node to do what it must.
const PATIENCE: Duration = Duration::from_secs(20);
const STARTS: [&str; 5] = ["slow", "slow-early", "tunnel", "fast", "fast-tunnel"];
const SOUNDS: [&str; 3] = ["g711u", "g711a", "g722"];
const PICTURES: [&str; 4] = ["", "h261-qcif", "h264-qcif", "h264-cif"];

/// A call that is over.
pub struct Call {
    /// Its number and how it was placed.
    pub what: String,
    pub status: ExitStatus,
    /// What its terminal says.
    pub report: CallReport,
}

struct Slot {
    /// Which host.
    client: usize,
    /// Its range of ports there.
    ports: usize,
    running: Option<Running>,
    next: Instant,
}

/// A call that goes on.
pub struct Running {
    what: String,
    process: Process,
    file: PathBuf,
    overdue: Instant,
}

/// All terminals.
pub struct Callers<'a> {
    clients: &'a [Host],
    out: PathBuf,
    rng: Rng,
    slots: Vec<Slot>,
    calls: Vec<Call>,
    begun: u64,
}

impl<'a> Callers<'a> {
    pub fn new(clients: &'a [Host], out: &Path, seed: u64) -> Self {
        let slot = |index: usize| Slot {
            client: index / SLOTS_PER_HOST,
            ports: index % SLOTS_PER_HOST,
            running: None,
            next: Instant::now(),
        };
        Callers {
            slots: (0..clients.len() * SLOTS_PER_HOST).map(slot).collect(),
            clients,
            out: out.into(),
            rng: Rng::new(seed),
            calls: Vec::new(),
            begun: 0,
        }
    }

    /// Lets them call for so long.
    pub fn keep_busy(&mut self, time: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.turn(true)?;
            std::thread::sleep(POLL.min(end.saturating_duration_since(Instant::now())));
        }
        Ok(())
    }

    /// Lets them call until there is something.
    pub fn busy_until<T>(
        &mut self,
        mut look: impl FnMut() -> anyhow::Result<Option<T>>,
        what: &str,
    ) -> anyhow::Result<T> {
        within(PATIENCE, what, || {
            self.turn(true)?;
            look()
        })
    }

    /// Waits until all have hung up.
    pub fn finish(mut self) -> anyhow::Result<Vec<Call>> {
        let patience = PATIENCE + Duration::from_millis(LONG_MS.end);
        within(patience, "all calls are over", || {
            self.turn(false)?;
            let over = self.slots.iter().all(|slot| slot.running.is_none());
            Ok(over.then_some(()))
        })?;
        Ok(self.calls)
    }

    fn turn(&mut self, calling: bool) -> anyhow::Result<()> {
        let now = Instant::now();
        for index in 0..self.slots.len() {
            let pause = super::between(&mut self.rng, PAUSE_MS);
            let slot = &mut self.slots[index];
            let Some(running) = &mut slot.running else {
                if calling && slot.next <= now {
                    self.begin(index)?;
                }
                continue;
            };
            let Some(status) = running.process.ended()? else {
                ensure!(running.overdue > now, "{} does not end", running.what);
                continue;
            };
            slot.next = now + pause;
            if let Some(running) = slot.running.take() {
                self.calls.push(running.over(status)?);
            }
        }
        Ok(())
    }

    fn begin(&mut self, index: usize) -> anyhow::Result<()> {
        self.begun += 1;
        let rng = &mut self.rng;
        let choose =
            |rng: &mut Rng, from: &[&'static str]| from[rng.below(from.len() as u64) as usize];
        let (start, sound, pictures) = (
            choose(rng, &STARTS),
            choose(rng, &SOUNDS),
            choose(rng, &PICTURES),
        );
        let range = match rng.below(LONG_EVERY) {
            0 => LONG_MS,
            _ => SHORT_MS,
        };
        let duration = super::between(rng, range);
        let keys: String = (0..duration.as_secs())
            .map(|_| format!("{},", rng.below(10)))
            .collect();
        let slot = &mut self.slots[index];
        let client = &self.clients[slot.client];
        let what = format!(
            "call {} ({start} {sound} {pictures} {:.1} s)",
            self.begun,
            duration.as_secs_f64()
        );
        let file = self.out.join(format!("call{}.json", self.begun));
        let log = File::create(file.with_extension("log"))?;
        let media = 20_000 + slot.ports * 1000;
        let control = 30_000 + slot.ports * 500;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["call", &CONTROL.to_string(), "hall"])
            .args(["--name", &format!("caller{}", self.begun)])
            .args(["--sender", &index.to_string()])
            .args(["--address", &client.address.to_string()])
            .args(["--start", start, "--audio", sound, "--video", pictures])
            .args(["--frame-rate", "15", "--bit-rate-kbps", "128"])
            .args(["--duration", &duration.as_secs_f64().to_string()])
            .args(["--dtmf", &keys])
            .args(["--round-trips", &ROUND_TRIPS_MS.to_string()])
            .args(["--media-ports", &format!("{media}-{}", media + 999)])
            .args(["--control-ports", &format!("{control}-{}", control + 499)])
            .arg("--report")
            .arg(&file)
            .stderr(log);
        slot.running = Some(Running {
            process: client.start(&mut command)?,
            what,
            file,
            overdue: Instant::now() + duration + PATIENCE,
        });
        Ok(())
    }
}

/// Places a call of its own to this address, which lasts so long; `what` is how it is called.
pub fn place(
    client: &Host,
    what: &str,
    to: IpAddr,
    duration: Duration,
    out: &Path,
) -> anyhow::Result<Running> {
    let file = out.join(format!("call-{what}.json"));
    let log = File::create(file.with_extension("log"))?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["call", &to.to_string(), "hall", "--name", what])
        .args(["--address", &client.address.to_string()])
        .args(["--video", "h261-qcif"])
        .args(["--frame-rate", "15", "--bit-rate-kbps", "128"])
        .args(["--duration", &duration.as_secs_f64().to_string()])
        .args(["--round-trips", &ROUND_TRIPS_MS.to_string()])
        .arg("--report")
        .arg(&file)
        .stderr(log);
    Ok(Running {
        process: client.start(&mut command)?,
        what: what.into(),
        file,
        overdue: Instant::now() + duration + PATIENCE,
    })
}

impl Running {
    /// Waits for its end.
    pub fn end(mut self) -> anyhow::Result<Call> {
        let patience = self.overdue.saturating_duration_since(Instant::now());
        let status = within(patience, "the call is over", || self.process.ended())?;
        self.over(status)
    }

    /// Ends it: it has lasted until now.
    pub fn hang_up(mut self) -> anyhow::Result<Call> {
        let ended = self.process.ended()?;
        ensure!(ended.is_none(), "{} has ended: {ended:?}", self.what);
        self.process.signal(Signal::SIGTERM)?;
        self.overdue = Instant::now() + PATIENCE;
        self.end()
    }

    fn over(self, status: ExitStatus) -> anyhow::Result<Call> {
        let what = self.what;
        let text = std::fs::read_to_string(&self.file)
            .with_context(|| format!("{what} has left no report"))?;
        let mut reports: Vec<CallReport> = serde_json::from_str(&text)?;
        let report = reports
            .pop()
            .with_context(|| format!("{what}: no report"))?;
        Ok(Call {
            what,
            status,
            report,
        })
    }
}

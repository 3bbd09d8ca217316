//! A terminal in a call.

use super::{PATIENCE, World, within};
use anyhow::{Context, ensure};
use mcu::call::CallReport;
use mcu::lab::Process;
use std::fs::File;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// A longer silence is noticed by everybody.
const SOUND_GAP_MS_MAX: f64 = 1_000.0;

/// `mcu call` on the client's host.
pub struct Terminal {
    name: &'static str,
    duration: Duration,
    process: Process,
    file: PathBuf,
}

impl Terminal {
    /// Calls; the call is to last so long. `number` keeps the ports of terminals apart.
    pub fn call(
        world: &World,
        name: &'static str,
        number: u16,
        to: IpAddr,
        duration: Duration,
    ) -> anyhow::Result<Self> {
        let file = world.out.join(format!("{name}.json"));
        let log = File::create(file.with_extension("log"))?;
        let (media, control) = (20_000 + number * 100, 30_000 + number * 100);
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["call", &to.to_string(), "hall", "--name", name])
            .args(["--sender", &number.to_string()])
            .args(["--address", &world.client.address.to_string()])
            .args(["--video", "h261-qcif", "--frame-rate", "15"])
            .args(["--duration", &duration.as_secs_f64().to_string()])
            .args(["--round-trips", "50"])
            .args(["--media-ports", &format!("{media}-{}", media + 99)])
            .args(["--control-ports", &format!("{control}-{}", control + 99)])
            .arg("--report")
            .arg(&file)
            .stderr(log);
        Ok(Terminal {
            name,
            duration,
            process: world.client.start(&mut command)?,
            file,
        })
    }

    /// What it says when its call is over.
    pub fn report(mut self) -> anyhow::Result<CallReport> {
        within(self.duration + PATIENCE, "the terminal ends", || {
            Ok(self.process.ended()?.map(drop))
        })?;
        let text = std::fs::read_to_string(&self.file)
            .with_context(|| format!("{} has left no report", self.name))?;
        let mut reports: Vec<CallReport> = serde_json::from_str(&text)?;
        reports.pop().context("no report")
    }

    /// Its call was as long as it was to be, and nothing of it broke.
    pub fn was_unharmed(self) -> anyhow::Result<()> {
        let name = self.name;
        let CallReport { call, media } = self.report()?;
        ensure!(
            call.completed && call.release == "Normal by Local",
            "{name}'s call was not to be over: {} after {} ms; connected after {:?} ms",
            call.release,
            call.lasted_ms,
            call.connected_after_ms
        );
        ensure!(
            call.protocol_errors.is_empty() && call.connections_lost.is_empty(),
            "{name}'s call was disturbed: {:?} {:?}",
            call.protocol_errors,
            call.connections_lost
        );
        ensure!(call.round_trips.answered > 0, "{name} got no answers");
        let sound = &media.sound.stream;
        ensure!(
            sound.packets > 0 && sound.gap_ms_max <= SOUND_GAP_MS_MAX,
            "{name} heard nothing for {} ms",
            sound.gap_ms_max
        );
        ensure!(
            sound.ssrc_changes + sound.sequence_restarts == 0,
            "{name}'s sound began anew"
        );
        println!(
            "  {name}: longest gap in the sound {:.0} ms",
            sound.gap_ms_max
        );
        Ok(())
    }
}

//! The units of systemd.

use super::World;
use anyhow::{Context, ensure};
use std::path::Path;
use std::process::Command;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/systemd");
/// The program that they start.
const PROGRAM: &str = "/usr/local/bin/mcu";
/// Since systemd 254; earlier ones say that they ignore them.
const NEW: [&str; 2] = ["'RestartSteps'", "'RestartMaxDelaySec'"];

/// `systemd-analyze verify` has nothing to say about them.
pub fn verify(world: &World) -> anyhow::Result<()> {
    let there = Command::new("systemd-analyze").arg("--version").output();
    if there.is_err() {
        println!("skipped, as there is no systemd-analyze here:");
        return Ok(());
    }
    let mut command = Command::new("systemd-analyze");
    command.arg("verify");
    let mut units = 0;
    for entry in std::fs::read_dir(FOLDER)? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        ensure!(
            text.contains(PROGRAM),
            "{} does not start {PROGRAM}",
            path.display()
        );
        let here = std::env::current_exe()?;
        let here = here.to_str().context("a path that is no text")?;
        let copy = world.out.join(path.file_name().context("no name")?);
        std::fs::write(&copy, text.replace(PROGRAM, here))?;
        command.arg(copy);
        units += 1;
    }
    ensure!(units == 3, "{units} units");
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    let wrong: Vec<&str> = said
        .lines()
        .filter(|line| !NEW.iter().any(|new| line.contains(new)))
        // Of other units of this host.
        .filter(|line| line.contains("mcu"))
        .collect();
    ensure!(wrong.is_empty(), "systemd-analyze says {wrong:#?}");
    Ok(())
}

/// The capabilities that a node has as a service, as `setpriv --bounding-set` takes them.
pub fn capabilities() -> anyhow::Result<String> {
    let unit = std::fs::read_to_string(Path::new(FOLDER).join("mcu.service"))?;
    let line = unit
        .lines()
        .find_map(|line| line.strip_prefix("CapabilityBoundingSet="))
        .context("the unit names no capabilities")?;
    let names = line.split_whitespace().map(|name| {
        let name = name.trim_start_matches("CAP_").to_lowercase();
        format!(",+{name}")
    });
    Ok(format!("-all{}", names.collect::<String>()))
}

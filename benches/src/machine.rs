//! Where figures come from: machine, commit and command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Three lines that make a figure traceable.
pub fn origin() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = (cpuinfo.lines().find(|line| line.starts_with("model name")))
        .and_then(|line| line.split(": ").nth(1))
        .unwrap_or("unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "machine: {model}, {cores} cores, {} {}\ncommit: {}\ncommand: {}",
        std::env::consts::OS,
        std::env::consts::ARCH,
        commit().as_deref().unwrap_or("unknown"),
        command(),
    )
}

/// The folder of results that are quoted.
pub fn results() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("results")
}

fn commit() -> Option<String> {
    let git = Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=10"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()?;
    let name = String::from_utf8(git.stdout).ok()?.trim().to_owned();
    (git.status.success() && !name.is_empty()).then_some(name)
}

/// `cargo bench` starts programs named after the bench, a dash and a hash.
fn command() -> String {
    let program = std::env::args().next().unwrap_or_default();
    let name =
        (Path::new(&program).file_stem()).map_or_else(String::new, |n| n.to_string_lossy().into());
    let bench = name
        .rsplit_once('-')
        .map_or(name.as_str(), |(bench, _)| bench);
    let own: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let dashes = if own.is_empty() { "" } else { " -- " };
    format!("cargo bench --bench {bench}{dashes}{}", own.join(" "))
}

//! What people in a conference notice when a node dies: the silence, the numbers missing, the
//! pictures.
//!
//! `cargo bench -p mcu-benches --bench interruption [-- --modes direct --faults primary-killed
//! --heartbeats 20 --repetitions 10 | --smoke]`, in a LAN of its own (namespaces; no root needed). For each
//! way of media and heartbeat period one conference of three terminals (G.711, H.264 CIF, 30 pictures
//! a second) goes on through many faults, one after another. Everything is judged at the terminals,
//! packet by packet and tile by tile, beside what they noticed in the second before the fault: that is
//! the noise of the machine. Results go to `results/`, with `--smoke` nowhere.

mod conference;
mod report;

use anyhow::ensure;
use base::Rng;
use clap::{Parser, ValueEnum};
use conference::Fault;
use mcu_benches::interruption::{ms, now};
use mcu_benches::machine;
use mcu_benches::pair::{self, Pair, PairSettings};
use replication::shell::MediaMode;
use report::Series;
use std::path::PathBuf;

/// Chooses instants and the order of faults.
const SEED: u64 = 7;

/// Hold conferences while nodes die, and tell what the terminals noticed
#[derive(Parser)]
struct Arguments {
    /// direct, forwarded, multicast
    #[arg(long, value_delimiter = ',', value_parser = mode, default_value = "direct,forwarded,multicast")]
    modes: Vec<MediaMode>,
    /// What happens; by default everything
    #[arg(long, value_delimiter = ',')]
    faults: Vec<Fault>,
    /// Milliseconds between heartbeats
    #[arg(long, value_delimiter = ',', default_value = "5,10,25,50,100,200")]
    heartbeats: Vec<u64>,
    /// How often each fault happens
    #[arg(long, default_value_t = 10)]
    repetitions: usize,
    /// Each fault once, one way of media, one period
    #[arg(long)]
    smoke: bool,
    /// Copy logs, reports and traces to this folder
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// cargo bench gives it
    #[arg(long, hide = true)]
    bench: bool,
}

fn mode(name: &str) -> Result<MediaMode, String> {
    serde_json::from_value(name.into()).map_err(|error| error.to_string())
}

/// As it is written in settings.
pub fn mode_name(mode: MediaMode) -> &'static str {
    match mode {
        MediaMode::Direct => "direct",
        MediaMode::Forwarded => "forwarded",
        MediaMode::Multicast => "multicast",
    }
}

fn main() -> anyhow::Result<()> {
    pair::isolate();
    let mut arguments = Arguments::parse();
    if arguments.smoke {
        arguments.modes.truncate(1);
        arguments.heartbeats = vec![20];
        arguments.repetitions = 1;
    }
    if arguments.faults.is_empty() {
        arguments.faults = Fault::value_variants().to_vec();
    }
    let mut rng = Rng::new(SEED);
    let mut pair = Pair::new(conference::TERMINALS)?;
    let mut all = Vec::new();
    let mut broken = Vec::new();
    for &mode in &arguments.modes {
        for &heartbeat_ms in &arguments.heartbeats {
            let name = format!("{} {heartbeat_ms} ms", mode_name(mode));
            println!("{name}");
            let settings = PairSettings {
                mode,
                relay: true,
                heartbeat_ms: Some(heartbeat_ms),
            };
            let faults = shuffled(&arguments, &mut rng);
            let keep = arguments.keep.as_deref();
            let keep = keep.map(|keep| keep.join(name.replace(' ', "-")));
            let begun = now();
            let held = conference::hold(&mut pair, settings, &faults, &mut rng, keep.as_deref())?;
            println!(
                "  {:.1} s a fault; terminals took {:.2} processors, the surviving node {:.2}; {} times a \
                 node was lost without a fault",
                ms(now() - begun) / 1e3 / faults.len() as f64,
                held.load[0],
                held.load[1],
                held.spurious
            );
            let of = |what: &String| format!("{name}: {what}");
            broken.extend(held.broken.iter().map(of));
            all.push(Series {
                mode,
                heartbeat_ms,
                conference: held,
            });
            println!("{}", report::table(&all[all.len() - 1..]));
        }
    }
    let table = report::table(&all);
    println!("{table}\n{}", report::notes(&all));
    if !arguments.smoke {
        let (results, origin) = (machine::results(), machine::origin());
        let head = format!("{origin}\n{}", report::notes(&all));
        let write = |name: &str, text: String| std::fs::write(results.join(name), text);
        write("interruption.csv", table.to_csv(&head))?;
        write(
            "interruption-faults.csv",
            report::every_fault(&all).to_csv(&origin),
        )?;
        write("interruption.svg", report::picture(&all))?;
    }
    ensure!(
        broken.is_empty(),
        "{} calls were lost or broken:\n  {}",
        broken.len(),
        broken.join("\n  ")
    );
    Ok(())
}

/// Every fault as often as wanted, in random order.
fn shuffled(arguments: &Arguments, rng: &mut Rng) -> Vec<Fault> {
    let mut faults = arguments.faults.repeat(arguments.repetitions);
    for last in (1..faults.len()).rev() {
        faults.swap(last, rng.below(last as u64 + 1) as usize);
    }
    faults
}

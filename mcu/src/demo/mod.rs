//! `mcu demo`: a conference of three on a LAN of its own, judged at the terminals.

mod film;
mod verdict;

use crate::call::CallReport;
use crate::lab::{self, Host, Lab, Process};
use anyhow::{Context, bail, ensure};
use clap::Args;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The room that all meet in.
const ROOM: &str = "demo";
/// How long the server may take to accept calls.
const START_PATIENCE: Duration = Duration::from_secs(10);
/// How long a terminal may take beyond its call's duration.
const END_PATIENCE: Duration = Duration::from_secs(15);
/// How long the server may take to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(5);
/// How often progress is looked at.
const POLL: Duration = Duration::from_millis(100);
/// How much longer the others stay than the first.
const OTHERS_LONGER_SECONDS: u64 = 2;
/// How long people stay with `--keep`.
const KEEP_SECONDS: u64 = 24 * 3600;
/// Speech of a synthetic voice, 8 kHz.
const SPEECH: &[u8] = include_bytes!("../../data/speech.wav");

/// Hold a conference of three and judge it: one terminal with speech and a film, one H.264, one H.261
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Seconds the conference lasts
    #[arg(long, default_value_t = 12)]
    duration: u64,
    /// Use 127.0.0.0/8 instead of a LAN of network namespaces
    #[arg(long)]
    loopback: bool,
    /// Leave the conference running until Ctrl-C, and say how to call in
    #[arg(long)]
    keep: bool,
    /// Where reports, recordings and logs go
    #[arg(long, value_name = "FOLDER", default_value = "out/demo")]
    out: PathBuf,
    /// Capture the LAN to this file with dumpcap (Debian package tshark)
    #[arg(long, value_name = "PCAP", conflicts_with = "loopback")]
    capture: Option<PathBuf>,
}

/// One of the three.
struct Party {
    name: &'static str,
    /// Its block code and tone.
    sender: u8,
    arguments: &'static [&'static str],
    /// It speaks from a file instead of playing its tone.
    speech: bool,
}

const PARTIES: [Party; 3] = [
    Party {
        name: "alice",
        sender: 1,
        arguments: &["--start", "slow", "--video", "h264-cif"],
        speech: true,
    },
    Party {
        name: "bob",
        sender: 2,
        arguments: &[
            "--start", "tunnel", "--video", "h264-cif", "--audio", "g722",
        ],
        speech: false,
    },
    Party {
        name: "carol",
        sender: 3,
        arguments: &[
            "--start",
            "fast-tunnel",
            "--video",
            "h261-cif",
            "--audio",
            "g711a",
        ],
        speech: false,
    },
];

/// Where a program runs: a host of the lab, or this machine.
struct Place {
    host: Option<Host>,
    address: IpAddr,
}

impl Place {
    fn start(&self, command: &mut Command) -> anyhow::Result<Process> {
        match &self.host {
            Some(host) => host.start(command),
            None => Process::start(command),
        }
    }

    fn answers(&self, to: SocketAddr) -> bool {
        let connect = || Ok(TcpStream::connect_timeout(&to, POLL).is_ok());
        match &self.host {
            Some(host) => host.inside(connect).unwrap_or(false),
            None => connect().unwrap_or(false),
        }
    }
}

/// Runs the demo; an error if a check fails. Call it while the process has a single thread.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if !arguments.loopback
        && let Err(forbidden) = lab::isolate()
    {
        bail!("{forbidden}\nRun the demo with sudo, or with --loopback (127.0.0.0/8, no faults).");
    }
    crate::log_to_stderr();
    std::fs::create_dir_all(&arguments.out)
        .with_context(|| format!("cannot make the folder {}", arguments.out.display()))?;
    let mut lab = (!arguments.loopback).then(Lab::new).transpose()?;
    let mut place = |name: &str, number: u8| {
        let host = lab.as_mut().map(|lab| lab.host(name)).transpose()?;
        let loopback = Ipv4Addr::new(127, 0, 0, number);
        let address = host.as_ref().map_or(loopback, |host| host.address).into();
        anyhow::Ok(Place { host, address })
    };
    let server_place = place("mcu", 1)?;
    let places: Vec<Place> = (PARTIES.iter().zip(2..))
        .map(|(party, number)| place(party.name, number))
        .collect::<Result<_, _>>()?;
    let _capture = arguments.capture.as_deref().map(capture).transpose()?;

    let server = start_server(&server_place, &arguments.out)?;
    let signalling = SocketAddr::new(server_place.address, crate::config::SIGNALLING_PORT);
    wait_for(&places[0], signalling)?;
    let kind = if arguments.loopback {
        "loopback addresses"
    } else {
        "a LAN of network namespaces"
    };
    println!(
        "server at {signalling} on {kind}; logs and recordings in {}",
        arguments.out.display()
    );

    let cpu_before = server.cpu_time()?;
    let mut calls = Vec::new();
    for (party, place) in PARTIES.iter().zip(&places) {
        let process = start_call(party, place, signalling, arguments)?;
        println!(
            "{:<6} calls from {} ({})",
            party.name,
            place.address,
            party.arguments.join(" ")
        );
        calls.push((party, process));
    }
    if arguments.keep {
        return keep(&server, signalling, arguments);
    }
    wait_for_calls(&mut calls, arguments.duration + OTHERS_LONGER_SECONDS)?;
    let cpu = server.cpu_time()?.saturating_sub(cpu_before);
    server.stop(STOP_PATIENCE)?;

    let reports: Vec<CallReport> = PARTIES
        .iter()
        .map(|party| read_report(&arguments.out, party.name))
        .collect::<Result<_, _>>()?;
    let snapshot = arguments.out.join("mosaic.png");
    std::fs::copy(arguments.out.join("alice.png"), &snapshot)
        .context("alice has kept no picture")?;
    let failures = verdict::judge(&reports, cpu, arguments.duration);
    println!("mosaic: {}", snapshot.display());
    ensure!(
        failures.is_empty(),
        "{} checks failed:\n  {}",
        failures.len(),
        failures.join("\n  ")
    );
    println!("all checks passed");
    Ok(())
}

fn program() -> anyhow::Result<Command> {
    Ok(Command::new(
        std::env::current_exe().context("cannot find this program's file")?,
    ))
}

/// The program's standard error goes to a file of its name.
fn log_file(out: &Path, name: &str) -> anyhow::Result<Stdio> {
    let path = out.join(format!("{name}.log"));
    Ok(std::fs::File::create(&path)
        .with_context(|| format!("cannot write {}", path.display()))?
        .into())
}

fn start_server(place: &Place, out: &Path) -> anyhow::Result<Process> {
    let mut command = program()?;
    command
        .args([
            "serve",
            "--listen",
            &format!("{}:{}", place.address, crate::config::SIGNALLING_PORT),
        ])
        .arg("--control-socket")
        .arg(out.join("control.sock"))
        .stderr(log_file(out, "serve")?);
    place.start(&mut command)
}

fn wait_for(place: &Place, signalling: SocketAddr) -> anyhow::Result<()> {
    let mut waited = Duration::ZERO;
    while !place.answers(signalling) {
        ensure!(
            waited < START_PATIENCE,
            "the server does not answer at {signalling}; see serve.log"
        );
        std::thread::sleep(POLL);
        waited += POLL;
    }
    Ok(())
}

fn start_call(
    party: &Party,
    place: &Place,
    to: SocketAddr,
    arguments: &Arguments,
) -> anyhow::Result<Process> {
    let out = &arguments.out;
    // Whose snapshot is shown leaves first, so that everybody is on it.
    let longer = if party.speech {
        0
    } else {
        OTHERS_LONGER_SECONDS
    };
    let seconds = if arguments.keep {
        KEEP_SECONDS
    } else {
        arguments.duration + longer
    };
    let mut command = program()?;
    command
        .args(["call", &to.to_string(), ROOM, "--name", party.name])
        .args([
            "--sender",
            &party.sender.to_string(),
            "--duration",
            &seconds.to_string(),
        ])
        .args(["--address", &place.address.to_string()])
        .args(party.arguments)
        .arg("--record")
        .arg(out)
        .arg("--report")
        .arg(out.join(format!("{}.json", party.name)))
        .stderr(log_file(out, party.name)?);
    if party.speech {
        let (speech, film) = (out.join("speech.wav"), out.join("film.y4m"));
        std::fs::write(&speech, SPEECH)?;
        film::write(&film)?;
        command
            .arg("--audio-file")
            .arg(speech)
            .arg("--video-file")
            .arg(film);
    }
    place.start(&mut command)
}

fn capture(file: &Path) -> anyhow::Result<Process> {
    let mut command = Command::new("dumpcap");
    command
        .args(["-q", "-i", lab::BRIDGE, "-w"])
        .arg(file)
        .stderr(Stdio::null());
    Process::start(&mut command).context("cannot capture: is the Debian package tshark installed?")
}

/// Waits until every call has ended, telling how it goes.
fn wait_for_calls(calls: &mut [(&Party, Process)], duration: u64) -> anyhow::Result<()> {
    let patience = Duration::from_secs(duration) + END_PATIENCE;
    let mut waited = Duration::ZERO;
    let mut told = 0;
    loop {
        let mut running = Vec::new();
        for (party, process) in calls.iter_mut() {
            if process.ended()?.is_none() {
                running.push(party.name);
            }
        }
        if running.is_empty() {
            return Ok(());
        }
        ensure!(
            waited < patience,
            "{} should have ended by now",
            running.join(" and ")
        );
        if waited.as_secs() > told {
            told = waited.as_secs();
            println!(
                "{told:>3} s of {duration}: in the call {}",
                running.join(", ")
            );
        }
        std::thread::sleep(POLL);
        waited += POLL;
    }
}

fn keep(server: &Process, signalling: SocketAddr, arguments: &Arguments) -> anyhow::Result<()> {
    let enter = match arguments.loopback {
        true => String::new(),
        false => format!("nsenter --preserve-credentials -U -n -t {} ", server.id()),
    };
    println!("Call in:   {enter}mcu call {signalling} {ROOM} --name you --record out/you");
    println!(
        "Look:      mcu control --socket {} status",
        arguments.out.join("control.sock").display()
    );
    println!("Ctrl-C ends everything.");
    crate::runtime()?.block_on(crate::asked_to_stop());
    Ok(())
}

fn read_report(out: &Path, name: &str) -> anyhow::Result<CallReport> {
    let path = out.join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{name} has written no report; see {name}.log"))?;
    let mut reports: Vec<CallReport> =
        serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    reports
        .pop()
        .with_context(|| format!("{} is empty", path.display()))
}

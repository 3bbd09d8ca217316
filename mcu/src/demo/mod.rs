//! `mcu demo`: a conference of three on a LAN of its own, served by a pair of which one node dies, judged
//! at the terminals.

mod film;
mod pair;
mod verdict;

pub use pair::Fault;

use crate::call::CallReport;
use crate::lab::{self, Host, Lab, Process};
use crate::shell::{Clock, MediaMode, Status};
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

/// Hold a conference of three on a pair of nodes, kill one of them, and judge what the terminals noticed
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Seconds the conference lasts
    #[arg(long, default_value_t = 12)]
    duration: u64,
    /// What happens to the pair
    #[arg(long, value_enum, default_value_t = Fault::Kill)]
    fault: Fault,
    /// How media finds the node that serves
    #[arg(long, value_enum, default_value_t = Mode::Direct, conflicts_with = "loopback")]
    media_mode: Mode,
    /// Second of the conference at which it happens; by default in the middle
    #[arg(long, value_name = "SECONDS")]
    at: Option<u64>,
    /// One server on 127.0.0.0/8 instead of a pair on a LAN of network namespaces; nothing happens to it
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

/// The media mode of the pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Mode {
    /// The media address is on the primary
    Direct,
    /// It is on the backup, which passes media on
    Forwarded,
    /// It is on a relay, which has a second one beside it
    Multicast,
    /// It is the address of a multicast group
    Group,
}

impl From<Mode> for MediaMode {
    fn from(mode: Mode) -> MediaMode {
        match mode {
            Mode::Direct => MediaMode::Direct,
            Mode::Forwarded => MediaMode::Forwarded,
            Mode::Multicast | Mode::Group => MediaMode::Multicast,
        }
    }
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
    let nodes = match arguments.loopback {
        true => vec![place("mcu", 1)?],
        false => vec![place("node1", 1)?, place("node2", 2)?],
    };
    let places: Vec<Place> = (PARTIES.iter().zip(nodes.len() as u8 + 1..))
        .map(|(party, number)| place(party.name, number))
        .collect::<Result<_, _>>()?;
    let relays: Vec<Place> = match arguments.media_mode {
        Mode::Multicast => vec![place("relay1", 6)?, place("relay2", 7)?],
        Mode::Direct | Mode::Forwarded | Mode::Group => Vec::new(),
    };
    let _capture = arguments.capture.as_deref().map(capture).transpose()?;

    let server = Server::start(nodes, &relays, arguments.media_mode, &arguments.out)?;
    let signalling = SocketAddr::new(server.address(), crate::config::SIGNALLING_PORT);
    wait_for(&places[0], signalling)?;
    println!(
        "{} at {signalling}; logs and recordings in {}",
        server.describe(),
        arguments.out.display()
    );

    let cpu_before = server.cpu_time();
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
        return keep(&server, signalling);
    }
    let at = arguments.at.unwrap_or(arguments.duration / 2);
    let mut fault = Some(arguments.fault).filter(|fault| *fault != Fault::None);
    let mut struck = None;
    wait_for_calls(
        &mut calls,
        arguments.duration + OTHERS_LONGER_SECONDS,
        |second| {
            if let (Server::Pair(pair), Some(lab)) = (&server, &lab)
                && second >= at
                && let Some(fault) = fault.take()
            {
                struck = Some(Clock::since_1970().now());
                pair.strike(fault, lab)?;
            }
            Ok(())
        },
    )?;
    let cpu = server.cpu_time().saturating_sub(cpu_before);
    let status = server.status()?;
    server.stop(STOP_PATIENCE)?;

    let reports: Vec<CallReport> = PARTIES
        .iter()
        .map(|party| read_report(&arguments.out, party.name))
        .collect::<Result<_, _>>()?;
    let snapshot = arguments.out.join("mosaic.png");
    std::fs::copy(arguments.out.join("alice.png"), &snapshot)
        .context("alice has kept no picture")?;
    let mut failures = verdict::judge(&reports, cpu, arguments.duration);
    if let Some(status) = status {
        failures.extend(verdict::judge_fault(
            &reports,
            &status,
            arguments.fault,
            struck,
        ));
    }
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

/// What serves the conference.
enum Server {
    Alone(Place, Process, PathBuf),
    Pair(pair::Pair),
}

impl Server {
    fn start(
        mut nodes: Vec<Place>,
        relays: &[Place],
        mode: Mode,
        out: &Path,
    ) -> anyhow::Result<Server> {
        if let [_, _] = nodes[..] {
            let (second, first) = (nodes.pop(), nodes.pop());
            let places = [first, second].map(|place| place.expect("there are two"));
            return Ok(Server::Pair(pair::Pair::start(places, relays, mode, out)?));
        }
        let place = nodes.pop().context("a server needs a place")?;
        let socket = out.join("control.sock");
        let mut command = program()?;
        command
            .args([
                "serve",
                "--listen",
                &format!("{}:{}", place.address, crate::config::SIGNALLING_PORT),
            ])
            .arg("--control-socket")
            .arg(&socket)
            .stderr(log_file(out, "serve")?);
        let process = place.start(&mut command)?;
        Ok(Server::Alone(place, process, socket))
    }

    /// Where it is called.
    fn address(&self) -> IpAddr {
        match self {
            Server::Alone(place, ..) => place.address,
            Server::Pair(_) => pair::CONTROL,
        }
    }

    fn describe(&self) -> &'static str {
        match self {
            Server::Alone(..) => "one server on loopback addresses",
            Server::Pair(_) => "a pair of nodes on a LAN of network namespaces",
        }
    }

    fn cpu_time(&self) -> Duration {
        match self {
            Server::Alone(_, process, _) => process.cpu_time().unwrap_or_default(),
            Server::Pair(pair) => pair.cpu_time(),
        }
    }

    fn status(&self) -> anyhow::Result<Option<Status>> {
        match self {
            Server::Alone(..) => Ok(None),
            Server::Pair(pair) => pair.status().map(Some),
        }
    }

    fn stop(self, patience: Duration) -> anyhow::Result<()> {
        match self {
            Server::Alone(_, process, _) => process.stop(patience).map(|_| ()),
            Server::Pair(pair) => pair.stop(patience),
        }
    }
}

fn wait_for(place: &Place, signalling: SocketAddr) -> anyhow::Result<()> {
    let mut waited = Duration::ZERO;
    while !place.answers(signalling) {
        ensure!(
            waited < START_PATIENCE,
            "the server does not answer at {signalling}; see its log"
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
fn wait_for_calls(
    calls: &mut [(&Party, Process)],
    duration: u64,
    mut every_second: impl FnMut(u64) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
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
            every_second(told)?;
        }
        std::thread::sleep(POLL);
        waited += POLL;
    }
}

fn keep(server: &Server, signalling: SocketAddr) -> anyhow::Result<()> {
    let (socket, enter) = match server {
        Server::Alone(_, _, socket) => (socket.as_path(), String::new()),
        Server::Pair(pair) => {
            let (socket, process) = pair.entrance()?;
            let enter = format!("nsenter --preserve-credentials -U -n -t {process} ");
            (socket, enter)
        }
    };
    println!("Call in:   {enter}mcu call {signalling} {ROOM} --name you --record out/you");
    println!("Look:      mcu status --socket {}", socket.display());
    println!(
        "           mcu control --socket {} status",
        socket.display()
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

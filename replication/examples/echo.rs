//! A service on two hosts: whatever comes on a TCP connection goes back on it, and goes on doing so
//! when one of the hosts dies.
//!
//! On each of two hosts of a LAN, as root (or in `unshare -Urn`):
//!
//! ```sh
//! cargo build --release -p replication --example echo  # makes target/release/examples/echo
//! echo keygen pair.key                 # on one host; copy the file to the other
//! echo serve --listen 192.0.2.100:7 --pair pair.toml
//! ```
//!
//! with the same `pair.toml` on both:
//!
//! ```toml
//! nodes = ["192.0.2.1:7000", "192.0.2.2:7000"]  # each host's own address
//! key = "pair.key"
//! interface = "eth0"
//! control-address = "192.0.2.100"               # the service's: belongs to neither
//! media-address = "192.0.2.100"                 # for UDP, which this service has none of
//! ```
//!
//! Then, on a third host, `echo client 192.0.2.100:7 --octets 100000000`. While it runs, kill either
//! node, start it again, kill the other one.
//!
//! Below are the three things that a service consists of: a core, its replication, and a host. Set
//! `ECHO_LOG=info` (or `debug`) to see what the node does.

use anyhow::{Context, bail, ensure};
use base::{ConnId, Instant, LogIndex};
use bytes::Bytes;
use replication::core::{Action, Core, Input, Output, Ports, Replicated, SnapshotError};
use replication::failover::Role;
use replication::link::PairKey;
use replication::log::Digest;
use replication::shell::{Clock, Host, Options, PairOptions, Shell, Supervision};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// The core: a state machine without sockets, clock, randomness or anything else that could differ
/// between two hosts.
#[derive(Default)]
struct Echo {
    state: State,
    outputs: VecDeque<Output<Finished>>,
}

/// All that the other node needs to know. (A service that keeps something for each connection has it
/// here too.)
#[derive(Default, Serialize, Deserialize)]
struct State {
    /// Inputs taken: the index of the last record in the event log.
    position: LogIndex,
    /// Connections accepted.
    connections: u64,
    /// Of everything that came.
    digest: Digest,
}

/// The service's own event: it is to end. Others would come from its own threads, or its operator.
#[derive(Clone, Serialize, Deserialize)]
struct Finish;

/// The service's own effect: nothing is left to do.
#[derive(Debug)]
struct Finished;

impl Core for Echo {
    type Event = Finish;
    type Effect = Finished;

    fn next_conn(&self) -> ConnId {
        ConnId(self.state.connections + 1)
    }

    fn handle(&mut self, _now: Instant, input: Input<Finish>) {
        // Every input counts, because both nodes count them.
        self.state.position.0 += 1;
        let action = match input {
            Input::Accepted { .. } => {
                self.state.connections += 1;
                return;
            }
            Input::Received(conn, octets) => {
                self.state.digest.words([conn.0]);
                self.state.digest.octets(&octets);
                Action::Transmit(conn, octets)
            }
            // The shell closes our half.
            Input::Closed(..) => return,
            Input::Event(Finish) => Action::Effect(Finished),
            // Never asked for.
            Input::Connected(..)
            | Input::PortsAllocated(..)
            | Input::PortsUnavailable(..)
            | Input::Timeout => return,
        };
        // It leaves this host only when the other one holds the input that caused it.
        let after = self.state.position;
        self.outputs.push_back(Output { after, action });
    }

    fn poll_output(&mut self) -> Option<Output<Finished>> {
        self.outputs.pop_front()
    }

    fn next_timeout(&self) -> Option<Instant> {
        None
    }
}

impl Replicated for Echo {
    fn digest(&self) -> u64 {
        self.state.digest.value() ^ self.state.position.0
    }

    fn snapshot(&self) -> Vec<u8> {
        postcard::to_stdvec(&self.state).expect("numbers can be written")
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        self.state =
            postcard::from_bytes(snapshot).map_err(|error| SnapshotError(error.to_string()))?;
        Ok(())
    }
}

/// What surrounds the core on each node: sockets beside the clients' TCP connections, threads,
/// whatever its effects mean. Here that is nothing.
struct Nothing;

impl Host<Echo> for Nothing {
    fn bind(
        &mut self,
        _: base::CallId,
        _: IpAddr,
        _: Option<Ports>,
    ) -> anyhow::Result<(Ports, TcpListener)> {
        bail!("the core asks for no ports")
    }
    fn free(&mut self, _: base::CallId) {}
    fn effect(&mut self, _: Instant, Finished: Finished) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
    fn follow(&mut self, _: Instant, Finished: Finished) {}
    fn refuse(&mut self, Finish: Finish) {}
    fn snapshot(&self) -> Bytes {
        Bytes::new()
    }
    fn restore(&mut self, _: Instant, _: &[u8]) -> anyhow::Result<()> {
        Ok(())
    }
    fn serve(&mut self, _: Instant, _: &[u8]) {}
    fn supervise(&mut self, _: Supervision) {}
}

async fn serve(listen: SocketAddr, pair: Option<PairOptions>) -> anyhow::Result<()> {
    let options = Options {
        service: "echo".into(),
        listen: Some(listen),
        pair,
        configuration: 0,
    };
    let shell = Shell::start(Echo::default(), Clock::new(), options, |_| Ok(Nothing)).await?;
    let handle = shell.handle();
    let mut asked_to_end = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        asked_to_end.recv().await;
        // A node that has another beside it leaves the connections to that.
        handle.stop(Finish).await;
    });
    let ended = shell.run().await;
    ensure!(ended.role != Role::Deposed, "the other node serves");
    Ok(())
}

/// Sends a stream that looks random, and checks that exactly it comes back.
#[expect(clippy::disallowed_methods, reason = "measures pauses")]
fn client(server: SocketAddr, octets: u64, rate: u64, seed: u64) -> anyhow::Result<()> {
    let mut receiving = TcpStream::connect(server).with_context(|| format!("no {server}"))?;
    let mut sending = receiving.try_clone()?;
    receiving.set_read_timeout(Some(CLIENT_PATIENCE))?;
    receiving.set_nodelay(true)?;
    let sender = std::thread::spawn(move || {
        let mut stream = Stream::new(seed);
        let mut left = octets as usize;
        while left > 0 {
            let chunk = stream.next();
            let chunk = &chunk[..left.min(CHUNK)];
            match rate as usize / 1000 {
                0 => sending.write_all(chunk)?,
                in_a_millisecond => {
                    for piece in chunk.chunks(in_a_millisecond) {
                        sending.write_all(piece)?;
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
            }
            left -= chunk.len();
        }
        sending.shutdown(std::net::Shutdown::Write)
    });
    let (mut stream, mut expected, mut place) = (Stream::new(seed), [0; CHUNK], CHUNK);
    let mut came = [0; CHUNK];
    let (mut received, mut shown) = (0_u64, 0_u64);
    let begin = std::time::Instant::now();
    let (mut last, mut longest, mut longest_at) = (begin, Duration::ZERO, 0);
    loop {
        if place == CHUNK {
            (expected, place) = (stream.next(), 0);
        }
        let size = (receiving.read(&mut came[..CHUNK - place]))
            .with_context(|| format!("after {received} octets"))?;
        let now = std::time::Instant::now();
        if now - last > longest {
            (longest, longest_at) = (now - last, received);
        }
        last = now;
        if size == 0 {
            break;
        }
        let wanted = &expected[place..place + size];
        if let Some(at) = (came.iter().zip(wanted)).position(|(got, wanted)| got != wanted) {
            bail!("differs at octet {}", received + at as u64);
        }
        (place, received) = (place + size, received + size as u64);
        if received * 100 / octets.max(1) > shown {
            shown = received * 100 / octets;
            println!("{shown} %");
        }
    }
    ensure!(
        received == octets,
        "ended after {received} octets of {octets}"
    );
    sender.join().expect("the sender does not panic")?;
    let (took, longest) = (begin.elapsed().as_secs_f64(), longest.as_secs_f64() * 1e3);
    let speed = octets as f64 / took / 1e6;
    println!(
        "identical: {octets} octets in {took:.2} s ({speed:.1} MB/s), longest pause {longest:.1} ms after {longest_at} octets"
    );
    Ok(())
}

/// Octets handled at once.
const CHUNK: usize = 64 * 1024;
/// How long nothing may come before the client gives up.
const CLIENT_PATIENCE: Duration = Duration::from_secs(20);

/// Octets without a pattern (xorshift64).
struct Stream(u64);

impl Stream {
    fn new(seed: u64) -> Self {
        Stream(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> [u8; CHUNK] {
        let mut octets = [0; CHUNK];
        for word in octets.as_chunks_mut::<8>().0 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            *word = self.0.to_le_bytes();
        }
        octets
    }
}

const USAGE: &str = "\
usage: echo keygen FILE
       echo serve --listen IP:PORT [--pair FILE.toml]
       echo client IP:PORT [--octets NUMBER] [--rate OCTETS_PER_SECOND] [--seed NUMBER]";

fn main() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("ECHO_LOG").unwrap_or("warn".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let option = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1).copied()
    };
    let number = |name, default| option(name).map_or(Ok(default), str::parse);
    match words[..] {
        ["keygen", file] => PairKey::generate()?.write(Path::new(file), false),
        ["serve", ..] => {
            let listen = option("--listen").context(USAGE)?.parse()?;
            let pair = match option("--pair") {
                Some(file) => Some(toml::from_str(&std::fs::read_to_string(file)?)?),
                None => None,
            };
            // One thread for everything that has an order.
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(serve(listen, pair))
        }
        ["client", server, ..] => client(
            server.parse()?,
            number("--octets", 1_000_000)?,
            number("--rate", 0)?,
            number("--seed", 1)?,
        ),
        _ => bail!(USAGE),
    }
}

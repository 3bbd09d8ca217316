//! A stream of numbered packets from the client, and what reaches the nodes of it.

use crate::lab::Host;
use crate::world::{MEDIA, World, eventually};
use anyhow::{Context, ensure};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PORT: u16 = 40_000;
/// Between packets.
const INTERVAL: Duration = Duration::from_millis(1);
/// How long a receiver waits before it sees whether the stream has ended.
const TURN: Duration = Duration::from_millis(50);
/// Packets after which a stream flows.
const FLOWING: usize = 100;

/// A packet's number, and when it came.
type Arrivals = Arc<Mutex<Vec<(u64, Instant)>>>;

/// A running stream.
pub struct Stream {
    running: Arc<AtomicBool>,
    sender: Option<JoinHandle<std::io::Result<(u64, Instant)>>>,
    receivers: [Receiver; 2],
}

/// A host's socket, read by a thread as long as packets come or the stream runs.
pub struct Receiver {
    arrivals: Arrivals,
    thread: JoinHandle<()>,
}

/// What came.
pub struct Report {
    sent: u64,
    /// When the last was sent.
    ended: Instant,
    arrivals: [Vec<(u64, Instant)>; 2],
}

impl Stream {
    pub fn start(world: &World) -> anyhow::Result<Stream> {
        let running = Arc::new(AtomicBool::new(true));
        let [one, other] = &world.nodes;
        let receivers = [receive(one, &running)?, receive(other, &running)?];
        let socket = world.client.inside(|| Ok(UdpSocket::bind("0.0.0.0:0")?))?;
        let to = SocketAddr::new(MEDIA.parse::<IpAddr>()?, PORT);
        let goes_on = running.clone();
        let sender = std::thread::spawn(move || {
            let mut number: u64 = 0;
            while goes_on.load(Ordering::SeqCst) {
                // Not connected: an answer that nobody listens is no error here, it is a loss.
                match socket.send_to(&number.to_be_bytes(), to) {
                    Err(error) if error.raw_os_error() != Some(libc::EHOSTUNREACH) => {
                        return Err(error);
                    }
                    _ => number += 1,
                }
                std::thread::sleep(INTERVAL);
            }
            Ok((number, Instant::now()))
        });
        Ok(Stream {
            running,
            sender: Some(sender),
            receivers,
        })
    }

    /// Waits until both nodes get it.
    pub fn flows(&self) -> anyhow::Result<()> {
        let flows = |receiver: &Receiver| receiver.len() > FLOWING;
        eventually("both nodes get the stream", || {
            Ok(self.receivers.iter().all(flows))
        })
    }

    /// Another host that may get it.
    pub fn receive_at(&self, host: &Host) -> anyhow::Result<Receiver> {
        receive(host, &self.running)
    }

    /// Ends it.
    pub fn finish(mut self) -> anyhow::Result<Report> {
        self.running.store(false, Ordering::SeqCst);
        let sender = self.sender.take().expect("it is finished once");
        let (sent, ended) = sender.join().expect("it does not panic")?;
        let arrivals = self.receivers.map(|receiver| {
            receiver.thread.join().expect("it does not panic");
            std::mem::take(&mut *receiver.arrivals.lock().expect("nobody panicked"))
        });
        Ok(Report {
            sent,
            ended,
            arrivals,
        })
    }
}

impl Receiver {
    fn len(&self) -> usize {
        self.arrivals.lock().expect("nobody panicked").len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Report {
    /// No packet came twice, and none out of order, to either node.
    pub fn each_at_most_once(&self) -> anyhow::Result<()> {
        for arrivals in &self.arrivals {
            for pair in arrivals.windows(2) {
                ensure!(
                    pair[0].0 < pair[1].0,
                    "packet {} came after {}",
                    pair[1].0,
                    pair[0].0
                );
            }
        }
        Ok(())
    }

    /// The numbers between the first that came and the last that was sent, which a node did not get.
    pub fn missing(&self, place: usize) -> Vec<u64> {
        let came: Vec<u64> = self.arrivals[place]
            .iter()
            .map(|(number, _)| *number)
            .collect();
        let first = came.first().copied().unwrap_or_default();
        (first..self.sent)
            .filter(|number| came.binary_search(number).is_err())
            .collect()
    }

    /// Neither node was without packets for longer, up to the end.
    pub fn gaps_below(&self, limit: Duration) -> anyhow::Result<()> {
        for (place, arrivals) in self.arrivals.iter().enumerate() {
            let (_, last) = arrivals.last().context("nothing came")?;
            let gaps = arrivals.windows(2).map(|pair| pair[1].1 - pair[0].1);
            let at_the_end = self.ended.saturating_duration_since(*last);
            let longest = gaps.fold(at_the_end, Duration::max);
            let lost = self.missing(place).len();
            println!(
                "   node {}: {lost} of {} packets lost, longest gap {longest:.1?}",
                place + 1,
                self.sent
            );
            ensure!(longest < limit, "a gap of {longest:?}");
        }
        Ok(())
    }
}

fn receive(host: &Host, running: &Arc<AtomicBool>) -> anyhow::Result<Receiver> {
    let socket = host.inside(|| Ok(UdpSocket::bind((MEDIA, PORT))?))?;
    socket.set_read_timeout(Some(TURN))?;
    let (arrivals, running) = (Arrivals::default(), running.clone());
    let into = arrivals.clone();
    let thread = std::thread::spawn(move || {
        let mut octets = [0; 8];
        loop {
            match socket.recv(&mut octets) {
                Ok(8) => {
                    let arrival = (u64::from_be_bytes(octets), Instant::now());
                    into.lock().expect("nobody panicked").push(arrival);
                }
                Ok(_) => {}
                Err(_) if running.load(Ordering::SeqCst) => {}
                Err(_) => return,
            }
        }
    });
    Ok(Receiver { arrivals, thread })
}

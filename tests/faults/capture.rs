//! Who speaks for a service: what each node puts on the LAN, in the order of the kernel's stamps.

use super::nodes::{CONTROL, MEDIA};
use anyhow::{Context, ensure};
use mcu::lab::Host;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
use nix::sys::time::TimeSpec;
use replication::os::packet_socket::PacketSocket;
use replication::os::stamped;
use std::io::IoSliceMut;
use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often a capture looks whether it should end, in milliseconds.
const IDLE_MS: u16 = 50;
/// Octets of a frame that are looked at, with the kernel's header before it.
const HEAD_OCTETS: usize = 96;
/// Octets of the kernel's header.
const KERNEL_HEADER: usize = 10;
/// By then a frame has gone from the switch through the threads, also on a busy machine.
const SETTLED: Duration = Duration::from_millis(300);

/// By what a node speaks as the one that serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Voice {
    /// TCP from the control address.
    Control,
    /// UDP from the media address.
    Media,
    /// It says that the media address is its own (ARP).
    MediaOwner,
}

/// All of them.
pub const VOICES: [Voice; 3] = [Voice::Control, Voice::Media, Voice::MediaOwner];

/// A frame: when it was sent since 1970, by which node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    at: Duration,
    voice: Voice,
    node: usize,
}

/// Frames of one node without one of the other between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Which.
    pub node: usize,
    /// How many.
    pub frames: usize,
    /// The first one, since 1970.
    pub first: Duration,
    /// The last one.
    pub last: Duration,
}

/// Listens at the switch, at each node's port.
pub struct Capture {
    seen: Arc<Mutex<Vec<Seen>>>,
    ended: Arc<AtomicBool>,
    sockets: Vec<Arc<PacketSocket>>,
    threads: Vec<JoinHandle<anyhow::Result<()>>>,
}

impl Capture {
    /// From now on, what these hosts send.
    pub fn start(hosts: &[Host]) -> anyhow::Result<Self> {
        let mut capture = Capture {
            seen: Arc::default(),
            ended: Arc::default(),
            sockets: Vec::new(),
            threads: Vec::new(),
        };
        for (node, host) in hosts.iter().enumerate() {
            let port = format!("lan-{}", host.name);
            let socket = Arc::new(PacketSocket::open_cable(&port)?);
            stamped::stamp(&*socket)?;
            capture.sockets.push(Arc::clone(&socket));
            let (seen, ended) = (Arc::clone(&capture.seen), Arc::clone(&capture.ended));
            let listen = move || {
                while !ended.load(Ordering::Relaxed) {
                    let mut waits = [PollFd::new(socket.as_fd(), PollFlags::POLLIN)];
                    poll(&mut waits, PollTimeout::from(IDLE_MS))?;
                    while let Some((at, voice)) = next(&socket)? {
                        let frame = voice.map(|voice| Seen { at, voice, node });
                        let mut seen = seen.lock().expect("no thread panics");
                        seen.extend(frame);
                    }
                }
                Ok(())
            };
            let thread = std::thread::Builder::new().name("capture".into());
            capture.threads.push(thread.spawn(listen)?);
        }
        Ok(capture)
    }

    /// Waits until the frames of this moment have been looked at, and makes sure that none is missing.
    pub fn settle(&self) -> anyhow::Result<()> {
        std::thread::sleep(SETTLED);
        for socket in &self.sockets {
            let missed = socket.missed()?;
            ensure!(missed == 0, "the capture has missed {missed} frames");
        }
        Ok(())
    }

    /// How that voice has gone from node to node; [`Self::settle`] before.
    pub fn runs(&self, of: Voice) -> Vec<Run> {
        let mut seen = self.seen.lock().expect("no thread panics");
        seen.sort();
        let mut runs: Vec<Run> = Vec::new();
        for frame in seen.iter().filter(|frame| frame.voice == of) {
            match runs.last_mut() {
                Some(run) if run.node == frame.node => {
                    run.last = frame.at;
                    run.frames += 1;
                }
                _ => runs.push(Run {
                    node: frame.node,
                    frames: 1,
                    first: frame.at,
                    last: frame.at,
                }),
            }
        }
        runs
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            if let Ok(Err(error)) = thread.join() {
                eprintln!("the capture has failed: {error:#}");
            }
        }
    }
}

/// The next frame: when it came to the switch, and whether it speaks for the service.
fn next(socket: &PacketSocket) -> anyhow::Result<Option<(Duration, Option<Voice>)>> {
    let mut octets = [0; HEAD_OCTETS];
    let mut parts = [IoSliceMut::new(&mut octets)];
    let mut control = nix::cmsg_space!(TimeSpec);
    let fd = socket.as_fd().as_raw_fd();
    let flags = MsgFlags::MSG_DONTWAIT;
    let received = match recvmsg::<()>(fd, &mut parts, Some(&mut control), flags) {
        Err(nix::Error::EAGAIN) => return Ok(None),
        // The port is down, and up again.
        Err(nix::Error::ENETDOWN) => return Ok(None),
        received => received?,
    };
    let stamp = received.cmsgs()?.find_map(|message| match message {
        ControlMessageOwned::ScmTimestampns(time) => Some(Duration::from(time)),
        _ => None,
    });
    let length = received.bytes;
    let at = stamp.context("a frame has no stamp")?;
    let frame = octets.get(KERNEL_HEADER..length).unwrap_or_default();
    Ok(Some((at, voice_of(frame))))
}

fn voice_of(frame: &[u8]) -> Option<Voice> {
    let address = |at: usize| -> Option<IpAddr> {
        let octets: [u8; 4] = frame.get(at..at + 4)?.try_into().ok()?;
        Some(octets.into())
    };
    match frame.get(12..14)? {
        // IPv4: protocol and source (RFC 791 §3.1).
        [0x08, 0x00] => match (frame.get(23)?, address(26)?) {
            (6, CONTROL) => Some(Voice::Control),
            (17, MEDIA) => Some(Voice::Media),
            _ => None,
        },
        // ARP: the sender's address (RFC 826).
        [0x08, 0x06] => (address(28)? == MEDIA).then_some(Voice::MediaOwner),
        _ => None,
    }
}

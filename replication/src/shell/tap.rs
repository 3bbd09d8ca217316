//! The thread that sees the clients' packets before the primary does, and passes them on.

use super::clock::Clock;
use super::pulse::Loop;
use crate::os::mac::Mac;
use crate::os::packet_socket::PacketSocket;
use crate::tcp::segment::{Checksum, NotSegment, Segment};
use crate::tcp::shadows::{Shadows, Verdict};
use anyhow::Context;
use std::io::PipeWriter;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two attempts to receive from an interface that is down.
const RETRY: Duration = Duration::from_millis(100);
/// The largest frame: 64 KiB put together by the interface (GRO), with its headers.
const FRAME_OCTETS_MAX: usize = 68 * 1024;

/// All shadows, for the tap and for the shell.
#[derive(Clone)]
pub(super) struct SharedShadows(Arc<Mutex<Shadows>>);

impl SharedShadows {
    pub(super) fn new(shadows: Shadows) -> Self {
        SharedShadows(Arc::new(Mutex::new(shadows)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Shadows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Tap {
    passing: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    /// The thread wakes when this is closed.
    wake: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Tap {
    /// From now on packets to `control` that arrive at `interface` are seen and passed on to `primary`, but
    /// for media that has a way of its own.
    pub(super) fn start(
        interface: &str,
        control: IpAddr,
        primary: Mac,
        passes_media: bool,
        shadows: SharedShadows,
        clock: Clock,
        alive: Loop,
    ) -> anyhow::Result<Self> {
        let socket = PacketSocket::open(interface, &[control])
            .with_context(|| format!("cannot see packets at {interface} (CAP_NET_RAW?)"))?;
        let passing = Arc::new(AtomicBool::new(true));
        let stop = Arc::new(AtomicBool::new(false));
        let (woken, wake) = std::io::pipe()?;
        let (pass, end) = (passing.clone(), stop.clone());
        let thread = std::thread::Builder::new()
            .name("tap".into())
            .spawn(move || {
                let mut buffer = vec![0; FRAME_OCTETS_MAX];
                while !end.load(Ordering::Acquire) {
                    alive.rests(None);
                    let mut frame = match socket.receive_until(&mut buffer, woken.as_fd()) {
                        Ok(Some(frame)) => frame,
                        Ok(None) => continue,
                        Err(error) => {
                            // The interface is down: nothing comes, nothing is lost.
                            tracing::warn!(%error, "the tap cannot receive");
                            std::thread::sleep(RETRY);
                            continue;
                        }
                    };
                    alive.moves();
                    let checksum = match frame.checksum_vouched() {
                        true => Checksum::Trusted,
                        false => Checksum::Verify,
                    };
                    match Segment::parse(frame.octets(), checksum) {
                        Ok(segment) => match shadows.lock().segment(clock.now(), &segment) {
                            Verdict::Forward => {}
                            Verdict::Hold(reason) => {
                                tracing::debug!(?reason, "a segment is not passed on");
                                continue;
                            }
                        },
                        Err(NotSegment::Udp) if !passes_media => continue,
                        // Pings, media, and what routers say about a path: the primary's to answer.
                        Err(NotSegment::NotTcp | NotSegment::Udp) => {}
                        Err(reason) => {
                            tracing::debug!(?reason, "a packet is not passed on");
                            continue;
                        }
                    }
                    if pass.load(Ordering::Acquire)
                        && let Err(error) = socket.forward(&mut frame, primary)
                    {
                        tracing::debug!(%error, "a packet is not passed on; its sender will repeat it");
                    }
                }
                alive.rests(None);
            })?;
        Ok(Tap {
            passing,
            stop,
            wake: Some(wake),
            thread: Some(thread),
        })
    }

    /// The primary is dead: packets are seen, but go nowhere.
    pub(super) fn hold(&self) {
        self.passing.store(false, Ordering::Release);
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

//! Ports of calls: UDP pairs for RTP and RTCP, TCP for H.245.

use anyhow::{Context, bail};
use replication::core::Ports;
use replication::shell::{bind_anywhere, listen};
use serde::{Deserialize, Serialize};
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use tokio::net::TcpListener;

/// Receive buffer of a media socket, octets: an intra picture in one burst, with room for a
/// scheduling delay.
const MEDIA_BUFFER: usize = 512 * 1024;

/// Where ports of calls are taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PortRanges {
    /// UDP, `[first, last]`; every call takes two pairs.
    pub media: (u16, u16),
    /// TCP, `[first, last]`; every call takes one for its H.245 connection.
    pub control: (u16, u16),
}

impl Default for PortRanges {
    fn default() -> Self {
        PortRanges {
            media: (40_000, 48_999),
            control: (49_000, 51_999),
        }
    }
}

/// The audio and video sockets of a call: RTP and RTCP of each.
pub(super) struct MediaSockets {
    pub audio: [MediaSocket; 2],
    pub video: [MediaSocket; 2],
}

/// Where a port of a call is bound.
pub(super) struct MediaSocket {
    /// Packets leave here, and may come.
    pub socket: UdpSocket,
    /// What clients send to a group comes here.
    pub group: Option<UdpSocket>,
}

impl MediaSocket {
    /// One socket or two.
    pub(super) fn sockets(&self) -> impl Iterator<Item = &UdpSocket> {
        [Some(&self.socket), self.group.as_ref()]
            .into_iter()
            .flatten()
    }
}

/// Where UDP is bound.
#[derive(Debug, Clone, Copy)]
pub(super) struct MediaAddress {
    /// The sender of packets.
    pub own: IpAddr,
    /// The group that clients send to, and the number of the interface that joins it.
    pub group: Option<(IpAddr, u32)>,
}

/// Walks round its ranges, so that a port rests as long as possible before it is used again.
pub(super) struct PortPool {
    media: Cursor,
    control: Cursor,
}

impl PortPool {
    pub(super) fn new(ranges: &PortRanges) -> Self {
        let (first, last) = ranges.media;
        PortPool {
            media: Cursor::new(first.next_multiple_of(2)..=last.saturating_sub(1), 2),
            control: Cursor::new(ranges.control.0..=ranges.control.1, 1),
        }
    }

    /// Binds the next free ports on the addresses for TCP and for UDP.
    pub(super) fn bind(&mut self, address: IpAddr, media: MediaAddress) -> anyhow::Result<Bound> {
        let (audio_port, audio) = self
            .media
            .find(|port| pair(media, port))
            .context("media-ports")?;
        let (video_port, video) = self
            .media
            .find(|port| pair(media, port))
            .context("media-ports")?;
        let (control_port, control) = (self.control)
            .find(|port| listen(SocketAddr::new(address, port)))
            .context("control-ports")?;
        Ok(Bound {
            ports: Ports {
                control: control_port,
                audio: audio_port,
                video: video_port,
            },
            media: MediaSockets { audio, video },
            control,
        })
    }

    /// Binds these ports, which the other node of the pair has chosen.
    pub(super) fn bind_exactly(
        address: IpAddr,
        media: MediaAddress,
        ports: Ports,
    ) -> anyhow::Result<Bound> {
        let taken = |port| format!("port {port} cannot be bound here");
        let audio = pair(media, ports.audio).with_context(|| taken(ports.audio))?;
        let video = pair(media, ports.video).with_context(|| taken(ports.video))?;
        let control = listen(SocketAddr::new(address, ports.control))
            .with_context(|| taken(ports.control))?;
        Ok(Bound {
            ports,
            media: MediaSockets { audio, video },
            control,
        })
    }
}

/// The ports of a call and their sockets.
pub(super) struct Bound {
    pub ports: Ports,
    pub media: MediaSockets,
    pub control: TcpListener,
}

struct Cursor {
    range: RangeInclusive<u16>,
    step: u16,
    next: u16,
}

impl Cursor {
    fn new(range: RangeInclusive<u16>, step: u16) -> Self {
        Cursor {
            next: *range.start(),
            range,
            step,
        }
    }

    /// The next port that `bind` succeeds with, trying each of the range once.
    fn find<T>(&mut self, bind: impl Fn(u16) -> anyhow::Result<T>) -> anyhow::Result<(u16, T)> {
        let mut last_error = None;
        for _ in self.range.clone().step_by(self.step.into()) {
            let port = self.next;
            self.next = match port.checked_add(self.step) {
                Some(next) if self.range.contains(&next) => next,
                _ => *self.range.start(),
            };
            match bind(port) {
                Ok(bound) => return Ok((port, bound)),
                Err(error) => {
                    // Trying on would not help against these.
                    let kind = error
                        .downcast_ref::<std::io::Error>()
                        .map(std::io::Error::kind);
                    if kind != Some(std::io::ErrorKind::AddrInUse) {
                        return Err(error);
                    }
                    last_error = Some(error);
                }
            }
        }
        match last_error {
            Some(error) => Err(error.context(format!("every port of {:?} is taken", self.range))),
            None => bail!("the range {:?} is empty", self.range),
        }
    }
}

fn pair(address: MediaAddress, port: u16) -> anyhow::Result<[MediaSocket; 2]> {
    let bind = |port| {
        let group = |(group, interface)| join(udp(SocketAddr::new(group, port))?, group, interface);
        anyhow::Ok(MediaSocket {
            socket: udp(SocketAddr::new(address.own, port))?,
            group: address.group.map(group).transpose()?,
        })
    };
    Ok([bind(port)?, bind(port + 1)?])
}

fn join(socket: UdpSocket, group: IpAddr, interface: u32) -> anyhow::Result<UdpSocket> {
    let handle = socket2::SockRef::from(&socket);
    match group {
        IpAddr::V4(group) => {
            handle.join_multicast_v4_n(&group, &InterfaceIndexOrAddress::Index(interface))
        }
        IpAddr::V6(group) => handle.join_multicast_v6(&group, interface),
    }
    .with_context(|| format!("cannot join the group {group} (pair.media-address)"))?;
    Ok(socket)
}

fn udp(address: SocketAddr) -> anyhow::Result<UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    // The kernel caps it at net.core.rmem_max; less is not an error.
    let _ = socket.set_recv_buffer_size(MEDIA_BUFFER);
    socket.set_nonblocking(true)?;
    bind_anywhere(&socket, address)?;
    Ok(socket.into())
}

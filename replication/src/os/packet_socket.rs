//! Frames from and to an interface (packet(7)): what the tap stands on.
//!
//! Offloads stay on: what comes may be longer than the MTU (GRO) and have no checksum yet. The kernel
//! says so in a header before every frame (`PACKET_VNET_HDR`, the header of virtio's network
//! devices), and takes the same header back when the frame goes out again.
#![expect(
    unsafe_code,
    reason = "socket, bind, ioctl and the filter through libc"
)]

use super::mac::Mac;
use super::{packet_filter, socket_option};
use std::ffi::CString;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// Octets that hold any frame (an IP packet after receive offload is at most 65,535) with its headers.
pub const BUFFER_OCTETS: usize = VNET_HEADER + ETHERNET_HEADER + 65_536;
/// Octets that may wait in the kernel before it drops frames. A dropped frame is never passed on, so
/// its sender repeats it: nothing is lost but 200 ms and more.
const RECEIVE_BUFFER_OCTETS: u32 = 8 << 20;
/// Octets that may wait to be sent, by a socket that sends in batches.
const SEND_BUFFER_OCTETS: u32 = 4 << 20;
/// Octets of the kernel's header before a frame (struct virtio_net_hdr).
pub(super) const VNET_HEADER: usize = 10;
/// Octets of destination, source and type.
pub(super) const ETHERNET_HEADER: usize = 14;
/// The transport checksum is not there yet: the packet never was on a wire (VIRTIO_NET_HDR_F_NEEDS_CSUM).
const CHECKSUM_MISSING: u8 = 1;
/// The hardware has verified the transport checksum (VIRTIO_NET_HDR_F_DATA_VALID).
const CHECKSUM_VERIFIED: u8 = 2;

/// The kernel's number of an interface.
pub fn interface_index(interface: &str) -> io::Result<u32> {
    let name = CString::new(interface)?;
    // SAFETY: a string that ends with zero and lives through the call.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(of_interface(interface, io::Error::last_os_error())),
        index => Ok(index),
    }
}

/// The Ethernet address of an interface.
pub fn mac_of(interface: &str) -> io::Result<Mac> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None)?;
    // SAFETY: all zeros is a valid value of this structure of numbers.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    if interface.len() >= request.ifr_name.len() {
        return Err(of_interface(
            interface,
            io::ErrorKind::InvalidFilename.into(),
        ));
    }
    for (to, from) in request.ifr_name.iter_mut().zip(interface.bytes()) {
        *to = from as libc::c_char;
    }
    // SAFETY: the request takes and gives an ifreq, which lives through the call.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFHWADDR, &raw mut request) };
    if result < 0 {
        return Err(of_interface(interface, io::Error::last_os_error()));
    }
    // SAFETY: the kernel has just filled this variant of the union.
    let octets = unsafe { request.ifr_ifru.ifru_hwaddr.sa_data };
    Ok(Mac(std::array::from_fn(|index| octets[index] as u8)))
}

/// A frame, in the buffer that it was received into.
#[derive(Debug)]
pub struct Frame<'a> {
    /// The kernel's header and the frame: at least the two headers long.
    octets: &'a mut [u8],
}

impl Frame<'_> {
    /// The Ethernet frame without its check sequence.
    pub fn octets(&self) -> &[u8] {
        &self.octets[VNET_HEADER..]
    }

    /// The same behind the kernel's header: what [`PacketSocket::send`] takes.
    pub fn with_header(&self) -> &[u8] {
        self.octets
    }

    /// The transport checksum needs no verification: the hardware has done it, or the packet was made
    /// on this machine and has none yet.
    pub fn checksum_vouched(&self) -> bool {
        self.octets[0] & (CHECKSUM_MISSING | CHECKSUM_VERIFIED) != 0
    }
}

/// Receives and sends frames of one interface.
#[derive(Debug)]
pub struct PacketSocket {
    socket: OwnedFd,
    mac: Mac,
}

impl PacketSocket {
    /// Receives what comes to the interface's own Ethernet address for one of these IP addresses, even
    /// if the packet filter's ingress hook drops it later.
    pub fn open(interface: &str, destinations: &[IpAddr]) -> io::Result<Self> {
        Self::open_with(interface, &mut packet_filter::to(destinations))
    }

    /// Receives UDP that comes to the interface's own Ethernet address for this IP address, even if the
    /// packet filter's ingress hook drops it later.
    pub fn open_udp(interface: &str, destination: IpAddr) -> io::Result<Self> {
        let opened = Self::open_with(interface, &mut packet_filter::udp_to(destination))?;
        // What waits for the wire counts as well; a burst shall not be lost here.
        let size = |name| {
            let socket = opened.socket.as_fd();
            socket_option::set_number(socket, libc::SOL_SOCKET, name, SEND_BUFFER_OCTETS)
        };
        size(libc::SO_SNDBUFFORCE).or_else(|_| size(libc::SO_SNDBUF))?;
        Ok(opened)
    }

    /// Receives all that comes in at the interface, whomever it is for: the end of a cable, not of a host.
    pub fn open_cable(interface: &str) -> io::Result<Self> {
        Self::open_with(interface, &mut packet_filter::all())
    }

    fn open_with(interface: &str, program: &mut [libc::sock_filter]) -> io::Result<Self> {
        let index = interface_index(interface)?;
        let mac = mac_of(interface)?;
        // Protocol 0 receives nothing: no frame comes before the filter is there.
        // SAFETY: no pointers.
        let socket =
            unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
        if socket < 0 {
            return Err(explained(
                "cannot open a packet socket (it needs CAP_NET_RAW)",
                io::Error::last_os_error(),
            ));
        }
        // SAFETY: the kernel has just given us this descriptor, and nobody else has it.
        let socket = unsafe { OwnedFd::from_raw_fd(socket) };
        let opened = PacketSocket { socket, mac };
        opened
            .prepare(program)
            .map_err(|error| explained("cannot set up a packet socket", error))?;
        opened
            .bind(index)
            .map_err(|error| of_interface(interface, error))?;
        Ok(opened)
    }

    /// The interface's Ethernet address.
    pub fn mac(&self) -> Mac {
        self.mac
    }

    /// The next frame; None when none came in that time.
    pub fn receive<'a>(
        &self,
        buffer: &'a mut [u8],
        timeout: Duration,
    ) -> io::Result<Option<Frame<'a>>> {
        self.next(buffer, || {
            socket_option::readable(self.socket.as_fd(), timeout)
        })
    }

    /// The next frame, however long it takes; None when the other end of the pipe `end` was closed.
    pub fn receive_until<'a>(
        &self,
        buffer: &'a mut [u8],
        end: BorrowedFd<'_>,
    ) -> io::Result<Option<Frame<'a>>> {
        self.next(buffer, || {
            socket_option::readable_until(self.socket.as_fd(), end)
        })
    }

    /// It asks before it waits, so as long as there are frames each costs one system call.
    fn next<'a>(
        &self,
        buffer: &'a mut [u8],
        wait: impl Fn() -> io::Result<bool>,
    ) -> io::Result<Option<Frame<'a>>> {
        let mut waited = false;
        let length = loop {
            match socket_option::receive(self.socket.as_fd(), buffer, libc::MSG_TRUNC) {
                // What does not fit, or is no frame, is as good as lost on the wire.
                Ok(length) if length > buffer.len() || length < VNET_HEADER + ETHERNET_HEADER => {}
                Ok(length) => break length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && !waited => {
                    if !wait()? {
                        return Ok(None);
                    }
                    waited = true;
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => return Ok(None),
                    _ => return Err(error),
                },
            }
        };
        Ok(buffer.get_mut(..length).map(|octets| Frame { octets }))
    }

    /// Sends a frame on to another host of the LAN. `WouldBlock`: the interface is congested, and the
    /// frame is lost.
    pub fn forward(&self, frame: &mut Frame<'_>, to: Mac) -> io::Result<()> {
        let addresses = &mut frame.octets[VNET_HEADER..];
        addresses[..6].copy_from_slice(&to.0);
        addresses[6..12].copy_from_slice(&self.mac.0);
        socket_option::send(self.socket.as_fd(), frame.octets).map(drop)
    }

    /// Sends a frame as another socket has received it, to whom it says. `WouldBlock`: the interface is
    /// congested, and the frame is lost.
    pub fn send(&self, frame_with_header: &[u8]) -> io::Result<()> {
        socket_option::send(self.socket.as_fd(), frame_with_header).map(drop)
    }

    /// Frames that the kernel dropped since the last question, because nobody took them in time.
    pub fn missed(&self) -> io::Result<u32> {
        // struct tpacket_stats: packets, drops.
        let [_, _, _, _, drops @ ..]: [u8; 8] = socket_option::read(
            self.socket.as_fd(),
            libc::SOL_PACKET,
            libc::PACKET_STATISTICS,
        )?;
        Ok(u32::from_ne_bytes(drops))
    }

    /// Everything that must be there before the first frame.
    fn prepare(&self, program: &mut [libc::sock_filter]) -> io::Result<()> {
        let filter = libc::sock_fprog {
            len: u16::try_from(program.len()).map_err(|_| io::ErrorKind::InvalidInput)?,
            filter: program.as_mut_ptr(),
        };
        // SAFETY: level and name say that the value is a sock_fprog; its program lives through the call.
        let result = unsafe {
            libc::setsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_ATTACH_FILTER,
                (&raw const filter).cast(),
                size_of_val(&filter) as libc::socklen_t,
            )
        };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        let socket = self.socket.as_fd();
        for option in [libc::PACKET_VNET_HDR, libc::PACKET_IGNORE_OUTGOING] {
            socket_option::set_number(socket, libc::SOL_PACKET, option, 1)?;
        }
        // Only root of the machine may exceed net.core.rmem_max; others get that much.
        let size =
            |name| socket_option::set_number(socket, libc::SOL_SOCKET, name, RECEIVE_BUFFER_OCTETS);
        size(libc::SO_RCVBUFFORCE).or_else(|_| size(libc::SO_RCVBUF))
    }

    /// From here on frames come. All protocols: a packet that the ingress hook drops is seen only so.
    fn bind(&self, interface: u32) -> io::Result<()> {
        // SAFETY: all zeros is a valid value of this structure of numbers.
        let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
        address.sll_ifindex =
            libc::c_int::try_from(interface).map_err(|_| io::ErrorKind::InvalidInput)?;
        // SAFETY: the pointer and the length describe `address`, which the kernel only reads.
        let result = unsafe {
            libc::bind(
                self.socket.as_raw_fd(),
                (&raw const address).cast(),
                size_of_val(&address) as libc::socklen_t,
            )
        };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// An error with the interface it is about.
fn of_interface(interface: &str, error: io::Error) -> io::Error {
    explained(&format!("network interface {interface}"), error)
}

/// An error with what was tried.
fn explained(what: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}

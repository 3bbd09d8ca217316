//! Telling and asking who has an address, and asking a host beyond the LAN whether it finds us.

#![expect(unsafe_code, reason = "addresses of packet sockets")]

mod echo;
mod frame;

use super::address::Link;
use super::mac::Mac;
pub use echo::probe;
use socket2::{Domain, SockAddr, Socket, Type};
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// More than any frame that answers a question.
const FRAME_SIZE: usize = 2048;

/// How often a question is asked: it can be lost, and a host that has just got an IPv6 address
/// does not hear questions about it at once.
const QUESTION_INTERVAL: Duration = Duration::from_millis(100);

/// The stations of the LAN at one interface.
#[derive(Debug)]
pub struct Neighbours {
    interface: u32,
    own: Mac,
    /// Only sends. It stays open because closing a packet socket takes milliseconds.
    socket: Socket,
}

impl Neighbours {
    /// Opens it for an Ethernet interface; it needs the capability CAP_NET_RAW.
    pub fn open(link: &Link) -> io::Result<Self> {
        let own = link.mac.ok_or_else(|| {
            io::Error::other(
                "the interface is not Ethernet, so addresses cannot move to and from it",
            )
        })?;
        Ok(Neighbours {
            interface: link.index,
            own,
            // Protocol 0: nothing is received.
            socket: packet_socket(link.index, 0)?,
        })
    }

    /// The interface's own address.
    pub fn own(&self) -> Mac {
        self.own
    }

    /// Tells everyone on the LAN that `address` is here now. Announcements can be lost, so repeat.
    pub fn announce(&self, address: IpAddr) -> io::Result<()> {
        for frame in frame::announcements(self.own, address) {
            (&self.socket).write_all(&frame)?;
        }
        Ok(())
    }

    /// Asks everyone on the LAN who has `target`; `from` is an address of this host and of the same
    /// family. This host itself does not answer. Blocks up to `timeout`.
    #[expect(clippy::disallowed_methods, reason = "waits for the network")]
    pub fn resolve(
        &self,
        from: IpAddr,
        target: IpAddr,
        timeout: Duration,
    ) -> io::Result<Option<Mac>> {
        let Some(question) = frame::question(self.own, from, target) else {
            return Ok(None);
        };
        // With another protocol it would not see what the filter drops at a backup's interface, and
        // an answer can be among that. With this one it sees what this host sends, too.
        let mut socket = packet_socket(self.interface, libc::ETH_P_ALL as u16)?;
        let end = Instant::now() + timeout;
        let mut octets = [0; FRAME_SIZE];
        while Instant::now() < end {
            socket.write_all(&question)?;
            let again = end.min(Instant::now() + QUESTION_INTERVAL);
            while let Some(size) = read_before(&mut socket, again, &mut octets)? {
                let found = frame::answer(&octets[..size], target);
                if let Some(other) = found.filter(|found| *found != self.own) {
                    return Ok(Some(other));
                }
            }
        }
        Ok(None)
    }
}

/// What comes next, if it comes before `end`.
#[expect(clippy::disallowed_methods, reason = "waits for the network")]
fn read_before(socket: &mut Socket, end: Instant, octets: &mut [u8]) -> io::Result<Option<usize>> {
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Ok(None);
    }
    socket.set_read_timeout(Some(left))?;
    match socket.read(octets) {
        Ok(size) => Ok(Some(size)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// A socket for whole frames of one interface.
fn packet_socket(interface: u32, protocol: u16) -> io::Result<Socket> {
    // Made without a protocol, so that it receives nothing before it is bound to the interface.
    let socket = Socket::new(Domain::PACKET, Type::RAW, None).map_err(|error| {
        let text = format!(
            "cannot open a packet socket: {error}; the process needs the capability CAP_NET_RAW"
        );
        io::Error::new(error.kind(), text)
    })?;
    // SAFETY: the storage is zeroed and large enough for sockaddr_ll, and its size is returned.
    let ((), address) = unsafe {
        SockAddr::try_init(|storage, size| {
            let address = storage.cast::<libc::sockaddr_ll>();
            (*address).sll_family = libc::AF_PACKET as u16;
            (*address).sll_protocol = protocol.to_be();
            (*address).sll_ifindex = interface as i32;
            *size = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
            Ok(())
        })
    }?;
    socket.bind(&address)?;
    Ok(socket)
}

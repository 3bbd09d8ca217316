//! Many frames with one system call (recvmmsg(2), sendmmsg(2)), sent on to several stations without
//! copying them: each station's frame is gathered from its own two addresses and the common rest.
#![expect(unsafe_code, reason = "recvmmsg and sendmmsg through libc")]

use super::mac::Mac;
use super::packet_socket::{BUFFER_OCTETS, ETHERNET_HEADER, PacketSocket, VNET_HEADER};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::ptr;

/// Frames at most in a batch. Memory is only used for what comes: a slot that holds short frames is
/// touched at its beginning.
pub const FRAMES_MAX: usize = 64;
/// Octets of destination and source, which are not the same for all stations.
const ADDRESSES: usize = 12;
/// What a frame to one station is gathered from: the kernel's header, the addresses, the rest.
const PARTS: usize = 3;

/// Frames that came together.
#[derive(Debug)]
pub struct Batch {
    /// A slot for each frame.
    octets: Vec<u8>,
    /// Octets of each frame with the kernel's header, in its slot.
    lengths: Vec<usize>,
}

impl Default for Batch {
    fn default() -> Self {
        Batch {
            octets: vec![0; FRAMES_MAX * BUFFER_OCTETS],
            lengths: Vec::with_capacity(FRAMES_MAX),
        }
    }
}

impl Batch {
    /// Takes what waits in the socket in place of what was here: how many frames, 0 if there are none.
    pub fn receive(&mut self, socket: &PacketSocket) -> io::Result<usize> {
        self.lengths.clear();
        let mut parts: Vec<libc::iovec> = (self.octets.chunks_exact_mut(BUFFER_OCTETS))
            .map(|slot| libc::iovec {
                iov_base: slot.as_mut_ptr().cast(),
                iov_len: slot.len(),
            })
            .collect();
        let mut messages: Vec<_> = parts.chunks_exact_mut(1).map(message).collect();
        // SAFETY: each message has one part, which is a slot of `octets`; messages, parts and slots live
        // through the call, and nothing else refers to them.
        let received = unsafe {
            libc::recvmmsg(
                socket.as_fd().as_raw_fd(),
                messages.as_mut_ptr(),
                FRAMES_MAX as libc::c_uint,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        let Ok(received) = usize::try_from(received) else {
            return match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
                error if error.kind() == io::ErrorKind::Interrupted => Ok(0),
                error => Err(error),
            };
        };
        let length = |message: &libc::mmsghdr| message.msg_len as usize;
        (self.lengths).extend(messages.iter().take(received).map(length));
        Ok(received)
    }

    /// Sends each frame to each station, as from this host, in the order in which they came. How many
    /// could not be sent, because the interface is congested or down: they are lost.
    pub fn send(&self, socket: &PacketSocket, stations: &[Mac]) -> usize {
        let own = socket.mac().0;
        let addresses: Vec<[u8; ADDRESSES]> = stations
            .iter()
            .map(|station| {
                let mut pair = [0; ADDRESSES];
                pair[..6].copy_from_slice(&station.0);
                pair[6..].copy_from_slice(&own);
                pair
            })
            .collect();
        let mut parts = Vec::with_capacity(self.lengths.len() * stations.len() * PARTS);
        let slots = self.octets.chunks_exact(BUFFER_OCTETS);
        for (slot, length) in slots.zip(&self.lengths) {
            let frame = &slot[..*length];
            // What is shorter than its headers is no frame.
            let Some(rest) = frame.get(VNET_HEADER + ADDRESSES..) else {
                continue;
            };
            // What a station has copied itself does not go back: it would come again, for ever.
            let from = &frame[VNET_HEADER + 6..VNET_HEADER + ADDRESSES];
            if stations.iter().any(|station| station.0 == *from) {
                continue;
            }
            for addresses in &addresses {
                parts.extend([&frame[..VNET_HEADER], addresses, rest].map(part));
            }
        }
        let mut messages: Vec<_> = parts.chunks_exact_mut(PARTS).map(message).collect();
        let mut lost = 0;
        let mut rest = &mut messages[..];
        while !rest.is_empty() {
            // SAFETY: each message has three parts, which are octets that live through the call and that
            // the kernel only reads.
            let sent = unsafe {
                libc::sendmmsg(
                    socket.as_fd().as_raw_fd(),
                    rest.as_mut_ptr(),
                    rest.len() as libc::c_uint,
                    libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL,
                )
            };
            // It stops at the first frame that cannot be sent, and says why when that one comes first. The
            // next may find room again.
            let taken = usize::try_from(sent).unwrap_or_default();
            let refused = usize::from(taken == 0);
            lost += refused;
            rest = &mut rest[taken + refused..];
        }
        lost
    }
}

/// Octets that the kernel only reads.
fn part(octets: &[u8]) -> libc::iovec {
    libc::iovec {
        iov_base: octets.as_ptr().cast_mut().cast(),
        iov_len: octets.len(),
    }
}

/// A message of these parts, to or from the interface that the socket is bound to.
fn message(parts: &mut [libc::iovec]) -> libc::mmsghdr {
    // SAFETY: all zeros is a valid value of this structure: no address, no parts, no control data.
    let mut message: libc::mmsghdr = unsafe { std::mem::zeroed() };
    message.msg_hdr.msg_iov = parts.as_mut_ptr();
    message.msg_hdr.msg_iovlen = parts.len() as _;
    message
}

const _: () = assert!(ADDRESSES < ETHERNET_HEADER);

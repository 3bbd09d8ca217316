//! Whether an interface has a carrier.

#![expect(unsafe_code, reason = "ioctl(2) through libc")]

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsRawFd;

/// Whether the interface is up and something is at the other end of its cable (netdevice(7): IFF_UP,
/// IFF_RUNNING), in the network namespace of this thread. The kernel tells the loss of a carrier at once, or up
/// to a second late if there was another change within that second.
pub fn has_carrier(interface: &str) -> io::Result<bool> {
    // SAFETY: a struct of integers and pointers, for which zeros are values.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    let name = interface.as_bytes();
    // One octet ends the name.
    if name.is_empty() || name.len() >= request.ifr_name.len() || name.contains(&0) {
        let text = format!("{interface:?} is no interface's name");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    for (place, &octet) in request.ifr_name.iter_mut().zip(name) {
        *place = octet.cast_signed() as libc::c_char;
    }
    // Any socket of the namespace will do.
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    // SAFETY: the request is a struct ifreq, which is what SIOCGIFFLAGS reads and writes.
    if unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFFLAGS, &raw mut request) } < 0 {
        let error = io::Error::last_os_error();
        return Err(io::Error::new(
            error.kind(),
            format!("{interface}: {error}"),
        ));
    }
    // SAFETY: SIOCGIFFLAGS has filled in the flags.
    let flags = libc::c_int::from(unsafe { request.ifr_ifru.ifru_flags });
    let wanted = libc::IFF_UP | libc::IFF_RUNNING;
    Ok(flags & wanted == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_always_has_one_and_others_must_exist() {
        assert!(has_carrier("lo").unwrap());
        for name in ["", "nothing-there", "a-name-that-is-too-long", "lo\0"] {
            assert!(has_carrier(name).is_err(), "{name:?}");
        }
    }
}

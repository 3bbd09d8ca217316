//! Whether an interface has a carrier.

#![expect(unsafe_code, reason = "ioctl(2) through libc")]

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsRawFd;

/// From linux/ethtool.h.
const ETHTOOL_GLINK: u32 = 0x0a;

/// `struct ethtool_value` (linux/ethtool.h).
#[repr(C)]
struct EthtoolValue {
    command: u32,
    value: u32,
}

/// Whether the interface is up and something is at the other end of its cable, in the network namespace of this
/// thread. The driver is asked: the flag IFF_RUNNING (netdevice(7)) follows up to a second later, when another
/// link of the host has changed just before.
pub fn has_carrier(interface: &str) -> io::Result<bool> {
    // Any socket of the namespace will do.
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    let mut request = named(interface)?;
    ask(&socket, libc::SIOCGIFFLAGS, &mut request)
        .map_err(|error| io::Error::new(error.kind(), format!("{interface}: {error}")))?;
    // SAFETY: SIOCGIFFLAGS has filled in the flags.
    let flags = libc::c_int::from(unsafe { request.ifr_ifru.ifru_flags });
    if flags & libc::IFF_UP == 0 {
        return Ok(false);
    }
    let mut link = EthtoolValue {
        command: ETHTOOL_GLINK,
        value: 0,
    };
    request.ifr_ifru.ifru_data = (&raw mut link).cast();
    match ask(&socket, libc::SIOCETHTOOL, &mut request) {
        Ok(()) => Ok(link.value != 0),
        Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => {
            Ok(flags & libc::IFF_RUNNING != 0)
        }
        Err(error) => Err(error),
    }
}

/// A request about this interface.
fn named(interface: &str) -> io::Result<libc::ifreq> {
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
    Ok(request)
}

fn ask(socket: &UdpSocket, what: libc::Ioctl, request: &mut libc::ifreq) -> io::Result<()> {
    // SAFETY: both requests that are made read and write a struct ifreq; SIOCETHTOOL also the struct
    // ethtool_value at which it points, which lives in the caller.
    match unsafe { libc::ioctl(socket.as_raw_fd(), what, std::ptr::from_mut(request)) } {
        0.. => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
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

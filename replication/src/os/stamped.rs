//! Datagrams with the time of their arrival.

use nix::cmsg_space;
use nix::sys::socket::sockopt::ReceiveTimestampns;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt};
use nix::sys::time::TimeSpec;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// From now on the kernel notes when packets come to the socket (SO_TIMESTAMPNS, socket(7)).
pub fn stamp(socket: &impl AsFd) -> io::Result<()> {
    Ok(setsockopt(socket, ReceiveTimestampns, &true)?)
}

/// The next datagram: its length, sender, and when it came if that was noted.
pub fn receive(
    socket: &impl AsRawFd,
    buffer: &mut [u8],
) -> io::Result<(usize, SocketAddr, Option<SystemTime>)> {
    let mut control = cmsg_space!(TimeSpec);
    let mut buffers = [IoSliceMut::new(buffer)];
    let received = recvmsg::<SockaddrStorage>(
        socket.as_raw_fd(),
        &mut buffers,
        Some(&mut control),
        MsgFlags::MSG_DONTWAIT,
    )?;
    let stamp = received.cmsgs()?.find_map(|message| match message {
        ControlMessageOwned::ScmTimestampns(time) => UNIX_EPOCH.checked_add(Duration::from(time)),
        _ => None,
    });
    let source = received.address.as_ref().and_then(|address| {
        let v4 = address
            .as_sockaddr_in()
            .map(|v4| SocketAddr::V4((*v4).into()));
        v4.or_else(|| {
            address
                .as_sockaddr_in6()
                .map(|v6| SocketAddr::V6((*v6).into()))
        })
    });
    let source = source.ok_or(io::ErrorKind::InvalidData)?;
    Ok((received.bytes, source, stamp))
}

/// How long ago something with this stamp came, when the clock of the system shows `now`. That clock may be
/// set meanwhile: of a stamp in its future nothing is believed, and of one long ago no more than `at_most`.
pub fn age(stamp: Option<SystemTime>, now: SystemTime, at_most: Duration) -> Duration {
    let ago = stamp.and_then(|stamp| now.duration_since(stamp).ok());
    ago.unwrap_or_default().min(at_most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_makes_nothing_older_than_it_can_be() {
        let ms = Duration::from_millis;
        let came = UNIX_EPOCH + ms(1_000_000);
        let read = came + ms(7);
        let year = Duration::from_secs(31_536_000);
        let age = |now| age(Some(came), now, ms(20));
        assert_eq!(age(read), ms(7));
        assert_eq!(age(read + year), ms(20), "set forward in between");
        assert_eq!(age(read - ms(500)), ms(0), "set back in between");
        assert_eq!(super::age(None, read, ms(20)), ms(0));
    }
}

//! Packets from its sockets to the plane.

use super::worker::Worker;
use super::{Duty, Open, Watched};
use crate::shell::ports::MediaSocket;
use media::plane::{Plane, Port};
use mio::net::UdpSocket;
use mio::{Interest, Token};
use replication::os::stamped;
use std::io::ErrorKind;
use std::net::SocketAddr;

/// The largest packet taken in; a jumbo frame.
pub(super) const PACKET_OCTETS_MAX: usize = 9216;
/// Packets taken from one socket before the others get their turn.
const PACKETS_PER_TURN: usize = 64;

impl<P: Plane> Worker<P> {
    pub(super) fn open(&mut self, port: Port, socket: MediaSocket) {
        let mut watched = |socket: std::net::UdpSocket| {
            let token = Token(self.next_token);
            self.next_token += 1;
            self.tokens.insert(token, port);
            if self.duty == Duty::Keep {
                stamp(port, &socket);
            }
            let socket = UdpSocket::from_std(socket);
            Watched { socket, token }
        };
        let open = Open {
            socket: watched(socket.socket),
            group: socket.group.map(watched),
        };
        self.sockets.insert(port, open);
        if self.duty == Duty::Serve {
            self.watch(port);
        }
    }

    /// From now on its packets wake the thread.
    pub(super) fn watch(&mut self, port: Port) {
        let Some(open) = self.sockets.get_mut(&port) else {
            return;
        };
        for Watched { socket, token } in open.sockets() {
            let readable = Interest::READABLE;
            if let Err(error) = self.poll.registry().register(socket, *token, readable) {
                tracing::error!(%error, ?port, "cannot use a media socket");
            }
        }
    }

    /// Takes packets from a socket; true if it may hold more.
    pub(super) fn drain(&mut self, port: Port) -> bool {
        let Some(open) = self.sockets.get_mut(&port) else {
            return false;
        };
        let mut may_hold_more = false;
        for Watched { socket, .. } in open.sockets() {
            may_hold_more |= drain_socket(socket, &mut self.inbox, |source, packet| {
                self.plane.receive(self.clock.now(), port, source, packet);
            });
        }
        may_hold_more
    }
}

/// Asks the kernel to note when packets come.
pub(super) fn stamp(port: Port, socket: &impl std::os::fd::AsFd) {
    if let Err(error) = stamped::stamp(socket) {
        tracing::warn!(%error, ?port, "packets come without the time of their arrival");
    }
}

/// Forgets what a socket holds.
pub(super) fn drop_packets(socket: &UdpSocket, inbox: &mut [u8]) {
    while !matches!(socket.recv_from(inbox), Err(error) if error.kind() == ErrorKind::WouldBlock) {}
}

/// Takes packets from a socket; true if it may hold more.
fn drain_socket(
    socket: &UdpSocket,
    inbox: &mut [u8],
    mut take: impl FnMut(SocketAddr, &[u8]),
) -> bool {
    for _ in 0..PACKETS_PER_TURN {
        match socket.recv_from(inbox) {
            Ok((length, source)) => take(source, &inbox[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            // An ICMP error of an earlier send (nobody listens there yet): the next call goes on.
            Err(_) => {}
        }
    }
    true
}

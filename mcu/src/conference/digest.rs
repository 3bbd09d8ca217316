//! What the server's digest is made of: every input, every output, and the numbers that the next
//! ones depend on. What is frequent is taken in field by field, the rest as its debug text.

use super::Server;
use crate::core::{Action, Effect, Event, Input, Listener, Ports, Report};
use replication::log::Digest;
use std::net::{IpAddr, SocketAddr};

/// Takes in an input.
pub(super) fn input(digest: &mut Digest, input: &Input) {
    match input {
        Input::Accepted {
            conn,
            listener,
            peer,
            local,
        } => {
            digest.words([1, conn.0]);
            match listener {
                Listener::Main => digest.word(0),
                Listener::Call(call) => digest.words([1, call.0]),
            }
            address(digest, *peer);
            address(digest, *local);
        }
        Input::Connected(conn, local) => {
            digest.words([2, conn.0]);
            address(digest, *local);
        }
        Input::Received(conn, bytes) => {
            digest.words([3, conn.0]);
            digest.octets(bytes);
        }
        Input::Closed(conn, why) => {
            digest.words([4, conn.0]);
            digest.octets(why.as_bytes());
        }
        Input::PortsAllocated(call, ports) => {
            let Ports {
                control,
                audio,
                video,
            } = *ports;
            let ports = [control, audio, video].map(u64::from);
            digest.words([5, call.0]);
            digest.words(ports);
        }
        Input::PortsUnavailable(call, why) => {
            digest.words([6, call.0]);
            digest.octets(why.as_bytes());
        }
        Input::Timeout => digest.word(7),
        Input::Event(Event::Media(notice)) => {
            digest.word(8);
            digest.debug(notice);
        }
        Input::Event(Event::Operator(request)) => {
            digest.word(9);
            digest.debug(request);
        }
        Input::Event(Event::Stop) => digest.word(10),
    }
}

/// Takes in what the server does.
pub(super) fn action(digest: &mut Digest, action: &Action) {
    match action {
        Action::Transmit(conn, bytes) => {
            digest.words([11, conn.0]);
            digest.octets(bytes);
        }
        Action::Connect { conn, from, to } => {
            digest.words([12, conn.0]);
            ip(digest, *from);
            address(digest, *to);
        }
        Action::Close(conn) => digest.words([13, conn.0]),
        Action::AllocatePorts(call, address) => {
            digest.words([14, call.0]);
            ip(digest, *address);
        }
        Action::ReleasePorts(call) => digest.words([15, call.0]),
        Action::Effect(Effect::Media(command)) => {
            digest.word(16);
            digest.debug(command);
        }
        Action::Effect(Effect::Answer(number, answer)) => {
            digest.words([17, *number]);
            digest.debug(answer);
        }
        Action::Effect(Effect::Report(report)) => {
            let Report {
                severity,
                call,
                text,
            } = report;
            let call = call.map_or(0, |call| call.0);
            digest.words([18, *severity as u64, call]);
            digest.octets(text.as_bytes());
        }
        Action::Effect(Effect::Finished) => digest.word(19),
    }
}

impl Server {
    /// Takes in where the server stands after an input.
    pub(super) fn digest_state(&mut self) {
        self.digest.words([
            self.index.0,
            self.now.as_nanos(),
            // One-to-one with the generator's state.
            self.rng.clone().next_u64(),
            self.next_conn,
            self.next_call,
            self.calls.len() as u64,
            self.alarms.len() as u64,
            self.links.len() as u64,
        ]);
    }
}

fn address(digest: &mut Digest, address: SocketAddr) {
    ip(digest, address.ip());
    digest.word(address.port().into());
}

fn ip(digest: &mut Digest, address: IpAddr) {
    match address {
        IpAddr::V4(address) => digest.octets(&address.octets()),
        IpAddr::V6(address) => digest.octets(&address.octets()),
    }
}

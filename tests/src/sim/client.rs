//! A simulated host of terminals: their core, and what a shell and a kernel would hold for them.

use super::tcp::{Kernel, News, Packet, Read};
use base::{ConnId, Instant};
use mcu::core::{Action, Effect, Input, Listener, Ports};
use mcu::terminal::core::Terminals;
use media::plane::Command;
use replication::core::Core;
use replication::tcp::Ends;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// Where its call signalling is accepted, if anywhere.
pub const SIGNALLING_PORT: u16 = 1720;
const FIRST_PORT: u16 = 30_000;

/// Terminals on a host of their own.
pub struct Client {
    pub(super) address: IpAddr,
    pub(super) core: Terminals,
    pub(super) kernel: Kernel,
    conns: BTreeMap<ConnId, Ends>,
    names: BTreeMap<Ends, ConnId>,
    /// What came on each connection.
    pub heard: BTreeMap<ConnId, Vec<u8>>,
    /// What its media plane was told.
    pub commands: Vec<Command>,
    /// Nothing is left to do.
    pub finished: bool,
    next_port: u16,
}

impl Client {
    pub(super) fn new(address: IpAddr, core: Terminals) -> Self {
        let mut kernel = Kernel::new(40_000, false);
        kernel.listen(SocketAddr::new(address, SIGNALLING_PORT));
        Client {
            address,
            core,
            kernel,
            conns: BTreeMap::new(),
            names: BTreeMap::new(),
            heard: BTreeMap::new(),
            commands: Vec::new(),
            finished: false,
            next_port: FIRST_PORT,
        }
    }

    /// The terminals.
    pub fn core(&self) -> &Terminals {
        &self.core
    }

    pub(super) fn receive(&mut self, now: Instant, packet: &Packet) {
        self.kernel.receive(now, packet);
        self.settle(now);
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let core = self.core.next_timeout().filter(|_| !self.finished);
        core.into_iter().chain(self.kernel.next_timeout()).min()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.kernel.handle_timeout(now);
        if !self.finished && self.core.next_timeout().is_some_and(|at| at <= now) {
            self.core.handle(now, Input::Timeout);
        }
        self.settle(now);
    }

    /// The core has closed it, or never had it.
    pub(super) fn has_closed(&self, ends: Ends) -> bool {
        !self.names.contains_key(&ends)
    }

    fn settle(&mut self, now: Instant) {
        loop {
            while let Some(output) = self.core.poll_output() {
                self.act(now, output.action);
            }
            let Some((ends, news)) = self.kernel.poll_news() else {
                return;
            };
            self.tell(now, ends, news);
        }
    }

    fn tell(&mut self, now: Instant, ends: Ends, news: News) {
        if news == News::Accepted {
            let conn = self.core.next_conn();
            self.conns.insert(conn, ends);
            self.names.insert(ends, conn);
            let listener = match ends.local.port() {
                SIGNALLING_PORT => Listener::Main,
                port => Listener::Call(base::CallId(u64::from((port - FIRST_PORT) / 10))),
            };
            let input = Input::Accepted {
                conn,
                listener,
                peer: ends.peer,
                local: ends.local,
            };
            return self.core.handle(now, input);
        }
        let Some(conn) = self.names.get(&ends).copied() else {
            return;
        };
        match news {
            News::Accepted => {}
            News::Connected => self.core.handle(now, Input::Connected(conn, ends.local)),
            News::Broken(why) => self.closed(now, conn, ends, why),
            News::Readable => match self.kernel.read(ends) {
                Read::Octets(octets) => {
                    self.heard.entry(conn).or_default().extend(&octets);
                    self.core.handle(now, Input::Received(conn, octets));
                    self.tell(now, ends, News::Readable);
                }
                Read::Finished => {
                    self.kernel.close(now, ends);
                    self.closed(now, conn, ends, "closed by the peer");
                }
                Read::Drained => {}
            },
        }
    }

    fn closed(&mut self, now: Instant, conn: ConnId, ends: Ends, why: &str) {
        self.conns.remove(&conn);
        self.names.remove(&ends);
        self.core.handle(now, Input::Closed(conn, why.into()));
    }

    fn act(&mut self, now: Instant, action: Action) {
        match action {
            Action::Transmit(conn, octets) => {
                if let Some(ends) = self.conns.get(&conn) {
                    self.kernel.send(now, *ends, &octets);
                }
            }
            Action::Connect { conn, to, .. } => {
                let ends = self.kernel.connect(now, self.address, to);
                self.conns.insert(conn, ends);
                self.names.insert(ends, conn);
            }
            Action::Close(conn) => {
                if let Some(ends) = self.conns.remove(&conn) {
                    self.names.remove(&ends);
                    self.kernel.close(now, ends);
                }
            }
            Action::AllocatePorts(call, _) => {
                let control = FIRST_PORT + call.0 as u16 * 10;
                let ports = Ports {
                    control,
                    audio: self.next_port + 5000,
                    video: self.next_port + 5002,
                };
                self.next_port += 4;
                self.kernel.listen(SocketAddr::new(self.address, control));
                self.core.handle(now, Input::PortsAllocated(call, ports));
            }
            Action::ReleasePorts(call) => {
                let control = FIRST_PORT + call.0 as u16 * 10;
                self.kernel.unlisten(SocketAddr::new(self.address, control));
            }
            Action::Effect(Effect::Media(command)) => self.commands.push(command),
            Action::Effect(Effect::Finished) => self.finished = true,
            Action::Effect(Effect::Answer(..) | Effect::Report(_)) => {}
        }
    }
}

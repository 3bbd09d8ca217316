//! Machines on a network with a constant delay: TCP in order and without loss, UDP with loss on
//! demand, everything decided by one seed.

use super::capture::Capture;
use super::machine::{AnyCore, AnyPlane, Machine, Peer};
use base::{ConnId, Instant, Rng};
use bytes::Bytes;
use mcu::core::{Action, Effect, Event, Input, OperatorCommand, Report, Request};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Where ports of connections that machines open begin.
const FIRST_SOURCE_PORT: u16 = 50_000;
/// Turns of a world without time passing, at most: more is a loop.
const TURNS_MAX: u32 = 100_000;

enum Packet {
    Syn {
        from: usize,
        conn: ConnId,
        source: SocketAddr,
        to: SocketAddr,
    },
    Established {
        conn: ConnId,
        local: SocketAddr,
    },
    Data {
        conn: ConnId,
        bytes: Bytes,
    },
    Gone {
        conn: ConnId,
        why: String,
    },
    Datagram {
        to: SocketAddr,
        source: SocketAddr,
        bytes: Bytes,
    },
}

/// Everything there is.
pub struct World {
    now: Instant,
    rng: Rng,
    machines: Vec<Machine>,
    network: BTreeMap<(Instant, u64), (usize, Packet)>,
    sent: u64,
    delay: Duration,
    /// Datagrams lost, of 1000.
    loss_permille: u64,
    answers: Vec<Result<serde_json::Value, String>>,
    capture: Option<Capture>,
    next_source_port: u16,
}

impl World {
    /// An empty world that begins at `now`.
    pub fn new(seed: u64, now: Instant) -> Self {
        World {
            now,
            rng: Rng::new(seed),
            machines: Vec::new(),
            network: BTreeMap::new(),
            sent: 0,
            delay: Duration::from_millis(1),
            loss_permille: 0,
            answers: Vec::new(),
            capture: None,
            next_source_port: FIRST_SOURCE_PORT,
        }
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// From now on everything sent is captured.
    pub fn capture(&mut self) {
        self.capture = Some(Capture::default());
    }

    /// What was captured, a pcap file.
    pub fn captured(&self) -> &[u8] {
        self.capture.as_ref().map_or(&[], Capture::file)
    }

    /// From now on `permille` of 1000 datagrams are lost.
    pub fn lose(&mut self, permille: u64) {
        self.loss_permille = permille;
    }

    /// Adds a machine at 10.0.0.n; the n is its number plus one.
    pub fn add(
        &mut self,
        core: impl AnyCore,
        plane: impl AnyPlane,
        signalling_port: Option<u16>,
    ) -> usize {
        let number = self.machines.len();
        let address = Self::address(number);
        let listen = signalling_port.map(|port| SocketAddr::new(address, port));
        self.machines
            .push(Machine::new(address, core, plane, listen));
        number
    }

    /// The address of the machine of that number.
    pub fn address(number: usize) -> IpAddr {
        IpAddr::from([10, 0, 0, number as u8 + 1])
    }

    /// A machine.
    pub fn machine(&self, number: usize) -> &Machine {
        &self.machines[number]
    }

    /// Whether its core has said that nothing is left to do.
    pub fn finished(&self, number: usize) -> bool {
        self.machines[number].finished
    }

    /// What it has told its operator.
    pub fn reports(&self, number: usize) -> impl Iterator<Item = &Report> {
        self.machines[number]
            .reports
            .iter()
            .map(|(_, report)| report)
    }

    /// An operator's request to a machine, and its answer.
    pub fn ask(
        &mut self,
        number: usize,
        command: OperatorCommand,
    ) -> Result<serde_json::Value, String> {
        let request = Request { number: 1, command };
        self.machines[number]
            .core
            .handle(self.now, Input::Event(Event::Operator(request)));
        self.settle(number);
        self.answers.pop().expect("a core answers at once")
    }

    /// Octets on a connection of their own, as a stranger would send them; gives the connection back.
    pub fn stranger(&mut self, number: usize, port: u16) -> ConnId {
        let machine = &mut self.machines[number];
        let conn = machine.core.next_conn();
        let local = SocketAddr::new(machine.address, port);
        let listener = machine.listeners[&local];
        let peer = SocketAddr::from(([10, 0, 1, 1], 1024));
        machine.core.handle(
            self.now,
            Input::Accepted {
                conn,
                listener,
                peer,
                local,
            },
        );
        self.settle(number);
        conn
    }

    /// Octets from a stranger.
    pub fn stranger_sends(&mut self, number: usize, conn: ConnId, bytes: &[u8]) {
        let input = Input::Received(conn, Bytes::copy_from_slice(bytes));
        self.machines[number].core.handle(self.now, input);
        self.settle(number);
    }

    /// Lets `time` pass.
    pub fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        self.run_until(until, |_| false);
    }

    /// Lets time pass until `done`, but not beyond `patience`; true if done.
    pub fn run_until_done(&mut self, patience: Duration, done: impl Fn(&World) -> bool) -> bool {
        let until = self.now + patience;
        self.run_until(until, done)
    }

    fn run_until(&mut self, until: Instant, done: impl Fn(&World) -> bool) -> bool {
        (0..self.machines.len()).for_each(|number| self.settle(number));
        let mut turns = 0;
        while !done(self) {
            let Some(next) = self.next_event().filter(|next| *next <= until) else {
                self.now = until;
                return false;
            };
            turns = if next > self.now { 0 } else { turns + 1 };
            assert!(turns < TURNS_MAX, "the world does not get beyond {next:?}");
            self.now = self.now.max(next);
            self.turn();
        }
        true
    }

    fn next_event(&self) -> Option<Instant> {
        let network = self.network.keys().next().map(|(at, _)| *at);
        let timeouts = self
            .machines
            .iter()
            .filter(|machine| !machine.finished)
            .flat_map(|machine| {
                [machine.core.next_timeout(), machine.plane.next_timeout()]
                    .into_iter()
                    .flatten()
            });
        network.into_iter().chain(timeouts).min()
    }

    fn turn(&mut self) {
        while let Some(entry) = self
            .network
            .first_entry()
            .filter(|entry| entry.key().0 <= self.now)
        {
            let (number, packet) = entry.remove();
            self.deliver(number, packet);
            self.settle(number);
        }
        for number in 0..self.machines.len() {
            let machine = &mut self.machines[number];
            if machine.core.next_timeout().is_some_and(|at| at <= self.now) {
                machine.core.handle(self.now, Input::Timeout);
            }
            if machine
                .plane
                .next_timeout()
                .is_some_and(|at| at <= self.now)
            {
                machine.plane.handle_timeout(self.now);
            }
            self.settle(number);
        }
    }

    fn send(&mut self, to: usize, packet: Packet) {
        self.sent += 1;
        self.network
            .insert((self.now + self.delay, self.sent), (to, packet));
    }

    fn deliver(&mut self, number: usize, packet: Packet) {
        let machine = &mut self.machines[number];
        match packet {
            Packet::Syn {
                from,
                conn: theirs,
                source,
                to,
            } => {
                let Some(listener) = machine.listeners.get(&to).copied() else {
                    let why = "connection refused".into();
                    return self.send(from, Packet::Gone { conn: theirs, why });
                };
                let conn = machine.core.next_conn();
                machine.peers.insert(
                    conn,
                    Peer {
                        machine: from,
                        conn: theirs,
                        here: to,
                        there: source,
                    },
                );
                let back = Peer {
                    machine: number,
                    conn,
                    here: source,
                    there: to,
                };
                self.machines[from].peers.insert(theirs, back);
                if let Some(capture) = &mut self.capture {
                    capture.connect(self.now, source, to);
                }
                self.send(
                    from,
                    Packet::Established {
                        conn: theirs,
                        local: source,
                    },
                );
                let input = Input::Accepted {
                    conn,
                    listener,
                    peer: source,
                    local: to,
                };
                self.machines[number].core.handle(self.now, input);
            }
            Packet::Established { conn, local } => {
                machine.core.handle(self.now, Input::Connected(conn, local))
            }
            Packet::Data { conn, bytes } => {
                if machine.peers.contains_key(&conn) {
                    machine.core.handle(self.now, Input::Received(conn, bytes));
                }
            }
            Packet::Gone { conn, why } => {
                machine.peers.remove(&conn);
                machine.core.handle(self.now, Input::Closed(conn, why));
            }
            Packet::Datagram { to, source, bytes } => {
                if let Some(port) = machine.sockets.get(&to).copied() {
                    machine.plane.receive(self.now, port, source, &bytes);
                }
            }
        }
    }

    /// Carries out what a machine's core and plane want.
    fn settle(&mut self, number: usize) {
        loop {
            while let Some(output) = self.machines[number].core.poll_output() {
                self.carry_out(number, output.action);
            }
            while let Some(transmit) = self.machines[number].plane.poll_transmit() {
                let Some(source) = self.machines[number].addresses.get(&transmit.port).copied()
                else {
                    continue;
                };
                let target = self
                    .machines
                    .iter()
                    .position(|machine| machine.address == transmit.to.ip());
                if let Some(capture) = &mut self.capture {
                    capture.datagram(self.now, source, transmit.to, &transmit.packet);
                }
                let lost = self.rng.below(1000) < self.loss_permille;
                if let Some(target) = target.filter(|_| !lost) {
                    self.send(
                        target,
                        Packet::Datagram {
                            to: transmit.to,
                            source,
                            bytes: transmit.packet,
                        },
                    );
                }
            }
            match self.machines[number].plane.poll_notice() {
                Some(notice) => self.machines[number]
                    .core
                    .handle(self.now, Input::Event(Event::Media(notice))),
                None => return,
            }
        }
    }

    fn carry_out(&mut self, number: usize, action: Action) {
        let machine = &mut self.machines[number];
        match action {
            Action::Transmit(conn, bytes) => {
                if let Some(peer) = machine.peers.get(&conn).copied() {
                    if let Some(capture) = &mut self.capture {
                        capture.data(self.now, peer.here, peer.there, &bytes);
                    }
                    self.send(
                        peer.machine,
                        Packet::Data {
                            conn: peer.conn,
                            bytes,
                        },
                    );
                }
            }
            Action::Connect { conn, to, .. } => {
                let source = SocketAddr::new(machine.address, self.next_source_port);
                self.next_source_port += 1;
                match self
                    .machines
                    .iter()
                    .position(|machine| machine.address == to.ip())
                {
                    Some(peer) => self.send(
                        peer,
                        Packet::Syn {
                            from: number,
                            conn,
                            source,
                            to,
                        },
                    ),
                    None => self.send(
                        number,
                        Packet::Gone {
                            conn,
                            why: "no such host".into(),
                        },
                    ),
                }
            }
            Action::Close(conn) => {
                if let Some(peer) = machine.peers.remove(&conn) {
                    if let Some(capture) = &mut self.capture {
                        capture.close(self.now, peer.here, peer.there);
                    }
                    let why = "closed by the peer".into();
                    self.send(
                        peer.machine,
                        Packet::Gone {
                            conn: peer.conn,
                            why,
                        },
                    );
                }
            }
            Action::AllocatePorts(call, _) => {
                let ports = machine.allot(call);
                machine
                    .core
                    .handle(self.now, Input::PortsAllocated(call, ports));
            }
            Action::ReleasePorts(call) => machine.release(call),
            Action::Effect(Effect::Media(command)) => machine.plane.command(self.now, command),
            Action::Effect(Effect::Answer(_, answer)) => self.answers.push(answer),
            Action::Effect(Effect::Report(report)) => machine.reports.push((self.now, report)),
            Action::Effect(Effect::Finished) => machine.finished = true,
        }
    }
}

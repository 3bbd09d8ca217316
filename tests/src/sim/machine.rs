//! One simulated host: a core, a media plane, and what a shell would hold for them.

use base::{CallId, ConnId, Instant, ParticipantId};
use mcu::core::{Core, Listener, Ports, Report};
use media::plane::{Command, Notice, Plane, Port, Transmit};
use std::any::Any;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// Where each machine's ports begin; every machine has its own address.
const FIRST_PORT: u16 = 20_000;

/// A core that can be looked into by a test.
pub trait AnyCore: Core + Any {}
impl<T: Core + Any> AnyCore for T {}
/// A plane that can be looked into by a test.
pub trait AnyPlane: Plane + Any {}
impl<T: Plane + Any> AnyPlane for T {}

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    pub machine: usize,
    /// Its name there.
    pub conn: ConnId,
    pub here: SocketAddr,
    pub there: SocketAddr,
}

/// A host with one process.
pub struct Machine {
    pub(super) address: IpAddr,
    pub(super) core: Box<dyn AnyCore>,
    pub(super) plane: Box<dyn AnyPlane>,
    pub(super) listeners: BTreeMap<SocketAddr, Listener>,
    /// The other end of each connection.
    pub(super) peers: BTreeMap<ConnId, Peer>,
    pub(super) sockets: BTreeMap<SocketAddr, Port>,
    pub(super) addresses: BTreeMap<Port, SocketAddr>,
    pub(super) reports: Vec<(Instant, Report)>,
    pub(super) finished: bool,
    next_port: u16,
}

impl Machine {
    /// A machine that accepts call signalling at `listen`.
    pub fn new(
        address: IpAddr,
        core: impl AnyCore,
        plane: impl AnyPlane,
        listen: Option<SocketAddr>,
    ) -> Self {
        Machine {
            address,
            core: Box::new(core),
            plane: Box::new(plane),
            listeners: listen.map(|at| (at, Listener::Main)).into_iter().collect(),
            peers: BTreeMap::new(),
            sockets: BTreeMap::new(),
            addresses: BTreeMap::new(),
            reports: Vec::new(),
            finished: false,
            next_port: FIRST_PORT,
        }
    }

    /// Its core.
    pub fn core<T: AnyCore>(&self) -> &T {
        (&*self.core as &dyn Any)
            .downcast_ref()
            .expect("the machine runs another core")
    }

    /// Its media plane.
    pub fn plane<T: AnyPlane>(&self) -> &T {
        (&*self.plane as &dyn Any)
            .downcast_ref()
            .expect("the machine runs another plane")
    }

    pub(super) fn allot(&mut self, call: CallId) -> Ports {
        let mut pair = || {
            let port = self.next_port;
            self.next_port += 2;
            port
        };
        let ports = Ports {
            control: pair(),
            audio: pair(),
            video: pair(),
        };
        self.listeners.insert(
            SocketAddr::new(self.address, ports.control),
            Listener::Call(call),
        );
        let participant = ParticipantId(call.0);
        for (kind, rtp) in [
            (base::MediaKind::Audio, ports.audio),
            (base::MediaKind::Video, ports.video),
        ] {
            for (channel, port) in [
                (media::plane::Channel::Rtp, rtp),
                (media::plane::Channel::Rtcp, rtp + 1),
            ] {
                let (at, port) = (
                    SocketAddr::new(self.address, port),
                    Port {
                        participant,
                        kind,
                        channel,
                    },
                );
                self.sockets.insert(at, port);
                self.addresses.insert(port, at);
            }
        }
        ports
    }

    pub(super) fn release(&mut self, call: CallId) {
        self.listeners
            .retain(|_, listener| *listener != Listener::Call(call));
        self.sockets.retain(|_, port| port.participant.0 != call.0);
        self.addresses
            .retain(|port, _| port.participant.0 != call.0);
    }
}

/// A media plane that only writes down what it is told.
#[derive(Debug, Default)]
pub struct Notebook {
    /// In order.
    pub commands: Vec<Command>,
}

impl Plane for Notebook {
    fn command(&mut self, _: Instant, command: Command) {
        self.commands.push(command);
    }
    fn receive(&mut self, _: Instant, _: Port, _: SocketAddr, _: &[u8]) {}
    fn handle_timeout(&mut self, _: Instant) {}
    fn next_timeout(&self) -> Option<Instant> {
        None
    }
    fn poll_transmit(&mut self) -> Option<Transmit> {
        None
    }
    fn poll_notice(&mut self) -> Option<Notice> {
        None
    }
}

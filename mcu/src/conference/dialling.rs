//! Calls that an operator has us place.

use super::call::{Call, Stage, session_config};
use super::{Link, Server};
use crate::core::{Action, Ports};
use crate::legs::alias;
use base::{CallId, ConnId};
use serde::{Deserialize, Serialize};
use signalling::session::{self, Goal, Session};
use std::net::SocketAddr;

/// A terminal that an operator dials.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Dialling {
    pub room: String,
    pub alias: String,
    pub to: SocketAddr,
    /// Our end, once the connection stands.
    pub local: SocketAddr,
}

impl Server {
    /// A terminal that an operator dials has taken the connection: ports come next, then Setup.
    pub(super) fn dialled(&mut self, conn: ConnId, dialling: Dialling) {
        let id = CallId(self.next_call);
        self.next_call += 1;
        let since = self.now;
        self.links.insert(conn, Link::Signalling { id, since });
        self.act(Action::AllocatePorts(
            id,
            self.rules.address.unwrap_or(dialling.local.ip()),
        ));
        self.dialled.insert(id, (conn, dialling));
    }

    pub(super) fn call_out(&mut self, id: CallId, conn: ConnId, dialling: Dialling, ports: Ports) {
        let Dialling {
            room,
            alias: name,
            to,
            local,
        } = dialling;
        let rules = self
            .rooms
            .get(&room)
            .map_or(&self.rules.template, |room| &room.rules);
        let destination = session::Destination {
            aliases: alias(&name).into_iter().collect(),
            signalling: to,
            // h323plus refuses an invitation to a conference that it does not hold itself.
            goal: Goal::Create,
        };
        let config = session_config(&self.rules, rules);
        let addresses = self.addresses(local, ports);
        let session = Session::placing(config, destination, addresses, self.rng.next_u64());
        let mut call = Call::new(session, conn, to, local);
        call.since = self.now;
        call.ports = Some(ports);
        if !name.is_empty() {
            call.name = name;
        }
        call.stage = Stage::Ringing(room);
        let label = call.name.clone();
        self.calls.insert(id, call);
        // Nobody sees a terminal that is only ringing.
        self.join_alone(id, label);
        self.with_session(id, |session, now| session.signalling_connected(now));
    }
}

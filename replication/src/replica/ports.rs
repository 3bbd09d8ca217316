//! Ports of calls. Before an endpoint hears of them, the backup has bound the same; if it cannot,
//! the primary chooses others.

use super::message::{Message, Proposal};
use super::{Replica, Step};
use crate::core::{Input, Ports, Replicated};
use crate::failover::Role;
use base::{CallId, Instant};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Which ports are bound here.
#[derive(Debug, Clone, Default)]
pub(super) struct PortTable {
    bound: BTreeMap<CallId, (IpAddr, Ports)>,
    calls: BTreeMap<u16, CallId>,
    /// Primary: bound here, waiting for the backup. Backup: being bound.
    proposed: BTreeMap<CallId, Proposal>,
}

impl PortTable {
    pub(super) fn of(&self, call: CallId) -> Option<Ports> {
        self.bound.get(&call).map(|(_, ports)| *ports)
    }

    pub(super) fn at(&self, control: u16) -> Option<CallId> {
        self.calls.get(&control).copied()
    }

    pub(super) fn hold(&mut self, call: CallId, address: IpAddr, ports: Ports) {
        self.forget(call);
        self.bound.insert(call, (address, ports));
        self.calls.insert(ports.control, call);
    }

    pub(super) fn forget(&mut self, call: CallId) {
        if let Some((_, ports)) = self.bound.remove(&call) {
            self.calls.remove(&ports.control);
        }
        self.proposed.remove(&call);
    }

    pub(super) fn all(&self) -> Vec<(CallId, IpAddr, Ports)> {
        (self.bound.iter())
            .map(|(call, (address, ports))| (*call, *address, *ports))
            .collect()
    }

    fn attempt(&self, call: CallId) -> u32 {
        self.proposed.get(&call).map_or(0, |last| last.attempt)
    }
}

impl<C: Replicated> Replica<C> {
    /// The answer to [`Step::Bind`]: the ports that are bound now, or why none are.
    pub fn bound(&mut self, now: Instant, call: CallId, outcome: Result<Ports, String>) {
        if self.role.serves() {
            self.bound_here(now, call, outcome);
        } else if let Some(proposal) = self.ports.proposed.remove(&call) {
            let attempt = proposal.attempt;
            match outcome {
                Ok(ports) => {
                    self.ports.hold(call, proposal.address, ports);
                    self.send(Message::Accept(call, attempt));
                }
                Err(why) => self.send(Message::Refuse(call, attempt, why)),
            }
        }
    }

    fn bound_here(&mut self, now: Instant, call: CallId, outcome: Result<Ports, String>) {
        let Some(address) = self.outstanding.ports.get(&call).copied() else {
            // Released meanwhile.
            return self.steps.push_back(Step::Free(call));
        };
        let ports = match outcome {
            Ok(ports) => ports,
            Err(why) => {
                self.ports.forget(call);
                return self.handle(now, Input::PortsUnavailable(call, why));
            }
        };
        if self.role != Role::Primary {
            return self.handle(now, Input::PortsAllocated(call, ports));
        }
        let proposal = Proposal {
            call,
            attempt: self.ports.attempt(call) + 1,
            address,
            ports,
        };
        self.ports.proposed.insert(call, proposal.clone());
        self.send(Message::Propose(proposal));
    }

    pub(super) fn peer_accepts(&mut self, now: Instant, call: CallId, attempt: u32) {
        if self.ports.attempt(call) == attempt
            && let Some(proposal) = self.ports.proposed.remove(&call)
        {
            self.settle(now, &proposal);
        }
    }

    pub(super) fn peer_refuses(&mut self, now: Instant, call: CallId, attempt: u32, why: &str) {
        let Some(proposal) = (self.ports.proposed.get(&call))
            .filter(|proposal| proposal.attempt == attempt)
            .cloned()
        else {
            return;
        };
        self.steps.push_back(Step::Free(call));
        if attempt < self.limits.port_attempts {
            (self.steps).push_back(Step::Bind(call, proposal.address, None));
        } else {
            self.ports.forget(call);
            let why = format!("the backup refused {attempt} proposals, the last because {why}");
            self.handle(now, Input::PortsUnavailable(call, why));
        }
    }

    /// There is nobody to ask any more.
    pub(super) fn settle_proposals(&mut self) {
        let now = self.now;
        for (_, proposal) in std::mem::take(&mut self.ports.proposed) {
            self.settle(now, &proposal);
        }
    }

    /// Both nodes have the ports: the call may use them, unless it has ended.
    fn settle(&mut self, now: Instant, proposal: &Proposal) {
        let Proposal { call, ports, .. } = *proposal;
        if self.outstanding.ports.contains_key(&call) {
            self.handle(now, Input::PortsAllocated(call, ports));
        } else {
            self.steps.push_back(Step::Free(call));
        }
    }

    /// The primary proposes; an earlier proposal for the call is void.
    pub(super) fn proposed(&mut self, proposal: Proposal) {
        let call = proposal.call;
        self.free(call);
        let step = Step::Bind(call, proposal.address, Some(proposal.ports));
        self.ports.proposed.insert(call, proposal);
        self.steps.push_back(step);
    }

    /// The primary has these without having asked: the best is to have them too.
    pub(super) fn expect_ports(&mut self, call: CallId, address: IpAddr, ports: Ports) {
        self.proposed(Proposal {
            call,
            attempt: 0,
            address,
            ports,
        });
    }

    pub(super) fn free(&mut self, call: CallId) {
        if self.ports.of(call).is_some() {
            self.steps.push_back(Step::Free(call));
        }
        self.ports.forget(call);
    }
}

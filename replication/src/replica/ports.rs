//! Ports of calls. Before an endpoint hears of them, the backup has bound the same; if it cannot,
//! the primary chooses others.

use super::message::{Message, Proposal};
use super::{Replica, Step};
use crate::core::{Input, Ports, Replicated};
use crate::failover::Role;
use base::{CallId, Instant};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// How long a backup waits before it tries again to bind the ports of running calls that it could not
/// bind.
const RETRY: Duration = Duration::from_secs(1);

/// Which ports are bound here.
#[derive(Debug, Clone, Default)]
pub(super) struct PortTable {
    bound: BTreeMap<CallId, (IpAddr, Ports)>,
    calls: BTreeMap<u16, CallId>,
    /// Primary: bound here, waiting for the backup. Backup: being bound.
    proposed: BTreeMap<CallId, Proposal>,
    /// Backup: the primary has these, and they cannot be bound here.
    missing: BTreeMap<CallId, Proposal>,
    /// When those are tried again.
    retry: Option<Instant>,
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
        self.missing.remove(&call);
    }

    /// Another table comes from the primary; what is bound is bound.
    pub(super) fn forget_missing(&mut self) {
        self.missing.clear();
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
                Ok(ports) if attempt > 0 => {
                    self.ports.hold(call, proposal.address, ports);
                    self.send(Message::Accept(call, attempt));
                }
                Err(why) if attempt > 0 => self.send(Message::Refuse(call, attempt, why)),
                outcome => self.bound_as_expected(now, proposal, outcome),
            }
        }
    }

    /// The call runs with these ports, whether this node can have them or not.
    fn bound_as_expected(
        &mut self,
        now: Instant,
        expected: Proposal,
        outcome: Result<Ports, String>,
    ) {
        let call = expected.call;
        let was_missing = self.ports.missing.contains_key(&call);
        match outcome {
            Ok(ports) => {
                self.ports.hold(call, expected.address, ports);
                if was_missing {
                    self.send(Message::Accept(call, 0));
                    self.steps.push_back(Step::BackupPorts(call, Ok(())));
                }
            }
            Err(why) => {
                self.ports.missing.insert(call, expected);
                self.ports.retry.get_or_insert(now + RETRY);
                if !was_missing {
                    self.send(Message::Refuse(call, 0, why.clone()));
                    self.steps.push_back(Step::BackupPorts(call, Err(why)));
                }
            }
        }
    }

    /// When ports are tried again.
    pub(super) fn ports_timeout(&self) -> Option<Instant> {
        self.ports.retry.filter(|_| self.synchronized())
    }

    /// Tries those again that are missing here.
    pub(super) fn retry_ports(&mut self, now: Instant) {
        if self.ports_timeout().is_none_or(|at| at > now) {
            return;
        }
        self.ports.retry = None;
        for (call, expected) in self.ports.missing.clone() {
            let step = Step::Bind(call, expected.address, Some(expected.ports));
            self.ports.proposed.insert(call, expected);
            self.steps.push_back(step);
        }
    }

    /// This node goes on with the calls: the last time to have the ports that are missing.
    pub(super) fn claim_missing_ports(&mut self) {
        for (call, expected) in &self.ports.missing {
            let step = Step::Bind(*call, expected.address, Some(expected.ports));
            self.steps.push_back(step);
        }
    }

    fn bound_here(&mut self, now: Instant, call: CallId, outcome: Result<Ports, String>) {
        if let Some(expected) = self.ports.missing.remove(&call) {
            let outcome = outcome.map(|ports| self.ports.hold(call, expected.address, ports));
            return self.steps.push_back(Step::BackupPorts(call, outcome));
        }
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
        if attempt == 0 && self.ports.of(call).is_some() {
            self.steps.push_back(Step::BackupPorts(call, Ok(())));
        }
        if self.ports.attempt(call) == attempt
            && let Some(proposal) = self.ports.proposed.remove(&call)
        {
            self.settle(now, &proposal);
        }
    }

    pub(super) fn peer_refuses(&mut self, now: Instant, call: CallId, attempt: u32, why: &str) {
        if attempt == 0 && self.ports.of(call).is_some() {
            (self.steps).push_back(Step::BackupPorts(call, Err(why.into())));
        }
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

    /// The primary has these without having asked: the best is to have them too. That is no proposal, so it
    /// is number 0.
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

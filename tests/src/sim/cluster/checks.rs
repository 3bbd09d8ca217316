//! What every run is held against.

use crate::invariants::{
    Determinism, InputSafety, OneOwner, OutputCommit, Senders, Silence, StreamNumbers, Verdict,
};
use base::{ConnId, LogIndex};
use replication::failover::Epoch;
use replication::tcp::Ends;
use std::collections::BTreeMap;

const VIOLATIONS_MAX: usize = 5;

/// All checkers, and what they have found.
#[derive(Default)]
pub(super) struct Checks {
    /// I1 to I6 are to hold: see `Mode::strict`.
    strict: bool,
    pub silence: Silence,
    pub owner: OneOwner,
    pub senders: Senders,
    services: BTreeMap<u64, Service>,
    /// Whose node could send last.
    current: u64,
    pub violations: Vec<String>,
}

/// What holds for one service from its beginning without state on. Another one may begin while its last node is cut off
/// and silent, and end before that; then it goes on.
#[derive(Default)]
pub(super) struct Service {
    pub input: InputSafety,
    pub output: OutputCommit,
    pub determinism: Determinism,
    pub numbers: StreamNumbers,
    /// The latest reign.
    pub latest: Epoch,
    /// Names of connections in the log as it stands: which record named them.
    pub names: BTreeMap<ConnId, (LogIndex, Ends)>,
}

impl Checks {
    /// Of a run in which I1 to I6 are to hold, or not: see `Mode::strict`.
    pub fn new(strict: bool) -> Self {
        Checks {
            strict,
            ..Checks::default()
        }
    }

    /// Holds a fact against an invariant, if that is to hold.
    pub fn note(&mut self, verdict: Verdict) {
        if self.strict {
            self.require(verdict);
        }
    }

    /// The same for what must hold in every mode.
    pub fn require(&mut self, verdict: Verdict) {
        if let Err(how) = verdict
            && self.violations.len() < VIOLATIONS_MAX
        {
            self.violations.push(how);
        }
    }

    /// The service that began with this.
    pub fn service(&mut self, origin: u64) -> &mut Service {
        self.services.entry(origin).or_default()
    }

    /// The service that clients hear.
    pub fn current(&mut self) -> &mut Service {
        self.service(self.current)
    }

    /// A node of this service may send in this reign.
    pub fn sends(&mut self, origin: u64, epoch: Epoch) {
        self.current = origin;
        let service = self.service(origin);
        service.latest = service.latest.max(epoch);
    }

    /// A node begins to serve without any state. Nobody may remember how many reigns there have been.
    pub fn begin_anew(&mut self) {
        self.owner = OneOwner::default();
    }

    /// A node has taken over that holds no record beyond `index`.
    pub fn reign(&mut self, origin: u64, index: LogIndex, epoch: Epoch) {
        let service = self.service(origin);
        service.latest = service.latest.max(epoch);
        service.determinism.reign(index);
        service.names.retain(|_, (named, _)| *named <= index);
        let verdict = service.output.reign(index);
        self.note(verdict);
    }

    /// Records that two nodes have compared.
    pub fn compared(&self) -> u64 {
        let services = self.services.values();
        services.map(|service| service.determinism.compared()).sum()
    }
}

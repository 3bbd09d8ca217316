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
    pub strict: bool,
    pub input: InputSafety,
    pub output: OutputCommit,
    pub determinism: Determinism,
    pub silence: Silence,
    pub numbers: StreamNumbers,
    pub owner: OneOwner,
    pub senders: Senders,
    /// The latest reign.
    pub latest: Epoch,
    /// Names of connections in the log as it stands: which record named them.
    pub names: BTreeMap<ConnId, (LogIndex, Ends)>,
    pub violations: Vec<String>,
}

impl Checks {
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

    /// A node begins to serve without any state: the calls that there were are lost, and so is the log. Nobody may
    /// remember how many reigns there have been.
    pub fn begin_anew(&mut self) {
        self.owner = OneOwner::default();
        self.latest = Epoch(0);
        self.input = InputSafety::default();
        self.output = OutputCommit::default();
        self.determinism = Determinism::default();
        self.numbers = StreamNumbers::default();
        self.names.clear();
    }

    /// A node has taken over that holds no record beyond `index`.
    pub fn reign(&mut self, index: LogIndex) {
        self.determinism.reign(index);
        let verdict = self.output.reign(index);
        self.note(verdict);
        self.names.retain(|_, (named, _)| *named <= index);
    }
}

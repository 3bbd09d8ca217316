//! The rules by which an arbiter answers, and the register of one service.

use super::question::{Answer, LEASE, NOBODY, Question};
use crate::failover::Epoch;
use base::Instant;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Nobody with a lease can still believe in it when nothing was kept for so long.
const QUIET: Duration = LEASE.saturating_mul(2);

/// Who asks: a node in one of its lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// The number of the node.
    pub node: u8,
    /// Differs with every start of it.
    pub boot: u64,
}

/// The last reign that was granted or learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The reign.
    pub epoch: Epoch,
    /// Whose it is.
    #[serde(flatten)]
    pub holder: Asker,
    /// It began without state.
    #[serde(default)]
    pub fresh: bool,
}

impl Record {
    /// What is on record when this is granted.
    pub(super) fn granted(
        former: Option<&Record>,
        holder: Asker,
        epoch: Epoch,
        question: &Question,
    ) -> Self {
        let same = |record: &Record| (record.epoch, record.holder) == (epoch, holder);
        let was_fresh = former.is_some_and(|record| same(record) && record.fresh);
        Record {
            epoch,
            holder,
            fresh: was_fresh || *question == Question::ClaimFresh,
        }
    }
}

/// What is to be said. `quiet`: for twice the lease nothing was claimed or kept.
pub(super) fn judge(
    record: Option<&Record>,
    quiet: bool,
    asker: Asker,
    question: &Question,
) -> Answer {
    let last = record.map_or(Epoch(0), |record| record.epoch);
    let begins = |epoch| match record {
        // Somebody may reign whom the arbiter has not heard of.
        None => quiet,
        Some(record) => record.epoch < epoch || (record.epoch == epoch && record.holder == asker),
    };
    let granted = match *question {
        Question::Claim { epoch } => begins(epoch).then_some(epoch),
        Question::ClaimFresh => last.0.checked_add(1).map(Epoch).filter(|_| quiet),
        // Who says that it reigns is believed where nothing is known.
        Question::Keep { epoch } => (record.is_none() || begins(epoch)).then_some(epoch),
    };
    granted.map_or_else(|| refused(record), Answer::Granted)
}

/// A refusal that names who reigns.
pub(super) fn refused(record: Option<&Record>) -> Answer {
    Answer::Refused {
        epoch: record.map_or(Epoch(0), |record| record.epoch),
        node: record.map_or(NOBODY, |record| record.holder.node),
        boot: record.map_or(0, |record| record.holder.boot),
        fresh: record.is_some_and(|record| record.fresh),
    }
}

/// What an arbiter knows of one service.
#[derive(Debug, Clone)]
pub struct Register {
    record: Option<Record>,
    /// When something was granted last; at the start, which may follow a grant that was forgotten, the start.
    kept: Instant,
    /// A node that began without state has not kept its reign yet: it may ask again, if the answer was lost.
    unkept: bool,
}

impl Register {
    /// An arbiter starts at `now` with the record that it has found.
    pub fn new(now: Instant, record: Option<Record>) -> Self {
        Register {
            record,
            kept: now,
            unkept: false,
        }
    }

    /// What an arbiter that is started again has to know.
    pub fn record(&self) -> Option<Record> {
        self.record
    }

    /// Answers a question of the node that has this number and boot.
    pub fn ask(&mut self, now: Instant, node: u8, boot: u64, question: &Question) -> Answer {
        let asker = Asker { node, boot };
        let repeated = *question == Question::ClaimFresh
            && self.unkept
            && (self.record).is_some_and(|record| record.holder == asker);
        let answer = match self.record {
            Some(record) if repeated => Answer::Granted(record.epoch),
            record => {
                let quiet = now.since(self.kept) >= QUIET;
                judge(record.as_ref(), quiet, asker, question)
            }
        };
        if let Answer::Granted(epoch) = answer {
            let former = self.record.as_ref();
            self.record = Some(Record::granted(former, asker, epoch, question));
            self.kept = now;
            self.unkept = *question == Question::ClaimFresh;
        }
        answer
    }
}

#[cfg(test)]
mod tests;

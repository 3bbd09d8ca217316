//! A node's side of an arbiter, of whatever kind.

use super::caller::{self, Caller};
use super::etcd::{self, Etcd};
use super::options::ArbiterOptions;
use super::question::{Answer, Question};
use super::register::Asker;
use crate::link::PairKey;
use std::net::IpAddr;
use std::time::Duration;

/// Asks the arbiter for one node of one service. Ends when dropped.
#[derive(Debug)]
pub struct Arbiter(Kind);

#[derive(Debug)]
enum Kind {
    Witness(Box<Caller>),
    Etcd(Etcd),
}

impl Arbiter {
    /// Opens the way to the arbiter, which need not be there yet. `service` is the control address, `boot`
    /// differs with every start of the node. `answers` is called on another thread with the number of the
    /// question; there may be no answer.
    pub fn start(
        options: &ArbiterOptions,
        key: &PairKey,
        service: IpAddr,
        node: u8,
        boot: u64,
        answers: impl Fn(u64, Answer) + Send + Sync + 'static,
    ) -> anyhow::Result<Arbiter> {
        let asker = Asker { node, boot };
        Ok(Arbiter(match options {
            ArbiterOptions::Witness(address) => {
                let key = key.witness_key();
                Kind::Witness(Box::new(Caller::start(
                    *address, key, service, asker, answers,
                )?))
            }
            ArbiterOptions::Etcd(endpoints) => {
                Kind::Etcd(Etcd::start(endpoints, service, asker, answers)?)
            }
        }))
    }

    /// Asks, without waiting. A witness gets the question at once; etcd gets the latest question when it has
    /// answered the one before.
    pub fn ask(&self, id: u64, question: Question) {
        match &self.0 {
            Kind::Witness(caller) => caller.ask(id, question),
            Kind::Etcd(etcd) => etcd.ask(id, question),
        }
    }

    /// Waits for the arbiter to say who reigns; nothing is claimed, the answer is always a refusal.
    pub fn look(
        options: &ArbiterOptions,
        key: &PairKey,
        service: IpAddr,
        patience: Duration,
    ) -> anyhow::Result<Answer> {
        match options {
            ArbiterOptions::Witness(address) => {
                caller::look(*address, &key.witness_key(), service, patience)
            }
            ArbiterOptions::Etcd(endpoints) => etcd::look(endpoints, service),
        }
    }
}

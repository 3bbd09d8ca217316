//! The witness: answers the questions of many services on a third host.
//!
//! Safety lies in the records, which are on disk before a claim is granted. Questions are authentic, and each
//! counts once; a recording of an earlier life of a node, or from before a restart of the witness, could at most
//! put off a claim of a node without state.

use super::datagram::{Answered, Asked, open, seal};
use super::listener::Listener;
use super::question::{Answer, Question};
use super::register::{Asker, Record, Register, refused};
use super::state_file::StateFile;
use crate::link::PairKey;
use crate::shell::Clock;
use anyhow::Context;
use base::Instant;
use ring::hmac;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;

/// More services than a pair, or a ring of hosts, has.
pub const SERVICES_MAX: usize = 64;
/// Lives of nodes whose last question is remembered, for each service.
const ASKERS_MAX: usize = 16;

/// The settings of a witness: the section `[witness]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WitnessOptions {
    /// The address and UDP port at which it is asked.
    pub listen: SocketAddr,
    /// The file that `mcu keygen` has made, the same as on the nodes.
    pub key: PathBuf,
    /// The file in which it keeps who reigns. It must outlast a restart of the host.
    pub state: PathBuf,
}

/// A running witness; it ends when dropped.
#[derive(Debug)]
pub struct Witness {
    address: SocketAddr,
    _listener: Listener,
}

impl Witness {
    /// Starts it on a thread of its own.
    pub fn start(options: &WitnessOptions) -> anyhow::Result<Self> {
        let key = PairKey::load(&options.key)?.witness_key();
        let socket = UdpSocket::bind(options.listen)
            .with_context(|| format!("cannot listen at UDP {}", options.listen))?;
        let address = socket.local_addr()?;
        let (state, records) = StateFile::open(&options.state)?;
        let clock = Clock::new();
        let started = clock.now();
        for (service, record) in &records {
            let (epoch, node) = (record.epoch.0, record.holder.node);
            tracing::info!(%service, epoch, node, "remembered");
        }
        let services = (records.into_iter())
            .map(|(service, record)| (service, Service::new(Register::new(started, Some(record)))));
        let mut office = Office {
            started,
            services: services.collect(),
            state,
            turned_away: 0,
        };
        tracing::info!(%address, "a witness");
        let socket = Arc::new(socket);
        let answers = socket.clone();
        let hear = move |datagram: &[u8], from| {
            if let Some(answer) = office.hear(clock.now(), &key, datagram, from) {
                // Lost or refused: the node asks again.
                let _ = answers.send_to(&answer, from);
            }
        };
        let listener = Listener::start("witness", socket, hear);
        Ok(Witness {
            address,
            _listener: listener.context("cannot start the witness's thread")?,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// All that the thread knows.
struct Office {
    started: Instant,
    services: BTreeMap<IpAddr, Service>,
    state: StateFile,
    /// Datagrams that were not authentic.
    turned_away: u64,
}

/// One service.
struct Service {
    register: Register,
    /// Who asked last is last.
    known: Vec<Known>,
}

/// A life of a node that has asked.
struct Known {
    asker: Asker,
    /// Of its last question.
    sequence: u64,
    /// What was logged last of it: nodes repeat themselves.
    logged: Option<(Question, Answer)>,
}

impl Service {
    fn new(register: Register) -> Self {
        Service {
            register,
            known: Vec::new(),
        }
    }

    /// Whether a question counts: it is newer than what the asker has asked before, who is the last known
    /// then.
    fn hears(&mut self, asker: Asker, sequence: u64) -> bool {
        let place = self.known.iter().position(|known| known.asker == asker);
        let former = match place {
            Some(place) if self.known[place].sequence >= sequence => return false,
            Some(place) => self.known.remove(place).logged,
            None => {
                if self.known.len() >= ASKERS_MAX {
                    self.known.remove(0);
                }
                None
            }
        };
        self.known.push(Known {
            asker,
            sequence,
            logged: former,
        });
        true
    }
}

impl Known {
    /// Says what was decided, if that is new.
    fn log(&mut self, service: IpAddr, question: Question, answer: Answer) {
        if self.logged.replace((question, answer)) == Some((question, answer)) {
            return;
        }
        let node = self.asker.node;
        match answer {
            Answer::Granted(epoch) => {
                tracing::info!(%service, node, ?question, reign = epoch.0, "granted");
            }
            Answer::Refused {
                epoch,
                node: holder,
                ..
            } => {
                tracing::info!(%service, node, ?question, reign = epoch.0, holder, "refused");
            }
        }
    }
}

impl Office {
    /// The datagram that answers one.
    fn hear(
        &mut self,
        now: Instant,
        key: &hmac::Key,
        datagram: &[u8],
        from: SocketAddr,
    ) -> Option<Vec<u8>> {
        let Some(asked) = open::<Asked>(key, datagram) else {
            self.turned_away += 1;
            // The log must not grow as fast as somebody can send.
            if self.turned_away.is_power_of_two() {
                let count = self.turned_away;
                tracing::warn!(%from, count, "a datagram was not made with this witness's key");
            }
            return None;
        };
        let nonce = asked.nonce;
        let answer = self.answer(now, &asked)?;
        Some(seal(key, &Answered { nonce, answer }))
    }

    fn answer(&mut self, now: Instant, asked: &Asked) -> Option<Answer> {
        let address = asked.service;
        let Some(question) = asked.question else {
            let known = self.services.get(&address);
            return Some(refused(
                known.and_then(|known| known.register.record()).as_ref(),
            ));
        };
        if !self.services.contains_key(&address) {
            if self.services.len() >= SERVICES_MAX {
                tracing::error!(
                    service = %address,
                    "not answered: there are {SERVICES_MAX} services already; stop the witness, and remove those from \
                     its state that are no more"
                );
                return None;
            }
            let register = Register::new(self.started, None);
            self.services.insert(address, Service::new(register));
        }
        let (node, boot) = (asked.node, asked.boot);
        let service = self.services.get_mut(&address)?;
        if !service.hears(Asker { node, boot }, asked.sequence) {
            return None;
        }
        let former = service.register.record();
        let mut next = service.register.clone();
        let answer = next.ask(now, node, boot, &question);
        if next.record() != former
            && let Err(error) = self.keep(address, next.record())
        {
            tracing::error!(
                %error, service = %address, node, ?question,
                "not granted, because it cannot be kept in the state file: is the disk full?"
            );
            // Who reigns already is not told to stop.
            let claims = !matches!(question, Question::Keep { .. });
            return claims.then(|| refused(former.as_ref()));
        }
        let service = self.services.get_mut(&address)?;
        service.register = next;
        if let Some(known) = service.known.last_mut() {
            known.log(address, question, answer);
        }
        Some(answer)
    }

    /// Writes all records down, this one instead of what its service had.
    fn keep(&self, changed: IpAddr, record: Option<Record>) -> io::Result<()> {
        let records = (self.services.iter())
            .map(|(&service, known)| (service, known.register.record()))
            .chain([(changed, record)])
            .filter_map(|(service, record)| Some((service, record?)));
        self.state.save(&records.collect())
    }
}

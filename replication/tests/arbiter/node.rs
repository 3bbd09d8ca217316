//! A node that waits for its answers.

use replication::arbiter::{Answer, Arbiter, ArbiterOptions, Question};
use replication::failover::Epoch;
use replication::link::PairKey;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// The control address of the service.
pub const SERVICE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 18, 0, 100));
/// After which a question is asked again, as a datagram may be lost or the arbiter be away.
const PATIENCE: Duration = Duration::from_millis(200);
/// An arbiter that is away for so long is dead.
const ATTEMPTS: usize = 100;
static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// The key that all nodes here have.
pub fn key() -> PairKey {
    static KEY: OnceLock<PairKey> = OnceLock::new();
    KEY.get_or_init(|| PairKey::generate().unwrap()).clone()
}

pub fn claim(epoch: u64) -> Question {
    Question::Claim {
        epoch: Epoch(epoch),
    }
}

pub fn keep(epoch: u64) -> Question {
    Question::Keep {
        epoch: Epoch(epoch),
    }
}

pub struct Node {
    number: u8,
    boot: u64,
    arbiter: Arbiter,
    answers: Mutex<Receiver<(u64, Answer)>>,
}

impl Node {
    /// A node of this number, in a life of its own.
    pub fn start(options: &ArbiterOptions, key: &PairKey, number: u8) -> Node {
        let boot = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let (sender, answers) = channel();
        let answer = move |id, answer| {
            let _ = sender.send((id, answer));
        };
        Node {
            number,
            boot,
            arbiter: Arbiter::start(options, key, SERVICE, number, boot, answer).unwrap(),
            answers: Mutex::new(answers),
        }
    }

    /// What others are told who ask for its reign.
    pub fn reigns(&self, epoch: u64) -> Answer {
        self.reigns_since(epoch, false)
    }

    /// The same if it began without state.
    pub fn reigns_afresh(&self, epoch: u64) -> Answer {
        self.reigns_since(epoch, true)
    }

    fn reigns_since(&self, epoch: u64, fresh: bool) -> Answer {
        Answer::Refused {
            epoch: Epoch(epoch),
            node: self.number,
            boot: self.boot,
            fresh,
        }
    }

    /// Asks until there is an answer.
    pub fn ask(&self, question: Question) -> Answer {
        let answer = (0..ATTEMPTS).find_map(|_| self.ask_once(question));
        answer.unwrap_or_else(|| panic!("{question:?} has no answer"))
    }

    /// Asks; there may be no answer.
    pub fn ask_once(&self, question: Question) -> Option<Answer> {
        let id = NUMBERS.fetch_add(1, Ordering::Relaxed);
        self.arbiter.ask(id, question);
        let answers = self.answers.lock().unwrap();
        // Late answers to earlier questions come first.
        loop {
            match answers.recv_timeout(PATIENCE) {
                Ok((of, answer)) if of == id => return Some(answer),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }
}

//! Asks a witness.

use super::datagram::{Answered, Asked, open, seal};
use super::listener::Listener;
use super::question::{Answer, NOBODY, Question};
use super::register::Asker;
use anyhow::Context;
use ring::hmac;
use ring::rand::{SystemRandom, generate};
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Questions whose answers still count.
const WAITING_MAX: usize = 16;
/// How often an answer is waited for by who only looks.
const LOOKS: u32 = 4;
/// Of all questions of this process, since a node that starts anew within it may have the same boot.
static SEQUENCE: AtomicU64 = AtomicU64::new(1);

/// A node's line to a witness.
#[derive(Debug)]
pub(super) struct Caller {
    socket: Arc<UdpSocket>,
    witness: SocketAddr,
    key: hmac::Key,
    service: IpAddr,
    asker: Asker,
    waiting: Waiting,
    _listener: Listener,
}

/// Nonces of the last questions, and by what numbers the asker knows them.
#[derive(Debug, Clone, Default)]
struct Waiting(Arc<Mutex<VecDeque<(u64, u64)>>>);

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, VecDeque<(u64, u64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, nonce: u64, id: u64) {
        let mut waiting = self.lock();
        if waiting.len() >= WAITING_MAX {
            waiting.pop_front();
        }
        waiting.push_back((nonce, id));
    }

    /// The number of the question, which has its answer now.
    fn take(&self, nonce: u64) -> Option<u64> {
        let mut waiting = self.lock();
        let place = waiting.iter().position(|(known, _)| *known == nonce)?;
        waiting.remove(place).map(|(_, id)| id)
    }
}

impl Caller {
    /// Opens the line; whether somebody answers shows later.
    pub fn start(
        witness: SocketAddr,
        key: hmac::Key,
        service: IpAddr,
        asker: Asker,
        answers: impl Fn(u64, Answer) + Send + 'static,
    ) -> anyhow::Result<Self> {
        let socket = Arc::new(socket(witness)?);
        let waiting = Waiting::default();
        let (expected, its_key) = (waiting.clone(), key.clone());
        let hear = move |datagram: &[u8], _| {
            if let Some(said) = open::<Answered>(&its_key, datagram)
                && let Some(id) = expected.take(said.nonce)
            {
                answers(id, said.answer);
            }
        };
        let listener = Listener::start("arbiter", socket.clone(), hear);
        Ok(Caller {
            socket,
            witness,
            key,
            service,
            asker,
            waiting,
            _listener: listener.context("cannot start the arbiter's thread")?,
        })
    }

    /// Sends the question, now.
    pub fn ask(&self, id: u64, question: Question) {
        let asked = match asked(self.service, self.asker, Some(question)) {
            Ok(asked) => asked,
            Err(error) => return tracing::error!(%error, "the arbiter is not asked"),
        };
        self.waiting.add(asked.nonce, id);
        if let Err(error) = (self.socket).send_to(&seal(&self.key, &asked), self.witness) {
            tracing::debug!(%error, witness = %self.witness, "the arbiter cannot be asked");
        }
    }
}

/// Asks who reigns, without being a node; a refusal tells.
pub(super) fn look(
    witness: SocketAddr,
    key: &hmac::Key,
    service: IpAddr,
    patience: Duration,
) -> anyhow::Result<Answer> {
    let socket = socket(witness)?;
    socket.set_read_timeout(Some(patience / LOOKS))?;
    let nobody = Asker {
        node: NOBODY,
        boot: 0,
    };
    let asked = asked(service, nobody, None)?;
    let mut buffer = [0; super::datagram::DATAGRAM_OCTETS_MAX];
    for _ in 0..LOOKS {
        (socket.send_to(&seal(key, &asked), witness))
            .with_context(|| format!("cannot send to {witness}"))?;
        match socket.recv(&mut buffer) {
            Ok(length) => match open::<Answered>(key, &buffer[..length]) {
                Some(said) if said.nonce == asked.nonce => return Ok(said.answer),
                _ => {}
            },
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error).context("cannot receive"),
        }
    }
    anyhow::bail!("no witness answers at {witness}")
}

/// Not connected: the way to the witness, and so this host's address, may change.
fn socket(witness: SocketAddr) -> anyhow::Result<UdpSocket> {
    let any = match witness.is_ipv4() {
        true => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        false => Ipv6Addr::UNSPECIFIED.into(),
    };
    UdpSocket::bind((any, 0)).context("cannot open a UDP socket")
}

fn asked(service: IpAddr, asker: Asker, question: Option<Question>) -> anyhow::Result<Asked> {
    let nonce = generate(&SystemRandom::new())
        .map_err(|_| anyhow::anyhow!("the kernel gives no random numbers"))?;
    Ok(Asked {
        service,
        node: asker.node,
        boot: asker.boot,
        sequence: SEQUENCE.fetch_add(1, Ordering::Relaxed),
        nonce: u64::from_ne_bytes(nonce.expose()),
        question,
    })
}

//! What the serving node's threads tell the other in datagrams, too often for the log or for heartbeats
//! (where each stream is, at every picture). Nobody wakes for them: they wait in the socket until this
//! node looks, at the latest when it takes over.
//!
//! A datagram is the count of notes (8 octets), the note, and 16 octets of HMAC-SHA-256 over the
//! speaker's boot, the count and the note. The boot comes with the greeting on the link, so no recording
//! of an earlier one counts; within a boot the count must rise.

use crate::heartbeat::seal::{TAG_OCTETS, is_right};
use anyhow::Context;
use ring::hmac;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The longest note, octets: with its frame it fits in one packet on any LAN.
pub const NOTE_OCTETS_MAX: usize = 1200;
const COUNT_OCTETS: usize = 8;
/// Notes read at once; the kernel's buffer does not hold more.
const HEARD_MAX: usize = 4096;

/// The speaker or hearer of notes.
#[derive(Debug, Clone)]
pub(super) struct Notes(Arc<NotePort>);

#[derive(Debug)]
struct NotePort {
    socket: UdpSocket,
    key: hmac::Key,
    boot: u64,
    count: AtomicU64,
    other: Mutex<Option<Other>>,
}

/// The other node.
#[derive(Debug)]
struct Other {
    address: SocketAddr,
    boot: u64,
    /// Its last note that counted.
    heard: u64,
}

impl Notes {
    /// At an address of this host, not one that moves. `boot` differs with every start of a process.
    pub fn open(own: IpAddr, boot: u64, key: hmac::Key) -> anyhow::Result<Self> {
        let socket = UdpSocket::bind((own, 0))
            .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
            .with_context(|| format!("cannot bind a UDP socket at {own}"))?;
        Ok(Notes(Arc::new(NotePort {
            socket,
            key,
            boot,
            count: AtomicU64::new(0),
            other: Mutex::new(None),
        })))
    }

    /// Where this node hears notes.
    pub fn port(&self) -> u16 {
        let address = self.0.socket.local_addr();
        address.map_or(0, |address| address.port())
    }

    /// The other node has greeted.
    pub fn meet(&self, address: SocketAddr, boot: u64) {
        let mut other = self.0.lock();
        if (other.as_ref()).is_none_or(|other| (other.address, other.boot) != (address, boot)) {
            *other = Some(Other {
                address,
                boot,
                heard: 0,
            });
        }
    }

    /// The other node is gone: nothing is told any more. What it said before still counts.
    pub fn part(&self) {
        if let Some(other) = &mut *self.0.lock() {
            other.address.set_port(0);
        }
    }

    /// Whether anybody hears.
    pub fn is_heard(&self) -> bool {
        (self.0.lock().as_ref()).is_some_and(|other| other.address.port() != 0)
    }

    /// Tells the other node, of at most [`NOTE_OCTETS_MAX`] octets. It may be lost.
    pub fn tell(&self, note: &[u8]) {
        debug_assert!(note.len() <= NOTE_OCTETS_MAX);
        let Some(to) = self.0.lock().as_ref().map(|other| other.address) else {
            return;
        };
        if to.port() == 0 {
            return;
        }
        let count = self.0.count.fetch_add(1, Ordering::Relaxed) + 1;
        let mut datagram = Vec::with_capacity(COUNT_OCTETS + note.len() + TAG_OCTETS);
        datagram.extend(count.to_be_bytes());
        datagram.extend(note);
        let tag = self.0.sign(self.0.boot, &datagram);
        datagram.extend(&tag.as_ref()[..TAG_OCTETS]);
        // Lost or refused: the next one says the same and more.
        let _ = self.0.socket.send_to(&datagram, to);
    }

    /// What the other node has told since this was asked last.
    pub fn hear(&self, mut take: impl FnMut(&[u8])) {
        let mut datagram = [0; COUNT_OCTETS + NOTE_OCTETS_MAX + TAG_OCTETS];
        for _ in 0..HEARD_MAX {
            match self.0.socket.recv(&mut datagram) {
                Ok(length) => {
                    if let Some(note) = self.0.genuine(&datagram[..length]) {
                        take(note);
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                // A closed port over there; heartbeats tell.
                Err(_) => {}
            }
        }
    }
}

impl NotePort {
    fn lock(&self) -> MutexGuard<'_, Option<Other>> {
        self.other.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign(&self, boot: u64, told: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&boot.to_be_bytes());
        context.update(told);
        context.sign()
    }

    fn genuine<'a>(&self, datagram: &'a [u8]) -> Option<&'a [u8]> {
        let (told, tag) = datagram.split_last_chunk::<TAG_OCTETS>()?;
        let (count, note) = told.split_first_chunk()?;
        let count = u64::from_be_bytes(*count);
        let mut other = self.lock();
        let other = other.as_mut()?;
        if !is_right(tag, &self.sign(other.boot, told)) || count <= other.heard {
            return None;
        }
        other.heard = count;
        Some(note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn open(boot: u64, key: u8) -> Notes {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[key; 32]);
        Notes::open(HERE, boot, key).unwrap()
    }

    fn meet(one: &Notes, other: &Notes, boot: u64) {
        one.meet(SocketAddr::new(HERE, other.port()), boot);
    }

    fn heard(notes: &Notes) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        notes.hear(|note| all.push(note.to_vec()));
        all
    }

    #[test]
    fn notes_come_in_order_until_the_other_is_gone() {
        let (one, other) = (open(1, 9), open(2, 9));
        one.tell(b"to nobody");
        meet(&one, &other, 2);
        meet(&other, &one, 1);
        one.tell(b"first");
        one.tell(b"second");
        assert_eq!(heard(&other), [b"first".to_vec(), b"second".to_vec()]);
        one.tell(b"last");
        one.part();
        one.tell(b"to nobody");
        assert_eq!(heard(&other), [b"last".to_vec()]);
    }

    #[test]
    fn what_was_told_by_others_or_before_does_not_count() {
        let (one, other) = (open(1, 9), open(2, 9));
        meet(&one, &other, 2);
        meet(&other, &one, 1);
        let (forger, former) = (open(1, 8), open(7, 9));
        for stranger in [&forger, &former] {
            meet(stranger, &other, 2);
            stranger.tell(b"wrong");
        }
        let repeater = UdpSocket::bind((HERE, 0)).unwrap();
        meet(&one, &former, 2);
        one.tell(b"once");
        let mut datagram = [0; 200];
        let length = former.0.socket.recv(&mut datagram).unwrap();
        let to = SocketAddr::new(HERE, other.port());
        for _ in 0..2 {
            repeater.send_to(&datagram[..length], to).unwrap();
        }
        repeater.send_to(&datagram[..length - 1], to).unwrap();
        repeater.send_to(&[1; 7], to).unwrap();
        assert_eq!(heard(&other), [b"once".to_vec()]);
    }
}

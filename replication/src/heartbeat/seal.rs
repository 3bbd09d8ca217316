//! Beats as datagrams that nobody else can make or repeat.
//!
//! A datagram is a version octet, the beat (postcard), and 16 octets of HMAC-SHA-256 over both. Within
//! one boot of the speaker the sequence number must rise. A boot not known yet could be a recording,
//! so its beats count only when one names a beat that this node sent after it accepted the boot
//! before: both ends hear each other after at most three beats.

use super::beat::{Beat, Echo};
use base::Instant;
use ring::hmac;

/// First octet of every datagram.
const VERSION: u8 = 1;
/// Truncated HMAC: RFC 2104 section 5 asks for at least half of its 32 octets.
pub(crate) const TAG_OCTETS: usize = 16;
/// The longest datagram, so that no path on a LAN has to fragment it.
pub const DATAGRAM_OCTETS_MAX: usize = 1400;

/// Seals the beats of one boot of this node.
#[derive(Debug)]
pub struct Voice {
    key: hmac::Key,
}

impl Voice {
    /// With the pair's heartbeat key.
    pub fn new(key: hmac::Key) -> Self {
        Voice { key }
    }

    /// The datagram for `beat`.
    pub fn seal(&self, beat: &Beat) -> Vec<u8> {
        let mut datagram = postcard::to_extend(beat, vec![VERSION]).expect("a beat is plain data");
        let tag = hmac::sign(&self.key, &datagram);
        datagram.extend_from_slice(&tag.as_ref()[..TAG_OCTETS]);
        debug_assert!(datagram.len() <= DATAGRAM_OCTETS_MAX);
        datagram
    }
}

/// Whether a truncated tag is the right one. All octets are compared, so the time says nothing about how
/// many are right.
pub(crate) fn is_right(tag: &[u8; TAG_OCTETS], right: &hmac::Tag) -> bool {
    let pairs = right.as_ref().iter().zip(tag);
    pairs.fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// Why a datagram does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Its version is not ours: both nodes must run versions that understand each other.
    Version(u8),
    /// It was not made with the pair key, or damaged.
    Forged,
    /// It is our own beat.
    Own,
    /// Not newer than what was heard.
    Replayed,
    /// Of a boot that has not shown yet that it hears us now.
    Unproven,
}

/// Opens the beats of the other node.
#[derive(Debug)]
pub struct Ear {
    key: hmac::Key,
    node: u8,
    own_boot: u64,
    /// Boot and sequence number of the last beat that counted.
    accepted: Option<(u64, u64)>,
    /// A new boot must name a beat of ours beyond this one.
    proof_floor: Option<u64>,
    /// The last genuine beat, and when it came.
    heard: Option<(Echo, Instant)>,
}

impl Ear {
    /// The ear of `node` in its boot `own_boot`.
    pub fn new(key: hmac::Key, node: u8, own_boot: u64) -> Self {
        Ear {
            key,
            node,
            own_boot,
            accepted: None,
            proof_floor: None,
            heard: None,
        }
    }

    /// The beat in a datagram that came at `now`; `own_sequence` is the last beat that we sent.
    pub fn open(
        &mut self,
        now: Instant,
        datagram: &[u8],
        own_sequence: u64,
    ) -> Result<Beat, Refusal> {
        let beat = self.genuine(datagram)?;
        let echo = Echo {
            boot: beat.boot,
            sequence: beat.sequence,
            sent: beat.sent,
            held_nanos: 0,
        };
        if let Some((boot, sequence)) = self.accepted
            && boot == beat.boot
        {
            if beat.sequence <= sequence {
                return Err(Refusal::Replayed);
            }
        } else {
            // Named even if it does not count: this is how a new boot can prove itself.
            self.heard = Some((echo, now));
            let proven = (beat.echo).is_some_and(|echo| {
                echo.boot == self.own_boot && Some(echo.sequence) > self.proof_floor
            });
            if !proven {
                return Err(Refusal::Unproven);
            }
            self.proof_floor = Some(own_sequence);
        }
        self.accepted = Some((beat.boot, beat.sequence));
        self.heard = Some((echo, now));
        Ok(beat)
    }

    /// What our next beat, sent at `now`, says that we heard.
    pub fn echo(&self, now: Instant) -> Option<Echo> {
        self.heard.map(|(echo, at)| Echo {
            held_nanos: now.since(at).as_nanos() as u64,
            ..echo
        })
    }

    fn genuine(&self, datagram: &[u8]) -> Result<Beat, Refusal> {
        let (&version, _) = datagram.split_first().ok_or(Refusal::Forged)?;
        if version != VERSION {
            return Err(Refusal::Version(version));
        }
        let (said, tag) = (datagram.split_last_chunk::<TAG_OCTETS>()).ok_or(Refusal::Forged)?;
        let right = hmac::sign(&self.key, said);
        if !is_right(tag, &right) {
            return Err(Refusal::Forged);
        }
        let body = said.get(1..).ok_or(Refusal::Forged)?;
        let beat: Beat = postcard::from_bytes(body).map_err(|_| Refusal::Forged)?;
        match beat.node == self.node {
            true => Err(Refusal::Own),
            false => Ok(beat),
        }
    }
}

#[cfg(test)]
mod tests;

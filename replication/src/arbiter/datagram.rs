//! Questions to a witness and its answers, as datagrams that nobody else can make.
//!
//! A datagram is an octet that says what it is, the message (postcard), and 16 octets of HMAC-SHA-256 over
//! both. A question has a number that rises within a boot, so that a witness takes none twice; an answer
//! repeats the question's nonce, so that a node takes none for that to another question.

use super::question::{Answer, Question};
use crate::heartbeat::seal::{TAG_OCTETS, is_right};
use ring::hmac;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// No datagram is longer: a kind, a service address, five numbers and a tag.
pub(super) const DATAGRAM_OCTETS_MAX: usize = 128;

/// A datagram to the witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    /// The control address of the service.
    pub service: IpAddr,
    /// Who asks.
    pub node: u8,
    /// Differs with every start of it.
    pub boot: u64,
    /// Rises with each question of a boot.
    pub sequence: u64,
    /// Not to be guessed.
    pub nonce: u64,
    /// Without a question it only wants to know who reigns, and is told by a refusal.
    pub question: Option<Question>,
}

/// A datagram from the witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answered {
    /// Of the question.
    pub nonce: u64,
    pub answer: Answer,
}

/// A kind of message.
pub(super) trait Message: Serialize + DeserializeOwned {
    /// The first octet: kind and version. A question is no answer, even with the same key.
    const KIND: u8;
}

impl Message for Asked {
    const KIND: u8 = 0x52;
}

impl Message for Answered {
    const KIND: u8 = 0xa2;
}

/// The datagram for a message.
pub(super) fn seal<M: Message>(key: &hmac::Key, message: &M) -> Vec<u8> {
    let mut datagram = postcard::to_extend(message, vec![M::KIND]).expect("it is plain data");
    let tag = hmac::sign(key, &datagram);
    datagram.extend_from_slice(&tag.as_ref()[..TAG_OCTETS]);
    debug_assert!(datagram.len() <= DATAGRAM_OCTETS_MAX);
    datagram
}

/// The message in a datagram; none if it is forged, damaged, or of another kind.
pub(super) fn open<M: Message>(key: &hmac::Key, datagram: &[u8]) -> Option<M> {
    let (said, tag) = datagram.split_last_chunk::<TAG_OCTETS>()?;
    let (&kind, body) = said.split_first()?;
    if kind != M::KIND || !is_right(tag, &hmac::sign(key, said)) {
        return None;
    }
    postcard::from_bytes(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failover::Epoch;
    use crate::link::PairKey;

    fn asked() -> Asked {
        Asked {
            service: IpAddr::from([0xffff; 8]),
            node: 255,
            boot: u64::MAX,
            sequence: u64::MAX,
            nonce: u64::MAX,
            question: Some(Question::Claim {
                epoch: Epoch(u64::MAX),
            }),
        }
    }

    #[test]
    fn what_is_sealed_is_opened_and_short() {
        let key = PairKey::generate().unwrap().witness_key();
        let datagram = seal(&key, &asked());
        assert_eq!(open(&key, &datagram), Some(asked()));
        assert!(datagram.len() <= DATAGRAM_OCTETS_MAX);
    }

    #[test]
    fn no_octet_may_change_and_no_kind_be_taken_for_another() {
        let key = PairKey::generate().unwrap().witness_key();
        let datagram = seal(&key, &asked());
        for at in 0..datagram.len() {
            let mut changed = datagram.clone();
            changed[at] ^= 1;
            assert_eq!(open::<Asked>(&key, &changed), None, "octet {at}");
            assert_eq!(open::<Asked>(&key, &datagram[..at]), None, "cut at {at}");
        }
        assert_eq!(open::<Answered>(&key, &datagram), None);
        let other = PairKey::generate().unwrap().witness_key();
        assert_eq!(open::<Asked>(&other, &datagram), None);
    }
}

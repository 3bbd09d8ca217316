//! Which sender a port listens to. The first source that proves itself (RFC 3550 §A.1) is latched
//! to, wherever it sends from: behind an address translator that is not where signalling said. It
//! is left only when it falls silent, so a stranger's packets change nothing.

use super::limits::{CANDIDATES_MAX, PACKET_OCTETS_MAX, RELATCH_AFTER};
use crate::rtp::sequence::{Extended, Verdict};
use crate::rtp::{Header, Receiver};
use base::Instant;
use bytes::Bytes;
use std::collections::VecDeque;
use std::net::SocketAddr;

/// A packet that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted<'a> {
    /// Its header.
    pub header: Header,
    /// Its sequence number with wraps.
    pub sequence: Extended,
    /// What it carries.
    pub payload: &'a [u8],
    /// A new source has begun: what is known of the stream before is void.
    pub begins: Option<Held>,
}

/// The packet that a source began its probation with; its sequence number is one less than that of
/// the packet which ended it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its header.
    pub header: Header,
    /// What it carries.
    pub payload: Bytes,
}

/// The sender of one incoming stream.
#[derive(Debug, Clone)]
pub struct Source {
    clock_hz: u32,
    latched: Option<Latched>,
    candidates: VecDeque<Candidate>,
    refused: u64,
}

#[derive(Debug, Clone)]
struct Latched {
    address: SocketAddr,
    receiver: Receiver,
    heard_at: Instant,
}

#[derive(Debug, Clone)]
struct Candidate {
    address: SocketAddr,
    receiver: Receiver,
    held: Held,
}

impl Source {
    /// Nobody has been heard yet.
    pub fn new(clock_hz: u32) -> Self {
        Source {
            clock_hz,
            latched: None,
            candidates: VecDeque::new(),
            refused: 0,
        }
    }

    /// Where the latched source sends from.
    pub fn address(&self) -> Option<SocketAddr> {
        self.latched.as_ref().map(|latched| latched.address)
    }

    /// Statistics of the latched source.
    pub fn receiver(&self) -> Option<&Receiver> {
        self.latched.as_ref().map(|latched| &latched.receiver)
    }

    /// The same, to report from or to note a sender report in.
    pub fn receiver_mut(&mut self) -> Option<&mut Receiver> {
        self.latched.as_mut().map(|latched| &mut latched.receiver)
    }

    /// Packets that did not count.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Looks at a packet; `is_expected` judges header and payload.
    pub fn accept<'a>(
        &mut self,
        now: Instant,
        address: SocketAddr,
        packet: &'a [u8],
        is_expected: impl Fn(&Header, &[u8]) -> bool,
    ) -> Option<Accepted<'a>> {
        let accepted = match Header::parse(packet) {
            Ok((header, payload))
                if packet.len() <= PACKET_OCTETS_MAX && is_expected(&header, payload) =>
            {
                self.judge(now, address, header, payload)
            }
            _ => None,
        };
        self.refused += u64::from(accepted.is_none());
        accepted
    }

    fn judge<'a>(
        &mut self,
        now: Instant,
        address: SocketAddr,
        header: Header,
        payload: &'a [u8],
    ) -> Option<Accepted<'a>> {
        if let Some(latched) = &mut self.latched {
            let same_address = latched.address == address;
            if same_address && latched.receiver.ssrc() == header.ssrc {
                let (sequence, begins) = match latched.receiver.take(now, &header, payload.len()) {
                    Verdict::Refused => return None,
                    Verdict::Accepted(sequence) | Verdict::Misordered(sequence) => (sequence, None),
                    Verdict::Started(sequence) => (sequence, Some(hold(header, payload))),
                };
                latched.heard_at = now;
                return Some(Accepted {
                    header,
                    sequence,
                    payload,
                    begins,
                });
            }
            // The same sender may begin a new source; another has to wait for silence.
            if !same_address && now.since(latched.heard_at) < RELATCH_AFTER {
                return None;
            }
        }
        self.probe(now, address, header, payload)
    }

    fn probe<'a>(
        &mut self,
        now: Instant,
        address: SocketAddr,
        header: Header,
        payload: &'a [u8],
    ) -> Option<Accepted<'a>> {
        // One place per address, so that a stranger cannot crowd out the others.
        let known = (self.candidates.iter()).position(|c| c.address == address);
        if let Some(at) = known
            && self.candidates[at].receiver.ssrc() == header.ssrc
        {
            let candidate = &mut self.candidates[at];
            let verdict = candidate.receiver.take(now, &header, payload.len());
            let Verdict::Started(sequence) = verdict else {
                candidate.held = hold(header, payload);
                return None;
            };
            let candidate = self.candidates.remove(at)?;
            self.candidates.clear();
            self.latched = Some(Latched {
                address,
                receiver: candidate.receiver,
                heard_at: now,
            });
            return Some(Accepted {
                header,
                sequence,
                payload,
                begins: Some(candidate.held),
            });
        }
        let candidate = Candidate {
            address,
            receiver: Receiver::new(&header, self.clock_hz),
            held: hold(header, payload),
        };
        match known {
            Some(at) => self.candidates[at] = candidate,
            None => {
                if self.candidates.len() >= CANDIDATES_MAX {
                    self.candidates.pop_front();
                }
                self.candidates.push_back(candidate);
            }
        }
        None
    }
}

fn hold(header: Header, payload: &[u8]) -> Held {
    Held {
        header,
        payload: Bytes::copy_from_slice(payload),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u8) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, n], 5004))
    }

    fn packet(ssrc: u32, sequence: u16) -> Bytes {
        let header = Header {
            marker: false,
            payload_type: 0,
            sequence,
            timestamp: u32::from(sequence) * 160,
            ssrc,
        };
        header.packet(&sequence.to_be_bytes())
    }

    fn feed(source: &mut Source, ms: u64, from: u8, ssrc: u32, sequence: u16) -> Option<bool> {
        let packet = packet(ssrc, sequence);
        source
            .accept(Instant::from_millis(ms), address(from), &packet, |h, _| {
                h.payload_type == 0
            })
            .map(|accepted| accepted.begins.is_some())
    }

    #[test]
    fn the_first_valid_source_is_latched_to_and_its_first_packet_kept() {
        let mut source = Source::new(8000);
        assert_eq!(feed(&mut source, 0, 1, 7, 100), None);
        let second = packet(7, 101);
        let accepted = source
            .accept(Instant::ZERO, address(1), &second, |_, _| true)
            .unwrap();
        let held = accepted.begins.unwrap();
        assert_eq!((held.header.sequence, accepted.sequence), (100, 101));
        assert_eq!(held.payload[..], 100u16.to_be_bytes());
        assert_eq!(source.address(), Some(address(1)));
    }

    #[test]
    fn a_stranger_waits_for_silence() {
        let mut source = Source::new(8000);
        feed(&mut source, 0, 1, 7, 0);
        feed(&mut source, 0, 1, 7, 1);
        for n in 0..50u16 {
            assert_eq!(feed(&mut source, 999, 2, 8, n), None);
        }
        assert_eq!(feed(&mut source, 999, 1, 7, 2), Some(false));
        assert_eq!(feed(&mut source, 1999, 2, 8, 60), None);
        assert_eq!(feed(&mut source, 1999, 2, 8, 61), Some(true));
        assert_eq!(source.address(), Some(address(2)));
    }

    #[test]
    fn a_new_ssrc_from_the_same_address_replaces_the_old_one_after_probation() {
        let mut source = Source::new(8000);
        feed(&mut source, 0, 1, 7, 0);
        feed(&mut source, 0, 1, 7, 1);
        assert_eq!(feed(&mut source, 20, 1, 9, 500), None);
        assert_eq!(feed(&mut source, 40, 1, 9, 501), Some(true));
    }

    #[test]
    fn noise_neither_latches_nor_keeps_others_from_it() {
        let mut rng = base::Rng::new(1);
        let mut source = Source::new(8000);
        let mut latched = 0;
        for ms in 0..2000u64 {
            let (ssrc, sequence) = (rng.next_u32(), rng.next_u32() as u16);
            assert_eq!(feed(&mut source, ms, 66, ssrc, sequence), None);
            if ms % 20 == 0 && ms >= 500 {
                latched += u32::from(feed(&mut source, ms, 1, 7, (ms / 20) as u16).is_some());
            }
        }
        assert_eq!(latched, 74);
        assert_eq!(source.address(), Some(address(1)));
    }
}

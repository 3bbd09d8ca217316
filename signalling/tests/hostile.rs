//! Bad input gives an error or a value: never a panic, and never more memory than is in proportion.

use crate::data;
use crate::memory::peak;
use base::Rng;
use signalling::wire::decode::Kind;
use signalling::wire::h225::{H323UserInformation, RasMessage};
use signalling::wire::h245::*;
use signalling::wire::per::{ErrorKind, Pdu};
use signalling::wire::{q931, tpkt};

/// Decodes, and checks the memory that it takes.
fn decode(octets: &[u8], kind: Kind) {
    let (_, peak) = peak(|| match kind {
        Kind::Tpkt => drop(
            tpkt::first(octets)
                .map(|packet| packet.map(|(payload, _)| q931::Message::decode(payload))),
        ),
        Kind::H323UserInformation => drop(H323UserInformation::from_bytes(octets)),
        Kind::RasMessage => drop(RasMessage::from_bytes(octets)),
        Kind::MultimediaSystemControlMessage => {
            drop(MultimediaSystemControlMessage::from_bytes(octets));
        }
    });
    let most = 16 * octets.len() + (64 << 10);
    assert!(
        peak < most,
        "{peak} octets for {}: {octets:02x?}",
        octets.len()
    );
}

fn messages(kind: Kind) -> Vec<Vec<u8>> {
    if kind == Kind::Tpkt {
        return data::captured()
            .into_iter()
            .map(|(_, packet)| packet)
            .collect();
    }
    let vectors = data::vectors().into_iter();
    vectors
        .filter(|vector| vector.kind == kind.name())
        .map(|vector| vector.octets)
        .collect()
}

fn truncated(kind: Kind) {
    for message in messages(kind) {
        // Nothing new is in the fragments of one long octet string
        for n in 0..message.len().min(5_000) {
            decode(&message[..n], kind);
        }
    }
}

#[test]
fn truncated_anywhere() {
    truncated(Kind::Tpkt);
    truncated(Kind::H323UserInformation);
    truncated(Kind::RasMessage);
    truncated(Kind::MultimediaSystemControlMessage);
}

/// Mutated messages of one family; `MUTATIONS=1000000` for a long run.
fn mutated(kind: Kind) {
    let count = std::env::var("MUTATIONS").map_or(20_000, |n| n.parse().unwrap());
    let seeds: Vec<_> = messages(kind)
        .into_iter()
        .filter(|m| m.len() < 5_000)
        .collect();
    let mut rng = Rng::new(kind as u64 + 1);
    for _ in 0..count {
        let mut message = seeds[below(&mut rng, seeds.len())].clone();
        for _ in 0..1 + below(&mut rng, 6) {
            if message.is_empty() {
                break;
            }
            let at = below(&mut rng, message.len());
            let octet = rng.next_u64() as u8;
            match below(&mut rng, 7) {
                0 => message[at] ^= 1 << (octet & 7),
                1 => message[at] = octet,
                2 => message[at] = 0xff,
                3 => message[at] = 0xc0 | octet & 7,
                4 => message.insert(at, octet),
                5 => drop(message.remove(at)),
                _ => message.truncate(at),
            }
        }
        decode(&message, kind);
    }
}

fn below(rng: &mut Rng, n: usize) -> usize {
    rng.below(n as u64) as usize
}

#[test]
fn mutated_packets() {
    mutated(Kind::Tpkt);
}

#[test]
fn mutated_call_signalling() {
    mutated(Kind::H323UserInformation);
}

#[test]
fn mutated_ras() {
    mutated(Kind::RasMessage);
}

#[test]
fn mutated_control() {
    mutated(Kind::MultimediaSystemControlMessage);
}

/// A channel whose data type holds itself, `levels` deep.
fn nested(levels: usize) -> Vec<u8> {
    let data_type = (0..levels).fold(DataType::NullData, |data_type, _| {
        DataType::MultiplePayloadStream(MultiplePayloadStream {
            elements: vec![MultiplePayloadStreamElement {
                data_type: data_type.into(),
                ..Default::default()
            }],
        })
    });
    let mut channel = OpenLogicalChannel::default();
    channel.forward_logical_channel_parameters.data_type = data_type;
    let request = RequestMessage::OpenLogicalChannel(channel);
    let message = MultimediaSystemControlMessage::Request(request);
    message.to_bytes().unwrap()
}

#[test]
fn nesting_stays_within_a_small_stack() {
    let (deepest, too_deep) = (nested(7), nested(20));
    let run = move || {
        let decoded = MultimediaSystemControlMessage::from_bytes(&deepest).unwrap();
        assert_eq!(decoded.to_bytes().unwrap(), deepest);
        let error = MultimediaSystemControlMessage::from_bytes(&too_deep).unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooDeep);
    };
    let thread = std::thread::Builder::new().stack_size(256 << 10);
    thread.spawn(run).unwrap().join().unwrap();
}

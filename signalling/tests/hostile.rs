//! Bad input gives an error or a value: never a panic, and never more memory than is in proportion.

use crate::data;
use crate::memory::peak;
use base::Rng;
use signalling::wire::decode::{Kind, fast_start};
use signalling::wire::h225::{H323UserInformation, H323UuPduH323MessageBody, RasMessage};
use signalling::wire::h245::*;
use signalling::wire::per::{ErrorKind, ObjectId, Pdu};
use signalling::wire::{self, q931, tpkt};

/// Decodes a message and those that it carries, each within the memory that its length allows; and
/// to JSON, as people see it.
fn decode(octets: &[u8], kind: Kind) {
    match kind {
        Kind::Tpkt => packet(octets),
        Kind::H323UserInformation => information(octets),
        Kind::RasMessage => drop(bounded(octets, RasMessage::from_bytes)),
        Kind::MultimediaSystemControlMessage => control(octets),
    }
    wire::decode::decode(octets, kind);
}

fn packet(octets: &[u8]) {
    if let Ok(Some((payload, _))) = bounded(octets, tpkt::first) {
        if let Ok(message) = bounded(payload, q931::Message::decode) {
            information(message.user_user.as_deref().unwrap_or_default());
        }
        control(payload);
    }
}

fn information(octets: &[u8]) {
    let Ok(information) = bounded(octets, H323UserInformation::from_bytes) else {
        return;
    };
    let mut pdu = information.h323_uu_pdu;
    if let H323UuPduH323MessageBody::Setup(setup) = &pdu.h323_message_body {
        let parallel = setup.parallel_h245_control.iter().flatten();
        parallel.for_each(|octets| control(octets));
    }
    for octets in fast_start(&mut pdu.h323_message_body).into_iter().flatten() {
        let _ = bounded(octets, OpenLogicalChannel::from_bytes);
    }
    let tunnelled = pdu.h245_control.iter().flatten();
    tunnelled.for_each(|octets| control(octets));
}

fn control(octets: &[u8]) {
    let _ = bounded(octets, MultimediaSystemControlMessage::from_bytes);
}

/// What `decode` gives, within 16 octets of memory for each one of `octets` and 64 KiB.
fn bounded<'a, T>(octets: &'a [u8], decode: impl FnOnce(&'a [u8]) -> T) -> T {
    let (value, peak) = peak(|| decode(octets));
    let most = 16 * octets.len() + (64 << 10);
    assert!(
        peak < most,
        "{peak} octets for {}: {octets:02x?}",
        octets.len()
    );
    value
}

fn messages(kind: Kind) -> Vec<Vec<u8>> {
    if kind == Kind::Tpkt {
        return data::captured()
            .into_iter()
            .map(|packet| packet.octets)
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

/// Mutated messages of one family. A million of each, in half a minute of processor time:
/// `MUTATIONS=1000000 cargo test -p signalling --release --test wire mutated`.
fn mutated(kind: Kind) {
    let count = std::env::var("MUTATIONS").map_or(100_000, |n| n.parse().unwrap());
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
                data_type,
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
    // Code that is not optimized takes several times as much.
    let stack = if cfg!(debug_assertions) {
        2 << 20
    } else {
        256 << 10
    };
    let thread = std::thread::Builder::new().stack_size(stack);
    thread.spawn(run).unwrap().join().unwrap();
}

/// The most entries that H.245 allows, each of which `capability` makes.
fn full_table(capability: impl Fn() -> Option<Capability>) -> Vec<u8> {
    let entry = |capability_table_entry_number| CapabilityTableEntry {
        capability_table_entry_number,
        capability: capability(),
    };
    let set = TerminalCapabilitySet {
        capability_table: Some((1..=256).map(entry).collect()),
        capability_descriptors: Some(vec![CapabilityDescriptor {
            simultaneous_capabilities: Some(vec![(1..=256).collect(); 16]),
            ..Default::default()
        }]),
        ..Default::default()
    };
    let request = RequestMessage::TerminalCapabilitySet(set);
    MultimediaSystemControlMessage::Request(request)
        .to_bytes()
        .unwrap()
}

#[test]
fn a_full_capability_table_decodes_within_the_limit() {
    let parameter = |id| GenericParameter {
        parameter_identifier: ParameterIdentifier::Standard(id),
        ..Default::default()
    };
    let h264 = |parameters: Vec<u8>| GenericCapability {
        capability_identifier: CapabilityIdentifier::Standard(ObjectId::new(&[
            0, 0, 8, 241, 0, 0, 1,
        ])),
        collapsing: Some(parameters.into_iter().map(parameter).collect()),
        ..Default::default()
    };
    let tables = [
        full_table(|| None),
        full_table(|| Some(Capability::ReceiveAudioCapability(Default::default()))),
        full_table(|| {
            let g711 = AudioCapability::G711Alaw64k(20);
            Some(Capability::ReceiveAudioCapability(g711))
        }),
        full_table(|| {
            let h261 = VideoCapability::H261VideoCapability(Default::default());
            Some(Capability::ReceiveVideoCapability(h261))
        }),
        full_table(|| {
            let h263 = VideoCapability::H263VideoCapability(Default::default());
            Some(Capability::ReceiveVideoCapability(h263))
        }),
        full_table(|| {
            let h264 = VideoCapability::GenericVideoCapability(h264(vec![]).into());
            Some(Capability::ReceiveVideoCapability(h264))
        }),
        full_table(|| {
            let h264 = VideoCapability::GenericVideoCapability(h264(vec![41, 42, 3, 4]).into());
            Some(Capability::ReceiveVideoCapability(h264))
        }),
        full_table(|| {
            Some(Capability::ReceiveDataApplicationCapability(
                Default::default(),
            ))
        }),
        full_table(|| Some(Capability::H235SecurityCapability(Default::default()))),
        full_table(|| Some(Capability::ConferenceCapability(Default::default()))),
    ];
    for (index, octets) in tables.iter().enumerate() {
        let decoded = bounded(octets, MultimediaSystemControlMessage::from_bytes);
        assert!(decoded.is_ok(), "table {index}: {:?}", decoded.unwrap_err());
    }
}

//! Aligned PER: messages of real endpoints, from their octets to values and back.

use super::{Bench, octets};
use signalling::wire::h225::H323UserInformation;
use signalling::wire::h245::MultimediaSystemControlMessage;
use signalling::wire::per::Pdu;
use signalling::wire::{hex, q931};
use std::hint::black_box;

/// Octets of a TPKT header (RFC 1006 §6).
const TPKT_OCTETS: usize = 4;

pub fn bench(criterion: &mut Bench) {
    let fast = include_str!("../../tests/data/signalling/fast-tunnel-audio.hex");
    let slow = include_str!("../../tests/data/signalling/slow-video-h261.hex");
    let setup = q931::Message::decode(&captured(fast, "setup OpenLogicalChannel"))
        .expect("a real Setup")
        .user_user
        .expect("with its user-user element");
    both::<H323UserInformation>(criterion, "Setup with fastStart", &setup);
    for (name, what) in [
        ("TerminalCapabilitySet", "terminalCapabilitySet "),
        ("OpenLogicalChannel", "openLogicalChannel "),
    ] {
        both::<MultimediaSystemControlMessage>(criterion, name, &captured(slow, what));
    }
}

/// The first message of a captured call whose comment names `what`, without TPKT header.
fn captured(call: &str, what: &str) -> Vec<u8> {
    let mut lines = call
        .lines()
        .skip_while(|line| !(line.starts_with("# H") && line.contains(what)));
    let digits = lines.nth(1).expect("the message follows its comment");
    hex::to_octets(digits)
        .expect("hexadecimal digits")
        .split_off(TPKT_OCTETS)
}

fn both<P: Pdu>(criterion: &mut Bench, name: &str, message: &[u8]) {
    let mut group = criterion.benchmark_group(format!("per/{name}, {} octets", message.len()));
    group.throughput(octets(message.len()));
    let value = P::from_bytes(message).expect("a real message");
    group.bench_function("decode", |b| b.iter(|| P::from_bytes(black_box(message))));
    group.bench_function("encode", |b| b.iter(|| black_box(&value).to_bytes()));
    group.finish();
}

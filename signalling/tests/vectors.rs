//! Messages of other implementations decode to their values and encode to the same octets.

use crate::data;
use serde_json::json;
use signalling::wire::decode::{Kind, decode, decode_line};
use signalling::wire::hex;

/// An addition that no edition has is skipped, not kept.
const SKIPS_AN_ADDITION: &str = "unknown-sequence-addition";

#[test]
fn vectors_decode_to_their_values_and_back() {
    for vector in data::vectors() {
        let mut value = vector.value;
        let decoded = decode(&vector.octets, vector.kind.parse().unwrap());
        if vector.name == SKIPS_AN_ADDITION {
            let set = value.pointer_mut("/request/terminalCapabilitySet").unwrap();
            assert!(set.as_object_mut().unwrap().remove("_ext_9").is_some());
        } else {
            let octets = hex::from_octets(&vector.octets);
            assert_eq!(decoded["octets"], octets, "{}", vector.name);
        }
        assert_eq!(decoded["value"], value, "{}", vector.name);
        assert_eq!(decoded["type"], vector.kind);
    }
}

/// The packets, by file and index, that the sender encoded as we do.
///
/// In all others a SEQUENCE has extension additions, and the sender ends their bitmap after the last
/// one that is present. Ours has a bit for every addition that the type has, as X.691 §19.7 says.
/// Receivers take both, as they take the shorter bitmap of an earlier version. Nothing else differs:
/// an encoder that cuts the bitmap as the sender does reproduces all packets octet by octet, so no
/// addition is lost either, known or unknown.
const SAME_BITMAPS: [(&str, &[usize]); 2] = [
    ("slow-audio", &[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 17]),
    (
        "slow-video-h261",
        &[4, 6, 7, 8, 9, 10, 11, 12, 13, 15, 19, 20, 21, 22],
    ),
];

#[test]
fn captured_packets_decode_and_encode_to_the_same_values_and_octets() {
    for packet in data::captured() {
        let name = format!("{} {} {}", packet.file, packet.index, packet.about);
        let decoded = decode(&packet.octets, Kind::Tpkt);
        assert_eq!(decoded.get("error"), None, "{name}");
        assert!(
            !decoded["value"].to_string().contains("\"error\""),
            "{name}"
        );
        let octets = decoded["octets"].as_str().unwrap();
        assert_eq!(decode_line(octets, Kind::Tpkt), decoded, "{name}");
        let same = SAME_BITMAPS
            .iter()
            .any(|(file, indices)| packet.file == *file && indices.contains(&packet.index));
        let theirs = hex::from_octets(&packet.octets);
        assert_eq!(octets == theirs, same, "{name}: {theirs} {octets}");
    }
}

#[test]
fn a_line_of_hexadecimal_digits() {
    let line = "0x02:80 0106 0008 8175 000f";
    let decoded = decode_line("0220 0102", Kind::MultimediaSystemControlMessage);
    assert_eq!(decoded["error"], "truncated");
    assert!(decoded["at_bit"].as_u64().unwrap() > 16);
    assert_eq!(decoded["what"], "protocolIdentifier");
    let odd = decode_line(
        &line[..line.len() - 1],
        Kind::MultimediaSystemControlMessage,
    );
    assert_eq!(
        odd,
        json!({"type": "MultimediaSystemControlMessage", "error": "odd number of hexadecimal digits", "at_bit": 0, "what": "hex"})
    );
}

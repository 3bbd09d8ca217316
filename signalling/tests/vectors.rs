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

/// Messages whose sender, of an earlier version, makes a bitmap of additions shorter than ours: the
/// value is the same.
const SHORTER_BITMAP: [&str; 3] = [
    "# H.225.0",
    "H.245 : openLogicalChannelAck",
    "slow-video-h261.hex # H.245 : terminalCapabilitySet ",
];

#[test]
fn captured_packets_decode_and_encode_to_the_same_octets() {
    let mut differ = std::collections::BTreeSet::new();
    for (name, packet) in data::captured() {
        let decoded = decode(&packet, Kind::Tpkt);
        assert_eq!(decoded.get("error"), None, "{name}");
        assert!(
            !decoded["value"].to_string().contains("\"error\""),
            "{name}"
        );
        let again = decode_line(decoded["octets"].as_str().unwrap(), Kind::Tpkt);
        assert_eq!(again, decoded, "{name}");
        if decoded["octets"] != hex::from_octets(&packet)
            && !SHORTER_BITMAP.iter().any(|message| name.contains(message))
        {
            differ.insert(name);
        }
    }
    assert_eq!(differ.len(), 0, "{differ:#?}");
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

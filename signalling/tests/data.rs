//! Messages of other implementations: see `tests/data/signalling/README.md`.

use signalling::wire::hex;
use std::path::PathBuf;

/// A message with the value that it stands for.
pub struct Vector {
    pub name: String,
    pub kind: String,
    pub octets: Vec<u8>,
    pub value: serde_json::Value,
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data/signalling")
}

/// All of `messages.jsonl`.
pub fn vectors() -> Vec<Vector> {
    let text = std::fs::read_to_string(directory().join("messages.jsonl")).unwrap();
    let vectors: Vec<_> = text
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| line[name].as_str().unwrap().to_string();
            Vector {
                name: text("name"),
                kind: text("type"),
                octets: hex::to_octets(&text("hex")).unwrap(),
                value: line["value"].clone(),
            }
        })
        .collect();
    assert_eq!(vectors.len(), 156);
    vectors
}

/// All captured TPKT packets, each with its file and the comment before it.
pub fn captured() -> Vec<(String, Vec<u8>)> {
    let mut packets = Vec::new();
    for entry in std::fs::read_dir(directory()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "hex") {
            continue;
        }
        let mut name = String::new();
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            if line.starts_with('#') {
                name = format!("{} {line}", path.file_name().unwrap().display());
            } else if !line.is_empty() {
                packets.push((name.clone(), hex::to_octets(line).unwrap()));
            }
        }
    }
    assert!(packets.len() > 100, "{} packets", packets.len());
    packets
}

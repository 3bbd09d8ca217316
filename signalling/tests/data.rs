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

/// A captured TPKT packet.
pub struct Captured {
    /// The file without its extension.
    pub file: String,
    /// Among the packets of the file, from 0.
    pub index: usize,
    /// The comment before it.
    pub about: String,
    pub octets: Vec<u8>,
}

/// All captured packets.
pub fn captured() -> Vec<Captured> {
    let mut packets = Vec::new();
    for entry in std::fs::read_dir(directory()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "hex") {
            continue;
        }
        let (mut about, mut index) = (String::new(), 0);
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            if line.starts_with('#') {
                about = line.to_string();
            } else if !line.is_empty() {
                packets.push(Captured {
                    file: path.file_stem().unwrap().display().to_string(),
                    index,
                    about: about.clone(),
                    octets: hex::to_octets(line).unwrap(),
                });
                index += 1;
            }
        }
    }
    assert_eq!(packets.len(), 137);
    packets
}

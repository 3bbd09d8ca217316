//! What a witness must not forget: the record of each service, in a small file.

use super::register::Record;
use anyhow::{Context, ensure};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// A file of all services is far smaller; a larger one is something else.
const FILE_OCTETS_MAX: u64 = 64 * 1024;

/// Records by the control address of their service.
pub(super) type Records = BTreeMap<IpAddr, Record>;

/// The file.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    /// Written first, then renamed: the file is always whole.
    next: PathBuf,
    directory: PathBuf,
}

impl StateFile {
    /// Opens it and reads what it holds; nothing, if there is no file.
    pub fn open(path: &Path) -> anyhow::Result<(Self, Records)> {
        let shown = path.display();
        let name = (path.file_name()).with_context(|| format!("{shown} is not a file's name"))?;
        let directory = match path.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let mut next = name.to_owned();
        next.push(".next");
        let file = StateFile {
            path: path.to_owned(),
            next: directory.join(next),
            directory,
        };
        let records = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Records::new(),
            about => {
                let about = about.with_context(|| format!("cannot look at {shown}"))?;
                ensure!(
                    about.is_file() && about.len() <= FILE_OCTETS_MAX,
                    "{shown} is not a witness's state"
                );
                let text = fs::read(path).with_context(|| format!("cannot read {shown}"))?;
                serde_json::from_slice(&text).with_context(|| {
                    format!(
                        "{shown} is not a witness's state; if it is damaged, remove it while every pair that \
                         asks this witness has both nodes"
                    )
                })?
            }
        };
        // Better now than at the first claim.
        (file.save(&records))
            .with_context(|| format!("cannot keep a witness's state in {shown}"))?;
        Ok((file, records))
    }

    /// Once this has returned, not even a power failure makes it forgotten.
    pub fn save(&self, records: &Records) -> io::Result<()> {
        let mut file = File::create(&self.next)?;
        serde_json::to_writer_pretty(&mut file, records)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&self.next, &self.path)?;
        File::open(&self.directory)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbiter::register::Asker;
    use crate::failover::Epoch;

    #[test]
    fn what_is_saved_is_there_again() {
        let directory = tempfile();
        let path = directory.join("state.json");
        let (file, mut records) = StateFile::open(&path).unwrap();
        assert!(records.is_empty());
        for (service, epoch) in [("192.0.2.9", 7), ("2001:db8::9", u64::MAX)] {
            let holder = Asker {
                node: 2,
                boot: u64::MAX,
            };
            let epoch = Epoch(epoch);
            records.insert(
                service.parse().unwrap(),
                Record {
                    epoch,
                    holder,
                    fresh: false,
                },
            );
        }
        file.save(&records).unwrap();
        assert_eq!(StateFile::open(&path).unwrap().1, records);
        // What a crash leaves half written does not count.
        fs::write(&file.next, "{").unwrap();
        assert_eq!(StateFile::open(&path).unwrap().1, records);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_damaged_file_is_no_empty_one() {
        let directory = tempfile();
        let path = directory.join("state.json");
        for text in ["", "{", "{\"192.0.2.9\": {\"epoch\": 1}}", "[]"] {
            fs::write(&path, text).unwrap();
            let error = format!("{:#}", StateFile::open(&path).unwrap_err());
            assert!(error.contains("state.json"), "{error}");
        }
        fs::remove_dir_all(&directory).unwrap();
        assert!(StateFile::open(&path).is_err(), "no directory");
    }

    fn tempfile() -> PathBuf {
        let boot = crate::link::PairKey::generate().unwrap();
        let tag = ring::hmac::sign(&boot.witness_key(), b"");
        let name: String = tag.as_ref()[..8]
            .iter()
            .map(|o| format!("{o:02x}"))
            .collect();
        let directory = std::env::temp_dir().join(format!("witness-{name}"));
        fs::create_dir(&directory).unwrap();
        directory
    }
}

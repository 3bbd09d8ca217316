//! The pair key: a certificate and its private key, in one file that both nodes have.

use crate::base64;
use anyhow::{Context, bail, ensure};
use ring::{hkdf, hmac};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// A pair key is about 1 kB; a larger file is something else.
const FILE_OCTETS_MAX: u64 = 64 * 1024;
/// Separates the heartbeat key from other uses of the private key.
const HEARTBEAT_LABEL: &[u8] = b"replication heartbeat 1";
const NOTE_LABEL: &[u8] = b"replication note 1";
const WITNESS_LABEL: &[u8] = b"replication witness 1";
/// What the certificate calls itself; nobody looks at it.
const SUBJECT: &str = "pair";

/// What both nodes of a pair know and nobody else.
pub struct PairKey {
    certificate: CertificateDer<'static>,
    private: PrivatePkcs8KeyDer<'static>,
}

impl PairKey {
    /// A new one.
    pub fn generate() -> anyhow::Result<Self> {
        let private = rcgen::KeyPair::generate().context("no key could be generated")?;
        let certificate = rcgen::CertificateParams::new(vec![SUBJECT.to_owned()])
            .and_then(|params| params.self_signed(&private))
            .context("no certificate could be made")?;
        Ok(PairKey {
            certificate: certificate.der().clone(),
            private: PrivatePkcs8KeyDer::from(private.serialize_der()),
        })
    }

    /// Writes it so that only the owner of the file can read it. An existing file is kept unless
    /// `overwrite`.
    pub fn write(&self, path: &Path, overwrite: bool) -> anyhow::Result<()> {
        if overwrite {
            // A new file, because an existing one keeps its mode.
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error)
                        .with_context(|| format!("cannot replace {}", path.display()));
                }
                _ => {}
            }
        }
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let mut file = match file {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => bail!(
                "{} exists already and is kept: the pair may be using it",
                path.display()
            ),
            file => {
                file.with_context(|| format!("cannot write the pair key {}", path.display()))?
            }
        };
        let text = pem("CERTIFICATE", &self.certificate)
            + &pem("PRIVATE KEY", self.private.secret_pkcs8_der());
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .with_context(|| format!("cannot write the pair key {}", path.display()))
    }

    /// Reads what [`PairKey::write`] wrote. Refuses a file that others than its owner may read.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let about = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => bail!(
                "there is no pair key {shown}: make one on one node with `keygen` and copy it to \
                 the other"
            ),
            about => about.with_context(|| format!("cannot look at the pair key {shown}"))?,
        };
        let mode = about.permissions().mode() & 0o777;
        ensure!(
            mode & 0o077 == 0,
            "the pair key {shown} can be read by others (mode {mode:03o}): `chmod 600 {shown}`, \
             and make a new one if somebody may have read it"
        );
        ensure!(
            about.is_file() && about.len() <= FILE_OCTETS_MAX,
            "{shown} is not a pair key: it is not a file of at most {FILE_OCTETS_MAX} octets"
        );
        let text = fs::read(path).with_context(|| {
            format!("cannot read the pair key {shown}: it must belong to the user who runs this")
        })?;
        let key = PairKey {
            certificate: CertificateDer::from_pem_slice(&text).map_err(|error| {
                anyhow::anyhow!("{shown} is not a pair key: certificate: {error}")
            })?,
            private: PrivatePkcs8KeyDer::from_pem_slice(&text).map_err(|error| {
                anyhow::anyhow!("{shown} is not a pair key: private key: {error}")
            })?,
        };
        super::pinned::server(&key).with_context(|| {
            format!("{shown} is not a pair key: its parts do not belong together")
        })?;
        Ok(key)
    }

    /// Authenticates heartbeats.
    pub fn heartbeat_key(&self) -> hmac::Key {
        self.derived(HEARTBEAT_LABEL)
    }

    /// Authenticates what the serving node tells in datagrams beside heartbeats.
    pub fn note_key(&self) -> hmac::Key {
        self.derived(NOTE_LABEL)
    }

    /// Authenticates what nodes and a witness say to each other.
    pub fn witness_key(&self) -> hmac::Key {
        self.derived(WITNESS_LABEL)
    }

    fn derived(&self, label: &'static [u8]) -> hmac::Key {
        hkdf::Salt::new(hkdf::HKDF_SHA256, label)
            .extract(self.private.secret_pkcs8_der())
            .expand(&[label], hmac::HMAC_SHA256)
            .expect("one hash's length of key is never too long")
            .into()
    }

    pub(super) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    pub(super) fn private(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(self.private.clone_key())
    }
}

impl Clone for PairKey {
    fn clone(&self) -> Self {
        PairKey {
            certificate: self.certificate.clone(),
            private: self.private.clone_key(),
        }
    }
}

impl std::fmt::Debug for PairKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PairKey(hidden)")
    }
}

/// RFC 7468: base64 in lines of 64 characters between labels.
fn pem(label: &str, der: &[u8]) -> String {
    // A line of 64 characters is 48 octets.
    let lines: String = (der.chunks(48))
        .map(|line| base64::encode(line) + "\n")
        .collect();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}

//! Copies of packets for other hosts, on the real kernel: each copy once, to each target, as it was.
//!
//! It makes its LAN itself, in namespaces, for which a process must have one thread; so it is a program of
//! its own. An argument selects the claims whose names contain it.

mod copying;
#[expect(
    dead_code,
    reason = "its hosts are quiet: no processes, no cables pulled"
)]
#[path = "../lab/mod.rs"]
mod lab;
mod world;

use anyhow::ensure;
use replication::copy::CopyPath;
use world::{Lan, World};

type Claim = fn(&World<'_>) -> anyhow::Result<()>;

const CLAIMS: [(&str, Claim); 8] = [
    (
        "each target gets every packet once and as it was",
        copying::once_to_each,
    ),
    ("packets in fragments are copied", copying::fragments),
    (
        "packets that the sender's kernel sends as one are copied",
        copying::segments,
    ),
    ("a checksum stays right or wrong", copying::checksums),
    ("targets can be exchanged", copying::exchange),
    ("what a target sends does not go back", copying::not_back),
    ("nothing is copied after the end", copying::end),
    ("two owners do not collide", copying::two_owners),
];

fn main() -> anyhow::Result<()> {
    lab::isolate()?;
    let lan = Lan::new()?;
    let wanted = (std::env::args().nth(1)).filter(|word| !word.starts_with('-'));
    let mut failed = 0;
    for (name, claim) in CLAIMS {
        if (wanted.as_ref()).is_some_and(|word| !name.contains(word.as_str())) {
            continue;
        }
        for path in [CopyPath::Kernel, CopyPath::User] {
            for version in [4, 6] {
                match World::new(&lan, path, version).and_then(|world| claim(&world)) {
                    Ok(()) => println!("ok: {name} ({path:?}, IPv{version})"),
                    Err(error) => {
                        failed += 1;
                        println!("FAILED: {name} ({path:?}, IPv{version}): {error:#}");
                    }
                }
            }
        }
    }
    ensure!(failed == 0, "{failed} claims do not hold");
    Ok(())
}

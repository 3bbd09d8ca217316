//! A LAN that breaks in the middle: what one node sends to another one's own address gets lost at the switch,
//! while clients and all others reach both.

use anyhow::Context;
use mcu::lab::Host;
use replication::os::filter::{Filter, Standing};
use replication::os::mac::Mac;

/// What may be cut between two hosts, each way for itself. It is whole when this value ends.
pub struct Cut {
    /// At the port of each host: drops what is for the other.
    ways: [Filter; 2],
}

impl Cut {
    /// Between these; nothing is cut yet.
    pub fn between(hosts: &[Host; 2]) -> anyhow::Result<Self> {
        let way = |from: &Host, to: &Host| {
            let (name, port) = (format!("cut-{}", from.name), format!("lan-{}", from.name));
            let to = to.address.into();
            Filter::open(&name, &port, &[to], to, false, 0)
                .with_context(|| format!("cannot cut {port}"))
        };
        let [one, other] = hosts;
        Ok(Cut {
            ways: [way(one, other)?, way(other, one)?],
        })
    }

    /// Cuts the ways from the first and from the second one that are true, and heals the others.
    pub fn set(&mut self, cut: [bool; 2]) -> anyhow::Result<()> {
        for (way, cut) in self.ways.iter_mut().zip(cut) {
            // A standby's kernel gets nothing for the address that it stands by for.
            way.set(match cut {
                true => Standing::Backup {
                    primary: Mac::BROADCAST,
                },
                false => Standing::Off,
            })?;
        }
        Ok(())
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        for way in &mut self.ways {
            // It ends with the lab at the latest.
            let _ = way.remove();
        }
    }
}

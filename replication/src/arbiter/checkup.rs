//! Whether an arbiter does its work, for who sets a node up.

use super::client::Arbiter;
use super::options::ArbiterOptions;
use super::question::{Answer, NOBODY};
use crate::host::{Finding, Severity};
use crate::link::PairKey;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

/// For an answer; an operator waits for it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks the arbiter who reigns over a service, which has this control address. `key` is the pair's key file.
/// Changes nothing.
pub fn check_up(options: &ArbiterOptions, key: &Path, service: IpAddr) -> Finding {
    let finding = |severity, what, what_to_do: &str| Finding {
        severity,
        what,
        what_to_do: what_to_do.to_owned(),
    };
    let looked = PairKey::load(key).and_then(|key| Arbiter::look(options, &key, service, PATIENCE));
    match looked {
        Ok(Answer::Refused { epoch, node, .. }) if node != NOBODY => {
            let what = format!("the arbiter answers: node {node} had reign {epoch} last");
            finding(Severity::Ok, what, "")
        }
        Ok(_) => {
            let what = format!("the arbiter answers, and has not heard of the service {service}");
            finding(Severity::Ok, what, "")
        }
        Err(error) => finding(
            Severity::Warning,
            format!("the arbiter gives no answer: {error:#}"),
            match options {
                ArbiterOptions::Witness(_) => {
                    "see that `mcu witness` runs there with the key of this pair, and that UDP to it may pass; \
                     without it a node that does not see the other does as pair.on-partition says"
                }
                ArbiterOptions::Etcd(_) => {
                    "see that etcd (3.4 or later) listens there for clients without TLS; without it a node that \
                     does not see the other does as pair.on-partition says"
                }
            },
        ),
    }
}

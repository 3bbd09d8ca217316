//! What two services of one process must not have in common.

use super::ServiceFile;
use crate::config::Config;
use crate::shell::PairOptions;
use anyhow::bail;
use std::net::{IpAddr, SocketAddr};

/// An error that names both files if two services would be in each other's way on some host.
pub(super) fn check(files: &[ServiceFile]) -> anyhow::Result<()> {
    for (index, one) in files.iter().enumerate() {
        for other in &files[index + 1..] {
            if let Some(clash) = clash(&one.config, &other.config) {
                bail!("{} and {}: {clash}", one.name, other.name);
            }
        }
    }
    Ok(())
}

fn clash(one: &Config, other: &Config) -> Option<String> {
    if one.service == other.service {
        return Some(format!(
            "both are the service {:?}; give each a name (service = \"...\")",
            one.service
        ));
    }
    if overlap(one.listen, other.listen) {
        return Some(format!(
            "both accept calls at {}; give each an address or a port of its own",
            one.listen
        ));
    }
    let (one, other) = (one.pair.as_ref()?, other.pair.as_ref()?);
    let of_both = (services(one).into_iter()).find(|address| services(other).contains(address));
    if let Some(address) = of_both {
        return Some(format!(
            "both have the service address {address}; each needs addresses of its own, because they move"
        ));
    }
    for (one, other) in [(one, other), (other, one)] {
        let own = |service: &IpAddr| other.nodes.iter().any(|node| node.ip() == *service);
        if let Some(service) = services(one).into_iter().find(own) {
            return Some(format!(
                "{service} is a service address in one and a node's own address in the other"
            ));
        }
    }
    if let Some(node) = one.nodes.iter().find(|node| other.nodes.contains(node)) {
        return Some(format!(
            "both have {node} in pair.nodes; give each service a port of its own there"
        ));
    }
    (one.state != other.state).then(|| {
        format!(
            "pair.state is {} and {}; the services of a process change the same settings of the kernel, and \
             note them in one file",
            one.state.display(),
            other.state.display()
        )
    })
}

fn services(pair: &PairOptions) -> [IpAddr; 2] {
    [pair.control_address, pair.media_address]
}

/// Both cannot be listened at.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let everywhere = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && (everywhere || one.ip() == other.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a dual role: what `b` has differs in everything it must.
    fn file(service: &str) -> ServiceFile {
        let (first, port, address) = match service {
            "a" => (1, 1730, 20),
            _ => (2, 1731, 30),
        };
        let node = |last| SocketAddr::from(([10, 0, 0, last], port));
        let pair = PairOptions::new(
            [node(first), node(3 - first)],
            "pair.key".into(),
            "eth0".into(),
            IpAddr::from([10, 0, 0, address]),
            IpAddr::from([10, 0, 0, address + 1]),
        );
        ServiceFile {
            name: format!("{service}.toml"),
            config: Config {
                service: service.into(),
                listen: SocketAddr::new(pair.control_address, 1720),
                pair: Some(pair),
                ..Config::default()
            },
        }
    }

    /// What is said when `change` was made to `b`.
    fn said(change: impl FnOnce(&mut Config, &mut PairOptions)) -> String {
        let (one, mut other) = (file("a"), file("b"));
        let mut pair = other.config.pair.take().unwrap();
        change(&mut other.config, &mut pair);
        other.config.pair = Some(pair);
        check(&[one, other]).map_or_else(|error| error.to_string(), |()| "nothing".into())
    }

    #[test]
    fn services_that_share_nothing_run_together() {
        assert_eq!(said(|_, _| {}), "nothing");
        // Each operator's socket is for all services anyway.
        assert_eq!(
            said(|config, _| config.control_socket = Some("/run/mcu.sock".into())),
            "nothing"
        );
    }

    #[test]
    fn what_two_services_share_is_named_with_both_files() {
        let ip = |last| IpAddr::from([10, 0, 0, last]);
        let clashes = [
            said(|config, _| config.service = "a".into()),
            said(|config, _| config.listen = "0.0.0.0:1720".parse().unwrap()),
            said(|_, pair| pair.control_address = ip(20)),
            said(|_, pair| pair.media_address = ip(20)),
            said(|_, pair| pair.media_address = ip(21)),
            said(|_, pair| pair.media_address = ip(1)),
            said(|_, pair| pair.nodes[0].set_port(1730)),
            said(|_, pair| pair.state = "/run/other.state".into()),
        ];
        let words = [
            "the service \"a\"",
            "accept calls at",
            "10.0.0.20",
            "10.0.0.20",
            "10.0.0.21",
            "10.0.0.1 is a service address in one",
            "10.0.0.2:1730",
            "/run/other.state",
        ];
        for (clash, words) in clashes.iter().zip(words) {
            assert!(clash.starts_with("a.toml and b.toml: "), "{clash}");
            assert!(clash.contains(words), "{words:?} is not in {clash:?}");
        }
    }
}

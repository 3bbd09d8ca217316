//! Where the nodes are on the LAN. Each has a thread that asks again and again, because a node may be
//! replaced; none waits for another.

use super::RelayOptions;
use crate::os::address::{Link, Owned};
use crate::os::arp::Neighbours;
use crate::os::mac::Mac;
use anyhow::Context;
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long an answer is waited for; the question is repeated meanwhile.
const PATIENCE: Duration = Duration::from_millis(250);
/// Between an answer and the next question: a node that comes back elsewhere is found this soon.
const PAUSE: Duration = Duration::from_millis(500);

/// A node has been found, is elsewhere, or has become silent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// Its place in the configuration.
    pub place: usize,
    /// Where it is.
    pub mac: Option<Mac>,
}

/// Starts looking for all nodes. It ends some time after the receiver is gone.
pub(super) fn start(
    link: &Link,
    own: &[Owned],
    options: &RelayOptions,
) -> anyhow::Result<UnboundedReceiver<Found>> {
    let (found, receiver) = unbounded_channel();
    for (place, node) in options.nodes.into_iter().enumerate() {
        let near = |owned: &&Owned| {
            let address = owned.address;
            owned.interface == link.index
                && address != options.media_address
                && address.is_ipv4() == node.is_ipv4()
        };
        let from = own.iter().find(near).with_context(|| {
            let name = &options.interface;
            format!("the interface {name} has no own address from which {node} can be asked for")
        })?;
        let (from, neighbours) = (from.address, Neighbours::open(link)?);
        let found = found.clone();
        std::thread::Builder::new()
            .name(format!("node {}", place + 1))
            .spawn(move || look(&neighbours, from, node, place, &found))?;
    }
    Ok(receiver)
}

fn look(
    neighbours: &Neighbours,
    from: IpAddr,
    node: IpAddr,
    place: usize,
    found: &UnboundedSender<Found>,
) {
    // At first it is not known to be silent either.
    let mut last = None;
    while !found.is_closed() {
        match neighbours.resolve(from, node, PATIENCE) {
            Ok(mac) if last == Some(mac) => {}
            Ok(mac) => {
                last = Some(mac);
                let _ = found.send(Found { place, mac });
            }
            // The interface is down, for example.
            Err(error) => tracing::debug!(%error, %node, "cannot ask where the node is"),
        }
        std::thread::sleep(PAUSE);
    }
}

//! The links to the other nodes: of two nodes the one with the lower number listens and the other calls,
//! whichever serves.

use super::Event;
use super::pair::PairEvent;
use crate::link::{self, Acceptor, Ended, Link, PairKey};
use crate::replica::{Envelope, Message};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Duration;

/// How often a node without a link tries to make one.
const LINK_RETRY: Duration = Duration::from_millis(100);

/// Begins to make links to the nodes at these addresses, of which this one is `number` (from 1).
pub(super) async fn start<E>(
    nodes: &[SocketAddr],
    number: u8,
    key: PairKey,
    events: mpsc::Sender<Event<E>>,
) -> anyhow::Result<Vec<JoinHandle<()>>>
where
    E: Serialize + DeserializeOwned + Send + 'static,
{
    let own = nodes[usize::from(number) - 1];
    let numbered = (1..).zip(nodes.iter().copied());
    let (lower, higher): (Vec<_>, Vec<_>) = numbered
        .filter(|(node, _)| *node != number)
        .partition(|(node, _)| *node < number);
    let mut tasks = Vec::new();
    if !higher.is_empty() {
        let acceptor = Acceptor::bind(own, &key).await?;
        tasks.push(tokio::spawn(accept(acceptor, higher, events.clone())));
    }
    for (node, other) in lower {
        let placing = place(own, (node, other), key.clone(), events.clone());
        tasks.push(tokio::spawn(placing));
    }
    Ok(tasks)
}

async fn accept<E>(
    mut acceptor: Acceptor,
    from: Vec<(u8, SocketAddr)>,
    events: mpsc::Sender<Event<E>>,
) where
    E: Serialize + DeserializeOwned + Send + 'static,
{
    let mut current: BTreeMap<u8, JoinHandle<()>> = BTreeMap::new();
    loop {
        let link = acceptor.accept().await;
        let peer = link.peer().ip();
        let Some((node, _)) = from.iter().find(|(_, address)| address.ip() == peer) else {
            tracing::warn!(%peer, "a link from an address that is not in pair.nodes, or that this node calls itself");
            continue;
        };
        // A new link from a node means that it has given the former one up.
        if let Some(former) = current.remove(node) {
            former.abort();
            let _ = former.await;
        }
        let conversation = converse(*node, link, events.clone());
        current.insert(*node, tokio::spawn(conversation));
    }
}

async fn place<E>(
    own: SocketAddr,
    (node, other): (u8, SocketAddr),
    key: PairKey,
    events: mpsc::Sender<Event<E>>,
) where
    E: Serialize + DeserializeOwned + Send + 'static,
{
    loop {
        match link::connect(own.ip(), other, &key).await {
            Ok(link) => converse(node, link, events.clone()).await,
            Err(error) => tracing::debug!(node, "no link to the other node: {error:#}"),
        }
        tokio::time::sleep(LINK_RETRY).await;
    }
}

/// Carries messages both ways until the link ends.
async fn converse<E>(node: u8, link: Link, events: mpsc::Sender<Event<E>>)
where
    E: Serialize + DeserializeOwned + Send + 'static,
{
    let (mut sender, mut receiver) = link.split();
    let (queue, mut queued) = mpsc::unbounded_channel::<Envelope<E>>();
    let tell = |event| async { events.send(Event::Pair(event)).await };
    if tell(PairEvent::LinkUp(node, queue)).await.is_err() {
        return;
    }
    let sending = async {
        while let Some(first) = queued.recv().await {
            let mut next = Some(first);
            while let Some(envelope) = next {
                let before = sender.queued_octets();
                if let Err(error) = sender.queue(&envelope) {
                    return error.to_string();
                }
                if let Message::Snapshot(_) = envelope.message {
                    let octets = sender.queued_octets() - before;
                    tracing::info!(octets, "the snapshot is on its way");
                }
                next = queued.try_recv().ok();
            }
            if let Err(ended) = sender.flush().await {
                return ended.to_string();
            }
        }
        "this node has given it up".to_string()
    };
    let receiving = async {
        loop {
            let envelope = match receiver.next::<Envelope<E>>().await {
                Ok(envelope) => envelope,
                Err(Ended::Closed) => return "the other node has closed it".to_string(),
                Err(ended) => return ended.to_string(),
            };
            let message = PairEvent::Message(node, Box::new(envelope));
            if tell(message).await.is_err() {
                return String::new();
            }
        }
    };
    let why = tokio::select! {
        why = sending => why,
        why = receiving => why,
    };
    let _ = tell(PairEvent::LinkDown(node, why)).await;
}

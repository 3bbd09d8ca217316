//! Connecting and accepting.

use super::frames::{Receiver, Sender};
use super::keys::PairKey;
use super::pinned;
use anyhow::{Context, anyhow};
use rustls::pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

/// A TLS handshake on a LAN takes some milliseconds.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(2);
/// An answer to SYN on a LAN takes less than a millisecond, or a retransmission of 1 s.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Strangers cost no more than this many handshakes at a time; others wait in the kernel's queue.
const HANDSHAKES_MAX: usize = 4;
/// The kernel gives a connection up when the other host acknowledges nothing for this long. The
/// heartbeat is faster; this one ends a connection that nothing else would end.
const SILENCE_MAX: Duration = Duration::from_secs(3);
/// Between the kernel's questions on an idle connection.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(1);
/// After a failed accept (out of file descriptors), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A connection to somebody who has the pair key. It may be this node itself, if somebody between
/// leads our octets back to us, so the first message must say which node speaks.
pub struct Link {
    stream: TlsStream<TcpStream>,
    peer: SocketAddr,
}

impl Link {
    /// The other end.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Both directions; the connection closes when both are dropped.
    pub fn split(self) -> (Sender, Receiver) {
        let (read, write) = tokio::io::split(self.stream);
        (Sender::new(write), Receiver::new(read))
    }
}

/// Waits for the other node.
pub struct Acceptor {
    listener: TcpListener,
    tls: TlsAcceptor,
    handshakes: JoinSet<(SocketAddr, io::Result<Link>)>,
}

impl Acceptor {
    /// Listens on `address`.
    pub async fn bind(address: SocketAddr, key: &PairKey) -> anyhow::Result<Self> {
        let tls = pinned::server(key).context("the pair key cannot be used")?;
        let listener = (TcpListener::bind(address).await)
            .with_context(|| format!("cannot listen for the other node on {address}"))?;
        Ok(Acceptor {
            listener,
            tls: tls.into(),
            handshakes: JoinSet::new(),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The next connection of somebody who has the pair key; others get a line in the log. It may be
    /// cancelled and called again.
    pub async fn accept(&mut self) -> Link {
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if self.handshakes.len() < HANDSHAKES_MAX => {
                    match accepted {
                        Ok((tcp, peer)) => self.begin(tcp, peer),
                        Err(error) => {
                            tracing::warn!(%error, "cannot accept on the pair link");
                            tokio::time::sleep(ACCEPT_PAUSE).await;
                        }
                    }
                }
                Some(done) = self.handshakes.join_next() => match done {
                    Ok((_, Ok(link))) => return link,
                    Ok((peer, Err(error))) => {
                        tracing::warn!(%peer, %error, "pair link refused: no handshake with the pair key");
                    }
                    Err(error) => tracing::error!(%error, "pair link: handshake panicked"),
                },
            }
        }
    }

    fn begin(&mut self, tcp: TcpStream, peer: SocketAddr) {
        let tls = self.tls.clone();
        self.handshakes.spawn(async move {
            let shaken = async {
                prepare(&tcp)?;
                in_time(tls.accept(tcp)).await
            };
            let link = shaken.await.map(|stream| Link {
                stream: stream.into(),
                peer,
            });
            (peer, link)
        });
    }
}

/// Connects from this node's own address to the other node.
pub async fn connect(from: IpAddr, to: SocketAddr, key: &PairKey) -> anyhow::Result<Link> {
    let config = pinned::client(key).context("the pair key cannot be used")?;
    let socket = match to {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    (socket.bind(SocketAddr::new(from, 0)))
        .with_context(|| format!("cannot connect to the other node from {from}"))?;
    let tcp = (timeout(CONNECT_TIMEOUT, socket.connect(to)).await)
        .map_err(|_| anyhow!("the other node ({to}) does not answer"))?
        .with_context(|| format!("cannot connect to the other node ({to})"))?;
    prepare(&tcp)?;
    let connector = TlsConnector::from(config);
    let stream = in_time(connector.connect(ServerName::IpAddress(to.ip().into()), tcp))
        .await
        .with_context(|| format!("{to} is not the other node, or has another pair key"))?;
    Ok(Link {
        stream: stream.into(),
        peer: to,
    })
}

async fn in_time<T>(handshake: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(HANDSHAKE_TIMEOUT, handshake)
        .await
        .unwrap_or_else(|_| {
            Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "no handshake in time",
            ))
        })
}

fn prepare(tcp: &TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let socket = SockRef::from(tcp);
    socket.set_tcp_user_timeout(Some(SILENCE_MAX))?;
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE_INTERVAL)
        .with_interval(KEEPALIVE_INTERVAL);
    socket.set_tcp_keepalive(&keepalive)
}

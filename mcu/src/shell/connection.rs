//! One TCP connection as a task: octets in become events, octets out are queued.

use super::Event;
use base::ConnId;
use bytes::Bytes;
use std::io::ErrorKind;
use tokio::io::{AsyncWriteExt, Interest};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Duration, timeout};

/// Messages queued for a peer at most; one that reads so little is given up.
const QUEUE_MAX: usize = 256;
/// Octets read at once.
const READ_MAX: usize = 16 * 1024;
/// How long the last messages may take to leave.
const LINGER: Duration = Duration::from_secs(2);

pub(super) struct Connection {
    queue: mpsc::Sender<Bytes>,
    task: JoinHandle<()>,
}

impl Connection {
    pub(super) fn start(conn: ConnId, stream: TcpStream, events: mpsc::Sender<Event>) -> Self {
        let (queue, queued) = mpsc::channel(QUEUE_MAX);
        // Control messages are small and wait for answers.
        let _ = stream.set_nodelay(true);
        let task = tokio::spawn(async move {
            match serve(conn, stream, queued, &events).await {
                Ended::ByUs => {}
                Ended::ByPeer(why) => {
                    let _ = events.send(Event::Closed(conn, why)).await;
                }
            }
        });
        Connection { queue, task }
    }

    /// Queues `bytes`; false if the peer has not read for too long.
    pub(super) fn send(&self, bytes: Bytes) -> bool {
        !matches!(
            self.queue.try_send(bytes),
            Err(mpsc::error::TrySendError::Full(_))
        )
    }

    /// Closes once everything queued is sent; the task ends then.
    pub(super) fn finish(self) -> JoinHandle<()> {
        drop(self.queue);
        self.task
    }
}

enum Ended {
    ByUs,
    ByPeer(String),
}

async fn serve(
    conn: ConnId,
    mut stream: TcpStream,
    mut queued: mpsc::Receiver<Bytes>,
    events: &mpsc::Sender<Event>,
) -> Ended {
    loop {
        tokio::select! {
            biased;
            bytes = queued.recv() => {
                let Some(bytes) = bytes else {
                    let _ = timeout(LINGER, goodbye(&mut stream)).await;
                    return Ended::ByUs;
                };
                match timeout(LINGER, stream.write_all(&bytes)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => return Ended::ByPeer(error.to_string()),
                    Err(_) => return Ended::ByPeer("the peer does not read what it is sent".into()),
                }
            }
            ready = stream.ready(Interest::READABLE) => {
                if let Err(error) = ready {
                    return Ended::ByPeer(error.to_string());
                }
                match read(&stream) {
                    Ok(bytes) if bytes.is_empty() => return Ended::ByPeer("closed by the peer".into()),
                    Ok(bytes) => {
                        if events.send(Event::Received(conn, bytes)).await.is_err() {
                            return Ended::ByUs;
                        }
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) => return Ended::ByPeer(error.to_string()),
                }
            }
        }
    }
}

/// Closes our direction and waits for the peer to close its own: closing a socket that holds unread
/// octets would reset the connection, and the peer might lose what we said last.
async fn goodbye(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.shutdown().await?;
    loop {
        stream.readable().await?;
        match read(stream) {
            Ok(bytes) if bytes.is_empty() => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// Not async: the buffer is on the stack only while octets are there, so an idle connection holds
/// none.
fn read(stream: &TcpStream) -> std::io::Result<Bytes> {
    let mut buffer = [0; READ_MAX];
    let n = stream.try_read(&mut buffer)?;
    Ok(Bytes::copy_from_slice(&buffer[..n]))
}

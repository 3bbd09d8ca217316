//! Messages in the octets of a connection: a length (u32, big endian), then the message (postcard).

use anyhow::ensure;
use bytes::{Buf, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;

/// A snapshot of the whole service is the largest message.
pub const FRAME_OCTETS_MAX: usize = 64 * 1024 * 1024;
/// The length before each message.
const LENGTH_OCTETS: usize = 4;
/// Room for each read: what one TLS record holds.
const READ_OCTETS: usize = 16 * 1024;
/// A buffer that a snapshot made larger than this is given back when it is empty.
const BUFFER_OCTETS_KEPT: usize = 1024 * 1024;

/// The way out. Messages wait until [`Sender::flush`], so that a turn of the caller costs one write.
pub struct Sender {
    stream: WriteHalf<TlsStream<TcpStream>>,
    buffer: Vec<u8>,
    written: usize,
}

impl Sender {
    pub(super) fn new(stream: WriteHalf<TlsStream<TcpStream>>) -> Self {
        Sender {
            stream,
            buffer: Vec::new(),
            written: 0,
        }
    }

    /// Adds a message; on an error nothing is added.
    pub fn queue<M: Serialize>(&mut self, message: &M) -> anyhow::Result<()> {
        let start = self.buffer.len();
        let queued = self.append(message, start);
        if queued.is_err() {
            self.buffer.truncate(start);
        }
        queued
    }

    fn append<M: Serialize>(&mut self, message: &M, start: usize) -> anyhow::Result<()> {
        self.buffer.extend([0; LENGTH_OCTETS]);
        postcard::to_io(message, &mut self.buffer)?;
        let body = start + LENGTH_OCTETS;
        let octets = self.buffer.len() - body;
        ensure!(
            octets <= FRAME_OCTETS_MAX,
            "a message of {octets} octets is too large for the pair link (limit {FRAME_OCTETS_MAX})"
        );
        self.buffer[start..body].copy_from_slice(&(octets as u32).to_be_bytes());
        Ok(())
    }

    /// Octets that wait for [`Sender::flush`].
    pub fn queued_octets(&self) -> usize {
        self.buffer.len() - self.written
    }

    /// Sends all that is queued. It may be cancelled and called again.
    pub async fn flush(&mut self) -> Result<(), Ended> {
        while self.written < self.buffer.len() {
            self.written += (self.stream.write(&self.buffer[self.written..]).await)?;
        }
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_OCTETS_KEPT);
        self.written = 0;
        Ok(self.stream.flush().await?)
    }
}

/// The way in.
pub struct Receiver {
    stream: ReadHalf<TlsStream<TcpStream>>,
    buffer: BytesMut,
}

impl Receiver {
    pub(super) fn new(stream: ReadHalf<TlsStream<TcpStream>>) -> Self {
        Receiver {
            stream,
            buffer: BytesMut::new(),
        }
    }

    /// The next message. It may be cancelled and called again.
    pub async fn next<M: DeserializeOwned>(&mut self) -> Result<M, Ended> {
        loop {
            if let Some(message) = self.try_next()? {
                return Ok(message);
            }
            if self.buffer.is_empty() && self.buffer.capacity() > BUFFER_OCTETS_KEPT {
                self.buffer = BytesMut::new();
            }
            self.buffer.reserve(READ_OCTETS);
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(Ended::Closed);
            }
        }
    }

    /// The next message if all of it has been read already. Take them until `None` after each
    /// [`Receiver::next`], so that one turn handles what came together.
    pub fn try_next<M: DeserializeOwned>(&mut self) -> Result<Option<M>, Ended> {
        let Some(body) = first_body(&self.buffer)? else {
            return Ok(None);
        };
        let octets = body.len();
        let message = postcard::from_bytes(body).map_err(|error| {
            Ended::Failed(format!(
                "the other node sent a message that cannot be read ({error}): is it another version?"
            ))
        })?;
        self.buffer.advance(LENGTH_OCTETS + octets);
        Ok(Some(message))
    }
}

/// The first message in `read`, if all of it is there.
fn first_body(read: &[u8]) -> Result<Option<&[u8]>, Ended> {
    let Some((length, rest)) = read.split_first_chunk::<LENGTH_OCTETS>() else {
        return Ok(None);
    };
    let octets = u32::from_be_bytes(*length) as usize;
    match octets <= FRAME_OCTETS_MAX {
        true => Ok(rest.get(..octets)),
        false => Err(Ended::Failed(format!(
            "the other node announced a message of {octets} octets (limit {FRAME_OCTETS_MAX})"
        ))),
    }
}

/// Why a link is over. A node that leaves on purpose says so in a message before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The other process closed it or is gone.
    Closed,
    /// Something else, in words.
    Failed(String),
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Ended::Closed => f.write_str("the other node closed the pair link"),
            Ended::Failed(why) => write!(f, "the pair link failed: {why}"),
        }
    }
}

impl std::error::Error for Ended {}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe => Ended::Closed,
            _ => Ended::Failed(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_there_when_its_last_octet_is() {
        let read = [0, 0, 0, 2, 7, 8, 9];
        for end in 0..6 {
            assert_eq!(first_body(&read[..end]), Ok(None), "{end} octets");
        }
        assert_eq!(first_body(&read), Ok(Some(&[7, 8][..])));
    }

    #[test]
    fn an_oversized_length_ends_the_link_at_once() {
        let limit = FRAME_OCTETS_MAX as u32;
        assert_eq!(first_body(&limit.to_be_bytes()), Ok(None));
        let beyond = (limit + 1).to_be_bytes();
        assert!(matches!(first_body(&beyond), Err(Ended::Failed(why)) if why.contains("limit")));
    }
}

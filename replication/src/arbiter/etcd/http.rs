//! One exchange of JSON by HTTP: as version 1.0 (RFC 1945), which ends an answer with the connection.

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// An exchange takes milliseconds. Whoever needs longer is as good as dead, and the next one is asked.
const PATIENCE: Duration = Duration::from_millis(400);
/// The answers are less than 2 kB.
const ANSWER_OCTETS_MAX: usize = 64 * 1024;
const SCHEME: &str = "http://";

/// An endpoint is the address of a host and its port.
pub(in crate::arbiter) fn check_endpoint(endpoint: &str) -> anyhow::Result<()> {
    let place = place(endpoint).with_context(|| {
        format!("{endpoint:?}: write it as {SCHEME}10.0.0.5:2379 (TLS is not possible)")
    })?;
    let port = place.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
    ensure!(
        matches!(port, Some(Ok(1..))) && !place.contains('/'),
        "{endpoint:?}: the address must end with a port, as {SCHEME}10.0.0.5:2379"
    );
    Ok(())
}

fn place(endpoint: &str) -> Option<&str> {
    let place = endpoint.strip_prefix(SCHEME)?;
    Some(place.strip_suffix('/').unwrap_or(place))
}

/// Sends `body` to a path of an endpoint; what that answers.
pub(super) fn post(endpoint: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
    let place = place(endpoint).context("no address")?;
    let addresses = place.to_socket_addrs().context("its name is not known")?;
    let end = now() + PATIENCE;
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses {
        match exchange(&address, place, path, &body.to_string(), end) {
            Ok(answer) => return understand(&answer),
            Err(error) => failure = error,
        }
    }
    Err(failure.into())
}

fn exchange(
    address: &std::net::SocketAddr,
    host: &str,
    path: &str,
    body: &str,
    end: Instant,
) -> io::Result<Vec<u8>> {
    let mut connection = TcpStream::connect_timeout(address, left(end)?)?;
    connection.set_nodelay(true)?;
    connection.set_write_timeout(Some(left(end)?))?;
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    connection.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        connection.set_read_timeout(Some(left(end)?))?;
        match connection.read(&mut buffer)? {
            0 => return Ok(answer),
            _ if answer.len() > ANSWER_OCTETS_MAX => {
                return Err(io::Error::other("the answer is too long"));
            }
            length => answer.extend(&buffer[..length]),
        }
    }
}

/// The body of an answer.
fn understand(answer: &[u8]) -> anyhow::Result<Value> {
    let text = std::str::from_utf8(answer).context("the answer is not text")?;
    let (head, body) = text
        .split_once("\r\n\r\n")
        .context("the answer is not of HTTP")?;
    let status = head.split([' ', '\r']).nth(1).unwrap_or("");
    if status != "200" {
        let said: String = body.chars().take(200).collect();
        bail!("status {status}: {}", said.trim());
    }
    serde_json::from_str(body).context("the answer is not JSON")
}

fn left(end: Instant) -> io::Result<Duration> {
    let left = end.saturating_duration_since(now());
    match left.is_zero() {
        true => Err(io::ErrorKind::TimedOut.into()),
        false => Ok(left),
    }
}

#[expect(clippy::disallowed_methods, reason = "a client waits by the clock")]
fn now() -> Instant {
    Instant::now()
}

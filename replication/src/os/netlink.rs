//! Requests to the kernel (netlink(7)), for addresses (rtnetlink) and for the packet filter
//! (nfnetlink).
//!
//! A request is answered by the kernel before `send` returns, so nothing here ever waits: what is
//! in the socket afterwards is all there is. The socket is kept open by its users, because their
//! requests are on the path of a takeover.

#![expect(unsafe_code, reason = "options of netlink sockets")]

use socket2::{Domain, Socket, Type};
use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;

/// Octets of the header that all messages have (struct nlmsghdr).
const HEADER_SIZE: usize = 16;
/// Octets of the header of an attribute (struct nlattr).
const ATTRIBUTE_HEADER_SIZE: usize = 4;
/// Octets read at once; the kernel makes no larger parts of a list.
const READ_SIZE: usize = 64 * 1024;
/// Marks an attribute that holds attributes.
const NESTED: u16 = libc::NLA_F_NESTED as u16;
/// What is left of an attribute's type without its two marks.
const ATTRIBUTE_TYPE: u16 = 0x3fff;
/// The attribute with the kernel's own words about an error.
const ERROR_TEXT: u16 = 1;

/// A part of the kernel that speaks netlink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subsystem {
    /// Interfaces and addresses.
    Route,
    /// The packet filter.
    Netfilter,
    /// Sockets, whoever has them.
    Sockets,
}

/// A sequence of attributes, the body of a message or of another attribute.
#[derive(Debug, Clone, Default)]
pub struct Attributes(Vec<u8>);

impl Attributes {
    /// No attribute yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// As they are in a message.
    pub fn as_octets(&self) -> &[u8] {
        &self.0
    }

    /// Adds an attribute with these octets.
    pub fn octets(mut self, kind: u16, value: &[u8]) -> Self {
        let size = ATTRIBUTE_HEADER_SIZE + value.len();
        let size = u16::try_from(size).expect("we write no attribute of 64 KiB");
        self.0.extend(size.to_ne_bytes());
        self.0.extend(kind.to_ne_bytes());
        self.0.extend(value);
        self.0.resize(aligned(self.0.len()), 0);
        self
    }

    /// Adds a text, which the kernel wants with a zero at its end.
    pub fn text(self, kind: u16, value: &str) -> Self {
        self.octets(kind, &[value.as_bytes(), &[0]].concat())
    }

    /// Adds a number in network order, as the packet filter has them.
    pub fn number(self, kind: u16, value: u32) -> Self {
        self.octets(kind, &value.to_be_bytes())
    }

    /// Adds an attribute that holds attributes.
    pub fn nest(self, kind: u16, inner: Attributes) -> Self {
        self.octets(kind | NESTED, &inner.0)
    }
}

/// One request.
#[derive(Debug, Clone)]
pub struct Message {
    /// What it is for, to complete "cannot …" when it fails.
    purpose: String,
    kind: u16,
    flags: u16,
    body: Vec<u8>,
}

impl Message {
    /// A request of type `kind` with flags (`NLM_F_…`), its own fixed header and its attributes.
    pub fn new(
        purpose: impl Into<String>,
        kind: u16,
        flags: i32,
        header: &[u8],
        attributes: Attributes,
    ) -> Self {
        let mut body = header.to_vec();
        body.resize(aligned(body.len()), 0);
        body.extend(attributes.0);
        Message {
            purpose: purpose.into(),
            kind,
            flags: (flags | libc::NLM_F_REQUEST) as u16,
            body,
        }
    }

    fn write(&self, sequence: u32, out: &mut Vec<u8>) {
        let size = (HEADER_SIZE + self.body.len()) as u32;
        out.extend(size.to_ne_bytes());
        out.extend(self.kind.to_ne_bytes());
        out.extend(self.flags.to_ne_bytes());
        out.extend(sequence.to_ne_bytes());
        out.extend([0; 4]);
        out.extend(&self.body);
    }
}

/// One message from the kernel: its type, and what follows the common header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The type of the message.
    pub kind: u16,
    /// The fixed header of this type, then attributes.
    pub body: Vec<u8>,
}

/// The attributes of which `octets` are made, type and value, up to the first damaged one.
pub fn attributes(octets: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = octets;
    std::iter::from_fn(move || {
        let (header, _) = rest.split_first_chunk::<ATTRIBUTE_HEADER_SIZE>()?;
        let size = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        let kind = u16::from_ne_bytes([header[2], header[3]]) & ATTRIBUTE_TYPE;
        let value = rest.get(ATTRIBUTE_HEADER_SIZE..size)?;
        rest = rest.get(aligned(size)..).unwrap_or_default();
        Some((kind, value))
    })
}

/// The value of the first attribute of type `kind`.
pub fn attribute(octets: &[u8], kind: u16) -> Option<&[u8]> {
    attributes(octets)
        .find(|(found, _)| *found == kind)
        .map(|(_, value)| value)
}

/// An attribute's text, without the zero at its end.
pub fn text(value: &[u8]) -> String {
    let text = value.split(|octet| *octet == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

/// A request that the kernel refused.
#[derive(Debug)]
struct Refused {
    purpose: String,
    cause: io::Error,
    /// The kernel's own words, if it had any.
    text: Option<String>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.purpose, self.cause)?;
        if let Some(text) = &self.text {
            write!(f, ": {text}")?;
        }
        if self.cause.raw_os_error() == Some(libc::EPERM) {
            write!(f, "; the process needs the capability CAP_NET_ADMIN")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> Self {
        io::Error::new(refused.cause.kind(), refused)
    }
}

/// A socket to one part of the kernel, in the network namespace of the thread that opened it.
#[derive(Debug)]
pub struct Netlink {
    socket: Socket,
    /// Of the next message; answers carry it back.
    sequence: u32,
    /// Kept between requests, so that none of them allocates it.
    buffer: Vec<u8>,
}

impl Netlink {
    /// Opens a socket.
    pub fn open(subsystem: Subsystem) -> io::Result<Self> {
        let protocol = match subsystem {
            Subsystem::Route => libc::NETLINK_ROUTE,
            Subsystem::Netfilter => libc::NETLINK_NETFILTER,
            Subsystem::Sockets => libc::NETLINK_INET_DIAG,
        };
        let domain = Domain::from(libc::AF_NETLINK);
        let socket = Socket::new(domain, Type::RAW, Some(protocol.into()))?;
        socket.set_nonblocking(true)?;
        for option in [libc::NETLINK_EXT_ACK, libc::NETLINK_CAP_ACK] {
            switch_on(&socket, option)?;
        }
        Ok(Netlink {
            socket,
            sequence: 1,
            buffer: vec![0; READ_SIZE],
        })
    }

    /// Sends messages as one datagram; an error is that of the first one refused. At least one of
    /// them asks for an acknowledgement (`NLM_F_ACK`), else success cannot be told from silence.
    pub fn send(&mut self, messages: &[Message]) -> io::Result<()> {
        self.exchange(messages).map(|_| ())
    }

    /// Sends a question and returns the kernel's answers.
    pub fn ask(&mut self, question: Message) -> io::Result<Vec<Answer>> {
        self.exchange(&[question])
    }

    fn exchange(&mut self, messages: &[Message]) -> io::Result<Vec<Answer>> {
        // Nothing should be left from before; if there is, it is not an answer to this.
        while self.read()? > 0 {}
        let first = self.sequence;
        let mut datagram = Vec::new();
        for message in messages {
            message.write(self.sequence, &mut datagram);
            self.sequence = self.sequence.wrapping_add(1);
        }
        (&self.socket).write_all(&datagram)?;
        let mut answers = Vec::new();
        let mut complete = false;
        loop {
            let size = self.read()?;
            if size == 0 {
                break;
            }
            for part in split(&self.buffer[..size]) {
                let index = part.sequence.wrapping_sub(first) as usize;
                let Some(message) = messages.get(index) else {
                    continue;
                };
                match i32::from(part.kind) {
                    libc::NLMSG_ERROR => {
                        refusal(message, &part)?;
                        complete = true;
                    }
                    libc::NLMSG_DONE => complete = true,
                    _ => answers.push(Answer {
                        kind: part.kind,
                        body: part.body.to_vec(),
                    }),
                }
            }
        }
        let purpose = || messages.first().map_or("", |first| &first.purpose);
        match complete {
            true => Ok(answers),
            false => Err(io::Error::other(format!(
                "cannot {}: the kernel does not answer",
                purpose()
            ))),
        }
    }

    /// The next datagram into the buffer: its size, 0 if there is none.
    fn read(&mut self) -> io::Result<usize> {
        match (&self.socket).read(&mut self.buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            other => other,
        }
    }
}

/// One message of a datagram from the kernel.
struct Part<'a> {
    kind: u16,
    flags: u16,
    sequence: u32,
    body: &'a [u8],
}

fn split(datagram: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        let (size, kind) = (word(rest, 0)? as usize, word(rest, 4)?.to_ne_bytes());
        let part = Part {
            kind: u16::from_ne_bytes([kind[0], kind[1]]),
            flags: u16::from_ne_bytes([kind[2], kind[3]]),
            sequence: word(rest, 8)?,
            body: rest.get(HEADER_SIZE..size)?,
        };
        rest = rest.get(aligned(size)..).unwrap_or_default();
        Some(part)
    })
}

/// What an acknowledgement says: an error number, 0 for success.
fn refusal(message: &Message, part: &Part<'_>) -> Result<(), Refused> {
    let errno = word(part.body, 0).unwrap_or_default() as i32;
    if errno == 0 {
        return Ok(());
    }
    // After the number comes the header of our message; attributes follow if the flag says so.
    let has_attributes = i32::from(part.flags) & libc::NLM_F_ACK_TLVS != 0;
    let rest = part
        .body
        .get(4 + HEADER_SIZE..)
        .filter(|_| has_attributes)
        .unwrap_or_default();
    Err(Refused {
        purpose: message.purpose.clone(),
        cause: io::Error::from_raw_os_error(-errno),
        text: attribute(rest, ERROR_TEXT).map(text),
    })
}

/// The four octets at `at` as a number of this machine.
pub(super) fn word(octets: &[u8], at: usize) -> Option<u32> {
    let octets = octets.get(at..at.checked_add(4)?)?;
    Some(u32::from_ne_bytes(octets.try_into().ok()?))
}

fn aligned(size: usize) -> usize {
    size.next_multiple_of(4)
}

fn switch_on(socket: &Socket, option: i32) -> io::Result<()> {
    let on: libc::c_int = 1;
    // SAFETY: the option's value is an int that lives through the call, and its size is right.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_NETLINK,
            option,
            (&raw const on).cast(),
            size_of_val(&on) as libc::socklen_t,
        )
    };
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_as_they_were_written() {
        let inner = Attributes::new().number(7, 0x0102_0304);
        let all = Attributes::new()
            .text(1, "ab")
            .octets(2, &[])
            .nest(3, inner);
        let read: Vec<_> = attributes(&all.0).collect();
        assert_eq!(read[0], (1, &b"ab\0"[..]));
        assert_eq!(read[1], (2, &[][..]));
        assert_eq!(read[2].0, 3);
        assert_eq!(attribute(read[2].1, 7), Some(&[1, 2, 3, 4][..]));
        assert_eq!(text(read[0].1), "ab");
    }

    #[test]
    fn a_datagram_cut_anywhere_is_read_without_a_panic() {
        let attributes_of = Attributes::new().text(1, "wrong");
        let message = Message::new("try", 2, libc::NLM_F_ACK_TLVS, &[0xff; 20], attributes_of);
        let mut datagram = Vec::new();
        message.write(1, &mut datagram);
        for end in 0..=datagram.len() {
            for part in split(&datagram[..end]) {
                assert_eq!(end, datagram.len());
                let refused = refusal(&message, &part).expect_err("the number is not 0");
                assert_eq!(refused.text.as_deref(), Some("wrong"));
            }
            assert!(attributes(&datagram[..end]).count() <= datagram.len());
        }
    }

    #[test]
    fn an_attribute_that_says_it_has_no_size_ends_the_list() {
        assert_eq!(attributes(&[0; 64]).count(), 0);
    }

    #[test]
    fn the_kernel_names_what_is_wrong() {
        let mut netlink = Netlink::open(Subsystem::Route).expect("anyone may open it");
        let header = [0; 16];
        let nobody = Attributes::new().text(libc::IFLA_IFNAME, "no-such-link");
        let message = Message::new(
            "find it",
            libc::RTM_GETLINK,
            libc::NLM_F_ACK,
            &header,
            nobody,
        );
        let error = netlink.ask(message).expect_err("there is no such link");
        assert!(error.to_string().starts_with("cannot find it: "), "{error}");
    }
}

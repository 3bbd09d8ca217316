//! The state of a TCP socket, read and made (`TCP_REPAIR`, which needs CAP_NET_ADMIN).
//!
//! A socket in repair mode keeps quiet: what is written to it goes into one of its queues and counts
//! as sent or received, `connect` sends nothing, closing it sends nothing. It still takes segments.
//! Leaving repair mode makes it an ordinary connection. The kernel forgets SO_REUSEADDR when repair
//! ends, so it is set again each time: otherwise no listener could be bound to the port any more.

use super::socket_option::{self, queued, read, read_number, set, set_number};
use crate::tcp::{Ends, Negotiated, Restoration, Scales};
use bytes::Bytes;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd, OwnedFd};

/// TCP_REPAIR: in repair; out of it with a window probe; out of it without.
const ON: u32 = 1;
const OFF: libc::c_int = 0;
const OFF_SILENTLY: libc::c_int = -1;
/// TCP_REPAIR_QUEUE: the queue of what came.
const RECEIVE_QUEUE: u32 = 1;
/// TCP_REPAIR_QUEUE: the queue of what is to go.
const SEND_QUEUE: u32 = 2;
/// TCP_REPAIR_OPTIONS: kinds of TCP options (RFC 9293 §3.2, RFC 7323, RFC 2018).
const OPTION_MSS: u32 = 2;
const OPTION_WINDOW_SCALE: u32 = 3;
const OPTION_SACK_PERMITTED: u32 = 4;
const OPTION_TIMESTAMPS: u32 = 8;
/// Octets the peer may send before it hears from us. A new socket has room for that much, and every
/// kernel announces as much at the start of a connection.
const RECEIVE_WINDOW: u32 = 65_535;
/// Segments that a new connection may send at once (RFC 6928 §2).
const INITIAL_WINDOW_SEGMENTS: usize = 10;
/// Octets that every socket's send buffer takes in one write.
const FRESH_OCTETS_MAX: usize = 16_384;
/// Octets that timestamps take from each segment (RFC 7323 appendix A).
const TIMESTAMPS_OCTETS: usize = 12;
/// Attempts to see a moving queue stand still.
const READING_ATTEMPTS: usize = 100;
/// Octets before SND.UNA that the send queue may still hold: less than one buffer of the kernel.
const SEND_QUEUE_SLACK: usize = 65_536;

/// What a connection agreed on in its handshake; octets may have come and gone already. To be asked
/// once: the starts come from the kernel's counters, which begin anew in a restored socket, and which
/// miss what was let go during a [`capture`].
pub fn negotiated(socket: BorrowedFd<'_>) -> io::Result<Negotiated> {
    in_repair(socket, || read_negotiated(socket))
}

/// A connection as it is now: enough to go on with it in another kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// The connection. Its starts are to be replaced by those that [`negotiated`] gave in the beginning.
    pub restoration: Restoration,
    /// What came and was not read yet: it ends before `restoration.receive_next`.
    pub unread: Bytes,
}

/// Reads a living connection without disturbing it. Nobody else reads or writes the socket meanwhile.
///
/// The kernel sends nothing while the send queue is chosen: what an acknowledgement lets go in these
/// microseconds counts as sent without having been, and is sent again like a lost segment. It can
/// happen only while octets wait for the peer's window.
pub fn capture(socket: BorrowedFd<'_>) -> io::Result<Captured> {
    let ends = ends(socket)?;
    in_repair(socket, || {
        let negotiated = read_negotiated(socket)?;
        let finished = Info::read(socket)?.finished()?;
        let (receive_next, unread) = read_receive_queue(socket)?;
        let (send_unacknowledged, pending) = read_send_queue(socket, finished)?;
        let [window_update, send_window, ..] = read_window(socket)?;
        Ok(Captured {
            restoration: Restoration {
                ends,
                negotiated,
                receive_next,
                send_unacknowledged,
                pending,
                send_window,
                window_update,
                finished,
            },
            unread,
        })
    })
}

/// Octets that have come and were not read yet.
pub fn unread(socket: BorrowedFd<'_>) -> io::Result<u64> {
    queued(socket, libc::FIONREAD).map(u64::from)
}

/// Makes the socket of a connection that another kernel had. It stays in repair mode: dropping it is
/// silent. The address need not be there yet. Frames for it must not reach the kernel before this.
/// `mark` is what the packet filter lets FINs through for.
pub fn restore(restoration: &Restoration, mark: u32) -> io::Result<Restored> {
    make(restoration, mark).map_err(|error| {
        let Ends { local, peer } = restoration.ends;
        let what = format!("cannot restore the TCP connection from {peer} to {local}: {error}");
        io::Error::new(error.kind(), what)
    })
}

/// A connection made, but not yet let loose.
#[derive(Debug)]
pub struct Restored {
    socket: Socket,
    /// What is sent at once when it goes on.
    fresh: Vec<u8>,
    /// The mark for our FIN, if it is to be sent.
    finish: Option<u32>,
}

impl Restored {
    /// Octets that came between the restoration and the moment when the kernel gets frames itself:
    /// they count as received and acknowledged, and are read like any others.
    pub fn receive_more(&mut self, octets: &[u8]) -> io::Result<()> {
        let socket = self.socket.as_fd();
        choose_queue(socket, RECEIVE_QUEUE)?;
        queue_all(socket, octets)
    }

    /// An ordinary connection from here on. The peer learns at once what has arrived.
    pub fn go_on(self) -> io::Result<TcpStream> {
        // The kernel sends a window probe.
        self.loose(OFF)
    }

    /// The same for a peer that has long been told of everything: if nothing waits to be sent to it, it
    /// is sent nothing.
    pub fn go_on_quietly(self) -> io::Result<TcpStream> {
        self.loose(OFF_SILENTLY)
    }

    fn loose(self, how: libc::c_int) -> io::Result<TcpStream> {
        let socket = self.socket.as_fd();
        if self.fresh.is_empty() {
            leave(socket, how)?;
        } else {
            // The octets tell the peer as much as a probe, and its answer to a probe could
            // acknowledge them before they count as sent: the kernel would drop that.
            leave(socket, OFF_SILENTLY)?;
            queue_all(socket, &self.fresh)?;
        }
        if let Some(mark) = self.finish {
            set_mark(socket, mark)?;
            self.socket.shutdown(Shutdown::Write)?;
        }
        Ok(self.socket.into())
    }
}

/// Closes a connection that another node goes on with: the peer hears nothing. On an error the socket
/// stays open until the process ends, because closing it would tell the peer.
pub fn close_silently(socket: impl Into<OwnedFd>) -> io::Result<()> {
    let socket = socket.into();
    enter(socket.as_fd()).inspect_err(|_| {
        let _open = socket.into_raw_fd();
    })
}

/// From here on the peer hears nothing of the socket, not even its end. For one that goes on living
/// for a moment; see [`close_silently`].
pub fn silence(socket: BorrowedFd<'_>) -> io::Result<()> {
    enter(socket)
}

/// Marks what the socket sends from here on: before a close that the peer is to hear of.
pub fn set_mark(socket: BorrowedFd<'_>, mark: u32) -> io::Result<()> {
    set_number(socket, libc::SOL_SOCKET, libc::SO_MARK, mark)
}

fn make(restoration: &Restoration, mark: u32) -> io::Result<Restored> {
    let Ends { local, peer } = restoration.ends;
    let negotiated = &restoration.negotiated;
    let kind = Type::STREAM.nonblocking().cloexec();
    let made = Socket::new(Domain::for_address(local), kind, Some(Protocol::TCP))?;
    let socket = made.as_fd();
    // It also forces the bind beside a listener; SO_REUSEADDR after it would weaken that.
    enter(socket)?;
    let transparent = match local {
        SocketAddr::V4(_) => (libc::SOL_IP, libc::IP_TRANSPARENT),
        SocketAddr::V6(_) => (libc::SOL_IPV6, libc::IPV6_TRANSPARENT),
    };
    set_number(socket, transparent.0, transparent.1, 1)?;
    made.bind(&local.into())?;
    for (queue, sequence) in [
        (SEND_QUEUE, restoration.send_unacknowledged),
        (RECEIVE_QUEUE, restoration.receive_next),
    ] {
        choose_queue(socket, queue)?;
        set_tcp(socket, libc::TCP_QUEUE_SEQ, sequence)?;
    }
    made.connect(&peer.into())?;
    set_options(socket, negotiated)?;
    if let Some(timestamp) = negotiated.timestamp {
        // Newer kernels take the lowest bit for "counts microseconds". Rounded up: a clock that went
        // back would have its segments discarded (RFC 7323 §5).
        let timestamp = timestamp.wrapping_add(1) & !1;
        set_tcp(socket, libc::TCP_TIMESTAMP, timestamp)?;
    }
    set_window(socket, restoration)?;
    made.set_tcp_nodelay(true)?;

    let mut pending = restoration.pending.concat();
    if !leaves_at_once(restoration, pending.len()) {
        // In the queue it counts as sent, as it must: the peer may acknowledge any part of it.
        if pending.len() > FRESH_OCTETS_MAX {
            made.set_send_buffer_size(pending.len().saturating_mul(2))?;
        }
        choose_queue(socket, SEND_QUEUE)?;
        queue_all(socket, &pending)?;
        pending.clear();
    }
    Ok(Restored {
        socket: made,
        fresh: pending,
        finish: restoration.finished.then_some(mark),
    })
}

/// Whether a new connection sends so much without waiting for an answer. Then it is better sent
/// afresh than queued as sent: the queue waits for the first retransmission, a second.
fn leaves_at_once(restoration: &Restoration, octets: usize) -> bool {
    let negotiated = &restoration.negotiated;
    let options = match negotiated.timestamp {
        Some(_) => TIMESTAMPS_OCTETS,
        None => 0,
    };
    let segment = usize::from(negotiated.mss).saturating_sub(options);
    octets
        <= (INITIAL_WINDOW_SEGMENTS * segment)
            .min(restoration.send_window as usize)
            .min(FRESH_OCTETS_MAX)
}

fn set_options(socket: BorrowedFd<'_>, negotiated: &Negotiated) -> io::Result<()> {
    // Without agreement the shifts are zero. They must be said all the same: the kernel has chosen
    // one for us when it connected.
    let (send, receive) = negotiated
        .scales
        .map_or((0, 0), |scales| (scales.send, scales.receive));
    let mut options = vec![
        [OPTION_MSS, u32::from(negotiated.mss)],
        [
            OPTION_WINDOW_SCALE,
            u32::from(send) | u32::from(receive) << 16,
        ],
    ];
    options.extend(negotiated.sack.then_some([OPTION_SACK_PERMITTED, 0]));
    options.extend(negotiated.timestamp.map(|_| [OPTION_TIMESTAMPS, 0]));
    set_words(socket, libc::TCP_REPAIR_OPTIONS, options.as_flattened())
}

fn set_window(socket: BorrowedFd<'_>, restoration: &Restoration) -> io::Result<()> {
    // The peer may have announced it behind a gap, beyond the window with which the kernel begins; the
    // kernel refuses that.
    let beyond = (restoration.window_update).wrapping_sub(restoration.receive_next) as i32 > 0;
    let window_update = match beyond {
        true => restoration.receive_next,
        false => restoration.window_update,
    };
    // struct tcp_repair_window: snd_wl1, snd_wnd, max_window, rcv_wnd, rcv_wup.
    let window = [
        window_update,
        restoration.send_window,
        restoration.send_window.max(RECEIVE_WINDOW),
        RECEIVE_WINDOW,
        restoration.receive_next,
    ];
    set_words(socket, libc::TCP_REPAIR_WINDOW, &window)
}

fn read_window(socket: BorrowedFd<'_>) -> io::Result<[u32; 5]> {
    let octets: [u8; 20] = read(socket, libc::SOL_TCP, libc::TCP_REPAIR_WINDOW)?;
    Ok(std::array::from_fn(|index| word(&octets, 4 * index)))
}

/// In repair mode.
fn read_negotiated(socket: BorrowedFd<'_>) -> io::Result<Negotiated> {
    let sent_next = queue_end(socket, SEND_QUEUE)?;
    let (receive_next, info) = standing_still(socket, |_| Info::read(socket))?;
    // In repair mode this is what was agreed, not what is left of it after our options.
    let mss = read_number(socket, libc::SOL_TCP, libc::TCP_MAXSEG)?;
    let timestamp = match info.has(Info::TIMESTAMPS) {
        true => Some(read_number(socket, libc::SOL_TCP, libc::TCP_TIMESTAMP)?),
        false => None,
    };
    Ok(Negotiated {
        mss: u16::try_from(mss).unwrap_or(u16::MAX),
        scales: info.has(Info::WINDOW_SCALE).then(|| info.scales()),
        sack: info.has(Info::SACK),
        timestamp,
        send_start: sent_next.wrapping_sub(info.written()?),
        receive_start: receive_next.wrapping_sub(info.received()),
    })
}

/// RCV.NXT, and what came before it and was not read.
fn read_receive_queue(socket: BorrowedFd<'_>) -> io::Result<(u32, Bytes)> {
    standing_still(socket, |socket| {
        let mut unread = vec![0; queued(socket, libc::FIONREAD)? as usize];
        if !unread.is_empty() {
            let length = socket_option::receive(socket, &mut unread, libc::MSG_PEEK)?;
            unread.truncate(length);
        }
        Ok(Bytes::from(unread))
    })
}

/// Reads something that belongs to one state of the receive queue: with RCV.NXT, which was the same
/// before and after.
fn standing_still<T>(
    socket: BorrowedFd<'_>,
    reading: impl Fn(BorrowedFd<'_>) -> io::Result<T>,
) -> io::Result<(u32, T)> {
    let mut before = queue_end(socket, RECEIVE_QUEUE)?;
    for _ in 0..READING_ATTEMPTS {
        let value = reading(socket)?;
        let after = read_number(socket, libc::SOL_TCP, libc::TCP_QUEUE_SEQ)?;
        if before == after {
            return Ok((after, value));
        }
        before = after;
    }
    Err(io::Error::new(
        io::ErrorKind::WouldBlock,
        "octets come faster than the connection's state can be read; try again",
    ))
}

/// SND.UNA, and what is not acknowledged from there on.
fn read_send_queue(socket: BorrowedFd<'_>, finished: bool) -> io::Result<(u32, Vec<Bytes>)> {
    // The FIN has a sequence number, but is no octet.
    let end = queue_end(socket, SEND_QUEUE)?.wrapping_sub(u32::from(finished));
    let unacknowledged = queued(socket, libc::TIOCOUTQ)?.saturating_sub(u32::from(finished));
    let mut octets = Vec::new();
    if unacknowledged > 0 {
        let mut length = unacknowledged as usize + SEND_QUEUE_SLACK;
        while length > octets.len() {
            octets.resize(length, 0);
            length = socket_option::receive(socket, &mut octets, libc::MSG_PEEK)?;
        }
        octets.truncate(length);
    }
    choose_queue(socket, RECEIVE_QUEUE)?;
    // It begins with a whole buffer of the kernel, part of which may be acknowledged; and since we
    // counted, more may be.
    let pending = Bytes::from(octets);
    let acknowledged = pending.len().saturating_sub(unacknowledged as usize);
    let pending = pending.slice(acknowledged..);
    let first = end.wrapping_sub(pending.len() as u32);
    let pending = (!pending.is_empty()).then_some(pending);
    Ok((first, pending.into_iter().collect()))
}

/// Both addresses of a connection.
fn ends(socket: BorrowedFd<'_>) -> io::Result<Ends> {
    let socket = SockRef::from(&socket);
    let (local, peer) = (socket.local_addr()?, socket.peer_addr()?);
    let not_ip = || io::Error::from(io::ErrorKind::InvalidInput);
    Ok(Ends {
        local: local.as_socket().ok_or_else(not_ip)?,
        peer: peer.as_socket().ok_or_else(not_ip)?,
    })
}

/// Does something in repair mode, and leaves it without a packet.
fn in_repair<T>(socket: BorrowedFd<'_>, reading: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    enter(socket)?;
    let value = reading();
    leave(socket, OFF_SILENTLY)?;
    value
}

fn enter(socket: BorrowedFd<'_>) -> io::Result<()> {
    set_tcp(socket, libc::TCP_REPAIR, ON).map_err(|error| {
        let what = format!("cannot repair a TCP socket (it needs CAP_NET_ADMIN): {error}");
        io::Error::new(error.kind(), what)
    })
}

fn leave(socket: BorrowedFd<'_>, how: libc::c_int) -> io::Result<()> {
    set(socket, libc::SOL_TCP, libc::TCP_REPAIR, &how.to_ne_bytes())?;
    set_number(socket, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1)
}

fn choose_queue(socket: BorrowedFd<'_>, queue: u32) -> io::Result<()> {
    set_tcp(socket, libc::TCP_REPAIR_QUEUE, queue)
}

/// The sequence number after the last octet of a queue, which stays chosen.
fn queue_end(socket: BorrowedFd<'_>, queue: u32) -> io::Result<u32> {
    choose_queue(socket, queue)?;
    read_number(socket, libc::SOL_TCP, libc::TCP_QUEUE_SEQ)
}

/// Writes all of it into the chosen queue, or sends it.
fn queue_all(socket: BorrowedFd<'_>, mut octets: &[u8]) -> io::Result<()> {
    while !octets.is_empty() {
        let taken = socket_option::send(socket, octets).map_err(|error| {
            let left = octets.len();
            let what = format!(
                "{left} octets do not fit in the socket's buffer \
                 (net.ipv4.tcp_rmem, net.core.wmem_max): {error}"
            );
            io::Error::new(error.kind(), what)
        })?;
        octets = octets.get(taken..).unwrap_or_default();
    }
    Ok(())
}

fn set_tcp(socket: BorrowedFd<'_>, name: libc::c_int, value: u32) -> io::Result<()> {
    set_number(socket, libc::SOL_TCP, name, value)
}

fn set_words(socket: BorrowedFd<'_>, name: libc::c_int, words: &[u32]) -> io::Result<()> {
    let octets: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    set(socket, libc::SOL_TCP, name, &octets)
}

fn word(octets: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&octets[at..at + 4]);
    u32::from_ne_bytes(word)
}

/// The part of struct tcp_info that is needed here, at the kernel's offsets. Its counters are 64 bits
/// wide; sequence numbers need the lower half.
struct Info([u8; 216]);

impl Info {
    /// tcpi_options.
    const TIMESTAMPS: u8 = 1;
    const SACK: u8 = 2;
    const WINDOW_SCALE: u8 = 4;

    fn read(socket: BorrowedFd<'_>) -> io::Result<Self> {
        read(socket, libc::SOL_TCP, libc::TCP_INFO).map(Info)
    }

    fn has(&self, option: u8) -> bool {
        self.0[5] & option != 0
    }

    fn scales(&self) -> Scales {
        Scales {
            send: self.0[6] & 0xf,
            receive: self.0[6] >> 4,
        }
    }

    /// Our FIN is sent or waits to be; an error if there is no connection.
    fn finished(&self) -> io::Result<bool> {
        const ESTABLISHED: u8 = 1;
        const FIN_WAIT_1: u8 = 4;
        const FIN_WAIT_2: u8 = 5;
        const CLOSE_WAIT: u8 = 8;
        const LAST_ACK: u8 = 9;
        const CLOSING: u8 = 11;
        match self.0[0] {
            ESTABLISHED | CLOSE_WAIT => Ok(false),
            FIN_WAIT_1 | FIN_WAIT_2 | LAST_ACK | CLOSING => Ok(true),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// tcpi_bytes_received: octets that came in order, and the FIN.
    fn received(&self) -> u32 {
        self.counter(128)
    }

    /// Octets ever written, and the FIN: tcpi_bytes_sent less tcpi_bytes_retrans, and
    /// tcpi_notsent_bytes, where a FIN counts as long as it waits.
    fn written(&self) -> io::Result<u32> {
        let waiting = word(&self.0, 144);
        let fin = u32::from(waiting == 0 && self.finished()?);
        let sent = self.counter(200).wrapping_sub(self.counter(208));
        Ok(sent.wrapping_add(waiting).wrapping_add(fin))
    }

    /// The lower half of a counter.
    fn counter(&self, at: usize) -> u32 {
        let mut octets = [0; 8];
        octets.copy_from_slice(&self.0[at..at + 8]);
        u64::from_ne_bytes(octets) as u32
    }
}

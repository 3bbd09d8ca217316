//! Packets from the plane to its sockets, in batches where the kernel cuts them.

use super::worker::Worker;
use super::{Duty, Watched};
use crate::shell::Marks;
use base::{Instant, MediaKind};
use media::plane::{Channel, Plane, Transmit};
use mio::net::UdpSocket;
use replication::shell::NOTE_OCTETS_MAX;
use socket2::MsgHdr;
use std::io::{ErrorKind, IoSlice};
use std::net::SocketAddr;

/// Packets that the kernel cuts out of one batch at most (UDP_MAX_SEGMENTS).
const SEGMENTS_MAX: usize = 64;
const SOL_UDP: i32 = 17;
const UDP_SEGMENT: i32 = 103;
const EIO: i32 = 5;
/// Octets of one batched send; below the 64 KiB of a datagram.
pub(super) const BATCH_OCTETS_MAX: usize = 60_000;
/// Streams in one note to the other node: each takes up to 40 octets.
const MARKS_PER_NOTE: usize = NOTE_OCTETS_MAX / 48;
/// What a takeover waits for.
pub(super) const FIRST_SENT: [(MediaKind, &str); 2] = [
    (MediaKind::Audio, "first sound sent"),
    (MediaKind::Video, "first picture sent"),
];

impl<P: Plane> Worker<P> {
    /// Sends what the plane has made until `now`.
    pub(super) fn flush(&mut self, now: Instant) {
        // A node that cannot know whether it still reigns sends nothing.
        let silent = self.duty != Duty::Serve
            || (self.supervision.as_ref()).is_some_and(|supervision| !supervision.may_send());
        let mut next = self.plane.poll_transmit();
        let mut is_told = silent;
        while let Some(first) = next.take() {
            let is_picture =
                (first.port.kind, first.port.channel) == (MediaKind::Video, Channel::Rtp);
            if is_picture && !std::mem::replace(&mut is_told, true) {
                self.tell_pictures(now);
            }
            next = match silent {
                true => self.plane.poll_transmit(),
                false => self.send_run(first),
            };
        }
        while let Some(notice) = self.refused.take().or_else(|| self.plane.poll_notice()) {
            if let Err(notice) = (self.reports.notify)(notice) {
                self.refused = Some(notice);
                break;
            }
        }
    }

    /// Tells the other node how far the streams of pictures will be in a moment, before a packet is sent:
    /// if this node dies in between, numbers are left out, not used twice. `at` is no later than the
    /// pictures were due: one that became due while these were made is not in it.
    fn tell_pictures(&self, at: Instant) {
        let Some(supervision) = self.supervision.as_ref().filter(|s| s.is_heard()) else {
            return;
        };
        let mut streams = self.plane.marks();
        streams.retain(|mark| mark.kind == MediaKind::Video);
        for streams in streams.chunks(MARKS_PER_NOTE) {
            let marks = Marks {
                at,
                is_last: false,
                streams: streams.to_vec(),
            };
            let note = postcard::to_stdvec(&marks).expect("marks can be written");
            supervision.tell(&note);
        }
    }

    /// Sends `first` and the packets after it that can share one system call: the same way, the
    /// same size but for the last (UDP segmentation offload). Gives back the one that did not fit.
    fn send_run(&mut self, first: Transmit) -> Option<Transmit> {
        let size = first.packet.len();
        let mut next = self.plane.poll_transmit();
        let mut last_size = size;
        let mut segments = 1;
        self.batch.clear();
        while let Some(more) = next.take_if(|more| {
            (more.port, more.to) == (first.port, first.to)
                && segments < SEGMENTS_MAX
                && last_size == size
                && more.packet.len() <= size
                && (segments + 1) * size <= BATCH_OCTETS_MAX
        }) {
            if segments == 1 {
                self.batch.extend_from_slice(&first.packet);
            }
            self.batch.extend_from_slice(&more.packet);
            last_size = more.packet.len();
            segments += 1;
            next = self.plane.poll_transmit();
        }
        let Some(Watched { socket, .. }) = self.sockets.get(&first.port).map(|open| &open.socket)
        else {
            return next;
        };
        let sent = match segments {
            1 => socket.send_to(&first.packet, first.to).map(|_| ()),
            _ => self.send_segments(socket, first.to, size),
        };
        if let Err(error) = sent {
            // A full buffer or an unreachable peer: media does not wait, the packet is lost.
            tracing::trace!(%error, to = %first.to, "packet not sent");
        } else if first.port.channel == Channel::Rtp && !self.unsent.is_empty() {
            let is_first = |(kind, _): &mut (MediaKind, _)| *kind == first.port.kind;
            let now = self.clock.now();
            let steps = self.unsent.extract_if(.., is_first);
            (self.progress.lock()).extend(steps.map(|(_, what)| (what, now)));
        }
        next
    }

    /// Sends the batch as packets of `size` octets, by one system call where the way allows it.
    fn send_segments(
        &self,
        socket: &UdpSocket,
        to: SocketAddr,
        size: usize,
    ) -> std::io::Result<()> {
        let (to, control) = (to.into(), segment_size(size as u16));
        let buffers = [IoSlice::new(&self.batch)];
        let message = MsgHdr::new()
            .with_addr(&to)
            .with_buffers(&buffers)
            .with_control(&control);
        match socket2::SockRef::from(socket).sendmsg(&message, 0) {
            // The interface cannot do it: a tunnel, a device without checksums.
            Err(error)
                if matches!(error.kind(), ErrorKind::InvalidInput)
                    || error.raw_os_error() == Some(EIO) =>
            {
                let send = |packet| {
                    socket2::SockRef::from(socket)
                        .send_to(packet, &to)
                        .map(|_| ())
                };
                self.batch.chunks(size).try_for_each(send)
            }
            sent => sent.map(|_| ()),
        }
    }
}

/// The control message UDP_SEGMENT (udp(7)): a cmsghdr, the size, and padding to the word.
fn segment_size(size: u16) -> Vec<u8> {
    const HEADER_OCTETS: usize = size_of::<usize>() + 2 * size_of::<i32>();
    let mut control = (HEADER_OCTETS + size_of::<u16>()).to_ne_bytes().to_vec();
    control.extend(SOL_UDP.to_ne_bytes());
    control.extend(UDP_SEGMENT.to_ne_bytes());
    control.extend(size.to_ne_bytes());
    control.resize(
        (HEADER_OCTETS + size_of::<u16>()).next_multiple_of(size_of::<usize>()),
        0,
    );
    control
}

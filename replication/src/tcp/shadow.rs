//! One connection as the tap sees it: the peer's half in full, ours by its echo.
//!
//! ```text
//!   SYN ──► Handshake ──ACK──► Established ◄── SYN-ACK (we placed it)
//!                                   ▲ ◄─────── a segment of a connection that nobody saw begin
//! ```
//! A FIN or RST only marks the shadow: what it means for the service is the log's to say.

use super::outbound::{Echo, Outbound};
use super::reassembly::{Reassembly, Refusal};
use super::segment::{SCALE_MAX, Segment};
use super::sequence::Sequence;
use super::shadows::Progress;
use super::timestamps::Reading;
use super::{Ends, Negotiated, Restoration, Scales};
use base::{ConnId, Instant};

/// How the shadow came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The tap saw the peer's SYN.
    Accepted,
    /// The tap saw the peer's SYN-ACK.
    Placed,
    /// The tap saw a later segment only, and guesses the rest.
    Inferred,
    /// The log said so.
    Told,
}

/// Why a segment is not passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Its data lies beyond what may be held for one connection.
    Full,
    /// Its data would leave one gap more than may be kept.
    Gaps,
    /// It has data beyond the end that the peer has declared.
    AfterFin,
    /// It acknowledges what was never sent.
    Acknowledgement,
    /// Its flags make no sense, or a SYN has data.
    Flags,
    /// As many connections as may be.
    Connections,
    /// As many connections that the service does not know yet as may be.
    Handshakes,
}

impl From<Refusal> for Hold {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Full => Hold::Full,
            Refusal::Gaps => Hold::Gaps,
            Refusal::AfterFin => Hold::AfterFin,
        }
    }
}

/// How the peer's direction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With a FIN.
    PeerFinished,
    /// With an RST.
    Reset,
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            End::PeerFinished => "closed by the peer",
            End::Reset => "reset by the peer",
        })
    }
}

/// What our kernel offers in every handshake; the primary tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Largest segment the path takes, octets.
    pub mss: u16,
    /// Scale of the windows that we announce, bits.
    pub scale: u8,
}

/// Largest segment to a peer that has not said what it takes (RFC 9293 §3.7.1), octets.
const MSS_DEFAULT: u16 = 536;

/// One connection.
#[derive(Debug)]
pub(super) struct Shadow {
    pub(super) ends: Ends,
    pub(super) origin: Origin,
    pub(super) born: Instant,
    /// The peer's last segment, or the beginning.
    pub(super) heard: Instant,
    /// Its name, once announced.
    pub(super) conn: Option<ConnId>,
    /// The SYN has been answered, as far as the peer's segments show.
    pub(super) established: bool,
    pub(super) input: Reassembly,
    pub(super) output: Outbound,
    reset: bool,
    /// What the handshake agreed on: guessed from the peer's half of it until announced.
    mss: Option<u16>,
    scales: Option<Scales>,
    sack: bool,
    stamped: bool,
    clock: Option<Reading>,
    /// The peer had sent nothing beyond this offset when it was first seen in full.
    seen_from: Option<u64>,
    covered: bool,
}

impl Shadow {
    /// The shadow that a segment of an unknown connection begins; it has not been taken in yet,
    /// except for a SYN.
    pub(super) fn begin(now: Instant, segment: &Segment<'_>) -> Self {
        let origin = match (segment.syn, segment.acknowledgement) {
            (true, None) => Origin::Accepted,
            (true, Some(_)) => Origin::Placed,
            (false, _) => Origin::Inferred,
        };
        let receive_start = segment.sequence + u64::from(segment.syn);
        let send_start = segment.acknowledgement.unwrap_or_default();
        let mut shadow = Shadow {
            ends: segment.ends,
            origin,
            born: now,
            heard: now,
            conn: None,
            established: segment.acknowledgement.is_some(),
            input: Reassembly::new(receive_start, 0),
            output: Outbound::new(send_start),
            reset: false,
            mss: segment.mss,
            scales: segment.scale.map(|send| Scales { send, receive: 0 }),
            sack: segment.sack_permitted,
            stamped: segment.timestamps.is_some(),
            clock: None,
            seen_from: segment.syn.then_some(0),
            covered: segment.syn,
        };
        if segment.syn {
            shadow.output.open(segment.window, segment.sequence);
        }
        if origin == Origin::Placed {
            shadow.hear_timestamp(now, segment);
        }
        if origin == Origin::Inferred {
            // Unknown scale: the largest, so that no honest acknowledgement is refused.
            shadow.output.set_window(
                u32::from(segment.window) << SCALE_MAX,
                SCALE_MAX,
                segment.sequence,
            );
        }
        shadow
    }

    /// The shadow of a connection that the tap has not seen yet.
    pub(super) fn told(now: Instant, ends: Ends, negotiated: &Negotiated) -> Self {
        let mut shadow = Shadow {
            ends,
            origin: Origin::Told,
            born: now,
            heard: now,
            conn: None,
            established: true,
            input: Reassembly::new(Sequence(negotiated.receive_start), 0),
            output: Outbound::new(Sequence(negotiated.send_start)),
            reset: false,
            mss: None,
            scales: None,
            sack: false,
            stamped: false,
            clock: None,
            seen_from: None,
            covered: false,
        };
        shadow.agree(now, negotiated);
        // The widest window: whatever it acknowledges first may be right.
        let scale = negotiated.scales.map_or(0, |scales| scales.send);
        shadow.output.set_window(
            u32::from(u16::MAX) << scale.min(SCALE_MAX),
            scale,
            Sequence(negotiated.receive_start) - 1,
        );
        shadow
    }

    /// The shadow of a connection that another node has used.
    pub(super) fn adopted(now: Instant, restoration: &Restoration, progress: Progress) -> Self {
        let negotiated = &restoration.negotiated;
        let mut shadow = Shadow::told(now, restoration.ends, negotiated);
        shadow.input = Reassembly::new(Sequence(negotiated.receive_start), progress.consumed);
        if progress.peer_finished {
            let fin = shadow
                .input
                .offset_of(Sequence(restoration.receive_next) - 1);
            // Nothing is held yet, so nothing contradicts it.
            let _ = shadow.input.finish(fin, usize::MAX >> 1);
        }
        shadow.output = Outbound::resume(
            Sequence(restoration.send_unacknowledged),
            progress.written,
            &restoration.pending,
        );
        shadow.output.set_window(
            restoration.send_window,
            shadow.send_scale(),
            Sequence(restoration.window_update),
        );
        if restoration.finished {
            shadow.output.finish();
        }
        shadow
    }

    /// The log names it and says what its handshake agreed on. False if this is about another
    /// connection between the same ends.
    #[must_use]
    pub(super) fn announce(&mut self, now: Instant, conn: ConnId, negotiated: &Negotiated) -> bool {
        /// What a guess of the beginning may be wrong by, octets: less than any wrap.
        const GUESS_ERROR_MAX: u32 = 1 << 24;
        let receive_start = Sequence(negotiated.receive_start);
        let error = self.input.start().since(receive_start);
        if error != 0 {
            if self.origin != Origin::Inferred || error.unsigned_abs() > GUESS_ERROR_MAX {
                return false;
            }
            self.input.rebase(receive_start);
            self.seen_from = self
                .seen_from
                .and_then(|from| from.checked_add_signed(i64::from(error)));
            self.covered = false;
        }
        if self.established {
            self.output.rebase(Sequence(negotiated.send_start));
        } else {
            // The service knows of it before the tap: the ACK of the handshake went another way.
            let syn = self.input.start() - 1;
            let window = self.output.window(0) as u16;
            self.output = Outbound::new(Sequence(negotiated.send_start));
            self.output.open(window, syn);
            self.established = true;
        }
        self.conn = Some(conn);
        self.agree(now, negotiated);
        self.update_coverage();
        true
    }

    /// Takes a segment in; an error if it must not be passed on: its data and what it says are not kept.
    pub(super) fn take_in(
        &mut self,
        now: Instant,
        segment: &Segment<'_>,
        bound: usize,
    ) -> Result<(), Hold> {
        self.heard = now;
        if segment.rst {
            // RFC 5961 §3.2: any other one is the kernel's to challenge.
            self.reset |= segment.sequence == self.input.next();
            return Ok(());
        }
        let Some(acknowledgement) = segment.acknowledgement else {
            return Err(Hold::Flags);
        };
        let offset = self.input.offset_of(segment.sequence);
        let size = segment.payload.len() as i64;
        if !self.established && offset < 0 && offset + size <= 0 {
            // Of an older connection: the kernel answers it.
            return Ok(());
        }
        if !self.established {
            // Only the kernel knows whether this ACK answers its SYN-ACK; a wrong one is answered
            // with an RST, and what it left here is replaced or expires.
            let window = self.output.window(0) as u16;
            self.output = Outbound::new(acknowledgement);
            self.output.open(window, self.input.start() - 1);
            self.established = true;
        }
        if !self.output.plausible(acknowledgement) {
            return if segment.payload.is_empty() && !segment.fin {
                Ok(())
            } else {
                Err(Hold::Acknowledgement)
            };
        }
        self.input.store(offset, segment.payload, bound)?;
        if segment.fin {
            self.input.finish(offset + size, bound)?;
        }
        if size == 0 && !segment.fin && self.seen_from.is_none() {
            // Without data it carries the next number to be sent; a keep-alive carries the one before.
            self.seen_from = u64::try_from(offset - i64::from(self.input.finished()))
                .ok()
                .filter(|&offset| offset >= self.input.received());
        }
        self.update_coverage();
        self.output.hear(&Echo {
            sequence: segment.sequence,
            acknowledgement,
            window: segment.window,
            scale: Some(self.send_scale()),
        });
        self.hear_timestamp(now, segment);
        Ok(())
    }

    /// Octets that the log carries, at a stream offset.
    pub(super) fn insert(&mut self, offset: u64, bytes: &[u8]) {
        if let Ok(offset) = i64::try_from(offset) {
            self.input.insert(offset, bytes);
            self.update_coverage();
        }
    }

    /// From what was taken on, every octet is here or will come by the tap.
    pub(super) fn covered(&self) -> bool {
        self.covered
    }

    /// It is over for the kernels: its ends may be used again.
    pub(super) fn over(&self) -> bool {
        self.reset || (self.output.finished() && self.input.finished())
    }

    /// Nobody will ask for it any more: both sides have closed, and know it of each other.
    pub(super) fn settled(&self) -> bool {
        self.output.finished()
            && (self.reset || (self.output.over() && self.input.finished()))
            && self.input.taken() == self.input.received()
    }

    pub(super) fn reset(&self) -> bool {
        self.reset
    }

    /// How the peer's direction ended, once everything before the end has been taken.
    pub(super) fn ended(&self) -> Option<End> {
        if self.input.taken() != self.input.received() {
            None
        } else if self.input.finished() {
            Some(End::PeerFinished)
        } else {
            self.reset.then_some(End::Reset)
        }
    }

    /// What is agreed, as far as the peer's half of the handshake says.
    pub(super) fn negotiated(&self, now: Instant, offer: Offer) -> Negotiated {
        let guess = self.origin == Origin::Inferred;
        Negotiated {
            mss: self.mss.unwrap_or(MSS_DEFAULT).min(offer.mss),
            // An inferred one may have agreed on scales. Taking the peer's for 0 and using ours at
            // worst makes both windows look small.
            scales: if guess {
                Some(Scales {
                    send: 0,
                    receive: offer.scale,
                })
            } else {
                self.scales.map(|scales| Scales {
                    receive: offer.scale,
                    ..scales
                })
            },
            sack: self.sack,
            timestamp: self.timestamp(now),
            send_start: self.output.start().0,
            receive_start: self.input.start().0,
        }
    }

    /// What another kernel needs; None if there is nothing left to go on with.
    pub(super) fn restoration(&self, now: Instant) -> Option<Restoration> {
        if self.reset || (self.output.over() && self.input.finished()) {
            return None;
        }
        Some(Restoration {
            ends: self.ends,
            negotiated: Negotiated {
                mss: self.mss.unwrap_or(MSS_DEFAULT),
                scales: self.scales,
                sack: self.sack,
                timestamp: self.timestamp(now),
                send_start: self.output.start().0,
                receive_start: self.input.start().0,
            },
            receive_next: self.input.next().0,
            send_unacknowledged: self.output.unacknowledged().0,
            pending: self.output.pending(),
            send_window: self.output.window(self.send_scale()),
            window_update: self.output.updated_by().0,
            finished: self.output.finished(),
        })
    }

    fn agree(&mut self, now: Instant, negotiated: &Negotiated) {
        self.mss = Some(negotiated.mss);
        self.scales = negotiated.scales;
        self.sack = negotiated.sack;
        self.stamped = negotiated.timestamp.is_some();
        if let Some(value) = negotiated.timestamp {
            self.clock = Some(Reading::better(self.clock, value, now));
        }
    }

    /// Scale of the windows that the peer announces, bits.
    fn send_scale(&self) -> u8 {
        match self.scales {
            Some(scales) => scales.send,
            None if self.conn.is_none() && self.origin == Origin::Inferred => SCALE_MAX,
            None => 0,
        }
    }

    fn timestamp(&self, now: Instant) -> Option<u32> {
        self.clock
            .filter(|_| self.stamped)
            .map(|clock| clock.restored(now))
    }

    fn hear_timestamp(&mut self, now: Instant, segment: &Segment<'_>) {
        if let Some(stamps) = segment.timestamps {
            self.clock = Some(Reading::better(self.clock, stamps.echo, now));
        }
    }

    fn update_coverage(&mut self) {
        self.covered |= self
            .seen_from
            .is_some_and(|from| self.input.received() >= from);
    }

    /// Octets of data held, both ways.
    pub(super) fn held(&self) -> usize {
        self.input.held() + self.output.held()
    }

    /// Octets of memory beside the shadow itself.
    #[cfg(test)]
    pub(super) fn allocated(&self) -> usize {
        self.input.allocated() + self.output.allocated()
    }
}

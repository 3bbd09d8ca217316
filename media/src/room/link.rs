//! One RTP session with a participant, whatever it carries: addresses both ways, the outgoing
//! stream's numbers, and RTCP.

use super::limits::REPORT_INTERVAL;
use super::source::{Accepted, Source};
use crate::plane::{STALLED_AFTER, StreamStart};
use crate::rtp::rtcp::{self, Compound, Item, ReportBlock};
use crate::rtp::telephone_event::TelephoneEvent;
use crate::rtp::{Header, Sender, sender};
use base::format::VIDEO_CLOCK_HZ;
use base::{Instant, MediaKind, Rng, VideoCodec};
use bytes::Bytes;
use std::net::SocketAddr;
use std::time::Duration;

/// The lowest dynamic payload type (RFC 3551 §6).
const DYNAMIC_PAYLOAD_TYPE_MIN: u8 = 96;
/// RTP clock of the audio codecs.
const AUDIO_CLOCK_HZ: u32 = 8000;

/// One of a participant's two sessions.
pub struct Link {
    kind: MediaKind,
    /// Stands in reports while nothing is sent.
    silent_ssrc: u32,
    cname: String,
    incoming: Option<Incoming>,
    outgoing: Option<Outgoing>,
    /// Where its RTCP really comes from.
    control: Option<SocketAddr>,
    report_at: Option<Instant>,
    round_trip: Option<Duration>,
    reported: Reported,
}

/// What the other side has said of our packets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reported {
    /// Reports.
    pub reports: u64,
    /// The largest number of packets missing there that one of them names (RFC 3550 §6.4.1).
    pub lost_max: i32,
}

struct Incoming {
    payload_type: u8,
    rtcp: Option<SocketAddr>,
    source: Source,
    heard_at: Instant,
    is_stalled: bool,
}

struct Outgoing {
    opened_at: Instant,
    sender: Sender,
    rtp: SocketAddr,
    rtcp: Option<SocketAddr>,
}

/// A change in whether packets come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Nothing for [`STALLED_AFTER`].
    Stalled,
    /// Packets again.
    Resumed,
}

impl Link {
    /// A session in which neither side sends.
    pub fn new(kind: MediaKind, silent_ssrc: u32, cname: String) -> Self {
        Link {
            kind,
            silent_ssrc,
            cname,
            incoming: None,
            outgoing: None,
            control: None,
            report_at: None,
            round_trip: None,
            reported: Reported::default(),
        }
    }

    fn clock_hz(&self) -> u32 {
        match self.kind {
            MediaKind::Audio => AUDIO_CLOCK_HZ,
            MediaKind::Video => VIDEO_CLOCK_HZ,
        }
    }

    /// Packets of `payload_type` are expected. A source that is latched to already stays.
    pub fn open_receive(&mut self, now: Instant, payload_type: u8, rtcp: Option<SocketAddr>) {
        let source = match self.incoming.take() {
            Some(before) if before.payload_type == payload_type => before.source,
            _ => Source::new(self.clock_hz()),
        };
        self.incoming = Some(Incoming {
            payload_type,
            rtcp,
            source,
            heard_at: now,
            is_stalled: false,
        });
    }

    /// Nothing is expected any more.
    pub fn close_receive(&mut self) {
        self.incoming = None;
    }

    /// A stream begins.
    pub fn open_transmit(
        &mut self,
        now: Instant,
        payload_type: u8,
        rtp: SocketAddr,
        rtcp: Option<SocketAddr>,
        start: StreamStart,
    ) {
        self.outgoing = Some(Outgoing {
            opened_at: now,
            sender: Sender::new(start, self.clock_hz(), payload_type),
            rtp,
            rtcp,
        });
    }

    /// The stream ends; the packet says so to the other side.
    pub fn close_transmit(&mut self, now: Instant) -> Option<(SocketAddr, Bytes)> {
        let to = self.control_destination();
        let compound = self.compound(now);
        let outgoing = self.outgoing.take()?;
        let packet = compound.goodbye(outgoing.sender.ssrc).into_octets();
        Some((to?, packet.into()))
    }

    /// The outgoing stream's numbers.
    pub fn sender(&self) -> Option<&Sender> {
        self.outgoing.as_ref().map(|outgoing| &outgoing.sender)
    }

    /// When the outgoing stream began.
    pub fn opened_at(&self) -> Option<Instant> {
        self.outgoing.as_ref().map(|outgoing| outgoing.opened_at)
    }

    /// The same, to make packets or to continue a stream.
    pub fn sender_mut(&mut self) -> Option<&mut Sender> {
        self.outgoing.as_mut().map(|outgoing| &mut outgoing.sender)
    }

    /// Where packets go: where signalling said, unless an address translator shows another host. Nobody
    /// sends from a group, so that is none.
    pub fn destination(&self) -> Option<SocketAddr> {
        let signalled = self.outgoing.as_ref()?.rtp;
        let real = self.incoming.as_ref().and_then(|i| i.source.address());
        Some(match real {
            Some(real) if real.ip() != signalled.ip() && !signalled.ip().is_multicast() => real,
            _ => signalled,
        })
    }

    fn control_destination(&self) -> Option<SocketAddr> {
        let outgoing = self.outgoing.as_ref().and_then(|o| o.rtcp);
        let incoming = self.incoming.as_ref().and_then(|i| i.rtcp);
        self.control.or(outgoing).or(incoming)
    }

    /// Judges an RTP packet; also says if packets come again.
    pub fn accept<'a>(
        &mut self,
        now: Instant,
        from: SocketAddr,
        packet: &'a [u8],
    ) -> Option<(Accepted<'a>, Option<Flow>)> {
        let kind = self.kind;
        let incoming = self.incoming.as_mut()?;
        let expected = incoming.payload_type;
        let accepted = incoming
            .source
            .accept(now, from, packet, |header, payload| {
                header.payload_type == expected
                    || kind == MediaKind::Audio && is_telephone_event(header, payload)
            })?;
        incoming.heard_at = now;
        let resumed = std::mem::take(&mut incoming.is_stalled).then_some(Flow::Resumed);
        Some((accepted, resumed))
    }

    /// Whether `header` is of the negotiated payload type.
    pub fn is_media(&self, header: &Header) -> bool {
        (self.incoming.as_ref()).is_some_and(|i| i.payload_type == header.payload_type)
    }

    /// Another node was served until `now`. If no packet came here they went there.
    pub fn settle(&mut self, now: Instant) {
        if let Some(incoming) = &mut self.incoming {
            if incoming.source.receiver().is_none() {
                incoming.heard_at = now;
            }
            // It has been told there.
            incoming.is_stalled = now.since(incoming.heard_at) >= STALLED_AFTER;
        }
    }

    /// When the last packet came here.
    pub fn last_packet_at(&self) -> Option<Instant> {
        let incoming = self.incoming.as_ref()?;
        incoming.source.receiver().map(|_| incoming.heard_at)
    }

    /// Notices that packets have ceased to come.
    pub fn check_flow(&mut self, now: Instant) -> Option<Flow> {
        let incoming = self.incoming.as_mut()?;
        let stalls = !incoming.is_stalled && now.since(incoming.heard_at) >= STALLED_AFTER;
        incoming.is_stalled |= stalls;
        stalls.then_some(Flow::Stalled)
    }

    /// Whether an open stream gives nothing.
    pub fn is_stalled(&self) -> bool {
        self.incoming.as_ref().is_some_and(|i| i.is_stalled)
    }

    /// What has come.
    pub fn source(&self) -> Option<&Source> {
        self.incoming.as_ref().map(|incoming| &incoming.source)
    }

    /// Time to the other side and back, once its reports have told it.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// What the other side's reports say.
    pub fn reported(&self) -> Reported {
        self.reported
    }

    /// Takes an RTCP packet; true if the other side asks for an intra picture.
    pub fn take_control(&mut self, now: Instant, from: SocketAddr, packet: &[u8]) -> bool {
        // Only the hosts that the session is known to be with.
        let rtp = (self.incoming.as_ref()).and_then(|incoming| incoming.source.address());
        let rtcp = (self.incoming.as_ref()).and_then(|incoming| incoming.rtcp);
        let signalled = self.outgoing.as_ref().map(|outgoing| outgoing.rtp);
        let known = [rtp, rtcp, signalled].into_iter().flatten();
        if !{ known }.any(|known| known.ip() == from.ip()) {
            return false;
        }
        let Ok(items) = rtcp::parse(packet) else {
            return false;
        };
        // Behind an address translator reports come from a port nobody signalled.
        if rtp.is_some_and(|rtp| rtp.ip() == from.ip()) {
            self.control = Some(from);
        }
        let mut wants_intra = false;
        for item in items {
            match item {
                Item::SenderReport { ssrc, info, blocks } => {
                    if let Some(incoming) = &mut self.incoming
                        && let Some(receiver) = incoming.source.receiver_mut()
                        && receiver.ssrc() == ssrc
                    {
                        receiver.take_sender_report(now, &info);
                    }
                    self.take_blocks(now, &blocks);
                }
                Item::ReceiverReport { blocks, .. } => self.take_blocks(now, &blocks),
                Item::IntraRequest => wants_intra = true,
                // Nothing is kept to send again, and an intra picture for each loss costs more
                // than the loss: who needs one asks for it.
                Item::Nack | Item::Goodbye(_) => {}
            }
        }
        wants_intra
    }

    fn take_blocks(&mut self, now: Instant, blocks: &[ReportBlock]) {
        let Some(ours) = self.sender().map(|sender| sender.ssrc) else {
            return;
        };
        let Some(block) = blocks.iter().find(|block| block.ssrc == ours) else {
            return;
        };
        self.reported.reports += 1;
        self.reported.lost_max = self.reported.lost_max.max(block.lost);
        if block.last_sender_report != 0 {
            // RFC 3550 §6.4.1: arrival less last report less the delay there, in 65,536ths.
            let arrival = (sender::ntp(now) >> 16) as u32;
            let units = arrival
                .wrapping_sub(block.last_sender_report)
                .wrapping_sub(block.delay_since_sender_report);
            // A clock that runs a little fast there makes it negative.
            let nanos = u64::from((units as i32).max(0) as u32) * 1_000_000_000 / 65_536;
            self.round_trip = Some(Duration::from_nanos(nanos));
        }
    }

    /// The report that is due, if one is.
    pub fn report(&mut self, now: Instant, rng: &mut Rng) -> Option<(SocketAddr, Bytes)> {
        let to = self.control_destination()?;
        let Some(report_at) = self.report_at else {
            // RFC 3550 §6.2: half the interval before the first one.
            self.report_at = Some(now + randomized(REPORT_INTERVAL / 2, rng));
            return None;
        };
        if now < report_at || self.incoming.is_none() && self.outgoing.is_none() {
            return None;
        }
        self.report_at = Some(now + randomized(REPORT_INTERVAL, rng));
        Some((to, self.compound(now).into_octets().into()))
    }

    /// A packet that asks the other side for an intra picture.
    pub fn intra_request(
        &mut self,
        now: Instant,
        codec: VideoCodec,
    ) -> Option<(SocketAddr, Bytes)> {
        let to = self.control_destination()?;
        let media = self.source()?.receiver()?.ssrc();
        let ours = self.ssrc();
        let compound = self.compound(now);
        let compound = match codec {
            VideoCodec::H261 => compound.full_intra_h261(media),
            VideoCodec::H264 => compound.picture_loss(ours, media),
        };
        Some((to, compound.into_octets().into()))
    }

    fn ssrc(&self) -> u32 {
        self.sender().map_or(self.silent_ssrc, |sender| sender.ssrc)
    }

    fn compound(&mut self, now: Instant) -> Compound {
        let sent = (self.sender())
            .filter(|sender| sender.packets > 0)
            .map(|sender| sender.report(now));
        let ssrc = self.ssrc();
        let receiver = (self.incoming.as_mut()).and_then(|i| i.source.receiver_mut());
        let block = receiver.map(|receiver| receiver.report(now));
        Compound::new(ssrc, sent.as_ref(), block.as_slice(), &self.cname)
    }
}

/// RFC 4733: the payload type is dynamic and not told to us; four octets in a sound stream are
/// nothing else.
fn is_telephone_event(header: &Header, payload: &[u8]) -> bool {
    header.payload_type >= DYNAMIC_PAYLOAD_TYPE_MIN && TelephoneEvent::parse(payload).is_some()
}

/// RFC 3550 §6.3.1: between half and one and a half times the interval, less what reconsideration
/// would make up for (e - 3/2).
fn randomized(interval: Duration, rng: &mut Rng) -> Duration {
    interval.mul_f64((0.5 + rng.below(1000) as f64 / 1000.0) / 1.218_28)
}

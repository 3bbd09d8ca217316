//! RTCP: sender and receiver reports, source description, BYE (RFC 3550 §6.4–6.6), feedback (RFC
//! 4585, RFC 5104) and the packets that H.261 endpoints ask for intra pictures with (RFC 2032 §5.2).

use super::packet::VERSION;

const FULL_INTRA_H261: u8 = 192;
const NACK_H261: u8 = 193;
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
/// The last type of the range RFC 3550 and its extensions use.
const LAST_TYPE: u8 = 207;

/// Feedback message types (RFC 4585 §6.2.1, §6.3.1; RFC 5104 §4.3.1).
const GENERIC_NACK: u8 = 1;
const PICTURE_LOSS: u8 = 1;
const FULL_INTRA: u8 = 4;
/// CNAME item of a source description (RFC 3550 §6.5.1).
const CNAME: u8 = 1;

/// What a sender report says of its own stream (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderInfo {
    /// Seconds and 2^-32 seconds.
    pub ntp: u64,
    /// The same moment on the stream's RTP clock.
    pub timestamp: u32,
    /// Packets sent.
    pub packets: u32,
    /// Octets of payload sent.
    pub octets: u32,
}

impl SenderInfo {
    /// The middle 32 bits of the time, which receivers echo.
    pub fn middle_of_ntp(&self) -> u32 {
        (self.ntp >> 16) as u32
    }
}

/// What a receiver says of one stream (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportBlock {
    /// The stream.
    pub ssrc: u32,
    /// Lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// Lost since the beginning, 24 bits signed.
    pub lost: i32,
    /// Highest sequence number with its wraps.
    pub highest_sequence: u32,
    /// Interarrival jitter in ticks.
    pub jitter: u32,
    /// Middle of the last sender report's time, zero if none came.
    pub last_sender_report: u32,
    /// Time since then in 65,536ths of a second.
    pub delay_since_sender_report: u32,
}

const BLOCK_OCTETS: usize = 24;
/// Blocks that fit the five-bit count.
const BLOCKS_MAX: usize = 31;

/// One packet of a compound packet, as far as we act on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// SR.
    SenderReport {
        /// Of the sender.
        ssrc: u32,
        /// Its stream.
        info: SenderInfo,
        /// What it receives.
        blocks: Vec<ReportBlock>,
    },
    /// RR.
    ReceiverReport {
        /// Of the receiver.
        ssrc: u32,
        /// What it receives.
        blocks: Vec<ReportBlock>,
    },
    /// BYE of one source.
    Goodbye(u32),
    /// The receiver wants an intra picture: PLI, FIR or the H.261 FIR.
    IntraRequest,
    /// The receiver lacks packets: generic or H.261 NACK.
    Nack,
}

/// Why octets are no compound packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// Reads a compound packet after the validation of RFC 3550 §A.2. Feedback alone, without a report
/// before it, is taken too (RFC 5506); types without a meaning for us are stepped over.
pub fn parse(packet: &[u8]) -> Result<Vec<Item>, Malformed> {
    // First every header, so that noise costs little and half a packet is never believed.
    let mut rest = packet;
    while !rest.is_empty() {
        let (header, body) = rest.split_first_chunk::<4>().ok_or(Malformed)?;
        if header[0] >> 6 != VERSION || !(FULL_INTRA_H261..=LAST_TYPE).contains(&header[1]) {
            return Err(Malformed);
        }
        rest = body.get(body_octets(header)..).ok_or(Malformed)?;
    }
    let mut items = Vec::new();
    let mut rest = packet;
    while let Some((header, body)) = rest.split_first_chunk::<4>() {
        let (body, after) = body.split_at(body_octets(header));
        rest = after;
        // An item that breaks its own rules is left out: the others still stand.
        items.extend(item(header[0] & 0x1f, header[1], body));
    }
    Ok(items)
}

fn body_octets(header: &[u8; 4]) -> usize {
    usize::from(u16::from_be_bytes([header[2], header[3]])) * 4
}

fn item(count: u8, kind: u8, body: &[u8]) -> Option<Item> {
    let word = |at: usize| -> Option<u32> {
        let octets = body.get(at * 4..at * 4 + 4)?;
        Some(u32::from_be_bytes(octets.try_into().ok()?))
    };
    match kind {
        SENDER_REPORT => Some(Item::SenderReport {
            ssrc: word(0)?,
            info: SenderInfo {
                ntp: u64::from(word(1)?) << 32 | u64::from(word(2)?),
                timestamp: word(3)?,
                packets: word(4)?,
                octets: word(5)?,
            },
            blocks: blocks(count, body.get(24..)?)?,
        }),
        RECEIVER_REPORT => Some(Item::ReceiverReport {
            ssrc: word(0)?,
            blocks: blocks(count, body.get(4..)?)?,
        }),
        GOODBYE if count > 0 => Some(Item::Goodbye(word(0)?)),
        FULL_INTRA_H261 => Some(Item::IntraRequest),
        NACK_H261 => Some(Item::Nack),
        PAYLOAD_FEEDBACK if matches!(count, PICTURE_LOSS | FULL_INTRA) => Some(Item::IntraRequest),
        TRANSPORT_FEEDBACK if count == GENERIC_NACK => Some(Item::Nack),
        _ => None,
    }
}

fn blocks(count: u8, octets: &[u8]) -> Option<Vec<ReportBlock>> {
    let octets = octets.get(..usize::from(count) * BLOCK_OCTETS)?;
    Some(octets.chunks_exact(BLOCK_OCTETS).map(block).collect())
}

fn block(octets: &[u8]) -> ReportBlock {
    let word = |at: usize| {
        let at = at * 4;
        u32::from_be_bytes([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]])
    };
    ReportBlock {
        ssrc: word(0),
        fraction_lost: octets[4],
        lost: ((word(1) << 8) as i32) >> 8,
        highest_sequence: word(2),
        jitter: word(3),
        last_sender_report: word(4),
        delay_since_sender_report: word(5),
    }
}

/// A compound packet in the making. It starts with a report and a CNAME, as RFC 3550 §6.1 wants.
#[derive(Debug, Clone)]
pub struct Compound(Vec<u8>);

impl Compound {
    /// Report and source description of `ssrc`; a sender report if it has `sent` anything.
    pub fn new(ssrc: u32, sent: Option<&SenderInfo>, blocks: &[ReportBlock], cname: &str) -> Self {
        let blocks = &blocks[..blocks.len().min(BLOCKS_MAX)];
        let mut compound = Compound(Vec::with_capacity(128));
        let kind = sent.map_or(RECEIVER_REPORT, |_| SENDER_REPORT);
        compound.packet(blocks.len() as u8, kind, |body| {
            body.extend_from_slice(&ssrc.to_be_bytes());
            if let Some(info) = sent {
                body.extend_from_slice(&info.ntp.to_be_bytes());
                for word in [info.timestamp, info.packets, info.octets] {
                    body.extend_from_slice(&word.to_be_bytes());
                }
            }
            for block in blocks {
                let lost = block.lost as u32 & 0x00ff_ffff;
                for word in [
                    block.ssrc,
                    u32::from(block.fraction_lost) << 24 | lost,
                    block.highest_sequence,
                    block.jitter,
                    block.last_sender_report,
                    block.delay_since_sender_report,
                ] {
                    body.extend_from_slice(&word.to_be_bytes());
                }
            }
        });
        let cname = &cname.as_bytes()[..cname.len().min(255)];
        compound.packet(1, SOURCE_DESCRIPTION, |body| {
            body.extend_from_slice(&ssrc.to_be_bytes());
            body.extend_from_slice(&[CNAME, cname.len() as u8]);
            body.extend_from_slice(cname);
            // RFC 3550 §6.5: at least one zero ends the list, and zeros fill the word.
            body.push(0);
        });
        compound
    }

    /// The stream ends (RFC 3550 §6.6).
    pub fn goodbye(mut self, ssrc: u32) -> Self {
        self.packet(1, GOODBYE, |body| {
            body.extend_from_slice(&ssrc.to_be_bytes());
        });
        self
    }

    /// Asks the sender of `media` for an intra picture with a picture loss indication.
    pub fn picture_loss(mut self, ssrc: u32, media: u32) -> Self {
        self.packet(PICTURE_LOSS, PAYLOAD_FEEDBACK, |body| {
            body.extend_from_slice(&ssrc.to_be_bytes());
            body.extend_from_slice(&media.to_be_bytes());
        });
        self
    }

    /// Asks the sender of `media` for an intra picture as H.261 endpoints know it (RFC 2032
    /// §5.2.1).
    pub fn full_intra_h261(mut self, media: u32) -> Self {
        self.packet(0, FULL_INTRA_H261, |body| {
            body.extend_from_slice(&media.to_be_bytes());
        });
        self
    }

    /// The octets to send.
    pub fn into_octets(self) -> Vec<u8> {
        self.0
    }

    fn packet(&mut self, count: u8, kind: u8, fill: impl FnOnce(&mut Vec<u8>)) {
        let start = self.0.len();
        self.0
            .extend_from_slice(&[VERSION << 6 | count, kind, 0, 0]);
        fill(&mut self.0);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        let words = ((self.0.len() - start) / 4 - 1) as u16;
        self.0[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: SenderInfo = SenderInfo {
        ntp: 0x0102_0304_0506_0708,
        timestamp: 9,
        packets: 10,
        octets: 11,
    };
    const BLOCK: ReportBlock = ReportBlock {
        ssrc: 21,
        fraction_lost: 22,
        lost: -3,
        highest_sequence: 24,
        jitter: 25,
        last_sender_report: 26,
        delay_since_sender_report: 27,
    };

    #[test]
    fn reports_survive_the_wire() {
        let octets = Compound::new(1, Some(&INFO), &[BLOCK], "room@mcu").into_octets();
        assert_eq!(octets[..4], [0x81, 200, 0, 12]);
        let report = Item::SenderReport {
            ssrc: 1,
            info: INFO,
            blocks: vec![BLOCK],
        };
        assert_eq!(parse(&octets), Ok(vec![report]));
        let octets = Compound::new(1, None, &[BLOCK; 40], "x").into_octets();
        let items = parse(&octets).unwrap();
        let [Item::ReceiverReport { blocks, .. }] = items.as_slice() else {
            panic!("a receiver report, not {items:?}");
        };
        assert_eq!(blocks.len(), BLOCKS_MAX);
    }

    #[test]
    fn feedback_is_read_and_written() {
        let octets = Compound::new(1, None, &[], "x")
            .picture_loss(1, 2)
            .full_intra_h261(2)
            .goodbye(1)
            .into_octets();
        let items = parse(&octets).unwrap();
        assert_eq!(
            items[1..],
            [Item::IntraRequest, Item::IntraRequest, Item::Goodbye(1)]
        );
        // FIR of RFC 5104 and a generic NACK, alone.
        let mut alone = vec![0x84, 206, 0, 4];
        alone.extend_from_slice(&[0; 16]);
        alone.extend_from_slice(&[0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 9, 0, 0]);
        assert_eq!(parse(&alone), Ok(vec![Item::IntraRequest, Item::Nack]));
    }

    #[test]
    fn unknown_types_are_stepped_over_and_broken_ones_refused() {
        let app = [0x80, 204, 0, 2, 0, 0, 0, 1, b'n', b'a', b'm', b'e'];
        assert_eq!(parse(&app), Ok(vec![]));
        assert_eq!(parse(&app[..11]), Err(Malformed));
        assert_eq!(parse(&[0x80, 0, 0, 0]), Err(Malformed));
        assert_eq!(parse(&[0x40, 200, 0, 0]), Err(Malformed));
        // A report that claims more blocks than it holds says nothing.
        assert_eq!(parse(&[0x9f, 201, 0, 1, 0, 0, 0, 1]), Ok(vec![]));
    }

    #[test]
    fn octets_at_random_never_panic() {
        let mut rng = base::Rng::new(1);
        let good = Compound::new(1, Some(&INFO), &[BLOCK], "x")
            .goodbye(1)
            .into_octets();
        for _ in 0..20_000 {
            let mut octets = good.clone();
            let at = rng.below(octets.len() as u64) as usize;
            octets[at] = rng.next_u32() as u8;
            octets.truncate(rng.below(octets.len() as u64 + 1) as usize);
            let _ = parse(&octets);
        }
    }
}

//! From pictures to RTP payloads.

mod macroblock;

use super::bits::BitWriter;
use super::block::{Block, Quantiser};
use super::macroblock::{
    GOB_COLUMNS, GOB_ROWS, MACROBLOCKS_MAX, MACROBLOCKS_PER_GOB, Vector, gob_numbers,
};
use super::rate::Rate;
use super::{START_BITS, START_CODE};
use crate::Picture;
use crate::codec::{EncodedPicture, VideoEncoder};
use crate::rtp::payload::h261::{Cut, HEADER_OCTETS, Resume, split};
use base::{Bitrate, PictureSize};

/// Octets of payload that fit any usual path with the headers of RTP, UDP and IP.
pub const PAYLOAD_OCTETS_DEFAULT: usize = 1200;
/// Bits of the largest macroblock: MBA, MTYPE, MQUANT, two MVD, CBP and six blocks of escapes.
const MACROBLOCK_BITS_MAX: usize = 11 + 10 + 5 + 22 + 9 + 6 * (64 * 20 + 2);
/// Bits of the headers of a picture and a group, which precede a macroblock in one payload.
const HEADERS_BITS: usize = 32 + 26;
/// Any macroblock fits in a payload of so many octets.
pub const PAYLOAD_OCTETS_MIN: usize =
    HEADER_OCTETS + (HEADERS_BITS + MACROBLOCK_BITS_MAX).div_ceil(8) + 1;
/// Bits of an INTRA macroblock of six DC levels, the least an INTRA picture needs for each.
const MACROBLOCK_BITS_DC: usize = 11 + 7 + 5 + 6 * 10;
/// §5.2: bits of one picture at most.
const CIF_BITS_MAX: usize = 256 * 1024;
const QCIF_BITS_MAX: usize = 64 * 1024;
/// 90 kHz ticks of one step of the temporal reference, 1001/30000 s.
const TEMPORAL_REFERENCE_TICKS: f64 = 3003.0;

/// An H.261 encoder for pictures of one size.
pub struct H261Encoder {
    size: PictureSize,
    payload_max: usize,
    picture_bits_max: usize,
    rate: Rate,
    /// By quantiser, 1 to 31.
    quantisers: Vec<Quantiser>,
    /// What the decoder has, and what it will have after this picture.
    reference: Picture,
    picture: Picture,
    /// The blocks of the macroblock at hand.
    blocks: [Block; 6],
    writer: BitWriter,
    cuts: Vec<Cut>,
    /// Vectors of the last picture, overwritten by those of this one.
    vectors: [Vector; MACROBLOCKS_MAX],
    /// Times each macroblock was sent since it was INTRA.
    sent: [u8; MACROBLOCKS_MAX],
    /// Steps of 1/29.97 s, not yet rounded.
    temporal_reference: f64,
    started: bool,
}

/// What the syntax carries over from macroblock to macroblock.
struct Group {
    number: u8,
    /// What was sent last, and what is wanted for the next macroblock with coefficients.
    quant: u8,
    wanted: u8,
    address: u8,
    vector: Vector,
}

impl VideoEncoder for H261Encoder {
    fn encode(&mut self, picture: &Picture, timestamp: u32, intra: bool) -> EncodedPicture {
        assert_eq!(picture.size(), self.size, "one encoder, one size");
        let intra = intra || !self.started;
        let seconds = self.rate.begin(timestamp, intra);
        self.writer.clear();
        self.cuts.clear();
        self.write_picture_header(seconds);
        self.started = true;
        for (index, &number) in gob_numbers(self.size).iter().enumerate() {
            self.encode_group(picture, index, number, intra);
        }
        let end = self.writer.position();
        self.rate.finish(end);
        std::mem::swap(&mut self.reference, &mut self.picture);
        let octets = self.writer.finish();
        EncodedPicture {
            payloads: split(octets, end, &self.cuts, self.payload_max),
            intra,
        }
    }

    fn set_bit_rate(&mut self, rate: Bitrate) {
        self.rate.set(rate);
    }
}

impl H261Encoder {
    /// For pictures of `size`, which is QCIF or CIF, at `rate` and usually `frame_rate` a second.
    /// Payloads take `payload_max` octets, or [`PAYLOAD_OCTETS_MIN`] if that is more.
    pub fn new(size: PictureSize, rate: Bitrate, frame_rate: u8, payload_max: usize) -> Self {
        assert!(
            size == PictureSize::QCIF || size == PictureSize::CIF,
            "H.261 has no {size}"
        );
        let picture_bits_max = match size {
            PictureSize::CIF => CIF_BITS_MAX,
            _ => QCIF_BITS_MAX,
        };
        H261Encoder {
            size,
            payload_max: payload_max.max(PAYLOAD_OCTETS_MIN),
            picture_bits_max,
            rate: Rate::new(rate, frame_rate, gob_numbers(size).len(), picture_bits_max),
            quantisers: (0..32).map(|quant| Quantiser::new(quant.max(1))).collect(),
            reference: Picture::black(size),
            picture: Picture::black(size),
            blocks: [Block::EMPTY; 6],
            writer: BitWriter::default(),
            cuts: Vec::new(),
            vectors: [Vector::ZERO; MACROBLOCKS_MAX],
            sent: [0; MACROBLOCKS_MAX],
            temporal_reference: 0.0,
            started: false,
        }
    }

    /// What a decoder shows after the last picture.
    pub fn reconstruction(&self) -> &Picture {
        &self.reference
    }

    /// §4.2.1.
    fn write_picture_header(&mut self, seconds: f64) {
        let ticks = seconds * f64::from(base::format::VIDEO_CLOCK_HZ);
        let before = self.temporal_reference.round();
        if self.started {
            self.temporal_reference += ticks / TEMPORAL_REFERENCE_TICKS;
            // Two pictures never have the same one.
            if self.temporal_reference.round() <= before {
                self.temporal_reference = before + 1.0;
            }
            self.temporal_reference %= 32.0;
        }
        let reference = self.temporal_reference.round() as u32 % 32;
        let cif = u32::from(self.size == PictureSize::CIF);
        self.cuts.push(Cut {
            bit: 0,
            resume: Resume::default(),
        });
        self.writer.write(START_CODE, START_BITS);
        self.writer.write(0, 4);
        self.writer.write(reference, 5);
        // Split screen, document camera and freeze release off, the source format, the high
        // resolution mode off (1) and a spare bit (1); no extension.
        self.writer.write((cif << 2 | 0b11) << 1, 7);
    }

    fn encode_group(&mut self, source: &Picture, index: usize, number: u8, intra: bool) {
        let start = self.writer.position();
        let quant = self.rate.quant(index, start);
        if index > 0 {
            self.cuts.push(Cut {
                bit: start,
                resume: Resume::default(),
            });
        }
        // §4.2.2.
        self.writer.write(START_CODE, START_BITS);
        self.writer.write(number.into(), 4);
        self.writer.write(u32::from(quant) << 1, 6);
        let mut group = Group {
            number,
            quant,
            wanted: quant,
            address: 0,
            vector: Vector::ZERO,
        };
        let mut cost = 0.0;
        let mut row_start = start;
        for row in 1..=GOB_ROWS {
            for address in (row - 1) * GOB_COLUMNS + 1..=row * GOB_COLUMNS {
                self.encode_macroblock(source, &mut group, address, intra);
            }
            let now = self.writer.position();
            cost += (now - row_start) as f64 * f64::from(group.wanted);
            row_start = now;
            if row < GOB_ROWS {
                let share = f64::from(row) / f64::from(GOB_ROWS);
                group.wanted = (self.rate).quant_within(share, now - start, group.wanted);
            }
        }
        let is_cut_short = self.is_nearly_full(&group, MACROBLOCKS_PER_GOB);
        self.rate.learn(index, cost, is_cut_short);
    }

    /// Whether the largest macroblock would leave too little for the rest of the picture.
    fn is_nearly_full(&self, group: &Group, address: u8) -> bool {
        let last = gob_numbers(self.size).last().copied().unwrap_or(0);
        let groups = usize::from(last - group.number);
        let rest =
            groups * usize::from(MACROBLOCKS_PER_GOB) + usize::from(MACROBLOCKS_PER_GOB - address);
        let reserve = rest * MACROBLOCK_BITS_DC + groups * HEADERS_BITS;
        self.writer.position() + MACROBLOCK_BITS_MAX + reserve > self.picture_bits_max
    }
}

#[cfg(test)]
mod tests {
    use super::macroblock::REFRESH_PERIOD;
    use super::*;

    /// Two pictures that take turns, so that every macroblock is sent every time.
    fn stripes(t: usize) -> Picture {
        let mut picture = Picture::black(PictureSize::QCIF);
        for (i, sample) in picture.y.iter_mut().enumerate() {
            *sample = 60 + ((i % 176 / 4 + t) % 2) as u8 * 90;
        }
        picture
    }

    #[test]
    fn every_macroblock_is_refreshed_in_time_and_not_all_at_once() {
        let rate = Bitrate::from_kbps(256);
        let mut encoder = H261Encoder::new(PictureSize::QCIF, rate, 30, 1200);
        let mut refreshed = [0; MACROBLOCKS_MAX];
        for t in 0..200 {
            let before = encoder.sent;
            encoder.encode(&stripes(t), t as u32 * 3000, false);
            let count = (0..99).filter(|&i| encoder.sent[i] < before[i]).count();
            assert!(count < 20, "{count} at {t}");
            for i in 0..99 {
                assert!(encoder.sent[i] < REFRESH_PERIOD);
                refreshed[i] += usize::from(encoder.sent[i] < before[i]);
            }
        }
        assert!(refreshed[..99].iter().all(|&times| times > 0));
    }

    #[test]
    fn an_unforeseen_change_raises_the_quantiser_within_a_group() {
        let rate = Bitrate::from_kbps(64);
        let mut encoder = H261Encoder::new(PictureSize::QCIF, rate, 30, 1200);
        let grey = Picture::filled(PictureSize::QCIF, 110, 128, 128);
        for t in 0..30 {
            encoder.encode(&grey, t * 3000, false);
        }
        encoder.encode(&stripes(0), 30 * 3000, false);
        let quants: Vec<u8> = encoder.cuts.iter().map(|cut| cut.resume.quant).collect();
        let first = quants.iter().find(|quant| **quant > 0);
        assert!(quants.iter().max() > first, "{quants:?}");
    }
}

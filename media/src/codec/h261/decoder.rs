//! From RTP payloads to pictures.
//!
//! Payloads without a gap between them are joined to one run of bits, so that a sender may cut
//! anywhere. After a gap, or where bits break the syntax, decoding resumes at the next payload
//! header or start code, whichever is first. What then is missing keeps its old samples.

use super::bits::{BitReader, BitWriter, PADDING};
use super::block;
use super::canvas::Canvas;
use super::macroblock::{
    GOB_COLUMNS, MACROBLOCKS_PER_GOB, Place, TYPES, Vector, add_block, block_mut, gob_numbers,
    predict, put_block,
};
use super::tables::{CBP_LOOKUP, MBA_LOOKUP, MBA_STUFFING, MVD_LOOKUP};
use super::{PICTURE_START_BITS, START_BITS, START_CODE};
use crate::Picture;
use crate::codec::{CodedPicture, DecodeError, VideoDecoder};
use crate::rtp::payload::h261::{Cut, Header, Resume};
use base::PictureSize;

/// Picture headers in one coded picture at most: completing pictures and making room for new ones
/// takes far longer than reading the few octets that ask for it.
const PICTURE_HEADERS_MAX: u8 = 2;

/// An H.261 decoder. It follows the size of the stream, QCIF or CIF.
pub struct H261Decoder {
    run: Run,
    canvas: Option<Canvas>,
}

/// Payloads without a gap, joined.
#[derive(Default)]
struct Run {
    bits: BitWriter,
    /// Where payloads start.
    starts: Vec<Cut>,
}

/// What the syntax carries over from macroblock to macroblock.
#[derive(Clone, Copy, Default)]
struct Group {
    number: u8,
    quant: u8,
    /// Address of the last macroblock, 0 at the start.
    address: u8,
    /// Vector of the last macroblock, zero if it had none.
    vector: Vector,
}

/// Where and why decoding stopped.
struct Fault {
    /// Start of the element, in bits from the start of the run.
    bit: usize,
    what: &'static str,
}

impl VideoDecoder for H261Decoder {
    fn decode(&mut self, coded: &CodedPicture) -> Result<Option<&Picture>, DecodeError> {
        let mut fault = None;
        for payload in &coded.payloads {
            match payload.as_deref().and_then(Header::decode) {
                Some((header, octets)) => self.run.append(&header, octets),
                None => self.decode_run(&mut fault),
            }
        }
        self.decode_run(&mut fault);
        self.finish(fault)
    }

    fn was_intra(&self) -> bool {
        self.canvas.as_ref().is_some_and(|canvas| canvas.was_intra)
    }
}

impl Default for H261Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl H261Decoder {
    /// A decoder that knows no picture yet.
    pub fn new() -> Self {
        H261Decoder {
            run: Run::default(),
            canvas: None,
        }
    }

    /// Decodes one picture of an elementary stream, as [`super::split_elementary`] gives it.
    pub fn decode_elementary(&mut self, octets: &[u8]) -> Result<Option<&Picture>, DecodeError> {
        let mut fault = None;
        self.run.append(&Header::default(), octets);
        self.decode_run(&mut fault);
        self.finish(fault)
    }

    /// Decodes the payloads joined so far and forgets them; `fault` keeps the first fault.
    fn decode_run(&mut self, fault: &mut Option<Fault>) {
        let Some(first) = self.run.starts.first() else {
            return;
        };
        let mut cut = *first;
        let end = self.run.bits.position();
        self.run.bits.write(0, 32);
        self.run.bits.write(0, 32);
        let octets = self.run.bits.finish();
        debug_assert!(octets.len() >= end / 8 + PADDING);
        // Every round starts further on, so the number of bits bounds the rounds.
        while let Err(stop) = decode_from(&mut self.canvas, octets, &cut, end) {
            let payload = self.run.starts.iter().find(|start| start.bit > stop.bit);
            let limit = payload.map_or(end, |start| start.bit);
            let code = find_start(octets, stop.bit + 1, limit);
            fault.get_or_insert(stop);
            cut = match (code, payload) {
                (Some(bit), _) => Cut {
                    bit,
                    resume: Resume::default(),
                },
                (None, Some(start)) => *start,
                (None, None) => break,
            };
        }
        self.run.bits.clear();
        self.run.starts.clear();
    }

    /// Completes the picture, if any of it was decoded.
    fn finish(&mut self, fault: Option<Fault>) -> Result<Option<&Picture>, DecodeError> {
        let malformed = fault.map(|fault| DecodeError::Malformed {
            at_bit: fault.bit as u32,
            what: fault.what,
        });
        let Some(canvas) = &mut self.canvas else {
            return Err(malformed.unwrap_or(DecodeError::NeedIntra));
        };
        canvas.headers = 0;
        if let Some(malformed) = malformed
            && canvas.is_untouched()
        {
            return Err(malformed);
        }
        canvas.finish();
        if canvas.is_worth_showing() {
            Ok(Some(&canvas.shown))
        } else {
            Err(DecodeError::NeedIntra)
        }
    }
}

impl Run {
    fn append(&mut self, header: &Header, octets: &[u8]) {
        self.starts.push(Cut {
            bit: self.bits.position(),
            resume: header.resume,
        });
        let end = octets.len() * 8 - usize::from(header.end_bits);
        (self.bits).write_slice(octets, header.start_bits.into(), end);
    }
}

/// The first start code that begins in bits `from..to`.
fn find_start(octets: &[u8], from: usize, to: usize) -> Option<usize> {
    let mut reader = BitReader::new(octets, from, to);
    while !reader.has_fewer_than(1) {
        let bits = reader.peek(START_BITS);
        if bits == START_CODE {
            return Some(reader.position());
        }
        // No start code begins before the last one of these bits, unless they end in zeros.
        let skipped = match bits {
            0 => 1,
            _ => START_BITS - bits.trailing_zeros(),
        };
        reader.skip(skipped.max(1) as usize);
    }
    None
}

/// Decodes from `cut` to bit `end`.
fn decode_from(
    canvas: &mut Option<Canvas>,
    octets: &[u8],
    cut: &Cut,
    end: usize,
) -> Result<(), Fault> {
    let mut reader = BitReader::new(octets, cut.bit, end);
    let mut group = None;
    if cut.resume.gob > 0 {
        let fault = |what| Fault { bit: cut.bit, what };
        let canvas = canvas.as_ref().ok_or(fault("payload before any picture"))?;
        group = Some(Group::resume(&cut.resume, canvas.shown.size()).map_err(fault)?);
    }
    while !reader.has_fewer_than(1) {
        let bit = reader.position();
        let bits = reader.peek(START_BITS);
        let step = if bits == START_CODE {
            decode_header(&mut reader, canvas).map(|header| group = header)
        } else if bits == 0 || only_zeros_left(&reader) {
            // Filling before a start code, or up to a whole octet at the end.
            reader.skip(1);
            Ok(())
        } else if let (Some(canvas), Some(group)) = (canvas.as_mut(), group.as_mut()) {
            decode_macroblock(&mut reader, canvas, group)
        } else {
            Err("start code")
        };
        step.map_err(|what| Fault { bit, what })?;
    }
    Ok(())
}

fn only_zeros_left(reader: &BitReader<'_>) -> bool {
    reader.has_fewer_than(START_BITS as usize) && reader.peek(START_BITS) == 0
}

impl Group {
    fn resume(resume: &Resume, size: PictureSize) -> Result<Group, &'static str> {
        let vector = Vector {
            x: resume.vector_x,
            y: resume.vector_y,
        };
        let known = gob_numbers(size).contains(&resume.gob);
        if !known || resume.quant == 0 || vector.x == -16 || vector.y == -16 {
            return Err("payload header");
        }
        Ok(Group {
            number: resume.gob,
            quant: resume.quant,
            address: resume.address,
            vector,
        })
    }
}

/// §4.2.1 and §4.2.2: the header of a picture or of a group of blocks, which it gives.
fn decode_header(
    reader: &mut BitReader<'_>,
    canvas: &mut Option<Canvas>,
) -> Result<Option<Group>, &'static str> {
    const CIF_BIT: u32 = 1 << 2;

    reader.skip(START_BITS as usize);
    let number = reader.read(PICTURE_START_BITS - START_BITS) as u8;
    if number == 0 {
        let _temporal_reference = reader.read(5);
        let ptype = reader.read(6);
        skip_extension(reader)?;
        let size = match ptype & CIF_BIT {
            0 => PictureSize::QCIF,
            _ => PictureSize::CIF,
        };
        let headers = canvas.as_ref().map_or(0, |canvas| canvas.headers) + 1;
        if headers > PICTURE_HEADERS_MAX {
            return Err("picture header");
        }
        let canvas = match canvas {
            Some(canvas) if canvas.shown.size() == size => {
                // A second picture in the same payloads.
                if !canvas.is_untouched() {
                    canvas.finish();
                }
                canvas
            }
            _ => canvas.insert(Canvas::new(size)),
        };
        canvas.headers = headers;
        return Ok(None);
    }
    let size = (canvas.as_ref().ok_or("group before any picture")?)
        .shown
        .size();
    let quant = reader.read(5) as u8;
    skip_extension(reader)?;
    if quant == 0 || !gob_numbers(size).contains(&number) {
        return Err("group header");
    }
    Ok(Some(Group {
        number,
        quant,
        ..Group::default()
    }))
}

/// PEI and PSPARE, GEI and GSPARE: octets to ignore, each announced by a one.
fn skip_extension(reader: &mut BitReader<'_>) -> Result<(), &'static str> {
    while reader.read(1) == 1 {
        reader.skip(8);
        if reader.overrun() {
            return Err("header");
        }
    }
    Ok(())
}

/// §4.2.3: the next macroblock, or stuffing.
fn decode_macroblock(
    reader: &mut BitReader<'_>,
    canvas: &mut Canvas,
    group: &mut Group,
) -> Result<(), &'static str> {
    let size = canvas.shown.size();
    let entry = MBA_LOOKUP[reader.peek(11) as usize];
    if entry.length == 0 {
        return Err("MBA");
    }
    reader.skip(entry.length.into());
    if entry.value == MBA_STUFFING {
        return Ok(());
    }
    let address = group.address + entry.value as u8;
    if address > MACROBLOCKS_PER_GOB {
        return Err("MBA");
    }
    let zeros = reader.peek32().leading_zeros();
    let kind = *TYPES.get(zeros as usize).ok_or("MTYPE")?;
    reader.skip(zeros as usize + 1);
    if kind.quant {
        group.quant = reader.read(5) as u8;
        if group.quant == 0 {
            return Err("MQUANT");
        }
    }
    let place = Place::new(group.number, address);
    let mut vector = Vector::ZERO;
    if kind.motion {
        // §4.2.3.4: no prediction at the left edge of the group, after a macroblock that was
        // not sent, or after one without motion.
        let follows = entry.value == 1 && address % GOB_COLUMNS != 1;
        let predictor = if follows { group.vector } else { Vector::ZERO };
        vector.x = decode_vector(reader, predictor.x)?;
        vector.y = decode_vector(reader, predictor.y)?;
        if !place.allows(vector, size) {
            return Err("motion vector");
        }
    }
    let mut pattern = match kind.intra {
        true => 0x3f,
        false => 0,
    };
    if kind.coded && !kind.intra {
        let entry = CBP_LOOKUP[reader.peek(9) as usize];
        if entry.length == 0 {
            return Err("CBP");
        }
        reader.skip(entry.length.into());
        pattern = entry.value;
    }
    if !kind.intra {
        let Canvas { shown, picture, .. } = canvas;
        predict(shown, picture, place, vector, kind.filter);
    }
    for block in 0..6 {
        if pattern >> (5 - block) & 1 == 1 {
            let lines = block::read(reader, group.quant, kind.intra)?;
            let (plane, width, at) = block_mut(&mut canvas.picture, place, block);
            match kind.intra {
                true => put_block(plane, width, at, &lines),
                false => add_block(plane, width, at, &lines),
            }
        }
    }
    if reader.overrun() {
        return Err("end of data");
    }
    canvas.set_done(place, kind.intra);
    group.address = address;
    group.vector = vector;
    Ok(())
}

/// §4.2.3.4: a component of a vector, −15 to 15, from its difference to `predictor`.
fn decode_vector(reader: &mut BitReader<'_>, predictor: i8) -> Result<i8, &'static str> {
    let entry = MVD_LOOKUP[reader.peek(11) as usize];
    if entry.length == 0 {
        return Err("MVD");
    }
    reader.skip(entry.length.into());
    let value = predictor + entry.value;
    match (value + 16) & 31 {
        0 => Err("MVD"),
        wrapped => Ok(wrapped - 16),
    }
}

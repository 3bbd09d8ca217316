//! Elementary streams: the bits of pictures one after another, as in `.h261` files.

use super::PICTURE_START_BITS;
use super::bits::{BitReader, BitWriter, PADDING};
use crate::codec::EncodedPicture;
use crate::rtp::payload::h261::Header;

/// Value of [`PICTURE_START_BITS`] bits of a picture start code.
const PICTURE_START: u32 = 1 << 4;

/// The pictures of an elementary stream, each shifted to start at a whole octet. What precedes
/// the first picture start code is left out.
pub fn split_elementary(stream: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut padded = stream.to_vec();
    padded.resize(stream.len() + PADDING, 0xff);
    let end = stream.len() * 8;
    let mut start = find_picture(&padded, 0, end);
    std::iter::from_fn(move || {
        let from = start?;
        start = find_picture(&padded, from + PICTURE_START_BITS as usize, end);
        let mut bits = BitWriter::default();
        bits.write_slice(&padded, from, start.unwrap_or(end));
        Some(bits.finish().to_vec())
    })
}

/// The bits of a coded picture as part of an elementary stream, filled up to a whole octet.
pub fn join(picture: &EncodedPicture) -> Vec<u8> {
    let mut bits = BitWriter::default();
    for payload in &picture.payloads {
        if let Some((header, octets)) = Header::decode(payload) {
            let end = octets.len() * 8 - usize::from(header.end_bits);
            bits.write_slice(octets, header.start_bits.into(), end);
        }
    }
    bits.finish().to_vec()
}

fn find_picture(padded: &[u8], from: usize, end: usize) -> Option<usize> {
    (from..end.saturating_sub(PICTURE_START_BITS as usize - 1))
        .find(|&bit| BitReader::new(padded, bit, end).peek(PICTURE_START_BITS) == PICTURE_START)
}

//! Groups the packets of a video stream into coded pictures: puts them in order, waits a little for
//! late ones, and says where something is missing.
//!
//! The packets of a picture share a timestamp, and the marker is on the last of them (RFC 4587 §4.1,
//! RFC 6184 §5.1). Some endpoints set the marker on every packet, so it ends a picture early only
//! after it has proved right; else the next timestamp ends it, one picture interval later.

use super::sequence::Extended;
use crate::codec::CodedPicture;
use base::Instant;
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How long a missing packet is waited for.
pub const REORDER_WAIT: Duration = Duration::from_millis(40);
/// Packets held back behind a missing one at most; a large intra picture has about as many.
pub const REORDER_PACKETS_MAX: usize = 128;
/// Packets of one picture at most: 720p intra at 1,000 octets each is far below.
pub const PICTURE_PACKETS_MAX: usize = 1024;
/// Finished pictures waiting to be taken at most; older ones are thrown away.
pub const PICTURES_MAX: usize = 8;
/// Pictures whose marker was on the last packet and nowhere else before markers are believed.
const MARKER_PROOF: u32 = 3;
/// The same after a marker has lied once; then only pictures of several packets prove anything.
const MARKER_PROOF_AFTER_LIE: u32 = 100;

#[derive(Debug, Clone)]
struct Held {
    timestamp: u32,
    marker: bool,
    at: Instant,
    payload: Bytes,
}

/// The buffer of one stream.
#[derive(Debug, Clone, Default)]
pub struct PictureBuffer {
    /// The next packet to go into a picture; `None` before the first.
    next: Option<Extended>,
    held: BTreeMap<Extended, Held>,
    /// The picture being put together.
    current: Option<CodedPicture>,
    /// Packets were lost between the last picture and the next.
    gap: bool,
    markers: Markers,
    done: VecDeque<CodedPicture>,
    late: u64,
}

impl PictureBuffer {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty buffer of a source whose `markers` have been watched, perhaps those of packets that
    /// are put in here.
    pub fn with_markers(markers: Markers) -> Self {
        PictureBuffer {
            markers: Markers {
                packets: 0,
                marked: false,
                ..markers
            },
            ..Self::default()
        }
    }

    /// Takes a packet of the validated source. `sequence` counts its wraps.
    pub fn put(
        &mut self,
        now: Instant,
        sequence: Extended,
        timestamp: u32,
        marker: bool,
        payload: &[u8],
    ) {
        let next = *self.next.get_or_insert(sequence);
        if sequence < next {
            self.late += 1;
            return;
        }
        self.held.entry(sequence).or_insert_with(|| Held {
            timestamp,
            marker,
            at: now,
            payload: Bytes::copy_from_slice(payload),
        });
        self.advance(now);
    }

    /// The next coded picture, complete or as complete as it will get.
    pub fn take(&mut self, now: Instant) -> Option<CodedPicture> {
        self.advance(now);
        self.done.pop_front()
    }

    /// Packets that came after their picture was given out.
    pub fn late(&self) -> u64 {
        self.late
    }

    fn advance(&mut self, now: Instant) {
        while let (Some(next), Some((&first, held))) = (self.next, self.held.first_key_value()) {
            if first != next {
                let waits =
                    now.since(held.at) < REORDER_WAIT && self.held.len() < REORDER_PACKETS_MAX;
                if waits {
                    return;
                }
                self.lose(first - next);
            }
            if let Some((_, held)) = self.held.pop_first() {
                self.next = Some(first + 1);
                self.append(held);
            }
        }
    }

    /// Gives up on `count` packets before the first one held.
    fn lose(&mut self, count: i64) {
        let following = self.held.first_key_value().map(|(_, held)| held.timestamp);
        match &mut self.current {
            Some(current) => {
                current.payloads.push(None);
                // The end of this picture is lost; with more than one packet, or without markers
                // to tell, perhaps the beginning of the next as well.
                let ends = following != Some(current.timestamp);
                self.gap = ends && (count > 1 || !self.markers.are_believed());
            }
            None => self.gap = true,
        }
    }

    fn append(&mut self, held: Held) {
        if (self.current.as_ref()).is_some_and(|current| {
            current.timestamp != held.timestamp || current.payloads.len() >= PICTURE_PACKETS_MAX
        }) {
            self.finish();
        }
        self.markers.see(held.timestamp, held.marker);
        let current = self.current.get_or_insert_with(|| CodedPicture {
            timestamp: held.timestamp,
            payloads: Vec::with_capacity(8),
        });
        if self.gap {
            self.gap = false;
            current.payloads.push(None);
        }
        current.payloads.push(Some(held.payload));
        if held.marker && self.markers.are_believed() {
            self.finish();
        }
    }

    fn finish(&mut self) {
        self.done.extend(self.current.take());
        if self.done.len() > PICTURES_MAX {
            self.done.pop_front();
        }
    }
}

/// Whether the markers of a source can be trusted to end pictures.
#[derive(Debug, Clone, Default)]
pub struct Markers {
    timestamp: u32,
    packets: u32,
    marked: bool,
    proof: u32,
    lied: bool,
}

impl Markers {
    /// Whether a marked packet is taken for the last one of its picture.
    pub fn are_believed(&self) -> bool {
        let needed = if self.lied {
            MARKER_PROOF_AFTER_LIE
        } else {
            MARKER_PROOF
        };
        self.proof >= needed
    }

    /// Looks at the next packet, in order.
    pub fn see(&mut self, timestamp: u32, marker: bool) {
        if self.packets > 0 && timestamp == self.timestamp {
            if self.marked {
                self.proof = 0;
                self.lied = true;
            }
            self.packets += 1;
            self.marked |= marker;
            return;
        }
        if self.marked && (self.packets > 1 || !self.lied) {
            self.proof = self.proof.saturating_add(1);
        }
        self.timestamp = timestamp;
        self.packets = 1;
        self.marked = marker;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture is (timestamp, its payloads' first octets, 0 for a loss).
    fn drain(buffer: &mut PictureBuffer, now: Instant) -> Vec<(u32, Vec<u8>)> {
        std::iter::from_fn(|| buffer.take(now))
            .map(|picture| {
                let octets = (picture.payloads.iter()).map(|p| p.as_ref().map_or(0, |p| p[0]));
                (picture.timestamp, octets.collect())
            })
            .collect()
    }

    fn believed() -> PictureBuffer {
        let mut buffer = PictureBuffer::new();
        for n in 0..8 {
            buffer.put(Instant::ZERO, n, n as u32 / 2, n % 2 == 1, &[1]);
        }
        assert_eq!(drain(&mut buffer, Instant::ZERO).len(), 4);
        buffer
    }

    #[test]
    fn markers_end_pictures_once_they_have_proved_right() {
        let mut buffer = PictureBuffer::new();
        let mut after_each = Vec::new();
        for n in 0..10 {
            buffer.put(Instant::ZERO, n, n as u32 / 2, n % 2 == 1, &[1]);
            after_each.push(drain(&mut buffer, Instant::ZERO).len());
        }
        // Late by a picture at first; the third proof lets the fourth picture end at its marker.
        assert_eq!(after_each, [0, 0, 1, 0, 1, 0, 1, 1, 0, 1]);
    }

    #[test]
    fn a_marker_on_every_packet_splits_no_picture() {
        let mut buffer = PictureBuffer::new();
        for n in 0..30 {
            buffer.put(Instant::ZERO, n, n as u32 / 3, true, &[n as u8 + 1]);
        }
        let pictures = drain(&mut buffer, Instant::ZERO);
        assert!(pictures.iter().all(|(_, octets)| octets.len() == 3));
        assert_eq!(pictures.len(), PICTURES_MAX);
        assert_eq!(pictures[7], (8, vec![25, 26, 27]));
    }

    #[test]
    fn disorder_and_duplicates_are_put_right() {
        let mut buffer = believed();
        for n in [10, 8, 8, 11, 9, 10] {
            buffer.put(Instant::ZERO, n, 50, n == 11, &[n as u8]);
        }
        assert_eq!(
            drain(&mut buffer, Instant::ZERO),
            [(50, vec![8, 9, 10, 11])]
        );
        assert_eq!(buffer.late(), 2);
    }

    #[test]
    fn a_missing_packet_is_waited_for_and_then_marked() {
        let mut buffer = believed();
        buffer.put(Instant::ZERO, 8, 50, false, &[8]);
        buffer.put(Instant::ZERO, 11, 50, true, &[11]);
        assert!(drain(&mut buffer, Instant::from_millis(39)).is_empty());
        let late = Instant::from_millis(40);
        assert_eq!(drain(&mut buffer, late), [(50, vec![8, 0, 11])]);
        buffer.put(late, 9, 50, false, &[9]);
        assert_eq!((buffer.late(), drain(&mut buffer, late)), (1, vec![]));
    }

    #[test]
    fn a_lost_end_ends_its_own_picture_and_a_lost_beginning_begins_one() {
        let mut buffer = believed();
        let late = Instant::from_millis(40);
        buffer.put(Instant::ZERO, 8, 50, false, &[8]);
        buffer.put(Instant::ZERO, 10, 51, false, &[10]);
        buffer.put(Instant::ZERO, 11, 51, true, &[11]);
        buffer.put(Instant::ZERO, 13, 52, true, &[13]);
        assert_eq!(
            drain(&mut buffer, late),
            [(50, vec![8, 0]), (51, vec![10, 11]), (52, vec![0, 13])]
        );
    }

    #[test]
    fn a_flood_is_bounded() {
        let mut buffer = PictureBuffer::new();
        for n in 0..100_000 {
            buffer.put(Instant::ZERO, n * 2, 5, false, &[1]);
        }
        assert!(buffer.held.len() <= REORDER_PACKETS_MAX);
        assert!(buffer.done.len() <= PICTURES_MAX);
        assert!(
            buffer
                .current
                .is_some_and(|c| c.payloads.len() <= PICTURE_PACKETS_MAX + 1)
        );
    }
}

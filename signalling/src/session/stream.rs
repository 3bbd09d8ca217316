//! TPKT packets out of a stream of octets, whatever pieces they come in.

use crate::error::Error;
use crate::wire::tpkt;
use serde::{Deserialize, Serialize};

/// What has come and is not yet a whole packet: at most one packet's worth.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Stream {
    octets: Vec<u8>,
}

impl Stream {
    /// Takes octets and gives the payloads that they complete; keep-alives are dropped. After an
    /// error the stream cannot be followed.
    pub fn take(&mut self, octets: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        self.octets.extend_from_slice(octets);
        let (mut payloads, mut taken) = (Vec::new(), 0);
        while let Some((payload, length)) =
            tpkt::first(&self.octets[taken..]).map_err(|_| Error::NotTpkt)?
        {
            if !payload.is_empty() {
                payloads.push(payload.to_vec());
            }
            taken += length;
        }
        self.octets.drain(..taken);
        Ok(payloads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_segmentation_gives_the_same_packets() {
        let mut octets = tpkt::packet(b"one").unwrap();
        octets.extend(tpkt::packet(b"").unwrap());
        octets.extend(tpkt::packet(b"three").unwrap());
        for piece in 1..octets.len() {
            let mut stream = Stream::default();
            let mut payloads = Vec::new();
            for octets in octets.chunks(piece) {
                payloads.extend(stream.take(octets).unwrap());
            }
            assert_eq!(payloads, [b"one".to_vec(), b"three".to_vec()]);
            assert!(stream.octets.is_empty());
        }
        assert_eq!(Stream::default().take(b"GET /"), Err(Error::NotTpkt));
    }

    #[test]
    fn a_packet_that_never_completes_takes_no_more_than_a_packet() {
        let mut stream = Stream::default();
        assert_eq!(stream.take(&[3, 0, 0xff, 0xff]), Ok(vec![]));
        for _ in 0..65 {
            assert_eq!(stream.take(&[0; 1000]), Ok(vec![]));
            assert!(stream.octets.capacity() <= 2 << 16);
        }
        assert_eq!(stream.take(&[0; 600]).map(|p| p.len()), Err(Error::NotTpkt));
    }
}

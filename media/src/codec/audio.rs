//! Any of the audio codecs behind one type, with concealment of lost packets.

use super::{g711, g722};
use crate::audio::conceal::Concealment;
use base::AudioCodec;

/// Sound to octets, at the sampling rate of its codec.
#[derive(Debug, Clone)]
pub struct AudioEncoder(Encoder);

#[derive(Debug, Clone)]
enum Encoder {
    Ulaw,
    Alaw,
    G722(Box<g722::Encoder>),
}

impl AudioEncoder {
    /// An encoder in its initial state.
    pub fn new(codec: AudioCodec) -> Self {
        AudioEncoder(match codec {
            AudioCodec::G711Ulaw => Encoder::Ulaw,
            AudioCodec::G711Alaw => Encoder::Alaw,
            AudioCodec::G722 => Encoder::G722(Box::default()),
        })
    }

    /// Appends the code of `samples`, which are at the codec's rate, to `out`.
    pub fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        match &mut self.0 {
            Encoder::Ulaw => g711::encode_ulaw(samples, out),
            Encoder::Alaw => g711::encode_alaw(samples, out),
            Encoder::G722(encoder) => encoder.encode(samples, out),
        }
    }
}

/// Octets to sound, at the sampling rate of its codec.
#[derive(Debug, Clone)]
pub struct AudioDecoder {
    decoder: Decoder,
    concealment: Concealment,
}

#[derive(Debug, Clone)]
enum Decoder {
    Ulaw,
    Alaw,
    G722(Box<g722::Decoder>),
}

impl AudioDecoder {
    /// A decoder in its initial state.
    pub fn new(codec: AudioCodec) -> Self {
        let decoder = match codec {
            AudioCodec::G711Ulaw => Decoder::Ulaw,
            AudioCodec::G711Alaw => Decoder::Alaw,
            AudioCodec::G722 => Decoder::G722(Box::default()),
        };
        AudioDecoder {
            decoder,
            concealment: Concealment::new(codec.sample_rate_hz()),
        }
    }

    /// Appends the sound of one packet to `out`. After a gap, its first milliseconds fade over from
    /// the concealment.
    pub fn decode(&mut self, octets: &[u8], out: &mut Vec<i16>) {
        let start = out.len();
        match &mut self.decoder {
            Decoder::Ulaw => g711::decode_ulaw(octets, out),
            Decoder::Alaw => g711::decode_alaw(octets, out),
            Decoder::G722(decoder) => decoder.decode(octets, out),
        }
        self.concealment.good(&mut out[start..]);
    }

    /// Appends `samples` samples in place of a lost packet: the last pitch periods again, silent
    /// after [`FADE_END_MS`](crate::audio::conceal::FADE_END_MS).
    pub fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        self.concealment.lost(samples, out);
    }
}

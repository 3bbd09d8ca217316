//! RFC 4733 (RFC 2833) telephone events: a pressed key as packets instead of tones.

/// What one packet says of an event (RFC 4733 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// The key: 0–9, `*`, `#`, A–D.
    pub digit: char,
    /// The key has been let go.
    pub end: bool,
}

/// Octets of one event.
const EVENT_OCTETS: usize = 4;
/// RFC 4733 §3.2, table 3.
const DIGITS: &[u8; 16] = b"0123456789*#ABCD";

impl TelephoneEvent {
    /// Reads the payload of a packet; `None` if it is no event that stands for a key.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        if payload.len() != EVENT_OCTETS {
            return None;
        }
        let digit = DIGITS.get(usize::from(payload[0])).copied()?;
        Some(TelephoneEvent {
            digit: digit.into(),
            end: payload[1] & 0x80 != 0,
        })
    }
}

/// Tells each key once, though many packets with one timestamp describe it.
#[derive(Debug, Clone, Default)]
pub struct Digits {
    newest: Option<u32>,
}

impl Digits {
    /// Takes the payload of a packet of a source already trusted.
    pub fn take(&mut self, timestamp: u32, payload: &[u8]) -> Option<char> {
        let event = TelephoneEvent::parse(payload)?;
        // RFC 4733 §2.5.1.2: all packets of an event carry the timestamp of its start.
        let is_newer = self
            .newest
            .is_none_or(|newest| (timestamp.wrapping_sub(newest) as i32) > 0);
        if !is_newer {
            return None;
        }
        self.newest = Some(timestamp);
        Some(event.digit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_once() {
        let mut digits = Digits::default();
        let packets = [(100, 10, 0), (100, 10, 0), (100, 10, 0x80), (100, 10, 0x80)];
        let told: Vec<char> = (packets.iter())
            .filter_map(|&(at, event, flags)| digits.take(at, &[event, flags, 0, 160]))
            .collect();
        assert_eq!(told, ['*']);
        assert_eq!(digits.take(900, &[1, 0, 0, 160]), Some('1'));
        assert_eq!(digits.take(100, &[10, 0x80, 0, 160]), None);
    }

    #[test]
    fn other_payloads_are_no_keys() {
        assert_eq!(TelephoneEvent::parse(&[16, 0, 0, 0]), None);
        assert_eq!(TelephoneEvent::parse(&[1, 0, 0]), None);
        assert_eq!(TelephoneEvent::parse(&[1; 160]), None);
    }
}

//! The address of an Ethernet interface.

use std::fmt;
use std::str::FromStr;

/// Six octets (IEEE 802 MAC address), in the order they have on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// Every station of the LAN.
    pub const BROADCAST: Mac = Mac([0xff; 6]);
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// Not six pairs of hexadecimal digits separated by colons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAMac(String);

impl fmt::Display for NotAMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no MAC address: write it as 02:00:5e:10:00:01",
            self.0
        )
    }
}

impl std::error::Error for NotAMac {}

impl FromStr for Mac {
    type Err = NotAMac;

    fn from_str(text: &str) -> Result<Self, NotAMac> {
        let octet = |part: &str| match part.len() {
            2 => u8::from_str_radix(part, 16).ok(),
            _ => None,
        };
        let octets: Option<Vec<u8>> = text.split(':').map(octet).collect();
        octets
            .and_then(|octets| octets.try_into().ok())
            .map(Mac)
            .ok_or_else(|| NotAMac(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mac = Mac([2, 0, 0x5e, 0x10, 0, 0xff]);
        assert_eq!(mac.to_string(), "02:00:5e:10:00:ff");
        assert_eq!(mac.to_string().parse(), Ok(mac));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "02:00:5e:10:00",
            "02:00:5e:10:00:ff:01",
            "2:0:5e:10:0:ff",
            "02-00-5e-10-00-ff",
            "+2:00:5e:10:00:0g",
        ] {
            assert!(text.parse::<Mac>().is_err(), "{text}");
        }
    }
}

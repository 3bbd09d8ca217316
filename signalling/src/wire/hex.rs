//! Octets as hexadecimal digits.

use std::fmt::Write;

/// Why text is not octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// This character is no digit.
    NotADigit(char),
    /// The last octet has one digit.
    OddDigits,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::NotADigit(c) => write!(f, "{c:?} is not a hexadecimal digit"),
            Error::OddDigits => f.write_str("odd number of hexadecimal digits"),
        }
    }
}

impl std::error::Error for Error {}

/// Two lower-case digits for each octet.
pub fn from_octets(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut digits, octet| {
        let _ = write!(digits, "{octet:02x}");
        digits
    })
}

/// The octets that `text` names. White space and colons between digits, and `0x` before them, count
/// for nothing.
pub fn to_octets(text: &str) -> Result<Vec<u8>, Error> {
    let (mut octets, mut high) = (Vec::new(), None);
    for word in text.split(|c: char| c.is_whitespace() || c == ':') {
        let word = word
            .strip_prefix("0x")
            .or_else(|| word.strip_prefix("0X"))
            .unwrap_or(word);
        for c in word.chars() {
            let digit = c.to_digit(16).ok_or(Error::NotADigit(c))? as u8;
            match high.take() {
                None => high = Some(digit),
                Some(high) => octets.push(high << 4 | digit),
            }
        }
    }
    match high {
        None => Ok(octets),
        Some(_) => Err(Error::OddDigits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits() {
        assert_eq!(to_octets(" 0x03:00 00\n0xAf "), Ok(vec![0x03, 0, 0, 0xaf]));
        assert_eq!(to_octets("030"), Err(Error::OddDigits));
        assert_eq!(to_octets("0g"), Err(Error::NotADigit('g')));
        assert_eq!(from_octets(&[0x0a, 0xff]), "0aff");
    }
}

//! Information elements that H.225.0 §7.2.2 uses, typed.

use super::{CallState, CauseValue, Location, Notification, ProgressDescription};

/// The last octet of a group.
const LAST: u8 = 0x80;

/// Bearer capability (Q.931 §4.5.5).
pub const BEARER_CAPABILITY: u8 = 0x04;
/// Cause (Q.931 §4.5.12).
pub const CAUSE: u8 = 0x08;
/// Call state (Q.931 §4.5.7).
pub const CALL_STATE: u8 = 0x14;
/// Facility, where H.450 services ride (Q.932).
pub const FACILITY: u8 = 0x1c;
/// Progress indicator (Q.931 §4.5.23).
pub const PROGRESS_INDICATOR: u8 = 0x1e;
/// Notification indicator (Q.931 §4.5.22).
pub const NOTIFICATION_INDICATOR: u8 = 0x27;
/// Display (Q.931 §4.5.16).
pub const DISPLAY: u8 = 0x28;
/// Date and time (Q.931 §4.5.15); its octets are kept as they are.
pub const DATE_TIME: u8 = 0x29;
/// Keypad facility (Q.931 §4.5.18).
pub const KEYPAD: u8 = 0x2c;
/// Calling party number (Q.931 §4.5.10).
pub const CALLING_PARTY_NUMBER: u8 = 0x6c;
/// Called party number (Q.931 §4.5.8).
pub const CALLED_PARTY_NUMBER: u8 = 0x70;
/// User-user (H.225.0 §7.2.2.31).
pub const USER_USER: u8 = 0x7e;

/// An information element of variable length.
pub trait Element: Sized {
    /// The identifier in codeset 0.
    const ID: u8;
    /// The octets after the length.
    fn contents(&self) -> Vec<u8>;
    /// The element that `contents` makes, if it is complete.
    fn parse(contents: &[u8]) -> Option<Self>;
}

/// What is carried, and how much of it: H.225.0 Table 9 for a call between H.323 endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BearerCapability {
    /// Information transfer capability: 0 speech, 8 unrestricted digital, 16 3.1 kHz audio.
    pub capability: u8,
    /// Times 64 kbit/s; 0 if the rate is not a circuit's.
    pub rate_multiplier: u8,
    /// Layer 1 protocol: 5 for H.221 and H.242, as a call with video has it.
    pub layer_1: Option<u8>,
}

impl BearerCapability {
    const UNRESTRICTED_DIGITAL: u8 = 8;
    const MULTIRATE: u8 = 0x18;
    const H221: u8 = 5;
    /// Circuit rates that have a code of their own (Q.931 Table 4-6), in units of 64 kbit/s.
    const RATES: [(u8, u8); 5] = [(0x10, 1), (0x11, 2), (0x13, 6), (0x15, 24), (0x17, 30)];

    /// A call of `rate_multiplier` × 64 kbit/s, at most 127.
    pub fn unrestricted(rate_multiplier: u8) -> Self {
        BearerCapability {
            capability: Self::UNRESTRICTED_DIGITAL,
            rate_multiplier: rate_multiplier.clamp(1, 127),
            layer_1: Some(Self::H221),
        }
    }
}

impl Element for BearerCapability {
    const ID: u8 = BEARER_CAPABILITY;
    fn contents(&self) -> Vec<u8> {
        let mut contents = vec![
            LAST | self.capability & 0x1f,
            Self::MULTIRATE,
            LAST | self.rate_multiplier,
        ];
        contents.extend(self.layer_1.map(|protocol| LAST | 0x20 | protocol & 0x1f));
        contents
    }
    fn parse(contents: &[u8]) -> Option<Self> {
        let (first, rest) = group(contents)?;
        let (rate, rest) = group(rest)?;
        let (code, multiplier) = match rate {
            [code] => (code & 0x1f, None),
            [code, multiplier, ..] => (code & 0x1f, Some(multiplier & 0x7f)),
            [] => return None,
        };
        // The multiplier is an octet of its own, whether octet 4 announces it or not
        let (multiplier, rest) = match (code, multiplier, rest) {
            (Self::MULTIRATE, None, [octet, rest @ ..]) => (octet & 0x7f, rest),
            (Self::MULTIRATE, multiplier, rest) => (multiplier?, rest),
            (code, _, rest) => {
                let known = Self::RATES.iter().find(|(c, _)| *c == code);
                (known.map_or(0, |(_, multiplier)| *multiplier), rest)
            }
        };
        let layer_1 = rest.first().filter(|octet| *octet & 0x60 == 0x20);
        Some(BearerCapability {
            capability: first.first()? & 0x1f,
            rate_multiplier: multiplier,
            layer_1: layer_1.map(|octet| octet & 0x1f),
        })
    }
}

/// Why a call ends or something is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Coding standard: 0 is that of ITU-T.
    pub coding: u8,
    /// Who says so.
    pub location: Location,
    /// The reason.
    pub value: CauseValue,
    /// What else there is to say, by the kind of reason.
    pub diagnostics: Vec<u8>,
}

impl From<CauseValue> for Cause {
    fn from(value: CauseValue) -> Self {
        Cause {
            coding: 0,
            location: Location::User,
            value,
            diagnostics: Vec::new(),
        }
    }
}

impl Element for Cause {
    const ID: u8 = CAUSE;
    fn contents(&self) -> Vec<u8> {
        let first = LAST | (self.coding & 3) << 5 | u8::from(self.location) & 0x0f;
        let mut contents = vec![first, LAST | u8::from(self.value)];
        contents.extend(&self.diagnostics);
        contents
    }
    fn parse(contents: &[u8]) -> Option<Self> {
        let (source, rest) = group(contents)?;
        let (value, diagnostics) = rest.split_first()?;
        Some(Cause {
            coding: source.first()? >> 5 & 3,
            location: (source.first()? & 0x0f).into(),
            value: (value & 0x7f).into(),
            diagnostics: diagnostics.to_vec(),
        })
    }
}

/// A telephone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyNumber {
    /// Type of number: 0 unknown, 1 international, 2 national (Q.931 Table 4-9).
    pub number_type: u8,
    /// Numbering plan: 0 unknown, 1 E.164, 9 private.
    pub plan: u8,
    /// Presentation and screening indicators, bits 7-6 and 2-1, of a calling party.
    pub presentation: Option<u8>,
    /// The digits.
    pub digits: String,
}

impl PartyNumber {
    fn contents(&self) -> Vec<u8> {
        let first = (self.number_type & 7) << 4 | self.plan & 0x0f;
        let mut contents = match self.presentation {
            None => vec![LAST | first],
            Some(indicators) => vec![first, LAST | indicators],
        };
        contents.extend(to_latin1(&self.digits));
        contents
    }

    fn parse(contents: &[u8]) -> Option<Self> {
        let (kind, digits) = group(contents)?;
        Some(PartyNumber {
            number_type: kind.first()? >> 4 & 7,
            plan: kind.first()? & 0x0f,
            presentation: kind.get(1).map(|octet| octet & 0x7f),
            digits: latin1(digits),
        })
    }
}

/// The number that was called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledPartyNumber(pub PartyNumber);

impl Element for CalledPartyNumber {
    const ID: u8 = CALLED_PARTY_NUMBER;
    fn contents(&self) -> Vec<u8> {
        self.0.contents()
    }
    fn parse(contents: &[u8]) -> Option<Self> {
        PartyNumber::parse(contents).map(Self)
    }
}

/// The number of the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallingPartyNumber(pub PartyNumber);

impl Element for CallingPartyNumber {
    const ID: u8 = CALLING_PARTY_NUMBER;
    fn contents(&self) -> Vec<u8> {
        self.0.contents()
    }
    fn parse(contents: &[u8]) -> Option<Self> {
        PartyNumber::parse(contents).map(Self)
    }
}

/// A name to show. Endpoints end it with a NUL, or do not; it is not part of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Display(pub String);

impl Element for Display {
    const ID: u8 = DISPLAY;
    fn contents(&self) -> Vec<u8> {
        let mut contents = to_latin1(&self.0);
        // H.225.0 §7.2.2.15: 82 octets at most, the element's first two among them
        contents.truncate(79);
        contents.push(0);
        contents
    }
    fn parse(contents: &[u8]) -> Option<Self> {
        Some(Display(latin1(contents).trim_end_matches('\0').to_string()))
    }
}

/// Keys that a user pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keypad(pub String);

impl Element for Keypad {
    const ID: u8 = KEYPAD;
    fn contents(&self) -> Vec<u8> {
        to_latin1(&self.0)
    }
    fn parse(contents: &[u8]) -> Option<Self> {
        Some(Keypad(latin1(contents)))
    }
}

impl Element for CallState {
    const ID: u8 = CALL_STATE;
    fn contents(&self) -> Vec<u8> {
        vec![u8::from(*self) & 0x3f]
    }
    fn parse(contents: &[u8]) -> Option<Self> {
        Some((contents.first()? & 0x3f).into())
    }
}

/// What happened to a call on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgressIndicator {
    /// Who says so.
    pub location: Location,
    /// What happened.
    pub description: ProgressDescription,
}

impl Element for ProgressIndicator {
    const ID: u8 = PROGRESS_INDICATOR;
    fn contents(&self) -> Vec<u8> {
        vec![
            LAST | u8::from(self.location) & 0x0f,
            LAST | u8::from(self.description),
        ]
    }
    fn parse(contents: &[u8]) -> Option<Self> {
        let (source, rest) = group(contents)?;
        Some(ProgressIndicator {
            location: (source.first()? & 0x0f).into(),
            description: (rest.first()? & 0x7f).into(),
        })
    }
}

impl Element for Notification {
    const ID: u8 = NOTIFICATION_INDICATOR;
    fn contents(&self) -> Vec<u8> {
        vec![LAST | u8::from(*self)]
    }
    fn parse(contents: &[u8]) -> Option<Self> {
        Some((contents.first()? & 0x7f).into())
    }
}

/// A group of octets, the last of which has its top bit set (Q.931 §4.5.1), and what follows.
fn group(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let last = octets.iter().position(|octet| octet & LAST != 0)?;
    Some(octets.split_at(last + 1))
}

fn latin1(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}

/// What ISO 8859-1 does not have becomes a question mark.
fn to_latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<E: Element + PartialEq + std::fmt::Debug>(element: E, contents: &[u8]) {
        assert_eq!(element.contents(), contents);
        assert_eq!(E::parse(contents), Some(element));
        for n in 0..contents.len() {
            let _ = E::parse(&contents[..n]);
        }
    }

    #[test]
    fn elements_as_endpoints_send_them() {
        // From calls between h323plus endpoints
        check(
            BearerCapability::unrestricted(12),
            &[0x88, 0x18, 0x8c, 0xa5],
        );
        check(Cause::from(CauseValue::NormalCallClearing), &[0x80, 0x90]);
        check(Display("caller".into()), b"caller\0");
    }

    #[test]
    fn elements_as_the_standard_has_them() {
        let number = PartyNumber {
            number_type: 1,
            plan: 1,
            presentation: Some(0x21),
            digits: "15551234".into(),
        };
        check(CallingPartyNumber(number), b"\x11\xa115551234");
        check(CallState::Active, &[10]);
        check(Keypad("12#".into()), b"12#");
        check(Notification::UserResumed, &[0x81]);
        check(
            ProgressIndicator {
                location: Location::PublicNetworkLocalUser,
                description: ProgressDescription::InBandInformation,
            },
            &[0x82, 0x88],
        );
        let circuit = BearerCapability::parse(&[0x80, 0x90, 0xa3]).unwrap();
        assert_eq!((circuit.capability, circuit.rate_multiplier), (0, 1));
        let set_top_bit = BearerCapability::parse(&[0x88, 0x98, 0x86, 0xa5]);
        assert_eq!(set_top_bit, Some(BearerCapability::unrestricted(6)));
        // Octet 3a, a recommendation, is skipped
        let cause = Cause::parse(&[0x02, 0x80, 0x91, 0x01]).unwrap();
        assert_eq!(cause.value, CauseValue::UserBusy);
        assert_eq!(cause.diagnostics, [1]);
    }
}

//! Q.931 messages as H.225.0 §7 uses them: a header, information elements, and the user-user element
//! that holds the H.225.0 message.

#[macro_use]
mod codes;
mod element;

pub use codes::*;
pub use element::*;

/// Q.931 user-network call control messages.
const PROTOCOL: u8 = 0x08;
/// "X.208 and X.209 coded user information".
const ASN1: u8 = 0x05;
/// Elements of one message; a real one has fewer than ten.
pub const ELEMENTS_MAX: usize = 64;

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The octets end within the header or an element.
    Truncated,
    /// Not a Q.931 message, or not one for H.323.
    Malformed,
    /// An element does not fit its length.
    TooLong,
    /// More than [`ELEMENTS_MAX`] elements.
    TooMany,
}

/// What is wrong with a message, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Octets from the start of the message; 0 when encoding.
    pub at_octet: usize,
}

impl std::fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ErrorKind::Truncated => "truncated",
            ErrorKind::Malformed => "not a Q.931 message for H.323",
            ErrorKind::TooLong => "too long for its length field",
            ErrorKind::TooMany => "too many information elements",
        })
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Q.931 at octet {}: {}", self.at_octet, self.kind)
    }
}

impl std::error::Error for Error {}

/// A message of the call signalling channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Whether the sender is the one that did not assign the call reference.
    pub from_destination: bool,
    /// 0 is the global call reference; at most 0x7fff.
    pub call_reference: u16,
    /// What it is for.
    pub message_type: MessageType,
    /// Elements by identifier, in the order sent; those of a single octet have no contents. A shift
    /// of the codeset is among them.
    pub elements: Vec<(u8, Vec<u8>)>,
    /// The encoded H323-UserInformation.
    pub user_user: Option<Vec<u8>>,
}

/// The codeset that elements belong to (Q.931 §4.5.2 to 4.5.4).
#[derive(Debug, Default)]
struct Codeset {
    locked: u8,
    /// For the next element only.
    next: Option<u8>,
}

impl Codeset {
    /// A shift of the codeset: 1001, whether it does not lock, and the codeset.
    const SHIFT: u8 = 0x90;
    const NON_LOCKING: u8 = 0x08;

    /// The codeset of the element `id`, None for a shift.
    fn of(&mut self, id: u8) -> Option<u8> {
        if id & 0xf0 != Self::SHIFT {
            return Some(self.next.take().unwrap_or(self.locked));
        }
        match id & Self::NON_LOCKING {
            0 => self.locked = id & 7,
            _ => self.next = Some(id & 7),
        }
        None
    }
}

impl Message {
    /// A message without elements.
    pub fn new(message_type: MessageType, call_reference: u16) -> Self {
        Message {
            from_destination: false,
            call_reference,
            message_type,
            elements: Vec::new(),
            user_user: None,
        }
    }

    /// The same with `element` as the last one.
    pub fn with<E: Element>(mut self, element: &E) -> Self {
        self.elements.push((E::ID, element.contents()));
        self
    }

    /// The contents of the first element `id` of codeset 0.
    pub fn element(&self, id: u8) -> Option<&[u8]> {
        let mut codeset = Codeset::default();
        self.elements
            .iter()
            .find(|(i, _)| codeset.of(*i) == Some(0) && *i == id)
            .map(|(_, contents)| &contents[..])
    }

    /// The first element of this type, if it is there and complete.
    pub fn find<E: Element>(&self) -> Option<E> {
        E::parse(self.element(E::ID)?)
    }

    /// Decodes a message; an element that is not understood is kept as it is.
    pub fn decode(octets: &[u8]) -> Result<Message, Error> {
        let mut rest = octets;
        let at = |kind, rest: &[u8]| Error {
            kind,
            at_octet: octets.len() - rest.len(),
        };
        let header = take(&mut rest, 5).ok_or(at(ErrorKind::Truncated, rest))?;
        let [PROTOCOL, 2, high, low, message_type] = *header else {
            return Err(at(ErrorKind::Malformed, octets));
        };
        let mut message = Message {
            from_destination: high & 0x80 != 0,
            ..Message::new(message_type.into(), u16::from_be_bytes([high & 0x7f, low]))
        };
        let mut codeset = Codeset::default();
        while let [id, ..] = *rest {
            let start = rest;
            rest = &rest[1..];
            let user_user = codeset.of(id) == Some(0) && id == USER_USER;
            let contents = if id & 0x80 != 0 {
                &[]
            } else {
                // H.225.0 §7.2.2.31: the user-user element has a length of two octets
                take(&mut rest, if user_user { 2 } else { 1 })
                    .map(|length| length.iter().fold(0, |n, o| n << 8 | usize::from(*o)))
                    .and_then(|length| take(&mut rest, length))
                    .ok_or(at(ErrorKind::Truncated, rest))?
            };
            if let (true, [ASN1, uuie @ ..]) = (user_user, contents) {
                message.user_user = Some(uuie.to_vec());
            } else if !user_user {
                if message.elements.len() == ELEMENTS_MAX {
                    return Err(at(ErrorKind::TooMany, start));
                }
                message.elements.push((id, contents.to_vec()));
            }
        }
        Ok(message)
    }

    /// Encodes the message, the user-user element last.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let error = |kind| Error { kind, at_octet: 0 };
        let [mut high, low] = self.call_reference.to_be_bytes();
        if high & 0x80 != 0 {
            return Err(error(ErrorKind::Malformed));
        }
        high |= u8::from(self.from_destination) << 7;
        let mut octets = vec![PROTOCOL, 2, high, low, self.message_type.into()];
        let mut codeset = Codeset::default();
        for (id, contents) in &self.elements {
            codeset.of(*id);
            octets.push(*id);
            if id & 0x80 == 0 {
                let length = u8::try_from(contents.len());
                octets.push(length.map_err(|_| error(ErrorKind::TooLong))?);
                octets.extend(contents);
            }
        }
        if let Some(uuie) = &self.user_user {
            if codeset.of(USER_USER) != Some(0) {
                octets.push(Codeset::SHIFT | Codeset::NON_LOCKING);
            }
            let length = u16::try_from(uuie.len() + 1).map_err(|_| error(ErrorKind::TooLong))?;
            octets.push(USER_USER);
            octets.extend(length.to_be_bytes());
            octets.push(ASN1);
            octets.extend(uuie);
        }
        Ok(octets)
    }
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(n)?;
    *rest = left;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_the_wire() {
        let message = Message {
            from_destination: true,
            user_user: Some(vec![0x22, 0xc0]),
            ..Message::new(MessageType::Connect, 0x4823)
                .with(&BearerCapability::unrestricted(30))
                .with(&Display("MCU".into()))
        };
        let octets = message.encode().unwrap();
        assert_eq!(
            octets[..10],
            [0x08, 2, 0xc8, 0x23, 0x07, 0x04, 4, 0x88, 0x18, 0x9e]
        );
        assert_eq!(octets[octets.len() - 6..], [0x7e, 0, 3, 5, 0x22, 0xc0]);
        assert_eq!(Message::decode(&octets), Ok(message));
        let error = Message::decode(&octets[..octets.len() - 1]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Truncated);
    }

    #[test]
    fn other_codesets_are_passed_over() {
        let mut message = Message::new(MessageType::Setup, 1);
        message.elements = vec![
            (0x9d, vec![]),
            (DISPLAY, b"codeset 5, once".to_vec()),
            (DISPLAY, b"codeset 0".to_vec()),
            (0x96, vec![]),
            (USER_USER, b"codeset 6, locked".to_vec()),
        ];
        message.user_user = Some(vec![1]);
        assert_eq!(message.find::<Display>(), Some(Display("codeset 0".into())));
        let octets = message.encode().unwrap();
        let decoded = Message::decode(&octets).unwrap();
        assert_eq!(decoded.user_user, message.user_user);
        assert_eq!(decoded.encode().unwrap(), octets);
    }

    #[test]
    fn headers_are_checked() {
        for header in [[9, 2, 0, 1, 5], [8, 1, 0, 5, 0]] {
            let error = Message::decode(&header).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Malformed);
        }
        let many = [&[8, 2, 0, 1, 5][..], &[0xa1; 65][..]].concat();
        let error = Message::decode(&many).unwrap_err();
        assert_eq!((error.kind, error.at_octet), (ErrorKind::TooMany, 69));
        let mut message = Message::new(MessageType::Other(0x33), 0x8000);
        assert_eq!(message.encode().unwrap_err().kind, ErrorKind::Malformed);
        message.call_reference = 0x7fff;
        message.elements = vec![(DISPLAY, vec![0; 256])];
        assert_eq!(message.encode().unwrap_err().kind, ErrorKind::TooLong);
    }
}

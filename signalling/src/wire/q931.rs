//! Q.931 messages as H.225.0 uses them: a header, information elements, and the user-user element
//! that holds the H.225.0 message.

const PROTOCOL: u8 = 0x08;
const USER_USER: u8 = 0x7e;
/// "X.208 and X.209 coded user information".
const ASN1: u8 = 0x05;

pub const CAUSE: u8 = 0x08;
pub const DISPLAY: u8 = 0x28;
pub const BEARER_CAPABILITY: u8 = 0x04;
pub const CALLING_PARTY_NUMBER: u8 = 0x6c;
pub const CALLED_PARTY_NUMBER: u8 = 0x70;

/// What a message is for (Q.931 table 4-2, as H.225.0 clause 7.3 uses it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageType {
    Alerting,
    CallProceeding,
    Connect,
    Facility,
    Information,
    Notify,
    Progress,
    ReleaseComplete,
    Setup,
    SetupAcknowledge,
    Status,
    StatusInquiry,
    /// One that H.225.0 does not use.
    Other(u8),
}

impl From<u8> for MessageType {
    fn from(code: u8) -> Self {
        match code {
            0x01 => Self::Alerting,
            0x02 => Self::CallProceeding,
            0x03 => Self::Progress,
            0x05 => Self::Setup,
            0x07 => Self::Connect,
            0x0d => Self::SetupAcknowledge,
            0x5a => Self::ReleaseComplete,
            0x62 => Self::Facility,
            0x6e => Self::Notify,
            0x75 => Self::StatusInquiry,
            0x7b => Self::Information,
            0x7d => Self::Status,
            other => Self::Other(other),
        }
    }
}

impl From<MessageType> for u8 {
    fn from(message_type: MessageType) -> u8 {
        match message_type {
            MessageType::Alerting => 0x01,
            MessageType::CallProceeding => 0x02,
            MessageType::Progress => 0x03,
            MessageType::Setup => 0x05,
            MessageType::Connect => 0x07,
            MessageType::SetupAcknowledge => 0x0d,
            MessageType::ReleaseComplete => 0x5a,
            MessageType::Facility => 0x62,
            MessageType::Notify => 0x6e,
            MessageType::StatusInquiry => 0x75,
            MessageType::Information => 0x7b,
            MessageType::Status => 0x7d,
            MessageType::Other(other) => other,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The octets end within the header or an element.
    Truncated,
    /// Not a Q.931 message, or not one for H.323.
    Malformed,
    /// An element does not fit its length.
    TooLong,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Whether the sender is the one that did not assign the call reference.
    pub from_destination: bool,
    /// 0 is the global call reference.
    pub call_reference: u16,
    pub message_type: MessageType,
    /// Elements by identifier, in the order sent; those of a single octet have no contents.
    pub elements: Vec<(u8, Vec<u8>)>,
    /// The encoded H323-UserInformation.
    pub user_user: Option<Vec<u8>>,
}

impl Message {
    pub fn element(&self, id: u8) -> Option<&[u8]> {
        self.elements
            .iter()
            .find(|(i, _)| *i == id)
            .map(|(_, contents)| &contents[..])
    }

    pub fn decode(octets: &[u8]) -> Result<Message, Error> {
        let mut rest = octets;
        let [PROTOCOL, 2, high, low, message_type] = *take(&mut rest, 5)? else {
            return Err(Error::Malformed);
        };
        let mut message = Message {
            from_destination: high & 0x80 != 0,
            call_reference: u16::from_be_bytes([high & 0x7f, low]),
            message_type: message_type.into(),
            elements: Vec::new(),
            user_user: None,
        };
        while let [id, ..] = *rest {
            rest = &rest[1..];
            if id & 0x80 != 0 {
                message.elements.push((id, Vec::new()));
                continue;
            }
            // H.225.0 §7.2.1: the user-user element has a length of two octets
            let length = take(&mut rest, if id == USER_USER { 2 } else { 1 })?;
            let length = length.iter().fold(0, |n, o| n << 8 | usize::from(*o));
            let contents = take(&mut rest, length)?;
            if id != USER_USER {
                message.elements.push((id, contents.to_vec()));
            } else if let [ASN1, uuie @ ..] = contents {
                message.user_user = Some(uuie.to_vec());
            }
        }
        Ok(message)
    }

    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let [mut high, low] = self.call_reference.to_be_bytes();
        if high & 0x80 != 0 {
            return Err(Error::Malformed);
        }
        high |= u8::from(self.from_destination) << 7;
        let mut octets = vec![PROTOCOL, 2, high, low, self.message_type.into()];
        for (id, contents) in &self.elements {
            octets.push(*id);
            if id & 0x80 == 0 {
                octets.push(u8::try_from(contents.len()).map_err(|_| Error::TooLong)?);
                octets.extend(contents);
            }
        }
        if let Some(uuie) = &self.user_user {
            octets.push(USER_USER);
            octets.extend(
                u16::try_from(uuie.len() + 1)
                    .map_err(|_| Error::TooLong)?
                    .to_be_bytes(),
            );
            octets.push(ASN1);
            octets.extend(uuie);
        }
        Ok(octets)
    }
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> Result<&'a [u8], Error> {
    let (taken, left) = rest.split_at_checked(n).ok_or(Error::Truncated)?;
    *rest = left;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_the_wire() {
        let message = Message {
            from_destination: true,
            call_reference: 0x4823,
            message_type: MessageType::Connect,
            elements: vec![
                (BEARER_CAPABILITY, vec![0x88, 0x18, 0x9e, 0xa5]),
                (0xa1, vec![]),
                (DISPLAY, b"MCU\0".to_vec()),
            ],
            user_user: Some(vec![0x22, 0xc0]),
        };
        let octets = message.encode().unwrap();
        assert_eq!(
            octets[..10],
            [0x08, 2, 0xc8, 0x23, 0x07, 0x04, 4, 0x88, 0x18, 0x9e]
        );
        assert_eq!(octets[octets.len() - 6..], [0x7e, 0, 3, 5, 0x22, 0xc0]);
        assert_eq!(Message::decode(&octets), Ok(message));
        for n in 0..octets.len() {
            let _ = Message::decode(&octets[..n]);
        }
    }
}

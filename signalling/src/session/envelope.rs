//! H.225.0 messages in their Q.931 and TPKT frames, and the common parts of them.

use super::config::{Alias, Config};
use crate::error::Error;
use crate::wire::h225::{
    AliasAddress, EndpointType, H221NonStandard, H323UserInformation, H323UuPdu,
    H323UuPduH323MessageBody as Body, McuInfo, TerminalInfo, TransportAddress,
    TransportAddressIp6Address, TransportAddressIpAddress, VendorIdentifier,
};
use crate::wire::h245;
use crate::wire::per::{BmpString, ObjectId, Pdu};
use crate::wire::q931::{self, MessageType};
use crate::wire::tpkt;
use bytes::Bytes;
use std::net::{IpAddr, SocketAddr};

/// H.225.0 version 4: what the fields we send need.
const PROTOCOL: [u32; 6] = [0, 0, 8, 2250, 0, 4];
/// H.225.0 §7.2.2.1: unrestricted digital information, packet mode, H.221/H.242 user layer.
pub const BEARER: [u8; 4] = [0x88, 0x18, 0x98, 0xa5];
/// Octets of a display element, with its end.
const DISPLAY_MAX: usize = 82;

/// protocolIdentifier of our H.225.0 messages.
pub fn protocol() -> ObjectId {
    ObjectId::new(&PROTOCOL)
}

/// A message as it is sent.
pub struct Envelope {
    /// Q.931 message type.
    pub message_type: MessageType,
    /// Information elements besides the user-user element, in ascending order.
    pub elements: Vec<(u8, Vec<u8>)>,
    /// h323-message-body.
    pub body: Body,
    /// h245Tunneling.
    pub tunnelling: bool,
    /// h245Control.
    pub control: Vec<Vec<u8>>,
}

impl Envelope {
    /// The packet, sent by the destination of the call or by its origin.
    pub fn encode(self, call_reference: u16, from_destination: bool) -> Result<Bytes, Error> {
        let information = H323UserInformation {
            h323_uu_pdu: H323UuPdu {
                h323_message_body: self.body,
                h245_tunneling: Some(self.tunnelling),
                h245_control: (!self.control.is_empty()).then_some(self.control),
                ..Default::default()
            },
            user_data: None,
        };
        let message = q931::Message {
            from_destination,
            call_reference,
            message_type: self.message_type,
            elements: self.elements,
            user_user: Some(
                information
                    .to_bytes()
                    .map_err(|_| Error::Unencodable("H323-UserInformation"))?,
            ),
        };
        let octets = message
            .encode()
            .map_err(|_| Error::Unencodable("Q.931 message"))?;
        packet(&octets)
    }
}

/// `payload` in a TPKT packet.
pub fn packet(payload: &[u8]) -> Result<Bytes, Error> {
    let packet = tpkt::packet(payload).ok_or(Error::Unencodable("TPKT packet"))?;
    Ok(Bytes::from(packet))
}

/// A display element: text and a zero octet, as endpoints send it.
pub fn display(text: &str) -> (u8, Vec<u8>) {
    let mut octets: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .take(DISPLAY_MAX - 1)
        .collect();
    octets.push(0);
    (q931::DISPLAY, octets)
}

/// The text of a display element.
pub fn display_text(octets: &[u8]) -> String {
    let text = octets.iter().take_while(|o| **o != 0);
    text.map(|o| char::from(*o)).collect()
}

/// A called or calling party number element: unknown type, private plan (H.225.0 §7.2.2.6).
pub fn number_element(id: u8, digits: &str) -> (u8, Vec<u8>) {
    let mut octets = vec![0x89];
    octets.extend(digits.bytes().take(128));
    (id, octets)
}

/// The digits of a party number element; further octets of its head are marked by a clear
/// extension bit (Q.931 §4.5.10).
pub fn number_digits(octets: &[u8]) -> Option<String> {
    let head = octets.iter().position(|o| o & 0x80 != 0)? + 1;
    let digits = octets.get(head..)?;
    Some(digits.iter().map(|o| char::from(o & 0x7f)).collect())
}

/// sourceInfo and destinationInfo.
pub fn endpoint(config: &Config) -> EndpointType {
    EndpointType {
        vendor: Some(VendorIdentifier {
            // T.35: the country code is a test one, as nobody has assigned us another
            vendor: H221NonStandard {
                t35_country_code: 255,
                ..Default::default()
            },
            product_id: vendor_text(&config.product),
            version_id: vendor_text(&config.version),
            ..Default::default()
        }),
        mcu: config.is_mcu.then(McuInfo::default),
        terminal: (!config.is_mcu).then(TerminalInfo::default),
        mc: config.is_mcu,
        ..Default::default()
    }
}

fn vendor_text(text: &str) -> Option<Vec<u8>> {
    (!text.is_empty()).then(|| text.bytes().take(256).collect())
}

/// An alias as H.225.0 carries it.
pub fn alias_address(alias: &Alias) -> AliasAddress {
    match alias {
        Alias::Digits(digits) => AliasAddress::DialedDigits(digits.as_str().into()),
        Alias::H323Id(id) => AliasAddress::H323Id(BmpString::from(id.as_str())),
        Alias::Url(url) => AliasAddress::UrlId(url.as_str().into()),
        Alias::Email(email) => AliasAddress::EmailId(email.as_str().into()),
    }
}

/// The aliases that we understand.
pub fn aliases(addresses: Option<&Vec<AliasAddress>>) -> Vec<Alias> {
    let understood = |address: &AliasAddress| match address {
        AliasAddress::DialedDigits(digits) => Some(Alias::Digits(digits.to_string())),
        AliasAddress::H323Id(id) => Some(Alias::H323Id(id.to_string())),
        AliasAddress::UrlId(url) => Some(Alias::Url(url.to_string())),
        AliasAddress::EmailId(email) => Some(Alias::Email(email.to_string())),
        _ => None,
    };
    addresses
        .into_iter()
        .flatten()
        .filter_map(understood)
        .collect()
}

/// An address as H.225.0 carries it.
pub fn h225_address(address: SocketAddr) -> TransportAddress {
    let port = address.port();
    match address.ip() {
        IpAddr::V4(ip) => TransportAddress::IpAddress(TransportAddressIpAddress {
            ip: ip.octets(),
            port,
        }),
        IpAddr::V6(ip) => TransportAddress::Ip6Address(TransportAddressIp6Address {
            ip: ip.octets(),
            port,
        }),
    }
}

/// An address that H.225.0 carries, if it is an IP address that one can send to.
pub fn from_h225_address(address: &TransportAddress) -> Option<SocketAddr> {
    usable(match address {
        TransportAddress::IpAddress(a) => (a.ip, a.port).into(),
        TransportAddress::Ip6Address(a) => (a.ip, a.port).into(),
        _ => return None,
    })
}

/// An address as H.245 carries it. A group is written as a unicast address too: endpoints send to what they
/// read there, and few read the other alternative.
pub fn h245_address(address: SocketAddr) -> h245::TransportAddress {
    let tsap_identifier = address.port();
    h245::TransportAddress::UnicastAddress(match address.ip() {
        IpAddr::V4(ip) => h245::UnicastAddress::IPAddress(h245::UnicastAddressIPAddress {
            network: ip.octets(),
            tsap_identifier,
        }),
        IpAddr::V6(ip) => h245::UnicastAddress::IP6Address(h245::UnicastAddressIP6Address {
            network: ip.octets(),
            tsap_identifier,
        }),
    })
}

/// An address that H.245 carries, if it is a unicast IP address that one can send to.
pub fn from_h245_address(address: &h245::TransportAddress) -> Option<SocketAddr> {
    any_h245_address(address).and_then(usable)
}

/// Where H.245 says that media is to go; a group only for who `joins_groups`: a server that sent to one
/// because a caller said so would flood its network.
pub fn media_destination(
    address: &h245::TransportAddress,
    joins_groups: bool,
) -> Option<SocketAddr> {
    let address = any_h245_address(address)?;
    match joins_groups && address.ip().is_multicast() {
        true => Some(address).filter(|address| address.port() != 0),
        false => usable(address),
    }
}

fn any_h245_address(address: &h245::TransportAddress) -> Option<SocketAddr> {
    use h245::TransportAddress::{MulticastAddress, UnicastAddress};
    Some(match address {
        UnicastAddress(h245::UnicastAddress::IPAddress(a)) => (a.network, a.tsap_identifier).into(),
        UnicastAddress(h245::UnicastAddress::IP6Address(a)) => {
            (a.network, a.tsap_identifier).into()
        }
        MulticastAddress(h245::MulticastAddress::IPAddress(a)) => {
            (a.network, a.tsap_identifier).into()
        }
        MulticastAddress(h245::MulticastAddress::IP6Address(a)) => {
            (a.network, a.tsap_identifier).into()
        }
        _ => return None,
    })
}

fn usable(address: SocketAddr) -> Option<SocketAddr> {
    let ip = address.ip();
    (address.port() != 0 && !ip.is_unspecified() && !ip.is_multicast()).then_some(address)
}

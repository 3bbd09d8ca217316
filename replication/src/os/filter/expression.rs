//! Rules of nftables as the kernel wants them: small programs of expressions over one register.

use crate::os::netlink::Attributes;

/// Numbers from linux/netfilter/nf_tables.h.
mod number {
    pub const LIST_ELEM: u16 = 1;
    pub const EXPR_NAME: u16 = 1;
    pub const EXPR_DATA: u16 = 2;
    pub const DATA_VALUE: u16 = 1;
    pub const DATA_VERDICT: u16 = 2;
    pub const VERDICT_CODE: u16 = 1;
    pub const META_DREG: u16 = 1;
    pub const META_KEY: u16 = 2;
    pub const PAYLOAD_DREG: u16 = 1;
    pub const PAYLOAD_BASE: u16 = 2;
    pub const PAYLOAD_OFFSET: u16 = 3;
    pub const PAYLOAD_LEN: u16 = 4;
    pub const PAYLOAD_SREG: u16 = 5;
    pub const PAYLOAD_CSUM_TYPE: u16 = 6;
    pub const BITWISE_SREG: u16 = 1;
    pub const BITWISE_DREG: u16 = 2;
    pub const BITWISE_LEN: u16 = 3;
    pub const BITWISE_MASK: u16 = 4;
    pub const BITWISE_XOR: u16 = 5;
    pub const CMP_SREG: u16 = 1;
    pub const CMP_OP: u16 = 2;
    pub const CMP_DATA: u16 = 3;
    pub const OBJREF_IMM_TYPE: u16 = 1;
    pub const OBJREF_IMM_NAME: u16 = 2;
    pub const IMMEDIATE_DREG: u16 = 1;
    pub const IMMEDIATE_DATA: u16 = 2;
    pub const DUP_SREG_DEV: u16 = 2;
    pub const FWD_SREG_DEV: u16 = 1;
    /// No checksum covers what is written.
    pub const CSUM_NONE: u32 = 0;
    /// The register with the verdict.
    pub const REG_VERDICT: u32 = 0;
    /// The only other register used here, of 16 octets.
    pub const REG_1: u32 = 1;
    pub const CMP_EQ: u32 = 0;
    pub const CMP_NEQ: u32 = 1;
    pub const NF_DROP: u32 = 0;
    pub const NF_ACCEPT: u32 = 1;
}

/// The object type of a counter.
pub(super) const OBJECT_COUNTER: u32 = 1;

/// What the kernel knows of a packet beside its octets.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meta {
    /// The Ethernet type, two octets in network order.
    Protocol = 1,
    /// The packet's mark, four octets of this machine.
    Mark = 3,
    /// IPv4 or IPv6 (`NFPROTO_…`), one octet.
    IpVersion = 15,
    /// What is inside IP (`IPPROTO_…`), one octet.
    Transport = 16,
    /// Whom the frame is for, seen from this host (`PACKET_…`), one octet.
    Recipient = 19,
}

/// From where the place of an octet in the packet is counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Header {
    Ethernet = 0,
    Ip = 1,
    Transport = 2,
}

/// A rule: conditions from left to right, then a verdict.
#[derive(Debug, Clone, Default)]
pub(super) struct Rule(Attributes);

impl Rule {
    pub fn new() -> Self {
        Self::default()
    }

    /// The expressions, for a message.
    pub fn into_expressions(self) -> Attributes {
        self.0
    }

    /// Looks at what the kernel knows.
    pub fn meta(self, key: Meta) -> Self {
        let data = Attributes::new()
            .number(number::META_DREG, number::REG_1)
            .number(number::META_KEY, key as u32);
        self.expression("meta", data)
    }

    /// Looks at `size` octets of the packet.
    pub fn payload(self, header: Header, offset: u32, size: u32) -> Self {
        let data = Attributes::new()
            .number(number::PAYLOAD_DREG, number::REG_1)
            .number(number::PAYLOAD_BASE, header as u32)
            .number(number::PAYLOAD_OFFSET, offset)
            .number(number::PAYLOAD_LEN, size);
        self.expression("payload", data)
    }

    /// Keeps only these bits of what was looked at.
    pub fn bits(self, mask: &[u8]) -> Self {
        let data = Attributes::new()
            .number(number::BITWISE_SREG, number::REG_1)
            .number(number::BITWISE_DREG, number::REG_1)
            .number(number::BITWISE_LEN, mask.len() as u32)
            .nest(number::BITWISE_MASK, value(mask))
            .nest(number::BITWISE_XOR, value(&vec![0; mask.len()]));
        self.expression("bitwise", data)
    }

    /// Goes on only if what was looked at is this.
    pub fn equals(self, octets: &[u8]) -> Self {
        self.compare(number::CMP_EQ, octets)
    }

    /// Goes on only if what was looked at is not this.
    pub fn differs(self, octets: &[u8]) -> Self {
        self.compare(number::CMP_NEQ, octets)
    }

    /// Counts the packet in the table's counter of this name.
    pub fn count(self, counter: &str) -> Self {
        let counted = Attributes::new()
            .number(number::OBJREF_IMM_TYPE, OBJECT_COUNTER)
            .text(number::OBJREF_IMM_NAME, counter);
        self.expression("objref", counted)
    }

    /// Counts the packet in the table's counter of this name and drops it.
    pub fn drop(self, counter: &str) -> Self {
        self.count(counter).verdict(number::NF_DROP)
    }

    /// Writes octets into the Ethernet header, which no checksum covers.
    pub fn write_ethernet(self, offset: u32, octets: &[u8]) -> Self {
        let data = Attributes::new()
            .number(number::PAYLOAD_SREG, number::REG_1)
            .number(number::PAYLOAD_BASE, Header::Ethernet as u32)
            .number(number::PAYLOAD_OFFSET, offset)
            .number(number::PAYLOAD_LEN, octets.len() as u32)
            .number(number::PAYLOAD_CSUM_TYPE, number::CSUM_NONE);
        self.put(octets).expression("payload", data)
    }

    /// Sends a copy of the frame, as it is now, out of the interface with this number.
    pub fn copy_to(self, interface: u32) -> Self {
        let data = Attributes::new().number(number::DUP_SREG_DEV, number::REG_1);
        self.put(&interface.to_ne_bytes()).expression("dup", data)
    }

    /// Sends the frame out of the interface with this number; this host sees no more of it.
    pub fn send_to(self, interface: u32) -> Self {
        let data = Attributes::new().number(number::FWD_SREG_DEV, number::REG_1);
        self.put(&interface.to_ne_bytes()).expression("fwd", data)
    }

    /// Lets the packet pass this chain.
    pub fn accept(self) -> Self {
        self.verdict(number::NF_ACCEPT)
    }

    /// Puts octets into the register.
    fn put(self, octets: &[u8]) -> Self {
        let data = Attributes::new()
            .number(number::IMMEDIATE_DREG, number::REG_1)
            .nest(number::IMMEDIATE_DATA, value(octets));
        self.expression("immediate", data)
    }

    fn verdict(self, code: u32) -> Self {
        let verdict = Attributes::new().number(number::VERDICT_CODE, code);
        let data = Attributes::new()
            .number(number::IMMEDIATE_DREG, number::REG_VERDICT)
            .nest(
                number::IMMEDIATE_DATA,
                Attributes::new().nest(number::DATA_VERDICT, verdict),
            );
        self.expression("immediate", data)
    }

    fn compare(self, operator: u32, octets: &[u8]) -> Self {
        let data = Attributes::new()
            .number(number::CMP_SREG, number::REG_1)
            .number(number::CMP_OP, operator)
            .nest(number::CMP_DATA, value(octets));
        self.expression("cmp", data)
    }

    fn expression(self, name: &str, data: Attributes) -> Self {
        let expression = Attributes::new()
            .text(number::EXPR_NAME, name)
            .nest(number::EXPR_DATA, data);
        Rule(self.0.nest(number::LIST_ELEM, expression))
    }
}

fn value(octets: &[u8]) -> Attributes {
    Attributes::new().octets(number::DATA_VALUE, octets)
}

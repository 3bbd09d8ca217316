//! Transport addresses (H.245 §B.3).

use super::*;

choice! {
    TransportAddress {
        UnicastAddress(UnicastAddress),
        MulticastAddress(MulticastAddress),
        ...
    }
}

choice! {
    UnicastAddress {
        IPAddress(UnicastAddressIPAddress),
        IPXAddress(UnicastAddressIPXAddress),
        IP6Address(UnicastAddressIP6Address),
        NetBios(OctetArray<16>),
        IPSourceRouteAddress(UnicastAddressIPSourceRouteAddress),
        ...,
        Nsap(Octets<1, 20>),
        NonStandardAddress(NonStandardParameter)
    }
}

sequence! {
    UnicastAddressIPAddress {
        network: OctetArray<4>,
        tsap_identifier: Int<u16, 0, 65535>,
        ...
    }
}

sequence! {
    UnicastAddressIPXAddress {
        node: OctetArray<6>,
        netnum: OctetArray<4>,
        tsap_identifier: OctetArray<2>,
        ...
    }
}

sequence! {
    UnicastAddressIP6Address {
        network: OctetArray<16>,
        tsap_identifier: Int<u16, 0, 65535>,
        ...
    }
}

sequence! {
    UnicastAddressIPSourceRouteAddress {
        routing: UnicastAddressIPSourceRouteAddressRouting,
        network: OctetArray<4>,
        tsap_identifier: Int<u16, 0, 65535>,
        route: SeqOf<OctetArray<4>>,
        ...
    }
}

choice! {
    UnicastAddressIPSourceRouteAddressRouting {
        Strict,
        Loose,
    }
}

choice! {
    MulticastAddress {
        IPAddress(MulticastAddressIPAddress),
        IP6Address(MulticastAddressIP6Address),
        ...,
        Nsap(Octets<1, 20>),
        NonStandardAddress(NonStandardParameter)
    }
}

sequence! {
    MulticastAddressIPAddress {
        network: OctetArray<4>,
        tsap_identifier: Int<u16, 0, 65535>,
        ...
    }
}

sequence! {
    MulticastAddressIP6Address {
        network: OctetArray<16>,
        tsap_identifier: Int<u16, 0, 65535>,
        ...
    }
}

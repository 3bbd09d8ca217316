//! What an endpoint is: its kind, vendor and the protocols that it bridges to.

use super::*;

sequence! {
    EndpointType {
        non_standard_data: Opt<NonStandardParameter>,
        vendor: Opt<VendorIdentifier>,
        gatekeeper: Opt<GatekeeperInfo>,
        gateway: Opt<GatewayInfo>,
        mcu: Opt<McuInfo>,
        terminal: Opt<TerminalInfo>,
        mc: Bool,
        undefined_node: Bool,
        ...,
        set: Opt<Bits<32, 32>>,
        supported_tunnelled_protocols: Opt<SeqOf<TunnelledProtocol>>
    }
}

sequence! {
    GatewayInfo {
        protocol: Opt<SeqOf<SupportedProtocols>>,
        non_standard_data: Opt<NonStandardParameter>,
        ...
    }
}

choice! {
    SupportedProtocols {
        NonStandardData(NonStandardParameter),
        H310(H310Caps),
        H320(H320Caps),
        H321(H321Caps),
        H322(H322Caps),
        H323(H323Caps),
        H324(H324Caps),
        Voice(VoiceCaps),
        T120Only as "t120-only"(T120OnlyCaps),
        ...,
        NonStandardProtocol(NonStandardProtocol),
        T38FaxAnnexbOnly(T38FaxAnnexbOnlyCaps),
        Sip(SIPCaps)
    }
}

sequence! {
    H310Caps {
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        data_rates_supported: Opt<SeqOf<DataRate>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>
    }
}

sequence! {
    H320Caps {
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        data_rates_supported: Opt<SeqOf<DataRate>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>
    }
}

sequence! {
    H321Caps {
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        data_rates_supported: Opt<SeqOf<DataRate>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>
    }
}

sequence! {
    H322Caps {
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        data_rates_supported: Opt<SeqOf<DataRate>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>
    }
}

sequence! {
    H323Caps {
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        data_rates_supported: Opt<SeqOf<DataRate>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>
    }
}

sequence! {
    H324Caps {
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        data_rates_supported: Opt<SeqOf<DataRate>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>
    }
}

sequence! {
    VoiceCaps {
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        data_rates_supported: Opt<SeqOf<DataRate>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>
    }
}

sequence! {
    T120OnlyCaps {
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        data_rates_supported: Opt<SeqOf<DataRate>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>
    }
}

sequence! {
    NonStandardProtocol {
        non_standard_data: Opt<NonStandardParameter>,
        data_rates_supported: Opt<SeqOf<DataRate>>,
        supported_prefixes: SeqOf<SupportedPrefix>,
        ...
    }
}

sequence! {
    T38FaxAnnexbOnlyCaps {
        non_standard_data: Opt<NonStandardParameter>,
        data_rates_supported: Opt<SeqOf<DataRate>>,
        supported_prefixes: SeqOf<SupportedPrefix>,
        t38_fax_protocol: DataProtocolCapability,
        t38_fax_profile: T38FaxProfile,
        ...
    }
}

sequence! {
    SIPCaps {
        non_standard_data: Opt<NonStandardParameter>,
        data_rates_supported: Opt<SeqOf<DataRate>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>,
        ...
    }
}

sequence! {
    McuInfo {
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        protocol: Opt<SeqOf<SupportedProtocols>>
    }
}

sequence! {
    TerminalInfo {
        non_standard_data: Opt<NonStandardParameter>,
        ...
    }
}

sequence! {
    GatekeeperInfo {
        non_standard_data: Opt<NonStandardParameter>,
        ...
    }
}

sequence! {
    VendorIdentifier {
        vendor: H221NonStandard,
        product_id: Opt<Octets<1, 256>>,
        version_id: Opt<Octets<1, 256>>,
        ...,
        enterprise_number: Opt<Oid>
    }
}

sequence! {
    H221NonStandard {
        t35_country_code: Int<u8, 0, 255>,
        t35_extension: Int<u8, 0, 255>,
        manufacturer_code: Int<u16, 0, 65535>,
        ...
    }
}

sequence! {
    TunnelledProtocol {
        id: TunnelledProtocolId,
        sub_identifier: Opt<Chars<Ascii, 1, 64>>,
        ...
    }
}

choice! {
    TunnelledProtocolId {
        TunnelledProtocolObjectID(Oid),
        TunnelledProtocolAlternateID(TunnelledProtocolAlternateIdentifier),
        ...
    }
}

sequence! {
    TunnelledProtocolAlternateIdentifier {
        protocol_type: Chars<Ascii, 1, 64>,
        protocol_variant: Opt<Chars<Ascii, 1, 64>>,
        ...
    }
}

sequence! {
    NonStandardParameter {
        non_standard_identifier: NonStandardIdentifier,
        data: Octets,
    }
}

choice! {
    NonStandardIdentifier {
        Object(Oid),
        H221NonStandard(H221NonStandard),
        ...
    }
}

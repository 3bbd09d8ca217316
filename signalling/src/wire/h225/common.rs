//! Elements that several messages share: alternate gatekeepers, security, tokens, identifiers.

use super::*;

sequence! {
    Endpoint {
        non_standard_data: Opt<NonStandardParameter>,
        alias_address: Opt<SeqOf<AliasAddress>>,
        call_signal_address: Opt<SeqOf<TransportAddress>>,
        ras_address: Opt<SeqOf<TransportAddress>>,
        endpoint_type: Opt<EndpointType>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        priority: Opt<Int<u8, 0, 127>>,
        remote_extension_address: Opt<SeqOf<AliasAddress>>,
        dest_extra_call_info: Opt<SeqOf<AliasAddress>>,
        ...,
        alternate_transport_addresses: Opt<AlternateTransportAddresses>,
        circuit_info: Opt<CircuitInfo>,
        feature_set: Opt<FeatureSet>
    }
}

sequence! {
    AlternateTransportAddresses {
        annex_e: Opt<SeqOf<TransportAddress>>,
        ...,
        sctp: Opt<SeqOf<TransportAddress>>
    }
}

choice! {
    UseSpecifiedTransport {
        Tcp,
        AnnexE,
        ...,
        Sctp
    }
}

sequence! {
    AlternateGK {
        ras_address: TransportAddress,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        need_to_register: Bool,
        priority: Int<u8, 0, 127>,
        ...
    }
}

sequence! {
    AltGKInfo {
        alternate_gatekeeper: SeqOf<AlternateGK>,
        alt_g_kis_permanent: Bool,
        ...
    }
}

choice! {
    SecurityServiceMode {
        NonStandard(NonStandardParameter),
        Nothing as "none",
        Default,
        ...
    }
}

sequence! {
    SecurityCapabilities {
        non_standard: Opt<NonStandardParameter>,
        encryption: SecurityServiceMode,
        authenticaton: SecurityServiceMode,
        integrity: SecurityServiceMode,
        ...
    }
}

choice! {
    SecurityErrors {
        SecurityWrongSyncTime,
        SecurityReplay,
        SecurityWrongGeneralID,
        SecurityWrongSendersID,
        SecurityIntegrityFailed,
        SecurityWrongOID,
        SecurityDHmismatch,
        SecurityCertificateExpired,
        SecurityCertificateDateInvalid,
        SecurityCertificateRevoked,
        SecurityCertificateNotReadable,
        SecurityCertificateSignatureInvalid,
        SecurityCertificateMissing,
        SecurityCertificateIncomplete,
        SecurityUnsupportedCertificateAlgOID,
        SecurityUnknownCA,
        ...
    }
}

choice! {
    SecurityErrors2 {
        SecurityWrongSyncTime,
        SecurityReplay,
        SecurityWrongGeneralID,
        SecurityWrongSendersID,
        SecurityIntegrityFailed,
        SecurityWrongOID,
        ...
    }
}

choice! {
    H245Security {
        NonStandard(NonStandardParameter),
        NoSecurity,
        Tls(SecurityCapabilities),
        Ipsec(SecurityCapabilities),
        ...
    }
}

sequence! {
    QseriesOptions {
        q932_full: Bool,
        q951_full: Bool,
        q952_full: Bool,
        q953_full: Bool,
        q955_full: Bool,
        q956_full: Bool,
        q957_full: Bool,
        q954_info: Q954Details,
        ...
    }
}

sequence! {
    Q954Details {
        conference_calling: Bool,
        three_party_service: Bool,
        ...
    }
}

pub type GloballyUniqueID = OctetArray<16>;

pub type ConferenceIdentifier = GloballyUniqueID;

pub type RequestSeqNum = Int<u16, 1, 65535>;

pub type GatekeeperIdentifier = Bmp<1, 128>;

pub type BandWidth = Int<u32, 0, 4294967295>;

pub type CallReferenceValue = Int<u16, 0, 65535>;

pub type EndpointIdentifier = Bmp<1, 128>;

pub type ProtocolIdentifier = Oid;

pub type TimeToLive = Int<u32, 1, 4294967295>;

pub type H248PackagesDescriptor = Octets;

pub type H248SignalsDescriptor = Octets;

pub type FeatureDescriptor = GenericData;

sequence! {
    CallIdentifier {
        guid: GloballyUniqueID,
        ...
    }
}

choice! {
    EncryptIntAlg {
        NonStandard(NonStandardParameter),
        IsoAlgorithm(Oid),
        ...
    }
}

choice! {
    NonIsoIntegrityMechanism {
        HMACMd5 as "hMAC-MD5",
        HMACIso101182S as "hMAC-iso10118-2-s"(EncryptIntAlg),
        HMACIso101182L as "hMAC-iso10118-2-l"(EncryptIntAlg),
        HMACIso101183 as "hMAC-iso10118-3"(Oid),
        ...
    }
}

choice! {
    IntegrityMechanism {
        NonStandard(NonStandardParameter),
        DigSig,
        Iso9797(Oid),
        NonIsoIM(NonIsoIntegrityMechanism),
        ...
    }
}

sequence! {
    ICV {
        algorithm_oid as "algorithmOID": Oid,
        icv: Bits,
    }
}

pub type FastStartToken = ClearToken;

pub type EncodedFastStartToken = Open;

choice! {
    CryptoH323Token {
        CryptoEPPwdHash(CryptoH323TokenCryptoEPPwdHash),
        CryptoGKPwdHash(CryptoH323TokenCryptoGKPwdHash),
        CryptoEPPwdEncr(ENCRYPTED),
        CryptoGKPwdEncr(ENCRYPTED),
        CryptoEPCert(SIGNED),
        CryptoGKCert(SIGNED),
        CryptoFastStart(SIGNED),
        NestedcryptoToken(CryptoToken),
        ...
    }
}

sequence! {
    CryptoH323TokenCryptoEPPwdHash {
        alias: AliasAddress,
        time_stamp: TimeStamp,
        token: HASHED,
    }
}

sequence! {
    CryptoH323TokenCryptoGKPwdHash {
        gatekeeper_id: GatekeeperIdentifier,
        time_stamp: TimeStamp,
        token: HASHED,
    }
}

choice! {
    TransportAddress {
        IpAddress(TransportAddressIpAddress),
        IpSourceRoute(TransportAddressIpSourceRoute),
        IpxAddress(TransportAddressIpxAddress),
        Ip6Address(TransportAddressIp6Address),
        NetBios(OctetArray<16>),
        Nsap(Octets<1, 20>),
        NonStandardAddress(NonStandardParameter),
        ...
    }
}

sequence! {
    TransportAddressIpAddress {
        ip: OctetArray<4>,
        port: Int<u16, 0, 65535>,
    }
}

sequence! {
    TransportAddressIpSourceRoute {
        ip: OctetArray<4>,
        port: Int<u16, 0, 65535>,
        route: SeqOf<OctetArray<4>>,
        routing: TransportAddressIpSourceRouteRouting,
        ...
    }
}

choice! {
    TransportAddressIpSourceRouteRouting {
        Strict,
        Loose,
        ...
    }
}

sequence! {
    TransportAddressIpxAddress {
        node: OctetArray<6>,
        netnum: OctetArray<4>,
        port: OctetArray<2>,
    }
}

sequence! {
    TransportAddressIp6Address {
        ip: OctetArray<16>,
        port: Int<u16, 0, 65535>,
        ...
    }
}

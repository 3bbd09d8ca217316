//! TODO-DOC

use super::per::*;
#[allow(unused_imports)]
use super::h235::{SIGNED, ENCRYPTED, HASHED, ChallengeString, TimeStamp, RandomVal, Password, EncodedPwdCertToken, ClearToken, CryptoToken, AuthenticationMechanism};
#[allow(unused_imports)]
use super::h245::{DataProtocolCapability, T38FaxProfile, QOSCapability};

alphabet!(AliasAddressChars = b"#*,0123456789");
alphabet!(TbcdStringChars = b"#*0123456789abc");
alphabet!(IsupDigitsChars = b"0123456789ABCDE");

sequence! {
    H323UserInformation {
        h323_uu_pdu: H323UuPdu,
        user_data: Opt<H323UserInformationUserData>,
        ...
    }
}

sequence! {
    H323UserInformationUserData {
        protocol_discriminator: Int<u8, 0, 255>,
        user_information: Octets<1, 131>,
        ...
    }
}

sequence! {
    H323UuPdu {
        h323_message_body: H323UuPduH323MessageBody,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        h4501_supplementary_service: Opt<SeqOf<Octets>>,
        h245_tunneling: Opt<Bool>,
        h245_control: Opt<SeqOf<Octets>>,
        non_standard_control: Opt<SeqOf<NonStandardParameter>>,
        call_linkage: Opt<CallLinkage>,
        tunnelled_signalling_message: Opt<H323UuPduTunnelledSignallingMessage>,
        provisional_resp_to_h245_tunneling: Opt<Null>,
        stimulus_control: Opt<StimulusControl>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

choice! {
    H323UuPduH323MessageBody {
        Setup(SetupUuie),
        CallProceeding(CallProceedingUuie),
        Connect(ConnectUuie),
        Alerting(AlertingUuie),
        Information(InformationUuie),
        ReleaseComplete(ReleaseCompleteUuie),
        Facility(FacilityUuie),
        ...,
        Progress(ProgressUuie),
        Empty,
        Status(StatusUuie),
        StatusInquiry(StatusInquiryUuie),
        SetupAcknowledge(SetupAcknowledgeUuie),
        Notify(NotifyUuie)
    }
}

sequence! {
    H323UuPduTunnelledSignallingMessage {
        tunnelled_protocol_id: TunnelledProtocol,
        message_content: SeqOf<Octets>,
        tunnelling_required: Opt<Null>,
        non_standard_data: Opt<NonStandardParameter>,
        ...
    }
}

sequence! {
    StimulusControl {
        non_standard: Opt<NonStandardParameter>,
        is_text: Opt<Null>,
        h248_message: Opt<Octets>,
        ...
    }
}

sequence! {
    AlertingUuie {
        protocol_identifier: ProtocolIdentifier,
        destination_info: EndpointType,
        h245_address: Opt<TransportAddress>,
        ...,
        call_identifier: Opt<CallIdentifier>,
        h245_security_mode: Opt<H245Security>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        fast_start: Opt<SeqOf<Octets>>,
        multiple_calls: Opt<Bool>,
        maintain_connection: Opt<Bool>,
        alerting_address: Opt<SeqOf<AliasAddress>>,
        presentation_indicator: Opt<PresentationIndicator>,
        screening_indicator: Opt<ScreeningIndicator>,
        fast_connect_refused: Opt<Null>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        capacity: Opt<CallCapacity>,
        feature_set: Opt<FeatureSet>,
        display_name: Opt<SeqOf<DisplayName>>
    }
}

sequence! {
    CallProceedingUuie {
        protocol_identifier: ProtocolIdentifier,
        destination_info: EndpointType,
        h245_address: Opt<TransportAddress>,
        ...,
        call_identifier: Opt<CallIdentifier>,
        h245_security_mode: Opt<H245Security>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        fast_start: Opt<SeqOf<Octets>>,
        multiple_calls: Opt<Bool>,
        maintain_connection: Opt<Bool>,
        fast_connect_refused: Opt<Null>,
        feature_set: Opt<FeatureSet>
    }
}

sequence! {
    ConnectUuie {
        protocol_identifier: ProtocolIdentifier,
        h245_address: Opt<TransportAddress>,
        destination_info: EndpointType,
        conference_id: ConferenceIdentifier,
        ...,
        call_identifier: Opt<CallIdentifier>,
        h245_security_mode: Opt<H245Security>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        fast_start: Opt<SeqOf<Octets>>,
        multiple_calls: Opt<Bool>,
        maintain_connection: Opt<Bool>,
        language: Opt<SeqOf<Chars<Ascii, 1, 32>>>,
        connected_address: Opt<SeqOf<AliasAddress>>,
        presentation_indicator: Opt<PresentationIndicator>,
        screening_indicator: Opt<ScreeningIndicator>,
        fast_connect_refused: Opt<Null>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        capacity: Opt<CallCapacity>,
        feature_set: Opt<FeatureSet>,
        display_name: Opt<SeqOf<DisplayName>>
    }
}

sequence! {
    InformationUuie {
        protocol_identifier: ProtocolIdentifier,
        ...,
        call_identifier: Opt<CallIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        fast_start: Opt<SeqOf<Octets>>,
        fast_connect_refused: Opt<Null>,
        circuit_info: Opt<CircuitInfo>
    }
}

sequence! {
    ReleaseCompleteUuie {
        protocol_identifier: ProtocolIdentifier,
        reason: Opt<ReleaseCompleteReason>,
        ...,
        call_identifier: Opt<CallIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        busy_address: Opt<SeqOf<AliasAddress>>,
        presentation_indicator: Opt<PresentationIndicator>,
        screening_indicator: Opt<ScreeningIndicator>,
        capacity: Opt<CallCapacity>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        feature_set: Opt<FeatureSet>,
        destination_info: Opt<EndpointType>,
        display_name: Opt<SeqOf<DisplayName>>
    }
}

choice! {
    ReleaseCompleteReason {
        NoBandwidth,
        GatekeeperResources,
        UnreachableDestination,
        DestinationRejection,
        InvalidRevision,
        NoPermission,
        UnreachableGatekeeper,
        GatewayResources,
        BadFormatAddress,
        AdaptiveBusy,
        InConf,
        UndefinedReason,
        ...,
        FacilityCallDeflection,
        SecurityDenied,
        CalledPartyNotRegistered,
        CallerNotRegistered,
        NewConnectionNeeded,
        NonStandardReason(NonStandardParameter),
        ReplaceWithConferenceInvite(ConferenceIdentifier),
        GenericDataReason,
        NeededFeatureNotSupported,
        TunnelledSignallingRejected,
        InvalidCID,
        SecurityError(SecurityErrors),
        HopCountExceeded
    }
}

sequence! {
    SetupUuie {
        protocol_identifier: ProtocolIdentifier,
        h245_address: Opt<TransportAddress>,
        source_address: Opt<SeqOf<AliasAddress>>,
        source_info: EndpointType,
        destination_address: Opt<SeqOf<AliasAddress>>,
        dest_call_signal_address: Opt<TransportAddress>,
        dest_extra_call_info: Opt<SeqOf<AliasAddress>>,
        dest_extra_crv: Opt<SeqOf<CallReferenceValue>>,
        active_mc: Bool,
        conference_id: ConferenceIdentifier,
        conference_goal: SetupUuieConferenceGoal,
        call_services: Opt<QseriesOptions>,
        call_type: CallType,
        ...,
        source_call_signal_address: Opt<TransportAddress>,
        remote_extension_address: Opt<AliasAddress>,
        call_identifier: Opt<CallIdentifier>,
        h245_security_capability: Opt<SeqOf<H245Security>>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        fast_start: Opt<SeqOf<Octets>>,
        media_wait_for_connect: Opt<Bool>,
        can_overlap_send: Opt<Bool>,
        endpoint_identifier: Opt<EndpointIdentifier>,
        multiple_calls: Opt<Bool>,
        maintain_connection: Opt<Bool>,
        connection_parameters: Opt<SetupUuieConnectionParameters>,
        language: Opt<SeqOf<Chars<Ascii, 1, 32>>>,
        presentation_indicator: Opt<PresentationIndicator>,
        screening_indicator: Opt<ScreeningIndicator>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        symmetric_operation_required: Opt<Null>,
        capacity: Opt<CallCapacity>,
        circuit_info: Opt<CircuitInfo>,
        desired_protocols: Opt<SeqOf<SupportedProtocols>>,
        needed_features: Opt<SeqOf<FeatureDescriptor>>,
        desired_features: Opt<SeqOf<FeatureDescriptor>>,
        supported_features: Opt<SeqOf<FeatureDescriptor>>,
        parallel_h245_control: Opt<SeqOf<Octets>>,
        additional_source_addresses: Opt<SeqOf<ExtendedAliasAddress>>,
        hop_count: Opt<Int<u8, 1, 31>>,
        display_name: Opt<SeqOf<DisplayName>>
    }
}

choice! {
    SetupUuieConferenceGoal {
        Create,
        Join,
        Invite,
        ...,
        CapabilityNegotiation,
        CallIndependentSupplementaryService
    }
}

sequence! {
    SetupUuieConnectionParameters {
        connection_type: ScnConnectionType,
        number_of_scn_connections: Int<u16, 0, 65535>,
        connection_aggregation: ScnConnectionAggregation,
        ...
    }
}

choice! {
    ScnConnectionType {
        Unknown,
        BChannel,
        Hybrid2x64,
        Hybrid384,
        Hybrid1536,
        Hybrid1920,
        Multirate,
        ...
    }
}

choice! {
    ScnConnectionAggregation {
        Auto,
        Nothing,
        H221,
        BondedMode1,
        BondedMode2,
        BondedMode3,
        ...
    }
}

choice! {
    PresentationIndicator {
        PresentationAllowed,
        PresentationRestricted,
        AddressNotAvailable,
        ...
    }
}

enumerated! {
    ScreeningIndicator {
        UserProvidedNotScreened,
        UserProvidedVerifiedAndPassed,
        UserProvidedVerifiedAndFailed,
        NetworkProvided,
        ...
    }
}

sequence! {
    FacilityUuie {
        protocol_identifier: ProtocolIdentifier,
        alternative_address: Opt<TransportAddress>,
        alternative_alias_address: Opt<SeqOf<AliasAddress>>,
        conference_id: Opt<ConferenceIdentifier>,
        reason: FacilityReason,
        ...,
        call_identifier: Opt<CallIdentifier>,
        dest_extra_call_info: Opt<SeqOf<AliasAddress>>,
        remote_extension_address: Opt<AliasAddress>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        conferences: Opt<SeqOf<ConferenceList>>,
        h245_address: Opt<TransportAddress>,
        fast_start: Opt<SeqOf<Octets>>,
        multiple_calls: Opt<Bool>,
        maintain_connection: Opt<Bool>,
        fast_connect_refused: Opt<Null>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        circuit_info: Opt<CircuitInfo>,
        feature_set: Opt<FeatureSet>,
        destination_info: Opt<EndpointType>,
        h245_security_mode: Opt<H245Security>
    }
}

sequence! {
    ConferenceList {
        conference_id: Opt<ConferenceIdentifier>,
        conference_alias: Opt<AliasAddress>,
        non_standard_data: Opt<NonStandardParameter>,
        ...
    }
}

choice! {
    FacilityReason {
        RouteCallToGatekeeper,
        CallForwarded,
        RouteCallToMC,
        UndefinedReason,
        ...,
        ConferenceListChoice,
        StartH245,
        NoH245,
        NewTokens,
        FeatureSetUpdate,
        ForwardedElements,
        TransportedInformation
    }
}

sequence! {
    ProgressUuie {
        protocol_identifier: ProtocolIdentifier,
        destination_info: EndpointType,
        h245_address: Opt<TransportAddress>,
        call_identifier: CallIdentifier,
        h245_security_mode: Opt<H245Security>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        fast_start: Opt<SeqOf<Octets>>,
        ...,
        multiple_calls: Opt<Bool>,
        maintain_connection: Opt<Bool>,
        fast_connect_refused: Opt<Null>
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

sequence! {
    StatusUuie {
        protocol_identifier: ProtocolIdentifier,
        call_identifier: CallIdentifier,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        ...
    }
}

sequence! {
    StatusInquiryUuie {
        protocol_identifier: ProtocolIdentifier,
        call_identifier: CallIdentifier,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        ...
    }
}

sequence! {
    SetupAcknowledgeUuie {
        protocol_identifier: ProtocolIdentifier,
        call_identifier: CallIdentifier,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        ...
    }
}

sequence! {
    NotifyUuie {
        protocol_identifier: ProtocolIdentifier,
        call_identifier: CallIdentifier,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        ...,
        connected_address: Opt<SeqOf<AliasAddress>>,
        presentation_indicator: Opt<PresentationIndicator>,
        screening_indicator: Opt<ScreeningIndicator>,
        destination_info: Opt<EndpointType>,
        display_name: Opt<SeqOf<DisplayName>>
    }
}

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
        T120Only(T120OnlyCaps),
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

choice! {
    AliasAddress {
        DialedDigits(Chars<AliasAddressChars, 1, 128>),
        H323Id(Bmp<1, 256>),
        ...,
        UrlId(Chars<Ascii, 1, 512>),
        TransportID(TransportAddress),
        EmailId(Chars<Ascii, 1, 512>),
        PartyNumber(PartyNumber),
        MobileUIM(MobileUIM),
        IsupNumber(IsupNumber)
    }
}

choice! {
    AddressPattern {
        Wildcard(AliasAddress),
        Range(AddressPatternRange),
        ...
    }
}

sequence! {
    AddressPatternRange {
        start_of_range: PartyNumber,
        end_of_range: PartyNumber,
    }
}

choice! {
    PartyNumber {
        E164Number(PublicPartyNumber),
        DataPartyNumber(NumberDigits),
        TelexPartyNumber(NumberDigits),
        PrivateNumber(PrivatePartyNumber),
        NationalStandardPartyNumber(NumberDigits),
        ...
    }
}

sequence! {
    PublicPartyNumber {
        public_type_of_number: PublicTypeOfNumber,
        public_number_digits: NumberDigits,
    }
}

sequence! {
    PrivatePartyNumber {
        private_type_of_number: PrivateTypeOfNumber,
        private_number_digits: NumberDigits,
    }
}

pub type NumberDigits = Chars<AliasAddressChars, 1, 128>;

sequence! {
    DisplayName {
        language: Opt<Chars>,
        name: Bmp<1, 80>,
    }
}

choice! {
    PublicTypeOfNumber {
        Unknown,
        InternationalNumber,
        NationalNumber,
        NetworkSpecificNumber,
        SubscriberNumber,
        AbbreviatedNumber,
        ...
    }
}

choice! {
    PrivateTypeOfNumber {
        Unknown,
        Level2RegionalNumber,
        Level1RegionalNumber,
        PISNSpecificNumber,
        LocalNumber,
        AbbreviatedNumber,
        ...
    }
}

choice! {
    MobileUIM {
        Ansi41Uim(Ansi41Uim),
        GsmUim(GsmUim),
        ...
    }
}

pub type TbcdString = Chars<TbcdStringChars>;

sequence! {
    Ansi41Uim {
        imsi: Opt<Chars<TbcdStringChars, 3, 16>>,
        min: Opt<Chars<TbcdStringChars, 3, 16>>,
        mdn: Opt<Chars<TbcdStringChars, 3, 16>>,
        msisdn: Opt<Chars<TbcdStringChars, 3, 16>>,
        esn: Opt<Chars<TbcdStringChars, 16, 16>>,
        mscid: Opt<Chars<TbcdStringChars, 3, 16>>,
        system_id: Ansi41UimSystemId,
        system_my_type_code: Opt<OctetArray<1>>,
        system_access_type: Opt<OctetArray<1>>,
        qualification_information_code: Opt<OctetArray<1>>,
        sesn: Opt<Chars<TbcdStringChars, 16, 16>>,
        soc: Opt<Chars<TbcdStringChars, 3, 16>>,
        ...
    }
}

choice! {
    Ansi41UimSystemId {
        Sid(Chars<TbcdStringChars, 1, 4>),
        Mid(Chars<TbcdStringChars, 1, 4>),
        ...
    }
}

sequence! {
    GsmUim {
        imsi: Opt<Chars<TbcdStringChars, 3, 16>>,
        tmsi: Opt<Octets<1, 4>>,
        msisdn: Opt<Chars<TbcdStringChars, 3, 16>>,
        imei: Opt<Chars<TbcdStringChars, 15, 16>>,
        hplmn: Opt<Chars<TbcdStringChars, 1, 4>>,
        vplmn: Opt<Chars<TbcdStringChars, 1, 4>>,
        ...
    }
}

choice! {
    IsupNumber {
        E164Number(IsupPublicPartyNumber),
        DataPartyNumber(IsupDigits),
        TelexPartyNumber(IsupDigits),
        PrivateNumber(IsupPrivatePartyNumber),
        NationalStandardPartyNumber(IsupDigits),
        ...
    }
}

sequence! {
    IsupPublicPartyNumber {
        nature_of_address: NatureOfAddress,
        address: IsupDigits,
        ...
    }
}

sequence! {
    IsupPrivatePartyNumber {
        private_type_of_number: PrivateTypeOfNumber,
        address: IsupDigits,
        ...
    }
}

choice! {
    NatureOfAddress {
        Unknown,
        SubscriberNumber,
        NationalNumber,
        InternationalNumber,
        NetworkSpecificNumber,
        RoutingNumberNationalFormat,
        RoutingNumberNetworkSpecificFormat,
        RoutingNumberWithCalledDirectoryNumber,
        ...
    }
}

pub type IsupDigits = Chars<IsupDigitsChars, 1, 128>;

sequence! {
    ExtendedAliasAddress {
        address: AliasAddress,
        presentation_indicator: Opt<PresentationIndicator>,
        screening_indicator: Opt<ScreeningIndicator>,
        ...
    }
}

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
        Nothing,
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
        HMACMd5,
        HMACIso101182S(EncryptIntAlg),
        HMACIso101182L(EncryptIntAlg),
        HMACIso101183(Oid),
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
        algorithm_oid: Oid,
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

sequence! {
    DataRate {
        non_standard_data: Opt<NonStandardParameter>,
        channel_rate: BandWidth,
        channel_multiplier: Opt<Int<u16, 1, 256>>,
        ...
    }
}

sequence! {
    CallLinkage {
        global_call_id: Opt<GloballyUniqueID>,
        thread_id: Opt<GloballyUniqueID>,
        ...
    }
}

sequence! {
    SupportedPrefix {
        non_standard_data: Opt<NonStandardParameter>,
        prefix: AliasAddress,
        ...
    }
}

sequence! {
    CapacityReportingCapability {
        can_report_call_capacity: Bool,
        ...
    }
}

sequence! {
    CapacityReportingSpecification {
        when: CapacityReportingSpecificationWhen,
        ...
    }
}

sequence! {
    CapacityReportingSpecificationWhen {
        call_start: Opt<Null>,
        call_end: Opt<Null>,
        ...
    }
}

sequence! {
    CallCapacity {
        maximum_call_capacity: Opt<CallCapacityInfo>,
        current_call_capacity: Opt<CallCapacityInfo>,
        ...
    }
}

sequence! {
    CallCapacityInfo {
        voice_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        h310_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        h320_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        h321_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        h322_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        h323_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        h324_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        t120_only_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        t38_fax_annexb_only_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        terminal_calls_available: Opt<SeqOf<CallsAvailable>>,
        mcu_calls_available: Opt<SeqOf<CallsAvailable>>,
        ...,
        sip_gw_calls_available: Opt<SeqOf<CallsAvailable>>
    }
}

sequence! {
    CallsAvailable {
        calls: Int<u32, 0, 4294967295>,
        group: Opt<Chars<Ascii, 1, 128>>,
        ...,
        carrier: Opt<CarrierInfo>
    }
}

sequence! {
    CircuitInfo {
        source_circuit_id: Opt<CircuitIdentifier>,
        destination_circuit_id: Opt<CircuitIdentifier>,
        generic_data: Opt<SeqOf<GenericData>>,
        ...
    }
}

sequence! {
    CircuitIdentifier {
        cic: Opt<CicInfo>,
        group: Opt<GroupID>,
        ...,
        carrier: Opt<CarrierInfo>
    }
}

sequence! {
    CicInfo {
        cic: SeqOf<Octets<2, 4>>,
        point_code: Octets<2, 5>,
        ...
    }
}

sequence! {
    GroupID {
        member: Opt<SeqOf<Int<u16, 0, 65535>>>,
        group: Chars<Ascii, 1, 128>,
        ...
    }
}

sequence! {
    CarrierInfo {
        carrier_identification_code: Opt<Octets<3, 4>>,
        carrier_name: Opt<Chars<Ascii, 1, 128>>,
        ...
    }
}

choice! {
    ServiceControlDescriptor {
        Url(Chars<Ascii, 0, 512>),
        Signal(H248SignalsDescriptor),
        NonStandard(NonStandardParameter),
        CallCreditServiceControl(CallCreditServiceControl),
        ...
    }
}

sequence! {
    ServiceControlSession {
        session_id: Int<u8, 0, 255>,
        contents: Opt<ServiceControlDescriptor>,
        reason: ServiceControlSessionReason,
        ...
    }
}

choice! {
    ServiceControlSessionReason {
        Open,
        Refresh,
        Close,
        ...
    }
}

sequence! {
    RasUsageInfoTypes {
        non_standard_usage_types: SeqOf<NonStandardParameter>,
        start_time: Opt<Null>,
        end_time: Opt<Null>,
        termination_cause: Opt<Null>,
        ...
    }
}

sequence! {
    RasUsageSpecification {
        when: RasUsageSpecificationWhen,
        call_starting_point: Opt<RasUsageSpecificationCallStartingPoint>,
        required: RasUsageInfoTypes,
        ...
    }
}

sequence! {
    RasUsageSpecificationWhen {
        start: Opt<Null>,
        end: Opt<Null>,
        in_irr: Opt<Null>,
        ...
    }
}

sequence! {
    RasUsageSpecificationCallStartingPoint {
        alerting: Opt<Null>,
        connect: Opt<Null>,
        ...
    }
}

sequence! {
    RasUsageInformation {
        non_standard_usage_fields: SeqOf<NonStandardParameter>,
        alerting_time: Opt<TimeStamp>,
        connect_time: Opt<TimeStamp>,
        end_time: Opt<TimeStamp>,
        ...
    }
}

choice! {
    CallTerminationCause {
        ReleaseCompleteReason(ReleaseCompleteReason),
        ReleaseCompleteCauseIE(Octets<2, 32>),
        ...
    }
}

sequence! {
    BandwidthDetails {
        sender: Bool,
        multicast: Bool,
        bandwidth: BandWidth,
        rtcp_addresses: TransportChannelInfo,
        ...
    }
}

sequence! {
    CallCreditCapability {
        can_display_amount_string: Opt<Bool>,
        can_enforce_duration_limit: Opt<Bool>,
        ...
    }
}

sequence! {
    CallCreditServiceControl {
        amount_string: Opt<Bmp<1, 512>>,
        billing_mode: Opt<CallCreditServiceControlBillingMode>,
        call_duration_limit: Opt<Int<u32, 1, 4294967295>>,
        enforce_call_duration_limit: Opt<Bool>,
        call_starting_point: Opt<CallCreditServiceControlCallStartingPoint>,
        ...
    }
}

choice! {
    CallCreditServiceControlBillingMode {
        Credit,
        Debit,
        ...
    }
}

choice! {
    CallCreditServiceControlCallStartingPoint {
        Alerting,
        Connect,
        ...
    }
}

sequence! {
    GenericData {
        id: GenericIdentifier,
        parameters: Opt<SeqOf<EnumeratedParameter, 1, 512>>,
        ...
    }
}

choice! {
    GenericIdentifier {
        Standard(ExtInt<0, 16383>),
        Oid(Oid),
        NonStandard(GloballyUniqueID),
        ...
    }
}

sequence! {
    EnumeratedParameter {
        id: GenericIdentifier,
        content: Opt<Content>,
        ...
    }
}

choice! {
    Content {
        Raw(Octets),
        Text(Chars),
        Unicode(Bmp),
        Bool(Bool),
        Number8(Int<u8, 0, 255>),
        Number16(Int<u16, 0, 65535>),
        Number32(Int<u32, 0, 4294967295>),
        Id(GenericIdentifier),
        Alias(AliasAddress),
        Transport(TransportAddress),
        Compound(SeqOf<EnumeratedParameter, 1, 512>),
        Nested(SeqOf<GenericData, 1, 16>),
        ...
    }
}

sequence! {
    FeatureSet {
        replacement_feature_set: Bool,
        needed_features: Opt<SeqOf<FeatureDescriptor>>,
        desired_features: Opt<SeqOf<FeatureDescriptor>>,
        supported_features: Opt<SeqOf<FeatureDescriptor>>,
        ...
    }
}

sequence! {
    TransportChannelInfo {
        send_address: Opt<TransportAddress>,
        recv_address: Opt<TransportAddress>,
        ...
    }
}

sequence! {
    RTPSession {
        rtp_address: TransportChannelInfo,
        rtcp_address: TransportChannelInfo,
        cname: Chars<Printable>,
        ssrc: Int<u32, 1, 4294967295>,
        session_id: Int<u8, 1, 255>,
        associated_session_ids: SeqOf<Int<u8, 1, 255>>,
        ...,
        multicast: Opt<Null>,
        bandwidth: Opt<BandWidth>
    }
}

choice! {
    RehomingModel {
        GatekeeperBased,
        EndpointBased,
    }
}

choice! {
    RasMessage {
        GatekeeperRequest(GatekeeperRequest),
        GatekeeperConfirm(GatekeeperConfirm),
        GatekeeperReject(GatekeeperReject),
        RegistrationRequest(RegistrationRequest),
        RegistrationConfirm(RegistrationConfirm),
        RegistrationReject(RegistrationReject),
        UnregistrationRequest(UnregistrationRequest),
        UnregistrationConfirm(UnregistrationConfirm),
        UnregistrationReject(UnregistrationReject),
        AdmissionRequest(AdmissionRequest),
        AdmissionConfirm(AdmissionConfirm),
        AdmissionReject(AdmissionReject),
        BandwidthRequest(BandwidthRequest),
        BandwidthConfirm(BandwidthConfirm),
        BandwidthReject(BandwidthReject),
        DisengageRequest(DisengageRequest),
        DisengageConfirm(DisengageConfirm),
        DisengageReject(DisengageReject),
        LocationRequest(LocationRequest),
        LocationConfirm(LocationConfirm),
        LocationReject(LocationReject),
        InfoRequest(InfoRequest),
        InfoRequestResponse(InfoRequestResponse),
        NonStandardMessage(NonStandardMessage),
        UnknownMessageResponse(UnknownMessageResponse),
        ...,
        RequestInProgress(RequestInProgress),
        ResourcesAvailableIndicate(ResourcesAvailableIndicate),
        ResourcesAvailableConfirm(ResourcesAvailableConfirm),
        InfoRequestAck(InfoRequestAck),
        InfoRequestNak(InfoRequestNak),
        ServiceControlIndication(ServiceControlIndication),
        ServiceControlResponse(ServiceControlResponse),
        AdmissionConfirmSequence(SeqOf<AdmissionConfirm>)
    }
}

sequence! {
    GatekeeperRequest {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        ras_address: TransportAddress,
        endpoint_type: EndpointType,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        call_services: Opt<QseriesOptions>,
        endpoint_alias: Opt<SeqOf<AliasAddress>>,
        ...,
        alternate_endpoints: Opt<SeqOf<Endpoint>>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        authentication_capability: Opt<SeqOf<AuthenticationMechanism>>,
        algorithm_oids: Opt<SeqOf<Oid>>,
        integrity: Opt<SeqOf<IntegrityMechanism>>,
        integrity_check_value: Opt<ICV>,
        supports_alt_gk: Opt<Null>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        supports_assigned_gk: Opt<Bool>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

sequence! {
    GatekeeperConfirm {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        ras_address: TransportAddress,
        ...,
        alternate_gatekeeper: Opt<SeqOf<AlternateGK>>,
        authentication_mode: Opt<AuthenticationMechanism>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        algorithm_oid: Opt<Oid>,
        integrity: Opt<SeqOf<IntegrityMechanism>>,
        integrity_check_value: Opt<ICV>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>,
        rehoming_model: Opt<RehomingModel>
    }
}

sequence! {
    GatekeeperReject {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        reject_reason: GatekeeperRejectReason,
        ...,
        alt_gk_info: Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

choice! {
    GatekeeperRejectReason {
        ResourceUnavailable,
        TerminalExcluded,
        InvalidRevision,
        UndefinedReason,
        ...,
        SecurityDenial,
        GenericDataReason,
        NeededFeatureNotSupported,
        SecurityError(SecurityErrors)
    }
}

sequence! {
    RegistrationRequest {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        discovery_complete: Bool,
        call_signal_address: SeqOf<TransportAddress>,
        ras_address: SeqOf<TransportAddress>,
        terminal_type: EndpointType,
        terminal_alias: Opt<SeqOf<AliasAddress>>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        endpoint_vendor: VendorIdentifier,
        ...,
        alternate_endpoints: Opt<SeqOf<Endpoint>>,
        time_to_live: Opt<TimeToLive>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        keep_alive: Opt<Bool>,
        endpoint_identifier: Opt<EndpointIdentifier>,
        will_supply_uuies: Opt<Bool>,
        maintain_connection: Opt<Bool>,
        alternate_transport_addresses: Opt<AlternateTransportAddresses>,
        additive_registration: Opt<Null>,
        terminal_alias_pattern: Opt<SeqOf<AddressPattern>>,
        supports_alt_gk: Opt<Null>,
        usage_reporting_capability: Opt<RasUsageInfoTypes>,
        multiple_calls: Opt<Bool>,
        supported_h248_packages: Opt<SeqOf<H248PackagesDescriptor>>,
        call_credit_capability: Opt<CallCreditCapability>,
        capacity_reporting_capability: Opt<CapacityReportingCapability>,
        capacity: Opt<CallCapacity>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        restart: Opt<Null>,
        supports_acf_sequences: Opt<Null>,
        supports_assigned_gk: Opt<Bool>,
        assigned_gatekeeper: Opt<AlternateGK>,
        transport_qos: Opt<TransportQOS>,
        language: Opt<SeqOf<Chars<Ascii, 1, 32>>>
    }
}

sequence! {
    RegistrationConfirm {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        call_signal_address: SeqOf<TransportAddress>,
        terminal_alias: Opt<SeqOf<AliasAddress>>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        endpoint_identifier: EndpointIdentifier,
        ...,
        alternate_gatekeeper: Opt<SeqOf<AlternateGK>>,
        time_to_live: Opt<TimeToLive>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        will_respond_to_irr: Opt<Bool>,
        pre_granted_arq: Opt<RegistrationConfirmPreGrantedARQ>,
        maintain_connection: Opt<Bool>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        supports_additive_registration: Opt<Null>,
        terminal_alias_pattern: Opt<SeqOf<AddressPattern>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>,
        usage_spec: Opt<SeqOf<RasUsageSpecification>>,
        feature_server_alias: Opt<AliasAddress>,
        capacity_reporting_spec: Opt<CapacityReportingSpecification>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>,
        rehoming_model: Opt<RehomingModel>,
        transport_qos: Opt<TransportQOS>,
        language: Opt<SeqOf<Chars<Ascii, 1, 32>>>
    }
}

sequence! {
    RegistrationConfirmPreGrantedARQ {
        make_call: Bool,
        use_gk_call_signal_address_to_make_call: Bool,
        answer_call: Bool,
        use_gk_call_signal_address_to_answer: Bool,
        ...,
        irr_frequency_in_call: Opt<Int<u16, 1, 65535>>,
        total_bandwidth_restriction: Opt<BandWidth>,
        alternate_transport_addresses: Opt<AlternateTransportAddresses>,
        use_specified_transport: Opt<UseSpecifiedTransport>
    }
}

sequence! {
    RegistrationReject {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        reject_reason: RegistrationRejectReason,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        ...,
        alt_gk_info: Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

choice! {
    RegistrationRejectReason {
        DiscoveryRequired,
        InvalidRevision,
        InvalidCallSignalAddress,
        InvalidRASAddress,
        DuplicateAlias(SeqOf<AliasAddress>),
        InvalidTerminalType,
        UndefinedReason,
        TransportNotSupported,
        ...,
        TransportQOSNotSupported,
        ResourceUnavailable,
        InvalidAlias,
        SecurityDenial,
        FullRegistrationRequired,
        AdditiveRegistrationNotSupported,
        InvalidTerminalAliases(RegistrationRejectReasonInvalidTerminalAliases),
        GenericDataReason,
        NeededFeatureNotSupported,
        SecurityError(SecurityErrors),
        RegisterWithAssignedGK
    }
}

sequence! {
    RegistrationRejectReasonInvalidTerminalAliases {
        terminal_alias: Opt<SeqOf<AliasAddress>>,
        terminal_alias_pattern: Opt<SeqOf<AddressPattern>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>,
        ...
    }
}

sequence! {
    UnregistrationRequest {
        request_seq_num: RequestSeqNum,
        call_signal_address: SeqOf<TransportAddress>,
        endpoint_alias: Opt<SeqOf<AliasAddress>>,
        non_standard_data: Opt<NonStandardParameter>,
        endpoint_identifier: Opt<EndpointIdentifier>,
        ...,
        alternate_endpoints: Opt<SeqOf<Endpoint>>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        reason: Opt<UnregRequestReason>,
        endpoint_alias_pattern: Opt<SeqOf<AddressPattern>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>,
        alternate_gatekeeper: Opt<SeqOf<AlternateGK>>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

choice! {
    UnregRequestReason {
        ReregistrationRequired,
        TtlExpired,
        SecurityDenial,
        UndefinedReason,
        ...,
        Maintenance,
        SecurityError(SecurityErrors2),
        RegisterWithAssignedGK
    }
}

sequence! {
    UnregistrationConfirm {
        request_seq_num: RequestSeqNum,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

sequence! {
    UnregistrationReject {
        request_seq_num: RequestSeqNum,
        reject_reason: UnregRejectReason,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        alt_gk_info: Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

choice! {
    UnregRejectReason {
        NotCurrentlyRegistered,
        CallInProgress,
        UndefinedReason,
        ...,
        PermissionDenied,
        SecurityDenial,
        SecurityError(SecurityErrors2)
    }
}

sequence! {
    AdmissionRequest {
        request_seq_num: RequestSeqNum,
        call_type: CallType,
        call_model: Opt<CallModel>,
        endpoint_identifier: EndpointIdentifier,
        destination_info: Opt<SeqOf<AliasAddress>>,
        dest_call_signal_address: Opt<TransportAddress>,
        dest_extra_call_info: Opt<SeqOf<AliasAddress>>,
        src_info: SeqOf<AliasAddress>,
        src_call_signal_address: Opt<TransportAddress>,
        band_width: BandWidth,
        call_reference_value: CallReferenceValue,
        non_standard_data: Opt<NonStandardParameter>,
        call_services: Opt<QseriesOptions>,
        conference_id: ConferenceIdentifier,
        active_mc: Bool,
        answer_call: Bool,
        ...,
        can_map_alias: Opt<Bool>,
        call_identifier: Opt<CallIdentifier>,
        src_alternatives: Opt<SeqOf<Endpoint>>,
        dest_alternatives: Opt<SeqOf<Endpoint>>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        transport_qos: Opt<TransportQOS>,
        will_supply_uuies: Opt<Bool>,
        call_linkage: Opt<CallLinkage>,
        gateway_data_rate: Opt<DataRate>,
        capacity: Opt<CallCapacity>,
        circuit_info: Opt<CircuitInfo>,
        desired_protocols: Opt<SeqOf<SupportedProtocols>>,
        desired_tunnelled_protocol: Opt<TunnelledProtocol>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        can_map_src_alias: Opt<Bool>
    }
}

choice! {
    CallType {
        PointToPoint,
        OneToN,
        NToOne,
        NToN,
        ...
    }
}

choice! {
    CallModel {
        Direct,
        GatekeeperRouted,
        ...
    }
}

choice! {
    TransportQOS {
        EndpointControlled,
        GatekeeperControlled,
        NoControl,
        ...,
        QOSCapabilities(SeqOf<QOSCapability, 1, 256>)
    }
}

sequence! {
    AdmissionConfirm {
        request_seq_num: RequestSeqNum,
        band_width: BandWidth,
        call_model: CallModel,
        dest_call_signal_address: TransportAddress,
        irr_frequency: Opt<Int<u16, 1, 65535>>,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        destination_info: Opt<SeqOf<AliasAddress>>,
        dest_extra_call_info: Opt<SeqOf<AliasAddress>>,
        destination_type: Opt<EndpointType>,
        remote_extension_address: Opt<SeqOf<AliasAddress>>,
        alternate_endpoints: Opt<SeqOf<Endpoint>>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        transport_qos: Opt<TransportQOS>,
        will_respond_to_irr: Opt<Bool>,
        uuies_requested: Opt<UUIEsRequested>,
        language: Opt<SeqOf<Chars<Ascii, 1, 32>>>,
        alternate_transport_addresses: Opt<AlternateTransportAddresses>,
        use_specified_transport: Opt<UseSpecifiedTransport>,
        circuit_info: Opt<CircuitInfo>,
        usage_spec: Opt<SeqOf<RasUsageSpecification>>,
        supported_protocols: Opt<SeqOf<SupportedProtocols>>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        multiple_calls: Opt<Bool>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        modified_src_info: Opt<SeqOf<AliasAddress>>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

sequence! {
    UUIEsRequested {
        setup: Bool,
        call_proceeding: Bool,
        connect: Bool,
        alerting: Bool,
        information: Bool,
        release_complete: Bool,
        facility: Bool,
        progress: Bool,
        empty: Bool,
        ...,
        status: Opt<Bool>,
        status_inquiry: Opt<Bool>,
        setup_acknowledge: Opt<Bool>,
        notify: Opt<Bool>
    }
}

sequence! {
    AdmissionReject {
        request_seq_num: RequestSeqNum,
        reject_reason: AdmissionRejectReason,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        alt_gk_info: Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        call_signal_address: Opt<SeqOf<TransportAddress>>,
        integrity_check_value: Opt<ICV>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

choice! {
    AdmissionRejectReason {
        CalledPartyNotRegistered,
        InvalidPermission,
        RequestDenied,
        UndefinedReason,
        CallerNotRegistered,
        RouteCallToGatekeeper,
        InvalidEndpointIdentifier,
        ResourceUnavailable,
        ...,
        SecurityDenial,
        QosControlNotSupported,
        IncompleteAddress,
        AliasesInconsistent,
        RouteCallToSCN(SeqOf<PartyNumber>),
        ExceedsCallCapacity,
        CollectDestination,
        CollectPIN,
        GenericDataReason,
        NeededFeatureNotSupported,
        SecurityError(SecurityErrors2),
        SecurityDHmismatch,
        NoRouteToDestination,
        UnallocatedNumber,
        RegisterWithAssignedGK
    }
}

sequence! {
    BandwidthRequest {
        request_seq_num: RequestSeqNum,
        endpoint_identifier: EndpointIdentifier,
        conference_id: ConferenceIdentifier,
        call_reference_value: CallReferenceValue,
        call_type: Opt<CallType>,
        band_width: BandWidth,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        call_identifier: Opt<CallIdentifier>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        answered_call: Opt<Bool>,
        call_linkage: Opt<CallLinkage>,
        capacity: Opt<CallCapacity>,
        usage_information: Opt<RasUsageInformation>,
        bandwidth_details: Opt<SeqOf<BandwidthDetails>>,
        generic_data: Opt<SeqOf<GenericData>>,
        transport_qos: Opt<TransportQOS>
    }
}

sequence! {
    BandwidthConfirm {
        request_seq_num: RequestSeqNum,
        band_width: BandWidth,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        capacity: Opt<CallCapacity>,
        generic_data: Opt<SeqOf<GenericData>>,
        transport_qos: Opt<TransportQOS>
    }
}

sequence! {
    BandwidthReject {
        request_seq_num: RequestSeqNum,
        reject_reason: BandRejectReason,
        allowed_band_width: BandWidth,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        alt_gk_info: Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

choice! {
    BandRejectReason {
        NotBound,
        InvalidConferenceID,
        InvalidPermission,
        InsufficientResources,
        InvalidRevision,
        UndefinedReason,
        ...,
        SecurityDenial,
        SecurityError(SecurityErrors2)
    }
}

sequence! {
    LocationRequest {
        request_seq_num: RequestSeqNum,
        endpoint_identifier: Opt<EndpointIdentifier>,
        destination_info: SeqOf<AliasAddress>,
        non_standard_data: Opt<NonStandardParameter>,
        reply_address: TransportAddress,
        ...,
        source_info: Opt<SeqOf<AliasAddress>>,
        can_map_alias: Opt<Bool>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        desired_protocols: Opt<SeqOf<SupportedProtocols>>,
        desired_tunnelled_protocol: Opt<TunnelledProtocol>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        hop_count: Opt<Int<u8, 1, 255>>,
        circuit_info: Opt<CircuitInfo>,
        call_identifier: Opt<CallIdentifier>,
        band_width: Opt<BandWidth>,
        source_endpoint_info: Opt<SeqOf<AliasAddress>>,
        can_map_src_alias: Opt<Bool>,
        language: Opt<SeqOf<Chars<Ascii, 1, 32>>>
    }
}

sequence! {
    LocationConfirm {
        request_seq_num: RequestSeqNum,
        call_signal_address: TransportAddress,
        ras_address: TransportAddress,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        destination_info: Opt<SeqOf<AliasAddress>>,
        dest_extra_call_info: Opt<SeqOf<AliasAddress>>,
        destination_type: Opt<EndpointType>,
        remote_extension_address: Opt<SeqOf<AliasAddress>>,
        alternate_endpoints: Opt<SeqOf<Endpoint>>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        alternate_transport_addresses: Opt<AlternateTransportAddresses>,
        supported_protocols: Opt<SeqOf<SupportedProtocols>>,
        multiple_calls: Opt<Bool>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        circuit_info: Opt<CircuitInfo>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        modified_src_info: Opt<SeqOf<AliasAddress>>,
        band_width: Opt<BandWidth>,
        language: Opt<SeqOf<Chars<Ascii, 1, 32>>>
    }
}

sequence! {
    LocationReject {
        request_seq_num: RequestSeqNum,
        reject_reason: LocationRejectReason,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        alt_gk_info: Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        service_control: Opt<SeqOf<ServiceControlSession>>
    }
}

choice! {
    LocationRejectReason {
        NotRegistered,
        InvalidPermission,
        RequestDenied,
        UndefinedReason,
        ...,
        SecurityDenial,
        AliasesInconsistent,
        RouteCalltoSCN(SeqOf<PartyNumber>),
        ResourceUnavailable,
        GenericDataReason,
        NeededFeatureNotSupported,
        HopCountExceeded,
        IncompleteAddress,
        SecurityError(SecurityErrors2),
        SecurityDHmismatch,
        NoRouteToDestination,
        UnallocatedNumber
    }
}

sequence! {
    DisengageRequest {
        request_seq_num: RequestSeqNum,
        endpoint_identifier: EndpointIdentifier,
        conference_id: ConferenceIdentifier,
        call_reference_value: CallReferenceValue,
        disengage_reason: DisengageReason,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        call_identifier: Opt<CallIdentifier>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        answered_call: Opt<Bool>,
        call_linkage: Opt<CallLinkage>,
        capacity: Opt<CallCapacity>,
        circuit_info: Opt<CircuitInfo>,
        usage_information: Opt<RasUsageInformation>,
        termination_cause: Opt<CallTerminationCause>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

choice! {
    DisengageReason {
        ForcedDrop,
        NormalDrop,
        UndefinedReason,
        ...
    }
}

sequence! {
    DisengageConfirm {
        request_seq_num: RequestSeqNum,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        capacity: Opt<CallCapacity>,
        circuit_info: Opt<CircuitInfo>,
        usage_information: Opt<RasUsageInformation>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

sequence! {
    DisengageReject {
        request_seq_num: RequestSeqNum,
        reject_reason: DisengageRejectReason,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        alt_gk_info: Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

choice! {
    DisengageRejectReason {
        NotRegistered,
        RequestToDropOther,
        ...,
        SecurityDenial,
        SecurityError(SecurityErrors2)
    }
}

sequence! {
    InfoRequest {
        request_seq_num: RequestSeqNum,
        call_reference_value: CallReferenceValue,
        non_standard_data: Opt<NonStandardParameter>,
        reply_address: Opt<TransportAddress>,
        ...,
        call_identifier: Opt<CallIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        uuies_requested: Opt<UUIEsRequested>,
        call_linkage: Opt<CallLinkage>,
        usage_info_requested: Opt<RasUsageInfoTypes>,
        segmented_response_supported: Opt<Null>,
        next_segment_requested: Opt<Int<u16, 0, 65535>>,
        capacity_info_requested: Opt<Null>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

sequence! {
    InfoRequestResponse {
        non_standard_data: Opt<NonStandardParameter>,
        request_seq_num: RequestSeqNum,
        endpoint_type: EndpointType,
        endpoint_identifier: EndpointIdentifier,
        ras_address: TransportAddress,
        call_signal_address: SeqOf<TransportAddress>,
        endpoint_alias: Opt<SeqOf<AliasAddress>>,
        per_call_info: Opt<SeqOf<InfoRequestResponsePerCallInfoItem>>,
        ...,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        need_response: Opt<Bool>,
        capacity: Opt<CallCapacity>,
        irr_status: Opt<InfoRequestResponseStatus>,
        unsolicited: Opt<Bool>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

sequence! {
    InfoRequestResponsePerCallInfoItem {
        non_standard_data: Opt<NonStandardParameter>,
        call_reference_value: CallReferenceValue,
        conference_id: ConferenceIdentifier,
        originator: Opt<Bool>,
        audio: Opt<SeqOf<RTPSession>>,
        video: Opt<SeqOf<RTPSession>>,
        data: Opt<SeqOf<TransportChannelInfo>>,
        h245: TransportChannelInfo,
        call_signaling: TransportChannelInfo,
        call_type: CallType,
        band_width: BandWidth,
        call_model: CallModel,
        ...,
        call_identifier: Opt<CallIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        substitute_conf_ids: Opt<SeqOf<ConferenceIdentifier>>,
        pdu: Opt<SeqOf<InfoRequestResponsePerCallInfoItemPduItem>>,
        call_linkage: Opt<CallLinkage>,
        usage_information: Opt<RasUsageInformation>,
        circuit_info: Opt<CircuitInfo>
    }
}

sequence! {
    InfoRequestResponsePerCallInfoItemPduItem {
        h323pdu: H323UuPdu,
        sent: Bool,
    }
}

choice! {
    InfoRequestResponseStatus {
        Complete,
        Incomplete,
        Segment(Int<u16, 0, 65535>),
        InvalidCall,
        ...
    }
}

sequence! {
    InfoRequestAck {
        request_seq_num: RequestSeqNum,
        non_standard_data: Opt<NonStandardParameter>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        ...
    }
}

sequence! {
    InfoRequestNak {
        request_seq_num: RequestSeqNum,
        non_standard_data: Opt<NonStandardParameter>,
        nak_reason: InfoRequestNakReason,
        alt_gk_info: Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        ...
    }
}

choice! {
    InfoRequestNakReason {
        NotRegistered,
        SecurityDenial,
        UndefinedReason,
        ...,
        SecurityError(SecurityErrors2)
    }
}

sequence! {
    NonStandardMessage {
        request_seq_num: RequestSeqNum,
        non_standard_data: NonStandardParameter,
        ...,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

sequence! {
    UnknownMessageResponse {
        request_seq_num: RequestSeqNum,
        ...,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        message_not_understood: Opt<Octets>
    }
}

sequence! {
    RequestInProgress {
        request_seq_num: RequestSeqNum,
        non_standard_data: Opt<NonStandardParameter>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        delay: Int<u16, 1, 65535>,
        ...
    }
}

sequence! {
    ResourcesAvailableIndicate {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        endpoint_identifier: EndpointIdentifier,
        protocols: SeqOf<SupportedProtocols>,
        almost_out_of_resources: Bool,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        ...,
        capacity: Opt<CallCapacity>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

sequence! {
    ResourcesAvailableConfirm {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        ...,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

sequence! {
    ServiceControlIndication {
        request_seq_num: RequestSeqNum,
        non_standard_data: Opt<NonStandardParameter>,
        service_control: SeqOf<ServiceControlSession>,
        endpoint_identifier: Opt<EndpointIdentifier>,
        call_specific: Opt<ServiceControlIndicationCallSpecific>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        ...
    }
}

sequence! {
    ServiceControlIndicationCallSpecific {
        call_identifier: CallIdentifier,
        conference_id: ConferenceIdentifier,
        answered_call: Bool,
        ...
    }
}

sequence! {
    ServiceControlResponse {
        request_seq_num: RequestSeqNum,
        result: Opt<ServiceControlResponseResult>,
        non_standard_data: Opt<NonStandardParameter>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        ...
    }
}

choice! {
    ServiceControlResponseResult {
        Started,
        Failed,
        Stopped,
        NotAvailable,
        NeededFeatureNotSupported,
        ...
    }
}

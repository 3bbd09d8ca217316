//! Logical channel signalling (H.245 §B.4): opening a channel and what it carries.

use super::*;

sequence! {
    OpenLogicalChannel {
        forward_logical_channel_number: LogicalChannelNumber,
        forward_logical_channel_parameters: OpenLogicalChannelForwardLogicalChannelParameters,
        reverse_logical_channel_parameters: Opt<OpenLogicalChannelReverseLogicalChannelParameters>,
        ...,
        separate_stack: Opt<NetworkAccessParameters>,
        encryption_sync: Opt<EncryptionSync>,
        generic_information: Opt<SeqOf<GenericInformation>>
    }
}

sequence! {
    OpenLogicalChannelForwardLogicalChannelParameters {
        port_number: Opt<Int<u16, 0, 65535>>,
        data_type: DataType,
        multiplex_parameters: OpenLogicalChannelForwardLogicalChannelParametersMultiplexParameters,
        ...,
        forward_logical_channel_dependency: Opt<LogicalChannelNumber>,
        replacement_for: Opt<LogicalChannelNumber>
    }
}

choice! {
    OpenLogicalChannelForwardLogicalChannelParametersMultiplexParameters {
        H222LogicalChannelParameters(H222LogicalChannelParameters),
        H223LogicalChannelParameters(H223LogicalChannelParameters),
        V76LogicalChannelParameters(V76LogicalChannelParameters),
        ...,
        H2250LogicalChannelParameters(H2250LogicalChannelParameters),
        Nothing as "none"
    }
}

sequence! {
    OpenLogicalChannelReverseLogicalChannelParameters {
        data_type: DataType,
        multiplex_parameters: Opt<OpenLogicalChannelReverseLogicalChannelParametersMultiplexParameters>,
        ...,
        reverse_logical_channel_dependency: Opt<LogicalChannelNumber>,
        replacement_for: Opt<LogicalChannelNumber>
    }
}

choice! {
    OpenLogicalChannelReverseLogicalChannelParametersMultiplexParameters {
        H223LogicalChannelParameters(H223LogicalChannelParameters),
        V76LogicalChannelParameters(V76LogicalChannelParameters),
        ...,
        H2250LogicalChannelParameters(H2250LogicalChannelParameters)
    }
}

pub type LogicalChannelNumber = Int<u16, 1, 65535>;

sequence! {
    NetworkAccessParameters {
        distribution: Opt<NetworkAccessParametersDistribution>,
        network_address: NetworkAccessParametersNetworkAddress,
        associate_conference: Bool,
        external_reference: Opt<Octets<1, 255>>,
        ...,
        t120_setup_procedure: Opt<NetworkAccessParametersT120SetupProcedure>
    }
}

choice! {
    NetworkAccessParametersDistribution {
        Unicast,
        Multicast,
        ...
    }
}

choice! {
    NetworkAccessParametersNetworkAddress {
        Q2931Address(Q2931Address),
        E164Address(Chars<NetworkAccessParametersChars, 1, 128>),
        LocalAreaAddress(TransportAddress),
        ...
    }
}

choice! {
    NetworkAccessParametersT120SetupProcedure {
        OriginateCall,
        WaitForCall,
        IssueQuery,
        ...
    }
}

sequence! {
    Q2931Address {
        address: Q2931AddressAddress,
        subaddress: Opt<Octets<1, 20>>,
        ...
    }
}

choice! {
    Q2931AddressAddress {
        InternationalNumber(Chars<Numeric, 1, 16>),
        NsapAddress(Octets<1, 20>),
        ...
    }
}

sequence! {
    V75Parameters {
        audio_header_present: Bool,
        ...
    }
}

choice! {
    DataType {
        NonStandard(NonStandardParameter),
        NullData,
        VideoData(VideoCapability),
        AudioData(AudioCapability),
        Data(DataApplicationCapability),
        EncryptionData(EncryptionMode),
        ...,
        H235Control(NonStandardParameter),
        H235Media(Boxed<H235Media>),
        MultiplexedStream(MultiplexedStreamParameter),
        RedundancyEncoding(Boxed<RedundancyEncoding>),
        MultiplePayloadStream(MultiplePayloadStream),
        DepFec(DepFECData),
        Fec(FECData)
    }
}

sequence! {
    H235Media {
        encryption_authentication_and_integrity: EncryptionAuthenticationAndIntegrity,
        media_type: H235MediaMediaType,
        ...
    }
}

choice! {
    H235MediaMediaType {
        NonStandard(NonStandardParameter),
        VideoData(VideoCapability),
        AudioData(AudioCapability),
        Data(DataApplicationCapability),
        ...,
        RedundancyEncoding(Boxed<RedundancyEncoding>),
        MultiplePayloadStream(MultiplePayloadStream),
        DepFec(DepFECData),
        Fec(FECData)
    }
}

sequence! {
    MultiplexedStreamParameter {
        multiplex_format: MultiplexFormat,
        control_on_mux_stream: Bool,
        ...
    }
}

sequence! {
    H222LogicalChannelParameters {
        resource_id as "resourceID": Int<u16, 0, 65535>,
        sub_channel_id as "subChannelID": Int<u16, 0, 8191>,
        pcr_pid as "pcr-pid": Opt<Int<u16, 0, 8191>>,
        program_descriptors: Opt<Octets>,
        stream_descriptors: Opt<Octets>,
        ...
    }
}

sequence! {
    H223LogicalChannelParameters {
        adaptation_layer_type: H223LogicalChannelParametersAdaptationLayerType,
        segmentable_flag: Bool,
        ...
    }
}

choice! {
    H223LogicalChannelParametersAdaptationLayerType {
        NonStandard(NonStandardParameter),
        Al1Framed,
        Al1NotFramed,
        Al2WithoutSequenceNumbers,
        Al2WithSequenceNumbers,
        Al3(H223LogicalChannelParametersAdaptationLayerTypeAl3),
        ...,
        Al1M(H223AL1MParameters),
        Al2M(H223AL2MParameters),
        Al3M(H223AL3MParameters)
    }
}

sequence! {
    H223LogicalChannelParametersAdaptationLayerTypeAl3 {
        control_field_octets: Int<u8, 0, 2>,
        send_buffer_size: Int<u32, 0, 16777215>,
    }
}

sequence! {
    H223AL1MParameters {
        transfer_mode: H223AL1MParametersTransferMode,
        header_fec as "headerFEC": H223AL1MParametersHeaderFEC,
        crc_length: H223AL1MParametersCrcLength,
        rcpc_code_rate: Int<u8, 8, 32>,
        arq_type: H223AL1MParametersArqType,
        alpdu_interleaving: Bool,
        alsdu_splitting: Bool,
        ...,
        rs_code_correction: Opt<Int<u8, 0, 127>>
    }
}

choice! {
    H223AL1MParametersTransferMode {
        Framed,
        Unframed,
        ...
    }
}

choice! {
    H223AL1MParametersHeaderFEC {
        Sebch167 as "sebch16-7",
        Golay2412 as "golay24-12",
        ...
    }
}

choice! {
    H223AL1MParametersCrcLength {
        Crc4bit,
        Crc12bit,
        Crc20bit,
        Crc28bit,
        ...,
        Crc8bit,
        Crc16bit,
        Crc32bit,
        CrcNotUsed
    }
}

choice! {
    H223AL1MParametersArqType {
        NoArq,
        TypeIArq(H223AnnexCArqParameters),
        TypeIIArq(H223AnnexCArqParameters),
        ...
    }
}

sequence! {
    H223AL2MParameters {
        header_fec as "headerFEC": H223AL2MParametersHeaderFEC,
        alpdu_interleaving: Bool,
        ...
    }
}

choice! {
    H223AL2MParametersHeaderFEC {
        Sebch165 as "sebch16-5",
        Golay2412 as "golay24-12",
        ...
    }
}

sequence! {
    H223AL3MParameters {
        header_format: H223AL3MParametersHeaderFormat,
        crc_length: H223AL3MParametersCrcLength,
        rcpc_code_rate: Int<u8, 8, 32>,
        arq_type: H223AL3MParametersArqType,
        alpdu_interleaving: Bool,
        ...,
        rs_code_correction: Opt<Int<u8, 0, 127>>
    }
}

choice! {
    H223AL3MParametersHeaderFormat {
        Sebch167 as "sebch16-7",
        Golay2412 as "golay24-12",
        ...
    }
}

choice! {
    H223AL3MParametersCrcLength {
        Crc4bit,
        Crc12bit,
        Crc20bit,
        Crc28bit,
        ...,
        Crc8bit,
        Crc16bit,
        Crc32bit,
        CrcNotUsed
    }
}

choice! {
    H223AL3MParametersArqType {
        NoArq,
        TypeIArq(H223AnnexCArqParameters),
        TypeIIArq(H223AnnexCArqParameters),
        ...
    }
}

sequence! {
    H223AnnexCArqParameters {
        number_of_retransmissions: H223AnnexCArqParametersNumberOfRetransmissions,
        send_buffer_size: Int<u32, 0, 16777215>,
        ...
    }
}

choice! {
    H223AnnexCArqParametersNumberOfRetransmissions {
        Finite(Int<u8, 0, 16>),
        Infinite,
        ...
    }
}

sequence! {
    V76LogicalChannelParameters {
        hdlc_parameters: V76HDLCParameters,
        suspend_resume: V76LogicalChannelParametersSuspendResume,
        u_ih as "uIH": Bool,
        mode: V76LogicalChannelParametersMode,
        v75_parameters: V75Parameters,
        ...
    }
}

choice! {
    V76LogicalChannelParametersSuspendResume {
        NoSuspendResume,
        SuspendResumewAddress,
        SuspendResumewoAddress,
        ...
    }
}

choice! {
    V76LogicalChannelParametersMode {
        ERM(V76LogicalChannelParametersModeERM),
        UNERM,
        ...
    }
}

sequence! {
    V76LogicalChannelParametersModeERM {
        window_size: Int<u8, 1, 127>,
        recovery: V76LogicalChannelParametersModeERMRecovery,
        ...
    }
}

choice! {
    V76LogicalChannelParametersModeERMRecovery {
        Rej,
        SREJ,
        MSREJ,
        ...
    }
}

sequence! {
    V76HDLCParameters {
        crc_length: CRCLength,
        n401: Int<u16, 1, 4095>,
        loopback_test_procedure: Bool,
        ...
    }
}

choice! {
    CRCLength {
        Crc8bit,
        Crc16bit,
        Crc32bit,
        ...
    }
}

sequence! {
    H2250LogicalChannelParameters {
        non_standard: Opt<SeqOf<NonStandardParameter>>,
        session_id as "sessionID": Int<u8, 0, 255>,
        associated_session_id as "associatedSessionID": Opt<Int<u8, 1, 255>>,
        media_channel: Opt<TransportAddress>,
        media_guaranteed_delivery: Opt<Bool>,
        media_control_channel: Opt<TransportAddress>,
        media_control_guaranteed_delivery: Opt<Bool>,
        silence_suppression: Opt<Bool>,
        destination: Opt<TerminalLabel>,
        dynamic_rtp_payload_type as "dynamicRTPPayloadType": Opt<Int<u8, 96, 127>>,
        media_packetization: Opt<H2250LogicalChannelParametersMediaPacketization>,
        ...,
        transport_capability: Opt<TransportCapability>,
        redundancy_encoding: Opt<RedundancyEncoding>,
        source: Opt<TerminalLabel>,
        nominal_audio_level: Opt<Int<u8, 0, 63>>
    }
}

choice! {
    H2250LogicalChannelParametersMediaPacketization {
        H261aVideoPacketization,
        ...,
        RtpPayloadType(RTPPayloadType)
    }
}

sequence! {
    RTPPayloadType {
        payload_descriptor: RTPPayloadTypePayloadDescriptor,
        payload_type: Opt<Int<u8, 0, 127>>,
        ...
    }
}

choice! {
    RTPPayloadTypePayloadDescriptor {
        NonStandardIdentifier(NonStandardParameter),
        RfcNumber as "rfc-number"(ExtInt<1, 32768>),
        Oid(Oid),
        ...
    }
}

sequence! {
    RedundancyEncoding {
        redundancy_encoding_method: RedundancyEncodingMethod,
        secondary_encoding: Opt<Boxed<DataType>>,
        ...,
        rtp_redundancy_encoding: Opt<RedundancyEncodingRtpRedundancyEncoding>
    }
}

sequence! {
    RedundancyEncodingRtpRedundancyEncoding {
        primary: Opt<Boxed<RedundancyEncodingElement>>,
        secondary: Opt<SeqOf<RedundancyEncodingElement>>,
        ...
    }
}

sequence! {
    RedundancyEncodingElement {
        data_type: Boxed<DataType>,
        payload_type: Opt<Int<u8, 0, 127>>,
        ...
    }
}

sequence! {
    MultiplePayloadStream {
        elements: SeqOf<MultiplePayloadStreamElement>,
        ...
    }
}

sequence! {
    MultiplePayloadStreamElement {
        data_type: DataType,
        payload_type: Opt<Int<u8, 0, 127>>,
        ...
    }
}

choice! {
    DepFECData {
        Rfc2733(DepFECDataRfc2733),
    }
}

sequence! {
    DepFECDataRfc2733 {
        mode: DepFECDataRfc2733Mode,
        ...
    }
}

choice! {
    DepFECDataRfc2733Mode {
        RedundancyEncoding,
        SeparateStream(DepFECDataRfc2733ModeSeparateStream),
        ...
    }
}

choice! {
    DepFECDataRfc2733ModeSeparateStream {
        DifferentPort(DepFECDataRfc2733ModeSeparateStreamDifferentPort),
        SamePort(DepFECDataRfc2733ModeSeparateStreamSamePort),
        ...
    }
}

sequence! {
    DepFECDataRfc2733ModeSeparateStreamDifferentPort {
        protected_session_id as "protectedSessionID": Int<u8, 1, 255>,
        protected_payload_type: Opt<Int<u8, 0, 127>>,
        ...
    }
}

sequence! {
    DepFECDataRfc2733ModeSeparateStreamSamePort {
        protected_payload_type: Int<u8, 0, 127>,
        ...
    }
}

choice! {
    FECData {
        Rfc2733(FECDataRfc2733),
        ...
    }
}

sequence! {
    FECDataRfc2733 {
        protected_payload_type: Int<u8, 0, 127>,
        fec_scheme: Opt<Oid>,
        pkt_mode: FECDataRfc2733PktMode,
        ...
    }
}

choice! {
    FECDataRfc2733PktMode {
        Rfc2198coding,
        Rfc2733sameport(FECDataRfc2733PktModeRfc2733sameport),
        Rfc2733diffport(FECDataRfc2733PktModeRfc2733diffport),
        ...
    }
}

sequence! {
    FECDataRfc2733PktModeRfc2733sameport {
        ...
    }
}

sequence! {
    FECDataRfc2733PktModeRfc2733diffport {
        protected_channel: LogicalChannelNumber,
        ...
    }
}

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

sequence! {
    EncryptionSync {
        non_standard: Opt<NonStandardParameter>,
        synch_flag: Int<u8, 0, 255>,
        h235_key: Octets<1, 65535>,
        escrowentry: Opt<SeqOf<EscrowData, 1, 256>>,
        ...,
        generic_parameter: Opt<GenericParameter>
    }
}

sequence! {
    EscrowData {
        escrow_id as "escrowID": Oid,
        escrow_value: Bits<1, 65535>,
        ...
    }
}

//! Logical channel signalling (H.245 §B.3): opening a channel and what it carries.

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

//! Capabilities of data, encryption, user input, and generic capabilities (H.245 §B.2).

use super::*;

sequence! {
    DataApplicationCapability {
        application: DataApplicationCapabilityApplication,
        max_bit_rate: Int<u32, 0, 4294967295>,
        ...
    }
}

choice! {
    DataApplicationCapabilityApplication {
        NonStandard(NonStandardParameter),
        T120(DataProtocolCapability),
        DsmCc as "dsm-cc"(DataProtocolCapability),
        UserData(DataProtocolCapability),
        T84(DataApplicationCapabilityApplicationT84),
        T434(DataProtocolCapability),
        H224(DataProtocolCapability),
        Nlpid(DataApplicationCapabilityApplicationNlpid),
        DsvdControl,
        H222DataPartitioning(DataProtocolCapability),
        ...,
        T30fax(DataProtocolCapability),
        T140(DataProtocolCapability),
        T38fax(DataApplicationCapabilityApplicationT38fax),
        GenericDataCapability(GenericCapability),
        DataChannel(SeqOf<DataChannel>),
        ExtendedDataApplicationCapability(ExtendedDataApplicationCapability)
    }
}

sequence! {
    DataApplicationCapabilityApplicationT84 {
        t84_protocol: DataProtocolCapability,
        t84_profile: T84Profile,
    }
}

sequence! {
    DataApplicationCapabilityApplicationNlpid {
        nlpid_protocol: DataProtocolCapability,
        nlpid_data: Octets,
    }
}

sequence! {
    DataApplicationCapabilityApplicationT38fax {
        t38_fax_protocol: DataProtocolCapability,
        t38_fax_profile: T38FaxProfile,
    }
}

sequence! {
    ExtendedDataApplicationCapability {
        data_capability: SeqOf<DataApplicationCapability>,
        data_capability_extension: Opt<SeqOf<GenericCapability>>,
        ...
    }
}

choice! {
    DataProtocolCapability {
        NonStandard(NonStandardParameter),
        V14buffered,
        V42lapm,
        HdlcFrameTunnelling,
        H310SeparateVCStack,
        H310SingleVCStack,
        Transparent,
        ...,
        SegmentationAndReassembly,
        HdlcFrameTunnelingwSAR,
        V120,
        SeparateLANStack,
        V76wCompression(DataProtocolCapabilityV76wCompression),
        Tcp,
        Udp,
        Sctp(SctpParam),
        UdpDtlsSctp as "udp-dtls-sctp"(SeqOf<SctpParam>),
        TcpDtlsSctp as "tcp-dtls-sctp"(SeqOf<SctpParam>),
        SctpDtls as "sctp-dtls"(SctpParam)
    }
}

choice! {
    DataProtocolCapabilityV76wCompression {
        TransmitCompression(CompressionType),
        ReceiveCompression(CompressionType),
        TransmitAndReceiveCompression(CompressionType),
        ...
    }
}

choice! {
    CompressionType {
        V42bis(V42bis),
        ...
    }
}

sequence! {
    V42bis {
        number_of_codewords: Int<u32, 1, 65536>,
        maximum_string_length: Int<u16, 1, 256>,
        ...
    }
}

choice! {
    T84Profile {
        T84Unrestricted,
        T84Restricted(T84ProfileT84Restricted),
    }
}

sequence! {
    T84ProfileT84Restricted {
        qcif: Bool,
        cif: Bool,
        ccir601_seq: Bool,
        ccir601_prog: Bool,
        hdtv_seq: Bool,
        hdtv_prog: Bool,
        g3_facs_mh200x100 as "g3FacsMH200x100": Bool,
        g3_facs_mh200x200 as "g3FacsMH200x200": Bool,
        g4_facs_mmr200x100 as "g4FacsMMR200x100": Bool,
        g4_facs_mmr200x200 as "g4FacsMMR200x200": Bool,
        jbig200x200_seq: Bool,
        jbig200x200_prog: Bool,
        jbig300x300_seq: Bool,
        jbig300x300_prog: Bool,
        dig_photo_low: Bool,
        dig_photo_med_seq: Bool,
        dig_photo_med_prog: Bool,
        dig_photo_high_seq: Bool,
        dig_photo_high_prog: Bool,
        ...
    }
}

sequence! {
    T38FaxProfile {
        fill_bit_removal: Bool,
        transcoding_jbig as "transcodingJBIG": Bool,
        transcoding_mmr as "transcodingMMR": Bool,
        ...,
        version: Opt<Int<u8, 0, 255>>,
        t38_fax_rate_management: Opt<T38FaxRateManagement>,
        t38_fax_udp_options: Opt<T38FaxUdpOptions>,
        t38_fax_tcp_options: Opt<T38FaxTcpOptions>
    }
}

choice! {
    T38FaxRateManagement {
        LocalTCF,
        TransferredTCF,
        ...
    }
}

sequence! {
    T38FaxUdpOptions {
        t38_fax_max_buffer: Opt<AnyInt>,
        t38_fax_max_datagram: Opt<AnyInt>,
        t38_fax_udp_ec as "t38FaxUdpEC": T38FaxUdpOptionsT38FaxUdpEC,
    }
}

choice! {
    T38FaxUdpOptionsT38FaxUdpEC {
        T38UDPFEC,
        T38UDPRedundancy,
        ...
    }
}

sequence! {
    T38FaxTcpOptions {
        t38_tcp_bidirectional_mode as "t38TCPBidirectionalMode": Bool,
        ...
    }
}

sequence! {
    DataChannel {
        data_channel_profile: Opt<SeqOf<DataChannelProfile>>,
        ...
    }
}

sequence! {
    DataChannelProfile {
        ordered: Opt<Bool>,
        priority: Opt<Int<u16, 0, 65535>>,
        reliability_parm: Opt<DataChannelProfileReliabilityParm>,
        label: Opt<Chars<Ascii, 1, 65535>>,
        protocol: Opt<Chars<Ascii, 1, 65535>>,
        generic_information: Opt<SeqOf<GenericInformation>>,
        establishment_type: DataChannelProfileEstablishmentType,
        ...
    }
}

choice! {
    DataChannelProfileReliabilityParm {
        MaxRetr(Int<u32, 0, 4294967295>),
        MaxTime(Int<u32, 0, 4294967295>),
        ...
    }
}

choice! {
    DataChannelProfileEstablishmentType {
        SctpStreamID(Int<u16, 0, 65535>),
        Dcep,
        ...
    }
}

pub type SCTPChunkType = Int<u8, 0, 255>;

sequence! {
    SctpParam {
        app_ppid as "appPPID": Opt<SeqOf<Int<u32, 1, 4294967295>>>,
        max_message_size: Opt<AnyInt>,
        sctp_extensions: Opt<SeqOf<SCTPChunkType>>,
        generic_information: Opt<SeqOf<GenericInformation>>,
        sctp_port: Opt<Int<u16, 0, 65535>>,
        ...
    }
}

sequence! {
    EncryptionAuthenticationAndIntegrity {
        encryption_capability: Opt<EncryptionCapability>,
        authentication_capability: Opt<AuthenticationCapability>,
        integrity_capability: Opt<IntegrityCapability>,
        ...,
        generic_h235_security_capability: Opt<Boxed<GenericCapability>>,
        dtls_security_capability: Opt<Boxed<DTLSSecurityCapability>>
    }
}

pub type EncryptionCapability = SeqOf<MediaEncryptionAlgorithm, 1, 256>;

choice! {
    MediaEncryptionAlgorithm {
        NonStandard(NonStandardParameter),
        Algorithm(Oid),
        ...
    }
}

sequence! {
    AuthenticationCapability {
        non_standard: Opt<NonStandardParameter>,
        ...,
        anti_spam_algorithm: Opt<Oid>
    }
}

sequence! {
    IntegrityCapability {
        non_standard: Opt<NonStandardParameter>,
        ...
    }
}

choice! {
    UserInputCapability {
        NonStandard(SeqOf<NonStandardParameter, 1, 16>),
        BasicString,
        IA5String,
        GeneralString,
        Dtmf,
        Hookflash,
        ...,
        ExtendedAlphanumeric,
        EncryptedBasicString,
        EncryptedIA5String,
        EncryptedGeneralString,
        SecureDTMF,
        GenericUserInputCapability(Boxed<GenericCapability>)
    }
}

sequence! {
    ConferenceCapability {
        non_standard_data: Opt<SeqOf<NonStandardParameter>>,
        chair_control_capability: Bool,
        ...,
        video_indicate_mixing_capability: Opt<Bool>,
        multipoint_visualization_capability: Opt<Bool>
    }
}

sequence! {
    GenericCapability {
        capability_identifier: CapabilityIdentifier,
        max_bit_rate: Opt<Int<u32, 0, 4294967295>>,
        collapsing: Opt<SeqOf<GenericParameter>>,
        non_collapsing: Opt<SeqOf<GenericParameter>>,
        non_collapsing_raw: Opt<Octets>,
        transport: Opt<DataProtocolCapability>,
        ...
    }
}

choice! {
    CapabilityIdentifier {
        Standard(Oid),
        H221NonStandard(NonStandardParameter),
        Uuid(OctetArray<16>),
        DomainBased(Chars<Ascii, 1, 64>),
        ...
    }
}

sequence! {
    GenericParameter {
        parameter_identifier: ParameterIdentifier,
        parameter_value: ParameterValue,
        supersedes: Opt<SeqOf<ParameterIdentifier>>,
        ...
    }
}

choice! {
    ParameterIdentifier {
        Standard(Int<u8, 0, 127>),
        H221NonStandard(NonStandardParameter),
        Uuid(OctetArray<16>),
        DomainBased(Chars<Ascii, 1, 64>),
        ...
    }
}

choice! {
    ParameterValue {
        Logical,
        BooleanArray(Int<u8, 0, 255>),
        UnsignedMin(Int<u16, 0, 65535>),
        UnsignedMax(Int<u16, 0, 65535>),
        Unsigned32Min(Int<u32, 0, 4294967295>),
        Unsigned32Max(Int<u32, 0, 4294967295>),
        OctetString(Octets),
        GenericParameter(SeqOf<GenericParameter>),
        ...
    }
}

sequence! {
    MultiplexedStreamCapability {
        multiplex_format: MultiplexFormat,
        control_on_mux_stream: Bool,
        capability_on_mux_stream: Opt<SeqOf<AlternativeCapabilitySet, 1, 256>>,
        ...
    }
}

choice! {
    MultiplexFormat {
        NonStandard(NonStandardParameter),
        H222Capability(H222Capability),
        H223Capability(H223Capability),
        ...
    }
}

sequence! {
    AudioTelephonyEventCapability {
        dynamic_rtp_payload_type as "dynamicRTPPayloadType": Int<u8, 96, 127>,
        audio_telephone_event: General,
        ...
    }
}

sequence! {
    AudioToneCapability {
        dynamic_rtp_payload_type as "dynamicRTPPayloadType": Int<u8, 96, 127>,
        ...
    }
}

sequence! {
    NoPTAudioTelephonyEventCapability {
        audio_telephone_event: General,
        ...
    }
}

sequence! {
    NoPTAudioToneCapability {
        ...
    }
}

sequence! {
    MultiplePayloadStreamCapability {
        capabilities: SeqOf<AlternativeCapabilitySet, 1, 256>,
        ...
    }
}

choice! {
    DepFECCapability {
        Rfc2733(DepFECCapabilityRfc2733),
        ...
    }
}

sequence! {
    DepFECCapabilityRfc2733 {
        redundancy_encoding: Bool,
        separate_stream: DepFECCapabilityRfc2733SeparateStream,
        ...
    }
}

sequence! {
    DepFECCapabilityRfc2733SeparateStream {
        separate_port: Bool,
        same_port: Bool,
        ...
    }
}

sequence! {
    FECCapability {
        protected_capability: CapabilityTableEntryNumber,
        fec_scheme: Opt<Oid>,
        rfc2733_format: Opt<FECCapabilityRfc2733Format>,
        ...
    }
}

choice! {
    FECCapabilityRfc2733Format {
        Rfc2733rfc2198(MaxRedundancy),
        Rfc2733sameport(MaxRedundancy),
        Rfc2733diffport(MaxRedundancy),
    }
}

pub type MaxRedundancy = AtLeast<1>;

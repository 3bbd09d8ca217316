//! TODO-DOC

use super::per::*;

alphabet!(UserInputIndicationChars = b"!#*0123456789ABCD");
alphabet!(NetworkAccessParametersChars = b"#*,0123456789");

choice! {
    MultimediaSystemControlMessage {
        Request(RequestMessage),
        Response(ResponseMessage),
        Command(CommandMessage),
        Indication(IndicationMessage),
        ...
    }
}

choice! {
    RequestMessage {
        NonStandard(NonStandardMessage),
        MasterSlaveDetermination(MasterSlaveDetermination),
        TerminalCapabilitySet(TerminalCapabilitySet),
        OpenLogicalChannel(OpenLogicalChannel),
        CloseLogicalChannel(CloseLogicalChannel),
        RequestChannelClose(RequestChannelClose),
        MultiplexEntrySend(MultiplexEntrySend),
        RequestMultiplexEntry(RequestMultiplexEntry),
        RequestMode(RequestMode),
        RoundTripDelayRequest(RoundTripDelayRequest),
        MaintenanceLoopRequest(MaintenanceLoopRequest),
        ...,
        CommunicationModeRequest(CommunicationModeRequest),
        ConferenceRequest(ConferenceRequest),
        MultilinkRequest(MultilinkRequest),
        LogicalChannelRateRequest(LogicalChannelRateRequest),
        GenericRequest(GenericMessage)
    }
}

choice! {
    ResponseMessage {
        NonStandard(NonStandardMessage),
        MasterSlaveDeterminationAck(MasterSlaveDeterminationAck),
        MasterSlaveDeterminationReject(MasterSlaveDeterminationReject),
        TerminalCapabilitySetAck(TerminalCapabilitySetAck),
        TerminalCapabilitySetReject(TerminalCapabilitySetReject),
        OpenLogicalChannelAck(OpenLogicalChannelAck),
        OpenLogicalChannelReject(OpenLogicalChannelReject),
        CloseLogicalChannelAck(CloseLogicalChannelAck),
        RequestChannelCloseAck(RequestChannelCloseAck),
        RequestChannelCloseReject(RequestChannelCloseReject),
        MultiplexEntrySendAck(MultiplexEntrySendAck),
        MultiplexEntrySendReject(MultiplexEntrySendReject),
        RequestMultiplexEntryAck(RequestMultiplexEntryAck),
        RequestMultiplexEntryReject(RequestMultiplexEntryReject),
        RequestModeAck(RequestModeAck),
        RequestModeReject(RequestModeReject),
        RoundTripDelayResponse(RoundTripDelayResponse),
        MaintenanceLoopAck(MaintenanceLoopAck),
        MaintenanceLoopReject(MaintenanceLoopReject),
        ...,
        CommunicationModeResponse(CommunicationModeResponse),
        ConferenceResponse(ConferenceResponse),
        MultilinkResponse(MultilinkResponse),
        LogicalChannelRateAcknowledge(LogicalChannelRateAcknowledge),
        LogicalChannelRateReject(LogicalChannelRateReject),
        GenericResponse(GenericMessage)
    }
}

choice! {
    CommandMessage {
        NonStandard(NonStandardMessage),
        MaintenanceLoopOffCommand(MaintenanceLoopOffCommand),
        SendTerminalCapabilitySet(SendTerminalCapabilitySet),
        EncryptionCommand(EncryptionCommand),
        FlowControlCommand(FlowControlCommand),
        EndSessionCommand(EndSessionCommand),
        MiscellaneousCommand(MiscellaneousCommand),
        ...,
        CommunicationModeCommand(CommunicationModeCommand),
        ConferenceCommand(ConferenceCommand),
        H223MultiplexReconfiguration(H223MultiplexReconfiguration),
        NewATMVCCommand(NewATMVCCommand),
        MobileMultilinkReconfigurationCommand(MobileMultilinkReconfigurationCommand),
        GenericCommand(GenericMessage)
    }
}

choice! {
    IndicationMessage {
        NonStandard(NonStandardMessage),
        FunctionNotUnderstood(FunctionNotUnderstood),
        MasterSlaveDeterminationRelease(MasterSlaveDeterminationRelease),
        TerminalCapabilitySetRelease(TerminalCapabilitySetRelease),
        OpenLogicalChannelConfirm(OpenLogicalChannelConfirm),
        RequestChannelCloseRelease(RequestChannelCloseRelease),
        MultiplexEntrySendRelease(MultiplexEntrySendRelease),
        RequestMultiplexEntryRelease(RequestMultiplexEntryRelease),
        RequestModeRelease(RequestModeRelease),
        MiscellaneousIndication(MiscellaneousIndication),
        JitterIndication(JitterIndication),
        H223SkewIndication(H223SkewIndication),
        NewATMVCIndication(NewATMVCIndication),
        UserInput(UserInputIndication),
        ...,
        H2250MaximumSkewIndication(H2250MaximumSkewIndication),
        McLocationIndication(MCLocationIndication),
        ConferenceIndication(ConferenceIndication),
        VendorIdentification(VendorIdentification),
        FunctionNotSupported(FunctionNotSupported),
        MultilinkIndication(MultilinkIndication),
        LogicalChannelRateRelease(LogicalChannelRateRelease),
        FlowControlIndication(FlowControlIndication),
        MobileMultilinkReconfigurationIndication(MobileMultilinkReconfigurationIndication),
        GenericIndication(GenericMessage)
    }
}

pub type SequenceNumber = Int<u8, 0, 255>;

sequence! {
    GenericMessage {
        message_identifier: CapabilityIdentifier,
        sub_message_identifier: Opt<Int<u8, 0, 127>>,
        message_content: Opt<SeqOf<GenericParameter>>,
        ...
    }
}

pub type GenericInformation = GenericMessage;

sequence! {
    NonStandardMessage {
        non_standard_data: NonStandardParameter,
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
        H221NonStandard(NonStandardIdentifierH221NonStandard),
    }
}

sequence! {
    NonStandardIdentifierH221NonStandard {
        t35_country_code: Int<u8, 0, 255>,
        t35_extension: Int<u8, 0, 255>,
        manufacturer_code: Int<u16, 0, 65535>,
    }
}

sequence! {
    MasterSlaveDetermination {
        terminal_type: Int<u8, 0, 255>,
        status_determination_number: Int<u32, 0, 16777215>,
        ...
    }
}

sequence! {
    MasterSlaveDeterminationAck {
        decision: MasterSlaveDeterminationAckDecision,
        ...
    }
}

choice! {
    MasterSlaveDeterminationAckDecision {
        Master,
        Slave,
    }
}

sequence! {
    MasterSlaveDeterminationReject {
        cause: MasterSlaveDeterminationRejectCause,
        ...
    }
}

choice! {
    MasterSlaveDeterminationRejectCause {
        IdenticalNumbers,
        ...
    }
}

sequence! {
    MasterSlaveDeterminationRelease {
        ...
    }
}

sequence! {
    TerminalCapabilitySet {
        sequence_number: SequenceNumber,
        protocol_identifier: Oid,
        multiplex_capability: Opt<MultiplexCapability>,
        capability_table: Opt<SeqOf<CapabilityTableEntry, 1, 256>>,
        capability_descriptors: Opt<SeqOf<CapabilityDescriptor, 1, 256>>,
        ...,
        generic_information: Opt<SeqOf<GenericInformation>>
    }
}

sequence! {
    CapabilityTableEntry {
        capability_table_entry_number: CapabilityTableEntryNumber,
        capability: Opt<Capability>,
    }
}

sequence! {
    CapabilityDescriptor {
        capability_descriptor_number: CapabilityDescriptorNumber,
        simultaneous_capabilities: Opt<SeqOf<AlternativeCapabilitySet, 1, 256>>,
    }
}

pub type AlternativeCapabilitySet = SeqOf<CapabilityTableEntryNumber, 1, 256>;

pub type CapabilityTableEntryNumber = Int<u16, 1, 65535>;

pub type CapabilityDescriptorNumber = Int<u8, 0, 255>;

sequence! {
    TerminalCapabilitySetAck {
        sequence_number: SequenceNumber,
        ...,
        generic_information: Opt<SeqOf<GenericInformation>>
    }
}

sequence! {
    TerminalCapabilitySetReject {
        sequence_number: SequenceNumber,
        cause: TerminalCapabilitySetRejectCause,
        ...,
        generic_information: Opt<SeqOf<GenericInformation>>
    }
}

choice! {
    TerminalCapabilitySetRejectCause {
        Unspecified,
        UndefinedTableEntryUsed,
        DescriptorCapacityExceeded,
        TableEntryCapacityExceeded(TerminalCapabilitySetRejectCauseTableEntryCapacityExceeded),
        ...
    }
}

choice! {
    TerminalCapabilitySetRejectCauseTableEntryCapacityExceeded {
        HighestEntryNumberProcessed(CapabilityTableEntryNumber),
        NoneProcessed,
    }
}

sequence! {
    TerminalCapabilitySetRelease {
        ...,
        generic_information: Opt<SeqOf<GenericInformation>>
    }
}

choice! {
    Capability {
        NonStandard(NonStandardParameter),
        ReceiveVideoCapability(VideoCapability),
        TransmitVideoCapability(VideoCapability),
        ReceiveAndTransmitVideoCapability(VideoCapability),
        ReceiveAudioCapability(AudioCapability),
        TransmitAudioCapability(AudioCapability),
        ReceiveAndTransmitAudioCapability(AudioCapability),
        ReceiveDataApplicationCapability(DataApplicationCapability),
        TransmitDataApplicationCapability(DataApplicationCapability),
        ReceiveAndTransmitDataApplicationCapability(DataApplicationCapability),
        H233EncryptionTransmitCapability(Bool),
        H233EncryptionReceiveCapability(CapabilityH233EncryptionReceiveCapability),
        ...,
        ConferenceCapability(ConferenceCapability),
        H235SecurityCapability(H235SecurityCapability),
        MaxPendingReplacementFor(Int<u8, 0, 255>),
        ReceiveUserInputCapability(UserInputCapability),
        TransmitUserInputCapability(UserInputCapability),
        ReceiveAndTransmitUserInputCapability(UserInputCapability),
        GenericControlCapability(GenericCapability),
        ReceiveMultiplexedStreamCapability(MultiplexedStreamCapability),
        TransmitMultiplexedStreamCapability(MultiplexedStreamCapability),
        ReceiveAndTransmitMultiplexedStreamCapability(MultiplexedStreamCapability),
        ReceiveRTPAudioTelephonyEventCapability(AudioTelephonyEventCapability),
        ReceiveRTPAudioToneCapability(AudioToneCapability),
        DepFecCapability(DepFECCapability),
        MultiplePayloadStreamCapability(MultiplePayloadStreamCapability),
        FecCapability(FECCapability),
        RedundancyEncodingCap(RedundancyEncodingCapability),
        OneOfCapabilities(AlternativeCapabilitySet)
    }
}

sequence! {
    CapabilityH233EncryptionReceiveCapability {
        h233_iv_response_time: Int<u8, 0, 255>,
        ...
    }
}

sequence! {
    H235SecurityCapability {
        encryption_authentication_and_integrity: EncryptionAuthenticationAndIntegrity,
        media_capability: CapabilityTableEntryNumber,
        ...
    }
}

sequence! {
    DTLSSecurityCapability {
        hash_function: SeqOf<Chars<Ascii, 1, 65535>>,
        setup_information: Opt<Chars<Ascii, 1, 65535>>,
        connection_information: Opt<Chars<Ascii, 1, 65535>>,
        fingerprint: Opt<Chars<Ascii, 1, 65535>>,
        ...
    }
}

choice! {
    MultiplexCapability {
        NonStandard(NonStandardParameter),
        H222Capability(H222Capability),
        H223Capability(H223Capability),
        V76Capability(V76Capability),
        ...,
        H2250Capability(H2250Capability),
        GenericMultiplexCapability(GenericCapability)
    }
}

sequence! {
    H222Capability {
        number_of_vcs: Int<u16, 1, 256>,
        vc_capability: SeqOf<VCCapability>,
        ...
    }
}

sequence! {
    VCCapability {
        aal1: Opt<VCCapabilityAal1>,
        aal5: Opt<VCCapabilityAal5>,
        transport_stream: Bool,
        program_stream: Bool,
        available_bit_rates: VCCapabilityAvailableBitRates,
        ...,
        aal1_via_gateway: Opt<VCCapabilityAal1ViaGateway>
    }
}

sequence! {
    VCCapabilityAal1 {
        null_clock_recovery: Bool,
        srts_clock_recovery: Bool,
        adaptive_clock_recovery: Bool,
        null_error_correction: Bool,
        long_interleaver: Bool,
        short_interleaver: Bool,
        error_correction_only: Bool,
        structured_data_transfer: Bool,
        partially_filled_cells: Bool,
        ...
    }
}

sequence! {
    VCCapabilityAal5 {
        forward_maximum_sdu_size: Int<u16, 0, 65535>,
        backward_maximum_sdu_size: Int<u16, 0, 65535>,
        ...
    }
}

sequence! {
    VCCapabilityAvailableBitRates {
        r#type: VCCapabilityAvailableBitRatesType,
        ...
    }
}

choice! {
    VCCapabilityAvailableBitRatesType {
        SingleBitRate(Int<u16, 1, 65535>),
        RangeOfBitRates(VCCapabilityAvailableBitRatesTypeRangeOfBitRates),
    }
}

sequence! {
    VCCapabilityAvailableBitRatesTypeRangeOfBitRates {
        lower_bit_rate: Int<u16, 1, 65535>,
        higher_bit_rate: Int<u16, 1, 65535>,
    }
}

sequence! {
    VCCapabilityAal1ViaGateway {
        gateway_address: SeqOf<Q2931Address, 1, 256>,
        null_clock_recovery: Bool,
        srts_clock_recovery: Bool,
        adaptive_clock_recovery: Bool,
        null_error_correction: Bool,
        long_interleaver: Bool,
        short_interleaver: Bool,
        error_correction_only: Bool,
        structured_data_transfer: Bool,
        partially_filled_cells: Bool,
        ...
    }
}

sequence! {
    H223Capability {
        transport_with_i_frames: Bool,
        video_with_al1: Bool,
        video_with_al2: Bool,
        video_with_al3: Bool,
        audio_with_al1: Bool,
        audio_with_al2: Bool,
        audio_with_al3: Bool,
        data_with_al1: Bool,
        data_with_al2: Bool,
        data_with_al3: Bool,
        maximum_al2_sdu_size: Int<u16, 0, 65535>,
        maximum_al3_sdu_size: Int<u16, 0, 65535>,
        maximum_delay_jitter: Int<u16, 0, 1023>,
        h223_multiplex_table_capability: H223CapabilityH223MultiplexTableCapability,
        ...,
        max_muxpdu_size_capability: Opt<Bool>,
        nsrp_support: Opt<Bool>,
        mobile_operation_transmit_capability: Opt<H223CapabilityMobileOperationTransmitCapability>,
        h223_annex_c_capability: Opt<H223AnnexCCapability>,
        bit_rate: Opt<Int<u16, 1, 19200>>,
        mobile_multilink_frame_capability: Opt<H223CapabilityMobileMultilinkFrameCapability>
    }
}

choice! {
    H223CapabilityH223MultiplexTableCapability {
        Basic,
        Enhanced(H223CapabilityH223MultiplexTableCapabilityEnhanced),
    }
}

sequence! {
    H223CapabilityH223MultiplexTableCapabilityEnhanced {
        maximum_nesting_depth: Int<u8, 1, 15>,
        maximum_element_list_size: Int<u8, 2, 255>,
        maximum_sub_element_list_size: Int<u8, 2, 255>,
        ...
    }
}

sequence! {
    H223CapabilityMobileOperationTransmitCapability {
        mode_change_capability: Bool,
        h223_annex_a: Bool,
        h223_annex_a_double_flag: Bool,
        h223_annex_b: Bool,
        h223_annex_bwith_header: Bool,
        ...
    }
}

sequence! {
    H223CapabilityMobileMultilinkFrameCapability {
        maximum_sample_size: Int<u8, 1, 255>,
        maximum_payload_length: Int<u16, 1, 65025>,
        ...
    }
}

sequence! {
    H223AnnexCCapability {
        video_with_al1_m: Bool,
        video_with_al2_m: Bool,
        video_with_al3_m: Bool,
        audio_with_al1_m: Bool,
        audio_with_al2_m: Bool,
        audio_with_al3_m: Bool,
        data_with_al1_m: Bool,
        data_with_al2_m: Bool,
        data_with_al3_m: Bool,
        alpdu_interleaving: Bool,
        maximum_al1_mpdu_size: Int<u16, 0, 65535>,
        maximum_al2_msdu_size: Int<u16, 0, 65535>,
        maximum_al3_msdu_size: Int<u16, 0, 65535>,
        ...,
        rs_code_capability: Opt<Bool>
    }
}

sequence! {
    V76Capability {
        suspend_resume_capabilityw_address: Bool,
        suspend_resume_capabilitywo_address: Bool,
        rej_capability: Bool,
        s_rej_capability: Bool,
        m_rej_capability: Bool,
        crc8bit_capability: Bool,
        crc16bit_capability: Bool,
        crc32bit_capability: Bool,
        uih_capability: Bool,
        num_of_dlcs: Int<u16, 2, 8191>,
        two_octet_address_field_capability: Bool,
        loop_back_test_capability: Bool,
        n401_capability: Int<u16, 1, 4095>,
        max_window_size_capability: Int<u8, 1, 127>,
        v75_capability: V75Capability,
        ...
    }
}

sequence! {
    V75Capability {
        audio_header: Bool,
        ...
    }
}

sequence! {
    H2250Capability {
        maximum_audio_delay_jitter: Int<u16, 0, 1023>,
        receive_multipoint_capability: MultipointCapability,
        transmit_multipoint_capability: MultipointCapability,
        receive_and_transmit_multipoint_capability: MultipointCapability,
        mc_capability: H2250CapabilityMcCapability,
        rtcp_video_control_capability: Bool,
        media_packetization_capability: MediaPacketizationCapability,
        ...,
        transport_capability: Opt<TransportCapability>,
        redundancy_encoding_capability: Opt<SeqOf<RedundancyEncodingCapability, 1, 256>>,
        logical_channel_switching_capability: Opt<Bool>,
        t120_dynamic_port_capability: Opt<Bool>
    }
}

sequence! {
    H2250CapabilityMcCapability {
        centralized_conference_mc: Bool,
        decentralized_conference_mc: Bool,
        ...
    }
}

sequence! {
    MediaPacketizationCapability {
        h261a_video_packetization: Bool,
        ...,
        rtp_payload_type: Opt<SeqOf<RTPPayloadType, 1, 256>>
    }
}

sequence! {
    RSVPParameters {
        qos_mode: Opt<QOSMode>,
        token_rate: Opt<Int<u32, 1, 4294967295>>,
        bucket_size: Opt<Int<u32, 1, 4294967295>>,
        peak_rate: Opt<Int<u32, 1, 4294967295>>,
        min_policed: Opt<Int<u32, 1, 4294967295>>,
        max_pkt_size: Opt<Int<u32, 1, 4294967295>>,
        ...
    }
}

choice! {
    QOSMode {
        GuaranteedQOS,
        ControlledLoad,
        ...
    }
}

sequence! {
    ATMParameters {
        max_ntu_size: Int<u16, 0, 65535>,
        atm_ubr: Bool,
        atmrt_vbr: Bool,
        atmnrt_vbr: Bool,
        atm_abr: Bool,
        atm_cbr: Bool,
        ...
    }
}

sequence! {
    ServicePriorityValue {
        non_standard_parameter: Opt<NonStandardParameter>,
        ...,
        value: Opt<Int<u8, 0, 255>>
    }
}

sequence! {
    ServicePriority {
        non_standard_data: Opt<NonStandardParameter>,
        service_priority_signalled: Bool,
        service_priority_value: Opt<ServicePriorityValue>,
        ...,
        service_class: Opt<Int<u16, 0, 4095>>,
        service_subclass: Opt<Int<u8, 0, 255>>
    }
}

sequence! {
    AuthorizationParameters {
        non_standard_data: Opt<NonStandardParameter>,
        ...
    }
}

choice! {
    QOSType {
        Desired,
        Required,
        ...
    }
}

choice! {
    QOSClass {
        Class0,
        Class1,
        Class2,
        Class3,
        Class4,
        Class5,
        ...
    }
}

sequence! {
    QOSDescriptor {
        non_standard_data: Opt<NonStandardParameter>,
        qos_type: QOSType,
        qos_class: QOSClass,
        ...
    }
}

sequence! {
    GenericTransportParameters {
        non_standard_data: Opt<NonStandardParameter>,
        average_rate: Opt<Int<u32, 1, 4294967295>>,
        burst: Opt<Int<u32, 1, 4294967295>>,
        peak_rate: Opt<Int<u32, 1, 4294967295>>,
        max_pkt_size: Opt<Int<u32, 1, 4294967295>>,
        ...
    }
}

sequence! {
    QOSCapability {
        non_standard_data: Opt<NonStandardParameter>,
        rsvp_parameters: Opt<RSVPParameters>,
        atm_parameters: Opt<ATMParameters>,
        ...,
        local_qo_s: Opt<Bool>,
        generic_transport_parameters: Opt<GenericTransportParameters>,
        service_priority: Opt<ServicePriority>,
        authorization_parameter: Opt<AuthorizationParameters>,
        qos_descriptor: Opt<QOSDescriptor>,
        dscp_value: Opt<Int<u8, 0, 63>>
    }
}

choice! {
    MediaTransportType {
        IpUdp,
        IpTcp,
        AtmAal5Unidir,
        AtmAal5Bidir,
        ...,
        AtmAal5Compressed(MediaTransportTypeAtmAal5Compressed),
        Sctp(SctpParam),
        UdpDtlsSctp(SeqOf<SctpParam>),
        TcpDtlsSctp(SeqOf<SctpParam>),
        SctpDtls(SctpParam)
    }
}

sequence! {
    MediaTransportTypeAtmAal5Compressed {
        variable_delta: Bool,
        ...
    }
}

sequence! {
    MediaChannelCapability {
        media_transport: Opt<MediaTransportType>,
        ...
    }
}

sequence! {
    TransportCapability {
        non_standard: Opt<NonStandardParameter>,
        q_os_capabilities: Opt<SeqOf<QOSCapability, 1, 256>>,
        media_channel_capabilities: Opt<SeqOf<MediaChannelCapability, 1, 256>>,
        ...
    }
}

sequence! {
    RedundancyEncodingCapability {
        redundancy_encoding_method: RedundancyEncodingMethod,
        primary_encoding: CapabilityTableEntryNumber,
        secondary_encoding: Opt<SeqOf<CapabilityTableEntryNumber, 1, 256>>,
        ...
    }
}

choice! {
    RedundancyEncodingMethod {
        NonStandard(NonStandardParameter),
        RtpAudioRedundancyEncoding,
        ...,
        RtpH263VideoRedundancyEncoding(RTPH263VideoRedundancyEncoding)
    }
}

sequence! {
    RTPH263VideoRedundancyEncoding {
        number_of_threads: Int<u8, 1, 16>,
        frames_between_sync_points: Int<u16, 1, 256>,
        frame_to_thread_mapping: RTPH263VideoRedundancyEncodingFrameToThreadMapping,
        contained_threads: Opt<SeqOf<Int<u8, 0, 15>, 1, 256>>,
        ...
    }
}

choice! {
    RTPH263VideoRedundancyEncodingFrameToThreadMapping {
        Roundrobin,
        Custom(SeqOf<RTPH263VideoRedundancyFrameMapping, 1, 256>),
        ...
    }
}

sequence! {
    RTPH263VideoRedundancyFrameMapping {
        thread_number: Int<u8, 0, 15>,
        frame_sequence: SeqOf<Int<u8, 0, 255>, 1, 256>,
        ...
    }
}

sequence! {
    MultipointCapability {
        multicast_capability: Bool,
        multi_uni_cast_conference: Bool,
        media_distribution_capability: SeqOf<MediaDistributionCapability>,
        ...
    }
}

sequence! {
    MediaDistributionCapability {
        centralized_control: Bool,
        distributed_control: Bool,
        centralized_audio: Bool,
        distributed_audio: Bool,
        centralized_video: Bool,
        distributed_video: Bool,
        centralized_data: Opt<SeqOf<DataApplicationCapability>>,
        distributed_data: Opt<SeqOf<DataApplicationCapability>>,
        ...
    }
}

choice! {
    VideoCapability {
        NonStandard(NonStandardParameter),
        H261VideoCapability(H261VideoCapability),
        H262VideoCapability(H262VideoCapability),
        H263VideoCapability(H263VideoCapability),
        Is11172VideoCapability(IS11172VideoCapability),
        ...,
        GenericVideoCapability(GenericCapability),
        ExtendedVideoCapability(ExtendedVideoCapability)
    }
}

sequence! {
    ExtendedVideoCapability {
        video_capability: SeqOf<VideoCapability>,
        video_capability_extension: Opt<SeqOf<GenericCapability>>,
        ...
    }
}

sequence! {
    H261VideoCapability {
        qcif_mpi: Opt<Int<u8, 1, 4>>,
        cif_mpi: Opt<Int<u8, 1, 4>>,
        temporal_spatial_trade_off_capability: Bool,
        max_bit_rate: Int<u16, 1, 19200>,
        still_image_transmission: Bool,
        ...,
        video_bad_mbs_cap: Opt<Bool>
    }
}

sequence! {
    H262VideoCapability {
        profile_and_level_s_pat_ml: Bool,
        profile_and_level_m_pat_ll: Bool,
        profile_and_level_m_pat_ml: Bool,
        profile_and_level_m_pat_h_14: Bool,
        profile_and_level_m_pat_hl: Bool,
        profile_and_level_sn_rat_ll: Bool,
        profile_and_level_sn_rat_ml: Bool,
        profile_and_level_spatialat_h_14: Bool,
        profile_and_level_h_pat_ml: Bool,
        profile_and_level_h_pat_h_14: Bool,
        profile_and_level_h_pat_hl: Bool,
        video_bit_rate: Opt<Int<u32, 0, 1073741823>>,
        vbv_buffer_size: Opt<Int<u32, 0, 262143>>,
        samples_per_line: Opt<Int<u16, 0, 16383>>,
        lines_per_frame: Opt<Int<u16, 0, 16383>>,
        frames_per_second: Opt<Int<u8, 0, 15>>,
        luminance_sample_rate: Opt<Int<u32, 0, 4294967295>>,
        ...,
        video_bad_mbs_cap: Opt<Bool>
    }
}

sequence! {
    H263VideoCapability {
        sqcif_mpi: Opt<Int<u8, 1, 32>>,
        qcif_mpi: Opt<Int<u8, 1, 32>>,
        cif_mpi: Opt<Int<u8, 1, 32>>,
        cif4_mpi: Opt<Int<u8, 1, 32>>,
        cif16_mpi: Opt<Int<u8, 1, 32>>,
        max_bit_rate: Int<u32, 1, 192400>,
        unrestricted_vector: Bool,
        arithmetic_coding: Bool,
        advanced_prediction: Bool,
        pb_frames: Bool,
        temporal_spatial_trade_off_capability: Bool,
        hrd_b: Opt<Int<u32, 0, 524287>>,
        bpp_max_kb: Opt<Int<u16, 0, 65535>>,
        ...,
        slow_sqcif_mpi: Opt<Int<u16, 1, 3600>>,
        slow_qcif_mpi: Opt<Int<u16, 1, 3600>>,
        slow_cif_mpi: Opt<Int<u16, 1, 3600>>,
        slow_cif4_mpi: Opt<Int<u16, 1, 3600>>,
        slow_cif16_mpi: Opt<Int<u16, 1, 3600>>,
        error_compensation: Opt<Bool>,
        enhancement_layer_info: Opt<EnhancementLayerInfo>,
        h263_options: Opt<H263Options>
    }
}

sequence! {
    EnhancementLayerInfo {
        base_bit_rate_constrained: Bool,
        snr_enhancement: Opt<SeqOf<EnhancementOptions, 1, 14>>,
        spatial_enhancement: Opt<SeqOf<EnhancementOptions, 1, 14>>,
        b_picture_enhancement: Opt<SeqOf<BEnhancementParameters, 1, 14>>,
        ...
    }
}

sequence! {
    BEnhancementParameters {
        enhancement_options: EnhancementOptions,
        number_of_b_pictures: Int<u8, 1, 64>,
        ...
    }
}

sequence! {
    EnhancementOptions {
        sqcif_mpi: Opt<Int<u8, 1, 32>>,
        qcif_mpi: Opt<Int<u8, 1, 32>>,
        cif_mpi: Opt<Int<u8, 1, 32>>,
        cif4_mpi: Opt<Int<u8, 1, 32>>,
        cif16_mpi: Opt<Int<u8, 1, 32>>,
        max_bit_rate: Int<u32, 1, 192400>,
        unrestricted_vector: Bool,
        arithmetic_coding: Bool,
        temporal_spatial_trade_off_capability: Bool,
        slow_sqcif_mpi: Opt<Int<u16, 1, 3600>>,
        slow_qcif_mpi: Opt<Int<u16, 1, 3600>>,
        slow_cif_mpi: Opt<Int<u16, 1, 3600>>,
        slow_cif4_mpi: Opt<Int<u16, 1, 3600>>,
        slow_cif16_mpi: Opt<Int<u16, 1, 3600>>,
        error_compensation: Bool,
        h263_options: Opt<H263Options>,
        ...
    }
}

sequence! {
    H263Options {
        advanced_intra_coding_mode: Bool,
        deblocking_filter_mode: Bool,
        improved_pb_frames_mode: Bool,
        unlimited_motion_vectors: Bool,
        full_picture_freeze: Bool,
        partial_picture_freeze_and_release: Bool,
        resizing_part_pic_freeze_and_release: Bool,
        full_picture_snapshot: Bool,
        partial_picture_snapshot: Bool,
        video_segment_tagging: Bool,
        progressive_refinement: Bool,
        dynamic_picture_resizing_by_four: Bool,
        dynamic_picture_resizing_sixteenth_pel: Bool,
        dynamic_warping_half_pel: Bool,
        dynamic_warping_sixteenth_pel: Bool,
        independent_segment_decoding: Bool,
        slices_in_order_non_rect: Bool,
        slices_in_order_rect: Bool,
        slices_no_order_non_rect: Bool,
        slices_no_order_rect: Bool,
        alternate_inter_vlc_mode: Bool,
        modified_quantization_mode: Bool,
        reduced_resolution_update: Bool,
        transparency_parameters: Opt<TransparencyParameters>,
        separate_video_back_channel: Bool,
        ref_picture_selection: Opt<RefPictureSelection>,
        custom_picture_clock_frequency: Opt<SeqOf<CustomPictureClockFrequency, 1, 16>>,
        custom_picture_format: Opt<SeqOf<CustomPictureFormat, 1, 16>>,
        mode_combos: Opt<SeqOf<H263VideoModeCombos, 1, 16>>,
        ...,
        video_bad_mbs_cap: Opt<Bool>,
        h263_version3_options: Opt<H263Version3Options>
    }
}

sequence! {
    TransparencyParameters {
        presentation_order: Int<u16, 1, 256>,
        offset_x: Int<i32, -262144, 262143>,
        offset_y: Int<i32, -262144, 262143>,
        scale_x: Int<u8, 1, 255>,
        scale_y: Int<u8, 1, 255>,
        ...
    }
}

sequence! {
    RefPictureSelection {
        additional_picture_memory: Opt<RefPictureSelectionAdditionalPictureMemory>,
        video_mux: Bool,
        video_back_channel_send: RefPictureSelectionVideoBackChannelSend,
        ...,
        enhanced_reference_pic_select: Opt<RefPictureSelectionEnhancedReferencePicSelect>
    }
}

sequence! {
    RefPictureSelectionAdditionalPictureMemory {
        sqcif_additional_picture_memory: Opt<Int<u16, 1, 256>>,
        qcif_additional_picture_memory: Opt<Int<u16, 1, 256>>,
        cif_additional_picture_memory: Opt<Int<u16, 1, 256>>,
        cif4_additional_picture_memory: Opt<Int<u16, 1, 256>>,
        cif16_additional_picture_memory: Opt<Int<u16, 1, 256>>,
        big_cpf_additional_picture_memory: Opt<Int<u16, 1, 256>>,
        ...
    }
}

choice! {
    RefPictureSelectionVideoBackChannelSend {
        Nothing,
        AckMessageOnly,
        NackMessageOnly,
        AckOrNackMessageOnly,
        AckAndNackMessage,
        ...
    }
}

sequence! {
    RefPictureSelectionEnhancedReferencePicSelect {
        sub_picture_removal_parameters: Opt<RefPictureSelectionEnhancedReferencePicSelectSubPictureRemovalParameters>,
        ...
    }
}

sequence! {
    RefPictureSelectionEnhancedReferencePicSelectSubPictureRemovalParameters {
        mpu_horiz_mbs: Int<u8, 1, 128>,
        mpu_vert_mbs: Int<u8, 1, 72>,
        mpu_total_number: Int<u32, 1, 65536>,
        ...
    }
}

sequence! {
    CustomPictureClockFrequency {
        clock_conversion_code: Int<u16, 1000, 1001>,
        clock_divisor: Int<u8, 1, 127>,
        sqcif_mpi: Opt<Int<u16, 1, 2048>>,
        qcif_mpi: Opt<Int<u16, 1, 2048>>,
        cif_mpi: Opt<Int<u16, 1, 2048>>,
        cif4_mpi: Opt<Int<u16, 1, 2048>>,
        cif16_mpi: Opt<Int<u16, 1, 2048>>,
        ...
    }
}

sequence! {
    CustomPictureFormat {
        max_custom_picture_width: Int<u16, 1, 2048>,
        max_custom_picture_height: Int<u16, 1, 2048>,
        min_custom_picture_width: Int<u16, 1, 2048>,
        min_custom_picture_height: Int<u16, 1, 2048>,
        m_pi: CustomPictureFormatMPI,
        pixel_aspect_information: CustomPictureFormatPixelAspectInformation,
        ...
    }
}

sequence! {
    CustomPictureFormatMPI {
        standard_mpi: Opt<Int<u8, 1, 31>>,
        custom_pcf: Opt<SeqOf<CustomPictureFormatMPICustomPCFItem, 1, 16>>,
        ...
    }
}

sequence! {
    CustomPictureFormatMPICustomPCFItem {
        clock_conversion_code: Int<u16, 1000, 1001>,
        clock_divisor: Int<u8, 1, 127>,
        custom_mpi: Int<u16, 1, 2048>,
        ...
    }
}

choice! {
    CustomPictureFormatPixelAspectInformation {
        AnyPixelAspectRatio(Bool),
        PixelAspectCode(SeqOf<Int<u8, 1, 14>, 1, 14>),
        ExtendedPAR(SeqOf<CustomPictureFormatPixelAspectInformationExtendedPARItem, 1, 256>),
        ...
    }
}

sequence! {
    CustomPictureFormatPixelAspectInformationExtendedPARItem {
        width: Int<u8, 1, 255>,
        height: Int<u8, 1, 255>,
        ...
    }
}

sequence! {
    H263VideoModeCombos {
        h263_video_uncoupled_modes: H263ModeComboFlags,
        h263_video_coupled_modes: SeqOf<H263ModeComboFlags, 1, 16>,
        ...
    }
}

sequence! {
    H263ModeComboFlags {
        unrestricted_vector: Bool,
        arithmetic_coding: Bool,
        advanced_prediction: Bool,
        pb_frames: Bool,
        advanced_intra_coding_mode: Bool,
        deblocking_filter_mode: Bool,
        unlimited_motion_vectors: Bool,
        slices_in_order_non_rect: Bool,
        slices_in_order_rect: Bool,
        slices_no_order_non_rect: Bool,
        slices_no_order_rect: Bool,
        improved_pb_frames_mode: Bool,
        reference_pic_select: Bool,
        dynamic_picture_resizing_by_four: Bool,
        dynamic_picture_resizing_sixteenth_pel: Bool,
        dynamic_warping_half_pel: Bool,
        dynamic_warping_sixteenth_pel: Bool,
        reduced_resolution_update: Bool,
        independent_segment_decoding: Bool,
        alternate_inter_vlc_mode: Bool,
        modified_quantization_mode: Bool,
        ...,
        enhanced_reference_pic_select: Opt<Bool>,
        h263_version3_options: Opt<H263Version3Options>
    }
}

sequence! {
    H263Version3Options {
        data_partitioned_slices: Bool,
        fixed_point_idct0: Bool,
        interlaced_fields: Bool,
        current_picture_header_repetition: Bool,
        previous_picture_header_repetition: Bool,
        next_picture_header_repetition: Bool,
        picture_number: Bool,
        spare_reference_pictures: Bool,
        ...
    }
}

sequence! {
    IS11172VideoCapability {
        constrained_bitstream: Bool,
        video_bit_rate: Opt<Int<u32, 0, 1073741823>>,
        vbv_buffer_size: Opt<Int<u32, 0, 262143>>,
        samples_per_line: Opt<Int<u16, 0, 16383>>,
        lines_per_frame: Opt<Int<u16, 0, 16383>>,
        picture_rate: Opt<Int<u8, 0, 15>>,
        luminance_sample_rate: Opt<Int<u32, 0, 4294967295>>,
        ...,
        video_bad_mbs_cap: Opt<Bool>
    }
}

choice! {
    AudioCapability {
        NonStandard(NonStandardParameter),
        G711Alaw64k(Int<u16, 1, 256>),
        G711Alaw56k(Int<u16, 1, 256>),
        G711Ulaw64k(Int<u16, 1, 256>),
        G711Ulaw56k(Int<u16, 1, 256>),
        G72264k(Int<u16, 1, 256>),
        G72256k(Int<u16, 1, 256>),
        G72248k(Int<u16, 1, 256>),
        G7231(AudioCapabilityG7231),
        G728(Int<u16, 1, 256>),
        G729(Int<u16, 1, 256>),
        G729AnnexA(Int<u16, 1, 256>),
        Is11172AudioCapability(IS11172AudioCapability),
        Is13818AudioCapability(IS13818AudioCapability),
        ...,
        G729wAnnexB(Int<u16, 1, 256>),
        G729AnnexAwAnnexB(Int<u16, 1, 256>),
        G7231AnnexCCapability(G7231AnnexCCapability),
        GsmFullRate(GSMAudioCapability),
        GsmHalfRate(GSMAudioCapability),
        GsmEnhancedFullRate(GSMAudioCapability),
        GenericAudioCapability(GenericCapability),
        G729Extensions(G729Extensions),
        Vbd(Boxed<VBDCapability>),
        AudioTelephonyEvent(NoPTAudioTelephonyEventCapability),
        AudioTone(NoPTAudioToneCapability),
        ExtendedAudioCapability(ExtendedAudioCapability)
    }
}

sequence! {
    AudioCapabilityG7231 {
        max_al_sdu_audio_frames: Int<u16, 1, 256>,
        silence_suppression: Bool,
    }
}

sequence! {
    ExtendedAudioCapability {
        audio_capability: SeqOf<AudioCapability>,
        audio_capability_extension: Opt<SeqOf<GenericCapability>>,
        ...
    }
}

sequence! {
    G729Extensions {
        audio_unit: Opt<Int<u16, 1, 256>>,
        annex_a: Bool,
        annex_b: Bool,
        annex_d: Bool,
        annex_e: Bool,
        annex_f: Bool,
        annex_g: Bool,
        annex_h: Bool,
        ...
    }
}

sequence! {
    G7231AnnexCCapability {
        max_al_sdu_audio_frames: Int<u16, 1, 256>,
        silence_suppression: Bool,
        g723_annex_c_audio_mode: Opt<G7231AnnexCCapabilityG723AnnexCAudioMode>,
        ...
    }
}

sequence! {
    G7231AnnexCCapabilityG723AnnexCAudioMode {
        high_rate_mode0: Int<u8, 27, 78>,
        high_rate_mode1: Int<u8, 27, 78>,
        low_rate_mode0: Int<u8, 23, 66>,
        low_rate_mode1: Int<u8, 23, 66>,
        sid_mode0: Int<u8, 6, 17>,
        sid_mode1: Int<u8, 6, 17>,
        ...
    }
}

sequence! {
    IS11172AudioCapability {
        audio_layer1: Bool,
        audio_layer2: Bool,
        audio_layer3: Bool,
        audio_sampling32k: Bool,
        audio_sampling44k1: Bool,
        audio_sampling48k: Bool,
        single_channel: Bool,
        two_channels: Bool,
        bit_rate: Int<u16, 1, 448>,
        ...
    }
}

sequence! {
    IS13818AudioCapability {
        audio_layer1: Bool,
        audio_layer2: Bool,
        audio_layer3: Bool,
        audio_sampling16k: Bool,
        audio_sampling22k05: Bool,
        audio_sampling24k: Bool,
        audio_sampling32k: Bool,
        audio_sampling44k1: Bool,
        audio_sampling48k: Bool,
        single_channel: Bool,
        two_channels: Bool,
        three_channels2_1: Bool,
        three_channels3_0: Bool,
        four_channels2_0_2_0: Bool,
        four_channels2_2: Bool,
        four_channels3_1: Bool,
        five_channels3_0_2_0: Bool,
        five_channels3_2: Bool,
        low_frequency_enhancement: Bool,
        multilingual: Bool,
        bit_rate: Int<u16, 1, 1130>,
        ...
    }
}

sequence! {
    GSMAudioCapability {
        audio_unit_size: Int<u16, 1, 256>,
        comfort_noise: Bool,
        scrambled: Bool,
        ...
    }
}

sequence! {
    VBDCapability {
        r#type: Boxed<AudioCapability>,
        ...
    }
}

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
        DsmCc(DataProtocolCapability),
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
        UdpDtlsSctp(SeqOf<SctpParam>),
        TcpDtlsSctp(SeqOf<SctpParam>),
        SctpDtls(SctpParam)
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
        g3_facs_mh200x100: Bool,
        g3_facs_mh200x200: Bool,
        g4_facs_mmr200x100: Bool,
        g4_facs_mmr200x200: Bool,
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
        transcoding_jbig: Bool,
        transcoding_mmr: Bool,
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
        t38_fax_udp_ec: T38FaxUdpOptionsT38FaxUdpEC,
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
        t38_tcp_bidirectional_mode: Bool,
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
        app_ppid: Opt<SeqOf<Int<u32, 1, 4294967295>>>,
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
        generic_h235_security_capability: Opt<GenericCapability>,
        dtls_security_capability: Opt<DTLSSecurityCapability>
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
        GenericUserInputCapability(GenericCapability)
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
        dynamic_rtp_payload_type: Int<u8, 96, 127>,
        audio_telephone_event: General,
        ...
    }
}

sequence! {
    AudioToneCapability {
        dynamic_rtp_payload_type: Int<u8, 96, 127>,
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
        Nothing
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
        resource_id: Int<u16, 0, 65535>,
        sub_channel_id: Int<u16, 0, 8191>,
        pcr_pid: Opt<Int<u16, 0, 8191>>,
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
        header_fec: H223AL1MParametersHeaderFEC,
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
        Sebch167,
        Golay2412,
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
        header_fec: H223AL2MParametersHeaderFEC,
        alpdu_interleaving: Bool,
        ...
    }
}

choice! {
    H223AL2MParametersHeaderFEC {
        Sebch165,
        Golay2412,
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
        Sebch167,
        Golay2412,
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
        u_ih: Bool,
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
        session_id: Int<u8, 0, 255>,
        associated_session_id: Opt<Int<u8, 1, 255>>,
        media_channel: Opt<TransportAddress>,
        media_guaranteed_delivery: Opt<Bool>,
        media_control_channel: Opt<TransportAddress>,
        media_control_guaranteed_delivery: Opt<Bool>,
        silence_suppression: Opt<Bool>,
        destination: Opt<TerminalLabel>,
        dynamic_rtp_payload_type: Opt<Int<u8, 96, 127>>,
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
        RfcNumber(ExtInt<1, 32768>),
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
        protected_session_id: Int<u8, 1, 255>,
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
        escrow_id: Oid,
        escrow_value: Bits<1, 65535>,
        ...
    }
}

sequence! {
    OpenLogicalChannelAck {
        forward_logical_channel_number: LogicalChannelNumber,
        reverse_logical_channel_parameters: Opt<OpenLogicalChannelAckReverseLogicalChannelParameters>,
        ...,
        separate_stack: Opt<NetworkAccessParameters>,
        forward_multiplex_ack_parameters: Opt<OpenLogicalChannelAckForwardMultiplexAckParameters>,
        encryption_sync: Opt<EncryptionSync>,
        generic_information: Opt<SeqOf<GenericInformation>>,
        dtls_security_capability: Opt<DTLSSecurityCapability>
    }
}

sequence! {
    OpenLogicalChannelAckReverseLogicalChannelParameters {
        reverse_logical_channel_number: LogicalChannelNumber,
        port_number: Opt<Int<u16, 0, 65535>>,
        multiplex_parameters: Opt<OpenLogicalChannelAckReverseLogicalChannelParametersMultiplexParameters>,
        ...,
        replacement_for: Opt<LogicalChannelNumber>
    }
}

choice! {
    OpenLogicalChannelAckReverseLogicalChannelParametersMultiplexParameters {
        H222LogicalChannelParameters(H222LogicalChannelParameters),
        ...,
        H2250LogicalChannelParameters(H2250LogicalChannelParameters)
    }
}

choice! {
    OpenLogicalChannelAckForwardMultiplexAckParameters {
        H2250LogicalChannelAckParameters(H2250LogicalChannelAckParameters),
        ...
    }
}

sequence! {
    OpenLogicalChannelReject {
        forward_logical_channel_number: LogicalChannelNumber,
        cause: OpenLogicalChannelRejectCause,
        ...,
        generic_information: Opt<SeqOf<GenericInformation>>
    }
}

choice! {
    OpenLogicalChannelRejectCause {
        Unspecified,
        UnsuitableReverseParameters,
        DataTypeNotSupported,
        DataTypeNotAvailable,
        UnknownDataType,
        DataTypeALCombinationNotSupported,
        ...,
        MulticastChannelNotAllowed,
        InsufficientBandwidth,
        SeparateStackEstablishmentFailed,
        InvalidSessionID,
        MasterSlaveConflict,
        WaitForCommunicationMode,
        InvalidDependentChannel,
        ReplacementForRejected,
        SecurityDenied,
        QoSControlNotSupported
    }
}

sequence! {
    OpenLogicalChannelConfirm {
        forward_logical_channel_number: LogicalChannelNumber,
        ...,
        generic_information: Opt<SeqOf<GenericInformation>>
    }
}

sequence! {
    H2250LogicalChannelAckParameters {
        non_standard: Opt<SeqOf<NonStandardParameter>>,
        session_id: Opt<Int<u8, 1, 255>>,
        media_channel: Opt<TransportAddress>,
        media_control_channel: Opt<TransportAddress>,
        dynamic_rtp_payload_type: Opt<Int<u8, 96, 127>>,
        ...,
        flow_control_to_zero: Opt<Bool>,
        port_number: Opt<Int<u16, 0, 65535>>,
        multiple_payload_stream: Opt<MultiplePayloadStream>
    }
}

sequence! {
    CloseLogicalChannel {
        forward_logical_channel_number: LogicalChannelNumber,
        source: CloseLogicalChannelSource,
        ...,
        reason: Opt<CloseLogicalChannelReason>
    }
}

choice! {
    CloseLogicalChannelSource {
        User,
        Lcse,
    }
}

choice! {
    CloseLogicalChannelReason {
        Unknown,
        Reopen,
        ReservationFailure,
        ...,
        NetworkErrorCode(Int<u8, 0, 255>)
    }
}

sequence! {
    CloseLogicalChannelAck {
        forward_logical_channel_number: LogicalChannelNumber,
        ...
    }
}

sequence! {
    RequestChannelClose {
        forward_logical_channel_number: LogicalChannelNumber,
        ...,
        qos_capability: Opt<QOSCapability>,
        reason: Opt<RequestChannelCloseReason>
    }
}

choice! {
    RequestChannelCloseReason {
        Unknown,
        Normal,
        Reopen,
        ReservationFailure,
        ...,
        NetworkErrorCode(Int<u8, 0, 255>)
    }
}

sequence! {
    RequestChannelCloseAck {
        forward_logical_channel_number: LogicalChannelNumber,
        ...
    }
}

sequence! {
    RequestChannelCloseReject {
        forward_logical_channel_number: LogicalChannelNumber,
        cause: RequestChannelCloseRejectCause,
        ...
    }
}

choice! {
    RequestChannelCloseRejectCause {
        Unspecified,
        ...
    }
}

sequence! {
    RequestChannelCloseRelease {
        forward_logical_channel_number: LogicalChannelNumber,
        ...
    }
}

sequence! {
    MultiplexEntrySend {
        sequence_number: SequenceNumber,
        multiplex_entry_descriptors: SeqOf<MultiplexEntryDescriptor, 1, 15>,
        ...
    }
}

sequence! {
    MultiplexEntryDescriptor {
        multiplex_table_entry_number: MultiplexTableEntryNumber,
        element_list: Opt<SeqOf<MultiplexElement, 1, 256>>,
    }
}

sequence! {
    MultiplexElement {
        r#type: MultiplexElementType,
        repeat_count: MultiplexElementRepeatCount,
    }
}

choice! {
    MultiplexElementType {
        LogicalChannelNumber(Int<u16, 0, 65535>),
        SubElementList(SeqOf<MultiplexElement, 2, 255>),
    }
}

choice! {
    MultiplexElementRepeatCount {
        Finite(Int<u16, 1, 65535>),
        UntilClosingFlag,
    }
}

pub type MultiplexTableEntryNumber = Int<u8, 1, 15>;

sequence! {
    MultiplexEntrySendAck {
        sequence_number: SequenceNumber,
        multiplex_table_entry_number: SeqOf<MultiplexTableEntryNumber, 1, 15>,
        ...
    }
}

sequence! {
    MultiplexEntrySendReject {
        sequence_number: SequenceNumber,
        rejection_descriptions: SeqOf<MultiplexEntryRejectionDescriptions, 1, 15>,
        ...
    }
}

sequence! {
    MultiplexEntryRejectionDescriptions {
        multiplex_table_entry_number: MultiplexTableEntryNumber,
        cause: MultiplexEntryRejectionDescriptionsCause,
        ...
    }
}

choice! {
    MultiplexEntryRejectionDescriptionsCause {
        UnspecifiedCause,
        DescriptorTooComplex,
        ...
    }
}

sequence! {
    MultiplexEntrySendRelease {
        multiplex_table_entry_number: SeqOf<MultiplexTableEntryNumber, 1, 15>,
        ...
    }
}

sequence! {
    RequestMultiplexEntry {
        entry_numbers: SeqOf<MultiplexTableEntryNumber, 1, 15>,
        ...
    }
}

sequence! {
    RequestMultiplexEntryAck {
        entry_numbers: SeqOf<MultiplexTableEntryNumber, 1, 15>,
        ...
    }
}

sequence! {
    RequestMultiplexEntryReject {
        entry_numbers: SeqOf<MultiplexTableEntryNumber, 1, 15>,
        rejection_descriptions: SeqOf<RequestMultiplexEntryRejectionDescriptions, 1, 15>,
        ...
    }
}

sequence! {
    RequestMultiplexEntryRejectionDescriptions {
        multiplex_table_entry_number: MultiplexTableEntryNumber,
        cause: RequestMultiplexEntryRejectionDescriptionsCause,
        ...
    }
}

choice! {
    RequestMultiplexEntryRejectionDescriptionsCause {
        UnspecifiedCause,
        ...
    }
}

sequence! {
    RequestMultiplexEntryRelease {
        entry_numbers: SeqOf<MultiplexTableEntryNumber, 1, 15>,
        ...
    }
}

sequence! {
    RequestMode {
        sequence_number: SequenceNumber,
        requested_modes: SeqOf<ModeDescription, 1, 256>,
        ...
    }
}

sequence! {
    RequestModeAck {
        sequence_number: SequenceNumber,
        response: RequestModeAckResponse,
        ...
    }
}

choice! {
    RequestModeAckResponse {
        WillTransmitMostPreferredMode,
        WillTransmitLessPreferredMode,
        ...
    }
}

sequence! {
    RequestModeReject {
        sequence_number: SequenceNumber,
        cause: RequestModeRejectCause,
        ...
    }
}

choice! {
    RequestModeRejectCause {
        ModeUnavailable,
        MultipointConstraint,
        RequestDenied,
        ...
    }
}

sequence! {
    RequestModeRelease {
        ...
    }
}

pub type ModeDescription = SeqOf<ModeElement, 1, 256>;

choice! {
    ModeElementType {
        NonStandard(NonStandardParameter),
        VideoMode(VideoMode),
        AudioMode(AudioMode),
        DataMode(DataMode),
        EncryptionMode(EncryptionMode),
        ...,
        H235Mode(H235Mode),
        MultiplexedStreamMode(MultiplexedStreamParameter),
        RedundancyEncodingDTMode(Boxed<RedundancyEncodingDTMode>),
        MultiplePayloadStreamMode(MultiplePayloadStreamMode),
        DepFecMode(Boxed<DepFECMode>),
        FecMode(Boxed<FECMode>)
    }
}

sequence! {
    ModeElement {
        r#type: ModeElementType,
        h223_mode_parameters: Opt<H223ModeParameters>,
        ...,
        v76_mode_parameters: Opt<V76ModeParameters>,
        h2250_mode_parameters: Opt<H2250ModeParameters>,
        generic_mode_parameters: Opt<GenericCapability>,
        multiplexed_stream_mode_parameters: Opt<MultiplexedStreamModeParameters>,
        logical_channel_number: Opt<LogicalChannelNumber>
    }
}

sequence! {
    H235Mode {
        encryption_authentication_and_integrity: EncryptionAuthenticationAndIntegrity,
        media_mode: H235ModeMediaMode,
        ...
    }
}

choice! {
    H235ModeMediaMode {
        NonStandard(NonStandardParameter),
        VideoMode(VideoMode),
        AudioMode(AudioMode),
        DataMode(DataMode),
        ...
    }
}

sequence! {
    MultiplexedStreamModeParameters {
        logical_channel_number: LogicalChannelNumber,
        ...
    }
}

sequence! {
    RedundancyEncodingDTMode {
        redundancy_encoding_method: RedundancyEncodingMethod,
        primary: Boxed<RedundancyEncodingDTModeElement>,
        secondary: SeqOf<RedundancyEncodingDTModeElement>,
        ...
    }
}

sequence! {
    RedundancyEncodingDTModeElement {
        r#type: RedundancyEncodingDTModeElementType,
        ...
    }
}

choice! {
    RedundancyEncodingDTModeElementType {
        NonStandard(NonStandardParameter),
        VideoMode(VideoMode),
        AudioMode(AudioMode),
        DataMode(DataMode),
        EncryptionMode(EncryptionMode),
        H235Mode(H235Mode),
        ...,
        FecMode(Boxed<FECMode>)
    }
}

sequence! {
    MultiplePayloadStreamMode {
        elements: SeqOf<MultiplePayloadStreamElementMode>,
        ...
    }
}

sequence! {
    MultiplePayloadStreamElementMode {
        r#type: ModeElementType,
        ...
    }
}

choice! {
    DepFECMode {
        Rfc2733Mode(DepFECModeRfc2733Mode),
        ...
    }
}

sequence! {
    DepFECModeRfc2733Mode {
        mode: DepFECModeRfc2733ModeMode,
        ...
    }
}

choice! {
    DepFECModeRfc2733ModeMode {
        RedundancyEncoding,
        SeparateStream(DepFECModeRfc2733ModeModeSeparateStream),
        ...
    }
}

choice! {
    DepFECModeRfc2733ModeModeSeparateStream {
        DifferentPort(DepFECModeRfc2733ModeModeSeparateStreamDifferentPort),
        SamePort(DepFECModeRfc2733ModeModeSeparateStreamSamePort),
        ...
    }
}

sequence! {
    DepFECModeRfc2733ModeModeSeparateStreamDifferentPort {
        protected_session_id: Int<u8, 1, 255>,
        protected_payload_type: Opt<Int<u8, 0, 127>>,
        ...
    }
}

sequence! {
    DepFECModeRfc2733ModeModeSeparateStreamSamePort {
        protected_type: Boxed<ModeElementType>,
        ...
    }
}

sequence! {
    FECMode {
        protected_element: Boxed<ModeElementType>,
        fec_scheme: Opt<Oid>,
        rfc2733_format: Opt<FECModeRfc2733Format>,
        ...
    }
}

choice! {
    FECModeRfc2733Format {
        Rfc2733rfc2198(MaxRedundancy),
        Rfc2733sameport(MaxRedundancy),
        Rfc2733diffport(MaxRedundancy),
    }
}

sequence! {
    H223ModeParameters {
        adaptation_layer_type: H223ModeParametersAdaptationLayerType,
        segmentable_flag: Bool,
        ...
    }
}

choice! {
    H223ModeParametersAdaptationLayerType {
        NonStandard(NonStandardParameter),
        Al1Framed,
        Al1NotFramed,
        Al2WithoutSequenceNumbers,
        Al2WithSequenceNumbers,
        Al3(H223ModeParametersAdaptationLayerTypeAl3),
        ...,
        Al1M(H223AL1MParameters),
        Al2M(H223AL2MParameters),
        Al3M(H223AL3MParameters)
    }
}

sequence! {
    H223ModeParametersAdaptationLayerTypeAl3 {
        control_field_octets: Int<u8, 0, 2>,
        send_buffer_size: Int<u32, 0, 16777215>,
    }
}

choice! {
    V76ModeParameters {
        SuspendResumewAddress,
        SuspendResumewoAddress,
        ...
    }
}

sequence! {
    H2250ModeParameters {
        redundancy_encoding_mode: Opt<RedundancyEncodingMode>,
        ...
    }
}

sequence! {
    RedundancyEncodingMode {
        redundancy_encoding_method: RedundancyEncodingMethod,
        secondary_encoding: Opt<RedundancyEncodingModeSecondaryEncoding>,
        ...
    }
}

choice! {
    RedundancyEncodingModeSecondaryEncoding {
        NonStandard(NonStandardParameter),
        AudioData(AudioMode),
        ...
    }
}

choice! {
    VideoMode {
        NonStandard(NonStandardParameter),
        H261VideoMode(H261VideoMode),
        H262VideoMode(H262VideoMode),
        H263VideoMode(H263VideoMode),
        Is11172VideoMode(IS11172VideoMode),
        ...,
        GenericVideoMode(GenericCapability)
    }
}

sequence! {
    H261VideoMode {
        resolution: H261VideoModeResolution,
        bit_rate: Int<u16, 1, 19200>,
        still_image_transmission: Bool,
        ...
    }
}

choice! {
    H261VideoModeResolution {
        Qcif,
        Cif,
    }
}

sequence! {
    H262VideoMode {
        profile_and_level: H262VideoModeProfileAndLevel,
        video_bit_rate: Opt<Int<u32, 0, 1073741823>>,
        vbv_buffer_size: Opt<Int<u32, 0, 262143>>,
        samples_per_line: Opt<Int<u16, 0, 16383>>,
        lines_per_frame: Opt<Int<u16, 0, 16383>>,
        frames_per_second: Opt<Int<u8, 0, 15>>,
        luminance_sample_rate: Opt<Int<u32, 0, 4294967295>>,
        ...
    }
}

choice! {
    H262VideoModeProfileAndLevel {
        ProfileAndLevelSPatML,
        ProfileAndLevelMPatLL,
        ProfileAndLevelMPatML,
        ProfileAndLevelMPatH14,
        ProfileAndLevelMPatHL,
        ProfileAndLevelSNRatLL,
        ProfileAndLevelSNRatML,
        ProfileAndLevelSpatialatH14,
        ProfileAndLevelHPatML,
        ProfileAndLevelHPatH14,
        ProfileAndLevelHPatHL,
        ...
    }
}

sequence! {
    H263VideoMode {
        resolution: H263VideoModeResolution,
        bit_rate: Int<u16, 1, 19200>,
        unrestricted_vector: Bool,
        arithmetic_coding: Bool,
        advanced_prediction: Bool,
        pb_frames: Bool,
        ...,
        error_compensation: Opt<Bool>,
        enhancement_layer_info: Opt<EnhancementLayerInfo>,
        h263_options: Opt<H263Options>
    }
}

choice! {
    H263VideoModeResolution {
        Sqcif,
        Qcif,
        Cif,
        Cif4,
        Cif16,
        ...,
        Custom
    }
}

sequence! {
    IS11172VideoMode {
        constrained_bitstream: Bool,
        video_bit_rate: Opt<Int<u32, 0, 1073741823>>,
        vbv_buffer_size: Opt<Int<u32, 0, 262143>>,
        samples_per_line: Opt<Int<u16, 0, 16383>>,
        lines_per_frame: Opt<Int<u16, 0, 16383>>,
        picture_rate: Opt<Int<u8, 0, 15>>,
        luminance_sample_rate: Opt<Int<u32, 0, 4294967295>>,
        ...
    }
}

choice! {
    AudioMode {
        NonStandard(NonStandardParameter),
        G711Alaw64k,
        G711Alaw56k,
        G711Ulaw64k,
        G711Ulaw56k,
        G72264k,
        G72256k,
        G72248k,
        G728,
        G729,
        G729AnnexA,
        G7231(AudioModeG7231),
        Is11172AudioMode(IS11172AudioMode),
        Is13818AudioMode(IS13818AudioMode),
        ...,
        G729wAnnexB(Int<u16, 1, 256>),
        G729AnnexAwAnnexB(Int<u16, 1, 256>),
        G7231AnnexCMode(G7231AnnexCMode),
        GsmFullRate(GSMAudioCapability),
        GsmHalfRate(GSMAudioCapability),
        GsmEnhancedFullRate(GSMAudioCapability),
        GenericAudioMode(GenericCapability),
        G729Extensions(G729Extensions),
        Vbd(Boxed<VBDMode>)
    }
}

choice! {
    AudioModeG7231 {
        NoSilenceSuppressionLowRate,
        NoSilenceSuppressionHighRate,
        SilenceSuppressionLowRate,
        SilenceSuppressionHighRate,
    }
}

sequence! {
    IS11172AudioMode {
        audio_layer: IS11172AudioModeAudioLayer,
        audio_sampling: IS11172AudioModeAudioSampling,
        multichannel_type: IS11172AudioModeMultichannelType,
        bit_rate: Int<u16, 1, 448>,
        ...
    }
}

choice! {
    IS11172AudioModeAudioLayer {
        AudioLayer1,
        AudioLayer2,
        AudioLayer3,
    }
}

choice! {
    IS11172AudioModeAudioSampling {
        AudioSampling32k,
        AudioSampling44k1,
        AudioSampling48k,
    }
}

choice! {
    IS11172AudioModeMultichannelType {
        SingleChannel,
        TwoChannelStereo,
        TwoChannelDual,
    }
}

sequence! {
    IS13818AudioMode {
        audio_layer: IS13818AudioModeAudioLayer,
        audio_sampling: IS13818AudioModeAudioSampling,
        multichannel_type: IS13818AudioModeMultichannelType,
        low_frequency_enhancement: Bool,
        multilingual: Bool,
        bit_rate: Int<u16, 1, 1130>,
        ...
    }
}

choice! {
    IS13818AudioModeAudioLayer {
        AudioLayer1,
        AudioLayer2,
        AudioLayer3,
    }
}

choice! {
    IS13818AudioModeAudioSampling {
        AudioSampling16k,
        AudioSampling22k05,
        AudioSampling24k,
        AudioSampling32k,
        AudioSampling44k1,
        AudioSampling48k,
    }
}

choice! {
    IS13818AudioModeMultichannelType {
        SingleChannel,
        TwoChannelStereo,
        TwoChannelDual,
        ThreeChannels21,
        ThreeChannels30,
        FourChannels2020,
        FourChannels22,
        FourChannels31,
        FiveChannels3020,
        FiveChannels32,
    }
}

sequence! {
    G7231AnnexCMode {
        max_al_sdu_audio_frames: Int<u16, 1, 256>,
        silence_suppression: Bool,
        g723_annex_c_audio_mode: G7231AnnexCModeG723AnnexCAudioMode,
        ...
    }
}

sequence! {
    G7231AnnexCModeG723AnnexCAudioMode {
        high_rate_mode0: Int<u8, 27, 78>,
        high_rate_mode1: Int<u8, 27, 78>,
        low_rate_mode0: Int<u8, 23, 66>,
        low_rate_mode1: Int<u8, 23, 66>,
        sid_mode0: Int<u8, 6, 17>,
        sid_mode1: Int<u8, 6, 17>,
        ...
    }
}

sequence! {
    VBDMode {
        r#type: Boxed<AudioMode>,
        ...
    }
}

sequence! {
    DataMode {
        application: DataModeApplication,
        bit_rate: Int<u32, 0, 4294967295>,
        ...
    }
}

choice! {
    DataModeApplication {
        NonStandard(NonStandardParameter),
        T120(DataProtocolCapability),
        DsmCc(DataProtocolCapability),
        UserData(DataProtocolCapability),
        T84(DataProtocolCapability),
        T434(DataProtocolCapability),
        H224(DataProtocolCapability),
        Nlpid(DataModeApplicationNlpid),
        DsvdControl,
        H222DataPartitioning(DataProtocolCapability),
        ...,
        T30fax(DataProtocolCapability),
        T140(DataProtocolCapability),
        T38fax(DataModeApplicationT38fax),
        GenericDataMode(GenericCapability),
        DataChannel(DataChannel)
    }
}

sequence! {
    DataModeApplicationNlpid {
        nlpid_protocol: DataProtocolCapability,
        nlpid_data: Octets,
    }
}

sequence! {
    DataModeApplicationT38fax {
        t38_fax_protocol: DataProtocolCapability,
        t38_fax_profile: T38FaxProfile,
    }
}

choice! {
    EncryptionMode {
        NonStandard(NonStandardParameter),
        H233Encryption,
        ...
    }
}

sequence! {
    RoundTripDelayRequest {
        sequence_number: SequenceNumber,
        ...
    }
}

sequence! {
    RoundTripDelayResponse {
        sequence_number: SequenceNumber,
        ...
    }
}

sequence! {
    MaintenanceLoopRequest {
        r#type: MaintenanceLoopRequestType,
        ...
    }
}

choice! {
    MaintenanceLoopRequestType {
        SystemLoop,
        MediaLoop(LogicalChannelNumber),
        LogicalChannelLoop(LogicalChannelNumber),
        ...
    }
}

sequence! {
    MaintenanceLoopAck {
        r#type: MaintenanceLoopAckType,
        ...
    }
}

choice! {
    MaintenanceLoopAckType {
        SystemLoop,
        MediaLoop(LogicalChannelNumber),
        LogicalChannelLoop(LogicalChannelNumber),
        ...
    }
}

sequence! {
    MaintenanceLoopReject {
        r#type: MaintenanceLoopRejectType,
        cause: MaintenanceLoopRejectCause,
        ...
    }
}

choice! {
    MaintenanceLoopRejectType {
        SystemLoop,
        MediaLoop(LogicalChannelNumber),
        LogicalChannelLoop(LogicalChannelNumber),
        ...
    }
}

choice! {
    MaintenanceLoopRejectCause {
        CanNotPerformLoop,
        ...
    }
}

sequence! {
    MaintenanceLoopOffCommand {
        ...
    }
}

sequence! {
    CommunicationModeCommand {
        communication_mode_table: SeqOf<CommunicationModeTableEntry, 1, 256>,
        ...
    }
}

sequence! {
    CommunicationModeRequest {
        ...
    }
}

choice! {
    CommunicationModeResponse {
        CommunicationModeTable(SeqOf<CommunicationModeTableEntry, 1, 256>),
        ...
    }
}

sequence! {
    CommunicationModeTableEntry {
        non_standard: Opt<SeqOf<NonStandardParameter>>,
        session_id: Int<u8, 1, 255>,
        associated_session_id: Opt<Int<u8, 1, 255>>,
        terminal_label: Opt<TerminalLabel>,
        session_description: Bmp<1, 128>,
        data_type: CommunicationModeTableEntryDataType,
        media_channel: Opt<TransportAddress>,
        media_guaranteed_delivery: Opt<Bool>,
        media_control_channel: Opt<TransportAddress>,
        media_control_guaranteed_delivery: Opt<Bool>,
        ...,
        redundancy_encoding: Opt<RedundancyEncoding>,
        session_dependency: Opt<Int<u8, 1, 255>>,
        destination: Opt<TerminalLabel>
    }
}

choice! {
    CommunicationModeTableEntryDataType {
        VideoData(VideoCapability),
        AudioData(AudioCapability),
        Data(DataApplicationCapability),
        ...
    }
}

choice! {
    ConferenceRequest {
        TerminalListRequest,
        MakeMeChair,
        CancelMakeMeChair,
        DropTerminal(TerminalLabel),
        RequestTerminalID(TerminalLabel),
        EnterH243Password,
        EnterH243TerminalID,
        EnterH243ConferenceID,
        ...,
        EnterExtensionAddress,
        RequestChairTokenOwner,
        RequestTerminalCertificate(ConferenceRequestRequestTerminalCertificate),
        BroadcastMyLogicalChannel(LogicalChannelNumber),
        MakeTerminalBroadcaster(TerminalLabel),
        SendThisSource(TerminalLabel),
        RequestAllTerminalIDs,
        RemoteMCRequest(RemoteMCRequest)
    }
}

sequence! {
    ConferenceRequestRequestTerminalCertificate {
        terminal_label: Opt<TerminalLabel>,
        cert_selection_criteria: Opt<CertSelectionCriteria>,
        s_random: Opt<Int<u32, 1, 4294967295>>,
        ...
    }
}

pub type CertSelectionCriteria = SeqOf<Criteria, 1, 16>;

sequence! {
    Criteria {
        field: Oid,
        value: Octets<1, 65535>,
        ...
    }
}

sequence! {
    TerminalLabel {
        mcu_number: McuNumber,
        terminal_number: TerminalNumber,
        ...
    }
}

pub type McuNumber = Int<u8, 0, 192>;

pub type TerminalNumber = Int<u8, 0, 192>;

choice! {
    ConferenceResponse {
        MCTerminalIDResponse(ConferenceResponseMCTerminalIDResponse),
        TerminalIDResponse(ConferenceResponseTerminalIDResponse),
        ConferenceIDResponse(ConferenceResponseConferenceIDResponse),
        PasswordResponse(ConferenceResponsePasswordResponse),
        TerminalListResponse(SeqOf<TerminalLabel, 1, 256>),
        VideoCommandReject,
        TerminalDropReject,
        MakeMeChairResponse(ConferenceResponseMakeMeChairResponse),
        ...,
        ExtensionAddressResponse(ConferenceResponseExtensionAddressResponse),
        ChairTokenOwnerResponse(ConferenceResponseChairTokenOwnerResponse),
        TerminalCertificateResponse(ConferenceResponseTerminalCertificateResponse),
        BroadcastMyLogicalChannelResponse(ConferenceResponseBroadcastMyLogicalChannelResponse),
        MakeTerminalBroadcasterResponse(ConferenceResponseMakeTerminalBroadcasterResponse),
        SendThisSourceResponse(ConferenceResponseSendThisSourceResponse),
        RequestAllTerminalIDsResponse(RequestAllTerminalIDsResponse),
        RemoteMCResponse(RemoteMCResponse)
    }
}

sequence! {
    ConferenceResponseMCTerminalIDResponse {
        terminal_label: TerminalLabel,
        terminal_id: TerminalID,
        ...
    }
}

sequence! {
    ConferenceResponseTerminalIDResponse {
        terminal_label: TerminalLabel,
        terminal_id: TerminalID,
        ...
    }
}

sequence! {
    ConferenceResponseConferenceIDResponse {
        terminal_label: TerminalLabel,
        conference_id: ConferenceID,
        ...
    }
}

sequence! {
    ConferenceResponsePasswordResponse {
        terminal_label: TerminalLabel,
        password: Password,
        ...
    }
}

choice! {
    ConferenceResponseMakeMeChairResponse {
        GrantedChairToken,
        DeniedChairToken,
        ...
    }
}

sequence! {
    ConferenceResponseExtensionAddressResponse {
        extension_address: TerminalID,
        ...
    }
}

sequence! {
    ConferenceResponseChairTokenOwnerResponse {
        terminal_label: TerminalLabel,
        terminal_id: TerminalID,
        ...
    }
}

sequence! {
    ConferenceResponseTerminalCertificateResponse {
        terminal_label: Opt<TerminalLabel>,
        certificate_response: Opt<Octets<1, 65535>>,
        ...
    }
}

choice! {
    ConferenceResponseBroadcastMyLogicalChannelResponse {
        GrantedBroadcastMyLogicalChannel,
        DeniedBroadcastMyLogicalChannel,
        ...
    }
}

choice! {
    ConferenceResponseMakeTerminalBroadcasterResponse {
        GrantedMakeTerminalBroadcaster,
        DeniedMakeTerminalBroadcaster,
        ...
    }
}

choice! {
    ConferenceResponseSendThisSourceResponse {
        GrantedSendThisSource,
        DeniedSendThisSource,
        ...
    }
}

pub type TerminalID = Octets<1, 128>;

pub type ConferenceID = Octets<1, 32>;

pub type Password = Octets<1, 32>;

sequence! {
    RequestAllTerminalIDsResponse {
        terminal_information: SeqOf<TerminalInformation>,
        ...
    }
}

sequence! {
    TerminalInformation {
        terminal_label: TerminalLabel,
        terminal_id: TerminalID,
        ...
    }
}

choice! {
    RemoteMCRequest {
        MasterActivate,
        SlaveActivate,
        DeActivate,
        ...
    }
}

choice! {
    RemoteMCResponse {
        Accept,
        Reject(RemoteMCResponseReject),
        ...
    }
}

choice! {
    RemoteMCResponseReject {
        Unspecified,
        FunctionNotSupported,
        ...
    }
}

choice! {
    MultilinkRequest {
        NonStandard(NonStandardMessage),
        CallInformation(MultilinkRequestCallInformation),
        AddConnection(MultilinkRequestAddConnection),
        RemoveConnection(MultilinkRequestRemoveConnection),
        MaximumHeaderInterval(MultilinkRequestMaximumHeaderInterval),
        ...
    }
}

sequence! {
    MultilinkRequestCallInformation {
        max_number_of_additional_connections: Int<u16, 1, 65535>,
        ...
    }
}

sequence! {
    MultilinkRequestAddConnection {
        sequence_number: SequenceNumber,
        dialing_information: DialingInformation,
        ...
    }
}

sequence! {
    MultilinkRequestRemoveConnection {
        connection_identifier: ConnectionIdentifier,
        ...
    }
}

sequence! {
    MultilinkRequestMaximumHeaderInterval {
        request_type: MultilinkRequestMaximumHeaderIntervalRequestType,
        ...
    }
}

choice! {
    MultilinkRequestMaximumHeaderIntervalRequestType {
        CurrentIntervalInformation,
        RequestedInterval(Int<u16, 0, 65535>),
        ...
    }
}

choice! {
    MultilinkResponse {
        NonStandard(NonStandardMessage),
        CallInformation(MultilinkResponseCallInformation),
        AddConnection(MultilinkResponseAddConnection),
        RemoveConnection(MultilinkResponseRemoveConnection),
        MaximumHeaderInterval(MultilinkResponseMaximumHeaderInterval),
        ...
    }
}

sequence! {
    MultilinkResponseCallInformation {
        dialing_information: DialingInformation,
        call_association_number: Int<u32, 0, 4294967295>,
        ...
    }
}

sequence! {
    MultilinkResponseAddConnection {
        sequence_number: SequenceNumber,
        response_code: MultilinkResponseAddConnectionResponseCode,
        ...
    }
}

choice! {
    MultilinkResponseAddConnectionResponseCode {
        Accepted,
        Rejected(MultilinkResponseAddConnectionResponseCodeRejected),
        ...
    }
}

choice! {
    MultilinkResponseAddConnectionResponseCodeRejected {
        ConnectionsNotAvailable,
        UserRejected,
        ...
    }
}

sequence! {
    MultilinkResponseRemoveConnection {
        connection_identifier: ConnectionIdentifier,
        ...
    }
}

sequence! {
    MultilinkResponseMaximumHeaderInterval {
        current_interval: Int<u16, 0, 65535>,
        ...
    }
}

choice! {
    MultilinkIndication {
        NonStandard(NonStandardMessage),
        CrcDesired(MultilinkIndicationCrcDesired),
        ExcessiveError(MultilinkIndicationExcessiveError),
        ...
    }
}

sequence! {
    MultilinkIndicationCrcDesired {
        ...
    }
}

sequence! {
    MultilinkIndicationExcessiveError {
        connection_identifier: ConnectionIdentifier,
        ...
    }
}

choice! {
    DialingInformation {
        NonStandard(NonStandardMessage),
        Differential(SeqOf<DialingInformationNumber, 1, 65535>),
        InfoNotAvailable(Int<u16, 1, 65535>),
        ...
    }
}

sequence! {
    DialingInformationNumber {
        network_address: Chars<Numeric, 0, 40>,
        sub_address: Opt<Chars<Ascii, 1, 40>>,
        network_type: SeqOf<DialingInformationNetworkType, 1, 255>,
        ...
    }
}

choice! {
    DialingInformationNetworkType {
        NonStandard(NonStandardMessage),
        NIsdn,
        Gstn,
        ...,
        Mobile
    }
}

sequence! {
    ConnectionIdentifier {
        channel_tag: Int<u32, 0, 4294967295>,
        sequence_number: Int<u32, 0, 4294967295>,
        ...
    }
}

pub type MaximumBitRate = Int<u32, 0, 4294967295>;

sequence! {
    LogicalChannelRateRequest {
        sequence_number: SequenceNumber,
        logical_channel_number: LogicalChannelNumber,
        maximum_bit_rate: MaximumBitRate,
        ...
    }
}

sequence! {
    LogicalChannelRateAcknowledge {
        sequence_number: SequenceNumber,
        logical_channel_number: LogicalChannelNumber,
        maximum_bit_rate: MaximumBitRate,
        ...
    }
}

sequence! {
    LogicalChannelRateReject {
        sequence_number: SequenceNumber,
        logical_channel_number: LogicalChannelNumber,
        reject_reason: LogicalChannelRateRejectReason,
        current_maximum_bit_rate: Opt<MaximumBitRate>,
        ...
    }
}

choice! {
    LogicalChannelRateRejectReason {
        UndefinedReason,
        InsufficientResources,
        ...
    }
}

sequence! {
    LogicalChannelRateRelease {
        ...
    }
}

choice! {
    SendTerminalCapabilitySet {
        SpecificRequest(SendTerminalCapabilitySetSpecificRequest),
        GenericRequest,
        ...
    }
}

sequence! {
    SendTerminalCapabilitySetSpecificRequest {
        multiplex_capability: Bool,
        capability_table_entry_numbers: Opt<SeqOf<CapabilityTableEntryNumber, 1, 65535>>,
        capability_descriptor_numbers: Opt<SeqOf<CapabilityDescriptorNumber, 1, 256>>,
        ...
    }
}

choice! {
    EncryptionCommand {
        EncryptionSE(Octets),
        EncryptionIVRequest,
        EncryptionAlgorithmID(EncryptionCommandEncryptionAlgorithmID),
        ...
    }
}

sequence! {
    EncryptionCommandEncryptionAlgorithmID {
        h233_algorithm_identifier: SequenceNumber,
        associated_algorithm: NonStandardParameter,
    }
}

sequence! {
    FlowControlCommand {
        scope: FlowControlCommandScope,
        restriction: FlowControlCommandRestriction,
        ...
    }
}

choice! {
    FlowControlCommandScope {
        LogicalChannelNumber(LogicalChannelNumber),
        ResourceID(Int<u16, 0, 65535>),
        WholeMultiplex,
    }
}

choice! {
    FlowControlCommandRestriction {
        MaximumBitRate(Int<u32, 0, 16777215>),
        NoRestriction,
    }
}

choice! {
    EndSessionCommand {
        NonStandard(NonStandardParameter),
        Disconnect,
        GstnOptions(EndSessionCommandGstnOptions),
        ...,
        IsdnOptions(EndSessionCommandIsdnOptions),
        GenericInformation(SeqOf<GenericInformation>)
    }
}

choice! {
    EndSessionCommandGstnOptions {
        TelephonyMode,
        V8bis,
        V34DSVD,
        V34DuplexFAX,
        V34H324,
        ...
    }
}

choice! {
    EndSessionCommandIsdnOptions {
        TelephonyMode,
        V140,
        TerminalOnHold,
        ...
    }
}

choice! {
    ConferenceCommand {
        BroadcastMyLogicalChannel(LogicalChannelNumber),
        CancelBroadcastMyLogicalChannel(LogicalChannelNumber),
        MakeTerminalBroadcaster(TerminalLabel),
        CancelMakeTerminalBroadcaster,
        SendThisSource(TerminalLabel),
        CancelSendThisSource,
        DropConference,
        ...,
        SubstituteConferenceIDCommand(SubstituteConferenceIDCommand)
    }
}

sequence! {
    SubstituteConferenceIDCommand {
        conference_identifier: OctetArray<16>,
        ...
    }
}

choice! {
    EncryptionUpdateDirection {
        MasterToSlave,
        SlaveToMaster,
        ...
    }
}

sequence! {
    MiscellaneousCommand {
        logical_channel_number: LogicalChannelNumber,
        r#type: MiscellaneousCommandType,
        ...,
        direction: Opt<EncryptionUpdateDirection>
    }
}

choice! {
    MiscellaneousCommandType {
        EqualiseDelay,
        ZeroDelay,
        MultipointModeCommand,
        CancelMultipointModeCommand,
        VideoFreezePicture,
        VideoFastUpdatePicture,
        VideoFastUpdateGOB(MiscellaneousCommandTypeVideoFastUpdateGOB),
        VideoTemporalSpatialTradeOff(Int<u8, 0, 31>),
        VideoSendSyncEveryGOB,
        VideoSendSyncEveryGOBCancel,
        ...,
        VideoFastUpdateMB(MiscellaneousCommandTypeVideoFastUpdateMB),
        MaxH223MUXPDUsize(Int<u16, 1, 65535>),
        EncryptionUpdate(EncryptionSync),
        EncryptionUpdateRequest(EncryptionUpdateRequest),
        SwitchReceiveMediaOff,
        SwitchReceiveMediaOn,
        ProgressiveRefinementStart(MiscellaneousCommandTypeProgressiveRefinementStart),
        ProgressiveRefinementAbortOne,
        ProgressiveRefinementAbortContinuous,
        VideoBadMBs(MiscellaneousCommandTypeVideoBadMBs),
        LostPicture(SeqOf<PictureReference>),
        LostPartialPicture(MiscellaneousCommandTypeLostPartialPicture),
        RecoveryReferencePicture(SeqOf<PictureReference>),
        EncryptionUpdateCommand(MiscellaneousCommandTypeEncryptionUpdateCommand),
        EncryptionUpdateAck(MiscellaneousCommandTypeEncryptionUpdateAck)
    }
}

sequence! {
    MiscellaneousCommandTypeVideoFastUpdateGOB {
        first_gob: Int<u8, 0, 17>,
        number_of_gobs: Int<u8, 1, 18>,
    }
}

sequence! {
    MiscellaneousCommandTypeVideoFastUpdateMB {
        first_gob: Opt<Int<u8, 0, 255>>,
        first_mb: Opt<Int<u16, 1, 8192>>,
        number_of_mbs: Int<u16, 1, 8192>,
        ...
    }
}

sequence! {
    MiscellaneousCommandTypeProgressiveRefinementStart {
        repeat_count: MiscellaneousCommandTypeProgressiveRefinementStartRepeatCount,
        ...
    }
}

choice! {
    MiscellaneousCommandTypeProgressiveRefinementStartRepeatCount {
        DoOneProgression,
        DoContinuousProgressions,
        DoOneIndependentProgression,
        DoContinuousIndependentProgressions,
        ...
    }
}

sequence! {
    MiscellaneousCommandTypeVideoBadMBs {
        first_mb: Int<u16, 1, 9216>,
        number_of_mbs: Int<u16, 1, 9216>,
        temporal_reference: Int<u16, 0, 1023>,
        ...
    }
}

sequence! {
    MiscellaneousCommandTypeLostPartialPicture {
        picture_reference: PictureReference,
        first_mb: Int<u16, 1, 9216>,
        number_of_mbs: Int<u16, 1, 9216>,
        ...
    }
}

sequence! {
    MiscellaneousCommandTypeEncryptionUpdateCommand {
        encryption_sync: EncryptionSync,
        multiple_payload_stream: Opt<MultiplePayloadStream>,
        ...
    }
}

sequence! {
    MiscellaneousCommandTypeEncryptionUpdateAck {
        synch_flag: Int<u8, 0, 255>,
        ...
    }
}

sequence! {
    KeyProtectionMethod {
        secure_channel: Bool,
        shared_secret: Bool,
        cert_protected_key: Bool,
        ...
    }
}

sequence! {
    EncryptionUpdateRequest {
        key_protection_method: Opt<KeyProtectionMethod>,
        ...,
        synch_flag: Opt<Int<u8, 0, 255>>
    }
}

choice! {
    PictureReference {
        PictureNumber(Int<u16, 0, 1023>),
        LongTermPictureIndex(Int<u8, 0, 255>),
        ...
    }
}

choice! {
    H223MultiplexReconfiguration {
        H223ModeChange(H223MultiplexReconfigurationH223ModeChange),
        H223AnnexADoubleFlag(H223MultiplexReconfigurationH223AnnexADoubleFlag),
        ...
    }
}

choice! {
    H223MultiplexReconfigurationH223ModeChange {
        ToLevel0,
        ToLevel1,
        ToLevel2,
        ToLevel2withOptionalHeader,
        ...
    }
}

choice! {
    H223MultiplexReconfigurationH223AnnexADoubleFlag {
        Start,
        Stop,
        ...
    }
}

sequence! {
    NewATMVCCommand {
        resource_id: Int<u16, 0, 65535>,
        bit_rate: Int<u16, 1, 65535>,
        bit_rate_locked_to_pcr_clock: Bool,
        bit_rate_locked_to_network_clock: Bool,
        aal: NewATMVCCommandAal,
        multiplex: NewATMVCCommandMultiplex,
        reverse_parameters: NewATMVCCommandReverseParameters,
        ...
    }
}

choice! {
    NewATMVCCommandAal {
        Aal1(NewATMVCCommandAalAal1),
        Aal5(NewATMVCCommandAalAal5),
        ...
    }
}

sequence! {
    NewATMVCCommandAalAal1 {
        clock_recovery: NewATMVCCommandAalAal1ClockRecovery,
        error_correction: NewATMVCCommandAalAal1ErrorCorrection,
        structured_data_transfer: Bool,
        partially_filled_cells: Bool,
        ...
    }
}

choice! {
    NewATMVCCommandAalAal1ClockRecovery {
        NullClockRecovery,
        SrtsClockRecovery,
        AdaptiveClockRecovery,
        ...
    }
}

choice! {
    NewATMVCCommandAalAal1ErrorCorrection {
        NullErrorCorrection,
        LongInterleaver,
        ShortInterleaver,
        ErrorCorrectionOnly,
        ...
    }
}

sequence! {
    NewATMVCCommandAalAal5 {
        forward_maximum_sdu_size: Int<u16, 0, 65535>,
        backward_maximum_sdu_size: Int<u16, 0, 65535>,
        ...
    }
}

choice! {
    NewATMVCCommandMultiplex {
        NoMultiplex,
        TransportStream,
        ProgramStream,
        ...
    }
}

sequence! {
    NewATMVCCommandReverseParameters {
        bit_rate: Int<u16, 1, 65535>,
        bit_rate_locked_to_pcr_clock: Bool,
        bit_rate_locked_to_network_clock: Bool,
        multiplex: NewATMVCCommandReverseParametersMultiplex,
        ...
    }
}

choice! {
    NewATMVCCommandReverseParametersMultiplex {
        NoMultiplex,
        TransportStream,
        ProgramStream,
        ...
    }
}

sequence! {
    MobileMultilinkReconfigurationCommand {
        sample_size: Int<u8, 1, 255>,
        samples_per_frame: Int<u8, 1, 255>,
        status: MobileMultilinkReconfigurationCommandStatus,
        ...
    }
}

choice! {
    MobileMultilinkReconfigurationCommandStatus {
        Synchronized,
        Reconfiguration,
        ...
    }
}

choice! {
    FunctionNotUnderstood {
        Request(RequestMessage),
        Response(ResponseMessage),
        Command(CommandMessage),
    }
}

sequence! {
    FunctionNotSupported {
        cause: FunctionNotSupportedCause,
        returned_function: Opt<Octets>,
        ...
    }
}

choice! {
    FunctionNotSupportedCause {
        SyntaxError,
        SemanticError,
        UnknownFunction,
        ...
    }
}

choice! {
    ConferenceIndication {
        SbeNumber(Int<u8, 0, 9>),
        TerminalNumberAssign(TerminalLabel),
        TerminalJoinedConference(TerminalLabel),
        TerminalLeftConference(TerminalLabel),
        SeenByAtLeastOneOther,
        CancelSeenByAtLeastOneOther,
        SeenByAll,
        CancelSeenByAll,
        TerminalYouAreSeeing(TerminalLabel),
        RequestForFloor,
        ...,
        WithdrawChairToken,
        FloorRequested(TerminalLabel),
        TerminalYouAreSeeingInSubPictureNumber(TerminalYouAreSeeingInSubPictureNumber),
        VideoIndicateCompose(VideoIndicateCompose),
        MasterMCU,
        CancelMasterMCU
    }
}

sequence! {
    TerminalYouAreSeeingInSubPictureNumber {
        terminal_number: TerminalNumber,
        sub_picture_number: Int<u8, 0, 255>,
        ...,
        mcu_number: Opt<McuNumber>
    }
}

sequence! {
    VideoIndicateCompose {
        composition_number: Int<u8, 0, 255>,
        ...
    }
}

sequence! {
    MiscellaneousIndication {
        logical_channel_number: LogicalChannelNumber,
        r#type: MiscellaneousIndicationType,
        ...
    }
}

choice! {
    MiscellaneousIndicationType {
        LogicalChannelActive,
        LogicalChannelInactive,
        MultipointConference,
        CancelMultipointConference,
        MultipointZeroComm,
        CancelMultipointZeroComm,
        MultipointSecondaryStatus,
        CancelMultipointSecondaryStatus,
        VideoIndicateReadyToActivate,
        VideoTemporalSpatialTradeOff(Int<u8, 0, 31>),
        ...,
        VideoNotDecodedMBs(MiscellaneousIndicationTypeVideoNotDecodedMBs),
        TransportCapability(TransportCapability)
    }
}

sequence! {
    MiscellaneousIndicationTypeVideoNotDecodedMBs {
        first_mb: Int<u16, 1, 8192>,
        number_of_mbs: Int<u16, 1, 8192>,
        temporal_reference: Int<u8, 0, 255>,
        ...
    }
}

sequence! {
    JitterIndication {
        scope: JitterIndicationScope,
        estimated_received_jitter_mantissa: Int<u8, 0, 3>,
        estimated_received_jitter_exponent: Int<u8, 0, 7>,
        skipped_frame_count: Opt<Int<u8, 0, 15>>,
        additional_decoder_buffer: Opt<Int<u32, 0, 262143>>,
        ...
    }
}

choice! {
    JitterIndicationScope {
        LogicalChannelNumber(LogicalChannelNumber),
        ResourceID(Int<u16, 0, 65535>),
        WholeMultiplex,
    }
}

sequence! {
    H223SkewIndication {
        logical_channel_number1: LogicalChannelNumber,
        logical_channel_number2: LogicalChannelNumber,
        skew: Int<u16, 0, 4095>,
        ...
    }
}

sequence! {
    H2250MaximumSkewIndication {
        logical_channel_number1: LogicalChannelNumber,
        logical_channel_number2: LogicalChannelNumber,
        maximum_skew: Int<u16, 0, 4095>,
        ...
    }
}

sequence! {
    MCLocationIndication {
        signal_address: TransportAddress,
        ...
    }
}

sequence! {
    VendorIdentification {
        vendor: NonStandardIdentifier,
        product_number: Opt<Octets<1, 256>>,
        version_number: Opt<Octets<1, 256>>,
        ...
    }
}

sequence! {
    NewATMVCIndication {
        resource_id: Int<u16, 0, 65535>,
        bit_rate: Int<u16, 1, 65535>,
        bit_rate_locked_to_pcr_clock: Bool,
        bit_rate_locked_to_network_clock: Bool,
        aal: NewATMVCIndicationAal,
        multiplex: NewATMVCIndicationMultiplex,
        ...,
        reverse_parameters: Opt<NewATMVCIndicationReverseParameters>
    }
}

choice! {
    NewATMVCIndicationAal {
        Aal1(NewATMVCIndicationAalAal1),
        Aal5(NewATMVCIndicationAalAal5),
        ...
    }
}

sequence! {
    NewATMVCIndicationAalAal1 {
        clock_recovery: NewATMVCIndicationAalAal1ClockRecovery,
        error_correction: NewATMVCIndicationAalAal1ErrorCorrection,
        structured_data_transfer: Bool,
        partially_filled_cells: Bool,
        ...
    }
}

choice! {
    NewATMVCIndicationAalAal1ClockRecovery {
        NullClockRecovery,
        SrtsClockRecovery,
        AdaptiveClockRecovery,
        ...
    }
}

choice! {
    NewATMVCIndicationAalAal1ErrorCorrection {
        NullErrorCorrection,
        LongInterleaver,
        ShortInterleaver,
        ErrorCorrectionOnly,
        ...
    }
}

sequence! {
    NewATMVCIndicationAalAal5 {
        forward_maximum_sdu_size: Int<u16, 0, 65535>,
        backward_maximum_sdu_size: Int<u16, 0, 65535>,
        ...
    }
}

choice! {
    NewATMVCIndicationMultiplex {
        NoMultiplex,
        TransportStream,
        ProgramStream,
        ...
    }
}

sequence! {
    NewATMVCIndicationReverseParameters {
        bit_rate: Int<u16, 1, 65535>,
        bit_rate_locked_to_pcr_clock: Bool,
        bit_rate_locked_to_network_clock: Bool,
        multiplex: NewATMVCIndicationReverseParametersMultiplex,
        ...
    }
}

choice! {
    NewATMVCIndicationReverseParametersMultiplex {
        NoMultiplex,
        TransportStream,
        ProgramStream,
        ...
    }
}

pub type IV8 = OctetArray<8>;

pub type IV16 = OctetArray<16>;

sequence! {
    Params {
        iv8: Opt<IV8>,
        iv16: Opt<IV16>,
        iv: Opt<Octets>,
        ...
    }
}

choice! {
    UserInputIndication {
        NonStandard(NonStandardParameter),
        Alphanumeric(General),
        ...,
        UserInputSupportIndication(UserInputIndicationUserInputSupportIndication),
        Signal(UserInputIndicationSignal),
        SignalUpdate(UserInputIndicationSignalUpdate),
        ExtendedAlphanumeric(UserInputIndicationExtendedAlphanumeric),
        EncryptedAlphanumeric(UserInputIndicationEncryptedAlphanumeric),
        GenericInformation(SeqOf<GenericInformation>)
    }
}

choice! {
    UserInputIndicationUserInputSupportIndication {
        NonStandard(NonStandardParameter),
        BasicString,
        IA5String,
        GeneralString,
        ...,
        EncryptedBasicString,
        EncryptedIA5String,
        EncryptedGeneralString
    }
}

sequence! {
    UserInputIndicationSignal {
        signal_type: Chars<UserInputIndicationChars, 1, 1>,
        duration: Opt<Int<u16, 1, 65535>>,
        rtp: Opt<UserInputIndicationSignalRtp>,
        ...,
        rtp_payload_indication: Opt<Null>,
        param_s: Opt<Params>,
        encrypted_signal_type: Opt<OctetArray<1>>,
        algorithm_oid: Opt<Oid>
    }
}

sequence! {
    UserInputIndicationSignalRtp {
        timestamp: Opt<Int<u32, 0, 4294967295>>,
        expiration_time: Opt<Int<u32, 0, 4294967295>>,
        logical_channel_number: LogicalChannelNumber,
        ...
    }
}

sequence! {
    UserInputIndicationSignalUpdate {
        duration: Int<u16, 1, 65535>,
        rtp: Opt<UserInputIndicationSignalUpdateRtp>,
        ...
    }
}

sequence! {
    UserInputIndicationSignalUpdateRtp {
        logical_channel_number: LogicalChannelNumber,
        ...
    }
}

sequence! {
    UserInputIndicationExtendedAlphanumeric {
        alphanumeric: General,
        rtp_payload_indication: Opt<Null>,
        ...,
        encrypted_alphanumeric: Opt<UserInputIndicationExtendedAlphanumericEncryptedAlphanumeric>
    }
}

sequence! {
    UserInputIndicationExtendedAlphanumericEncryptedAlphanumeric {
        algorithm_oid: Oid,
        param_s: Opt<Params>,
        encrypted: Octets,
        ...
    }
}

sequence! {
    UserInputIndicationEncryptedAlphanumeric {
        algorithm_oid: Oid,
        param_s: Opt<Params>,
        encrypted: Octets,
        ...
    }
}

sequence! {
    FlowControlIndication {
        scope: FlowControlIndicationScope,
        restriction: FlowControlIndicationRestriction,
        ...
    }
}

choice! {
    FlowControlIndicationScope {
        LogicalChannelNumber(LogicalChannelNumber),
        ResourceID(Int<u16, 0, 65535>),
        WholeMultiplex,
    }
}

choice! {
    FlowControlIndicationRestriction {
        MaximumBitRate(Int<u32, 0, 16777215>),
        NoRestriction,
    }
}

sequence! {
    MobileMultilinkReconfigurationIndication {
        sample_size: Int<u8, 1, 255>,
        samples_per_frame: Int<u8, 1, 255>,
        ...
    }
}

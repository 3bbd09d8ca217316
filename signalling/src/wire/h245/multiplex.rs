//! Multiplex and transport capabilities (H.245 §B.2).

use super::*;

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
        number_of_vcs as "numberOfVCs": Int<u16, 1, 256>,
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
        forward_maximum_sdu_size as "forwardMaximumSDUSize": Int<u16, 0, 65535>,
        backward_maximum_sdu_size as "backwardMaximumSDUSize": Int<u16, 0, 65535>,
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
        transport_with_i_frames as "transportWithI-frames": Bool,
        video_with_al1 as "videoWithAL1": Bool,
        video_with_al2 as "videoWithAL2": Bool,
        video_with_al3 as "videoWithAL3": Bool,
        audio_with_al1 as "audioWithAL1": Bool,
        audio_with_al2 as "audioWithAL2": Bool,
        audio_with_al3 as "audioWithAL3": Bool,
        data_with_al1 as "dataWithAL1": Bool,
        data_with_al2 as "dataWithAL2": Bool,
        data_with_al3 as "dataWithAL3": Bool,
        maximum_al2_sdu_size as "maximumAl2SDUSize": Int<u16, 0, 65535>,
        maximum_al3_sdu_size as "maximumAl3SDUSize": Int<u16, 0, 65535>,
        maximum_delay_jitter: Int<u16, 0, 1023>,
        h223_multiplex_table_capability: H223CapabilityH223MultiplexTableCapability,
        ...,
        max_muxpdu_size_capability as "maxMUXPDUSizeCapability": Opt<Bool>,
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
        video_with_al1_m as "videoWithAL1M": Bool,
        video_with_al2_m as "videoWithAL2M": Bool,
        video_with_al3_m as "videoWithAL3M": Bool,
        audio_with_al1_m as "audioWithAL1M": Bool,
        audio_with_al2_m as "audioWithAL2M": Bool,
        audio_with_al3_m as "audioWithAL3M": Bool,
        data_with_al1_m as "dataWithAL1M": Bool,
        data_with_al2_m as "dataWithAL2M": Bool,
        data_with_al3_m as "dataWithAL3M": Bool,
        alpdu_interleaving: Bool,
        maximum_al1_mpdu_size as "maximumAL1MPDUSize": Int<u16, 0, 65535>,
        maximum_al2_msdu_size as "maximumAL2MSDUSize": Int<u16, 0, 65535>,
        maximum_al3_msdu_size as "maximumAL3MSDUSize": Int<u16, 0, 65535>,
        ...,
        rs_code_capability: Opt<Bool>
    }
}

sequence! {
    V76Capability {
        suspend_resume_capabilityw_address: Bool,
        suspend_resume_capabilitywo_address: Bool,
        rej_capability: Bool,
        s_rej_capability as "sREJCapability": Bool,
        m_rej_capability as "mREJCapability": Bool,
        crc8bit_capability: Bool,
        crc16bit_capability: Bool,
        crc32bit_capability: Bool,
        uih_capability: Bool,
        num_of_dlcs as "numOfDLCS": Int<u16, 2, 8191>,
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
        centralized_conference_mc as "centralizedConferenceMC": Bool,
        decentralized_conference_mc as "decentralizedConferenceMC": Bool,
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
        max_ntu_size as "maxNTUSize": Int<u16, 0, 65535>,
        atm_ubr as "atmUBR": Bool,
        atmrt_vbr as "atmrtVBR": Bool,
        atmnrt_vbr as "atmnrtVBR": Bool,
        atm_abr as "atmABR": Bool,
        atm_cbr as "atmCBR": Bool,
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
        IpUdp as "ip-UDP",
        IpTcp as "ip-TCP",
        AtmAal5Unidir as "atm-AAL5-UNIDIR",
        AtmAal5Bidir as "atm-AAL5-BIDIR",
        ...,
        AtmAal5Compressed as "atm-AAL5-compressed"(MediaTransportTypeAtmAal5Compressed),
        Sctp(SctpParam),
        UdpDtlsSctp as "udp-dtls-sctp"(SeqOf<SctpParam>),
        TcpDtlsSctp as "tcp-dtls-sctp"(SeqOf<SctpParam>),
        SctpDtls as "sctp-dtls"(SctpParam)
    }
}

sequence! {
    MediaTransportTypeAtmAal5Compressed {
        variable_delta as "variable-delta": Bool,
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
        q_os_capabilities as "qOSCapabilities": Opt<SeqOf<QOSCapability, 1, 256>>,
        media_channel_capabilities: Opt<SeqOf<MediaChannelCapability, 1, 256>>,
        ...
    }
}

//! Logical channels of H.222, H.223 and V.76 multiplexes (H.245 §B.3).

use super::*;

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
        Erm as "eRM"(V76LogicalChannelParametersModeERM),
        UnErm as "uNERM",
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
        SRej as "sREJ",
        MsRej as "mSREJ",
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

//! Mode request (H.245 §B.6): what a receiver would rather be sent.

use super::*;

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
        protected_session_id as "protectedSessionID": Int<u8, 1, 255>,
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

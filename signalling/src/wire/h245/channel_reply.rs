//! Logical channel signalling (H.245 §B.3): answers, closing, and the H.223 multiplex table (§B.4, §B.5).

use super::*;

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
        session_id as "sessionID": Opt<Int<u8, 1, 255>>,
        media_channel: Opt<TransportAddress>,
        media_control_channel: Opt<TransportAddress>,
        dynamic_rtp_payload_type as "dynamicRTPPayloadType": Opt<Int<u8, 96, 127>>,
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

//! Indications: they inform and ask for nothing.

use super::*;

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
        first_mb as "firstMB": Int<u16, 1, 8192>,
        number_of_mbs as "numberOfMBs": Int<u16, 1, 8192>,
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
        resource_id as "resourceID": Int<u16, 0, 65535>,
        bit_rate: Int<u16, 1, 65535>,
        bit_rate_locked_to_pcr_clock as "bitRateLockedToPCRClock": Bool,
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
        forward_maximum_sdu_size as "forwardMaximumSDUSize": Int<u16, 0, 65535>,
        backward_maximum_sdu_size as "backwardMaximumSDUSize": Int<u16, 0, 65535>,
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
        bit_rate_locked_to_pcr_clock as "bitRateLockedToPCRClock": Bool,
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
        algorithm_oid as "algorithmOID": Opt<Oid>
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
        algorithm_oid as "algorithmOID": Oid,
        param_s: Opt<Params>,
        encrypted: Octets,
        ...
    }
}

sequence! {
    UserInputIndicationEncryptedAlphanumeric {
        algorithm_oid as "algorithmOID": Oid,
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

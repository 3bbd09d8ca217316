//! Commands: they ask for action and have no answer.

use super::*;

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
        first_gob as "firstGOB": Int<u8, 0, 17>,
        number_of_gobs as "numberOfGOBs": Int<u8, 1, 18>,
    }
}

sequence! {
    MiscellaneousCommandTypeVideoFastUpdateMB {
        first_gob as "firstGOB": Opt<Int<u8, 0, 255>>,
        first_mb as "firstMB": Opt<Int<u16, 1, 8192>>,
        number_of_mbs as "numberOfMBs": Int<u16, 1, 8192>,
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
        first_mb as "firstMB": Int<u16, 1, 9216>,
        number_of_mbs as "numberOfMBs": Int<u16, 1, 9216>,
        temporal_reference: Int<u16, 0, 1023>,
        ...
    }
}

sequence! {
    MiscellaneousCommandTypeLostPartialPicture {
        picture_reference: PictureReference,
        first_mb as "firstMB": Int<u16, 1, 9216>,
        number_of_mbs as "numberOfMBs": Int<u16, 1, 9216>,
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
        resource_id as "resourceID": Int<u16, 0, 65535>,
        bit_rate: Int<u16, 1, 65535>,
        bit_rate_locked_to_pcr_clock as "bitRateLockedToPCRClock": Bool,
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
        forward_maximum_sdu_size as "forwardMaximumSDUSize": Int<u16, 0, 65535>,
        backward_maximum_sdu_size as "backwardMaximumSDUSize": Int<u16, 0, 65535>,
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
        bit_rate_locked_to_pcr_clock as "bitRateLockedToPCRClock": Bool,
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

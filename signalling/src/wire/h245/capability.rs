//! Capability exchange (H.245 §B.2): the capability set and multiplex capabilities.
//!
//! A table has up to 256 entries. So that a full one takes little memory, here and in the codecs of
//! an entry, alternatives that are large are boxed.

use super::*;

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
        ReceiveDataApplicationCapability(Boxed<DataApplicationCapability>),
        TransmitDataApplicationCapability(Boxed<DataApplicationCapability>),
        ReceiveAndTransmitDataApplicationCapability(Boxed<DataApplicationCapability>),
        H233EncryptionTransmitCapability(Bool),
        H233EncryptionReceiveCapability(CapabilityH233EncryptionReceiveCapability),
        ...,
        ConferenceCapability(ConferenceCapability),
        H235SecurityCapability(Boxed<H235SecurityCapability>),
        MaxPendingReplacementFor(Int<u8, 0, 255>),
        ReceiveUserInputCapability(UserInputCapability),
        TransmitUserInputCapability(UserInputCapability),
        ReceiveAndTransmitUserInputCapability(UserInputCapability),
        GenericControlCapability(Boxed<GenericCapability>),
        ReceiveMultiplexedStreamCapability(Boxed<MultiplexedStreamCapability>),
        TransmitMultiplexedStreamCapability(Boxed<MultiplexedStreamCapability>),
        ReceiveAndTransmitMultiplexedStreamCapability(Boxed<MultiplexedStreamCapability>),
        ReceiveRTPAudioTelephonyEventCapability(AudioTelephonyEventCapability),
        ReceiveRTPAudioToneCapability(AudioToneCapability),
        DepFecCapability(DepFECCapability),
        MultiplePayloadStreamCapability(MultiplePayloadStreamCapability),
        FecCapability(FECCapability),
        RedundancyEncodingCap(Boxed<RedundancyEncodingCapability>),
        OneOfCapabilities(AlternativeCapabilitySet)
    }
}

sequence! {
    CapabilityH233EncryptionReceiveCapability {
        h233_iv_response_time as "h233IVResponseTime": Int<u8, 0, 255>,
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

//! Multilink messages and logical channel rates (H.245 §B.11, §B.12).

use super::*;

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
        NIsdn as "n-isdn",
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

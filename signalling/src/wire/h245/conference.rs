//! Round trips, loops, communication mode, conference, multilink and channel rate messages.

use super::*;

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
        session_id as "sessionID": Int<u8, 1, 255>,
        associated_session_id as "associatedSessionID": Opt<Int<u8, 1, 255>>,
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
        terminal_id as "terminalID": TerminalID,
        ...
    }
}

sequence! {
    ConferenceResponseTerminalIDResponse {
        terminal_label: TerminalLabel,
        terminal_id as "terminalID": TerminalID,
        ...
    }
}

sequence! {
    ConferenceResponseConferenceIDResponse {
        terminal_label: TerminalLabel,
        conference_id as "conferenceID": ConferenceID,
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
        terminal_id as "terminalID": TerminalID,
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
        terminal_id as "terminalID": TerminalID,
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

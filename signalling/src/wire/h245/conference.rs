//! Round trips, loops, communication mode and conference messages (H.245 §B.7 to §B.10).

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

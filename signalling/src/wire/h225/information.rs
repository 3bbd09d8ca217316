//! RAS: status reports, progress, resources and service control.

use super::*;

sequence! {
    InfoRequest {
        request_seq_num: RequestSeqNum,
        call_reference_value: CallReferenceValue,
        non_standard_data: Opt<NonStandardParameter>,
        reply_address: Opt<TransportAddress>,
        ...,
        call_identifier: Opt<CallIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        uuies_requested: Opt<UUIEsRequested>,
        call_linkage: Opt<CallLinkage>,
        usage_info_requested: Opt<RasUsageInfoTypes>,
        segmented_response_supported: Opt<Null>,
        next_segment_requested: Opt<Int<u16, 0, 65535>>,
        capacity_info_requested: Opt<Null>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

sequence! {
    InfoRequestResponse {
        non_standard_data: Opt<NonStandardParameter>,
        request_seq_num: RequestSeqNum,
        endpoint_type: EndpointType,
        endpoint_identifier: EndpointIdentifier,
        ras_address: TransportAddress,
        call_signal_address: SeqOf<TransportAddress>,
        endpoint_alias: Opt<SeqOf<AliasAddress>>,
        per_call_info: Opt<SeqOf<InfoRequestResponsePerCallInfoItem>>,
        ...,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        need_response: Opt<Bool>,
        capacity: Opt<CallCapacity>,
        irr_status: Opt<InfoRequestResponseStatus>,
        unsolicited: Opt<Bool>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

sequence! {
    InfoRequestResponsePerCallInfoItem {
        non_standard_data: Opt<NonStandardParameter>,
        call_reference_value: CallReferenceValue,
        conference_id as "conferenceID": ConferenceIdentifier,
        originator: Opt<Bool>,
        audio: Opt<SeqOf<RTPSession>>,
        video: Opt<SeqOf<RTPSession>>,
        data: Opt<SeqOf<TransportChannelInfo>>,
        h245: TransportChannelInfo,
        call_signaling: TransportChannelInfo,
        call_type: CallType,
        band_width: BandWidth,
        call_model: CallModel,
        ...,
        call_identifier: Opt<CallIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        substitute_conf_ids as "substituteConfIDs": Opt<SeqOf<ConferenceIdentifier>>,
        pdu: Opt<SeqOf<InfoRequestResponsePerCallInfoItemPduItem>>,
        call_linkage: Opt<CallLinkage>,
        usage_information: Opt<RasUsageInformation>,
        circuit_info: Opt<CircuitInfo>
    }
}

sequence! {
    InfoRequestResponsePerCallInfoItemPduItem {
        h323pdu: H323UuPdu,
        sent: Bool,
    }
}

choice! {
    InfoRequestResponseStatus {
        Complete,
        Incomplete,
        Segment(Int<u16, 0, 65535>),
        InvalidCall,
        ...
    }
}

sequence! {
    InfoRequestAck {
        request_seq_num: RequestSeqNum,
        non_standard_data: Opt<NonStandardParameter>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        ...
    }
}

sequence! {
    InfoRequestNak {
        request_seq_num: RequestSeqNum,
        non_standard_data: Opt<NonStandardParameter>,
        nak_reason: InfoRequestNakReason,
        alt_gk_info as "altGKInfo": Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        ...
    }
}

choice! {
    InfoRequestNakReason {
        NotRegistered,
        SecurityDenial,
        UndefinedReason,
        ...,
        SecurityError(SecurityErrors2)
    }
}

sequence! {
    NonStandardMessage {
        request_seq_num: RequestSeqNum,
        non_standard_data: NonStandardParameter,
        ...,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

sequence! {
    UnknownMessageResponse {
        request_seq_num: RequestSeqNum,
        ...,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        message_not_understood: Opt<Octets>
    }
}

sequence! {
    RequestInProgress {
        request_seq_num: RequestSeqNum,
        non_standard_data: Opt<NonStandardParameter>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        delay: Int<u16, 1, 65535>,
        ...
    }
}

sequence! {
    ResourcesAvailableIndicate {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        endpoint_identifier: EndpointIdentifier,
        protocols: SeqOf<SupportedProtocols>,
        almost_out_of_resources: Bool,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        ...,
        capacity: Opt<CallCapacity>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

sequence! {
    ResourcesAvailableConfirm {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        ...,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

sequence! {
    ServiceControlIndication {
        request_seq_num: RequestSeqNum,
        non_standard_data: Opt<NonStandardParameter>,
        service_control: SeqOf<ServiceControlSession>,
        endpoint_identifier: Opt<EndpointIdentifier>,
        call_specific: Opt<ServiceControlIndicationCallSpecific>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        ...
    }
}

sequence! {
    ServiceControlIndicationCallSpecific {
        call_identifier: CallIdentifier,
        conference_id as "conferenceID": ConferenceIdentifier,
        answered_call: Bool,
        ...
    }
}

sequence! {
    ServiceControlResponse {
        request_seq_num: RequestSeqNum,
        result: Opt<ServiceControlResponseResult>,
        non_standard_data: Opt<NonStandardParameter>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        ...
    }
}

choice! {
    ServiceControlResponseResult {
        Started,
        Failed,
        Stopped,
        NotAvailable,
        NeededFeatureNotSupported,
        ...
    }
}

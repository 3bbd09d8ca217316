//! RAS: admission of a call, its bandwidth, location of an endpoint, and disengagement.

use super::*;

sequence! {
    AdmissionRequest {
        request_seq_num: RequestSeqNum,
        call_type: CallType,
        call_model: Opt<CallModel>,
        endpoint_identifier: EndpointIdentifier,
        destination_info: Opt<SeqOf<AliasAddress>>,
        dest_call_signal_address: Opt<TransportAddress>,
        dest_extra_call_info: Opt<SeqOf<AliasAddress>>,
        src_info: SeqOf<AliasAddress>,
        src_call_signal_address: Opt<TransportAddress>,
        band_width: BandWidth,
        call_reference_value: CallReferenceValue,
        non_standard_data: Opt<NonStandardParameter>,
        call_services: Opt<QseriesOptions>,
        conference_id as "conferenceID": ConferenceIdentifier,
        active_mc as "activeMC": Bool,
        answer_call: Bool,
        ...,
        can_map_alias: Opt<Bool>,
        call_identifier: Opt<CallIdentifier>,
        src_alternatives: Opt<SeqOf<Endpoint>>,
        dest_alternatives: Opt<SeqOf<Endpoint>>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        transport_qos as "transportQOS": Opt<TransportQOS>,
        will_supply_uuies as "willSupplyUUIEs": Opt<Bool>,
        call_linkage: Opt<CallLinkage>,
        gateway_data_rate: Opt<DataRate>,
        capacity: Opt<CallCapacity>,
        circuit_info: Opt<CircuitInfo>,
        desired_protocols: Opt<SeqOf<SupportedProtocols>>,
        desired_tunnelled_protocol: Opt<TunnelledProtocol>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        can_map_src_alias: Opt<Bool>
    }
}

choice! {
    CallType {
        PointToPoint,
        OneToN,
        NToOne,
        NToN,
        ...
    }
}

choice! {
    CallModel {
        Direct,
        GatekeeperRouted,
        ...
    }
}

choice! {
    TransportQOS {
        EndpointControlled,
        GatekeeperControlled,
        NoControl,
        ...,
        QOSCapabilities(SeqOf<QOSCapability, 1, 256>)
    }
}

sequence! {
    AdmissionConfirm {
        request_seq_num: RequestSeqNum,
        band_width: BandWidth,
        call_model: CallModel,
        dest_call_signal_address: TransportAddress,
        irr_frequency: Opt<Int<u16, 1, 65535>>,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        destination_info: Opt<SeqOf<AliasAddress>>,
        dest_extra_call_info: Opt<SeqOf<AliasAddress>>,
        destination_type: Opt<EndpointType>,
        remote_extension_address: Opt<SeqOf<AliasAddress>>,
        alternate_endpoints: Opt<SeqOf<Endpoint>>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        transport_qos as "transportQOS": Opt<TransportQOS>,
        will_respond_to_irr as "willRespondToIRR": Opt<Bool>,
        uuies_requested: Opt<UUIEsRequested>,
        language: Opt<SeqOf<Chars<Ascii, 1, 32>>>,
        alternate_transport_addresses: Opt<AlternateTransportAddresses>,
        use_specified_transport: Opt<UseSpecifiedTransport>,
        circuit_info: Opt<CircuitInfo>,
        usage_spec: Opt<SeqOf<RasUsageSpecification>>,
        supported_protocols: Opt<SeqOf<SupportedProtocols>>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        multiple_calls: Opt<Bool>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        modified_src_info: Opt<SeqOf<AliasAddress>>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

sequence! {
    UUIEsRequested {
        setup: Bool,
        call_proceeding: Bool,
        connect: Bool,
        alerting: Bool,
        information: Bool,
        release_complete: Bool,
        facility: Bool,
        progress: Bool,
        empty: Bool,
        ...,
        status: Opt<Bool>,
        status_inquiry: Opt<Bool>,
        setup_acknowledge: Opt<Bool>,
        notify: Opt<Bool>
    }
}

sequence! {
    AdmissionReject {
        request_seq_num: RequestSeqNum,
        reject_reason: AdmissionRejectReason,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        alt_gk_info as "altGKInfo": Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        call_signal_address: Opt<SeqOf<TransportAddress>>,
        integrity_check_value: Opt<ICV>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

choice! {
    AdmissionRejectReason {
        CalledPartyNotRegistered,
        InvalidPermission,
        RequestDenied,
        UndefinedReason,
        CallerNotRegistered,
        RouteCallToGatekeeper,
        InvalidEndpointIdentifier,
        ResourceUnavailable,
        ...,
        SecurityDenial,
        QosControlNotSupported,
        IncompleteAddress,
        AliasesInconsistent,
        RouteCallToSCN(SeqOf<PartyNumber>),
        ExceedsCallCapacity,
        CollectDestination,
        CollectPIN,
        GenericDataReason,
        NeededFeatureNotSupported,
        SecurityError(SecurityErrors2),
        SecurityDHmismatch,
        NoRouteToDestination,
        UnallocatedNumber,
        RegisterWithAssignedGK
    }
}

sequence! {
    BandwidthRequest {
        request_seq_num: RequestSeqNum,
        endpoint_identifier: EndpointIdentifier,
        conference_id as "conferenceID": ConferenceIdentifier,
        call_reference_value: CallReferenceValue,
        call_type: Opt<CallType>,
        band_width: BandWidth,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        call_identifier: Opt<CallIdentifier>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        answered_call: Opt<Bool>,
        call_linkage: Opt<CallLinkage>,
        capacity: Opt<CallCapacity>,
        usage_information: Opt<RasUsageInformation>,
        bandwidth_details: Opt<SeqOf<BandwidthDetails>>,
        generic_data: Opt<SeqOf<GenericData>>,
        transport_qos as "transportQOS": Opt<TransportQOS>
    }
}

sequence! {
    BandwidthConfirm {
        request_seq_num: RequestSeqNum,
        band_width: BandWidth,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        capacity: Opt<CallCapacity>,
        generic_data: Opt<SeqOf<GenericData>>,
        transport_qos as "transportQOS": Opt<TransportQOS>
    }
}

sequence! {
    BandwidthReject {
        request_seq_num: RequestSeqNum,
        reject_reason: BandRejectReason,
        allowed_band_width: BandWidth,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        alt_gk_info as "altGKInfo": Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

choice! {
    BandRejectReason {
        NotBound,
        InvalidConferenceID,
        InvalidPermission,
        InsufficientResources,
        InvalidRevision,
        UndefinedReason,
        ...,
        SecurityDenial,
        SecurityError(SecurityErrors2)
    }
}

sequence! {
    LocationRequest {
        request_seq_num: RequestSeqNum,
        endpoint_identifier: Opt<EndpointIdentifier>,
        destination_info: SeqOf<AliasAddress>,
        non_standard_data: Opt<NonStandardParameter>,
        reply_address: TransportAddress,
        ...,
        source_info: Opt<SeqOf<AliasAddress>>,
        can_map_alias: Opt<Bool>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        desired_protocols: Opt<SeqOf<SupportedProtocols>>,
        desired_tunnelled_protocol: Opt<TunnelledProtocol>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        hop_count: Opt<Int<u8, 1, 255>>,
        circuit_info: Opt<CircuitInfo>,
        call_identifier: Opt<CallIdentifier>,
        band_width: Opt<BandWidth>,
        source_endpoint_info: Opt<SeqOf<AliasAddress>>,
        can_map_src_alias: Opt<Bool>,
        language: Opt<SeqOf<Chars<Ascii, 1, 32>>>
    }
}

sequence! {
    LocationConfirm {
        request_seq_num: RequestSeqNum,
        call_signal_address: TransportAddress,
        ras_address: TransportAddress,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        destination_info: Opt<SeqOf<AliasAddress>>,
        dest_extra_call_info: Opt<SeqOf<AliasAddress>>,
        destination_type: Opt<EndpointType>,
        remote_extension_address: Opt<SeqOf<AliasAddress>>,
        alternate_endpoints: Opt<SeqOf<Endpoint>>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        alternate_transport_addresses: Opt<AlternateTransportAddresses>,
        supported_protocols: Opt<SeqOf<SupportedProtocols>>,
        multiple_calls: Opt<Bool>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        circuit_info: Opt<CircuitInfo>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        modified_src_info: Opt<SeqOf<AliasAddress>>,
        band_width: Opt<BandWidth>,
        language: Opt<SeqOf<Chars<Ascii, 1, 32>>>
    }
}

sequence! {
    LocationReject {
        request_seq_num: RequestSeqNum,
        reject_reason: LocationRejectReason,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        alt_gk_info as "altGKInfo": Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        service_control: Opt<SeqOf<ServiceControlSession>>
    }
}

choice! {
    LocationRejectReason {
        NotRegistered,
        InvalidPermission,
        RequestDenied,
        UndefinedReason,
        ...,
        SecurityDenial,
        AliasesInconsistent,
        RouteCalltoSCN(SeqOf<PartyNumber>),
        ResourceUnavailable,
        GenericDataReason,
        NeededFeatureNotSupported,
        HopCountExceeded,
        IncompleteAddress,
        SecurityError(SecurityErrors2),
        SecurityDHmismatch,
        NoRouteToDestination,
        UnallocatedNumber
    }
}

sequence! {
    DisengageRequest {
        request_seq_num: RequestSeqNum,
        endpoint_identifier: EndpointIdentifier,
        conference_id as "conferenceID": ConferenceIdentifier,
        call_reference_value: CallReferenceValue,
        disengage_reason: DisengageReason,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        call_identifier: Opt<CallIdentifier>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        answered_call: Opt<Bool>,
        call_linkage: Opt<CallLinkage>,
        capacity: Opt<CallCapacity>,
        circuit_info: Opt<CircuitInfo>,
        usage_information: Opt<RasUsageInformation>,
        termination_cause: Opt<CallTerminationCause>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

choice! {
    DisengageReason {
        ForcedDrop,
        NormalDrop,
        UndefinedReason,
        ...
    }
}

sequence! {
    DisengageConfirm {
        request_seq_num: RequestSeqNum,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        capacity: Opt<CallCapacity>,
        circuit_info: Opt<CircuitInfo>,
        usage_information: Opt<RasUsageInformation>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

sequence! {
    DisengageReject {
        request_seq_num: RequestSeqNum,
        reject_reason: DisengageRejectReason,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        alt_gk_info as "altGKInfo": Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

choice! {
    DisengageRejectReason {
        NotRegistered,
        RequestToDropOther,
        ...,
        SecurityDenial,
        SecurityError(SecurityErrors2)
    }
}

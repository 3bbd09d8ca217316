//! RAS: discovery of a gatekeeper, registration with it, and leaving it.

use super::*;

choice! {
    RasMessage {
        GatekeeperRequest(GatekeeperRequest),
        GatekeeperConfirm(GatekeeperConfirm),
        GatekeeperReject(GatekeeperReject),
        RegistrationRequest(RegistrationRequest),
        RegistrationConfirm(RegistrationConfirm),
        RegistrationReject(RegistrationReject),
        UnregistrationRequest(UnregistrationRequest),
        UnregistrationConfirm(UnregistrationConfirm),
        UnregistrationReject(UnregistrationReject),
        AdmissionRequest(AdmissionRequest),
        AdmissionConfirm(AdmissionConfirm),
        AdmissionReject(AdmissionReject),
        BandwidthRequest(BandwidthRequest),
        BandwidthConfirm(BandwidthConfirm),
        BandwidthReject(BandwidthReject),
        DisengageRequest(DisengageRequest),
        DisengageConfirm(DisengageConfirm),
        DisengageReject(DisengageReject),
        LocationRequest(LocationRequest),
        LocationConfirm(LocationConfirm),
        LocationReject(LocationReject),
        InfoRequest(InfoRequest),
        InfoRequestResponse(InfoRequestResponse),
        NonStandardMessage(NonStandardMessage),
        UnknownMessageResponse(UnknownMessageResponse),
        ...,
        RequestInProgress(RequestInProgress),
        ResourcesAvailableIndicate(ResourcesAvailableIndicate),
        ResourcesAvailableConfirm(ResourcesAvailableConfirm),
        InfoRequestAck(InfoRequestAck),
        InfoRequestNak(InfoRequestNak),
        ServiceControlIndication(ServiceControlIndication),
        ServiceControlResponse(ServiceControlResponse),
        AdmissionConfirmSequence(SeqOf<AdmissionConfirm>)
    }
}

sequence! {
    GatekeeperRequest {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        ras_address: TransportAddress,
        endpoint_type: EndpointType,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        call_services: Opt<QseriesOptions>,
        endpoint_alias: Opt<SeqOf<AliasAddress>>,
        ...,
        alternate_endpoints: Opt<SeqOf<Endpoint>>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        authentication_capability: Opt<SeqOf<AuthenticationMechanism>>,
        algorithm_oids as "algorithmOIDs": Opt<SeqOf<Oid>>,
        integrity: Opt<SeqOf<IntegrityMechanism>>,
        integrity_check_value: Opt<ICV>,
        supports_alt_gk as "supportsAltGK": Opt<Null>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        supports_assigned_gk as "supportsAssignedGK": Opt<Bool>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

sequence! {
    GatekeeperConfirm {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        ras_address: TransportAddress,
        ...,
        alternate_gatekeeper: Opt<SeqOf<AlternateGK>>,
        authentication_mode: Opt<AuthenticationMechanism>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        algorithm_oid as "algorithmOID": Opt<Oid>,
        integrity: Opt<SeqOf<IntegrityMechanism>>,
        integrity_check_value: Opt<ICV>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>,
        rehoming_model: Opt<RehomingModel>
    }
}

sequence! {
    GatekeeperReject {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        reject_reason: GatekeeperRejectReason,
        ...,
        alt_gk_info as "altGKInfo": Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

choice! {
    GatekeeperRejectReason {
        ResourceUnavailable,
        TerminalExcluded,
        InvalidRevision,
        UndefinedReason,
        ...,
        SecurityDenial,
        GenericDataReason,
        NeededFeatureNotSupported,
        SecurityError(SecurityErrors)
    }
}

sequence! {
    RegistrationRequest {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        discovery_complete: Bool,
        call_signal_address: SeqOf<TransportAddress>,
        ras_address: SeqOf<TransportAddress>,
        terminal_type: EndpointType,
        terminal_alias: Opt<SeqOf<AliasAddress>>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        endpoint_vendor: VendorIdentifier,
        ...,
        alternate_endpoints: Opt<SeqOf<Endpoint>>,
        time_to_live: Opt<TimeToLive>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        keep_alive: Opt<Bool>,
        endpoint_identifier: Opt<EndpointIdentifier>,
        will_supply_uuies as "willSupplyUUIEs": Opt<Bool>,
        maintain_connection: Opt<Bool>,
        alternate_transport_addresses: Opt<AlternateTransportAddresses>,
        additive_registration: Opt<Null>,
        terminal_alias_pattern: Opt<SeqOf<AddressPattern>>,
        supports_alt_gk as "supportsAltGK": Opt<Null>,
        usage_reporting_capability: Opt<RasUsageInfoTypes>,
        multiple_calls: Opt<Bool>,
        supported_h248_packages: Opt<SeqOf<H248PackagesDescriptor>>,
        call_credit_capability: Opt<CallCreditCapability>,
        capacity_reporting_capability: Opt<CapacityReportingCapability>,
        capacity: Opt<CallCapacity>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        restart: Opt<Null>,
        supports_acf_sequences as "supportsACFSequences": Opt<Null>,
        supports_assigned_gk as "supportsAssignedGK": Opt<Bool>,
        assigned_gatekeeper: Opt<AlternateGK>,
        transport_qos as "transportQOS": Opt<TransportQOS>,
        language: Opt<SeqOf<Chars<Ascii, 1, 32>>>
    }
}

sequence! {
    RegistrationConfirm {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        call_signal_address: SeqOf<TransportAddress>,
        terminal_alias: Opt<SeqOf<AliasAddress>>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        endpoint_identifier: EndpointIdentifier,
        ...,
        alternate_gatekeeper: Opt<SeqOf<AlternateGK>>,
        time_to_live: Opt<TimeToLive>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        will_respond_to_irr as "willRespondToIRR": Opt<Bool>,
        pre_granted_arq as "preGrantedARQ": Opt<RegistrationConfirmPreGrantedARQ>,
        maintain_connection: Opt<Bool>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        supports_additive_registration: Opt<Null>,
        terminal_alias_pattern: Opt<SeqOf<AddressPattern>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>,
        usage_spec: Opt<SeqOf<RasUsageSpecification>>,
        feature_server_alias: Opt<AliasAddress>,
        capacity_reporting_spec: Opt<CapacityReportingSpecification>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>,
        rehoming_model: Opt<RehomingModel>,
        transport_qos as "transportQOS": Opt<TransportQOS>,
        language: Opt<SeqOf<Chars<Ascii, 1, 32>>>
    }
}

sequence! {
    RegistrationConfirmPreGrantedARQ {
        make_call: Bool,
        use_gk_call_signal_address_to_make_call as "useGKCallSignalAddressToMakeCall": Bool,
        answer_call: Bool,
        use_gk_call_signal_address_to_answer as "useGKCallSignalAddressToAnswer": Bool,
        ...,
        irr_frequency_in_call: Opt<Int<u16, 1, 65535>>,
        total_bandwidth_restriction: Opt<BandWidth>,
        alternate_transport_addresses: Opt<AlternateTransportAddresses>,
        use_specified_transport: Opt<UseSpecifiedTransport>
    }
}

sequence! {
    RegistrationReject {
        request_seq_num: RequestSeqNum,
        protocol_identifier: ProtocolIdentifier,
        non_standard_data: Opt<NonStandardParameter>,
        reject_reason: RegistrationRejectReason,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        ...,
        alt_gk_info as "altGKInfo": Opt<AltGKInfo>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        feature_set: Opt<FeatureSet>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

choice! {
    RegistrationRejectReason {
        DiscoveryRequired,
        InvalidRevision,
        InvalidCallSignalAddress,
        InvalidRASAddress,
        DuplicateAlias(SeqOf<AliasAddress>),
        InvalidTerminalType,
        UndefinedReason,
        TransportNotSupported,
        ...,
        TransportQOSNotSupported,
        ResourceUnavailable,
        InvalidAlias,
        SecurityDenial,
        FullRegistrationRequired,
        AdditiveRegistrationNotSupported,
        InvalidTerminalAliases(RegistrationRejectReasonInvalidTerminalAliases),
        GenericDataReason,
        NeededFeatureNotSupported,
        SecurityError(SecurityErrors),
        RegisterWithAssignedGK
    }
}

sequence! {
    RegistrationRejectReasonInvalidTerminalAliases {
        terminal_alias: Opt<SeqOf<AliasAddress>>,
        terminal_alias_pattern: Opt<SeqOf<AddressPattern>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>,
        ...
    }
}

sequence! {
    UnregistrationRequest {
        request_seq_num: RequestSeqNum,
        call_signal_address: SeqOf<TransportAddress>,
        endpoint_alias: Opt<SeqOf<AliasAddress>>,
        non_standard_data: Opt<NonStandardParameter>,
        endpoint_identifier: Opt<EndpointIdentifier>,
        ...,
        alternate_endpoints: Opt<SeqOf<Endpoint>>,
        gatekeeper_identifier: Opt<GatekeeperIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        reason: Opt<UnregRequestReason>,
        endpoint_alias_pattern: Opt<SeqOf<AddressPattern>>,
        supported_prefixes: Opt<SeqOf<SupportedPrefix>>,
        alternate_gatekeeper: Opt<SeqOf<AlternateGK>>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

choice! {
    UnregRequestReason {
        ReregistrationRequired,
        TtlExpired,
        SecurityDenial,
        UndefinedReason,
        ...,
        Maintenance,
        SecurityError(SecurityErrors2),
        RegisterWithAssignedGK
    }
}

sequence! {
    UnregistrationConfirm {
        request_seq_num: RequestSeqNum,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        integrity_check_value: Opt<ICV>,
        generic_data: Opt<SeqOf<GenericData>>,
        assigned_gatekeeper: Opt<AlternateGK>
    }
}

sequence! {
    UnregistrationReject {
        request_seq_num: RequestSeqNum,
        reject_reason: UnregRejectReason,
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
    UnregRejectReason {
        NotCurrentlyRegistered,
        CallInProgress,
        UndefinedReason,
        ...,
        PermissionDenied,
        SecurityDenial,
        SecurityError(SecurityErrors2)
    }
}

//! Elements about resources and their use: capacity, circuits, service control, usage, generic data.

use super::*;

sequence! {
    DataRate {
        non_standard_data: Opt<NonStandardParameter>,
        channel_rate: BandWidth,
        channel_multiplier: Opt<Int<u16, 1, 256>>,
        ...
    }
}

sequence! {
    CallLinkage {
        global_call_id: Opt<GloballyUniqueID>,
        thread_id: Opt<GloballyUniqueID>,
        ...
    }
}

sequence! {
    SupportedPrefix {
        non_standard_data: Opt<NonStandardParameter>,
        prefix: AliasAddress,
        ...
    }
}

sequence! {
    CapacityReportingCapability {
        can_report_call_capacity: Bool,
        ...
    }
}

sequence! {
    CapacityReportingSpecification {
        when: CapacityReportingSpecificationWhen,
        ...
    }
}

sequence! {
    CapacityReportingSpecificationWhen {
        call_start: Opt<Null>,
        call_end: Opt<Null>,
        ...
    }
}

sequence! {
    CallCapacity {
        maximum_call_capacity: Opt<CallCapacityInfo>,
        current_call_capacity: Opt<CallCapacityInfo>,
        ...
    }
}

sequence! {
    CallCapacityInfo {
        voice_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        h310_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        h320_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        h321_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        h322_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        h323_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        h324_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        t120_only_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        t38_fax_annexb_only_gw_calls_available: Opt<SeqOf<CallsAvailable>>,
        terminal_calls_available: Opt<SeqOf<CallsAvailable>>,
        mcu_calls_available: Opt<SeqOf<CallsAvailable>>,
        ...,
        sip_gw_calls_available: Opt<SeqOf<CallsAvailable>>
    }
}

sequence! {
    CallsAvailable {
        calls: Int<u32, 0, 4294967295>,
        group: Opt<Chars<Ascii, 1, 128>>,
        ...,
        carrier: Opt<CarrierInfo>
    }
}

sequence! {
    CircuitInfo {
        source_circuit_id as "sourceCircuitID": Opt<CircuitIdentifier>,
        destination_circuit_id as "destinationCircuitID": Opt<CircuitIdentifier>,
        generic_data: Opt<SeqOf<GenericData>>,
        ...
    }
}

sequence! {
    CircuitIdentifier {
        cic: Opt<CicInfo>,
        group: Opt<GroupID>,
        ...,
        carrier: Opt<CarrierInfo>
    }
}

sequence! {
    CicInfo {
        cic: SeqOf<Octets<2, 4>>,
        point_code: Octets<2, 5>,
        ...
    }
}

sequence! {
    GroupID {
        member: Opt<SeqOf<Int<u16, 0, 65535>>>,
        group: Chars<Ascii, 1, 128>,
        ...
    }
}

sequence! {
    CarrierInfo {
        carrier_identification_code: Opt<Octets<3, 4>>,
        carrier_name: Opt<Chars<Ascii, 1, 128>>,
        ...
    }
}

choice! {
    ServiceControlDescriptor {
        Url(Chars<Ascii, 0, 512>),
        Signal(H248SignalsDescriptor),
        NonStandard(NonStandardParameter),
        CallCreditServiceControl(CallCreditServiceControl),
        ...
    }
}

sequence! {
    ServiceControlSession {
        session_id: Int<u8, 0, 255>,
        contents: Opt<ServiceControlDescriptor>,
        reason: ServiceControlSessionReason,
        ...
    }
}

choice! {
    ServiceControlSessionReason {
        Open,
        Refresh,
        Close,
        ...
    }
}

sequence! {
    RasUsageInfoTypes {
        non_standard_usage_types: SeqOf<NonStandardParameter>,
        start_time: Opt<Null>,
        end_time: Opt<Null>,
        termination_cause: Opt<Null>,
        ...
    }
}

sequence! {
    RasUsageSpecification {
        when: RasUsageSpecificationWhen,
        call_starting_point: Opt<RasUsageSpecificationCallStartingPoint>,
        required: RasUsageInfoTypes,
        ...
    }
}

sequence! {
    RasUsageSpecificationWhen {
        start: Opt<Null>,
        end: Opt<Null>,
        in_irr: Opt<Null>,
        ...
    }
}

sequence! {
    RasUsageSpecificationCallStartingPoint {
        alerting: Opt<Null>,
        connect: Opt<Null>,
        ...
    }
}

sequence! {
    RasUsageInformation {
        non_standard_usage_fields: SeqOf<NonStandardParameter>,
        alerting_time: Opt<TimeStamp>,
        connect_time: Opt<TimeStamp>,
        end_time: Opt<TimeStamp>,
        ...
    }
}

choice! {
    CallTerminationCause {
        ReleaseCompleteReason(ReleaseCompleteReason),
        ReleaseCompleteCauseIE(Octets<2, 32>),
        ...
    }
}

sequence! {
    BandwidthDetails {
        sender: Bool,
        multicast: Bool,
        bandwidth: BandWidth,
        rtcp_addresses: TransportChannelInfo,
        ...
    }
}

sequence! {
    CallCreditCapability {
        can_display_amount_string: Opt<Bool>,
        can_enforce_duration_limit: Opt<Bool>,
        ...
    }
}

sequence! {
    CallCreditServiceControl {
        amount_string: Opt<Bmp<1, 512>>,
        billing_mode: Opt<CallCreditServiceControlBillingMode>,
        call_duration_limit: Opt<Int<u32, 1, 4294967295>>,
        enforce_call_duration_limit: Opt<Bool>,
        call_starting_point: Opt<CallCreditServiceControlCallStartingPoint>,
        ...
    }
}

choice! {
    CallCreditServiceControlBillingMode {
        Credit,
        Debit,
        ...
    }
}

choice! {
    CallCreditServiceControlCallStartingPoint {
        Alerting,
        Connect,
        ...
    }
}

sequence! {
    GenericData {
        id: GenericIdentifier,
        parameters: Opt<SeqOf<EnumeratedParameter, 1, 512>>,
        ...
    }
}

choice! {
    GenericIdentifier {
        Standard(ExtInt<0, 16383>),
        Oid(Oid),
        NonStandard(GloballyUniqueID),
        ...
    }
}

sequence! {
    EnumeratedParameter {
        id: GenericIdentifier,
        content: Opt<Content>,
        ...
    }
}

choice! {
    Content {
        Raw(Octets),
        Text(Chars),
        Unicode(Bmp),
        Bool(Bool),
        Number8(Int<u8, 0, 255>),
        Number16(Int<u16, 0, 65535>),
        Number32(Int<u32, 0, 4294967295>),
        Id(GenericIdentifier),
        Alias(AliasAddress),
        Transport(TransportAddress),
        Compound(SeqOf<EnumeratedParameter, 1, 512>),
        Nested(SeqOf<GenericData, 1, 16>),
        ...
    }
}

sequence! {
    FeatureSet {
        replacement_feature_set: Bool,
        needed_features: Opt<SeqOf<FeatureDescriptor>>,
        desired_features: Opt<SeqOf<FeatureDescriptor>>,
        supported_features: Opt<SeqOf<FeatureDescriptor>>,
        ...
    }
}

sequence! {
    TransportChannelInfo {
        send_address: Opt<TransportAddress>,
        recv_address: Opt<TransportAddress>,
        ...
    }
}

sequence! {
    RTPSession {
        rtp_address: TransportChannelInfo,
        rtcp_address: TransportChannelInfo,
        cname: Chars<Printable>,
        ssrc: Int<u32, 1, 4294967295>,
        session_id: Int<u8, 1, 255>,
        associated_session_ids: SeqOf<Int<u8, 1, 255>>,
        ...,
        multicast: Opt<Null>,
        bandwidth: Opt<BandWidth>
    }
}

choice! {
    RehomingModel {
        GatekeeperBased,
        EndpointBased,
    }
}

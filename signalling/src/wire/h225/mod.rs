//! H.225.0 messages (12/2009, version 7, and the additions of version 8): call signalling.
//!
//! Call signalling rides in the user-user element of a Q.931 message as [`H323UserInformation`]; registration,
//! admission and status travel as [`RasMessage`] in UDP datagrams.

mod admission;
mod alias;
mod capacity;
mod common;
mod endpoint;
mod information;
mod ras;

pub use admission::*;
pub use alias::*;
pub use capacity::*;
pub use common::*;
pub use endpoint::*;
pub use information::*;
pub use ras::*;

use super::h235::{
    AuthenticationMechanism, ClearToken, CryptoToken, ENCRYPTED, HASHED, SIGNED, TimeStamp,
};
use super::h245::{DataProtocolCapability, QOSCapability, T38FaxProfile};
use super::per::*;

alphabet!(AliasAddressChars = b"#*,0123456789");
alphabet!(TbcdStringChars = b"#*0123456789abc");
alphabet!(IsupDigitsChars = b"0123456789ABCDE");

sequence! {
    H323UserInformation {
        h323_uu_pdu as "h323-uu-pdu": H323UuPdu,
        user_data as "user-data": Opt<H323UserInformationUserData>,
        ...
    }
}

sequence! {
    H323UserInformationUserData {
        protocol_discriminator as "protocol-discriminator": Int<u8, 0, 255>,
        user_information as "user-information": Octets<1, 131>,
        ...
    }
}

sequence! {
    H323UuPdu {
        h323_message_body as "h323-message-body": H323UuPduH323MessageBody,
        non_standard_data: Opt<NonStandardParameter>,
        ...,
        h4501_supplementary_service: Opt<SeqOf<Octets>>,
        h245_tunneling: Opt<Bool>,
        h245_control: Opt<SeqOf<Octets>>,
        non_standard_control: Opt<SeqOf<NonStandardParameter>>,
        call_linkage: Opt<CallLinkage>,
        tunnelled_signalling_message: Opt<H323UuPduTunnelledSignallingMessage>,
        provisional_resp_to_h245_tunneling: Opt<Null>,
        stimulus_control: Opt<StimulusControl>,
        generic_data: Opt<SeqOf<GenericData>>
    }
}

choice! {
    H323UuPduH323MessageBody {
        Setup(SetupUuie),
        CallProceeding(CallProceedingUuie),
        Connect(ConnectUuie),
        Alerting(AlertingUuie),
        Information(InformationUuie),
        ReleaseComplete(ReleaseCompleteUuie),
        Facility(FacilityUuie),
        ...,
        Progress(ProgressUuie),
        Empty,
        Status(StatusUuie),
        StatusInquiry(StatusInquiryUuie),
        SetupAcknowledge(SetupAcknowledgeUuie),
        Notify(NotifyUuie)
    }
}

sequence! {
    H323UuPduTunnelledSignallingMessage {
        tunnelled_protocol_id as "tunnelledProtocolID": TunnelledProtocol,
        message_content: SeqOf<Octets>,
        tunnelling_required: Opt<Null>,
        non_standard_data: Opt<NonStandardParameter>,
        ...
    }
}

sequence! {
    StimulusControl {
        non_standard: Opt<NonStandardParameter>,
        is_text: Opt<Null>,
        h248_message: Opt<Octets>,
        ...
    }
}

sequence! {
    AlertingUuie {
        protocol_identifier: ProtocolIdentifier,
        destination_info: EndpointType,
        h245_address: Opt<TransportAddress>,
        ...,
        call_identifier: Opt<CallIdentifier>,
        h245_security_mode: Opt<H245Security>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        fast_start: Opt<SeqOf<Octets>>,
        multiple_calls: Opt<Bool>,
        maintain_connection: Opt<Bool>,
        alerting_address: Opt<SeqOf<AliasAddress>>,
        presentation_indicator: Opt<PresentationIndicator>,
        screening_indicator: Opt<ScreeningIndicator>,
        fast_connect_refused: Opt<Null>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        capacity: Opt<CallCapacity>,
        feature_set: Opt<FeatureSet>,
        display_name: Opt<SeqOf<DisplayName>>
    }
}

sequence! {
    CallProceedingUuie {
        protocol_identifier: ProtocolIdentifier,
        destination_info: EndpointType,
        h245_address: Opt<TransportAddress>,
        ...,
        call_identifier: Opt<CallIdentifier>,
        h245_security_mode: Opt<H245Security>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        fast_start: Opt<SeqOf<Octets>>,
        multiple_calls: Opt<Bool>,
        maintain_connection: Opt<Bool>,
        fast_connect_refused: Opt<Null>,
        feature_set: Opt<FeatureSet>
    }
}

sequence! {
    ConnectUuie {
        protocol_identifier: ProtocolIdentifier,
        h245_address: Opt<TransportAddress>,
        destination_info: EndpointType,
        conference_id as "conferenceID": ConferenceIdentifier,
        ...,
        call_identifier: Opt<CallIdentifier>,
        h245_security_mode: Opt<H245Security>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        fast_start: Opt<SeqOf<Octets>>,
        multiple_calls: Opt<Bool>,
        maintain_connection: Opt<Bool>,
        language: Opt<SeqOf<Chars<Ascii, 1, 32>>>,
        connected_address: Opt<SeqOf<AliasAddress>>,
        presentation_indicator: Opt<PresentationIndicator>,
        screening_indicator: Opt<ScreeningIndicator>,
        fast_connect_refused: Opt<Null>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        capacity: Opt<CallCapacity>,
        feature_set: Opt<FeatureSet>,
        display_name: Opt<SeqOf<DisplayName>>
    }
}

sequence! {
    InformationUuie {
        protocol_identifier: ProtocolIdentifier,
        ...,
        call_identifier: Opt<CallIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        fast_start: Opt<SeqOf<Octets>>,
        fast_connect_refused: Opt<Null>,
        circuit_info: Opt<CircuitInfo>
    }
}

sequence! {
    ReleaseCompleteUuie {
        protocol_identifier: ProtocolIdentifier,
        reason: Opt<ReleaseCompleteReason>,
        ...,
        call_identifier: Opt<CallIdentifier>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        busy_address: Opt<SeqOf<AliasAddress>>,
        presentation_indicator: Opt<PresentationIndicator>,
        screening_indicator: Opt<ScreeningIndicator>,
        capacity: Opt<CallCapacity>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        feature_set: Opt<FeatureSet>,
        destination_info: Opt<EndpointType>,
        display_name: Opt<SeqOf<DisplayName>>
    }
}

choice! {
    ReleaseCompleteReason {
        NoBandwidth,
        GatekeeperResources,
        UnreachableDestination,
        DestinationRejection,
        InvalidRevision,
        NoPermission,
        UnreachableGatekeeper,
        GatewayResources,
        BadFormatAddress,
        AdaptiveBusy,
        InConf,
        UndefinedReason,
        ...,
        FacilityCallDeflection,
        SecurityDenied,
        CalledPartyNotRegistered,
        CallerNotRegistered,
        NewConnectionNeeded,
        NonStandardReason(NonStandardParameter),
        ReplaceWithConferenceInvite(ConferenceIdentifier),
        GenericDataReason,
        NeededFeatureNotSupported,
        TunnelledSignallingRejected,
        InvalidCID,
        SecurityError(SecurityErrors),
        HopCountExceeded
    }
}

sequence! {
    SetupUuie {
        protocol_identifier: ProtocolIdentifier,
        h245_address: Opt<TransportAddress>,
        source_address: Opt<SeqOf<AliasAddress>>,
        source_info: EndpointType,
        destination_address: Opt<SeqOf<AliasAddress>>,
        dest_call_signal_address: Opt<TransportAddress>,
        dest_extra_call_info: Opt<SeqOf<AliasAddress>>,
        dest_extra_crv as "destExtraCRV": Opt<SeqOf<CallReferenceValue>>,
        active_mc as "activeMC": Bool,
        conference_id as "conferenceID": ConferenceIdentifier,
        conference_goal: SetupUuieConferenceGoal,
        call_services: Opt<QseriesOptions>,
        call_type: CallType,
        ...,
        source_call_signal_address: Opt<TransportAddress>,
        remote_extension_address: Opt<AliasAddress>,
        call_identifier: Opt<CallIdentifier>,
        h245_security_capability: Opt<SeqOf<H245Security>>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        fast_start: Opt<SeqOf<Octets>>,
        media_wait_for_connect: Opt<Bool>,
        can_overlap_send: Opt<Bool>,
        endpoint_identifier: Opt<EndpointIdentifier>,
        multiple_calls: Opt<Bool>,
        maintain_connection: Opt<Bool>,
        connection_parameters: Opt<SetupUuieConnectionParameters>,
        language: Opt<SeqOf<Chars<Ascii, 1, 32>>>,
        presentation_indicator: Opt<PresentationIndicator>,
        screening_indicator: Opt<ScreeningIndicator>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        symmetric_operation_required: Opt<Null>,
        capacity: Opt<CallCapacity>,
        circuit_info: Opt<CircuitInfo>,
        desired_protocols: Opt<SeqOf<SupportedProtocols>>,
        needed_features: Opt<SeqOf<FeatureDescriptor>>,
        desired_features: Opt<SeqOf<FeatureDescriptor>>,
        supported_features: Opt<SeqOf<FeatureDescriptor>>,
        parallel_h245_control: Opt<SeqOf<Octets>>,
        additional_source_addresses: Opt<SeqOf<ExtendedAliasAddress>>,
        hop_count: Opt<Int<u8, 1, 31>>,
        display_name: Opt<SeqOf<DisplayName>>
    }
}

choice! {
    SetupUuieConferenceGoal {
        Create,
        Join,
        Invite,
        ...,
        CapabilityNegotiation as "capability-negotiation",
        CallIndependentSupplementaryService
    }
}

sequence! {
    SetupUuieConnectionParameters {
        connection_type: ScnConnectionType,
        number_of_scn_connections: Int<u16, 0, 65535>,
        connection_aggregation: ScnConnectionAggregation,
        ...
    }
}

choice! {
    ScnConnectionType {
        Unknown,
        BChannel,
        Hybrid2x64,
        Hybrid384,
        Hybrid1536,
        Hybrid1920,
        Multirate,
        ...
    }
}

choice! {
    ScnConnectionAggregation {
        Auto,
        Nothing as "none",
        H221,
        BondedMode1 as "bonded-mode1",
        BondedMode2 as "bonded-mode2",
        BondedMode3 as "bonded-mode3",
        ...
    }
}

choice! {
    PresentationIndicator {
        PresentationAllowed,
        PresentationRestricted,
        AddressNotAvailable,
        ...
    }
}

enumerated! {
    ScreeningIndicator {
        UserProvidedNotScreened,
        UserProvidedVerifiedAndPassed,
        UserProvidedVerifiedAndFailed,
        NetworkProvided,
        ...
    }
}

sequence! {
    FacilityUuie {
        protocol_identifier: ProtocolIdentifier,
        alternative_address: Opt<TransportAddress>,
        alternative_alias_address: Opt<SeqOf<AliasAddress>>,
        conference_id as "conferenceID": Opt<ConferenceIdentifier>,
        reason: FacilityReason,
        ...,
        call_identifier: Opt<CallIdentifier>,
        dest_extra_call_info: Opt<SeqOf<AliasAddress>>,
        remote_extension_address: Opt<AliasAddress>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        conferences: Opt<SeqOf<ConferenceList>>,
        h245_address: Opt<TransportAddress>,
        fast_start: Opt<SeqOf<Octets>>,
        multiple_calls: Opt<Bool>,
        maintain_connection: Opt<Bool>,
        fast_connect_refused: Opt<Null>,
        service_control: Opt<SeqOf<ServiceControlSession>>,
        circuit_info: Opt<CircuitInfo>,
        feature_set: Opt<FeatureSet>,
        destination_info: Opt<EndpointType>,
        h245_security_mode: Opt<H245Security>
    }
}

sequence! {
    ConferenceList {
        conference_id as "conferenceID": Opt<ConferenceIdentifier>,
        conference_alias: Opt<AliasAddress>,
        non_standard_data: Opt<NonStandardParameter>,
        ...
    }
}

choice! {
    FacilityReason {
        RouteCallToGatekeeper,
        CallForwarded,
        RouteCallToMC,
        UndefinedReason,
        ...,
        ConferenceListChoice,
        StartH245,
        NoH245,
        NewTokens,
        FeatureSetUpdate,
        ForwardedElements,
        TransportedInformation
    }
}

sequence! {
    ProgressUuie {
        protocol_identifier: ProtocolIdentifier,
        destination_info: EndpointType,
        h245_address: Opt<TransportAddress>,
        call_identifier: CallIdentifier,
        h245_security_mode: Opt<H245Security>,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        fast_start: Opt<SeqOf<Octets>>,
        ...,
        multiple_calls: Opt<Bool>,
        maintain_connection: Opt<Bool>,
        fast_connect_refused: Opt<Null>
    }
}

sequence! {
    StatusUuie {
        protocol_identifier: ProtocolIdentifier,
        call_identifier: CallIdentifier,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        ...
    }
}

sequence! {
    StatusInquiryUuie {
        protocol_identifier: ProtocolIdentifier,
        call_identifier: CallIdentifier,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        ...
    }
}

sequence! {
    SetupAcknowledgeUuie {
        protocol_identifier: ProtocolIdentifier,
        call_identifier: CallIdentifier,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        ...
    }
}

sequence! {
    NotifyUuie {
        protocol_identifier: ProtocolIdentifier,
        call_identifier: CallIdentifier,
        tokens: Opt<SeqOf<ClearToken>>,
        crypto_tokens: Opt<SeqOf<CryptoH323Token>>,
        ...,
        connected_address: Opt<SeqOf<AliasAddress>>,
        presentation_indicator: Opt<PresentationIndicator>,
        screening_indicator: Opt<ScreeningIndicator>,
        destination_info: Opt<EndpointType>,
        display_name: Opt<SeqOf<DisplayName>>
    }
}

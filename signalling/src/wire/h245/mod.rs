//! H.245 messages (05/2011, version 16, and the additions of version 17): the control channel.
//!
//! Every message is a [`MultimediaSystemControlMessage`]. Here: the list of messages, those without a
//! procedure of their own, and master-slave determination (H.245 §B.1).

mod address;
mod capability;
mod channel;
mod channel_multiplex;
mod channel_reply;
mod command;
mod conference;
mod data;
mod indication;
mod media;
mod mode;
mod mode_media;
mod multilink;
mod multiplex;
mod redundancy;

pub use address::*;
pub use capability::*;
pub use channel::*;
pub use channel_multiplex::*;
pub use channel_reply::*;
pub use command::*;
pub use conference::*;
pub use data::*;
pub use indication::*;
pub use media::*;
pub use mode::*;
pub use mode_media::*;
pub use multilink::*;
pub use multiplex::*;
pub use redundancy::*;

use super::per::*;

alphabet!(UserInputIndicationChars = b"!#*0123456789ABCD");
alphabet!(NetworkAccessParametersChars = b"#*,0123456789");

choice! {
    MultimediaSystemControlMessage {
        Request(RequestMessage),
        Response(ResponseMessage),
        Command(CommandMessage),
        Indication(IndicationMessage),
        ...
    }
}

choice! {
    RequestMessage {
        NonStandard(NonStandardMessage),
        MasterSlaveDetermination(MasterSlaveDetermination),
        TerminalCapabilitySet(TerminalCapabilitySet),
        OpenLogicalChannel(OpenLogicalChannel),
        CloseLogicalChannel(CloseLogicalChannel),
        RequestChannelClose(RequestChannelClose),
        MultiplexEntrySend(MultiplexEntrySend),
        RequestMultiplexEntry(RequestMultiplexEntry),
        RequestMode(RequestMode),
        RoundTripDelayRequest(RoundTripDelayRequest),
        MaintenanceLoopRequest(MaintenanceLoopRequest),
        ...,
        CommunicationModeRequest(CommunicationModeRequest),
        ConferenceRequest(ConferenceRequest),
        MultilinkRequest(MultilinkRequest),
        LogicalChannelRateRequest(LogicalChannelRateRequest),
        GenericRequest(GenericMessage)
    }
}

choice! {
    ResponseMessage {
        NonStandard(NonStandardMessage),
        MasterSlaveDeterminationAck(MasterSlaveDeterminationAck),
        MasterSlaveDeterminationReject(MasterSlaveDeterminationReject),
        TerminalCapabilitySetAck(TerminalCapabilitySetAck),
        TerminalCapabilitySetReject(TerminalCapabilitySetReject),
        OpenLogicalChannelAck(OpenLogicalChannelAck),
        OpenLogicalChannelReject(OpenLogicalChannelReject),
        CloseLogicalChannelAck(CloseLogicalChannelAck),
        RequestChannelCloseAck(RequestChannelCloseAck),
        RequestChannelCloseReject(RequestChannelCloseReject),
        MultiplexEntrySendAck(MultiplexEntrySendAck),
        MultiplexEntrySendReject(MultiplexEntrySendReject),
        RequestMultiplexEntryAck(RequestMultiplexEntryAck),
        RequestMultiplexEntryReject(RequestMultiplexEntryReject),
        RequestModeAck(RequestModeAck),
        RequestModeReject(RequestModeReject),
        RoundTripDelayResponse(RoundTripDelayResponse),
        MaintenanceLoopAck(MaintenanceLoopAck),
        MaintenanceLoopReject(MaintenanceLoopReject),
        ...,
        CommunicationModeResponse(CommunicationModeResponse),
        ConferenceResponse(ConferenceResponse),
        MultilinkResponse(MultilinkResponse),
        LogicalChannelRateAcknowledge(LogicalChannelRateAcknowledge),
        LogicalChannelRateReject(LogicalChannelRateReject),
        GenericResponse(GenericMessage)
    }
}

choice! {
    CommandMessage {
        NonStandard(NonStandardMessage),
        MaintenanceLoopOffCommand(MaintenanceLoopOffCommand),
        SendTerminalCapabilitySet(SendTerminalCapabilitySet),
        EncryptionCommand(EncryptionCommand),
        FlowControlCommand(FlowControlCommand),
        EndSessionCommand(EndSessionCommand),
        MiscellaneousCommand(MiscellaneousCommand),
        ...,
        CommunicationModeCommand(CommunicationModeCommand),
        ConferenceCommand(ConferenceCommand),
        H223MultiplexReconfiguration(H223MultiplexReconfiguration),
        NewATMVCCommand(NewATMVCCommand),
        MobileMultilinkReconfigurationCommand(MobileMultilinkReconfigurationCommand),
        GenericCommand(GenericMessage)
    }
}

choice! {
    IndicationMessage {
        NonStandard(NonStandardMessage),
        FunctionNotUnderstood(FunctionNotUnderstood),
        MasterSlaveDeterminationRelease(MasterSlaveDeterminationRelease),
        TerminalCapabilitySetRelease(TerminalCapabilitySetRelease),
        OpenLogicalChannelConfirm(OpenLogicalChannelConfirm),
        RequestChannelCloseRelease(RequestChannelCloseRelease),
        MultiplexEntrySendRelease(MultiplexEntrySendRelease),
        RequestMultiplexEntryRelease(RequestMultiplexEntryRelease),
        RequestModeRelease(RequestModeRelease),
        MiscellaneousIndication(MiscellaneousIndication),
        JitterIndication(JitterIndication),
        H223SkewIndication(H223SkewIndication),
        NewATMVCIndication(NewATMVCIndication),
        UserInput(UserInputIndication),
        ...,
        H2250MaximumSkewIndication(H2250MaximumSkewIndication),
        McLocationIndication(MCLocationIndication),
        ConferenceIndication(ConferenceIndication),
        VendorIdentification(VendorIdentification),
        FunctionNotSupported(FunctionNotSupported),
        MultilinkIndication(MultilinkIndication),
        LogicalChannelRateRelease(LogicalChannelRateRelease),
        FlowControlIndication(FlowControlIndication),
        MobileMultilinkReconfigurationIndication(MobileMultilinkReconfigurationIndication),
        GenericIndication(GenericMessage)
    }
}

pub type SequenceNumber = Int<u8, 0, 255>;

sequence! {
    GenericMessage {
        message_identifier: CapabilityIdentifier,
        sub_message_identifier: Opt<Int<u8, 0, 127>>,
        message_content: Opt<SeqOf<GenericParameter>>,
        ...
    }
}

pub type GenericInformation = GenericMessage;

sequence! {
    NonStandardMessage {
        non_standard_data: NonStandardParameter,
        ...
    }
}

sequence! {
    NonStandardParameter {
        non_standard_identifier: NonStandardIdentifier,
        data: Octets,
    }
}

choice! {
    NonStandardIdentifier {
        Object(Oid),
        H221NonStandard(NonStandardIdentifierH221NonStandard),
    }
}

sequence! {
    NonStandardIdentifierH221NonStandard {
        t35_country_code: Int<u8, 0, 255>,
        t35_extension: Int<u8, 0, 255>,
        manufacturer_code: Int<u16, 0, 65535>,
    }
}

sequence! {
    MasterSlaveDetermination {
        terminal_type: Int<u8, 0, 255>,
        status_determination_number: Int<u32, 0, 16777215>,
        ...
    }
}

sequence! {
    MasterSlaveDeterminationAck {
        decision: MasterSlaveDeterminationAckDecision,
        ...
    }
}

choice! {
    MasterSlaveDeterminationAckDecision {
        Master,
        Slave,
    }
}

sequence! {
    MasterSlaveDeterminationReject {
        cause: MasterSlaveDeterminationRejectCause,
        ...
    }
}

choice! {
    MasterSlaveDeterminationRejectCause {
        IdenticalNumbers,
        ...
    }
}

sequence! {
    MasterSlaveDeterminationRelease {
        ...
    }
}

//! Code points of Q.931 and Q.850 by name.

/// Defines an enumeration of octets that keeps those it does not know in `Other`.
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($v:ident = $code:literal),* $(,)? }) => {
        $(#[$meta])*
        #[allow(missing_docs)]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($v,)*
            /// A code point that is not listed.
            Other(u8),
        }

        impl From<u8> for $name {
            fn from(code: u8) -> Self {
                match code {
                    $($code => Self::$v,)*
                    other => Self::Other(other),
                }
            }
        }

        impl From<$name> for u8 {
            fn from(code: $name) -> u8 {
                match code {
                    $($name::$v => $code,)*
                    $name::Other(other) => other,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$v => f.write_str(asn1_name!($v)),)*
                    Self::Other(other) => write!(f, "{other}"),
                }
            }
        }
    };
}

codes! {
    /// What a message is for (Q.931 Table 4-2, those of H.225.0 §7.3).
    MessageType {
        Alerting = 0x01,
        CallProceeding = 0x02,
        Progress = 0x03,
        Setup = 0x05,
        Connect = 0x07,
        SetupAcknowledge = 0x0d,
        ReleaseComplete = 0x5a,
        Facility = 0x62,
        Notify = 0x6e,
        StatusInquiry = 0x75,
        Information = 0x7b,
        Status = 0x7d,
    }
}

codes! {
    /// Why a call ends or something is refused (Q.850 Table 1).
    CauseValue {
        UnallocatedNumber = 1,
        NoRouteToTransitNetwork = 2,
        NoRouteToDestination = 3,
        ChannelUnacceptable = 6,
        CallAwarded = 7,
        NormalCallClearing = 16,
        UserBusy = 17,
        NoUserResponding = 18,
        NoAnswer = 19,
        SubscriberAbsent = 20,
        CallRejected = 21,
        NumberChanged = 22,
        Redirection = 23,
        ExchangeRoutingError = 25,
        NonSelectedUserClearing = 26,
        DestinationOutOfOrder = 27,
        InvalidNumberFormat = 28,
        FacilityRejected = 29,
        ResponseToStatusInquiry = 30,
        NormalUnspecified = 31,
        NoCircuitAvailable = 34,
        NetworkOutOfOrder = 38,
        TemporaryFailure = 41,
        Congestion = 42,
        AccessInformationDiscarded = 43,
        RequestedCircuitNotAvailable = 44,
        ResourceUnavailable = 47,
        QualityOfServiceNotAvailable = 49,
        FacilityNotSubscribed = 50,
        BearerCapabilityNotAuthorized = 57,
        BearerCapabilityNotAvailable = 58,
        ServiceNotAvailable = 63,
        BearerCapabilityNotImplemented = 65,
        ChannelTypeNotImplemented = 66,
        FacilityNotImplemented = 69,
        OnlyRestrictedDigitalAvailable = 70,
        ServiceNotImplemented = 79,
        InvalidCallReference = 81,
        ChannelDoesNotExist = 82,
        CallIdentityInUse = 84,
        CallCleared = 86,
        NotMemberOfUserGroup = 87,
        IncompatibleDestination = 88,
        InvalidTransitNetwork = 91,
        InvalidMessage = 95,
        MandatoryElementMissing = 96,
        MessageTypeNotImplemented = 97,
        MessageNotCompatible = 98,
        ElementNotImplemented = 99,
        InvalidElementContents = 100,
        MessageNotCompatibleWithCallState = 101,
        RecoveryOnTimerExpiry = 102,
        ProtocolError = 111,
        Interworking = 127,
    }
}

codes! {
    /// Where a cause or progress indication comes from (Q.931 Figure 4-29).
    Location {
        User = 0,
        PrivateNetworkLocalUser = 1,
        PublicNetworkLocalUser = 2,
        TransitNetwork = 3,
        PublicNetworkRemoteUser = 4,
        PrivateNetworkRemoteUser = 5,
        InternationalNetwork = 7,
        BeyondInterworkingPoint = 10,
    }
}

codes! {
    /// State of a call (Q.931 Table 4-8).
    CallState {
        Null = 0,
        CallInitiated = 1,
        OverlapSending = 2,
        OutgoingCallProceeding = 3,
        CallDelivered = 4,
        CallPresent = 6,
        CallReceived = 7,
        ConnectRequest = 8,
        IncomingCallProceeding = 9,
        Active = 10,
        DisconnectRequest = 11,
        DisconnectIndication = 12,
        ReleaseRequest = 19,
        OverlapReceiving = 25,
    }
}

codes! {
    /// What happened to a call on its way (Q.931 Table 4-21).
    ProgressDescription {
        NotEndToEndIsdn = 1,
        DestinationNotIsdn = 2,
        OriginNotIsdn = 3,
        ReturnedToIsdn = 4,
        ServiceChange = 5,
        InBandInformation = 8,
    }
}

codes! {
    /// What a user is notified of (Q.931 Figure 4-24).
    Notification {
        UserSuspended = 0,
        UserResumed = 1,
        BearerServiceChange = 2,
    }
}

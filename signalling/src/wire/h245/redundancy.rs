//! Redundant and protected streams of a logical channel (H.245 §B.3).

use super::*;

sequence! {
    RedundancyEncoding {
        redundancy_encoding_method: RedundancyEncodingMethod,
        secondary_encoding: Opt<Boxed<DataType>>,
        ...,
        rtp_redundancy_encoding: Opt<RedundancyEncodingRtpRedundancyEncoding>
    }
}

sequence! {
    RedundancyEncodingRtpRedundancyEncoding {
        primary: Opt<Boxed<RedundancyEncodingElement>>,
        secondary: Opt<SeqOf<RedundancyEncodingElement>>,
        ...
    }
}

sequence! {
    RedundancyEncodingElement {
        data_type: Boxed<DataType>,
        payload_type: Opt<Int<u8, 0, 127>>,
        ...
    }
}

sequence! {
    MultiplePayloadStream {
        elements: SeqOf<MultiplePayloadStreamElement>,
        ...
    }
}

sequence! {
    MultiplePayloadStreamElement {
        data_type: DataType,
        payload_type: Opt<Int<u8, 0, 127>>,
        ...
    }
}

choice! {
    DepFECData {
        Rfc2733(DepFECDataRfc2733),
    }
}

sequence! {
    DepFECDataRfc2733 {
        mode: DepFECDataRfc2733Mode,
        ...
    }
}

choice! {
    DepFECDataRfc2733Mode {
        RedundancyEncoding,
        SeparateStream(DepFECDataRfc2733ModeSeparateStream),
        ...
    }
}

choice! {
    DepFECDataRfc2733ModeSeparateStream {
        DifferentPort(DepFECDataRfc2733ModeSeparateStreamDifferentPort),
        SamePort(DepFECDataRfc2733ModeSeparateStreamSamePort),
        ...
    }
}

sequence! {
    DepFECDataRfc2733ModeSeparateStreamDifferentPort {
        protected_session_id as "protectedSessionID": Int<u8, 1, 255>,
        protected_payload_type: Opt<Int<u8, 0, 127>>,
        ...
    }
}

sequence! {
    DepFECDataRfc2733ModeSeparateStreamSamePort {
        protected_payload_type: Int<u8, 0, 127>,
        ...
    }
}

choice! {
    FECData {
        Rfc2733(FECDataRfc2733),
        ...
    }
}

sequence! {
    FECDataRfc2733 {
        protected_payload_type: Int<u8, 0, 127>,
        fec_scheme: Opt<Oid>,
        pkt_mode: FECDataRfc2733PktMode,
        ...
    }
}

choice! {
    FECDataRfc2733PktMode {
        Rfc2198coding,
        Rfc2733sameport(FECDataRfc2733PktModeRfc2733sameport),
        Rfc2733diffport(FECDataRfc2733PktModeRfc2733diffport),
        ...
    }
}

sequence! {
    FECDataRfc2733PktModeRfc2733sameport {
        ...
    }
}

sequence! {
    FECDataRfc2733PktModeRfc2733diffport {
        protected_channel: LogicalChannelNumber,
        ...
    }
}

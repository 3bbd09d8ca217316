//! Names of callers and called parties: aliases and party numbers.

use super::*;

choice! {
    AliasAddress {
        DialedDigits(Chars<AliasAddressChars, 1, 128>),
        H323Id as "h323-ID"(Bmp<1, 256>),
        ...,
        UrlId as "url-ID"(Chars<Ascii, 1, 512>),
        TransportID(TransportAddress),
        EmailId as "email-ID"(Chars<Ascii, 1, 512>),
        PartyNumber(PartyNumber),
        MobileUIM(MobileUIM),
        IsupNumber(IsupNumber)
    }
}

choice! {
    AddressPattern {
        Wildcard(AliasAddress),
        Range(AddressPatternRange),
        ...
    }
}

sequence! {
    AddressPatternRange {
        start_of_range: PartyNumber,
        end_of_range: PartyNumber,
    }
}

choice! {
    PartyNumber {
        E164Number(PublicPartyNumber),
        DataPartyNumber(NumberDigits),
        TelexPartyNumber(NumberDigits),
        PrivateNumber(PrivatePartyNumber),
        NationalStandardPartyNumber(NumberDigits),
        ...
    }
}

sequence! {
    PublicPartyNumber {
        public_type_of_number: PublicTypeOfNumber,
        public_number_digits: NumberDigits,
    }
}

sequence! {
    PrivatePartyNumber {
        private_type_of_number: PrivateTypeOfNumber,
        private_number_digits: NumberDigits,
    }
}

pub type NumberDigits = Chars<AliasAddressChars, 1, 128>;

sequence! {
    DisplayName {
        language: Opt<Chars>,
        name: Bmp<1, 80>,
    }
}

choice! {
    PublicTypeOfNumber {
        Unknown,
        InternationalNumber,
        NationalNumber,
        NetworkSpecificNumber,
        SubscriberNumber,
        AbbreviatedNumber,
        ...
    }
}

choice! {
    PrivateTypeOfNumber {
        Unknown,
        Level2RegionalNumber,
        Level1RegionalNumber,
        PISNSpecificNumber,
        LocalNumber,
        AbbreviatedNumber,
        ...
    }
}

choice! {
    MobileUIM {
        Ansi41Uim as "ansi-41-uim"(Ansi41Uim),
        GsmUim as "gsm-uim"(GsmUim),
        ...
    }
}

pub type TbcdString = Chars<TbcdStringChars>;

sequence! {
    Ansi41Uim {
        imsi: Opt<Chars<TbcdStringChars, 3, 16>>,
        min: Opt<Chars<TbcdStringChars, 3, 16>>,
        mdn: Opt<Chars<TbcdStringChars, 3, 16>>,
        msisdn: Opt<Chars<TbcdStringChars, 3, 16>>,
        esn: Opt<Chars<TbcdStringChars, 16, 16>>,
        mscid: Opt<Chars<TbcdStringChars, 3, 16>>,
        system_id as "system-id": Ansi41UimSystemId,
        system_my_type_code: Opt<OctetArray<1>>,
        system_access_type: Opt<OctetArray<1>>,
        qualification_information_code: Opt<OctetArray<1>>,
        sesn: Opt<Chars<TbcdStringChars, 16, 16>>,
        soc: Opt<Chars<TbcdStringChars, 3, 16>>,
        ...
    }
}

choice! {
    Ansi41UimSystemId {
        Sid(Chars<TbcdStringChars, 1, 4>),
        Mid(Chars<TbcdStringChars, 1, 4>),
        ...
    }
}

sequence! {
    GsmUim {
        imsi: Opt<Chars<TbcdStringChars, 3, 16>>,
        tmsi: Opt<Octets<1, 4>>,
        msisdn: Opt<Chars<TbcdStringChars, 3, 16>>,
        imei: Opt<Chars<TbcdStringChars, 15, 16>>,
        hplmn: Opt<Chars<TbcdStringChars, 1, 4>>,
        vplmn: Opt<Chars<TbcdStringChars, 1, 4>>,
        ...
    }
}

choice! {
    IsupNumber {
        E164Number(IsupPublicPartyNumber),
        DataPartyNumber(IsupDigits),
        TelexPartyNumber(IsupDigits),
        PrivateNumber(IsupPrivatePartyNumber),
        NationalStandardPartyNumber(IsupDigits),
        ...
    }
}

sequence! {
    IsupPublicPartyNumber {
        nature_of_address: NatureOfAddress,
        address: IsupDigits,
        ...
    }
}

sequence! {
    IsupPrivatePartyNumber {
        private_type_of_number: PrivateTypeOfNumber,
        address: IsupDigits,
        ...
    }
}

choice! {
    NatureOfAddress {
        Unknown,
        SubscriberNumber,
        NationalNumber,
        InternationalNumber,
        NetworkSpecificNumber,
        RoutingNumberNationalFormat,
        RoutingNumberNetworkSpecificFormat,
        RoutingNumberWithCalledDirectoryNumber,
        ...
    }
}

pub type IsupDigits = Chars<IsupDigitsChars, 1, 128>;

sequence! {
    ExtendedAliasAddress {
        address: AliasAddress,
        presentation_indicator: Opt<PresentationIndicator>,
        screening_indicator: Opt<ScreeningIndicator>,
        ...
    }
}

//! H.235 elements that H.225.0 messages carry: tokens, certificates and key material.

use super::per::*;

pub type ChallengeString = Octets<8, 128>;

pub type TimeStamp = Int<u32, 1, 4294967295>;

pub type RandomVal = AnyInt;

pub type Password = Bmp<1, 128>;

pub type Identifier = Bmp<1, 128>;

pub type KeyMaterial = Bits<1, 2048>;

pub type KeyMaterialExt = Bits<2049, 65536>;

sequence! {
    NonStandardParameter {
        non_standard_identifier: Oid,
        data: Octets,
    }
}

sequence! {
    DHset {
        halfkey: Bits<0, 2048>,
        mod_size: Bits<0, 2048>,
        generator: Bits<0, 2048>,
        ...
    }
}

sequence! {
    DHsetExt {
        halfkey: Bits<2049, 65536>,
        mod_size: Opt<Bits<2049, 65536>>,
        generator: Opt<Bits<2049, 65536>>,
        ...
    }
}

sequence! {
    ECpoint {
        x: Opt<Bits<0, 511>>,
        y: Opt<Bits<0, 511>>,
        ...
    }
}

choice! {
    ECKASDH {
        Eckasdhp(ECKASDHEckasdhp),
        Eckasdh2(ECKASDHEckasdh2),
        ...
    }
}

sequence! {
    ECKASDHEckasdhp {
        public_key as "public-key": ECpoint,
        modulus: Bits<0, 511>,
        base: ECpoint,
        weierstrass_a: Bits<0, 511>,
        weierstrass_b: Bits<0, 511>,
    }
}

sequence! {
    ECKASDHEckasdh2 {
        public_key as "public-key": ECpoint,
        field_size: Bits<0, 511>,
        base: ECpoint,
        weierstrass_a: Bits<0, 511>,
        weierstrass_b: Bits<0, 511>,
    }
}

sequence! {
    ECGDSASignature {
        r: Bits<0, 511>,
        s: Bits<0, 511>,
    }
}

sequence! {
    TypedCertificate {
        r#type: Oid,
        certificate: Octets,
        ...
    }
}

choice! {
    AuthenticationBES {
        Default,
        Radius,
        ...
    }
}

choice! {
    AuthenticationMechanism {
        DhExch,
        PwdSymEnc,
        PwdHash,
        CertSign,
        Ipsec,
        Tls,
        NonStandard(NonStandardParameter),
        ...,
        AuthenticationBES(AuthenticationBES),
        KeyExch(Oid)
    }
}

sequence! {
    ClearToken {
        token_oid as "tokenOID": Oid,
        time_stamp: Opt<TimeStamp>,
        password: Opt<Password>,
        dhkey: Opt<DHset>,
        challenge: Opt<ChallengeString>,
        random: Opt<RandomVal>,
        certificate: Opt<TypedCertificate>,
        general_id as "generalID": Opt<Identifier>,
        non_standard: Opt<NonStandardParameter>,
        ...,
        eckasdhkey: Opt<ECKASDH>,
        senders_id as "sendersID": Opt<Identifier>,
        h235_key: Opt<H235Key>,
        profile_info: Opt<SeqOf<ProfileElement>>,
        dhkeyext: Opt<DHsetExt>
    }
}

sequence! {
    ProfileElement {
        element_id as "elementID": Int<u8, 0, 255>,
        param_s: Opt<Params>,
        element: Opt<Element>,
        ...
    }
}

choice! {
    Element {
        Octets(Octets),
        Integer(AnyInt),
        Bits(Bits),
        Name(Bmp),
        Flag(Bool),
        ...
    }
}

sequence! {
    SIGNED {
        to_be_signed: Open,
        algorithm_oid as "algorithmOID": Oid,
        param_s: Params,
        signature: Bits,
    }
}

sequence! {
    ENCRYPTED {
        algorithm_oid as "algorithmOID": Oid,
        param_s: Params,
        encrypted_data: Octets,
    }
}

sequence! {
    HASHED {
        algorithm_oid as "algorithmOID": Oid,
        param_s: Params,
        hash: Bits,
    }
}

pub type IV8 = OctetArray<8>;

pub type IV16 = OctetArray<16>;

sequence! {
    Params {
        ran_int: Opt<AnyInt>,
        iv8: Opt<IV8>,
        ...,
        iv16: Opt<IV16>,
        iv: Opt<Octets>,
        clear_salt: Opt<Octets>
    }
}

pub type EncodedGeneralToken = Open;

pub type PwdCertToken = ClearToken;

pub type EncodedPwdCertToken = Open;

choice! {
    CryptoToken {
        CryptoEncryptedToken(CryptoTokenCryptoEncryptedToken),
        CryptoSignedToken(CryptoTokenCryptoSignedToken),
        CryptoHashedToken(CryptoTokenCryptoHashedToken),
        CryptoPwdEncr(ENCRYPTED),
        ...
    }
}

sequence! {
    CryptoTokenCryptoEncryptedToken {
        token_oid as "tokenOID": Oid,
        token: ENCRYPTED,
    }
}

sequence! {
    CryptoTokenCryptoSignedToken {
        token_oid as "tokenOID": Oid,
        token: SIGNED,
    }
}

sequence! {
    CryptoTokenCryptoHashedToken {
        token_oid as "tokenOID": Oid,
        hashed_vals: ClearToken,
        token: HASHED,
    }
}

choice! {
    H235Key {
        SecureChannel(KeyMaterial),
        SharedSecret(ENCRYPTED),
        CertProtectedKey(SIGNED),
        ...,
        SecureSharedSecret(V3KeySyncMaterial),
        SecureChannelExt(KeyMaterialExt)
    }
}

sequence! {
    KeySignedMaterial {
        general_id: Identifier,
        mrandom: RandomVal,
        srandom: Opt<RandomVal>,
        time_stamp: Opt<TimeStamp>,
        encrptval: ENCRYPTED,
    }
}

pub type EncodedKeySignedMaterial = Open;

sequence! {
    H235CertificateSignature {
        certificate: TypedCertificate,
        response_random: RandomVal,
        requester_random: Opt<RandomVal>,
        signature: SIGNED,
        ...
    }
}

sequence! {
    ReturnSig {
        general_id: Identifier,
        response_random: RandomVal,
        request_random: Opt<RandomVal>,
        certificate: Opt<TypedCertificate>,
    }
}

pub type EncodedReturnSig = Open;

sequence! {
    KeySyncMaterial {
        general_id as "generalID": Identifier,
        key_material: KeyMaterial,
        ...
    }
}

pub type EncodedKeySyncMaterial = Open;

sequence! {
    V3KeySyncMaterial {
        general_id as "generalID": Opt<Identifier>,
        algorithm_oid as "algorithmOID": Opt<Oid>,
        param_s: Params,
        encrypted_session_key: Opt<Octets>,
        encrypted_salting_key: Opt<Octets>,
        clear_salting_key: Opt<Octets>,
        param_ssalt: Opt<Params>,
        key_derivation_oid as "keyDerivationOID": Opt<Oid>,
        ...,
        generic_key_material: Opt<Octets>
    }
}

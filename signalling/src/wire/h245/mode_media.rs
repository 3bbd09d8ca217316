//! Video, audio and data of a mode (H.245 §B.6).

use super::*;

choice! {
    VideoMode {
        NonStandard(NonStandardParameter),
        H261VideoMode(H261VideoMode),
        H262VideoMode(H262VideoMode),
        H263VideoMode(H263VideoMode),
        Is11172VideoMode(IS11172VideoMode),
        ...,
        GenericVideoMode(GenericCapability)
    }
}

sequence! {
    H261VideoMode {
        resolution: H261VideoModeResolution,
        bit_rate: Int<u16, 1, 19200>,
        still_image_transmission: Bool,
        ...
    }
}

choice! {
    H261VideoModeResolution {
        Qcif,
        Cif,
    }
}

sequence! {
    H262VideoMode {
        profile_and_level: H262VideoModeProfileAndLevel,
        video_bit_rate: Opt<Int<u32, 0, 1073741823>>,
        vbv_buffer_size: Opt<Int<u32, 0, 262143>>,
        samples_per_line: Opt<Int<u16, 0, 16383>>,
        lines_per_frame: Opt<Int<u16, 0, 16383>>,
        frames_per_second: Opt<Int<u8, 0, 15>>,
        luminance_sample_rate: Opt<Int<u32, 0, 4294967295>>,
        ...
    }
}

choice! {
    H262VideoModeProfileAndLevel {
        ProfileAndLevelSPatML as "profileAndLevel-SPatML",
        ProfileAndLevelMPatLL as "profileAndLevel-MPatLL",
        ProfileAndLevelMPatML as "profileAndLevel-MPatML",
        ProfileAndLevelMPatH14 as "profileAndLevel-MPatH-14",
        ProfileAndLevelMPatHL as "profileAndLevel-MPatHL",
        ProfileAndLevelSNRatLL as "profileAndLevel-SNRatLL",
        ProfileAndLevelSNRatML as "profileAndLevel-SNRatML",
        ProfileAndLevelSpatialatH14 as "profileAndLevel-SpatialatH-14",
        ProfileAndLevelHPatML as "profileAndLevel-HPatML",
        ProfileAndLevelHPatH14 as "profileAndLevel-HPatH-14",
        ProfileAndLevelHPatHL as "profileAndLevel-HPatHL",
        ...
    }
}

sequence! {
    H263VideoMode {
        resolution: H263VideoModeResolution,
        bit_rate: Int<u16, 1, 19200>,
        unrestricted_vector: Bool,
        arithmetic_coding: Bool,
        advanced_prediction: Bool,
        pb_frames: Bool,
        ...,
        error_compensation: Opt<Bool>,
        enhancement_layer_info: Opt<EnhancementLayerInfo>,
        h263_options: Opt<H263Options>
    }
}

choice! {
    H263VideoModeResolution {
        Sqcif,
        Qcif,
        Cif,
        Cif4,
        Cif16,
        ...,
        Custom
    }
}

sequence! {
    IS11172VideoMode {
        constrained_bitstream: Bool,
        video_bit_rate: Opt<Int<u32, 0, 1073741823>>,
        vbv_buffer_size: Opt<Int<u32, 0, 262143>>,
        samples_per_line: Opt<Int<u16, 0, 16383>>,
        lines_per_frame: Opt<Int<u16, 0, 16383>>,
        picture_rate: Opt<Int<u8, 0, 15>>,
        luminance_sample_rate: Opt<Int<u32, 0, 4294967295>>,
        ...
    }
}

choice! {
    AudioMode {
        NonStandard(NonStandardParameter),
        G711Alaw64k,
        G711Alaw56k,
        G711Ulaw64k,
        G711Ulaw56k,
        G72264k as "g722-64k",
        G72256k as "g722-56k",
        G72248k as "g722-48k",
        G728,
        G729,
        G729AnnexA,
        G7231(AudioModeG7231),
        Is11172AudioMode(IS11172AudioMode),
        Is13818AudioMode(IS13818AudioMode),
        ...,
        G729wAnnexB(Int<u16, 1, 256>),
        G729AnnexAwAnnexB(Int<u16, 1, 256>),
        G7231AnnexCMode(G7231AnnexCMode),
        GsmFullRate(GSMAudioCapability),
        GsmHalfRate(GSMAudioCapability),
        GsmEnhancedFullRate(GSMAudioCapability),
        GenericAudioMode(GenericCapability),
        G729Extensions(G729Extensions),
        Vbd(Boxed<VBDMode>)
    }
}

choice! {
    AudioModeG7231 {
        NoSilenceSuppressionLowRate,
        NoSilenceSuppressionHighRate,
        SilenceSuppressionLowRate,
        SilenceSuppressionHighRate,
    }
}

sequence! {
    IS11172AudioMode {
        audio_layer: IS11172AudioModeAudioLayer,
        audio_sampling: IS11172AudioModeAudioSampling,
        multichannel_type: IS11172AudioModeMultichannelType,
        bit_rate: Int<u16, 1, 448>,
        ...
    }
}

choice! {
    IS11172AudioModeAudioLayer {
        AudioLayer1,
        AudioLayer2,
        AudioLayer3,
    }
}

choice! {
    IS11172AudioModeAudioSampling {
        AudioSampling32k,
        AudioSampling44k1,
        AudioSampling48k,
    }
}

choice! {
    IS11172AudioModeMultichannelType {
        SingleChannel,
        TwoChannelStereo,
        TwoChannelDual,
    }
}

sequence! {
    IS13818AudioMode {
        audio_layer: IS13818AudioModeAudioLayer,
        audio_sampling: IS13818AudioModeAudioSampling,
        multichannel_type: IS13818AudioModeMultichannelType,
        low_frequency_enhancement: Bool,
        multilingual: Bool,
        bit_rate: Int<u16, 1, 1130>,
        ...
    }
}

choice! {
    IS13818AudioModeAudioLayer {
        AudioLayer1,
        AudioLayer2,
        AudioLayer3,
    }
}

choice! {
    IS13818AudioModeAudioSampling {
        AudioSampling16k,
        AudioSampling22k05,
        AudioSampling24k,
        AudioSampling32k,
        AudioSampling44k1,
        AudioSampling48k,
    }
}

choice! {
    IS13818AudioModeMultichannelType {
        SingleChannel,
        TwoChannelStereo,
        TwoChannelDual,
        ThreeChannels21 as "threeChannels2-1",
        ThreeChannels30 as "threeChannels3-0",
        FourChannels2020 as "fourChannels2-0-2-0",
        FourChannels22 as "fourChannels2-2",
        FourChannels31 as "fourChannels3-1",
        FiveChannels3020 as "fiveChannels3-0-2-0",
        FiveChannels32 as "fiveChannels3-2",
    }
}

sequence! {
    G7231AnnexCMode {
        max_al_sdu_audio_frames as "maxAl-sduAudioFrames": Int<u16, 1, 256>,
        silence_suppression: Bool,
        g723_annex_c_audio_mode: G7231AnnexCModeG723AnnexCAudioMode,
        ...
    }
}

sequence! {
    G7231AnnexCModeG723AnnexCAudioMode {
        high_rate_mode0: Int<u8, 27, 78>,
        high_rate_mode1: Int<u8, 27, 78>,
        low_rate_mode0: Int<u8, 23, 66>,
        low_rate_mode1: Int<u8, 23, 66>,
        sid_mode0: Int<u8, 6, 17>,
        sid_mode1: Int<u8, 6, 17>,
        ...
    }
}

sequence! {
    VBDMode {
        r#type: Boxed<AudioMode>,
        ...
    }
}

sequence! {
    DataMode {
        application: DataModeApplication,
        bit_rate: Int<u32, 0, 4294967295>,
        ...
    }
}

choice! {
    DataModeApplication {
        NonStandard(NonStandardParameter),
        T120(DataProtocolCapability),
        DsmCc as "dsm-cc"(DataProtocolCapability),
        UserData(DataProtocolCapability),
        T84(DataProtocolCapability),
        T434(DataProtocolCapability),
        H224(DataProtocolCapability),
        Nlpid(DataModeApplicationNlpid),
        DsvdControl,
        H222DataPartitioning(DataProtocolCapability),
        ...,
        T30fax(DataProtocolCapability),
        T140(DataProtocolCapability),
        T38fax(DataModeApplicationT38fax),
        GenericDataMode(GenericCapability),
        DataChannel(DataChannel)
    }
}

sequence! {
    DataModeApplicationNlpid {
        nlpid_protocol: DataProtocolCapability,
        nlpid_data: Octets,
    }
}

sequence! {
    DataModeApplicationT38fax {
        t38_fax_protocol: DataProtocolCapability,
        t38_fax_profile: T38FaxProfile,
    }
}

choice! {
    EncryptionMode {
        NonStandard(NonStandardParameter),
        H233Encryption,
        ...
    }
}

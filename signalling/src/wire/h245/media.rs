//! Capabilities of video and audio codecs (H.245 §B.2).

use super::*;

choice! {
    VideoCapability {
        NonStandard(NonStandardParameter),
        H261VideoCapability(H261VideoCapability),
        H262VideoCapability(H262VideoCapability),
        H263VideoCapability(Boxed<H263VideoCapability>),
        Is11172VideoCapability(IS11172VideoCapability),
        ...,
        GenericVideoCapability(Boxed<GenericCapability>),
        ExtendedVideoCapability(ExtendedVideoCapability)
    }
}

sequence! {
    ExtendedVideoCapability {
        video_capability: SeqOf<VideoCapability>,
        video_capability_extension: Opt<SeqOf<GenericCapability>>,
        ...
    }
}

sequence! {
    H261VideoCapability {
        qcif_mpi as "qcifMPI": Opt<Int<u8, 1, 4>>,
        cif_mpi as "cifMPI": Opt<Int<u8, 1, 4>>,
        temporal_spatial_trade_off_capability: Bool,
        max_bit_rate: Int<u16, 1, 19200>,
        still_image_transmission: Bool,
        ...,
        video_bad_mbs_cap as "videoBadMBsCap": Opt<Bool>
    }
}

sequence! {
    H262VideoCapability {
        profile_and_level_s_pat_ml as "profileAndLevel-SPatML": Bool,
        profile_and_level_m_pat_ll as "profileAndLevel-MPatLL": Bool,
        profile_and_level_m_pat_ml as "profileAndLevel-MPatML": Bool,
        profile_and_level_m_pat_h_14 as "profileAndLevel-MPatH-14": Bool,
        profile_and_level_m_pat_hl as "profileAndLevel-MPatHL": Bool,
        profile_and_level_sn_rat_ll as "profileAndLevel-SNRatLL": Bool,
        profile_and_level_sn_rat_ml as "profileAndLevel-SNRatML": Bool,
        profile_and_level_spatialat_h_14 as "profileAndLevel-SpatialatH-14": Bool,
        profile_and_level_h_pat_ml as "profileAndLevel-HPatML": Bool,
        profile_and_level_h_pat_h_14 as "profileAndLevel-HPatH-14": Bool,
        profile_and_level_h_pat_hl as "profileAndLevel-HPatHL": Bool,
        video_bit_rate: Opt<Int<u32, 0, 1073741823>>,
        vbv_buffer_size: Opt<Int<u32, 0, 262143>>,
        samples_per_line: Opt<Int<u16, 0, 16383>>,
        lines_per_frame: Opt<Int<u16, 0, 16383>>,
        frames_per_second: Opt<Int<u8, 0, 15>>,
        luminance_sample_rate: Opt<Int<u32, 0, 4294967295>>,
        ...,
        video_bad_mbs_cap as "videoBadMBsCap": Opt<Bool>
    }
}

sequence! {
    H263VideoCapability {
        sqcif_mpi as "sqcifMPI": Opt<Int<u8, 1, 32>>,
        qcif_mpi as "qcifMPI": Opt<Int<u8, 1, 32>>,
        cif_mpi as "cifMPI": Opt<Int<u8, 1, 32>>,
        cif4_mpi as "cif4MPI": Opt<Int<u8, 1, 32>>,
        cif16_mpi as "cif16MPI": Opt<Int<u8, 1, 32>>,
        max_bit_rate: Int<u32, 1, 192400>,
        unrestricted_vector: Bool,
        arithmetic_coding: Bool,
        advanced_prediction: Bool,
        pb_frames: Bool,
        temporal_spatial_trade_off_capability: Bool,
        hrd_b as "hrd-B": Opt<Int<u32, 0, 524287>>,
        bpp_max_kb: Opt<Int<u16, 0, 65535>>,
        ...,
        slow_sqcif_mpi as "slowSqcifMPI": Opt<Int<u16, 1, 3600>>,
        slow_qcif_mpi as "slowQcifMPI": Opt<Int<u16, 1, 3600>>,
        slow_cif_mpi as "slowCifMPI": Opt<Int<u16, 1, 3600>>,
        slow_cif4_mpi as "slowCif4MPI": Opt<Int<u16, 1, 3600>>,
        slow_cif16_mpi as "slowCif16MPI": Opt<Int<u16, 1, 3600>>,
        error_compensation: Opt<Bool>,
        enhancement_layer_info: Opt<EnhancementLayerInfo>,
        h263_options: Opt<H263Options>
    }
}

sequence! {
    EnhancementLayerInfo {
        base_bit_rate_constrained: Bool,
        snr_enhancement: Opt<SeqOf<EnhancementOptions, 1, 14>>,
        spatial_enhancement: Opt<SeqOf<EnhancementOptions, 1, 14>>,
        b_picture_enhancement: Opt<SeqOf<BEnhancementParameters, 1, 14>>,
        ...
    }
}

sequence! {
    BEnhancementParameters {
        enhancement_options: EnhancementOptions,
        number_of_b_pictures: Int<u8, 1, 64>,
        ...
    }
}

sequence! {
    EnhancementOptions {
        sqcif_mpi as "sqcifMPI": Opt<Int<u8, 1, 32>>,
        qcif_mpi as "qcifMPI": Opt<Int<u8, 1, 32>>,
        cif_mpi as "cifMPI": Opt<Int<u8, 1, 32>>,
        cif4_mpi as "cif4MPI": Opt<Int<u8, 1, 32>>,
        cif16_mpi as "cif16MPI": Opt<Int<u8, 1, 32>>,
        max_bit_rate: Int<u32, 1, 192400>,
        unrestricted_vector: Bool,
        arithmetic_coding: Bool,
        temporal_spatial_trade_off_capability: Bool,
        slow_sqcif_mpi as "slowSqcifMPI": Opt<Int<u16, 1, 3600>>,
        slow_qcif_mpi as "slowQcifMPI": Opt<Int<u16, 1, 3600>>,
        slow_cif_mpi as "slowCifMPI": Opt<Int<u16, 1, 3600>>,
        slow_cif4_mpi as "slowCif4MPI": Opt<Int<u16, 1, 3600>>,
        slow_cif16_mpi as "slowCif16MPI": Opt<Int<u16, 1, 3600>>,
        error_compensation: Bool,
        h263_options: Opt<H263Options>,
        ...
    }
}

sequence! {
    H263Options {
        advanced_intra_coding_mode: Bool,
        deblocking_filter_mode: Bool,
        improved_pb_frames_mode as "improvedPBFramesMode": Bool,
        unlimited_motion_vectors: Bool,
        full_picture_freeze: Bool,
        partial_picture_freeze_and_release: Bool,
        resizing_part_pic_freeze_and_release: Bool,
        full_picture_snapshot: Bool,
        partial_picture_snapshot: Bool,
        video_segment_tagging: Bool,
        progressive_refinement: Bool,
        dynamic_picture_resizing_by_four: Bool,
        dynamic_picture_resizing_sixteenth_pel: Bool,
        dynamic_warping_half_pel: Bool,
        dynamic_warping_sixteenth_pel: Bool,
        independent_segment_decoding: Bool,
        slices_in_order_non_rect as "slicesInOrder-NonRect": Bool,
        slices_in_order_rect as "slicesInOrder-Rect": Bool,
        slices_no_order_non_rect as "slicesNoOrder-NonRect": Bool,
        slices_no_order_rect as "slicesNoOrder-Rect": Bool,
        alternate_inter_vlc_mode as "alternateInterVLCMode": Bool,
        modified_quantization_mode: Bool,
        reduced_resolution_update: Bool,
        transparency_parameters: Opt<TransparencyParameters>,
        separate_video_back_channel: Bool,
        ref_picture_selection: Opt<RefPictureSelection>,
        custom_picture_clock_frequency: Opt<SeqOf<CustomPictureClockFrequency, 1, 16>>,
        custom_picture_format: Opt<SeqOf<CustomPictureFormat, 1, 16>>,
        mode_combos: Opt<SeqOf<H263VideoModeCombos, 1, 16>>,
        ...,
        video_bad_mbs_cap as "videoBadMBsCap": Opt<Bool>,
        h263_version3_options: Opt<H263Version3Options>
    }
}

sequence! {
    TransparencyParameters {
        presentation_order: Int<u16, 1, 256>,
        offset_x as "offset-x": Int<i32, -262144, 262143>,
        offset_y as "offset-y": Int<i32, -262144, 262143>,
        scale_x as "scale-x": Int<u8, 1, 255>,
        scale_y as "scale-y": Int<u8, 1, 255>,
        ...
    }
}

sequence! {
    RefPictureSelection {
        additional_picture_memory: Opt<RefPictureSelectionAdditionalPictureMemory>,
        video_mux: Bool,
        video_back_channel_send: RefPictureSelectionVideoBackChannelSend,
        ...,
        enhanced_reference_pic_select: Opt<RefPictureSelectionEnhancedReferencePicSelect>
    }
}

sequence! {
    RefPictureSelectionAdditionalPictureMemory {
        sqcif_additional_picture_memory: Opt<Int<u16, 1, 256>>,
        qcif_additional_picture_memory: Opt<Int<u16, 1, 256>>,
        cif_additional_picture_memory: Opt<Int<u16, 1, 256>>,
        cif4_additional_picture_memory: Opt<Int<u16, 1, 256>>,
        cif16_additional_picture_memory: Opt<Int<u16, 1, 256>>,
        big_cpf_additional_picture_memory: Opt<Int<u16, 1, 256>>,
        ...
    }
}

choice! {
    RefPictureSelectionVideoBackChannelSend {
        Nothing as "none",
        AckMessageOnly,
        NackMessageOnly,
        AckOrNackMessageOnly,
        AckAndNackMessage,
        ...
    }
}

sequence! {
    RefPictureSelectionEnhancedReferencePicSelect {
        sub_picture_removal_parameters: Opt<RefPictureSelectionEnhancedReferencePicSelectSubPictureRemovalParameters>,
        ...
    }
}

sequence! {
    RefPictureSelectionEnhancedReferencePicSelectSubPictureRemovalParameters {
        mpu_horiz_mbs as "mpuHorizMBs": Int<u8, 1, 128>,
        mpu_vert_mbs as "mpuVertMBs": Int<u8, 1, 72>,
        mpu_total_number: Int<u32, 1, 65536>,
        ...
    }
}

sequence! {
    CustomPictureClockFrequency {
        clock_conversion_code: Int<u16, 1000, 1001>,
        clock_divisor: Int<u8, 1, 127>,
        sqcif_mpi as "sqcifMPI": Opt<Int<u16, 1, 2048>>,
        qcif_mpi as "qcifMPI": Opt<Int<u16, 1, 2048>>,
        cif_mpi as "cifMPI": Opt<Int<u16, 1, 2048>>,
        cif4_mpi as "cif4MPI": Opt<Int<u16, 1, 2048>>,
        cif16_mpi as "cif16MPI": Opt<Int<u16, 1, 2048>>,
        ...
    }
}

sequence! {
    CustomPictureFormat {
        max_custom_picture_width: Int<u16, 1, 2048>,
        max_custom_picture_height: Int<u16, 1, 2048>,
        min_custom_picture_width: Int<u16, 1, 2048>,
        min_custom_picture_height: Int<u16, 1, 2048>,
        m_pi as "mPI": CustomPictureFormatMPI,
        pixel_aspect_information: CustomPictureFormatPixelAspectInformation,
        ...
    }
}

sequence! {
    CustomPictureFormatMPI {
        standard_mpi as "standardMPI": Opt<Int<u8, 1, 31>>,
        custom_pcf as "customPCF": Opt<SeqOf<CustomPictureFormatMPICustomPCFItem, 1, 16>>,
        ...
    }
}

sequence! {
    CustomPictureFormatMPICustomPCFItem {
        clock_conversion_code: Int<u16, 1000, 1001>,
        clock_divisor: Int<u8, 1, 127>,
        custom_mpi as "customMPI": Int<u16, 1, 2048>,
        ...
    }
}

choice! {
    CustomPictureFormatPixelAspectInformation {
        AnyPixelAspectRatio(Bool),
        PixelAspectCode(SeqOf<Int<u8, 1, 14>, 1, 14>),
        ExtendedPAR(SeqOf<CustomPictureFormatPixelAspectInformationExtendedPARItem, 1, 256>),
        ...
    }
}

sequence! {
    CustomPictureFormatPixelAspectInformationExtendedPARItem {
        width: Int<u8, 1, 255>,
        height: Int<u8, 1, 255>,
        ...
    }
}

sequence! {
    H263VideoModeCombos {
        h263_video_uncoupled_modes: H263ModeComboFlags,
        h263_video_coupled_modes: SeqOf<H263ModeComboFlags, 1, 16>,
        ...
    }
}

sequence! {
    H263ModeComboFlags {
        unrestricted_vector: Bool,
        arithmetic_coding: Bool,
        advanced_prediction: Bool,
        pb_frames: Bool,
        advanced_intra_coding_mode: Bool,
        deblocking_filter_mode: Bool,
        unlimited_motion_vectors: Bool,
        slices_in_order_non_rect as "slicesInOrder-NonRect": Bool,
        slices_in_order_rect as "slicesInOrder-Rect": Bool,
        slices_no_order_non_rect as "slicesNoOrder-NonRect": Bool,
        slices_no_order_rect as "slicesNoOrder-Rect": Bool,
        improved_pb_frames_mode as "improvedPBFramesMode": Bool,
        reference_pic_select: Bool,
        dynamic_picture_resizing_by_four: Bool,
        dynamic_picture_resizing_sixteenth_pel: Bool,
        dynamic_warping_half_pel: Bool,
        dynamic_warping_sixteenth_pel: Bool,
        reduced_resolution_update: Bool,
        independent_segment_decoding: Bool,
        alternate_inter_vlc_mode as "alternateInterVLCMode": Bool,
        modified_quantization_mode: Bool,
        ...,
        enhanced_reference_pic_select: Opt<Bool>,
        h263_version3_options: Opt<H263Version3Options>
    }
}

sequence! {
    H263Version3Options {
        data_partitioned_slices: Bool,
        fixed_point_idct0 as "fixedPointIDCT0": Bool,
        interlaced_fields: Bool,
        current_picture_header_repetition: Bool,
        previous_picture_header_repetition: Bool,
        next_picture_header_repetition: Bool,
        picture_number: Bool,
        spare_reference_pictures: Bool,
        ...
    }
}

sequence! {
    IS11172VideoCapability {
        constrained_bitstream: Bool,
        video_bit_rate: Opt<Int<u32, 0, 1073741823>>,
        vbv_buffer_size: Opt<Int<u32, 0, 262143>>,
        samples_per_line: Opt<Int<u16, 0, 16383>>,
        lines_per_frame: Opt<Int<u16, 0, 16383>>,
        picture_rate: Opt<Int<u8, 0, 15>>,
        luminance_sample_rate: Opt<Int<u32, 0, 4294967295>>,
        ...,
        video_bad_mbs_cap as "videoBadMBsCap": Opt<Bool>
    }
}

choice! {
    AudioCapability {
        NonStandard(NonStandardParameter),
        G711Alaw64k(Int<u16, 1, 256>),
        G711Alaw56k(Int<u16, 1, 256>),
        G711Ulaw64k(Int<u16, 1, 256>),
        G711Ulaw56k(Int<u16, 1, 256>),
        G72264k as "g722-64k"(Int<u16, 1, 256>),
        G72256k as "g722-56k"(Int<u16, 1, 256>),
        G72248k as "g722-48k"(Int<u16, 1, 256>),
        G7231(AudioCapabilityG7231),
        G728(Int<u16, 1, 256>),
        G729(Int<u16, 1, 256>),
        G729AnnexA(Int<u16, 1, 256>),
        Is11172AudioCapability(IS11172AudioCapability),
        Is13818AudioCapability(IS13818AudioCapability),
        ...,
        G729wAnnexB(Int<u16, 1, 256>),
        G729AnnexAwAnnexB(Int<u16, 1, 256>),
        G7231AnnexCCapability(G7231AnnexCCapability),
        GsmFullRate(GSMAudioCapability),
        GsmHalfRate(GSMAudioCapability),
        GsmEnhancedFullRate(GSMAudioCapability),
        GenericAudioCapability(Boxed<GenericCapability>),
        G729Extensions(G729Extensions),
        Vbd(Boxed<VBDCapability>),
        AudioTelephonyEvent(NoPTAudioTelephonyEventCapability),
        AudioTone(NoPTAudioToneCapability),
        ExtendedAudioCapability(ExtendedAudioCapability)
    }
}

sequence! {
    AudioCapabilityG7231 {
        max_al_sdu_audio_frames as "maxAl-sduAudioFrames": Int<u16, 1, 256>,
        silence_suppression: Bool,
    }
}

sequence! {
    ExtendedAudioCapability {
        audio_capability: SeqOf<AudioCapability>,
        audio_capability_extension: Opt<SeqOf<GenericCapability>>,
        ...
    }
}

sequence! {
    G729Extensions {
        audio_unit: Opt<Int<u16, 1, 256>>,
        annex_a: Bool,
        annex_b: Bool,
        annex_d: Bool,
        annex_e: Bool,
        annex_f: Bool,
        annex_g: Bool,
        annex_h: Bool,
        ...
    }
}

sequence! {
    G7231AnnexCCapability {
        max_al_sdu_audio_frames as "maxAl-sduAudioFrames": Int<u16, 1, 256>,
        silence_suppression: Bool,
        g723_annex_c_audio_mode: Opt<G7231AnnexCCapabilityG723AnnexCAudioMode>,
        ...
    }
}

sequence! {
    G7231AnnexCCapabilityG723AnnexCAudioMode {
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
    IS11172AudioCapability {
        audio_layer1: Bool,
        audio_layer2: Bool,
        audio_layer3: Bool,
        audio_sampling32k: Bool,
        audio_sampling44k1: Bool,
        audio_sampling48k: Bool,
        single_channel: Bool,
        two_channels: Bool,
        bit_rate: Int<u16, 1, 448>,
        ...
    }
}

sequence! {
    IS13818AudioCapability {
        audio_layer1: Bool,
        audio_layer2: Bool,
        audio_layer3: Bool,
        audio_sampling16k: Bool,
        audio_sampling22k05: Bool,
        audio_sampling24k: Bool,
        audio_sampling32k: Bool,
        audio_sampling44k1: Bool,
        audio_sampling48k: Bool,
        single_channel: Bool,
        two_channels: Bool,
        three_channels2_1 as "threeChannels2-1": Bool,
        three_channels3_0 as "threeChannels3-0": Bool,
        four_channels2_0_2_0 as "fourChannels2-0-2-0": Bool,
        four_channels2_2 as "fourChannels2-2": Bool,
        four_channels3_1 as "fourChannels3-1": Bool,
        five_channels3_0_2_0 as "fiveChannels3-0-2-0": Bool,
        five_channels3_2 as "fiveChannels3-2": Bool,
        low_frequency_enhancement: Bool,
        multilingual: Bool,
        bit_rate: Int<u16, 1, 1130>,
        ...
    }
}

sequence! {
    GSMAudioCapability {
        audio_unit_size: Int<u16, 1, 256>,
        comfort_noise: Bool,
        scrambled: Bool,
        ...
    }
}

sequence! {
    VBDCapability {
        r#type: Boxed<AudioCapability>,
        ...
    }
}

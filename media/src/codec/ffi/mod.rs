//! The foreign-function interface of codecs written in C, and of the processor: the only `unsafe`
//! of this crate.
#![expect(
    unsafe_code,
    reason = "openh264 sets these only through its C interface; only we know what the processor can"
)]

use base::Bitrate;
use openh264::encoder::Encoder;
use openh264_sys2::{
    ENCODER_OPTION_BITRATE, ENCODER_OPTION_TRACE_LEVEL, SBitrateInfo, SPATIAL_LAYER_ALL,
    WELS_LOG_QUIET,
};

/// The value of an expression as compiled for processors with AVX2, where there is one: vectors
/// twice as wide, the same results. Pays for loops over hundreds of samples.
macro_rules! widest {
    // Written out twice, so that each closure has one caller and becomes part of it.
    ($work:expr) => {
        if $crate::codec::ffi::has_avx2() {
            $crate::codec::ffi::with_avx2(|| $work)
        } else {
            $work
        }
    };
}
pub(crate) use widest;

/// Whether the processor has AVX2.
#[inline(always)]
pub fn has_avx2() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// Runs `work` compiled for AVX2, which the processor must have.
#[inline(always)]
pub fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2"))]
    fn compiled<R>(work: impl FnOnce() -> R) -> R {
        work()
    }
    assert!(has_avx2(), "asked before");
    // SAFETY: the processor has what the function is compiled for.
    unsafe { compiled(work) }
}

/// Keeps an openh264 encoder from writing to standard error. Works before its first picture, when
/// it would print most.
pub fn silence(encoder: &mut Encoder) {
    let mut level = WELS_LOG_QUIET;
    // SAFETY: the encoder is alive, and this option reads one 32-bit integer before it returns.
    unsafe {
        encoder
            .raw_api()
            .set_option(ENCODER_OPTION_TRACE_LEVEL, (&raw mut level).cast());
    }
}

/// Changes the target of a running openh264 encoder; false if it refuses, as it does before its
/// first picture and above the rate it was made with.
pub fn set_bit_rate(encoder: &mut Encoder, rate: Bitrate) -> bool {
    let mut info = SBitrateInfo {
        iLayer: SPATIAL_LAYER_ALL,
        iBitrate: i32::try_from(rate.0).unwrap_or(i32::MAX),
    };
    // SAFETY: the encoder is alive, and this option reads one `SBitrateInfo` before it returns.
    let result = unsafe {
        encoder
            .raw_api()
            .set_option(ENCODER_OPTION_BITRATE, (&raw mut info).cast())
    };
    result == 0
}

//! H.264 (ITU-T H.264) by way of crates.

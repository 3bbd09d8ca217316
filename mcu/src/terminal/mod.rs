//! `mcu call`: H.323 terminals that stream something recognisable and judge what comes back.

pub mod core;
pub mod options;

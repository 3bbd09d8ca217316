//! Test terminals: H.323 endpoints that call, send what can be told apart, and judge what comes
//! back.

pub mod core;
pub mod options;
pub mod plane;
pub mod report;
pub mod round_trips;

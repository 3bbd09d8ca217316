//! H.323 signalling as pure state machines: no clock, no randomness, no sockets.
//!
//! Editions followed: H.225.0 (12/2009, version 7), H.245 (05/2011, version 16), H.323 (12/2009,
//! version 7), Q.931 (05/1998), X.691 (11/2008). Clauses are cited by these.

#[macro_use]
pub mod wire;

pub mod call;
pub mod control;
pub mod error;
pub mod session;

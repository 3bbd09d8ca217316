//! Octets to values and back; no state.

#[macro_use]
pub mod per;

#[rustfmt::skip]
#[allow(missing_docs)]
pub mod h225;
#[rustfmt::skip]
#[allow(missing_docs)]
pub mod h235;
#[rustfmt::skip]
#[allow(missing_docs)]
pub mod h245;
pub mod q931;
pub mod tpkt;
